"""The data folder and the socket's: made, filled and checked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from config.embedded.home import SUPERUSER, CannotStart, Home, enterable


def make_folders(place: Home, account: dict[str, Any]) -> None:
    """The folders of socket and data are there and belong to the server's account. Raises CannotStart."""
    try:
        place.socket.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(place.socket, account["user"], account["group"])
            if not enterable(place.var) and not place.cluster.is_symlink():
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


def initialise(place: Home, binaries: Path, account: dict[str, Any]) -> None:
    """A new data folder stands, whole. Raises CannotStart."""
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


def check_major_version(place: Home, binaries: Path) -> None:
    """Raises CannotStart where another major version wrote the data."""
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
