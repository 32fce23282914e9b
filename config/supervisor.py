"""What `make run` runs: database, web, worker and beat under one roof.

    python -m config.supervisor [PORT]

A child that dies is started again, the database too. Ctrl-C or SIGTERM stops everything. With DATABASE_URL or
BROKER_URL the children use those (WORKER_DATABASE_URL and MIGRATE_DATABASE_URL name the logins of the worker and of
the owner); where either is missing, the embedded PostgreSQL is started and serves in its place. BIDA_HTTPS=1 serves
https to the network under a certificate of its own (config/certificate.py), without it http to this machine alone.
"""

from __future__ import annotations

import ctypes
import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType

from django.core.exceptions import ImproperlyConfigured

from config import certificate, embedded, env

HOST, ANY_HOST = "127.0.0.1", "0.0.0.0"  # noqa: S104  # nosec B104: where https was asked for
DEFAULT_PORT = 8000
WORKERS = 2
# A worker finishes the task it is at.
PATIENCE_SECONDS = 20
LOOK_EVERY_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 10.0
# So long may the oldest due chase wait before workers that run are taken for deaf.
DEAF_SECONDS = 180.0
PR_SET_PDEATHSIG = 1
STOPPING = {signal.SIGINT, signal.SIGTERM}


def say(words: str) -> None:
    """The words stand on the terminal, marked as the supervisor's; one that was closed must not stop the stopping."""
    with suppress(OSError):
        print(f"bida: {words}", flush=True)


def _die_with_parent() -> None:
    # When the supervisor itself is killed, no child may stay and hold the port. Linux only.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One process that is to run for as long as the supervisor does."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    again_at: float = 0.0
    pause: float = field(default=0.5)

    def start(self) -> None:
        """The process runs, in a group of its own, so that Ctrl-C reaches the supervisor only."""
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            cwd=embedded.BASE_DIR,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self.started_at = time.monotonic()

    def look(self) -> None:
        """The process runs, or will be started again after a pause that grows while it dies early."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.again_at:
                self.start()
            return
        # A signal that is answered while poll holds its lock leaves it held, and the stopping would wait for ever.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            code = self.process.poll()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        if code is None:
            return
        # A pool's orphans would go on working, and hold the port.
        self.signal(signal.SIGKILL)
        self.process = None
        self.pause = (
            0.5 if now - self.started_at > STEADY_SECONDS else min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        )
        self.again_at = now + self.pause
        say(f"{self.name} ended ({code}); it starts again in {self.pause:g} s.")

    def signal(self, number: int) -> None:
        """Every process of the group has received the signal."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    def ask_to_stop(self) -> None:
        """The main process was asked; it tells its own children."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def gone(self, until: float) -> None:
        """No process of the group is left, by force after `until`."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop within {PATIENCE_SECONDS} s and was killed.")
        self.signal(signal.SIGKILL)
        self.process.wait()


class _Stopped(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def _stop(number: int, frame: FrameType | None) -> None:
    # Once: a second Ctrl-C must not interrupt the stopping.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Stopped


def main(arguments: list[str]) -> int:
    """Runs until stopped; 0 after Ctrl-C or SIGTERM, 1 when it could not start."""
    given = arguments[0] if arguments else os.environ.get("PORT") or str(DEFAULT_PORT)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
        say(f"PORT must be a whole number from 1 to 65535; it is {given!r}.")
        return 1
    port = int(given)
    try:
        secure = env.flag("BIDA_HTTPS", False)
    except ImproperlyConfigured as wrong:
        say(str(wrong))
        return 1
    taken = _taken(port, ANY_HOST if secure else HOST)
    if taken:
        say(taken)
        return 1
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        # The embedded server is the broker as well, so a database of one's own does without it only beside a broker.
        broker = os.environ.get("BROKER_URL") or os.environ.get("BROKER_URL_FILE")
        https = _certified() if secure else None
        if embedded.names_database() and broker:
            return _serve(port, None, https)
        say("starting PostgreSQL …")
        with embedded.running(embedded.home()) as place:
            return _serve(port, place, https)
    except embedded.CannotStart as refused:
        say(str(refused))
        return 1
    except _Stopped:
        say("stopped.")
        return 0


def _certified() -> certificate.Files:
    """A certificate good for every name by which this machine is reached, or for those that ALLOWED_HOSTS names."""
    names = env.words("ALLOWED_HOSTS") or certificate.names_of_this_machine()
    # Asked for over loopback too, by this supervisor.
    names = list(dict.fromkeys([*names, "localhost", HOST]))
    os.environ["ALLOWED_HOSTS"] = ",".join(names)
    return certificate.prepare(embedded.home().var / "https", names, now=datetime.now(UTC))


def _taken(port: int, host: str) -> str:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as wrong:
            if wrong.errno == errno.EADDRINUSE:
                return f"port {port} is taken by another program: try `make run PORT={port + 123}`."
            return f"port {port} cannot be used: {wrong.strerror}."
    return ""


def _environment(place: embedded.Home | None, role: str, variable: str) -> dict[str, str]:
    found = dict(os.environ, PYTHONUNBUFFERED="1", DJANGO_SETTINGS_MODULE="config.settings")
    if embedded.names_database():
        embedded.log_in_as(variable, found)
    elif place is not None:
        found["DATABASE_URL"] = place.url(role)
    # Said once by Celery as root, at every start; the supervisor cannot become another user.
    found["PYTHONWARNINGS"] = "ignore:::celery.platforms"
    for name in ("MIGRATE_DATABASE_URL", "WORKER_DATABASE_URL"):
        for form in ("", "_FILE"):
            found.pop(name + form, None)
    return found


def _serve(port: int, place: embedded.Home | None, https: certificate.Files | None) -> int:
    """Prepares the database, then keeps the children running until a signal comes."""
    as_owner = _environment(place, embedded.OWNER, "MIGRATE_DATABASE_URL")
    accounts = embedded.home().var / "example-accounts.txt"
    say("bringing the tables up to date …")
    if not _command(as_owner, "migrate", "--verbosity", "1"):
        return 1
    if not accounts.exists() and _has_example():
        say("loading the example district …")
        if not _command(as_owner, "load_example"):
            return 1
    as_web = _environment(place, embedded.WEB, "DATABASE_URL")
    as_worker = _environment(place, embedded.WORKER, "WORKER_DATABASE_URL")
    children = [
        Child("web", web(port, https), as_web),
        *(Child(f"worker {number}", worker(number), as_worker) for number in range(1, WORKERS + 1)),
        Child("beat", beat(), as_worker),
    ]
    try:
        for child in children:
            child.start()
        ready, look_at_database_at, look_at_chase_at = False, 0.0, 0.0
        while True:
            for child in children:
                child.look()
            if place is not None and time.monotonic() >= look_at_database_at:
                look_at_database_at = time.monotonic() + 1.0
                if not embedded.is_ready(place):
                    say("PostgreSQL is away; starting it again …")
                    try:
                        embedded.revive(place)
                    except embedded.CannotStart as refused:
                        # It may be able to in a moment, when the disk has room again; all else goes on meanwhile.
                        say(str(refused))
                        look_at_database_at = time.monotonic() + LONGEST_PAUSE_SECONDS
            if time.monotonic() >= look_at_chase_at:
                look_at_chase_at = time.monotonic() + LONGEST_PAUSE_SECONDS
                wake_the_deaf(children, port, https)
            if not ready and _get(port, "/readyz", https)[0] == 200:
                ready = True
                scheme = "https" if https else "http"
                say(f"Bida is ready at {scheme}://localhost:{port}/ — Ctrl-C stops it.")
                if https:
                    print(_how_to_trust(https, port), flush=True)
                if accounts.exists():
                    print(accounts.read_text(), flush=True)
            time.sleep(LOOK_EVERY_SECONDS)
    finally:
        say("stopping …")
        for child in children:
            child.ask_to_stop()
        until = time.monotonic() + PATIENCE_SECONDS
        for child in children:
            child.gone(until)


def web(port: int, https: certificate.Files | None = None) -> list[str]:
    """The web server's command: to this machine, or by https to the network."""
    host, secure = HOST, []
    if https:
        host, secure = (
            ANY_HOST,
            ["--ssl-certificate", str(https.server), "--ssl-keyfile", str(https.server_key)],
        )
        # Old tablets that do take a service worker speak no TLS 1.3.
        secure += ["--ssl-protocol-min", "tls1.2"]
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "4", "--log-level", "warning"),
        *secure,
        "config.wsgi:application",
    ]


def worker(number: int = 1) -> list[str]:
    """A worker's command.

    One task at a time in the one process: in a pool, a child that is killed while it waits for work takes the pool's
    lock with it, and the rest neither works nor ends.
    """
    return [
        *(sys.executable, "-m", "celery", "--app", "config.celery", "--quiet", "worker", "--pool", "solo"),
        *("--hostname", f"bida{number}@%h", "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def beat() -> list[str]:
    """The clock's command. Its scheduler keeps no file: what is due is the database's to know."""
    return [
        *(sys.executable, "-m", "celery", "--app", "config.celery", "--quiet", "beat", "--pidfile="),
        *("--scheduler", "celery.beat:Scheduler", "--loglevel", "WARNING"),
    ]


def _command(environment: dict[str, str], *words: str) -> bool:
    # In the supervisor's own process group: Ctrl-C ends it too.
    return (
        subprocess.run(
            [sys.executable, "manage.py", *words], env=environment, cwd=embedded.BASE_DIR
        ).returncode
        == 0
    )


def _has_example() -> bool:
    return any(
        (embedded.BASE_DIR / app / "management" / "commands" / "load_example.py").exists()
        for app in ("disclosure", "inquiries")
    )


def wake_the_deaf(children: list[Child], port: int, https: certificate.Files | None = None) -> None:
    """Workers that run while the chase stands still are killed, to be started again."""
    try:
        late = json.loads(_get(port, "/health", https)[1]).get("oldest_due_chase_seconds") or 0
    except ValueError:
        return
    if late < DEAF_SECONDS:
        return
    for child in children:
        if child.name.startswith("worker") and time.monotonic() - child.started_at > DEAF_SECONDS:
            say(f"nothing was chased for {late:.0f} s; {child.name} is killed.")
            child.signal(signal.SIGKILL)


def _how_to_trust(https: certificate.Files, port: int) -> str:
    """What stands on the terminal below the address."""
    names = [name for name in os.environ["ALLOWED_HOSTS"].split(",") if name not in ("localhost", HOST)]
    addresses = "".join(f"  https://{name}:{port}/\n" for name in names) or "  (no network was found)\n"
    return f"""From a tablet in the same network:
{addresses}Each tablet is told once to trust this machine. Bring it the file
  {https.authority}
by cable, card or mail, then
  Android: Settings, Security, Encryption & credentials, Install a certificate, CA certificate
  iPad:    open the file; Settings, General, VPN & Device Management, install; then About,
           Certificate Trust Settings, switch it on
  Windows: open the file; Install Certificate, Local Machine, Trusted Root Certification Authorities
Take it away again there after the day. {https.authority_key.name} beside it stays on this machine alone.
"""


def _get(port: int, path: str, https: certificate.Files | None = None) -> tuple[int, str]:
    """Status and body; 0 and nothing where nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    if https:
        connection = http.client.HTTPSConnection(HOST, port, timeout=2, context=certificate.trust(https))
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
