"""A decision signed on paper counts once its scan is entered; who may enter it, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from bureaus.models import Officer, Post
from bureaus.models.notices import Notice
from inquiries.models import Duty, Event, Inquiry, Rating, SignedPaper
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.extending import ask_extension
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask, Enter, page

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
REFUSED = AnswerGiven("not_accepted", "不属于本局职责。", "telephone")


@pytest.fixture
def waiting(ask: Ask, cast: Cast, web_as: As) -> tuple[Inquiry, Duty]:
    """A draft of Li Min's that the district approves."""
    now = timezone.now()
    inquiry = ask(now=now)
    with web_as(cast.li_min, now):
        answer_inquiry(inquiry.pk, REFUSED, by=cast.li_min, now=now)
    return inquiry, Duty.objects.get(inquiry=inquiry, kind="approval")


def enter_scan(
    client: Client, inquiry: Inquiry, duty: Duty, post: Post | None, content: bytes = PDF, **given: Any
) -> Any:
    inquiry.refresh_from_db()
    sent = {
        "seen": inquiry.version,
        "signed_on": timezone.localdate(),
        "post": post.pk if post else "",
        **given,
    }
    file = SimpleUploadedFile("办理单.pdf", content)
    return client.post(f"/inquiries/{inquiry.pk}/signed/{duty.pk}/", {**sent, "file": file})


def test_the_scan_approves_the_draft_in_the_name_of_who_signed(
    cast: Cast, enter: Enter, waiting: tuple[Inquiry, Duty]
) -> None:
    inquiry, duty = waiting
    client = enter(cast.li_min)
    assert f"/inquiries/{inquiry.pk}/signed/{duty.pk}/" in page(client, f"/inquiries/{inquiry.pk}/")
    assert "不属于本局职责" in page(client, f"/inquiries/{inquiry.pk}/signed/{duty.pk}/")
    assert enter_scan(client, inquiry, duty, cast.posts["zhou_ning"]).status_code == 302
    inquiry.refresh_from_db()
    duty.refresh_from_db()
    answer = inquiry.answers.get()
    assert (answer.approved_by, answer.answered_by, answer.outcome) == (
        cast.zhou_ning,
        cast.li_min,
        "not_accepted",
    )
    assert (duty.done_by, duty.decision) == (cast.li_min, "approved")
    entered = SignedPaper.objects.get()
    assert (entered.signer, entered.post, entered.entered_by) == (
        cast.zhou_ning,
        cast.posts["zhou_ning"],
        cast.li_min,
    )
    event = Event.objects.get(inquiry=inquiry, code="signed_on_paper")
    assert event.by == cast.li_min
    assert event.codes == {
        "duty": duty.pk,
        "attachment": entered.scan_id,
        "post": entered.post_id,
        "signer": cast.zhou_ning.pk,
        "signed_on": timezone.localdate().isoformat(),
    }
    assert Notice.objects.filter(recipient=cast.zhou_ning, kind="signed_on_paper", alone=True).exists()
    shown = page(client, f"/inquiries/{inquiry.pk}/")
    assert "signed on paper on" in shown
    assert f"/files/{entered.scan_id}/" in shown
    sent = client.post(f"/inquiries/{inquiry.pk}/files/{entered.scan_id}/", {"reason": "核对签字"})
    assert sent.content == PDF
    with pytest.raises(DatabaseError), transaction.atomic():
        SignedPaper.objects.update(signed_on=timezone.localdate() - timedelta(days=3))


def test_the_scan_grants_the_extension(cast: Cast, enter: Enter, ask: Ask, web_as: As) -> None:
    now = timezone.now()
    inquiry = ask(now=now)
    due: datetime = inquiry.due_at
    with web_as(cast.li_min, now):
        duty = ask_extension(inquiry.pk, days=3, reason="需现场核实", by=cast.li_min, now=now)
    assert enter_scan(enter(cast.he_jing), inquiry, duty, cast.posts["sun_wei"]).status_code == 302
    inquiry.refresh_from_db()
    assert inquiry.due_at > due
    assert inquiry.extensions == 1
    assert SignedPaper.objects.get().signer == cast.sun_wei


@pytest.mark.parametrize(
    ("given", "content", "says"),
    [
        ({"post": "sun_wei"}, PDF, "Select a valid choice"),
        ({"signed_on": -1}, PDF, "from the asking until today"),
        ({"signed_on": 1}, PDF, "from the asking until today"),
        ({}, b"no scan at all", "A scan is a PDF or a picture"),
        ({}, b"", "empty"),
        ({"seen": 0}, PDF, "since you opened this inquiry"),
    ],
)
def test_what_is_no_signature_is_refused_and_nothing_is_kept(
    cast: Cast,
    enter: Enter,
    waiting: tuple[Inquiry, Duty],
    given: dict[str, Any],
    content: bytes,
    says: str,
) -> None:
    inquiry, duty = waiting
    post = cast.posts[given.pop("post", "zhou_ning")]
    if "signed_on" in given:
        given["signed_on"] = timezone.localdate() + timedelta(days=given["signed_on"])
    response = enter_scan(enter(cast.li_min), inquiry, duty, post, content, **given)
    assert response.status_code == 422
    assert says in response.content.decode()
    inquiry.refresh_from_db()
    assert inquiry.answered_at is None
    assert not inquiry.attachments.exists()
    assert not SignedPaper.objects.exists()


def test_nobody_signs_what_they_drafted_or_before_they_held_the_post(
    cast: Cast, enter: Enter, ask: Ask, web_as: As
) -> None:
    now = timezone.now()
    inquiry = ask(now=now, by=cast.wu_fang, place=cast.district)
    with web_as(cast.wu_fang, now):
        answer_inquiry(inquiry.pk, REFUSED, by=cast.wu_fang, now=now)
    duty = Duty.objects.get(inquiry=inquiry, kind="approval")
    client = enter(cast.zhou_ning)
    refused = enter_scan(client, inquiry, duty, cast.posts["wu_fang"])
    assert "drafted the answer" in refused.content.decode()
    cast.posts["zhou_ning"].tenures.update(from_on=timezone.localdate() + timedelta(days=1), until_on=None)
    refused = enter_scan(enter(cast.wu_fang), inquiry, duty, cast.posts["zhou_ning"])
    assert "Nobody held this post" in refused.content.decode()


@pytest.mark.parametrize("who", ["bai_lu", "tang_rui", "xu_kai"])
def test_who_may_not_enter_it(cast: Cast, enter: Enter, waiting: tuple[Inquiry, Duty], who: str) -> None:
    inquiry, duty = waiting
    stranger: Officer = getattr(cast, who)
    assert enter(stranger).get(f"/inquiries/{inquiry.pk}/signed/{duty.pk}/").status_code == 404
    assert enter_scan(enter(stranger), inquiry, duty, cast.posts["zhou_ning"]).status_code == 404
    assert not SignedPaper.objects.exists()


def test_a_duty_is_signed_once_and_only_its_own_inquiry_s(
    cast: Cast, enter: Enter, ask: Ask, waiting: tuple[Inquiry, Duty]
) -> None:
    inquiry, duty = waiting
    client = enter(cast.li_min)
    other = ask(now=timezone.now())
    assert enter_scan(client, other, duty, cast.posts["zhou_ning"]).status_code == 404
    assert enter_scan(client, inquiry, duty, cast.posts["zhou_ning"]).status_code == 302
    assert enter_scan(client, inquiry, duty, cast.posts["zhou_ning"]).status_code == 404


def test_a_callback_keeps_the_number_of_its_recording_and_reopens(
    cast: Cast, enter: Enter, ask: Ask, web_as: As
) -> None:
    now = timezone.now()
    inquiry = ask(now=now)
    with web_as(cast.li_min, now):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now)
    inquiry.refresh_from_db()
    sent = {
        "rate-seen": inquiry.version,
        "rate-reached": "on",
        "rate-satisfaction": "dissatisfied",
        "rate-words": "没有解决",
        "rate-recording": " 20261129-0031 ",
    }
    response = enter(cast.wu_fang).post(f"/inquiries/{inquiry.pk}/rate/", sent)
    assert response.status_code == 302
    rating = Rating.objects.get()
    assert rating.recording == "20261129-0031"
    inquiry.refresh_from_db()
    assert (inquiry.round, inquiry.answered_at) == (2, None)
    assert "20261129-0031" in page(enter(cast.wu_fang), f"/inquiries/{inquiry.pk}/")
