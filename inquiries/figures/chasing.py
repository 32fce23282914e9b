"""What is late by how much, and which supervisions nobody has acknowledged: read from what is open now."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.utils.translation import gettext_lazy as _

from bureaus.workdays import Calendar, local_date
from inquiries.figures.asking import CannotAsk, Query
from inquiries.figures.figure import condition_of_cell, folding, listed, raw
from inquiries.figures.reading import restrictions, run
from inquiries.models import Inquiry
from inquiries.models.duty import DutyKind

# Working days late, each band from its number up to the next; 0 is late since earlier today.
BANDS = (0, 1, 2, 4, 6, 11, 31)


@dataclass(frozen=True, slots=True)
class Ageing:
    """Overdue inquiries of one bureau now, as many numbers as there are bands, and how high they were chased."""

    bureau_id: int
    by_band: tuple[int, ...]
    by_level: dict[str, int]

    @property
    def n(self) -> int:
        return sum(self.by_band)


def ageing(query: Query, *, now: datetime, calendar: Calendar) -> tuple[Ageing, ...]:
    """The matrix bureau × working days late of what is overdue now, riders too. One statement."""
    where, values = _overdue(query, now=now)
    rows = run(
        f"""select place_id, due_on, coalesce(chase_level, ''), count(*) from inquiries_cohort
            where {where} group by 1, 2, 3""",
        values,
    )
    fold = folding(replace(query, group_by=("bureau",)))
    bands: dict[int, list[int]] = defaultdict(lambda: [0] * len(BANDS))
    levels: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    today = local_date(now)
    for place_id, due_on, level, n in rows:
        [bureau] = fold((place_id,))
        bands[bureau][band_of(calendar.working_days_between(due_on, today))] += n
        levels[bureau][level] += n
    return tuple(Ageing(b, tuple(bands[b]), dict(levels[b])) for b in sorted(bands))


def band_of(days_late: int) -> int:
    """The number of the band of so many working days late."""
    return max(number for number, days in enumerate(BANDS) if days <= days_late)


def overdue_inquiries(
    query: Query,
    *,
    now: datetime,
    calendar: Calendar,
    keys: tuple[Any, ...] = (),
    band: int | None = None,
) -> QuerySet[Inquiry]:
    """The inquiries behind the matrix, or behind one of its bureaus or bands, as far as the scope sees them."""
    where, values = _overdue(query, now=now)
    _span, cell, of_cell = condition_of_cell(replace(query, group_by=("bureau",)), keys)
    where += cell
    values |= of_cell
    if band is not None:
        if not 0 <= band < len(BANDS):
            raise CannotAsk("band", _("There is no such band."))
        # The days due of a band are few and named, whatever the calendar does between them.
        dues = run(f"select distinct due_on from inquiries_cohort where {where}", values)
        today = local_date(now)
        values["dues"] = [on for (on,) in dues if band_of(calendar.working_days_between(on, today)) == band]
        where += " and due_on = any (%(dues)s::date[])"
    behind = raw(f"select inquiry_id from inquiries_cohort where {where}", values)
    return Inquiry.objects.filter(pk__in=behind).annotate(times=Value(1)).order_by("due_at", "pk")


def _overdue(query: Query, *, now: datetime) -> tuple[str, dict[str, Any]]:
    if "officer_id" in query.dimensions:
        raise CannotAsk("group_by", _("This figure is not kept by officer."))
    where, values = restrictions(query, now=now)
    return f"open and due_at <= %(now)s and {where}", values | {"now": now}


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
    _span, cell, of_cell = condition_of_cell(replace(query, group_by=("place",)), keys)
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
