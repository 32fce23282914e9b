"""One pursuit for one matter asked more than once: a rider is answered with its lead."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act
from bureaus.models import Officer, Place
from inquiries.access import may
from inquiries.models import Inquiry, Pen
from inquiries.services.acting import begin, finish, pass_pen
from inquiries.services.duties import close_duties
from inquiries.services.measuring import (
    next_chase,
)
from inquiries.services.refusals import (
    LeadRides,
    NeedsReason,
    NotInThisState,
    NotTheSame,
)
from inquiries.states import OPEN, State


def merge_inquiries(
    rider_id: int, *, into: int, by: Officer, now: datetime, seen: int | None = None, reason: str = ""
) -> Inquiry:
    """The rider is pursued through its lead and answered with it; the lead takes the earliest due, asked and
    the highest level of the two.

    1. Locks both, lower id first. 2. Both unanswered, the lead rides on none. 3. Another citizen or bureau needs the
    district: NotTheSame. Riders keep their own due and lateness.
    """
    first, second = sorted((rider_id, into))
    # Evaluated, or nothing is locked: a count would drop the lock.
    list(Inquiry.objects.select_for_update().filter(pk__in=(first, second)).order_by("pk").values_list("pk"))
    rider = begin(rider_id, act=Act.MERGE, by=by, now=now, seen=seen, states=OPEN)
    lead = begin(into, act=Act.MERGE, by=by, now=now, seen=None)
    if lead.answered_at is not None or rider.pk == lead.pk:
        raise NotInThisState
    if lead.merged_into_id is not None or Inquiry.objects.filter(merged_into=rider).exists():
        raise LeadRides
    if not _same_citizen(rider, lead) or rider.holder.bureau_id != lead.holder.bureau_id:
        district = Place.objects.get(pk=rider.district_id)
        if rider.district_id != lead.district_id or not may(
            by, Act.MERGE_ACROSS, rider, now=now, place=district
        ):
            raise NotTheSame
    rider.merged_into = lead
    rider.next_chase_at = None
    close_duties(rider, by=by, now=now)
    pass_pen(rider, None, now=now)
    finish(rider, "merged", by=by, now=now, changed=["merged_into", "next_chase_at"], lead=lead.pk)
    changed = ["next_chase_at"]
    if rider.due_at < lead.due_at:
        lead.due_on, lead.due_at, lead.due_provisional = rider.due_on, rider.due_at, rider.due_provisional
        changed += ["due_on", "due_at", "due_provisional"]
    if rider.chase_step > lead.chase_step and rider.ladder_id == lead.ladder_id:
        lead.chase_step, lead.chase_level = rider.chase_step, rider.chase_level
        changed += ["chase_step", "chase_level"]
    lead.next_chase_at = next_chase(lead, now=now)
    finish(lead, "leads", by=by, now=now, changed=changed, rider=rider.pk)
    return lead


def _same_citizen(one: Inquiry, other: Inquiry) -> bool:
    return bool(
        one.citizen
        and other.citizen
        and one.citizen.phone_hash
        and one.citizen.phone_hash == other.citizen.phone_hash
    )


def unmerge_inquiry(
    rider_id: int, *, reason: str, by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """The rider stands alone again and is chased at once for what it still owes."""
    rider = begin(rider_id, act=Act.MERGE, by=by, now=now, seen=seen)
    if rider.merged_into_id is None or rider.answered_at is not None:
        raise NotInThisState
    if not reason.strip():
        raise NeedsReason
    lead_id = rider.merged_into_id
    rider.merged_into = None
    rider.next_chase_at = next_chase(rider, now=now)
    pass_pen(rider, Pen.Part.DISPATCHER if rider.state == State.RECEIVED else Pen.Part.HANDLER, now=now)
    finish(rider, "unmerged", by=by, now=now, changed=["merged_into", "next_chase_at"], lead=lead_id)
    return rider
