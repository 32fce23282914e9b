"""A bureau that is asked owes its plan, a post that is given a task owes that; both are chased."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bureaus.models import Officer
from bureaus.models.notices import Notice
from bureaus.refusals import TooLong
from bureaus.services.refusals import Refusal
from bureaus.workdays import SHANGHAI, midnight
from disclosure.models import DayPlan, OpenDay, PlanTask
from disclosure.services import plans
from disclosure.services.open_days import (
    OfAnotherDistrict,
)
from disclosure.services.plans import (
    PlanGiven,
    ask_for_plans,
    assign_task,
    drop_task,
    excuse_bureau,
    hand_in_plan,
    write_plan,
)
from inquiries.models import Chase, Duty
from inquiries.services.chasing import chase_batch
from inquiries.services.duties import label_of, url_of
from inquiries.services.moving import answer_duty
from inquiries.services.refusals import DutyDone, NeedsWords, NotInThisState
from tests.conftest import As, Cast
from tests.disclosure.planned import OF_BUREAU, Abolish, Write
from tests.disclosure.planned import abolish as abolish  # a fixture
from tests.disclosure.planned import asked as asked  # a fixture
from tests.disclosure.planned import day as day  # a fixture
from tests.disclosure.planned import issued as issued  # a fixture
from tests.disclosure.planned import task as task  # a fixture
from tests.disclosure.planned import write as write  # a fixture

pytestmark = pytest.mark.django_db


# --- Asking the bureaus -------------------------------------------------------------------------------------------
def test_a_bureau_that_is_asked_owes_its_plan_and_is_told(asked: Duty, day: OpenDay, cast: Cast) -> None:
    assert (asked.place, asked.due_at, asked.request) == (
        cast.civil,
        midnight(date(2026, 6, 6)),
        "按方案报送",
    )
    assert (label_of(asked), url_of(asked)) == (
        "hand in the plan of an open day",
        f"/open-days/{day.pk}/plans/{cast.civil.pk}/",
    )
    assert Notice.objects.filter(kind="day_plan", cause_id=str(asked.pk)).exists()


def test_the_engine_chases_it_until_it_is_handed_in(
    asked: Duty, cast: Cast, write: Write, web_as: As, clock: As
) -> None:
    late = asked.due_at + timedelta(days=4)
    with clock():
        chase_batch(Duty, now=late)
    assert Chase.objects.filter(duty=asked, level="urge").exists()
    plan = write(at=late)
    with web_as(cast.feng_bo, late):
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=late)
    asked.refresh_from_db()
    assert (asked.decision, asked.done_by, asked.next_chase_at) == ("handed_in", cast.feng_bo, None)
    before = Chase.objects.count()
    with clock():
        chase_batch(Duty, now=late + timedelta(days=9))
    assert Chase.objects.count() == before


def test_writing_alone_ends_nothing_and_no_reply_in_words_does(
    asked: Duty, cast: Cast, write: Write, web_as: As, now: datetime
) -> None:
    write()
    with web_as(cast.feng_bo), pytest.raises(NotInThisState):
        answer_duty(asked.pk, reply="已报送", by=cast.feng_bo, now=now)
    asked.refresh_from_db()
    assert asked.done_at is None


def test_who_was_asked_or_has_handed_in_is_not_asked_again(
    asked: Duty, day: OpenDay, cast: Cast, web_as: As, now: datetime
) -> None:
    again: dict[str, Any] = {
        "day": day,
        "due_on": date(2026, 6, 9),
        "request": "",
        "by": cast.wu_fang,
        "now": now,
    }
    with web_as(cast.wu_fang):
        with pytest.raises(plans.NobodyAsked):
            ask_for_plans(places=[cast.civil], **again)
        assert ask_for_plans(places=[cast.civil, cast.culture], **again) == 1


def test_a_bureau_is_excused_by_the_office_and_may_be_asked_again(
    asked: Duty, day: OpenDay, cast: Cast, web_as: As, now: datetime
) -> None:
    plan = DayPlan.objects.get(asked=asked)
    with web_as(cast.sun_wei), pytest.raises(plans.NotYourPlan):
        excuse_bureau(plan.pk, by=cast.sun_wei, now=now)
    with web_as(cast.wu_fang):
        excuse_bureau(plan.pk, by=cast.wu_fang, now=now)
        with pytest.raises(DutyDone):
            excuse_bureau(plan.pk, by=cast.wu_fang, now=now)
        assert (
            ask_for_plans(
                day=day,
                places=[cast.civil],
                due_on=date(2026, 6, 9),
                request="",
                by=cast.wu_fang,
                now=now,
            )
            == 1
        )
    assert [duty.decision for duty in Duty.objects.filter(kind="day_plan").order_by("pk")] == ["excused", ""]


def test_the_heir_of_a_bureau_hands_in_for_it(
    asked: Duty, day: OpenDay, cast: Cast, web_as: As, now: datetime, abolish: Abolish
) -> None:
    at = now + timedelta(days=1)
    abolish(cast.civil, cast.culture, at)
    asked.refresh_from_db()
    assert (asked.place, asked.done_at) == (cast.culture, None)
    assert url_of(asked) == f"/open-days/{day.pk}/plans/{cast.culture.pk}/"
    with web_as(cast.cao_lei, at):
        plan = write_plan(
            day=day, place=cast.culture, given=PlanGiven(OF_BUREAU), seen=0, by=cast.cao_lei, now=at
        )
        hand_in_plan(plan.pk, seen=plan.version, by=cast.cao_lei, now=at)
    asked.refresh_from_db()
    assert (asked.decision, asked.done_by) == ("handed_in", cast.cao_lei)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"by": "sun_wei"}, plans.NotYourPlan),
        ({"by": "bai_lu"}, plans.NotYourPlan),
        ({"due_on": date(2026, 5, 19)}, plans.NotUntilTheDay),
        ({"due_on": date(2026, 6, 21)}, plans.NotUntilTheDay),
        ({"places": ["relief"]}, OfAnotherDistrict),
        ({"places": ["elsewhere"]}, OfAnotherDistrict),
        ({"places": []}, plans.NobodyAsked),
        ({"now": datetime(2026, 6, 21, 9, tzinfo=SHANGHAI)}, plans.OpenDayOver),
    ],
)
def test_what_cannot_be_asked_is_refused(
    issued: DayPlan,
    day: OpenDay,
    cast: Cast,
    web_as: As,
    now: datetime,
    change: dict[str, Any],
    refusal: type[Refusal],
) -> None:
    given: dict[str, Any] = {
        "by": "wu_fang",
        "due_on": date(2026, 6, 5),
        "places": ["civil"],
        "now": now,
    } | change
    by = getattr(cast, given.pop("by"))
    places = [getattr(cast, name) for name in given.pop("places")]
    with web_as(by, given["now"]), pytest.raises(refusal):
        ask_for_plans(day=day, places=places, request="", by=by, **given)
    assert not Duty.objects.filter(kind="day_plan").exists()


def test_nobody_is_asked_before_the_district_s_plan_is_issued(
    day: OpenDay, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang), pytest.raises(plans.PlanNotIssued):
        ask_for_plans(day=day, places=[cast.civil], due_on=day.on, request="", by=cast.wu_fang, now=now)


def test_a_task_is_owed_by_its_post_and_chased_until_it_is_done(
    task: PlanTask, cast: Cast, web_as: As, clock: As
) -> None:
    duty = task.duty
    assert (duty.place, duty.post, duty.due_at) == (
        cast.relief,
        cast.post(cast.li_min),
        midnight(date(2026, 6, 11)),
    )
    assert (label_of(duty), url_of(duty)) == ("task for an open day", f"/duties/{duty.pk}/")
    late = duty.due_at + timedelta(days=3)
    with clock():
        chase_batch(Duty, now=late)
    assert Chase.objects.filter(duty=duty).exists()
    with web_as(cast.tang_rui, late), pytest.raises(Duty.DoesNotExist):
        answer_duty(duty.pk, reply="印好了", by=cast.tang_rui, now=late)
    with web_as(cast.li_min, late):
        answer_duty(duty.pk, reply="印好了500张", by=cast.li_min, now=late)
    duty.refresh_from_db()
    assert (duty.done_by, duty.next_chase_at) == (cast.li_min, None)


def test_a_task_is_taken_back_and_chased_no_more(
    task: PlanTask, cast: Cast, web_as: As, now: datetime
) -> None:
    with pytest.raises(plans.NotYourPlan):
        drop_task(task.pk, by=cast.li_min, now=now)
    with web_as(cast.qian_yu):
        drop_task(task.pk, by=cast.qian_yu, now=now)
        with pytest.raises(DutyDone):
            drop_task(task.pk, by=cast.qian_yu, now=now)
    task.duty.refresh_from_db()
    assert (task.duty.decision, task.duty.next_chase_at) == ("withdrawn", None)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"what": " "}, NeedsWords),
        ({"what": "印" * 201}, TooLong),
        ({"post": "tang_rui"}, plans.NotAPostThere),
        ({"post": "wu_fang"}, plans.NotAPostThere),
        ({"due_on": date(2026, 5, 19)}, plans.NotUntilTheDay),
        ({"due_on": date(2026, 6, 21)}, plans.NotUntilTheDay),
        ({"by": "li_min"}, plans.NotYourPlan),
    ],
)
def test_what_cannot_be_assigned_is_refused(
    write: Write, cast: Cast, now: datetime, change: dict[str, Any], refusal: type[Refusal]
) -> None:
    plan = write()
    given: dict[str, Any] = {
        "what": "布置展台",
        "post": "li_min",
        "due_on": date(2026, 6, 10),
        "by": "feng_bo",
    } | change
    by: Officer = getattr(cast, given.pop("by"))
    post = cast.post(getattr(cast, given.pop("post")))
    with pytest.raises(refusal):
        assign_task(plan.pk, post=post, by=by, now=now, **given)
    assert not PlanTask.objects.exists()
