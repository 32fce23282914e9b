"""Which places are merged, split or moved, and where to: a standing place, or a new one by its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bureaus.forms.controls import DayInput, PlaceChoice, PlacesChoice, Ticks
from bureaus.models import ApiKey, Hotline, Place, Post
from bureaus.services.restructuring import Goes, NewPlace

# So many are offered at first; another is one press away, up to what a form may hold.
PARTS, MOST_PARTS = 2, 50


def _standing(district_id: int) -> Any:
    return Place.objects.standing().filter(district=district_id)


class _Reorganising(forms.Form):
    """What each act of a reorganisation asks for."""

    on = forms.DateField(label=_("In force from"), widget=DayInput)
    # What kind of body a new bureau is where nothing else was chosen.
    usual_body: str = Place.Body.DEPARTMENT
    basis = forms.CharField(
        label=_("Decision it rests on"),
        max_length=120,
        required=False,
        help_text=_("Such as 编办〔2026〕3号."),
    )
    previewed = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def one_of(self, standing: str, new: str, *, body: str = "") -> Place | NewPlace | None:
        """What was chosen, or the new place that was named; None where neither was."""
        given = self.cleaned_data
        if given.get(standing) and given.get(new):
            self.add_error(new, _("Choose a standing place, or name a new one: not both."))
        if given.get(new):
            return NewPlace(given[new], given.get(body) or self.usual_body)
        chosen: Place | None = given.get(standing)
        return chosen


class _IntoOne(_Reorganising):
    """Everything goes to one place."""

    to = PlaceChoice(label=_("Into a standing place"), queryset=Place.objects.none(), required=False)
    new = forms.CharField(label=_("or a new one, named"), max_length=80, required=False)
    body = forms.ChoiceField(
        label=_("A new bureau's kind of body"), choices=Place.Body, required=False, initial="department"
    )

    into: Place | NewPlace

    def clean(self) -> dict[str, Any]:
        """A standing place or a new one."""
        given = super().clean() or {}
        into = self.one_of("to", "new", body="body")
        if into is None:
            self.add_error("to", _("Choose where it goes, or name a new place."))
        else:
            self.into = into
        return given


class MoveForm(_IntoOne):
    field_order = ("to", "new", "body", "on", "basis")

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [Place.Kind.BUREAU] if place.kind == Place.Kind.UNIT else [Place.Kind.BUREAU, Place.Kind.UNIT]
        self.fields["to"].queryset = (  # type: ignore[attr-defined]
            _standing(place.root_id)
            .filter(kind__in=kinds)
            .exclude(pk=place.parent_id)
            .exclude(path__startswith=place.path)
        )
        self.fields["to"].label = _("To a standing place")
        self.fields["new"].label = _("or a new bureau, named")


class MergeForm(_IntoOne):
    places = PlacesChoice(label=_("Places that become one"), queryset=Place.objects.none(), widget=Ticks)
    field_order = ("places", "to", "new", "body", "on", "basis")

    def __init__(self, *args: Any, district: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("places", "to"):
            self.fields[name].queryset = _standing(district.pk)  # type: ignore[attr-defined]


class SplitForm(_Reorganising):
    """The parts, and to which of them each section, post, line, key and topic goes.

    With `more` in what was sent there is room for another part, and what was chosen stays.
    """

    parts_asked = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, place: Place, topics: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        sent = kwargs.get("data") or {}
        asked = str(sent.get("parts_asked", ""))
        self.count = min(max(int(asked) if asked.isdecimal() else PARTS, PARTS), MOST_PARTS)
        if sent.get("do") == "more":
            self.count = min(self.count + 1, MOST_PARTS)
            kept = {name: value for name, value in kwargs.pop("data").items() if name != "previewed"}
            kwargs["initial"] = kwargs.get("initial", {}) | kept
        kwargs["initial"] = kwargs.get("initial", {}) | {"parts_asked": self.count}
        super().__init__(*args, **kwargs)
        self.usual_body = place.body or Place.Body.DEPARTMENT
        self.numbers = range(1, self.count + 1)
        beside = _standing(place.root_id).filter(kind=place.kind).exclude(path__startswith=place.path)
        for number in self.numbers:
            self.fields[f"part_{number}"] = PlaceChoice(
                label=_("A standing place"), queryset=beside, required=False
            )
            self.fields[f"new_{number}"] = forms.CharField(
                label=_("or a new one, named"), max_length=80, required=False
            )
        self.things: dict[str, list[str]] = {}
        posts = Post.objects.filter(place=place, closed_on=None).order_by("pk")
        lines = Hotline.objects.filter(place=place).order_by("pk")
        keys = ApiKey.objects.filter(bureau=place, revoked_at=None).order_by("pk")
        sections = place.children.filter(abolished_on=None).order_by("path")
        self._ask("section", ((row.pk, str(row)) for row in sections))
        self._ask("post", ((row.pk, row.title) for row in posts))
        self._ask("hotline", ((row.pk, f"{row.get_purpose_display()} {row.number}") for row in lines))
        self._ask("topic", topics)
        self._ask("key", ((row.pk, row.name) for row in keys))
        self._ask("concerned", [(0, str(_("Complaints about this office")))])
        self.fields["concerned_0"].help_text = _(
            "Those of before and those asked later: they are sealed, and that part never sees them."
        )
        self.order_fields([name for name in self.fields if name not in ("on", "basis")])

    def _ask(self, what: str, rows: Iterable[tuple[int, str]]) -> None:
        for pk, name in rows:
            self.fields[f"{what}_{pk}"] = forms.TypedChoiceField(
                label=name,
                choices=[(n, _("part %(n)s") % {"n": n}) for n in self.numbers],
                coerce=int,
                initial=1,
            )
            self.things.setdefault(what, []).append(f"{what}_{pk}")

    def clean(self) -> dict[str, Any]:
        """Two parts at least, without a gap, and nothing goes to one that is none."""
        given = super().clean() or {}
        named = [self.one_of(f"part_{n}", f"new_{n}") for n in self.numbers]
        last = max((n for n, part in zip(self.numbers, named, strict=True) if part is not None), default=0)
        for number in self.numbers[: max(last, PARTS)]:
            if named[number - 1] is None:
                self.add_error(
                    f"part_{number}", _("Choose a standing place for this part, or name a new one.")
                )
        self.parts: list[Place | NewPlace] = [part for part in named if part is not None]
        for names in self.things.values():
            for name in names:
                if (given.get(name) or 1) > last >= PARTS:
                    self.add_error(name, _("There is no such part. Choose one that is named above."))
        return given

    def chosen(self, what: str) -> dict[int, int]:
        """The part each thing of a sort goes to, counted from 0, by its id."""
        return {
            int(name.removeprefix(f"{what}_")): self.cleaned_data[name] - 1
            for name in self.things.get(what, [])
        }

    def goes(self) -> Goes:
        """All but the topics."""
        return Goes(
            sections=self.chosen("section"),
            posts=self.chosen("post"),
            hotlines=self.chosen("hotline"),
            keys=self.chosen("key"),
            concerned=self.chosen("concerned")[0],
        )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields as the page shows them, each group under its heading."""
        headings = {
            "section": _("Sections and units"),
            "post": _("Posts, with who holds them"),
            "hotline": _("Hotlines"),
            "topic": _("Topics"),
            "key": _("API keys"),
            "concerned": _("Office concerned"),
        }
        return [
            (headings[what], [self[name] for name in self.things[what]])
            for what in headings
            if what in self.things
        ]

    def named_parts(self) -> list[tuple[int, list[forms.BoundField]]]:
        """The fields that name each part."""
        return [(n, [self[f"part_{n}"], self[f"new_{n}"]]) for n in self.numbers]
