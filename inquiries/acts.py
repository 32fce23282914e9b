"""Every act an officer may do to an inquiry, as a row: its words, its form, the service it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act
from bureaus.models import Officer
from inquiries.forms import acts as forms
from inquiries.models import Duty, Inquiry, Rating
from inquiries.models.duty import DutyKind
from inquiries.models.inquiry import FROM_A_SOURCE
from inquiries.models.rules import Kind
from inquiries.services import (
    answering,
    calling_back,
    challenging,
    charging,
    closing,
    contacting,
    coordinating,
    disclosing,
    dispatching,
    erasing,
    extending,
    merging,
    moving,
    recording,
    redacting,
    sources,
)
from inquiries.services.refusals import NowhereToGo
from inquiries.states import OPEN, SETTLED, State

Run = Callable[[Inquiry, dict[str, Any], Officer, datetime], object]


@dataclass(frozen=True)
class Deed:
    """One act on the page. `waits` names the open duty it decides; with it, whoever owes that duty may act. `opens`
    names the duty that it opens: as long as that is open, it is not to be done again."""

    code: str
    label: str | Promise
    tells: str | Promise
    act: Act
    states: tuple[str, ...]
    form: type[forms.ActForm]
    run: Run
    waits: str = ""
    opens: str = ""
    main: bool = False
    fits: Callable[[Inquiry], bool] = lambda inquiry: True


def _answer(inquiry: Inquiry, given: dict[str, Any], by: Officer, now: datetime) -> object:
    words = answering.AnswerGiven(
        *(given["outcome"], given["text"], given["told_how"], given["basis"], given["promised_on"]),
        # Only an application is asked for it.
        given.get("ground", ""),
    )
    return answering.answer_inquiry(inquiry.pk, words, by=by, now=now, seen=given["seen"])


def _merge(inquiry: Inquiry, given: dict[str, Any], by: Officer, now: datetime) -> object:
    lead = Inquiry.objects.filter(district=inquiry.district_id, reference=given["reference"].strip()).first()
    if lead is None:
        raise NowhereToGo(_("No inquiry of this reference that you may see."), field="reference")
    return merging.merge_inquiries(inquiry.pk, into=lead.pk, by=by, now=now, seen=given["seen"])


def _may_go_back(inquiry: Inquiry) -> bool:
    """Whether the bureau that has it was not designated, and may say that it is not its own."""
    return not inquiry.designated and inquiry.holder_id != inquiry.district_id


def _is_application(inquiry: Inquiry) -> bool:
    return inquiry.kind == Kind.DISCLOSURE


def _asked_once(kind: DutyKind) -> Callable[[Inquiry], bool]:
    """Of an application that was not asked for it yet."""
    return lambda inquiry: (
        _is_application(inquiry) and not Duty.objects.filter(inquiry=inquiry, kind=kind).exists()
    )


BEFORE_ANSWER = tuple(OPEN)
WITH_BUREAU = (State.ASSIGNED, State.IN_HAND)

DEEDS: tuple[Deed, ...] = (
    Deed(
        "answer",
        _("Answer"),
        _("Logs the answer and ends the chase; where the outcome needs it, an approver decides first."),
        Act.ANSWER,
        BEFORE_ANSWER,
        forms.AnswerForm,
        _answer,
        main=True,
    ),
    Deed(
        "sign",
        _("Sign for"),
        _("Your place takes the inquiry in hand."),
        Act.SIGN_FOR,
        (State.ASSIGNED,),
        forms.NothingMore,
        lambda i, g, by, now: moving.sign_for(i.pk, by=by, now=now, seen=g["seen"]),
        main=True,
    ),
    Deed(
        "dispatch",
        _("Dispatch"),
        _("The place gets it, signs for it, and owes the answer."),
        Act.DISPATCH,
        (State.RECEIVED,),
        forms.DispatchForm,
        lambda i, g, by, now: dispatching.dispatch_inquiry(i.pk, to=g["to"], by=by, now=now, seen=g["seen"]),
        main=True,
    ),
    Deed(
        "designate",
        _("Designate"),
        _("Final: the place may neither return nor dispute it."),
        Act.DESIGNATE,
        (State.RECEIVED,),
        forms.DesignateForm,
        lambda i, g, by, now: dispatching.dispatch_inquiry(
            i.pk, to=g["to"], by=by, now=now, seen=g["seen"], designate=True, reason=g["reason"]
        ),
    ),
    Deed(
        "decide-draft",
        _("Decide the draft"),
        _("Approved, the citizen is answered; refused, it goes back with your reason."),
        Act.APPROVE,
        BEFORE_ANSWER,
        forms.ApproveForm,
        lambda i, g, by, now: answering.decide_draft(
            i.pk, approve=g["yes"] == "yes", reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        waits=DutyKind.APPROVAL,
        main=True,
    ),
    Deed(
        "decide-extension",
        _("Decide the extension"),
        _("Granted, the due moves and the citizen is told; the first due is kept for ever."),
        Act.DECIDE_FIRST_EXTENSION,
        BEFORE_ANSWER,
        forms.DecideForm,
        lambda i, g, by, now: extending.decide_extension(
            i.pk, grant=g["yes"] == "yes", reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        waits=DutyKind.EXTENSION,
        main=True,
    ),
    Deed(
        "decide-dispute",
        _("Decide the dispute"),
        _("Yes takes it back to be dispatched; no designates the place, finally."),
        Act.DESIGNATE,
        BEFORE_ANSWER,
        forms.DecideForm,
        lambda i, g, by, now: dispatching.decide_dispute(
            i.pk, uphold=g["yes"] == "yes", reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        waits=DutyKind.DISPUTE,
        main=True,
    ),
    Deed(
        "decide-hand-over",
        _("Decide the hand-over"),
        _("Accepted, your place leads from now on; declined, it stays where it is."),
        Act.SIGN_FOR,
        BEFORE_ANSWER,
        forms.DecideForm,
        lambda i, g, by, now: moving.decide_hand_over(
            i.pk, accept=g["yes"] == "yes", reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        waits=DutyKind.HAND_OVER,
        main=True,
    ),
    Deed(
        "coordinate",
        _("Decide the coordination"),
        _("Who leads and who assists; the assisting places owe their part within three working days."),
        Act.DESIGNATE,
        (State.ASSIGNED, State.IN_HAND, State.AWAITING_CITIZEN),
        forms.CoordinateForm,
        lambda i, g, by, now: coordinating.decide_coordination(
            i.pk,
            decision=g["decision"],
            lead=g["lead"],
            assisting=list(g["assisting"]),
            by=by,
            now=now,
            seen=g["seen"],
        ),
        waits=DutyKind.COORDINATE,
        main=True,
    ),
    Deed(
        "citizen-reply",
        _("The citizen replied"),
        _("You have the pen again."),
        Act.LOG_CONTACT,
        (State.AWAITING_CITIZEN,),
        forms.WordsForm,
        lambda i, g, by, now: contacting.log_citizen_reply(
            i.pk, text=g["text"], by=by, now=now, seen=g["seen"]
        ),
        main=True,
    ),
    Deed(
        "correction-received",
        _("The correction came"),
        _("The whole time to answer counts anew from the day it was received."),
        Act.LOG_CONTACT,
        BEFORE_ANSWER,
        forms.CorrectedForm,
        lambda i, g, by, now: disclosing.log_correction(
            i.pk, text=g["text"], received_on=g["received_on"], by=by, now=now, seen=g["seen"]
        ),
        waits=DutyKind.CORRECTION,
        main=True,
        fits=_is_application,
    ),
    Deed(
        "consultation-over",
        _("The consultation is over"),
        _("The reply came, or its 15 working days are over: the clock runs on."),
        Act.LOG_CONTACT,
        BEFORE_ANSWER,
        forms.ConsultedForm,
        lambda i, g, by, now: disclosing.log_consultation(
            i.pk,
            duty_id=g["duty"].pk,
            answered=g["answered"],
            reply=g["reply"],
            replied_on=g["replied_on"],
            by=by,
            now=now,
            seen=g["seen"],
        ),
        waits=DutyKind.CONSULT,
        main=True,
        fits=_is_application,
    ),
    Deed(
        "fee-paid",
        _("The fee was paid"),
        _("The whole time to answer counts anew from the day it was paid."),
        Act.LOG_CONTACT,
        BEFORE_ANSWER,
        forms.FeePaidForm,
        lambda i, g, by, now: charging.log_fee_paid(
            i.pk, paid_on=g["paid_on"], by=by, now=now, seen=g["seen"]
        ),
        waits=DutyKind.FEE,
        main=True,
        fits=_is_application,
    ),
    Deed(
        "fee",
        _("Send a fee notice"),
        _(
            "Once only, for many items in a month or many pages. The amount is the tariff's; the applicant has 20 "
            "working days, and the time to answer counts anew from the payment. Not paid in time, it may be ended."
        ),
        Act.ASK_CITIZEN,
        BEFORE_ANSWER,
        forms.FeeForm,
        lambda i, g, by, now: charging.ask_fee(
            i.pk,
            counted=g["counted"],
            n=g["n"],
            before=g["before"] or 0,
            text=g["text"],
            by=by,
            now=now,
            seen=g["seen"],
        ),
        fits=_asked_once(DutyKind.FEE),
    ),
    Deed(
        "end-unpaid",
        _("End it unpaid"),
        _("When the 20 working days are over without a payment. The district approves it first."),
        Act.ANSWER,
        BEFORE_ANSWER,
        forms.UncorrectedForm,
        lambda i, g, by, now: charging.end_unpaid(
            i.pk, text=g["text"], told_how=g["told_how"], by=by, now=now, seen=g["seen"]
        ),
        waits=DutyKind.FEE,
        fits=_is_application,
    ),
    Deed(
        "ask-correction",
        _("Ask for a correction"),
        _(
            "Once only, within 7 working days of receipt. The time to answer counts anew from the correction; not "
            "corrected in time without a reason, it may be ended."
        ),
        Act.ASK_CORRECTION,
        BEFORE_ANSWER,
        forms.CorrectionForm,
        lambda i, g, by, now: disclosing.ask_correction(
            i.pk, text=g["text"], until_on=g["until_on"], by=by, now=now, seen=g["seen"]
        ),
        fits=_asked_once(DutyKind.CORRECTION),
    ),
    Deed(
        "consult",
        _("Consult others"),
        _("The clock stands still until they reply, 15 working days at most."),
        Act.CONSULT,
        BEFORE_ANSWER,
        forms.ConsultForm,
        lambda i, g, by, now: disclosing.consult_others(
            i.pk, whom=g["whom"], request=g["request"], by=by, now=now, seen=g["seen"]
        ),
        fits=_is_application,
    ),
    Deed(
        "end-uncorrected",
        _("End it uncorrected"),
        _("When the applicant's time is over without a correction. The district approves it first."),
        Act.ANSWER,
        BEFORE_ANSWER,
        forms.UncorrectedForm,
        lambda i, g, by, now: disclosing.end_uncorrected(
            i.pk, text=g["text"], told_how=g["told_how"], by=by, now=now, seen=g["seen"]
        ),
        waits=DutyKind.CORRECTION,
        fits=_is_application,
    ),
    Deed(
        "reassign",
        _("Reassign"),
        _("Another place or post of your bureau handles it."),
        Act.REASSIGN,
        WITH_BUREAU,
        forms.ReassignForm,
        lambda i, g, by, now: moving.reassign_inquiry(
            i.pk, to=g["to"], post=g["post"], by=by, now=now, seen=g["seen"]
        ),
    ),
    Deed(
        "extend",
        _("Ask for an extension"),
        _("Your bureau's head decides the first, the district the second. Until then the due stands."),
        Act.EXTEND,
        BEFORE_ANSWER,
        forms.ExtendForm,
        lambda i, g, by, now: extending.ask_extension(
            i.pk, days=g["days"], reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        fits=lambda inquiry: inquiry.extensions < inquiry.rule.extensions,
        opens=DutyKind.EXTENSION,
    ),
    Deed(
        "source-due",
        _("Enter a new due of the source"),
        _("The earlier of it and the rule's own is owed; later than now only by the district."),
        Act.RECLASSIFY,
        BEFORE_ANSWER,
        forms.SourceDueForm,
        lambda i, g, by, now: sources.set_source_due(
            i.pk, due_at=g["due_at"], reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        fits=lambda inquiry: inquiry.channel in FROM_A_SOURCE,
    ),
    Deed(
        "ask-citizen",
        _("Ask the citizen"),
        _("The clock runs on; in three working days you are reminded to follow up."),
        Act.ASK_CITIZEN,
        (State.IN_HAND,),
        forms.WordsForm,
        lambda i, g, by, now: contacting.ask_citizen(i.pk, text=g["text"], by=by, now=now, seen=g["seen"]),
    ),
    Deed(
        "contact",
        _("Log a contact"),
        _("A call, an attempt, an interim reply or a note is on record. Nothing else changes."),
        Act.LOG_CONTACT,
        BEFORE_ANSWER,
        forms.ContactForm,
        lambda i, g, by, now: contacting.log_contact(
            i.pk, what=g["what"], text=g["text"], number=g["number"], by=by, now=now, seen=g["seen"]
        ),
    ),
    Deed(
        "asked-again",
        _("The citizen asked again"),
        _("Counts the call, and chases the handler now."),
        Act.LOG_CONTACT,
        BEFORE_ANSWER,
        forms.WordsForm,
        lambda i, g, by, now: contacting.ask_again(i.pk, text=g["text"], by=by, now=now, seen=g["seen"]),
    ),
    Deed(
        "return",
        _("Return: not ours"),
        _("Back to the dispatcher within the days the rule gives, one more when complex. The clock runs on."),
        Act.RETURN,
        (State.ASSIGNED, State.IN_HAND, State.AWAITING_CITIZEN),
        forms.ReturnForm,
        lambda i, g, by, now: dispatching.return_inquiry(
            i.pk, reason=g["reason"], is_complex=g["is_complex"], by=by, now=now, seen=g["seen"]
        ),
        fits=_may_go_back,
    ),
    Deed(
        "dispute",
        _("Dispute the dispatch"),
        _("The district decides; until then you keep it."),
        Act.DISPUTE,
        WITH_BUREAU,
        forms.ReasonForm,
        lambda i, g, by, now: dispatching.dispute_dispatch(
            i.pk, reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        opens=DutyKind.DISPUTE,
        fits=_may_go_back,
    ),
    Deed(
        "offer",
        _("Hand over to another bureau"),
        _("It stays with you until that bureau accepts."),
        Act.HAND_OVER,
        WITH_BUREAU,
        forms.OfferForm,
        lambda i, g, by, now: moving.offer_inquiry(
            i.pk, to=g["to"], reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        opens=DutyKind.HAND_OVER,
        fits=lambda inquiry: inquiry.hops < moving.HOPS,
    ),
    Deed(
        "assist",
        _("Ask another place for assistance"),
        _("It owes its part by that day and is chased for it; you go on owing the answer."),
        Act.ASSIST,
        BEFORE_ANSWER,
        forms.AssistForm,
        lambda i, g, by, now: moving.ask_assist(
            i.pk, of=g["to"], request=g["request"], due_at=g["until_on"], by=by, now=now, seen=g["seen"]
        ),
        fits=lambda inquiry: not inquiry.sealed,
    ),
    Deed(
        "send-copy",
        _("Send a redacted copy"),
        _(
            "A place investigates and owes you its findings. It sees the words you write here, and nothing else: "
            "no question, no citizen, no file, no reference. You go on owing the answer."
        ),
        Act.ASSIST,
        BEFORE_ANSWER,
        forms.CopyForm,
        lambda i, g, by, now: redacting.send_copy(
            i.pk, to=g["to"], text=g["text"], due_at=g["until_on"], by=by, now=now, seen=g["seen"]
        ),
        main=True,
        fits=lambda inquiry: inquiry.sealed,
    ),
    Deed(
        "ask-coordination",
        _("Ask the district to coordinate"),
        _("The district decides within one working day who leads and who assists. The clock runs on."),
        Act.ASK_COORDINATION,
        (State.ASSIGNED, State.IN_HAND, State.AWAITING_CITIZEN),
        forms.ReasonForm,
        lambda i, g, by, now: coordinating.ask_coordination(
            i.pk, reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        fits=lambda inquiry: inquiry.holder_id != inquiry.district_id,
        opens=DutyKind.COORDINATE,
    ),
    Deed(
        "withdraw",
        _("The citizen withdraws"),
        _("The district approves it first; until then the answer is owed and chased as before."),
        Act.WITHDRAW,
        BEFORE_ANSWER,
        forms.WithdrawForm,
        lambda i, g, by, now: answering.withdraw_inquiry(
            i.pk, text=g["text"], told_how=g["told_how"], by=by, now=now, seen=g["seen"]
        ),
    ),
    Deed(
        "unmerge",
        _("Take out of the merger"),
        _("It stands alone again: its own due, its own chases, its own answer."),
        Act.MERGE,
        BEFORE_ANSWER,
        forms.ReasonForm,
        lambda i, g, by, now: merging.unmerge_inquiry(
            i.pk, reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
        main=True,
        fits=lambda inquiry: inquiry.merged_into_id is not None,
    ),
    Deed(
        "reclassify",
        _("Reclassify"),
        _("The due counts from the asking again; later only with the district."),
        Act.RECLASSIFY,
        BEFORE_ANSWER,
        forms.ReclassifyForm,
        lambda i, g, by, now: moving.reclassify_inquiry(
            i.pk, kind=g["kind"], urgency=g["urgency"], reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
    ),
    Deed(
        "split",
        _("Split"),
        _("Each line becomes an inquiry of its own, asked when this one was."),
        Act.SPLIT,
        BEFORE_ANSWER,
        forms.SplitForm,
        lambda i, g, by, now: recording.split_inquiry(
            i.pk, questions=g["questions"].splitlines(), by=by, now=now, seen=g["seen"]
        ),
    ),
    Deed(
        "merge",
        _("Merge into another"),
        _("It is pursued and answered with the leading inquiry."),
        Act.MERGE,
        BEFORE_ANSWER,
        forms.MergeForm,
        _merge,
    ),
    Deed(
        "chase-by-hand",
        _("Log a telephone chase"),
        _("Whom you called and what was promised. The ladder goes on as it stands."),
        Act.CHASE_BY_HAND,
        BEFORE_ANSWER,
        forms.HandChaseForm,
        lambda i, g, by, now: contacting.chase_by_hand(
            i.pk, whom=g["whom"], promised=g["promised"], by=by, now=now, seen=g["seen"]
        ),
    ),
    Deed(
        "challenge",
        _("Log a reconsideration or a lawsuit"),
        _("It is counted in the yearly report. The answer, if one is owed, is owed as before."),
        Act.LOG_CHALLENGE,
        (*OPEN, *SETTLED),
        forms.ChallengeForm,
        lambda i, g, by, now: challenging.log_challenge(
            i.pk, kind=g["kind"], body=g["body"], received_on=g["received_on"], by=by, now=now, seen=g["seen"]
        ),
        fits=_is_application,
    ),
    Deed(
        "close-challenge",
        _("Close a reconsideration or a lawsuit"),
        _("With its result, once: it is not changed again."),
        Act.LOG_CHALLENGE,
        (*OPEN, *SETTLED),
        forms.CloseChallengeForm,
        lambda i, g, by, now: challenging.close_challenge(
            i.pk,
            challenge_id=g["challenge"].pk,
            result=g["result"],
            closed_on=g["closed_on"],
            by=by,
            now=now,
            seen=g["seen"],
        ),
        fits=challenging.is_challenged,
    ),
    Deed(
        "rate",
        _("Log a callback"),
        _("What the citizen says of the answer. Dissatisfied opens a new round."),
        Act.CALL_BACK,
        tuple(SETTLED),
        forms.RateForm,
        lambda i, g, by, now: closing.rate_answer(
            i.pk,
            source=Rating.Source.CALLBACK,
            reached=g["reached"],
            satisfaction=g["satisfaction"],
            solved=g["solved"],
            contacted_in_time=g["contacted_in_time"],
            words=g["words"],
            recording=g["recording"],
            by=by,
            now=now,
            seen=g["seen"],
        ),
    ),
    Deed(
        "open-callback",
        _("Ask for a callback"),
        _("The district owes the citizen a call within three working days, and is chased for it."),
        Act.CALL_BACK,
        tuple(SETTLED),
        forms.NothingMore,
        lambda i, g, by, now: calling_back.open_callback(i.pk, by=by, now=now, seen=g["seen"]),
        fits=calling_back.reachable,
        opens=DutyKind.CALLBACK,
    ),
    Deed(
        "reopen",
        _("Reopen"),
        _("A new round is owed; the first due stands."),
        Act.REOPEN,
        tuple(SETTLED),
        forms.ReasonForm,
        lambda i, g, by, now: closing.reopen_inquiry(
            i.pk, reason=g["reason"], by=by, now=now, seen=g["seen"]
        ),
    ),
    Deed(
        "file",
        _("File"),
        _("After the rating, or ten working days after the answer."),
        Act.FILE,
        (State.ANSWERED,),
        forms.NothingMore,
        lambda i, g, by, now: closing.file_inquiry(i.pk, by=by, now=now, seen=g["seen"]),
    ),
    Deed(
        "erase",
        _("Erase who asked"),
        _(
            "For ever: nobody reads the contact data and the files again, those of what was split off included. The "
            "question, the answer and what is counted stay. Check first that no law still orders the data kept."
        ),
        Act.ERASE,
        tuple(SETTLED),
        forms.EraseForm,
        lambda i, g, by, now: erasing.erase_citizen(i.pk, ground=g["ground"], by=by, now=now, seen=g["seen"]),
        fits=erasing.holds_personal_data,
    ),
)
BY_CODE = {deed.code: deed for deed in DEEDS}
