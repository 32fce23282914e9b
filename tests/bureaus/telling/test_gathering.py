"""Which notices become one message, to which address, and when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from bureaus.models import Level, Message
from bureaus.services import wording
from bureaus.services.gathering import gather_messages, write_digests
from bureaus.services.notices import mark_read, mute_address
from bureaus.tasks import send_due_messages
from bureaus.tasks import write_digests as write_digests_task
from tests.bureaus.telling.conftest import (
    EVENING,
    LONG,
    MINUTE,
    MORNING,
    NOON,
    Cast,
    MailServer,
    WebServer,
    send_all,
)

pytestmark = pytest.mark.django_db


def test_a_message_is_sent_once_with_reference_and_due_and_the_page(
    cast: Cast, mail_server: MailServer, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://bida.example"
    cast.reach(cast.wang)
    cast.tell(cast.wang, due_at=NOON, url="/inquiries/1/", acting=True, copy=True)
    assert (gather_messages(now=NOON), gather_messages(now=NOON)) == (1, 0)
    assert (send_all(NOON), send_all(NOON + LONG)) == (1, 0)
    (mail,) = mail_server.mails
    message = Message.objects.get()
    assert mail["Message-ID"] == f"<{message.pk}@office.example>"
    assert mail["Subject"] == "urge 2026-0000001-X due 2026-05-20 10:00 (acting) (copy)"
    assert "https://bida.example/inquiries/1/" in str(mail.get_payload())
    assert (message.state, message.sent_at) == (Message.State.SENT, NOON)


def test_several_notices_at_once_are_one_message(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    wording.KINDS["returned"] = "came back"
    for cause in (1, 2, 3):
        cast.tell(cast.wang, cause, kind="returned", level="")
    assert gather_messages(now=NOON) == 1
    send_all(NOON)
    assert mail_server.mails[0]["Subject"] == "came back 2026-0000001-X and 2 more"


def test_what_stays_unread_goes_to_the_next_channel_and_what_is_read_does_not(
    cast: Cast, mail_server: MailServer
) -> None:
    for officer in (cast.wang, cast.li):
        cast.reach(officer, f"{officer.name}1@office.example")
        cast.reach(officer, f"{officer.name}2@office.example", order=2)
        cast.tell(officer)
    gather_messages(now=NOON)
    send_all(NOON)
    mark_read(by=cast.li, now=NOON)
    assert gather_messages(now=NOON + timedelta(hours=3)) == 0
    assert gather_messages(now=NOON + timedelta(hours=4)) == 1
    send_all(NOON + timedelta(hours=4))
    assert [mail["To"] for mail in mail_server.mails[2:]] == ["wang2@office.example"]


def test_outside_office_hours_messages_rest_except_the_urgent(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, 1, at=EVENING)
    cast.tell(cast.wang, 2, at=EVENING, urgent=True)
    assert gather_messages(now=EVENING) == 2
    assert send_all(EVENING) == 1
    assert "0000002" in mail_server.mails[0]["Subject"]
    assert send_all(MORNING + 60 * MINUTE) == 1


def test_a_muted_address_takes_only_what_cannot_be_muted(cast: Cast) -> None:
    mute_address(address=cast.reach(cast.wang), muted=True, by=cast.wang)
    cast.tell(cast.wang, 1)
    loud = cast.tell(cast.wang, 2, level=Level.SUPERVISE)
    assert gather_messages(now=NOON) == 1
    assert list(Message.objects.get().notices.all()) == [loud]
    assert write_digests(now=MORNING) == 0


def test_a_place_is_reached_when_the_officer_has_no_address(cast: Cast, web_server: WebServer) -> None:
    cast.reach(cast.li, f"{web_server.url}/group?robot=1", "webhook", place=cast.bureau)
    cast.tell(cast.wang, place_id=cast.bureau.pk)
    cast.tell(cast.li, 2)
    assert gather_messages(now=NOON) == 1
    send_all(NOON)
    ((path, _kind, body),) = web_server.posts
    assert path == "/group?robot=1"
    assert json.loads(body)["id"] == str(Message.objects.get().pk)


def test_only_one_gathers_at_a_time(cast: Cast) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtext('bida gather messages'))")
        assert gather_messages(now=NOON) == 0
        assert write_digests(now=MORNING) == 0
        # Closing lets go only when the server notices; unlocking has let go when it returns.
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock_all()")
    finally:
        other.close()
    assert gather_messages(now=NOON) == 1


def test_the_tasks_gather_and_send(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, urgent=True, at=datetime.now(UTC))
    assert send_due_messages() == 1
    assert len(mail_server.mails) == 1
    assert write_digests_task() in (0, 1)
