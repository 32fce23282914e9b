"""What an officer types for a citizen who lost her code, or calls."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from inquiries.forms.acts import ActForm
from inquiries.models import IdentitySeen


class NewCodeForm(ActForm):
    identity = forms.ChoiceField(
        label=_("How do you know that it is the citizen?"), choices=IdentitySeen, widget=forms.RadioSelect
    )


class StandingForm(forms.Form):
    """Both as the caller reads them."""

    reference = forms.CharField(
        label=_("Reference"), max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    digits = forms.CharField(
        label=_("Last four digits of the telephone number"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Of the number that was left with the question. Never read it to the caller."),
    )
