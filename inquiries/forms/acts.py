"""What officers type. Forms check shape and never save; the services decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.choices import flatten_choices
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, MomentInput, PlaceChoice, PlacesChoice, RowChoice, area
from bureaus.models import Officer, Place, Post
from bureaus.workdays import DAY, midnight
from inquiries.fees import MOST
from inquiries.models import AnswerRule, Challenge, Duty, Inquiry, Rating
from inquiries.models.answer import GROUND_LABELS, OUTCOME_LABELS, Contact, ToldHow
from inquiries.models.duty import DutyKind
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.services.answering import sent_back
from inquiries.services.erasing import GROUNDS
from inquiries.states import DISCLOSURE_OUTCOMES, Outcome


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

    def typed(self) -> list[tuple[str, str]]:
        """What was filled in, field by field, as its reader knows it: of a choice the label."""
        return [
            (str(bound.label), _in_words(bound.field, value))
            for bound in self.visible_fields()
            if (value := bound.value())
        ]


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        chosen = {str(one) for one in (value if isinstance(value, list | tuple) else [value])}
        offered: Iterable[tuple[Any, Any]] = flatten_choices(cast(Any, field.choices))
        return "、".join(str(label) for key, label in offered if str(key) in chosen)
    if isinstance(field, forms.BooleanField):
        return gettext("yes")
    return str(value)


# How who came by this channel is told as a rule; by any other, each time another way.
LIKELY_TOLD: dict[str, str] = {
    Channel.DESK: ToldHow.IN_PERSON,
    Channel.VISIT: ToldHow.IN_PERSON,
    Channel.HOTLINE: ToldHow.TELEPHONE,
    Channel.CARD: ToldHow.TELEPHONE,
}


class NothingMore(ActForm):
    """An act that needs no words."""


class _DraftedForm(ActForm):
    """What may wait for an approver, and stands here again where it came back."""

    withdraws = False
    came_back: Duty | None = None

    def prepare(self) -> None:
        """The words that came back, to be written on."""
        found = None if self.is_bound else sent_back(self.inquiry)
        if found is None or (found[0].outcome == Outcome.WITHDRAWN) != self.withdraws:
            return
        draft, self.came_back = found
        for name in self.fields.keys() - {"seen"}:
            self.initial.setdefault(name, getattr(draft, name))


class AnswerForm(_DraftedForm):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=OUTCOME_LABELS)
    text = forms.CharField(label=_("Answer"), widget=area(6))
    basis = forms.CharField(
        label=_("Basis"), required=False, max_length=300, help_text=_("Law or document, if any.")
    )
    ground = forms.ChoiceField(
        label=_("Ground in law"),
        choices=[("", "—"), *GROUND_LABELS],
        required=False,
        help_text=_("Why it is not disclosed, cannot be provided or is not processed."),
    )
    told_how = forms.ChoiceField(label=_("How the citizen was told"), choices=ToldHow)
    promised_on = forms.DateField(
        label=_("Promised for"), required=False, widget=DayInput, help_text=_("Only for a planned outcome.")
    )

    def prepare(self) -> None:
        """Disclosure outcomes only for disclosure applications."""
        if self.inquiry.kind != Kind.DISCLOSURE:
            self.fields["outcome"].choices = [  # type: ignore[attr-defined]
                (code, label) for code, label in OUTCOME_LABELS if code not in DISCLOSURE_OUTCOMES
            ]
            del self.fields["ground"]
        super().prepare()
        # A withdrawal is an act of its own.
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            (code, label)
            for code, label in self.fields["outcome"].choices  # type: ignore[attr-defined]
            if code != Outcome.WITHDRAWN
        ]
        # That something was done is for the handler to say, and no default.
        self.fields["outcome"].choices = [("", "—"), *self.fields["outcome"].choices]  # type: ignore[attr-defined]
        if self.inquiry.kind == Kind.CONSULTATION:
            self.initial.setdefault("outcome", Outcome.EXPLAINED)
        # Nor that she was told face to face: only how she came says how she is likely told.
        self.fields["told_how"].choices = [("", "—"), *ToldHow.choices]  # type: ignore[attr-defined]
        self.initial.setdefault("told_how", LIKELY_TOLD.get(self.inquiry.channel, ""))


class ReasonForm(ActForm):
    reason = forms.CharField(label=_("Reason"), widget=area(3), max_length=1000)


class ReturnForm(ReasonForm):
    is_complex = forms.BooleanField(label=_("A complex matter"), required=False)


class DecideForm(ActForm):
    """Yes or no, a reason where it is no."""

    yes = forms.ChoiceField(
        label=_("Decision"),
        choices=[("yes", pgettext_lazy("decision", "Yes")), ("no", pgettext_lazy("decision", "No"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), widget=area(3), max_length=1000, required=False)


class ApproveForm(DecideForm):
    """A draft is approved, or sent back with a reason."""

    yes = forms.ChoiceField(
        label=_("Decision"), choices=[("yes", _("Approve")), ("no", _("Send back"))], widget=forms.RadioSelect
    )


class DispatchForm(ActForm):
    to = PlaceChoice(label=_("To the place"), queryset=Place.objects.none())

    def prepare(self) -> None:
        """Standing places of the district below it."""
        self.fields["to"].queryset = (  # type: ignore[attr-defined]
            Place.objects.standing().filter(district=self.inquiry.district_id)
        )
        if self.inquiry.topic and self.inquiry.topic.default_bureau_id:
            self.initial.setdefault("to", self.inquiry.topic.default_bureau_id)


class DesignateForm(DispatchForm):
    reason = forms.CharField(label=_("Reason"), widget=area(3), max_length=1000)


class ReassignForm(ActForm):
    to = PlaceChoice(label=_("To the place"), queryset=Place.objects.none())
    post = RowChoice(label=_("Post"), queryset=Post.objects.none(), required=False)

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
    to = RowChoice(label=_("To the bureau"), queryset=Place.objects.none())
    field_order = ("to", "reason")

    def prepare(self) -> None:
        """The district's other bureaus."""
        self.fields["to"].queryset = (  # type: ignore[attr-defined]
            Place.objects.standing()
            .filter(district=self.inquiry.district_id, kind=Place.Kind.BUREAU)
            .exclude(pk=self.inquiry.holder.bureau_id)
        )


class _ByDayForm(ActForm):
    """Something owed by the end of a day."""

    until_on = forms.DateField(label=_("By the end of"), widget=DayInput)

    def clean_until_on(self) -> datetime:
        """The exclusive instant after the day, in China."""
        return midnight(self.cleaned_data["until_on"] + DAY)


class AssistForm(_ByDayForm):
    to = PlaceChoice(label=_("To the place"), queryset=Place.objects.none())
    request = forms.CharField(label=_("What it is to do"), widget=area(3), max_length=2000)
    field_order = ("to", "request", "until_on")

    def prepare(self) -> None:
        """Other standing places of the district, never the office a complaint is about."""
        self.fields["to"].queryset = _others(self.inquiry).exclude(pk=self.inquiry.holder_id)  # type: ignore[attr-defined]


class CopyForm(_ByDayForm):
    to = PlaceChoice(label=_("Investigated by"), queryset=Place.objects.none())
    text = forms.CharField(
        label=_("Redacted copy"),
        widget=area(6),
        max_length=10000,
        help_text=_("Say what is to be looked into. Leave out who told us, and all that could show it."),
    )
    field_order = ("to", "text", "until_on")

    def prepare(self) -> None:
        """Never the office concerned; the last copy's words to begin with."""
        self.fields["to"].queryset = _others(self.inquiry)  # type: ignore[attr-defined]
        self.initial.setdefault("text", self.inquiry.redacted)


def _others(inquiry: Inquiry) -> QuerySet[Place]:
    places = Place.objects.standing().filter(district=inquiry.district_id)
    about = inquiry.about_place
    if about is not None and about.bureau_id != inquiry.district_id:
        places = places.exclude(path__startswith=Place.objects.get(pk=about.bureau_id).path)
    return places


class ExtendForm(ReasonForm):
    days = forms.IntegerField(label=_("By how many days"), min_value=1, max_value=2000)
    field_order = ("days", "reason")

    def prepare(self) -> None:
        """What the rule allows at once, in its unit."""
        rule = self.inquiry.rule
        self.initial.setdefault("days", rule.extension_amount or 1)
        self.fields["days"].label = _BY_HOW_MANY[AnswerRule.Unit(rule.unit)]
        self.fields["days"].help_text = _("The rule allows %(words)s; %(n)s used.") % {
            "words": rule.extension_words,
            "n": self.inquiry.extensions,
        }


class SourceDueForm(ReasonForm):
    due_at = forms.DateTimeField(label=_("Due at the source"), widget=MomentInput)
    field_order = ("due_at", "reason")

    def prepare(self) -> None:
        """As it stands."""
        self.initial.setdefault("due_at", self.inquiry.external_due_at)


_BY_HOW_MANY = {
    AnswerRule.Unit.HOURS: _("By how many hours"),
    AnswerRule.Unit.WORKING_DAYS: _("By how many working days"),
    AnswerRule.Unit.CALENDAR_DAYS: _("By how many calendar days"),
}


class WordsForm(ActForm):
    text = forms.CharField(label=_("In words"), widget=area(3), max_length=2000)


class CorrectionForm(ActForm):
    text = forms.CharField(label=_("What the applicant is to correct"), widget=area(3), max_length=2000)
    until_on = forms.DateField(label=_("By the end of"), widget=DayInput)


class CorrectedForm(ActForm):
    text = forms.CharField(label=_("What the application says now"), widget=area(3), max_length=2000)
    received_on = forms.DateField(
        label=_("Received on"), required=False, widget=DayInput, help_text=_("Empty: today.")
    )


class UncorrectedForm(ActForm):
    text = forms.CharField(label=_("What the applicant is told"), widget=area(3), max_length=2000)
    told_how = forms.ChoiceField(label=_("How the citizen was told"), choices=ToldHow)


class FeeForm(ActForm):
    counted = forms.ChoiceField(
        label=_("Counted"),
        choices=[
            ("by_page", _("by pages, of what is copied or sent")),
            ("by_item", _("by items, of one applicant in a month")),
        ],
        widget=forms.RadioSelect,
    )
    n = forms.IntegerField(label=_("How many pages or items"), min_value=1, max_value=MOST)
    before = forms.IntegerField(
        label=_("Items asked for before in the same month"),
        min_value=0,
        max_value=MOST,
        required=False,
        help_text=_("Only where items are counted. Empty: none."),
    )
    text = forms.CharField(
        label=_("Why it is charged, and how to pay"),
        widget=area(3),
        max_length=2000,
        help_text=_("The amount and the last day are added."),
    )


class FeePaidForm(ActForm):
    paid_on = forms.DateField(
        label=_("Paid on"), required=False, widget=DayInput, help_text=_("Empty: today.")
    )


class ConsultForm(ActForm):
    whom = forms.ChoiceField(
        label=_("Who is consulted"),
        choices=[
            ("third_party", _("a third party whose interests it touches (article 32)")),
            ("agency", _("another agency that made it too (article 34)")),
        ],
    )
    request = forms.CharField(label=_("Whom, and about what"), widget=area(3), max_length=2000)


class _OfConsultation(RowChoice):
    def label_from_instance(self, obj: Duty) -> str:
        """By whom was asked."""
        return str(obj.request)[:60]


class ConsultedForm(ActForm):
    duty = _OfConsultation(label=_("Consultation"), queryset=Duty.objects.none(), empty_label=None)
    answered = forms.TypedChoiceField(
        label=_("What came"),
        choices=[
            ("replied", _("The reply came")),
            ("silent", _("No reply, and the 15 working days are over")),
        ],
        coerce=lambda word: word == "replied",
        widget=forms.RadioSelect,
    )
    reply = forms.CharField(label=_("What they say"), widget=area(3), max_length=2000, required=False)
    replied_on = forms.DateField(
        label=_("Received on"), required=False, widget=DayInput, help_text=_("Empty: today.")
    )

    def prepare(self) -> None:
        """Those that are open."""
        self.fields["duty"].queryset = Duty.objects.filter(  # type: ignore[attr-defined]
            inquiry=self.inquiry, kind=DutyKind.CONSULT, done_at=None
        ).order_by("pk")


class ChallengeForm(ActForm):
    kind = forms.ChoiceField(label=_("Which way"), choices=[("", "—"), *Challenge.Kind.choices])
    body = forms.CharField(
        label=_("Before whom"), max_length=120, help_text=_("The authority or the court that decides.")
    )
    received_on = forms.DateField(
        label=_("Received on"), required=False, widget=DayInput, help_text=_("Empty: today.")
    )


class CloseChallengeForm(ActForm):
    challenge = RowChoice(label=_("Which case"), queryset=Challenge.objects.none(), empty_label=None)
    result = forms.ChoiceField(
        label=_("Result"),
        choices=[
            ("", "—"),
            *(pair for pair in Challenge.Result.choices if pair[0] != Challenge.Result.PENDING),
        ],
    )
    closed_on = forms.DateField(
        label=_("Closed on"), required=False, widget=DayInput, help_text=_("Empty: today.")
    )

    def prepare(self) -> None:
        """Those that are not closed."""
        self.fields["challenge"].queryset = Challenge.objects.filter(  # type: ignore[attr-defined]
            inquiry=self.inquiry, result=Challenge.Result.PENDING
        ).order_by("pk")


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
    number = forms.ChoiceField(
        label=_("Handed to"),
        required=False,
        choices=[
            ("", "—"),
            ("110", _("110 police")),
            ("119", _("119 fire")),
            ("120", _("120 ambulance")),
            ("122", _("122 traffic police")),
        ],
    )
    text = forms.CharField(label=_("In words"), widget=area(3), max_length=2000, required=False)


class ReclassifyForm(ReasonForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency)
    field_order = ("kind", "urgency", "reason")

    def prepare(self) -> None:
        """As it stands."""
        self.initial.setdefault("kind", self.inquiry.kind)
        self.initial.setdefault("urgency", self.inquiry.urgency)


class SplitForm(ActForm):
    questions = forms.CharField(label=_("Further questions, one a line"), widget=area(4), max_length=10000)


class MergeForm(ActForm):
    reference = forms.CharField(label=_("Reference of the leading inquiry"), max_length=20)


class HandChaseForm(ActForm):
    whom = forms.CharField(label=_("Whom"), max_length=80)
    promised = forms.CharField(label=_("What was promised"), max_length=300, required=False)


_YES_NO = [
    ("", "—"),
    ("yes", pgettext_lazy("decision", "Yes")),
    ("no", pgettext_lazy("decision", "No")),
]


def _yes_no(word: str) -> bool:
    return word == "yes"


class WithdrawForm(_DraftedForm):
    withdraws = True
    text = forms.CharField(label=_("What the citizen said"), widget=area(3), max_length=2000)
    told_how = forms.ChoiceField(label=_("How the citizen was told"), choices=ToldHow)


class CoordinateForm(ActForm):
    decision = forms.CharField(label=_("Decision"), widget=area(3), max_length=1000)
    lead = PlaceChoice(
        label=_("Another place leads"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=_("No, it stays where it is"),
    )
    assisting = PlacesChoice(label=_("These assist"), queryset=Place.objects.none(), required=False)

    def prepare(self) -> None:
        """The district's places, never the office a complaint is about."""
        places = _others(self.inquiry).exclude(pk=self.inquiry.holder_id)
        self.fields["lead"].queryset = places  # type: ignore[attr-defined]
        self.fields["assisting"].queryset = places  # type: ignore[attr-defined]


class RateForm(ActForm):
    reached = forms.BooleanField(label=_("The citizen was reached"), required=False)
    satisfaction = forms.ChoiceField(
        label=_("Satisfaction"), choices=[("", "—"), *Rating.Satisfaction.choices], required=False
    )
    solved = forms.TypedChoiceField(
        label=_("Solved, says the citizen"), choices=_YES_NO, coerce=_yes_no, empty_value=None, required=False
    )
    contacted_in_time = forms.TypedChoiceField(
        label=_("Contacted in time, says the citizen"),
        choices=_YES_NO,
        coerce=_yes_no,
        empty_value=None,
        required=False,
    )
    words = forms.CharField(
        label=_("In the citizen's words"), widget=area(3), max_length=1000, required=False
    )
    recording = forms.CharField(
        label=_("Number of the recording"),
        max_length=60,
        required=False,
        help_text=_("As the telephone system shows it, also of a call in vain."),
    )
    # As it is asked.
    field_order = ("reached", "contacted_in_time", "solved", "satisfaction", "words", "recording")


class ClearForm(ActForm):
    reason = forms.CharField(label=_("Why you need it"), max_length=200)


class EraseForm(ActForm):
    ground = forms.ChoiceField(label=_("Ground"), choices=[("", "—"), *GROUNDS])


class PostedForm(ActForm):
    posted_on = forms.DateField(label=_("Posted on"), widget=DayInput)
    number = forms.CharField(label=_("Number of a registered letter"), max_length=40, required=False)
