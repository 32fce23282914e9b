"""Who reads a page, and for which posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest

from bureaus.access import MAY, Act, Holding
from bureaus.models import Officer, Place
from bureaus.workdays import Calendar, local_date
from inquiries.access import covers, may_end
from inquiries.acts import BY_CODE
from inquiries.deadlines import Due, days_late
from inquiries.figures.desk import urgency_of
from inquiries.models import Duty
from inquiries.models.duty import DutyKind
from inquiries.services.duties import label_of
from inquiries.services.measuring import due_of
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


def places_for(held: list[Holding], act: Act) -> list[int]:
    """The places of those posts that may do the act."""
    return sorted({holding.post.place_id for holding in held if act in MAY[holding.post.role]})


def duty_row(duty: Duty, *, held: list[Holding], now: datetime, calendar: Calendar) -> dict[str, Any]:
    """A duty as a row of a list: its name, how urgent, and whether it is this reader's to end."""
    return {
        "duty": duty,
        "inquiry": duty.inquiry,
        "label": label_of(duty),
        "mine": sees_to(held, duty),
        "urgency": urgency_of(duty.due_at, now=now, calendar=calendar),
        "days": days_to(due_of(duty), now=now, calendar=calendar),
    }


def stands_in(held: list[Holding], place: Place, post_id: int | None) -> bool:
    """Whether what is owed there is the reader's only for somebody who is away (代)."""
    for_post = [holding.acting for holding in held if holding.post.pk == post_id]
    there = for_post or [holding.acting for holding in held if covers(holding, place)]
    return bool(there) and all(there)


def days_to(due: Due, *, now: datetime, calendar: Calendar) -> int:
    """Working days left, or past the due with today counted."""
    if now >= due.due_at:
        return days_late(now, due, calendar)
    return calendar.working_days_between(local_date(now), due.due_on)
