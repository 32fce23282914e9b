"""A list goes out as a file that a real worker writes, beside the chasing it must not hold up."""

from __future__ import annotations

import csv
import io

import pytest

from tests.house.running import Visitor, comes_true
from tests.house.town import Town

pytestmark = pytest.mark.processes

# As the page asks it for a list too long to wait for.
ASK = """
from django.utils import timezone
from bureaus.access import scope_of
from bureaus.models import Officer
from bureaus.models.scope import WEB, scope
from inquiries.models import Inquiry
from inquiries.services.exporting import ask_export
officer, now = Officer.objects.get(username="linxiao"), timezone.now()
seen = scope_of(officer, now=now)
with scope(role=WEB, places=seen.places, district=seen.district, officer=officer.pk):
    ids = list(Inquiry.objects.order_by("-pk").values_list("pk", flat=True))
    print(ask_export(what="search", form="csv", inquiry_ids=ids, by=officer, district_id=seen.district,
        language="en", now=now).pk, len(ids))
"""


def test_a_worker_writes_the_file_and_tells_its_officer(town: Town) -> None:
    asked = town.bida.command("shell", "--verbosity", "0", "--command", ASK)
    assert asked.returncode == 0, asked.stderr
    key, total = asked.stdout.split()
    officer = Visitor(town.bida.port)
    officer.sign_in("linxiao", town.passwords["linxiao"])
    assert comes_true(lambda: f"/exports/{key}/file" in officer.ask(f"/exports/{key}/")[1])
    status, content = officer.ask(f"/exports/{key}/file")
    assert status == 200
    rows = list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))
    assert rows[0][0] == "Reference"
    assert len(rows) == int(total) + 1
    assert "The export is ready" in officer.ask("/notices/?all=1")[1]
    other = Visitor(town.bida.port)
    other.sign_in("hejing", town.passwords["hejing"])
    assert other.ask(f"/exports/{key}/file")[0] == 404
