"""The weights of a district's score, and its numbered reports: written once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import translation

from bureaus.access import MAY, Act, holdings
from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date
from inquiries.figures import FIGURES, Measured, Period, Query
from inquiries.figures.chasing import ageing
from inquiries.figures.ranking import RATE, standings, weights_of
from inquiries.figures.times import read_times
from inquiries.models import Bulletin, ScoreWeights
from inquiries.models.tally import TIMES
from inquiries.services.refusals import NotYours, PeriodNotOver, WrongWeights

LANGUAGES = ("en", "zh-hans")


def _lock(name: str, district: Place) -> None:
    # Two who freeze at once get two numbers.
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s), %s)", [name, district.pk])


def _check(by: Officer | None, act: Act, district: Place, *, now: datetime) -> None:
    if by is not None and not any(
        act in MAY[held.post.role] and held.post.place_id == district.pk for held in holdings(by, now=now)
    ):
        raise NotYours


def issue_weights(
    *, district: Place, weights: Mapping[str, int], ranked_from: int, by: Officer | None, now: datetime
) -> ScoreWeights:
    """A new edition of the score's weights is in force. Raises NotYours, WrongWeights.

    Rates by code, each with the hundredths of a point that a percent short of 100 costs; together 100 at most, so that
    no score falls below 0.
    """
    _check(by, Act.EDIT_RULES, district, now=now)
    if not weights or not {*weights} <= {*RATE} or min(weights.values()) < 1 or sum(weights.values()) > 100:
        raise WrongWeights
    if ranked_from < 1:
        raise WrongWeights(field="ranked_from")
    _lock("score_weights", district)
    last = ScoreWeights.objects.filter(district=district).aggregate(last=Max("number"))["last"] or 0
    return ScoreWeights.objects.create(
        district=district,
        number=last + 1,
        weights=dict(weights),
        ranked_from=ranked_from,
        made_at=now,
        by=by,
    )


def freeze_bulletin(*, district: Place, period: Period, by: Officer | None, now: datetime) -> Bulletin:
    """The period's figures and definitions stand as they are now, under the year's next number, for good.

    Raises NotYours, PeriodNotOver.
    """
    _check(by, Act.SIGN_CIRCULAR, district, now=now)
    if period.last_on >= local_date(now):
        raise PeriodNotOver
    _lock("bulletin", district)
    year = local_date(now).year
    definitions = _definitions()
    last = Bulletin.objects.filter(district=district, year=year).aggregate(last=Max("number"))["last"] or 0
    return Bulletin.objects.create(
        district=district,
        year=year,
        number=last + 1,
        first_on=period.first_on,
        last_on=period.last_on,
        figures=figures_of(district=district, period=period, now=now),
        definitions=definitions,
        version=version_of(definitions),
        made_at=now,
        by=by,
    )


def _definitions() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for figure in FIGURES.values():
        found[figure.code] = {
            "formula": {
                basis: {"n": share.n, "less": share.less, "of": share.of}
                for basis, share in figure.shares.items()
            }
        }
    for language in LANGUAGES:
        with translation.override(language):
            for figure in FIGURES.values():
                said = figure.definition
                found[figure.code][language] = {
                    "label": str(figure.label),
                    "numerator": str(said.numerator),
                    "denominator": str(said.denominator),
                    "attribution": str(said.attribution),
                    "dated_by": str(said.dated_by),
                    "excludes": str(said.excludes),
                }
    return found


def version_of(definitions: dict[str, dict[str, Any]]) -> str:
    """Twelve characters that are others as soon as a formula is another; its words may be put better."""
    formulas = {code: defined["formula"] for code, defined in definitions.items()}
    return hashlib.sha256(json.dumps(formulas, sort_keys=True).encode()).hexdigest()[:12]


def _told(measured: Measured) -> list[int | None]:
    return [measured.n, measured.of]


def figures_of(*, district: Place, period: Period, now: datetime) -> dict[str, Any]:
    """Every count and rate of the period on each basis, in all and by bureau, times, standings and what is late now.

    A flat mapping from a name to [n, of]: `figure.basis` for the district, `figure.basis.KEY` for a bureau.
    """
    calendar = calendar_for(district.pk)
    counts: dict[str, list[int | None]] = {}
    for figure in FIGURES.values():
        for basis in figure.bases:
            query = Query(district.pk, period, basis=basis, group_by=("bureau",))
            read = figure.read(query, now=now, calendar=calendar)
            counts[f"{figure.code}.{basis}"] = _told(read.total.now)
            for cell in read.cells:
                counts[f"{figure.code}.{basis}.{cell.keys[0]}"] = _told(cell.now)
    plain = Query(district.pk, period)
    times = {}
    for time in TIMES:
        spread = read_times(time, plain, now=now).total.now
        times[time] = {
            "n": spread.n,
            "median": spread.median and [spread.median.at_least, spread.median.at_most],
            "ninetieth": spread.ninetieth and [spread.ninetieth.at_least, spread.ninetieth.at_most],
            "longest": spread.longest,
        }
    weights = weights_of(district.pk)
    return {
        "counts": counts,
        "times": times,
        "weights": {"edition": weights.edition, "of": dict(weights.of), "ranked_from": weights.ranked_from},
        "standings": [
            {
                "bureau": s.bureau_id,
                "n": s.n,
                "score": None if s.score is None else f"{float(s.score):.2f}",
                "rank": s.rank,
                "why": s.why,
            }
            for s in standings(plain, now=now, calendar=calendar)
        ],
        "late_now": {
            str(row.bureau_id): list(row.by_band) for row in ageing(plain, now=now, calendar=calendar)
        },
        "bureaus": {
            str(pk): name for pk, name in Place.objects.filter(district=district).values_list("pk", "name")
        },
    }


@dataclass(frozen=True, slots=True)
class Moved:
    """A number of a bulletin that is another now: [n, of] then and now, None where there was or is none."""

    name: str
    then: list[int | None] | None
    now: list[int | None] | None


def run_again(bulletin: Bulletin, *, now: datetime) -> tuple[Moved, ...]:
    """What has moved since the bulletin was frozen, which stays as it is. Leaves out what was of that moment only."""
    period = Period(bulletin.first_on, bulletin.last_on)
    then = bulletin.figures["counts"]
    counts = figures_of(district=bulletin.district, period=period, now=now)["counts"]
    return tuple(
        Moved(name, then.get(name), counts.get(name))
        for name in sorted({*then, *counts})
        if then.get(name) != counts.get(name) and name.split(".")[1] != "now"
    )
