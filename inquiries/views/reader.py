"""Who reads a page, and for which posts."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest

from bureaus.access import Act, Holding
from bureaus.models import Officer
from bureaus.workdays import Calendar, local_date
from inquiries.access import may_end
from inquiries.acts import BY_CODE
from inquiries.deadlines import Due, days_late
from inquiries.models import Duty
from inquiries.models.duty import DutyKind
from inquiries.templatetags.desk import DECIDED_BY


def officer_of(request: HttpRequest) -> Officer:
    """Who is signed in; the decorator has seen to it that somebody is."""
    if not isinstance(request.user, Officer):
        raise Http404
    return request.user


def held_by(request: HttpRequest) -> list[Holding]:
    """The posts the reader acts for, as the scope of this request was opened with them."""
    held: list[Holding] = getattr(request, "held", [])
    return held


def sees_to(held: list[Holding], duty: Duty) -> bool:
    """Whether a post among these may end the duty, in words or by the act that decides it."""
    if duty.kind not in DECIDED_BY or duty.inquiry_id is None:
        return may_end(held, duty)
    if duty.kind == DutyKind.EXTENSION and duty.place_id == duty.district_id:
        return may_end(held, duty, Act.DECIDE_SECOND_EXTENSION)
    return may_end(held, duty, BY_CODE[DECIDED_BY[DutyKind(duty.kind)][0]].act)


def days_to(due: Due, *, now: datetime, calendar: Calendar) -> int:
    """Working days left, or past the due with today counted."""
    if now >= due.due_at:
        return days_late(now, due, calendar)
    return calendar.working_days_between(local_date(now), due.due_on)
