"""What an officer types about the own account."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import RowChoice
from bureaus.models import Place
from bureaus.models.notices import Channel


class AddressForm(forms.Form):
    channel = forms.ChoiceField(label=_("Way"), choices=Channel)
    value = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("An e-mail address, a mobile number, or the address your work chat gives for a robot."),
    )
    place = RowChoice(
        label=_("For"), queryset=Place.objects.none(), required=False, empty_label=_("Me alone")
    )

    def __init__(self, *args: object, places: list[Place], **kwargs: object) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["place"].queryset = Place.objects.filter(pk__in=[p.pk for p in places])  # type: ignore[attr-defined]


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from the test message"),
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
