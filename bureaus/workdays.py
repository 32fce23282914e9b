"""Working days and office hours of China: pure arithmetic over a calendar that is handed in.

A year that was announced (国务院办公厅 publishes the arrangement late in the year before) follows its
rows. A year that nobody announced follows weekends and the statutory holidays, and is provisional.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import metadata
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
LAST_YEAR = 9998

Kind = Literal["working", "make_up", "weekend", "holiday", "standstill"]

# The days that move, as "year Spring-Festival Qingming Dragon-Boat Mid-Autumn", month and day each.
# A table, not a library: four dates a year until 2099 need no dependency, no astronomy and no upkeep,
# and cannot change under us. Two libraries (lunar_python, holidays) agreed on every row; the tests hold
# it against the announced years.
_MOVING = """
2004 0122 0404 0622 0928; 2005 0209 0405 0611 0918; 2006 0129 0405 0531 1006; 2007 0218 0405 0619 0925
2008 0207 0404 0608 0914; 2009 0126 0404 0528 1003; 2010 0214 0405 0616 0922; 2011 0203 0405 0606 0912
2012 0123 0404 0623 0930; 2013 0210 0404 0612 0919; 2014 0131 0405 0602 0908; 2015 0219 0405 0620 0927
2016 0208 0404 0609 0915; 2017 0128 0404 0530 1004; 2018 0216 0405 0618 0924; 2019 0205 0405 0607 0913
2020 0125 0404 0625 1001; 2021 0212 0404 0614 0921; 2022 0201 0405 0603 0910; 2023 0122 0405 0622 0929
2024 0210 0404 0610 0917; 2025 0129 0404 0531 1006; 2026 0217 0405 0619 0925; 2027 0206 0405 0609 0915
2028 0126 0404 0528 1003; 2029 0213 0404 0616 0922; 2030 0203 0405 0605 0912; 2031 0123 0405 0624 1001
2032 0211 0404 0612 0919; 2033 0131 0404 0601 0908; 2034 0219 0405 0620 0927; 2035 0208 0405 0610 0916
2036 0128 0404 0530 1004; 2037 0215 0404 0618 0924; 2038 0204 0405 0607 0913; 2039 0124 0405 0527 1002
2040 0212 0404 0614 0920; 2041 0201 0404 0603 0910; 2042 0122 0404 0622 0928; 2043 0210 0405 0611 0917
2044 0130 0404 0531 1005; 2045 0217 0404 0619 0925; 2046 0206 0404 0608 0915; 2047 0126 0405 0529 1004
2048 0214 0404 0615 0922; 2049 0202 0404 0604 0911; 2050 0123 0404 0623 0930; 2051 0211 0405 0613 0919
2052 0201 0404 0601 0907; 2053 0219 0404 0620 0926; 2054 0208 0404 0610 0916; 2055 0128 0405 0530 1005
2056 0215 0404 0617 0924; 2057 0204 0404 0606 0913; 2058 0124 0404 0625 1002; 2059 0212 0405 0614 0921
2060 0202 0404 0603 0909; 2061 0121 0404 0622 0928; 2062 0209 0404 0611 0917; 2063 0129 0405 0601 1006
2064 0217 0404 0619 0925; 2065 0205 0404 0608 0915; 2066 0126 0404 0528 1003; 2067 0214 0405 0616 0923
2068 0203 0404 0604 0911; 2069 0123 0404 0623 0929; 2070 0211 0404 0613 0919; 2071 0131 0405 0602 0908
2072 0219 0404 0620 0926; 2073 0207 0404 0610 0916; 2074 0127 0404 0530 1005; 2075 0215 0404 0617 0924
2076 0205 0404 0606 0912; 2077 0124 0404 0624 1001; 2078 0212 0404 0614 0920; 2079 0202 0404 0604 0910
2080 0122 0404 0622 0928; 2081 0209 0404 0611 0917; 2082 0129 0404 0601 1006; 2083 0217 0404 0619 0926
2084 0206 0404 0607 0914; 2085 0126 0404 0527 1003; 2086 0214 0404 0615 0922; 2087 0203 0404 0605 0911
2088 0124 0404 0623 0929; 2089 0210 0404 0613 0918; 2090 0130 0404 0602 0908; 2091 0218 0404 0621 0927
2092 0207 0404 0609 0916; 2093 0127 0404 0529 1005; 2094 0215 0404 0617 0924; 2095 0205 0404 0606 0913
2096 0125 0404 0624 0930; 2097 0212 0404 0614 0920; 2098 0201 0404 0604 0909; 2099 0121 0404 0623 0929
"""


class Worded(ValueError):
    """A refusal of the pure rules: an English sentence with gaps, and what fills them, so that a door can translate.

    `field` names what is wrong, `row` counts the rows of a list from 0, where the error lies in one.
    """

    def __init__(self, sentence: str, *, field: str = "", row: int | None = None, **named: object) -> None:
        super().__init__(sentence % named if named else sentence)
        self.sentence = sentence
        self.field = field
        self.row = row
        self.named = named


class NoWorkingDay(Worded):
    """The calendar holds no further working day in the direction that was asked."""


class BadHours(Worded):
    """Office hours that no day can be measured by."""


@dataclass(frozen=True, slots=True)
class Day:
    """One date that somebody named: worked or free, why, and after which notice."""

    working: bool
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Opening hours from a date on, for one weekday (Monday is 0) or all; a lunch break is two rows."""

    from_on: date
    weekday: int | None
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a day counts or does not; `name` is the holiday, empty for an ordinary day."""

    kind: Kind
    name: str = ""
    source: str = ""

    def __str__(self) -> str:
        words = {
            "working": "working day",
            "make_up": "working day in exchange",
            "weekend": "weekend",
            "holiday": "holiday",
            "standstill": "the clock stands still",
        }[self.kind]
        return f"{words}: {self.name}" if self.name else words


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day on the way to a due date: its number when it counts, None when it is skipped."""

    on: date
    number: int | None
    reason: Reason
    provisional: bool


# What an office keeps that has said nothing else.
SHIPPED_HOURS = (
    OfficeHours(date.min, None, time(8, 30), time(12, 0)),
    OfficeHours(date.min, None, time(13, 0), time(17, 0)),
)


@cache
def _moving_days(year: int) -> tuple[date, date, date, date] | None:
    for row in _MOVING.replace("\n", ";").split(";"):
        cells = row.split()
        if cells and int(cells[0]) == year:
            days = [date(year, int(cell[:2]), int(cell[2:])) for cell in cells[1:]]
            return days[0], days[1], days[2], days[3]
    return None


@cache
def statutory_holidays(year: int) -> Mapping[date, str]:
    """The days off by law in `year`, 13 of them (全国年节及纪念日放假办法, as amended 2024-11, art. 2).

    The compensating day for a holiday on a weekend (art. 6) is not guessed: the year's notice places it.
    Outside 2004 to 2099 only the days fixed in the solar calendar are known.
    """
    off = {date(year, 1, 1): "New Year's Day"}
    moving = _moving_days(year)
    if moving:
        spring, qingming, dragon_boat, mid_autumn = moving
        off |= {spring + DAY * n: "Spring Festival" for n in range(-1, 3)}
        off |= {qingming: "Tomb-sweeping Day", dragon_boat: "Dragon Boat Festival"}
        off[mid_autumn] = "Mid-autumn Festival"
    off |= {date(year, 5, day): "Labour Day" for day in (1, 2)}
    # Last: where Mid-autumn meets the National Day, the day carries the fixed name.
    off |= {date(year, 10, day): "National Day" for day in (1, 2, 3)}
    return off


def local_date(at: datetime) -> date:
    """The date in China at the instant `at`."""
    return at.astimezone(SHANGHAI).date()


def midnight(on: date) -> datetime:
    """The first instant of `on` in China."""
    return datetime.combine(on, time.min, SHANGHAI)


@dataclass(frozen=True)
class Calendar:
    """The working days and office hours of one district, as of fixed versions; it never changes."""

    days: Mapping[date, Day] = field(default_factory=dict)
    announced: frozenset[int] = frozenset()
    hours: tuple[OfficeHours, ...] = ()
    version: int | None = None
    _years: dict[int, list[date]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _minutes: dict[date, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    _opening: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def reason(self, on: date) -> Reason:
        """Why `on` is a working day or is not."""
        weekend = on.weekday() >= 5
        day = self.days.get(on)
        if day is not None:
            if day.working:
                return Reason("make_up" if weekend else "working", day.name, day.source)
            return Reason("holiday", day.name, day.source)
        if on.year not in self.announced:
            name = statutory_holidays(on.year).get(on)
            if name:
                return Reason("holiday", name)
        return Reason("weekend" if weekend else "working")

    def is_working(self, on: date) -> bool:
        return self.reason(on).kind in ("working", "make_up")

    def is_provisional(self, on: date) -> bool:
        """Whether the year of `on` has not been announced."""
        return on.year not in self.announced

    def rests_on_provisional(self, after: date, until: date) -> bool:
        """Whether any day past `after`, up to and with `until`, lies in a year not announced."""
        return any(year not in self.announced for year in range((after + DAY).year, until.year + 1))

    def _working_days(self, year: int) -> list[date]:
        days = self._years.get(year)
        if days is None:
            first = date(year, 1, 1)
            length = (date(year + 1, 1, 1) - first).days
            days = [on for on in (first + DAY * n for n in range(length)) if self.is_working(on)]
            self._years[year] = days
        return days

    def shift(self, on: date, n: int) -> date:
        """The nth working day after `on` (before it when n is negative), `on` itself not counted; 0 is `on`.

        民法典 art. 201: the day on which a period starts is not counted. Raises NoWorkingDay.
        """
        year, left = on.year, n
        if left > 0:
            days = self._working_days(year)
            at = bisect_right(days, on)
            while at + left > len(days):
                left -= len(days) - at
                year += 1
                if year > LAST_YEAR:
                    raise NoWorkingDay("There is no working day number %(n)s after %(on)s.", n=n, on=on)
                days, at = self._working_days(year), 0
            return days[at + left - 1]
        if left < 0:
            days = self._working_days(year)
            at = bisect_left(days, on)
            while at + left < 0:
                left += at
                year -= 1
                if year < 1:
                    raise NoWorkingDay("There are no %(n)s working days before %(on)s.", n=-n, on=on)
                days = self._working_days(year)
                at = len(days)
            return days[at + left]
        return on

    def working_on_or_after(self, on: date) -> date:
        """`on` when it is a working day, else the next one."""
        return on if self.is_working(on) else self.shift(on, 1)

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie past `after`, up to and with `until`; 0 when `until` is not later."""
        if until <= after:
            return 0
        start = bisect_right(self._working_days(after.year), after)
        count = bisect_right(self._working_days(until.year), until) - start
        return count + sum(len(self._working_days(year)) for year in range(after.year, until.year))

    def explain(self, start: date, n: int) -> list[CountedDay]:
        """Every day past `start` up to the nth working day, counted or skipped, with its reason."""
        end = self.shift(start, n)
        counted: list[CountedDay] = []
        number = 0
        for offset in range(1, (end - start).days + 1):
            on = start + DAY * offset
            reason = self.reason(on)
            working = reason.kind in ("working", "make_up")
            number += working
            counted.append(CountedDay(on, number if working else None, reason, self.is_provisional(on)))
        return counted

    def office_spans(self, on: date) -> tuple[tuple[datetime, datetime], ...]:
        """The opening and closing instants on `on`, in order; empty when it is no working day.

        The rows of the newest starting date win; for the same date the weekday's win over the general ones.
        """
        spans = self._opening.get(on)
        if spans is None:
            spans = ()
            if self.is_working(on):
                fitting = [
                    row for row in self.hours if row.from_on <= on and row.weekday in (None, on.weekday())
                ]
                rows: Iterable[OfficeHours] = SHIPPED_HOURS
                if fitting:
                    newest = max((row.from_on, row.weekday is not None) for row in fitting)
                    rows = [row for row in fitting if (row.from_on, row.weekday is not None) == newest]
                spans = tuple(
                    (datetime.combine(on, row.opens, SHANGHAI), datetime.combine(on, row.closes, SHANGHAI))
                    for row in sorted(rows, key=lambda row: row.opens)
                )
            self._opening[on] = spans
        return spans

    def opens_at(self, on: date) -> datetime:
        """The instant the office opens on the working day `on`, or on the next one."""
        # A sweep asks for the same few days thousands of times: what is known is not reasoned about again.
        if known := self._opening.get(on):
            return known[0][0]
        return self.office_spans(self.working_on_or_after(on))[0][0]

    def closes_at(self, on: date) -> datetime:
        """The instant the office closes for the day on the working day `on`, or on the next one."""
        return self.office_spans(self.working_on_or_after(on))[-1][1]

    def next_office_instant(self, at: datetime) -> datetime:
        """`at` when the office is open then, else the instant it next opens."""
        on = local_date(at)
        for opens, closes in self.office_spans(on):
            if at < closes:
                return max(at, opens)
        return self.opens_at(self.shift(on, 1))

    def office_minutes(self, on: date) -> int:
        """How many minutes the office is open on `on`."""
        minutes = self._minutes.get(on)
        if minutes is None:
            spans = self.office_spans(on)
            minutes = int(sum((closes - opens).total_seconds() for opens, closes in spans) // 60)
            self._minutes[on] = minutes
        return minutes

    def add_minutes(self, at: datetime, minutes: int) -> datetime:
        """The instant at which the office has been open for `minutes` since `at`."""
        left = timedelta(minutes=minutes)
        at = self.next_office_instant(at)
        while True:
            on = local_date(at)
            for opens, closes in self.office_spans(on):
                begins = max(at, opens)
                if begins < closes:
                    if begins + left <= closes:
                        return begins + left
                    left -= closes - begins
            at = self.opens_at(self.shift(on, 1))

    def minutes_between(self, begin: datetime, end: datetime) -> int:
        """For how many whole minutes the office is open between two instants; 0 when `end` is not later."""
        if end <= begin:
            return 0
        first, last = local_date(begin), local_date(end)
        total = timedelta()
        if (last - first).days > 1:
            # Whole days in between cost one look each, without clipping.
            total += timedelta(
                minutes=sum(self.office_minutes(first + DAY * n) for n in range(1, (last - first).days))
            )
        for on in {first, last}:
            for opens, closes in self.office_spans(on):
                total += max(min(closes, end) - max(opens, begin), timedelta())
        return int(total.total_seconds() // 60)


def published_days() -> dict[int, dict[date, Day]]:
    """The named days of every year that the package chinesecalendar covers, as the State Council announced them.

    Reads the package's tables only: its functions raise for a year they do not know.
    """
    from chinese_calendar.constants import holidays, workdays

    source = f"State Council notice, by chinesecalendar {metadata.version('chinesecalendar')}"
    years: dict[int, dict[date, Day]] = {}
    for working, named in ((False, holidays), (True, workdays)):
        for on, name in named.items():
            years.setdefault(on.year, {})[on] = Day(working, name, source)
    return years


def check_hours(rows: Iterable[OfficeHours]) -> None:
    """Every row opens before it closes and none overlap; BadHours names the one that does not."""
    groups: dict[tuple[date, int | None], list[OfficeHours]] = {}
    for number, row in enumerate(rows):
        if row.opens >= row.closes:
            raise BadHours(
                "Office hours from %(on)s close at %(hour)s, before they open. Give a later closing hour.",
                field="closes",
                row=number,
                on=row.from_on,
                hour=f"{row.closes:%H:%M}",
            )
        groups.setdefault((row.from_on, row.weekday), []).append(row)
    for group in groups.values():
        for earlier, later in pairwise(sorted(group, key=lambda row: row.opens)):
            if later.opens < earlier.closes:
                raise BadHours(
                    "Hours from %(on)s overlap at %(hour)s. Close earlier or open later.",
                    field="opens",
                    on=later.from_on,
                    hour=f"{later.opens:%H:%M}",
                )
