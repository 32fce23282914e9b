"""Is the chaser alive? The age of what waits longest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

# By then a row that was set aside has been tried three times again.
ASIDE_AT_MOST = timedelta(hours=1)


@dataclass(frozen=True)
class Pulse:
    """Seconds by which the oldest due chase and the oldest due message are late, and since the oldest row was set
    aside; None where there is none."""

    chase_late_seconds: float | None
    message_late_seconds: float | None
    set_aside: int
    set_aside_seconds: float | None

    def is_well(self, period: timedelta) -> bool:
        """Nothing waits longer than two sweeps, and nothing is set aside for longer than an hour."""
        return (
            (self.chase_late_seconds or 0) <= 2 * period.total_seconds()
            and (self.message_late_seconds or 0) <= 2 * period.total_seconds()
            and (self.set_aside_seconds or 0) <= ASIDE_AT_MOST.total_seconds()
        )


def take_pulse(*, now: datetime) -> Pulse:
    """Read over all districts whoever asks: a function of the owner gives four numbers and no row.

    Rows set aside do not hide behind the others.
    """
    with connection.cursor() as cursor:
        cursor.execute("select chase_at, message_at, set_aside, set_aside_at from bida_pulse(%s)", [now])
        chase_at, message_at, set_aside, set_aside_at = cursor.fetchone() or (None, None, 0, None)
    chase_late, message_late, aside = (
        (now - at).total_seconds() if at else None for at in (chase_at, message_at, set_aside_at)
    )
    return Pulse(chase_late, message_late, set_aside, aside)
