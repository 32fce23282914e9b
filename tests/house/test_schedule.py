"""The clock's schedule, and what the worker promises."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from kombu import Connection

from config import broker, celery, embedded
from config.celery import app
from tests.house.running import PATIENT_SECONDS

ROOT = Path(__file__).resolve().parents[2]


def test_every_entry_names_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    named = {entry["task"] for entry in celery.SCHEDULE.values()}
    assert named <= set(app.tasks)


def test_every_task_that_serves_the_clock_is_scheduled() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if name.split(".")[0] in ("bureaus", "inquiries", "disclosure")}
    assert ours == {entry["task"] for entry in celery.SCHEDULE.values()}


def test_a_message_goes_to_the_embedded_broker_and_comes_back_from_any_folder() -> None:
    with tempfile.TemporaryDirectory(prefix="bida with blanks ") as made:
        Path(made).chmod(0o755)
        with embedded.running(embedded.Home(Path(made)), embedded.HASTY) as place:
            broker.register()
            options = broker.options(embedded.broker_conninfo(place), 60)
            with (
                Connection("pgmq://localhost", transport_options=options) as connection,
                connection.SimpleQueue("a-queue.with.a-name-that-is-longer-than-pgmq-would-take") as queue,
            ):
                queue.put({"words": "问"})
                message = queue.get(timeout=PATIENT_SECONDS)
                message.ack()
                assert message.payload == {"words": "问"}


def test_a_message_stays_invisible_longer_than_its_task_may_run() -> None:
    assert celery.SOFT_TIME_LIMIT < celery.TIME_LIMIT < celery.VISIBILITY_TIMEOUT


def test_a_task_is_done_only_when_it_is_done() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


@pytest.mark.parametrize(
    "name", ["bida", "q" * 48, "a-node@a.host.of.which.the.name.is.rather.long.celery.pidbox"]
)
def test_every_queue_has_a_name_that_pgmq_takes(name: str) -> None:
    channel = broker.Channel.__new__(broker.Channel)
    channel.queue_name_prefix = ""
    found = channel.canonical_queue_name(name)
    assert len(found) <= broker.LONGEST_QUEUE
    assert found == channel.canonical_queue_name(name)
    assert found != channel.canonical_queue_name(name + "x")
