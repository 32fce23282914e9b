"""How fast Today is: the first page of a big place and of the smallest, among so many open inquiries.

    make bench            or    python -m bench.today [OPEN …]

Half of the inquiries lie at one place, one at the smallest, the rest spread over a hundred others. Prints the median
and the 95th percentile of the whole request in this process, middleware and templates included and no socket; the
statements of one request; and the median of a page of the same frame with an empty list. Uses a database of its own,
made and dropped.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta

from bench import begin, database_server
from bench.chase import load, own_database, seed

TIMES = 60
GOAL_MS = 20.0
GOAL_STATEMENTS = 10


def spread(ids: dict[str, int], now: datetime) -> tuple[list[int], dict[str, int]]:
    """A hundred places more and the smallest, each with its handler; gives the hundred, and the officers to ask as."""
    from bureaus.models import Officer, Place
    from bureaus.services.places import open_place
    from bureaus.services.posts import begin_tenure, open_post

    district, places = Place.objects.get(pk=ids["district"]), []
    for number in range(101):
        place = open_place(kind="bureau", name=f"Place {number}", parent=district, by=None, now=now)
        post = open_post(place=place, role="handler", title="handler", by=None, now=now)
        officer = Officer.objects.create_user(f"bench-{number}", name=str(number), district=district)
        begin_tenure(post=post, officer=officer, from_on=now.date() - timedelta(days=9), by=None, now=now)
        places.append(place.pk)
    load(ids | {"holder": places[-1]}, 1, now)
    return places[:-1], {"big": ids["officer"], "smallest": officer.pk}


def hold_the_pens() -> None:
    """Every inquiry that was loaded has its pen at its place."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            insert into inquiries_pen (id, inquiry_id, part, place_id, post_id, from_at)
            select gen_random_uuid(), id, 'handler', holder_id, post_id, recorded_at from inquiries_inquiry i
            where not exists (select from inquiries_pen p where p.inquiry_id = i.id)
            """
        )
        cursor.execute("vacuum analyze")


def timed(officer_id: int, path: str) -> tuple[float, float, int]:
    """Median and 95th percentile in milliseconds, and the statements of one request, transactions apart."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    client.force_login(
        get_user_model().objects.get(pk=officer_id), backend="django.contrib.auth.backends.ModelBackend"
    )
    for _ in range(5):
        if client.get(path).status_code != 200:
            sys.exit(f"{path} could not be read")
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(path)
        took.append((time.perf_counter() - began) * 1000)
    with CaptureQueriesContext(connection) as seen:
        client.get(path)
    words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    asked = sum(not query["sql"].startswith(words) for query in seen.captured_queries)
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.95)], asked


def main(sizes: list[int]) -> int:
    """Prints the table; 1 when the goal is missed."""
    begin()
    from django.utils import timezone

    now, missed, there = timezone.now(), False, 0
    print(f"{os.cpu_count()} cores; milliseconds of the whole request, the frame alone beside it")
    print(f"{'open':>10} {'place':>9} {'median':>7} {'95th':>7} {'statements':>11} {'frame':>7}")
    with database_server(), own_database():
        ids = seed(now)
        places, officers = spread(ids, now)
        for size in sizes:
            load(ids, size - there, now, others=places)
            hold_the_pens()
            there = size
            for place, officer_id in officers.items():
                median, worst, asked = timed(officer_id, "/")
                frame, _worst, _asked = timed(officer_id, "/notices/")
                print(
                    f"{size:>10} {place:>9} {median:>7.1f} {worst:>7.1f} {asked:>11} {frame:>7.1f}",
                    flush=True,
                )
                missed = missed or median > GOAL_MS or asked > GOAL_STATEMENTS
    return int(missed)


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [100_000, 1_000_000]))
