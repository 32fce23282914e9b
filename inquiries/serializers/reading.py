"""Inquiries, their time lines, topics and rules, as a client asks for them and is given them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.functional import lazy
from rest_framework import serializers

from bureaus.serializers import Coded, LabelOut, PlaceRef, Query, Row, in_both
from inquiries.models import Challenge, Citizen, Event
from inquiries.models.answer import GROUND_LABELS, OUTCOME_LABELS, Contact, ToldHow
from inquiries.models.chase import Level
from inquiries.models.inquiry import EARLIEST, LATEST, STATE_LABELS, Channel
from inquiries.models.rules import AnswerRule, Kind, Urgency
from inquiries.services.wording import act_name

MOST = 200


def codes_of(of: Any, **kwargs: Any) -> serializers.ListField:
    codes = [code for code, _label in getattr(of, "choices", of)]
    return serializers.ListField(
        child=serializers.ChoiceField(choices=[str(code) for code in codes]),
        required=False,
        max_length=30,
        **kwargs,
    )


def _instant(help_text: str, **kwargs: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(
        required=False, help_text=help_text, validators=[within_reason], **kwargs
    )


def within_reason(at: datetime) -> None:
    if not EARLIEST <= at <= LATEST:
        raise serializers.ValidationError("…", code="invalid")


class InquiryFilter(Query):
    """Which inquiries."""

    state = codes_of(STATE_LABELS)
    kind = codes_of(Kind)
    urgency = codes_of(Urgency)
    channel = codes_of(Channel)
    outcome = codes_of(OUTCOME_LABELS)
    topic = serializers.IntegerField(required=False, min_value=1, help_text="this topic and all below it")
    bureau = serializers.IntegerField(required=False, min_value=1, help_text="held by this place or below it")
    reference = serializers.CharField(required=False, max_length=20)
    external_number = serializers.CharField(required=False, max_length=60)
    answered = serializers.BooleanField(required=False)
    overdue = serializers.BooleanField(required=False, help_text="true: unanswered past its due")
    asked_from = _instant("asked at or after")
    asked_before = _instant("asked before")
    recorded_from = _instant("recorded at or after")
    recorded_before = _instant("recorded before")
    answered_from = _instant("answered at or after")
    answered_before = _instant("answered before")
    due_before = _instant("due before")
    q = serializers.CharField(
        required=False,
        min_length=2,
        max_length=100,
        help_text="words of question or answer: any two or more Chinese characters in a row, whole words otherwise",
    )


class InquiryQuery(InquiryFilter):
    """Which inquiries, in which order, from where on."""

    sort = serializers.ChoiceField(
        choices=["-recorded_at", "recorded_at", "-asked_at", "asked_at", "-due_at", "due_at"],
        required=False,
        help_text="-recorded_at when left out; a minus is descending",
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, help_text="50 when left out"
    )
    cursor = serializers.CharField(required=False, max_length=600, help_text="`next` of the page before")


class SyncQuery(Query):
    cursor = serializers.CharField(required=False, max_length=600, help_text="`next` of the answer before")
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=1000, help_text="200 when left out"
    )


class LineQuery(Query):
    after = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="`seq` of the last one read"
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, help_text="50 when left out"
    )


class CitizenOut(Row):
    """Masked; in clear only by an act with a reason."""

    standing = Coded(Citizen.Standing)
    name = serializers.CharField(source="masked_name")
    phone = serializers.CharField(source="masked_phone")
    erased_at = serializers.DateTimeField(
        allow_null=True,
        help_text="nobody knows any more who asked: forget what was read in clear, and the files",
    )


class TopicRef(Row):
    id = serializers.IntegerField()
    name = serializers.CharField()


class InquiryOut(Row):
    id = serializers.IntegerField()
    reference = serializers.CharField()
    district = serializers.IntegerField(source="district_id")
    version = serializers.IntegerField(help_text="send it back as `seen` with an act")
    kind = Coded(Kind)
    urgency = Coded(Urgency)
    channel = Coded(Channel)
    state = Coded(STATE_LABELS)
    outcome = Coded(OUTCOME_LABELS, allow_null=True)
    source_system = serializers.CharField(source="source")
    external_number = serializers.CharField()
    external_due_at = serializers.DateTimeField(allow_null=True)
    topic = TopicRef(allow_null=True)
    question = serializers.CharField()
    citizen = CitizenOut(allow_null=True)
    sealed = serializers.BooleanField()
    asked_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    recorded_place = PlaceRef()
    imported = serializers.BooleanField()
    holder = PlaceRef()
    round = serializers.IntegerField()
    designated = serializers.BooleanField()
    returns = serializers.IntegerField()
    hops = serializers.IntegerField()
    extensions = serializers.IntegerField()
    asked_again = serializers.IntegerField()
    due_on = serializers.DateField()
    due_at = serializers.DateTimeField(help_text="exclusive")
    original_due_at = serializers.DateTimeField()
    due_provisional = serializers.BooleanField()
    answered_at = serializers.DateTimeField(allow_null=True)
    filed_at = serializers.DateTimeField(allow_null=True)
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    split_from = serializers.IntegerField(source="parent_id", allow_null=True)


class AnswerOut(Row):
    round = serializers.IntegerField()
    outcome = Coded(OUTCOME_LABELS)
    text = serializers.CharField()
    basis = serializers.CharField()
    ground = Coded(GROUND_LABELS, allow_null=True)
    answered_at = serializers.DateTimeField()
    logged_at = serializers.DateTimeField()
    place = PlaceRef()
    at_once = serializers.BooleanField()
    entered_later = serializers.BooleanField()
    told_how = Coded(ToldHow)
    promised_on = serializers.DateField(allow_null=True)
    due_at = serializers.DateTimeField()


class ChallengeOut(Row):
    """A reconsideration or a lawsuit about a disclosure application."""

    id = serializers.IntegerField()
    kind = Coded(Challenge.Kind)
    body = serializers.CharField(help_text="before whom")
    received_on = serializers.DateField()
    result = Coded(Challenge.Result)
    closed_on = serializers.DateField(allow_null=True)


class ChaseOut(Row):
    number = serializers.IntegerField(source="chase_number")
    level = Coded(Level, source="chase_level", allow_null=True)
    next_at = serializers.DateTimeField(source="next_chase_at", allow_null=True)


class UnansweredOut(InquiryOut):
    """With how far it has been chased."""

    chase = ChaseOut(source="*")


class WholeInquiryOut(UnansweredOut):
    """And with its answers, newest first."""

    answers = AnswerOut(many=True)


class AnsweredInquiryOut(InquiryOut):
    """With its answers, newest first."""

    answers = AnswerOut(many=True)


class InquiryPage(serializers.Serializer[Any]):
    items = InquiryOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="cursor of the next page; null after the last")


class CountedOut(InquiryOut):
    """An inquiry behind a figure."""

    times = serializers.IntegerField(help_text="how often it counts; together they are the figure's n")


class CountedPage(serializers.Serializer[Any]):
    items = CountedOut(many=True)
    next = serializers.CharField(allow_null=True, help_text="cursor of the next page; null after the last")


class TombstoneOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="inquiry_id")
    at = serializers.DateTimeField()


class SyncOut(serializers.Serializer[Any]):
    items = AnsweredInquiryOut(many=True)
    gone = TombstoneOut(many=True, help_text="deleted, or no longer seen by this reader: forget them")
    next = serializers.CharField(help_text="keep it for the next time")
    more = serializers.BooleanField(help_text="ask again at once")


class HappenedOut(serializers.Serializer[Any]):
    """A stable code of what happened, and its words."""

    code = serializers.CharField()
    label = LabelOut()  # type: ignore[assignment]


class EventOut(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    event = HappenedOut(source="*")
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True, help_text="name of the officer; null for the clock")
    place = PlaceRef(allow_null=True)
    codes = serializers.DictField()

    def to_representation(self, instance: Event) -> dict[str, Any]:
        """Written out: an event's label is looked up by its code."""
        at = serializers.DateTimeField()
        return {
            "seq": instance.seq,
            "event": {"code": instance.code, "label": _happened(instance.code)},
            "at": at.to_representation(instance.at),
            "by": instance.by.name if instance.by else None,
            "place": {"id": instance.place.pk, "name": instance.place.name} if instance.place else None,
            "codes": instance.codes,
        }


@lru_cache(maxsize=512)
def _happened(code: str) -> dict[str, str]:
    return in_both(_act_name(code))


# Read in whichever language is on when it is asked for.
_act_name = lazy(act_name, str)


class ContactOut(serializers.Serializer[Any]):
    what = Coded(Contact.What)
    text = serializers.CharField()
    at = serializers.DateTimeField()
    round = serializers.IntegerField()
    place = PlaceRef(allow_null=True)


class LineOut(serializers.Serializer[Any]):
    items = EventOut(many=True)
    next = serializers.IntegerField(
        allow_null=True, help_text="`after` of the next page; null after the last"
    )
    contacts = ContactOut(many=True, help_text="what was said on the way, on the first page")


class TopicOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    above = serializers.IntegerField(source="parent_id", allow_null=True)
    default_bureau = serializers.IntegerField(source="default_bureau_id", allow_null=True)
    retired_at = serializers.DateTimeField(
        allow_null=True, help_text="since when nothing new is recorded about it"
    )


class RuleOut(serializers.Serializer[Any]):
    edition = serializers.IntegerField(source="book.number")
    kind = Coded(Kind)
    urgency = Coded(Urgency)
    amount = serializers.IntegerField()
    unit = Coded(AnswerRule.Unit)
    end = Coded(AnswerRule.End)
    extensions = serializers.IntegerField()
    extension_amount = serializers.IntegerField()
    needs_approval = serializers.BooleanField()
    dispatch_minutes = serializers.IntegerField(
        help_text="working minutes; of a critical matter, minutes at any hour"
    )
    return_days = serializers.IntegerField(help_text="working days; of a complex matter, one more")
    basis = serializers.CharField(source="source", help_text="where the rule comes from")
