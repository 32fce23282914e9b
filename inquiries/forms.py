"""What officers type. Forms check shape and never save; the services decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.models import Officer, Place, Post
from inquiries.models import Citizen, Inquiry, Rating, Topic
from inquiries.models.answer import OUTCOME_LABELS, Contact, ToldHow
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.states import DISCLOSURE_OUTCOMES, Outcome


class _Dated(forms.DateTimeInput):
    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        """The value in the form the browser's own control reads."""
        if isinstance(value, datetime):
            return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
        return super().format_value(value)


class _Day(forms.DateInput):
    input_type = "date"


def _area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ActForm(forms.Form):
    """Every act carries the version that was seen, so that nobody overwrites what happened since."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, inquiry: Inquiry, officer: Officer, **kwargs: Any) -> None:
        self.inquiry = inquiry
        self.officer = officer
        kwargs.setdefault("initial", {}).setdefault("seen", inquiry.version)
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Narrows the choices to what fits the inquiry."""


class NothingMore(ActForm):
    """An act that needs no words."""


class AnswerForm(ActForm):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=OUTCOME_LABELS)
    text = forms.CharField(label=_("Answer"), widget=_area(6))
    basis = forms.CharField(
        label=_("Basis"), required=False, max_length=300, help_text=_("Law or document, if any.")
    )
    told_how = forms.ChoiceField(label=_("How the citizen was told"), choices=ToldHow)
    promised_on = forms.DateField(
        label=_("Promised for"), required=False, widget=_Day, help_text=_("Only for a planned outcome.")
    )

    def prepare(self) -> None:
        """Disclosure outcomes only for disclosure applications."""
        if self.inquiry.kind != Kind.DISCLOSURE:
            self.fields["outcome"].choices = [  # type: ignore[attr-defined]
                (code, label) for code, label in OUTCOME_LABELS if code not in DISCLOSURE_OUTCOMES
            ]
        self.initial.setdefault(
            "outcome", Outcome.SOLVED if self.inquiry.kind == Kind.HELP else Outcome.EXPLAINED
        )


class ReasonForm(ActForm):
    reason = forms.CharField(label=_("Reason"), widget=_area(3), max_length=1000)


class ReturnForm(ReasonForm):
    is_complex = forms.BooleanField(label=_("A complex matter"), required=False)


class DecideForm(ActForm):
    """Yes or no, a reason where it is no."""

    yes = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", pgettext_lazy("decision", "Yes")), ("no", pgettext_lazy("decision", "No"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), widget=_area(3), max_length=1000, required=False)


class DispatchForm(ActForm):
    to = forms.ModelChoiceField(label=_("To the place"), queryset=Place.objects.none())

    def prepare(self) -> None:
        """Standing places of the district below it."""
        self.fields["to"].queryset = (  # type: ignore[attr-defined]
            Place.objects.standing().filter(district=self.inquiry.district_id)
        )
        if self.inquiry.topic and self.inquiry.topic.default_bureau_id:
            self.initial.setdefault("to", self.inquiry.topic.default_bureau_id)


class DesignateForm(DispatchForm):
    reason = forms.CharField(label=_("Reason"), widget=_area(3), max_length=1000)


class ReassignForm(ActForm):
    to = forms.ModelChoiceField(label=_("To the place"), queryset=Place.objects.none())
    post = forms.ModelChoiceField(label=_("Post"), queryset=Post.objects.none(), required=False)

    def prepare(self) -> None:
        """Places and posts of the same bureau."""
        bureau = Place.objects.standing().filter(
            path__startswith=Place.objects.get(pk=self.inquiry.holder.bureau_id).path
        )
        self.fields["to"].queryset = bureau  # type: ignore[attr-defined]
        self.fields["post"].queryset = (  # type: ignore[attr-defined]
            Post.objects.filter(place__in=bureau, closed_on=None).select_related("place")
        )


class OfferForm(ReasonForm):
    to = forms.ModelChoiceField(label=_("To the bureau"), queryset=Place.objects.none())
    field_order = ("to", "reason")

    def prepare(self) -> None:
        """The district's other bureaus."""
        self.fields["to"].queryset = (  # type: ignore[attr-defined]
            Place.objects.standing()
            .filter(district=self.inquiry.district_id, kind=Place.Kind.BUREAU)
            .exclude(pk=self.inquiry.holder.bureau_id)
        )


class ExtendForm(ReasonForm):
    days = forms.IntegerField(label=_("By how many days"), min_value=1, max_value=60)
    field_order = ("days", "reason")

    def prepare(self) -> None:
        """What the rule allows at once."""
        self.initial.setdefault("days", self.inquiry.rule.extension_amount or 1)


class WordsForm(ActForm):
    text = forms.CharField(label=_("In words"), widget=_area(3), max_length=2000)


class ContactForm(ActForm):
    what = forms.ChoiceField(
        label=_("What"),
        choices=[
            (Contact.What.CONTACTED, Contact.What.CONTACTED.label),
            (Contact.What.NOT_REACHED, Contact.What.NOT_REACHED.label),
            (Contact.What.INTERIM, Contact.What.INTERIM.label),
            (Contact.What.EMERGENCY, Contact.What.EMERGENCY.label),
            (Contact.What.NOTE, Contact.What.NOTE.label),
        ],
    )
    text = forms.CharField(label=_("In words"), widget=_area(3), max_length=2000, required=False)


class ReclassifyForm(ReasonForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency)
    field_order = ("kind", "urgency", "reason")

    def prepare(self) -> None:
        """As it stands."""
        self.initial.setdefault("kind", self.inquiry.kind)
        self.initial.setdefault("urgency", self.inquiry.urgency)


class SplitForm(ActForm):
    questions = forms.CharField(label=_("Further questions, one a line"), widget=_area(4), max_length=10000)


class MergeForm(ActForm):
    reference = forms.CharField(label=_("Reference of the leading inquiry"), max_length=20)


class HandChaseForm(ActForm):
    whom = forms.CharField(label=_("Whom"), max_length=80)
    promised = forms.CharField(label=_("What was promised"), max_length=300, required=False)


class RateForm(ActForm):
    reached = forms.BooleanField(label=_("The citizen was reached"), required=False)
    satisfaction = forms.ChoiceField(
        label=_("Satisfaction"), choices=[("", "—"), *Rating.Satisfaction.choices], required=False
    )
    words = forms.CharField(
        label=_("In the citizen's words"), widget=_area(3), max_length=1000, required=False
    )


class ClearForm(ActForm):
    reason = forms.CharField(label=_("Why you need it"), max_length=200)


class DutyForm(forms.Form):
    reply = forms.CharField(label=_("What was done"), widget=_area(3), max_length=2000)


class CircularForm(forms.Form):
    """The director signs the circular or refuses it; either way the reason is on record."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("signed", _("Sign it")), ("refused", _("Refuse it"))],
        widget=forms.RadioSelect,
    )
    reply = forms.CharField(label=_("Reason"), widget=_area(3), max_length=2000)


class RecordForm(forms.Form):
    """A question at the desk or on the telephone, answered at once or followed up."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    question = forms.CharField(label=_("Question"), widget=_area(4), max_length=10000)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind, initial=Kind.CONSULTATION)
    topic = forms.ModelChoiceField(label=_("Topic"), queryset=Topic.objects.none(), required=False)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency, initial=Urgency.ORDINARY)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel, initial=Channel.DESK)
    asked_at = forms.DateTimeField(
        label=_("Asked"),
        required=False,
        widget=_Dated,
        help_text=_("Empty: just now. The clock starts here."),
    )
    place = forms.ModelChoiceField(label=_("Recorded at"), queryset=Place.objects.none(), empty_label=None)
    source = forms.CharField(label=_("Source system"), max_length=40, required=False)
    external_number = forms.CharField(label=_("External number"), max_length=60, required=False)
    about_place = forms.ModelChoiceField(
        label=_("It complains about this office"),
        queryset=Place.objects.none(),
        required=False,
        help_text=_("Seals the matter: that office will never see it."),
    )
    standing = forms.ChoiceField(
        label=_("The citizen is"), choices=Citizen.Standing, initial=Citizen.Standing.NAMED
    )
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    identity_number = forms.CharField(
        label=_("Identity number"),
        max_length=18,
        required=False,
        help_text=_("Only for disclosure applications."),
    )
    at_once = forms.BooleanField(label=_("Answered at once"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=OUTCOME_LABELS, required=False, initial=Outcome.EXPLAINED
    )
    text = forms.CharField(label=_("Answer"), widget=_area(3), required=False)
    told_how = forms.ChoiceField(
        label=_("How the citizen was told"), choices=ToldHow, required=False, initial=ToldHow.IN_PERSON
    )
    promised_on = forms.DateField(label=_("Promised for"), required=False, widget=_Day)

    def __init__(self, *args: Any, places: list[Place], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        district = places[0].root_id if places else None
        of_district = Place.objects.standing().filter(district=district)
        self.fields["place"].queryset = Place.objects.filter(pk__in=[p.pk for p in places])  # type: ignore[attr-defined]
        self.fields["about_place"].queryset = of_district  # type: ignore[attr-defined]
        self.fields["topic"].queryset = Topic.objects.filter(district=district)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """An answer at once needs its words, and an anonymous citizen gives no name."""
        given = super().clean() or {}
        if given.get("at_once") and not (given.get("text") or "").strip():
            self.add_error("text", _("Write the answer that was given, or leave “answered at once” empty."))
        if given.get("standing") == Citizen.Standing.ANONYMOUS and (given.get("name") or given.get("phone")):
            self.add_error(
                "standing",
                _("An anonymous citizen leaves no name or telephone. Empty them, or choose another."),
            )
        return given
