"""By which rule, ladder and calendar an inquiry is measured, and when it is chased next."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db import connection

from bureaus.services.calendar import calendar_for
from bureaus.workdays import Calendar, local_date
from inquiries import deadlines
from inquiries import ladder as steps
from inquiries.deadlines import Due, Rule
from inquiries.models import AnswerRule, Duty, Inquiry, Ladder
from inquiries.models.rules import Kind
from inquiries.services.refusals import UnknownCalendar, UnknownRule


# Editions are append-only: what an id names never changes, so each process reads it once. Which id is in force is
# asked of the database every time. The database's name only keeps two databases in one process apart.
@lru_cache(maxsize=512)
def _rule(database: str, rule_id: int) -> AnswerRule:
    return AnswerRule.objects.get(pk=rule_id)


@lru_cache(maxsize=512)
def _ladder(database: str, ladder_id: int) -> tuple[Ladder, steps.Ladder]:
    row = Ladder.objects.get(pk=ladder_id)
    return row, steps.from_data(row.steps)


_RULE = """
select rule.id from inquiries_answerrule rule join inquiries_rulebook book on book.id = rule.book_id
where book.district_id = %s and rule.kind = %s and rule.urgency = %s order by book.number desc limit 1
"""
_LADDER = (
    "select id from inquiries_ladder where district_id = %s and meant_for = %s order by number desc limit 1"
)


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def _in_force(statement: str, *values: str | int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone()
    if found is None:
        raise UnknownRule
    return int(found[0])


def rule_for(district_id: int, kind: str, urgency: str) -> AnswerRule:
    """The rule in force. Raises UnknownRule where the district has none for this kind and urgency."""
    found = _rule(
        _database(),
        _in_force(
            _RULE,
            district_id,
            kind,
            urgency,
        ),
    )
    # A copy: what a caller does to it in memory stays with that caller.
    return copy(found)


def ladder_for(district_id: int, meant_for: str) -> Ladder:
    """The ladder in force. Raises UnknownRule where the district has none."""
    row, _steps = _ladder(
        _database(),
        _in_force(
            _LADDER,
            district_id,
            meant_for,
        ),
    )
    return copy(row)


# The two editions in force, as columns of a statement that asks more: district, kind, urgency, district, urgency.
RULE_AND_LADDER = f"({_RULE}), ({_LADDER})"


def editions_of(rule_id: int | None, ladder_id: int | None) -> tuple[AnswerRule, Ladder]:
    """What `RULE_AND_LADDER` found. Raises UnknownRule where the district lacks one of them."""
    if rule_id is None or ladder_id is None:
        raise UnknownRule
    return copy(_rule(_database(), rule_id)), copy(_ladder(_database(), ladder_id)[0])


def rule_of(row: AnswerRule) -> Rule:
    """The row as the pure rule that deadlines reckon with."""
    return Rule(
        amount=row.amount,
        unit=row.unit,  # type: ignore[arg-type]  # the choices of the column are the words of the type
        end=row.end,  # type: ignore[arg-type]
        extensions=row.extensions,
        extension_amount=row.extension_amount,
        source=row.source,
        dispatch_minutes=row.dispatch_minutes,
        return_days=row.return_days,
    )


def steps_of(ladder_id: int) -> steps.Ladder:
    """The steps of one edition of a ladder."""
    return _ladder(_database(), ladder_id)[1]


def version_of(calendar: Calendar) -> int:
    """The calendar version a reckoning rests on. Raises UnknownCalendar before any calendar was written."""
    if calendar.version is None:
        raise UnknownCalendar
    return calendar.version


def first_due(kind: str, asked_at: datetime, received_on: date | None, rule: Rule, calendar: Calendar) -> Due:
    """When the answer is owed before anything happened: from the asking, a disclosure application from its receipt."""
    if kind == Kind.DISCLOSURE:
        return deadlines.disclosure_due(received_on or local_date(asked_at), calendar, rule=rule)
    return deadlines.due(asked_at, rule, calendar)


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


def rungs_of(
    target: Inquiry | Duty,
    calendar: Calendar,
    *,
    ladder: steps.Ladder | None = None,
    due: Due | None = None,
) -> tuple[tuple[steps.Rung, ...], steps.Repeat]:
    """The instants of the steps still to be climbed by this inquiry or duty, and what repeats after them.

    A reopened round and an imported matter climb over a span of their own; what they owe stays due when it was.
    Another `ladder` or `due` than the target's own is for looking ahead.
    """
    ladder = ladder or steps_of(target.ladder_id)
    due = due or due_of(target)
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


def step_in(target: Inquiry | Duty, ladder: steps.Ladder, taken: Collection[str] = ()) -> int:
    """Where the target stands in another ladder, never below a step whose key is among those `taken`: none is taken
    again."""
    own = steps_of(target.ladder_id).steps
    last = own[target.chase_step] if 0 <= target.chase_step < len(own) else None
    before = [index for index, step in enumerate(ladder.steps) if step.key in taken]
    return max(steps.carry_over(last, ladder), *before, -1)


def would_be(
    target: Inquiry | Duty,
    due: Due,
    *,
    calendar: Calendar,
    ladder: steps.Ladder | None,
    taken: Collection[str] = (),
    now: datetime,
) -> tuple[int, datetime | None]:
    """The step and the next chase that an edit gives an open target: what a preview tells and following then does.

    `due` is the target's under the edit, `ladder` the one it goes over to, None for its own. A due that the edit puts
    into the past is not chased at once: its chase waits its turn in the coming working day. What rides is not chased.
    """
    if target.next_chase_at is None:
        return target.chase_step, None
    step = target.chase_step if ladder is None else step_in(target, ladder, taken)
    if target.due_at > now >= due.due_at:
        return step, spread_at(target.pk, now=now, calendar=calendar)
    stays = ladder is None and due.due_at == target.due_at
    if stays and (target.calendar_version_id == calendar.version or target.next_chase_at <= now):
        # Nothing moves it, or the sweep is about to take it.
        return step, target.next_chase_at
    rungs, repeat = rungs_of(target, calendar, ladder=ladder, due=due)
    at = steps.first_at(rungs, repeat, now, step)
    # The farthest look ahead lies no farther because time went by.
    look = stays and at == now + steps.FARTHEST
    return step, min(at, target.next_chase_at) if look else at


def spread_at(key: int, *, now: datetime, calendar: Calendar) -> datetime:
    """A minute of the coming working day, another for each key."""
    return calendar.add_minutes(now, 1 + key % 420)
