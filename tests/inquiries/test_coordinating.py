"""The district is asked to coordinate, and decides who leads and who assists."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bureaus.models import Notice
from inquiries.models import Chase, Duty, Inquiry
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.coordinating import ask_coordination, decide_coordination
from inquiries.services.dispatching import dispute_dispatch
from inquiries.services.moving import reassign_inquiry, sign_for
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(ask: Ask, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """In hand of the relief section, whose head has asked the district."""
    inquiry = ask()
    with web_as(cast.he_jing):
        sign_for(inquiry.pk, by=cast.he_jing, now=now)
        ask_coordination(inquiry.pk, reason="两局职责交叉", by=cast.he_jing, now=now)
    inquiry.refresh_from_db()
    return inquiry


def pen_of(inquiry: Inquiry) -> str:
    return inquiry.pens.get(until_at=None).part


@pytest.mark.parametrize("contest", ["dispute", "coordination"])
def test_an_answer_that_waits_for_approval_stays_with_its_approver_whatever_else_is_asked(
    contest: str, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        sign_for(inquiry.pk, by=cast.li_min, now=now)
        answer_inquiry(inquiry.pk, AnswerGiven("withdrawn", "来电撤回", "telephone"), by=cast.li_min, now=now)
    assert pen_of(inquiry) == "approver"
    with web_as(cast.he_jing):
        if contest == "dispute":
            dispute_dispatch(inquiry.pk, reason="不归我们管", by=cast.he_jing, now=now)
        else:
            ask_coordination(inquiry.pk, reason="两局职责交叉", by=cast.he_jing, now=now)
    assert pen_of(inquiry) == "approver"


def test_passing_it_on_inside_the_bureau_leaves_the_pen_with_the_district_that_was_asked(
    asked: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.sun_wei):
        reassign_inquiry(asked.pk, to=cast.civil, post=None, by=cast.sun_wei, now=now)
    assert pen_of(asked) == "coordinate"


def test_the_district_owes_a_decision_and_holds_the_pen_while_the_clock_runs(
    asked: Inquiry, cast: Cast
) -> None:
    duty = Duty.objects.get(inquiry=asked, kind="coordinate")
    pen = asked.pens.get(until_at=None)
    assert (duty.place, pen.part, pen.place) == (cast.district, "coordinate", cast.district)
    assert asked.next_chase_at is not None


def test_it_is_chased_at_the_district(asked: Inquiry, cast: Cast, clock: As, now: datetime) -> None:
    with clock():
        chase_batch(Duty, now=now + timedelta(days=2))
    chase = Chase.objects.get(duty__kind="coordinate")
    told = Notice.objects.filter(cause_kind="chase", cause_id=str(chase.pk))
    assert set(told.values_list("recipient__username", flat=True)) == {"wu_fang", "zhou_ning"}
    assert chase.told == [
        [officer.pk, cast.post(officer).pk, False] for officer in (cast.wu_fang, cast.zhou_ning)
    ]


def test_it_stays_and_others_assist(asked: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        decide_coordination(
            asked.pk, decision="民政局主办", assisting=[cast.culture], by=cast.wu_fang, now=now
        )
    asked.refresh_from_db()
    assert (asked.holder, asked.pens.get(until_at=None).part) == (cast.relief, "handler")
    assert Duty.objects.get(inquiry=asked, kind="assist").place == cast.culture
    with web_as(cast.tang_rui):
        assert Inquiry.objects.filter(pk=asked.pk).exists()


def test_another_place_leads_from_now_on_finally(
    asked: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        decide_coordination(
            asked.pk,
            decision="文体局主办",
            lead=cast.culture,
            assisting=[cast.relief],
            by=cast.wu_fang,
            now=now,
        )
    asked.refresh_from_db()
    assert (asked.holder, asked.designated, asked.state) == (cast.culture, True, "assigned")
    assert Duty.objects.get(inquiry=asked, kind="assist").place == cast.relief
    assert Notice.objects.filter(kind="coordinated", recipient=cast.li_min).exists()


def test_it_is_asked_once_with_a_reason_and_never_of_itself(
    asked: Inquiry, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    other, own = ask(), ask(by=cast.wu_fang)
    with web_as(cast.he_jing):
        with pytest.raises(refusals.DutyOpenAlready):
            ask_coordination(asked.pk, reason="再问", by=cast.he_jing, now=now)
        with pytest.raises(refusals.NeedsReason):
            ask_coordination(other.pk, reason=" ", by=cast.he_jing, now=now)
    with web_as(cast.wu_fang), pytest.raises(refusals.NotYours):
        ask_coordination(own.pk, reason="x", by=cast.wu_fang, now=now)


def test_a_decision_needs_words_a_question_and_a_place_that_may(
    asked: Inquiry, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    other = ask()
    with web_as(cast.wu_fang):
        with pytest.raises(refusals.NeedsReason):
            decide_coordination(asked.pk, decision=" ", by=cast.wu_fang, now=now)
        with pytest.raises(refusals.NotInThisState):
            decide_coordination(other.pk, decision="x", by=cast.wu_fang, now=now)
        for place in (cast.district, cast.elsewhere):
            with pytest.raises(refusals.NowhereToGo):
                decide_coordination(asked.pk, decision="x", lead=place, by=cast.wu_fang, now=now)


@pytest.mark.parametrize("stranger", ["li_min", "sun_wei", "bai_lu", "xu_kai"])
def test_only_the_district_decides(stranger: str, asked: Inquiry, cast: Cast, now: datetime) -> None:
    with pytest.raises(refusals.NotYours):
        decide_coordination(asked.pk, decision="x", by=getattr(cast, stranger), now=now)


@pytest.mark.parametrize("stranger", ["li_min", "cao_lei", "bai_lu"])
def test_only_who_leads_the_place_asks(stranger: str, ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    with pytest.raises(refusals.NotYours):
        ask_coordination(inquiry.pk, reason="x", by=getattr(cast, stranger), now=now)


def test_the_answer_settles_the_question(asked: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min):
        answer_inquiry(asked.pk, EXPLAINED, by=cast.li_min, now=now)
    assert Duty.objects.get(inquiry=asked, kind="coordinate").decision == "settled"
