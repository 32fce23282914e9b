"""What may be asked of a figure: whose, about when, on which basis, narrowed and grouped how."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer

DAY = timedelta(days=1)
BASES = ("cohort", "happened", "now")
INTERVALS = ("", "day", "week", "month", "quarter", "year")
STRUCTURES = ("as_was", "as_now")
# Each with the column of the totals it is kept by.
DIMENSIONS = {
    "place": "place_id",
    "bureau": "place_id",
    "kind": "kind",
    "urgency": "urgency",
    "channel": "channel",
    "topic": "topic_id",
    # Each topic of the first level with all below it.
    "topic_root": "topic_id",
    "officer": "officer_id",
    "source": "source",
}


class CannotAsk(ValueError):
    """The figure has no such basis, dimension or interval, or not for this reader; `field` names the parameter."""

    def __init__(self, field: str, sentence: str | Promise) -> None:
        super().__init__(field)
        self.field = field
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class NotForReader(CannotAsk):
    """The figure is told to others, not to this reader."""


class TooManyCells(CannotAsk):
    """The groups and intervals together are more than one answer holds."""

    def __init__(self, field: str = "group_by") -> None:
        super().__init__(field, _("These are too many numbers for one answer. Ask for them in parts."))


class TooWide(Exception):
    """No total is kept of this, and counting it from the rows took too long."""

    def __str__(self) -> str:
        return str(_("This takes too long to count. Ask about a shorter period, or with fewer filters."))


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days in Asia/Shanghai, the first and the last included. Raises CannotAsk when it ends before it begins."""

    first_on: date
    last_on: date

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise CannotAsk("to", _("The period ends before it begins."))

    @property
    def is_whole_months(self) -> bool:
        return self.first_on.day == 1 and (self.last_on + DAY).day == 1

    @property
    def previous(self) -> Period:
        """As many months before it, where it is whole months, else as many days."""
        if self.is_whole_months:
            after = self.last_on + DAY
            months = (after.year - self.first_on.year) * 12 + after.month - self.first_on.month
            return Period(_months_later(self.first_on, -months), self.first_on - DAY)
        return Period(self.first_on - (self.last_on - self.first_on) - DAY, self.first_on - DAY)

    @property
    def year_earlier(self) -> Period:
        """The same days a year before; whole months stay whole, and 29 February becomes the 28th."""
        if self.is_whole_months:
            return Period(_months_later(self.first_on, -12), _months_later(self.last_on + DAY, -12) - DAY)
        return Period(_a_year_before(self.first_on), _a_year_before(self.last_on))

    @property
    def pieces(self) -> list[tuple[str, date, date]]:
        """The period as whole months and the days at its edges: grain, first day, and the day after the last."""
        after = self.last_on + DAY
        first_month = (
            self.first_on if self.first_on.day == 1 else _months_later(self.first_on.replace(day=1), 1)
        )
        last_month = after.replace(day=1)
        if first_month >= last_month:
            return [("day", self.first_on, after)]
        found = [
            ("day", self.first_on, first_month),
            ("month", first_month, last_month),
            ("day", last_month, after),
        ]
        return [piece for piece in found if piece[1] < piece[2]]

    def split(self, interval: str) -> list[Period]:
        """The period's days, weeks from Monday, months, quarters or years, cut off where the period ends."""
        found, first = [], self.first_on
        while first <= self.last_on:
            last = min(_end_of(first, interval), self.last_on)
            found.append(Period(first, last))
            first = last + DAY
        return found


def _end_of(on: date, interval: str) -> date:
    if interval == "day":
        return on
    if interval == "week":
        return on + DAY * (6 - on.weekday())
    if interval == "month":
        last = on.month
    elif interval == "quarter":
        last = (on.month - 1) // 3 * 3 + 3
    else:
        last = 12
    return date(on.year, last, calendar.monthrange(on.year, last)[1])


def _months_later(on: date, months: int) -> date:
    number = on.year * 12 + on.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _a_year_before(on: date) -> date:
    return on.replace(year=on.year - 1, day=28 if (on.month, on.day) == (2, 29) else on.day)


@dataclass(frozen=True, slots=True)
class Filters:
    """Only what has one of these; nothing given means all. A topic means what is below it, too."""

    kind: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    topic: tuple[int, ...] = ()
    source: tuple[str, ...] = ()
    officer: tuple[int, ...] = ()

    def given(self) -> dict[str, tuple[str, ...] | tuple[int, ...]]:
        """The dimensions filtered by, each with its values."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a figure. `places` are keys, each of that place alone; None is the whole district.

    `basis` empty is the figure's first. `reader` is the officer who asks, where figures of officers are asked for.
    Raises CannotAsk.
    """

    district_id: int
    period: Period
    places: frozenset[int] | None = None
    basis: str = ""
    filters: Filters = field(default_factory=Filters)
    group_by: tuple[str, ...] = ()
    interval: str = ""
    structure: str = "as_was"
    reader: Officer | None = None

    def __post_init__(self) -> None:
        if len(self.group_by) > 2 or len(set(self.group_by)) < len(self.group_by):
            raise CannotAsk("group_by", _("Group by at most two different dimensions."))
        for name in self.group_by:
            if name not in DIMENSIONS:
                raise CannotAsk("group_by", _("There is no such dimension."))
        if self.basis not in ("", *BASES):
            raise CannotAsk("basis", _("There is no such basis."))
        if self.interval not in INTERVALS:
            raise CannotAsk("interval", _("There is no such interval."))
        if self.structure not in STRUCTURES:
            raise CannotAsk("structure", _("There is no such structure."))

    @property
    def dimensions(self) -> set[str]:
        """The columns a total must know to answer."""
        wanted = {DIMENSIONS[name] for name in (*self.group_by, *self.filters.given())}
        return wanted | ({"place_id"} if self.places is not None else set())
