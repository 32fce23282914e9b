"""Short statements that are asked all day: planned once, and those of every request read without a queryset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from django.db.backends.postgresql.base import ServerBindingCursor


class _Cursor(ServerBindingCursor):
    def _send_query_prepared(self, name: bytes, pgq: Any, **given: Any) -> None:
        # Where Django's log of statements looks for the text.
        self._query = pgq
        super()._send_query_prepared(name, pgq, **given)  # type: ignore[misc]  # the stubs end above psycopg


@contextmanager
def prepared() -> Iterator[None]:
    """Statements inside are planned once for each connection, and no longer each time they are asked.

    For those that write single rows, find them by key or count a few along an index: planning them takes several times
    as long as running them, and more so under row-level security. Not for lists, search and figures, whose best plan
    depends on the values.
    """
    connection.ensure_connection()
    opened = connection.connection
    before, opened.cursor_factory = opened.cursor_factory, _Cursor
    try:
        yield
    finally:
        opened.cursor_factory = before


def columns(table: str, model: type[models.Model]) -> str:
    """What a SELECT names of a table, for `rows_of`. Each by name: a column that is added later changes no plan.

    Raises TypeError for a model with a column that is not read as it is stored.
    """
    fields = model._meta.concrete_fields
    if any(hasattr(field, "from_db_value") for field in fields):
        raise TypeError(f"{model.__name__} is read by its queryset")
    return ", ".join(f'{table}."{field.column}"' for field in fields)


def rows_of(kinds: Sequence[type[models.Model]], values: Sequence[Any]) -> list[Any]:
    """The rows whose `columns` lie beside each other in one row of a join; None where an outer join found none."""
    found, at = [], 0
    for kind in kinds:
        fields = [field.attname for field in kind._meta.concrete_fields]
        row = kind.from_db(connection.alias, fields, values[at : at + len(fields)])
        found.append(None if row.pk is None else row)
        at += len(fields)
    return found
