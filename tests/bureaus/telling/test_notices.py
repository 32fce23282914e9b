"""What an officer is told inside Bida: once for each cause, seen by nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.utils import ProgrammingError

from bureaus.models import Address, Message, Notice, Post
from bureaus.models.scope import ALL_DISTRICTS, scope
from bureaus.services.gathering import gather_messages
from bureaus.services.notices import NoticeRow, mark_read, withdraw_unsent, write_notices
from bureaus.services.posts import begin_tenure, open_post
from inquiries.models import Inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.recording import record_inquiry
from tests.bureaus.telling.conftest import NOON, Cast, MailServer, send_all

pytestmark = pytest.mark.django_db


def test_an_officer_is_told_of_one_cause_once(cast: Cast) -> None:
    cast.tell(cast.wang)
    cast.tell(cast.wang)
    cast.tell(cast.li)
    assert Notice.objects.count() == 2


def test_notices_are_written_by_the_thousand(cast: Cast) -> None:
    rows = [
        NoticeRow(cast.district.pk, cast.wang.pk, "chase", str(n), "chase", f"2026-{n}", due_at=NOON)
        for n in range(12_000)
    ]
    assert write_notices(rows=rows, now=NOON) == 12_000
    assert write_notices(rows=rows, now=NOON) == 0


def test_reading_marks_only_the_own_notices(cast: Cast) -> None:
    own, other = cast.tell(cast.wang), cast.tell(cast.li)
    cast.tell(cast.wang, 2)
    assert mark_read(by=cast.wang, notice_ids=[own.pk, other.pk], now=NOON) == 1
    assert mark_read(by=cast.wang, now=NOON) == 1
    assert Notice.objects.unread().get() == other


def test_an_answer_withdraws_what_was_not_sent_and_leaves_what_was(
    cast: Cast, mail_server: MailServer
) -> None:
    cast.reach(cast.wang)
    sent = cast.tell(cast.wang, 1)
    gather_messages(now=NOON)
    send_all(NOON)
    gathered = cast.tell(cast.wang, 2)
    gather_messages(now=NOON)
    fresh = cast.tell(cast.li, 3)
    assert withdraw_unsent(cause_kind="chase", cause_ids=[1, 2, 3], now=NOON) == 2
    assert set(Notice.objects.standing()) == {sent}
    assert send_all(NOON) == 1
    assert len(mail_server.mails) == 1
    assert Message.objects.get(notices=gathered).state == Message.State.WITHDRAWN
    assert Notice.objects.get(pk=fresh.pk).withdrawn_at == NOON


def test_another_officers_notices_and_messages_are_unseen(cast: Cast) -> None:
    cast.reach(cast.li, "li@office.example")
    cast.tell(cast.li)
    gather_messages(now=NOON)
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
        assert not Notice.objects.exists()
        assert not Message.objects.exists()
        assert not Address.objects.exists()
        assert mark_read(by=cast.li, now=NOON) == 0
    with scope(role="bida_web", officer=cast.li.pk):
        assert Notice.objects.count() == Message.objects.count() == Address.objects.count() == 1
        assert mark_read(by=cast.li, now=NOON) == 1
    with scope(role="bida_web"):
        assert not Notice.objects.exists()
    with scope(role="bida_worker", district=cast.district.pk + 1):
        assert not Notice.objects.exists()
    with scope(role="bida_worker", district=ALL_DISTRICTS):
        assert Notice.objects.count() == 1


def test_the_web_role_tells_others_and_withdraws_within_its_district_only(cast: Cast) -> None:
    row = NoticeRow(cast.district.pk, cast.li.pk, "chase", "9", "chase", "2026-9")
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
        assert write_notices(rows=[row], now=NOON) == 1
        assert withdraw_unsent(cause_kind="chase", cause_ids=[9], now=NOON) == 1
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        scope(role="bida_web", officer=cast.wang.pk),
    ):
        write_notices(rows=[row], now=NOON)


def test_the_web_role_cannot_rewrite_what_it_was_told(cast: Cast) -> None:
    cast.tell(cast.wang)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        scope(role="bida_web", officer=cast.wang.pk),
    ):
        Notice.objects.update(level="")


@pytest.mark.parametrize(("kind", "places"), [("complaint", 1), ("tip_off", 0)])
def test_a_sealed_matter_never_goes_to_the_address_of_a_place(cast: Cast, kind: str, places: int) -> None:
    director = open_post(place=cast.district, role=Post.Role.DIRECTOR, title="director", by=None, now=NOON)
    begin_tenure(post=director, officer=cast.li, from_on=NOON.date(), by=None, now=NOON)
    inquiry = record_inquiry(
        by=None, now=NOON, place=cast.bureau, kind=kind, channel="hotline", question="暖气不热"
    )
    assert inquiry.sealed is (kind == "tip_off")
    at = NOON + timedelta(days=40)
    assert chase_batch(Inquiry, now=at).chased == 1
    told = Notice.objects.filter(cause_kind="chase")
    assert told.exists()
    assert told.exclude(place=None).exists() is bool(places)
