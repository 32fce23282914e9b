"""Dispatching, returning, disputing and designating, with every refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from inquiries.models import Duty, Inquiry, Pen, Sight
from inquiries.services import refusals
from inquiries.services.dispatching import (
    decide_dispute,
    dispatch_inquiry,
    dispute_dispatch,
    return_inquiry,
)
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def received(ask: Ask, cast: Cast) -> Inquiry:
    return ask(by=cast.wu_fang)


def dispatch(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime, **given: object) -> None:
    with web_as(cast.wu_fang, now):
        dispatch_inquiry(inquiry.pk, **{"to": cast.relief, "by": cast.wu_fang, "now": now} | given)  # type: ignore[arg-type]
    inquiry.refresh_from_db()


def test_a_dispatched_inquiry_is_with_the_bureau_which_owes_a_signature(
    received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    due_at = received.due_at
    dispatch(received, cast, web_as, now)
    assert (received.state, received.holder, received.due_at) == ("assigned", cast.relief, due_at)
    assert Duty.objects.open().get(inquiry=received).kind == "sign_for"
    assert Pen.objects.get(inquiry=received, until_at=None).place == cast.relief


def test_nothing_is_dispatched_to_another_district(
    received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with pytest.raises(refusals.NowhereToGo):
        dispatch(received, cast, web_as, now, to=cast.elsewhere)
    with pytest.raises(refusals.NowhereToGo):
        dispatch(received, cast, web_as, now, to=cast.district)


def test_what_is_with_a_bureau_is_not_dispatched_past_it(
    received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    dispatch(received, cast, web_as, now)
    with pytest.raises(refusals.NotInThisState):
        dispatch(received, cast, web_as, now, to=cast.culture)


def test_a_sealed_matter_never_goes_to_the_office_it_is_about(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.zhou_ning, kind="complaint", about_place=cast.civil)
    with web_as(cast.zhou_ning), pytest.raises(refusals.AboutThatOffice):
        dispatch_inquiry(inquiry.pk, to=cast.relief, by=cast.zhou_ning, now=now)


def test_a_sealed_matter_goes_to_the_named_reader_of_another_bureau(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.zhou_ning, kind="complaint", about_place=cast.civil)
    with web_as(cast.zhou_ning):
        dispatch_inquiry(inquiry.pk, to=cast.culture, by=cast.zhou_ning, now=now)
    seen = Sight.objects.filter(inquiry=inquiry, place=cast.culture).values_list(
        "officer__username", flat=True
    )
    assert set(seen) == {"cao_lei"}


def test_who_is_no_named_reader_does_not_dispatch_it(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask(by=cast.zhou_ning, kind="tip_off")
    with web_as(cast.wu_fang), pytest.raises(Inquiry.DoesNotExist):
        dispatch_inquiry(inquiry.pk, to=cast.culture, by=cast.wu_fang, now=now)
    with pytest.raises(refusals.NotSealedReader):
        dispatch_inquiry(inquiry.pk, to=cast.culture, by=cast.wu_fang, now=now)


def give_back(inquiry: Inquiry, cast: Cast, web_as: As, at: datetime, **given: object) -> None:
    with web_as(cast.li_min, at):
        return_inquiry(inquiry.pk, **{"reason": "不归我们管", "by": cast.li_min, "now": at} | given)  # type: ignore[arg-type]
    inquiry.refresh_from_db()


def test_a_returned_inquiry_waits_for_the_dispatcher_while_its_clock_runs_on(
    received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    due_at = received.due_at
    dispatch(received, cast, web_as, now)
    give_back(received, cast, web_as, now)
    assert (received.state, received.holder, received.returns) == ("received", cast.district, 1)
    assert (received.due_at, received.asked_at) == (due_at, now)
    assert Duty.objects.open().get(inquiry=received).kind == "dispatch"


def test_a_return_needs_a_reason(received: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    dispatch(received, cast, web_as, now)
    with pytest.raises(refusals.NeedsReason):
        give_back(received, cast, web_as, now, reason=" ")


def test_a_return_is_made_within_one_working_day_and_two_when_complex(
    received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    dispatch(received, cast, web_as, now)
    # Dispatched on Wednesday 20 May: one working day ends with the 21st, two with the 22nd.
    friday, saturday = now.replace(day=22, hour=0), now.replace(day=23, hour=0)
    with pytest.raises(refusals.ReturnTooLate):
        give_back(received, cast, web_as, friday)
    with pytest.raises(refusals.ReturnTooLate):
        give_back(received, cast, web_as, saturday, is_complex=True)
    give_back(received, cast, web_as, friday, is_complex=True)
    assert received.state == "received"


def test_after_the_third_return_the_district_designates_and_that_is_final(
    received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    for _ in range(3):
        dispatch(received, cast, web_as, now)
        give_back(received, cast, web_as, now)
    with pytest.raises(refusals.MustDesignate):
        dispatch(received, cast, web_as, now)
    with pytest.raises(refusals.NeedsReason):
        dispatch(received, cast, web_as, now, designate=True)
    dispatch(received, cast, web_as, now, designate=True, reason="据三定方案")
    with pytest.raises(refusals.Designated):
        give_back(received, cast, web_as, now)
    with web_as(cast.li_min), pytest.raises(refusals.Designated):
        dispute_dispatch(received.pk, reason="不归我们管", by=cast.li_min, now=now)


def dispute(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime, reason: str = "不归我们管") -> Duty:
    with web_as(cast.li_min):
        return dispute_dispatch(inquiry.pk, reason=reason, by=cast.li_min, now=now)


def test_a_dispute_is_the_districts_to_decide_and_the_pen_is_its(
    received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    dispatch(received, cast, web_as, now)
    with pytest.raises(refusals.NeedsReason):
        dispute(received, cast, web_as, now, reason="")
    duty = dispute(received, cast, web_as, now)
    assert (duty.kind, duty.place) == ("dispute", cast.district)
    assert Pen.objects.get(inquiry=received, until_at=None).place == cast.district
    with pytest.raises(refusals.DutyOpenAlready):
        dispute(received, cast, web_as, now)


@pytest.mark.parametrize("uphold", [True, False])
def test_a_dispute_ends_at_the_dispatcher_or_in_a_designation(
    uphold: bool, received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    dispatch(received, cast, web_as, now)
    dispute(received, cast, web_as, now)
    with web_as(cast.wu_fang), pytest.raises(refusals.NeedsReason):
        decide_dispute(received.pk, uphold=uphold, reason="", by=cast.wu_fang, now=now)
    with web_as(cast.wu_fang):
        decide_dispute(received.pk, uphold=uphold, reason="据三定方案", by=cast.wu_fang, now=now)
    received.refresh_from_db()
    assert (received.state, received.designated) == (("received", False) if uphold else ("assigned", True))


def test_a_bureau_does_not_decide_its_own_dispute(
    received: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    dispatch(received, cast, web_as, now)
    with web_as(cast.wu_fang), pytest.raises(refusals.NotInThisState):
        decide_dispute(received.pk, uphold=True, reason="x", by=cast.wu_fang, now=now)
    dispute(received, cast, web_as, now)
    with web_as(cast.sun_wei), pytest.raises(refusals.NotYours):
        decide_dispute(received.pk, uphold=True, reason="x", by=cast.sun_wei, now=now)
