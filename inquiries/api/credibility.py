"""Signals of every way to game the promise, and the draws of the callbacks: for auditor and district."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import Listing, items_of
from bureaus.api.door import Door
from bureaus.models import ApiScope
from bureaus.serializers import LabelOut, in_both
from bureaus.services.calendar import calendar_for
from inquiries.api.cubes import beside_before, named, plain_cube
from inquiries.api.statistics import Statistic, asking
from inquiries.documents.cubes import Cube, Dimension
from inquiries.figures.credibility import (
    SIGNALS,
    Signal,
    read_signal,
    recording_lag,
    rule_edits,
)
from inquiries.models import CallbackDraw
from inquiries.serializers.statistics import CubeOut, PeriodQuery, or_json_stat

LAG = gettext_lazy("working minutes from asking to recording")
EDITS = gettext_lazy("answers in time by a new edition of the rules, and by the one before")
EDITION = gettext_lazy("edition")
# The newest are enough to see that nobody drew twice; the table holds all.
MOST_DRAWS = 400


def signal_called(code: str) -> Signal:
    """Raises NotFound."""
    if code not in SIGNALS:
        raise NotFound
    return SIGNALS[code]


class SignalOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = LabelOut()  # type: ignore[assignment]
    of = LabelOut()


class Signals(Door):
    """Every signal: what shows it, and what is looked at."""

    scope = ApiScope.STATISTICS
    tag = "statistics"
    answers = {"GET": (200, items_of(SignalOut, "SignalsOut"))}

    def get(self, request: Request) -> Response:
        """In the order of docs/figures.md."""
        told = [{"code": s.code, "label": in_both(s.label), "of": in_both(s.of)} for s in SIGNALS.values()]
        return Response({"items": told})


class OneSignal(Statistic):
    """How many of how many show the sign, by place. Something to look at, never a score."""

    query = PeriodQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def get(self, request: Request, signal: str) -> HttpResponse:
        """Most first."""
        asked = signal_called(signal)
        with asking():
            found = read_signal(signal, self.question(), now=timezone.now())
        places = named(("place",), [(each.place_id,) for each in found])
        rows = tuple(
            (
                (each.place_id,),
                (each.n, each.of, *(n for b in (each.previous, each.year_earlier) for n in (b.n, b.of))),
            )
            for each in found
        )
        cube = Cube(f"signal-{signal}", in_both(asked.label), places, beside_before(("n", "of")), rows)
        return self.written(request, cube, plain_cube(cube))


class RecordingLag(Statistic):
    """How long after the asking matters were recorded, by channel."""

    query = PeriodQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def get(self, request: Request) -> HttpResponse:
        """In working minutes."""
        with asking():
            found = recording_lag(self.question(), now=timezone.now())
        channels = named(("channel",), [(each.channel,) for each in found])
        rows = tuple(
            ((each.channel,), (*astuple(each.now), *astuple(each.previous), *astuple(each.year_earlier)))
            for each in found
        )
        metrics = beside_before(("n", "median", "longest"))
        cube = Cube("recording-lag", in_both(LAG), channels, metrics, rows)
        return self.written(request, cube, plain_cube(cube))


class RuleEdits(Statistic):
    """Editions of the answer rules made in the period: the answers since, in time by it and by the one before."""

    query = PeriodQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def get(self, request: Request) -> HttpResponse:
        """In the order they were made."""
        question = self.question()
        with asking():
            found = rule_edits(question, now=timezone.now(), calendar=calendar_for(question.district_id))
        made = {each.edition: timezone.localtime(each.made_at).isoformat() for each in found}
        editions = Dimension("edition", in_both(EDITION), {n: {"zh": at, "en": at} for n, at in made.items()})
        rows = tuple(((each.edition,), (each.answered, each.in_time, each.in_time_before)) for each in found)
        metrics = ("answered", "in_time", "in_time_before")
        cube = Cube("rule-edits", in_both(EDITS), (editions,), metrics, rows)
        return self.written(request, cube, plain_cube(cube))


class DrawOut(serializers.ModelSerializer[CallbackDraw]):
    class Meta:
        model = CallbackDraw
        fields = ("on", "seed", "answers", "drawn", "drawn_at")


class CallbackDraws(Listing):
    """The days whose callbacks were drawn, each with its seed."""

    scope = ApiScope.STATISTICS
    tag = "statistics"
    gives = DrawOut
    answers = {"GET": (200, items_of(DrawOut, "CallbackDrawsOut"))}

    def rows(self) -> Any:
        """Newest first."""
        return CallbackDraw.objects.filter(district=self.district_id).order_by("-on")[:MOST_DRAWS]
