"""What officers do to inquiries, in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bureaus.access import scope_of
from bureaus.models import Officer, Place, Tenure
from bureaus.models.scope import WEB, scope
from bureaus.services.refusals import Refusal
from inquiries.models import Chase, Duty, Event, Inquiry
from inquiries.services import (
    answering,
    closing,
    contacting,
    coordinating,
    dispatching,
    extending,
    merging,
    moving,
    recording,
)
from inquiries.services.answering import AnswerGiven
from inquiries.services.recording import CitizenGiven, record_inquiry
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


class Acts(RuleBasedStateMachine):
    """Officers do anything they are allowed; what is refused must be refused by name."""

    cast: Cast
    began: datetime
    # What happened at least once in a run: the codes of events, and what leaves none.
    reached: set[str] = set()

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = self.began
        self.asked: list[int] = []
        self.first_dues: dict[int, datetime] = {}
        # Nothing that happens here changes what the stranger sees.
        self.strangers = scope_of(self.cast.xu_kai, now=self.began)

    def teardown(self) -> None:
        self.reached.update(Event.objects.values_list("code", flat=True))
        self.reached.update(Chase.objects.values_list("level", flat=True))
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def officer(self, who: str) -> Officer:
        found: Officer = getattr(self.cast, who)
        return found

    def place(self, where: str) -> Place:
        # Read anew: what a life before this one did to its rows is undone, but not to the objects of the cast.
        found: Place = getattr(self.cast, where)
        place = Place.objects.get(pk=found.pk)
        while place.successor is not None:
            place = place.successor
        return place

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
                who = self.hand_of(place)
            self.act(who, service, inquiry_id, *more, **given)

    def hand_of(self, place: Place) -> str:
        """Who acts there: of a place that came with a reorganisation, whoever holds a post of it or of its bureau."""
        if place.name in HANDS:
            return HANDS[place.name]
        held = Tenure.objects.filter(
            post__closed_on=None,
            post__place__path__startswith=f"{place.root_id}/{place.bureau_id}/",
            until_on=None,
        )
        first = held.order_by("-post__place__path", "pk").values_list("officer__username", flat=True).first()
        return first or "wu_fang"

    @initialize()
    def the_first_question(self) -> None:
        for _ in range(2):
            self.record("li_min", "ordinary", "consultation", 0, 0)
        assert self.asked, "nobody could record the first question"

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
            place=Place.objects.get(pk=self.cast.post(self.officer(who)).place_id),
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
        self.act_on(which, who, closing.reopen_inquiry, reason="没有解决")

    @rule(which=WHICH, satisfaction=st.sampled_from(["satisfied", "dissatisfied"]))
    def rate(self, which: int, satisfaction: str) -> None:
        self.act_on(
            which,
            "wu_fang",
            closing.rate_answer,
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
            who = self.hand_of(duty.place) if who == "holder" else who
            self.act(who, moving.answer_duty, duty.pk, reply="已办")

    # What takes several hands in turn, so that chance alone would seldom bring it about.

    @rule(which=WHICH, where=WHERE, accept=YES)
    def hand_over(self, which: int, where: str, accept: bool) -> None:
        self.act_on(which, "wu_fang", moving.offer_inquiry, to=self.place(where), reason="请接")
        self.act_on(which, "holder", moving.decide_hand_over, accept=accept, reason="不归我们管")

    @rule(which=WHICH, approve=YES)
    def draft_and_decide(self, which: int, approve: bool) -> None:
        given = AnswerGiven("withdrawn", "本人撤回。", "telephone")
        self.act_on(which, "holder", answering.answer_inquiry, given)
        self.act_on(which, "zhou_ning", answering.decide_draft, approve=approve, reason="再核实")

    @rule(which=WHICH, grant=YES)
    def extend(self, which: int, grant: bool) -> None:
        self.act_on(which, "holder", extending.ask_extension, days=3, reason="要现场勘察")
        self.act_on(which, "sun_wei", extending.decide_extension, grant=grant, reason="不必")
        self.act_on(which, "zhou_ning", extending.decide_extension, grant=grant, reason="不必")

    @rule(which=WHICH, lead=st.sampled_from([None, "culture", "streets"]))
    def coordinate(self, which: int, lead: str | None) -> None:
        self.act_on(which, "holder", coordinating.ask_coordination, reason="两局职责交叉")
        self.act_on(which, "sun_wei", coordinating.ask_coordination, reason="两局职责交叉")
        self.act_on(
            which,
            "wu_fang",
            coordinating.decide_coordination,
            decision="按三定方案办",
            lead=self.place(lead) if lead else None,
        )

    @rule(which=WHICH, uphold=YES)
    def dispute_and_decide(self, which: int, uphold: bool) -> None:
        self.act_on(which, "holder", dispatching.dispute_dispatch, reason="不归我们管")
        self.act_on(which, "wu_fang", dispatching.decide_dispute, uphold=uphold, reason="据三定方案")

    @rule(which=WHICH)
    def return_until_it_is_designated(self, which: int) -> None:
        for _ in range(3):
            self.act_on(which, "holder", dispatching.return_inquiry, reason="不归我们管")
            self.act_on(which, "wu_fang", dispatching.dispatch_inquiry, to=self.place("culture"))
        self.act_on(
            which,
            "wu_fang",
            dispatching.dispatch_inquiry,
            to=self.place("civil"),
            designate=True,
            reason="据三定方案",
        )

    @rule(which=WHICH, into=WHICH, out=YES)
    def merge_by_the_district(self, which: int, into: int, out: bool) -> None:
        self.merge(which, into, "wu_fang")
        if out:
            self.unmerge(which, "wu_fang")

    @rule(which=WHICH, satisfaction=st.sampled_from(["satisfied", "dissatisfied"]))
    def answer_and_rate(self, which: int, satisfaction: str) -> None:
        self.answer(which, "holder", "explained")
        self.rate(which, satisfaction)

    @rule(which=WHICH)
    def answer_and_reopen(self, which: int) -> None:
        self.answer(which, "holder", "solved")
        self.reopen(which, "wu_fang")

    @rule(which=WHICH)
    def sign_and_ask_the_citizen(self, which: int) -> None:
        self.sign(which, "holder")
        self.ask_citizen(which, "holder")

    @rule(which=WHICH, who=WHO)
    def hand_to_an_emergency_number(self, which: int, who: str) -> None:
        self.act_on(which, who, contacting.log_contact, what="emergency", number="119", text="已转")

    @rule(which=WHICH, who=WHO)
    def split(self, which: int, who: str) -> None:
        if len(self.asked) < 6:
            self.act_on(which, who, recording.split_inquiry, questions=["另外，路灯坏了。"])

    @rule(which=WHICH, who=WHO, where=WHERE)
    def ask_assist(self, which: int, who: str, where: str) -> None:
        due_at = self.now + timedelta(days=3)
        self.act_on(which, who, moving.ask_assist, of=self.place(where), request="请协助", due_at=due_at)
