"""Figures that take too long to wait for: asked for once, fetched when the worker has counted them."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from bureaus.serializers import Query
from inquiries.api.cubes import cube_of, dimensions_of, plain_reading
from inquiries.api.statistics import Statistic, asking, figure_called
from inquiries.api.wide import (
    OneSignal,
    RecordingLag,
    RisingWords,
    RuleEdits,
    TimeHeld,
    WideFigure,
    cube_of_wide,
    wide_called,
)
from inquiries.figures import FIGURES, Reading
from inquiries.models import Counting
from inquiries.serializers.statistics import FORMATS, CubeOut, ReadingOut, StatisticsQuery, or_json_stat
from inquiries.services.counting import ask_counting, question_of, reading_of


class CountingQuery(Query):
    format = serializers.ChoiceField(choices=FORMATS, required=False, help_text="stands before Accept")


class CountingOut(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="fetch /statistics/countings/{id}")
    figure = serializers.CharField()
    asked_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    counted = serializers.SerializerMethodField(
        help_text="false: not yet, or once done_at is given, not at all"
    )

    def get_counted(self, counting: Counting) -> bool:
        """Whether there is a reading."""
        return counting.reading is not None


def _waiting(counting: Counting) -> JsonResponse:
    """Always JSON: the form that is asked for is the figure's."""
    return JsonResponse(CountingOut(counting).data, status=202)


class _Ask(Statistic):
    conditional = False
    media = {}
    answers = {"POST": (202, CountingOut)}
    located: ClassVar[dict[str, tuple[int, ...]]] = {"POST": (202,)}

    def ask(self, figure: str) -> HttpResponse:
        with asking():
            made = ask_counting(
                figure=figure, query=self.question(), asked_by=self.reader, now=timezone.now()
            )
        response = _waiting(made)
        response["Location"] = f"/api/v1/statistics/countings/{made.pk}"
        return response


class AskCounting(_Ask):
    """Asks for a figure that takes too long to wait for, by the same parameters."""

    words = {"figure": FIGURES.keys}
    query = StatisticsQuery

    def post(self, request: Request, figure: str) -> HttpResponse:
        """The worker counts it next."""
        figure_called(figure)
        return self.ask(figure)


class _AskWide(_Ask):
    wide: ClassVar[type[WideFigure]]

    def post(self, request: Request, **named: str) -> HttpResponse:
        """The worker counts it next."""
        code = self.wide.figure.format(**named)
        wide_called(code)
        return self.ask(code)


class AskTimeHeld(_AskWide):
    """Asks for the time held, over a period that is too long to wait for."""

    wide, query = TimeHeld, TimeHeld.query


class AskRisingWords(_AskWide):
    """Asks for the rising words of more questions than are read while somebody waits."""

    wide, query = RisingWords, RisingWords.query


class AskRecordingLag(_AskWide):
    """Asks for the recording lag, over a period that is too long to wait for."""

    wide, query = RecordingLag, RecordingLag.query


class AskRuleEdits(_AskWide):
    """Asks for the edits of the answer rules, with more answers since than are measured while somebody waits."""

    wide, query = RuleEdits, RuleEdits.query


class AskSignal(_AskWide):
    """Asks for a signal, over a period that is too long to wait for."""

    wide, query, words = OneSignal, OneSignal.query, OneSignal.words


class OneCounting(Statistic):
    """The figure that was asked for, once it is counted; kept for a week."""

    query = CountingQuery
    answers = {"GET": (200, or_json_stat(ReadingOut, CubeOut))}
    also = {"GET": ((202, CountingOut),)}

    def get(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        """202 until it is done, and where it could not be counted at all."""
        found = get_object_or_404(Counting, pk=pk, asked_by=self.reader)
        reading = reading_of(found)
        if reading is None:
            return _waiting(found)
        if not isinstance(reading, Reading):
            cube = cube_of_wide(found.figure, reading)
            period = question_of(found).period
            return self.table(request, cube, basis=wide_called(found.figure).basis, period=period)
        figure, dimensions = figure_called(found.figure), dimensions_of(reading)
        return self.written(
            request,
            figure.code,
            lambda: cube_of(figure, reading, dimensions),
            lambda: plain_reading(figure, reading, dimensions),
        )
