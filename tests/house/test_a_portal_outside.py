"""The portal as a process of its own, with its own login and none of the inside's keys; the worker with its own too."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from config import embedded, supervisor
from inquiries.models import Inquiry
from tests import database
from tests.conftest import Cast
from tests.disclosure.test_asking_in_public import solve
from tests.house.running import ROOT, NotReached, Visitor, comes_true, field_of, free_port

pytestmark = pytest.mark.processes
WORK = """
import django
django.setup()
from disclosure.tasks import hand_out, take_in
hand_out()
print(take_in())
"""


def environment(role: str, **other: str) -> dict[str, str]:
    """Of a process with the login of that role on the test's own database."""
    url = embedded.home().url(role, str(connection.settings_dict["NAME"]))
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings", **other}


def works() -> int:
    """The worker's two tasks ran once, as its login; gives how many entries were taken in."""
    ran = subprocess.run(
        [sys.executable, "-c", WORK],
        cwd=ROOT,
        env=environment("bida_worker", BIDA_PORTAL="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout.split()[-1])


@pytest.fixture
def portal(own_database: Cast, tmp_path: Path) -> Iterator[Visitor]:
    """It answers; it has a folder, and so secrets, of its own."""
    if database.migrated is None:
        pytest.skip("the server that DATABASE_URL names has no logins for the tests")
    port = free_port()
    process = subprocess.Popen(
        supervisor.web(port),
        cwd=ROOT,
        env=environment("bida_portal", BIDA_ROLE="portal", BIDA_VAR=str(tmp_path)),
        stderr=subprocess.DEVNULL,
    )
    visitor = Visitor(port)

    def ready() -> bool:
        try:
            return visitor.ask("/readyz")[0] == 200
        except NotReached:
            return False

    try:
        assert comes_true(ready, 60)
        yield visitor
    finally:
        process.terminate()
        process.wait(30)


def test_a_question_passes_the_portal_and_is_answered_for_by_the_inside(
    own_database: Cast, portal: Visitor
) -> None:
    assert works() == 0
    here = f"/public/{own_database.district.pk}"
    status, figures = portal.ask(f"{here}/figures/")
    assert (status, "As of " in figures) == (200, True)
    assert portal.ask("/sign-in/")[0] == 404
    assert portal.ask("/api/v1/inquiries/")[0] == 404
    assert portal.ask("/admin/")[0] == 404
    _status, first = portal.ask(f"{here}/ask/", {"do": "look", "question": "楼道灯坏了。"})
    riddle = re.search(r'<label for="id_riddle">([^<]+)<', first)
    assert riddle
    form = {"do": "send", "question": "楼道灯坏了。", "kind": "help", "consent": "on"}
    form |= {"token": field_of(first, "token"), "riddle": str(solve(riddle[1])), "phone": "13840005021"}
    _status, sent = portal.ask(f"{here}/ask/", form)
    reference, code = re.findall(r'<p class="p-code">([^<]+)</p>', sent)
    given = {"reference": reference, "code": code}
    assert "Handed in. It is recorded within minutes" in portal.ask(f"{here}/follow/", given)[1]
    assert works() == 1
    assert "The district passes it to the office that answers." in portal.ask(f"{here}/follow/", given)[1]
    inquiry = Inquiry.objects.get()
    assert (inquiry.reference, inquiry.holder) == (reference, own_database.district)
    # The public page of the inside is another door to the same matter: its code opens it here too, once looked for.
    with connection.cursor() as cursor:
        cursor.execute("delete from disclosure_publicstate")
    assert "It is looked for." in portal.ask(f"{here}/follow/", given)[1]
    assert works() == 1
    assert "The district passes it to the office that answers." in portal.ask(f"{here}/follow/", given)[1]
    # As the login, past Django.
    with psycopg.connect(environment("bida_portal")["DATABASE_URL"], autocommit=True) as login:
        for statement in (
            "select question from inquiries_inquiry",
            "select name from bureaus_officer",
            "select sealed from disclosure_intake",
            "set role bida_web",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(statement)
