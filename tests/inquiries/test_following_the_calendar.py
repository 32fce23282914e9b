"""A calendar that changes moves the dues that rest on it, once each, on record; the first due stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bureaus.models import CalendarVersion
from bureaus.models.scope import WORKER, scope
from bureaus.services.calendar import announce_year, edit_days
from bureaus.workdays import Day, local_date
from inquiries.models import Duty, Event, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.extending import ask_extension
from inquiries.services.moving import ask_assist
from inquiries.services.previewing import preview_calendar
from inquiries.services.remeasuring import owe_calendar, remeasure_dues, remeasure_duties
from inquiries.services.verifying import verify_promises
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db


def closed_on(inquiry: Inquiry, cast: Cast, now: datetime) -> None:
    """The district closes on the working day on which the inquiry is due."""
    edit_days(
        days={inquiry.due_on: Day(False, "停电", "区政府通知")},
        by=None,
        now=now,
        district_id=inquiry.district_id,
    )


def remeasure(inquiry: Inquiry, now: datetime, limit: int = 200) -> int:
    with scope(role=WORKER, district=inquiry.district_id):
        return remeasure_dues(district=inquiry.holder.district or inquiry.holder, now=now, limit=limit)


def test_a_closed_day_moves_the_due_and_keeps_the_first(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    was_on, was_at = inquiry.due_on, inquiry.due_at
    closed_on(inquiry, cast, now)
    assert remeasure(inquiry, now) == 1
    inquiry.refresh_from_db()
    assert inquiry.due_on > was_on
    assert inquiry.original_due_at == was_at
    assert Event.objects.filter(inquiry=inquiry, code="due_moved").count() == 1


def test_a_second_run_finds_nothing_more(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    closed_on(inquiry, cast, now)
    remeasure(inquiry, now)
    assert remeasure(inquiry, now) == 0


def test_a_run_cut_off_goes_on_where_it_stopped(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry, other = ask(), ask(question="婚姻登记要什么材料？")
    closed_on(inquiry, cast, now)
    assert remeasure(inquiry, now, limit=1) == 1
    assert remeasure(inquiry, now, limit=1) == 1
    assert remeasure(inquiry, now, limit=1) == 0
    other.refresh_from_db()
    assert other.calendar_version_id > inquiry.calendar_version_id


def test_dues_moved_into_the_past_are_spread(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry, other = ask(), ask(question="社区日间照料周末开门吗？")
    # Two days before the due every weekend day turns into a working day: the due was the day before yesterday.
    late = inquiry.due_at - timedelta(hours=1)
    earlier = {}
    day = inquiry.asked_at.date() + timedelta(days=1)
    while day < inquiry.due_on:
        earlier[day] = Day(True, "调休", "区政府通知")
        day += timedelta(days=1)
    if len(earlier) < 6:
        pytest.fail("the clock of the tests must leave a weekend before the due")
    edit_days(days=earlier, by=None, now=late, district_id=inquiry.district_id)
    remeasure(inquiry, late)
    for row in (inquiry, other):
        row.refresh_from_db()
        assert row.due_at <= late
        assert row.next_chase_at is not None
        assert row.next_chase_at > late
    assert inquiry.next_chase_at != other.next_chase_at


def follow(cast: Cast, now: datetime) -> None:
    with scope(role=WORKER, district=cast.district.pk):
        while remeasure_dues(district=cast.district, now=now):
            pass
        while remeasure_duties(district=cast.district, now=now, limit=1):
            pass


def close(on: date, cast: Cast, now: datetime) -> CalendarVersion:
    return edit_days(
        days={on: Day(False, "停电", "区政府通知")}, by=None, now=now, district_id=cast.district.pk
    )


def test_the_due_of_a_duty_in_working_days_moves_with_the_calendar_and_its_chase_with_it(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang)
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=cast.relief, by=cast.wu_fang, now=now)
    owed = Duty.objects.get(inquiry=inquiry, kind="sign_for")
    was_at, was_next, version = owed.due_at, owed.next_chase_at, owed.version
    close(local_date(was_at - timedelta(minutes=1)), cast, now)
    follow(cast, now)
    owed.refresh_from_db()
    assert owed.due_at == was_at + timedelta(days=1)
    assert (owed.next_chase_at or now) >= (was_next or now)
    assert (owed.version, Event.objects.filter(duty=owed, code="due_moved").count()) == (version + 1, 1)
    assert not [found for found in verify_promises(now=now) if found.broken]
    # The calendar opens again: so does the due come back.
    edit_days(
        days={local_date(was_at - timedelta(minutes=1)): None}, by=None, now=now, district_id=cast.district.pk
    )
    follow(cast, now)
    owed.refresh_from_db()
    assert (owed.due_at, owed.next_chase_at) == (was_at, was_next)


def test_the_preview_of_a_closed_day_says_of_duties_what_following_then_does(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    # The decision is owed on the day of the answer, and moves with it.
    before = inquiry.due_at - timedelta(days=1, hours=8)
    with web_as(cast.li_min, before):
        ask_extension(inquiry.pk, days=5, reason="材料未齐。", by=cast.li_min, now=before)
    other = ask(by=cast.wu_fang, now=before)
    with web_as(cast.wu_fang, before):
        dispatch_inquiry(other.pk, to=cast.relief, by=cast.wu_fang, now=before)
        preview = preview_calendar(
            district=cast.district,
            edit=lambda: close(inquiry.due_on, cast, before),
            now=before,
        ).duties
    close(inquiry.due_on, cast, before)
    follow(cast, before)
    assert preview is not None
    assert (preview.looked, preview.earlier, preview.later, preview.past_now) == (2, 0, 2, 0)
    said = {change.target.pk: (change.would_be_due_at, change.would_come.at) for change in preview.shown}
    owed = Duty.objects.filter(kind__in=[DutyKind.EXTENSION, DutyKind.SIGN_FOR])
    assert said == {duty.pk: (duty.due_at, duty.next_chase_at) for duty in owed}


def test_what_moves_a_due_is_shown_before_what_moves_a_chase_alone(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    late, fresh = ask(asked_at=now - timedelta(days=20)), ask()
    with web_as(cast.wu_fang, now):
        preview = preview_calendar(
            district=cast.district,
            edit=lambda: close(local_date(now + timedelta(days=1)), cast, now),
            now=now,
        )
    assert [change.target for change in preview.shown] == [fresh, late]
    assert preview.shown[0].would_come.at > preview.shown[1].would_come.at


def test_a_dispatch_is_owed_in_the_office_minutes_of_the_calendar_as_it_is_now(
    ask: Ask, cast: Cast, now: datetime
) -> None:
    # Recorded at half past four in the afternoon: most of the minutes are those of the next morning.
    late = now.replace(hour=16, minute=30)
    owed = Duty.objects.get(inquiry=ask(by=cast.wu_fang, now=late), kind="dispatch")
    was_at = owed.due_at
    close(local_date(was_at), cast, late)
    follow(cast, late)
    owed.refresh_from_db()
    assert owed.due_at == was_at + timedelta(days=1)


def test_a_day_that_somebody_named_stays_and_only_the_chase_before_it_moves(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    named = now.replace(day=29, hour=17)
    with web_as(cast.he_jing):
        ask_assist(inquiry.pk, of=cast.streets, request="请查看。", due_at=named, by=cast.he_jing, now=now)
    owed = Duty.objects.get(inquiry=inquiry, kind="assist")
    was_next = owed.next_chase_at or now
    close(local_date(was_next), cast, now)
    follow(cast, now)
    owed.refresh_from_db()
    assert (owed.due_at, owed.next_chase_at != was_next) == (named, True)
    assert Event.objects.filter(duty=owed, code="steps_moved").count() == 1


def test_duties_whose_due_moves_into_the_past_are_chased_spread(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiries = [ask(by=cast.wu_fang), ask(by=cast.wu_fang, question="婚姻登记要什么材料？")]
    closed = now + timedelta(days=1)
    close(closed.date(), cast, now)
    with web_as(cast.wu_fang):
        for inquiry in inquiries:
            dispatch_inquiry(inquiry.pk, to=cast.relief, by=cast.wu_fang, now=now)
    owed = list(Duty.objects.filter(inquiry__in=inquiries, kind="sign_for"))
    late = owed[0].due_at - timedelta(hours=1)
    edit_days(days={closed.date(): None}, by=None, now=late, district_id=cast.district.pk)
    follow(cast, late)
    for duty in owed:
        duty.refresh_from_db()
        assert duty.due_at < late < (duty.next_chase_at or late)
    assert owed[0].next_chase_at != owed[1].next_chase_at


def test_a_missing_next_year_is_owed_once_and_done_when_announced(
    cast: Cast, clock: As, now: datetime
) -> None:
    november = datetime(2026, 11, 2, 9, tzinfo=now.tzinfo)
    district = cast.district
    with scope(role=WORKER, district=district.pk):
        assert owe_calendar(district=district, now=november) is not None
        owe_calendar(district=district, now=november)
    owed = Duty.objects.filter(district=district, kind=DutyKind.CALENDAR)
    assert [duty.subject for duty in owed] == ["2027"]
    edit_days(
        days={date(2027, 1, 1): Day(False, "元旦", "国务院办公厅通知")},
        by=None,
        now=november,
        district_id=None,
    )
    announce_year(year=2027, by=None, now=november)
    with scope(role=WORKER, district=district.pk):
        owe_calendar(district=district, now=november)
    assert owed.filter(done_at=None).count() == 0
