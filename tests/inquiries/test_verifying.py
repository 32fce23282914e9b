"""Every promise is proved on the rows as they are, and every break is named."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from inquiries.models import DailyRoot, Event, Inquiry
from inquiries.services.verifying import Finding, verify_promises, write_daily_roots
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db


def broken(now: datetime) -> dict[str, Finding]:
    return {finding.promise: finding for finding in verify_promises(now=now) if finding.broken}


def tamper(statement: str, *values: int) -> None:
    """What somebody with the superuser's password could do."""
    with connection.cursor() as cursor:
        for table in ("inquiries_event", "inquiries_inquiry", "inquiries_sight"):
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute(statement, values)
        for table in ("inquiries_event", "inquiries_inquiry", "inquiries_sight"):
            cursor.execute(f"alter table {table} enable trigger user")


def settle() -> None:
    """Pending checks are done, so that a table may be altered within the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")


@pytest.fixture
def inquiry(ask: Ask) -> Inquiry:
    found = ask()
    settle()
    return found


def test_what_the_services_wrote_holds(inquiry: Inquiry, now: datetime) -> None:
    assert broken(now) == {}


def test_a_changed_event_is_found(inquiry: Inquiry, now: datetime) -> None:
    tamper("update inquiries_event set code = 'filed' where inquiry_id = %s", inquiry.pk)
    assert broken(now)["every chain of events verifies"].references == [inquiry.reference]


def test_a_cut_tail_is_found(inquiry: Inquiry, now: datetime) -> None:
    tamper(
        "delete from inquiries_event where inquiry_id = %s and seq = (select max(seq) from inquiries_event "
        "where inquiry_id = %s)",
        inquiry.pk,
        inquiry.pk,
    )
    assert "every chain of events verifies" in broken(now)


def test_a_tail_cut_with_its_head_mended_is_found_by_the_root(inquiry: Inquiry, now: datetime) -> None:
    tomorrow = now + timedelta(days=1, hours=2)
    write_daily_roots(now=tomorrow)
    settle()
    assert DailyRoot.objects.filter(district=inquiry.district_id).exists()
    assert broken(tomorrow) == {}
    tamper("delete from inquiries_event where inquiry_id = %s", inquiry.pk)
    tamper("update inquiries_inquiry set event_count = 0, event_hash = '' where id = %s", inquiry.pk)
    assert list(broken(tomorrow)) == ["every daily root verifies"]


def test_roots_of_missed_days_are_written_once(inquiry: Inquiry, now: datetime) -> None:
    later = now + timedelta(days=5)
    assert write_daily_roots(now=later) > 0
    assert write_daily_roots(now=later) == 0


def test_a_lost_sight_is_found(inquiry: Inquiry, now: datetime) -> None:
    tamper("delete from inquiries_sight where inquiry_id = %s", inquiry.pk)
    assert any("sees what it holds" in promise for promise in broken(now))


def test_a_number_without_its_chase_is_found(inquiry: Inquiry, now: datetime) -> None:
    tamper("update inquiries_inquiry set chase_number = 3 where id = %s", inquiry.pk)
    assert broken(now)["chases are numbered without a gap"].references == [inquiry.reference]


def test_the_history_holds_no_words(inquiry: Inquiry) -> None:
    for event in Event.objects.filter(inquiry=inquiry):
        assert inquiry.question not in str(event.codes)
