"""Rows in bulk: copied past triggers, references and indexes, all of which are built and checked afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import connection

# Every table a load fills, with its columns in the order in which the rows have them.
COLUMNS: dict[str, str] = {
    "bureaus_datakey": "id, district_id, wrapped, wrapped_by",
    "inquiries_citizen": "id, district_id, applicant, wanted, standing, key_id, name, phone, email, address, "
    "identity_number, masked_name, masked_phone, phone_hash",
    "inquiries_inquiry": "id, district_id, reference, kind, urgency, channel, source, external_number, topic_id, "
    "question, redacted, citizen_id, sealed, asked_at, received_on, recorded_at, recorded_by_id, recorded_place_id, "
    "imported, state, round, version, holder_id, post_id, designated, returns, hops, asked_again, rule_id, ladder_id, "
    "calendar_version_id, due_on, due_at, original_due_at, due_provisional, extensions, ladder_from_at, "
    "ladder_due_at, answered_at, filed_at, outcome, at_once, contacted_at, contacted_late, lead_rides, "
    "next_chase_at, chase_number, chase_step, chase_level, event_count, event_hash, changed_xid",
    "inquiries_answer": "id, inquiry_id, round, outcome, text, basis, ground, answered_at, answered_by_id, place_id, "
    "post_id, approved_by_id, at_once, entered_later, told_how, promised_on, due_at, logged_at",
    "inquiries_draft": "id, inquiry_id, round, outcome, text, basis, ground, told_how, promised_on, drafted_by_id, "
    "drafted_at, decided_by_id, decided_at, approved",
    "inquiries_contact": "id, inquiry_id, round, what, text, at, by_id, place_id",
    "inquiries_rating": "id, inquiry_id, round, source, reached, contacted_in_time, solved, satisfaction, words, at, "
    "by_id",
    "inquiries_duty": "id, district_id, kind, inquiry_id, subject, place_id, post_id, asked_by_id, asked_place_id, "
    "apart, request, terms, opened_at, due_at, ladder_id, done_at, done_by_id, decision, reply, version, "
    "next_chase_at, chase_number, chase_step, chase_level, event_count, event_hash",
    "inquiries_chase": "id, district_id, inquiry_id, duty_id, round, number, level, step, step_key, passed_over, "
    "due_at, chased_at, next_at, told",
    "inquiries_event": "id, district_id, inquiry_id, duty_id, seq, code, at, by_id, place_id, codes, hash, kind, "
    "urgency, channel, topic_id, counted, timed, minutes",
    "inquiries_sight": "id, district_id, inquiry_id, place_id, officer_id, reason, since, open, rank, due_at",
    "inquiries_pen": "id, inquiry_id, part, place_id, post_id, from_at, until_at, minutes",
    "inquiries_terms": "inquiry_id, terms",
    "bureaus_notice": "id, district_id, recipient_id, place_id, cause_kind, cause_id, kind, level, reference, due_at, "
    "url, alone, urgent, copy, acting, created_at, read_at",
}
# Their ids are counted by the database.
COUNTED = ("inquiry", "answer", "draft", "contact", "rating", "duty", "chase")
# How many answers, duties, chases … one inquiry may have: its rows have the ids of a block of its own, each the number
# of the block and these digits after it.
BLOCK = 1_000

Rows = Mapping[str, str | bytes]


def copy_rows(rows: Rows) -> None:
    """The rows stand; each table's as the lines of COPY's text format."""
    with connection.cursor() as cursor:
        for table, columns in COLUMNS.items():
            if lines := rows.get(table):
                with cursor.copy(f"copy {table} ({columns}) from stdin") as copy:
                    copy.write(lines)


@contextmanager
def bare_tables(say: Callable[[str], None]) -> Iterator[None]:
    """While the block runs the tables have no trigger, reference, unique constraint or index of Bida's.

    They are as before at the end, every row checked by every constraint, in the same transaction: what fails leaves
    nothing behind. As the owner of the tables; everybody else waits.
    """
    tables = list(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute(
            "set local maintenance_work_mem = '1GB'; set local max_parallel_maintenance_workers = 2"
        )
        cursor.execute(
            """
            select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype = 'f'
            from pg_constraint
            where contype in ('f', 'u', 'p') and conrelid = any (%(tables)s::regclass[])
                or contype = 'f' and confrelid = any (%(tables)s::regclass[])
            order by contype = 'f' desc, conrelid::regclass::text, conname
            """,
            {"tables": tables},
        )
        constraints: list[tuple[str, str, str, bool]] = cursor.fetchall()
        cursor.execute(
            """
            select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
            where indrelid = any (%(tables)s::regclass[])
                and not exists (select from pg_constraint where conindid = indexrelid and contype in ('u', 'p'))
            order by indexrelid::regclass::text
            """,
            {"tables": tables},
        )
        indexes: list[tuple[str, str]] = cursor.fetchall()
        for table in tables:
            cursor.execute(f"alter table {table} disable trigger user")
        for table, name, _made, _reference in constraints:
            cursor.execute(f"alter table {table} drop constraint {name}")
        for name, _made in indexes:
            cursor.execute(f"drop index {name}")
        yield
        for table, name, made, reference in constraints:
            if not reference:
                say(f"{table} {name}")
                cursor.execute(f"alter table {table} add constraint {name} {made}")
        for name, made in indexes:
            say(name)
            cursor.execute(made)
        for table in tables:
            cursor.execute(f"analyze {table}")
        for table, name, made, reference in constraints:
            if reference:
                say(f"{table} {name}")
                cursor.execute(f"alter table {table} add constraint {name} {made}")
        for table in tables:
            cursor.execute(f"alter table {table} enable trigger user")


def first_ids() -> tuple[int, int]:
    """The id after the highest of the inquiries, and the first block of ids past all others."""
    with connection.cursor() as cursor:
        highest = {}
        for name in COUNTED:
            cursor.execute(f"select coalesce(max(id), 0) from inquiries_{name}")
            [highest[name]] = cursor.fetchone() or (0,)
    return highest.pop("inquiry") + 1, max(highest.values()) // BLOCK + 1


def count_on() -> None:
    """What is written next has the ids after the highest."""
    with connection.cursor() as cursor:
        for name in COUNTED:
            cursor.execute(
                f"select setval(pg_get_serial_sequence('inquiries_{name}', 'id'), coalesce(max(id), 1)) "
                f"from inquiries_{name}"
            )
