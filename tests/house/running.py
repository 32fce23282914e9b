"""Bida as its users have it, for the tests in this folder: real processes, real pages, a mail server that listens."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config import embedded, supervisor

ROOT = Path(__file__).resolve().parents[2]
# A wait ends as soon as what it waits for is true; these are for a machine with much else to do.
START_SECONDS = 600
PATIENT_SECONDS = 300
# What a browser waits for: a page, a word on it, an entry that goes out.
PAGE_SECONDS = 90
# What a shell may hold and a Bida under test must not see.
FOREIGN = (
    "DATABASE_URL",
    "BROKER_URL",
    "MIGRATE_DATABASE_URL",
    "WORKER_DATABASE_URL",
    "EMAIL_HOST",
    "BIDA_VAR",
)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as trial:
        trial.bind((supervisor.HOST, 0))
        return int(trial.getsockname()[1])


def comes_true(question: Callable[[], bool], seconds: float = PATIENT_SECONDS) -> bool:
    """Whether the answer is yes within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.1)
    return False


def children_of(number: int) -> dict[int, str]:
    """Every process below one, with its command line."""
    said = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in said.splitlines()]
    found: dict[int, str] = {}
    wanted = {number}
    while True:
        more = {
            int(r[0]): r[2]
            for r in rows
            if len(r) == 3 and int(r[1]) in wanted and int(r[0]) not in found and "defunct" not in r[2]
        }
        if not more:
            return found
        found |= more
        wanted = set(more)


class Bida:
    """A supervisor in a process of its own, with a folder of its own."""

    def __init__(
        self,
        var: Path,
        port: int,
        *,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
        **popen: Any,
    ) -> None:
        self.var, self.port = var, port
        self.lines: Queue[str] = Queue()
        self.said: list[str] = []
        clean = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self.environment = {**clean, "BIDA_VAR": str(var), **(environment or {})}
        self.process = subprocess.Popen(
            command or [sys.executable, "-m", "config.supervisor", str(port)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **{"cwd": ROOT, **popen},
        )
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    @property
    def place(self) -> embedded.Home:
        """Where its embedded server lives."""
        return embedded.Home(self.var)

    def hears(self, words: str) -> str:
        """The first line from now on that holds the words."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                line = self.lines.get(timeout=1)
            except Empty:
                if self.process.poll() is not None and self.lines.empty():
                    break
                continue
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"never said {words!r}: " + "".join(self.said[-40:]))

    def part(self, words: str) -> int:
        """The main process of a part: the first whose command holds the words, once it is there."""

        def found() -> list[int]:
            below = children_of(self.process.pid)
            return [number for number in sorted(below) if words in below[number]]

        assert comes_true(lambda: bool(found())), f"no {words!r} in {children_of(self.process.pid)}"
        return found()[0]

    def postmaster(self) -> int:
        """The main process of the embedded server."""
        return int((self.place.cluster / "postmaster.pid").read_text().split()[0])

    def ready(self) -> bool:
        """Whether the web server says that it serves."""
        connection = http.client.HTTPConnection(supervisor.HOST, self.port, timeout=30)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database says to its superuser, whom no policy hides anything from."""
        conninfo = self.place.conninfo(embedded.SUPERUSER, embedded.DATABASE)
        with psycopg.connect(conninfo, connect_timeout=10) as connection:
            answer = connection.execute(question.encode(), values or None)
            return answer.fetchall() if answer.description else []

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What an operator's `manage.py …` beside it gives."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def passwords(self) -> dict[str, str]:
        """The example's accounts by user name, as the terminal shows them."""
        rows = (self.var / "example-accounts.txt").read_text(encoding="utf-8").splitlines()
        accounts = [row.split("\t") for row in rows if row.count("\t") == 3]
        return {row[0]: row[3] for row in accounts}

    def stop(self, number: int = signal.SIGINT) -> int:
        """The exit code after the signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENT_SECONDS)
        self.reader.join(10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


class MailBox:
    """A mail server on loopback that keeps what it takes, in the order it came."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.linger = 0.0  # seconds between keeping a mail and saying so, in which its sender may die

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """One mail is taken."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        await asyncio.sleep(self.linger)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """What came for an address."""
        return [mail for mail in list(self.mails) if mail["To"] == address]

    @contextmanager
    def open(self) -> Iterator[MailBox]:
        """It listens while the block runs."""
        controller = Controller(self, hostname="127.0.0.1", port=self.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


class NotReached(Exception):
    """The web server did not answer, or said that it could not."""


class Visitor:
    """A browser without a face: keeps cookies, sends forms, follows nothing."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: Mapping[str, object] | None = None) -> tuple[int, str]:
        """Status and page, or where it leads for a redirect. Raises NotReached, after which nobody knows."""
        connection = http.client.HTTPConnection(supervisor.HOST, self.port, timeout=PATIENT_SECONDS)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept-Language": "en",
        }
        try:
            if form is None:
                connection.request("GET", path, headers=headers)
            else:
                body = urlencode({"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **form})
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        except (OSError, http.client.HTTPException) as failure:
            raise NotReached(repr(failure)) from failure
        finally:
            connection.close()
        if answer.status >= 500:
            raise NotReached(f"{path} gave {answer.status}")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                crumb, _equals, rest = value.partition("=")
                self.cookies[crumb] = rest.split(";", 1)[0]
        return answer.status, answer.getheader("Location", page) if 300 <= answer.status < 400 else page

    def sign_in(self, username: str, password: str) -> None:
        """Whoever it is has a session."""
        self.ask("/sign-in/")
        status, page = self.ask("/sign-in/", {"username": username, "password": password})
        assert status == 302, page


def field_of(page: str, name: str) -> str:
    """The value of a hidden or one-line field of a page."""
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page)
    assert found, f"no field {name}"
    value = re.search(r'value="([^"]*)"', found[0])
    return unescape(value[1]) if value else ""
