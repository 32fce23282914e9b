"""What is owed now, as a page of a list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db.models import Q

from bureaus.workdays import Calendar, local_date
from inquiries.models import Duty, Inquiry, Pen
from inquiries.models.duty import DutyKind

PAGE = 50


class BadCursor(ValueError):
    """The cursor was made for another list, another reader, or by somebody else."""


@dataclass(frozen=True)
class Owed:
    """One page of the open inquiries of some places, earliest due first, and the cursor of the next page."""

    inquiries: list[Inquiry]
    pens: dict[int, Pen]
    following: str


def owed_by_places(
    places: Collection[int], *, reader: int, after: str = "", state: str = "", limit: int = PAGE
) -> Owed:
    """Open inquiries held by the places, by (due_at, id), from the cursor on; riders are chased through their lead.

    Raises BadCursor. Two queries, however many rows there are.
    """
    filters = f"{sorted(places)}|{state}|{reader}"
    rows = (
        Inquiry.objects.unanswered()
        .filter(holder__in=places, merged_into=None)
        .select_related("holder", "post", "topic", "citizen")
        .order_by("due_at", "pk")
    )
    if state:
        rows = rows.filter(state=state)
    if after:
        try:
            due_at, pk = signing.loads(after, salt=filters)
        except (signing.BadSignature, ValueError) as wrong:
            raise BadCursor from wrong
        instant = datetime.fromisoformat(due_at)
        rows = rows.filter(Q(due_at__gt=instant) | Q(due_at=instant, pk__gt=pk))
    found = list(rows[: limit + 1])
    following = ""
    if len(found) > limit:
        found = found[:limit]
        last = found[-1]
        following = signing.dumps([last.due_at.isoformat(), last.pk], salt=filters)
    pens = {
        pen.inquiry_id: pen
        for pen in Pen.objects.filter(inquiry__in=found, until_at=None).select_related("place", "post")
    }
    return Owed(found, pens, following)


def duties_of_places(places: Collection[int], *, limit: int = 100) -> list[Duty]:
    """Open duties of the places, earliest due first. Signing for an inquiry shows on the inquiry itself."""
    return list(
        Duty.objects.open()
        .filter(place__in=places)
        .exclude(kind=DutyKind.SIGN_FOR)
        .select_related("inquiry", "place", "post", "asked_place")
        .order_by("due_at", "pk")[:limit]
    )


def urgency_of(due_at: datetime, *, now: datetime, calendar: Calendar) -> str:
    """overdue, today, soon (within three working days) or later: what colour, word and shape say."""
    if now >= due_at:
        return "overdue"
    due_on = local_date(due_at - timedelta(microseconds=1))
    today = local_date(now)
    if due_on <= today:
        return "today"
    return "soon" if calendar.working_days_between(today, due_on) <= 3 else "later"
