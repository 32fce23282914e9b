"""The REST API as programs of others meet it: their tests of its document, their client, and the examples of docs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from bureaus.models import ApiScope
from bureaus.models.api_keys import FOR_AN_OFFICER
from inquiries.models import Attachment
from tests.conftest import Cast
from tests.house.served import Served, serving
from tests.inquiries.test_attaching import PNG

ROOT = Path(__file__).resolve().parents[2]
DOC = ROOT / "docs" / "api.md"
SETTINGS = ROOT / "tests" / "house" / "schemathesis.toml"


@pytest.fixture
def served(
    own_database: Cast, django_db_blocker: DjangoDbBlocker, settings: LazySettings, tmp_path: Path
) -> Iterator[Served]:
    settings.MEDIA_ROOT = tmp_path / "files"
    with django_db_blocker.unblock(), serving(own_database) as running:
        yield running


# How many bodies and queries are made up for each address; more find more and take longer.
MADE_UP = os.environ.get("API_EXAMPLES", "2")
# A walk that follows a link is one of several.
WALKS = str(20 * int(MADE_UP))


THREE_ACTS = ("--exclude-path-regex", "/acts/(?!answer|sign|dispatch)")


def hold(served: Served, key: str, phases: str, folder: Path, *more: str) -> str:
    """Holds the server against its own document with every check, by that key; gives what was said."""
    told = subprocess.run(
        [
            *(Path(sys.executable).parent / "schemathesis", "--config-file", SETTINGS, "run"),
            *(f"{served.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {key}"),
            *("--checks", "all", "--phases", phases, "--max-examples", MADE_UP, "--seed", "1"),
            *("--continue-on-failure", "--no-color", "--request-timeout", "60", *more),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1500,
    )
    assert told.returncode == 0, told.stdout[-8000:] + told.stderr[-2000:]
    return told.stdout


@pytest.mark.processes
def test_the_whole_document_holds_on_a_running_server(served: Served, tmp_path: Path) -> None:
    """Every limit of every value. Acts share one door and differ by their body: three stand for all."""
    hold(served, served.key, "coverage", tmp_path, *THREE_ACTS)


@pytest.mark.processes
def test_what_one_answer_names_is_asked_for_next(served: Served, tmp_path: Path) -> None:
    """Walks from answer to answer, by ids that the answers gave: what was recorded is read, done and taken back."""
    walks = ("--mode", "positive", "--max-examples", WALKS)
    said = hold(served, served.key, "stateful", tmp_path, *walks, *THREE_ACTS)
    followed = re.search(r"API Links: +(\d+) covered", said)
    assert followed, said
    assert int(followed[1]) >= 3, said


@pytest.mark.processes
@pytest.mark.parametrize("scope", ApiScope.values)
def test_the_document_holds_for_a_key_of_one_scope(served: Served, scope: str, tmp_path: Path) -> None:
    """Requests that are made up: what the key does not open is refused as documented. An officer stands behind it
    only where one must."""
    officer = served.cast.li_min if scope in FOR_AN_OFFICER else None
    hold(served, served.key_of(scope, officer=officer), "examples,fuzzing", tmp_path)


EXAMPLES = re.findall(r"^```sh\n(.*?)^```", DOC.read_text(), re.M | re.S)


def test_no_example_of_the_documentation_is_left_out() -> None:
    assert "\n".join(EXAMPLES).count("curl ") == DOC.read_text().count("curl ")


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_every_example_of_the_documentation_runs(served: Served, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(PNG)
    environment = {
        **os.environ,
        "BIDA": f"{served.url}/api/v1",
        "KEY": served.key,
        "ID": str(served.inquiry),
        "PLACE": str(served.place),
        "FILE": str(photo),
        "NO_PROXY": "127.0.0.1",
    }
    assert len(EXAMPLES) >= 7
    # The day is the suite's, where its clock is moved.
    today = f"date() {{ echo {timezone.now():%Y-%m-%d}; }}\n"
    for example in EXAMPLES:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", today + example],
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
            cwd=tmp_path,
        )
        assert done.returncode == 0, f"{example}\n{done.stdout}\n{done.stderr}"
        # The file that was sent is the one that is read.
        for kept in Attachment.objects.order_by("-pk")[:1]:
            environment["NUMBER"] = str(kept.pk)


USE = """
import os
import re
import shutil
from bida_client import AuthenticatedClient
from bida_client.api.inquiries import get_inquiries, post_inquiries
from bida_client.api.statistics import get_statistics_by_figure
from bida_client.models import RecordIn
import datetime

client = AuthenticatedClient(base_url=os.environ["URL"], token=os.environ["KEY"], raise_on_unexpected_status=True)
page = get_inquiries.sync(client=client, limit=2)
assert len(page.items) == 2 and page.next_, page
rest = get_inquiries.sync(client=client, limit=2, cursor=page.next_)
assert {one.id for one in page.items}.isdisjoint(one.id for one in rest.items)
body = RecordIn.from_dict(
    {"place": int(os.environ["PLACE"]), "kind": "help", "channel": "hotline", "question": "电梯坏了。"}
)
made = post_inquiries.sync(client=client, body=body, idempotency_key="generated-1")
assert made.state.code == "assigned", made
reading = get_statistics_by_figure.sync(
    "recorded", client=client, from_=datetime.date(2020, 1, 1), to=datetime.date(2099, 12, 31)
)
assert reading.total.n == 5, reading
"""


@pytest.mark.processes
def test_a_generated_client_lists_records_and_counts(served: Served, tmp_path: Path) -> None:
    tool = Path(sys.executable).parent / "openapi-python-client"
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        "project_name_override: bida-client\npackage_name_override: bida_client\npost_hooks: []\n"
    )
    made = subprocess.run(
        [tool, "generate", "--url", f"{served.url}/api/v1/openapi.json", "--config", settings],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    used = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path / "bida-client",
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "URL": served.url, "KEY": served.key, "PLACE": str(served.place)},
    )
    assert used.returncode == 0, used.stdout + used.stderr
