"""The citizen is told by a person: by telephone, each attempt on record, or by a letter that was posted."""

from __future__ import annotations

from datetime import date, datetime

from bureaus.access import Act
from bureaus.models import Officer
from bureaus.workdays import local_date
from inquiries.models import Contact, Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish
from inquiries.services.citizens import TOLD_OF
from inquiries.services.duties import finish_duty, lock_duty
from inquiries.services.refusals import CitizenErased, NeedsAttempts, NotHappenedYet, NotInThisState

ATTEMPTS = 3
TOLD, NOT_REACHED, COULD_NOT = "told", "not_reached", "could_not"


def attempts_at(inquiry: Inquiry) -> int:
    """How often somebody tried in vain to reach the citizen in this round."""
    return Contact.objects.filter(inquiry=inquiry, round=inquiry.round, what=Contact.What.NOT_REACHED).count()


def log_call(
    duty_id: int, *, result: str, at: datetime | None = None, words: str = "", by: Officer, now: datetime
) -> Duty:
    """A call to the citizen is on record with its time and result.

    `told` ends the duty; `not_reached` is an attempt and leaves it open; `could_not` ends it after three attempts.
    Raises NeedsAttempts, NotHappenedYet, NotInThisState, NotYours, DutyDone.
    """
    found = Duty.objects.get(pk=duty_id)
    if found.kind != DutyKind.TELL or found.inquiry_id is None:
        raise NotInThisState
    at = at or now
    if at > now:
        raise NotHappenedYet(field="at")
    inquiry = begin(found.inquiry_id, act=None, by=by, now=now, seen=None)
    duty = lock_duty(duty_id, by=by, now=now)
    if result == COULD_NOT:
        if attempts_at(inquiry) < ATTEMPTS:
            raise NeedsAttempts
    elif result in (TOLD, NOT_REACHED):
        Contact.objects.create(
            inquiry=inquiry,
            round=inquiry.round,
            what=Contact.What.CONTACTED if result == TOLD else Contact.What.NOT_REACHED,
            text=words.strip(),
            at=at,
            by=by,
            place=duty.place,
        )
    else:
        raise NotInThisState
    if result != NOT_REACHED:
        finish_duty(duty, by=by, now=now, decision=result, reply=words.strip())
    code = "not_reached" if result == NOT_REACHED else "tell_done"
    finish(inquiry, code, by=by, now=now, changed=[], place_id=duty.place_id, duty=duty.pk, result=result)
    return duty


def log_letter(
    inquiry_id: int,
    *,
    what: str,
    posted_on: date,
    number: str = "",
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Contact:
    """A letter to the citizen was posted that day; what was owed to be told by it is done.

    `number` is that of a registered letter. Raises NotHappenedYet for a day to come, NotInThisState for what the
    citizen is not told, CitizenErased.
    """
    inquiry = begin(inquiry_id, act=Act.LOG_CONTACT, by=by, now=now, seen=seen)
    if what not in TOLD_OF:
        raise NotInThisState
    if inquiry.citizen is not None and inquiry.citizen.erased_at is not None:
        raise CitizenErased
    if posted_on > local_date(now):
        raise NotHappenedYet(field="posted_on")
    contact = Contact.objects.create(
        inquiry=inquiry,
        round=inquiry.round,
        what=Contact.What.POSTED,
        text=" ".join(filter(None, [posted_on.isoformat(), number.strip()])),
        at=now,
        by=by,
        place=inquiry.holder,
    )
    owed = Duty.objects.select_for_update().filter(
        inquiry=inquiry, kind=DutyKind.TELL, done_at=None, terms__what=what
    )
    for duty in owed.order_by("pk"):
        finish_duty(duty, by=by, now=now, decision="posted", reply=contact.text)
    finish(inquiry, "posted", by=by, now=now, changed=[], contact=contact.pk)
    return contact
