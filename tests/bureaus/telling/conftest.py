"""A district whose officers are told, with a mail server and a web server that really listen."""

from __future__ import annotations

import socket
import threading
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
from pytest_django import Settings

from bureaus.models import Address, Channel, DistrictSettings, Level, Message, Notice, Officer, Place, Post
from bureaus.services.messages import send_next
from bureaus.services.notices import (
    NoticeRow,
    enter_address,
    verification_code,
    verify_address,
    write_notices,
)
from bureaus.services.places import open_place
from bureaus.services.posts import begin_tenure, open_post

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
