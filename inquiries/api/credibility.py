"""Signals of every way to game the promise, and the draws of the callbacks: for auditor and district."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from bureaus.api.directory import Listing, items_of
from bureaus.api.door import Door
from bureaus.models import ApiScope
from bureaus.serializers import LabelOut, in_both
from inquiries.api.statistics import told
from inquiries.figures import Measured
from inquiries.figures.credibility import SIGNALS, Signal, drawn_callbacks
from inquiries.models import CallbackDraw

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

    conditional = True
    scope = ApiScope.STATISTICS
    tag = "statistics"
    answers = {"GET": (200, items_of(SignalOut, "SignalsOut"))}

    def get(self, request: Request) -> HttpResponse:
        """In the order of docs/figures.md."""
        items = [{"code": s.code, "label": in_both(s.label), "of": in_both(s.of)} for s in SIGNALS.values()]
        return told(request, {"items": items})


class DrawOut(serializers.ModelSerializer[CallbackDraw]):
    flagged = serializers.IntegerField(help_text="drawn besides, for a reason")
    small = serializers.SerializerMethodField(help_text="fewer than five answers")

    class Meta:
        model = CallbackDraw
        fields = ("on", "seed", "answers", "drawn", "flagged", "drawn_at", "small")

    def get_small(self, draw: CallbackDraw) -> bool:
        """Whether so few are meant that they might be known."""
        return Measured(draw.answers).small


class CallbackDraws(Listing):
    """The days whose callbacks were drawn, each with its seed."""

    conditional = True
    scope = ApiScope.STATISTICS
    tag = "statistics"
    gives = DrawOut
    answers = {"GET": (200, items_of(DrawOut, "CallbackDrawsOut"))}

    def get(self, request: Request) -> HttpResponse:
        """Newest first."""
        return told(request, {"items": DrawOut(self.rows(), many=True).data})

    def rows(self) -> Any:
        """The newest."""
        return drawn_callbacks(self.district_id)[:MOST_DRAWS]
