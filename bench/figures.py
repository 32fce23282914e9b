"""How fast a figure is read: five years of a city, as the web role reads them, whatever the number of inquiries.

    make bench            or    python -m bench.figures [INQUIRIES]

Prints milliseconds of each question (the median of twenty) beside counting the same from the rows, and how long the
totals took to count. Uses a database of its own, made and dropped.
"""

from __future__ import annotations

import math
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from bench import begin, database_server
from bench.chase import own_database, seed

MANY = 300_000
BUREAUS = 30
TIMES = 20

INQUIRIES = """
insert into inquiries_inquiry (district_id, reference, kind, urgency, channel, source, external_number, question,
    redacted, sealed, asked_at, recorded_at, recorded_by_id, recorded_place_id, imported, state, round, version,
    holder_id, topic_id, designated, returns, hops, asked_again, rule_id, ladder_id, calendar_version_id, due_on,
    due_at, original_due_at, due_provisional, extensions, lead_rides, next_chase_at, chase_number, chase_step,
    chase_level, event_count, event_hash, answered_at, outcome, at_once)
select %(district)s, 'F' || n, kind, 'ordinary', channel, '', '', 'How long does it take?', '', false, asked, asked,
    %(officer)s, place, false, case when done then 'answered' else 'assigned' end, 1, 1, place, topic, false, 0, 0, 0,
    %(rule)s, %(ladder)s, %(calendar)s, (asked + interval '7 days')::date, asked + interval '7 days',
    asked + interval '7 days', false, 0, false, case when not done then %(now)s::timestamptz end, 0, -1, '', 2, 'x',
    case when done then asked + took end, case when done then outcome end, case when done then false end
from (
    select n, asked, (%(places)s::bigint[])[1 + abs(hashint4(n)) %% array_length(%(places)s::bigint[], 1)] as place,
        (%(topics)s::bigint[])[1 + abs(hashint4(n * 7)) %% array_length(%(topics)s::bigint[], 1)] as topic,
        (array['consultation', 'suggestion', 'help', 'complaint'])[1 + abs(hashint4(n * 3)) %% 4] as kind,
        (array['desk', 'hotline', 'web', 'city_12345', 'letter'])[1 + abs(hashint4(n * 5)) %% 5] as channel,
        (array['solved', 'explained', 'partly', 'not_accepted'])[1 + abs(hashint4(n * 11)) %% 4] as outcome,
        took, asked + took < %(now)s as done
    from (
        -- Within eleven days of seven, but for one in two thousand, which is lost.
        select n, case when abs(hashint4(n * 17)) %% 2000 = 0 then interval '10 years'
                else abs(hashint4(n * 13)) %% 12 * interval '1 day' end as took,
            %(now)s - abs(hashint8(n)) %% (1825 * 86400::bigint) * interval '1 second' as asked
        from generate_series(1, %(many)s) n) a) b
"""
ANSWERS = """
insert into inquiries_answer (inquiry_id, round, outcome, text, basis, answered_at, place_id, at_once, entered_later,
    told_how, due_at, logged_at)
select id, 1, outcome, 'x', '', answered_at, holder_id, false, false, 'telephone', due_at, answered_at
from inquiries_inquiry where answered_at is not null
"""
EVENTS = """
insert into inquiries_event (id, district_id, inquiry_id, seq, code, at, by_id, place_id, codes, hash, kind, urgency,
    channel, topic_id, counted, timed, minutes)
select gen_random_uuid(), district_id, id, 1,
    'recorded', recorded_at, recorded_by_id, holder_id, '{}'::jsonb, ''::bytea,
    kind, urgency, channel, topic_id, 'recorded', 'recording', 0
from inquiries_inquiry
union all
select gen_random_uuid(), district_id, id, 2,
    'answered', answered_at, recorded_by_id, holder_id, '{}'::jsonb, ''::bytea,
    kind, urgency, channel, topic_id, concat_ws(' ', 'answered', 'answered_' || outcome, 'answered_owed',
    case when answered_at >= due_at then 'answered_late' end), 'answer',
    extract(epoch from answered_at - asked_at)::int / 180
from inquiries_inquiry where answered_at is not null
"""


def load(ids: dict[str, int], many: int, now: datetime) -> list[int]:
    """So many inquiries over five years in thirty bureaus, with answers and events; gives the bureaus."""
    from django.db import connection

    from bureaus.models import Place
    from bureaus.models.scope import ALL_DISTRICTS, scope
    from bureaus.services.places import open_place
    from inquiries.models import Topic
    from inquiries.services.loading.tables import bare_tables

    district = Place.objects.get(pk=ids["district"])
    places = [
        open_place(kind="bureau", name=f"Bureau {number}", parent=district, by=None, now=now).pk
        for number in range(BUREAUS)
    ]
    topics = [Topic.objects.create(district=district, name=f"Topic {number}").pk for number in range(40)]
    given: dict[str, Any] = {**ids, "places": places, "topics": topics, "now": now, "many": many}
    # As a bulk load does it: the totals are counted afterwards, and nobody searches here.
    owner = scope(role="bida_owner", district=ALL_DISTRICTS)
    with owner, bare_tables(lambda _line: None), connection.cursor() as cursor:
        for statement in (INQUIRIES, ANSWERS, EVENTS):
            cursor.execute(statement, given)
    return places


def milliseconds(read: Callable[[], object]) -> float:
    """The median of twenty, after three to warm up; infinite where it is a question for the worker."""
    from inquiries.figures import TooWide

    taken = []
    for _ in range(TIMES + 3):
        began = time.perf_counter()
        try:
            read()
        except TooWide:
            return math.inf
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken[3:])


def main(many: int) -> int:
    """Prints the table."""
    begin()
    from django.db import connection
    from django.utils import timezone

    from bureaus.models.scope import ALL_DISTRICTS, WEB, scope
    from bureaus.services.calendar import calendar_for
    from bureaus.workdays import local_date
    from inquiries.figures import FIGURES, Period, Query
    from inquiries.figures.chasing import ageing
    from inquiries.figures.times import read_times
    from inquiries.services.tallying import count_anew

    now = timezone.now()
    with database_server(), own_database():
        ids = seed(now)
        began = time.perf_counter()
        places = load(ids, many, now)
        loaded = time.perf_counter() - began
        began = time.perf_counter()
        with scope(role="bida_owner", district=ALL_DISTRICTS):
            count_anew()
        took = time.perf_counter() - began
        with connection.cursor() as cursor:
            cursor.execute("vacuum analyze")
            cursor.execute("select count(*), pg_total_relation_size('inquiries_tally') from inquiries_tally")
            rows, size = cursor.fetchone() or (0, 0)
            cursor.execute(
                "select count(*) from inquiries_inquiry where answered_at is null and due_at <= now()"
            )
            [overdue] = cursor.fetchone() or (0,)
        print(f"{os.cpu_count()} cores; {many} inquiries in {loaded:.0f} s, counted in {took:.0f} s")
        print(f"{rows} totals, {size // 2**20} MB; {overdue} overdue")
        today, calendar = local_date(now), calendar_for(ids["district"])
        year = Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
        edges = Period(today - timedelta(days=400), today - timedelta(days=33))
        mine = frozenset(places[:1])

        def ask(code: str, period: Period, **more: object) -> Callable[[], object]:
            query = Query(ids["district"], period, **more)  # type: ignore[arg-type]
            return lambda: FIGURES[code].read(query, now=now, calendar=calendar)

        asked: dict[str, Callable[[], object]] = {
            "one year, the district": ask("answered", year, basis="happened"),
            "400 days with edges, the district": ask("in_time", edges),
            "one year by bureau": ask("in_time", year, group_by=("bureau",)),
            "one year by kind and channel": ask("recorded", year, group_by=("kind", "channel")),
            "one year by bureau and kind": ask("recorded", year, group_by=("bureau", "kind")),
            "one year by bureau and topic": ask("recorded", year, group_by=("bureau", "topic")),
            "one year by month, one bureau": ask("answered", year, places=mine, interval="month"),
            "400 days, one bureau by topic": ask("recorded", edges, places=mine, group_by=("topic",)),
            "overdue now by bureau": ask("overdue_now", year, group_by=("bureau",)),
            "open now by bureau": ask("open_now", year, group_by=("bureau",)),
            "ageing": lambda: ageing(Query(ids["district"], year), now=now, calendar=calendar),
            "time to the answer, one year": lambda: read_times(
                "answer", Query(ids["district"], year), now=now
            ),
            "from the rows: one year by source": ask("recorded", year, group_by=("source",)),
        }
        with scope(role=WEB, places=[*places, ids["district"]], district=ids["district"]):
            print(f"{'ms':>8}  question, beside the period before and the year before")
            for name, read in asked.items():
                print(f"{milliseconds(read):>8.1f}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
