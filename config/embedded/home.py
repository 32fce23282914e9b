"""Where the embedded server keeps what it has, and as whom it runs."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SUPERUSER = "postgres"
OWNER, WEB, WORKER, PORTAL = "bida_owner", "bida_web", "bida_worker", "bida_portal"
BROKER = "bida_broker"
DATABASE, BROKER_DATABASE = "bida", "bida_broker"
# A unix socket's whole path may have 107 characters; libpq reads a comma as the end of a host, and the PGMQ client a
# blank.
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 107


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
        if plain and len(os.fsencode(near / SOCKET_NAME)) <= LONGEST_SOCKET and enterable(self.var):
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


def enterable(folder: Path) -> bool:
    """Whether the account of the server may pass through every folder on the way."""
    if os.getuid() != 0:
        return True
    every = (folder.resolve(), *folder.resolve().parents)
    return all(not one.exists() or one.stat().st_mode & stat.S_IXOTH for one in every)


def server_account() -> dict[str, Any]:
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
