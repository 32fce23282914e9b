"""What a figure answers: frozen, each number with what it is of, beside the period before and the year before."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inquiries.figures.asking import Period

# Fewer than this say little and may point at persons: marked wherever outsiders read them.
SMALL = 5
# Why a figure stands beside no earlier one, by a code that its answer gives.
NO_COMPARISON: dict[str, str | Promise] = {
    "only_now": _(
        "What was open, late or owed at an earlier moment is not known: where it lay, by when it was due and how high "
        "it was chased are those of this moment alone."
    ),
    "edition_before": _(
        "Each edition of the rules stands beside the edition before it; another period has other editions."
    ),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A count, or of a rate the numerator `n` and the denominator `of`.

    How many inquiries of the group are imported, provisional; None where acts are counted or what is open now.
    """

    n: int = 0
    of: int | None = None
    imported: int | None = None
    provisional: int | None = None

    @property
    def value(self) -> Fraction | None:
        """The rate, exactly; None for a count and where there is nothing to be a share of."""
        return Fraction(self.n, self.of) if self.of else None

    @property
    def small(self) -> bool:
        """Whether so few are meant that they might be known."""
        return 0 < (self.n if self.of is None else self.of) < SMALL


@dataclass(frozen=True, slots=True)
class Cell:
    """One group: its keys in the order of grouping, then the interval's first day. What is now has no before."""

    keys: tuple[str | int | None, ...]
    now: Measured
    previous: Measured | None = None
    year_earlier: Measured | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer of a figure: the total and each group."""

    figure: str
    basis: str
    period: Period
    previous: Period
    year_earlier: Period
    group_by: tuple[str, ...]
    interval: str
    total: Cell
    cells: tuple[Cell, ...]

    @property
    def no_comparison(self) -> str | None:
        """A code of NO_COMPARISON where no number has a previous or a year earlier."""
        return "only_now" if self.basis == "now" else None
