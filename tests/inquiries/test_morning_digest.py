"""The morning digest as a page, and a supervision acknowledged with a plan and a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from bureaus.models import Address, Message, Officer
from bureaus.services.notices import (
    NoticeRow,
    enter_address,
    verification_code,
    verify_address,
    write_notices,
)
from bureaus.workdays import local_date
from inquiries.models import Duty, Event, Inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.duties import open_duty
from inquiries.services.moving import answer_duty
from inquiries.services.refusals import NotInThisState, PlannedBefore
from tests.conftest import As, Cast
from tests.inquiries.conftest import DAY, Ask, Enter, page, statements_of


@pytest.fixture
def supervised(cast: Cast, ask: Ask, clock: As) -> Inquiry:
    """A question of forty days ago, chased since: its bureau's head owes an acknowledgement."""
    now = timezone.now()
    inquiry = ask(now=now - 40 * DAY)
    with clock():
        for days in range(38, 0, -2):
            chase_batch(Inquiry, now=now - days * DAY)
    assert Duty.objects.open().filter(inquiry=inquiry, kind="acknowledge").exists()
    return inquiry


def owed(inquiry: Inquiry) -> Duty:
    return Duty.objects.open().filter(inquiry=inquiry, kind="acknowledge").order_by("pk")[0]


def test_a_supervision_is_acknowledged_with_a_plan_and_a_day(
    cast: Cast, enter: Enter, supervised: Inquiry
) -> None:
    client, duty = enter(cast.sun_wei), owed(supervised)
    path = f"/duties/{duty.pk}/"
    assert "Why it is late, and what will be done" in page(client, path)
    today = local_date(timezone.now())
    assert client.post(path, {"reply": "人手不足，本周办结。"}).status_code == 422
    past = client.post(path, {"reply": "本周办结。", "planned_on": (today - DAY).isoformat()})
    assert (past.status_code, "The day planned has passed." in past.content.decode()) == (422, True)
    on = (today + 2 * DAY).isoformat()
    assert client.post(path, {"reply": "人手不足，本周办结。", "planned_on": on}).status_code == 302
    done = Duty.objects.get(pk=duty.pk)
    assert (done.reply, done.terms["planned_on"]) == ("人手不足，本周办结。", on)
    event = Event.objects.filter(inquiry=supervised, code="acknowledge_done").latest("seq")
    assert event.codes["planned_on"] == on
    said = f"人手不足，本周办结。 (planned for {on})"
    for where in (path, f"/inquiries/{supervised.pk}/", "/notices/digest/"):
        assert said in page(client, where)
    # The district sees what was promised.
    assert said in page(enter(cast.zhou_ning), "/notices/digest/")


def test_a_day_is_planned_of_an_acknowledgement_alone_and_within_a_year(
    cast: Cast, supervised: Inquiry, fresh: Callable[..., Inquiry], web_as: As
) -> None:
    now = timezone.now()
    duty = owed(supervised)
    with web_as(cast.sun_wei, now), pytest.raises(PlannedBefore):
        answer_duty(duty.pk, reply="明年", planned_on=local_date(now) + 400 * DAY, by=cast.sun_wei, now=now)
    other = Duty.objects.open().exclude(kind__in=["acknowledge", "sign_for"]).filter(inquiry=supervised)
    for circular in other.filter(kind="circular"):
        with web_as(cast.zhou_ning, now), pytest.raises(NotInThisState):
            answer_duty(
                circular.pk,
                reply="好",
                decision="signed",
                planned_on=local_date(now),
                by=cast.zhou_ning,
                now=now,
            )


def test_the_morning_shows_the_worst_what_waits_and_what_was_chased(
    cast: Cast, enter: Enter, supervised: Inquiry
) -> None:
    row = NoticeRow(
        district_id=cast.district.pk,
        recipient_id=cast.sun_wei.pk,
        cause_kind="chase",
        cause_id="morning",
        kind="chase",
        level="urge",
        reference=supervised.reference,
        url=f"/inquiries/{supervised.pk}/",
    )
    write_notices(rows=[row], now=timezone.now())
    head = page(enter(cast.sun_wei), "/notices/digest/")
    for heading in ("The worst", "Waiting for you", "Chased"):
        assert heading in head
    assert supervised.reference in head
    stranger = page(enter(cast.tang_rui), "/notices/digest/")
    assert supervised.reference not in stranger
    assert "Nothing new, nothing overdue, nothing waits for you." in stranger


def test_what_could_not_be_delivered_stands_first(cast: Cast, enter: Enter) -> None:
    now = timezone.now()
    address = reached(cast.li_min, "li.min@example.org", now)
    Message.objects.filter(address=address).update(
        state="failed", error="The other side answered 550.", recipient=cast.li_min
    )
    client = enter(cast.li_min)
    text = page(client, "/notices/digest/")
    assert "Not delivered to you" in text
    assert "The other side answered 550." in text
    assert "The other side answered 550." in page(client, "/addresses/")
    assert "550" not in page(enter(cast.he_jing), "/notices/digest/")


def reached(officer: Officer, value: str, now: datetime) -> Address:
    district = officer.district_id or 0
    address = enter_address(by=officer, channel="email", value=value, now=now, district_id=district)
    verify_address(address=address, code=verification_code(address), by=officer, now=now)
    return address


def test_a_verified_address_takes_a_test_message_and_another_is_tried_first(cast: Cast, enter: Enter) -> None:
    now = timezone.now() - timedelta(hours=1)
    first, second = reached(cast.li_min, "a@example.org", now), reached(cast.li_min, "b@example.org", now)
    Message.objects.update(state="sent", sent_at=now)
    client = enter(cast.li_min)
    assert "Send a test message" in page(client, "/addresses/")
    for _twice in range(2):
        client.post(f"/addresses/{second.pk}/", {"act": "test"})
    # One at a time, however often it is asked for.
    assert Message.objects.filter(address=second, state="pending").count() == 1
    client.post(f"/addresses/{second.pk}/", {"act": "first"})
    order = list(Address.objects.usable().filter(officer=cast.li_min))
    assert order == [second, first]
    assert enter(cast.he_jing).post(f"/addresses/{first.pk}/", {"act": "first"}).status_code == 404


def test_notices_of_chases_stand_by_themselves(
    cast: Cast, enter: Enter, ask: Ask, supervised: Inquiry
) -> None:
    text = page(enter(cast.he_jing), "/notices/?what=chased")
    assert supervised.reference in text
    assert "No notices yet." in page(enter(cast.ma_chao), "/notices/?what=chased")


def test_the_morning_asks_the_same_statements_however_much_there_is(
    cast: Cast, enter: Enter, ask: Ask, clock: As, supervised: Inquiry
) -> None:
    client = enter(cast.sun_wei)
    page(client, "/notices/digest/")
    few = statements_of(client, "/notices/digest/")
    now = timezone.now()
    for _number in range(3):
        ask(now=now - 30 * DAY)
    with clock():
        for days in range(28, 0, -2):
            chase_batch(Inquiry, now=now - days * DAY)
    assert len(statements_of(client, "/notices/digest/")) == len(few) <= 16


def test_duties_of_one_kind_that_wait_are_told_apart_by_what_is_asked(
    cast: Cast, enter: Enter, clock: As
) -> None:
    now = timezone.now()
    with clock():
        for request in ("财政预算、决算", "机构职能"):
            open_duty(
                kind="plan_task",
                place=cast.relief,
                due_at=now + DAY,
                now=now,
                by=None,
                subject=request,
                request=request,
            )
    shown = page(enter(cast.li_min), "/notices/digest/")
    assert "财政预算、决算" in shown
    assert "机构职能" in shown
