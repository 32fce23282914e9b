"""Is the chaser alive? The age of what waits longest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection


@dataclass(frozen=True)
class Pulse:
    """Seconds by which the oldest due chase and the oldest due message are late; None where nothing is due."""

    chase_late_seconds: float | None
    message_late_seconds: float | None
    set_aside: int

    def is_well(self, period: timedelta) -> bool:
        """Nothing waits longer than two sweeps."""
        limit = 2 * period.total_seconds()
        return all(
            late is None or late <= limit for late in (self.chase_late_seconds, self.message_late_seconds)
        )


def take_pulse(*, now: datetime) -> Pulse:
    """Read over all districts whoever asks: a function of the owner gives three numbers and no row.

    Rows set aside are counted, and do not hide behind the others.
    """
    with connection.cursor() as cursor:
        cursor.execute("select chase_at, message_at, set_aside from bida_pulse(%s)", [now])
        chase_at, message_at, set_aside = cursor.fetchone() or (None, None, 0)
    return Pulse(
        (now - chase_at).total_seconds() if chase_at else None,
        (now - message_at).total_seconds() if message_at else None,
        set_aside,
    )
