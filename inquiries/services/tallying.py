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


_COLUMNS = ", ".join(MEASURES)
# Wide first, at full width, and only then once for each family: what waits is many words about few keys.
_MOVE = f"""
with gone as ({_taken("inquiries_tallydelta")}),
wide as (
    select family, grain, district_id, {_KEYS}, day,
        {", ".join(f"sum(n) filter (where measure = '{measure}') as {measure}" for measure in MEASURES)}
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


_RECOUNT = f"""
    select null as family, null as grain, district_id, {_KEYS}, bida_day(at) as day, measure, count(*) as n
    from inquiries_cohort, unnest(counted) as measure
    group by district_id, {_KEYS}, bida_day(at), measure
    union all
    select null, null, district_id, {_KEYS}, bida_day(at), measure, count(*)
    from inquiries_happened, unnest(counted) as measure
    group by district_id, {_KEYS}, bida_day(at), measure
"""
_STORED = ", ".join(f"('{measure}', {measure})" for measure in MEASURES)
# Totals and what waits, less what the rows themselves say: nothing, where all is well.
_DIFFERENCES = f"""
with recount as ({_RECOUNT})
select family, grain, district_id, {_KEYS}, day, measure, sum(n)::int as surplus from (
    select family, grain, district_id, {_KEYS}, day, stored.measure, stored.n
    from inquiries_tally, lateral (values {_STORED}) as stored (measure, n) where stored.n <> 0
    union all {_spread("inquiries_tallydelta", FAMILIES, list(KEYS), "d.measure, d.n")}
    union all {_spread("recount", FAMILIES, list(KEYS), "d.measure, -d.n")}
) compared
group by family, grain, district_id, {_KEYS}, day, measure having sum(n) <> 0
"""
_TIME_RECOUNT = f"""
    select null as family, null as grain, district_id, {_TIME_KEYS}, bida_day(at) as day, word as timed,
        bida_bucket(minutes) as bucket, count(*) as n, max(minutes) as longest
    from inquiries_happened, unnest(timed) as word where minutes is not null
    group by district_id, {_TIME_KEYS}, bida_day(at), word, bida_bucket(minutes)
"""
_TIME_DIFFERENCES = f"""
with recount as ({_TIME_RECOUNT})
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
    union all {
    _spread(
        "recount",
        TIME_FAMILIES,
        ["place_id", "kind"],
        "d.timed, d.bucket, -d.n, d.longest, false",
    )
}
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
    """Every total that differs from a full recount, each sort under one snapshot. Reads everything."""
    for statement, keys in ((_DIFFERENCES, 1 + len(KEYS)), (_TIME_DIFFERENCES, 3)):
        with connection.cursor() as cursor:
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


# Families that are counted from the rows themselves; every other is added up from one of these.
_FINEST = ("place_kind_channel", "place_topic", "place_officer")


def count_anew() -> int:
    """All totals are counted from the rows, as after a bulk load that bypassed the triggers; writers wait meanwhile.

    Runs as the owner of the tables, in one transaction; gives how many totals there are. 1. No writer is under way.
    2. What each row counts for is read once; few combinations of measures occur, so each is taken apart once. 3. The
    finest families are counted by day. 4. The others are added up from them, months from days.
    """
    columns = ", ".join(f"sum({measure}) as {measure}" for measure in MEASURES)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("lock table inquiries_inquiry, inquiries_event in share mode")
        cursor.execute(
            "truncate inquiries_tally, inquiries_tallydelta, inquiries_timetally, inquiries_timedelta"
        )
        # Built once at the end they cost a tenth of what they cost row by row.
        indexes = _drop_indexes(cursor)
        cursor.execute("set local work_mem = '256MB'")
        cursor.execute(f"create temp table counted_row on commit drop as {_COUNTED_ROWS}")
        cursor.execute(f"""
            create temp table counted_measure on commit drop as
            select counted, {", ".join(f"'{m}' = any (counted) as {m}" for m in MEASURES)}
            from (select distinct counted from counted_row) combination
        """)
        cursor.execute("analyze counted_row, counted_measure")
        for family in _FINEST:
            cursor.execute(_counted_by_day(family))
        cursor.execute("drop table counted_row, counted_measure")
        made = {family: FAMILIES[family] for family in _FINEST}
        for family in sorted(set(FAMILIES) - set(made), key=lambda family: -len(FAMILIES[family])):
            kept = FAMILIES[family]
            source = min(
                (other for other in made if set(kept) <= set(made[other]) and other != "place_officer"),
                key=lambda other: len(made[other]),
            )
            keys = "".join(f", {key}" for key in kept)
            cursor.execute(f"""
                insert into inquiries_tally (family, grain, district_id{keys}, day, {_COLUMNS})
                select '{family}', 'day', district_id{keys}, day, {columns}
                from inquiries_tally where family = '{source}' and grain = 'day' group by district_id{keys}, day
            """)
            made[family] = kept
        cursor.execute(f"""
            insert into inquiries_tally (family, grain, district_id, {_KEYS}, day, {_COLUMNS})
            select family, 'month', district_id, {_KEYS}, date_trunc('month', day)::date, {columns}
            from inquiries_tally where grain = 'day'
            group by family, district_id, {_KEYS}, date_trunc('month', day)
        """)
        _count_times_anew(cursor)
        for made_index in indexes:
            cursor.execute(made_index)
        cursor.execute("select count(*) from inquiries_tally")
        [totals] = cursor.fetchone() or (0,)
    return int(totals)


_COUNTED_ROWS = " union all ".join(
    f"select district_id, {_KEYS}, bida_day(at) as day, counted from inquiries_{basis}"
    for basis in ("cohort", "happened")
)


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


def _count_times_anew(cursor: CursorWrapper) -> None:
    """Times by day and finest family from the rows; the other families from that, months from days."""
    columns = f"district_id, {_TIME_KEYS}, day, timed, bucket"
    cursor.execute(f"""
        insert into inquiries_timetally (family, grain, {columns}, n, longest)
        select 'place_kind', 'day', {columns}, n, longest from ({_TIME_RECOUNT}) recount
    """)
    for family, kept in TIME_FAMILIES.items():
        if family == "place_kind":
            continue
        keys = ", ".join(["district_id", *kept, "day", "timed", "bucket"])
        cursor.execute(f"""
            insert into inquiries_timetally (family, grain, {keys}, n, longest)
            select '{family}', 'day', {keys}, sum(n), max(longest)
            from inquiries_timetally where family = 'place_kind' and grain = 'day' group by {keys}
        """)
    cursor.execute(f"""
        insert into inquiries_timetally (family, grain, {columns}, n, longest)
        select family, 'month', district_id, {_TIME_KEYS}, date_trunc('month', day)::date, timed, bucket, sum(n),
            max(longest)
        from inquiries_timetally where grain = 'day'
        group by family, district_id, {_TIME_KEYS}, date_trunc('month', day), timed, bucket
    """)


def _counted_by_day(family: str) -> str:
    keys = ", ".join(FAMILIES[family])
    officers = "where officer_id is not null" if "officer_id" in FAMILIES[family] else ""
    counted = ", ".join(f"nullif(count(*) filter (where {m}), 0)" for m in MEASURES)
    return f"""
        insert into inquiries_tally (family, grain, district_id, {keys}, day, {_COLUMNS})
        select '{family}', 'day', district_id, {keys}, day, {counted}
        from counted_row join counted_measure using (counted) {officers} group by district_id, {keys}, day
    """
