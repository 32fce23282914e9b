"""What a district decides for itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, area
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

    public_list_from_on = forms.DateField(
        label=_("Imported matters reach public lists from"),
        widget=DayInput,
        required=False,
        help_text=_("Empty: not at all. Until then no public circular of an imported matter can be signed."),
    )

    site_code = forms.CharField(
        label=_("Code of the website (网站标识码)"),
        max_length=20,
        required=False,
        help_text=_(
            "10 digits. This and the next two stand in the footer of the public pages; empty: not shown."
        ),
    )
    icp_number = forms.CharField(
        label=_("ICP number (ICP备案号)"),
        max_length=60,
        required=False,
        help_text=_("Such as 辽ICP备12345678号-1."),
    )
    police_number = forms.CharField(
        label=_("Police number (公安备案号)"),
        max_length=60,
        required=False,
        help_text=_("Such as 辽公网安备21010202000123号."),
    )
    embed_hosts = forms.CharField(
        label=_("Websites that may embed the figures"),
        widget=area(3),
        max_length=3000,
        required=False,
        help_text=_("One a line, such as www.example.gov.cn. Empty: none."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def settings(self) -> dict[str, Any]:
        """The fields as `set_district` takes them."""
        lines = {name: self.cleaned_data[name].splitlines() for name in ("inside_ranges", "embed_hosts")}
        return self.cleaned_data | lines
