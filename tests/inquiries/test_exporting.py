"""Lists go out as files: short ones at once, long ones by the worker; each to who asked, as far as she sees."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from bureaus.access import scope_of
from bureaus.models import DataKey, Notice
from bureaus.models.posts import Tenure
from bureaus.models.scope import ALL_DISTRICTS, WEB, WORKER, scope
from inquiries import tasks
from inquiries.figures.lists import seen_by
from inquiries.models import Export, Inquiry
from inquiries.services import exporting
from inquiries.services.exporting import KEPT, LEASE, claim_export, forget_exports, write_step
from inquiries.services.recording import CitizenGiven
from tests.conftest import Cast
from tests.inquiries.conftest import Ask, Enter, page
from tests.inquiries.stage import ROLES, set_the_stage

Fresh = Callable[..., Inquiry]


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is too long to wait for, and written in steps of two rows."""
    monkeypatch.setattr("inquiries.views.exports.AT_ONCE", 0)
    monkeypatch.setattr(exporting, "STEP", 2)
    monkeypatch.setattr(tasks, "STEP", 2)


def asked(client: Client, address: str) -> Export:
    response = client.post(address)
    assert response.status_code == 302, response.content.decode()
    return Export.objects.get(pk=response["Location"].split("/")[-2])


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_short_list_is_a_file_at_once(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    inquiry = fresh(question="＝1+1 电梯", citizen=CitizenGiven(name="张三", phone="13840005021"))
    client = enter(cast.li_min)
    for address in ("today", "search"):
        told = lines(client.post(f"/exports/{address}/csv/").content)
        assert [row[0] for row in told[1:]] == [inquiry.reference]
        # Neither a formula nor a name goes out.
        assert told[1][8] == "'＝1+1 电梯"
        assert told[1][9] == "张** 138****5021"
    assert not Export.objects.exists()


def test_a_list_goes_out_as_it_is_narrowed(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    fresh()
    complaint = fresh(kind="complaint")
    client = enter(cast.li_min)
    for address in ("today/csv/?kind=complaint", "search/csv/?kind=complaint"):
        assert [row[0] for row in lines(client.post(f"/exports/{address}").content)[1:]] == [
            complaint.reference
        ]


def test_what_stands_behind_a_number_goes_out(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    inquiry = fresh()
    shown = page(enter(cast.sun_wei), "/figures/recorded/")
    found = re.search(r'action="(/exports/behind/xlsx/\?[^"]+)"', shown)
    assert found
    content = enter(cast.sun_wei).post(found[1].replace("&amp;", "&")).content
    rows = list(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == [inquiry.reference]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_long_list_is_written_by_the_worker_and_told(
    cast: Cast, enter: Enter, fresh: Fresh, long: None, form: str
) -> None:
    references = [fresh(question=f"第{n}件").reference for n in range(5)]
    client = enter(cast.li_min)
    export = asked(client, f"/exports/search/{form}/?kind=consultation")
    assert "It is written next." in page(client, f"/exports/{export.pk}/")
    assert client.get(f"/exports/{export.pk}/file").status_code == 410
    assert tasks.write_exports() == 1
    assert tasks.write_exports() == 0
    content = client.get(f"/exports/{export.pk}/file").content
    if form == "csv":
        told = lines(content)
    else:
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        told = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert told[0][0] == "Reference"
    assert sorted(row[0] for row in told[1:]) == sorted(references)
    assert "/file" in page(client, f"/exports/{export.pk}/")
    assert "/file" in page(client, "/exports/")
    notice = Notice.objects.get(recipient=cast.li_min, kind="export_ready")
    assert notice.url == f"/exports/{export.pk}/"
    assert "The export is ready" in page(client, "/notices/")


def test_progress_is_told_as_it_goes(cast: Cast, enter: Enter, fresh: Fresh, long: None) -> None:
    for _ in range(5):
        fresh()
    client = enter(cast.li_min)
    export = asked(client, "/exports/search/csv/?kind=consultation")
    now = timezone.now()
    with scope(role=WORKER, district=ALL_DISTRICTS):
        held = claim_export(now=now)
        assert held
        assert write_step(held, 0, scope_of(cast.li_min, now=now), now=now + timedelta(seconds=1))
    shown = page(client, f"/exports/{export.pk}/")
    assert "2 of 5 rows are written." in shown
    assert 'value="2" max="5"' in shown
    # Without a script the page reloads itself.
    assert '<noscript><meta http-equiv="refresh"' in shown


def test_a_worker_that_died_is_followed_and_writes_no_more(
    cast: Cast, enter: Enter, fresh: Fresh, long: None
) -> None:
    for _ in range(3):
        fresh()
    asked(enter(cast.li_min), "/exports/search/csv/?kind=consultation")
    now = timezone.now()
    with scope(role=WORKER, district=ALL_DISTRICTS):
        first = claim_export(now=now)
        assert first
        assert claim_export(now=now + LEASE / 2) is None
        second = claim_export(now=now + 2 * LEASE)
        assert second
        assert second.pk == first.pk
        assert write_step(first, 0, scope_of(cast.li_min, now=now), now=now) is None
        assert write_step(second, 0, scope_of(cast.li_min, now=now), now=now) is not None


def test_what_fails_three_times_is_given_up_and_told(
    cast: Cast, enter: Enter, fresh: Fresh, long: None
) -> None:
    fresh()
    client = enter(cast.li_min)
    export = asked(client, "/exports/search/csv/?kind=consultation")
    now = timezone.now()
    with scope(role=WORKER, district=ALL_DISTRICTS):
        for step in range(4):
            claim_export(now=now + step * 2 * LEASE)
    assert "tried three times" in page(client, f"/exports/{export.pk}/")
    assert Notice.objects.filter(recipient=cast.li_min, kind="export_failed").exists()


def test_nobody_else_fetches_it(cast: Cast, enter: Enter, fresh: Fresh, long: None) -> None:
    fresh()
    export = asked(enter(cast.li_min), "/exports/search/csv/?kind=consultation")
    tasks.write_exports()
    assert enter(cast.li_min).get(f"/exports/{export.pk}/file").status_code == 200
    for other in (cast.sun_wei, cast.zhou_ning, cast.tang_rui, cast.xu_kai):
        for address in (f"/exports/{export.pk}/", f"/exports/{export.pk}/file"):
            assert enter(other).get(address).status_code == 404
        assert str(export.pk) not in page(enter(other), "/exports/")
    with scope(role=WEB, places={cast.civil.pk}, officer=cast.sun_wei.pk):
        assert not Export.objects.exists()


def test_who_lost_her_post_gets_neither_rows_nor_file(
    cast: Cast, enter: Enter, fresh: Fresh, long: None
) -> None:
    fresh()
    client = enter(cast.li_min)
    before, after = (asked(client, "/exports/search/csv/?kind=consultation") for _ in range(2))
    tasks.write_exports()
    Tenure.objects.filter(officer=cast.li_min).delete()
    tasks.write_exports()
    refused = client.get(f"/exports/{before.pk}/file")
    assert refused.status_code == 410
    assert "Your posts have changed" in refused.content.decode()
    assert len(lines(client.get(f"/exports/{after.pk}/file").content)) == 1


def test_a_file_is_kept_for_some_days_and_is_then_gone_for_ever(
    cast: Cast, enter: Enter, fresh: Fresh, long: None, files: Path
) -> None:
    fresh()
    client = enter(cast.li_min)
    export = asked(client, "/exports/search/csv/?kind=consultation")
    tasks.write_exports()
    export.refresh_from_db()
    assert export.done_at
    assert export.key_id
    assert [path for path in files.rglob("*") if path.is_file()]
    with scope(role=WORKER, district=ALL_DISTRICTS):
        assert forget_exports(now=export.done_at + KEPT) == 0
        assert forget_exports(now=export.done_at + KEPT + timedelta(seconds=1)) == 1
    assert not [path for path in files.rglob("*") if path.is_file()]
    assert DataKey.objects.get(pk=export.key_id).destroyed_at
    assert client.get(f"/exports/{export.pk}/file").status_code == 404


def test_the_file_is_encrypted_where_it_lies(
    cast: Cast, enter: Enter, fresh: Fresh, long: None, files: Path
) -> None:
    fresh(question="电梯什么时候修？")
    asked(enter(cast.li_min), "/exports/search/csv/?kind=consultation")
    tasks.write_exports()
    [path] = [path for path in files.rglob("*") if path.is_file()]
    assert "电梯".encode() not in path.read_bytes()


def test_three_wait_at_most(cast: Cast, enter: Enter, fresh: Fresh, long: None) -> None:
    fresh()
    client = enter(cast.li_min)
    for _ in range(3):
        asked(client, "/exports/search/csv/?kind=consultation")
    response = client.post("/exports/search/csv/?kind=consultation")
    assert response.status_code == 422
    assert "Three exports of yours" in response.content.decode()


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("search/csv/?q=修", 422, "cannot be understood"),
        ("search/csv/?kind=nonsense", 422, "cannot be understood"),
        ("today/csv/?kind=nonsense", 422, "cannot be understood"),
        ("search/csv/?kind=praise", 422, "nothing in this list"),
        ("search/pdf/?kind=praise", 404, ""),
        ("nothing/csv/", 404, ""),
        ("behind/csv/?code=nonsense", 404, ""),
    ],
)
def test_what_cannot_go_out_is_refused_in_words(
    cast: Cast, enter: Enter, fresh: Fresh, address: str, status: int, sentence: str
) -> None:
    fresh()
    response = enter(cast.li_min).post(f"/exports/{address}")
    assert response.status_code == status
    assert sentence in response.content.decode()


def test_a_list_of_more_than_a_file_holds_is_refused(
    cast: Cast, enter: Enter, fresh: Fresh, long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        fresh()
    for module in ("inquiries.views.exports", "inquiries.services.exporting"):
        monkeypatch.setattr(f"{module}.MOST", 2)
    response = enter(cast.li_min).post("/exports/search/csv/?kind=consultation")
    assert response.status_code == 422
    assert "Narrow it down" in response.content.decode()


def test_the_worker_writes_what_the_policy_lets_its_officer_see(cast: Cast, ask: Ask, now: datetime) -> None:
    """For every role and every situation an inquiry can stand in."""
    stage = set_the_stage(cast, now)
    for role in ROLES:
        officer = stage.officer(role)
        seen = scope_of(officer, now=now)
        with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
            by_policy = set(Inquiry.objects.values_list("pk", flat=True))
        with scope(role=WORKER, district=ALL_DISTRICTS):
            by_worker = set(seen_by(seen, Inquiry.objects.all()).values_list("pk", flat=True))
        assert by_worker == by_policy, role
