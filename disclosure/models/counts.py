"""How many, as reports of open days say it: exactly, “and more” (余), or not known, each with its measure word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext


class Measure(models.TextChoices):
    """What is counted. People (人) are not visits (人次): nobody knows how often one person came."""

    PERSON = "person", gettext_lazy("people")  # zh: 人
    VISIT = "visit", gettext_lazy("visits")  # zh: 人次
    CASE = "case", gettext_lazy("matters")  # zh: 件
    COPY = "copy", gettext_lazy("copies")  # zh: 份
    BOOKLET = "booklet", gettext_lazy("booklets")  # zh: 本
    SHEET = "sheet", gettext_lazy("sheets")  # zh: 张
    VOLUME = "volume", gettext_lazy("volumes")  # zh: 册


class MixedMeasures(ValueError):
    """Counts of different measures have no sum."""

    def __str__(self) -> str:
        return _("People are not visits, and sheets are not booklets: these counts cannot be added.")


@dataclass(frozen=True, slots=True)
class Count:
    """A number with its measure; `value` None is unknown, which is never 0, and `at_least` reads 余.

    Raises ValueError for less than nothing, and for an unknown number that is said to be exceeded.
    """

    value: int | None
    measure: Measure
    at_least: bool = False

    def __post_init__(self) -> None:
        if self.value is not None and self.value < 0:
            raise ValueError("A count is not negative.")
        if self.value is None and self.at_least:
            raise ValueError("What is unknown cannot be exceeded.")

    def __str__(self) -> str:
        """The count in the reader's language: 50余人, 13件, 不详."""
        if self.value is None:
            return _("unknown")  # zh: 不详
        number = {"n": self.value}
        if self.at_least:
            return _more_than(self.measure) % number
        return _exactly(self.measure, self.value) % number


def _exactly(measure: Measure, n: int) -> str:
    return {
        Measure.PERSON: ngettext("%(n)s person", "%(n)s people", n),
        Measure.VISIT: ngettext("%(n)s visit", "%(n)s visits", n),
        Measure.CASE: ngettext("%(n)s matter", "%(n)s matters", n),
        Measure.COPY: ngettext("%(n)s copy", "%(n)s copies", n),
        Measure.BOOKLET: ngettext("%(n)s booklet", "%(n)s booklets", n),
        Measure.SHEET: ngettext("%(n)s sheet", "%(n)s sheets", n),
        Measure.VOLUME: ngettext("%(n)s volume", "%(n)s volumes", n),
    }[measure]


def _more_than(measure: Measure) -> str:
    return {
        Measure.PERSON: _("more than %(n)s people"),  # zh: %(n)s余人
        Measure.VISIT: _("more than %(n)s visits"),
        Measure.CASE: _("more than %(n)s matters"),
        Measure.COPY: _("more than %(n)s copies"),
        Measure.BOOKLET: _("more than %(n)s booklets"),
        Measure.SHEET: _("more than %(n)s sheets"),
        Measure.VOLUME: _("more than %(n)s volumes"),
    }[measure]


@dataclass(frozen=True, slots=True)
class Sum:
    """What is known together, and how many counts were unknown and are not in it."""

    known: Count
    unknown: int = 0

    def __str__(self) -> str:
        if not self.unknown:
            return str(self.known)
        return ngettext(
            "%(known)s, and %(unknown)s figure unknown",
            "%(known)s, and %(unknown)s figures unknown",
            self.unknown,
        ) % {"known": self.known, "unknown": self.unknown}


def add_up(counts: Iterable[Count], measure: Measure) -> Sum:
    """The sum of the known counts; of none it is unknown, not 0. Raises MixedMeasures."""
    counts = list(counts)
    if any(count.measure != measure for count in counts):
        raise MixedMeasures
    known = [count for count in counts if count.value is not None]
    value = sum(count.value or 0 for count in known) if known else None
    return Sum(
        Count(value, measure, any(count.at_least for count in known)),
        unknown=len(counts) - len(known),
    )
