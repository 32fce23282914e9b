"""The controls that forms share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone


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


def area(rows: int = 4) -> forms.Textarea:
    """A box for several lines."""
    return forms.Textarea(attrs={"rows": rows})
