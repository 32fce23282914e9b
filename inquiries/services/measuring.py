"""By which rule, ladder and calendar an inquiry is measured, and when it is chased next."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from bureaus.services.calendar import calendar_for
from bureaus.workdays import Calendar, local_date
from inquiries import ladder as steps
from inquiries.deadlines import Due, Rule
from inquiries.models import AnswerRule, Duty, Inquiry, Ladder
from inquiries.services.refusals import UnknownCalendar, UnknownRule


def rule_for(district_id: int, kind: str, urgency: str) -> AnswerRule:
    """The rule in force. Raises UnknownRule where the district has none for this kind and urgency."""
    found = (
        AnswerRule.objects.filter(book__district=district_id, kind=kind, urgency=urgency)
        .order_by("-book__number")
        .first()
    )
    if found is None:
        raise UnknownRule
    return found


def ladder_for(district_id: int, meant_for: str) -> Ladder:
    """The ladder in force. Raises UnknownRule where the district has none."""
    found = Ladder.objects.filter(district=district_id, meant_for=meant_for).order_by("-number").first()
    if found is None:
        raise UnknownRule
    return found


def rule_of(row: AnswerRule) -> Rule:
    """The row as the pure rule that deadlines reckon with."""
    return Rule(
        amount=row.amount,
        unit=row.unit,  # type: ignore[arg-type]  # the choices of the column are the words of the type
        end=row.end,  # type: ignore[arg-type]
        extensions=row.extensions,
        extension_amount=row.extension_amount,
        source=row.source,
    )


@lru_cache(maxsize=512)
def _read(ladder_id: int) -> steps.Ladder:
    return steps.from_data(Ladder.objects.get(pk=ladder_id).steps)


def steps_of(ladder_id: int) -> steps.Ladder:
    """The steps of one edition of a ladder; editions never change, so they are read once."""
    return _read(ladder_id)


def version_of(calendar: Calendar) -> int:
    """The calendar version a reckoning rests on. Raises UnknownCalendar before any calendar was written."""
    if calendar.version is None:
        raise UnknownCalendar
    return calendar.version


def due_of(target: Inquiry | Duty) -> Due:
    """The due as the pure rules take it."""
    if isinstance(target, Inquiry):
        return Due(target.due_on, target.due_at, target.due_provisional)
    return due_until(target.due_at)


def due_until(due_at: datetime) -> Due:
    """A due known by its exclusive instant alone."""
    return Due(local_date(due_at - timedelta(microseconds=1)), due_at)


def no_later_than(due: Due, *bounds: datetime | None) -> Due:
    """The earliest of a due and these instants: the source's own due, the dues of riders."""
    earliest = min((bound for bound in bounds if bound is not None), default=due.due_at)
    return due_until(earliest) if earliest < due.due_at else due


def rungs_of(target: Inquiry | Duty, calendar: Calendar) -> tuple[tuple[steps.Rung, ...], steps.Repeat]:
    """The instants of the steps still to be climbed by this inquiry or duty, and what repeats after them.

    A reopened round and an imported matter climb over a span of their own; what they owe stays due when it was.
    """
    ladder = steps_of(target.ladder_id)
    due = due_of(target)
    if isinstance(target, Inquiry):
        begun, seen = target.asked_at, target.recorded_at
        if target.ladder_from_at is not None and target.ladder_due_at is not None:
            due = due_until(target.ladder_due_at)
            begun = seen = target.ladder_from_at
    else:
        begun = seen = target.opened_at
    return steps.schedule(begun, seen, due, ladder, calendar), steps.repeat_of(ladder, due, calendar)


def next_chase(target: Inquiry | Duty, *, now: datetime, calendar: Calendar | None = None) -> datetime:
    """When the target is chased next if nothing more happens: later than `now`, within 31 days."""
    calendar = calendar or calendar_for(target.district_id)
    rungs, repeat = rungs_of(target, calendar)
    return steps.first_at(rungs, repeat, now, target.chase_step)
