"""The clock's doors: thin, one transaction a step, harmless when run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.models import Duty, Inquiry
from inquiries.services.chasing import chase_batch


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
