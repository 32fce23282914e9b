"""Which items go into a booklet, and under which title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from disclosure.models import Measure, PublicItem
from disclosure.services.booklets import MEASURES


class EditionForm(forms.Form):
    """A box to tick for each item that is public."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    items = forms.TypedMultipleChoiceField(label=_("Items"), coerce=int, required=False)

    def __init__(self, *args: Any, public: Sequence[PublicItem], **given: Any) -> None:
        given.setdefault("label_suffix", "")
        super().__init__(*args, **given)
        self.fields["items"].choices = [(row.pk, row.title) for row in public]  # type: ignore[attr-defined]

    @property
    def ticked(self) -> set[int]:
        """As it was sent, or as it begins."""
        given = self.data.getlist("items") if self.is_bound else self.initial.get("items", [])  # type: ignore[attr-defined]
        return {int(pk) for pk in given if str(pk).isascii() and str(pk).isdigit()}


class BookletForm(EditionForm):
    title = forms.CharField(label=_("Title"), max_length=120, help_text=_("As it stands on its first page."))
    measure = forms.ChoiceField(
        label=_("Counted in"),
        choices=[(code, Measure(code).label) for code in MEASURES],
        help_text=_("As a material that is handed out at booths."),
    )
    field_order = ("title", "measure")
