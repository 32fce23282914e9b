"""The fictional district remembers its last open day, and plans the next: one bureau has handed in, others owe."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bureaus.models import Hotline, Post, Tenure
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date
from disclosure.models import Count, Measure, OpenDay, PlanTask
from disclosure.services.example.people import Cast, read_words
from disclosure.services.open_days import open_booth, plan_open_day, record_reception
from disclosure.services.plans import (
    PlanGiven,
    ask_for_plans,
    assign_task,
    hand_in_plan,
    print_material,
    write_plan,
)
from disclosure.services.summaries import approve_summary, draft_summary, edit_summary, publish_summary
from inquiries.services.moving import answer_duty

# The bureaus were asked yesterday, and have ten working days.
ASKED = timedelta(days=1)
ASKED_WITHIN = 10


def remember_last_edition(cast: Cast, *, now: datetime) -> OpenDay:
    """A year ago the district held its open day, and summed it up with what went well and what did not."""
    words = read_words("plans")["before"]
    on = local_date(now - timedelta(days=365))
    if on.year == local_date(now).year:
        # One a year: the number follows from the year.
        on -= timedelta(days=31)
    day = plan_open_day(
        district=cast.district, on=on, theme=words["theme"], aim=words["aim"], by=None, now=now
    )
    day.refresh_from_db()
    none = Count(0, Measure.CASE)
    for word in words["booths"]:
        booth = open_booth(
            open_day=day,
            place=cast.places[word["place"]],
            venue=word["venue"],
            topics=word["topics"],
            by=None,
            now=now,
        )
        people, answered = word["people"], word["answered"]
        record_reception(
            booth=booth,
            people=Count(people[0], Measure.PERSON, people[1]),
            questions=Count(answered[0], Measure.CASE, answered[1]),
            issues=none,
            by=None,
            now=now,
        )
    for number, word in enumerate([*words["booths"], {**words, "place": "", "by": "zhouning"}]):
        at = now - timedelta(days=350 - number)
        by = cast.officers[word["by"]]
        summary = draft_summary(day=day, place=cast.places[word["place"]], by=by, now=at)
        parts = summary.parts | {"insights": word["insights"], "next": word["next"]}
        summary = edit_summary(summary.pk, parts=parts, seen=summary.version, by=by, now=at)
        summary = approve_summary(summary.pk, seen=summary.version, by=by, now=at)
        publish_summary(summary.pk, seen=summary.version, by=by, now=at)
    return day


def plan_next_edition(cast: Cast, *, now: datetime) -> OpenDay:
    """The next 5·15 has its plan, the bureaus were asked for theirs; one is handed in, one begun, the rest owed."""
    words = read_words("plans")["coming"]
    at, today = now - ASKED, local_date(now)
    office = cast.officers["zhouning"]
    day = plan_open_day(
        district=cast.district,
        on=date(today.year + 1, 5, 15),
        theme=words["theme"],
        aim=words["aim"],
        by=None,
        now=at,
    )
    day.refresh_from_db()
    calendar = calendar_for(cast.district.pk)
    given = PlanGiven(words["parts"], theme=words["theme"], aim=words["aim"])
    plan = write_plan(day=day, place=cast.district, given=given, seen=0, by=office, now=at)
    _assign(cast, plan.pk, words["tasks"], by=office, now=at)
    hand_in_plan(plan.pk, seen=plan.version, by=office, now=at)
    ask_for_plans(
        day=day,
        places=[cast.places[path] for path in words["bureaus"]],
        due_on=calendar.shift(today, ASKED_WITHIN),
        request=words["request"],
        by=office,
        now=at,
    )
    _begin(cast, day, words["draft"], now=now - ASKED / 2)
    _hand_in(cast, day, words["handed_in"], now=now - ASKED / 3)
    return day


def _begin(cast: Cast, day: OpenDay, word: dict[str, Any], *, now: datetime) -> int:
    place, by = cast.places[word["place"]], cast.officers[word["by"]]
    given = PlanGiven(
        word["parts"],
        units=[cast.places[path] for path in word.get("units", ())],
        hotlines=list(Hotline.objects.filter(place=place).order_by("pk")[:2]),
    )
    return write_plan(day=day, place=place, given=given, seen=0, by=by, now=now).pk


def _hand_in(cast: Cast, day: OpenDay, word: dict[str, Any], *, now: datetime) -> None:
    by = cast.officers[word["by"]]
    plan_id = _begin(cast, day, word, now=now)
    for name, kind, measure, printed in word["materials"]:
        row = print_material(
            plan_id, kind=kind, name=name, measure=Measure(measure), printed=printed, by=by, now=now
        )
    _assign(cast, plan_id, word["tasks"], by=by, now=now)
    hand_in_plan(plan_id, seen=row.plan.version, by=by, now=now)


def _assign(cast: Cast, plan_id: int, tasks: list[list[Any]], *, by: Any, now: datetime) -> None:
    calendar = calendar_for(cast.district.pk)
    for what, officer, days, *done in tasks:
        task: PlanTask = assign_task(
            plan_id,
            what=what,
            post=_post_of(cast, officer),
            due_on=calendar.shift(local_date(now), days),
            by=by,
            now=now,
        )
        if done and done[0]:
            answer_duty(task.duty_id, reply=done[0], by=cast.officers[officer], now=now + timedelta(hours=1))


def _post_of(cast: Cast, officer: str) -> Post:
    held = Tenure.objects.filter(officer=cast.officers[officer], part=Tenure.Part.HOLDER)
    return held.select_related("post__place").get().post
