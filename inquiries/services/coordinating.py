"""The district coordinates between bureaus: asked by the one that cannot go on alone, decided by a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bureaus.access import Act, Roll
from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from inquiries import deadlines
from inquiries.models import Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish, give_back_pen
from inquiries.services.citizens import tell_citizen
from inquiries.services.dispatching import check_place, give_to
from inquiries.services.duties import finish_duty, lock_duty, open_duty
from inquiries.services.moving import ask_assist
from inquiries.services.refusals import NeedsReason, NotInThisState, NowhereToGo
from inquiries.services.telling import tell_inquiry
from inquiries.states import State

DECIDED_WITHIN_WORKING_DAYS = 1
ASSISTED_WITHIN_WORKING_DAYS = 3
_WITH_A_BUREAU = (State.ASSIGNED, State.IN_HAND, State.AWAITING_CITIZEN)


def ask_coordination(
    inquiry_id: int, *, reason: str, by: Officer, now: datetime, seen: int | None = None
) -> Duty:
    """The district owes a decision within one working day and holds the pen; the inquiry's own clock runs on.

    Raises NeedsReason, NotInThisState for what the district holds itself, DutyOpenAlready.
    """
    inquiry = begin(inquiry_id, act=Act.ASK_COORDINATION, by=by, now=now, seen=seen, states=_WITH_A_BUREAU)
    if inquiry.holder_id == inquiry.district_id:
        raise NotInThisState
    if not reason.strip():
        raise NeedsReason
    district = Place.objects.get(pk=inquiry.district_id)
    duty = open_duty(
        kind=DutyKind.COORDINATE,
        place=district,
        due_at=deadlines.due(
            now, deadlines.Rule(DECIDED_WITHIN_WORKING_DAYS), calendar_for(inquiry.district_id)
        ).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=inquiry.holder,
        request=reason.strip(),
    )
    give_back_pen(inquiry, now=now)
    finish(inquiry, "coordination_asked", by=by, now=now, changed=[], duty=duty.pk)
    return duty


def decide_coordination(
    inquiry_id: int,
    *,
    decision: str,
    lead: Place | None = None,
    assisting: Sequence[Place] = (),
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Inquiry:
    """The district has decided in words who leads and who assists; the pen goes back to the one who leads.

    1. Another lead is designated, finally. 2. Each assisting place owes its part within three working days.
    Raises NeedsReason, NotInThisState, AboutThatOffice, NowhereToGo.
    """
    inquiry = begin(inquiry_id, act=None, by=by, now=now, seen=seen, states=_WITH_A_BUREAU)
    waiting = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.COORDINATE, done_at=None).first()
    if waiting is None:
        raise NotInThisState
    duty = lock_duty(waiting.pk, by=by, now=now, act=Act.DESIGNATE)
    if not decision.strip():
        raise NeedsReason(field="decision")
    moves = lead is not None and lead.pk != inquiry.holder_id
    for place in (*assisting, *([lead] if lead else [])):
        check_place(inquiry, place)
        if place.kind == Place.Kind.DISTRICT:
            raise NowhereToGo
    asked, before = (inquiry.holder_id, inquiry.post_id), inquiry.holder.bureau_id
    finish_duty(duty, by=by, now=now, decision="moved" if moves else "stays", reply=decision.strip())
    roll = Roll(inquiry.district_id, now=now)
    changed: list[str] = []
    if moves and lead is not None:
        changed = [*give_to(inquiry, lead, post=None, by=by, now=now, roll=roll), "designated"]
        inquiry.designated = True
        if lead.bureau_id != before:
            tell_citizen(inquiry, "handed_over", by=by, now=now)
    else:
        give_back_pen(inquiry, now=now)
    finish(inquiry, "coordinated", by=by, now=now, changed=changed, place_id=inquiry.holder_id, duty=duty.pk)
    handler = roll.reach("handler", place_id=asked[0], post_id=asked[1])
    tell_inquiry(inquiry, "coordinated", handler, now=now, alone=True)
    until = deadlines.due(
        now, deadlines.Rule(ASSISTED_WITHIN_WORKING_DAYS), calendar_for(inquiry.district_id)
    ).due_at
    for place in assisting:
        if place.pk != inquiry.holder_id:
            ask_assist(inquiry.pk, of=place, request=decision, due_at=until, by=by, now=now)
    inquiry.refresh_from_db()
    return inquiry
