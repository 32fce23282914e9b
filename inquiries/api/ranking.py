"""Who stands where by the district's own weights, and the weights."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import district_of
from bureaus.api.door import Door
from bureaus.models import ApiScope, Place
from bureaus.serializers import Strict, in_both
from bureaus.services.calendar import calendar_for
from inquiries.api.cubes import named, value_of
from inquiries.api.statistics import Statistic, asking, told
from inquiries.documents.cubes import Cube, Dimension
from inquiries.figures import Measured
from inquiries.figures.ranking import RATE, WHY, standings, weights_of
from inquiries.serializers.statistics import CubeOut, WhenQuery, or_json_stat
from inquiries.services.bulletins import issue_weights

STANDINGS = gettext_lazy("score and rank")
STANDING = gettext_lazy("standing")
RANKED = gettext_lazy("ranked")
_METRICS = ("n", "score", "rank", "previous_score", "year_earlier_score")


def _shown(score: Fraction | None) -> float | None:
    return None if score is None else round(float(score), 2)


def _rate(of: Measured) -> tuple[float | int | None, int, int | None]:
    return value_of(of), of.n, of.of


class Standings(Statistic):
    """Each bureau's score of 100 at most with its parts, and its rank among those with enough inquiries."""

    query = WhenQuery
    answers = {"GET": (200, or_json_stat(CubeOut))}

    def get(self, request: Request) -> HttpResponse:
        """The ranked first."""
        question = self.question()
        weights, calendar = weights_of(question.district_id), calendar_for(question.district_id)
        with asking():
            found = standings(question, weights, now=timezone.now(), calendar=calendar)
        weighed = sorted(weights.of)
        rates = [name for code in weighed for name in (code, f"{code}_n", f"{code}_of")]
        bureaus = named(("bureau",), [(each.bureau_id,) for each in found])
        words = {"ranked": RANKED, **WHY}
        why = Dimension("standing", in_both(STANDING), {code: in_both(told) for code, told in words.items()})
        rows = tuple(
            (
                (each.bureau_id, each.why or "ranked"),
                (
                    each.n,
                    _shown(each.score),
                    each.rank,
                    _shown(each.previous),
                    _shown(each.year_earlier),
                    *(part for code in weighed for part in _rate(each.parts.get(code, Measured(of=0)))),
                ),
            )
            for each in found
        )
        cube = Cube("standings", in_both(STANDINGS), (*bureaus, why), (*_METRICS, *rates), rows)
        return self.table(request, cube, basis="", period=question.period)


class WeightsIn(Strict):
    weights = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=100),
        help_text="of a rate, by its code: the hundredths of a point that a percent short of its best costs",
    )
    ranked_from = serializers.IntegerField(min_value=1, max_value=1_000_000)


class WeightsOut(serializers.Serializer[Any]):
    edition = serializers.IntegerField(help_text="0: as shipped")
    weights = serializers.DictField(child=serializers.IntegerField(), source="of")
    ranked_from = serializers.IntegerField()
    rates = serializers.SerializerMethodField(help_text="what may be weighed")

    def get_rates(self, _of: Any) -> list[str]:
        """Every rate's code."""
        return sorted(RATE)


class ScoreWeights(Door):
    """What the composite score weighs; a POST issues another edition."""

    conditional = True
    scope = ApiScope.STATISTICS
    scopes = {"POST": ApiScope.ACT}
    tag = "statistics"
    body = WeightsIn
    answers = {"GET": (200, WeightsOut), "POST": (201, WeightsOut)}

    def get(self, request: Request) -> HttpResponse:
        """The edition in force."""
        return told(request, WeightsOut(weights_of(district_of(request))).data)

    def post(self, request: Request) -> Response:
        """In force from now on."""
        given = self.taken(request)
        district = get_object_or_404(Place, pk=district_of(request))
        issue_weights(district=district, by=self.officer, now=timezone.now(), **given)
        return Response(WeightsOut(weights_of(district.pk)).data, status=201)
