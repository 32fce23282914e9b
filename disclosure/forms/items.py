"""An item as it is written, reviewed, confirmed and withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.forms.controls import DayInput, RowChoice, area
from bureaus.models import Place, Post
from disclosure.checklist import CHOICES, Entry

ONE_A_LINE = _("One a line.")


class NewItemForm(forms.Form):
    """For which place, and what kind of item."""

    place = RowChoice(label=_("Published by"), queryset=Place.objects.none(), empty_label=None)
    kind = forms.ChoiceField(label=_("Kind"), choices=CHOICES)

    def __init__(self, *args: Any, places: Sequence[Place], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        keys = [place.pk for place in places]
        self.fields["place"].queryset = Place.objects.filter(pk__in=keys).order_by("path")  # type: ignore[attr-defined]


class _PostChoice(RowChoice):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.place} · {obj.title}"


class ItemForm(forms.Form):
    """What an item says. The parts of its kind stand between its title and its text."""

    title = forms.CharField(label=_("Title"), max_length=120, help_text=_("As a citizen would look for it."))
    body = forms.CharField(
        label=_("Text"),
        required=False,
        widget=area(8),
        max_length=60_000,
        help_text=_("Plain lines, or HTML of paragraphs, headings, lists and tables; all else is taken out."),
    )
    made_on = forms.DateField(
        label=_("Made or changed on"),
        widget=DayInput,
        help_text=_("To be public within 20 working days of it."),
    )
    review_on = forms.DateField(label=_("To be looked at by"), widget=DayInput)
    effective_on = forms.DateField(label=_("In force from"), widget=DayInput, required=False)
    expires_on = forms.DateField(label=_("In force until"), widget=DayInput, required=False)
    post = _PostChoice(
        label=_("Responsible post"),
        queryset=Post.objects.none(),
        required=False,
        help_text=_("Empty: whoever answers for the place."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, entry: Entry, place: Place, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.entry = entry
        bureau = Place.objects.get(pk=place.bureau_id)
        posts = Post.objects.filter(closed_on=None, place__path__startswith=bureau.path)
        if bureau.kind == Place.Kind.DISTRICT:
            posts = posts.filter(place=bureau)
        self.fields["post"].queryset = posts.select_related("place").order_by("place__path", "pk")  # type: ignore[attr-defined]
        for part in entry.parts:
            self.fields[part.code] = forms.CharField(
                label=str(part.label),
                required=False,
                max_length=4000,
                widget=area(4) if part.listing else forms.TextInput(),
                help_text=ONE_A_LINE if part.listing else "",
            )
        codes = [part.code for part in entry.parts]
        rest = [name for name in self.fields if name not in ("title", *codes)]
        self.order_fields(["title", *codes, *rest])

    def parts(self) -> Mapping[str, str]:
        """What was typed into the parts of its kind."""
        return {part.code: self.cleaned_data[part.code] for part in self.entry.parts}


class ReviewForm(forms.Form):
    """The three things a reviewer answers for, or what has to be changed."""

    no_state_secret = forms.BooleanField(label=_("It holds no state secret."), required=False)
    no_trade_secret = forms.BooleanField(label=_("It holds no trade secret."), required=False)
    no_personal_data = forms.BooleanField(
        label=_("It holds no personal data that is nobody's business."), required=False
    )
    words = forms.CharField(
        label=_("In words"),
        required=False,
        widget=area(2),
        max_length=2000,
        help_text=_("Asked for where it goes back."),
    )


class ConfirmForm(forms.Form):
    review_on = forms.DateField(label=_("To be looked at by"), widget=DayInput)


class WithdrawForm(forms.Form):
    why = forms.CharField(label=_("Why"), max_length=200)


class FileForm(forms.Form):
    file = forms.FileField(label=pgettext_lazy("attachment", "File"))
