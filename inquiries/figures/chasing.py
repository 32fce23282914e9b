"""What is late by how much, and which supervisions nobody has acknowledged: read from what is open now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Value
from django.utils.translation import gettext_lazy as _

from bureaus.workdays import Calendar, local_date
from inquiries.figures.asking import DAY, CannotAsk, Query
from inquiries.figures.figure import Fold, condition_of_cell, folding, listed, raw
from inquiries.figures.reading import BY_DUE, restrictions, run, waited_for
from inquiries.models import Inquiry
from inquiries.models.chase import Level
from inquiries.models.duty import DutyKind

# Working days late, each band from its number up to the next; 0 is late since earlier today.
BANDS = (0, 1, 2, 4, 6, 11, 31)
# Chases of before are no news.
NEWS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ageing:
    """Overdue inquiries of a bureau or place now, as many numbers as there are bands, and how high they were chased."""

    bureau_id: int
    by_band: tuple[int, ...]
    by_level: dict[str, int]

    @property
    def n(self) -> int:
        return sum(self.by_band)


def ageing(
    query: Query, *, now: datetime, calendar: Calendar, by: str = "bureau", fold: Fold | None = None
) -> tuple[Ageing, ...]:
    """The matrix bureau (or place) × working days late of what is overdue now, riders too. One statement."""
    where, values = _open_and_due("<=", query, now=now)
    rows = run(
        f"""select place_id, {BAND} as band, coalesce(chase_level, ''), count(*) from {BY_DUE}
            where {where} group by 1, 2, 3""",
        values | begins_of_bands(now, calendar),
    )
    fold = fold or folding(replace(query, group_by=(by,)))
    bands: dict[int, list[int]] = defaultdict(lambda: [0] * len(BANDS))
    levels: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for place_id, band, level, n in rows:
        [bureau] = fold((place_id,))
        bands[bureau][band] += n
        levels[bureau][level] += n
    return tuple(Ageing(b, tuple(bands[b]), dict(levels[b])) for b in sorted(bands))


# The number of the band that a day due lies in: of so many days back from today, how many it is not before.
BAND = f"{len(BANDS) - 1} - width_bucket(due_on, %(bands)s::date[])"


def begins_of_bands(now: datetime, calendar: Calendar) -> dict[str, list[date]]:
    """The parameter of BAND: what was due before the nth working day back, today counted, is n working days late."""
    tomorrow = local_date(now) + DAY
    return {"bands": sorted(calendar.shift(tomorrow, -days) for days in BANDS if days)}


def overdue_inquiries(
    query: Query,
    *,
    now: datetime,
    calendar: Calendar,
    keys: tuple[Any, ...] = (),
    band: int | None = None,
    level: str | None = None,
) -> QuerySet[Inquiry]:
    """The inquiries behind the matrix, or behind one of its bureaus, bands or levels ("" is never chased), as far as
    the scope sees them."""
    where, values = _open_and_due("<=", query, now=now)
    if level is not None:
        where += " and coalesce(chase_level, '') = %(level)s"
        values["level"] = level
    if band is not None:
        if not 0 <= band < len(BANDS):
            raise CannotAsk("band", _("There is no such band."))
        where += f" and {BAND} = %(band)s"
        values |= {"band": band, **begins_of_bands(now, calendar)}
    return _of_cell(query, where, values, keys)


def punctual_inquiries(query: Query, *, now: datetime, keys: tuple[Any, ...] = ()) -> QuerySet[Inquiry]:
    """What is open and not late, which stands before the bands of the matrix, as far as the scope sees it."""
    where, values = _open_and_due(">", query, now=now)
    return _of_cell(query, where, values, keys)


def _of_cell(query: Query, where: str, values: dict[str, Any], keys: tuple[Any, ...]) -> QuerySet[Inquiry]:
    grouped = query if query.group_by else replace(query, group_by=("bureau",))
    _span, cell, of_cell = condition_of_cell(grouped, keys)
    # OFFSET 0 has what is open read first: else all inquiries are walked through, newest first, for those few.
    behind = raw(f"select inquiry_id from inquiries_cohort where {where}{cell} offset 0", values | of_cell)
    return Inquiry.objects.filter(pk__in=behind).annotate(times=Value(1)).order_by("due_at", "pk")


def _open_and_due(when: str, query: Query, *, now: datetime) -> tuple[str, dict[str, Any]]:
    if "officer_id" in query.dimensions:
        raise CannotAsk("group_by", _("This figure is not kept by officer."))
    where, values = restrictions(query, now=now)
    return f"open and due_at {when} %(now)s and {where}", values | {"now": now}


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """Supervisions and circulars that one place still owes a word on, and how many of them past their time."""

    place_id: int
    n: int
    overdue: int


def acknowledgements_owed(query: Query, *, now: datetime) -> tuple[Unacknowledged, ...]:
    """By place, what is owed on supervisions and on circulars to be decided. Filtered by places alone."""
    where, values = _words_owed(query, now=now)
    rows = run(
        f"""select place_id, count(*), count(*) filter (where due_at <= %(now)s) from inquiries_owed
            where {where} group by 1 order by 1""",
        values,
    )
    return tuple(Unacknowledged(*row) for row in rows)


def unacknowledged_inquiries(query: Query, *, now: datetime, keys: tuple[Any, ...] = ()) -> QuerySet[Inquiry]:
    """The inquiries on which the words are owed, or those of one place, each as often as a word is owed on it."""
    where, values = _words_owed(query, now=now)
    grouped = query if query.group_by else replace(query, group_by=("place",))
    _span, cell, of_cell = condition_of_cell(grouped, keys)
    rows = run(
        f"select inquiry_id, count(*) from inquiries_duty where done_at is null and {where}{cell} group by 1",
        values | of_cell,
    )
    return listed(rows)


def _words_owed(query: Query, *, now: datetime) -> tuple[str, dict[str, Any]]:
    if query.dimensions - {"place_id"}:
        raise CannotAsk("group_by", _("This figure is kept by place alone."))
    where, values = restrictions(query, now=now)
    owed = {"now": now, "kinds": [DutyKind.ACKNOWLEDGE, DutyKind.CIRCULAR]}
    return f"kind = any (%(kinds)s::text[]) and {where}", values | owed


@dataclass(frozen=True, slots=True)
class Chased:
    """One chase of an inquiry: its number and level, at which place the inquiry lay, and when."""

    reference: str
    place_id: int | None
    number: int
    level: str
    at: datetime


def latest_chases(query: Query, *, now: datetime, limit: int) -> tuple[Chased, ...]:
    """The newest chases of the last seven days; sealed matters and lines of the digest left out.

    Filtered by places alone. Raises CannotAsk, TooWide.
    """
    if query.dimensions - {"place_id"}:
        raise CannotAsk("group_by", _("This figure is kept by place alone."))
    where, values = restrictions(query, now=now, columns="e.")
    rows = run(
        f"""select i.reference, e.place_id, (e.codes ->> 'number')::int, e.codes ->> 'level', e.at
            from inquiries_event e join inquiries_inquiry i on i.id = e.inquiry_id
            where e.code = 'chased' and e.at > %(since)s and e.at <= %(now)s and {where}
                and e.codes ->> 'level' <> %(digest)s and not i.sealed
            order by e.at desc, e.id desc limit %(limit)s""",
        values | {"since": now - NEWS, "now": now, "digest": Level.DIGEST, "limit": limit},
        timeout=waited_for(),
    )
    return tuple(Chased(*row) for row in rows)
