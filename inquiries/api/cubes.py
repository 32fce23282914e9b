"""Figures as tables: what each key is called, and the numbers beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy

from bureaus.models import Officer, Place
from bureaus.serializers import in_both
from inquiries.documents.cubes import Both, Cube, Dimension, Key
from inquiries.figures import FIGURES, Cell, Measured, Period, Reading
from inquiries.figures.figure import Figure
from inquiries.figures.measured import NO_COMPARISON
from inquiries.figures.times import Span, Spread
from inquiries.models import Topic
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency


@cache
def described(code: str) -> dict[str, Any]:
    """Code, label, unit and definition of a figure, in both languages: words that do not change while Bida runs."""
    figure = FIGURES[code]
    words = figure.definition
    return {
        "code": figure.code,
        "label": in_both(figure.label),
        "unit": figure.unit,
        "group": figure.group,
        "bases": list(figure.bases),
        "definition": {
            name: in_both(getattr(words, name))
            for name in ("numerator", "denominator", "attribution", "dated_by", "excludes")
        },
    }


SPREAD = ("n", "median_from", "median_to", "p90_from", "p90_to", "longest")


def marked(cube: Cube) -> Cube:
    """The table with a mark beside each of its numbers that is small, of a rate by what it is of: 1 or 0."""
    marks = []
    for when in ("", "previous_", "year_earlier_"):
        told = [f"{when}{name}" for name in ("of", "n", "answered") if f"{when}{name}" in cube.metrics]
        if told:
            marks.append((f"{when}small", cube.metrics.index(told[0])))
    rows = tuple(
        (keys, (*values, *(int(Measured(values[at] or 0).small) for _name, at in marks)))
        for keys, values in cube.rows
    )
    return replace(cube, metrics=(*cube.metrics, *(name for name, _at in marks)), rows=rows)


def beside_before(metrics: tuple[str, ...]) -> tuple[str, ...]:
    """The metrics, and each again for the period before and for the same days a year earlier."""
    return tuple(f"{when}{name}" for when in ("", "previous_", "year_earlier_") for name in metrics)


def spread_values(of: Spread) -> tuple[int | None, ...]:
    return (of.n, *_ends(of.median), *_ends(of.ninetieth), of.longest)


def _ends(span: Span | None) -> tuple[int | None, int | None]:
    return (span.at_least, span.at_most) if span else (None, None)


DAYS_LATE = gettext_lazy("working days late")
LEVEL = gettext_lazy("level")
AGEING = gettext_lazy("overdue now")
PART = gettext_lazy("part")
HELD = gettext_lazy("time held")
OWED = gettext_lazy("acknowledgements owed")
_DIMENSION_LABELS = {
    "place": gettext_lazy("place"),
    "bureau": gettext_lazy("bureau"),
    "kind": gettext_lazy("kind"),
    "urgency": gettext_lazy("urgency"),
    "channel": gettext_lazy("channel"),
    "topic": gettext_lazy("topic"),
    "topic_root": gettext_lazy("topic of the first level"),
    "officer": gettext_lazy("officer"),
    "source": gettext_lazy("source system"),
    "interval": gettext_lazy("interval"),
}
_CODED: dict[str, Any] = {"kind": Kind, "urgency": Urgency, "channel": Channel}
NONE = gettext_lazy("none")


def named(group_by: Iterable[str], keys: Iterable[tuple[Key, ...]]) -> tuple[Dimension, ...]:
    """The dimensions with the labels of the keys that occur."""
    keys = list(keys)
    return tuple(
        Dimension(
            name,
            in_both(_DIMENSION_LABELS[name]),
            _labels(name, list(dict.fromkeys(key[number] for key in keys))),
            is_time=name == "interval",
        )
        for number, name in enumerate(group_by)
    )


def _labels(name: str, keys: list[Key]) -> dict[Key, Both]:
    found: dict[Key, Any] = {}
    if name in _CODED:
        found = dict(_CODED[name].choices)
    elif name in ("place", "bureau"):
        found = dict(Place.objects.filter(pk__in=[key for key in keys if key]).values_list("pk", "name"))
    elif name in ("topic", "topic_root"):
        found = dict(Topic.objects.filter(pk__in=[key for key in keys if key]).values_list("pk", "name"))
    elif name == "officer":
        found = dict(Officer.objects.filter(pk__in=[key for key in keys if key]).values_list("pk", "name"))
    return {key: in_both(NONE if key in (None, "") else found.get(key, str(key))) for key in keys}


def dimensions_of(reading: Reading) -> tuple[Dimension, ...]:
    names = (*reading.group_by, *(("interval",) if reading.interval else ()))
    return named(names, [cell.keys for cell in reading.cells])


_METRICS = (
    *("n", "of", "value", "imported", "provisional", "small"),
    *("previous_n", "previous_of", "previous_value", "previous_small"),
    *("year_earlier_n", "year_earlier_of", "year_earlier_value", "year_earlier_small"),
)


def asked_of(basis: str, period: Period) -> tuple[tuple[str, str], ...]:
    """What the numbers of a table mean: the basis, unless each column has its own, and the period, unless it is now."""
    days = () if basis == "now" else (("from", str(period.first_on)), ("to", str(period.last_on)))
    return (*((("basis", basis),) if basis else ()), *days)


def cube_of(figure: Figure, reading: Reading, dimensions: tuple[Dimension, ...]) -> Cube:
    rows = tuple((cell.keys, _values(cell)) for cell in (reading.cells if dimensions else (reading.total,)))
    return Cube(
        figure.code,
        in_both(figure.label),
        dimensions,
        _METRICS,
        rows,
        asked_of(reading.basis, reading.period),
        not_compared(reading.no_comparison),
    )


def not_compared(why: str | None) -> tuple[str, Both] | None:
    """A code of NO_COMPARISON with its sentence."""
    return (why, in_both(NO_COMPARISON[why])) if why else None


def plain_reason(reason: tuple[str, Both] | None) -> dict[str, Any] | None:
    return {"code": reason[0], "label": reason[1]} if reason else None


def _values(cell: Cell) -> tuple[Any, ...]:
    now = cell.now
    # As 0 or 1: a table of numbers is read back as numbers.
    return (
        *(now.n, now.of, value_of(now), now.imported, now.provisional, int(now.small)),
        *_before(cell.previous),
        *_before(cell.year_earlier),
    )


def _before(measured: Measured | None) -> tuple[Any, ...]:
    if measured is None:
        return (None, None, None, None)
    return (measured.n, measured.of, value_of(measured), int(measured.small))


def value_of(measured: Measured) -> float | int | None:
    """n of a count, n / of of a rate, None where there is nothing to divide by."""
    if measured.of is None:
        return measured.n
    return round(measured.n / measured.of, 6) if measured.of else None


def plain_period(of: Period) -> dict[str, str]:
    return {"from": of.first_on.isoformat(), "to": of.last_on.isoformat()}


def plain_reading(figure: Figure, reading: Reading, dimensions: tuple[Dimension, ...]) -> dict[str, Any]:
    def said(measured: Measured | None) -> dict[str, Any] | None:
        if measured is None:
            return None
        return {"n": measured.n, "of": measured.of, "value": value_of(measured), "small": measured.small}

    def cell(of: Cell) -> dict[str, Any]:
        return {
            "keys": [
                {"dimension": each.code, "code": None if key is None else str(key), "label": each.keys[key]}
                for each, key in zip(dimensions, of.keys, strict=False)
            ],
            **(said(of.now) or {}),
            "imported": of.now.imported,
            "provisional": of.now.provisional,
            "previous": said(of.previous),
            "year_earlier": said(of.year_earlier),
        }

    return {
        "figure": described(figure.code),
        "basis": reading.basis,
        "period": plain_period(reading.period),
        "previous_period": plain_period(reading.previous),
        "year_earlier_period": plain_period(reading.year_earlier),
        "group_by": list(reading.group_by),
        "interval": reading.interval,
        "no_comparison": plain_reason(not_compared(reading.no_comparison)),
        "total": cell(reading.total),
        "cells": [cell(each) for each in reading.cells],
    }


def plain_cube(cube: Cube) -> dict[str, Any]:
    asked = dict(cube.asked)
    return {
        "figure": {"code": cube.code, "label": cube.label},
        "basis": asked.get("basis"),
        "period": {"from": asked["from"], "to": asked["to"]} if "from" in asked else None,
        "no_comparison": plain_reason(cube.no_comparison),
        "rows": [
            {
                "keys": [
                    {
                        "dimension": each.code,
                        "code": None if key is None else str(key),
                        "label": each.keys[key],
                    }
                    for each, key in zip(cube.dimensions, keys, strict=True)
                ],
                "values": dict(zip(cube.metrics, values, strict=True)),
            }
            for keys, values in cube.rows
        ],
    }
