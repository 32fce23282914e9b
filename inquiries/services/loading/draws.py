"""Chance as it is in a real district: which days are busy, what is asked, how, and how it ends."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from bureaus.workdays import DAY, Calendar, midnight

T = TypeVar("T")


class Wheel(Generic[T]):
    """One of several, each as often as its weight says."""

    def __init__(self, weights: dict[T, float]) -> None:
        self._what = list(weights)
        self._upto = list(accumulate(weights.values()))

    def draw(self, rng: Random) -> T:
        """One of them."""
        return self._what[bisect(self._upto, rng.random() * self._upto[-1])]


KINDS = Wheel(
    {
        "consultation": 48,
        "help": 21,
        "complaint": 15,
        "suggestion": 7,
        "praise": 3,
        "tip_off": 2,
        "disclosure": 4,
    }
)
URGENCIES = Wheel({"ordinary": 960, "urgent": 35, "critical": 5})
CHANNELS = Wheel(
    {
        "hotline": 44,
        "city_12345": 20,
        "desk": 14,
        "web": 9,
        "visit": 5,
        "card": 4,
        "letter": 3,
        "handed_down": 1,
    }
)
# While the offices are shut only these are open.
CHANNELS_AT_REST = Wheel({"hotline": 40, "city_12345": 45, "web": 15})
OUTCOMES = Wheel(
    {
        "solved": 58,
        "explained": 26,
        "partly": 6,
        "planned": 3,
        "not_accepted": 3,
        "ended": 2,
        "handed_over": 1,
        "invalid": 1,
    }
)
OUTCOMES_OF_DISCLOSURE = Wheel(
    {"disclosed": 50, "already_public": 25, "not_held": 15, "partly_disclosed": 6, "refused": 4}
)
SATISFACTIONS = Wheel({"satisfied": 70, "basically": 20, "dissatisfied": 10})
# By hour of the day: of a working day, and of one off.
HOURS = Wheel(
    dict(enumerate([1, 1, 1, 1, 1, 2, 4, 10, 60, 90, 85, 50, 20, 55, 80, 75, 55, 30, 15, 12, 10, 7, 4, 2]))
)
# Of questions at a desk or by hotline, which may be answered while the citizen waits.
AT_ONCE = {"consultation": 0.8, "praise": 0.7, "suggestion": 0.2, "help": 0.15}

GROWTH_A_YEAR, AT_REST, LESS_IN_WINTER = 0.1, 0.25, 0.8


@dataclass(frozen=True)
class Busy:
    """How many inquiries are asked on a day, and how many were before it, in all and in its year."""

    on: date
    many: int
    before: int
    before_in_year: int


def busy_days(many: int, first: date, last: date, calendar: Calendar) -> list[Busy]:
    """`many` inquiries over the days from `first` to `last`: more each year, fewer at rest and in the cold months."""
    days = [first + DAY * n for n in range((last - first).days + 1)]
    upto = list(
        accumulate(
            (1 + GROWTH_A_YEAR * (on - first).days / 365)
            * (1 if calendar.is_working(on) else AT_REST)
            * (LESS_IN_WINTER if on.month in (1, 2) else 1)
            for on in days
        )
    )
    found: list[Busy] = []
    before = before_in_year = 0
    for on, share in zip(days, upto, strict=True):
        if on.month == on.day == 1:
            before_in_year = 0
        asked = round(many * share / upto[-1]) - before
        found.append(Busy(on, asked, before, before_in_year))
        before, before_in_year = before + asked, before_in_year + asked
    return found


def asked_within(rng: Random, on: date) -> datetime:
    """An instant of that day, at the hours people ask."""
    return midnight(on) + timedelta(seconds=HOURS.draw(rng) * 3600 + rng.randrange(3600))


def in_office(rng: Random, on: date, calendar: Calendar) -> datetime:
    """An instant of that working day, or of the next one, at which the office is open."""
    spans = calendar.office_spans(calendar.working_on_or_after(on))
    opens, closes = spans[rng.random() > 0.55 if len(spans) > 1 else 0]
    return opens + (closes - opens) * rng.random()
