"""What came from 12345 or from above: its number, its due, and every word owed back until the receipt is logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bureaus.models import Officer
from bureaus.services.calendar import calendar_for
from inquiries.models import Duty, Inquiry
from inquiries.services import refusals
from inquiries.services.answering import answer_inquiry
from inquiries.services.dispatching import dispatch_inquiry, return_inquiry
from inquiries.services.extending import ask_extension, decide_extension
from inquiries.services.merging import merge_inquiries
from inquiries.services.moving import answer_duty
from inquiries.services.remeasuring import Granted, due_again
from inquiries.services.sources import set_source_due
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FROM_12345 = {"channel": "city_12345", "source": "12345", "external_number": "S-1"}


def owed(inquiry: Inquiry) -> dict[str, str]:
    """What is owed back to the source, and by which place."""
    return {
        duty.subject: str(duty.place)
        for duty in Duty.objects.open().filter(inquiry=inquiry, kind="relay").select_related("place")
    }


@pytest.fixture
def act(cast: Cast, web_as: As, now: datetime) -> Callable[..., Any]:
    def done(by: Officer, service: Callable[..., Any], inquiry: Inquiry, **given: Any) -> Any:
        with web_as(by):
            found = service(inquiry.pk, by=by, now=now, **given)
        inquiry.refresh_from_db()
        return found

    return done


def test_an_extension_is_told_to_the_source_until_the_receipt_is_logged(
    ask: Ask, cast: Cast, act: Callable[..., Any], web_as: As, now: datetime
) -> None:
    inquiry = ask(**FROM_12345)
    act(cast.li_min, ask_extension, inquiry, days=3, reason="需要现场勘查")
    assert owed(inquiry) == {}
    act(cast.sun_wei, decide_extension, inquiry, grant=True)
    assert owed(inquiry) == {"extension.1": "社会救助科"}
    duty = Duty.objects.get(inquiry=inquiry, kind="relay")
    assert duty.next_chase_at is not None
    with web_as(cast.li_min):
        answer_duty(duty.pk, reply="已回传，回执 8841", by=cast.li_min, now=now)
    assert owed(inquiry) == {}


def test_what_nobody_passed_on_owes_the_source_nothing(ask: Ask, cast: Cast, act: Callable[..., Any]) -> None:
    inquiry = ask()
    act(cast.li_min, ask_extension, inquiry, days=3, reason="需要现场勘查")
    act(cast.sun_wei, decide_extension, inquiry, grant=True)
    act(cast.li_min, answer_inquiry, inquiry, given=EXPLAINED)
    assert owed(inquiry) == {}


def test_a_return_is_told_to_the_source_by_the_district(
    ask: Ask, cast: Cast, act: Callable[..., Any]
) -> None:
    inquiry = ask(by=cast.wu_fang, **FROM_12345)
    act(cast.wu_fang, dispatch_inquiry, inquiry, to=cast.civil)
    act(cast.sun_wei, return_inquiry, inquiry, reason="不属于我局职责")
    assert owed(inquiry) == {"return.1": "春和区"}


def test_what_rides_is_told_to_its_own_source(ask: Ask, cast: Cast, act: Callable[..., Any]) -> None:
    lead, rider = ask(), ask(**FROM_12345)
    act(cast.wu_fang, merge_inquiries, rider, into=lead.pk)
    act(cast.li_min, answer_inquiry, lead, given=EXPLAINED)
    assert owed(lead) == {}
    assert owed(rider) == {"answer.1": "社会救助科"}


def test_no_extension_goes_past_the_due_of_the_source(
    ask: Ask, cast: Cast, act: Callable[..., Any], now: datetime
) -> None:
    bound = ask(**FROM_12345, external_due_at=now + 2 * DAY)
    with pytest.raises(refusals.SourceDueStands):
        act(cast.li_min, ask_extension, bound, days=3, reason="需要现场勘查")
    later = ask(**FROM_12345 | {"external_number": "S-2"}, external_due_at=now + 8 * DAY)
    act(cast.li_min, ask_extension, later, days=5, reason="需要现场勘查")
    act(cast.sun_wei, decide_extension, later, grant=True)
    assert later.due_at == now + 8 * DAY


def test_the_source_grants_more_time_and_the_due_follows_once_the_district_says_so(
    ask: Ask, cast: Cast, act: Callable[..., Any], web_as: As, now: datetime
) -> None:
    inquiry = ask(**FROM_12345, external_due_at=now + 2 * DAY)
    first = inquiry.due_at
    with pytest.raises(refusals.CannotEaseDue):
        act(cast.sun_wei, set_source_due, inquiry, due_at=now + 6 * DAY, reason="12345同意延期")
    act(cast.wu_fang, set_source_due, inquiry, due_at=now + 6 * DAY, reason="12345同意延期")
    assert (inquiry.due_at, inquiry.original_due_at) == (now + 6 * DAY, first)
    assert inquiry.next_chase_at is not None
    act(cast.sun_wei, set_source_due, inquiry, due_at=now + 1 * DAY, reason="12345要求提前")
    assert inquiry.due_at == now + DAY
    with web_as(cast.wu_fang):
        again = due_again(inquiry, calendar_for(cast.district.pk), Granted.to([inquiry]))
    assert again.due_at == inquiry.due_at


def test_a_due_of_the_source_is_of_what_came_from_one(
    ask: Ask, cast: Cast, act: Callable[..., Any], now: datetime
) -> None:
    with pytest.raises(refusals.NoSource):
        act(cast.wu_fang, set_source_due, ask(), due_at=now + DAY, reason="催得急")
    inquiry = ask(**FROM_12345)
    with pytest.raises(refusals.NeedsReason):
        act(cast.wu_fang, set_source_due, inquiry, due_at=now + DAY, reason=" ")
    with pytest.raises(refusals.DueBeforeAsked):
        act(cast.wu_fang, set_source_due, inquiry, due_at=now - DAY, reason="催得急")


def test_a_number_of_the_source_is_recorded_once_and_the_page_says_so(
    cast: Cast, enter: Callable[[Officer], Client]
) -> None:
    client = enter(cast.li_min)
    asked = {"question": "能不能免物业费？", "kind": "consultation", "urgency": "ordinary"}
    asked |= FROM_12345 | {"place": str(cast.relief.pk), "standing": "anonymous"}
    asked |= {"external_due_at": "2099-01-05T17:00"}
    assert client.post("/record/", asked | {"key": "one"}).status_code == 302
    assert Inquiry.objects.get().external_due_at is not None
    again = client.post("/record/", asked | {"key": "two"})
    assert again.status_code == 422
    assert again.context["form"].errors["external_number"] == [str(refusals.SourceNumberTaken.sentence)]
    assert Inquiry.objects.count() == 1
