"""`make run` as its user sees it: real processes, killed and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from bureaus.workdays import SHANGHAI
from config import embedded, supervisor
from tests import prepared
from tests.house.killing import PARTS
from tests.house.running import PATIENT_SECONDS, ROOT, Bida, children_of, comes_true, free_port
from tests.house.town import Town

pytestmark = pytest.mark.processes


@pytest.fixture
def bida(town: Town) -> Bida:
    """One that runs, on a path with a space in it."""
    return town.bida


@pytest.mark.parametrize("part", ["granian", "--quiet worker", "--quiet beat"])
def test_a_killed_part_is_started_again(bida: Bida, part: str) -> None:
    killed = bida.part(part)
    os.kill(killed, signal.SIGKILL)
    bida.hears("it starts again")
    assert comes_true(lambda: any(part in command for command in children_of(bida.process.pid).values()))
    assert bida.part(part) != killed
    assert comes_true(bida.ready)


def test_a_worker_that_runs_and_does_not_chase_is_killed_and_started_again() -> None:
    deaf = subprocess.Popen(["sleep", "600"], start_new_session=True)
    child = supervisor.Child(
        "worker 1", [], {}, deaf, started_at=time.monotonic() - 2 * supervisor.DEAF_SECONDS
    )
    young = supervisor.Child("worker 2", [], {}, None, started_at=time.monotonic())

    class Health(BaseHTTPRequestHandler):
        late = supervisor.DEAF_SECONDS - 1

        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(json.dumps({"oldest_due_chase_seconds": Health.late}).encode())

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        supervisor.wake_the_deaf([child, young], server.server_port)
        assert deaf.poll() is None
        Health.late += 2
        supervisor.wake_the_deaf([child, young], server.server_port)
        assert deaf.wait(PATIENT_SECONDS) == -signal.SIGKILL
        server.shutdown()
    supervisor.wake_the_deaf([child, young], server.server_port)


def test_a_killed_database_is_started_again(bida: Bida) -> None:
    killed = bida.postmaster()
    os.kill(killed, signal.SIGKILL)
    bida.hears("PostgreSQL is away")
    assert comes_true(bida.ready)
    assert bida.postmaster() != killed


def test_commands_work_beside_it_and_leave_it_running(bida: Bida) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    said = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "bureaus"],
        cwd=ROOT,
        env={**clean, "BIDA_VAR": str(bida.var)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[X] 0001_places_and_posts" in said.stdout
    assert bida.ready()


def test_the_web_process_logs_in_as_the_web_role(bida: Bida) -> None:
    environment = Path(f"/proc/{bida.part('granian')}/environ")
    if not environment.exists():
        pytest.skip("this machine has no /proc")
    assert "bida_web@" in environment.read_text()
    assert "bida_worker@" in Path(f"/proc/{bida.part('--quiet worker')}/environ").read_text()


# A process of one thread, as the supervisor is: of several, any may be handed the signal.
DISTURBED = """
import os, signal, subprocess, sys
from config import supervisor

class Disturbed(subprocess.Popen):
    def poll(self):
        lock.acquire()
        os.kill(os.getpid(), signal.SIGTERM)
        lock.release()
        return super().poll()

child = supervisor.Child("idle", [], {})
child.process = Disturbed([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
lock = child.process._waitpid_lock
signal.signal(signal.SIGTERM, supervisor._stop)
try:
    child.look()
except supervisor._Stopped:
    print("free" if lock.acquire(timeout=5) else "held")
os.kill(child.process.pid, signal.SIGKILL)
os._exit(0)
"""


def test_a_signal_in_the_midst_of_a_look_leaves_no_lock_held() -> None:
    """It comes at the one moment at which subprocess cannot bear an exception: it holds its lock."""
    told = subprocess.run(
        [sys.executable, "-c", DISTURBED], cwd=ROOT, capture_output=True, text=True, timeout=PATIENT_SECONDS
    )
    assert told.stdout.strip() == "free", told.stderr


def processes() -> dict[int, str]:
    """Every process with its command line."""
    said = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    rows = [line.strip().partition(" ") for line in said.stdout.splitlines()]
    return {int(pid): words.strip() for pid, _space, words in rows}


def test_a_signal_stops_everything_and_a_second_run_keeps_the_tables() -> None:
    with tempfile.TemporaryDirectory(prefix="bida-stop-") as made:
        Path(made).chmod(0o755)
        place = embedded.Home(Path(made))
        for number in (signal.SIGINT, signal.SIGKILL, signal.SIGTERM):
            bida = Bida(Path(made), free_port())
            bida.hears("Bida is ready at")
            below = children_of(bida.process.pid)
            assert len(below) >= 4
            below[bida.postmaster()] = processes()[bida.postmaster()]
            if number == signal.SIGKILL:
                # Nobody is left to stop them: the parts end by themselves, the database serves the next run.
                bida.process.kill()
                parts = {
                    (pid, words)
                    for pid, words in below.items()
                    if any(part in words for part in PARTS.values())
                }
                assert len(parts) >= 3
                gone = parts.isdisjoint
                assert comes_true(lambda gone=gone: gone(processes().items()))  # type: ignore[misc]
                bida.stop()
                continue
            assert bida.stop(number) == 0
            assert not below.items() & processes().items()
            assert not (place.cluster / "postmaster.pid").exists()
            assert not (place.socket / embedded.SOCKET_NAME).exists()
        assert any("No migrations to apply" in line for line in bida.said)


def test_the_example_has_a_chase_within_its_first_minute_and_the_worker_makes_it() -> None:
    with tempfile.TemporaryDirectory(prefix="bida-chase-") as made:
        Path(made).chmod(0o755)
        prepared.put_into(Path(made))
        database = embedded.Home(Path(made)).conninfo(embedded.SUPERUSER, embedded.DATABASE)
        bida = Bida(Path(made), free_port())
        try:
            # The last words of the command that loads it; its own past is chased before them.
            bida.hears("example-accounts.txt")
            loaded_at = datetime.now(SHANGHAI)

            def chased() -> bool:
                with psycopg.connect(database) as connection:
                    since = "select count(*) from inquiries_chase where chased_at > %s and due_at < %s"
                    values = [loaded_at, loaded_at + timedelta(minutes=1)]
                    return connection.execute(since, values).fetchone() != (0,)

            assert comes_true(chased)
        finally:
            bida.stop()


def test_a_taken_port_is_said_clearly_and_nothing_starts() -> None:
    with socket.socket() as holder, tempfile.TemporaryDirectory(prefix="bida-port-") as made:
        holder.bind((supervisor.HOST, 0))
        holder.listen()
        port = holder.getsockname()[1]
        bida = Bida(Path(made), port)
        bida.hears(f"port {port} is taken by another program: try `make run PORT=")
        bida.process.wait(PATIENT_SECONDS)
        assert bida.stop() == 1
        assert list(Path(made).iterdir()) == []


@pytest.mark.parametrize("nonsense", ["http", "0", "65536", "80 81"])
def test_a_port_that_is_none_is_refused(nonsense: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "config.supervisor", nonsense],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert re.fullmatch(r"bida: PORT must be a whole number from 1 to 65535; it is '.*'\.\n", said.stdout)
