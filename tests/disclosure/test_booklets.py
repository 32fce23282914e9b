"""Booklets: put together from what is public, remembered as they were, said to be old, counted at booths."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import docx
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bureaus.models import Hotline
from bureaus.services.refusals import Refusal
from disclosure.documents.booklet import counted
from disclosure.models import (
    Booklet,
    BookletEdition,
    BookletEntry,
    Booth,
    Count,
    ItemVersion,
    Material,
    Measure,
)
from disclosure.services.booklets import (
    BookletTitleTaken,
    NothingBound,
    NotYourBooklet,
    changed_since,
    entries_of,
    handed_out,
    make_booklet,
    make_edition,
    newest_of,
    paper_of,
)
from disclosure.services.items import publish_item, rewrite_item, submit_item, withdraw_item
from disclosure.services.open_days import WrongMeasure, hand_out, name_material
from disclosure.services.refusals import NeedsTitle
from inquiries.services.refusals import ChangedMeanwhile
from tests.conftest import As, Cast
from tests.disclosure.stage import pass_it, published, says
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(cast: Cast, web_as: As, now: datetime) -> list[ItemVersion]:
    """Two items of the civil affairs bureau are public."""
    Hotline.objects.create(place=cast.civil, purpose="routine", number="024-55500110", hours="工作日")
    return [
        published(cast, web_as, now),
        published(cast, web_as, now, title="养老机构", body="<ul><li>一院</li><li>二院</li></ul>"),
    ]


def make(cast: Cast, now: datetime, bound: list[ItemVersion], **other: Any) -> BookletEdition:
    given: dict[str, Any] = {
        "place": cast.civil,
        "title": "办事指南",
        "measure": "booklet",
        "by": cast.feng_bo,
    }
    given |= {"items": [version.item_id for version in bound], "now": now}
    return make_booklet(**(given | other))


@pytest.fixture
def edition(two: list[ItemVersion], cast: Cast, web_as: As, now: datetime) -> BookletEdition:
    with web_as(cast.feng_bo):
        return make(cast, now, two)


def rewritten(version: ItemVersion, cast: Cast, web_as: As, now: datetime) -> ItemVersion:
    """It says something else by now, and that is public."""
    with web_as(cast.feng_bo):
        rewrite_item(version.item_id, given=says(title="民政局新职能"), by=cast.feng_bo, now=now, seen=None)
        submit_item(version.item_id, by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei):
        pass_it(version.item, cast, now)
        return publish_item(version.item_id, by=cast.sun_wei, now=now)


def test_it_holds_the_versions_of_its_day(
    edition: BookletEdition, two: list[ItemVersion], cast: Cast, web_as: As, now: datetime
) -> None:
    rewritten(two[0], cast, web_as, now)
    with web_as(cast.feng_bo):
        entries = entries_of(edition)
        assert {entry.version for entry in entries} == set(two)
        [changed] = changed_since(entries)
        assert changed.entry.version == two[0]
        assert changed.now is not None
        assert changed.now.title == "民政局新职能"
        assert newest_of([cast.civil]) == [(edition, 1)]


def test_what_was_withdrawn_has_changed_too(
    edition: BookletEdition, two: list[ItemVersion], cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.sun_wei):
        withdraw_item(two[1].item_id, why="机构已撤销", by=cast.sun_wei, now=now)
        [changed] = changed_since(entries_of(edition))
    assert (changed.entry.version, changed.now) == (two[1], None)


def test_a_new_edition_holds_what_is_public_by_now_and_the_old_one_stays(
    edition: BookletEdition, two: list[ItemVersion], cast: Cast, web_as: As, now: datetime
) -> None:
    new = rewritten(two[0], cast, web_as, now)
    given: dict[str, Any] = {"items": [new.item_id], "by": cast.feng_bo, "now": now}
    with web_as(cast.feng_bo):
        second = make_edition(edition.booklet_id, seen=1, **given)
        assert [entry.version for entry in entries_of(second)] == [new]
        assert {entry.version for entry in entries_of(edition)} == set(two)
        assert newest_of([cast.civil]) == [(second, 0)]
        with pytest.raises(ChangedMeanwhile):
            make_edition(edition.booklet_id, seen=1, **given)


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"title": " "}, NeedsTitle),
        ({"measure": "sheet"}, WrongMeasure),
        ({"items": []}, NothingBound),
        ({"items": [0]}, NothingBound),
    ],
)
def test_what_makes_no_booklet_is_refused(
    other: dict[str, Any],
    refusal: type[Refusal],
    two: list[ItemVersion],
    cast: Cast,
    web_as: As,
    now: datetime,
) -> None:
    with web_as(cast.feng_bo), pytest.raises(refusal):
        make(cast, now, two, **other)


def test_nobody_binds_for_another_place_nor_what_another_place_publishes(
    two: list[ItemVersion], cast: Cast, web_as: As, now: datetime
) -> None:
    for who in (cast.li_min, cast.cao_lei):
        with web_as(who), pytest.raises(NotYourBooklet):
            make(cast, now, two, by=who)
    with web_as(cast.cao_lei), pytest.raises(NothingBound):
        make(cast, now, two, by=cast.cao_lei, place=cast.culture)
    with web_as(cast.wu_fang):
        made = make(cast, now, two, by=cast.wu_fang, place=cast.district)
    assert made.booklet.place == cast.district


def test_a_title_is_one_booklets_and_what_was_printed_before_is_taken_up(
    edition: BookletEdition, two: list[ItemVersion], cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.feng_bo):
        with pytest.raises(BookletTitleTaken):
            make(cast, now, two)
        printed = name_material(
            district=cast.district, kind="handbook", name="便民手册", measure=Measure.VOLUME
        )
        with pytest.raises(WrongMeasure):
            make(cast, now, two, title="便民手册")
        assert make(cast, now, two, title="便民手册", measure="volume").booklet.material == printed


def test_it_lies_at_booths_and_is_counted_there(
    edition: BookletEdition, booth: Booth, cast: Cast, web_as: As, now: datetime
) -> None:
    booklet = edition.booklet
    material = Material.objects.get(name="办事指南")
    assert booklet.material == material
    assert (material.kind, material.measure) == ("handbook", "booklet")
    with web_as(cast.feng_bo):
        assert handed_out(booklet).known.value is None
    hand_out(booth=booth, material=material, count=Count(120, Measure.BOOKLET, True), by=None, now=now)
    with web_as(cast.feng_bo):
        given = handed_out(booklet).known
    assert (given.value, given.at_least) == (120, True)


@pytest.mark.parametrize("table", [Booklet, BookletEdition, BookletEntry])
def test_the_database_keeps_it_as_it_was(table: Any, edition: BookletEdition, cast: Cast, web_as: As) -> None:
    row = table.objects.first()
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        table.objects.filter(pk=row.pk).delete()
    name = table._meta.db_table
    with (
        pytest.raises(DatabaseError, match="Cannot update"),
        transaction.atomic(),
        connection.cursor() as raw,
    ):
        raw.execute(f"update {name} set id = id")  # a name of our own


def test_other_bureaus_see_nothing_of_it(edition: BookletEdition, cast: Cast, web_as: As) -> None:
    for who, n in ((cast.feng_bo, 1), (cast.zhou_ning, 1), (cast.cao_lei, 0), (cast.xu_kai, 0)):
        with web_as(who):
            assert Booklet.objects.count() == BookletEdition.objects.count() == n
            assert BookletEntry.objects.count() == 2 * n
    with web_as(None):
        assert not BookletEntry.objects.exists()


# The paper


@pytest.mark.parametrize(("n", "said"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])
def test_headings_count_in_chinese(n: int, said: str) -> None:
    assert counted(n) == said


def test_the_paper_has_title_page_contents_dates_and_hotlines(
    edition: BookletEdition, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.feng_bo):
        paper = paper_of(edition, entries_of(edition))
    name = cast.civil.full_name or cast.civil.name
    assert paper.cover == ("第1版", name, "2026年5月20日")
    texts = [getattr(text, "text", text) for text in paper.paragraphs]
    assert texts[:3] == [
        "目录",
        "一、养老机构（民政局，2026年5月20日公布）",
        "二、民政局机构职能（民政局，2026年5月20日公布）",
    ]
    assert [getattr(text, "text", text) for text in paper.paragraphs if getattr(text, "new_page", False)] == [
        *("目录", "一、养老机构", "二、民政局机构职能"),
    ]
    assert {"一院", "二院", "1．社会救助", "（民政局，2026年5月20日公布）"} <= set(texts)
    assert paper.tables[0].rows == (("民政局", "常规事务", "024-55500110", "工作日"),)


# Pages


def test_it_is_put_together_read_and_put_together_anew(
    two: list[ItemVersion], cast: Cast, enter: Enter, web_as: As, now: datetime
) -> None:
    client = enter(cast.feng_bo)
    assert "No booklet yet." in page(client, "/booklets/")
    path = f"/booklets/new/?place={cast.civil.pk}"
    assert page(client, path).count(" checked") == 2
    narrowed = page(client, f"{path}&kind=service")
    assert "Nothing of this is public yet" in narrowed
    sent: dict[str, Any] = {"title": "办事指南", "measure": "volume", "items": []}
    refused = client.post(path, sent)
    assert refused.status_code == 422
    assert "Choose at least one item" in refused.content.decode()
    assert 'value="办事指南"' in refused.content.decode()
    sent["items"] = [version.item_id for version in two]
    made = client.post(path, sent)
    booklet = Booklet.objects.get()
    assert made["Location"] == f"/booklets/{booklet.pk}/"
    shown = page(client, made["Location"])
    assert "Every item is public as it stands here." in shown
    assert "024-55500110" in shown
    read = docx.Document(io.BytesIO(client.get(f"/booklets/{booklet.pk}/1/booklet.docx").content))
    paragraphs = [paragraph.text for paragraph in read.paragraphs if paragraph.text]
    assert paragraphs[:5] == [
        *("办事指南", "第1版", cast.civil.full_name or cast.civil.name),
        *(paragraphs[3], "目录"),
    ]
    [contents] = [each for each in read.paragraphs if each.text == "目录"]
    assert contents.paragraph_format.page_break_before
    assert read.tables[0].rows[1].cells[2].text == "024-55500110"
    rewritten(two[0], cast, web_as, now)
    assert "1 item" in page(client, "/booklets/")
    assert "published anew" in page(client, f"/booklets/{booklet.pk}/")
    again = f"/booklets/{booklet.pk}/edition/"
    assert page(client, again).count(" checked") == 2
    assert client.post(again, {"seen": 1, "items": [two[0].item_id]}).status_code == 302
    assert client.post(again, {"seen": 1, "items": [two[0].item_id]}).status_code == 422
    assert "民政局新职能" in page(client, f"/booklets/{booklet.pk}/")
    assert "民政局新职能" not in page(client, f"/booklets/{booklet.pk}/?edition=1").split("<h2 id=")[0]
    for none in ("?edition=3", "?edition=x"):
        assert client.get(f"/booklets/{booklet.pk}/{none}").status_code == 404


def test_who_does_not_write_for_the_place_does_not_find_it(
    edition: BookletEdition, cast: Cast, enter: Enter
) -> None:
    path = f"/booklets/{edition.booklet_id}/"
    for stranger in (cast.cao_lei, cast.xu_kai):
        client = enter(stranger)
        for address in (path, f"{path}edition/", f"{path}1/booklet.docx"):
            assert client.get(address).status_code == 404
    auditor = enter(cast.bai_lu)
    assert auditor.get(path).status_code == 200
    assert auditor.get(f"{path}edition/").status_code == 403
    assert auditor.get("/booklets/new/").status_code == 403


def test_the_pages_take_as_many_statements_however_much_is_bound(
    edition: BookletEdition, two: list[ItemVersion], cast: Cast, enter: Enter, web_as: As, now: datetime
) -> None:
    client = enter(cast.feng_bo)

    def asked(path: str) -> int:
        page(client, path)
        with CaptureQueriesContext(connection) as statements:
            page(client, path)
        return len(statements)

    one = published(cast, web_as, now, title="第三件")
    with web_as(cast.feng_bo):
        small = make(cast, now, [one], title="小册")
    few = (asked("/booklets/"), asked(f"/booklets/{small.booklet_id}/"))
    with web_as(cast.feng_bo):
        make(cast, now, two, title="又一册")
    assert (asked("/booklets/"), asked(f"/booklets/{edition.booklet_id}/")) == few
    assert max(few) <= 21
