"""`make run` as its user sees it: real processes, killed and stopped."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import psycopg
import pytest

from bureaus.workdays import SHANGHAI
from config import embedded, supervisor

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind((supervisor.HOST, 0))
        return int(trial.getsockname()[1])


def children_of(number: int) -> dict[int, str]:
    """Every process below one, with its command line."""
    said = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in said.splitlines()]
    found: dict[int, str] = {}
    wanted = {number}
    while True:
        more = {
            int(r[0]): r[2]
            for r in rows
            if int(r[1]) in wanted and int(r[0]) not in found and "defunct" not in r[2]
        }
        if not more:
            return found
        found |= more
        wanted = set(more)


class Bida:
    """A supervisor in a process of its own, with a folder of its own."""

    def __init__(self, var: Path, port: int) -> None:
        self.var, self.port = var, port
        self.lines: Queue[str] = Queue()
        self.said: list[str] = []
        clean = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor", str(port)],
            cwd=ROOT,
            env={**clean, "BIDA_VAR": str(var)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def hears(self, words: str) -> str:
        """The first line from now on that holds the words."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                line = self.lines.get(timeout=1)
            except Empty:
                if self.process.poll() is not None and self.lines.empty():
                    break
                continue
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError(f"never said {words!r}: " + "".join(self.said[-40:]))

    def part(self, words: str) -> int:
        """The main process of a part: the first whose command holds the words, once it is there."""

        def found() -> list[int]:
            below = children_of(self.process.pid)
            return [number for number in sorted(below) if words in below[number]]

        assert comes_true(lambda: bool(found())), f"no {words!r} in {children_of(self.process.pid)}"
        return found()[0]

    def postmaster(self) -> int:
        return int((embedded.Home(self.var).cluster / "postmaster.pid").read_text().split()[0])

    def ready(self) -> bool:
        connection = http.client.HTTPConnection(supervisor.HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGINT) -> int:
        """The exit code after the signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(90)
        self.reader.join(10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def comes_true(question: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if question():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def bida() -> Iterator[Bida]:
    """One that runs, on a path with a space in it."""
    with tempfile.TemporaryDirectory(prefix="bida one ") as made:
        Path(made).chmod(0o755)
        running = Bida(Path(made), free_port())
        try:
            running.hears("Bida is ready at")
            yield running
        finally:
            running.stop()


@pytest.mark.parametrize("part", ["granian", "--quiet worker", "--quiet beat"])
def test_a_killed_part_is_started_again(bida: Bida, part: str) -> None:
    killed = bida.part(part)
    os.kill(killed, signal.SIGKILL)
    bida.hears("it starts again")
    assert comes_true(lambda: any(part in command for command in children_of(bida.process.pid).values()))
    assert bida.part(part) != killed
    assert comes_true(bida.ready)


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_a_second_run_keeps_the_tables(number: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bida-stop-") as made:
        Path(made).chmod(0o755)
        place = embedded.Home(Path(made))
        for _ in range(2):
            bida = Bida(Path(made), free_port())
            bida.hears("Bida is ready at")
            below = children_of(bida.process.pid)
            assert len(below) >= 4
            database = bida.postmaster()
            assert bida.stop(number) == 0
            said = subprocess.run(
                ["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True
            ).stdout
            left = [
                line
                for line in said.splitlines()
                if int(line.split()[0]) in {*below, database} and made in line
            ]
            assert left == []
            assert not (place.cluster / "postmaster.pid").exists()
            assert not (place.socket / embedded.SOCKET_NAME).exists()
        assert any("No migrations to apply" in line for line in bida.said)


def test_the_example_is_chased_by_the_worker_within_a_minute() -> None:
    with tempfile.TemporaryDirectory(prefix="bida-chase-") as made:
        Path(made).chmod(0o755)
        database = embedded.Home(Path(made)).conninfo(embedded.SUPERUSER, embedded.DATABASE)
        bida = Bida(Path(made), free_port())
        try:
            # The last words of the command that loads it; its own past is chased before them.
            bida.hears("example-accounts.txt")
            loaded_at = datetime.now(SHANGHAI)

            def chased() -> bool:
                with psycopg.connect(database) as connection:
                    since = "select count(*) from inquiries_chase where chased_at > %s"
                    return connection.execute(since, [loaded_at]).fetchone() != (0,)

            assert comes_true(chased, 60)
        finally:
            bida.stop()


def test_a_taken_port_is_said_clearly_and_nothing_starts() -> None:
    with socket.socket() as holder, tempfile.TemporaryDirectory(prefix="bida-port-") as made:
        holder.bind((supervisor.HOST, 0))
        holder.listen()
        port = holder.getsockname()[1]
        bida = Bida(Path(made), port)
        bida.hears(f"port {port} is taken by another program: try `make run PORT=")
        bida.process.wait(30)
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
