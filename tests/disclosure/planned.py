"""A coming open day, the district's plan issued, a bureau asked, its plan written, a task assigned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from bureaus.models import Officer, Place
from bureaus.services.reorganising import abolish_place, passing_of, taker_by_default
from disclosure.models import DayPlan, OpenDay, PlanTask
from disclosure.services.open_days import (
    plan_open_day,
)
from disclosure.services.plans import (
    PlanGiven,
    ask_for_plans,
    assign_task,
    hand_in_plan,
    write_plan,
)
from inquiries.models import Duty
from inquiries.services.reorganising import pass_on
from tests.conftest import As, Cast

OF_DISTRICT = {
    "venues": "和顺广场\n政务大厅",
    "requirements": "专人负责",
    "documents": "《政府信息公开条例》",
}
OF_BUREAU = {
    "venue": "广场1号台",
    "people": "吴小燕\n陈志强",
    "answering": "低保：社会救助科\n婚姻登记",
    "leaders": "孙伟，9:00—10:30",
}


@pytest.fixture
def day(cast: Cast, now: datetime) -> OpenDay:
    """An open day in a month, 2026-06-20."""
    day = plan_open_day(district=cast.district, on=date(2026, 6, 20), theme="公开", by=None, now=now)
    day.refresh_from_db()
    return day


@pytest.fixture
def issued(day: OpenDay, cast: Cast, web_as: As, now: datetime) -> DayPlan:
    """The district's plan, issued by Wu Fang."""
    with web_as(cast.wu_fang):
        given = PlanGiven(OF_DISTRICT, theme="公开", aim="便民")
        plan = write_plan(day=day, place=cast.district, given=given, seen=0, by=cast.wu_fang, now=now)
        return hand_in_plan(plan.pk, seen=plan.version, by=cast.wu_fang, now=now)


Write = Callable[..., DayPlan]


@pytest.fixture
def write(day: OpenDay, cast: Cast, web_as: As, now: datetime) -> Write:
    """Feng Bo, liaison, writes the civil affairs bureau's plan."""

    def written(seen: int = 0, *, by: Officer = cast.feng_bo, at: datetime = now, **given: Any) -> DayPlan:
        parts = given.pop("parts", OF_BUREAU)
        with web_as(by, at):
            return write_plan(
                day=day, place=cast.civil, given=PlanGiven(parts, **given), seen=seen, by=by, now=at
            )

    return written


@pytest.fixture
def asked(issued: DayPlan, day: OpenDay, cast: Cast, web_as: As, now: datetime) -> Duty:
    """The civil affairs bureau owes its plan by 2026-06-05."""
    with web_as(cast.wu_fang):
        ask_for_plans(
            day=day,
            places=[cast.civil],
            due_on=date(2026, 6, 5),
            request="按方案报送",
            by=cast.wu_fang,
            now=now,
        )
    return Duty.objects.get(kind="day_plan")


@pytest.fixture
def task(write: Write, cast: Cast, web_as: As, now: datetime) -> PlanTask:
    """Li Min's post prints the leaflets by 2026-06-10."""
    plan = write()
    with web_as(cast.feng_bo):
        return assign_task(
            plan.pk,
            what="印制宣传单",
            post=cast.post(cast.li_min),
            due_on=date(2026, 6, 10),
            by=cast.feng_bo,
            now=now,
        )


Abolish = Callable[[Place, Place, datetime], None]


@pytest.fixture
def abolish(cast: Cast, web_as: As, clock: As) -> Abolish:
    """The clerk abolishes a bureau into another, and the worker passes on what it owed."""

    def abolished(place: Place, into: Place, at: datetime) -> None:
        with web_as(cast.wu_fang, at):
            taker = taker_by_default(into, now=at)
            takers = {post.pk: taker for post, _owed, _who in passing_of(place, now=at).posts if taker}
            abolish_place(place=place, successor=into, on=at.date(), takers=takers, by=cast.wu_fang, now=at)
        with clock():
            while pass_on(district=cast.district, now=at):
                pass

    return abolished
