"""Who reads a page, and for which posts."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest

from bureaus.access import Holding
from bureaus.models import Officer
from bureaus.workdays import Calendar, local_date
from inquiries.deadlines import Due, days_late


def officer_of(request: HttpRequest) -> Officer:
    """Who is signed in; the decorator has seen to it that somebody is."""
    if not isinstance(request.user, Officer):
        raise Http404
    return request.user


def held_by(request: HttpRequest) -> list[Holding]:
    """The posts the reader acts for, as the scope of this request was opened with them."""
    held: list[Holding] = getattr(request, "held", [])
    return held


def days_to(due: Due, *, now: datetime, calendar: Calendar) -> int:
    """Working days left, or past the due with today counted."""
    if now >= due.due_at:
        return days_late(now, due, calendar)
    return calendar.working_days_between(local_date(now), due.due_on)
