"""What is owed now, as a page of a list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db.models.expressions import RawSQL

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


# The partial index of open sights is in this order for each place, so that each gives its first rows however many it
_PAGE = """
select first.inquiry_id
from unnest(%s::bigint[]) as wanted (place_id), lateral (
    select sight.inquiry_id, sight.rank, sight.due_at
    from inquiries_sight sight join inquiries_inquiry held on held.id = sight.inquiry_id
    where sight.place_id = wanted.place_id and sight.open and sight.reason in ('holds', 'reads')
        and (sight.officer_id is null or sight.officer_id = %s)
        and (sight.rank, sight.due_at, sight.inquiry_id) > (%s, %s, %s)
        and coalesce(held.holder_id = wanted.place_id, false) and held.merged_into_id is null
        and (%s = '' or held.state = %s)
    order by sight.rank, sight.due_at, sight.inquiry_id limit %s
) first
order by first.rank, first.due_at, first.inquiry_id limit %s
"""
RANK = {"critical": 0, "urgent": 1, "ordinary": 2}
_BEFORE_ALL = (-1, "-infinity", 0)


def _place_in_list(inquiry: Inquiry) -> tuple[int, datetime, int]:
    return RANK[inquiry.urgency], inquiry.due_at, inquiry.pk


def owed_by_places(
    places: Collection[int], *, reader: int, after: str = "", state: str = "", limit: int = PAGE
) -> Owed:
    """Open inquiries held by the places, by (urgency, due_at, id), from the cursor on; riders are chased through
    their lead.

    Raises BadCursor. Two queries, and the same time however many rows there are.
    """
    filters = f"{sorted(places)}|{state}|{reader}"
    last = _BEFORE_ALL
    if after:
        try:
            last = signing.loads(after, salt=filters)
        except (signing.BadSignature, ValueError) as wrong:
            raise BadCursor from wrong
    wanted = [list(places), reader, *last, state, state, limit + 1, limit + 1]
    page = RawSQL(_PAGE, wanted)  # a constant; what varies are its parameters
    found = sorted(
        Inquiry.objects.select_related("holder", "post", "topic", "citizen").filter(pk__in=page),
        key=_place_in_list,
    )
    following = ""
    if len(found) > limit:
        found = found[:limit]
        rank, due_at, pk = _place_in_list(found[-1])
        following = signing.dumps([rank, due_at.isoformat(), pk], salt=filters)
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
