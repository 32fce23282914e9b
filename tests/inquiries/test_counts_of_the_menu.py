"""The menu counts what waits for its reader, in the one statement that every page asks anyway."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bureaus.access import holdings, scope_of
from bureaus.figures import MANY, Reader, waiting_for
from bureaus.models import Officer
from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.calling_back import open_callback
from inquiries.services.moving import sign_for
from tests.conftest import As, Cast
from tests.inquiries.conftest import DAY, EXPLAINED, Ask, Enter, page
from tests.inquiries.test_reorganising import CALLER

Count = Callable[[Officer], dict[str, int]]


@pytest.fixture
def counted(web_as: As, now: datetime) -> Count:
    """What waits for the officer thirty days later."""

    def of(officer: Officer) -> dict[str, int]:
        at = now + 30 * DAY
        held, seen = holdings(officer, now=at), scope_of(officer, now=at)
        with web_as(officer, at):
            return waiting_for(Reader(officer.pk, held, seen, at))

    return of


def test_today_counts_what_is_due_by_tonight_where_the_list_begins(
    cast: Cast, ask: Ask, counted: Count
) -> None:
    ask()
    ask()
    assert counted(cast.li_min)["today"] == 2
    # Of the district's office its own: what another place holds is not its to do today.
    assert counted(cast.wu_fang)["today"] == 0
    assert counted(cast.tang_rui)["today"] == 0
    # Who watches sees it all and owes none of it.
    assert counted(cast.bai_lu)["today"] == 0


def test_what_is_due_another_day_does_not_count(cast: Cast, ask: Ask, web_as: As, now: datetime) -> None:
    ask()
    held, seen = holdings(cast.li_min, now=now), scope_of(cast.li_min, now=now)
    with web_as(cast.li_min):
        assert waiting_for(Reader(cast.li_min.pk, held, seen, now))["today"] == 0


def test_what_is_received_counts_once_in_today_and_once_in_dispatch(
    cast: Cast, ask: Ask, counted: Count
) -> None:
    ask(by=cast.wu_fang, place=cast.district, post=None)
    waits = counted(cast.wu_fang)
    assert (waits["today"], waits["dispatch"]) == (1, 1)
    assert "dispatch" not in counted(cast.li_min)


def test_drafts_and_callbacks_count_for_whoever_decides_and_calls(
    cast: Cast, ask: Ask, counted: Count, web_as: As, now: datetime
) -> None:
    refused, answered = ask(), ask(citizen=CALLER)
    with web_as(cast.li_min):
        for inquiry in (refused, answered):
            sign_for(inquiry.pk, by=cast.li_min, now=now)
        given = AnswerGiven("not_accepted", "不属职责范围。", "telephone")
        answer_inquiry(refused.pk, given, by=cast.li_min, now=now)
        answer_inquiry(answered.pk, EXPLAINED, by=cast.li_min, now=now)
    with web_as(cast.wu_fang):
        open_callback(answered.pk, by=cast.wu_fang, now=now)
    waits = counted(cast.wu_fang)
    assert (waits["approvals"], waits["callbacks"]) == (1, 1)
    assert counted(cast.cao_lei)["approvals"] == 0
    assert "approvals" not in counted(cast.li_min)


def test_more_than_ninety_nine_are_not_counted(cast: Cast, ask: Ask, counted: Count) -> None:
    for _number in range(MANY + 3):
        ask()
    assert counted(cast.li_min)["today"] == MANY + 1


def test_the_counts_stand_beside_the_entries_of_the_menu(
    cast: Cast, fresh: Callable[..., Inquiry], enter: Enter
) -> None:
    fresh(by=cast.wu_fang, place=cast.district, post=None, days=30)
    text = page(enter(cast.zhou_ning), "/search/")
    found = re.findall(r'>(\w+) <span class="b-count">(\d+)<span class="visually-hidden"> ([\w ]+)<', text)
    assert ("Dispatch", "1", "waiting") in found
    assert not re.search(r"Approvals <span", text)


def test_they_cost_no_statement_of_their_own(cast: Cast, fresh: Callable[..., Inquiry], enter: Enter) -> None:
    fresh()

    def asked(client: Client) -> list[str]:
        client.get("/password/")
        with CaptureQueriesContext(connection) as log:
            client.get("/password/")
        return [query["sql"] for query in log if "bureaus_notice" in query["sql"]]

    [statement] = asked(enter(cast.wu_fang))
    assert "inquiries_sight" in statement
    assert "inquiries_duty" in statement
