"""What else is owed, as officers see it and end it on pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from inquiries.models import Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.citizens import sentence_of
from inquiries.services.duties import open_duty
from inquiries.services.moving import answer_duty, ask_assist
from inquiries.services.refusals import NeedsDecision
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask, Enter, page


def test_a_duty_without_an_act_of_its_own_is_done_in_words(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], web_as: As
) -> None:
    now = timezone.now()
    inquiry = fresh()
    with web_as(cast.he_jing, now):
        duty = ask_assist(
            inquiry.pk,
            of=cast.culture,
            request="请提供场馆名单。",
            due_at=now + timedelta(days=2),
            by=cast.he_jing,
            now=now,
        )
    client = enter(cast.tang_rui) if cast.post(cast.tang_rui).place == cast.culture else enter(cast.cao_lei)
    assert "请提供场馆名单。" in page(client, f"/duties/{duty.pk}/")
    assert client.post(f"/duties/{duty.pk}/", {"reply": ""}).status_code == 422
    client.post(f"/duties/{duty.pk}/", {"reply": "名单已送。"})
    assert Duty.objects.get(pk=duty.pk).reply == "名单已送。"
    assert enter(cast.ma_chao).get(f"/duties/{duty.pk}/").status_code == 404


def test_a_duty_offers_its_words_to_those_alone_who_may_end_it(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    now, inquiry = timezone.now(), fresh()
    due = now + timedelta(days=1)
    circular = open_duty(kind="circular", place=cast.district, due_at=due, now=now, by=None, inquiry=inquiry)
    inquiry.save(update_fields=["event_count", "event_hash"])
    assert 'name="decision"' in page(enter(cast.zhou_ning), f"/duties/{circular.pk}/")
    clerk = page(enter(cast.wu_fang), f"/duties/{circular.pk}/")
    assert 'name="decision"' not in clerk
    assert "another post at" in clerk


def test_today_only_lets_read_what_another_post_must_end(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    now, inquiry = timezone.now(), fresh()
    open_duty(
        kind="circular",
        place=cast.district,
        due_at=now - timedelta(days=1),
        now=now,
        by=None,
        inquiry=inquiry,
    )
    inquiry.save(update_fields=["event_count", "event_hash"])

    def act_of(shown: str) -> str:
        found = re.search(r'<a class="(btn[^"]*)" href="/duties/\d+/">([^<]+)<', shown)
        assert found is not None
        return f"{found[1]}: {found[2]}"

    assert act_of(page(enter(cast.zhou_ning), "/")) == "btn btn-sm b-mine: See to it"
    assert act_of(page(enter(cast.wu_fang), "/")) == "btn btn-sm: View"


def test_a_year_nobody_announced_is_announced_in_the_calendar_and_not_said_to_be(
    cast: Cast, enter: Enter
) -> None:
    now = timezone.now()
    year = timezone.localdate().year + 1
    duty = open_duty(
        kind=DutyKind.CALENDAR,
        place=cast.district,
        due_at=now + timedelta(days=30),
        now=now,
        by=None,
        subject=str(year),
    )
    client = enter(cast.wu_fang)
    assert f'href="/settings/calendar/{year}/">Announce' in page(client, "/")
    for answer in (
        client.get(f"/duties/{duty.pk}/"),
        client.post(f"/duties/{duty.pk}/", {"reply": "已公布。"}),
    ):
        assert answer["Location"] == f"/settings/calendar/{year}/"
    assert Duty.objects.get(pk=duty.pk).done_at is None


def test_nobody_is_told_of_a_day_that_has_passed(ask: Ask, now: datetime) -> None:
    inquiry = ask()
    assert "前答复您" in sentence_of(inquiry, "recorded", now=now)
    assert "逾期" in sentence_of(inquiry, "recorded", now=inquiry.due_at)
    assert "逾期" not in sentence_of(inquiry, "handed_over", now=inquiry.due_at)


def test_a_circular_is_signed_or_refused_and_nothing_else_is(
    cast: Cast, fresh: Callable[..., Inquiry], web_as: As
) -> None:
    now, inquiry = timezone.now(), fresh()
    due = now + timedelta(days=1)
    circular = open_duty(kind="circular", place=cast.district, due_at=due, now=now, by=None, inquiry=inquiry)
    inquiry.save(update_fields=["event_count", "event_hash"])
    with web_as(cast.he_jing, now):
        assist = ask_assist(
            inquiry.pk, of=cast.culture, request="请提供场馆名单。", due_at=due, by=cast.he_jing, now=now
        )
    for duty, by, decision in ((circular, cast.zhou_ning, "done"), (assist, cast.cao_lei, "signed")):
        with web_as(by, now), pytest.raises(NeedsDecision):
            answer_duty(duty.pk, reply="已阅。", decision=decision, by=by, now=now)
        assert Duty.objects.get(pk=duty.pk).done_at is None
