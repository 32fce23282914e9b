"""What people ask about more than before, and what comes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.models import ApiScope
from bureaus.services.calendar import calendar_for
from inquiries.api.cubes import named, plain_period
from inquiries.api.statistics import Statistic, asking
from inquiries.api.wide import rise_of
from inquiries.figures.topics import (
    Repeats,
    repeat_callers,
    repeated_questions,
    rising_topics,
)
from inquiries.serializers.statistics import CubeOut, FiguresQuery, PeriodOut, RepeatsQuery, or_json_stat

RISING_TOPICS = gettext_lazy("rising topics")


class RisingTopics(Statistic):
    """Topics asked about, what rises most against the period before first."""

    query = FiguresQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def get(self, request: Request) -> HttpResponse:
        """Twenty at most."""
        question = self.question()
        with asking():
            found = rising_topics(question, now=timezone.now(), calendar=calendar_for(question.district_id))
        [topics] = named(("topic",), [(each.key,) for each in found])
        cube = rise_of("rising-topics", RISING_TOPICS, topics, found)
        return self.table(request, cube, basis="cohort", period=question.period)


class RepeatOut(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    inquiries = serializers.ListField(
        child=serializers.IntegerField(), source="inquiry_ids", help_text="oldest first"
    )


class RepeatsOut(serializers.Serializer[Any]):
    basis = serializers.CharField()
    period = PeriodOut()
    items = RepeatOut(many=True)
    n = serializers.IntegerField(help_text="how many items")
    previous_n = serializers.IntegerField(help_text="how many there were in the period before")
    year_earlier_n = serializers.IntegerField(help_text="how many there were in the same days a year earlier")


class _Repeats(Statistic):
    scope = ApiScope.INQUIRIES
    query = RepeatsQuery
    conditional = False
    renderer_classes = (JSONRenderer,)
    media = {}
    answers = {"GET": (200, RepeatsOut)}
    figure: ClassVar[Callable[..., Repeats]]

    def get(self, request: Request) -> Response:
        """Most first."""
        question = self.question()
        with asking():
            found = type(self).figure(question, now=timezone.now())
        told = {
            "basis": "cohort",
            "period": plain_period(question.period),
            "items": found.found,
            "n": found.n,
            "previous_n": found.previous,
            "year_earlier_n": found.year_earlier,
        }
        return Response(RepeatsOut(told).data)


class RepeatCallers(_Repeats):
    """Inquiries of one caller, three and more; who that is is not told."""

    figure = repeat_callers


class RepeatedQuestions(_Repeats):
    """Inquiries in the same words, two and more."""

    figure = repeated_questions
