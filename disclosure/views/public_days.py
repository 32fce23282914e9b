"""The open days of a district in public, and the summaries that were published of them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_GET

from bureaus.models import Place
from disclosure.documents.structured import of_day
from disclosure.documents.summary import paper_of
from disclosure.models import OpenDay
from disclosure.services.handing_out import day_shown
from disclosure.services.showing import coming_and_past, published_summaries, shown_days
from disclosure.views.public import district_of, name_of, show


@require_GET
def public_open_days(request: HttpRequest, district: int) -> HttpResponse:
    """What is coming, and what was."""
    found = district_of(district)
    coming, past = coming_and_past(shown_days(found), now=timezone.now())
    return show(request, "open_days", found, {"coming": coming, "past": past})


def _shown(district: Place, pk: int) -> OpenDay:
    day = next((day for day in shown_days(district) if day.pk == pk), None)
    if day is None:
        raise Http404
    return day


@require_GET
def public_open_day(request: HttpRequest, district: int, pk: int) -> HttpResponse:
    """One day: who takes part and on what; once it is over, what was counted and published."""
    found = district_of(district)
    day = _shown(found, pk)
    coming, _past = coming_and_past([day], now=timezone.now())
    shown = day_shown(day)
    context = {
        "shown": shown,
        "day": day,
        "is_coming": bool(coming),
        "structured": of_day(day, found, name_of(day), shown.venues),
    }
    return show(request, "open_day", found, context)


@require_GET
def public_summary(request: HttpRequest, district: int, pk: int) -> HttpResponse:
    """The summary as it was approved, to be read."""
    found = district_of(district)
    summary = get_object_or_404(published_summaries(found.pk), pk=pk)
    context = {
        "day": summary.open_day,
        "summary": summary,
        "official": paper_of(summary, summary.frozen or {}),
    }
    return show(request, "summary", found, context)
