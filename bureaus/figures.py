"""What waits for a reader, as the menu counts it: one statement, whatever the apps above add to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from bureaus.access import Holding
from bureaus.models.prepared import prepared
from bureaus.models.scope import Scope

# More than this are not counted.
MANY = 99


@dataclass(frozen=True)
class Reader:
    """Who looks at a page, for which posts, and when."""

    officer: int
    held: list[Holding]
    seen: Scope
    now: datetime


# The name of a count, the statement whose rows are counted, and its parameters.
Part = tuple[str, str, list[Any]]
_parts: list[Callable[[Reader], list[Part]]] = []


def wait_with(parts: Callable[[Reader], list[Part]]) -> None:
    """The app counts what waits for a reader in the statement that every page asks."""
    if parts not in _parts:
        _parts.append(parts)


def waiting_for(reader: Reader) -> dict[str, int]:
    """How much of each waits for the reader, counted to one more than MANY. One query."""
    asked: list[Part] = [
        (
            "notices",
            "select from bureaus_notice where recipient_id = %s and withdrawn_at is null and read_at is null",
            [reader.officer],
        ),
        *(part for parts in _parts for part in parts(reader)),
    ]
    # Constants put together; what varies are their parameters.
    counts = [
        f"(select count(*) from ({statement} limit {MANY + 1}) as counted)" for _n, statement, _p in asked
    ]
    # Each looks along an index at so many rows at most: the same plan is the best for everybody, and planning it under
    # row-level security takes longer than counting.
    with prepared(), connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(counts)}", [value for _n, _s, given in asked for value in given])
        row = cursor.fetchone()
    return {name: n for (name, _statement, _given), n in zip(asked, row, strict=True)}
