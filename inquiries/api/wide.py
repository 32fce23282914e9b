"""Figures with a shape of their own as resources: read from the rows at once, or counted by the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from bureaus.serializers import in_both
from bureaus.services.calendar import calendar_for
from inquiries.api.cubes import HELD, PART, beside_before, named, not_compared
from inquiries.api.statistics import Statistic, asking
from inquiries.documents.cubes import Cube, Dimension
from inquiries.figures.credibility import EDITED, SIGNALS, Lag, RuleEdit, Shown
from inquiries.figures.times import Held
from inquiries.figures.topics import Rising
from inquiries.figures.wide import Wide, wide
from inquiries.models import Pen
from inquiries.serializers.statistics import (
    CubeOut,
    FiguresQuery,
    PeriodQuery,
    WhenQuery,
    or_json_stat,
)

LAG = gettext_lazy("working minutes from asking to recording")
EDITS = gettext_lazy("answers in time by a new edition of the rules, and by the one before")
EDITION = gettext_lazy("edition")
RISING_WORDS = gettext_lazy("rising words")
WORD = gettext_lazy("word")
RISE = ("n", "rise", "previous_n", "year_earlier_n")


def wide_called(code: str) -> Wide:
    """Raises NotFound."""
    found = wide(code)
    if found is None:
        raise NotFound
    return found


def cube_of_wide(code: str, found: tuple[Any, ...]) -> Cube:
    """The rows of the figure as a table."""
    if code.startswith("signal-"):
        return _signal(code, found)
    return _CUBES[code](found)


def rise_of(code: str, label: str | Promise, of: Dimension, found: tuple[Rising, ...]) -> Cube:
    """What rises, by that dimension."""
    rows = tuple(((each.key,), (each.n, each.rise, each.previous, each.year_earlier)) for each in found)
    return Cube(code, in_both(label), (of,), RISE, rows)


def _held(found: tuple[Held, ...]) -> Cube:
    places = named(("place",), [(each.place_id,) for each in found])
    parts = Dimension("part", in_both(PART), {part.value: in_both(part.label) for part in Pen.Part})
    rows = tuple(
        (
            (each.place_id, each.part),
            (
                *astuple(each.now),
                *astuple(each.previous),
                *astuple(each.year_earlier),
            ),
        )
        for each in found
    )
    metrics = beside_before(("n", "total_minutes", "longest_minutes"))
    return Cube("held", in_both(HELD), (*places, parts), metrics, rows)


def _lag(found: tuple[Lag, ...]) -> Cube:
    channels = named(("channel",), [(each.channel,) for each in found])
    rows = tuple(
        ((each.channel,), (*astuple(each.now), *astuple(each.previous), *astuple(each.year_earlier)))
        for each in found
    )
    return Cube("recording-lag", in_both(LAG), channels, beside_before(("n", "median", "longest")), rows)


def _words(found: tuple[Rising, ...]) -> Cube:
    labels = {each.key: {"zh": str(each.key), "en": str(each.key)} for each in found}
    return rise_of("rising-words", RISING_WORDS, Dimension("word", in_both(WORD), labels), found)


def _edits(found: tuple[RuleEdit, ...]) -> Cube:
    made = {each.edition: timezone.localtime(each.made_at).isoformat() for each in found}
    editions = Dimension("edition", in_both(EDITION), {n: {"zh": at, "en": at} for n, at in made.items()})
    rows = tuple(((each.edition,), (each.answered, each.in_time, each.in_time_before)) for each in found)
    return Cube("rule-edits", in_both(EDITS), (editions,), EDITED, rows, (), not_compared("edition_before"))


def _signal(code: str, found: tuple[Shown, ...]) -> Cube:
    places = named(("place",), [(each.place_id,) for each in found])
    rows = tuple(
        (
            (each.place_id,),
            (each.n, each.of, *(n for b in (each.previous, each.year_earlier) for n in (b.n, b.of))),
        )
        for each in found
    )
    label = SIGNALS[code.removeprefix("signal-")].label
    return Cube(code, in_both(label), places, beside_before(("n", "of")), rows)


_CUBES: dict[str, Callable[[Any], Cube]] = {
    "held": _held,
    "recording-lag": _lag,
    "rising-words": _words,
    "rule-edits": _edits,
}


class WideFigure(Statistic):
    """One of them; `figure` is its code, in which the address's own words take their places."""

    answers = {"GET": (200, or_json_stat(CubeOut))}
    figure: ClassVar[str]

    def get(self, request: Request, **named: str) -> HttpResponse:
        """Counted from the rows at this moment."""
        code = self.figure.format(**named)
        figure, question = wide_called(code), self.question()
        with asking(job=True):
            found = figure.read(question, timezone.now(), calendar_for(question.district_id))
        cube = cube_of_wide(code, found)
        return self.table(request, cube, basis=figure.basis, period=question.period)


class TimeHeld(WideFigure):
    """How long matters lay with whom, by place, of pens laid down in the period; in minutes of open office."""

    figure = "held"
    query = WhenQuery


class RecordingLag(WideFigure):
    """How long after the asking matters were recorded, by channel, in working minutes."""

    figure = "recording-lag"
    query = PeriodQuery


class RisingWords(WideFigure):
    """Words of the questions, what rises most first, thirty at most; a word of fewer than five is not told."""

    figure = "rising-words"
    query = FiguresQuery


class RuleEdits(WideFigure):
    """Editions of the answer rules made in the period: the answers since, in time by it and by the one before."""

    figure = "rule-edits"
    query = PeriodQuery


class OneSignal(WideFigure):
    """How many of how many show the sign, by place, most first. Something to look at, never a score."""

    words = {"signal": SIGNALS.keys}
    figure = "signal-{signal}"
    query = PeriodQuery
