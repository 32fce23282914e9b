"""Rows as lines of COPY's text format, gathered for each table."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from types import NoneType
from typing import Any
from uuid import UUID

from inquiries.services.history import codes_of, instant_of

# A null in COPY's text format.
NULL = "\\N"
# An instant is written several times: of an act, of what it ended and began, of what that is due by.
instant_text = lru_cache(maxsize=1_000)(instant_of)


@lru_cache(maxsize=10_000)
def _codes_text(items: tuple[tuple[str, Any], ...]) -> str:
    return codes_of(dict(items))


def codes_text(codes: dict[str, Any]) -> str:
    """As `codes_of`. Ids count from the same number in every story, so that the same few codes come again and again."""
    return _codes_text(tuple(codes.items()))


# By the exact type: asked three hundred times for each inquiry.
_TEXT: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _nothing: NULL,
    bool: lambda yes: "t" if yes else "f",
    int: str,
    bytes: lambda content: "\\\\x" + content.hex(),
    datetime: instant_text,
    date: date.isoformat,
    UUID: str,
    dict: lambda codes: json.dumps(codes) if codes else "{}",
    list: lambda parts: json.dumps(parts) if parts else "[]",
}


class Writer:
    """Lines for each table. Texts hold no tab, line feed or backslash."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = defaultdict(list)

    def add(self, table: str, *values: Any) -> None:
        """One more row, its values in the order of the columns; a dict or list is JSON."""
        self.lines[table].append(
            "\t".join([value if type(value) is str else _TEXT[type(value)](value) for value in values])
        )

    def take(self) -> dict[str, bytes]:
        """All lines, for COPY."""
        return {table: ("\n".join(lines) + "\n").encode() for table, lines in self.lines.items()}
