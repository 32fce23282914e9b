"""How long it took, in working minutes, as histograms of what was frozen when the act was written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.workdays import midnight
from inquiries.figures.asking import DAY, DIMENSIONS, CannotAsk, Period, Query, TooWide
from inquiries.figures.figure import MOST_LISTED, condition_of_cell, folding, listed, raw
from inquiries.figures.reading import beside, restrictions, run, waited_for
from inquiries.models import Inquiry
from inquiries.models.tally import TIME_FAMILIES, TIMES

LABELS: dict[str, tuple[Promise | str, Promise | str]] = {
    "recording": (_("recording lag"), _("from asking to recording")),
    "contact": (
        _("time to the first contact"),
        _("from asking to the first contact or interim reply, or the answer"),
    ),
    "answer": (
        _("time to the answer"),
        _("from asking to the answer, of this round; answers at once are left out"),
    ),
    "filing": (_("time to filing"), _("from the answer to filing")),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of a step of the histogram, both included: a value in it is known no more closely."""

    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `n` acts the median, the 90th percentile, and exactly the longest; None where there is none."""

    n: int = 0
    median: Span | None = None
    ninetieth: Span | None = None
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class TimeCell:
    """One group, beside the period before and the same days a year earlier."""

    keys: tuple[str | int | None, ...]
    now: Spread
    previous: Spread
    year_earlier: Spread


@dataclass(frozen=True, slots=True)
class TimeReading:
    """One of TIMES: the total and each group. Dated by the day of the act, where it was done."""

    time: str
    period: Period
    group_by: tuple[str, ...]
    total: TimeCell
    cells: tuple[TimeCell, ...]


def span_of(bucket: int) -> Span:
    """The minutes that the database puts into this step (bida_bucket)."""
    width = 1 if bucket < 60 else 5 if bucket < 480 else 30 if bucket < 4800 else 480
    return Span(bucket, bucket + width - 1)


def spread_of(histogram: dict[int, int], longest: int | None) -> Spread:
    """A percentile is the smallest step that holds that share of all, rounded up to a whole act; none is longer than
    the longest."""
    n = sum(histogram.values())
    if not n:
        return Spread()

    def step(percent: int) -> Span:
        reached, wanted = 0, -(-n * percent // 100)
        for bucket in sorted(histogram):
            reached += histogram[bucket]
            if reached >= wanted:
                break
        span = span_of(bucket)
        return span if longest is None else Span(span.at_least, min(span.at_most, longest))

    return Spread(n, step(50), step(90), longest)


def read_times(time: str, query: Query, *, now: datetime) -> TimeReading:
    """One of TIMES in the period, exact, in one statement. Grouped and filtered by place, bureau and kind alone.

    Raises CannotAsk.
    """
    if time not in TIMES:
        raise CannotAsk("figure", _("There is no such time."))
    if not query.dimensions <= {"place_id", "kind"}:
        raise CannotAsk("group_by", _("Times are kept by place and kind alone."))
    if query.interval or query.basis not in ("", "happened"):
        raise CannotAsk("interval", _("Times are of what happened, for a whole period."))
    family = next(family for family, kept in TIME_FAMILIES.items() if query.dimensions <= set(kept))
    where, values = restrictions(query, now=now)
    columns = list(dict.fromkeys(DIMENSIONS[name] for name in query.group_by))
    keys = "".join(f", {column}" for column in columns)
    periods = (query.period, query.period.previous, query.period.year_earlier)
    pieces = [(no, *piece) for no, period in enumerate(periods) for piece in period.pieces]
    for number, name in enumerate(("numbers", "grains", "firsts", "afters")):
        values[name] = [piece[number] for piece in pieces]
    values["time"] = time
    joined = """unnest(%(numbers)s::int[], %(grains)s::text[], %(firsts)s::date[], %(afters)s::date[])
        as p (no, piece, first_on, after_on)"""
    asked = f"day >= first_on and day < after_on and timed = %(time)s and {where}"
    rows = run(
        f"""select no{keys}, bucket, sum(n), max(longest) from (
            select no{keys}, bucket, n, longest from {joined}
            join inquiries_timetally on family = '{family}' and grain = piece and {asked}
            union all
            select no{keys}, bucket, n, longest from {joined}
            join inquiries_timedelta on (family is null or (family = '{family}' and grain = piece)) and {asked}
        ) c group by no{keys}, bucket having sum(n) > 0""",
        values,
    )
    fold = folding(query)
    histograms: dict[tuple[int, tuple[Any, ...]], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    longest: dict[tuple[int, tuple[Any, ...]], int] = {}
    for no, *key, bucket, n, most in rows:
        for group in {(), fold(tuple(key))}:
            histograms[no, group][bucket] += n
            longest[no, group] = max(longest.get((no, group), 0), most)

    def cell(group: tuple[Any, ...]) -> TimeCell:
        spreads = [spread_of(histograms.get((no, group), {}), longest.get((no, group))) for no in range(3)]
        return TimeCell(group, *spreads)

    groups = {group for _no, group in histograms if group}
    ordered = sorted(groups, key=lambda group: tuple((part is None, str(part)) for part in group))
    return TimeReading(time, query.period, query.group_by, cell(()), tuple(cell(group) for group in ordered))


def timed_inquiries(
    time: str, query: Query, *, now: datetime, keys: tuple[Any, ...] = ()
) -> QuerySet[Inquiry]:
    """The inquiries whose acts make up the histogram, or that of one group, each with `times`, as far as the scope
    sees them."""
    where, values = restrictions(query, now=now)
    _span, cell, of_cell = condition_of_cell(query, keys)
    where += cell
    values |= of_cell | {
        "begins": midnight(query.period.first_on),
        "ends": midnight(query.period.last_on + DAY),
        "time": time,
    }
    acts = f"""from inquiries_happened where at >= %(begins)s and at < %(ends)s and minutes is not null
        and %(time)s = any (timed) and {where}"""
    return (
        Inquiry.objects.filter(pk__in=raw(f"select inquiry_id {acts}", values))
        .annotate(times=raw(f"(select count(*) {acts} and inquiry_id = inquiries_inquiry.id)", values))
        .order_by("-asked_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class Lain:
    """So many pens, and how long they lay, in minutes of open office."""

    n: int = 0
    total_minutes: int = 0
    longest_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """The pens of one place in one part that were laid down in the period, the one before and a year earlier."""

    place_id: int
    part: str
    now: Lain
    previous: Lain
    year_earlier: Lain


def time_held(query: Query, *, now: datetime) -> tuple[Held, ...]:
    """Who held matters for how long: dispatcher, handler, approver, citizen, coordinator, by place. Counted from the
    rows, by minutes frozen when the pen was laid down. Raises CannotAsk, TooWide.
    """
    if not query.dimensions <= {"place_id", "kind"}:
        raise CannotAsk("group_by", _("Times are kept by place and kind alone."))
    where, values = _laid_down(query, now=now)
    compared, instants = beside(
        query,
        f"""select place_id, part, minutes from inquiries_held
            where at >= %(begins)s and at < %(ends)s and {where}""",
    )
    rows = run(
        f"""select no, place_id, part, count(*), sum(minutes), max(minutes) from ({compared}) held group by 1, 2, 3""",
        values | instants,
        timeout=waited_for(periods=3),
    )
    lain: dict[tuple[int, str], list[Lain]] = defaultdict(lambda: [Lain()] * 3)
    for no, place_id, part, *pens in rows:
        lain[place_id, part][no] = Lain(*pens)
    return tuple(Held(place_id, part, *periods) for (place_id, part), periods in sorted(lain.items()))


def held_inquiries(
    query: Query, *, now: datetime, keys: tuple[Any, ...] = (), part: str = ""
) -> QuerySet[Inquiry]:
    """The inquiries whose pens were laid down, or those of one place or part. Raises CannotAsk, TooWide."""
    where, values = _laid_down(query, now=now)
    _span, cell, of_cell = condition_of_cell(replace(query, group_by=("place",)), keys)
    rows = run(
        f"""select inquiry_id, count(*) from (
            select p.inquiry_id, i.district_id, p.place_id, i.kind, p.part, p.until_at as at
            from inquiries_pen p join inquiries_inquiry i on i.id = p.inquiry_id) held
            where at >= %(begins)s and at < %(ends)s and {where}{cell} and (%(part)s = '' or part = %(part)s)
            group by 1 limit %(most)s""",
        values | of_cell | {"part": part},
        timeout=waited_for(),
    )
    if len(rows) > MOST_LISTED:
        raise TooWide
    return listed(rows)


def _laid_down(query: Query, *, now: datetime) -> tuple[str, dict[str, Any]]:
    where, values = restrictions(query, now=now)
    return where, values | {
        "begins": midnight(query.period.first_on),
        "ends": midnight(query.period.last_on + DAY),
        "most": MOST_LISTED + 1,
    }
