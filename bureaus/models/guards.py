"""Triggers that several tables declare."""

from __future__ import annotations

import pgtrigger


def undeletable() -> list[pgtrigger.Trigger]:
    """Rows stay: DELETE and TRUNCATE are refused to every role. Erasing empties a row, or destroys its key."""
    return [
        pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        pgtrigger.Trigger(
            name="never_truncated",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'Bida keeps what was recorded';",
        ),
    ]


def append_only() -> list[pgtrigger.Trigger]:
    """Rows are written once: UPDATE is refused too."""
    return [
        pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update),
        *undeletable(),
    ]


def written_once(name: str, rewritten: pgtrigger.Condition) -> pgtrigger.Trigger:
    """A row is ended once and is otherwise as it was written: an update that is `rewritten` is refused."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=rewritten,
        func="RAISE EXCEPTION 'Bida keeps what was recorded' USING ERRCODE = 'check_violation', "
        "CONSTRAINT = TG_TABLE_NAME || '_never_rewritten';",
    )
