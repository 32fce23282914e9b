"""The plugin that gives the tests a PostgreSQL of their own, with a database migrated by its owner in it.

With DATABASE_URL the tests use that server instead, logged in as an owner who may create databases. Each process of a
run beside others has a server of its own: it does not take its parent's for one that somebody named.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

_stack = contextlib.ExitStack()
# Tells a process below which server this one started, and put into DATABASE_URL.
OWN = "BIDA_TEST_OWN_DATABASE"
# The database of the own server that the migrations have run in; None on a server that DATABASE_URL names.
migrated: str | None = None


def _start_database() -> None:
    # Without the mode, the server's account could not enter.
    folder = Path(tempfile.mkdtemp(prefix="bida-test-"))
    folder.chmod(0o755)
    os.environ["BIDA_VAR"] = str(folder)
    _stack.callback(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(_stack.close)
    named = os.environ.get("DATABASE_URL")
    if named and named != os.environ.get(OWN):
        return
    from config import embedded
    from tests import prepared

    prepared.put_into(folder)
    global migrated
    migrated = embedded.DATABASE
    place = _stack.enter_context(embedded.running(embedded.home(), embedded.HASTY))
    embedded.let_owner_create_databases(place)
    os.environ["DATABASE_URL"] = os.environ[OWN] = place.url(embedded.OWNER, "postgres")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """The server stops before a process of many says that it has done: what is slow afterwards is killed."""
    _stack.close()


# Values fit for nothing but tests; a run on somebody's shell environment must not depend on it.
for _name in (
    "BIDA_ENV",
    "BROKER_URL",
    "ALLOWED_HOSTS",
    "CHASE_EVERY_SECONDS",
    "SEND_EVERY_SECONDS",
    "BROKER_QUEUE",
    "EMAIL_HOST",
):
    os.environ.pop(_name, None)
_start_database()
