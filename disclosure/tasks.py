"""The clock's doors of what is shown: thin, one transaction a step, harmless when run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from bureaus.models import Place
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from disclosure.services.annual import ask_for_reports
from disclosure.services.completing import keep_items_current as keep_current
from disclosure.services.summaries import ask_for_summaries


@shared_task(name="disclosure.tasks.keep_items_current")
def keep_items_current() -> int:
    """What is missing in public, what is to be looked at again, summaries and yearly reports are owed."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        districts = list(Place.objects.filter(kind=Place.Kind.DISTRICT).order_by("pk"))
    opened = 0
    for district in districts:
        while True:
            with scope(role=WORKER, district=district.pk):
                now = timezone.now()
                step = sum(
                    owe(district=district, now=now)
                    for owe in (keep_current, ask_for_summaries, ask_for_reports)
                )
            opened += step
            if not step:
                break
    return opened
