"""How fast a question is recorded: one transaction each, as the desk does it.

    make bench            or    python -m bench.record [HOW_MANY]

Prints recordings per second beside plain SQL that writes the same rows on the same schema (as the owner, so past the
policies), one transaction each, in the same run. Uses a database of its own, made and dropped.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta

import django

from bench.chase import own_database, seed

MANY = 500

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
insert into inquiries_event (id, district_id, inquiry_id, seq, code, at, codes, hash)
select gen_random_uuid(), %(district)s, id, 1, 'recorded', %(now)s, '{}', 'x' from asked
"""


def record(ids: dict[str, int], many: int, now: datetime) -> float:
    """Seconds for so many recordings by the handler, each in the scope of a request."""
    from bureaus.access import scope_of
    from bureaus.models import Officer, Place, Post
    from bureaus.models.scope import WEB, scope
    from inquiries.services.recording import record_inquiry

    officer = Officer.objects.get(pk=ids["officer"])
    place, post = Place.objects.get(pk=ids["holder"]), Post.objects.get(pk=ids["post"])
    began = time.perf_counter()
    for _ in range(many):
        seen = scope_of(officer, now=now)
        with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
            record_inquiry(
                by=officer,
                now=now,
                place=place,
                post=post,
                kind="consultation",
                channel="desk",
                question="How long does it take?",
            )
    return time.perf_counter() - began


def plain(ids: dict[str, int], many: int, now: datetime) -> float:
    """Seconds for the same rows by one statement and one transaction each."""
    from django.db import connection, transaction

    began = time.perf_counter()
    for _ in range(many):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PLAIN, {**ids, "now": now, "due": now + timedelta(days=7)})
    return time.perf_counter() - began


def main(many: int) -> int:
    """Prints the table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.utils import timezone

    from config import embedded

    now = timezone.now()
    with embedded.for_command(), own_database():
        ids = seed(now)
        record(ids, 20, now)
        recorded, same = record(ids, many, now), plain(ids, many, now)
    print(f"{os.cpu_count()} cores; {many} recordings, one transaction and one client each")
    print(f"{'recorded/s':>11} {'plain SQL/s':>12} {'ratio':>6}")
    print(f"{many / recorded:>11.0f} {many / same:>12.0f} {same / recorded:>6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
