"""Where the district, or a bureau, is stuck, and who holds the pen: this period beside the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from bureaus.access import Act, acts_of
from bureaus.models import Place
from bureaus.models.scope import of_one_moment
from bureaus.services.calendar import calendar_for
from bureaus.workdays import Calendar
from inquiries.figures import FIGURES, Cell, Period, read_together
from inquiries.figures.chasing import BANDS, acknowledgements_owed, ageing
from inquiries.figures.desk import duties_of_places
from inquiries.figures.figure import folding
from inquiries.figures.ranking import WHY, Standing, standings, weights_of
from inquiries.figures.topics import rising_topics
from inquiries.forms.weights import words_of
from inquiries.models import Topic
from inquiries.models.duty import DutyKind
from inquiries.models.inquiry import Channel
from inquiries.services.duties import label_of
from inquiries.views.asked import Asked, asked_by, presets
from inquiries.views.reader import held_by, officer_of, sees_to

# What a reader of the overview decides, and nobody else does for her.
DECISIONS = (
    DutyKind.CIRCULAR,
    DutyKind.DISPUTE,
    DutyKind.APPROVAL,
    DutyKind.EXTENSION,
    DutyKind.COORDINATE,
    DutyKind.CALENDAR,
    DutyKind.BULLETIN_REVIEW,
    DutyKind.BULLETIN_SIGN,
    DutyKind.BULLETIN_PUBLISH,
)
TOPICS_SHOWN = 8
# Intervals a line can be read by: of more days, weeks or months.
_BY_DAY, _BY_WEEK = 31, 200


@dataclass(frozen=True)
class Card:
    """One number to be read first: what it is of, how it moved, and the inquiries behind it."""

    number: str
    label: str
    notes: list[str]
    address: str
    late: bool = False
    # Of a rate what it is of, and the inquiries behind that.
    of: str = ""
    of_address: str = ""


@dataclass(frozen=True)
class Row:
    """A bureau or place of the ageing matrix: what is open and not late, then late by band; each with its address."""

    place: Place | None
    # Whether the reader may open its page.
    is_overseen: bool
    open: int
    open_address: str
    cells: list[tuple[int, str]]
    owed_words: int
    words_address: str


# It only reads, so it needs no savepoint inside the transaction of its scope.
@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def overview(request: HttpRequest) -> HttpResponse:
    """Numbers first, then where it is stuck, then how it went; every number opens into its inquiries."""
    form, asked = asked_by(request)
    now = timezone.now()
    query, calendar = asked.query, calendar_for(asked.query.district_id)
    of_district = Q(district=query.district_id) | Q(pk=query.district_id)
    places = {place.pk: place for place in Place.objects.filter(of_district)}
    held = held_by(request)
    own = [holding.post.place_id for holding in held]
    decided = duties_of_places(own, kinds=DECISIONS, reader=officer_of(request).pk)
    decisions = [duty for duty in decided.duties if sees_to(held, duty)]
    # Whoever sees a part of a bureau sees it by its places: their number is not the bureau's.
    whole = any(place.kind == Place.Kind.BUREAU and pk in asked.overseen for pk, place in places.items())
    by = "bureau" if whole else "place"
    rows = matrix(asked, places, now=now, calendar=calendar, by=by)
    weighed = weights_of(query.district_id)
    ranked = standings(query, weighed, now=now, calendar=calendar)
    context = {
        "form": form,
        "asked": asked,
        "presets": [(label, period, period == query.period) for label, period in presets()],
        "cards": cards_of(asked, rows, now=now, calendar=calendar, by=by),
        "by": by,
        "bands": list(range(len(BANDS))),
        "rows": rows,
        "most": max((n for row in rows for n, _address in row.cells), default=0),
        "ranking": _ranking(asked, ranked, places),
        "unranked": _unranked(asked, ranked, places),
        "weighed": words_of(weighed.of),
        "sets_weights": Act.EDIT_RULES in acts_of(held),
        "trend": trend_of(asked, now=now, calendar=calendar),
        "channels": channels_of(asked, now=now, calendar=calendar),
        "topics": topics_of(asked, now=now, calendar=calendar),
        "decisions": [(duty, label_of(duty)) for duty in decisions],
        "owed_words": sum(row.owed_words for row in rows),
        "provisional": calendar.is_provisional(date(timezone.localdate().year + 1, 1, 1))
        and timezone.localdate().month >= 11,
        "now": now,
    }
    return render(request, "inquiries/overview.html", context)


CARDS = ("recorded", "at_once_rate", "in_time", "satisfaction_callback", "reached")
LINES = ("recorded", "answered")


def cards_of(
    asked: Asked, rows: list[Row], *, now: datetime, calendar: Calendar, by: str = "bureau"
) -> list[Card]:
    """The numbers read first, of the places asked about; what is open and late as the rows of the matrix have it."""
    query = asked.query
    found = read_together((FIGURES[code] for code in CARDS), query, now=now, calendar=calendar)
    read = {code: reading.total for code, reading in found.items()}
    open_now = sum(row.open + sum(n for n, _address in row.cells) for row in rows)
    late = sum(n for row in rows for n, _address in row.cells)
    stuck = sum(any(n for n, _address in row.cells) for row in rows)
    recorded, in_time, content = read["recorded"], read["in_time"], read["satisfaction_callback"]
    return [
        Card(
            str(recorded.now.n),
            pgettext("figure", "asked"),
            [moved(recorded)],
            asked.behind("recorded"),
        ),
        Card(
            percent(read["at_once_rate"].now.value),
            _("answered at once"),
            [],
            asked.behind("at_once_rate"),
            of=out_of(read["at_once_rate"]),
            of_address=_behind_of(asked, "at_once_rate", read["at_once_rate"]),
        ),
        Card(
            percent(in_time.now.value),
            _("answered in time"),
            [moved(in_time)],
            asked.behind("in_time"),
            of=out_of(in_time),
            of_address=_behind_of(asked, "in_time", in_time),
        ),
        Card(str(open_now), _("open now"), [], asked.behind("open_now")),
        Card(
            str(late),
            _("overdue now"),
            [_stuck(stuck, by)] if stuck else [],
            asked.behind("ageing"),
            late=bool(late),
        ),
        Card(
            percent(content.now.value),
            _("satisfied, by callback"),
            [_("reached %(share)s") % {"share": percent(read["reached"].now.value)}],
            asked.behind("satisfaction_callback"),
            of=out_of(content),
            of_address=_behind_of(asked, "satisfaction_callback", content),
        ),
    ]


def _behind_of(asked: Asked, code: str, cell: Cell) -> str:
    """The address of the inquiries that the rate is of."""
    return asked.behind(code, counted="of") if cell.now.of else ""


def _stuck(number: int, by: str) -> str:
    if by == "place":
        return ngettext("at %(n)d place", "at %(n)d places", number) % {"n": number}
    return ngettext("at %(n)d bureau", "at %(n)d bureaus", number) % {"n": number}


def percent(value: Fraction | None) -> str:
    """A share with one decimal; a dash where there is nothing to be a share of."""
    return "–" if value is None else f"{float(value * 100):.1f}%"


def out_of(cell: Cell) -> str:
    """What a rate is of, in words."""
    return _("n = %(n)s") % {"n": cell.now.of or 0}


def moved(cell: Cell) -> str:
    """How it stands beside the period before: a difference, of rates in points."""
    before = cell.previous
    if before is None or (cell.now.of is not None and (not before.of or not cell.now.of)):
        return _("nothing before to compare with")
    if cell.now.of is None:
        difference: float = cell.now.n - before.n
        said = f"{difference:+d}" if difference else "±0"
        return _("%(difference)s on the period before") % {"difference": said}
    difference = float((cell.now.value or 0) - (before.value or 0)) * 100
    return _("%(difference)s points on the period before") % {"difference": f"{difference:+.1f}"}


def matrix(
    asked: Asked, places: Mapping[int, Place], *, now: datetime, calendar: Calendar, by: str = "bureau"
) -> list[Row]:
    """Every bureau, or every single place, with something open, the most and longest late first."""
    query = asked.query
    grouped = replace(query, group_by=(by,))
    fold = folding(grouped)
    late = {row.bureau_id: row.by_band for row in ageing(query, now=now, calendar=calendar, by=by, fold=fold)}
    opened = {
        cell.keys[0]: cell.now.n
        for cell in FIGURES["open_now"].read(grouped, now=now, calendar=calendar, fold=fold).cells
    }
    words: dict[Any, int] = {}
    for owed in acknowledgements_owed(query, now=now):
        [bureau] = fold((owed.place_id,))
        words[bureau] = words.get(bureau, 0) + owed.n
    rows = []
    for bureau in {*late, *opened, *words}:
        bands = late.get(bureau, (0,) * len(BANDS))
        cells = [
            (n, asked.behind("ageing", by=by, key=bureau, band=band) if n else "")
            for band, n in enumerate(bands)
        ]
        rows.append(
            Row(
                place=places.get(bureau),
                is_overseen=bureau in asked.overseen,
                open=opened.get(bureau, 0) - sum(bands),
                open_address=asked.behind("punctual", by=by, key=bureau),
                cells=cells,
                owed_words=words.get(bureau, 0),
                words_address=asked.behind("acknowledgements", by=by, key=bureau),
            )
        )
    return sorted(rows, key=lambda row: ([-n for n, _address in reversed(row.cells)], -row.open))


@dataclass(frozen=True)
class Ranked:
    """A bureau in the ranking: rates with what they are of, the score and how long its bar is, in tenths."""

    standing: Standing
    place: Place | None
    is_overseen: bool
    in_full: str
    score: str
    width: int
    content: str
    address: str
    # Of the two rates, where they are of something.
    settled_address: str
    content_address: str


def _ranking(asked: Asked, found: tuple[Standing, ...], places: Mapping[int, Place]) -> list[Ranked]:
    return [_ranked(asked, each, places) for each in found if each.rank is not None]


def _unranked(
    asked: Asked, found: tuple[Standing, ...], places: Mapping[int, Place]
) -> list[tuple[Ranked, str]]:
    return [(_ranked(asked, each, places), str(WHY[each.why])) for each in found if each.rank is None]


def _ranked(asked: Asked, standing: Standing, places: Mapping[int, Place]) -> Ranked:
    settled, content = (standing.parts.get(code) for code in ("settled", "satisfaction_callback"))
    return Ranked(
        standing,
        places.get(standing.bureau_id),
        standing.bureau_id in asked.overseen,
        percent(settled.value if settled else None),
        "–" if standing.score is None else f"{float(standing.score):.1f}",
        0 if standing.score is None else max(0, min(20, round(float(standing.score) / 5))),
        percent(content.value if content else None),
        asked.behind("settled", by="bureau", key=standing.bureau_id, counted="of"),
        *(
            asked.behind(code, by="bureau", key=standing.bureau_id) if part and part.value else ""
            for code, part in (("settled", settled), ("satisfaction_callback", content))
        ),
    )


@dataclass(frozen=True)
class Opening:
    """A number of a chart's table, and the address that it opens at; empty where nothing is behind it."""

    n: int
    address: str

    def __str__(self) -> str:
        return str(self.n)


def trend_of(asked: Asked, *, now: datetime, calendar: Calendar) -> dict[str, Any]:
    """Recorded and answered by day, week or month of the period: the words of a chart and the rows of its table."""
    query = asked.query
    days = (query.period.last_on - query.period.first_on).days + 1
    interval = "day" if days <= _BY_DAY else "week" if days <= _BY_WEEK else "month"
    query = replace(query, basis="happened", interval=interval)
    figures = (FIGURES[code] for code in LINES)
    found = read_together(figures, query, now=now, calendar=calendar, compared=False)
    lines = {code: {str(cell.keys[-1]): cell.now.n for cell in found[code].cells} for code in LINES}
    spans = query.period.split(interval)

    def opening(code: str, span: Period) -> Opening:
        n = lines[code].get(span.first_on.isoformat(), 0)
        of_one = replace(asked, query=replace(asked.query, period=span))
        return Opening(n, of_one.behind(code, basis="happened") if n else "")

    rows = [
        (f"{span.first_on.month}/{span.first_on.day}", *(opening(code, span) for code in lines))
        for span in spans
    ]
    says = {
        "day": _("Recorded and answered by day, each on the day it was done."),
        "week": _("Recorded and answered by week, each in the week it was done."),
        "month": _("Recorded and answered by month, each in the month it was done."),
    }
    first = _("Day") if interval == "day" else _("From")
    heads = [first, pgettext("figure", "recorded"), pgettext("figure", "answered")]
    return {"says": says[interval], "heads": heads, "rows": rows}


def channels_of(asked: Asked, *, now: datetime, calendar: Calendar) -> list[tuple[str, int, int, str]]:
    """Each channel with its number, its share in twentieths, and its inquiries; the most first."""
    read = FIGURES["recorded"].read(replace(asked.query, group_by=("channel",)), now=now, calendar=calendar)
    labels, total = dict(Channel.choices), read.total.now.n or 1
    found = sorted(read.cells, key=lambda cell: -cell.now.n)
    return [
        (
            str(labels.get(str(cell.keys[0]), cell.keys[0])),
            cell.now.n,
            round(20 * cell.now.n / total),
            asked.behind("recorded", by="channel", key=cell.keys[0]),
        )
        for cell in found
        if cell.now.n
    ]


def topics_of(asked: Asked, *, now: datetime, calendar: Calendar) -> list[tuple[str, int, int, str]]:
    """What is asked about more than before: name, number, rise, inquiries."""
    rising = rising_topics(asked.query, now=now, calendar=calendar, limit=TOPICS_SHOWN + 1)
    rising = tuple(topic for topic in rising if topic.key is not None and topic.n)[:TOPICS_SHOWN]
    names = dict(Topic.objects.filter(pk__in=[topic.key for topic in rising]).values_list("pk", "name"))
    return [
        (
            names.get(topic.key, "") if isinstance(topic.key, int) else "",
            topic.n,
            topic.rise,
            asked.behind("recorded", by="topic", key=topic.key),
        )
        for topic in rising
    ]
