"""What a citizen types on the public pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.forms.controls import RowChoice, area
from bureaus.models import Place
from disclosure.services.visiting import KINDS
from inquiries.models import Rating
from inquiries.models.rules import Kind

_LABELS = {
    Kind.CONSULTATION: pgettext_lazy("asked in public", "I want to know something"),
    Kind.HELP: pgettext_lazy("asked in public", "I need something done"),
    Kind.COMPLAINT: pgettext_lazy("asked in public", "I complain"),
    Kind.SUGGESTION: pgettext_lazy("asked in public", "I suggest something"),
    Kind.TIP_OFF: pgettext_lazy("asked in public", "I report wrongdoing (only few will read it)"),
    Kind.PRAISE: pgettext_lazy("asked in public", "I want to praise"),
}


class Files(forms.FileInput):
    """Several files in one control."""

    allow_multiple_selected = True


class SeveralFiles(forms.FileField):
    """Each is a file; cleaned, a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file that was sent, none where none was."""
        single = super().clean
        return [single(file, initial) for file in data or []]


class AskForm(forms.Form):
    """The question first; the rest once it stands."""

    question = forms.CharField(label=_("Your question"), widget=area(6), max_length=10_000)
    place = RowChoice(
        label=_("To"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=_("I don't know which bureau"),
    )
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[(kind.value, _LABELS[kind]) for kind in KINDS],
        initial=Kind.CONSULTATION,
    )
    about_place = RowChoice(
        label=_("It complains about this office"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=_("about no office"),
        help_text=_("That office will never see it."),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=60, required=False, help_text=_("You may leave it empty.")
    )
    phone = forms.CharField(
        label=_("Your telephone number"),
        max_length=40,
        required=False,
        help_text=_("You may leave it empty; then you follow the answer here."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    attached = SeveralFiles(
        label=_("Pictures or files"),
        required=False,
        widget=Files(attrs={"multiple": True}),
        help_text=_("At most 5, each at most 10 MB."),
    )
    consent = forms.BooleanField(label=_("I agree"), required=False)
    riddle = forms.CharField(max_length=20, required=False)
    token = forms.CharField(widget=forms.HiddenInput, max_length=400, required=False)
    # A person does not see it; whoever fills in everything is none.
    website = forms.CharField(label=_("Leave this empty"), required=False, max_length=200)

    def __init__(self, *args: Any, places: list[Place], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        rows = Place.objects.filter(pk__in=[place.pk for place in places]).order_by("path")
        for name in ("place", "about_place"):
            self.fields[name].queryset = rows  # type: ignore[attr-defined]


class FollowForm(forms.Form):
    """The reference is no secret; the code is."""

    reference = forms.CharField(
        label=_("Reference"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    code = forms.CharField(
        label=pgettext_lazy("of a matter", "Code"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Twelve digits, in groups of four."),
    )


class MoreForm(forms.Form):
    text = forms.CharField(label=_("In words"), widget=area(4), max_length=4000)


class RatingForm(forms.Form):
    satisfaction = forms.ChoiceField(
        label=_("Are you satisfied with the answer?"),
        choices=[
            (Rating.Satisfaction.SATISFIED, pgettext_lazy("rating", "Satisfied")),
            (Rating.Satisfaction.BASICALLY, pgettext_lazy("rating", "Basically satisfied")),
            (Rating.Satisfaction.DISSATISFIED, pgettext_lazy("rating", "Not satisfied, or not answered")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("Why"),
        widget=area(3),
        max_length=2000,
        required=False,
        help_text=_("Asked for where you are not satisfied."),
    )
    open_again = forms.BooleanField(
        label=_("Yes, open it again: I want a new answer."),
        required=False,
        help_text=_("Asked for where you are not satisfied."),
    )
