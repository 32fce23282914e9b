"""What the REST API puts together from several statements is of one moment, whatever is written meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from bureaus.access import scope_of
from bureaus.models import ApiScope, Place
from bureaus.models.scope import WEB, scope
from bureaus.services.api_keys import issue_key
from inquiries.services.answering import AnswerGiven
from inquiries.services.bulletins import issue_weights
from inquiries.services.recording import record_inquiry
from tests.conftest import Cast

ANSWER = AnswerGiven("explained", "请带身份证办理。", "in_person")


def record(cast: Cast, *, answer: AnswerGiven | None = None) -> None:
    """A question stands, committed on a connection of its own, open or answered at once."""

    def write() -> None:
        now = timezone.now()
        seen = scope_of(cast.li_min, now=now)
        try:
            with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
                record_inquiry(
                    by=cast.li_min,
                    now=now,
                    place=cast.relief,
                    post=cast.post(cast.li_min),
                    kind="help",
                    channel="desk",
                    question="电梯坏了。",
                    answer=answer,
                )
        finally:
            connection.close()

    other = threading.Thread(target=write)
    other.start()
    other.join(timeout=60)
    assert not other.is_alive(), "a reader stands in a writer's way"


@contextmanager
def before_statement(number: int, act: Callable[[], None]) -> Iterator[list[bool]]:
    """`act` happens before that statement of the reading transaction; the list tells whether there was one."""
    seen = 0
    happened: list[bool] = []

    def wrapped(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        seen += connection.in_atomic_block
        if seen == number and not happened:
            happened.append(True)
            act()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapped):
        yield happened


def test_rates_beside_each_other_are_of_one_moment(
    own_database: Cast, django_db_blocker: DjangoDbBlocker
) -> None:
    """Each question, answered at once or open, moves the share answered at once; an open one the other share too."""
    cast, today = own_database, timezone.localdate()
    with django_db_blocker.unblock():
        district = Place.objects.get(pk=cast.district.pk)
        with scope(role="bida_owner", district=district.pk):
            issue_weights(
                district=district,
                weights={"at_once_rate": 50, "settled": 50},
                ranked_from=1,
                by=None,
                now=timezone.now(),
            )
        issued = issue_key(
            name="客户端",
            scopes=[ApiScope.STATISTICS],
            district=district,
            by=None,
            now=timezone.now(),
            per_minute=100_000,
        )
        client = Client(headers={"authorization": f"Bearer {issued.token}"})
        record(cast, answer=ANSWER)
        owed, at_once, number, happened = 0, 1, 0, [True]
        while happened:
            # One more that is open, while the answer is put together from many statements.
            number += 1
            with before_statement(number, lambda: record(cast)) as happened:
                told = client.get("/api/v1/statistics/standings", {"from": str(today), "to": str(today)})
            assert told.status_code == 200, told.content
            [row] = told.json()["rows"]
            n, share = row["values"]["n"], row["values"]["at_once_rate"]
            assert n in (owed, owed + bool(happened))
            assert share == pytest.approx(at_once / (at_once + n), abs=1e-4), (
                f"torn before statement {number}"
            )
            owed += bool(happened)
        assert number > 5, "there was nothing to come between"
