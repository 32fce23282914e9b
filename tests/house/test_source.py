"""What the source may and may not hold: doors do not write, words that say nothing are no names, locks are clean."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from bureaus.models import Officer
from tests.conftest import Cast
from tests.doors import DOORS

ROOT = Path(__file__).resolve().parents[2]
APPS = ("config", "bureaus", "inquiries", "disclosure")
WRITES = {
    *(
        "save",
        "create",
        "update",
        "delete",
        "get_or_create",
        "update_or_create",
        "bulk_create",
        "bulk_update",
    ),
    *(
        "asave",
        "acreate",
        "aupdate",
        "adelete",
        "aget_or_create",
        "aupdate_or_create",
        "abulk_create",
        "abulk_update",
    ),
    *(
        "create_user",
        "create_superuser",
        "execute",
        "executemany",
        "copy",
        "callproc",
        "add",
        "remove",
        "set",
        "clear",
    ),
}
# Words that are also methods of dict, set, cache and the like: a write only on what hangs on a manager or a relation.
COMMON = {"update", "delete", "add", "remove", "set", "clear", "copy", "create", "save", "execute"}
FORBIDDEN = re.compile(
    r"(^|.*_)(utils?|helpers?|misc)$|^(common|core|manager|data|info)$|^(handle|process|manage)_"
)


def python_files(*folders: str) -> list[Path]:
    return [
        file
        for folder in folders
        for file in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in file.parts
    ]


def is_door(file: Path) -> bool:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return parts[0] in ("bureaus", "inquiries", "disclosure") and len(parts) > 1 and parts[1] in DOORS


def writes(source: str) -> Iterator[tuple[int, str]]:
    """Line and call of everything that reads like a write to the database."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, ast.unparse(node.func.value)
        if name not in WRITES:
            continue
        of_rows = re.search(
            r"\bobjects\b|_set\b|\.(filter|exclude|all|get|using|order_by|select_for_update)\(", owner
        )
        of_an_instance = name in ("save", "delete") and not re.search(
            r"cache|session|storage|workbook|document", owner
        )
        of_a_cursor = name in ("execute", "executemany", "copy", "callproc") and re.search(
            r"cursor|connection", owner
        )
        if name not in COMMON or of_rows or of_an_instance or of_a_cursor:
            yield node.lineno, ast.unparse(node.func)


@pytest.mark.parametrize(
    "planted",
    [
        "inquiry.save()",
        "Inquiry.objects.create(text='x')",
        "Inquiry.objects.filter(pk=1).update(text='x')",
        "inquiry.chase_set.all().delete()",
        "Inquiry.objects.bulk_create([])",
        "cursor.execute('update x')",
        "form.save()",
        "serializer.save()",
        "officer.groups.get(pk=1).delete()",
    ],
)
def test_a_planted_write_is_found(planted: str) -> None:
    assert list(writes(planted))


@pytest.mark.parametrize(
    "innocent", ["context.update(x=1)", "seen.add(1)", "Inquiry.objects.filter(pk=1)", "workbook.save(f)"]
)
def test_what_writes_no_row_is_left_alone(innocent: str) -> None:
    assert not list(writes(innocent))


def test_doors_do_not_write() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line} {call}"
        for file in python_files("bureaus", "inquiries", "disclosure")
        if is_door(file)
        for line, call in writes(file.read_text())
    ]
    assert found == []


PLANTED = """
from bureaus.models import Officer
def write():
    Officer.objects.filter(pk=0).update(name="x")
"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "is_traced"),
    [
        ("bureaus/views/own.py", True),
        ("inquiries/tasks.py", True),
        ("bureaus/management/commands/explain_due.py", True),
        ("bureaus/services/accounts.py", False),
        ("tests/conftest.py", False),
    ],
)
def test_what_a_door_writes_is_traced_to_it(file: str, is_traced: bool, written_by_doors: list[str]) -> None:
    room: dict[str, Callable[[], None]] = {}
    exec(compile(PLANTED, ROOT / file, "exec"), room)  # noqa: S102
    room["write"]()
    assert [file in found for found in written_by_doors] == [True] * is_traced
    written_by_doors.clear()


def test_what_a_view_of_django_s_own_writes_is_traced(
    cast: Cast, settings: LazySettings, written_by_doors: list[str]
) -> None:
    settings.ROOT_URLCONF = (path("planted/", PasswordChangeView.as_view(success_url="/")),)
    cast.li_min.set_password("correct-horse-7")
    cast.li_min.save()
    client = Client()
    client.force_login(cast.li_min, backend="django.contrib.auth.backends.ModelBackend")
    new = dict.fromkeys(("new_password1", "new_password2"), "battery-staple-9")
    assert client.post("/planted/", {"old_password": "correct-horse-7"} | new).status_code == 302
    assert ["/planted/" in found for found in written_by_doors] == [True]
    written_by_doors.clear()


@pytest.mark.parametrize(("times", "is_loop"), [(4, False), (5, True)])
def test_a_page_that_asks_in_a_loop_is_found(
    cast: Cast, settings: LazySettings, written_by_doors: list[str], times: int, is_loop: bool
) -> None:
    def asks(request: HttpRequest) -> HttpResponse:
        return HttpResponse([Officer.objects.get(pk=cast.li_min.pk).name for _each in range(times)])

    settings.ROOT_URLCONF = (path("planted/", asks),)
    assert Client().get("/planted/").status_code == 200
    assert ["in a loop" in found for found in written_by_doors] == [True] * is_loop
    written_by_doors.clear()


def test_time_is_read_in_doors_only() -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in python_files("bureaus", "inquiries", "disclosure")
        if not is_door(file)
        and re.search(r"timezone\.now\(|datetime\.now\(|date\.today\(|localdate\(\)", file.read_text())
    ]
    assert found == []


def test_services_know_no_tasks_and_no_signals() -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in python_files("bureaus", "inquiries", "disclosure")
        # That a migration has ended is no rule of the domain.
        if re.search(r"django\.db\.models\.signals(?! import post_migrate\n)|@receiver", file.read_text())
    ]
    assert found == []


def names(file: Path) -> Iterator[str]:
    yield file.stem
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


@pytest.mark.parametrize(
    "word", ["utils", "string_utils", "core", "common", "handle_form", "process_row", "data"]
)
def test_a_word_that_says_nothing_is_recognised(word: str) -> None:
    assert FORBIDDEN.match(word)


def test_no_name_says_nothing() -> None:
    # Names that Django, and the mail server and the parser of the tests, ask for by that word.
    asked = {
        "handle",
        "handle_RCPT",
        "handle_DATA",
        "handle_starttag",
        "handle_endtag",
        "handle_data",
        "process_view",
        "process_exception",
        "process_request",
        "process_response",
    }
    found = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in [*python_files(*APPS, "tests", "tools"), ROOT / "manage.py"]
        for name in names(file)
        if name not in asked
        and FORBIDDEN.match(name.lower())
        and name != "manage"
        and not name.startswith("test_")
    ]
    assert found == []


LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_version_and_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.findall(r"^[A-Za-z0-9][^#\n]*(?:\n(?: +[^\n]*))*", text, re.M)
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize("lock", [*LOCKS, ".npmrc"])
def test_no_lock_names_a_registry(lock: str) -> None:
    assert not re.search(r"https?://|--index-url|--find-links|registry=", (ROOT / lock).read_text())


def test_the_npm_lock_has_hashes_and_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("resolved" not in package for package in packages.values())
    assert all("integrity" in package for path, package in packages.items() if path)


def wanted(file: Path) -> set[str]:
    lines = (line.split("#")[0].strip() for line in file.read_text().splitlines())
    return {re.split(r"[\[=~<>]", line)[0].lower() for line in lines if line and not line.startswith("-r")}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-node"])
def test_what_is_asked_for_is_locked(name: str) -> None:
    locked = {
        entry.lower()
        for entry in re.findall(r"^([A-Za-z0-9._-]+)(?:\[|==)", (ROOT / f"{name}.txt").read_text(), re.M)
    }
    assert wanted(ROOT / f"{name}.in") <= locked


def test_a_package_has_the_same_version_in_both_locks() -> None:
    def versions(lock: str) -> dict[str, str]:
        return dict(
            re.findall(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==([^\s;]+)", (ROOT / lock).read_text(), re.M)
        )

    runtime, development = versions("requirements.txt"), versions("requirements-dev.txt")
    assert {name: version for name, version in runtime.items() if development.get(name) != version} == {}


def test_every_decision_has_a_number_of_its_own() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(decision.name[:4]) for decision in decisions]
    assert len(set(numbers)) == len(numbers)
    for number, decision in zip(numbers, decisions, strict=True):
        assert decision.read_text(encoding="utf-8").startswith(f"# {number}. "), decision.name
