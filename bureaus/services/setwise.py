"""Many rows in one statement, without a query per row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db import connection, models
from psycopg import sql

from bureaus.models.written import Written

# Each column with its PostgreSQL type and its values, one per row.
Columns = Mapping[str, tuple[str, Sequence[Any]]]
# Each column with its PostgreSQL type and the one value that all rows have.
Same = Mapping[str, tuple[str, Any]]

_PLAIN = frozenset({"bigint", "int", "smallint", "bool"})


def array_literal(kind: str, values: Sequence[Any]) -> str:
    """The values as PostgreSQL writes an array of that type; None is null.

    The adapter's own lists cost six times as much, more than half of what a batch cost in Python. Numbers, booleans,
    instants, UUIDs and bytes need no escape; everything else is text, where a quote and a backslash do.
    """
    if kind in _PLAIN:
        parts = ["null" if value is None else str(value) for value in values]
    elif kind == "timestamptz":
        parts = ["null" if value is None else f'"{value.isoformat()}"' for value in values]
    elif kind == "bytea":
        parts = ["null" if value is None else f'"\\\\x{value.hex()}"' for value in values]
    else:
        parts = [
            "null" if value is None else '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
            for value in values
        ]
    return "{" + ",".join(parts) + "}"


@contextmanager
def pipelined() -> Iterator[None]:
    """Statements go out while the database still works on those before; how many rows one wrote is not known inside.

    The first that fails raises at the end, or at the next that reads, and those after it did nothing.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def _unnested(columns: Columns) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}::{}[]").format(sql.Placeholder(), sql.SQL(kind)) for kind, _values in columns.values()
    )


def _identifiers(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _told_once(columns: Columns, same: Same) -> tuple[Columns, Same]:
    """What every row has alike is sent once: most of a batch is, and a column of a thousand words costs both sides."""
    first = next(iter(columns))
    alike = {
        name: (kind, values[0])
        for name, (kind, values) in columns.items()
        if name != first and values.count(values[0]) == len(values)
    }
    return {name: column for name, column in columns.items() if name not in alike}, {**same, **alike}


def insert_rows(table: str, columns: Columns, *, same: Same | None = None, unless_there: bool = False) -> int:
    """The rows stand in `table`; gives how many are new. INSERT … SELECT, because COPY refuses row-level security.

    `unless_there`: what stands already is left alone. No conflict target is named, which would need the right to read.
    """
    columns, same = _told_once(columns, same or {})
    statement = sql.SQL("insert into {} ({}) select {} from unnest({}) as v({}){}").format(
        sql.Identifier(table),
        _identifiers([*columns, *same]),
        sql.SQL(", ").join(
            [
                *(sql.SQL("v.{}").format(sql.Identifier(name)) for name in columns),
                *(
                    sql.SQL("{}::{}").format(sql.Placeholder(), sql.SQL(kind))
                    for kind, _value in same.values()
                ),
            ]
        ),
        _unnested(columns),
        _identifiers(list(columns)),
        sql.SQL(" on conflict do nothing" if unless_there else ""),
    )
    return _execute(statement, [value for _kind, value in same.values()], columns)


def insert_together(rows: Sequence[models.Model]) -> None:
    """The rows stand, of whichever tables, all by one statement: for the few that one act writes beside each other.

    Rows of one table come next to each other, and each brings its key. None of them sees another, nor do triggers and
    policies. Raises NotPlainText, TooLong, NotAChoice for what people typed.
    """
    for row in rows:
        if isinstance(row, Written):
            row.check_written()
    parts: list[tuple[type[models.Model], tuple[str, ...], int]] = []
    values: list[Any] = []
    with connection.cursor() as cursor:
        for _name, same in groupby(rows, lambda row: row._meta.label):
            group = list(same)
            kind = type(group[0])
            # What none of them has is left out: null is what it becomes, and psycopg keeps no query of fifty values.
            held = [
                field
                for field in kind._meta.concrete_fields
                # Nor is the database given what it reckons by itself.
                if not field.generated and any(getattr(row, field.attname) is not None for row in group)
            ]
            parts.append((kind, tuple(str(field.column) for field in held), len(group)))
            values += [
                field.get_db_prep_save(getattr(row, field.attname), cursor.db)
                for row in group
                for field in held
            ]
        cursor.execute(_together(tuple(parts)), values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@lru_cache(maxsize=256)
def _together(parts: tuple[tuple[type[models.Model], tuple[str, ...], int], ...]) -> str:
    inserts = []
    for kind, columns, many in parts:
        row = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Placeholder, [""] * len(columns))))
        inserts.append(
            sql.SQL("insert into {} ({}) values {}").format(
                sql.Identifier(kind._meta.db_table), _identifiers(columns), sql.SQL(", ").join([row] * many)
            )
        )
    *first, last = inserts
    named = [
        sql.SQL("{} as ({})").format(sql.Identifier(f"part_{number}"), insert)
        for number, insert in enumerate(first)
    ]
    return (sql.SQL("with {} ").format(sql.SQL(", ").join(named)) + last if named else last).as_string()


def update_rows(table: str, columns: Columns) -> int:
    """Every row named by the column `id` has the other columns' values; gives how many."""
    columns, same = _told_once(columns, {})
    statement = sql.SQL("update {} as t set {} from unnest({}) as v({}) where t.id = v.id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(
            [
                *(
                    sql.SQL("{} = {}::{}").format(sql.Identifier(name), sql.Placeholder(), sql.SQL(kind))
                    for name, (kind, _value) in same.items()
                ),
                *(sql.SQL("{0} = v.{0}").format(sql.Identifier(name)) for name in columns if name != "id"),
            ]
        ),
        _unnested(columns),
        _identifiers(list(columns)),
    )
    return _execute(statement, [value for _kind, value in same.values()], columns)


def _execute(statement: sql.Composed, first: list[Any], columns: Columns) -> int:
    arrays = [array_literal(kind, values) for kind, values in columns.values()]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*first, *arrays])
        return int(cursor.rowcount)


def fresh_ids(table: str, count: int) -> list[int]:
    """So many ids of the table's sequence, before the rows are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, count]
        )
        return [row[0] for row in cursor.fetchall()]
