"""The composite score of a bureau, with the district's own weights, and who stands where; few are not ranked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from bureaus.workdays import Calendar
from inquiries.figures.asking import Query
from inquiries.figures.figure import read_together
from inquiries.figures.measured import Measured
from inquiries.figures.rates import RATES
from inquiries.models import ScoreWeights

RATE = {figure.code: figure for figure in RATES}
# 100 − 0.2·(100 − 办结率) − 0.3·(100 − 满意率), in hundredths: all six published scores of 盘锦, 2023, equal it.
SHIPPED: Mapping[str, int] = {"settled": 20, "satisfaction_callback": 30}
RANKED_FROM = 10
# Best at none of a hundred; every other rate is best at all of it.
FEWER_IS_BETTER = frozenset({"return_rate", "reopen_rate", "extension_rate"})
# Why a bureau has no rank, in words.
WHY: Mapping[str, str | Promise] = {
    "small": _("too few to rank"),
    "vertical": _("vertically managed"),
    "office": _("the district's office"),
    "incomplete": _("a rate of which there is nothing yet"),
    "partial": _("only the district ranks"),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """What is in force: of each rate the hundredths of a point that each percent short of its best costs."""

    edition: int
    of: Mapping[str, int]
    ranked_from: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One bureau: its score of 100 at most, exactly, and its rank, or `why` it has none.

    `why` is small (fewer inquiries than the threshold), vertical (managed from above), office (the district's own),
    incomplete (a rate of which there is nothing yet), or partial (the reader sees not every bureau, so there is no
    rank to tell). `n` is its inquiries, without answers at once. `previous` and `year_earlier` are the scores of the
    period before and of the same days a year earlier, by the weights in force now.
    """

    bureau_id: int
    n: int
    parts: Mapping[str, Measured]
    score: Fraction | None
    rank: int | None
    why: str
    previous: Fraction | None = None
    year_earlier: Fraction | None = None


def weights_of(district_id: int) -> Weights:
    """The district's newest edition, or what was shipped (edition 0)."""
    found = ScoreWeights.objects.filter(district=district_id).order_by("-number").first()
    if found is None:
        return Weights(0, SHIPPED, RANKED_FROM)
    return Weights(found.number, found.weights, found.ranked_from)


def standings(query: Query, weights: Weights, *, now: datetime, calendar: Calendar) -> tuple[Standing, ...]:
    """Every bureau with inquiries in the period, the ranked first. Each rate on its own first basis.

    Equal scores have one rank.
    """
    by_bureau = replace(query, basis="", group_by=("bureau",), interval="")
    parts: dict[int, dict[str, Measured]] = {}
    before: dict[int, dict[str, Measured]] = defaultdict(dict)
    year: dict[int, dict[str, Measured]] = defaultdict(dict)
    rates = [RATE[code] for code in {"settled": None, **dict.fromkeys(weights.of)}]
    for code, reading in read_together(rates, by_bureau, now=now, calendar=calendar).items():
        for cell in reading.cells:
            if isinstance(cell.keys[0], int):
                parts.setdefault(cell.keys[0], {})[code] = cell.now
                before[cell.keys[0]][code] = cell.previous or Measured()
                year[cell.keys[0]][code] = cell.year_earlier or Measured()
    bodies = dict(Place.objects.filter(pk__in=parts).values_list("pk", "body"))
    found = []
    for bureau, measured in parts.items():
        n = measured.get("settled", Measured()).of or 0
        score = _score(weights.of, measured)
        why = ""
        if bureau == query.district_id:
            why = "office"
        elif bodies.get(bureau) == Place.Body.VERTICAL:
            why = "vertical"
        elif n < weights.ranked_from:
            why = "small"
        elif score is None:
            why = "incomplete"
        elif query.places is not None:
            why = "partial"
        earlier = (_score(weights.of, of[bureau]) for of in (before, year))
        found.append(Standing(bureau, n, measured, score, None, why, *earlier))
    scores = [s.score for s in found if not s.why and s.score is not None]
    ranked = [
        replace(s, rank=1 + sum(other > s.score for other in scores))
        if not s.why and s.score is not None
        else s
        for s in found
    ]
    return tuple(sorted(ranked, key=lambda s: (s.rank is None, s.rank or 0, -(s.score or 0), s.bureau_id)))


def _score(weights: Mapping[str, int], measured: Mapping[str, Measured]) -> Fraction | None:
    lost = Fraction(0)
    for code, weight in weights.items():
        value = measured.get(code, Measured()).value
        if value is None:
            return None
        lost += Fraction(weight, 100) * (value if code in FEWER_IS_BETTER else 1 - value) * 100
    return 100 - lost
