"""The page of one bureau, unit or section: the overview of it alone, its people, what it owes; and its weekly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from bureaus.letterhead import Official
from bureaus.models import Place
from bureaus.models.scope import NOTHING, Scope, of_one_moment
from bureaus.services.calendar import calendar_for
from bureaus.services.staff import Seat, absences_of, seats_at, slips_at
from bureaus.views.keeping import word_file
from inquiries.access import officers_below
from inquiries.documents.weekly import Week, write_weekly
from inquiries.figures import FIGURES, Period, Query
from inquiries.figures.chasing import BANDS
from inquiries.figures.desk import BadCursor, duties_of_places, owed_by_places
from inquiries.figures.ranking import WHY, standings, weights_of
from inquiries.figures.staffed import offers_of
from inquiries.views.asked import Asked, asked_by, presets
from inquiries.views.overview import cards_of, channels_of, matrix, topics_of, trend_of
from inquiries.views.reader import held_by, officer_of

# Open items on the page at once; the next ones are a page further.
OPEN_ITEMS = 20


def _place(request: HttpRequest, pk: int) -> Place:
    """The place, if the reader oversees it. Raises Http404 for every other and for the district, whose page is the
    overview."""
    officer_of(request)
    seen: Scope = getattr(request, "seen", NOTHING)
    if pk not in seen.places:
        raise Http404
    return get_object_or_404(Place.objects.select_related("successor"), pk=pk, parent__isnull=False)


# It only reads, so it needs no savepoint inside the transaction of its scope.
@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """One place with all below it, as the overview shows the district; every number opens into its inquiries."""
    found, officer, now = _place(request, pk), officer_of(request), timezone.now()
    form, asked = asked_by(request, found)
    query, calendar = asked.query, calendar_for(asked.query.district_id)
    below = {each.pk: each for each in Place.objects.under([found]).order_by("path")}
    rows = matrix(asked, below, now=now, calendar=calendar, by="place")
    after = request.GET.get("after", "")
    try:
        owed = owed_by_places(sorted(below), reader=officer.pk, after=after, limit=OPEN_ITEMS)
    except BadCursor as wrong:
        raise Http404 from wrong
    seats = seats_at(Place.objects.under([found]), now=now)
    held = held_by(request)
    officers = {tenure.officer_id for seat in seats for tenure, _away in seat.tenures}
    seen: Scope = getattr(request, "seen", NOTHING)
    readable = officers_below(held, now=now) | {officer.pk}
    context: dict[str, Any] = {
        "place": found,
        "above": [each for each in _line(found) if each.parent_id and each.pk in seen.places],
        "below": [each for each in below.values() if each.parent_id == found.pk and not each.abolished_on],
        "form": form,
        "asked": asked,
        "presets": [(label, period, period == query.period) for label, period in presets()],
        "cards": cards_of(asked, rows, now=now, calendar=calendar, by="place"),
        "bands": list(range(len(BANDS))),
        "rows": rows,
        "owed_words": sum(row.owed_words for row in rows),
        "standing": _standing(asked, found, seen, now=now),
        "trend": trend_of(asked, now=now, calendar=calendar),
        "channels": channels_of(asked, now=now, calendar=calendar),
        "topics": topics_of(asked, now=now, calendar=calendar),
        "seats": [(seat, _readable(seat, readable)) for seat in seats],
        "absences": absences_of(officers, now=now),
        "slips": slips_at(Place.objects.under([found])),
        "offers": offers_of(sorted(below), query.period),
        "hotlines": found.hotlines.order_by("purpose", "number"),
        "duties": []
        if after
        else duties_of_places(sorted(below), reader=officer.pk, limit=OPEN_ITEMS).duties,
        "owed": owed,
        "later": bool(after),
        "now": now,
    }
    return render(request, "inquiries/place.html", context)


def _line(found: Place) -> list[Place]:
    """The places above it, from the district down."""
    above = Place.objects.in_bulk(found.above_ids[:-1])
    return [above[pk] for pk in found.above_ids[:-1]]


def _readable(seat: Seat, readable: frozenset[int]) -> frozenset[int]:
    """Of those in the post, whose page the reader may open."""
    return frozenset(tenure.officer_id for tenure, _away in seat.tenures) & readable


@dataclass(frozen=True)
class Standing:
    """Score and rank among so many, or why there is no rank."""

    score: str
    rank: int | None
    why: str
    ranked: int


def _standing(asked: Asked, found: Place, seen: Scope, *, now: datetime) -> Standing | None:
    """Where the bureau stands, for who sees all of them."""
    if seen.district is None or found.kind != Place.Kind.BUREAU:
        return None
    district, whole = asked.query.district_id, replace(asked.query, places=None)
    every = standings(whole, weights_of(district), now=now, calendar=calendar_for(district))
    own = next((each for each in every if each.bureau_id == found.pk), None)
    if own is None:
        return None
    score = "–" if own.score is None else f"{float(own.score):.1f}"
    ranked = sum(each.rank is not None for each in every)
    return Standing(score, own.rank, "" if own.rank else str(WHY[own.why]), ranked)


def _week(request: HttpRequest) -> Week:
    """The week of the day asked for, else the last that is over. Raises Http404 for what is no day or yet to come."""
    today = timezone.localdate()
    given = request.GET.get("of", "")
    try:
        on = date.fromisoformat(given) if given else today - timedelta(days=7)
    except ValueError as wrong:
        raise Http404 from wrong
    if not date(2001, 1, 1) <= on <= today:
        raise Http404
    first = on - timedelta(days=on.weekday())
    return Week(first, first + timedelta(days=6))


def _weekly(request: HttpRequest, pk: int) -> tuple[Place, Week, Official]:
    found, week, now = _place(request, pk), _week(request), timezone.now()
    _form, asked = asked_by(request, found)

    def behind(code: str, query: Query) -> str:
        more = {"basis": query.basis} if code in FIGURES else {}
        return Asked(query, found).behind(code, **more)

    return found, week, write_weekly(found, week, asked.query, behind=behind, now=now)


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def weekly(request: HttpRequest, pk: int) -> HttpResponse:
    """One page for the head (周报): the week beside the one before, what is late longest, who is away."""
    found, week, official = _weekly(request, pk)
    today = timezone.localdate()
    later = week.first_on + timedelta(days=7)
    context = {
        "place": found,
        "week": Period(week.first_on, week.last_on),
        "before": week.first_on - timedelta(days=7),
        "after": later if later <= today else None,
        "official": official,
    }
    return render(request, "inquiries/weekly.html", context)


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def weekly_docx(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page as a .docx."""
    found, week, official = _weekly(request, pk)
    with translation.override("zh-hans"):
        name = f"{official.title.splitlines()[-1]} {found.name} {week.first_on:%Y-%m-%d}"
    return word_file(official, name)
