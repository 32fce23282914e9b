"""Duties as a client reads them, and the words that end them."""

from __future__ import annotations

from typing import Any

from django.utils.functional import lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bureaus.serializers import CodeOut, PlaceRef, Query, Strict, Text, in_both
from inquiries.models import Duty
from inquiries.serializers.reading import MOST
from inquiries.services.duties import label_of

_label = lazy(label_of, str)


class DutyQuery(Query):
    open = serializers.BooleanField(
        required=False, help_text="true when left out: what is owed; false: what is done"
    )
    kind = serializers.CharField(required=False, max_length=20)
    place = serializers.IntegerField(
        required=False, min_value=1, max_value=2**62, help_text="who owes it, not those below it"
    )
    inquiry = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, help_text="50 when left out"
    )
    cursor = serializers.CharField(required=False, max_length=600, help_text="`next` of the page before")


class DutyOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.SerializerMethodField()
    inquiry = serializers.SerializerMethodField(
        help_text="null: about none, or who owes it sees a redacted copy alone"
    )
    place = PlaceRef()
    request = serializers.CharField()
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="exclusive")
    done_at = serializers.DateTimeField(allow_null=True)
    decision = serializers.CharField()
    reply = serializers.CharField()
    chase_number = serializers.IntegerField()
    next_chase_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(CodeOut)
    def get_kind(self, duty: Duty) -> dict[str, Any]:
        """The code beside its label; an app above may bring more kinds."""
        return {"code": duty.kind, "label": in_both(_label(duty))}

    def get_inquiry(self, duty: Duty) -> int | None:
        """Of a redacted copy nobody is told where it comes from."""
        return None if duty.apart else duty.inquiry_id


class DutyPage(serializers.Serializer[Any]):
    items = DutyOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="cursor of the next page; null after the last")


class DutyIn(Strict):
    reply = Text(max_length=2000, help_text="what was done, or why")
    decision = serializers.ChoiceField(
        choices=["signed", "refused"], required=False, help_text="of a circular, and of nothing else"
    )
    planned_on = serializers.DateField(
        required=False, help_text="of an acknowledgement: by when the answer is planned"
    )
