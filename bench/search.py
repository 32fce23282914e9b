"""How fast a word is found: the side table of terms beside pg_trgm and ILIKE, with plans made anew and prepared.

    make bench            or    python -m bench.search [INQUIRIES]

Terms are kept of questions and answers; the other two look into the question alone. Prints milliseconds, p50 and p99,
of counting and of the first page of fifty, newest first, as the web role sees the district; and of the whole request at
the server. On a copy of the loaded database, where pg_trgm has its index.
"""

from __future__ import annotations

import sys
from urllib.parse import quote

import psycopg

from bench import MANY, ask, begin, clocked, database_server, loaded, machine, serving

TIMES = 8
GOAL_MS = 25.0
# Words that a load holds: one of every other question's streets, one topic's, and one that nobody said.
WORDS = ("小区", "电梯", "彩票")

BY_TERMS = "i.id in (select t.inquiry_id from inquiries_terms t where t.terms @> bida_terms(%(word)s))"
BY_QUESTION = "i.question ilike '%%' || %(word)s || '%%'"
WAYS = {
    "terms": BY_TERMS,
    "pg_trgm, question alone": BY_QUESTION,
    "ILIKE, question alone": BY_QUESTION,
}
COUNT = "select count(*) from inquiries_inquiry i where i.district_id = %(district)s and {how}"
PAGE = """select i.id, i.reference from inquiries_inquiry i where i.district_id = %(district)s and {how}
    order by i.recorded_at desc, i.id desc limit 50"""


def main(many: int) -> int:
    """Prints the table; 1 when the first page by terms takes longer than the goal."""
    begin()
    from django.db import connection

    from bureaus.models.scope import WEB, scope

    missed = False
    with database_server(), loaded(many, copied=True) as load:
        print(f"{machine()}; {many} inquiries; milliseconds as the web role, p50 / p99")
        print(f"{'':<6}{'':<30}{'count':>18}{'prepared':>18}{'page':>18}{'prepared':>18}")
        for way, how in WAYS.items():
            with connection.cursor() as cursor:
                if way.startswith("pg_trgm"):
                    cursor.execute("create extension if not exists pg_trgm")
                    cursor.execute(
                        "create index by_trgm on inquiries_inquiry using gin (question gin_trgm_ops)"
                    )
                    cursor.execute("analyze inquiries_inquiry")
                else:
                    cursor.execute("drop index if exists by_trgm")
            for word in WORDS:
                given = {"district": load.district, "word": word}
                cells = []
                for statement in (COUNT, PAGE):
                    for mode in ("force_custom_plan", "force_generic_plan"):
                        with scope(role=WEB, district=load.district):
                            # Django's own cursors put the values into the text, which is never prepared.
                            bare = psycopg.Cursor(connection.connection)
                            bare.execute(f"set local plan_cache_mode = {mode}".encode())
                            query = statement.format(how=how).encode()
                            p50, p99 = clocked(lambda: bare.execute(query, given, prepare=True), TIMES)  # noqa: B023
                        cells.append(f"{p50:.1f} / {p99:.1f}")
                print(f"{word:<4}{way:<30}{''.join(f'{cell:>18}' for cell in cells)}", flush=True)
        with serving(load) as server:
            for word in WORDS:
                p50, p99 = ask(server, f"/api/v1/inquiries?q={quote(word)}", clients=1, times=TIMES)
                missed = missed or p50 > GOAL_MS
                print(f"{word:<4}{'GET /api/v1/inquiries?q=':<30}{f'{p50:.1f} / {p99:.1f}':>54}", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY))
