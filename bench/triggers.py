"""What triggers add to recording and answering: those that feed the figures, and those of search, sync and webhooks.

    make bench            or    python -m bench.triggers [HOW_MANY]

The same plain SQL, one transaction each, with no trigger of these, with those of the figures, and with all of them; by
one writer and by eight. Prints statements per second and what each step adds to the time of one statement, in parts of
the hundred; the best of ROUNDS, the three in turn. Keys, checks and the guards of the promises stand throughout. Uses
a database of its own, made and dropped.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

from bench import begin, database_server
from bench.chase import own_database, seed
from bench.record import PLAIN, Work, rate

MANY = 2_000
WRITERS = (1, 8)
ROUNDS = 3
GOAL = 30.0

FIGURES = (
    ("inquiries_inquiry", "tally_asked"),
    ("inquiries_inquiry", "tally_changed"),
    ("inquiries_event", "tally"),
)
OTHERS = (
    ("inquiries_inquiry", "keep_terms"),
    ("inquiries_inquiry", "note_change"),
    ("inquiries_inquiry", "note_change_again"),
    ("inquiries_answer", "keep_terms"),
    ("inquiries_event", "owe_deliveries"),
)

# Whose turn it is comes from a sequence, so that no writer waits for another one's row.
ANSWER = """
with turn as (
    select nextval('bench_turn') as id
), logged as (
    insert into inquiries_answer (inquiry_id, round, outcome, text, basis, answered_at, answered_by_id, place_id,
        post_id, at_once, entered_later, told_how, due_at, logged_at)
    select id, 1, 'explained', 'It takes five working days.', '', %(now)s, %(officer)s, %(holder)s, %(post)s, false,
        false, 'in_person', %(due)s, %(now)s from turn
), settled as (
    update inquiries_inquiry i set state = 'answered', answered_at = %(now)s, outcome = 'explained', at_once = false,
        next_chase_at = null, version = version + 1, event_count = 2, contacted_at = %(now)s, contacted_late = false
    from turn where i.id = turn.id
), down as (
    update inquiries_pen p set until_at = %(now)s, minutes = 90
    from turn where p.inquiry_id = turn.id and p.until_at is null
)
insert into inquiries_event (id, district_id, inquiry_id, seq, code, at, by_id, place_id, codes, hash, kind, urgency,
    channel, counted, timed, minutes)
select gen_random_uuid(), %(district)s, id, 2, 'answered', %(now)s, %(officer)s, %(holder)s, '{}', 'x', 'consultation',
    'ordinary', 'desk', 'answered answered_explained answered_after_none answered_owed first_contact', 'answer contact',
    90 from turn
"""


def written(statement: str) -> Work:
    """The work of one writer: so many of the statement, a transaction each."""

    def work(ids: dict[str, int], many: int, now: datetime) -> None:
        from django.db import connection, transaction

        for _ in range(many):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, {**ids, "now": now, "due": now + timedelta(days=7)})

    return work


def switch(triggers: tuple[tuple[str, str], ...], verb: str) -> None:
    """Enables or disables them."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table, trigger in triggers:
            cursor.execute(f"alter table {table} {verb} trigger {trigger}")


def first_unanswered() -> None:
    """The sequence of turns begins at the first inquiry that nobody has answered, all those after it being so too."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("create sequence if not exists bench_turn")
        cursor.execute(
            "select setval('bench_turn', min(id), false) from inquiries_inquiry where answered_at is null"
        )


def main(many: int) -> int:
    """Prints the table; 1 when the figures' triggers add more than the goal."""
    begin()
    from django.utils import timezone

    now, missed = timezone.now(), False
    print(
        f"{os.cpu_count()} cores; {many} statements, one transaction each; per second, and what it adds to one"
    )
    print(
        f"{'statement':>10} {'writers':>8} {'bare':>7} {'figures':>8} {'adds %':>7} {'all':>7} {'adds %':>7}"
    )
    with database_server(), own_database():
        ids = seed(now)
        for name, statement in (("recording", PLAIN), ("answering", ANSWER)):
            for writers in WRITERS:
                best = {"bare": 0.0, "figures": 0.0, "all": 0.0}
                for _round in range(ROUNDS):
                    switch(FIGURES + OTHERS, "disable")
                    for step, more in (("bare", ()), ("figures", FIGURES), ("all", OTHERS)):
                        switch(more, "enable")
                        if statement is ANSWER:
                            first_unanswered()
                        best[step] = max(
                            best[step], rate(written(statement), ids, many, now, clients=writers)
                        )
                adds = {step: (best["bare"] / best[step] - 1) * 100 for step in best}
                print(
                    f"{name:>10} {writers:>8} {best['bare']:>7.0f} {best['figures']:>8.0f} {adds['figures']:>7.0f}"
                    f" {best['all']:>7.0f} {adds['all']:>7.0f}",
                    flush=True,
                )
                missed = missed or adds["figures"] > GOAL
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
