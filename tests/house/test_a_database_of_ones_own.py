"""Bida on a PostgreSQL that somebody else runs, with the roles of deploy/roles.sh, and what a backup holds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from bureaus.workdays import SHANGHAI
from config import embedded
from config.embedded.home import server_account
from config.embedded.wheel import server_programs
from tests.house.running import ROOT, Bida, comes_true, free_port

pytestmark = pytest.mark.processes
OLDEST = 15
PASSWORDS = {"postgres": "p-0", "owner": "p@1/", "web": "p:2", "worker": "p 3", "portal": "p-4"}


def installed() -> Path | None:
    """The programs of the newest PostgreSQL that this machine has, where it is new enough."""
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *(Path(found).resolve().parent for found in [shutil.which("postgres")] if found),
    ]
    versions = {
        int(said.split()[2].split(".")[0]): folder
        for folder in folders
        if (folder / "initdb").exists()
        and (
            said := subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
        )
    }
    newest = max(versions, default=0)
    return versions[newest] if newest >= OLDEST else None


@dataclass
class Server:
    """One that was set up as docs/operations.md says, with a password for every login."""

    folder: Path
    programs: Path
    foreign: bool  # not the one that Bida brings

    def url(self, who: str, database: str = "bida") -> str:
        """The address for one of the roles, or for the superuser."""
        login = who if who == "postgres" else f"bida_{who}"
        password = quote(PASSWORDS[who], safe="")
        return f"postgresql://{login}:{password}@/{database}?host={quote(str(self.folder), safe='')}"

    def ask(self, question: str, who: str = "postgres", database: str = "bida") -> list[tuple[Any, ...]]:
        """What that role is answered."""
        with psycopg.connect(self.url(who, database)) as connection:
            return connection.execute(question.encode()).fetchall()

    def run(self, name: str, *words: str) -> None:
        """One of its programs has done its work."""
        subprocess.run([self.programs / name, *words], check=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """It runs, with roles and an empty database."""
    found = installed()
    with tempfile.TemporaryDirectory(prefix="bida-own-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        programs = found or server_programs(embedded.Home(folder))
        account = server_account()
        if account:
            os.chown(folder, account["user"], account["group"])
        for who, password in PASSWORDS.items():
            (folder / f"{who}_password").write_text(password)
        subprocess.run(
            [
                *(programs / "initdb", "-D", folder / "data", "-U", "postgres", "--encoding=UTF8"),
                *("--no-locale", "--auth=scram-sha-256", f"--pwfile={folder}/postgres_password"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **account,
        )
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(
                [
                    *(programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses="),
                    *("-c", "fsync=off", "-c", "synchronous_commit=off"),
                ],
                stdout=log,
                stderr=log,
                cwd="/",
                **account,
            )
        try:
            ready = [str(programs / "pg_isready"), "-q", "-h", made]
            assert comes_true(lambda: subprocess.run(ready).returncode == 0), (folder / "log").read_text()
            roles = (ROOT / "deploy" / "roles.sh").read_text().replace("/run/secrets", str(folder))
            subprocess.run(
                ["bash", "-c", roles],
                check=True,
                stdout=subprocess.DEVNULL,
                env={
                    "PATH": os.pathsep.join((str(programs), os.environ["PATH"])),
                    "PGHOST": str(folder),
                    "PGPASSWORD": PASSWORDS["postgres"],
                },
            )
            yield Server(folder, programs, foreign=found is not None)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


@pytest.fixture(scope="module")
def ran(server: Server) -> Iterator[set[str]]:
    """The example was loaded there and chased, and Bida is stopped; gives who had logged in meanwhile.

    No broker is named: the embedded one serves beside the database.
    """
    with tempfile.TemporaryDirectory(prefix="bida beside ") as made:
        Path(made).chmod(0o755)
        (Path(made) / "url").write_text(server.url("web"))
        bida = Bida(
            Path(made),
            free_port(),
            environment={
                "DATABASE_URL_FILE": f"{made}/url",
                "MIGRATE_DATABASE_URL": server.url("owner"),
                "WORKER_DATABASE_URL": server.url("worker"),
                "CHASE_EVERY_SECONDS": "1",
            },
        )
        try:
            bida.hears("example-accounts.txt")
            loaded_at = datetime.now(SHANGHAI)
            due = loaded_at + timedelta(minutes=1)
            chased = f"select 1 from inquiries_chase where chased_at > '{loaded_at}' and due_at < '{due}'"
            logins: set[str] = set()

            def chased_and_seen() -> bool:
                # A worker keeps no connection between two tasks.
                seen = server.ask(
                    "select usename::text from pg_stat_activity"
                    " where datname = 'bida' and backend_type = 'client backend'"
                )
                logins.update(name for (name,) in seen)
                return {"bida_web", "bida_worker"} <= logins and bool(server.ask(chased))

            assert comes_true(chased_and_seen)
            assert bida.place.cluster.exists()
        finally:
            stopped = bida.stop()
        assert stopped == 0
        yield logins - {"postgres"}


def test_make_run_uses_a_database_of_ones_own_with_three_logins_and_the_broker_that_bida_brings(
    server: Server, ran: set[str]
) -> None:
    # The owner migrated and loaded the example, and had gone when the others came.
    assert ran == {"bida_web", "bida_worker"}
    owners = server.ask("select distinct tableowner from pg_tables where schemaname = 'public'")
    assert owners == [("bida_owner",)]
    if not server.foreign:
        pytest.skip(f"it ran, on the PostgreSQL that Bida brings: this machine has none from {OLDEST} on")


def content(server: Server, database: str) -> dict[str, tuple[int, str]]:
    """Of every table how many rows it has, and a digest of all that stands in them."""
    tables = server.ask("select tablename from pg_tables where schemaname = 'public'", database=database)
    digest = "select count(*), coalesce(md5(string_agg(t::text, E'\\n' order by t::text)), '') from"
    return {name: server.ask(f'{digest} "{name}" t', database=database)[0] for (name,) in tables}


def guards(server: Server, database: str) -> list[tuple[Any, ...]]:
    """Every constraint, trigger, policy, function and grant; how a condition is written changes by being restored."""
    return server.ask(
        "select conrelid::regclass::text, conname, concat(contype, convalidated, condeferred) from pg_constraint "
        "where connamespace = 'public'::regnamespace "
        "union all select tgrelid::regclass::text, tgname, concat(tgtype, tgenabled, tgfoid::regproc) from pg_trigger "
        "where not tgisinternal "
        "union all select tablename, policyname, concat(roles, cmd, qual is null, with_check is null) from pg_policies "
        "union all select relname, relacl::text, concat(relrowsecurity, relforcerowsecurity, relowner::regrole) "
        "from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'S') "
        "union all select proname, proacl::text, concat(md5(prosrc), prosecdef, proconfig, proowner::regrole) "
        "from pg_proc where pronamespace = 'public'::regnamespace order by 1, 2, 3",
        database=database,
    )


def test_a_dump_by_the_owner_restores_whole(server: Server, ran: set[str], tmp_path: Path) -> None:
    dump = str(tmp_path / "bida.dump")
    server.run("pg_dump", "-Fc", "-d", server.url("owner"), "-f", dump)
    server.run("psql", "-q", "-d", server.url("postgres"), "-c", "create database back owner bida_owner")
    server.run(
        *("pg_restore", "--exit-on-error", "--single-transaction", "-d", server.url("owner", "back"), dump)
    )
    before, after = content(server, "bida"), content(server, "back")
    assert after == before
    assert before["inquiries_chase"][0] > before["inquiries_inquiry"][0] > 0
    assert guards(server, "back") == guards(server, "bida")
    # The roles find there what they had: the policies bind, and a clerk's scope opens.
    assert server.ask("select count(*) from inquiries_inquiry", "web", "back") == [(0,)]
    with psycopg.connect(server.url("web", "back")) as connection:
        connection.execute("select set_config('bida.district', district_id::text, true) from bureaus_place")
        assert connection.execute("select count(*) from inquiries_inquiry").fetchone() != (0,)
