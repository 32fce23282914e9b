"""Every act on an inquiry as a row of data: how it is tried, by whom and where it stands it is allowed.

The one list that tests of who may, of what was seen and of refusals go through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bureaus.access import Act
from bureaus.workdays import local_date
from disclosure.services import codes
from inquiries.models import Duty, Inquiry
from inquiries.services import (
    answering,
    attaching,
    calling,
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
    reading,
    recording,
    redacting,
    signing,
    sources,
)
from tests.inquiries.stage import (
    ANSWERED,
    APPLICATIONS,
    APPLIED,
    ASKED_BACK,
    ASSIGNED,
    AWAITING,
    BUREAU,
    CONTESTED,
    DAY,
    EXPLAINED,
    EXTENDED,
    FILED,
    IN_HAND,
    LEADS,
    OFFICE,
    OTHERS,
    PIXEL,
    RECEIVED,
    RIDING,
    SEALED,
    SITUATIONS,
    UNANSWERED,
    WITHDRAWN,
    Stage,
)

Try = Callable[[Stage, Inquiry, dict[str, Any]], object]


@dataclass(frozen=True)
class Deed:
    """One act: who may where a section holds it, who where the district does, where it must stand."""

    tried: Try
    bureau: frozenset[str]
    office: frozenset[str]
    where: frozenset[str]
    act: Act | None = None
    later: timedelta = timedelta()
    # Whether it names the version that was seen.
    seen: bool = True
    # Who may in a situation where that is somebody else.
    but: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def allowed(self, situation: str) -> frozenset[str]:
        if situation not in self.where:
            return frozenset()
        if situation in self.but:
            return self.but[situation]
        if situation == SEALED:
            return self.office & {"director"}
        return self.office if situation == RECEIVED else self.bureau


def _of(inquiry: Inquiry, kind: str) -> int:
    return Duty.objects.open().filter(inquiry=inquiry, kind=kind).earliest("pk").pk


def _done(kind: str, decision: str = "done") -> Try:
    return lambda stage, i, by: moving.answer_duty(_of(i, kind), reply="已办", decision=decision, **by)


def _deed(
    tried: Try,
    bureau: frozenset[str],
    office: frozenset[str],
    *where: str | frozenset[str],
    act: Act | None = None,
    later: timedelta = timedelta(),
    seen: bool = True,
    but: Mapping[str, frozenset[str]] | None = None,
) -> Deed:
    flat: set[str] = set()
    for one in where:
        flat |= {one} if isinstance(one, str) else one
    return Deed(tried, bureau, office, frozenset(flat), act, later, seen, but or {})


NOBODY: frozenset[str] = frozenset()
AT_THE_DISTRICT = frozenset({RECEIVED, SEALED})
EVERYWHERE = frozenset(SITUATIONS)

DEEDS: dict[str, Deed] = {
    "dispatch": _deed(
        lambda s, i, by: dispatching.dispatch_inquiry(i.pk, to=s.cast.culture, **by),
        *(NOBODY, OFFICE, AT_THE_DISTRICT),
    ),
    "designate": _deed(
        lambda s, i, by: dispatching.dispatch_inquiry(
            i.pk, to=s.cast.culture, designate=True, reason="据三定方案", **by
        ),
        *(NOBODY, OFFICE, AT_THE_DISTRICT),
    ),
    "sign for": _deed(
        lambda s, i, by: moving.sign_for(i.pk, **by), BUREAU, NOBODY, ASSIGNED, act=Act.SIGN_FOR
    ),
    "answer": _deed(
        lambda s, i, by: answering.answer_inquiry(i.pk, EXPLAINED, **by),
        *(BUREAU, OFFICE, UNANSWERED, AT_THE_DISTRICT),
        act=Act.ANSWER,
    ),
    "draft": _deed(
        lambda s, i, by: answering.answer_inquiry(i.pk, WITHDRAWN, **by),
        *(BUREAU, OFFICE, UNANSWERED - {CONTESTED}, AT_THE_DISTRICT),
    ),
    "withdraw": _deed(
        lambda s, i, by: answering.withdraw_inquiry(i.pk, text="本人撤回。", told_how="telephone", **by),
        *(BUREAU, OFFICE, UNANSWERED - {CONTESTED}, AT_THE_DISTRICT),
        act=Act.WITHDRAW,
    ),
    "approve a draft": _deed(
        lambda s, i, by: answering.decide_draft(i.pk, approve=True, **by), OFFICE, NOBODY, CONTESTED
    ),
    "refuse a draft": _deed(
        lambda s, i, by: answering.decide_draft(i.pk, approve=False, reason="再核实", **by),
        *(OFFICE, NOBODY, CONTESTED),
    ),
    "return": _deed(
        lambda s, i, by: dispatching.return_inquiry(i.pk, reason="不归我们管", **by),
        *(BUREAU, NOBODY, UNANSWERED),
        act=Act.RETURN,
    ),
    "dispute": _deed(
        lambda s, i, by: dispatching.dispute_dispatch(i.pk, reason="不归我们管", **by),
        *(BUREAU, NOBODY, ASSIGNED, IN_HAND, EXTENDED, APPLIED),
        act=Act.DISPUTE,
    ),
    "uphold a dispute": _deed(
        lambda s, i, by: dispatching.decide_dispute(i.pk, uphold=True, reason="据三定方案", **by),
        *(OFFICE, NOBODY, CONTESTED),
    ),
    "refuse a dispute": _deed(
        lambda s, i, by: dispatching.decide_dispute(i.pk, uphold=False, reason="据三定方案", **by),
        *(OFFICE, NOBODY, CONTESTED),
    ),
    "reassign": _deed(
        lambda s, i, by: moving.reassign_inquiry(i.pk, to=s.cast.civil, post=None, **by),
        *(BUREAU, NOBODY, ASSIGNED, IN_HAND, CONTESTED, EXTENDED, APPLIED),
        act=Act.REASSIGN,
    ),
    "hand over": _deed(
        lambda s, i, by: moving.offer_inquiry(i.pk, to=s.cast.culture, reason="归口", **by),
        *(LEADS | OFFICE, NOBODY, ASSIGNED, IN_HAND, EXTENDED, APPLIED),
        act=Act.HAND_OVER,
    ),
    "accept a hand-over": _deed(
        lambda s, i, by: moving.decide_hand_over(i.pk, accept=True, **by), OTHERS, NOBODY, CONTESTED
    ),
    "decline a hand-over": _deed(
        lambda s, i, by: moving.decide_hand_over(i.pk, accept=False, reason="不归我们管", **by),
        *(OTHERS, NOBODY, CONTESTED),
    ),
    "ask for assistance": _deed(
        lambda s, i, by: moving.ask_assist(
            i.pk, of=s.cast.streets, request="请提供名单", due_at=s.now + DAY, **by
        ),
        *(BUREAU | OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
        act=Act.ASSIST,
    ),
    "ask the district to coordinate": _deed(
        lambda s, i, by: coordinating.ask_coordination(i.pk, reason="两局职责交叉", **by),
        *(LEADS, NOBODY, UNANSWERED - {CONTESTED}),
        act=Act.ASK_COORDINATION,
    ),
    "coordinate": _deed(
        lambda s, i, by: coordinating.decide_coordination(
            i.pk, decision="民政局主办", assisting=[s.cast.streets], **by
        ),
        *(OFFICE, NOBODY, CONTESTED),
    ),
    "coordinate with another lead": _deed(
        lambda s, i, by: coordinating.decide_coordination(
            i.pk, decision="文体局主办", lead=s.cast.culture, **by
        ),
        *(OFFICE, NOBODY, CONTESTED),
    ),
    "send a redacted copy": _deed(
        lambda s, i, by: redacting.send_copy(
            i.pk, to=s.cast.civil, text="请核查低保发放。", due_at=s.now + DAY, **by
        ),
        *(NOBODY, OFFICE, SEALED),
    ),
    "assist": _deed(_done("assist"), OTHERS | OFFICE, NOBODY, CONTESTED, seen=False),
    "acknowledge": _deed(_done("acknowledge"), BUREAU | OFFICE, NOBODY, CONTESTED, seen=False),
    "sign a circular": _deed(
        _done("circular", "signed"), frozenset({"director"}), NOBODY, CONTESTED, seen=False
    ),
    "refuse a circular": _deed(
        _done("circular", "refused"), frozenset({"director"}), NOBODY, CONTESTED, seen=False
    ),
    "ask for an extension": _deed(
        lambda s, i, by: extending.ask_extension(i.pk, days=2, reason="要现场勘察", **by),
        *(BUREAU, NOBODY, ASSIGNED, IN_HAND, AWAITING, APPLICATIONS),
        act=Act.EXTEND,
    ),
    "grant an extension": _deed(
        lambda s, i, by: extending.decide_extension(i.pk, grant=True, **by),
        *(frozenset({"bureau_head"}), NOBODY, CONTESTED, EXTENDED),
        but={EXTENDED: frozenset({"director"})},
    ),
    "enter an extension signed on paper": _deed(
        lambda s, i, by: signing.enter_signed_paper(
            i.pk,
            duty=Duty.objects.open().get(inquiry=i, kind="extension"),
            post=s.cast.post(s.cast.sun_wei),
            signed_on=local_date(s.now),
            name="批示.png",
            content=PIXEL,
            **by,
        ),
        *(BUREAU | OFFICE, OFFICE, CONTESTED),
        act=Act.ENTER_PAPER,
    ),
    "refuse an extension": _deed(
        lambda s, i, by: extending.decide_extension(i.pk, grant=False, reason="来得及", **by),
        *(frozenset({"bureau_head"}), NOBODY, CONTESTED, EXTENDED),
        but={EXTENDED: frozenset({"director"})},
    ),
    "ask the citizen": _deed(
        lambda s, i, by: contacting.ask_citizen(i.pk, text="请补户口本", **by),
        *(BUREAU, NOBODY, IN_HAND, CONTESTED, EXTENDED, APPLIED),
        act=Act.ASK_CITIZEN,
    ),
    "log the citizen's reply": _deed(
        lambda s, i, by: contacting.log_citizen_reply(i.pk, text="补了", **by),
        *(BUREAU | OFFICE, NOBODY, AWAITING),
    ),
    "log a contact": _deed(
        lambda s, i, by: contacting.log_contact(i.pk, what="contacted", **by),
        *(BUREAU | OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
        act=Act.LOG_CONTACT,
    ),
    "log an interim reply": _deed(
        lambda s, i, by: contacting.log_contact(i.pk, what="interim", text="正在核实", **by),
        *(BUREAU | OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
    ),
    "hand to an emergency number": _deed(
        lambda s, i, by: contacting.log_contact(i.pk, what="emergency", number="119", **by),
        *(BUREAU | OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
    ),
    "asked again": _deed(
        lambda s, i, by: contacting.ask_again(i.pk, text="又来问", **by),
        *(BUREAU | OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
    ),
    "chase by hand": _deed(
        lambda s, i, by: contacting.chase_by_hand(i.pk, whom="李敏", promised="明天", **by),
        *(LEADS | OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
        act=Act.CHASE_BY_HAND,
    ),
    "reclassify": _deed(
        lambda s, i, by: moving.reclassify_inquiry(i.pk, kind=i.kind, urgency="urgent", reason="急", **by),
        *(LEADS | OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
        act=Act.RECLASSIFY,
    ),
    "reclassify to a later due": _deed(
        lambda s, i, by: moving.reclassify_inquiry(
            i.pk, kind="disclosure", urgency="ordinary", reason="更正", **by
        ),
        *(OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
        # An application stays one, and is due no later for it.
        but=dict.fromkeys(APPLICATIONS, LEADS | OFFICE),
    ),
    "set the due of the source": _deed(
        lambda s, i, by: sources.set_source_due(i.pk, due_at=s.now + DAY, reason="12345要求提前", **by),
        *(LEADS | OFFICE, NOBODY, ASSIGNED),
        act=Act.RECLASSIFY,
    ),
    "merge": _deed(
        lambda s, i, by: merging.merge_inquiries(i.pk, into=s.lead.pk, **by),
        *(LEADS | OFFICE, OFFICE, UNANSWERED - {ASKED_BACK}, RECEIVED),
        act=Act.MERGE,
    ),
    "merge with another bureau's": _deed(
        lambda s, i, by: merging.merge_inquiries(i.pk, into=s.at[RECEIVED].pk, **by),
        *(OFFICE, NOBODY, UNANSWERED - {ASKED_BACK}),
    ),
    "take out of a merger": _deed(
        lambda s, i, by: merging.unmerge_inquiry(i.pk, reason="另一件事", **by),
        *(LEADS | OFFICE, NOBODY, RIDING),
    ),
    "split": _deed(
        lambda s, i, by: recording.split_inquiry(i.pk, questions=["另外，路灯坏了。"], **by),
        *(BUREAU | OFFICE, OFFICE, UNANSWERED, AT_THE_DISTRICT),
        act=Act.SPLIT,
    ),
    "log a call": _deed(
        lambda s, i, by: calling.log_call(_of(i, "tell"), result="told", **by),
        *(BUREAU | OFFICE, NOBODY, AWAITING, EXTENDED, ASKED_BACK),
        seen=False,
    ),
    "log a call in vain": _deed(
        lambda s, i, by: calling.log_call(_of(i, "tell"), result="not_reached", **by),
        *(BUREAU | OFFICE, NOBODY, AWAITING, EXTENDED, ASKED_BACK),
        seen=False,
    ),
    "log a posted letter": _deed(
        lambda s, i, by: calling.log_letter(i.pk, what="recorded", posted_on=s.now.date(), **by),
        *(BUREAU | OFFICE, OFFICE, EVERYWHERE),
    ),
    "ask for a correction": _deed(
        lambda s, i, by: disclosing.ask_correction(
            i.pk, text="请写明年度", until_on=(s.now + 14 * DAY).date(), **by
        ),
        *(BUREAU, NOBODY, APPLIED),
        act=Act.ASK_CORRECTION,
    ),
    "log a correction": _deed(
        lambda s, i, by: disclosing.log_correction(i.pk, text="2025年度", **by),
        *(BUREAU | OFFICE, NOBODY, ASKED_BACK),
    ),
    "end what was not corrected": _deed(
        lambda s, i, by: disclosing.end_uncorrected(i.pk, text="逾期未补正", told_how="letter", **by),
        *(BUREAU, NOBODY, ASKED_BACK),
        later=20 * DAY,
    ),
    "send a fee notice": _deed(
        lambda s, i, by: charging.ask_fee(i.pk, counted="by_page", n=31, text="请到窗口缴费", **by),
        *(BUREAU, NOBODY, APPLIED),
    ),
    "log a fee that was paid": _deed(
        lambda s, i, by: charging.log_fee_paid(i.pk, **by), *(BUREAU | OFFICE, NOBODY, ASKED_BACK)
    ),
    "end what was not paid": _deed(
        lambda s, i, by: charging.end_unpaid(i.pk, text="逾期未缴费", told_how="letter", **by),
        *(BUREAU, NOBODY, ASKED_BACK),
        later=40 * DAY,
    ),
    "consult others": _deed(
        lambda s, i, by: disclosing.consult_others(i.pk, whom="agency", request="是否同意公开", **by),
        *(BUREAU, NOBODY, APPLICATIONS),
        act=Act.CONSULT,
    ),
    "log a consultation's answer": _deed(
        lambda s, i, by: disclosing.log_consultation(i.pk, answered=True, reply="同意", **by),
        *(BUREAU | OFFICE, NOBODY, ASKED_BACK),
    ),
    "log a consultation's silence": _deed(
        lambda s, i, by: disclosing.log_consultation(i.pk, answered=False, reply="", **by),
        *(BUREAU | OFFICE, NOBODY, ASKED_BACK),
        later=30 * DAY,
    ),
    "log a challenge": _deed(
        lambda s, i, by: challenging.log_challenge(i.pk, kind="review", body="区政府", **by),
        *(BUREAU | OFFICE, NOBODY, APPLICATIONS),
        act=Act.LOG_CHALLENGE,
    ),
    "close a challenge": _deed(
        lambda s, i, by: challenging.close_challenge(
            i.pk,
            challenge_id=getattr(i.challenges.first(), "pk", 0),
            result="upheld",
            **by,
        ),
        *(BUREAU | OFFICE, NOBODY, ASKED_BACK),
    ),
    "ask for a callback": _deed(
        lambda s, i, by: calling_back.open_callback(i.pk, **by), OFFICE, NOBODY, ANSWERED, FILED
    ),
    "rate satisfied": _deed(
        lambda s, i, by: closing.rate_answer(
            i.pk, source="callback", reached=True, satisfaction="satisfied", **by
        ),
        *(OFFICE, NOBODY, ANSWERED, FILED),
        act=Act.CALL_BACK,
    ),
    "rate dissatisfied": _deed(
        lambda s, i, by: closing.rate_answer(
            i.pk, source="callback", reached=True, satisfaction="dissatisfied", **by
        ),
        *(OFFICE, NOBODY, ANSWERED, FILED),
    ),
    "reopen": _deed(
        lambda s, i, by: closing.reopen_inquiry(i.pk, reason="没有解决", **by),
        *(OFFICE, NOBODY, ANSWERED, FILED),
        act=Act.REOPEN,
    ),
    "file": _deed(
        lambda s, i, by: closing.file_inquiry(i.pk, **by),
        *(LEADS | OFFICE, NOBODY, ANSWERED),
        act=Act.FILE,
        later=20 * DAY,
    ),
    "attach a file": _deed(
        lambda s, i, by: attaching.attach_file(i.pk, name="照片.png", content=PIXEL, **by),
        *(BUREAU | OFFICE, OFFICE, EVERYWHERE),
    ),
    "erase who asked": _deed(
        lambda s, i, by: erasing.erase_citizen(i.pk, ground="withdrawn", **by),
        *(frozenset({"director"}), NOBODY, ANSWERED, FILED),
        act=Act.ERASE,
    ),
    "give a new code": _deed(
        lambda s, i, by: codes.give_new_code(i.pk, identity="document", **by), OFFICE, OFFICE, EVERYWHERE
    ),
    "read in clear": _deed(
        lambda s, i, by: reading.read_clear(i.pk, reason="回电", **by),
        *(BUREAU | OFFICE, OFFICE, EVERYWHERE),
        act=Act.READ_CLEAR,
        seen=False,
    ),
}
