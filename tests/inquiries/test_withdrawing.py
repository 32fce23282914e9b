"""The citizen withdraws: an outcome that the district approves before anything ends."""

from __future__ import annotations

from datetime import datetime

import pytest

from inquiries.models import Duty, Inquiry
from inquiries.services import refusals
from inquiries.services.answering import decide_draft, withdraw_inquiry
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def withdrawn(ask: Ask, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """Li Min's, waiting for the district."""
    inquiry = ask()
    with web_as(cast.li_min):
        withdraw_inquiry(inquiry.pk, text="来电撤回", told_how="telephone", by=cast.li_min, now=now)
    inquiry.refresh_from_db()
    return inquiry


def test_until_it_is_approved_the_answer_is_owed_and_chased(withdrawn: Inquiry, cast: Cast) -> None:
    assert (withdrawn.answered_at, withdrawn.next_chase_at is not None) == (None, True)
    assert Duty.objects.get(inquiry=withdrawn, kind="approval").place == cast.district


def test_approved_it_ends_as_withdrawn(withdrawn: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        answer = decide_draft(withdrawn.pk, approve=True, by=cast.wu_fang, now=now)
    assert answer is not None
    assert (answer.outcome, answer.approved_by) == ("withdrawn", cast.wu_fang)


def test_the_bureau_does_not_approve_its_own(withdrawn: Inquiry, cast: Cast, now: datetime) -> None:
    for officer in (cast.li_min, cast.sun_wei, cast.cao_lei):
        with pytest.raises(refusals.NotYours):
            decide_draft(withdrawn.pk, approve=True, by=officer, now=now)


def test_it_needs_words_and_comes_once(
    withdrawn: Inquiry, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    other = ask()
    with web_as(cast.li_min):
        with pytest.raises(refusals.NeedsWords):
            withdraw_inquiry(other.pk, text=" ", told_how="telephone", by=cast.li_min, now=now)
        with pytest.raises(refusals.DutyOpenAlready):
            withdraw_inquiry(withdrawn.pk, text="又来", told_how="telephone", by=cast.li_min, now=now)


@pytest.mark.parametrize("stranger", ["tang_rui", "wu_fang", "bai_lu", "xu_kai"])
def test_only_who_handles_it_logs_a_withdrawal(stranger: str, ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    with pytest.raises(refusals.NotYours):
        withdraw_inquiry(inquiry.pk, text="x", told_how="telephone", by=getattr(cast, stranger), now=now)
