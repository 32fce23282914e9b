"""A running server with committed rows, for clients that are programs of their own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import LiveServerThread
from django.utils import timezone

from bureaus.access import scope_of
from bureaus.models import ApiScope, Officer, Place
from bureaus.models.scope import WEB, scope
from bureaus.services.api_keys import issue_key
from bureaus.services.places import publish_hotline
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.recording import CitizenGiven, record_inquiry
from tests.conftest import Cast


@dataclass(frozen=True)
class Served:
    """Where it listens, a key of every scope for an officer, and one inquiry of hers that is open."""

    url: str
    cast: Cast
    key: str
    inquiry: int
    place: int

    def key_of(self, *scopes: str, officer: Officer | None = None) -> str:
        """A key with these scopes alone."""
        return _key(self.cast, *scopes, officer=officer)


def _key(cast: Cast, *scopes: str, officer: Officer | None = None) -> str:
    return issue_key(
        name="客户端",
        scopes=scopes,
        district=Place.objects.get(pk=cast.district.pk),
        officer=officer,
        by=None,
        now=timezone.now(),
        per_minute=1_000_000,
    ).token


class _Prompt(ThreadedWSGIServer):
    """Writes head and body apart; without this each answer waits 40 ms for the client's word that it has the head."""

    def get_request(self) -> tuple[socket.socket, Any]:
        """A connection that sends what it has."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        return connection, address


@contextmanager
def serving(cast: Cast) -> Iterator[Served]:
    """A server in a thread of its own; the database must be one that keeps what is committed."""
    now = timezone.now()
    publish_hotline(place=cast.civil, purpose="routine", number="024-22222222", by=None, now=now)
    seen = scope_of(cast.li_min, now=now)
    made = []
    for number, kind in enumerate(("consultation", "help", "complaint", "suggestion")):
        with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
            inquiry = record_inquiry(
                by=cast.li_min,
                now=now - timedelta(minutes=number),
                place=cast.relief,
                post=cast.post(cast.li_min),
                kind=kind,
                channel="desk",
                question=f"低保怎么申请？第{number}问。",
                citizen=CitizenGiven(name="张三", phone="13840005021"),
            )
            made.append(inquiry.pk)
            if number == 3:
                answer_inquiry(
                    inquiry.pk,
                    AnswerGiven("explained", "请带身份证办理。", "telephone"),
                    by=cast.li_min,
                    now=now,
                )
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
    thread.server_class = _Prompt
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    try:
        key = _key(cast, *ApiScope.values, officer=cast.li_min)
        yield Served(f"http://127.0.0.1:{thread.port}", cast, key, made[0], cast.relief.pk)
    finally:
        thread.terminate()
        connections.close_all()
