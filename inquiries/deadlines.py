"""By when an answer, a dispatch or a return is owed: pure arithmetic over a rule and a calendar.

`due_on` is the date shown to people; `due_at` is the exclusive instant after it: late is `now >= due_at`.
Everything counts in China's time, whatever zone the instants come in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bureaus.workdays import DAY, Calendar, CountedDay, Reason, Worded, local_date, midnight

Unit = Literal["hours", "working_days", "calendar_days"]
End = Literal["end_of_day", "end_of_business"]

UNITS: tuple[Unit, ...] = ("hours", "working_days", "calendar_days")
ENDS: tuple[End, ...] = ("end_of_day", "end_of_business")

# 政府信息公开条例 art. 32: a third party answers within 15 working days; after that the agency decides.
THIRD_PARTY_WORKING_DAYS = 15


class BadRule(Worded):
    """A rule that no due can be reckoned by."""


class ExtensionRefused(Worded):
    """The rule allows no further extension, or none this long."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long an answer may take, and how often and how far that may be extended.

    `amount` counts `unit`; `extension_amount` is the most that one extension adds, in the same unit.
    `dispatch_minutes` and `return_days` are what a dispatch and a return may take (`dispatch_due`, `return_due`).
    `source` names the law or practice. Raises BadRule on an amount below 1 or an unknown word.
    """

    amount: int
    unit: Unit = "working_days"
    end: End = "end_of_day"
    extensions: int = 0
    extension_amount: int = 0
    source: str = ""
    dispatch_minutes: int = 240
    return_days: int = 1

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise BadRule(
                "%(given)s is no unit; use one of %(words)s.",
                field="unit",
                given=self.unit,
                words=", ".join(UNITS),
            )
        if self.end not in ENDS:
            raise BadRule(
                "%(given)s is no end of a day; use one of %(words)s.",
                field="end",
                given=self.end,
                words=", ".join(ENDS),
            )
        if self.amount < 1:
            raise BadRule("A rule gives at least 1 hour or day.", field="amount")
        if self.extensions < 0 or self.extension_amount < 0:
            raise BadRule("Extensions are not negative.", field="extensions")
        if self.extensions and not self.extension_amount:
            raise BadRule("A rule with extensions says how long one is.", field="extension_amount")


@dataclass(frozen=True, slots=True)
class Due:
    """When something is owed; `provisional` while a year it rests on has not been announced."""

    due_on: date
    due_at: datetime
    provisional: bool = False


def _at_end(on: date, end: End, calendar: Calendar) -> datetime:
    return midnight(on + DAY) if end == "end_of_day" else calendar.closes_at(on)


def _by_instant(due_at: datetime) -> Due:
    # The instant is exclusive: 24:00 belongs to the day that ends there.
    return Due(local_date(due_at - timedelta(microseconds=1)), due_at)


def _later(start_on: date, start_at: datetime, amount: int, rule: Rule, calendar: Calendar) -> Due:
    if rule.unit == "hours":
        return _by_instant(start_at + timedelta(hours=amount))
    if rule.unit == "working_days":
        due_on = calendar.shift(start_on, amount)
    else:
        # 民法典 art. 203: a period that would end on a day off ends on the next working day.
        due_on = calendar.working_on_or_after(start_on + DAY * amount)
    provisional = calendar.rests_on_provisional(start_on, due_on)
    return Due(due_on, _at_end(due_on, rule.end, calendar), provisional)


def due(asked_at: datetime, rule: Rule, calendar: Calendar) -> Due:
    """When the answer to what was asked at `asked_at` is owed.

    The day asked is not counted (民法典 art. 201). A rule in hours runs round the clock and never rests on
    the calendar.
    """
    return _later(local_date(asked_at), asked_at, rule.amount, rule, calendar)


def calendar_days(asked_on: date, amounts: Iterable[int], calendar: Calendar) -> list[CountedDay]:
    """Every day on the way to a due in calendar days, for each of the `amounts`, the rule's and then what was granted.

    All count; the days off after each amount, and the working day that ends them (民法典 art. 203), have no number.
    """
    counted: list[CountedDay] = []
    on, number = asked_on, 0
    for amount in amounts:
        last = on + DAY * amount
        until = calendar.working_on_or_after(last)
        while on < until:
            on += DAY
            number += on <= last
            counted.append(
                CountedDay(
                    on, number if on <= last else None, calendar.reason(on), calendar.is_provisional(on)
                )
            )
    return counted


def extended(
    current: Due, rule: Rule, calendar: Calendar, *, amount: int | None = None, extensions_used: int = 0
) -> Due:
    """The due after one more extension, by `amount` of the rule's unit or all the rule allows.

    Raises ExtensionRefused when none is left, or `amount` is below 1 or beyond the rule.
    """
    if extensions_used >= rule.extensions:
        raise ExtensionRefused("The rule allows %(n)s extensions, and they are used.", n=rule.extensions)
    by = rule.extension_amount if amount is None else amount
    if not 1 <= by <= rule.extension_amount:
        raise ExtensionRefused(
            "One extension is at least 1 and at most %(n)s, not %(by)s.",
            field="days",
            n=rule.extension_amount,
            by=by,
        )
    longer = _later(current.due_on, current.due_at, by, rule, calendar)
    return Due(longer.due_on, longer.due_at, current.provisional or longer.provisional)


def days_late(now: datetime, current: Due, calendar: Calendar) -> int:
    """How many working days `now` is past the due, today included; 0 before `due_at`, and on the due day."""
    if now < current.due_at:
        return 0
    return calendar.working_days_between(current.due_on, local_date(now))


def dispatch_due(recorded_at: datetime, rule: Rule, urgency: str, calendar: Calendar) -> Due:
    """When what came in at `recorded_at` must be with a bureau: the rule's minutes of open office later.

    What is critical is dispatched round the clock.
    """
    if urgency == "critical":
        return _by_instant(recorded_at + timedelta(minutes=rule.dispatch_minutes))
    reached = _by_instant(calendar.add_minutes(recorded_at, rule.dispatch_minutes))
    provisional = calendar.rests_on_provisional(local_date(recorded_at) - DAY, reached.due_on)
    return Due(reached.due_on, reached.due_at, provisional)


def return_due(assigned_at: datetime, rule: Rule, calendar: Calendar, *, is_complex: bool = False) -> Due:
    """Until when a bureau may say "not ours": the rule's working days after it was assigned, one more if complex."""
    return due(assigned_at, Rule(rule.return_days + is_complex), calendar)


def reckoned_anew(due_at: datetime, since_at: datetime, was: Calendar, calendar: Calendar) -> datetime:
    """What is owed at `due_at`, so many working days after `since_at` as the calendar `was` had them, by `calendar`.

    What was not reckoned so is owed when it was.
    """
    days = was.working_days_between(local_date(since_at), _by_instant(due_at).due_on)
    if days < 1 or due(since_at, Rule(days), was).due_at != due_at:
        return due_at
    return due(since_at, Rule(days), calendar).due_at


@dataclass(frozen=True, slots=True)
class Standstill:
    """A third party or another agency is asked: the clock of a disclosure application stands still meanwhile.

    The day the question went out still counts, the day the reply came does not. `until_on` is None while
    it is open.
    """

    from_on: date
    until_on: date | None = None


# 政府信息公开条例 art. 33: 20 working days, once 20 more, approved by the unit's head, the citizen told.
DISCLOSURE = Rule(20, "working_days", "end_of_day", 1, 20, "政府信息公开条例 art. 33")


def disclosure_days(
    received_on: date,
    calendar: Calendar,
    *,
    rule: Rule = DISCLOSURE,
    corrected_on: date | None = None,
    standstills: Sequence[Standstill] = (),
    extended_by: int = 0,
) -> list[CountedDay]:
    """Every day on the way to the due date of a disclosure application, counted or skipped, with its reason.

    Counting starts anew when the citizen's correction is received (art. 30) and stands still while third
    parties or other agencies are asked (art. 33). An open standstill is taken to last the whole 15 working
    days of art. 32, so that the due is finite; it is computed again when the reply comes.
    """
    if rule.unit != "working_days":
        raise BadRule("A disclosure application is counted in working days.", field="unit")
    spans = [
        (still.from_on, still.until_on or calendar.shift(still.from_on, THIRD_PARTY_WORKING_DAYS))
        for still in standstills
    ]
    owed = rule.amount + extended_by
    on = max(received_on, corrected_on or received_on)
    counted: list[CountedDay] = []
    number = 0
    while number < owed:
        on += DAY
        reason = calendar.reason(on)
        working = reason.kind in ("working", "make_up")
        if working and any(begin < on <= end for begin, end in spans):
            working, reason = False, Reason("standstill", source="政府信息公开条例 art. 33")
        number += working
        counted.append(CountedDay(on, number if working else None, reason, calendar.is_provisional(on)))
    return counted


def disclosure_due(
    received_on: date,
    calendar: Calendar,
    *,
    rule: Rule = DISCLOSURE,
    corrected_on: date | None = None,
    standstills: Sequence[Standstill] = (),
    extended_by: int = 0,
) -> Due:
    """When the answer to a disclosure application is owed; `received_on` is the receipt date of art. 31."""
    days = disclosure_days(
        received_on,
        calendar,
        rule=rule,
        corrected_on=corrected_on,
        standstills=standstills,
        extended_by=extended_by,
    )
    due_on = days[-1].on
    provisional = any(day.provisional for day in days)
    return Due(due_on, _at_end(due_on, rule.end, calendar), provisional)
