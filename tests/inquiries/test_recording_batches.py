"""Many cards at once: good rows are recorded, each once; wrong ones wait with the reason, kept for their officer."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from bureaus.workdays import SHANGHAI
from inquiries.models import Answer, Batch, Inquiry, Topic
from inquiries.services.batching import (
    COLUMNS,
    KEPT_FOR,
    MOST_ROWS,
    Draft,
    GridFull,
    TooManyCells,
    check_batch,
    draft_of,
    forget_batches,
    fresh_row,
    keep_batch,
    read_paste,
    record_batch,
)
from tests.conftest import As, Cast
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db

PAGE = "/record/batch/"
GOOD = {"question": "低保怎么申请？", "name": "张三", "phone": "13840005021"}
LATE = {"question": "路灯不亮。", "kind": "投诉", "asked_at": "2026/5/18 9:30", "urgency": "紧急"}
ANSWERED = {"question": "几点开门？", "answer": "八点半。", "outcome": "解释说明"}
WRONG = {"question": "问。", "phone": "12"}


def draft(*rows: dict[str, str], **given: Any) -> Draft:
    return Draft(rows=tuple(fresh_row(cells) for cells in rows), **given)


def test_the_good_rows_are_recorded_as_any_question_and_the_wrong_ones_wait(
    cast: Cast, web_as: As, now: datetime
) -> None:
    wrong = (
        {"kind": "闲聊", "question": "问。"},
        WRONG,
        {"name": "李四"},
        {"question": "问。", "topic": "天文"},
    )
    with web_as(cast.li_min):
        grid = draft(GOOD, *wrong, LATE, ANSWERED, {}, asked_at="2026-05-19")
        left = record_batch(grid, place=cast.relief, by=cast.li_min, now=now)
        assert [(row.at, bool(row.wrong)) for row in left.rows] == [
            *(("kind", True), ("phone", True), ("question", True), ("topic", True))
        ]
    found = list(Inquiry.objects.order_by("pk"))
    assert [reference for _pk, reference in left.done] == [inquiry.reference for inquiry in found]
    plain, late, answered = found
    assert (plain.channel, plain.holder, plain.state, plain.imported) == (
        "card",
        cast.relief,
        "assigned",
        False,
    )
    assert plain.asked_at == datetime(2026, 5, 19, tzinfo=SHANGHAI)
    assert str(plain.citizen) == "张** 138****5021"
    assert (late.kind, late.urgency, late.asked_at.day) == ("complaint", "urgent", 18)
    assert plain.next_chase_at is not None
    assert Answer.objects.get(inquiry=answered).told_how == "in_person"


def test_each_row_is_recorded_once_however_often_it_is_sent(cast: Cast, web_as: As, now: datetime) -> None:
    grid = draft(GOOD, LATE)
    with web_as(cast.li_min):
        first = record_batch(grid, place=cast.relief, by=cast.li_min, now=now)
        again = record_batch(grid, place=cast.relief, by=cast.li_min, now=now)
        assert again.done == first.done
        # What was recorded is not overwritten by other words under its key.
        row = replace(grid.rows[0], cells=grid.rows[0].cells | {"question": "别的"})
        other = record_batch(Draft(rows=(row,)), place=cast.relief, by=cast.li_min, now=now)
    assert Inquiry.objects.count() == 2
    assert len(other.rows) == 1
    assert other.rows[0].wrong


def test_checked_only_nothing_stands_and_what_says_the_same_is_pointed_out(
    cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        checked = check_batch(draft(GOOD, WRONG, GOOD), place=cast.relief, by=cast.li_min, now=now)
    assert [(bool(row.wrong), row.twin) for row in checked.rows] == [(False, 0), (True, 0), (False, 1)]
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("低保怎么申请？\t咨询\n路灯不亮。\t投诉\n", [("低保怎么申请？", "咨询"), ("路灯不亮。", "投诉")]),
        ("类别\t备注\t内容\n投诉\t无\t路灯不亮。", [("路灯不亮。", "投诉")]),
        ("内容\n甲\n\n乙", [("甲", ""), ("乙", "")]),
        ("序号\t问题内容\t类型\t联系电话\n1\t路灯不亮。\t投诉\t13840005021", [("路灯不亮。", "投诉")]),
        ('"一\n二"\t咨询', [("一\n二", "咨询")]),
        ("\n\t\t\n", []),
    ],
)
def test_what_a_spreadsheet_copied_is_read(text: str, rows: list[tuple[str, str]]) -> None:
    found = read_paste(text)
    assert [(row.cells["question"], row.cells["kind"]) for row in found] == rows
    assert len({row.key for row in found}) == len(rows)


def test_what_was_pasted_below_an_unknown_heading_is_named(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    pasted = "序号\t内容\t电话\t备注\t科室\n1\t路灯不亮。\t13840005021\t很急\t\n"
    shown = send(client, grid_of(page(client, PAGE)), "add", paste=pasted)
    assert "left out: 序号、备注." in shown
    assert "序号、备注" not in page(client, PAGE)


def test_the_grid_is_recorded_at_the_officer_s_own_place(cast: Cast, enter: Enter) -> None:
    shown = page(enter(cast.wu_fang), PAGE)
    assert f'<option value="{cast.district.pk}" selected>春和区</option>' in shown
    assert "民政局 · 社会救助科" in shown


def test_what_is_wider_or_longer_than_the_grid_is_refused(cast: Cast, web_as: As, now: datetime) -> None:
    with pytest.raises(TooManyCells, match="Line 1"):
        read_paste("\t".join(["x"] * (len(COLUMNS) + 1)))
    many = draft(*([GOOD] * (MOST_ROWS + 1)))
    with web_as(cast.li_min), pytest.raises(GridFull):
        keep_batch(many, district=cast.district, by=cast.li_min, now=now)


def test_a_draft_is_its_officer_s_alone_encrypted_and_not_kept_for_ever(
    cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        kept = keep_batch(draft(GOOD, {}, channel="letter"), district=cast.district, by=cast.li_min, now=now)
        assert draft_of(cast.li_min, now=now) == kept
        assert draft_of(cast.li_min, now=now + KEPT_FOR + timedelta(seconds=1)) is None
    with web_as(cast.he_jing):
        assert not Batch.objects.exists()
    [stored] = Batch.objects.all()
    assert "张三" not in stored.content
    assert "13840005021" not in stored.content
    with web_as(cast.li_min):
        keep_batch(Draft(), district=cast.district, by=cast.li_min, now=now)
    stored.refresh_from_db()
    assert stored.content == ""


def test_a_draft_nobody_went_on_with_is_gone_with_its_key(
    cast: Cast, web_as: As, clock: As, now: datetime
) -> None:
    for officer, at in ((cast.li_min, now), (cast.he_jing, now + timedelta(days=2))):
        with web_as(officer):
            keep_batch(draft(GOOD, channel="letter"), district=cast.district, by=officer, now=at)
    key = Batch.objects.get(officer=cast.li_min).key
    with clock():
        assert forget_batches(now=now + KEPT_FOR) == 0
        assert forget_batches(now=now + KEPT_FOR + timedelta(seconds=1)) == 1
    key.refresh_from_db()
    assert key.destroyed_at is not None
    assert [kept.officer for kept in Batch.objects.all()] == [cast.he_jing]
    with web_as(cast.li_min):
        keep_batch(draft(GOOD, channel="letter"), district=cast.district, by=cast.li_min, now=now)
        assert draft_of(cast.li_min, now=now) is not None


def test_nobody_records_a_batch_at_a_place_that_is_not_hers(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min):
        left = record_batch(draft(GOOD), place=cast.culture, by=cast.li_min, now=now)
    assert [row.wrong for row in left.rows] == ["Your post may not do this to this inquiry."]
    assert not Inquiry.objects.exists()


def grid_of(shown: str) -> dict[str, str]:
    """What the form on the page would send."""
    sent = dict(re.findall(r'<input[^>]*name="((?:key|[a-z_]+)-\d+)" value="([^"]*)"', shown))
    sent |= dict(re.findall(r'<textarea[^>]*name="([a-z]+-\d+)"[^>]*>([^<]*)</textarea>', shown))
    return {name: html.unescape(value) for name, value in sent.items()} | {"channel": "card"}


def send(client: Client, sent: dict[str, str], do: str, **more: str) -> str:
    response = client.post(PAGE, sent | more | {"do": do}, follow=True)
    return response.content.decode()


def test_a_day_of_cards_is_pasted_checked_recorded_and_corrected_without_a_script(
    cast: Cast, enter: Enter
) -> None:
    client = enter(cast.li_min)
    pasted = "内容\t姓名\t电话\n低保怎么申请？\t张三\t13840005021\n=1+1\t李四\t12\n"
    shown = send(client, grid_of(page(client, PAGE)), "add", paste=pasted)
    assert grid_of(shown)["name-1"] == "李四"
    checked = send(client, grid_of(shown), "check")
    assert "One row waits to be corrected" in checked
    assert not Inquiry.objects.exists()
    done = send(client, grid_of(checked), "record")
    inquiry = Inquiry.objects.get()
    assert inquiry.reference in done
    assert grid_of(done)["phone-0"] == "12"
    sheet = list(csv.reader(io.StringIO(client.get(f"{PAGE}correction.csv").content.decode("utf-8-sig"))))
    assert sheet[0] == [*COLUMNS.values(), "原因"]
    assert sheet[1][0] == "'=1+1"
    assert sheet[1][-1].startswith("This is not a telephone number")
    book = load_workbook(io.BytesIO(client.get(f"{PAGE}correction.xlsx").content))
    assert [cell or "" for cell in next(book.worksheets[0].iter_rows(min_row=2, values_only=True))] == sheet[
        1
    ]
    # The back button, and the same once more.
    assert inquiry.reference in send(client, grid_of(checked), "record")
    assert Inquiry.objects.count() == 1
    mended = grid_of(page(client, PAGE)) | {"phone-0": "13840005022", "question-0": "改好了"}
    send(client, mended, "record")
    assert Inquiry.objects.count() == 2
    assert "One is recorded" in page(client, PAGE)


def test_what_is_typed_is_kept_as_it_is_typed_and_the_reasons_with_it(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    sent = grid_of(page(client, PAGE)) | {"question-0": "问。", "phone-0": "12"}
    checked = grid_of(send(client, sent, "check"))
    quiet = client.post(PAGE, checked | {"question-1": "又问。"}, headers={"HX-Request": "true"})
    assert quiet.status_code == 204
    shown = page(client, PAGE)
    assert grid_of(shown)["question-1"] == "又问。"
    assert "One row waits to be corrected" in shown
    assert "This is not a telephone number" in shown
    send(client, checked, "clear")
    assert not grid_of(page(client, PAGE))["question-0"]


def test_too_much_or_an_hour_that_is_none_is_refused_with_every_word_kept(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    sent = grid_of(page(client, PAGE)) | {"question-0": "问。"}
    refused = client.post(PAGE, sent | {"do": "add", "paste": "甲\n" * (MOST_ROWS + 1)})
    assert refused.status_code == 422
    assert "At most 75 rows at once" in refused.content.decode()
    refused = client.post(PAGE, sent | {"do": "record", "asked_at": "gestern"})
    assert refused.status_code == 422
    assert "gestern is no day" in refused.content.decode()
    assert grid_of(refused.content.decode())["question-0"] == "问。"
    assert not Inquiry.objects.exists()


def test_a_full_page_is_sent_and_asks_no_more_for_its_rows(cast: Cast, enter: Enter) -> None:
    Topic.objects.create(district=cast.district, name="低保")
    client = enter(cast.li_min)
    page(client, PAGE)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client, PAGE)
        return len(seen)

    send(client, grid_of(page(client, PAGE)), "add", paste="甲\n乙")
    few = statements()
    shown = send(client, grid_of(page(client, PAGE)), "add", paste="丙\n" * (MOST_ROWS - 2))
    assert statements() == few
    assert f"{MOST_ROWS} rows are in order" in send(client, grid_of(shown), "check")


def test_the_grid_is_for_who_records(cast: Cast, enter: Enter) -> None:
    assert enter(cast.bai_lu).get(PAGE).status_code == 403
    assert enter(cast.bai_lu).get(f"{PAGE}correction.csv").status_code == 403
    assert enter(cast.li_min).get(f"{PAGE}correction.pdf").status_code == 404


def test_an_application_that_gets_nothing_has_its_ground_in_a_column_of_its_own(
    cast: Cast, web_as: As, now: datetime
) -> None:
    card = {
        "kind": "信息公开申请",
        "question": "申请公开救助名册。",
        "answer": "本机关不掌握。",
        "outcome": "本机关不掌握或信息不存在",
    }
    with web_as(cast.li_min):
        unsaid = check_batch(draft(card), place=cast.relief, by=cast.li_min, now=now).rows[0]
        odd = check_batch(draft(card | {"ground": "无"}), place=cast.relief, by=cast.li_min, now=now).rows[0]
        grid = draft(card | {"ground": "本机关不掌握相关政府信息"})
        left = record_batch(grid, place=cast.relief, by=cast.li_min, now=now)
    assert (unsaid.at, odd.at) == ("ground", "ground")
    assert left.rows == ()
    assert Answer.objects.get().ground == "not_here"


def test_a_draft_of_before_the_column_is_read_with_an_empty_cell(
    cast: Cast, web_as: As, now: datetime
) -> None:
    row = fresh_row(GOOD)
    old = replace(row, cells={name: cell for name, cell in row.cells.items() if name != "ground"})
    with web_as(cast.li_min):
        keep_batch(Draft(rows=(old,)), district=cast.district, by=cast.li_min, now=now)
        kept = draft_of(cast.li_min, now=now)
    assert kept is not None
    assert kept.rows == (row,)
