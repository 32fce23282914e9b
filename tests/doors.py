"""Traces what the tests ask of the database: a door writes through a service, never by itself, and no page asks the
same in a loop.

tests/house/test_source.py reads the source for the first; this sees what Django's own classes write in a door's name
too.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.signals import request_finished, request_started
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
APPS = ("bureaus", "inquiries", "disclosure")
DOORS = (
    *("views", "api", "tasks", "acts", "admin", "management"),
    *("forms", "serializers", "filters", "templatetags", "urls"),
)
_WRITES = re.compile(
    r"\s*(insert|update|delete|merge|truncate)\s|\s*with\b.*\b(insert into|update|delete from)\s", re.I | re.S
)
# Django's own: sessions, the log of its administration, the locks of the sign-in; and that an officer signed in.
_NOT_OURS = re.compile(
    r'"(django_session|django_admin_log|axes_\w+)"|UPDATE "bureaus_officer" SET "last_login"'
)

# What holds for the statements after it.
_SETS = re.compile(r"SAVEPOINT|RELEASE|select (set_config|current_setting|current_user)")
# A page that asks the same so often, of other rows each time, asks in a loop.
LOOP = 5


@cache
def room_of(file: str) -> str:
    """The room of an app that a file lies in: `views`, `services`; empty for any other file."""
    path = Path(file)
    if not path.is_relative_to(ROOT):
        return ""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[1] if parts[0] in APPS and len(parts) > 1 else ""


def writer() -> str:
    """The door that writes just now; empty where a service does, or where no door was entered."""
    frame = sys._getframe().f_back
    while frame is not None:
        room = room_of(frame.f_code.co_filename)
        if room == "services":
            return ""
        if room in DOORS:
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if frame.f_code is BaseHandler._get_response.__code__:  # type: ignore[attr-defined]
            return f"a view of Django's own at {frame.f_locals['request'].path}"
        frame = frame.f_back
    return ""


@contextmanager
def traced() -> Iterator[list[str]]:
    """What doors write by themselves while the block runs, and what a page asks in a loop."""
    found: list[str] = []
    asked: Counter[str] | None = None

    def begins(environ: dict[str, Any], **kwargs: Any) -> None:
        nonlocal asked
        asked = Counter() if environ.get("REQUEST_METHOD") == "GET" else None

    def ends(**kwargs: Any) -> None:
        nonlocal asked
        asked = None

    def trace(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        statement = str(sql)
        if _WRITES.match(statement) and not _NOT_OURS.search(statement) and (door := writer()):
            found.append(f"{door} {statement[:80]}")
        if asked is not None and not _SETS.match(statement):
            asked[statement] += 1
            if asked[statement] == LOOP:
                found.append(f"in a loop: {statement[:200]}")
        return execute(sql, params, many, context)

    request_started.connect(begins)
    request_finished.connect(ends)
    try:
        with connection.execute_wrapper(trace):
            yield found
    finally:
        request_started.disconnect(begins)
        request_finished.disconnect(ends)
