"""The worker and its whole schedule. Two beats at once do no harm: the database decides what is due."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from kombu import Queue

from config import broker, embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A task that runs longer than a message stays invisible would run twice.
VISIBILITY_TIMEOUT = 900
TIME_LIMIT = 840
SOFT_TIME_LIMIT = 780

# The whole of it; a test holds that every entry names a task that exists.
SCHEDULE: dict[str, dict[str, Any]] = {
    "chase": {"task": "inquiries.tasks.chase_due", "schedule": float(settings.CHASE_EVERY_SECONDS)},
    "recompute": {"task": "inquiries.tasks.recompute_dues", "schedule": 300.0},
    "file": {"task": "inquiries.tasks.file_answered", "schedule": 3600.0},
    "tally": {"task": "inquiries.tasks.move_tallies", "schedule": 10.0},
    "draw callbacks": {"task": "inquiries.tasks.draw_callbacks", "schedule": 3600.0},
    "roots": {"task": "inquiries.tasks.write_daily_roots", "schedule": 3600.0},
    "count what was asked": {"task": "inquiries.tasks.count_asked", "schedule": 5.0},
    "write exports": {"task": "inquiries.tasks.write_exports", "schedule": 5.0},
    "tell subscribers": {"task": "inquiries.tasks.tell_subscribers", "schedule": 15.0},
    "keep items current": {"task": "disclosure.tasks.keep_items_current", "schedule": 3600.0},
    # What came in by a portal of its own, and what it may show.
    "take in": {"task": "disclosure.tasks.take_in", "schedule": 10.0},
    "hand out": {"task": "disclosure.tasks.hand_out", "schedule": 60.0},
    "send what is due": {
        "task": "bureaus.tasks.send_due_messages",
        "schedule": float(settings.SEND_EVERY_SECONDS),
    },
    # Often, so that each district's hour is kept; a person's second digest of a day is refused.
    "write the digests": {"task": "bureaus.tasks.write_digests", "schedule": 300},
}


def _transport() -> tuple[str, dict[str, Any]]:
    """The broker's address and options."""
    url = settings.BROKER_URL
    scheme = url.split(":", 1)[0]
    if scheme.startswith("amqp"):
        return url, {"confirm_publish": True}
    if scheme.startswith("redis"):
        return url, {"visibility_timeout": VISIBILITY_TIMEOUT, "unacked_restore_interval": 5}
    broker.register()
    if url == "pgmq://":
        return "pgmq://localhost", broker.options(
            embedded.broker_conninfo(embedded.home()), VISIBILITY_TIMEOUT
        )
    return "pgmq://localhost", broker.options(url.replace("pgmq", "postgresql", 1), VISIBILITY_TIMEOUT)


_url, _options = _transport()
_quorum = _url.startswith("amqp")
# A queue's type cannot change: the quorum one has a name of its own.
QUEUE = f"{settings.BROKER_QUEUE}.quorum" if _quorum else settings.BROKER_QUEUE

app = Celery("bida")
app.conf.update(
    broker_url=_url,
    broker_transport_options=_options,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_default_queue=QUEUE,
    task_queues=[Queue(QUEUE, queue_arguments={"x-queue-type": "quorum"})] if _quorum else None,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=TIME_LIMIT,
    task_soft_time_limit=SOFT_TIME_LIMIT,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_send_task_events=False,
    timezone=settings.TIME_ZONE,
    beat_schedule=SCHEDULE,
    beat_schedule_filename=str(settings.VAR_DIR / "beat"),
    beat_max_loop_interval=5,
)
if _quorum:
    app.conf.update(task_default_queue_type="quorum", worker_detect_quorum_queues=True)
for _entry in SCHEDULE.values():
    # After a standstill one tick is enough: what is due is found by polling.
    _entry["options"] = {"expires": max(_entry["schedule"], 60.0)}
app.autodiscover_tasks(["bureaus", "inquiries", "disclosure"])


@setup_logging.connect
def _keep_logging(**kwargs: object) -> None:
    """Django's logging stands; Celery brings none of its own."""
