"""What people ask about more than before, and what comes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.models import ApiScope
from bureaus.serializers import in_both
from bureaus.services.calendar import calendar_for
from inquiries.api.cubes import named, plain_cube
from inquiries.api.statistics import Statistic, asking
from inquiries.documents.cubes import Cube, Dimension
from inquiries.figures.topics import (
    Repeated,
    Rising,
    repeat_callers,
    repeated_questions,
    rising_topics,
    rising_words,
)
from inquiries.serializers.statistics import CubeOut, FiguresQuery, or_json_stat

RISING_TOPICS = gettext_lazy("rising topics")
RISING_WORDS = gettext_lazy("rising words")
WORD = gettext_lazy("word")
_METRICS = ("n", "rise", "previous_n", "year_earlier_n")


class _Rising(Statistic):
    query = FiguresQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def told(
        self, request: Request, code: str, label: str | Promise, of: Dimension, found: tuple[Rising, ...]
    ) -> HttpResponse:
        rows = tuple(((each.key,), (each.n, each.rise, each.previous, each.year_earlier)) for each in found)
        cube = Cube(code, in_both(label), (of,), _METRICS, rows)
        return self.written(request, cube, plain_cube(cube))


class RisingTopics(_Rising):
    """Topics asked about, what rises most against the period before first."""

    def get(self, request: Request) -> HttpResponse:
        """Twenty at most."""
        question = self.question()
        with asking():
            found = rising_topics(question, now=timezone.now(), calendar=calendar_for(question.district_id))
        [topics] = named(("topic",), [(each.key,) for each in found])
        return self.told(request, "rising-topics", RISING_TOPICS, topics, found)


class RisingWords(_Rising):
    """Words of the questions, what rises most first; a word in fewer than five questions is not told."""

    def get(self, request: Request) -> HttpResponse:
        """Thirty at most."""
        with asking():
            found = rising_words(self.question(), now=timezone.now())
        words = Dimension(
            "word", in_both(WORD), {each.key: {"zh": str(each.key), "en": str(each.key)} for each in found}
        )
        return self.told(request, "rising-words", RISING_WORDS, words, found)


class RepeatOut(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    inquiries = serializers.ListField(
        child=serializers.IntegerField(), source="inquiry_ids", help_text="oldest first"
    )


class RepeatsOut(serializers.Serializer[Any]):
    items = RepeatOut(many=True)


class _Repeats(Statistic):
    scope = ApiScope.INQUIRIES
    query = FiguresQuery
    conditional = False
    renderer_classes = (JSONRenderer,)
    media = {}
    answers = {"GET": (200, RepeatsOut)}
    figure: ClassVar[Callable[..., tuple[Repeated, ...]]]

    def get(self, request: Request) -> Response:
        """Most first."""
        with asking():
            found = type(self).figure(self.question(), now=timezone.now())
        return Response(RepeatsOut({"items": found}).data)


class RepeatCallers(_Repeats):
    """Inquiries of one caller, three and more; who that is is not told."""

    figure = repeat_callers


class RepeatedQuestions(_Repeats):
    """Inquiries in the same words, two and more."""

    figure = repeated_questions
