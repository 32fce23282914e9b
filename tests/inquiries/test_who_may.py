"""Which post may do which act to an inquiry in a section's hands: each tried by each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from bureaus.access import MAY, Act
from inquiries.access import acts_now
from inquiries.models import Inquiry
from inquiries.services import answering, contacting, dispatching, extending, moving
from inquiries.services.refusals import NotYours
from tests.conftest import Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

BUREAU = {"bureau_head", "vice_head", "liaison", "section_head", "handler"}
LEADS = BUREAU - {"handler"}
OFFICE = {"director", "clerk"}

Try = Callable[..., Any]
# Each act: who may, and how it is tried.
ACTS: dict[Act, tuple[set[str], Try]] = {
    Act.SIGN_FOR: (BUREAU, lambda pk, cast, **by: moving.sign_for(pk, **by)),
    Act.ANSWER: (BUREAU, lambda pk, cast, **by: answering.answer_inquiry(pk, EXPLAINED, **by)),
    Act.RETURN: (BUREAU, lambda pk, cast, **by: dispatching.return_inquiry(pk, reason="x", **by)),
    Act.DISPUTE: (BUREAU, lambda pk, cast, **by: dispatching.dispute_dispatch(pk, reason="x", **by)),
    Act.REASSIGN: (
        BUREAU,
        lambda pk, cast, **by: moving.reassign_inquiry(pk, to=cast.civil, post=None, **by),
    ),
    Act.EXTEND: (BUREAU, lambda pk, cast, **by: extending.ask_extension(pk, days=1, reason="x", **by)),
    Act.HAND_OVER: (
        LEADS | OFFICE,
        lambda pk, cast, **by: moving.offer_inquiry(pk, to=cast.culture, reason="x", **by),
    ),
    Act.ASSIST: (
        BUREAU | OFFICE,
        lambda pk, cast, **by: moving.ask_assist(
            pk, of=cast.culture, request="x", due_at=by["now"] + timedelta(days=1), **by
        ),
    ),
    Act.LOG_CONTACT: (
        BUREAU | OFFICE,
        lambda pk, cast, **by: contacting.log_contact(pk, what="contacted", **by),
    ),
    Act.RECLASSIFY: (
        LEADS | OFFICE,
        lambda pk, cast, **by: moving.reclassify_inquiry(
            pk, kind="consultation", urgency="urgent", reason="x", **by
        ),
    ),
    Act.CHASE_BY_HAND: (
        LEADS | OFFICE,
        lambda pk, cast, **by: contacting.chase_by_hand(pk, whom="x", promised="", **by),
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_done_by_the_posts_that_may_and_refused_to_all_others(
    act: Act, ask: Ask, cast: Cast, now: datetime
) -> None:
    allowed, attempt = ACTS[act]
    inquiry, done = ask(), set()
    for role, officer in cast.everybody.items():
        mark = transaction.savepoint()
        try:
            attempt(inquiry.pk, cast, by=officer, now=now)
            done.add(role)
        except NotYours:
            pass
        transaction.savepoint_rollback(mark)
    assert done == allowed


@pytest.mark.parametrize("stranger", ["tang_rui", "cao_lei", "ma_chao", "han_xue", "xu_kai"])
def test_no_act_is_open_to_another_bureau_a_resting_deputy_or_another_district(
    stranger: str, ask: Ask, cast: Cast, now: datetime
) -> None:
    inquiry = ask()
    for _allowed, attempt in ACTS.values():
        with pytest.raises(NotYours):
            attempt(inquiry.pk, cast, by=getattr(cast, stranger), now=now)


def test_a_page_offers_exactly_the_acts_that_the_services_allow(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    for role, officer in cast.everybody.items():
        offered = acts_now(officer, inquiry, now=now)
        assert {act for act in ACTS if act in offered} == {act for act in ACTS if role in ACTS[act][0]}


def test_nobody_may_an_act_of_a_sealed_matter_who_is_not_named(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry: Inquiry = ask(by=cast.zhou_ning, kind="tip_off")
    may = {role for role, officer in cast.everybody.items() if acts_now(officer, inquiry, now=now)}
    assert may == {"director"}


def test_the_auditor_changes_nothing() -> None:
    assert MAY["auditor"] == {Act.READ_AUDIT}
