"""A message is tried until it arrives: the same message each time, its failures kept in words."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from bureaus.models import Address, DistrictSettings, Message, Notice, Post
from bureaus.models.fields import encrypt
from bureaus.models.scope import ALL_DISTRICTS, scope
from bureaus.services import messages
from bureaus.services.channels import deliver
from bureaus.services.gathering import gather_messages
from bureaus.services.messages import claim_message, compose, raise_undelivered, send_message
from bureaus.services.posts import begin_tenure, open_post
from inquiries.models import Duty
from tests.bureaus.telling.conftest import LONG, MINUTE, NOON, Cast, MailServer, send_all

pytestmark = pytest.mark.django_db


def test_a_refused_message_is_tried_again_with_the_same_id(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    mail_server.refusals = ["451 wang@office.example try later"]
    send_all(NOON)
    message = Message.objects.get()
    assert (message.state, message.error) == (Message.State.PENDING, "451 … try later")
    assert send_all(NOON + MINUTE) == 0
    send_all(NOON + 2 * MINUTE)
    assert [mail["Message-ID"] for mail in mail_server.mails] == [message.mail_id]
    assert Address.objects.get().broken_at is None


def test_a_sender_that_dies_before_recording_leads_to_the_same_message_id_again(
    cast: Cast, mail_server: MailServer
) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    message = claim_message(now=NOON)
    assert message is not None
    outgoing = compose(message=message)
    assert outgoing is not None
    assert deliver(outgoing) is None
    assert send_all(NOON + MINUTE) == 0
    assert send_all(NOON + messages.LEASE) == 1
    first, again = mail_server.mails
    assert first["Message-ID"] == again["Message-ID"] == message.mail_id


def test_a_sender_slower_than_its_lease_records_nothing_over_the_other(
    cast: Cast, mail_server: MailServer
) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    slow = claim_message(now=NOON)
    assert slow is not None
    send_all(NOON + messages.LEASE)
    messages.record_delivery(message=slow, failure=TimeoutError(), now=NOON + LONG)
    assert Message.objects.get().state == Message.State.SENT


def test_a_mail_server_that_does_not_answer_is_kept_in_words(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    cast.reach(cast.wang)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    assert send_message(message=Message.objects.get(), now=NOON)
    assert "refused" in Message.objects.get().error.lower()
    assert not send_message(message=Message.objects.get(), now=NOON)


def test_a_surprise_of_a_library_is_kept_by_its_name(cast: Cast, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "no.such.Backend"
    cast.reach(cast.wang)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    send_all(NOON)
    assert Message.objects.get().error == "ModuleNotFoundError"


def test_a_message_that_cannot_be_written_does_not_stop_the_next(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    cast.reach(cast.li, "li@office.example")
    DistrictSettings.objects.update(inside_ranges=["nonsense"])
    cast.tell(cast.wang)
    cast.tell(cast.li)
    Address.objects.filter(officer=cast.wang).update(channel="webhook")
    wang = Address.objects.select_related("key").get(officer=cast.wang)
    Address.objects.filter(pk=wang.pk).update(value=encrypt("http://127.0.0.1:9/", wang.key))
    gather_messages(now=NOON)
    send_all(NOON)
    assert len(mail_server.mails) == 1
    assert Message.objects.get(recipient=cast.wang).error == "ValueError"


def test_a_recipient_refused_for_good_breaks_the_address_and_the_next_one_is_tried(
    cast: Cast, mail_server: MailServer
) -> None:
    cast.reach(cast.wang)
    second = cast.reach(cast.wang, "second@office.example", order=2)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    mail_server.refusals = ["550 no such user"]
    send_all(NOON)
    first = Address.objects.get(order=1)
    assert (first.broken_at, first.broken_why) == (NOON, "550 no such user")
    assert gather_messages(now=NOON + MINUTE) == 1
    send_all(NOON + MINUTE)
    assert mail_server.mails[0]["To"] == "second@office.example"
    assert Message.objects.get(address=second).root == Message.objects.get(address=first)
    assert gather_messages(now=NOON + LONG) == 0


def test_the_third_failure_becomes_a_duty_once_and_one_that_cannot_waits(
    cast: Cast, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[uuid.UUID] = []

    def raise_duty(message: Message, now: datetime) -> None:
        if not raised and message.recipient == cast.wang:
            raised.append(uuid.uuid4())
            raise RuntimeError("no post")
        raised.append(message.pk)

    cast.reach(cast.wang)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    mail_server.refusals = ["451 later"] * 3
    at = NOON
    for attempt in (1, 2, 3):
        assert Message.objects.needing_duty().count() == 0
        assert send_all(at) == 1
        at += messages.BACK_OFF[attempt - 1]
    monkeypatch.setattr(messages, "on_undelivered", None)
    assert raise_undelivered(now=at) == 0
    monkeypatch.setattr(messages, "on_undelivered", raise_duty)
    assert [raise_undelivered(now=at) for _ in range(3)] == [0, 1, 0]
    assert raised[1:] == [Message.objects.get().pk]
    assert Message.objects.get().state == Message.State.PENDING


def test_a_message_that_does_not_arrive_becomes_the_districts_duty(
    cast: Cast, mail_server: MailServer
) -> None:
    director = open_post(place=cast.district, role=Post.Role.DIRECTOR, title="director", by=None, now=NOON)
    begin_tenure(post=director, officer=cast.li, from_on=NOON.date(), by=None, now=NOON)
    cast.reach(cast.wang)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    mail_server.refusals = ["550 no such user"]
    assert send_all(NOON) == 1
    with scope(role="bida_worker", district=ALL_DISTRICTS):
        assert raise_undelivered(now=NOON) == 1
    duty = Duty.objects.get()
    assert (duty.kind, duty.place) == ("delivery", cast.district)
    assert duty.next_chase_at is not None
    assert Notice.objects.get(recipient=cast.li, cause_kind="duty").kind == "delivery"


def test_after_a_working_day_a_message_is_given_up(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    mail_server.refusals = ["451 later"] * 99
    at = NOON
    while (message := Message.objects.get()).state == Message.State.PENDING:
        at = message.next_try_at
        send_all(at)
    assert message.state == Message.State.FAILED
    assert NOON + timedelta(hours=20) < at <= NOON + timedelta(days=1)
    assert message.attempts > 4
