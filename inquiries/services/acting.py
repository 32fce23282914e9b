"""How every act on an inquiry begins and ends: the locked row, who may, the version seen, one event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from bureaus.access import Act
from bureaus.models import Officer, Place, Post
from bureaus.services.calendar import calendar_for
from inquiries.access import is_named_reader, may
from inquiries.models import Duty, Event, Inquiry, Pen, Sight
from inquiries.models.duty import DutyKind
from inquiries.services.history import record_event
from inquiries.services.refusals import (
    AlreadyAnswered,
    ChangedMeanwhile,
    NotInThisState,
    NotSealedReader,
    NotYours,
    Rides,
)
from inquiries.services.wording import act_name
from inquiries.states import State

RANK = {"critical": 0, "urgent": 1, "ordinary": 2}


def begin(
    inquiry_id: int,
    *,
    act: Act | None,
    by: Officer | None,
    now: datetime,
    seen: int | None,
    states: Iterable[str] | None = None,
    place: Place | None = None,
) -> Inquiry:
    """The locked row, fit for the act.

    1. Locks the inquiry. 2. Refuses another version than the one seen: ChangedMeanwhile. 3. Refuses who may not:
    NotYours, NotSealedReader. 4. Refuses riders and wrong states: Rides, AlreadyAnswered, NotInThisState.
    `by` None is the clock and may do what the caller wrote.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an act needs the transaction of its scope")
    inquiry = (
        Inquiry.objects.select_for_update(of=("self",)).select_related("holder", "rule").get(pk=inquiry_id)
    )
    if seen is not None and seen != inquiry.version:
        last = Event.objects.filter(inquiry=inquiry).select_related("by").order_by("-seq").first()
        raise ChangedMeanwhile(str(last.by or "Bida") if last else "", act_name(last.code) if last else "")
    if by is not None and inquiry.sealed and not is_named_reader(by, inquiry):
        raise NotSealedReader
    if by is not None and act is not None and not may(by, act, inquiry, now=now, place=place):
        raise NotYours
    if states is not None:
        if inquiry.merged_into_id is not None:
            raise Rides
        if inquiry.state not in states:
            raise AlreadyAnswered if inquiry.answered_at else NotInThisState
    return inquiry


def finish(
    inquiry: Inquiry,
    code: str,
    *,
    by: Officer | None,
    now: datetime,
    changed: Iterable[str],
    place_id: int | None = None,
    **codes: Any,
) -> None:
    """The act is written: the changed columns, the next version, one event in the chain."""
    record_event(inquiry, code, by=by, now=now, place_id=place_id or inquiry.holder_id, **codes)
    inquiry.version += 1
    first = ["contacted_at", "contacted_late"] if inquiry.contacted_at == now else []
    inquiry.save(update_fields=[*changed, *first, "version", "event_count", "event_hash"])


def show_to(
    inquiry: Inquiry, place: Place, reason: str, *, now: datetime, officer: Officer | None = None
) -> None:
    """The place, or one named reader there, sees the inquiry from now on; an older reason gives way to `holds`."""
    row = Sight.objects.filter(inquiry=inquiry, place=place, officer=officer).first()
    if row is None:
        Sight.objects.create(
            district_id=inquiry.district_id,
            inquiry=inquiry,
            place=place,
            officer=officer,
            reason=reason,
            since=now,
            open=inquiry.answered_at is None,
            rank=RANK[inquiry.urgency],
            due_at=inquiry.due_at,
        )
    elif row.reason not in (reason, Sight.Reason.HOLDS):
        row.reason = reason
        row.save(update_fields=["reason"])


def pass_pen(
    inquiry: Inquiry, part: str | None, *, place: Place | None = None, post: Post | None = None, now: datetime
) -> None:
    """The pen goes to another hand, or with `part` None is laid down; how long the last one held it is on record."""
    held = Pen.objects.filter(inquiry=inquiry, until_at=None).first()
    if held is not None:
        held.until_at = now
        held.minutes = calendar_for(inquiry.district_id).minutes_between(held.from_at, now)
        held.save(update_fields=["until_at", "minutes"])
    if part is not None:
        Pen.objects.create(
            inquiry=inquiry,
            part=part,
            place=place or inquiry.holder,
            post=post if place else inquiry.post,
            from_at=now,
        )


def give_back_pen(inquiry: Inquiry, *, now: datetime) -> None:
    """The pen lies with whoever must move next: an approver or the district while they decide, else by the state.

    Of several who decide at once the approver comes first, and whoever contests or asks changes nothing in that.
    """
    waiting = dict(
        Duty.objects.filter(
            inquiry=inquiry, done_at=None, kind__in=(DutyKind.APPROVAL, DutyKind.DISPUTE, DutyKind.COORDINATE)
        ).values_list("kind", "place")
    )
    if DutyKind.APPROVAL in waiting:
        approver = Place.objects.get(pk=waiting[DutyKind.APPROVAL])
        pass_pen(inquiry, Pen.Part.APPROVER, place=approver, now=now)
    elif DutyKind.DISPUTE in waiting:
        district = Place.objects.get(pk=waiting[DutyKind.DISPUTE])
        pass_pen(inquiry, Pen.Part.DISPATCHER, place=district, now=now)
    elif DutyKind.COORDINATE in waiting:
        district = Place.objects.get(pk=waiting[DutyKind.COORDINATE])
        pass_pen(inquiry, Pen.Part.COORDINATOR, place=district, now=now)
    elif inquiry.state == State.RECEIVED:
        pass_pen(inquiry, Pen.Part.DISPATCHER, now=now)
    elif inquiry.state == State.AWAITING_CITIZEN:
        pass_pen(inquiry, Pen.Part.CITIZEN, now=now)
    else:
        pass_pen(inquiry, Pen.Part.HANDLER, now=now)
