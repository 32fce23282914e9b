"""What happens on the way: signed for, passed on, extended, asked back, merged, split, chased by hand."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act, Roll
from bureaus.models import Officer, Place, Post
from bureaus.services.calendar import calendar_for
from inquiries import deadlines
from inquiries.access import may
from inquiries.deadlines import ExtensionRefused
from inquiries.models import Contact, Duty, Inquiry, Pen, Sight
from inquiries.models.duty import DutyKind
from inquiries.services.acting import RANK, begin, finish, pass_pen, show_to
from inquiries.services.chasing import chase_again
from inquiries.services.citizens import tell_citizen
from inquiries.services.dispatching import check_place, give_to
from inquiries.services.duties import close_duties, finish_duty, lock_duty, open_duty
from inquiries.services.measuring import (
    due_of,
    ladder_for,
    next_chase,
    no_later_than,
    rule_for,
    rule_of,
    version_of,
)
from inquiries.services.recording import readers_at
from inquiries.services.refusals import (
    CannotEaseDue,
    ExtensionTooLate,
    LeadRides,
    NeedsReason,
    NeedsWords,
    NoExtensionLeft,
    NotInThisState,
    NotTheSame,
    NowhereToGo,
    TooManyHops,
)
from inquiries.services.telling import tell_inquiry
from inquiries.states import OPEN, State

HOPS = 2
CITIZEN_REPLY_WORKING_DAYS = 3


def sign_for(inquiry_id: int, *, by: Officer, now: datetime, seen: int | None = None) -> Inquiry:
    """The place has signed for it (签收): in hand."""
    inquiry = begin(inquiry_id, act=Act.SIGN_FOR, by=by, now=now, seen=seen, states=[State.ASSIGNED])
    close_duties(inquiry, by=by, now=now, kinds=(DutyKind.SIGN_FOR,))
    inquiry.state = State.IN_HAND
    finish(inquiry, "signed_for", by=by, now=now, changed=["state"])
    return inquiry


def reassign_inquiry(
    inquiry_id: int, *, to: Place, post: Post | None, by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """Another place or post of the same bureau handles it (转派). Raises NowhereToGo outside the bureau."""
    inquiry = begin(
        inquiry_id, act=Act.REASSIGN, by=by, now=now, seen=seen, states=[State.ASSIGNED, State.IN_HAND]
    )
    check_place(inquiry, to)
    if to.bureau_id != inquiry.holder.bureau_id or (post is not None and post.place_id != to.pk):
        raise NowhereToGo
    changed = give_to(inquiry, to, post=post, by=by, now=now, roll=Roll(inquiry.district_id, now=now))
    finish(
        inquiry, "reassigned", by=by, now=now, changed=changed, place_id=to.pk, post=post.pk if post else None
    )
    return inquiry


def offer_inquiry(
    inquiry_id: int, *, to: Place, reason: str, by: Officer, now: datetime, seen: int | None = None
) -> Duty:
    """Another bureau is asked to take it over (移交) within one working day; unaccepted, it stays.

    Two hand-overs at most: TooManyHops. Raises NowhereToGo, AboutThatOffice, NeedsReason, DutyOpenAlready.
    """
    inquiry = begin(
        inquiry_id, act=Act.HAND_OVER, by=by, now=now, seen=seen, states=[State.ASSIGNED, State.IN_HAND]
    )
    check_place(inquiry, to)
    if to.bureau_id in (inquiry.holder.bureau_id, inquiry.district_id):
        raise NowhereToGo
    if inquiry.hops >= HOPS:
        raise TooManyHops
    if not reason.strip():
        raise NeedsReason
    roll = Roll(inquiry.district_id, now=now)
    if inquiry.sealed:
        for officer_id in readers_at(to, roll):
            show_to(inquiry, to, Sight.Reason.READS, now=now, officer=Officer(pk=officer_id))
    else:
        show_to(inquiry, to, Sight.Reason.OFFERED, now=now)
    duty = open_duty(
        kind=DutyKind.HAND_OVER,
        place=to,
        due_at=deadlines.due(now, deadlines.Rule(1), calendar_for(inquiry.district_id)).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=inquiry.holder,
        request=reason.strip(),
        roll=roll,
    )
    finish(inquiry, "offered", by=by, now=now, changed=[], place_id=to.pk, duty=duty.pk)
    return duty


def decide_hand_over(
    inquiry_id: int, *, accept: bool, reason: str = "", by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """The receiver accepts and leads from now on, or declines with a reason and it stays where it is."""
    inquiry = begin(inquiry_id, act=None, by=by, now=now, seen=seen, states=[State.ASSIGNED, State.IN_HAND])
    waiting = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.HAND_OVER, done_at=None).first()
    if waiting is None:
        raise NotInThisState
    duty = lock_duty(waiting.pk, by=by, now=now, act=Act.SIGN_FOR)
    if not accept and not reason.strip():
        raise NeedsReason
    finish_duty(duty, by=by, now=now, decision="accepted" if accept else "declined", reply=reason.strip())
    roll = Roll(inquiry.district_id, now=now)
    if not accept:
        finish(
            inquiry, "hand_over_declined", by=by, now=now, changed=[], place_id=duty.place_id, duty=duty.pk
        )
        handler = roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id)
        tell_inquiry(inquiry, "hand_over_declined", handler, now=now, alone=True)
        return inquiry
    changed = give_to(inquiry, duty.place, post=None, by=by, now=now, roll=roll)
    inquiry.hops += 1
    tell_citizen(inquiry, "handed_over", by=by, now=now)
    finish(inquiry, "handed_over", by=by, now=now, changed=[*changed, "hops"], place_id=duty.place_id)
    return inquiry


def ask_extension(
    inquiry_id: int, *, days: int, reason: str, by: Officer, now: datetime, seen: int | None = None
) -> Duty:
    """A later due is asked for; the bureau's head decides the first, the district the second.

    Before the due, never after: ExtensionTooLate. Raises NoExtensionLeft, NeedsReason, DutyOpenAlready.
    """
    inquiry = begin(inquiry_id, act=Act.EXTEND, by=by, now=now, seen=seen, states=OPEN)
    if now >= inquiry.due_at:
        raise ExtensionTooLate
    if not reason.strip():
        raise NeedsReason
    calendar = calendar_for(inquiry.district_id)
    try:
        longer = deadlines.extended(
            due_of(inquiry), rule_of(inquiry.rule), calendar, amount=days, extensions_used=inquiry.extensions
        )
    except ExtensionRefused as refused:
        raise NoExtensionLeft(field="days") from refused
    decides = inquiry.holder.bureau_id if inquiry.extensions == 0 else inquiry.district_id
    duty = open_duty(
        kind=DutyKind.EXTENSION,
        place=Place.objects.get(pk=decides),
        # A decision after the due would come too late for the citizen.
        due_at=min(deadlines.due(now, deadlines.Rule(1), calendar).due_at, inquiry.due_at),
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=inquiry.holder,
        request=reason.strip(),
        terms={"days": days, "due_at": longer.due_at.isoformat()},
    )
    finish(inquiry, "extension_asked", by=by, now=now, changed=[], duty=duty.pk, days=days)
    return duty


def decide_extension(
    inquiry_id: int, *, grant: bool, reason: str = "", by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """Granted, the due is later and the steps are laid anew; the first due is kept for ever. The citizen is told."""
    inquiry = begin(inquiry_id, act=None, by=by, now=now, seen=seen, states=OPEN)
    waiting = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.EXTENSION, done_at=None).first()
    if waiting is None:
        raise NotInThisState
    at_district = waiting.place_id == inquiry.district_id
    act = Act.DECIDE_SECOND_EXTENSION if at_district else Act.DECIDE_FIRST_EXTENSION
    duty = lock_duty(waiting.pk, by=by, now=now, act=act)
    if not grant and not reason.strip():
        raise NeedsReason
    finish_duty(duty, by=by, now=now, decision="granted" if grant else "refused", reply=reason.strip())
    changed: list[str] = []
    if grant:
        longer = deadlines.extended(
            due_of(inquiry),
            rule_of(inquiry.rule),
            calendar_for(inquiry.district_id),
            amount=int(duty.terms["days"]),
            extensions_used=inquiry.extensions,
        )
        inquiry.due_on, inquiry.due_at, inquiry.due_provisional = (
            longer.due_on,
            longer.due_at,
            longer.provisional,
        )
        inquiry.extensions += 1
        inquiry.next_chase_at = next_chase(inquiry, now=now)
        changed = ["due_on", "due_at", "due_provisional", "extensions", "next_chase_at"]
        tell_citizen(inquiry, "extended", by=by, now=now)
    code = "extended" if grant else "extension_refused"
    finish(inquiry, code, by=by, now=now, changed=changed, duty=duty.pk, due_at=inquiry.due_at.isoformat())
    roll = Roll(inquiry.district_id, now=now)
    handler = roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id)
    tell_inquiry(inquiry, code, handler, now=now, alone=not grant)
    return inquiry


def ask_citizen(
    inquiry_id: int, *, text: str, by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """The citizen is asked for more; the clock runs on, and the question is followed up in three working days."""
    inquiry = begin(inquiry_id, act=Act.ASK_CITIZEN, by=by, now=now, seen=seen, states=[State.IN_HAND])
    if not text.strip():
        raise NeedsWords(field="text")
    _note(inquiry, Contact.What.ASKED_CITIZEN, text, by=by, now=now)
    rule = deadlines.Rule(CITIZEN_REPLY_WORKING_DAYS)
    open_duty(
        kind=DutyKind.CITIZEN_REPLY,
        place=inquiry.holder,
        post=inquiry.post,
        due_at=deadlines.due(now, rule, calendar_for(inquiry.district_id)).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        request=text.strip(),
    )
    inquiry.state = State.AWAITING_CITIZEN
    tell_citizen(inquiry, "more_wanted", by=by, now=now)
    pass_pen(inquiry, Pen.Part.CITIZEN, now=now)
    finish(inquiry, "asked_citizen", by=by, now=now, changed=["state"])
    return inquiry


def log_citizen_reply(
    inquiry_id: int, *, text: str, by: Officer | None, now: datetime, seen: int | None = None
) -> Inquiry:
    """The citizen gave what was asked; the handler has the pen again and is told at once."""
    inquiry = begin(
        inquiry_id, act=Act.LOG_CONTACT, by=by, now=now, seen=seen, states=[State.AWAITING_CITIZEN]
    )
    if not text.strip():
        raise NeedsWords(field="text")
    _note(inquiry, Contact.What.CITIZEN_REPLIED, text, by=by, now=now)
    close_duties(inquiry, by=by, now=now, kinds=(DutyKind.CITIZEN_REPLY,))
    inquiry.state = State.IN_HAND
    pass_pen(inquiry, Pen.Part.HANDLER, now=now)
    finish(inquiry, "citizen_replied", by=by, now=now, changed=["state"])
    roll = Roll(inquiry.district_id, now=now)
    handler = roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id)
    tell_inquiry(inquiry, "citizen_replied", handler, now=now, alone=True)
    return inquiry


def log_contact(
    inquiry_id: int, *, what: str, text: str = "", by: Officer, now: datetime, seen: int | None = None
) -> Contact:
    """A contact, an attempt, an interim reply, an emergency hand-over or a note is on record; nothing else moves."""
    allowed = {
        Contact.What.CONTACTED,
        Contact.What.NOT_REACHED,
        Contact.What.INTERIM,
        Contact.What.EMERGENCY,
        Contact.What.NOTE,
    }
    inquiry = begin(inquiry_id, act=Act.LOG_CONTACT, by=by, now=now, seen=seen, states=OPEN)
    if what not in allowed or (what in (Contact.What.INTERIM, Contact.What.NOTE) and not text.strip()):
        raise NeedsWords(field="text")
    contact = _note(inquiry, what, text, by=by, now=now)
    finish(inquiry, what, by=by, now=now, changed=[], contact=contact.pk)
    return contact


def ask_again(
    inquiry_id: int, *, text: str, by: Officer | None, now: datetime, seen: int | None = None
) -> Inquiry:
    """The same citizen asked about the same matter again (催单): counted, told, and its chase moves to today."""
    inquiry = begin(inquiry_id, act=Act.LOG_CONTACT, by=by, now=now, seen=seen)
    if inquiry.answered_at is not None or inquiry.merged_into_id is not None:
        raise NotInThisState
    _note(inquiry, Contact.What.ASKED_AGAIN, text, by=by, now=now)
    inquiry.asked_again += 1
    finish(inquiry, "asked_again", by=by, now=now, changed=["asked_again"])
    chase_again(inquiry, now=now)
    roll = Roll(inquiry.district_id, now=now)
    handler = roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id)
    tell_inquiry(inquiry, "asked_again", handler, now=now, alone=True)
    return inquiry


def chase_by_hand(
    inquiry_id: int, *, whom: str, promised: str, by: Officer, now: datetime, seen: int | None = None
) -> Contact:
    """A telephone chase (电话催办) is on record: whom, and what was promised. The ladder goes on as it stands."""
    inquiry = begin(inquiry_id, act=Act.CHASE_BY_HAND, by=by, now=now, seen=seen, states=OPEN)
    if not whom.strip():
        raise NeedsWords(field="whom")
    contact = _note(
        inquiry, Contact.What.CHASED_BY_HAND, f"{whom.strip()}: {promised.strip()}", by=by, now=now
    )
    finish(inquiry, "chased_by_hand", by=by, now=now, changed=[], contact=contact.pk)
    return contact


def reclassify_inquiry(
    inquiry_id: int,
    *,
    kind: str,
    urgency: str,
    reason: str,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Inquiry:
    """Kind and urgency are corrected; due counts from asked_at again, never later without the district.

    Raises CannotEaseDue, NeedsReason, UnknownRule.
    """
    inquiry = begin(inquiry_id, act=Act.RECLASSIFY, by=by, now=now, seen=seen, states=OPEN)
    if not reason.strip():
        raise NeedsReason
    rule = rule_for(inquiry.district_id, kind, urgency)
    calendar = calendar_for(inquiry.district_id)
    due = no_later_than(deadlines.due(inquiry.asked_at, rule_of(rule), calendar), inquiry.external_due_at)
    district = Place.objects.get(pk=inquiry.district_id)
    if due.due_at > inquiry.due_at and not may(by, Act.RECLASSIFY, inquiry, now=now, place=district):
        raise CannotEaseDue
    inquiry.kind, inquiry.urgency, inquiry.rule = kind, urgency, rule
    inquiry.ladder = ladder_for(inquiry.district_id, urgency)
    inquiry.due_on, inquiry.due_at, inquiry.due_provisional = due.due_on, due.due_at, due.provisional
    inquiry.calendar_version_id = version_of(calendar)
    changed = ["kind", "urgency", "rule", "ladder", "due_on", "due_at", "due_provisional", "calendar_version"]
    if kind == "tip_off" and not inquiry.sealed:
        inquiry.sealed = True
        changed.append("sealed")
        roll = Roll(inquiry.district_id, now=now)
        # Broad sights go; named readers come.
        for officer_id in readers_at(district, roll):
            show_to(inquiry, district, Sight.Reason.READS, now=now, officer=Officer(pk=officer_id))
        for officer_id in {by.pk, *readers_at(inquiry.holder, roll, post_id=inquiry.post_id)}:
            show_to(inquiry, inquiry.holder, Sight.Reason.READS, now=now, officer=Officer(pk=officer_id))
        Sight.objects.filter(inquiry=inquiry, officer=None).delete()
    inquiry.next_chase_at = next_chase(inquiry, now=now)
    Sight.objects.filter(inquiry=inquiry).update(rank=RANK[urgency])
    _note(inquiry, Contact.What.NOTE, reason, by=by, now=now)
    finish(
        inquiry,
        "reclassified",
        by=by,
        now=now,
        changed=[*changed, "next_chase_at"],
        kind=kind,
        urgency=urgency,
    )
    return inquiry


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


def ask_assist(
    inquiry_id: int,
    *,
    of: Place,
    request: str,
    due_at: datetime,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Duty:
    """Another place contributes (协办) by a time; the lead goes on owing the answer."""
    inquiry = begin(inquiry_id, act=Act.ASSIST, by=by, now=now, seen=seen, states=OPEN)
    check_place(inquiry, of)
    if not request.strip():
        raise NeedsWords(field="request")
    if not inquiry.sealed:
        show_to(inquiry, of, Sight.Reason.ASSISTS, now=now)
    duty = open_duty(
        kind=DutyKind.ASSIST,
        place=of,
        due_at=due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=inquiry.holder,
        request=request.strip(),
    )
    finish(inquiry, "assist_asked", by=by, now=now, changed=[], place_id=of.pk, duty=duty.pk)
    return duty


def answer_duty(duty_id: int, *, reply: str, by: Officer, now: datetime, decision: str = "done") -> Duty:
    """An assist, acknowledgement, promise, callback, relay, telephone call or brought duty is done, in words."""
    found = Duty.objects.get(pk=duty_id)
    inquiry = None
    if found.inquiry_id is not None:
        inquiry = begin(found.inquiry_id, act=None, by=by, now=now, seen=None)
    duty = lock_duty(duty_id, by=by, now=now)
    if duty.kind in DECIDED_ELSEWHERE:
        raise NotInThisState
    if not reply.strip():
        raise NeedsWords(field="reply")
    finish_duty(duty, by=by, now=now, decision=decision, reply=reply.strip())
    if inquiry is not None:
        finish(inquiry, f"{duty.kind}_done", by=by, now=now, changed=[], place_id=duty.place_id, duty=duty.pk)
    return duty


# These end by their own act, which does more than to note a reply.
DECIDED_ELSEWHERE = frozenset(
    {
        DutyKind.DISPATCH,
        DutyKind.SIGN_FOR,
        DutyKind.DISPUTE,
        DutyKind.APPROVAL,
        DutyKind.EXTENSION,
        DutyKind.HAND_OVER,
        DutyKind.CALLBACK,
        DutyKind.CITIZEN_REPLY,
    }
)


def _note(inquiry: Inquiry, what: str, text: str, *, by: Officer | None, now: datetime) -> Contact:
    return Contact.objects.create(
        inquiry=inquiry,
        round=inquiry.round,
        what=what,
        text=text.strip(),
        at=now,
        by=by,
        place=inquiry.holder,
    )
