"""The PostgreSQL that Bida starts by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config import embedded

pytestmark = pytest.mark.processes
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of its own, which the server's account may enter; its server is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="bida-house-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def ask(place: embedded.Home, role: str, question: str) -> object:
    with psycopg.connect(place.conninfo(role, embedded.DATABASE)) as connection:
        answer = connection.execute(question.encode())
        while answer.nextset():
            pass
        row = answer.fetchone()
    return row[0] if row else None


def pid(place: embedded.Home) -> int:
    return int((place.cluster / "postmaster.pid").read_text().split()[0])


def alive(number: int) -> bool:
    """Whether the process does anything yet; one that only waits to be reaped by its parent does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def ends(number: int) -> bool:
    # A process that ends gives up its command line, by which it is known, a moment before it becomes a zombie.
    until = time.monotonic() + 5
    while alive(number) and time.monotonic() < until:
        time.sleep(0.01)
    return not alive(number)


def test_it_runs_while_somebody_needs_it_and_the_last_to_leave_stops_it(folder: Path) -> None:
    place = embedded.Home(folder)
    with embedded.running(place, embedded.HASTY):
        with embedded.running(place, embedded.HASTY):
            number = pid(place)
        assert ask(place, embedded.WEB, "select 1") == 1
    assert ends(number)
    assert not (place.cluster / "postmaster.pid").exists()
    assert not place.socket.exists()


def test_dbshell_opens_where_the_machine_has_no_psql(folder: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    said = subprocess.run(
        [sys.executable, "manage.py", "dbshell", "--", "-Atc", "select current_user"],
        cwd=ROOT,
        env={**clean, "BIDA_VAR": str(folder), "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.stdout, said.stderr) == ("bida_owner\n", "")


def test_it_keeps_what_was_written(folder: Path) -> None:
    place = embedded.Home(folder)
    with embedded.running(place, embedded.HASTY):
        ask(place, embedded.OWNER, "create table kept as select 7 as number; select 1")
    with embedded.running(place, embedded.HASTY):
        assert ask(place, embedded.OWNER, "select number from kept") == 7


@pytest.mark.parametrize("name", ["with spaces in it", "政务 公开", "l" * 120, "comma,quote'", "a" * 200])
def test_any_path_will_do(folder: Path, name: str) -> None:
    place = embedded.Home(folder / name)
    with embedded.running(place, embedded.HASTY):
        assert ask(place, embedded.OWNER, "select 1") == 1
        assert place.socket.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.getuid() != 0, reason="only root meets folders that its server's account cannot enter")
def test_root_may_keep_it_where_nobody_can_enter(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o700)
    place = embedded.Home(folder / "closed" / "var")
    try:
        with embedded.running(place, embedded.HASTY):
            assert ask(place, embedded.OWNER, "select 1") == 1
            assert (folder / "closed").stat().st_mode & 0o777 == 0o700
            assert place.cluster.resolve().is_relative_to(place.outside)
    finally:
        subprocess.run(["rm", "-rf", str(place.outside), str(place.socket)], check=True)


def test_the_login_roles_own_nothing_and_are_no_superusers(folder: Path) -> None:
    place = embedded.Home(folder)
    with embedded.running(place, embedded.HASTY):
        assert (
            ask(place, embedded.OWNER, "select count(*) from pg_roles where rolname ~ '^bida' and rolsuper")
            == 0
        )
        owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
        assert ask(place, embedded.WEB, owner) == embedded.OWNER
        for role in (embedded.WEB, embedded.WORKER):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ask(place, role, "create table mine (a int)")


def test_a_killed_server_starts_again_with_what_was_committed(folder: Path) -> None:
    place = embedded.Home(folder)
    with embedded.running(place):
        ask(place, embedded.OWNER, "create table kept as select 7 as number; select 1")
        os.kill(pid(place), signal.SIGKILL)
        embedded.revive(place)
        assert ask(place, embedded.OWNER, "select number from kept") == 7


def test_a_server_that_recovers_from_a_killed_connection_is_waited_for(folder: Path) -> None:
    place = embedded.Home(folder)
    with embedded.running(place):
        ask(place, embedded.OWNER, "create table kept as select 7 as number; select 1")
        number = pid(place)
        for _ in range(3):
            with psycopg.connect(place.conninfo(embedded.WEB, embedded.DATABASE)) as connection:
                os.kill(connection.info.backend_pid, signal.SIGKILL)
                embedded.revive(place)
        assert ask(place, embedded.OWNER, "select number from kept") == 7
        assert pid(place) == number


def test_a_killed_holder_leaves_a_server_that_the_next_one_joins_and_stops(folder: Path) -> None:
    place = embedded.Home(folder)
    program = (
        "import sys, time; from pathlib import Path; from config import embedded\n"
        f"with embedded.running(embedded.Home(Path({str(folder)!r}))): print('up', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"up\n"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    number = pid(place)
    assert alive(number)
    with embedded.running(place):
        assert pid(place) == number
    assert ends(number)


def test_a_pid_file_that_names_a_stranger_is_removed_and_the_stranger_lives(folder: Path) -> None:
    place = embedded.Home(folder)
    with embedded.running(place, embedded.HASTY):
        left = (place.cluster / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        (place.cluster / "postmaster.pid").write_text(left.replace(left.split()[0], str(stranger.pid), 1))
        with embedded.running(place, embedded.HASTY):
            assert ask(place, embedded.OWNER, "select 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_data_of_another_major_version_is_refused_with_the_way_to_move_it(folder: Path) -> None:
    place = embedded.Home(folder)
    with embedded.running(place, embedded.HASTY):
        pass
    (place.cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(embedded.CannotStart) as refused, embedded.running(place):
        pass
    words = str(refused.value)
    assert "written by PostgreSQL 15" in words
    assert "config.embedded dump" in words
    assert words.count("\n") == 0


def test_a_folder_with_something_else_in_it_is_refused(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "letter.txt").write_text("Dear reader")
    with (
        pytest.raises(embedded.CannotStart, match="no PostgreSQL data"),
        embedded.running(embedded.Home(folder)),
    ):
        pass
    assert (folder / "postgres" / "letter.txt").exists()


def test_a_server_that_dies_at_once_says_its_last_words(folder: Path) -> None:
    place = embedded.Home(folder)
    with pytest.raises(embedded.CannotStart, match="FATAL"), embedded.running(place, ("max_connections=-1",)):
        pass


def test_a_dump_is_restored_whole_elsewhere(folder: Path) -> None:
    environment = dict(os.environ)
    dump = str(folder / "bida.dump")
    for name, act in (("one", "dump"), ("two", "restore")):
        place = embedded.Home(folder / name)
        if act == "dump":
            with embedded.running(place):
                ask(place, embedded.OWNER, "create table kept as select 7 as number; select 1")
        subprocess.run(
            [sys.executable, "-m", "config.embedded", act, dump],
            env={**environment, "BIDA_VAR": str(place.var)},
            cwd=ROOT,
            check=True,
        )
    with embedded.running(place):
        assert ask(place, embedded.OWNER, "select number from kept") == 7


def test_two_that_start_at_once_start_one_server(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from config import embedded\n"
        f"home = embedded.Home(Path({str(folder)!r}))\n"
        "with embedded.running(home): print((home.cluster / 'postmaster.pid').read_text().split()[0], flush=True); "
        "sys.stdin.read()"
    )
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [one.stdout.readline() for one in pair if one.stdout]
    assert said[0] == said[1] != ""
    for one in pair:
        one.communicate("")
    until = time.monotonic() + 30
    while alive(int(said[0])) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(int(said[0]))
