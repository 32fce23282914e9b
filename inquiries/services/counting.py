"""Figures that no total is kept of and that take long: asked once, counted by the worker, fetched when done."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer
from bureaus.services.calendar import calendar_for
from bureaus.services.refusals import Refusal
from inquiries.figures import FIGURES, CannotAsk, Cell, Filters, Measured, Period, Query, Reading, TooWide
from inquiries.figures.reading import patience
from inquiries.models import Counting

# Seconds. Chasing waits while a worker counts, so it does not count for longer than two sweeps.
PATIENCE = 60
MOST_WAITING = 10
KEPT = timedelta(days=7)


class TooManyCountings(Refusal):
    sentence = _("Ten questions of yours are waiting to be counted. Fetch them first.")


def ask_counting(*, figure: str, query: Query, asked_by: str, now: datetime) -> Counting:
    """The worker counts it next. Raises CannotAsk as the figure does, TooManyCountings."""
    FIGURES[figure].basis_of(query)
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
        with patience(PATIENCE):
            reading = FIGURES[counting.figure].read(
                question_of(counting), now=now, calendar=calendar_for(counting.district_id)
            )
        counting.reading = json.loads(json.dumps(asdict(reading), cls=DjangoJSONEncoder))
    except (CannotAsk, TooWide):
        counting.reading = None
    counting.done_at = now
    counting.save(update_fields=["reading", "done_at"])
    return True


def reading_of(counting: Counting) -> Reading | None:
    """The reading as the figure gave it; None while it is not counted, and where it could not be."""
    stored: dict[str, Any] | None = counting.reading
    if stored is None:
        return None

    def period(of: dict[str, str]) -> Period:
        return Period(date.fromisoformat(of["first_on"]), date.fromisoformat(of["last_on"]))

    def cell(of: dict[str, Any]) -> Cell:
        previous, year_earlier = (
            Measured(**of[when]) if of[when] else None for when in ("previous", "year_earlier")
        )
        return Cell(tuple(of["keys"]), Measured(**of["now"]), previous, year_earlier)

    return Reading(
        figure=stored["figure"],
        basis=stored["basis"],
        period=period(stored["period"]),
        previous=period(stored["previous"]),
        year_earlier=period(stored["year_earlier"]),
        group_by=tuple(stored["group_by"]),
        interval=stored["interval"],
        total=cell(stored["total"]),
        cells=tuple(cell(each) for each in stored["cells"]),
    )
