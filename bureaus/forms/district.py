"""What a district decides for itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import area
from bureaus.models import DistrictSettings


class DistrictForm(forms.Form):
    callbacks = forms.ChoiceField(
        label=_("Answers the district calls back about"),
        choices=DistrictSettings.Callbacks,
        widget=forms.RadioSelect,
        help_text=_(
            "Unless it is “of none”, a tenth of each day's answers is drawn by the database besides, "
            "and all that look odd."
        ),
    )
    digest_hour = forms.TypedChoiceField(
        label=_("The morning digest goes out from"),
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        coerce=int,
        help_text=_("On working days, one digest a person."),
    )
    inside_ranges = forms.CharField(
        label=_("Inside networks that messages may reach"),
        widget=area(3),
        max_length=1000,
        required=False,
        help_text=_("One a line, such as 10.20.0.0/16. Empty: none, messages go to public addresses only."),
    )
    sms_url = forms.CharField(
        label=_("Address of the gateway for text messages"),
        max_length=300,
        required=False,
        help_text=_("Empty: citizens and officers get no text messages."),
    )
    sms_body = forms.CharField(
        label=_("What is sent to the gateway"),
        widget=area(3),
        max_length=2000,
        required=False,
        help_text=_("JSON or form fields; {phone}, {text} and {id} are filled in for each message."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def settings(self) -> dict[str, Any]:
        """The fields as `set_district` takes them."""
        return self.cleaned_data | {"inside_ranges": self.cleaned_data["inside_ranges"].splitlines()}
