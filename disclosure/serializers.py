"""What the REST API gives of open days. Serializers check shape and never save."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from bureaus.serializers import Coded, PlaceRef, Query
from disclosure.models import Material, Measure


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


class ReceptionOut(serializers.Serializer[Any]):
    people = CountOut()
    questions = CountOut()
    issues = CountOut()


class HandoutOut(serializers.Serializer[Any]):
    material = serializers.CharField(source="material.name")
    kind = Coded(Material.Kind, source="material.kind")
    count = CountOut()


class BoothOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    place = PlaceRef()
    venue = serializers.CharField()
    receptions = ReceptionOut(many=True)
    handouts = HandoutOut(many=True)


class WholeOpenDayOut(OpenDayOut):
    """With its booths: who was received, and what was handed out."""

    booths = BoothOut(many=True)
