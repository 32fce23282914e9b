"""The clock's doors of what is shown: thin, one transaction a step, harmless when run twice."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from bureaus.models import Place
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from disclosure.services import taking_in
from disclosure.services.annual import ask_for_reports
from disclosure.services.completing import keep_items_current as keep_current
from disclosure.services.finding import districts as in_public
from disclosure.services.handing_out import hand_out_numbers
from disclosure.services.issues import ask_for_publications
from disclosure.services.summaries import ask_for_summaries

log = structlog.get_logger(__name__)


@shared_task(name="disclosure.tasks.keep_items_current")
def keep_items_current() -> int:
    """What is missing in public or to be looked at again, summaries, answers to issues and yearly reports are owed."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        districts = list(Place.objects.filter(kind=Place.Kind.DISTRICT).order_by("pk"))
    opened = 0
    for district in districts:
        while True:
            with scope(role=WORKER, district=district.pk):
                now = timezone.now()
                step = sum(
                    owe(district=district, now=now)
                    for owe in (keep_current, ask_for_summaries, ask_for_publications, ask_for_reports)
                )
            opened += step
            if not step:
                break
    return opened


def _in_public() -> list[Place]:
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return list(in_public())


@shared_task(name="disclosure.tasks.take_in")
def take_in() -> int:
    """What was handed in at a portal of its own is recorded, and its citizens are told how it stands."""
    done = 0
    with scope(role=WORKER, district=ALL_DISTRICTS):
        taking_in.tell_key(now=timezone.now())
    for district in _in_public():
        try:
            while True:
                with scope(role=WORKER, district=district.pk):
                    if not taking_in.remove_ended(district=district, now=timezone.now()):
                        break
            while True:
                with scope(role=WORKER, district=district.pk):
                    if not taking_in.take_in(district=district, now=timezone.now()):
                        break
                done += 1
            with scope(role=WORKER, district=district.pk):
                taking_in.settle_looking(district=district, now=timezone.now())
        except Exception as failure:
            _failed("take in", district, failure)
        try:
            last = 0
            while True:
                with scope(role=WORKER, district=district.pk):
                    last = taking_in.tell_states(district=district, after=last)
                if not last:
                    break
        except Exception as failure:
            _failed("tell states", district, failure)
    return done


def _failed(what: str, district: Place, failure: Exception) -> None:
    """One district stops no other. The name alone: the words of a failure may hold what was handed in."""
    log.error("district failed", what=what, district=district.pk, reason=type(failure).__name__)


@shared_task(name="disclosure.tasks.hand_out")
def hand_out() -> int:
    """The numbers of the public pages are written down for a portal of its own, where BIDA_PORTAL says there is one."""
    if not settings.HAS_PORTAL:
        return 0
    done = 0
    for district in _in_public():
        try:
            with scope(role=WORKER, district=district.pk):
                hand_out_numbers(district=district, now=timezone.now())
            done += 1
        except Exception as failure:
            _failed("hand out", district, failure)
    return done
