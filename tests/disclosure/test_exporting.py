"""The public pages as files: every link of the tree leads to a file in it, and only what changed is written."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bureaus.models import DistrictSettings
from bureaus.services.places import open_place, publish_hotline
from disclosure.models import PublishedAnswer
from disclosure.services import answers as acts
from disclosure.services.items import add_file, publish_item, submit_item, withdraw_item, write_item
from disclosure.views.exporting import WRITTEN, Export, Exported, NotAnExport
from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry
from tests.conftest import As, Cast
from tests.disclosure.planned import day as day  # fixtures
from tests.disclosure.planned import issued as issued
from tests.disclosure.planned import write as write
from tests.disclosure.stage import pass_it, published, says
from tests.disclosure.test_public_open_days import publish
from tests.disclosure.test_public_open_days import summary as summary  # a fixture
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


class Links(HTMLParser):
    """Every link, picture and sheet of a page, and whether it holds a form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.forms = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.forms += tag in ("form", "input", "button")
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def follow(folder: Path) -> set[Path]:
    """The files that are reached from the first page by links alone; a link that leads nowhere fails."""
    reached, ahead = set(), [folder / "index.html"]
    while ahead:
        file = ahead.pop()
        if file in reached:
            continue
        reached.add(file)
        if file.suffix != ".html":
            continue
        links = Links(file.read_text(encoding="utf-8"))
        assert links.forms == 0, file
        for link in links.found:
            parts = urlsplit(link)
            if parts.scheme in ("tel", "https", "http") or link.startswith("#"):
                continue
            assert not parts.query, (file, link)
            assert not link.startswith("/"), (file, link)
            to = (file.parent / unquote(parts.path)).resolve()
            assert to.is_relative_to(folder.resolve()), (file, link)
            assert to.is_file(), (file, link)
            ahead.append(folder / to.relative_to(folder.resolve()))
    return reached


def files(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if file.is_file() and file.name != WRITTEN}


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(f.relative_to(folder)): (f.stat().st_mtime_ns, f.read_bytes()) for f in files(folder)}


@pytest.fixture
def item(cast: Cast, web_as: As, now: datetime) -> int:
    """A published item with a file, and a text that leads to another, to a withdrawn one and abroad."""
    body = (
        '<p><a href="/public/items/999999/">撤下的</a> <a href="https://example.org/a?b=1&amp;c=2">外面</a> '
        'href="/public/"</p>'
    )
    with web_as(cast.feng_bo, now):
        item = write_item(
            place=cast.civil, kind="other", given=says(parts={}, body=body), by=cast.feng_bo, now=now
        )
        add_file(item.pk, name="办事指南 1.PNG", content=PNG, by=cast.feng_bo, now=now)
        submit_item(item.pk, by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei, now):
        publish_item(pass_it(item, cast, now).pk, by=cast.sun_wei, now=now)
    return item.pk


@pytest.fixture
def answer(ask: Ask, cast: Cast, web_as: As, now: datetime) -> PublishedAnswer:
    """A question and its answer, published."""
    inquiry: Inquiry = ask(question="低保怎么申请？")
    with web_as(cast.sun_wei, now):
        given = AnswerGiven("explained", "请到街道申请。", "telephone")
        answer_inquiry(inquiry.pk, given, by=cast.sun_wei, now=now)
    with web_as(cast.feng_bo, now):
        row = acts.propose_answer(
            inquiry.pk, question="低保怎么申请？", answer="请到街道申请。", by=cast.feng_bo, now=now
        )
    with web_as(cast.sun_wei, now):
        acts.approve_answer(row.pk, by=cast.sun_wei, now=now)
    return row


@pytest.fixture
def everything(
    item: int,
    answer: PublishedAnswer,
    summary: object,
    issued: object,
    cast: Cast,
    web_as: As,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of each kind of page at least one, and lists of two pages."""
    monkeypatch.setattr("disclosure.views.public.PAGE", 2)
    for n in range(4):
        published(cast, web_as, now + timedelta(minutes=n), title=f"职能{n}")
    publish_hotline(place=cast.civil, purpose="routine", number="024-55500112", by=None, now=now)
    publish(summary, cast, now)  # type: ignore[arg-type]
    DistrictSettings.objects.filter(district=cast.district).update(icp_number="辽ICP备12345678号")


def export(cast: Cast, folder: Path, *more: str) -> str:
    """What the command says."""
    said = StringIO()
    call_command("export_public", str(cast.district.pk), str(folder), *more, stdout=said)
    return said.getvalue()


@pytest.mark.usefixtures("everything")
def test_every_link_leads_to_a_file_and_every_file_is_led_to(
    item: int, answer: PublishedAnswer, cast: Cast, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    export(cast, folder)
    reached = follow(folder)
    names = {str(file.relative_to(folder)) for file in reached}
    for name in (
        *("index.html", "bureaus.html", f"bureaus/{cast.civil.pk}.html", "items.html", f"items/{item}.html"),
        *("items-services.html", "items-policies.html", "answers.html", "open-days.html", "figures.html"),
        *("figures.csv", "figures.json", "overdue.html", "overdue.csv", "feed.atom"),
        *("static/disclosure/public.css", "static/bida/favicon.svg"),
    ):
        assert name in names, name
    # What no page of the district leads to stands in the sitemap and the feed.
    alone = {str(file.relative_to(folder)) for file in files(folder)} - names
    there = ("sitemap.xml", f"answers/{answer.pk}.html")
    assert alone == {*there, *(f"en/{name}" for name in there)}
    [attached] = (folder / "files").iterdir()
    assert attached.suffix == ".png"
    assert attached.read_bytes() == PNG
    page = (folder / f"items/{item}.html").read_text()
    # The address of a withdrawn item leads nowhere, one abroad as ever, and what only reads like a link is text.
    assert "999999" not in page
    assert 'href="https://example.org/a?b=1&amp;c=2"' in page
    assert 'href="/public/"</p>' in page
    assert "辽ICP备12345678号" in page


@pytest.mark.usefixtures("everything")
def test_lists_go_on_from_file_to_file_until_the_last_item(cast: Cast, tmp_path: Path) -> None:
    export(cast, tmp_path)
    found: list[str] = []
    name = "items.html"
    while name:
        page = (tmp_path / name).read_text()
        found += re.findall(r'href="items/(\d+)\.html"', page)
        following = re.search(r'href="(items-\d+\.html)"', page)
        name = following[1] if following else ""
    assert len(found) == len(set(found)) == 5


@pytest.mark.usefixtures("everything")
def test_each_page_stands_in_both_languages_and_leads_to_the_other(
    item: int, cast: Cast, tmp_path: Path
) -> None:
    export(cast, tmp_path)
    names = {str(f.relative_to(tmp_path)) for f in files(tmp_path) if f.suffix in (".html", ".csv", ".json")}
    chinese = {name for name in names if not name.startswith("en/")}
    assert names - chinese == {f"en/{name}" for name in chinese}
    for name in ("index.html", f"items/{item}.html", "items-2.html"):
        here, there = ((tmp_path / each).read_text() for each in (name, f"en/{name}"))
        assert '<html lang="zh-hans"' in here
        assert '<html lang="en"' in there
        up = "../" * name.count("/")
        assert f'href="{up}en/{name}" hreflang="en"' in here
        assert f'href="{up}../{name}" hreflang="zh-Hans"' in there
    # One style sheet and one copy of each file serve both.
    assert not (tmp_path / "en/static").exists()
    assert not (tmp_path / "en/files").exists()


@pytest.mark.usefixtures("everything")
def test_feed_and_sitemap_name_the_files_where_they_stand(cast: Cast, tmp_path: Path) -> None:
    export(cast, tmp_path, "--address", "https://www.example.gov.cn/gk/")
    for name, tag in (("feed.atom", "id"), ("sitemap.xml", "loc")):
        root = ElementTree.fromstring((tmp_path / name).read_text())  # noqa: S314
        told = [each.text or "" for each in root.iter() if each.tag.endswith("}" + tag)]
        assert len(told) >= 3
        for address in told:
            assert address.startswith("https://www.example.gov.cn/gk/")
            assert (tmp_path / address.removeprefix("https://www.example.gov.cn/gk/")).is_file(), address
    assert "bida.invalid" not in "".join(f.read_text() for f in files(tmp_path) if f.suffix != ".png")


@pytest.mark.usefixtures("everything")
def test_asking_leads_to_the_portal_that_is_named_and_is_left_out_where_none_is(
    cast: Cast, tmp_path: Path
) -> None:
    export(cast, tmp_path / "alone")
    export(cast, tmp_path / "beside", "--live", "https://bida.example.gov.cn/")
    alone, beside = ((tmp_path / each / "index.html").read_text() for each in ("alone", "beside"))
    ask = f"/public/{cast.district.pk}/ask/"
    assert "/ask/" not in alone
    assert "提问" not in alone
    assert f'href="https://bida.example.gov.cn{ask}"' in beside
    place = (tmp_path / f"beside/bureaus/{cast.civil.pk}.html").read_text()
    assert f'href="https://bida.example.gov.cn{ask}?place={cast.civil.pk}"' in place
    follow(tmp_path / "beside")


@pytest.mark.usefixtures("everything")
def test_the_next_export_touches_only_what_changed_and_removes_what_is_public_no_longer(
    item: int, answer: PublishedAnswer, cast: Cast, web_as: As, now: datetime, tmp_path: Path
) -> None:
    export(cast, tmp_path)
    before = tree(tmp_path)
    assert Export(cast.district, tmp_path).run() == Exported(unchanged=len(before))
    assert tree(tmp_path) == before
    with web_as(cast.sun_wei, now):
        withdraw_item(item, why="重写", by=cast.sun_wei, now=now)
        acts.withdraw_answer(answer.pk, by=cast.sun_wei, now=now)
    export(cast, tmp_path)
    after = tree(tmp_path)
    gone = set(before) - set(after)
    assert {f"items/{item}.html", f"answers/{answer.pk}.html"} <= gone
    assert not (tmp_path / "files").exists()
    assert not (tmp_path / "answers").exists()
    # A page of which nothing changed has its old time: what copies the folder on copies nothing of it.
    for name in ("bureaus.html", "open-days.html", "static/disclosure/public.css"):
        assert after[name] == before[name]
    assert after["items.html"] != before["items.html"] or after["items-2.html"] != before["items-2.html"]
    follow(tmp_path)


def test_nothing_of_anybody_else_is_overwritten_or_removed(cast: Cast, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "index.html").write_text("sonst")
    with pytest.raises(CommandError, match=r"no export of this district wrote|不是本区导出"):
        export(cast, other)
    assert (other / "index.html").read_text() == "sonst"
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError):
        export(cast, tmp_path / "file")
    # One's own beside the export stays.
    site = tmp_path / "site"
    export(cast, site)
    (site / "robots.txt").write_text("mine")
    export(cast, site)
    assert (site / "robots.txt").read_text() == "mine"
    # The folder of another district, and a list that leads out of the folder.
    with pytest.raises(NotAnExport):
        Export(cast.elsewhere, site).run()
    (site / WRITTEN).write_text(f"{cast.district.pk}\n../file\n")
    with pytest.raises(NotAnExport):
        Export(cast.district, site).run()
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("named", ["999999", "没有的区", "旧城区", "1²"])
def test_only_a_district_with_public_pages_is_exported(
    named: str, cast: Cast, now: datetime, tmp_path: Path
) -> None:
    open_place(kind="district", name="旧城区", by=None, now=now)
    with pytest.raises(CommandError):
        call_command("export_public", named, str(tmp_path / "site"))
    assert not (tmp_path / "site").exists()
    with pytest.raises(CommandError):
        export(cast, tmp_path / "site", "--live", "ftp://example.org")


@pytest.mark.usefixtures("everything")
def test_a_run_that_was_cut_off_is_finished_and_cleared_by_the_next(
    item: int, cast: Cast, web_as: As, now: datetime, tmp_path: Path
) -> None:
    # Something stands in the way of the last file.
    (tmp_path / "answers.html").mkdir()
    (tmp_path / WRITTEN).write_text(f"{cast.district.pk}\n")
    with pytest.raises(IsADirectoryError), transaction.atomic():
        Export(cast.district, tmp_path).run()
    (tmp_path / "answers.html").rmdir()
    left = {str(file.relative_to(tmp_path)) for file in files(tmp_path)}
    assert f"items/{item}.html" in left
    with web_as(cast.sun_wei, now):
        withdraw_item(item, why="重写", by=cast.sun_wei, now=now)
    Export(cast.district, tmp_path).run()
    now_there = {str(file.relative_to(tmp_path)) for file in files(tmp_path)}
    assert f"items/{item}.html" not in now_there
    assert not any(name.endswith(".part") for name in now_there)
    follow(tmp_path)


@pytest.mark.usefixtures("everything")
def test_another_item_costs_a_fixed_number_of_statements(
    cast: Cast, web_as: As, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disclosure.views.public.PAGE", 50)
    counts = []
    for n in range(3):
        with CaptureQueriesContext(connection) as made:
            Export(cast.district, tmp_path / str(n)).run()
        counts.append(len(made))
        published(cast, web_as, now + timedelta(hours=n + 1), title=f"又一项{n}")
    # In each of the two languages.
    assert counts[1] - counts[0] == counts[2] - counts[1] <= 8
