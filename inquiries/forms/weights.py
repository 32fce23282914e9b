"""What is typed of the weights of the composite score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from inquiries.figures.ranking import FEWER_IS_BETTER, RANKED_FROM, RATE


class WeightsForm(forms.Form):
    """Of each rate the hundredths of a point that a percent short of its best costs; empty: it is not weighed."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    ranked_from = forms.IntegerField(
        label=_("Ranked from how many inquiries"), min_value=1, max_value=1_000_000, initial=RANKED_FROM
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for code, figure in RATE.items():
            label = capfirst(str(figure.label))
            fewer = _("Fewer is better.") if code in FEWER_IS_BETTER else ""
            self.fields[code] = forms.IntegerField(
                label=label, min_value=1, max_value=100, required=False, help_text=fewer
            )

    def weights(self) -> dict[str, Any]:
        """As the service takes them."""
        given = dict(self.cleaned_data)
        told = {name: given.pop(name) for name in ("seen", "ranked_from")}
        return {"weights": {code: n for code, n in given.items() if n}, **told}


def words_of(weights: Mapping[str, int]) -> list[tuple[str, str]]:
    """Each rate that is weighed by its name, and the points that a percent short of its best costs."""
    return [
        (str(RATE[code].label), f"{n / 100:.2f}".rstrip("0")) for code, n in weights.items() if code in RATE
    ]
