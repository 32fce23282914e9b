"""Which place is abolished into which, and who takes over what its posts owe."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, RowChoice
from bureaus.models import Place, Post


class _PostChoice(RowChoice):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.place} · {obj.title}"


class AbolishForm(forms.Form):
    successor = RowChoice(label=_("Successor"), queryset=Place.objects.none())
    on = forms.DateField(label=_("Abolished on"), widget=DayInput)
    basis = forms.CharField(
        label=_("Decision it rests on"),
        max_length=120,
        required=False,
        help_text=_("Such as 编办〔2026〕3号."),
    )
    previewed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        place: Place,
        owing: list[tuple[Post, int]],
        takers: list[Post],
        usual: Post | None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["successor"].queryset = (  # type: ignore[attr-defined]
            Place.objects.standing()
            .filter(district=place.root_id)
            .exclude(path__startswith=place.path)
            .order_by("path")
        )
        self.posts = [post for post, _owed in owing]
        posts = Post.objects.filter(pk__in=[post.pk for post in takers]).select_related("place")
        offered: list[Any] = []
        for post, owed in owing:
            field = _PostChoice(
                label=_("Taken over by, for %(post)s (%(n)s open)") % {"post": post, "n": owed},
                queryset=posts.order_by("place__path", "pk"),
                required=False,
                help_text=_("Left open: %(post)s.") % {"post": usual} if usual else "",
            )
            # Read once for all of them.
            offered = offered or list(field.iterator(field))
            field.choices = offered
            self.fields[f"taker_{post.pk}"] = field
        self.usual = usual

    def takers(self) -> dict[int, Post]:
        """Who takes over what each post owes: who was chosen, else who answers at the successor."""
        chosen = ((post.pk, self.cleaned_data.get(f"taker_{post.pk}") or self.usual) for post in self.posts)
        return {pk: taker for pk, taker in chosen if taker is not None}
