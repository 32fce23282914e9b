"""What was counted moves into the totals, is counted again from the rows, and is put right, while writers go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from inquiries.models.tally import FAMILIES, GRAINS, KEYS, MEASURES, TIME_FAMILIES

BATCH = 20_000
# Advisory locks: one mover, one corrector. A second has nothing to do.
_MOVING, _CORRECTING = 7_310_001, 7_310_002

_KEYS = ", ".join(KEYS)
_TIME_KEYS = "place_id, kind"


def _families(families: dict[str, tuple[str, ...]], keys: list[str]) -> str:
    rows = ", ".join(
        f"('{family}', {', '.join(str(key in kept) for key in keys)})" for family, kept in families.items()
    )
    return f"(values {rows}) as f (family, {', '.join(f'keeps_{key}' for key in keys)})"


def _spread(source: str, families: dict[str, tuple[str, ...]], keys: list[str], more: str) -> str:
    """Rows at full width, each once for every family and grain it belongs to."""
    kept = ", ".join(f"case when f.keeps_{key} then d.{key} end as {key}" for key in keys)
    grains = ", ".join(f"('{grain}')" for grain in GRAINS)
    officers = "and (d.officer_id is not null or not f.keeps_officer_id)" if "officer_id" in keys else ""
    return f"""
        select f.family, g.grain, d.district_id, {kept}, date_trunc(g.grain, d.day)::date as day, {more}
        from {source} d
        join {_families(families, keys)} on (d.family is null or d.family = f.family) {officers}
        join (values {grains}) as g (grain) on (d.grain is null or d.grain = g.grain)
    """


def _taken(table: str) -> str:
    return f"""
        delete from {table} where id in (
            select id from {table} order by id limit %(limit)s for update skip locked) returning *
    """


# Sums are made of int alone: those of bigint are numeric, and take a hundred times the memory.
_COLUMNS = ", ".join(MEASURES)
# Wide first, at full width, and only then once for each family: what waits is many words about few keys.
_MOVE = f"""
with gone as ({_taken("inquiries_tallydelta")}),
wide as (
    select family, grain, district_id, {_KEYS}, day,
        {", ".join(f"sum(n) filter (where measure = '{measure}')::int as {measure}" for measure in MEASURES)}
    from gone group by family, grain, district_id, {_KEYS}, day
),
moved as (
    insert into inquiries_tally as t (family, grain, district_id, {_KEYS}, day, {_COLUMNS})
    select family, grain, district_id, {_KEYS}, day, {", ".join(f"sum({measure})" for measure in MEASURES)}
    from ({_spread("wide", FAMILIES, list(KEYS), ", ".join(f"d.{measure}" for measure in MEASURES))}) spread
    group by family, grain, district_id, {_KEYS}, day
    on conflict (district_id, family, grain, place_id, day, kind, urgency, channel, topic_id, officer_id)
    do update set {", ".join(f"{m} = nullif(coalesce(t.{m}, 0) + coalesce(excluded.{m}, 0), 0)" for m in MEASURES)}
)
select count(*) from gone
"""
_MOVE_TIMES = f"""
with gone as ({_taken("inquiries_timedelta")}),
moved as (
    insert into inquiries_timetally as t (family, grain, district_id, {
    _TIME_KEYS
}, day, timed, bucket, n, longest)
    select family, grain, district_id, {_TIME_KEYS}, day, timed, bucket, sum(n), max(longest)
    from ({_spread("gone", TIME_FAMILIES, ["place_id", "kind"], "d.timed, d.bucket, d.n, d.longest")}) spread
    group by family, grain, district_id, {_TIME_KEYS}, day, timed, bucket
    on conflict (district_id, family, grain, timed, place_id, day, kind, bucket)
    do update set n = t.n + excluded.n, longest = greatest(t.longest, excluded.longest)
)
select count(*) from gone
"""


def move_tallies(*, limit: int = BATCH) -> int:
    """Up to `limit` counts of each sort are in the totals and wait no more; gives how many were moved.

    One transaction, so that whoever reads totals and what waits in one statement always reads the whole. Where
    another does it already, nothing is done.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_MOVING])
        if not (cursor.fetchone() or (False,))[0]:
            return 0
        moved = 0
        for statement in (_MOVE, _MOVE_TIMES):
            cursor.execute(statement, {"limit": limit})
            moved += (cursor.fetchone() or (0,))[0]
    return moved


# Before what reads everything: its sums fit into memory, and compiling it would take longer than it does.
_AT_LENGTH = "set local work_mem = '256MB'; set local jit = off"
# Families that are counted from the rows themselves; every other is added up from one of these.
_FINEST = ("place_kind_channel", "place_topic", "place_officer")


def _counted() -> dict[str, str]:
    """The tables by day, by their names, each made of those before it.

    1. What each row counts for is read once, and rows alike are counted as one; few combinations of measures occur, so
    each is taken apart once. 2. The finest families are counted by day. 3. The others are added up from them.
    """
    counted = ", ".join(f"sum(n) filter (where {m})::int as {m}" for m in MEASURES)
    rows = " union all ".join(
        f"""select district_id, {_KEYS}, bida_day(at) as day, counted, count(*)::int as n
            from inquiries_{basis} group by district_id, {_KEYS}, day, counted"""
        for basis in ("cohort", "happened")
    )
    tables = {
        "counted_row": rows,
        "counted_measure": f"""
            select counted, {", ".join(f"'{m}' = any (counted) as {m}" for m in MEASURES)}
            from (select distinct counted from counted_row) combination""",
    }
    made: dict[str, tuple[str, ...]] = {}
    for family, kept in sorted(FAMILIES.items(), key=lambda each: (each[0] not in _FINEST, -len(each[1]))):
        source, sums = "counted_row join counted_measure using (counted)", counted
        if "officer_id" in kept:
            source += " where officer_id is not null"
        elif family not in _FINEST:
            finer = [other for other in made if {*kept} <= {*made[other]} and "officer_id" not in made[other]]
            source, sums = f"day_{min(finer, key=lambda other: len(made[other]))}", _ADDED
        keys = "".join(f", {key}" for key in kept)
        tables[f"day_{family}"] = (
            f"select district_id{keys}, day, {sums} from {source} group by district_id{keys}, day"
        )
        made[family] = kept
    return tables


_TIMES_ADDED = "sum(n)::int as n, max(longest) as longest"


def _timed() -> dict[str, str]:
    """Likewise of times: by day and finest family from the rows, the others from that.

    Rows alike first: the planner takes each for ten words, and would sort what it can hash.
    """
    tables = {
        "day_place_kind": f"""
            select district_id, place_id, kind, day, word as timed, bucket, {_TIMES_ADDED}
            from (
                select district_id, place_id, kind, bida_day(at) as day, timed, bida_bucket(minutes) as bucket,
                    count(*)::int as n, max(minutes) as longest
                from inquiries_happened where minutes is not null group by 1, 2, 3, 4, 5, 6) alike,
                unnest(timed) as word
            group by 1, 2, 3, 4, 5, 6"""
    }
    for family, kept in TIME_FAMILIES.items():
        if family != "place_kind":
            keys = ", ".join(["district_id", *kept, "day", "timed", "bucket"])
            tables[f"day_{family}"] = f"select {keys}, {_TIMES_ADDED} from day_place_kind group by {keys}"
    return tables


def _totals(
    tables: dict[str, str], families: dict[str, tuple[str, ...]], keys: dict[str, str], sums: str, added: str,
    of: str = "",
) -> str:  # fmt: skip
    """The tables of a statement, the last of which, `recounted`, holds every total as the rows have it.

    `of` are further columns that are no sums.
    """
    days = " union all ".join(
        f"select '{family}' as family, district_id, "
        + "".join(f"{key}, " if key in kept else f"null::{kind} as {key}, " for key, kind in keys.items())
        + f"day, {of}{sums} from day_{family}"
        for family, kept in families.items()
    )
    every = f"district_id, {', '.join(keys)}"
    return ", ".join(
        [
            *(f"{name} as materialized ({query})" for name, query in tables.items()),
            f"by_day as materialized ({days})",
            f"""recounted as (
            select family, 'day' as grain, {every}, day, {of}{sums} from by_day
            union all
            select family, 'month', {every}, date_trunc('month', day)::date, {of}{added} from by_day
            group by family, {every}, {of}date_trunc('month', day))""",
        ]
    )


_ADDED = ", ".join(f"sum({m})::int as {m}" for m in MEASURES)
_TIME_OF = "timed, bucket, "
_COUNTED, _TIMED = _counted(), _timed()
_RECOUNT = _totals(_COUNTED, FAMILIES, KEYS, _COLUMNS, _ADDED)
_TIME_RECOUNT = _totals(
    _TIMED,
    TIME_FAMILIES,
    {key: KEYS[key] for key in ("place_id", "kind")},
    "n, longest",
    _TIMES_ADDED,
    _TIME_OF,
)
# Where all is well the totals and what waits, less the recount, are nothing.
_DIFFERENCES = f"""
with {_RECOUNT},
waiting as (
    select family, grain, district_id, {_KEYS}, day,
        {", ".join(f"sum(n) filter (where measure = '{measure}')::int as {measure}" for measure in MEASURES)}
    from inquiries_tallydelta group by family, grain, district_id, {_KEYS}, day
),
wrong as (
    select family, grain, district_id, {_KEYS}, day, {", ".join(f"sum({m}) as {m}" for m in MEASURES)} from (
        select family, grain, district_id, {_KEYS}, day, {_COLUMNS} from inquiries_tally
        union all {_spread("waiting", FAMILIES, list(KEYS), ", ".join(f"d.{measure}" for measure in MEASURES))}
        union all select family, grain, district_id, {_KEYS}, day, {", ".join(f"-{m}" for m in MEASURES)}
            from recounted
    ) compared
    group by family, grain, district_id, {_KEYS}, day having {" or ".join(f"sum({m}) <> 0" for m in MEASURES)}
)
select family, grain, district_id, {_KEYS}, day, one.measure, one.surplus::int
from wrong, lateral (values {", ".join(f"('{measure}', {measure})" for measure in MEASURES)}) as one (measure, surplus)
where one.surplus <> 0
"""
_TIME_DIFFERENCES = f"""
with {_TIME_RECOUNT}
select family, grain, district_id, {_TIME_KEYS}, day, timed, bucket, sum(n)::int as surplus,
    max(longest) filter (where not kept) as longest
from (
    select family, grain, district_id, {_TIME_KEYS}, day, timed, bucket, n, longest, true as kept
    from inquiries_timetally
    union all {
    _spread(
        "inquiries_timedelta",
        TIME_FAMILIES,
        ["place_id", "kind"],
        "d.timed, d.bucket, d.n, d.longest, true",
    )
}
    union all select family, grain, district_id, {_TIME_KEYS}, day, timed, bucket, -n, longest, false
        from recounted
) compared
group by family, grain, district_id, {_TIME_KEYS}, day, timed, bucket
having sum(n) <> 0 or max(longest) filter (where kept) <> max(longest) filter (where not kept)
"""


@dataclass(frozen=True)
class Difference:
    """One total that is not what the rows say: by `surplus` too much, or too little."""

    family: str
    grain: str
    keys: str
    day: str
    measure: str
    surplus: int

    def __str__(self) -> str:
        return f"{self.family}/{self.grain} {self.keys} {self.day} {self.measure}: {self.surplus:+d}"


def verify_tallies() -> Iterator[Difference]:
    """Every total that differs from a full recount, as the transaction around it sees both. Reads everything."""
    for statement, keys in ((_DIFFERENCES, 1 + len(KEYS)), (_TIME_DIFFERENCES, 3)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_AT_LENGTH)
            cursor.execute(statement)
            for family, grain, *rest in cursor.fetchall():
                key, (day, *measure, surplus) = rest[:keys], rest[keys : keys + 3 + (keys == 3)]
                yield Difference(
                    family,
                    grain,
                    " ".join("-" if part is None else str(part) for part in key),
                    str(day),
                    " ".join(str(part) for part in measure),
                    surplus,
                )


def rebuild_tallies() -> int:
    """Every difference is put right by a correction that joins what waits; writers go on. Gives how many there were.

    One statement sees totals, what waits and the rows at one instant, so what is written meanwhile is in both or none.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_CORRECTING])
        cursor.execute(_AT_LENGTH)
        cursor.execute(f"""
            insert into inquiries_tallydelta (family, grain, district_id, {_KEYS}, day, measure, n)
            select family, grain, district_id, {_KEYS}, day, measure, -surplus from ({_DIFFERENCES}) wrong
        """)  # made of this module's own words
        corrected = cursor.rowcount
        cursor.execute(f"""
            insert into inquiries_timedelta
                (family, grain, district_id, {_TIME_KEYS}, day, timed, bucket, n, longest)
            select family, grain, district_id, {_TIME_KEYS}, day, timed, bucket, -surplus, coalesce(longest, 0)
            from ({_TIME_DIFFERENCES}) wrong
        """)
        return int(corrected + cursor.rowcount)


def count_anew() -> int:
    """All totals are counted from the rows, as after a bulk load that bypassed the triggers; writers wait meanwhile.

    Runs as the owner of the tables, in one transaction; gives how many totals there are.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("lock table inquiries_inquiry, inquiries_event in share mode")
        cursor.execute(
            "truncate inquiries_tally, inquiries_tallydelta, inquiries_timetally, inquiries_timedelta"
        )
        # Built once at the end they cost a tenth of what they cost row by row.
        indexes = _drop_indexes(cursor)
        cursor.execute(_AT_LENGTH)
        _fill(cursor, "inquiries_tally", _COUNTED, FAMILIES, _COLUMNS, _ADDED)
        _fill(cursor, "inquiries_timetally", _TIMED, TIME_FAMILIES, "n, longest", _TIMES_ADDED, of=_TIME_OF)
        for made_index in indexes:
            cursor.execute(made_index)
        cursor.execute("select count(*) from inquiries_tally")
        [totals] = cursor.fetchone() or (0,)
    return int(totals)


def _fill(
    cursor: CursorWrapper, totals: str, tables: dict[str, str], families: dict[str, tuple[str, ...]], sums: str,
    added: str, *, of: str = "",
) -> None:  # fmt: skip
    """Every total of the families, from tables by day that are put down once each: a row of all measures is wide, and
    as one statement over all families each would be put down four times."""
    for name, query in tables.items():
        cursor.execute(f"create temp table {name} on commit drop as {query}")
    for family, kept in families.items():
        keys = "".join(f"{key}, " for key in kept)
        # In the order in which they are read, which then costs few pages.
        order = f"district_id, {of}{'place_id, ' if 'place_id' in kept else ''}day"
        into = f"insert into {totals} (family, grain, district_id, {keys}{of}day, {sums})"
        cursor.execute(
            f"{into} select '{family}', 'day', district_id, {keys}{of}day, {sums} from day_{family} order by {order}"
        )
        cursor.execute(
            f"""{into} select '{family}', 'month', district_id, {keys}{of}month as day, {added} from (
                select *, date_trunc('month', day)::date as month from day_{family}) by_day
            group by district_id, {keys}{of}month order by {order}"""
        )
    cursor.execute(f"drop table {', '.join(tables)}")


def _drop_indexes(cursor: CursorWrapper) -> list[str]:
    """The totals have no index; gives the statements that make them again."""
    cursor.execute("""
        select indexname, indexdef from pg_indexes
        where schemaname = 'public' and tablename in ('inquiries_tally', 'inquiries_timetally')
    """)
    found = cursor.fetchall()
    for name, _made in found:
        cursor.execute(f"drop index {name}")
    return [made for _name, made in found]
