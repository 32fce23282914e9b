"""Pages by key: each begins after the last row of the one before, by a cursor that only its reader can use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core import signing

from bureaus.api.problems import BadCursor

# Parameters that say where and how much, not what.
_WHERE = ("cursor", "limit")


def filter_of(listing: str, asked: Mapping[str, Any], reader: str) -> str:
    """What a cursor is bound to: the list, its filters and the reader."""
    what = {name: asked[name] for name in sorted(asked) if name not in _WHERE}
    return f"{listing}|{reader}|{json.dumps(what, default=str, ensure_ascii=False)}"


def cursor_after(values: list[Any], bound_to: str) -> str:
    """The cursor that goes on after the row of these values."""
    return signing.dumps(values, salt=bound_to)


def read_cursor(cursor: str, bound_to: str, length: int) -> list[Any]:
    """The values of a cursor. Raises BadCursor for one of another list, filter or reader."""
    try:
        values = signing.loads(cursor, salt=bound_to)
    except (signing.BadSignature, ValueError) as wrong:
        raise BadCursor from wrong
    if not isinstance(values, list) or len(values) != length:
        raise BadCursor
    return values
