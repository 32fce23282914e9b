"""The controls that forms share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils import timezone

from bureaus.models import Place


class MomentInput(forms.DateTimeInput):
    """A day and an hour, by the browser's own control."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        """The value in the form the browser's own control reads."""
        if isinstance(value, datetime):
            # A form's field has made it local already; what comes from elsewhere is aware.
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return local.strftime("%Y-%m-%dT%H:%M")
        return super().format_value(value)


class DayInput(forms.DateInput):
    """A day, by the browser's own control."""

    input_type = "date"

    def __init__(self) -> None:
        # The browser's control reads ISO dates alone, whatever the language.
        super().__init__(format="%Y-%m-%d")


class HourInput(forms.TimeInput):
    """An hour of the day, by the browser's own control."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class Ticks(forms.CheckboxSelectMultiple):
    """Several choices, each a box to tick, dressed for the style sheet."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"attrs": {"class": "form-check-input"}} | given)


class _AtOnce(ModelChoiceIterator):  # type: ignore[type-arg]  # Django's own takes no argument at run time
    """The rows by one statement: Django's own opens a cursor at the server, four round trips for a short list."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for row in self.rows():
            yield self.choice(row)

    def rows(self) -> Iterable[Any]:
        """What there is to choose, in its order."""
        return self.queryset.all()


class RowChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # as above
    """A row of a table."""

    iterator = _AtOnce


class RowsChoice(RowChoice, forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # as above
    """Several of them."""


class _ByBureau(_AtOnce):
    """The places, each bureau before what lies in it."""

    def rows(self) -> Iterable[Any]:
        """Sorted by the line that leads to each."""
        places = self.queryset.select_related("parent")
        return sorted(places, key=lambda place: [each.sort_key for each in _line(place)])


def _line(place: Place) -> list[Place]:
    """The place, before it the one that it lies in where that is no district."""
    above = place.parent
    return [above, place] if above is not None and above.district_id else [place]


class PlaceChoice(RowChoice):
    """A place, with what it lies in: two bureaus may each have an office of one name."""

    iterator = _ByBureau

    def label_from_instance(self, obj: Any) -> str:
        """Both names."""
        return " · ".join(map(str, _line(obj)))


class PlacesChoice(PlaceChoice, RowsChoice):
    """Several of them."""


def area(rows: int = 4) -> forms.Textarea:
    """A box for several lines."""
    return forms.Textarea(attrs={"rows": rows})
