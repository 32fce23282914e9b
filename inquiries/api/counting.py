"""Figures that take too long to wait for: asked for once, fetched when the worker has counted them."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from bureaus.serializers import Query
from inquiries.api.cubes import cube_of, dimensions_of, plain_reading
from inquiries.api.statistics import Statistic, asking, figure_called
from inquiries.models import Counting
from inquiries.serializers.statistics import FORMATS, ReadingOut, StatisticsQuery, or_json_stat
from inquiries.services.counting import ask_counting, reading_of


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


class AskCounting(Statistic):
    """Asks for a figure that takes too long to wait for, by the same parameters."""

    query = StatisticsQuery
    conditional = False
    media = {}
    answers = {"POST": (202, CountingOut)}

    def post(self, request: Request, figure: str) -> HttpResponse:
        """The worker counts it next."""
        figure_called(figure)
        with asking():
            made = ask_counting(
                figure=figure, query=self.question(), asked_by=self.reader, now=timezone.now()
            )
        response = _waiting(made)
        response["Location"] = f"/api/v1/statistics/countings/{made.pk}"
        return response


class OneCounting(Statistic):
    """The figure that was asked for, once it is counted; kept for a week."""

    query = CountingQuery
    answers = {"GET": (200, or_json_stat(ReadingOut))}
    also = {"GET": ((202, CountingOut),)}

    def get(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        """202 until it is done, and where it could not be counted at all."""
        found = get_object_or_404(Counting, pk=pk, asked_by=self.reader)
        reading = reading_of(found)
        if reading is None:
            return _waiting(found)
        figure, dimensions = figure_called(found.figure), dimensions_of(reading)
        cube = cube_of(figure, reading, dimensions)
        return self.written(request, cube, plain_reading(figure, reading, dimensions))
