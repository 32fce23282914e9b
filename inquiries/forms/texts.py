"""A standard text as a lead types it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import RowChoice, area
from bureaus.models import Place
from inquiries.models import StandardText, Topic


class TextForm(forms.Form):
    """Whose text it is, what it is about, and its words."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    place = RowChoice(
        label=_("Kept by"),
        queryset=Place.objects.none(),
        empty_label=None,
        help_text=_("Offered there and at every place below."),
    )
    topic = RowChoice(
        label=_("Topic"),
        queryset=Topic.objects.none(),
        required=False,
        help_text=_("Empty: offered whatever the question is about."),
    )
    title = forms.CharField(
        label=_("Title"), max_length=StandardText._meta.get_field("title").max_length or 60
    )
    text = forms.CharField(
        label=_("Text"),
        widget=area(8),
        max_length=5000,
        help_text=_(
            "Words in braces are blanks. Those listed below fill themselves in; "
            "any other, such as {金额}, is for the writer of the answer."
        ),
    )

    def __init__(self, *args: Any, places: list[Place], fixed: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        district = places[0].root_id
        self.fields["place"].queryset = Place.objects.filter(pk__in=[place.pk for place in places])  # type: ignore[attr-defined]
        # What a text is about already stays, in use or not.
        kept = Topic.objects.filter(pk=self.initial.get("topic") or 0)
        self.fields["topic"].queryset = Topic.objects.used_in(district) | kept  # type: ignore[attr-defined]
        if fixed:
            # A text stays with its place: another place writes one of its own.
            del self.fields["place"]
