"""What is tapped and typed at a booth. Each form is one entry with its own key and the device's hours."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.forms.controls import RowChoice, area
from disclosure.models import Material, Measure
from disclosure.services.desk import ENTRIES, MOST_AT_ONCE, MOST_BROUGHT, Stamp
from inquiries.models.answer import OUTCOME_LABELS
from inquiries.models.rules import Kind, Urgency
from inquiries.states import DISCLOSURE_OUTCOMES, Outcome

PEOPLE = [
    (Measure.PERSON, pgettext_lazy("counted as", "people")),
    (Measure.VISIT, pgettext_lazy("counted as", "visits")),
]


class EntryForm(forms.Form):
    """The key of the entry, and by the device when it happened and when it was sent; empty is now."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    happened_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    sent_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    # Names the form among those of the page; the fields of two forms are told apart by it.
    what = ""

    def __init__(self, *args: Any, materials: QuerySet[Material] | None = None, **given: Any) -> None:
        given.setdefault("label_suffix", "")
        given.setdefault("auto_id", f"{self.what}_%s")
        super().__init__(*args, **given)
        if "material" in self.fields:
            self.fields["material"].queryset = materials  # type: ignore[attr-defined]

    def stamp(self) -> Stamp:
        """The key and the hours of a valid form."""
        given = self.cleaned_data
        return Stamp(given["key"], given["happened_at"], given["sent_at"])


class ReceiveForm(EntryForm):
    what = "receive"
    n = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_AT_ONCE)
    measure = forms.ChoiceField(label=_("Counted as"), choices=PEOPLE)


class _MaterialForm(EntryForm):
    material = RowChoice(label=_("Material"), queryset=Material.objects.none())


class GiveForm(_MaterialForm):
    what = "give"
    n = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_AT_ONCE)


class BringForm(_MaterialForm):
    what = "bring"
    n = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_BROUGHT)


class CardForm(EntryForm):
    what = "card"
    serial = forms.CharField(label=_("Serial of the card"), max_length=20)


class QuestionForm(EntryForm):
    """A question, answered at once or followed up."""

    what = "question"
    question = forms.CharField(label=_("Question"), widget=area(3), max_length=10000)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[choice for choice in Kind.choices if choice[0] != Kind.DISCLOSURE],
        initial=Kind.CONSULTATION,
    )
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency, initial=Urgency.ORDINARY)
    at_once = forms.BooleanField(label=_("Answered at once"), required=False)
    text = forms.CharField(label=_("Answer"), widget=area(3), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[
            (code, label)
            for code, label in OUTCOME_LABELS
            if code not in DISCLOSURE_OUTCOMES and code not in (Outcome.WITHDRAWN, Outcome.PLANNED)
        ],
        required=False,
        initial=Outcome.EXPLAINED,
    )
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, help_text=_("Where the answer can be told.")
    )
    card = forms.CharField(
        label=_("Serial of a returned card"),
        max_length=20,
        required=False,
        help_text=_("Only where the question came back on a contact card."),
    )
    counted = forms.ChoiceField(
        label=_("Count who asked"),
        choices=[
            ("", _("not again: counted already")),
            (Measure.PERSON, _("as one more of the people")),
            (Measure.VISIT, _("as one more visit")),
        ],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """An answer at once needs its words; and words that are no answer at once would be lost."""
        given = super().clean() or {}
        told = bool((given.get("text") or "").strip())
        if given.get("at_once") and not told:
            self.add_error("text", _("Write the answer that was given, or leave “answered at once” empty."))
        if told and not given.get("at_once"):
            self.add_error("text", _("Tick “answered at once”, or take the answer out: it would be lost."))
        return given


class IssueForm(EntryForm):
    what = "issue"
    words = forms.CharField(label=_("Issue, in a few words"), max_length=300)
    people = forms.IntegerField(label=_("Raised by how many"), min_value=1, max_value=MOST_AT_ONCE, initial=1)
    at_least = forms.BooleanField(label=_("and more"), required=False)


class RaiseForm(EntryForm):
    what = "raise"
    people = forms.IntegerField(
        label=_("How many more raised it"), min_value=1, max_value=MOST_AT_ONCE, required=False
    )
    at_least = forms.BooleanField(label=_("and more"), required=False)
    reference = forms.CharField(
        label=_("Inquiry about it"), max_length=30, required=False, help_text=_("Its reference.")
    )


class IssueAnswerForm(EntryForm):
    what = "answer"
    text = forms.CharField(label=_("Answer to the issue"), widget=area(4), max_length=10000)


class TakeBackForm(forms.Form):
    what = forms.ChoiceField(choices=[(word, word) for word in ENTRIES], widget=forms.HiddenInput)
    entry = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class MaterialForm(EntryForm):
    """A material that the list of the district does not have yet."""

    what = "material"
    name = forms.CharField(label=_("Name of the material"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Material.Kind)
    measure = forms.ChoiceField(
        label=_("Counted in"),
        choices=[
            (code, label)
            for code, label in Measure.choices
            if code not in (Measure.PERSON, Measure.VISIT, Measure.CASE)
        ],
    )
    n = forms.IntegerField(
        label=_("Brought"),
        min_value=1,
        max_value=MOST_BROUGHT,
        required=False,
        help_text=_("Empty: not counted."),
    )
