"""Once an open day is over, each bureau with a booth owes its summary, until one is approved."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bureaus.models import Place
from bureaus.workdays import SHANGHAI, local_date
from disclosure.models import OpenDay, PlanTask
from disclosure.services.open_days import (
    open_booth,
    plan_open_day,
)
from disclosure.services.plans import assign_task, drop_task, hand_in_plan
from disclosure.services.summaries import approve_summary, ask_for_summaries, draft_summary
from disclosure.tasks import keep_items_current as clocked
from inquiries.models import Duty
from inquiries.services.duties import url_of
from inquiries.services.moving import answer_duty
from inquiries.services.refusals import NotInThisState
from tests.conftest import As, Cast
from tests.disclosure.planned import Abolish
from tests.disclosure.planned import abolish as abolish  # a fixture
from tests.disclosure.planned import day as day  # a fixture
from tests.disclosure.planned import task as task  # a fixture
from tests.disclosure.planned import write as write  # a fixture

pytestmark = pytest.mark.django_db

AFTER = datetime(2026, 6, 22, 9, tzinfo=SHANGHAI)


@pytest.fixture
def held(day: OpenDay, cast: Cast, now: datetime) -> OpenDay:
    """The day with two booths."""
    for place in (cast.civil, cast.culture):
        open_booth(open_day=day, place=place, by=None, now=now)
    return day


def summed(cast: Cast, clock: As, at: datetime) -> int:
    with clock():
        return ask_for_summaries(district=cast.district, now=at)


def owing() -> dict[Place, date]:
    rows = Duty.objects.filter(kind="day_summary", done_at=None).select_related("place")
    return {duty.place: local_date(duty.due_at - timedelta(seconds=1)) for duty in rows}


def test_when_the_day_is_over_each_booth_owes_its_summary(held: OpenDay, cast: Cast, clock: As) -> None:
    assert summed(cast, clock, datetime(2026, 6, 20, 23, tzinfo=SHANGHAI)) == 0
    assert summed(cast, clock, AFTER) == 3
    # 2026-06-20 is a Saturday in the days of the dragon boats; five and ten working days after it.
    assert owing() == {
        cast.civil: date(2026, 6, 26),
        cast.culture: date(2026, 6, 26),
        cast.district: date(2026, 7, 3),
    }
    assert summed(cast, clock, AFTER + timedelta(days=1)) == 0


def test_what_is_found_missing_late_has_its_days_from_then(held: OpenDay, cast: Cast, clock: As) -> None:
    summed(cast, clock, datetime(2026, 9, 1, 9, tzinfo=SHANGHAI))
    assert owing()[cast.civil] == date(2026, 9, 8)


def test_of_several_days_the_last_counts(held: OpenDay, cast: Cast, clock: As) -> None:
    OpenDay.objects.filter(pk=held.pk).update(until_on=date(2026, 6, 24))
    assert summed(cast, clock, AFTER) == 0
    assert summed(cast, clock, AFTER + timedelta(days=3)) == 3


def test_a_day_without_booths_and_a_day_of_history_owe_nothing(
    day: OpenDay, cast: Cast, clock: As, now: datetime
) -> None:
    past = plan_open_day(
        district=cast.district, on=date(2016, 5, 15), theme="公开", by=None, now=now, is_history=True
    )
    open_booth(open_day=past, place=cast.civil, by=None, now=now)
    assert summed(cast, clock, AFTER) == 0


def test_only_approving_the_summary_ends_it(held: OpenDay, cast: Cast, clock: As, web_as: As) -> None:
    summed(cast, clock, AFTER)
    duty = Duty.objects.get(kind="day_summary", place=cast.civil)
    assert url_of(duty) == f"/open-days/{held.pk}/"
    with web_as(cast.feng_bo, AFTER):
        summary = draft_summary(day=held, place=cast.civil, by=cast.feng_bo, now=AFTER)
        with pytest.raises(NotInThisState):
            answer_duty(duty.pk, reply="已写", by=cast.feng_bo, now=AFTER)
    assert cast.civil in owing()
    with web_as(cast.sun_wei, AFTER):
        approve_summary(summary.pk, seen=summary.version, although="已核对。", by=cast.sun_wei, now=AFTER)
    assert set(owing()) == {cast.culture, cast.district}
    duty.refresh_from_db()
    assert (duty.decision, duty.done_by) == ("approved", cast.sun_wei)
    assert summed(cast, clock, AFTER + timedelta(days=30)) == 0


def test_the_heir_of_a_bureau_owes_its_summary_and_the_office_settles_it(
    held: OpenDay, cast: Cast, clock: As, web_as: As, abolish: Abolish
) -> None:
    summed(cast, clock, AFTER)
    abolish(cast.culture, cast.civil, AFTER)
    assert summed(cast, clock, AFTER) == 0
    duty = Duty.objects.get(kind="day_summary", subject=f"{held.pk}.{cast.culture.pk}")
    assert duty.place == cast.civil
    with web_as(cast.wu_fang, AFTER):
        summary = draft_summary(day=held, place=cast.culture, by=cast.wu_fang, now=AFTER)
        approve_summary(summary.pk, seen=summary.version, although="已核对。", by=cast.wu_fang, now=AFTER)
    duty.refresh_from_db()
    assert duty.decision == "approved"


def test_a_summary_approved_at_once_is_never_owed(held: OpenDay, cast: Cast, clock: As) -> None:
    at = AFTER - timedelta(days=1)
    summary = draft_summary(day=held, place=cast.civil, by=cast.sun_wei, now=at)
    approve_summary(summary.pk, seen=summary.version, although="已核对。", by=cast.sun_wei, now=at)
    summed(cast, clock, AFTER)
    assert cast.civil not in owing()


def test_the_clock_s_own_door_asks_for_summaries(
    cast: Cast, now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    past = plan_open_day(district=cast.district, on=date(2024, 5, 15), theme="公开", by=None, now=now)
    open_booth(open_day=past, place=cast.civil, by=None, now=now)
    clocked()
    assert set(owing()) == {cast.civil, cast.district}
    assert clocked() == 0


def test_a_summary_says_what_was_prepared_and_nothing_that_was_taken_back(
    task: PlanTask, cast: Cast, web_as: As, now: datetime
) -> None:
    plan, post, day = task.plan, task.post, task.plan.open_day
    with web_as(cast.feng_bo):
        for what in ("布置展台", "说错了"):
            assign_task(plan.pk, what=what, post=post, due_on=day.on, by=cast.feng_bo, now=now)
        drop_task(PlanTask.objects.get(what="说错了").pk, by=cast.feng_bo, now=now)
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
    with web_as(cast.li_min):
        answer_duty(task.duty_id, reply="印好了", by=cast.li_min, now=now)
    with web_as(cast.feng_bo, AFTER):
        summary = draft_summary(day=day, place=cast.civil, by=cast.feng_bo, now=AFTER)
    assert "活动前，完成了印制宣传单等准备。" in summary.parts["methods"]
    assert "制定了《民政局2026年政务公开日活动方案》" in summary.parts["situation"]
