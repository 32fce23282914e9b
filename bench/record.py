"""How fast a question is recorded: one transaction each, as the desk does it, by one client and by four.

    make bench            or    python -m bench.record [HOW_MANY]

A client is a process that for each question reads who its officer is, opens the officer's scope as the web role and
calls the service; there is no HTTP in it. Prints recordings per second beside plain SQL that writes the same rows on
the same schema (as the owner, so past the policies), one transaction each, by as many clients, in the same run; the
best of ROUNDS. Uses a database of its own, made and dropped.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing import get_context

import django

from bench.chase import own_database, seed

Work = Callable[[dict[str, int], int, datetime], None]

MANY = 500
CLIENTS = 4
ROUNDS = 2
GOAL = 250

PLAIN = """
with asked as (
    insert into inquiries_inquiry (district_id, reference, kind, urgency, channel, source, external_number, question,
        redacted, sealed, asked_at, recorded_at, recorded_by_id, recorded_place_id, imported, state, round, version,
        holder_id, post_id, designated, returns, hops, asked_again, rule_id, ladder_id, calendar_version_id, due_on,
        due_at, original_due_at, due_provisional, extensions, lead_rides, next_chase_at, chase_number, chase_step,
        chase_level, event_count, event_hash)
    values (%(district)s, 'P' || bida_next_reference(%(district)s, 1), 'consultation', 'ordinary', 'desk', '', '',
        'How long does it take?', '', false, %(now)s, %(now)s, %(officer)s, %(holder)s, false, 'assigned', 1, 1,
        %(holder)s, %(post)s, false, 0, 0, 0, %(rule)s, %(ladder)s, %(calendar)s, %(due)s::date, %(due)s, %(due)s,
        false, 0, false, %(due)s, 0, -1, '', 1, 'x') returning id
), seen as (
    insert into inquiries_sight (id, district_id, inquiry_id, place_id, reason, since, open, rank, due_at)
    select gen_random_uuid(), %(district)s, id, %(holder)s, 'holds', %(now)s, true, 2, %(due)s from asked
), held as (
    insert into inquiries_pen (id, inquiry_id, part, place_id, post_id, from_at)
    select gen_random_uuid(), id, 'handler', %(holder)s, %(post)s, %(now)s from asked
), told as (
    insert into bureaus_notice (id, created_at, district_id, recipient_id, cause_kind, cause_id, kind, level, reference,
        url, alone, urgent, copy, acting)
    select gen_random_uuid(), %(now)s, %(district)s, %(officer)s, 'assigned', id::text, 'assigned', '', '', '', false,
        false, false, false from asked
)
insert into inquiries_event (id, district_id, inquiry_id, seq, code, at, by_id, place_id, codes, hash, kind, urgency,
    channel, counted, timed, minutes)
select gen_random_uuid(), %(district)s, id, 1, 'recorded', %(now)s, %(officer)s, %(holder)s, '{}', 'x', 'consultation',
    'ordinary', 'desk', 'recorded', 'recording', 0 from asked
"""


def record(ids: dict[str, int], many: int, now: datetime) -> None:
    """So many recordings by the handler, each in the scope of a request."""
    from bureaus.access import holdings, scope_of
    from bureaus.models import Officer, Place, Post
    from bureaus.models.scope import WEB, scope
    from inquiries.services.recording import record_inquiry

    officer = Officer.objects.get(pk=ids["officer"])
    place, post = Place.objects.get(pk=ids["holder"]), Post.objects.get(pk=ids["post"])
    for _ in range(many):
        held = holdings(officer, now=now)
        seen = scope_of(officer, now=now, held=held)
        with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
            record_inquiry(
                by=officer,
                now=now,
                place=place,
                post=post,
                kind="consultation",
                channel="desk",
                question="How long does it take?",
                held=held,
            )


def plain(ids: dict[str, int], many: int, now: datetime) -> None:
    """The same rows by one statement and one transaction each."""
    from django.db import connection, transaction

    for _ in range(many):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PLAIN, {**ids, "now": now, "due": now + timedelta(days=7)})


def rate(work: Work, ids: dict[str, int], many: int, now: datetime, *, clients: int) -> float:
    """How many a second so many processes do together, all begun at once after each has warmed up."""
    from django.db import connection

    connection.close()
    fork = get_context("fork")
    line = fork.Barrier(clients + 1)

    def client() -> None:
        work(ids, 10, now)
        line.wait()
        work(ids, many // clients, now)

    processes = [fork.Process(target=client) for _ in range(clients)]
    for process in processes:
        process.start()
    line.wait()
    began = time.perf_counter()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        sys.exit("a client of the bench failed")
    return many // clients * clients / (time.perf_counter() - began)


def main(many: int) -> int:
    """Prints the table; 1 when the goal with four clients is missed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.utils import timezone

    from config import embedded

    now, reached = timezone.now(), 0.0
    print(f"{os.cpu_count()} cores; {many} recordings, one transaction each")
    print(f"{'clients':>8} {'recorded/s':>11} {'plain SQL/s':>12} {'ratio':>6}")
    with embedded.for_command(), own_database():
        ids = seed(now)
        for clients in (1, CLIENTS):
            reached = limit = 0.0
            for _round in range(ROUNDS):
                reached = max(reached, rate(record, ids, many, now, clients=clients))
                limit = max(limit, rate(plain, ids, many, now, clients=clients))
            print(f"{clients:>8} {reached:>11.0f} {limit:>12.0f} {reached / limit:>6.2f}")
    return int(reached < GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
