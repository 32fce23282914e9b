"""One sweep through every broker that answers: a real message, a real worker, a chase in the database."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from django.db import connection
from django.utils import timezone
from kombu import Connection, Queue
from kombu.exceptions import OperationalError

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from config import broker, embedded, supervisor
from config.celery import VISIBILITY_TIMEOUT
from inquiries.models import Chase
from inquiries.services.recording import record_inquiry
from tests.conftest import Cast
from tests.house.running import PATIENT_SECONDS

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[2]


def connect(url: str) -> Connection:
    """A connection of the test's own to the broker."""
    if url == "pgmq://":
        broker.register()
        options = broker.options(embedded.broker_conninfo(embedded.home()), VISIBILITY_TIMEOUT)
        return Connection("pgmq://localhost", transport_options=options)
    return Connection(url, connect_timeout=2)


@pytest.fixture(params=["pgmq://", "amqp://guest:guest@127.0.0.1:5672//", "redis://127.0.0.1:6379/0"])
def broker_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a broker that answers; the embedded one is started, the others are there or not."""
    url = str(request.param)
    if url == "pgmq://":
        with embedded.running(embedded.home(), embedded.HASTY):
            yield url
        return
    with connect(url) as asked:
        try:
            asked.ensure_connection(max_retries=1, interval_start=0, timeout=5)
        except OperationalError:
            pytest.skip(f"no broker answers at {urlsplit(url).netloc.rsplit('@')[-1]}")
    yield url


@pytest.fixture
def queue(broker_url: str) -> Iterator[str]:
    """A queue's name that nobody else uses; the queue is removed in the end."""
    name = f"bida-test-{uuid.uuid4().hex[:12]}"
    yield name
    with connect(broker_url) as opened, opened.channel() as channel:
        Queue(name, channel=channel).delete()
    if broker_url.startswith("redis"):
        # What kombu's own deletion leaves of a queue that another process made.
        with redis.Redis.from_url(broker_url) as server:
            server.delete(f"_kombu.binding.{name}", f"_kombu.binding_permanent.{name}")


def comes_true(question: Callable[[], bool], worker: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + PATIENT_SECONDS
    while time.monotonic() < until and worker.poll() is None:
        if question():
            return True
        time.sleep(0.1)
    return False


def chases() -> int:
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return Chase.objects.count()


def record_one_long_due(cast: Cast) -> None:
    with scope(role=embedded.OWNER, district=ALL_DISTRICTS):
        record_inquiry(
            by=None,
            now=timezone.now() - timedelta(days=60),
            place=cast.relief,
            kind="consultation",
            channel="desk",
            question="低保怎么申请？",
            post=cast.post(cast.li_min),
        )


def environment_of(broker_url: str) -> dict[str, str]:
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    return os.environ | {"BROKER_URL": broker_url, "DATABASE_URL": urlunsplit(address)}


def test_a_sweep_sent_through_the_broker_is_made_by_a_worker(
    own_database: Cast, broker_url: str, queue: str
) -> None:
    record_one_long_due(own_database)
    environment = environment_of(broker_url)
    assert not chases()
    subprocess.run(
        [
            *(sys.executable, "-m", "celery", "--app", "config.celery", "--quiet"),
            *("call", "inquiries.tasks.chase_due", "--queue", queue),
        ],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    worker = subprocess.Popen([*supervisor.worker(), "--queues", queue], cwd=ROOT, env=environment)
    try:
        assert comes_true(lambda: chases() > 0, worker)
    finally:
        worker.terminate()
        assert worker.wait(PATIENT_SECONDS) == 0


def wipe(broker_url: str, queue: str) -> None:
    """Every queue of ours is gone from the broker, with what lay in it and what led to it."""
    if broker_url.startswith("pgmq"):
        with psycopg.connect(embedded.broker_conninfo(embedded.home())) as server:
            server.execute("select pgmq.drop_queue(queue_name) from pgmq.list_queues()")
    elif broker_url.startswith("redis"):
        with redis.Redis.from_url(broker_url) as server:
            server.delete(*server.keys(f"*{queue}*"))
    else:
        with connect(broker_url) as opened, opened.channel() as channel:
            Queue(f"{queue}.quorum", channel=channel).delete()


def test_chasing_goes_on_after_the_broker_was_wiped(own_database: Cast, broker_url: str, queue: str) -> None:
    environment = environment_of(broker_url) | {"BROKER_QUEUE": queue, "CHASE_EVERY_SECONDS": "1"}
    worker = subprocess.Popen(supervisor.worker(), cwd=ROOT, env=environment)
    beat = subprocess.Popen(supervisor.beat(), cwd=ROOT, env=environment)
    try:
        record_one_long_due(own_database)
        assert comes_true(lambda: chases() == 1, worker)
        wipe(broker_url, queue)
        record_one_long_due(own_database)
        assert comes_true(lambda: chases() == 2, worker)
    finally:
        beat.terminate()
        worker.terminate()
        assert worker.wait(PATIENT_SECONDS) == 0
        beat.wait(PATIENT_SECONDS)
        with connect(broker_url) as opened, opened.channel() as channel:
            if broker_url.startswith("amqp"):
                Queue(f"{queue}.quorum", channel=channel).delete()


def test_questions_to_the_workers_leave_no_queues_behind() -> None:
    def queues() -> set[str]:
        with psycopg.connect(embedded.broker_conninfo(embedded.home())) as server:
            return {row[0] for row in server.execute("select queue_name from pgmq.list_queues()")}

    with embedded.running(embedded.home(), embedded.HASTY):
        environment = environment_of("pgmq://")
        celery = [sys.executable, "-m", "celery", "--app", "config.celery", "--quiet"]

        def answers() -> bool:
            asked = [*celery, "inspect", "ping", "--timeout", "5"]
            return subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True).returncode == 0

        seen: list[int] = []
        for _ in range(2):
            worker = subprocess.Popen(supervisor.worker(), cwd=ROOT, env=environment)
            try:
                # A question reaches those workers only that listen when it is asked.
                for _ in range(2):
                    assert comes_true(answers, worker)
            finally:
                worker.kill()
                worker.wait()
            seen.append(len(queues()))
        assert seen[0] == seen[-1], queues()


def test_an_answer_to_whoever_has_left_is_lost_and_nothing_else_is() -> None:
    with (
        embedded.running(embedded.home(), embedded.HASTY),
        connect("pgmq://") as opened,
        opened.channel() as taken,
    ):
        channel: Any = taken
        channel._put(f"{uuid.uuid4()}.reply.celery.pidbox", {"body": "pong"})
        with pytest.raises(psycopg.errors.UndefinedTable):
            channel._put(f"bida-{uuid.uuid4()}", {"body": "a task"})


def test_many_take_up_one_queue_in_the_same_moment() -> None:
    name = f"bida-test-{uuid.uuid4().hex[:12]}"
    starts = threading.Barrier(6)
    failures: list[BaseException] = []

    def take_up(_number: int) -> None:
        try:
            with connect("pgmq://") as opened, opened.channel() as taken:
                channel: Any = taken
                Queue(name, channel=channel).declare()
                for turn in range(8):
                    starts.wait(timeout=PATIENT_SECONDS)
                    channel.basic_consume(name, True, print, f"tag-{turn}")
        except BaseException as met:
            starts.abort()
            failures.append(met)

    with embedded.running(embedded.home(), embedded.HASTY):
        with connect("pgmq://") as opened, opened.channel() as channel:
            Queue(name, channel=channel).declare()
        try:
            with ThreadPoolExecutor(6) as pool:
                list(pool.map(take_up, range(6)))
            assert failures == []
        finally:
            with connect("pgmq://") as opened, opened.channel() as channel:
                Queue(name, channel=channel).delete()
