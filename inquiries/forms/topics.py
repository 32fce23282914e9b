"""A topic: its name, where it hangs in the tree, and the bureau that usually answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bureaus.forms.controls import RowChoice
from bureaus.models import Place
from inquiries.models import Topic


class _TopicChoice(RowChoice):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.parent} › {obj}" if obj.parent else str(obj)


class TopicForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("topic", "Name"), max_length=Topic._meta.get_field("name").max_length or 60
    )
    parent = _TopicChoice(
        label=_("Part of"),
        queryset=Topic.objects.none(),
        required=False,
        help_text=_("Empty: a topic of the first level, by which figures are grouped."),
    )
    default_bureau = RowChoice(
        label=_("Usually answered by"),
        queryset=Place.objects.none(),
        required=False,
        help_text=_("Suggested when a matter about it waits to be dispatched."),
    )
    # The version of the topic that was looked at.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    previewed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, district: Place, besides: list[Topic], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        above = Topic.objects.used_in(district.pk).select_related("parent").order_by("parent__name", "name")
        self.fields["parent"].queryset = above.exclude(pk__in=[topic.pk for topic in besides])  # type: ignore[attr-defined]
        self.fields["default_bureau"].queryset = (  # type: ignore[attr-defined]
            Place.objects.standing().filter(district=district).order_by("path")
        )
