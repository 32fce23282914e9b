"""The parts of the play, and one inquiry in every situation that an inquiry can stand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bureaus.access import scope_of
from bureaus.models import Officer
from bureaus.models.scope import WEB, Scope, scope
from inquiries.models import Inquiry
from inquiries.services import (
    answering,
    challenging,
    charging,
    closing,
    contacting,
    coordinating,
    disclosing,
    dispatching,
    duties,
    extending,
    merging,
    moving,
    recording,
)
from inquiries.services.answering import AnswerGiven
from inquiries.services.recording import CitizenGiven
from tests.conftest import Cast

DAY = timedelta(days=1)
CALLER = CitizenGiven(name="张三", phone="13840005021")
EXPLAINED = AnswerGiven("explained", "请带身份证到社区办理。", "telephone")
WITHDRAWN = AnswerGiven("withdrawn", "本人撤回。", "telephone")
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)

# The parts of the play.
ROLES = {
    "director": "zhou_ning",
    "clerk": "wu_fang",
    "auditor": "bai_lu",
    "bureau_head": "sun_wei",
    "vice_head": "qian_yu",
    "liaison": "feng_bo",
    "section_head": "he_jing",
    "handler": "li_min",
    "resting_deputy": "han_xue",
    "other_head": "cao_lei",
    "other_handler": "tang_rui",
    "third_handler": "ma_chao",
    "stranger": "xu_kai",
}
OFFICE = frozenset({"director", "clerk"})
LEADS = frozenset({"bureau_head", "vice_head", "liaison", "section_head"})
BUREAU = LEADS | {"handler"}
OTHERS = frozenset({"other_head", "other_handler"})

# Where an inquiry stands. All but the first and the last are held by a section.
RECEIVED = "received"
ASSIGNED = "assigned"
IN_HAND = "in hand"
AWAITING = "awaiting the citizen"
CONTESTED = "in hand, with every decision waiting"
EXTENDED = "in hand, its second extension asked"
APPLIED = "a disclosure application in hand"
ASKED_BACK = "a disclosure application, its correction and a third party awaited"
ANSWERED = "answered"
FILED = "filed"
RIDING = "riding on another"
SEALED = "received and sealed"
APPLICATIONS = frozenset({APPLIED, ASKED_BACK})
UNANSWERED = frozenset({ASSIGNED, IN_HAND, AWAITING, CONTESTED, EXTENDED, *APPLICATIONS})
SITUATIONS = (RECEIVED, *sorted(UNANSWERED), ANSWERED, FILED, RIDING, SEALED)


@dataclass
class Stage:
    """The people, the inquiries by where they stand, the one that leads, and the moment."""

    cast: Cast
    at: dict[str, Inquiry]
    lead: Inquiry
    now: datetime
    seen: dict[tuple[str, timedelta], Scope] = field(default_factory=dict)

    def officer(self, role: str) -> Officer:
        found: Officer = getattr(self.cast, ROLES[role])
        return found

    def as_web(self, role: str, *, later: timedelta = timedelta()) -> Any:
        """The rows as this officer's requests see them."""
        if (role, later) not in self.seen:
            self.seen[role, later] = scope_of(self.officer(role), now=self.now + later)
        seen = self.seen[role, later]
        return scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer)


def set_the_stage(cast: Cast, now: datetime) -> Stage:
    """One inquiry stands in every situation, brought there by the acts of those who may."""
    stage = Stage(cast, {}, Inquiry(), now)
    li_min, section = cast.li_min, cast.relief

    def ask(by: Officer, **more: Any) -> Inquiry:
        place = cast.post(by).place
        given: dict[str, Any] = {"kind": "consultation", "channel": "hotline", "citizen": CALLER}
        given |= {"place": place, "question": "低保怎么申请？"} | more
        return recording.record_inquiry(by=by, now=now, **given)

    def own(**given: Any) -> Inquiry:
        return ask(li_min, place=section, post=cast.post(li_min), **given)

    def doing(role: str) -> dict[str, Any]:
        return {"by": stage.officer(role), "now": now}

    by, head = doing("handler"), doing("bureau_head")
    stage.lead = own()
    stage.at[RECEIVED] = ask(cast.wu_fang)
    stage.at[SEALED] = ask(cast.zhou_ning, kind="tip_off")
    # Dispatched, so that a signature is owed.
    stage.at[ASSIGNED] = ask(cast.wu_fang, channel="city_12345")
    dispatching.dispatch_inquiry(stage.at[ASSIGNED].pk, to=section, **doing("clerk"))
    for situation in (IN_HAND, AWAITING, CONTESTED, EXTENDED):
        stage.at[situation] = own()
        moving.sign_for(stage.at[situation].pk, **by)
    contacting.ask_citizen(stage.at[AWAITING].pk, text="请补户口本", **by)

    contested = stage.at[CONTESTED].pk
    moving.ask_assist(contested, of=cast.culture, request="请提供名单", due_at=now + DAY, **by)
    extending.ask_extension(contested, days=2, reason="要现场勘察", **by)
    dispatching.dispute_dispatch(contested, reason="不归我们管", **by)
    moving.offer_inquiry(contested, to=cast.culture, reason="归口", **doing("section_head"))
    answering.answer_inquiry(contested, WITHDRAWN, **by)
    coordinating.ask_coordination(contested, reason="两局职责交叉", **doing("section_head"))
    locked = Inquiry.objects.get(pk=contested)
    # As the ladder would open them.
    for kind, place in (("acknowledge", section), ("circular", cast.district)):
        duties.open_duty(kind=kind, place=place, due_at=now + DAY, now=now, by=None, inquiry=locked)
    locked.save(update_fields=["event_count", "event_hash"])

    extended = stage.at[EXTENDED].pk
    extending.ask_extension(extended, days=5, reason="要现场勘察", **by)
    extending.decide_extension(extended, grant=True, **head)
    extending.ask_extension(extended, days=5, reason="要现场勘察", **by)

    for situation in sorted(APPLICATIONS):
        stage.at[situation] = own(kind="disclosure")
        moving.sign_for(stage.at[situation].pk, **by)
    asked_back = stage.at[ASKED_BACK].pk
    disclosing.consult_others(asked_back, whom="third_party", request="是否同意公开", **by)
    disclosing.ask_correction(asked_back, text="请写明年度", until_on=(now + 14 * DAY).date(), **by)
    charging.ask_fee(asked_back, counted="by_page", n=31, text="请到窗口缴费", **by)
    challenging.log_challenge(asked_back, kind="review", body="区政府", **by)

    for situation in (ANSWERED, FILED):
        stage.at[situation] = own()
        answering.answer_inquiry(stage.at[situation].pk, EXPLAINED, **by)
    rated = stage.at[FILED].pk
    closing.rate_answer(rated, source="callback", reached=True, satisfaction="satisfied", **doing("clerk"))
    closing.file_inquiry(rated, **doing("clerk"))

    stage.at[RIDING] = own()
    merging.merge_inquiries(stage.at[RIDING].pk, into=own().pk, **head)
    for inquiry in (*stage.at.values(), stage.lead):
        inquiry.refresh_from_db()
    return stage
