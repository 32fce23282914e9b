"""Several senders at one outbox, against a mail server that really listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import connection
from pytest_django import Settings

from bureaus.models.fields import encrypt
from bureaus.models.notices import Message
from bureaus.models.scope import ALL_DISTRICTS, scope
from bureaus.services.keys import make_key
from bureaus.services.messages import queue_citizen_message, send_next
from tests.conftest import Cast
from tests.house.running import MailBox

pytestmark = pytest.mark.processes
MESSAGES = 40


@pytest.fixture
def mail(settings: Settings) -> Iterator[MailBox]:
    with MailBox().open() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        yield box


@pytest.mark.parametrize("senders", [2, 6])
def test_senders_at_one_outbox_send_each_message_once(
    own_database: Cast, mail: MailBox, now: datetime, senders: int
) -> None:
    with scope(role="bida_owner", district=ALL_DISTRICTS):
        key = make_key(district_id=own_database.district.pk)
        for number in range(MESSAGES):
            queue_citizen_message(
                district_id=own_database.district.pk,
                channel="email",
                token=encrypt(f"citizen{number}@office.example", key),
                key=key,
                template="answered",
                reference=f"2026-{number:07}-X",
                cause_kind="answer",
                cause_id=number,
                now=now,
            )
    start = threading.Barrier(senders)
    tried: list[int] = []
    failures: list[BaseException] = []

    def one_sender() -> None:
        sent = 0
        try:
            start.wait()
            while send_next(now=now):
                sent += 1
        except BaseException as failure:
            failures.append(failure)
        finally:
            tried.append(sent)
            connection.close()

    threads = [threading.Thread(target=one_sender) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(tried) == MESSAGES
    assert min(tried) > 0
    assert sorted(str(sent["Message-ID"]) for sent in mail.mails) == sorted(
        message.mail_id for message in Message.objects.all()
    )
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}
