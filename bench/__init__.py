"""Measurements, each a script with a printed table, and what they share: a loaded database, a server, clients."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

MANY = 100_000
PORT = 8720
CLIENTS = 8
# Seconds in which a server must answer at first; milliseconds for which one statement is tried again.
PATIENCE, PATIENCE_MS = 60, 10_000


@dataclass(frozen=True)
class Load:
    """A loaded database: where it is, whose district it holds, and a key that may read all of that."""

    url: str
    many: int
    district: int
    key: str


@contextmanager
def loaded(many: int, *, copied: bool = False) -> Iterator[Load]:
    """A database with a load of so many, on which Django's connection is while the block runs.

    Made once and kept for the next script, as bida_load_<many>; `copied` gives a copy to write to, dropped at the end.
    """
    from django.core.management import call_command
    from django.db import connection

    from config import embedded

    name, home = f"bida_load_{many}", connection.settings_dict["NAME"]
    target = f"{name}_copy" if copied else name
    connection.ensure_connection()
    connection.set_autocommit(True)
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", [name])
        stands = cursor.fetchone() is not None
        if not stands:
            cursor.execute(f'create database "{name}"')
    _move_to(name)
    try:
        call_command("migrate", verbosity=0)
        if not stands:
            call_command("make_load", str(many), verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
            with connection.cursor() as cursor:
                cursor.execute("vacuum analyze")
    except BaseException:
        _move_to(home)
        with connection.cursor() as cursor:
            embedded.drop_database(cursor.execute, name)
        raise
    if copied:
        _move_to(home)
        with connection.cursor() as cursor:
            embedded.drop_database(cursor.execute, target)
            cursor.execute(f'create database "{target}" template "{name}" strategy file_copy')
        _move_to(target)
    try:
        district, key = _key()
        parts = urlsplit(os.environ["DATABASE_URL"])
        yield Load(urlunsplit(parts._replace(path=f"/{target}")), many, district, key)
    finally:
        _move_to(home)
        if copied:
            with connection.cursor() as cursor:
                embedded.drop_database(cursor.execute, target)


def _move_to(name: str) -> None:
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name
    connection.set_autocommit(True)


def _key() -> tuple[int, str]:
    from django.utils import timezone

    from bureaus.models import ApiScope, Officer, Place
    from bureaus.services.api_keys import issue_key

    district = Place.objects.get(kind="district")
    key = issue_key(
        name="bench",
        scopes=(ApiScope.STATISTICS, ApiScope.INQUIRIES),
        district=district,
        # Signals of gaming are for the auditor and the district's office.
        officer=Officer.objects.get(tenures__post__role="director", district=district),
        by=None,
        now=timezone.now(),
        per_minute=10_000_000,
    )
    return district.pk, key.token


@dataclass
class Server:
    """Bida's own web server as `make run` starts it, on the loaded database."""

    process: subprocess.Popen[bytes]
    key: str

    def peak_megabytes(self) -> float:
        """The most memory that any of its processes has used so far."""
        pids = [self.process.pid]
        for pid in pids:
            for task in Path(f"/proc/{pid}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
        lines = [line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
        return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@contextmanager
def serving(load: Load, **environment: str) -> Iterator[Server]:
    """The server answers while the block runs, in the environment given."""
    from config.supervisor import web

    with socket.socket() as other:
        # It would answer in the place of this one, from another database.
        if other.connect_ex(("127.0.0.1", PORT)) == 0:
            sys.exit(f"port {PORT} of the bench is taken")
    process = subprocess.Popen(
        web(PORT), env={**os.environ, "DATABASE_URL": load.url, **environment}, stderr=subprocess.DEVNULL
    )
    server = Server(process, load.key)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                get(Client(server), "/healthz")
                break
            except OSError:
                if time.monotonic() > until or process.poll() is not None:
                    sys.exit("the server of the bench does not answer")
                time.sleep(0.2)
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


class Client:
    """One connection that stays open."""

    def __init__(self, server: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
        self.headers = {"Authorization": f"Bearer {server.key}", "Accept": "application/json"}


class Refused(Exception):
    """The server gave no answer."""


def get(client: Client, path: str, *, method: str = "GET") -> bytes:
    """The body. Raises Refused."""
    client.connection.request(method, path, headers=client.headers)
    response = client.connection.getresponse()
    body = response.read()
    if response.status >= 400:
        raise Refused(f"{method} {path}: {response.status} {body.decode()[:300]}")
    return body


def percentiles(taken: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    ordered = sorted(taken)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def ask(server: Server, path: str, *, clients: int, times: int, method: str = "GET") -> tuple[float, float]:
    """Milliseconds of one request, p50 and p99, of so many clients that ask so many times each, all at once.

    Raises Refused.
    """
    taken: list[float] = []
    refused: list[Refused] = []

    def one() -> None:
        client = Client(server)
        for n in range(times + 2):
            began = time.perf_counter()
            try:
                get(client, path, method=method)
            except Refused as wrong:
                refused.append(wrong)
                return
            if n >= 2:
                taken.append((time.perf_counter() - began) * 1000)

    together(one, clients)
    if refused:
        raise refused[0]
    return percentiles(taken)


def together(act: Callable[[], None], many: int) -> None:
    """So many do it at once."""
    threads = [Thread(target=act) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def clocked(act: Callable[[], object], times: int) -> tuple[float, float]:
    """Milliseconds of one go, p50 and p99, after two to warm up; of what takes seconds, of as many as fit into ten."""
    taken = []
    for _ in range(times + 2):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
        if sum(taken) > PATIENCE_MS:
            break
    return percentiles(taken[2:] or taken[-1:])


def machine() -> str:
    """What it is measured on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("show server_version")
        [version] = cursor.fetchone() or ("?",)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, PostgreSQL {version}"


def begin() -> None:
    """Django is set up, on the server of DATABASE_URL, or on an embedded one of the bench alone."""
    import django

    from config import embedded

    if not os.environ.get("DATABASE_URL"):
        os.environ["BIDA_VAR"] = str(embedded.home().var / "bench")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


@contextmanager
def database_server() -> Iterator[None]:
    """The server runs, and its owner may create databases; on a server named by DATABASE_URL that is the operator's to
    allow."""
    from config import embedded

    own = not os.environ.get("DATABASE_URL")
    with embedded.for_command():
        if own:
            embedded.let_owner_create_databases(embedded.home())
        yield
