"""Which hand it is in: signed for, passed on, reclassified, assisted, and other duties done in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bureaus.access import Act, Roll
from bureaus.models import DistrictSettings, Officer, Place, Post
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date
from inquiries import deadlines
from inquiries.access import may
from inquiries.ladder import PUBLIC_LIST
from inquiries.models import Contact, Duty, Inquiry, Sight
from inquiries.models.duty import DutyKind
from inquiries.models.rules import Kind
from inquiries.services.acting import RANK, begin, finish, show_to
from inquiries.services.citizens import tell_citizen
from inquiries.services.contacting import note
from inquiries.services.dispatching import WITH_THE_MATTER, check_place, check_post, give_to, let_see
from inquiries.services.duties import (
    check_by_when,
    close_duties,
    ends_in_words,
    finish_duty,
    lock_duty,
    open_duty,
)
from inquiries.services.measuring import (
    ladder_for,
    next_chase,
    rule_for,
    step_in,
    steps_of,
    version_of,
)
from inquiries.services.recording import readers_at
from inquiries.services.redacting import check_redacted
from inquiries.services.refusals import (
    CannotEaseDue,
    DutyOpenAlready,
    HasRiders,
    NeedsDecision,
    NeedsReason,
    NeedsWords,
    NotInThisState,
    NotPublicYet,
    NowhereToGo,
    PlannedBefore,
    TooManyHops,
)
from inquiries.services.remeasuring import Granted, due_again, keys_taken
from inquiries.services.telling import tell_asker, tell_inquiry
from inquiries.states import OPEN, State

HOPS = 2


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
    check_post(post, to)
    if to.bureau_id != inquiry.holder.bureau_id:
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
    if Duty.objects.open().filter(inquiry=inquiry, kind=DutyKind.HAND_OVER).exists():
        # Two bureaus asked at once would each believe it theirs to decide.
        raise DutyOpenAlready
    roll = Roll(inquiry.district_id, now=now)
    let_see(inquiry, to, Sight.Reason.OFFERED, now=now, roll=roll)
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
    inquiry = begin(inquiry_id, act=None, by=by, now=now, seen=seen, states=OPEN)
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

    What was granted for another kind or urgency lapses; the ladder goes on from its last key, else level.
    Raises CannotEaseDue, HasRiders, NeedsReason, UnknownRule.
    """
    inquiry = begin(inquiry_id, act=Act.RECLASSIFY, by=by, now=now, seen=seen, states=OPEN)
    if not reason.strip():
        raise NeedsReason
    rule = rule_for(inquiry.district_id, kind, urgency)
    if kind == Kind.TIP_OFF and not inquiry.sealed and Inquiry.objects.filter(merged_into=inquiry).exists():
        raise HasRiders
    calendar = calendar_for(inquiry.district_id)
    district = Place.objects.get(pk=inquiry.district_id)
    inquiry.kind, inquiry.urgency, inquiry.rule = kind, urgency, rule
    due = due_again(inquiry, calendar, Granted.to([inquiry]))
    if due.due_at > inquiry.due_at and not may(by, Act.RECLASSIFY, inquiry, now=now, place=district):
        raise CannotEaseDue
    # What was asked of the rule before has nothing to be decided any more.
    close_duties(inquiry, by=by, now=now, kinds=(DutyKind.EXTENSION, *WITH_THE_MATTER))
    ladder = ladder_for(inquiry.district_id, urgency)
    if ladder.pk != inquiry.ladder_id:
        inquiry.chase_step = step_in(inquiry, steps_of(ladder.pk), keys_taken([inquiry])[inquiry.pk])
        inquiry.ladder = ladder
    inquiry.due_on, inquiry.due_at, inquiry.due_provisional = due.due_on, due.due_at, due.provisional
    inquiry.calendar_version_id = version_of(calendar)
    changed = ["kind", "urgency", "rule", "ladder", "chase_step", "due_on", "due_at", "due_provisional"]
    changed.append("calendar_version")
    if kind == Kind.TIP_OFF and not inquiry.sealed:
        inquiry.sealed = True
        changed.append("sealed")
        roll = Roll(inquiry.district_id, now=now)
        # Broad sights go; named readers come.
        for officer_id in readers_at(district, roll):
            show_to(inquiry, district, Sight.Reason.READS, now=now, officer=Officer(pk=officer_id))
        for officer_id in {by.pk, *readers_at(inquiry.holder, roll, post_id=inquiry.post_id)}:
            show_to(inquiry, inquiry.holder, Sight.Reason.READS, now=now, officer=Officer(pk=officer_id))
        Sight.objects.filter(inquiry=inquiry, officer=None).delete()
        # Who was asked to assist before goes on by what it was asked, and sees no more than that.
        Duty.objects.filter(inquiry=inquiry, kind=DutyKind.ASSIST, done_at=None).update(apart=True)
    inquiry.next_chase_at = next_chase(inquiry, now=now)
    Sight.objects.filter(inquiry=inquiry).update(rank=RANK[urgency])
    note(inquiry, Contact.What.NOTE, reason, by=by, now=now)
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
    """Another place contributes (协办) by a time; the lead goes on owing the answer.

    Asked for a sealed matter, it sees the words of the request and nothing else. Raises NowhereToGo, AboutThatOffice,
    NeedsWords, DayPassed, TooFarAhead, StillNames.
    """
    inquiry = begin(inquiry_id, act=Act.ASSIST, by=by, now=now, seen=seen, states=OPEN)
    check_place(inquiry, of)
    if of.pk == inquiry.holder_id:
        raise NowhereToGo
    if not request.strip():
        raise NeedsWords(field="request")
    check_by_when(due_at, now=now)
    if inquiry.sealed:
        check_redacted(inquiry, of, request, now=now, field="request")
    else:
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
        apart=inquiry.sealed,
    )
    finish(inquiry, "assist_asked", by=by, now=now, changed=[], place_id=of.pk, duty=duty.pk)
    return duty


def answer_duty(
    duty_id: int,
    *,
    reply: str,
    by: Officer,
    now: datetime,
    decision: str = "done",
    planned_on: date | None = None,
) -> Duty:
    """An assist, investigation, acknowledgement, promise, relay or brought duty is done, in words.

    What was done from a redacted copy is told to who sent it: the place does not see the inquiry itself. A circular is
    `signed` or `refused`. An acknowledgement is the plan, with the day by which the answer is `planned_on`. Raises
    PlannedBefore, NeedsDecision, NeedsWords, NotInThisState, NotYours, NotPublicYet, DutyDone.
    """
    found = Duty.objects.get(pk=duty_id)
    inquiry = None
    if found.inquiry_id is not None and not found.apart:
        inquiry = begin(found.inquiry_id, act=None, by=by, now=now, seen=None)
    duty = lock_duty(duty_id, by=by, now=now)
    if duty.kind in DECIDED_ELSEWHERE or not ends_in_words(duty):
        raise NotInThisState
    if (decision in ("signed", "refused")) is not (duty.kind == DutyKind.CIRCULAR):
        raise NeedsDecision
    if not reply.strip():
        raise NeedsWords(field="reply")
    planned = {}
    if planned_on is not None:
        if duty.kind != DutyKind.ACKNOWLEDGE:
            raise NotInThisState
        if not local_date(now) <= planned_on <= local_date(now) + timedelta(days=366):
            raise PlannedBefore
        planned = {"planned_on": planned_on.isoformat()}
    if decision == "signed" and duty.subject.startswith(PUBLIC_LIST) and inquiry is not None:
        _check_public(inquiry, now=now)
    finish_duty(duty, by=by, now=now, decision=decision, reply=reply.strip(), **planned)
    if inquiry is not None:
        code, at = f"{duty.kind}_done", duty.place_id
        finish(inquiry, code, by=by, now=now, changed=[], place_id=at, duty=duty.pk, **planned)
    if duty.apart and duty.asked_by_id is not None:
        tell_asker(duty, now=now)
    return duty


def _check_public(inquiry: Inquiry, *, now: datetime) -> None:
    """Raises NotPublicYet for an imported matter before the day its district set for those."""
    if not inquiry.imported:
        return
    from_on = (
        DistrictSettings.objects.filter(district=inquiry.district_id)
        .values_list("public_list_from_on", flat=True)
        .first()
    )
    if from_on is None or local_date(now) < from_on:
        raise NotPublicYet


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
        DutyKind.CORRECTION,
        DutyKind.FEE,
        DutyKind.CONSULT,
        DutyKind.TELL,
        DutyKind.COORDINATE,
        DutyKind.CALENDAR,
        DutyKind.BULLETIN_REVIEW,
        DutyKind.BULLETIN_SIGN,
        DutyKind.BULLETIN_PUBLISH,
    }
)
