"""A question as it is recorded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, MomentInput, PlaceChoice, RowChoice, area
from bureaus.models import Place
from inquiries.models import Citizen, Topic
from inquiries.models.answer import GROUND_LABELS, OUTCOME_LABELS, ToldHow
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.states import Outcome


class RecordForm(forms.Form):
    """A question at the desk or on the telephone, answered at once or followed up."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    question = forms.CharField(label=_("Question"), widget=area(4), max_length=10000)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind, initial=Kind.CONSULTATION)
    topic = RowChoice(label=_("Topic"), queryset=Topic.objects.none(), required=False)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency, initial=Urgency.ORDINARY)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel, initial=Channel.DESK)
    asked_at = forms.DateTimeField(
        label=_("Asked"),
        required=False,
        widget=MomentInput,
        help_text=_("Empty: just now. The clock starts here."),
    )
    received_on = forms.DateField(
        label=_("Received on"),
        required=False,
        widget=DayInput,
        help_text=_(
            "Only for a disclosure application that was received later than it was asked: it counts from here."
        ),
    )
    place = PlaceChoice(label=_("Recorded at"), queryset=Place.objects.none(), empty_label=None)
    source = forms.CharField(label=_("Source system"), max_length=40, required=False)
    external_number = forms.CharField(label=_("External number"), max_length=60, required=False)
    external_due_at = forms.DateTimeField(
        label=_("Due at the source"),
        required=False,
        widget=MomentInput,
        help_text=_("Where the source set a due of its own: the earlier one rules."),
    )
    about_place = PlaceChoice(
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
    email = forms.EmailField(label=_("E-mail"), required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    identity_number = forms.CharField(
        label=_("Identity number"),
        max_length=18,
        required=False,
        help_text=_("Only for disclosure applications."),
    )
    applicant = forms.ChoiceField(
        label=_("Applicant"),
        choices=Citizen.Applicant,
        required=False,
        initial=Citizen.Applicant.NATURAL,
        help_text=_("Only for disclosure applications."),
    )
    wanted = forms.ChoiceField(
        label=_("Form wanted"),
        choices=[("", "—"), *Citizen.Wanted.choices],
        required=False,
        help_text=_("Only for disclosure applications."),
    )
    at_once = forms.BooleanField(label=_("Answered at once"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=OUTCOME_LABELS, required=False, initial=Outcome.EXPLAINED
    )
    text = forms.CharField(label=_("Answer"), widget=area(3), required=False)
    told_how = forms.ChoiceField(
        label=_("How the citizen was told"), choices=ToldHow, required=False, initial=ToldHow.IN_PERSON
    )
    promised_on = forms.DateField(label=_("Promised for"), required=False, widget=DayInput)
    ground = forms.ChoiceField(
        label=_("Ground in law"),
        choices=[("", "—"), *GROUND_LABELS],
        required=False,
        help_text=_("Only for disclosure applications."),
    )

    def __init__(self, *args: Any, places: list[Place], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            # Whoever records comes to type; what was refused is read first.
            self.fields["question"].widget.attrs["autofocus"] = True
        district = places[0].root_id if places else None
        of_district = Place.objects.standing().filter(district=district)
        self.fields["place"].queryset = Place.objects.filter(pk__in=[p.pk for p in places])  # type: ignore[attr-defined]
        self.fields["about_place"].queryset = of_district  # type: ignore[attr-defined]
        self.fields["topic"].queryset = Topic.objects.used_in(district)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """An answer at once needs its words, and an anonymous citizen gives no name."""
        given = super().clean() or {}
        if given.get("at_once") and not (given.get("text") or "").strip():
            self.add_error("text", _("Write the answer that was given, or leave “answered at once” empty."))
        if given.get("standing") == Citizen.Standing.ANONYMOUS and (
            given.get("name") or given.get("phone") or given.get("email")
        ):
            self.add_error(
                "standing",
                _("An anonymous citizen leaves no name or telephone. Empty them, or choose another."),
            )
        return given
