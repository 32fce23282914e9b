"""What was recorded is neither deleted nor rewritten, whoever writes."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from inquiries.models import Contact, Event, Inquiry
from tests.conftest import Cast
from tests.inquiries.promises.conftest import ROLES, everything, refused_by, run

pytestmark = pytest.mark.django_db


KEPT = [
    "inquiry",
    "answer",
    "chase",
    "event",
    "contact",
    "duty",
    "draft",
    "rating",
    "attachment",
    "submission",
    "pen",
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", ["inquiry", "answer", "chase", "event", "contact", "duty", "pen"])
def test_nothing_recorded_is_deleted(table: str, role: str, cast: Cast, everything_there: Inquiry) -> None:
    with everything(role, cast), pytest.raises(DatabaseError, match=r"Cannot delete|permission denied"):
        run(f"delete from inquiries_{table}")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", KEPT)
def test_no_table_is_emptied(table: str, role: str, cast: Cast) -> None:
    with (
        everything(role, cast),
        pytest.raises(DatabaseError, match=r"keeps what was recorded|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"truncate inquiries_{table} cascade")


def test_no_guard_makes_an_exception_for_a_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select tgrelid::regclass::text, tgname from pg_trigger join pg_proc f on f.oid = tgfoid "
            "where not tgisinternal and concat(pg_get_triggerdef(pg_trigger.oid), f.prosrc) ~* "
            "'(current|session)_user|current_role'"
        )
        assert cursor.fetchall() == []


REWRITTEN = {
    "answer": "text = 'another'",
    "chase": "number = number + 100",
    "event": "code = 'another'",
    "contact": "text = 'another'",
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", REWRITTEN)
def test_history_is_not_rewritten(table: str, role: str, cast: Cast, everything_there: Inquiry) -> None:
    with everything(role, cast), pytest.raises(DatabaseError, match=r"Cannot update|permission denied"):
        run(f"update inquiries_{table} set {REWRITTEN[table]}")


@pytest.mark.parametrize("role", ROLES)
def test_an_event_stands_once_in_its_chain(role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("event_once"):
        run(
            "insert into inquiries_event (id, district_id, inquiry_id, seq, code, at, codes, hash) "
            "select gen_random_uuid(), district_id, inquiry_id, seq, code, at, codes, hash "
            "from inquiries_event where inquiry_id = %s",
            inquiry.pk,
        )


def test_history_keeps_what_was_said(everything_there: Inquiry) -> None:
    assert Contact.objects.filter(inquiry=everything_there).count() == 1
    assert Event.objects.filter(inquiry=everything_there).count() == everything_there.event_count + 2


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "change",
    [
        "from_at = from_at - interval '1 hour'",
        "part = 'citizen'",
        "place_id = place_id + 1",
        "until_at = null",
    ],
)
def test_whose_pen_it_was_is_not_rewritten(change: str, role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiries_pen_never_rewritten"):
        run(f"update inquiries_pen set {change} where inquiry_id = %s", inquiry.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_pen_laid_down_is_not_taken_up_again(role: str, answered: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiries_pen_never_rewritten"):
        run("update inquiries_pen set until_at = null where inquiry_id = %s", answered.pk)


@pytest.mark.parametrize("role", ROLES)
def test_no_session_can_switch_a_guard_off(inquiry: Inquiry, cast: Cast, role: str) -> None:
    with everything(role, cast), connection.cursor() as cursor:
        cursor.execute(
            "select string_agg(distinct tgname, ',') from pg_trigger where tgrelid = 'inquiries_inquiry'::regclass"
        )
        cursor.execute("select set_config('pgtrigger.ignore', %s, true)", ["{" + cursor.fetchone()[0] + "}"])
        with refused_by("inquiry_moves"):
            cursor.execute(
                "update inquiries_inquiry set state = 'awaiting_citizen' where id = %s", [inquiry.pk]
            )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("change", ["until_at = from_at", "until_at = from_at, minutes = -1"])
def test_a_pen_is_measured_when_it_is_laid_down(change: str, role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("pen_measured_when_laid_down"):
        run(f"update inquiries_pen set {change} where inquiry_id = %s", inquiry.pk)
