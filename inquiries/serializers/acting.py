"""What is recorded, what is done, and what of a citizen is read in clear."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from rest_framework import serializers

from bureaus.serializers import Day, Strict, Text, Truth, Whole
from inquiries.models import Citizen
from inquiries.models.answer import GROUND_LABELS, OUTCOME_LABELS, ToldHow
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.serializers.reading import WholeInquiryOut, within_reason


class CitizenIn(Strict):
    standing = serializers.ChoiceField(choices=Citizen.Standing.choices, required=False)
    name = Text(required=False, allow_blank=True, max_length=60)
    phone = Text(required=False, allow_blank=True, max_length=40)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=200)
    address = Text(required=False, allow_blank=True, max_length=200)
    identity_number = Text(
        required=False, allow_blank=True, max_length=18, help_text="only for disclosure applications"
    )
    applicant = serializers.ChoiceField(
        choices=Citizen.Applicant.choices, required=False, help_text="of a disclosure application"
    )
    wanted = serializers.ChoiceField(
        choices=Citizen.Wanted.choices,
        required=False,
        help_text="the form in which a disclosure application wants the information",
    )


class AnswerIn(Strict):
    """The answer given at once."""

    outcome = serializers.ChoiceField(choices=[(str(code), str(code)) for code, _label in OUTCOME_LABELS])
    text = Text(max_length=20000)
    told_how = serializers.ChoiceField(choices=ToldHow.choices)
    basis = Text(required=False, allow_blank=True, max_length=300)
    promised_on = Day(required=False, allow_null=True)
    ground = serializers.ChoiceField(
        choices=[(str(code), str(code)) for code, _label in GROUND_LABELS],
        required=False,
        help_text="why a disclosure application is refused, cannot be met or is not processed",
    )


class RecordIn(Strict):
    place = Whole(min_value=1, help_text="where it is recorded")
    kind = serializers.ChoiceField(choices=Kind.choices)
    channel = serializers.ChoiceField(choices=Channel.choices)
    question = Text(max_length=10000)
    asked_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        validators=[within_reason],
        help_text="now when left out; the clock starts here",
    )
    received_on = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="of a disclosure application received later than it was asked: it counts from here",
    )
    urgency = serializers.ChoiceField(choices=Urgency.choices, required=False)
    topic = Whole(required=False, allow_null=True, min_value=1)
    source_system = Text(required=False, allow_blank=True, max_length=40)
    external_number = Text(required=False, allow_blank=True, max_length=60)
    external_due_at = serializers.DateTimeField(required=False, allow_null=True, validators=[within_reason])
    about_place = Whole(
        required=False, allow_null=True, min_value=1, help_text="it complains about this office: sealed"
    )
    citizen = CitizenIn(required=False, allow_null=True)
    answer = AnswerIn(required=False, allow_null=True)


class ClearIn(Strict):
    reason = Text(max_length=200)


class ClearOut(serializers.Serializer[Any]):
    """What is known of the citizen, in clear; the reading is on record."""

    name = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    address = serializers.CharField(required=False)
    identity_number = serializers.CharField(required=False)


class ActOut(serializers.Serializer[Any]):
    done = serializers.CharField()
    inquiry = WholeInquiryOut(allow_null=True, help_text="null: done, and no longer seen by this reader")


def body_of(form: type[forms.Form], name: str) -> type[Strict]:
    """The JSON body of an act, read off the form of its page: one field each, checked by the form itself."""
    return type(name, (Strict,), {code: _field(field) for code, field in form.base_fields.items()})


def _field(field: forms.Field) -> serializers.Field[Any, Any, Any, Any]:
    told: dict[str, Any] = {"required": field.required}
    if not field.required:
        told["allow_null"] = True
    text = field.help_text or field.label
    if text and not isinstance(text, Promise):
        told["help_text"] = text
    if isinstance(field, forms.ModelMultipleChoiceField):
        return serializers.ListField(child=Whole(min_value=1), **told)
    if isinstance(field, forms.ModelChoiceField):
        return Whole(min_value=1, **told)
    if isinstance(field, forms.MultipleChoiceField):
        return serializers.ListField(child=serializers.ChoiceField(choices=_plain(field)), **told)
    if isinstance(field, forms.ChoiceField):
        return serializers.ChoiceField(choices=_plain(field), **told)
    if isinstance(field, forms.BooleanField):
        return Truth(required=False)
    if isinstance(field, forms.IntegerField):
        low: Any = field.min_value
        high: Any = field.max_value or 2**31 - 1
        return Whole(min_value=low, max_value=high, **told)
    if isinstance(field, forms.DateTimeField):
        return serializers.DateTimeField(validators=[within_reason], **told)
    if isinstance(field, forms.DateField):
        return Day(**told)
    if not isinstance(field, forms.CharField):
        raise TypeError(f"no JSON is known for {type(field).__name__}")
    if not field.required:
        told["allow_blank"] = True
    return Text(max_length=field.max_length or 20000, **told)


def _plain(field: forms.ChoiceField) -> list[tuple[str, str]]:
    choices: Any = field.choices
    return [(str(code), str(code)) for code, _label in choices if code != ""]
