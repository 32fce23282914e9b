"""Figures with a shape of their own, counted from the rows: what takes too long to wait for, the worker counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from bureaus.workdays import Calendar
from inquiries.figures.asking import CannotAsk, Query
from inquiries.figures.credibility import (
    SIGNALS,
    Lag,
    RuleEdit,
    Shown,
    check_reader,
    read_signal,
    recording_lag,
    rule_edits,
)
from inquiries.figures.times import Held, time_held
from inquiries.figures.topics import Rising, rising_words


@dataclass(frozen=True, slots=True)
class Wide:
    """How its rows are read, of what type they are, on which basis, and whether they are for auditor and district
    alone.

    `read` raises CannotAsk, NotForReader, TooWide.
    """

    read: Callable[[Query, datetime, Calendar], tuple[Any, ...]]
    row: type
    basis: str = "happened"
    for_supervisors: bool = True

    def check(self, query: Query, *, now: datetime) -> None:
        """Raises CannotAsk, NotForReader."""
        if query.basis not in ("", self.basis):
            raise CannotAsk("basis", _("This figure is not counted on that basis."))
        if self.for_supervisors:
            check_reader(query, now=now)


def _signal(code: str, query: Query, now: datetime, _calendar: Calendar) -> tuple[Shown, ...]:
    return read_signal(code, query, now=now)


_WIDE = {
    "held": Wide(lambda query, now, _calendar: time_held(query, now=now), Held, for_supervisors=False),
    "rising-words": Wide(
        lambda query, now, _calendar: rising_words(query, now=now), Rising, "cohort", for_supervisors=False
    ),
    "recording-lag": Wide(lambda query, now, _calendar: recording_lag(query, now=now), Lag),
    # Editions are set beside the matters asked under them.
    "rule-edits": Wide(
        lambda query, now, calendar: rule_edits(query, now=now, calendar=calendar), RuleEdit, "cohort"
    ),
}


def wide(code: str) -> Wide | None:
    """The figure of that code, a signal as `signal-` and its own; None where there is none."""
    signal = code.removeprefix("signal-")
    # Looked up late: an app above adds signals of its own.
    if signal != code and signal in SIGNALS:
        return Wide(partial(_signal, signal), Shown)
    return _WIDE.get(code)
