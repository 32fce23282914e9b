"""How figures are asked for and given."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from bureaus.serializers import LabelOut, Query
from inquiries.figures import PARTS
from inquiries.figures.chasing import BANDS
from inquiries.figures.credibility import EDITED
from inquiries.models import Pen
from inquiries.models.chase import Level
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.serializers.reading import MOST, codes_of


def within_centuries(on: date) -> None:
    """Raises ValidationError."""
    if not 2000 <= on.year <= 2100:
        raise serializers.ValidationError("2000–2100", code="invalid")


def _whole_numbers(**kwargs: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), required=False, max_length=30, **kwargs
    )


def _band(low: int, after: int) -> str:
    return f"{low}-{after - 1}" if after - low > 1 else f"{low}"


# The bands of the ageing matrix, by their numbers; the last has no end.
BAND_CODES = (*(_band(low, high) for low, high in pairwise(BANDS)), f"{BANDS[-1]}-")
# How high an overdue inquiry was chased, in the order of the ladder.
LEVEL_CODES = ("none", *Level.values)
FORMATS = ("json", "csv", "csv-excel", "xlsx", "json-stat")


class _Places(Query):
    bureau = serializers.IntegerField(required=False, min_value=1, help_text="this bureau with all below it")
    unit = serializers.IntegerField(
        required=False, min_value=1, help_text="this unit or section with all below it"
    )


class _Period(_Places):
    locals()["from"] = serializers.DateField(
        validators=[within_centuries], help_text="first day, in Asia/Shanghai"
    )
    to = serializers.DateField(validators=[within_centuries], help_text="last day, included")


class _When(_Period):
    kind = codes_of(Kind)


class _What(_When):
    basis = serializers.ChoiceField(
        choices=["cohort", "happened", "now"],
        required=False,
        help_text="the first of the figure's bases when left out",
    )
    structure = serializers.ChoiceField(
        choices=["as_was", "as_now"],
        required=False,
        help_text="as_now: what was abolished counts for its successor",
    )
    urgency = codes_of(Urgency)
    channel = codes_of(Channel)
    topic = _whole_numbers(help_text="with all below it")
    source = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(max_length=40, allow_blank=True),
        required=False,
        max_length=30,
        help_text="empty: what came from no other system",
    )


class _InAForm(Query):
    format = serializers.ChoiceField(choices=FORMATS, required=False, help_text="stands before Accept")


class PlacesQuery(_InAForm, _Places):
    """Whose figures."""


class AgeingQuery(PlacesQuery):
    """Whose figures, and what is told apart."""

    by = serializers.ChoiceField(
        choices=["days_late", "level"], required=False, help_text="days_late when left out"
    )


class WhenQuery(_InAForm, _When):
    """Whose figures, about when."""


class PeriodQuery(_InAForm, _Period):
    """Whose figures, about when."""


class FiguresQuery(_InAForm, _What):
    """Whose figures, about when, of what."""


class RepeatsQuery(_What):
    """Whose inquiries that come again, about when, of what."""


class _ByPlaceAndKind(Query):
    group_by = serializers.ListField(
        child=serializers.ChoiceField(choices=["place", "bureau", "kind"]), required=False, max_length=2
    )


class TimesQuery(_ByPlaceAndKind, WhenQuery):
    """Whose times, about when, by what."""


class _ByWhat(Query):
    interval = serializers.ChoiceField(choices=["day", "week", "month", "quarter", "year"], required=False)
    group_by = serializers.ListField(
        child=serializers.ChoiceField(
            choices=[
                *("place", "bureau", "kind", "urgency", "channel"),
                *("topic", "topic_root", "officer", "source"),
            ]
        ),
        required=False,
        max_length=2,
        help_text="up to two, different; topic_root: each topic of the first level with all below it",
    )


class StatisticsQuery(_InAForm, _ByWhat, _What):
    """Whose figures, about when, of what, by what."""


class _Page(Query):
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, help_text="50 when left out"
    )
    cursor = serializers.CharField(required=False, max_length=600)


class _Key(Query):
    key = serializers.ListField(
        child=serializers.CharField(max_length=40, allow_blank=True),
        required=False,
        max_length=3,
        help_text="one cell alone: the codes of its keys in their order, empty for null",
    )


class _KeyOfOne(Query):
    key = serializers.ListField(
        child=serializers.CharField(max_length=40, allow_blank=True),
        required=False,
        max_length=1,
        help_text="one row alone: the code of its place or bureau",
    )


class _PartOfRate(Query):
    counted = serializers.ChoiceField(
        choices=PARTS, required=False, help_text="of a rate: n, or what it is of; n when left out"
    )


class FigureInquiriesQuery(_Page, _Key, _PartOfRate, _ByWhat, _What):
    """A figure's parameters, one cell of it, and a page."""


class TimesInquiriesQuery(_Page, _Key, _ByPlaceAndKind, _When):
    """The parameters of a time, one group of it, and a page."""

    channel = codes_of(Channel, help_text="as the recording lag is told")


class SignalInquiriesQuery(_Page, _KeyOfOne, _PartOfRate, _Period):
    """Whose figures, about when, one place, and a page."""


class HeldInquiriesQuery(_Page, _KeyOfOne, _When):
    """Whose figures, about when, one place or part, and a page."""

    part = serializers.ChoiceField(choices=Pen.Part.values, required=False)


class AgeingInquiriesQuery(_Page, _KeyOfOne, _Places):
    """Whose figures, one bureau, band or level, and a page."""

    days_late = serializers.ChoiceField(choices=BAND_CODES, required=False)
    level = serializers.ChoiceField(choices=LEVEL_CODES, required=False)


class AcknowledgementInquiriesQuery(_Page, _KeyOfOne, _Places):
    """Whose figures, one place, and a page."""


class WordInquiriesQuery(_Page, _What):
    """Whose figures, about when, a word, and a page."""

    word = serializers.CharField(min_length=2, max_length=40)


class RuleEditInquiriesQuery(_Page, _Period):
    """About when, an edition, which of its numbers, and a page."""

    edition = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    counted = serializers.ChoiceField(choices=EDITED, required=False, help_text=f"{EDITED[0]} when left out")


class DefinitionOut(serializers.Serializer[Any]):
    numerator = LabelOut()
    denominator = LabelOut()
    attribution = LabelOut()
    dated_by = LabelOut()
    excludes = LabelOut()


class FigureOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = LabelOut()  # type: ignore[assignment]
    unit = serializers.ChoiceField(choices=["count", "rate"])
    group = serializers.CharField()
    bases = serializers.ListField(child=serializers.ChoiceField(choices=["cohort", "happened", "now"]))
    definition = DefinitionOut()


class FiguresOut(serializers.Serializer[Any]):
    items = FigureOut(many=True)


class PeriodOut(serializers.Serializer[Any]):
    locals()["from"] = serializers.DateField()
    to = serializers.DateField()


class KeyOut(serializers.Serializer[Any]):
    dimension = serializers.CharField()
    code = serializers.CharField(allow_null=True, help_text="null: none is recorded")
    label = LabelOut()  # type: ignore[assignment]


class MeasuredOut(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    of = serializers.IntegerField(allow_null=True, help_text="denominator; null for a count")
    value = serializers.FloatField(
        allow_null=True, help_text="n, or n / of; null where there is nothing to divide by"
    )
    small = serializers.BooleanField(help_text="fewer than five: say no more than that")


class CellOut(MeasuredOut):
    keys = KeyOut(many=True)
    imported = serializers.IntegerField(
        allow_null=True,
        help_text="inquiries of this group brought in from elsewhere; null where acts are counted",
    )
    provisional = serializers.IntegerField(
        allow_null=True, help_text="inquiries of this group due by a year not announced yet; null likewise"
    )
    previous = MeasuredOut(allow_null=True)
    year_earlier = MeasuredOut(allow_null=True)


class NamedOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = LabelOut()  # type: ignore[assignment]


_WHY_NOT = "why no number has a previous or a year earlier, else null"


class ReadingOut(serializers.Serializer[Any]):
    figure = FigureOut()
    basis = serializers.CharField()
    period = PeriodOut()
    previous_period = PeriodOut()
    year_earlier_period = PeriodOut()
    group_by = serializers.ListField(child=serializers.CharField())
    interval = serializers.CharField()
    no_comparison = NamedOut(allow_null=True, help_text=_WHY_NOT)
    total = CellOut()
    cells = CellOut(many=True)


class RowOut(serializers.Serializer[Any]):
    keys = KeyOut(many=True)
    values = serializers.DictField(child=serializers.FloatField(allow_null=True))


class CubeOut(serializers.Serializer[Any]):
    figure = NamedOut()
    basis = serializers.CharField(allow_null=True, help_text="null: each column on its own, docs/figures.md")
    period = PeriodOut(allow_null=True, help_text="null: now")
    no_comparison = NamedOut(allow_null=True, help_text=_WHY_NOT)
    rows = RowOut(many=True)


class JsonStatOut(serializers.Serializer[Any]):
    """A JSON-stat 2.0 data set, see json-stat.org."""

    version = serializers.CharField()
    locals()["class"] = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    id = serializers.ListField(child=serializers.CharField())
    size = serializers.ListField(child=serializers.IntegerField())
    role = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    dimension = serializers.DictField()
    value = serializers.ListField(child=serializers.FloatField(allow_null=True))
    note = serializers.ListField(child=serializers.CharField(), required=False, help_text=_WHY_NOT)


def or_json_stat(*forms: type[serializers.Serializer[Any]]) -> Any:
    """What an address answers, in one of these forms, that also speaks JSON-stat."""
    return PolymorphicProxySerializer(
        component_name=f"{'Or'.join(form.__name__ for form in forms)}OrJsonStat",
        serializers=[*forms, JsonStatOut],
        resource_type_field_name=None,
    )
