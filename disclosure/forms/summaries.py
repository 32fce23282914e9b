"""The texts of a summary, and the word that approves it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import area
from disclosure.documents.summary import PARTS


class SummaryForm(forms.Form):
    """One box for each part; figures stand in braces."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **given: Any) -> None:
        given.setdefault("label_suffix", "")
        super().__init__(*args, **given)
        for code, title in PARTS.items():
            self.fields[code] = forms.CharField(
                label=title, required=False, widget=area(3 if code == "lead" else 6), max_length=20_000
            )


class ApproveForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput)
    although = forms.CharField(
        label=_("Why it is right all the same"),
        required=False,
        widget=area(2),
        max_length=1000,
        help_text=_("Only where the checks found something. It stays on record."),
    )


class SeenForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput)
