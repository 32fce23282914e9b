"""How fast the sweep is: among 100 thousand and 1 million open inquiries of which the same number is due.

    make bench            or    python -m bench.chase [OPEN …]

Prints chases per second and the process's peak memory, beside plain SQL that writes the same rows on the same schema as
the worker, so under its policies; as the owner, past them; and on a bare schema without constraints, triggers and
policies: one client each, in turn, in the same run on the same server, the best of ROUNDS. Uses a database of its own,
made and dropped; a DATABASE_URL must be that of bida_owner, who may create databases.
"""

from __future__ import annotations

import os
import resource
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from bench import begin, database_server

DUE = 10_000
ROUNDS = 2
GOAL = 0.5


@contextmanager
def own_database() -> Iterator[None]:
    """A fresh database, migrated, that is dropped afterwards."""
    from django.core.management import call_command
    from django.db import connection

    from config import embedded

    name = f"bida_bench_{uuid.uuid4().hex[:8]}"
    home = connection.settings_dict["NAME"]
    connection.ensure_connection()
    connection.set_autocommit(True)
    with connection.cursor() as cursor:
        cursor.execute(f'create database "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = home
        with connection.cursor() as cursor:
            embedded.drop_database(cursor.execute, name)


def seed(now: datetime) -> dict[str, int]:
    """One district with a bureau whose handler and section head can be told; gives the ids the rows need."""
    from bureaus.models import Officer
    from bureaus.services.calendar import calendar_for
    from bureaus.services.places import open_place
    from bureaus.services.posts import begin_tenure, open_post
    from inquiries.services.measuring import ladder_for, rule_for, version_of

    district = open_place(kind="district", name="Bench", by=None, now=now)
    bureau = open_place(kind="bureau", name="Bureau", parent=district, by=None, now=now)
    for place, role in (
        (district, "clerk"),
        (bureau, "bureau_head"),
        (bureau, "section_head"),
        (bureau, "handler"),
    ):
        post = open_post(place=place, role=role, title=role, by=None, now=now)
        officer = Officer.objects.create_user(f"bench-{role}", name=role, district=district)
        begin_tenure(post=post, officer=officer, from_on=now.date() - timedelta(days=400), by=None, now=now)
    return {
        "district": district.pk,
        "holder": bureau.pk,
        "post": post.pk,
        "officer": officer.pk,
        "rule": rule_for(district.pk, "consultation", "ordinary").pk,
        "ladder": ladder_for(district.pk, "ordinary").pk,
        "duty_ladder": ladder_for(district.pk, "duty").pk,
        "calendar": version_of(calendar_for(district.pk)),
    }


def load(ids: dict[str, int], many: int, now: datetime, *, others: Sequence[int] = ()) -> None:
    """So many open inquiries, none due yet, asked thirteen days ago; every second one at one of the other places."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(id), 0) from inquiries_inquiry")
        (before,) = cursor.fetchone()
        cursor.execute(
            """
            insert into inquiries_inquiry (district_id, reference, kind, urgency, channel, source, external_number,
                question, redacted, sealed, asked_at, recorded_at, recorded_place_id, imported, state, round, version,
                holder_id, post_id, designated, returns, hops, asked_again, rule_id, ladder_id, calendar_version_id,
                due_on, due_at, original_due_at, due_provisional, extensions, lead_rides, next_chase_at, chase_number,
                chase_step, chase_level, event_count, event_hash)
            select %(district)s, 'B' || %(before)s + n, 'consultation',
                'ordinary', 'desk', '', '', 'How long does it take?', '', false, %(asked)s, %(asked)s, %(holder)s,
                false, 'assigned', 1, 1, case when n %% 2 = 0 and cardinality(%(others)s::bigint[]) > 0
                    then (%(others)s::bigint[])[1 + n / 2 %% cardinality(%(others)s::bigint[])] else %(holder)s end,
                %(post)s, false, 0, 0, 0, %(rule)s, %(ladder)s, %(calendar)s,
                %(due)s::date, %(due)s, %(due)s, false, 0, false, %(later)s, 0, -1, '', 0, ''
            from generate_series(1, %(many)s) n
            """,
            {
                **ids,
                "before": before,
                "asked": now - timedelta(days=13),
                "due": now - timedelta(days=6),
                "later": now + timedelta(days=7),
                "many": many,
                "others": list(others),
            },
        )
        # Else the triggers of what follows are planned for the few rows that were there before.
        cursor.execute("analyze inquiries_inquiry")
        cursor.execute(
            """
            insert into inquiries_sight (id, district_id, inquiry_id, place_id, reason, since, open, rank, due_at)
            select gen_random_uuid(), district_id, id, holder_id, 'holds', recorded_at, true, 2, due_at
            from inquiries_inquiry where id > %s
            """,
            [before],
        )
        cursor.execute("analyze inquiries_sight")


def make_due(now: datetime) -> None:
    """The same number of inquiries is due as before every run, with no chase behind them in this round."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            update inquiries_inquiry set next_chase_at = %s where id in (
                select id from inquiries_inquiry where chase_number = 0 and next_chase_at > %s
                order by id desc limit %s)
            """,
            [now - timedelta(hours=1), now, DUE],
        )


def sweep(now: datetime) -> float:
    """Bida's own sweep as the worker runs it: gives the chases per second."""
    from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
    from inquiries.models import Inquiry
    from inquiries.services.chasing import chase_batch

    done, began = 0, time.perf_counter()
    while True:
        with scope(role=WORKER, district=ALL_DISTRICTS):
            swept = chase_batch(Inquiry, now=now)
        if swept.set_aside:
            sys.exit("the bench's own rows were set aside")
        if not swept.chased:
            return done / (time.perf_counter() - began)
        done += swept.chased


PLAIN = """
with due as (
    select id from {inquiry} where next_chase_at <= %(now)s order by next_chase_at, id limit 1000
    for update skip locked
), chased as (
    insert into {chase} (district_id, inquiry_id, round, number, level, step, step_key, passed_over, due_at,
        chased_at, next_at)
    select i.district_id, i.id, i.round, i.chase_number + 1, 'supervise', 3, 'supervise', '[]', i.next_chase_at,
        %(now)s, %(now)s::timestamptz + interval '1 day' from {inquiry} i join due using (id)
    returning id, inquiry_id
), told as (
    insert into {notice} (id, created_at, district_id, recipient_id, cause_kind, cause_id, kind, level, reference,
        url, alone, urgent, copy, acting)
    select gen_random_uuid(), %(now)s, %(district)s, r, 'chase', id::text, 'chase', 'supervise', '', '', true, false,
        false, false from chased, unnest(%(recipients)s::bigint[]) r
), owed as (
    insert into {duty} (district_id, kind, inquiry_id, subject, place_id, post_id, request, terms, opened_at, due_at,
        ladder_id, decision, reply, version, next_chase_at, chase_number, chase_step, chase_level, event_count,
        event_hash)
    select %(district)s, 'acknowledge', inquiry_id, 'supervise.1', %(holder)s, %(post)s, '', '{{}}', %(now)s,
        %(now)s::timestamptz + interval '1 day', %(duty_ladder)s, '', '', 1, %(now)s::timestamptz + interval '1 day',
        0, -1, '', 0, '' from chased
), logged as (
    insert into {event} (id, district_id, inquiry_id, seq, code, at, codes, hash)
    select gen_random_uuid(), %(district)s, inquiry_id, 1, 'chased', %(now)s, '{{}}', '' from chased
)
update {inquiry} i set next_chase_at = %(now)s::timestamptz + interval '1 day', chase_number = chase_number + 1,
    chase_step = 3, chase_level = 'supervise', event_count = 1, event_hash = 'x'
from chased c where i.id = c.inquiry_id
"""


def plain(ids: dict[str, int], now: datetime, *, schema: str, role: str) -> float:
    """The same rows by one SQL statement a batch, on Bida's tables or on bare copies of them; chases per second."""
    from django.db import connection

    from bureaus.models.scope import ALL_DISTRICTS, scope

    names = {
        "inquiry": "inquiries_inquiry",
        "chase": "inquiries_chase",
        "notice": "bureaus_notice",
        "event": "inquiries_event",
        "duty": "inquiries_duty",
    }
    statement = PLAIN.format(**{key: f"{schema}.{name}" for key, name in names.items()})
    done, began = 0, time.perf_counter()
    while True:
        with scope(role=role, district=ALL_DISTRICTS), connection.cursor() as cursor:
            cursor.execute(statement, {**ids, "now": now, "recipients": [ids["officer"]]})
            batch = cursor.rowcount
        if not batch:
            return done / (time.perf_counter() - began)
        done += batch


def bare_copies(*tables: str) -> None:
    """Copies of the tables, empty, with their primary keys and no constraint, trigger, policy or other index."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("create schema bare")
        for table in tables:
            cursor.execute(
                f"create table bare.{table} (like public.{table} including defaults including identity)"
            )
            cursor.execute(f"alter table bare.{table} add primary key (id)")


def bare(now: datetime) -> None:
    """Bare copies of what a sweep writes, with as many inquiries due."""
    from django.db import connection

    bare_copies("inquiries_inquiry", "inquiries_chase", "bureaus_notice", "inquiries_event", "inquiries_duty")
    with connection.cursor() as cursor:
        columns = "id, district_id, round, chase_number, chase_step, next_chase_at"
        cursor.execute(
            f"insert into bare.inquiries_inquiry ({columns}, {_FILLED}) overriding system value "
            f"select {columns}, {_FILLED} from inquiries_inquiry order by id desc limit {DUE}"
        )
        cursor.execute("update bare.inquiries_inquiry set next_chase_at = %s", [now - timedelta(hours=1)])
        cursor.execute("create index on bare.inquiries_inquiry (next_chase_at, id)")


_FILLED = (
    "reference, kind, urgency, channel, source, external_number, question, redacted, sealed, asked_at, recorded_at, "
    "recorded_place_id, imported, state, version, holder_id, post_id, designated, returns, hops, asked_again, rule_id, "
    "ladder_id, calendar_version_id, due_on, due_at, original_due_at, due_provisional, extensions, lead_rides, "
    "chase_level, event_count, event_hash"
)


def main(sizes: list[int]) -> int:
    """Prints the table; 1 when the goal of half of plain SQL on the same schema is missed."""
    begin()
    from django.utils import timezone

    from bureaus.models.scope import WORKER

    now = timezone.now()
    print(f"{os.cpu_count()} cores; {DUE} due; chases per second, higher is better")
    print(f"{'open':>10} {'sweep/s':>10} {'plain SQL/s':>12} {'ratio':>6} ", end="")
    print(f"{'as owner/s':>11} {'bare SQL/s':>11} {'peak MB':>8}")
    missed = False
    with database_server(), own_database():
        ids = seed(now)
        there, on_bare = 0, 0.0
        for size in sizes:
            load(ids, size - there, now)
            there = size
            rate = limit = as_owner = 0.0
            for _round in range(ROUNDS):
                make_due(now)
                rate = max(rate, sweep(now))
                make_due(now)
                limit = max(limit, plain(ids, now, schema="public", role=WORKER))
                make_due(now)
                as_owner = max(as_owner, plain(ids, now, schema="public", role="bida_owner"))
            if there == sizes[0]:
                bare(now)
                on_bare = plain(ids, now, schema="bare", role="bida_owner")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{size:>10} {rate:>10.0f} {limit:>12.0f} {rate / limit:>6.2f} {as_owner:>11.0f} {on_bare:>11.0f} "
                f"{peak:>8.0f}"
            )
            missed = missed or rate < GOAL * limit
    return int(missed)


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [100_000, 1_000_000]))
