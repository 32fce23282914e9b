"""Who holds a post, who is away, who is on duty."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, MomentInput, RowChoice
from bureaus.models import Officer, Place, Tenure


class _OfDistrict(forms.Form):
    """Choices are those of one district."""

    def __init__(self, *args: Any, district: Place, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("auto_id", f"{self.__class__.__name__.lower()}_%s")
        super().__init__(*args, **kwargs)
        officers = Officer.objects.filter(district=district, is_active=True).order_by("name")
        for name in ("officer", "to_officer"):
            if name in self.fields:
                self.fields[name].queryset = officers  # type: ignore[attr-defined]
        if "place" in self.fields:
            self.fields["place"].queryset = Place.objects.standing().under([district])  # type: ignore[attr-defined]

    @property
    def given(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "previewed"}


class HoldForm(_OfDistrict):
    officer = RowChoice(label=_("Officer"), queryset=Officer.objects.none())
    part = forms.ChoiceField(label=_("As"), choices=Tenure.Part)
    from_on = forms.DateField(label=_("From"), widget=DayInput)
    until_on = forms.DateField(label=_("Until (that day no more)"), widget=DayInput, required=False)


class EndForm(_OfDistrict):
    tenure = forms.IntegerField(widget=forms.HiddenInput)
    until_on = forms.DateField(label=_("Ends on (that day no more)"), widget=DayInput)
    to_officer = RowChoice(label=_("Taken over by"), queryset=Officer.objects.none(), required=False)
    note = forms.CharField(label=_("Note on the slip"), max_length=500, required=False)


class AwayForm(_OfDistrict):
    officer = RowChoice(label=_("Officer"), queryset=Officer.objects.none())
    from_at = forms.DateTimeField(label=_("From"), widget=MomentInput)
    until_at = forms.DateTimeField(label=_("Until"), widget=MomentInput)
    why = forms.CharField(label=_("Reason"), max_length=120, required=False)
    previewed = forms.CharField(widget=forms.HiddenInput, required=False)


class TurnForm(_OfDistrict):
    place = RowChoice(label=_("Place"), queryset=Place.objects.none())
    officer = RowChoice(label=_("Officer"), queryset=Officer.objects.none())
    from_at = forms.DateTimeField(label=_("From"), widget=MomentInput)
    until_at = forms.DateTimeField(label=_("Until"), widget=MomentInput)
    rank = forms.IntegerField(
        label=_("Order"),
        min_value=1,
        max_value=9,
        initial=1,
        help_text=_("2 is reached if 1 does not acknowledge."),
    )
    previewed = forms.CharField(widget=forms.HiddenInput, required=False)
