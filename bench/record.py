"""How fast a question is recorded among so many open: one transaction each, as the desk does it, by one and by four.

    make bench            or    python -m bench.record [OPEN …]

A client is a process. For each question it reads who its officer is, opens the officer's scope as the web role and
calls the service, without HTTP; or it sends the question to the REST API of one web process, as `make run` starts it.
Prints recordings per second beside plain SQL that writes the same rows on the same schema, one transaction each, by as
many clients, in the same run: as the web role, so under its policies; as the owner, past them; and on a bare schema
without constraints, triggers and policies; the best of ROUNDS. And the peak memory of a client of the service.
Uses a database of its own, made and dropped.
"""

from __future__ import annotations

import http.client
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing import get_context
from urllib.parse import urlsplit, urlunsplit

from bench import PORT, Load, begin, database_server, serving
from bench.chase import bare_copies, load, own_database, seed

Work = Callable[[dict[str, int], int, datetime], None]

MANY = 500
CLIENTS = 4
ROUNDS = 2
# Recordings a second through the API, and how near the service comes to plain SQL.
GOAL, HALF = 250, 0.5

# The row that is being recorded is its recorder's to see, as for the service.
FRESH = """
select set_config('bida.recording', nextval(pg_get_serial_sequence('inquiries_inquiry', 'id'))::text, true),
    'P' || bida_next_reference(%(district)s, 1)
"""
PLAIN = """
with asked as (
    insert into inquiries_inquiry (id, district_id, reference, kind, urgency, channel, source, external_number,
        question, redacted, sealed, asked_at, recorded_at, recorded_by_id, recorded_place_id, imported, state, round,
        version, holder_id, post_id, designated, returns, hops, asked_again, rule_id, ladder_id, calendar_version_id,
        due_on, due_at, original_due_at, due_provisional, extensions, lead_rides, next_chase_at, chase_number,
        chase_step, chase_level, event_count, event_hash)
    values (%(id)s, %(district)s, %(reference)s, 'consultation', 'ordinary', 'desk', '', '',
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


def key_of_handler(ids: dict[str, int], now: datetime) -> str:
    """A key by which the API records in the handler's name."""
    from bureaus.models import ApiScope, Officer, Place
    from bureaus.services.api_keys import issue_key

    officer = Officer.objects.get(pk=ids["officer"])
    key = issue_key(
        name="bench",
        scopes=(ApiScope.RECORD,),
        district=Place.objects.get(pk=ids["district"]),
        officer=officer,
        by=None,
        now=now,
        per_minute=10_000_000,
    )
    return key.token


def sending(key: str) -> Work:
    """The work of a client of the API, whose connection stays open."""

    def send(ids: dict[str, int], many: int, now: datetime) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        question = {
            "place": ids["holder"],
            "kind": "consultation",
            "channel": "desk",
            "question": "How long?",
        }
        body = json.dumps(question)
        for _ in range(many):
            connection.request(
                "POST",
                "/api/v1/inquiries",
                body,
                {
                    "Authorization": f"Bearer {key}",
                    "Content-Type": "application/json",
                    "Idempotency-Key": os.urandom(12).hex(),
                },
            )
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 201:
                sys.exit(f"{answer.status} {said.decode()[:300]}")
        connection.close()

    return send


def plain(role: str, schema: str = "public") -> Work:
    """The work of a client that writes the same rows in its scope by one statement, beside what the id needs."""

    def write(ids: dict[str, int], many: int, now: datetime) -> None:
        from django.db import connection

        from bureaus.models.scope import scope

        for _ in range(many):
            with (
                scope(role=role, places=[ids["holder"]], officer=ids["officer"]),
                connection.cursor() as cursor,
            ):
                cursor.execute(FRESH, ids)
                pk, reference = cursor.fetchone()
                given = {"id": int(pk), "reference": reference, "now": now, "due": now + timedelta(days=7)}
                cursor.execute(f"set local search_path = {schema}")
                cursor.execute(PLAIN, {**ids, **given})

    return write


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


def main(sizes: list[int]) -> int:
    """Prints the table; 1 when a goal with four clients is missed."""
    begin()
    from django.db import connection
    from django.utils import timezone

    from bureaus.models.scope import WEB

    now = timezone.now()
    print(
        f"{os.cpu_count()} cores; {MANY} recordings, one transaction each, a second; goals {HALF} and {GOAL}/s"
    )
    print(f"{'open':>10} {'clients':>8} {'service':>8} {'API':>6} {'plain SQL':>10} {'service':>8} ", end="")
    print(f"{'API':>6} {'as owner':>9} {'service':>8} {'bare SQL':>9} {'peak MB':>8}")
    missed, there = False, 0
    with database_server(), own_database():
        ids = seed(now)
        key = key_of_handler(ids, now)
        bare_copies(
            "inquiries_inquiry", "inquiries_sight", "inquiries_pen", "bureaus_notice", "inquiries_event"
        )
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        works = (record, sending(key), plain(WEB), plain("bida_owner"), plain("bida_owner", "bare"))
        with serving(Load(urlunsplit(url), 0, ids["district"], key)):
            for size in sizes:
                load(ids, size - there, now)
                there = size
                for clients in (1, CLIENTS):
                    rounds = [
                        [rate(work, ids, MANY, now, clients=clients) for work in works] for _ in range(ROUNDS)
                    ]
                    service, api, limit, past, on_bare = map(max, zip(*rounds, strict=True))
                    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                    print(
                        f"{size:>10} {clients:>8} {service:>8.0f} {api:>6.0f} {limit:>10.0f} "
                        f"{service / limit:>8.2f} {api / limit:>6.2f} {past:>9.0f} {service / past:>8.2f} "
                        f"{on_bare:>9.0f} {peak:>8.0f}"
                    )
                missed = missed or api < GOAL or service < HALF * limit
    return int(missed)


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [100_000, 1_000_000]))
