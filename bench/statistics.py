"""How fast the statistics are over the network: every sort of question, one client and eight, beside a no-op.

    make bench            or    python -m bench.statistics [INQUIRIES]

Prints milliseconds of the whole request, p50 and p99, at the server that `make run` starts; first those of an
authenticated request that does nothing; and beside each what counting the same by GROUP BY over the tables takes, in
SQL alone, as the owner. The loaded database is made once and kept, as bida_load_<INQUIRIES>.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from math import inf
from typing import Any

from bench import (
    CLIENTS,
    MANY,
    Refused,
    Server,
    ask,
    begin,
    clocked,
    database_server,
    loaded,
    machine,
    serving,
)

TIMES = 60
TIMES_OF_SLOW = 6
OVER_NOTHING_MS, OF_MEDIAN, SLOW_MS = 10.0, 4.0, 2000.0

COHORT = "from inquiries_inquiry where district_id = %(d)s and asked_at >= %(a)s and asked_at < %(b)s"
ACTS = "from inquiries_event where district_id = %(d)s and at >= %(a)s and at < %(b)s"
ANSWERED = "count(*) filter (where answered_at is not null), count(*) filter (where answered_at < due_at)"


def questions(today: date, bureau: int) -> dict[str, tuple[str, str | None, bool]]:
    """What is asked: path, the same by GROUP BY where that is one statement, and whether it crosses families."""
    year = f"from={today.year - 1}-01-01&to={today.year - 1}-12-31"
    edges = f"from={today - timedelta(days=400)}&to={today - timedelta(days=33)}"
    month = f"from={today - timedelta(days=40)}&to={today - timedelta(days=10)}"
    now = f"from={today}&to={today}"
    at = "/api/v1/statistics"
    return {
        "recorded in a year": (
            f"{at}/recorded?{year}",
            f"select count(*) {ACTS} and code = 'recorded'",
            False,
        ),
        "in time in a year": (f"{at}/in_time?{year}&basis=cohort", f"select {ANSWERED} {COHORT}", False),
        "in time by bureau": (
            f"{at}/in_time?{year}&basis=cohort&group_by=bureau",
            f"select holder_id, {ANSWERED} {COHORT} group by 1",
            False,
        ),
        "recorded by kind and channel": (
            f"{at}/recorded?{year}&group_by=kind&group_by=channel",
            f"select kind, channel, count(*) {ACTS} and code = 'recorded' group by 1, 2",
            False,
        ),
        "recorded by bureau and topic": (
            f"{at}/recorded?{year}&group_by=bureau&group_by=topic",
            f"select place_id, topic_id, count(*) {ACTS} and code = 'recorded' group by 1, 2",
            False,
        ),
        "answered by month, one bureau": (
            f"{at}/answered?{year}&interval=month&bureau={bureau}",
            f"select date_trunc('month', at), count(*) {ACTS} and code = 'answered' and place_id = {bureau} group by 1",
            False,
        ),
        "recorded by day, a month": (
            f"{at}/recorded?{month}&interval=day",
            f"select bida_day(at), count(*) {ACTS} and code = 'recorded' group by 1",
            False,
        ),
        "in time, 400 days with edges": (
            f"{at}/in_time?{edges}&basis=cohort",
            f"select {ANSWERED} {COHORT}",
            False,
        ),
        "overdue now by bureau": (
            f"{at}/overdue_now?{now}&group_by=bureau",
            "select holder_id, count(*) from inquiries_inquiry where district_id = %(d)s and answered_at is null "
            "and due_at <= now() group by 1",
            False,
        ),
        "open now by bureau": (
            f"{at}/open_now?{now}&group_by=bureau",
            "select holder_id, count(*) from inquiries_inquiry where district_id = %(d)s and answered_at is null "
            "group by 1",
            False,
        ),
        "time to the answer": (
            f"{at}/times/answer?{year}",
            "select percentile_cont(0.5) within group (order by minutes), percentile_cont(0.9) within group "
            f"(order by minutes), max(minutes) {ACTS} and timed like '%%answer%%'",
            False,
        ),
        "ageing": (f"{at}/ageing", None, False),
        "acknowledgements owed": (f"{at}/acknowledgements", None, False),
        "standings": (f"{at}/standings?{year}", None, False),
        "definitions": (f"{at}", None, False),
        "recorded by source": (
            f"{at}/recorded?{year}&group_by=source",
            "select i.source, count(*) from inquiries_event e join inquiries_inquiry i on i.id = e.inquiry_id where "
            "e.district_id = %(d)s and e.at >= %(a)s and e.at < %(b)s and e.code = 'recorded' group by 1",
            True,
        ),
        "recorded by topic and kind": (
            f"{at}/recorded?{year}&group_by=topic&group_by=kind",
            f"select topic_id, kind, count(*) {ACTS} and code = 'recorded' group by 1, 2",
            True,
        ),
        "time held": (f"{at}/held?{year}", None, True),
        "recording lag": (f"{at}/recording-lag?{year}", None, True),
        "signals of gaming": (f"{at}/signals/last_hour?{month}", None, True),
        "rising topics": (f"{at}/rising-topics?{month}", None, True),
        "rising words": (f"{at}/rising-words?{month}", None, True),
    }


def asked_of(server: Server, path: str, *, clients: int, times: int) -> tuple[float, float]:
    """p50 and p99; infinite where the server says after two seconds that it is a job for the worker."""
    try:
        return ask(server, path, clients=clients, times=times)
    except Refused as refused:
        if "too-wide" not in str(refused):
            raise
        return inf, inf


def by_statement(statement: str, given: dict[str, Any]) -> float:
    """Milliseconds of the statement, the median of three."""
    from django.db import connection

    with connection.cursor() as cursor:
        return clocked(lambda: cursor.execute(statement, given), 3)[0]


def main(many: int) -> int:
    """Prints the table; 1 when a goal is missed."""
    begin()
    from django.utils import timezone

    from bureaus.models import Place
    from bureaus.workdays import local_date, midnight

    with database_server(), loaded(many) as load:
        today = local_date(timezone.now())
        bureau = Place.objects.filter(kind="bureau", parent=load.district).values_list("pk", flat=True)[0]
        given: dict[str, object] = {
            "d": load.district,
            "a": midnight(date(today.year - 1, 1, 1)),
            "b": midnight(date(today.year, 1, 1)),
        }
        print(f"{machine()}; {many} inquiries; milliseconds of the whole request")
        print(f"{'':<32}{'1 client':>9}{'p99':>9}{f'{CLIENTS} clients':>11}{'p99':>9}{'GROUP BY':>10}  goal")
        missed = False
        with serving(load) as server:
            nothing, tail = ask(server, "/api/v1/statistics", clients=1, times=TIMES, method="OPTIONS")
            eight = ask(server, "/api/v1/statistics", clients=CLIENTS, times=TIMES, method="OPTIONS")
            print(f"{'nothing':<32}{nothing:>9.1f}{tail:>9.1f}{eight[0]:>11.1f}{eight[1]:>9.1f}", flush=True)
            for name, (path, statement, crosses) in questions(today, bureau).items():
                times = TIMES_OF_SLOW if crosses else TIMES
                one, eight = (
                    asked_of(server, path, clients=clients, times=max(times // (clients // 2 or 1), 2))
                    for clients in (1, CLIENTS)
                )
                by_rows = f"{by_statement(statement, given):.1f}" if statement else ""
                within = one[0] < nothing + OVER_NOTHING_MS and one[1] < OF_MEDIAN * one[0]
                good = one[0] < SLOW_MS if crosses else within
                by_worker = crosses and one[0] == inf
                missed = missed or not (good or by_worker)
                told = [f"{number:.1f}" if number < inf else "too long" for number in (*one, *eight)]
                print(
                    f"{name:<32}{told[0]:>9}{told[1]:>9}{told[2]:>11}{told[3]:>9}{by_rows:>10}  "
                    f"{'a job' if by_worker else 'met' if good else 'missed'}",
                    flush=True,
                )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
