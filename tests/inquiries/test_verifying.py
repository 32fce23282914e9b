"""Every promise is proved on the rows as they are, and every break is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bureaus.workdays import local_date
from inquiries.models import DailyRoot, Event, Inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.verifying import ROOTED_AFTER, Finding, verify_promises, write_daily_roots
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db


ROOTS = "every daily root verifies, and no day lacks one"
TABLES = ("inquiries_event", "inquiries_inquiry", "inquiries_sight", "inquiries_chase", "inquiries_dailyroot")


def broken(now: datetime) -> dict[str, Finding]:
    return {finding.promise: finding for finding in verify_promises(now=now) if finding.broken}


def tamper(statement: str, *values: Any) -> None:
    """What somebody with the superuser's password could do."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute(statement, values[0] if values and isinstance(values[0], dict) else values)
        for table in TABLES:
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
    assert list(broken(tomorrow)) == [ROOTS]


def test_roots_of_missed_days_are_written_once(inquiry: Inquiry, now: datetime) -> None:
    later = now + timedelta(days=5)
    assert write_daily_roots(now=later) > 0
    assert write_daily_roots(now=later) == 0


NAMED = {
    "a lost sight": "delete from inquiries_sight where inquiry_id = %(id)s",
    "a stranger": """
        insert into inquiries_sight (id, district_id, inquiry_id, place_id, reason, since, open, rank, due_at)
        select gen_random_uuid(), district_id, inquiry_id, %(stranger)s, 'held', since, open, rank, due_at
        from inquiries_sight where inquiry_id = %(id)s and reason = 'holds'
    """,
    "an assist that nobody asked for": """
        insert into inquiries_sight (id, district_id, inquiry_id, place_id, reason, since, open, rank, due_at)
        select gen_random_uuid(), district_id, inquiry_id, %(stranger)s, 'assists', since, open, rank, due_at
        from inquiries_sight where inquiry_id = %(id)s and reason = 'holds'
    """,
    "a lead that it never rode on": """
        insert into inquiries_sight (id, district_id, inquiry_id, place_id, reason, since, open, rank, due_at)
        select gen_random_uuid(), district_id, inquiry_id, %(stranger)s, 'leads', since, open, rank, due_at
        from inquiries_sight where inquiry_id = %(id)s and reason = 'holds'
    """,
    "a reader named behind no seal": """
        insert into inquiries_sight
            (id, district_id, inquiry_id, place_id, officer_id, reason, since, open, rank, due_at)
        select gen_random_uuid(), district_id, inquiry_id, place_id, %(officer)s, 'reads', since, open, rank, due_at
        from inquiries_sight where inquiry_id = %(id)s and reason = 'holds'
    """,
    "a wrong reason": "update inquiries_sight set reason = 'offered' where inquiry_id = %(id)s and reason = 'holds'",
    "a wrong rank": "update inquiries_sight set rank = 0 where inquiry_id = %(id)s",
    "a wrong due": "update inquiries_sight set due_at = due_at + interval '1 day' where inquiry_id = %(id)s",
    "a broken chain": "update inquiries_event set code = 'filed' where inquiry_id = %(id)s",
    "a number without its chase": "update inquiries_inquiry set chase_number = 3 where id = %(id)s",
    "a chase taken out": "delete from inquiries_chase where inquiry_id = %(id)s and number = 1",
}


@pytest.mark.parametrize("statement", NAMED.values(), ids=NAMED)
def test_the_command_names_what_was_broken_and_exits_1(
    statement: str, cast: Cast, fresh: Callable[..., Inquiry], clock: As, capsys: pytest.CaptureFixture[str]
) -> None:
    inquiry = fresh()
    with clock():
        chase_batch(Inquiry, now=inquiry.next_chase_at or inquiry.due_at)
    settle()
    call_command("verify_promises")
    assert inquiry.reference not in capsys.readouterr().out
    tamper(statement, {"id": inquiry.pk, "stranger": cast.culture.pk, "officer": cast.li_min.pk})
    with pytest.raises(SystemExit) as ended:
        call_command("verify_promises")
    assert ended.value.code == 1
    assert inquiry.reference in capsys.readouterr().out


@pytest.mark.parametrize("since", ["newest", "all"])
def test_the_command_names_each_day_without_its_root(
    since: str, cast: Cast, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    now = timezone.now()
    asked = now - timedelta(days=4)
    ask(now=asked)
    settle()
    write_daily_roots(now=now)
    call_command("verify_promises")
    newest = local_date(now - ROOTED_AFTER) - timedelta(days=1)
    first = newest if since == "newest" else local_date(asked)
    tamper('delete from inquiries_dailyroot where "on" >= %s', first)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_promises")
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert f"{cast.district.pk} {first}" in said
    assert f"{cast.district.pk} {newest}" in said


def test_a_reader_of_a_sealed_inquiry_who_never_held_a_post_there_is_found(
    cast: Cast, ask: Ask, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang, kind="tip_off")
    settle()
    assert broken(now) == {}
    tamper(
        """
        insert into inquiries_sight
            (id, district_id, inquiry_id, place_id, officer_id, reason, since, open, rank, due_at)
        select gen_random_uuid(), district_id, inquiry_id, %s, %s, 'reads', since, open, rank, due_at
        from inquiries_sight where inquiry_id = %s limit 1
        """,
        cast.district.pk,
        cast.cao_lei.pk,
        inquiry.pk,
    )
    [found] = broken(now).values()
    assert found.references == [f"{inquiry.reference} reads {cast.district.pk}"]


def test_of_many_that_break_a_promise_a_hundred_are_named(
    inquiry: Inquiry, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(
        """
        insert into inquiries_chase (district_id, inquiry_id, round, number, level, step_key, passed_over, due_at,
            chased_at, next_at)
        select district_id, id, 1, 1 + n, 'digest', 'x', '[]', due_at, due_at, due_at
        from inquiries_inquiry, generate_series(1, 120) n where id = %s
        """,
        inquiry.pk,
    )
    found = broken(now)["every chase told somebody"]
    assert (found.broken, len(found.references)) == (120, 100)


def test_the_history_holds_no_words(inquiry: Inquiry) -> None:
    for event in Event.objects.filter(inquiry=inquiry):
        assert inquiry.question not in str(event.codes)
