"""A migrated data folder, made once for the migrations as they stand, and copied by each process that needs a server.

Most of a migration's time goes into Django's picture of the tables, the same each time. What a first start does is
tested where a first start is the subject.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import embedded
from config.embedded.home import server_account

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "prepared"
# What the tables are made by: the migrations, what they import, the server, and the packages. Models alone make none.
SOURCES = (
    *("*/migrations/**/*.py", "bureaus/models/places.py", "bureaus/workdays.py", "inquiries/states.py"),
    *("config/embedded/*.py", "requirements.txt", "tests/prepared.py"),
)


def put_into(var: Path) -> None:
    """The folder `var` has a data folder with the database `bida`, migrated; its server has never run there."""
    with _alone():
        made = KEPT / _key()
        if not made.exists():
            _prepare(made)
        _copy(made, var / "postgres")


@contextmanager
def _alone() -> Iterator[None]:
    KEPT.mkdir(parents=True, exist_ok=True)
    with open(KEPT / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _key() -> str:
    seen = hashlib.sha256(sys.version.encode())
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file()}):
        seen.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()[:16]


def _prepare(made: Path) -> None:
    for old in KEPT.iterdir():
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="bida-prepared-") as folder:
        Path(folder).chmod(0o755)  # or the server's account could not enter
        clean = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
        place = embedded.Home(Path(folder))
        with embedded.running(place, embedded.HASTY):
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
                cwd=ROOT,
                env=clean | {"BIDA_VAR": folder, "DATABASE_URL": place.url(embedded.OWNER)},
                check=True,
            )
        shutil.copytree(place.cluster, made.with_suffix(".half"), symlinks=True)
    made.with_suffix(".half").rename(made)


def _copy(made: Path, cluster: Path) -> None:
    shutil.copytree(made, cluster, symlinks=True)
    account = server_account()
    if account:
        for folder, _below, files in os.walk(cluster):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, account["user"], account["group"], follow_symlinks=False)
    cluster.chmod(0o700)
