"""One sweep through every broker that answers: a real message, a real worker, a chase in the database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

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

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60


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
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and worker.poll() is None:
        if question():
            return True
        time.sleep(0.1)
    return False


def chased() -> bool:
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return Chase.objects.exists()


def test_a_sweep_sent_through_the_broker_is_made_by_a_worker(
    own_database: Cast, broker_url: str, queue: str
) -> None:
    with scope(role=embedded.OWNER, district=ALL_DISTRICTS):
        record_inquiry(
            by=None,
            now=timezone.now() - timedelta(days=60),
            place=own_database.relief,
            kind="consultation",
            channel="desk",
            question="低保怎么申请？",
            post=own_database.post(own_database.li_min),
        )
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {"BROKER_URL": broker_url, "DATABASE_URL": urlunsplit(address)}
    assert not chased()
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
        assert comes_true(chased, worker)
    finally:
        worker.terminate()
        assert worker.wait(supervisor.PATIENCE_SECONDS) == 0
