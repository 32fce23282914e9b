"""Notices, addresses and messages, against a mail server and a web server that really listen."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection
from django.db.utils import ProgrammingError
from pytest_django import Settings

from bureaus.models import (
    Address,
    Channel,
    DistrictSettings,
    Level,
    Message,
    Notice,
    Officer,
    Place,
    Post,
)
from bureaus.models.fields import KeyDestroyed, decrypt, encrypt
from bureaus.models.scope import ALL_DISTRICTS, scope
from bureaus.services import messages, wording
from bureaus.services.channels import deliver
from bureaus.services.keys import destroy_key, make_key
from bureaus.services.messages import (
    claim_message,
    compose,
    gather_messages,
    queue_citizen_message,
    raise_undelivered,
    send_message,
    send_next,
    write_digests,
)
from bureaus.services.notices import (
    AddressRefused,
    CodeRefused,
    NoticeRow,
    enter_address,
    mark_read,
    mute_address,
    remove_address,
    send_code_again,
    verification_code,
    verify_address,
    withdraw_unsent,
    write_notices,
)
from bureaus.services.places import open_place
from bureaus.services.posts import begin_tenure, open_post
from bureaus.tasks import send_due_messages
from bureaus.tasks import write_digests as write_digests_task
from inquiries.models import Duty, Inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.recording import record_inquiry
from inquiries.services.rules import ship_rules

pytestmark = pytest.mark.django_db

# A Wednesday in office hours, its evening, and the Thursday after; Shanghai is eight hours ahead.
NOON = datetime(2026, 5, 20, 2, tzinfo=UTC)
EVENING = datetime(2026, 5, 20, 13, tzinfo=UTC)
MORNING = datetime(2026, 5, 21, 0, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONG = 12 * 60 * MINUTE


@dataclass
class MailServer:
    """Takes mail on loopback; refuses recipients as told."""

    mails: list[Mail] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    server = MailServer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DEFAULT_FROM_EMAIL = "Bida <bida@office.example>"
    yield server
    controller.stop()


@dataclass
class WebServer:
    """Takes posts on loopback and answers with the next status told, else 200."""

    url: str
    posts: list[tuple[str, str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@pytest.fixture
def web_server() -> Iterator[WebServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            server.posts.append((self.path, self.headers["Content-Type"], body))
            status = server.statuses.pop(0) if server.statuses else 200
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{server.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = WebServer(f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield server
    http.shutdown()
    thread.join()
    http.server_close()


@dataclass
class Cast:
    """The district with a bureau, its handler Wang and her colleague Li."""

    district: Place
    bureau: Place
    wang: Officer
    li: Officer
    settings: DistrictSettings

    def tell(self, officer: Officer, cause: int = 1, at: datetime = NOON, **fields: Any) -> Notice:
        told: dict[str, Any] = {
            "kind": "chase",
            "level": Level.URGE,
            "reference": f"2026-000000{cause}-X",
            "alone": True,
        } | fields
        write_notices(
            rows=[
                NoticeRow(
                    district_id=self.district.pk,
                    recipient_id=officer.pk,
                    cause_kind="chase",
                    cause_id=str(cause),
                    **told,
                )
            ],
            now=at,
        )
        return Notice.objects.get(recipient=officer, cause_id=str(cause))

    def reach(
        self,
        officer: Officer,
        value: str = "wang@office.example",
        channel: str = Channel.EMAIL,
        **fields: Any,
    ) -> Address:
        """An address entered and verified; its test message is out of the way."""
        address = enter_address(
            by=officer, channel=channel, value=value, now=NOON - LONG, district_id=self.district.pk, **fields
        )
        verify_address(address=address, code=verification_code(address), by=officer, now=NOON - LONG)
        Message.objects.filter(address=address).delete()
        return address


@pytest.fixture
def cast() -> Cast:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    district = open_place(kind=Place.Kind.DISTRICT, name="示例区", by=None, now=began)
    bureau = open_place(kind=Place.Kind.BUREAU, name="供热局", parent=district, by=None, now=began)
    wang, li = (
        Officer.objects.create_user(name, None, name=name, district=district, language="en")
        for name in ("wang", "li")
    )
    for officer in (wang, li):
        post = open_post(place=bureau, role=Post.Role.HANDLER, title=officer.name, by=None, now=began)
        begin_tenure(post=post, officer=officer, from_on=began.date(), by=None, now=began)
    kept, _new = DistrictSettings.objects.update_or_create(
        district=district, defaults={"inside_ranges": ["127.0.0.0/8"]}
    )
    return Cast(district, bureau, wang, li, kept)


def send_all(now: datetime) -> int:
    tried = 0
    while send_next(now=now):
        tried += 1
    return tried


# --- Notices -------------------------------------------------------------------------------------------------------
def test_an_officer_is_told_of_one_cause_once(cast: Cast) -> None:
    cast.tell(cast.wang)
    cast.tell(cast.wang)
    cast.tell(cast.li)
    assert Notice.objects.count() == 2


def test_notices_are_written_by_the_thousand(cast: Cast) -> None:
    rows = [
        NoticeRow(cast.district.pk, cast.wang.pk, "chase", str(n), "chase", f"2026-{n}", due_at=NOON)
        for n in range(12_000)
    ]
    assert write_notices(rows=rows, now=NOON) == 12_000
    assert write_notices(rows=rows, now=NOON) == 0


def test_reading_marks_only_the_own_notices(cast: Cast) -> None:
    own, other = cast.tell(cast.wang), cast.tell(cast.li)
    cast.tell(cast.wang, 2)
    assert mark_read(by=cast.wang, notice_ids=[own.pk, other.pk], now=NOON) == 1
    assert mark_read(by=cast.wang, now=NOON) == 1
    assert Notice.objects.unread().get() == other


def test_an_answer_withdraws_what_was_not_sent_and_leaves_what_was(
    cast: Cast, mail_server: MailServer
) -> None:
    cast.reach(cast.wang)
    sent = cast.tell(cast.wang, 1)
    gather_messages(now=NOON)
    send_all(NOON)
    gathered = cast.tell(cast.wang, 2)
    gather_messages(now=NOON)
    fresh = cast.tell(cast.li, 3)
    assert withdraw_unsent(cause_kind="chase", cause_ids=[1, 2, 3], now=NOON) == 2
    assert set(Notice.objects.standing()) == {sent}
    assert send_all(NOON) == 1
    assert len(mail_server.mails) == 1
    assert Message.objects.get(notices=gathered).state == Message.State.WITHDRAWN
    assert Notice.objects.get(pk=fresh.pk).withdrawn_at == NOON


def test_another_officers_notices_and_messages_are_unseen(cast: Cast) -> None:
    cast.reach(cast.li, "li@office.example")
    cast.tell(cast.li)
    gather_messages(now=NOON)
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
        assert not Notice.objects.exists()
        assert not Message.objects.exists()
        assert not Address.objects.exists()
        assert mark_read(by=cast.li, now=NOON) == 0
    with scope(role="bida_web", officer=cast.li.pk):
        assert Notice.objects.count() == Message.objects.count() == Address.objects.count() == 1
        assert mark_read(by=cast.li, now=NOON) == 1
    with scope(role="bida_web"):
        assert not Notice.objects.exists()
    with scope(role="bida_worker", district=cast.district.pk + 1):
        assert not Notice.objects.exists()
    with scope(role="bida_worker", district=ALL_DISTRICTS):
        assert Notice.objects.count() == 1


def test_the_web_role_tells_others_and_withdraws_within_its_district_only(cast: Cast) -> None:
    row = NoticeRow(cast.district.pk, cast.li.pk, "chase", "9", "chase", "2026-9")
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
        assert write_notices(rows=[row], now=NOON) == 1
        assert withdraw_unsent(cause_kind="chase", cause_ids=[9], now=NOON) == 1
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        scope(role="bida_web", officer=cast.wang.pk),
    ):
        write_notices(rows=[row], now=NOON)


def test_the_web_role_cannot_rewrite_what_it_was_told(cast: Cast) -> None:
    cast.tell(cast.wang)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        scope(role="bida_web", officer=cast.wang.pk),
    ):
        Notice.objects.update(level="")


# --- Addresses -----------------------------------------------------------------------------------------------------
def test_an_address_is_used_only_after_the_code_sent_to_it_came_back(
    cast: Cast, mail_server: MailServer
) -> None:
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
        address = enter_address(
            by=cast.wang,
            channel="email",
            value=" wang@office.example ",
            now=NOON,
            district_id=cast.district.pk,
        )
    cast.tell(cast.wang)
    assert gather_messages(now=NOON) == 0
    assert send_all(NOON) == 1
    (mail,) = mail_server.mails
    code = verification_code(address)
    assert code in str(mail.get_payload())
    with pytest.raises(CodeRefused, match="wrong"):
        verify_address(address=address, code="x", by=cast.wang, now=NOON)
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
        verify_address(address=address, code=code, by=cast.wang, now=NOON)
    assert gather_messages(now=NOON) == 1


def test_a_code_wears_out_by_tries_and_by_time_and_a_new_one_replaces_it(cast: Cast) -> None:
    address = enter_address(
        by=cast.wang, channel="email", value="w@office.example", now=NOON, district_id=cast.district.pk
    )
    code = verification_code(address)
    with pytest.raises(CodeRefused):
        verify_address(address=address, code=code, by=cast.wang, now=NOON + timedelta(days=1))
    for _ in range(5):
        with pytest.raises(CodeRefused):
            verify_address(address=address, code="000", by=cast.wang, now=NOON)
    with pytest.raises(CodeRefused):
        verify_address(address=address, code=code, by=cast.wang, now=NOON)
    send_code_again(address=address, by=cast.wang, now=NOON + MINUTE)
    address.refresh_from_db()
    assert verification_code(address) != code
    verify_address(address=address, code=verification_code(address), by=cast.wang, now=NOON + MINUTE)
    address.refresh_from_db()
    assert address.verified_at == NOON + MINUTE


def test_an_address_is_not_found_in_the_table(cast: Cast) -> None:
    address = cast.reach(cast.wang)
    with connection.cursor() as cursor:
        cursor.execute("select bureaus_address::text from bureaus_address")
        ((row,),) = cursor.fetchall()
    assert "wang@" not in row + repr(address) + str(address)


def test_a_removed_address_can_be_read_by_nobody(cast: Cast) -> None:
    address = cast.reach(cast.wang)
    with scope(role="bida_web", officer=cast.wang.pk):
        remove_address(address=address, by=cast.wang, now=NOON)
    address = Address.objects.select_related("key").get()
    with pytest.raises(KeyDestroyed):
        decrypt(address.value, address.key)
    assert not Address.objects.usable().exists()


@pytest.mark.parametrize(
    ("channel", "value", "why"),
    [
        ("email", "nobody", "not an e-mail"),
        ("sms", "12", "not a telephone"),
        ("webhook", "ftp://example.org/x", "not allowed"),
        ("webhook", "http://[::1", "not a complete"),
        ("webhook", "http://10.1.2.3/hook", "inside the network"),
        ("webhook", "http://169.254.169.254/latest/meta-data", "inside the network"),
        ("webhook", "http://[::1]/hook", "inside the network"),
        ("webhook", "http://[::ffff:10.0.0.1]/hook", "inside the network"),
        ("webhook", "https://no-such-host.invalid/hook", "not known"),
        ("apprise", "json://10.1.2.3/hook", "not allowed"),
        ("apprise", "file:///etc/passwd", "not allowed"),
        ("apprise", "wecombot://", "not a complete"),
    ],
)
def test_an_address_that_messages_may_not_go_to_is_refused(
    cast: Cast, channel: str, value: str, why: str
) -> None:
    with pytest.raises(AddressRefused, match=why):
        enter_address(by=cast.wang, channel=channel, value=value, now=NOON, district_id=cast.district.pk)
    assert not Address.objects.exists()


def test_a_free_apprise_host_is_checked_like_a_webhook(cast: Cast, settings: Settings) -> None:
    settings.APPRISE_SCHEMAS = ["json"]
    with pytest.raises(AddressRefused, match="inside the network"):
        cast.reach(cast.wang, "json://10.1.2.3/hook", "apprise")


def test_an_inside_range_taken_back_is_refused_at_sending(cast: Cast, web_server: WebServer) -> None:
    cast.reach(cast.wang, f"{web_server.url}/hook", "webhook")
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    DistrictSettings.objects.update(inside_ranges=[])
    send_all(NOON)
    assert web_server.posts == []
    message = Message.objects.get()
    assert (message.state, "inside the network" in message.error) == (Message.State.PENDING, True)


def test_a_lead_sees_which_addresses_of_the_place_are_broken(cast: Cast) -> None:
    cast.reach(cast.wang)
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.li.pk):
        assert not Address.objects.exists()
    Address.objects.update(broken_at=NOON, broken_why="550")
    with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.li.pk):
        assert Address.objects.get().broken_why == "550"
    with scope(role="bida_web", places=[cast.district.pk + 999], officer=cast.li.pk):
        assert not Address.objects.exists()


# --- Messages ------------------------------------------------------------------------------------------------------
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


def test_a_notice_that_is_not_alone_waits_for_the_digest(cast: Cast) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, alone=False)
    assert gather_messages(now=NOON) == 0


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
    ship_rules(district=cast.district, now=NOON)
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


def test_outside_office_hours_messages_rest_except_the_urgent(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, 1, at=EVENING)
    cast.tell(cast.wang, 2, at=EVENING, urgent=True)
    assert gather_messages(now=EVENING) == 2
    assert send_all(EVENING) == 1
    assert "0000002" in mail_server.mails[0]["Subject"]
    assert send_all(MORNING + 60 * MINUTE) == 1


def test_a_person_has_one_digest_a_working_morning_worst_first(cast: Cast, mail_server: MailServer) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, 1, alone=False, level=Level.REMINDER)
    cast.tell(cast.wang, 2, alone=False, level=Level.SUPERVISE)
    cast.tell(cast.wang, 3, alone=False, level="")
    assert write_digests(now=MORNING - 6 * MINUTE) == 0
    assert (write_digests(now=MORNING), write_digests(now=MORNING + MINUTE)) == (1, 0)
    cast.tell(cast.wang, 4, alone=False, at=MORNING)
    assert write_digests(now=MORNING + MINUTE) == 0
    send_all(MORNING)
    (mail,) = mail_server.mails
    lines = str(mail.get_payload()).splitlines()
    assert [line.split()[0] for line in lines] == ["supervise", "reminder", "chase"]
    assert write_digests(now=MORNING + timedelta(days=1)) == 1
    send_all(MORNING + timedelta(days=1))
    assert "3 older notices" in str(mail_server.mails[1].get_payload())


def test_no_digest_is_written_on_a_day_off(cast: Cast) -> None:
    cast.reach(cast.wang)
    cast.tell(cast.wang, alone=False)
    assert write_digests(now=datetime(2026, 5, 23, 1, tzinfo=UTC)) == 0


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


@pytest.mark.parametrize("status", [404, 410])
def test_a_webhook_that_is_gone_is_broken(cast: Cast, web_server: WebServer, status: int) -> None:
    cast.reach(cast.wang, f"{web_server.url}/hook", "webhook")
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    web_server.statuses = [status]
    send_all(NOON)
    assert Address.objects.get().broken_at == NOON
    assert Message.objects.get().state == Message.State.FAILED


def test_a_redirect_is_not_followed(cast: Cast, web_server: WebServer) -> None:
    cast.reach(cast.wang, f"{web_server.url}/hook", "webhook")
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    web_server.statuses = [302]
    send_all(NOON)
    assert [path for path, _kind, _body in web_server.posts] == ["/hook"]
    assert Message.objects.get().error == "The other side answered 302."


def test_apprise_carries_a_message_with_its_id_and_its_refusal_breaks_the_address(
    cast: Cast, web_server: WebServer, settings: Settings
) -> None:
    settings.APPRISE_SCHEMAS = ["json"]
    cast.reach(cast.wang, web_server.url.replace("http", "json") + "/chat", "apprise")
    cast.tell(cast.wang, 1)
    gather_messages(now=NOON)
    send_all(NOON)
    assert str(Message.objects.get().pk) in json.loads(web_server.posts[0][2])["message"]
    cast.tell(cast.wang, 2)
    gather_messages(now=NOON)
    web_server.statuses = [500, 404]
    send_all(NOON)
    assert Address.objects.get().broken_at is None
    send_all(NOON + 2 * MINUTE)
    assert Address.objects.get().broken_at is not None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"to": "{phone}", "content": "{text}", "seq": "{id}"}', "application/json"),
        ("mobile={phone}&seq={id}&content={text}", "application/x-www-form-urlencoded"),
    ],
)
def test_a_citizen_is_told_once_through_the_gateway_and_nothing_is_in_clear(
    cast: Cast, web_server: WebServer, body: str, kind: str
) -> None:
    DistrictSettings.objects.update(sms_url=f"{web_server.url}/sms", sms_body=body)
    key = make_key(district_id=cast.district.pk)
    for _ in range(2):
        with scope(role="bida_web", places=[cast.bureau.pk], officer=cast.wang.pk):
            queue_citizen_message(
                district_id=cast.district.pk,
                channel="sms",
                token=encrypt("+8613840005021", key),
                key=key,
                template="recorded",
                reference="2026-0000001-X",
                cause_kind="inquiry",
                cause_id=1,
                due_at=NOON,
                now=NOON,
            )
    message = Message.objects.get()
    assert "13840005021" not in json.dumps(list(Message.objects.values()), default=str)
    assert send_all(NOON) == 1
    ((_path, content_type, posted),) = web_server.posts
    assert content_type.startswith(kind)
    assert "13840005021" in posted
    assert str(message.pk) in posted
    if kind == "application/json":
        assert "2026-0000001-X" in json.loads(posted)["content"]


def test_an_erased_citizen_is_not_told(cast: Cast) -> None:
    key = make_key(district_id=cast.district.pk)
    token = encrypt("c@office.example", key)
    queue_citizen_message(
        district_id=cast.district.pk,
        channel="email",
        token=token,
        key=key,
        template="answered",
        reference="2026-1",
        cause_kind="answer",
        cause_id=1,
        now=NOON,
    )
    destroy_key(key=key, now=NOON)
    send_all(NOON)
    message = Message.objects.get()
    assert (message.state, "erased" in message.error or "删除" in message.error) == (
        Message.State.FAILED,
        True,
    )


def test_without_a_gateway_a_text_message_waits_in_words(cast: Cast) -> None:
    cast.reach(cast.wang, "13840005021", "sms")
    cast.tell(cast.wang)
    gather_messages(now=NOON)
    send_all(NOON)
    assert "gateway" in Message.objects.get().error


@pytest.mark.parametrize(
    ("channel", "template", "refusal"), [("webhook", "answered", ValueError), ("sms", "x", KeyError)]
)
def test_citizens_are_told_by_known_templates_and_channels_only(
    cast: Cast, channel: str, template: str, refusal: type[Exception]
) -> None:
    key = make_key(district_id=cast.district.pk)
    with pytest.raises(refusal):
        queue_citizen_message(
            district_id=cast.district.pk,
            channel=channel,
            token="",
            key=key,
            template=template,
            reference="",
            cause_kind="answer",
            cause_id=1,
            now=NOON,
        )


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


@pytest.mark.parametrize(("kind", "places"), [("complaint", 1), ("tip_off", 0)])
def test_a_sealed_matter_never_goes_to_the_address_of_a_place(cast: Cast, kind: str, places: int) -> None:
    ship_rules(district=cast.district, now=NOON)
    director = open_post(place=cast.district, role=Post.Role.DIRECTOR, title="director", by=None, now=NOON)
    begin_tenure(post=director, officer=cast.li, from_on=NOON.date(), by=None, now=NOON)
    inquiry = record_inquiry(
        by=None, now=NOON, place=cast.bureau, kind=kind, channel="hotline", question="暖气不热"
    )
    assert inquiry.sealed is (kind == "tip_off")
    at = NOON + timedelta(days=40)
    assert chase_batch(Inquiry, now=at).chased == 1
    told = Notice.objects.filter(cause_kind="chase")
    assert told.exists()
    assert told.exclude(place=None).exists() is bool(places)
