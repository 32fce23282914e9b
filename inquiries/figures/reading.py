"""One statement over totals and what waits to join them: exact at every read, and fast at any size.

What no family of totals knows is counted from the rows within a time-out; what time alone changes is read from the
open set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from bureaus.access import holdings
from bureaus.models import Place
from bureaus.workdays import Calendar, local_date, midnight
from inquiries.access import SUPERIORS, officers_below
from inquiries.figures.asking import (
    DAY,
    DIMENSIONS,
    CannotAsk,
    NotForReader,
    Period,
    Query,
    TooManyCells,
    TooWide,
)
from inquiries.models import Topic
from inquiries.models.tally import FAMILIES, KEYS

# So many sums are held in memory at once: the periods before, and the places of a bureau, come apart.
MOST_ROWS = 500_000
# Seconds that a statement may take for which no total is kept: somebody waits.
_WAITS = 2
# Beside it the moment at which it ends, by the clock of the process, where nobody waits.
_PATIENCE: ContextVar[tuple[int, float | None]] = ContextVar("patience", default=(_WAITS, None))
# Read from the open set: what they ask of a row of inquiries_cohort, at an instant that is a parameter.
OPEN_SET = {
    "open": "true",
    "overdue": "due_at <= %(now)s",
    "due_1": "due_at > %(now)s and due_at <= %(due_1)s",
    "due_3": "due_at > %(now)s and due_at <= %(due_3)s",
    "due_5": "due_at > %(now)s and due_at <= %(due_5)s",
    "awaiting": "state = 'awaiting_citizen'",
    "overdue_owed": "due_at <= %(now)s and owed",
    "overdue_owed_first": "original_due_at <= %(now)s and owed",
}
# What is open, in an order that one index has, which holds all that is asked. Without it the planner takes an index of
# what is open by its rule, and thinks that rows of one rule lie beside each other: each is on a page of its own.
BY_DUE = "(select * from inquiries_cohort where open order by due_at) o"
Row = tuple[int, tuple[Any, ...], tuple[int, ...]]


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    """Inside, statements over rows may take so long together: nobody waits for them."""
    before = _PATIENCE.set((seconds, monotonic() + seconds))
    try:
        yield
    finally:
        _PATIENCE.reset(before)


def waited_for(periods: int = 1) -> str:
    """How long a statement over the rows of so many periods may take just now, in PostgreSQL's words: two seconds a
    period, or what is left of the patience, whatever it reads."""
    seconds, ends = _PATIENCE.get()
    return f"{seconds * periods}s" if ends is None else f"{max(1, round((ends - monotonic()) * 1000))}ms"


def so_many(most: int) -> int:
    """How many rows may be read one by one just now, where `most` are while somebody waits."""
    return most * _PATIENCE.get()[0] // _WAITS


def beside(query: Query, rows: str) -> tuple[str, dict[str, Any]]:
    """Statement and parameters of the rows of the period (no 0), the one before (1) and the same a year earlier (2).

    `rows` are those from %(begins)s to before %(ends)s.
    """
    branches, values = [], {}
    for no, period in enumerate((query.period, query.period.previous, query.period.year_earlier)):
        of_one = rows.replace("%(begins)s", f"%(begins_{no})s").replace("%(ends)s", f"%(ends_{no})s")
        branches.append(f"(select {no} as no, b.* from ({of_one}) b)")
        values[f"begins_{no}"] = midnight(period.first_on)
        values[f"ends_{no}"] = midnight(period.last_on + DAY)
    return " union all ".join(branches), values


def family_of(dimensions: set[str]) -> str | None:
    """The smallest family of totals that keeps all of these; None where they cross families."""
    fitting = [family for family, kept in FAMILIES.items() if dimensions <= set(kept)]
    return min(fitting, key=lambda family: len(FAMILIES[family]), default=None)


def instants(now: datetime, calendar: Calendar) -> dict[str, datetime]:
    """The instants that the open set is compared with: now, and the ends of the working days ahead."""
    today = local_date(now)
    ahead = {f"due_{days}": midnight(calendar.shift(today, days) + DAY) for days in (1, 3, 5)}
    return {"now": now, **ahead}


def restrictions(query: Query, *, now: datetime, columns: str = "") -> tuple[str, dict[str, Any]]:
    """The condition on rows that hold the key columns, without the period, and its parameters."""
    asked: list[str] = [f"{columns}district_id = %(district)s"]
    values: dict[str, Any] = {"district": query.district_id}
    if query.places is not None:
        asked.append(f"{columns}place_id = any (%(places)s::bigint[])")
        values["places"] = sorted(places_of(query))
    for name, wanted in query.filters.given().items():
        column = DIMENSIONS[name]
        kind = KEYS.get(column, "text")
        asked.append(f"{columns}{column} = any (%({name})s::{kind}[])")
        values[name] = list(with_below(query.district_id, wanted) if name == "topic" else wanted)
    if "officer_id" in query.dimensions:
        asked.append(_only_own_officers(query, values, columns, now=now))
    return " and ".join(asked), values


def _only_own_officers(query: Query, values: dict[str, Any], columns: str, *, now: datetime) -> str:
    if query.reader is None:
        raise NotForReader("group_by", _("Figures of officers are for themselves and their superiors."))
    held = holdings(query.reader, now=now)
    led = [holding.post.place for holding in held if holding.post.role in SUPERIORS]
    values["reader"] = query.reader.pk
    values["led"] = list(Place.objects.under(led).values_list("pk", flat=True)) if led else []
    values["below"] = sorted(officers_below(held, now=now))
    # What the clock did is nobody's.
    below = f"{columns}officer_id = any (%(below)s::bigint[]) and {columns}place_id = any (%(led)s::bigint[])"
    return f"({columns}officer_id = %(reader)s or {below})"


def with_below(district_id: int, topics: Sequence[Any]) -> list[int]:
    """These topics and every topic below them."""
    below: dict[int | None, list[int]] = {}
    for pk, parent in Topic.objects.filter(district=district_id).values_list("pk", "parent"):
        below.setdefault(parent, []).append(pk)
    found, look = [], list(topics)
    while look:
        found.append(look.pop())
        look += below.get(found[-1], [])
    return found


def roots(district_id: int) -> dict[int, int]:
    """The topic of the first level that each topic of the district is, or stands below."""
    parents = dict(Topic.objects.filter(district=district_id).values_list("pk", "parent"))
    found = {pk: pk for pk in parents}
    for pk, top in found.items():
        while (above := parents[top]) is not None:
            top = above
        found[pk] = top
    return found


def places_of(query: Query) -> frozenset[int]:
    """The places whose numbers belong to those asked for: as they stand now, what was merged into them too."""
    places = query.places or frozenset()
    if query.structure == "as_was":
        return places
    now = standing(query.district_id)
    return places | {pk for pk, successor in now.items() if successor in places}


def standing(district_id: int) -> dict[int, int]:
    """Of every place of the district that was abolished, itself or with what it is below, the one that stands in its
    stead now."""
    places = Place.objects.filter(district=district_id)
    abolished = list(places.filter(abolished_on__isnull=False).only("pk", "path", "successor"))
    if not abolished:
        return {}
    after = {place.pk: place.successor_id for place in abolished}
    for place in places.under(abolished).only("pk", "path"):
        # Its own successor first, else that of the nearest above it.
        above = next((pk for pk in reversed(place.above_ids) if pk in after), None)
        after.setdefault(place.pk, after[above] if above else None)
    found = {}
    for pk in after:
        last: int | None = pk
        passed = set()
        # Two that name each other stay what they are.
        while last in after and last not in passed:
            passed.add(last)
            last = after[last]
        if last is not None and last not in after:
            found[pk] = last
    return found


def sums(
    query: Query, basis: str, measures: Sequence[str], periods: Sequence[Period], *, now: datetime,
    calendar: Calendar,
) -> list[Row]:  # fmt: skip
    """For each period, by its number, and each group the sums of the measures. One statement.

    Raises CannotAsk, TooManyCells, TooWide.
    """
    where, values = restrictions(query, now=now)
    values |= instants(now, calendar)
    columns = list(dict.fromkeys(DIMENSIONS[name] for name in query.group_by))
    keys = "".join(f", {column}" for column in columns)
    numbered = list(enumerate(periods))
    pieces = [(no, *piece) for no, period in numbered for piece in period.pieces]
    grains = sorted({grain for _no, grain, _first, _after in pieces})
    kept = [measure for measure in measures if measure not in OPEN_SET]
    branches = []
    wide = False
    if kept:
        _check(query, basis)
        family = family_of(query.dimensions)
        wide = family is None
        if family is not None:
            branches += _of_totals(family, where, keys, measures, grains)
        else:
            branches.append(_of_rows(basis, where, keys, measures))
    if len(kept) < len(measures):
        if "officer_id" in query.dimensions:
            raise CannotAsk("group_by", _("This figure is not kept by officer."))
        family = family_of(query.dimensions)
        if basis == "now" and tuple(measures) == ("open",) and family in _SOON_ADDED_UP:
            branches += _of_every_month(family, where, keys)
        else:
            branches.append(_of_open_set(basis, where, keys, measures))
    values |= {
        "earliest": min(period.first_on for period in periods),
        "latest": max(period.last_on for period in periods) + DAY,
        "numbers": [no for no, _grain, _first, _after in pieces],
        "grains": [grain for _no, grain, _first, _after in pieces],
        "firsts": [first for _no, _grain, first, _after in pieces],
        "afters": [after for _no, _grain, _first, after in pieces],
        "whole": [no for no, _period in numbered],
        "begins": [midnight(period.first_on) for _no, period in numbered],
        "ends": [midnight(period.last_on + DAY) for _no, period in numbered],
    }
    added = ", ".join(f"coalesce(sum(m{number}), 0)::bigint" for number in range(len(measures)))
    # A group is kept for what it once counted, and most of a year's count nothing of one figure.
    counts = " or ".join(f"sum(m{number}) <> 0" for number in range(len(measures)))
    statement = f"""select no{keys}, {added} from ({" union all ".join(branches)}) c group by no{keys}
        having {counts} limit {MOST_ROWS + 1}"""
    rows = run(statement, values, timeout=waited_for() if wide else None)
    if len(rows) > MOST_ROWS:
        raise TooManyCells
    amounts = 1 + len(columns)
    return [(row[0], row[1:amounts], row[amounts:]) for row in rows]


def _check(query: Query, basis: str) -> None:
    if basis == "cohort" and "officer_id" in query.dimensions:
        raise CannotAsk("group_by", _("By officer only what happened is counted."))


def _of_totals(
    family: str, where: str, keys: str, measures: Sequence[str], grains: Sequence[str]
) -> list[str]:
    stored = ", ".join(
        f"null::int as m{n}" if measure in OPEN_SET else f"{measure} as m{n}"
        for n, measure in enumerate(measures)
    )
    waiting = ", ".join(
        f"case when measure = '{measure}' then n end as m{number}" for number, measure in enumerate(measures)
    )
    named = ", ".join(f"'{measure}'" for measure in measures)
    pieces = """unnest(%(numbers)s::int[], %(grains)s::text[], %(firsts)s::date[], %(afters)s::date[])
        as p (no, piece, first_on, after_on)"""
    bounds = "day >= %(earliest)s and day < %(latest)s"
    # Grain and bounds stand in each branch by themselves, or the planner looks at all days for a few months.
    totals = [
        f"""select no{keys}, {stored} from {pieces} join inquiries_tally
            on family = '{family}' and grain = '{grain}' and day >= first_on and day < after_on
            where piece = '{grain}' and {bounds} and {where}"""
        for grain in grains
    ]
    return [
        *totals,
        f"""select no{keys}, {waiting} from {pieces} join inquiries_tallydelta
            on (family is null or (family = '{family}' and grain = piece)) and day >= first_on and day < after_on
            where {bounds} and {where} and measure in ({named})""",
    ]


_WHOLE = """unnest(%(whole)s::int[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
    as p (no, begins_at, ends_at)"""


def _of_rows(basis: str, where: str, keys: str, measures: Sequence[str]) -> str:
    counted = ", ".join(
        f"case when '{measure}' = any (counted) then 1 end as m{n}" for n, measure in enumerate(measures)
    )
    return f"""select no{keys}, {counted} from {_WHOLE} join inquiries_{basis}
        on at >= begins_at and at < ends_at where {where}"""


def _of_open_set(basis: str, where: str, keys: str, measures: Sequence[str]) -> str:
    counted = ", ".join(
        f"case when {OPEN_SET[measure]} then 1 end as m{n}" if measure in OPEN_SET else f"null as m{n}"
        for n, measure in enumerate(measures)
    )
    # Only what counts is looked at: by the index of dues, and in it.
    wanted = " or ".join(f"({OPEN_SET[measure]})" for measure in measures if measure in OPEN_SET)
    if basis == "now":
        return f"select 0 as no{keys}, {counted} from {BY_DUE} where ({wanted}) and {where}"
    return f"""select no{keys}, {counted} from {_WHOLE} join {BY_DUE}
        on at >= begins_at and at < ends_at where ({wanted}) and {where}"""


# Families with a total of each month that are fewer than what a city has open: some ten thousand in five years.
_SOON_ADDED_UP = frozenset(family for family, kept in FAMILIES.items() if len(kept) < 4)


def _of_every_month(family: str, where: str, keys: str) -> list[str]:
    """What is open now is what is still open of every month in which it was asked."""
    return [
        f"""select 0 as no{keys}, asked_open as m0 from inquiries_tally
            where family = '{family}' and grain = 'month' and asked_open is not null and {where}""",
        f"""select 0 as no{keys}, n as m0 from inquiries_tallydelta
            where (family is null or (family = '{family}' and grain = 'month')) and measure = 'asked_open'
            and {where}""",
    ]


def run(statement: str, values: dict[str, Any], *, timeout: str | None = None) -> list[tuple[Any, ...]]:
    """The rows of the statement, stopped after `timeout`. Raises TooWide."""
    if timeout is None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    with no_longer_than(timeout), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


@contextmanager
def no_longer_than(timeout: str) -> Iterator[None]:
    """Each statement inside is stopped after so long. Raises TooWide."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select current_setting('statement_timeout')")
            [before] = cursor.fetchone() or ("0",)
            cursor.execute("select set_config('statement_timeout', %s, true)", [timeout])
            yield
            cursor.execute("select set_config('statement_timeout', %s, true)", [before])
    except OperationalError as failure:
        if "statement timeout" in str(failure):
            raise TooWide from failure
        raise
