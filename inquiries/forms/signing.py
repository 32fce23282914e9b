"""What is typed of a paper that was signed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, RowChoice
from bureaus.models import Post


class SignedForm(forms.Form):
    """Which post signed, on which day, and the scan."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    post = RowChoice(Post.objects.none(), label=_("Signed by the post"))
    signed_on = forms.DateField(label=_("Signed on"), widget=DayInput)
    file = forms.FileField(
        label=_("Scan"), widget=forms.FileInput(attrs={"accept": "application/pdf,image/*"})
    )

    def __init__(self, *args: Any, posts: list[Post], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        offered = Post.objects.filter(pk__in=[post.pk for post in posts]).select_related("place")
        self.fields["post"].queryset = offered  # type: ignore[attr-defined]
