"""What an officer reads in the morning: what is new, the worst, what waits, what was acknowledged, what failed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from bureaus.models import DistrictSettings, Message, Notice
from bureaus.workdays import DAY, Calendar, local_date, midnight
from inquiries.figures.desk import Narrowed, duties_of_places, owed_by_places
from inquiries.models import Duty, Inquiry
from inquiries.models.duty import DutyKind

WORST = 5
SHOWN = 30
# How long a message that was not delivered is told of.
FAILED_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Morning:
    """The digest of one reader: each list with the latest first, but the worst and what waits by due."""

    since: datetime
    chased: list[Notice]
    other: list[Notice]
    more: bool
    worst: list[Inquiry]
    waiting: list[Duty]
    acknowledged: list[Duty]
    failed: list[Message]


def morning_of(
    officer: int,
    *,
    district: int,
    places: Collection[int],
    duties_at: Collection[int],
    seen: Collection[int],
    calendar: Calendar,
    now: datetime,
) -> Morning:
    """As it stands now: what was read is in it too, what was withdrawn is not. Six queries however much there is.

    New is what came since the digest of the last working day before today. `places` and `duties_at` are those of the
    reader's list of today, `seen` those whose acknowledgements she follows.
    """
    hour = DistrictSettings.objects.filter(district=district).values_list("digest_hour", flat=True).first()
    on = local_date(now) - DAY
    while not calendar.is_working(on):
        on -= DAY
    since = midnight(on) + timedelta(hours=8 if hour is None else hour)
    new = Notice.objects.standing().filter(recipient=officer, created_at__gt=since).select_related("place")
    notices = list(new.order_by("-created_at", "pk")[: 2 * SHOWN + 1])
    failed = Message.objects.filter(
        Q(state=Message.State.FAILED) | Q(state=Message.State.PENDING, attempts__gt=0),
        recipient=officer,
        created_at__gt=now - FAILED_WITHIN,
    )
    done = Duty.objects.filter(
        kind=DutyKind.ACKNOWLEDGE, place__in=seen, done_at__gt=since - FAILED_WITHIN
    ).select_related("inquiry", "place", "done_by")
    return Morning(
        since=since,
        chased=[notice for notice in notices[: 2 * SHOWN] if notice.level],
        other=[notice for notice in notices[: 2 * SHOWN] if not notice.level],
        more=len(notices) > 2 * SHOWN,
        worst=owed_by_places(places, reader=officer, narrowed=Narrowed(due_until=now), limit=WORST).inquiries,
        waiting=duties_of_places(duties_at, reader=officer, limit=SHOWN).duties,
        acknowledged=list(done.order_by("-done_at", "pk")[:SHOWN]),
        failed=list(failed.select_related("address").order_by("-created_at", "pk")[:SHOWN]),
    )
