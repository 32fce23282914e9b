"""What is put together from several statements is of one moment, whatever is written meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from bureaus.access import scope_of
from bureaus.models import ApiScope, Officer, Place
from bureaus.models.scope import WEB, scope
from bureaus.services.api_keys import issue_key
from config.middleware import of_one_moment
from inquiries.figures import Period
from inquiries.models import Bulletin
from inquiries.services.answering import AnswerGiven
from inquiries.services.bulletins import figures_of, freeze_bulletin, issue_weights
from inquiries.services.recording import record_inquiry
from inquiries.tasks import count_asked
from tests.conftest import Cast

ANSWER = AnswerGiven("explained", "请带身份证办理。", "in_person")


def elsewhere(by: Officer, act: Callable[[datetime], object]) -> None:
    """It is done by that officer and committed, on a connection of its own."""

    def write() -> None:
        now = timezone.now()
        seen = scope_of(by, now=now)
        try:
            with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
                act(now)
        finally:
            connection.close()

    other = threading.Thread(target=write)
    other.start()
    other.join(timeout=60)
    assert not other.is_alive(), "a reader stands in a writer's way"


def record(cast: Cast, *, answer: AnswerGiven | None = None, days_ago: int = 0) -> None:
    """A question stands, open or answered at once."""
    elsewhere(
        cast.li_min,
        lambda now: record_inquiry(
            by=cast.li_min,
            now=now,
            asked_at=now - timedelta(days=days_ago),
            place=cast.relief,
            post=cast.post(cast.li_min),
            kind="help",
            channel="desk",
            question="电梯坏了。",
            answer=answer,
        ),
    )


@contextmanager
def before_statement(which: int | str, act: Callable[[], None]) -> Iterator[list[bool]]:
    """`act` happens before that statement of the reading transaction, by its number or the words it begins with; the
    list tells whether there was one."""
    seen = 0
    happened: list[bool] = []

    def wrapped(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        seen += connection.in_atomic_block
        if not happened and (sql.startswith(which) if isinstance(which, str) else seen == which):
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


def test_the_numbers_of_a_bulletin_agree_and_two_who_freeze_at_once_make_one(
    own_database: Cast, django_db_blocker: DjangoDbBlocker
) -> None:
    cast, now = own_database, timezone.now()
    yesterday = timezone.localdate() - timedelta(days=1)
    period = Period(yesterday - timedelta(days=6), yesterday)
    days = {"from": period.first_on.isoformat(), "to": period.last_on.isoformat()}
    with django_db_blocker.unblock():
        district = Place.objects.get(pk=cast.district.pk)
        issued = issue_key(
            name="客户端",
            scopes=[ApiScope.STATISTICS, ApiScope.ACT],
            district=district,
            officer=Officer.objects.get(pk=cast.zhou_ning.pk),
            by=None,
            now=now,
        )
        client = Client(headers={"authorization": f"Bearer {issued.token}", "accept-language": "en"})
        record(cast, days_ago=3)
        with scope(role="bida_owner", district=district.pk):
            before = figures_of(district=district, period=period, now=now)["counts"]
        # After the figures of the cohort and before those of what happened.
        with before_statement(13, lambda: record(cast, days_ago=3)) as happened:
            made = client.post("/api/v1/bulletins", days, content_type="application/json")
        assert made.status_code == 201, made.content
        assert happened
        assert made.json()["figures"]["counts"] == before
        moved = client.get(f"/api/v1/bulletins/{made.json()['id']}/moved").json()["items"]
        assert {"name": "recorded.cohort", "then": [1, None], "now": [2, None], "small": True} in moved

        def freeze(at: datetime) -> None:
            freeze_bulletin(district=district, period=period, by=cast.zhou_ning, now=at)

        with before_statement(
            "select pg_advisory_xact_lock(hashtext", lambda: elsewhere(cast.zhou_ning, freeze)
        ) as happened:
            refused = client.post("/api/v1/bulletins", days, content_type="application/json")
        assert happened
        assert refused.status_code == 409, refused.content
        assert "A bulletin was frozen since" in refused.json()["detail"]
        with scope(role="bida_owner", district=district.pk):
            assert sorted(Bulletin.objects.values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize("name", ["overview", "held", "wall", "credibility", "lag", "edits", "api_standings"])
def test_what_adds_up_says_that_it_is_of_one_moment(name: str) -> None:
    assert of_one_moment(reverse(name))


@pytest.mark.parametrize(
    "name",
    ["place", "weekly", "weekly-docx", "officer", "bulletin_moved", "bulletin_draft", "api_bulletin_moved"],
)
def test_what_adds_up_about_one_says_so_too(name: str) -> None:
    assert of_one_moment(reverse(name, kwargs={"pk": 1}))


def test_what_is_nowhere_and_what_adds_nothing_up_do_not() -> None:
    assert not of_one_moment("/no/such/page")
    assert not of_one_moment(reverse("today"))


def test_what_the_worker_counts_is_of_one_moment(
    own_database: Cast, django_db_blocker: DjangoDbBlocker
) -> None:
    cast, today = own_database, timezone.localdate().isoformat()
    with django_db_blocker.unblock():
        issued = issue_key(
            name="客户端",
            scopes=[ApiScope.STATISTICS],
            district=Place.objects.get(pk=cast.district.pk),
            by=None,
            now=timezone.now(),
        )
        client = Client(headers={"authorization": f"Bearer {issued.token}"})
        record(cast)
        asked = client.post(f"/api/v1/statistics/recorded/countings?from={today}&to={today}")
        with before_statement("SELECT", lambda: record(cast)) as happened:
            assert count_asked() == 1
        assert happened
        assert client.get(asked["Location"]).json()["total"]["n"] == 1
