"""An open day as the district opens it, and a booth as its bureau takes one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, RowChoice, RowsChoice, Ticks, area
from bureaus.models import Place
from disclosure.models.open_days import LIAONING_BASE_YEAR


class DayForm(forms.Form):
    on = forms.DateField(label=_("Day"), widget=DayInput)
    theme = forms.CharField(label=_("Theme"), max_length=200)
    aim = forms.CharField(label=_("Aim"), max_length=300, required=False)
    base_year = forms.IntegerField(
        label=_("Year before the first"),
        min_value=1990,
        max_value=2200,
        initial=LIAONING_BASE_YEAR,
        help_text=_("The day's number is its year less this one: of Liaoning's 5·15, 2026 is no. 20."),
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class BoothForm(forms.Form):
    """Of one bureau: who stands there, where, and what for."""

    place = RowChoice(label=_("Bureau"), queryset=Place.objects.none())
    venue = forms.CharField(label=_("Venue"), max_length=120, required=False)
    aim = forms.CharField(label=_("Aim"), max_length=300, required=False)
    units = RowsChoice(label=_("Units present"), queryset=Place.objects.none(), required=False, widget=Ticks)
    topics = forms.CharField(
        label=_("Lines of business"),
        required=False,
        widget=area(3),
        max_length=2000,
        help_text=_("One on each line: what is answered there."),
    )
    published = forms.CharField(
        label=_("Shown there"),
        required=False,
        widget=area(3),
        max_length=2000,
        help_text=_("One on each line: what is made public on the spot."),
    )

    def __init__(self, *args: Any, places: QuerySet[Place], **given: Any) -> None:
        given.setdefault("label_suffix", "")
        super().__init__(*args, **given)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]
        self.fields["units"].queryset = Place.objects.standing().filter(  # type: ignore[attr-defined]
            kind=Place.Kind.UNIT, parent__in=places
        )

    def clean_topics(self) -> list[str]:
        """One for each line."""
        return _lines(self.cleaned_data["topics"])

    def clean_published(self) -> list[str]:
        """One for each line."""
        return _lines(self.cleaned_data["published"])
