"""The clock of a disclosure application: corrected it starts anew, while others are consulted it stands still.

政府信息公开条例 art. 30–34.
"""

from __future__ import annotations

from datetime import date, datetime

from bureaus.access import Act, Roll
from bureaus.models import Officer
from bureaus.services.calendar import calendar_for
from bureaus.workdays import DAY, local_date, midnight
from inquiries import deadlines
from inquiries.models import Contact, Draft, Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.models.rules import Kind
from inquiries.services.acting import begin, finish, give_back_pen
from inquiries.services.answering import AnswerGiven, check_answer, submit_draft
from inquiries.services.citizens import tell_citizen
from inquiries.services.contacting import note
from inquiries.services.duties import finish_duty, lock_duty, open_duty
from inquiries.services.measuring import next_chase
from inquiries.services.refusals import (
    ConsultationRuns,
    CorrectionAskedBefore,
    CorrectionAwaited,
    CorrectionTooLate,
    NeedsWords,
    NotAnApplication,
    NotInThisState,
    NotThatDay,
    NotThatLong,
)
from inquiries.services.remeasuring import Granted, due_again
from inquiries.services.telling import tell_inquiry
from inquiries.states import OPEN, LegalGround, Outcome, State

# 政府信息公开条例 art. 30: one notice, within 7 working days of receipt.
CORRECTION_WORKING_DAYS = 7
# The law says "a reasonable time"; more than this would be another way of not answering.
CORRECT_WITHIN_WORKING_DAYS = 30
# Whose answer the clock waits for: a third party (art. 32), or another agency that made the information too (art. 34).
THIRD_PARTY, AGENCY = "third_party", "agency"


def ask_correction(
    inquiry_id: int, *, text: str, until_on: date, by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """The applicant is told once what to correct and until when; the answer is then owed from the correction.

    Until it comes the due is reckoned as if it came on the last day given. Raises NotAnApplication,
    CorrectionAskedBefore, CorrectionTooLate, NotThatLong, NeedsWords. 政府信息公开条例 art. 30.
    """
    inquiry = begin_application(inquiry_id, Act.ASK_CORRECTION, by=by, now=now, seen=seen)
    calendar, today = calendar_for(inquiry.district_id), local_date(now)
    if Duty.objects.filter(inquiry=inquiry, kind=DutyKind.CORRECTION).exists():
        raise CorrectionAskedBefore
    received_on = inquiry.received_on or local_date(inquiry.asked_at)
    if today > calendar.shift(received_on, CORRECTION_WORKING_DAYS):
        raise CorrectionTooLate
    if not today < until_on <= calendar.shift(today, CORRECT_WITHIN_WORKING_DAYS):
        raise NotThatLong
    if not text.strip():
        raise NeedsWords(field="text")
    note(inquiry, Contact.What.ASKED_CITIZEN, text, by=by, now=now)
    open_duty(
        kind=DutyKind.CORRECTION,
        place=inquiry.holder,
        post=inquiry.post,
        due_at=midnight(until_on + DAY),
        now=now,
        by=by,
        inquiry=inquiry,
        request=text.strip(),
        terms={"until_on": until_on.isoformat()},
    )
    changed = move_due(inquiry, now=now)
    if inquiry.state == State.IN_HAND:
        inquiry.state = State.AWAITING_CITIZEN
        changed.append("state")
    tell_citizen(inquiry, "more_wanted", by=by, now=now)
    give_back_pen(inquiry, now=now)
    finish(inquiry, "correction_asked", by=by, now=now, changed=changed, due_at=inquiry.due_at.isoformat())
    return inquiry


def log_correction(
    inquiry_id: int,
    *,
    text: str,
    received_on: date | None = None,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Inquiry:
    """The corrected application was received: the whole time to answer counts anew from that day (art. 30).

    A correction that comes after its time counts all the same while the application is open. Raises NeedsWords,
    NotThatDay, NotInThisState where none is awaited.
    """
    inquiry = begin_application(inquiry_id, Act.LOG_CONTACT, by=by, now=now, seen=seen)
    duty = awaited(inquiry, DutyKind.CORRECTION, by=by, now=now)
    if not text.strip():
        raise NeedsWords(field="text")
    received_on = received_on or local_date(now)
    if not local_date(duty.opened_at) <= received_on <= local_date(now):
        raise NotThatDay(field="received_on")
    note(inquiry, Contact.What.CITIZEN_REPLIED, text, by=by, now=now)
    finish_duty(duty, by=by, now=now, decision="corrected", received_on=received_on.isoformat())
    changed = move_due(inquiry, now=now)
    fee = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.FEE, done_at=None)
    if inquiry.state == State.AWAITING_CITIZEN and not fee.exists():
        inquiry.state = State.IN_HAND
        changed.append("state")
    give_back_pen(inquiry, now=now)
    finish(inquiry, "correction_received", by=by, now=now, changed=changed, due_at=inquiry.due_at.isoformat())
    tell_handler(inquiry, "correction_received", now=now)
    return inquiry


def end_uncorrected(
    inquiry_id: int, *, text: str, told_how: str, by: Officer, now: datetime, seen: int | None = None
) -> Draft:
    """The applicant did not correct it in time without a reason: ending it (终止办理) waits for the district.

    Until it is approved the answer is owed and chased. Raises CorrectionAwaited before the day given has passed,
    NeedsWords, NeedsAttempts, DutyOpenAlready. 政府信息公开条例 art. 30.
    """
    inquiry = begin_application(inquiry_id, Act.ANSWER, by=by, now=now, seen=seen)
    waits = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.CORRECTION, done_at=None).first()
    if waits is None:
        raise NotInThisState
    if now < waits.due_at:
        raise CorrectionAwaited
    given = AnswerGiven(Outcome.ENDED, text, told_how, ground=LegalGround.UNCORRECTED)
    check_answer(inquiry, given, now=now)
    return submit_draft(inquiry, given, by=by, now=now)


def consult_others(
    inquiry_id: int, *, whom: str, request: str, by: Officer, now: datetime, seen: int | None = None
) -> Duty:
    """A third party or another agency is consulted: the clock stands still until it replies, 15 working days at most.

    `whom` is "third_party" (art. 32) or "agency" (art. 34). Raises NotAnApplication, NeedsWords.
    """
    inquiry = begin_application(inquiry_id, Act.CONSULT, by=by, now=now, seen=seen)
    if whom not in (THIRD_PARTY, AGENCY) or not request.strip():
        raise NeedsWords(field="request")
    before = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.CONSULT).count()
    duty = open_duty(
        kind=DutyKind.CONSULT,
        place=inquiry.holder,
        post=inquiry.post,
        due_at=deadlines.due(
            now, deadlines.Rule(deadlines.THIRD_PARTY_WORKING_DAYS), calendar_for(inquiry.district_id)
        ).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        # Several may be consulted at once; the days on which any is awaited stand still once.
        subject=str(before + 1),
        request=request.strip(),
        terms={"whom": whom, "from_on": local_date(now).isoformat()},
    )
    changed = move_due(inquiry, now=now)
    finish(inquiry, "consulted", by=by, now=now, changed=changed, due_at=inquiry.due_at.isoformat())
    return duty


def log_consultation(
    inquiry_id: int,
    *,
    answered: bool,
    reply: str,
    replied_on: date | None = None,
    duty_id: int | None = None,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Inquiry:
    """The reply came, or its time is over: the clock runs on from that day, the 15th working day at the latest.

    A third party's silence leaves the decision to the agency (art. 32); a co-author's silence is consent (art. 34).
    `duty_id` names the consultation where several are open. Raises ConsultationRuns, NotThatDay, NeedsWords,
    NotInThisState.
    """
    inquiry = begin_application(inquiry_id, Act.LOG_CONTACT, by=by, now=now, seen=seen)
    duty = awaited(inquiry, DutyKind.CONSULT, by=by, now=now, duty_id=duty_id)
    if not answered and now < duty.due_at:
        raise ConsultationRuns
    if answered and not reply.strip():
        raise NeedsWords(field="reply")
    until_on = replied_on or local_date(now)
    if not local_date(duty.opened_at) <= until_on <= local_date(now):
        raise NotThatDay(field="replied_on")
    finish_duty(
        duty,
        by=by,
        now=now,
        decision="answered" if answered else "silent",
        reply=reply.strip(),
        until_on=until_on.isoformat(),
    )
    changed = move_due(inquiry, now=now)
    finish(
        inquiry,
        "consultation_over",
        by=by,
        now=now,
        changed=changed,
        duty=duty.pk,
        due_at=inquiry.due_at.isoformat(),
    )
    tell_handler(inquiry, "consultation_over", now=now)
    return inquiry


def begin_application(inquiry_id: int, act: Act, *, by: Officer, now: datetime, seen: int | None) -> Inquiry:
    """The locked application, open and fit for the act. Raises NotAnApplication and what `begin` does."""
    inquiry = begin(inquiry_id, act=act, by=by, now=now, seen=seen, states=OPEN)
    if inquiry.kind != Kind.DISCLOSURE:
        raise NotAnApplication
    return inquiry


def awaited(inquiry: Inquiry, kind: str, *, by: Officer, now: datetime, duty_id: int | None = None) -> Duty:
    """The locked duty of what is awaited. Raises NotInThisState where nothing of that kind is."""
    found = Duty.objects.filter(inquiry=inquiry, kind=kind, done_at=None).order_by("pk")
    waiting = (found.filter(pk=duty_id) if duty_id is not None else found).first()
    if waiting is None:
        raise NotInThisState
    return lock_duty(waiting.pk, by=by, now=now, act=Act.LOG_CONTACT)


def move_due(inquiry: Inquiry, *, now: datetime) -> list[str]:
    """The due as the clock has it now, and the next chase by it; gives the columns to save. The first due is kept."""
    due = due_again(inquiry, calendar_for(inquiry.district_id), Granted.to([inquiry]))
    inquiry.due_on, inquiry.due_at, inquiry.due_provisional = due.due_on, due.due_at, due.provisional
    inquiry.next_chase_at = next_chase(inquiry, now=now)
    return ["due_on", "due_at", "due_provisional", "next_chase_at"]


def tell_handler(inquiry: Inquiry, code: str, *, now: datetime) -> None:
    """Whoever handles it is told at once."""
    roll = Roll(inquiry.district_id, now=now)
    handler = roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id)
    tell_inquiry(inquiry, code, handler, now=now, alone=True)
