"""What is typed once for an act on many inquiries. Each row is checked by the act's own form."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import area
from bureaus.models import Place, Post
from bureaus.models.scope import Scope
from inquiries.forms.acts import ActForm


class AcknowledgeForm(ActForm):
    reply = forms.CharField(label=_("What you will do, and by when"), widget=area(3), max_length=2000)


class BulkForm(forms.Form):
    """The fields of the act that are the same for every row; empty where it needs no more."""

    def __init__(
        self,
        *args: Any,
        own: type[ActForm],
        names: tuple[str, ...],
        among: str,
        seen: Scope,
        district: int,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name in names:
            self.fields[name] = deepcopy(own.base_fields[name])
        places = Place.objects.standing().filter(district=district)
        if among == "bureaus":
            places = places.filter(kind=Place.Kind.BUREAU)
        elif among == "mine":
            places = places.filter(pk__in=seen.places)
        if "to" in self.fields:
            self.fields["to"].queryset = places.order_by("path")  # type: ignore[attr-defined]
        if "post" in self.fields:
            mine = Post.objects.filter(place__in=seen.places, closed_on=None)
            self.fields["post"].queryset = mine.select_related("place").order_by("place__path", "pk")  # type: ignore[attr-defined]
        if among == "suggested":
            self.fields["to"].required = False
            self.fields["to"].empty_label = _("to the bureau suggested for each")  # type: ignore[attr-defined]

    @property
    def needs_nothing(self) -> bool:
        """Whether there is nothing that must be typed, so that the preview can be shown at once."""
        return not any(field.required for field in self.fields.values())
