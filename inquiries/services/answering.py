"""The answer: the only thing that ends a chase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

from bureaus.access import MAY, Act, Roll, officers_of
from bureaus.models import Officer, Place, Post
from bureaus.refusals import NotAChoice
from bureaus.services.calendar import calendar_for
from bureaus.services.notices import withdraw_unsent
from bureaus.workdays import SHANGHAI, local_date
from inquiries import deadlines
from inquiries.models import Answer, Chase, Draft, Duty, Inquiry, Pen, Sight
from inquiries.models.answer import ToldHow
from inquiries.models.duty import DutyKind
from inquiries.models.rules import Kind
from inquiries.services.acting import begin, finish, give_back_pen, pass_pen
from inquiries.services.blanks import blanks_in
from inquiries.services.calling import ATTEMPTS, attempts_at
from inquiries.services.calling_back import owe_callback
from inquiries.services.citizens import check_told_at_once, tell_answered
from inquiries.services.duties import close_duties, finish_duty, head_of, lock_duty, open_duty, owe_source
from inquiries.services.refusals import (
    AlreadyAnswered,
    BlankLeft,
    NeedsAttempts,
    NeedsGround,
    NeedsOutcome,
    NeedsPromiseDay,
    NeedsReason,
    NeedsWords,
    NotGivenUp,
    NotInThisState,
    NotYours,
    TooFarAhead,
)
from inquiries.services.telling import tell_inquiry
from inquiries.states import (
    DISCLOSURE_OUTCOMES,
    GROUNDS_OF,
    NEED_GROUND,
    NEED_HEADS_APPROVAL,
    NEED_OUTSIDE_APPROVAL,
    OPEN,
    LegalGround,
    Outcome,
    State,
)

APPROVAL_WORKING_DAYS = 1
PROMISED_WITHIN_YEARS = 20
# A reading in law and practice: an answer entered more than this after it was given is marked 补录.
ENTERED_LATER_AFTER = timedelta(hours=2)

# Duties that only make sense before the answer; an acknowledgement or a promise is owed all the same.
BEFORE_ANSWER = (
    DutyKind.DISPATCH,
    DutyKind.SIGN_FOR,
    DutyKind.DISPUTE,
    DutyKind.APPROVAL,
    DutyKind.EXTENSION,
    DutyKind.HAND_OVER,
    DutyKind.ASSIST,
    DutyKind.INVESTIGATE,
    DutyKind.CITIZEN_REPLY,
    DutyKind.CORRECTION,
    DutyKind.FEE,
    DutyKind.CONSULT,
    DutyKind.COORDINATE,
    # The answer tells the citizen more than what was to be told before.
    DutyKind.TELL,
    DutyKind.CIRCULAR,
)


@dataclass(frozen=True)
class AnswerGiven:
    """The words of an answer and how the citizen was told."""

    outcome: str
    text: str
    told_how: str
    basis: str = ""
    promised_on: date | None = None
    ground: str = ""


# What was awaited in vain of an applicant whose application is ended for it.
_GIVEN_UP: dict[str, DutyKind] = {
    LegalGround.UNCORRECTED: DutyKind.CORRECTION,
    LegalGround.UNPAID: DutyKind.FEE,
}


def check_answer(inquiry: Inquiry, given: AnswerGiven, *, now: datetime, history: bool = False) -> None:
    """Raises NeedsWords, BlankLeft, NeedsOutcome, NeedsGround, NotAChoice, NeedsPromiseDay, TooFarAhead, NeedsAttempts,
    NotGivenUp.

    Of what a source answered before (`history`) a promise may be for a day past, its attempts were its own, and its
    words stand as they are.
    """
    if not given.text.strip():
        raise NeedsWords(field="text")
    if not history and (left := blanks_in(given.text)):
        raise BlankLeft([f"{{{blank}}}" for blank in left])
    if given.outcome not in set(Outcome):
        raise NeedsOutcome
    if given.told_how not in ToldHow.values:
        raise NotAChoice(field="told_how")
    if (given.outcome in DISCLOSURE_OUTCOMES) and inquiry.kind != Kind.DISCLOSURE:
        raise NeedsOutcome
    if given.ground and given.ground not in GROUNDS_OF.get(given.outcome, ()):
        raise NotAChoice(field="ground")
    # How a source told its grounds is its own.
    if given.outcome in NEED_GROUND and not given.ground and not history:
        raise NeedsGround
    # What rides is ended by what its lead waited for.
    if (awaited := _GIVEN_UP.get(given.ground)) and not history and inquiry.merged_into_id is None:
        waited = Duty.objects.filter(inquiry=inquiry, kind=awaited, done_at=None)
        if not waited.filter(due_at__lte=now).exists():
            raise NotGivenUp
    if given.outcome == Outcome.PLANNED and (
        given.promised_on is None or (given.promised_on < now.astimezone(SHANGHAI).date() and not history)
    ):
        raise NeedsPromiseDay
    if given.promised_on is not None and given.promised_on.year > now.year + PROMISED_WITHIN_YEARS:
        raise TooFarAhead(
            _("A promise is for a day within %(years)d years.") % {"years": PROMISED_WITHIN_YEARS},
            field="promised_on",
        )
    # Whoever was erased cannot be tried three times.
    erased = inquiry.citizen is not None and inquiry.citizen.erased_at is not None
    could_not = given.told_how == ToldHow.COULD_NOT and not erased
    in_vain = could_not or given.outcome == Outcome.UNREACHABLE
    if in_vain and not history and attempts_at(inquiry) < ATTEMPTS:
        raise NeedsAttempts


def log_answer(
    inquiry: Inquiry,
    given: AnswerGiven,
    *,
    by: Officer | None,
    now: datetime,
    at_once: bool = False,
    answered_at: datetime | None = None,
    approved_by: Officer | None = None,
    lead: Inquiry | None = None,
    history: bool = False,
) -> Answer:
    """The locked inquiry is answered, and with it every inquiry that rides on it. The only end of a chase.

    1. The answer row stands. 2. The inquiry points at it by its composite key and is chased no more. 3. Unsent
    notices about it are withdrawn and duties that only served the answer are closed. 4. A promise, a word back to
    the source system and a telephone call owed to the citizen become duties. 5. Riders get their own answer.
    `history` is what a source answered before: it stands as it was given, and nobody is told or owed anything.
    Raises AlreadyAnswered, at once NowhereToTell too, and what `check_answer` raises.
    """
    if inquiry.answered_at is not None:
        raise AlreadyAnswered
    check_answer(inquiry, given, now=now, history=history)
    moment = answered_at or now
    # What was said some time ago was told as it says.
    entered_later = at_once and now - moment > ENTERED_LATER_AFTER
    if at_once and not entered_later:
        check_told_at_once(inquiry, given.told_how)
    answer = Answer.objects.create(
        inquiry=inquiry,
        round=inquiry.round,
        outcome=given.outcome,
        text=given.text.strip(),
        basis=given.basis,
        ground=given.ground,
        answered_at=moment,
        answered_by=by,
        place=inquiry.holder,
        post=inquiry.post,
        approved_by=approved_by,
        at_once=at_once,
        entered_later=entered_later,
        told_how=given.told_how,
        promised_on=given.promised_on,
        due_at=inquiry.due_at,
        logged_at=now,
    )
    chased = list(Chase.objects.filter(inquiry=inquiry, round=inquiry.round).values_list("pk", flat=True))
    if chased:
        withdraw_unsent(cause_kind="chase", cause_ids=chased, now=now)
    withdraw_unsent(
        cause_kind="assigned", cause_ids=[f"{inquiry.pk}.{v}" for v in range(1, inquiry.version + 1)], now=now
    )
    close_duties(inquiry, by=by, now=now, kinds=BEFORE_ANSWER)
    pass_pen(inquiry, None, now=now)
    inquiry.state = State.ANSWERED
    inquiry.answered_at, inquiry.outcome, inquiry.at_once = moment, given.outcome, at_once
    inquiry.next_chase_at = None
    if lead is None:
        _owe_promise(inquiry, given, by=by, now=now, history=history)
    if not history:
        # What rides came from a source of its own, which waits for word as well.
        owe_source(inquiry, "answer", number=inquiry.round, place=inquiry.holder, by=by, now=now)
    if not at_once and not history:
        owe_callback(inquiry, given.outcome, by=by, now=now)
    if not history and not entered_later:
        tell_answered(
            inquiry, given.told_how, by=by, now=now, told_already=approved_by is None and lead is None
        )
    changed = ["state", "answered_at", "outcome", "at_once", "next_chase_at"]
    if history:
        # Its first word to the citizen that is known, by the moment that the source gives.
        inquiry.contacted_at, inquiry.contacted_late = moment, moment >= inquiry.due_at
        changed += ["contacted_at", "contacted_late"]
    finish(
        inquiry,
        "answer_imported" if history else "answered",
        by=by,
        now=now,
        changed=changed,
        outcome=given.outcome,
        answer=answer.pk,
        at_once=at_once,
        lead=lead.pk if lead else None,
    )
    for rider in (
        Inquiry.objects.select_for_update(of=("self",))
        .select_related("holder")
        .filter(merged_into=inquiry, answered_at=None)
        .order_by("pk")
    ):
        log_answer(rider, given, by=by, now=now, answered_at=moment, approved_by=approved_by, lead=inquiry)
    return answer


def _owe_promise(
    inquiry: Inquiry, given: AnswerGiven, *, by: Officer | None, now: datetime, history: bool
) -> None:
    if given.outcome != Outcome.PLANNED or given.promised_on is None:
        return
    # Whether a promise of before whose day has passed was kept, nobody here knows.
    if not history or given.promised_on >= local_date(now):
        open_duty(
            kind=DutyKind.PROMISE,
            place=inquiry.holder,
            post=inquiry.post,
            due_at=datetime.combine(given.promised_on + timedelta(days=1), time.min, SHANGHAI),
            now=now,
            by=by,
            inquiry=inquiry,
            subject=str(inquiry.round),
            tell=not history,
        )


def answer_inquiry(
    inquiry_id: int, given: AnswerGiven, *, by: Officer, now: datetime, seen: int | None = None
) -> Answer | Draft:
    """The inquiry is answered, or its draft waits for the approver the rule or the outcome asks for.

    An outcome that leaves the citizen without what was asked needs an approver outside the answering place; a rule
    or a refusal of information asks for the bureau's own head. Of a sealed matter that nobody else may read and
    approve, the answer stands at once, unapproved. The inquiry stays in hand and the pen is the approver's.
    """
    inquiry = begin(inquiry_id, act=Act.ANSWER, by=by, now=now, seen=seen, states=OPEN)
    check_answer(inquiry, given, now=now)
    if waits_for_approval(inquiry, given, by=by, now=now):
        return submit_draft(inquiry, given, by=by, now=now)
    return log_answer(inquiry, given, by=by, now=now)


def waits_for_approval(inquiry: Inquiry, given: AnswerGiven, *, by: Officer, now: datetime) -> bool:
    """Whether the outcome or the rule asks for an approver, and there is one who may read the matter."""
    asked = NEED_OUTSIDE_APPROVAL | NEED_HEADS_APPROVAL
    return (given.outcome in asked or inquiry.rule.needs_approval) and not _reads_alone(
        inquiry, by=by, now=now
    )


def withdraw_inquiry(
    inquiry_id: int, *, text: str, told_how: str, by: Officer, now: datetime, seen: int | None = None
) -> Draft:
    """The citizen withdrew (撤回): a draft with that outcome waits for an approver outside the answering place.

    Until it is approved the inquiry is owed and chased as before. Raises NeedsWords, DutyOpenAlready.
    """
    inquiry = begin(inquiry_id, act=Act.WITHDRAW, by=by, now=now, seen=seen, states=OPEN)
    given = AnswerGiven(Outcome.WITHDRAWN, text, told_how)
    check_answer(inquiry, given, now=now)
    return submit_draft(inquiry, given, by=by, now=now)


def submit_draft(inquiry: Inquiry, given: AnswerGiven, *, by: Officer, now: datetime) -> Draft:
    """The draft of the locked inquiry waits for its approver, who has the pen. Raises DutyOpenAlready."""
    calendar = calendar_for(inquiry.district_id)
    # Outside the answering bureau is the district; the rule's own approval is the bureau's head, where that is another
    # officer who may read the matter.
    outside = given.outcome in NEED_OUTSIDE_APPROVAL
    inside = not outside and _approvers(inquiry, inquiry.holder.bureau_id, by=by, now=now)
    approver = inquiry.holder.bureau_id if inside else inquiry.district_id
    place = Place.objects.get(pk=approver)
    duty = open_duty(
        kind=DutyKind.APPROVAL,
        place=place,
        post=None if approver == inquiry.district_id else head_of(place),
        due_at=deadlines.due(now, deadlines.Rule(APPROVAL_WORKING_DAYS), calendar).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=inquiry.holder,
    )
    draft = Draft.objects.create(
        inquiry=inquiry,
        round=inquiry.round,
        outcome=given.outcome,
        text=given.text.strip(),
        basis=given.basis,
        ground=given.ground,
        told_how=given.told_how,
        promised_on=given.promised_on,
        drafted_by=by,
        drafted_at=now,
    )
    changed = []
    if inquiry.state == State.ASSIGNED:
        inquiry.state = State.IN_HAND
        changed = ["state"]
    pass_pen(inquiry, Pen.Part.APPROVER, place=place, now=now)
    finish(inquiry, "drafted", by=by, now=now, changed=changed, outcome=given.outcome, duty=duty.pk)
    return draft


def sent_back(inquiry: Inquiry) -> tuple[Draft, Duty] | None:
    """The draft of this round that came back last, with the approval that says why; None where none did.

    Only while the bureau that drafted it still holds the inquiry.
    """
    duty = (
        Duty.objects.filter(inquiry=inquiry, kind=DutyKind.APPROVAL, done_at__isnull=False)
        .select_related("asked_place", "done_by")
        .order_by("-done_at")
        .first()
    )
    if duty is None or duty.decision != "refused" or duty.asked_place is None:
        return None
    draft = Draft.objects.filter(inquiry=inquiry, round=inquiry.round, decided_at=duty.done_at).first()
    if draft is None or duty.asked_place.bureau_id != inquiry.holder.bureau_id:
        return None
    return draft, duty


def _approvers(inquiry: Inquiry, place_id: int, *, by: Officer, now: datetime) -> set[int]:
    """Who but `by` may read the matter and approve it at that place now."""
    roles = [role for role, acts in MAY.items() if Act.APPROVE in acts]
    posts = Post.objects.filter(place=place_id, role__in=roles, closed_on=None).values_list("pk", flat=True)
    found = {officer.pk for held in officers_of(list(posts), now=now).values() for officer, _acting in held}
    if inquiry.sealed:
        found &= set(Sight.objects.filter(inquiry=inquiry).values_list("officer", flat=True))
    return found - {by.pk}


def _reads_alone(inquiry: Inquiry, *, by: Officer, now: datetime) -> bool:
    return inquiry.sealed and not _approvers(inquiry, inquiry.district_id, by=by, now=now)


def decide_draft(
    inquiry_id: int, *, approve: bool, reason: str = "", by: Officer, now: datetime, seen: int | None = None
) -> Answer | None:
    """The draft is approved and the inquiry answered, or it goes back with a reason. Raises NeedsReason, NotYours.

    Whoever drafted it does not approve it.
    """
    inquiry = begin(inquiry_id, act=None, by=by, now=now, seen=seen, states=OPEN)
    draft = Draft.objects.select_for_update().filter(inquiry=inquiry, decided_at=None).first()
    waiting = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.APPROVAL, done_at=None).first()
    if draft is None or waiting is None:
        raise NotInThisState
    duty = lock_duty(waiting.pk, by=by, now=now, act=Act.APPROVE)
    if draft.drafted_by_id == by.pk:
        raise NotYours
    if not approve and not reason.strip():
        raise NeedsReason
    if approve:
        return approve_draft(inquiry, draft, duty, approver=by, by=by, now=now, reply=reason.strip())
    draft.decided_by = by
    draft.decided_at = now
    draft.approved = False
    draft.save(update_fields=["decided_by", "decided_at", "approved"])
    finish_duty(duty, by=by, now=now, decision="refused", reply=reason.strip())
    give_back_pen(inquiry, now=now)
    finish(inquiry, "draft_refused", by=by, now=now, changed=[], duty=duty.pk)
    roll = Roll(inquiry.district_id, now=now)
    tell_inquiry(
        inquiry,
        "draft_refused",
        roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id),
        now=now,
        alone=True,
    )
    return None


def approve_draft(
    inquiry: Inquiry,
    draft: Draft,
    duty: Duty,
    *,
    approver: Officer,
    by: Officer,
    now: datetime,
    reply: str = "",
) -> Answer:
    """The locked draft is approved by `approver`, as `by` enters it, and the locked inquiry answered with it."""
    draft.decided_by, draft.decided_at, draft.approved = approver, now, True
    draft.save(update_fields=["decided_by", "decided_at", "approved"])
    finish_duty(duty, by=by, now=now, decision="approved", reply=reply)
    given = AnswerGiven(
        draft.outcome, draft.text, draft.told_how, draft.basis, draft.promised_on, draft.ground
    )
    return log_answer(inquiry, given, by=draft.drafted_by, now=now, approved_by=approver)
