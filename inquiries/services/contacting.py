"""What is said between the office and the citizen on the way, and about her."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act, Roll
from bureaus.models import Officer
from bureaus.services.calendar import calendar_for
from inquiries import deadlines
from inquiries.models import Contact, Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish, give_back_pen
from inquiries.services.chasing import chase_again
from inquiries.services.citizens import tell_citizen
from inquiries.services.duties import close_duties, open_duty
from inquiries.services.refusals import (
    NeedsWords,
    NotAnEmergencyNumber,
    NotInThisState,
)
from inquiries.services.telling import tell_inquiry
from inquiries.states import OPEN, State

CITIZEN_REPLY_WORKING_DAYS = 3

EMERGENCY_NUMBERS = ("110", "119", "120", "122")


def note(inquiry: Inquiry, what: str, text: str, *, by: Officer | None, now: datetime) -> Contact:
    """The words stand beside the inquiry, as said now; the caller has locked it."""
    return Contact.objects.create(
        inquiry=inquiry,
        round=inquiry.round,
        what=what,
        text=text.strip(),
        at=now,
        by=by,
        place=inquiry.holder,
    )


def ask_citizen(
    inquiry_id: int, *, text: str, by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """The citizen is asked for more; the clock runs on, and the question is followed up in three working days."""
    inquiry = begin(inquiry_id, act=Act.ASK_CITIZEN, by=by, now=now, seen=seen, states=[State.IN_HAND])
    if not text.strip():
        raise NeedsWords(field="text")
    note(inquiry, Contact.What.ASKED_CITIZEN, text, by=by, now=now)
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
    give_back_pen(inquiry, now=now)
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
    waiting = set(Duty.objects.filter(inquiry=inquiry, done_at=None).values_list("kind", flat=True))
    if waiting & {DutyKind.CORRECTION, DutyKind.FEE} and DutyKind.CITIZEN_REPLY not in waiting:
        # What is awaited is a correction or a fee: each has a day of its own, from which the clock counts anew.
        raise NotInThisState
    note(inquiry, Contact.What.CITIZEN_REPLIED, text, by=by, now=now)
    close_duties(inquiry, by=by, now=now, kinds=(DutyKind.CITIZEN_REPLY,))
    inquiry.state = State.IN_HAND
    give_back_pen(inquiry, now=now)
    finish(inquiry, "citizen_replied", by=by, now=now, changed=["state"])
    roll = Roll(inquiry.district_id, now=now)
    handler = roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id)
    tell_inquiry(inquiry, "citizen_replied", handler, now=now, alone=True)
    return inquiry


def log_contact(
    inquiry_id: int,
    *,
    what: str,
    text: str = "",
    number: str = "",
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Contact:
    """A contact, an attempt, an interim reply, an emergency hand-over or a note is on record; nothing else moves.

    `number` is the emergency service it was handed to, one of EMERGENCY_NUMBERS, and of nothing else.
    Raises NeedsWords, NotAnEmergencyNumber.
    """
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
    if number not in (EMERGENCY_NUMBERS if what == Contact.What.EMERGENCY else ("",)):
        raise NotAnEmergencyNumber
    contact = note(inquiry, what, "：".join(said for said in (number, text.strip()) if said), by=by, now=now)
    finish(inquiry, what, by=by, now=now, changed=[], contact=contact.pk)
    return contact


def ask_again(
    inquiry_id: int, *, text: str, by: Officer | None, now: datetime, seen: int | None = None
) -> Inquiry:
    """The same citizen asked about the same matter again (催单): counted, told, and its chase moves to today."""
    inquiry = begin(inquiry_id, act=Act.LOG_CONTACT, by=by, now=now, seen=seen)
    if inquiry.answered_at is not None or inquiry.merged_into_id is not None:
        raise NotInThisState
    note(inquiry, Contact.What.ASKED_AGAIN, text, by=by, now=now)
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
    contact = note(
        inquiry,
        Contact.What.CHASED_BY_HAND,
        f"{whom.strip()}：{promised.strip()}".rstrip("："),
        by=by,
        now=now,
    )
    finish(inquiry, "chased_by_hand", by=by, now=now, changed=[], contact=contact.pk)
    return contact
