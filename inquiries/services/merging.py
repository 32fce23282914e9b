"""One pursuit for one matter asked more than once: a rider is answered with its lead."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act, Roll
from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from inquiries import ladder as steps
from inquiries.access import may
from inquiries.models import Duty, Event, Inquiry, Sight
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish, give_back_pen, pass_pen, show_to
from inquiries.services.answering import BEFORE_ANSWER
from inquiries.services.dispatching import WITH_THE_MATTER, check_place
from inquiries.services.duties import close_duties, open_duty
from inquiries.services.measuring import next_chase, step_in, steps_of
from inquiries.services.refusals import (
    HasRiders,
    LeadRides,
    NeedsReason,
    NotInThisState,
    NotTheSame,
    SealedApart,
    StillAwaited,
)
from inquiries.services.remeasuring import Granted, due_again
from inquiries.services.telling import tell_inquiry
from inquiries.states import OPEN

# What a rider owed of itself before it rode, and owes again once it stands alone.
OF_ONE_ALONE = (DutyKind.DISPATCH, DutyKind.SIGN_FOR, DutyKind.CITIZEN_REPLY)


def _lock(*inquiry_ids: int) -> None:
    # Lower id first, so that two merges never wait for each other. Evaluated, or nothing is locked.
    list(Inquiry.objects.select_for_update().filter(pk__in=inquiry_ids).order_by("pk").values_list("pk"))


def merge_inquiries(
    rider_id: int, *, into: int, by: Officer, now: datetime, seen: int | None = None, reason: str = ""
) -> Inquiry:
    """The rider is pursued through its lead and answered with it; the lead takes the earliest due and the highest
    level of the two, and its place sees the rider.

    1. Locks both, lower id first. 2. Both unanswered, the lead rides on none, both sealed or neither. 3. Another
    citizen or bureau needs the district: NotTheSame. Riders keep their own due and lateness.
    Raises LeadRides, HasRiders, SealedApart, StillAwaited, AboutThatOffice.
    """
    _lock(rider_id, into)
    rider = begin(rider_id, act=Act.MERGE, by=by, now=now, seen=seen, states=OPEN)
    lead = begin(into, act=Act.MERGE, by=by, now=now, seen=None)
    if lead.answered_at is not None or rider.pk == lead.pk:
        raise NotInThisState
    if lead.merged_into_id is not None:
        raise LeadRides
    if Inquiry.objects.filter(merged_into=rider).exists():
        raise HasRiders
    same_citizen = _same_citizen(rider, lead)
    if not same_citizen or rider.holder.bureau_id != lead.holder.bureau_id:
        district = Place.objects.get(pk=rider.district_id)
        if rider.district_id != lead.district_id or not may(
            by, Act.MERGE_ACROSS, rider, now=now, place=district
        ):
            raise NotTheSame
    if Duty.objects.filter(inquiry=rider, kind__in=WITH_THE_MATTER, done_at=None).exists():
        # Its clock stands or starts anew by what is awaited; ridden away, nobody would follow that up.
        raise StillAwaited
    if rider.sealed != lead.sealed:
        raise SealedApart
    check_place(rider, lead.holder)
    _show_to_lead(rider, lead, now=now)
    rider.merged_into = lead
    rider.next_chase_at = None
    closed = close_duties(rider, by=by, now=now, kinds=BEFORE_ANSWER)
    pass_pen(rider, None, now=now)
    finish(
        rider,
        "merged",
        by=by,
        now=now,
        changed=["merged_into", "next_chase_at"],
        lead=lead.pk,
        closed=closed,
        # Frozen: once either is erased, nobody can tell any more.
        same_citizen=same_citizen,
    )
    changed = ["next_chase_at", "chase_step", "chase_level"]
    if rider.due_at < lead.due_at:
        lead.due_on, lead.due_at, lead.due_provisional = rider.due_on, rider.due_at, rider.due_provisional
        changed += ["due_on", "due_at", "due_provisional"]
    if _rank(rider) > _rank(lead):
        lead.chase_step = max(lead.chase_step, step_in(rider, steps_of(lead.ladder_id)))
        lead.chase_level = rider.chase_level
    lead.next_chase_at = next_chase(lead, now=now)
    finish(lead, "leads", by=by, now=now, changed=changed, rider=rider.pk)
    return lead


def _rank(inquiry: Inquiry) -> int:
    return steps.RANK.get(inquiry.chase_level, -1)  # type: ignore[call-overload, no-any-return]


def _show_to_lead(rider: Inquiry, lead: Inquiry, *, now: datetime) -> None:
    """Whoever may answer the lead sees the rider; of sealed ones the lead's named readers do."""
    if not rider.sealed:
        show_to(rider, lead.holder, Sight.Reason.LEADS, now=now)
        return
    about = rider.about_place
    for sight in Sight.objects.filter(inquiry=lead).select_related("place", "officer"):
        if about is None or not sight.place.path.startswith(about.path):
            show_to(rider, sight.place, Sight.Reason.READS, now=now, officer=sight.officer)


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
    """The rider stands alone again: it is chased for what it still owes, and the lead has a due of its own.

    Its handler is told. Raises NotInThisState, NeedsReason, NotTheSame.
    """
    lead_id = Inquiry.objects.filter(pk=rider_id).values_list("merged_into", flat=True).first()
    _lock(*filter(None, (rider_id, lead_id)))
    rider = begin(rider_id, act=Act.MERGE, by=by, now=now, seen=seen)
    if rider.merged_into_id is None or rider.answered_at is not None:
        raise NotInThisState
    if not reason.strip():
        raise NeedsReason
    if not Inquiry.objects.filter(pk=rider.merged_into_id).exists():
        # The lead is another bureau's: the district put them together, and takes them apart.
        raise NotTheSame
    lead = begin(rider.merged_into_id, act=None, by=None, now=now, seen=None)
    rider.merged_into = None
    rider.next_chase_at = next_chase(rider, now=now)
    for duty in _owed_before(rider):
        open_duty(
            kind=duty.kind,
            place=duty.place,
            post=duty.post,
            due_at=duty.due_at,
            now=now,
            by=by,
            inquiry=rider,
            request=duty.request,
        )
    give_back_pen(rider, now=now)
    finish(rider, "unmerged", by=by, now=now, changed=["merged_into", "next_chase_at"], lead=lead.pk)
    handler = Roll(rider.district_id, now=now).reach(
        "handler", place_id=rider.holder_id, post_id=rider.post_id
    )
    tell_inquiry(rider, "unmerged", handler, now=now, alone=True)
    due = due_again(lead, calendar_for(lead.district_id), Granted.to([lead]))
    lead.due_on, lead.due_at, lead.due_provisional = due.due_on, due.due_at, due.provisional
    lead.next_chase_at = next_chase(lead, now=now)
    changed = ["due_on", "due_at", "due_provisional", "next_chase_at"]
    finish(lead, "rider_left", by=by, now=now, changed=changed, rider=rider.pk)
    return rider


def _owed_before(rider: Inquiry) -> list[Duty]:
    """What its merging closed and was its own."""
    merged = Event.objects.filter(inquiry=rider, code="merged").order_by("-seq").first()
    closed = merged.codes.get("closed", []) if merged else []
    return list(
        Duty.objects.filter(pk__in=closed, kind__in=OF_ONE_ALONE)
        .select_related("place", "post")
        .order_by("pk")
    )
