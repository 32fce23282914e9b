"""What the REST API gives of open days. Serializers check shape and never save."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from bureaus.serializers import Coded, PlaceRef, Query
from disclosure.checklist import CHOICES
from disclosure.figures.open_days import Standing
from disclosure.models import Booth, Count, Material, Measure, Sum


class OpenDayQuery(Query):
    year = serializers.IntegerField(required=False, min_value=1990, max_value=2200)


class CountOut(serializers.Serializer[Any]):
    """A number with its measure. A null value is unknown, which is not 0; at_least reads “and more” (余)."""

    value = serializers.IntegerField(allow_null=True)
    measure = Coded(Measure)
    at_least = serializers.BooleanField()


class OpenDayOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    on = serializers.DateField()
    ordinal = serializers.IntegerField(help_text="the how many-th, reckoned from the year before the first")
    ordinal_stated = serializers.IntegerField(allow_null=True, help_text="as a document says, right or wrong")
    theme = serializers.CharField()
    aim = serializers.CharField()
    is_history = serializers.BooleanField()
    is_example = serializers.BooleanField()


class BookletOut(serializers.Serializer[Any]):
    """A booklet in the edition that is public."""

    id = serializers.IntegerField(source="booklet_id")
    title = serializers.CharField(source="booklet.title")
    place = PlaceRef(source="booklet.place")
    edition = serializers.IntegerField(source="number")
    made_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(source="publication.published_at")


class BoundOut(serializers.Serializer[Any]):
    """An item as it stands in a booklet."""

    item = serializers.IntegerField(help_text="/public/items/{item}/ is its page")
    version = serializers.IntegerField()
    kind = Coded(CHOICES)
    title = serializers.CharField()
    place = PlaceRef()
    published_at = serializers.DateTimeField()


class WholeBookletOut(BookletOut):
    """With what it holds."""

    items = BoundOut(many=True)
    anew = serializers.ListField(
        child=serializers.IntegerField(), help_text="items published anew since, and left out"
    )


class ReceptionOut(serializers.Serializer[Any]):
    people = CountOut()
    questions = CountOut()
    issues = CountOut()


class HandoutOut(serializers.Serializer[Any]):
    material = serializers.CharField()
    kind = Coded(Material.Kind)
    count = CountOut()


class BoothOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    place = PlaceRef()
    venue = serializers.CharField()
    receptions = ReceptionOut(many=True)
    handouts = HandoutOut(many=True)


def counted(booth: Booth, standing: Standing) -> dict[str, Any]:
    """What a booth counted: one line of people and one of visits, never added; the first has questions and issues.

    A sum in which something is unknown is a least.
    """
    lines = [each for each in (standing.people, standing.visits) if each is not None]
    if not lines and (standing.answered or standing.issues):
        lines = [Sum(Count(0, Measure.PERSON))]
    nothing = Count(0, Measure.CASE)
    return {
        "id": booth.pk,
        "place": booth.place,
        "venue": booth.venue,
        "receptions": [
            {
                "people": _at_least(line, line.known.measure),
                "questions": nothing if number else _at_least(standing.answered, Measure.CASE),
                "issues": nothing if number else _at_least(standing.issues, Measure.CASE),
            }
            for number, line in enumerate(lines)
        ],
        "handouts": [
            {
                "material": each.material.name,
                "kind": each.material.kind,
                "count": _at_least(each.given, each.given.known.measure),
            }
            for each in standing.handed
        ],
    }


def _at_least(total: Sum | None, measure: Measure) -> Count:
    if total is None:
        return Count(0, measure)
    if total.known.value is None:
        return total.known
    return Count(total.known.value, measure, total.known.at_least or bool(total.unknown))


class WholeOpenDayOut(OpenDayOut):
    """With its booths: who was received, and what was handed out."""

    booths = BoothOut(many=True)
