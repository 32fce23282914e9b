"""Who sees what a booth wrote of an inquiry, asked of the database itself in raw SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from bureaus.models.scope import ALL_DISTRICTS, WEB, WORKER, scope
from disclosure.models import Booth, CardReturn, ContactCard, HotIssue, Raised, Reception
from disclosure.services.desk import Stamp, collect_issue, give_card, raise_issue, record_question
from inquiries.models import Inquiry
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db
TABLES = ("reception", "cardreturn", "raised")
NOTHING = dict.fromkeys(TABLES, 0)
ONE_EACH = dict.fromkeys(TABLES, 1)


@pytest.fixture
def written(booth: Booth, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """A question came back on a card to the booth, and a hot issue is about it."""
    by: dict[str, Any] = {"by": cast.li_min, "now": now}
    with web_as(cast.li_min):
        give_card(booth=booth, serial="A1", stamp=Stamp("card"), **by)
        _reception, inquiry = record_question(
            booth=booth, question="低保怎么申请？", kind="consultation", card="A1", stamp=Stamp("q"), **by
        )
        assert inquiry is not None
        issue = collect_issue(booth=booth, words="低保", people=3, at_least=False, stamp=Stamp("issue"), **by)
        raise_issue(issue=issue, reference=inquiry.reference, stamp=Stamp("about"), **by)
    return inquiry


def links() -> dict[str, int]:
    """How many rows that point at an inquiry are seen."""
    with connection.cursor() as cursor:
        seen = {}
        for table in TABLES:
            cursor.execute(f"select count(*) from disclosure_{table} where inquiry_id is not null")
            seen[table] = cursor.fetchone()[0]
        return seen


@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("li_min", ONE_EACH),
        ("tang_rui", ONE_EACH),  # of another bureau: she counts the day as everybody there does
        ("bai_lu", ONE_EACH),
        ("xu_kai", NOTHING),
    ],
)
def test_what_points_at_an_inquiry_is_seen_in_its_district(
    username: str, expected: dict[str, int], written: Inquiry, cast: Cast, web_as: As
) -> None:
    with web_as(getattr(cast, username)):
        assert links() == expected


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_without_a_scope_nothing_points_at_an_inquiry(role: str, written: Inquiry) -> None:
    with scope(role=role):
        assert links() == NOTHING


def test_the_clock_sees_the_district_it_works_on(written: Inquiry, cast: Cast) -> None:
    for district, expected in (
        (cast.district.pk, ONE_EACH),
        (cast.elsewhere.pk, NOTHING),
        (ALL_DISTRICTS, ONE_EACH),
    ):
        with scope(role=WORKER, district=district):
            assert links() == expected


def test_numbers_that_point_at_no_inquiry_are_public(written: Inquiry) -> None:
    with scope(role=WEB), connection.cursor() as cursor:
        cursor.execute("select people_value from disclosure_raised")
        assert cursor.fetchall() == [(3,)]


@pytest.mark.parametrize("table", TABLES)
def test_a_booth_hangs_nothing_on_an_inquiry_that_its_officer_does_not_see(
    table: str, written: Inquiry, booth: Booth, cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    at: dict[str, Any] = {"district": cast.district, "inquiry": ask()}
    row = {
        "reception": Reception(booth=booth, people_value=0, questions_value=0, issues_value=0, **at),
        "cardreturn": CardReturn(card=ContactCard.objects.get(), returned_at=now, **at),
        "raised": Raised(issue=HotIssue.objects.get(), **at),
    }[table]
    with (
        web_as(cast.tang_rui),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        row.save(force_insert=True)
    with web_as(cast.li_min):
        row.save(force_insert=True)
