"""The clock's doors: thin, one transaction a step, harmless when run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from bureaus.models import Place
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.models import Duty, Inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.counting import count_next
from inquiries.services.drawing import draw_what_is_over
from inquiries.services.remeasuring import file_settled, follow_ladder, owe_calendar, remeasure_dues
from inquiries.services.tallying import BATCH, move_tallies
from inquiries.services.verifying import write_daily_roots as write_roots
from inquiries.services.webhooks import deliver_next


@shared_task(name="inquiries.tasks.chase_due")
def chase_due() -> dict[str, int]:
    """Everything whose chase has come is chased, batch by batch, each a transaction of its own."""
    chased = set_aside = 0
    for model in (Inquiry, Duty):
        while True:
            with scope(role=WORKER, district=ALL_DISTRICTS):
                swept = chase_batch(model, now=timezone.now())
            chased += swept.chased
            set_aside += swept.set_aside
            if not (swept.chased or swept.looked or swept.set_aside):
                break
    return {"chased": chased, "set_aside": set_aside}


def _districts() -> list[Place]:
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return list(Place.objects.filter(kind=Place.Kind.DISTRICT).order_by("pk"))


@shared_task(name="inquiries.tasks.recompute_dues")
def recompute_dues() -> int:
    """What is open follows calendar, rules and ladders in force, batch by batch; a year nobody announced is owed."""
    looked = 0
    for district in _districts():
        for follow in (remeasure_dues, follow_ladder):
            while True:
                with scope(role=WORKER, district=district.pk):
                    batch = follow(district=district, now=timezone.now())
                looked += batch
                if not batch:
                    break
        with scope(role=WORKER, district=district.pk):
            owe_calendar(district=district, now=timezone.now())
    return looked


@shared_task(name="inquiries.tasks.file_answered")
def file_answered() -> int:
    """Settled answers are filed."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return file_settled(now=timezone.now())


@shared_task(name="inquiries.tasks.write_daily_roots")
def write_daily_roots() -> int:
    """Every day that is over has its root."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return write_roots(now=timezone.now())


@shared_task(name="inquiries.tasks.move_tallies")
def move_counts() -> int:
    """What was counted since the last run is in the totals; a long queue is moved in steps."""
    moved = 0
    while True:
        with scope(role=WORKER, district=ALL_DISTRICTS):
            step = move_tallies()
        moved += step
        if step < BATCH:
            return moved


@shared_task(name="inquiries.tasks.draw_callbacks")
def draw_callbacks() -> int:
    """The callbacks of every day that is over are drawn and owed."""
    drawn = 0
    for district in _districts():
        with scope(role=WORKER, district=district.pk):
            drawn += draw_what_is_over(district=district, now=timezone.now())
    return drawn


@shared_task(name="inquiries.tasks.count_asked")
def count_asked() -> int:
    """One question that waits is counted; the next comes with the next tick, after the chases between them."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return int(count_next(now=timezone.now()))


# One run ends well within the time limit of a task even when every sending times out.
MOST_IN_A_RUN = 30


@shared_task(name="inquiries.tasks.tell_subscribers")
def tell_subscribers() -> int:
    """Webhooks that are due were tried."""
    tried = 0
    while tried < MOST_IN_A_RUN and deliver_next(now=timezone.now()):
        tried += 1
    if tried == MOST_IN_A_RUN:
        tell_subscribers.delay()
    return tried
