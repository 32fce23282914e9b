"""The open days of a district, each with its booths in numbers, and the rows behind a number."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from bureaus.access import MAY, Act, Holding
from bureaus.models import Place
from bureaus.workdays import local_date
from disclosure.access import districts_of, stands_at
from disclosure.figures.entries import entries_behind, issues_of
from disclosure.figures.open_days import FIGURES, in_sum, standing_of
from disclosure.models import Booth, OpenDay, Summary
from disclosure.services.screens import screen_of
from disclosure.views.planning import bureaus_without_booth, opens_days
from disclosure.views.plans import plans_of
from disclosure.views.reader import day_or_404
from inquiries.access import covers
from inquiries.views.reader import held_by

PAGE = 20


@login_required
@require_GET
def open_days(request: HttpRequest) -> HttpResponse:
    """Newest first; a page begins before the last day of the page before."""
    found = OpenDay.objects.filter(district__in=districts_of(held_by(request))).order_by("-on", "-pk")
    try:
        before = date.fromisoformat(request.GET["before"]) if "before" in request.GET else None
    except ValueError as wrong:
        raise Http404 from wrong
    if before is not None:
        found = found.filter(on__lt=before)
    rows = list(found[: PAGE + 1])
    context = {
        "days": rows[:PAGE],
        "today": local_date(timezone.now()),
        "opens": opens_days(request),
        "before": rows[PAGE - 1].on if len(rows) > PAGE else None,
    }
    return render(request, "disclosure/open_days.html", context)


@login_required
@require_GET
def open_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Every booth in numbers, and all in sum."""
    day = day_or_404(request, pk)
    held = held_by(request)
    booths = list(Booth.objects.filter(open_day=day).select_related("place").order_by("place__path"))
    standings = standing_of(booths)
    written = {each.place_id: each for each in Summary.objects.filter(open_day=day)}
    papers = [
        (place, written.get(place.pk), _writes(held, place))
        for place in (day.district, *(booth.place for booth in booths))
    ]
    screens_it = day.last_on >= local_date(timezone.now()) and not day.is_history and _plans(held, day)
    screen = screen_of(day) if screens_it else None
    context = {
        "day": day,
        "screens_it": screens_it,
        "on_screen": request.build_absolute_uri(reverse("screen", args=[screen.token])) if screen else "",
        "papers": [
            (place, summary, writes)
            for place, summary, writes in papers
            if writes or (summary and summary.approved_at)
        ],
        "rows": [
            (booth, standings[booth.pk], not day.is_history and stands_at(held, booth.place))
            for booth in booths
        ],
        "plans": plans_of(request, day),
        "now": timezone.now(),
        "begun": local_date(timezone.now()) >= day.on,
        "takes": bureaus_without_booth(request, day).exists(),
        "total": in_sum(standings.values()),
        "issues": issues_of(booths),
    }
    return render(request, "disclosure/open_day.html", context)


def _writes(held: list[Holding], place: Place) -> bool:
    return any(Act.RECORD in MAY[holding.post.role] and covers(holding, place) for holding in held)


def _plans(held: list[Holding], day: OpenDay) -> bool:
    return any(Act.PLAN_DAY in MAY[holding.post.role] and covers(holding, day.district) for holding in held)


@login_required
@require_GET
def entries(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that a number of the day, or of one booth, counts."""
    day = day_or_404(request, pk)
    of, number = request.GET.get("of", ""), _number(request, "before")
    if of not in FIGURES:
        raise Http404
    at = _number(request, "booth")
    booth = None
    if at is not None:
        booth = Booth.objects.filter(open_day=day, pk=at).select_related("place").first()
        if booth is None:
            raise Http404
    rows, before = entries_behind(day, of, booth=at, before=number)
    context = {"day": day, "booth": booth, "of": of, "label": FIGURES[of], "rows": rows, "before": before}
    return render(request, "disclosure/entries.html", context)


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 18):
        raise Http404
    return int(given)
