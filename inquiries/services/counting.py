"""Figures that no total is kept of and that take long: asked once, counted by the worker, fetched when done."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime, timedelta
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer
from bureaus.services.calendar import calendar_for
from bureaus.services.refusals import Refusal
from inquiries.figures import FIGURES, CannotAsk, Filters, Period, Query, Reading, TooWide
from inquiries.figures.reading import patience
from inquiries.figures.wide import wide
from inquiries.models import Counting

# Seconds. Chasing waits while a worker counts, so it does not count for longer than two sweeps.
PATIENCE = 60
MOST_WAITING = 10
KEPT = timedelta(days=7)


class TooManyCountings(Refusal):
    sentence = _("Ten questions of yours are waiting to be counted. Fetch them first.")


def ask_counting(*, figure: str, query: Query, asked_by: str, now: datetime) -> Counting:
    """The worker counts it next. Raises CannotAsk, NotForReader as the figure does, TooManyCountings."""
    found = wide(figure)
    if found is None:
        FIGURES[figure].basis_of(query)
    else:
        found.check(query, now=now)
    waiting = Counting.objects.filter(asked_by=asked_by, district=query.district_id, done_at=None)
    if waiting.count() >= MOST_WAITING:
        raise TooManyCountings
    return Counting.objects.create(
        district_id=query.district_id,
        asked_by=asked_by,
        places=None if query.places is None else sorted(query.places),
        figure=figure,
        question={
            "from": query.period.first_on.isoformat(),
            "to": query.period.last_on.isoformat(),
            "basis": query.basis,
            "filters": {name: list(values) for name, values in query.filters.given().items()},
            "group_by": list(query.group_by),
            "interval": query.interval,
            "structure": query.structure,
            "reader": query.reader.pk if query.reader else None,
        },
        asked_at=now,
    )


def question_of(counting: Counting) -> Query:
    """What was asked."""
    asked: dict[str, Any] = counting.question
    return Query(
        district_id=counting.district_id,
        period=Period(date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])),
        places=None if counting.places is None else frozenset(counting.places),
        basis=asked["basis"],
        filters=Filters(**{name: tuple(values) for name, values in asked["filters"].items()}),
        group_by=tuple(asked["group_by"]),
        interval=asked["interval"],
        structure=asked["structure"],
        reader=Officer.objects.filter(pk=asked["reader"]).first() if asked["reader"] else None,
    )


def _counted(counting: Counting, *, now: datetime) -> Any:
    query, calendar = question_of(counting), calendar_for(counting.district_id)
    found = wide(counting.figure)
    with patience(PATIENCE):
        if found is None:
            taken_apart: Any = asdict(FIGURES[counting.figure].read(query, now=now, calendar=calendar))
        else:
            taken_apart = [asdict(row) for row in found.read(query, now, calendar)]
    return json.loads(json.dumps(taken_apart, default=_plain))


def count_next(*, now: datetime) -> bool:
    """The question that waits longest is counted, or is done without a reading; False where none waits.

    What was asked more than a week ago is forgotten.
    """
    Counting.objects.filter(asked_at__lt=now - KEPT).delete()
    counting = (
        Counting.objects.select_for_update(skip_locked=True).filter(done_at=None).order_by("asked_at").first()
    )
    if counting is None:
        return False
    try:
        counting.reading = _counted(counting, now=now)
    except (CannotAsk, TooWide):
        counting.reading = None
    counting.done_at = now
    counting.save(update_fields=["reading", "done_at"])
    return True


def reading_of(counting: Counting) -> Reading | tuple[Any, ...] | None:
    """The reading as the figure gave it, of a wide one its rows; None before, and where it could not be counted."""
    if counting.reading is None:
        return None
    found = wide(counting.figure)
    if found is None:
        reading: Reading = _restored(Reading, counting.reading)
        return reading
    return tuple(_restored(found.row, row) for row in counting.reading)


def _restored(kind: Any, stored: Any) -> Any:
    """The value of that type which was taken apart into JSON: dataclasses, tuples and dates."""
    if isinstance(kind, UnionType) and stored is not None:
        kind = next((each for each in get_args(kind) if is_dataclass(each)), None)
    if stored is None or kind is None:
        return stored
    if is_dataclass(kind):
        of = get_type_hints(kind)
        return kind(**{field.name: _restored(of[field.name], stored[field.name]) for field in fields(kind)})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        return tuple(_restored(get_args(kind)[0], each) for each in stored)
    return kind.fromisoformat(stored) if kind in (date, datetime) else stored


def _plain(value: date) -> str:
    return value.isoformat()
