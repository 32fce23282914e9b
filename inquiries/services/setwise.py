"""Many rows in one statement, without a query per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

# Each column with its PostgreSQL type and its values, one per row.
Columns = Mapping[str, tuple[str, Sequence[Any]]]


def _unnested(columns: Columns) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}::{}[]").format(sql.Placeholder(), sql.SQL(kind)) for kind, _values in columns.values()
    )


def _identifiers(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def insert_rows(table: str, columns: Columns, *, ignore_doubles: bool = False) -> int:
    """The rows stand in `table`; gives how many. INSERT … SELECT, because COPY refuses row-level security."""
    statement = sql.SQL("insert into {} ({}) select * from unnest({})").format(
        sql.Identifier(table), _identifiers(list(columns)), _unnested(columns)
    )
    if ignore_doubles:
        statement += sql.SQL(" on conflict do nothing")
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(values) for _kind, values in columns.values()])
        return int(cursor.rowcount)


def update_rows(table: str, columns: Columns) -> int:
    """Every row named by the column `id` has the other columns' values; gives how many."""
    names = [name for name in columns if name != "id"]
    statement = sql.SQL("update {} as t set {} from unnest({}) as v({}) where t.id = v.id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.SQL("{0} = v.{0}").format(sql.Identifier(name)) for name in names),
        _unnested(columns),
        _identifiers(list(columns)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(values) for _kind, values in columns.values()])
        return int(cursor.rowcount)


def fresh_ids(table: str, count: int) -> list[int]:
    """So many ids of the table's sequence, before the rows are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, count]
        )
        return [row[0] for row in cursor.fetchall()]
