"""How long a statement waits for what somebody else holds."""

from __future__ import annotations

from django.db import connection


def wait_for_locks(*, at_most: str | None) -> None:
    """From now on a statement of this connection waits for a lock so long, "0" without end; None as the server says."""
    with connection.cursor() as cursor:
        if at_most is None:
            cursor.execute("reset lock_timeout")
        else:
            cursor.execute("select set_config('lock_timeout', %s, false)", [at_most])
