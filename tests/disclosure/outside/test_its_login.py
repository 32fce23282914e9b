"""What the login of the portal reads, and that it can do nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from bureaus.models.scope import PORTAL, WEB, WORKER, scope
from tests.conftest import As, Cast
from tests.disclosure.outside.portal import Outside, rows
from tests.disclosure.stage import published, written

pytestmark = pytest.mark.django_db


READS = {
    "django_migrations",
    *("bureaus_place", "bureaus_hotline", "bureaus_post", "bureaus_districtsettings"),
    *("disclosure_publicitem", "disclosure_itemversion", "disclosure_itemfile"),
    *("disclosure_publishedanswer", "disclosure_openday", "disclosure_summary"),
    *("disclosure_handedout", "disclosure_intakekey"),
    *("disclosure_booklet", "disclosure_bookletedition", "disclosure_bookletentry"),
    "disclosure_bookletpublication",
}
CALLS = {
    *("bida_knock_outside", "bida_public_state", "bida_draw_reference", "bida_day_is_public"),
    "bida_published_anew",
}


def test_the_login_reads_what_is_published_and_writes_to_the_box_alone(cast: Cast) -> None:
    may = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm') and "
    reads = f"{may} has_any_column_privilege('bida_portal', oid, 'select')"
    assert {name for (name,) in rows(reads)} == READS
    assert rows(f"{may} has_any_column_privilege('bida_portal', oid, 'insert')") == [("disclosure_intake",)]
    for act in ("update", "delete", "truncate"):
        assert not rows(f"{may} has_table_privilege('bida_portal', oid, %s)", act)
    assert not rows(f"{may} has_any_column_privilege('bida_portal', oid, 'update')")
    assert not rows(
        "select 1 from pg_auth_members where member = 'bida_portal'::regrole "
        "union all select 1 from pg_roles where rolname = 'bida_portal' and (rolsuper or rolcreaterole or rolbypassrls)"
    )


def test_it_takes_no_more_of_the_server_than_it_needs(cast: Cast, now: datetime) -> None:
    [(limit, config)] = rows("select rolconnlimit, rolconfig from pg_roles where rolname = 'bida_portal'")
    assert (limit, config) == (40, ["statement_timeout=10s"])
    # Counters are moved by one, in this hour; the largest entry is bounded.
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), scope(role=PORTAL):
        rows("select bida_knock('ask', 'v', 'infinity', 1)")
    with scope(role=PORTAL):
        knocked = "select bida_knock_outside('ask', 'v', %s::boolean)"
        assert [rows(knocked, one)[0][0] for one in ("true", "true", "false")] == [1, 2, 2]
    [(most,)] = rows("select pg_get_constraintdef(oid) from pg_constraint where conname = 'intake_at_most'")
    assert "octet_length(sealed) <=" in most


def test_it_calls_no_function_that_reads_past_the_policies_but_its_own() -> None:
    found = rows(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef "
        "and prorettype <> 'trigger'::regtype and has_function_privilege('bida_portal', oid, 'execute')"
    )
    assert {name for (name,) in found} == CALLS


@pytest.mark.parametrize(
    "statement",
    [
        "select * from inquiries_inquiry",
        "select * from inquiries_citizen",
        "select * from bureaus_officer",
        "select * from bureaus_datakey",
        "select * from disclosure_intake",
        "select * from disclosure_publicstate",
        "select * from disclosure_followcode",
        "select sms_url from bureaus_districtsettings",
        "select author_id from disclosure_itemversion",
        "select inquiry_id from disclosure_publishedanswer",
        "select made_by_id from disclosure_bookletedition",
        "select published_by_id from disclosure_bookletpublication",
        "delete from disclosure_intake",
        "update disclosure_intake set trouble = ''",
        "insert into disclosure_handedout (what) values ('')",
        "set role bida_web",
    ],
)
def test_it_is_refused_what_is_inside(cast: Cast, statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="permission denied")
    with connection.cursor() as cursor:
        # As the login itself: a role that was set may be set back.
        if statement.startswith("set role"):
            [(member,)] = rows("select pg_has_role('bida_portal', 'bida_web', 'member')")
            assert not member
            return
        with refused, transaction.atomic(), scope(role=PORTAL):
            cursor.execute(statement)


def test_a_scope_that_it_sets_itself_opens_nothing(cast: Cast, web_as: As, now: datetime) -> None:
    item = published(cast, web_as, now).item
    with scope(role=PORTAL):
        rows("select set_config('bida.district', %s, true)", str(cast.district.pk))
        assert rows("select count(*) from disclosure_itemversion") == [(1,)]
        assert rows("select id from disclosure_publicitem i, lateral (select i.item_id as id) x") == [
            (item.pk,)
        ]


def test_a_draft_and_a_day_that_is_not_issued_are_not_there(
    booth: Any, cast: Cast, web_as: As, now: datetime
) -> None:
    written(cast, web_as, now)
    with scope(role=PORTAL):
        for table in ("itemversion", "publicitem", "itemfile", "openday", "summary", "publishedanswer"):
            assert rows(f"select count(*) from disclosure_{table}") == [(0,)], table


def test_outside_no_other_role_is_taken_on(portal: Outside) -> None:
    with portal():
        for role in (WEB, WORKER, "bida_owner"):
            with pytest.raises(ValueError, match="roles here"), scope(role=role):
                pass
