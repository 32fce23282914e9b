"""What a source that passed the matter on decides: by when it wants its word."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act
from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from inquiries.access import may
from inquiries.models import Contact, Inquiry
from inquiries.models.inquiry import FROM_A_SOURCE
from inquiries.services.acting import begin, finish
from inquiries.services.citizens import tell_citizen
from inquiries.services.contacting import note
from inquiries.services.measuring import next_chase, version_of
from inquiries.services.refusals import CannotEaseDue, DueBeforeAsked, NeedsReason, NoSource
from inquiries.services.remeasuring import Granted, due_again
from inquiries.states import OPEN


def set_source_due(
    inquiry_id: int, *, due_at: datetime, reason: str, by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """The due of the source is another; the earlier of it and the rule's own is owed, and the steps are laid anew.

    Later only with the district: CannotEaseDue. The citizen is told of more time. Raises NoSource, NeedsReason,
    DueBeforeAsked.
    """
    inquiry = begin(inquiry_id, act=Act.RECLASSIFY, by=by, now=now, seen=seen, states=OPEN)
    if inquiry.channel not in FROM_A_SOURCE:
        raise NoSource
    if not reason.strip():
        raise NeedsReason
    if due_at < inquiry.asked_at:
        raise DueBeforeAsked(field="due_at")
    calendar = calendar_for(inquiry.district_id)
    inquiry.external_due_at = due_at
    due, was = due_again(inquiry, calendar, Granted.to([inquiry])), inquiry.due_at
    district = Place.objects.get(pk=inquiry.district_id)
    if due.due_at > was and not may(by, Act.RECLASSIFY, inquiry, now=now, place=district):
        raise CannotEaseDue
    inquiry.due_on, inquiry.due_at, inquiry.due_provisional = due.due_on, due.due_at, due.provisional
    inquiry.calendar_version_id = version_of(calendar)
    inquiry.next_chase_at = next_chase(inquiry, now=now, calendar=calendar)
    if due.due_at > was:
        tell_citizen(inquiry, "extended", by=by, now=now)
    note(inquiry, Contact.What.NOTE, reason, by=by, now=now)
    finish(
        inquiry,
        "source_due_set",
        by=by,
        now=now,
        changed=[
            *("external_due_at", "due_on", "due_at", "due_provisional", "calendar_version", "next_chase_at")
        ],
        due_at=due.due_at.isoformat(),
    )
    return inquiry
