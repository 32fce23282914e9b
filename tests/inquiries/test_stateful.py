"""Whatever officers do, in whatever order, nothing owed is left without a next chase."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bureaus.access import scope_of
from bureaus.models import Officer, Place
from bureaus.models.scope import ALL_DISTRICTS, WEB, WORKER, scope
from bureaus.services.refusals import Refusal
from inquiries import ladder as steps
from inquiries.models import Duty, Inquiry
from inquiries.services import answering, contacting, dispatching, extending, merging, moving
from inquiries.services.answering import AnswerGiven
from inquiries.services.chasing import chase_batch
from inquiries.services.recording import CitizenGiven, record_inquiry
from inquiries.services.remeasuring import file_settled
from inquiries.services.rules import issue_ladder
from inquiries.services.verifying import verify_promises
from tests.conftest import Cast

OUTCOMES = ["solved", "explained", "planned", "not_accepted", "withdrawn"]
CALLERS = [CitizenGiven(name="张三", phone="13840005021"), CitizenGiven(name="李四", phone="13840005022")]
# Mostly whoever holds the matter, or owes the decision; else anybody, who may well be refused.
WHO = st.sampled_from(
    ["holder"] * 8 + ["zhou_ning", "wu_fang", "sun_wei", "he_jing", "li_min", "tang_rui", "ma_chao"]
)
RECORDERS = st.sampled_from(["wu_fang", "li_min", "li_min", "sun_wei", "tang_rui"])
WHERE = st.sampled_from(["civil", "relief", "culture", "streets"])
WHICH = st.integers(0, 4)
YES = st.booleans()
# Who acts for a place, and for which duty's place a decision is made.
HANDS = {
    "春和区": "wu_fang",
    "民政局": "sun_wei",
    "社会救助科": "li_min",
    "文化体育局": "cao_lei",
    "城市管理局": "ma_chao",
}
WAITS_FOR = {"decide_hand_over": "hand_over", "decide_extension": "extension", "decide_draft": "approval"}


class LifeOfInquiries(RuleBasedStateMachine):
    """One district whose officers do anything they are allowed; what is refused must be refused by name."""

    cast: Cast
    began: datetime

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = self.began
        self.asked: list[int] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def officer(self, who: str) -> Officer:
        found: Officer = getattr(self.cast, who)
        return found

    def place(self, where: str) -> Place:
        found: Place = getattr(self.cast, where)
        return found

    def act(self, who: str, service: Callable[..., Any], *arguments: Any, **given: Any) -> Any:
        """The service is called as the officer would through a page; a refusal by name changes nothing."""
        by = self.officer(who)
        seen = scope_of(by, now=self.now)
        try:
            with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
                return service(*arguments, by=by, now=self.now, **given)
        except (Refusal, ObjectDoesNotExist):
            return None

    def act_on(self, which: int, who: str, service: Callable[..., Any], *more: Any, **given: Any) -> None:
        if self.asked:
            inquiry_id = self.asked[which % len(self.asked)]
            if who == "holder":
                waits = WAITS_FOR.get(service.__name__)
                duty = Duty.objects.open().filter(inquiry=inquiry_id, kind=waits).first()
                place = duty.place if duty else Inquiry.objects.get(pk=inquiry_id).holder
                who = HANDS[place.name]
            self.act(who, service, inquiry_id, *more, **given)

    @initialize()
    def the_first_question(self) -> None:
        for _ in range(2):
            self.record("li_min", "ordinary", "consultation", 0, 0)

    @rule(
        who=RECORDERS,
        urgency=st.sampled_from(["ordinary", "urgent", "critical"]),
        kind=st.sampled_from(["consultation", "complaint", "tip_off"]),
        caller=st.integers(0, 1),
        late=st.integers(0, 20),
    )
    def record(self, who: str, urgency: str, kind: str, caller: int, late: int) -> None:
        if len(self.asked) >= 4:
            return
        recorded = self.act(
            who,
            record_inquiry,
            place=self.cast.post(self.officer(who)).place,
            kind=kind,
            urgency=urgency,
            channel="hotline",
            question="问",
            citizen=CALLERS[caller],
            asked_at=self.now - timedelta(days=late),
        )
        if recorded is not None:
            self.asked.append(recorded.pk)

    @rule(which=WHICH, who=st.sampled_from(["wu_fang", "zhou_ning"]), where=WHERE, designate=YES)
    def dispatch(self, which: int, who: str, where: str, designate: bool) -> None:
        to = self.place(where)
        self.act_on(
            which, who, dispatching.dispatch_inquiry, to=to, designate=designate, reason="归口" * designate
        )

    @rule(which=WHICH, who=WHO)
    def sign(self, which: int, who: str) -> None:
        self.act_on(which, who, moving.sign_for)

    @rule(which=WHICH, who=WHO)
    def give_back(self, which: int, who: str) -> None:
        self.act_on(which, who, dispatching.return_inquiry, reason="不归我们管")

    @rule(which=WHICH, who=WHO)
    def dispute(self, which: int, who: str) -> None:
        self.act_on(which, who, dispatching.dispute_dispatch, reason="不归我们管")

    @rule(which=WHICH, uphold=YES)
    def decide_dispute(self, which: int, uphold: bool) -> None:
        self.act_on(which, "wu_fang", dispatching.decide_dispute, uphold=uphold, reason="据三定方案")

    @rule(which=WHICH, who=WHO, where=WHERE)
    def reassign(self, which: int, who: str, where: str) -> None:
        self.act_on(which, who, moving.reassign_inquiry, to=self.place(where), post=None)

    @rule(which=WHICH, who=WHO, where=WHERE)
    def offer(self, which: int, who: str, where: str) -> None:
        self.act_on(which, who, moving.offer_inquiry, to=self.place(where), reason="请接")

    @rule(which=WHICH, who=WHO, accept=YES)
    def decide_hand_over(self, which: int, who: str, accept: bool) -> None:
        self.act_on(which, who, moving.decide_hand_over, accept=accept, reason="")

    @rule(which=WHICH, who=WHO, days=st.integers(1, 5))
    def ask_extension(self, which: int, who: str, days: int) -> None:
        self.act_on(which, who, extending.ask_extension, days=days, reason="要现场勘察")

    @rule(which=WHICH, who=WHO, grant=YES)
    def decide_extension(self, which: int, who: str, grant: bool) -> None:
        self.act_on(which, who, extending.decide_extension, grant=grant, reason="不必")

    @rule(which=WHICH, who=WHO)
    def ask_citizen(self, which: int, who: str) -> None:
        self.act_on(which, who, contacting.ask_citizen, text="请补充材料")

    @rule(which=WHICH, who=WHO)
    def citizen_replies(self, which: int, who: str) -> None:
        self.act_on(which, who, contacting.log_citizen_reply, text="补了")

    @rule(which=WHICH, who=WHO, outcome=st.sampled_from(OUTCOMES))
    def answer(self, which: int, who: str, outcome: str) -> None:
        promised = self.now.date() + timedelta(days=30) if outcome == "planned" else None
        given = AnswerGiven(outcome, "答复", "telephone", promised_on=promised)
        self.act_on(which, who, answering.answer_inquiry, given)

    @rule(which=WHICH, who=WHO, approve=YES)
    def decide_draft(self, which: int, who: str, approve: bool) -> None:
        self.act_on(which, who, answering.decide_draft, approve=approve, reason="再核实")

    @rule(which=WHICH, into=WHICH, who=st.sampled_from(["sun_wei", "wu_fang", "zhou_ning"]))
    def merge(self, which: int, into: int, who: str) -> None:
        self.act_on(which, who, merging.merge_inquiries, into=self.asked[into % len(self.asked)])

    @rule(which=WHICH, who=st.sampled_from(["sun_wei", "wu_fang"]))
    def unmerge(self, which: int, who: str) -> None:
        self.act_on(which, who, merging.unmerge_inquiry, reason="另一件事")

    @rule(which=WHICH, who=st.sampled_from(["wu_fang", "zhou_ning"]))
    def reopen(self, which: int, who: str) -> None:
        self.act_on(which, who, answering.reopen_inquiry, reason="没有解决")

    @rule(which=WHICH, satisfaction=st.sampled_from(["satisfied", "dissatisfied"]))
    def rate(self, which: int, satisfaction: str) -> None:
        self.act_on(
            which,
            "wu_fang",
            answering.rate_answer,
            source="callback",
            reached=True,
            satisfaction=satisfaction,
        )

    @rule(which=WHICH, who=WHO)
    def ask_again(self, which: int, who: str) -> None:
        self.act_on(which, who, contacting.ask_again, text="又来问")

    @rule(
        which=WHICH,
        who=WHO,
        kind=st.sampled_from(["help", "tip_off", "suggestion"]),
        urgency=st.sampled_from(["ordinary", "urgent", "critical"]),
    )
    def reclassify(self, which: int, who: str, kind: str, urgency: str) -> None:
        self.act_on(which, who, moving.reclassify_inquiry, kind=kind, urgency=urgency, reason="更正")

    @rule(which=WHICH, who=WHO)
    def finish_some_duty(self, which: int, who: str) -> None:
        duties = list(Duty.objects.open().order_by("pk").values_list("pk", flat=True))
        if duties:
            duty = Duty.objects.get(pk=duties[which % len(duties)])
            who = HANDS[duty.place.name] if who == "holder" else who
            self.act(who, moving.answer_duty, duty.pk, reply="已办")

    @rule(
        meant_for=st.sampled_from(["ordinary", "duty"]), like=st.sampled_from(["ordinary", "urgent", "duty"])
    )
    def edit_the_ladder(self, meant_for: str, like: str) -> None:
        district = self.cast.district
        self.act(
            "zhou_ning", issue_ladder, district=district, meant_for=meant_for, ladder=steps.SHIPPED[like]
        )

    @rule(hours=st.sampled_from([1, 5, 24, 72, 24 * 9, 24 * 40]))
    def time_passes_and_the_sweep_runs(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        for model in (Inquiry, Duty):
            with scope(role=WORKER, district=ALL_DISTRICTS):
                chase_batch(model, now=self.now)
        with scope(role=WORKER, district=ALL_DISTRICTS):
            file_settled(now=self.now)

    @invariant()
    def every_promise_holds(self) -> None:
        broken = {found.promise: found.references for found in verify_promises(now=self.now) if found.broken}
        assert broken == {}


@pytest.mark.django_db
def test_nothing_owed_is_ever_without_a_next_chase(cast: Cast, now: datetime) -> None:
    LifeOfInquiries.cast, LifeOfInquiries.began = cast, now
    run_state_machine_as_test(
        LifeOfInquiries,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
