"""The numbers of a yearly report that are kept elsewhere, and its texts."""

from __future__ import annotations

from typing import Any

from django import forms

from bureaus.forms.controls import area
from disclosure.documents.annual import CELLS, MONEY, PARTS


class ReportForm(forms.Form):
    """One box for each cell and each part; numbers that Bida counts stand in braces."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **given: Any) -> None:
        given.setdefault("label_suffix", "")
        super().__init__(*args, **given)
        for code, title in PARTS.items():
            self.fields[code] = forms.CharField(
                label=title, required=False, widget=area(5), max_length=20_000
            )
        for name, label in CELLS.items():
            self.fields[name] = forms.CharField(
                label=label,
                required=False,
                max_length=16,
                widget=forms.TextInput({"inputmode": "decimal" if name in MONEY else "numeric"}),
            )

    @property
    def texts(self) -> list[forms.BoundField]:
        """The boxes of the parts."""
        return [self[code] for code in PARTS]

    @property
    def numbers(self) -> list[forms.BoundField]:
        """The boxes of the cells."""
        return [self[name] for name in CELLS]

    def cells(self) -> dict[str, str]:
        """What was typed into each cell."""
        return {name: self.cleaned_data[name] for name in CELLS}


def initial_of(cells: dict[str, str], parts: dict[str, str], seen: int) -> dict[str, Any]:
    """What the form shows of a report."""
    return {"seen": seen, **parts, **cells}


class BeginForm(forms.Form):
    year = forms.IntegerField(widget=forms.HiddenInput)
    place = forms.IntegerField(widget=forms.HiddenInput)
