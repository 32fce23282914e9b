"""The server itself: started, joined, revived, and stopped by the last to leave."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from config.embedded.folders import check_major_version, initialise, make_folders
from config.embedded.home import SOCKET_NAME, SUPERUSER, CannotStart, Home, server_account
from config.embedded.roles import make_roles
from config.embedded.wheel import server_programs

START_SECONDS = 600  # Recovery after a crash takes what it takes.
STOP_SECONDS = 60
# For databases that nobody would miss: tests.
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


# Servers this process started, so that it reaps them.
_started: dict[Path, subprocess.Popen[bytes]] = {}


@contextmanager
def running(place: Home, settings: tuple[str, ...] = ()) -> Iterator[Home]:
    """The server runs while the block does; the last of all such blocks, in any process, stops it.

    Raises CannotStart.
    """
    place.var.mkdir(parents=True, exist_ok=True)
    with open(place.var / "postgres.users", "a") as users:
        with _starting(place):
            fcntl.flock(users, fcntl.LOCK_SH)
            start(place, settings)
        try:
            yield place
        finally:
            with _starting(place):
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # Somebody else still needs it.
                else:
                    stop(place)


def revive(place: Home, settings: tuple[str, ...] = ()) -> None:
    """The server runs again after it died under its users."""
    with _starting(place):
        start(place, settings)


@contextmanager
def _starting(place: Home) -> Iterator[None]:
    with open(place.var / "postgres.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(place: Home, settings: tuple[str, ...] = ()) -> None:
    """The server accepts connections, with roles and databases. For holders of the starting lock.

    1. Nothing is done when it already answers. 2. A new data folder is initialised beside its place and moved there
    whole, so that a killed start leaves no half of one. 3. Stale locks are removed. 4. The server starts in
    a session of its own, so that Ctrl-C reaches only who waits for it; one that is recovering is waited for. 5. Roles
    and databases are made if missing.
    """
    if is_ready(place):
        return
    binaries = server_programs(place)
    account = server_account()
    make_folders(place, account)
    if not (place.cluster / "PG_VERSION").exists():
        initialise(place, binaries, account)
    check_major_version(place, binaries)
    command = [str(binaries / "postgres"), "-D", str(place.cluster.resolve()), "-k", str(place.socket)]
    for setting in ("listen_addresses=", "unix_socket_permissions=0700", *settings):
        command += ["-c", setting]
    until = time.monotonic() + START_SECONDS
    server: subprocess.Popen[bytes] | None = None
    while not (is_ready(place) and _has_roles(place)):
        if server is not None and server.poll() is not None:
            words = _last_words(place)
            if "shared memory" not in words:
                raise CannotStart(f"The embedded PostgreSQL did not start: {words} (all in {place.log})")
            # Connections of a server that was killed take a moment to notice.
            server = None
            time.sleep(0.5)
        if time.monotonic() > until:
            if server is not None:
                server.send_signal(signal.SIGINT)
            raise CannotStart(
                f"The embedded PostgreSQL did not answer within {START_SECONDS} seconds; see {place.log}."
            )
        # One that runs and does not answer is recovering from the death of a connection: it is waited for.
        if server is None and _server_pid(place) is None:
            _remove_stale_locks(place)
            server = _launch(place, command, account)
        time.sleep(0.05)


def _launch(place: Home, command: list[str], account: dict[str, Any]) -> subprocess.Popen[bytes]:
    with open(place.log, "ab") as log:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            **account,
        )
    last = _started.get(place.var)
    if last is not None:
        # It died, or this one could not start: reaped, its object may go without a word.
        with suppress(subprocess.TimeoutExpired):
            last.wait(5)
    _started[place.var] = server
    return server


def stop(place: Home) -> None:
    """The server has written everything down and is gone. For holders of the starting lock."""
    pid = _server_pid(place)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    until = time.monotonic() + STOP_SECONDS
    while _serves(pid, place):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGQUIT)
            until += STOP_SECONDS
        if place.var in _started:
            _started[place.var].poll()
        time.sleep(0.02)
    if place.var in _started:
        _started.pop(place.var).wait()
    with suppress(OSError):
        place.socket.rmdir()  # It may lie under /tmp, where nobody would look for it again.


def is_ready(place: Home) -> bool:
    """Whether the server of this very folder accepts connections."""
    if not (place.socket / SOCKET_NAME).exists():
        return False
    try:
        with psycopg.connect(place.conninfo(SUPERUSER, "postgres"), connect_timeout=5) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def _server_pid(place: Home) -> int | None:
    try:
        pid = int((place.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _serves(pid, place) else None


def _serves(pid: int, place: Home) -> bool:
    """Whether that process is the server of this folder, and not another that was given its number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        command = ""
        if not Path("/proc/self").exists():  # No /proc on macOS.
            asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
            command = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return f"-D {place.cluster.resolve()} " in command


def _remove_stale_locks(place: Home) -> None:
    # PostgreSQL itself clears a lock whose process is gone, but refuses to start when the number now belongs to another
    # process of the same user; a child that nobody waited for counts as one.
    if place.var in _started and _started[place.var].poll() is not None:
        del _started[place.var]
    if _server_pid(place) is None:
        (place.cluster / "postmaster.pid").unlink(missing_ok=True)
        (place.socket / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)


def _last_words(place: Home) -> str:
    said = place.log.read_text(errors="replace").strip().splitlines()
    # What it told those who connected too early is no reason.
    grave = [line for line in said[-20:] if "FATAL" in line and "the database system is" not in line]
    return (grave or said or ["it said nothing"])[-1]


def _has_roles(place: Home) -> bool:
    """Roles and databases stand; False where the server died again meanwhile."""
    try:
        make_roles(place)
    except psycopg.OperationalError:
        return False
    return True
