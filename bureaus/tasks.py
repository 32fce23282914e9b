"""The worker's steps for notices: thin, each rests on what the database says is waiting."""

from celery import shared_task
from django.utils import timezone

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services import gathering, messages

# One run ends well within the time limit of a task even when every sending times out.
MOST_IN_A_RUN = 30


@shared_task
def send_due_messages() -> int:
    """What is to be sent alone is gathered, what waits is tried, what failed for good becomes a duty."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        gathering.gather_messages(now=timezone.now())
    tried = 0
    while tried < MOST_IN_A_RUN and messages.send_next(now=timezone.now()):
        tried += 1
    with scope(role=WORKER, district=ALL_DISTRICTS):
        messages.raise_undelivered(now=timezone.now())
    if tried == MOST_IN_A_RUN:
        send_due_messages.delay()
    return tried


@shared_task
def write_digests() -> int:
    """Each person's digest of this working day is written, once its hour has come."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return gathering.write_digests(now=timezone.now())
