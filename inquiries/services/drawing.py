"""Which answers the district calls back about: the database draws, and the callbacks are owed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from bureaus.models import DistrictSettings, Place
from bureaus.workdays import local_date
from inquiries.models import CallbackDraw, DrawnCallback, Duty, Inquiry, Rating
from inquiries.models.duty import DutyKind
from inquiries.services.calling_back import callbacks_of, open_for_district, reachable

# After a longer standstill older days are not called back about any more.
DAYS_BACK = 7


def draw_callbacks(*, district: Place, on: date, now: datetime) -> CallbackDraw | None:
    """A tenth of the day's answers, rounded up, and all that are flagged, are owed a callback; None if drawn before, or
    before the day has its root.

    1. The database draws, once for each day that is over, and keeps the seed, which follows from the day's root:
    whoever undid a draw and tried again would draw the same. 2. Each callback is a duty of the district, never of the
    bureau that answered; a matter that was reopened meanwhile, is sealed, or whose citizen left no way to reach her
    has none.
    """
    with connection.cursor() as cursor:
        cursor.execute("select bida_draw_callbacks(%s, %s, %s)", [district.pk, on, now])
        [drawn] = cursor.fetchone() or (None,)
    if drawn is None:
        return None
    owed = DrawnCallback.objects.filter(draw=drawn).values_list("answer__inquiry", flat=True)
    # A telephone call to a citizen who is being called about it, or was already, would annoy her.
    called = Rating.objects.filter(
        inquiry=OuterRef("pk"), round=OuterRef("round"), source=Rating.Source.CALLBACK, reached=True
    )
    calling = Duty.objects.open().filter(inquiry=OuterRef("pk"), kind=DutyKind.CALLBACK)
    for inquiry in (
        Inquiry.objects.select_for_update(of=("self",))
        .filter(~Exists(called), ~Exists(calling), pk__in=owed, answered_at__isnull=False, sealed=False)
        .select_related("citizen__key")
        .order_by("pk")
    ):
        if reachable(inquiry):
            open_for_district(inquiry, by=None, now=now)
            inquiry.save(update_fields=["event_count", "event_hash"])
    return CallbackDraw.objects.get(pk=drawn)


def draw_what_is_over(*, district: Place, now: datetime) -> int:
    """Every day that is over and not drawn yet is drawn, a week back at most; gives how many days.

    A district that asks for no callbacks has none drawn; where it asks again, the week before is drawn with it.
    """
    if callbacks_of(district.pk) == DistrictSettings.Callbacks.NONE:
        return 0
    today = local_date(now)
    last = CallbackDraw.objects.filter(district=district).order_by("-on").values_list("on", flat=True).first()
    on = (
        max(last + timedelta(days=1), today - timedelta(days=DAYS_BACK))
        if last
        else today - timedelta(days=1)
    )
    days = 0
    # A day without its root yet waits for it, and the days after it: drawn before it, they would leave it out for ever.
    while on < today and draw_callbacks(district=district, on=on, now=now) is not None:
        days += 1
        on += timedelta(days=1)
    return days
