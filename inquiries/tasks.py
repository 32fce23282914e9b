"""The clock's doors: thin, one transaction a step, harmless when run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone
from django.utils.translation import override

from bureaus.models import Place
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.documents.ledger import LedgerFile
from inquiries.models import Duty, Inquiry
from inquiries.services.batching import forget_batches
from inquiries.services.chasing import chase_batch
from inquiries.services.counting import count_next
from inquiries.services.drawing import draw_what_is_over
from inquiries.services.exporting import (
    STEP,
    claim_export,
    finish_export,
    forget_exports,
    scope_for,
    write_step,
)
from inquiries.services.lapsing import owe_hand_overs
from inquiries.services.remeasuring import (
    file_settled,
    owe_calendar,
    remeasure_dues,
    remeasure_duties,
    settled_answers,
)
from inquiries.services.reorganising import pass_on
from inquiries.services.tallying import BATCH, move_tallies
from inquiries.services.verifying import write_daily_roots as write_roots
from inquiries.services.webhooks import deliver_next

FILED_AT_ONCE = 200


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
    """What is open follows places, calendar, rules and ladders in force, batch by batch; a year nobody announced is
    owed, and so is the hand-over of what an ended tenure left open."""
    looked = 0
    for district in _districts():
        for follow in (pass_on, remeasure_dues, remeasure_duties):
            while True:
                with scope(role=WORKER, district=district.pk):
                    batch = follow(district=district, now=timezone.now())
                looked += batch
                if not batch:
                    break
        with scope(role=WORKER, district=district.pk):
            owe_calendar(district=district, now=timezone.now())
            owe_hand_overs(district=district, now=timezone.now())
    return looked


@shared_task(name="inquiries.tasks.file_answered")
def file_answered(batch: int = FILED_AT_ONCE) -> int:
    """Settled answers are filed, batch by batch: each is tried once in a run, however many of them cannot be."""
    filed = 0
    for district in _districts():
        now = timezone.now()
        with scope(role=WORKER, district=district.pk):
            settled = settled_answers(district=district, now=now)
        for first in range(0, len(settled), batch):
            with scope(role=WORKER, district=district.pk):
                filed += file_settled(settled[first : first + batch], now=now)
    return filed


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
    # Where another worker was quicker with the same question, this run fails and the next tick takes another.
    with scope(role=WORKER, district=ALL_DISTRICTS, of_one_moment=True):
        return int(count_next(now=timezone.now()))


@shared_task(name="inquiries.tasks.write_exports")
def write_exports() -> int:
    """One export that waits is written, step by step, and what is no longer kept is gone, drafts of cards too; the next
    comes with the next tick, after the chases between them."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        forget_exports(now=timezone.now())
        forget_batches(now=timezone.now())
    with scope(role=WORKER, district=ALL_DISTRICTS):
        export = claim_export(now=timezone.now())
    if export is None:
        return 0
    with override(export.language or None):
        file = LedgerFile(export.form)
        for first in range(0, export.total, STEP):
            with scope(role=WORKER, district=export.district_id):
                now = timezone.now()
                seen = scope_for(export, now=now)
                lines = write_step(export, first, seen, now=now)
            if lines is None:
                return 0
            file.write(lines)
        with scope(role=WORKER, district=export.district_id):
            now = timezone.now()
            return int(finish_export(export, file.content(), scope_for(export, now=now), now=now))


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
