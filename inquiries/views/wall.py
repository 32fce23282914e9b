"""The wall screen (大屏): how it stands, where it is stuck, what was chased last. Numbers of figures, and no person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from bureaus.models import Place
from bureaus.models.scope import of_one_moment
from bureaus.services.calendar import calendar_for
from bureaus.workdays import Calendar, local_date
from inquiries.figures import FIGURES, Cell, Period, Query, TooWide
from inquiries.figures.chasing import Chased, latest_chases
from inquiries.templatetags.desk import band_name
from inquiries.views.asked import asked_by
from inquiries.views.overview import Row, matrix, percent
from inquiries.views.reader import held_by

# What is read from across a room: more lines would be smaller ones.
LINES = 7


@dataclass(frozen=True)
class Big:
    """One number of the wall: what it is of, and a word beside it."""

    number: str
    label: str
    note: str = ""
    late: bool = False


@dataclass(frozen=True)
class Stuck:
    """A bureau with something overdue: how much, and how many working days the oldest is late."""

    place: Place | None
    late: int
    longest: str
    open: int


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def wall(request: HttpRequest) -> HttpResponse:
    """Counts alone of what the reader oversees, and chases by number; sealed matters are in counts only."""
    _form, asked = asked_by(request)
    now = timezone.now()
    today = local_date(now)
    query = replace(asked.query, period=Period(today.replace(day=1), today))
    calendar = calendar_for(query.district_id)
    places = {place.pk: place for place in Place.objects.filter(district=query.district_id)}
    places |= {place.pk: place for place in Place.objects.filter(pk=query.district_id)}
    rows = matrix(replace(asked, query=query), places, now=now, calendar=calendar)
    chased: tuple[Chased, ...] | None
    try:
        chased = latest_chases(query, now=now, limit=LINES)
    except TooWide:
        chased = None
    own = next((holding.post.place for holding in held_by(request)), None)
    context = {
        "title": asked.place or own or places[query.district_id],
        "groups": _groups(query, rows, now=now, calendar=calendar),
        "stuck": [_stuck(row) for row in rows if any(n for n, _address in row.cells)][:LINES],
        "chased": chased and [(each, _at(each, places, whole=query.places is None)) for each in chased],
        "uncounted": chased is None,
        "light": request.GET.get("theme") == "light",
        "again": request.get_full_path(),
        "now": now,
    }
    return render(request, "inquiries/wall.html", context)


def _groups(
    query: Query, rows: list[Row], *, now: datetime, calendar: Calendar
) -> list[tuple[str, list[Big]]]:
    """What was asked counts by the day of asking, what was answered by the day it was done, as in the overview."""
    today = replace(query, period=Period(query.period.last_on, query.period.last_on))

    def read(code: str, of: Query, basis: str) -> Cell:
        return FIGURES[code].read(replace(of, basis=basis), now=now, calendar=calendar).total

    def both(of: Query) -> list[Big]:
        return [
            Big(str(read("recorded", of, "cohort").now.n), pgettext("figure", "asked")),
            Big(str(read("answered", of, "happened").now.n), pgettext("figure", "answered")),
        ]

    in_time = read("in_time", query, "cohort").now
    late = sum(n for row in rows for n, _address in row.cells)
    stuck = sum(any(n for n, _address in row.cells) for row in rows)
    at = ngettext("at %(n)d bureau", "at %(n)d bureaus", stuck) % {"n": stuck} if stuck else ""
    return [
        (pgettext("figure", "Today"), both(today)),
        (
            _("This month"),
            [
                *both(query),
                Big(percent(in_time.value), _("answered in time"), _("n = %(n)s") % {"n": in_time.of or 0}),
            ],
        ),
        (
            _("Now"),
            [
                Big(str(late + sum(row.open for row in rows)), pgettext("figure", "open")),
                Big(str(late), pgettext("figure", "overdue"), at, late=bool(late)),
            ],
        ),
    ]


def _at(chased: Chased, places: dict[int, Place], *, whole: bool) -> Place | None:
    """The bureau, for who sees all of them; else the place itself."""
    place = places.get(chased.place_id or 0)
    return places.get(place.bureau_id) if place and whole else place


def _stuck(row: Row) -> Stuck:
    numbers = [n for n, _address in row.cells]
    longest = max(band for band, n in enumerate(numbers) if n)
    return Stuck(row.place, sum(numbers), band_name(longest), row.open + sum(numbers))
