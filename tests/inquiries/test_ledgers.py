"""A ledger goes out as a bureau keeps it, and one of before comes in by a page that tries it first."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from openpyxl import Workbook, load_workbook

from bureaus.services.calendar.files import CsvRefused
from inquiries.models import Inquiry
from inquiries.services.answering import answer_inquiry
from inquiries.services.importing import read_matters
from inquiries.services.recording import CitizenGiven
from tests.conftest import Cast
from tests.inquiries.conftest import EXPLAINED, Enter

HEAD = ["编号", "提出时间", "类别", "承办单位", "内容", "答复时间", "办理结果", "答复内容"]
LINES = [
    [
        "L-1",
        "2016-05-20 09:30",
        "咨询",
        "社会救助科",
        "低保怎么申请？",
        "2016-05-24 15:00",
        "解释说明",
        "请到社区。",
    ],
    ["L-2", "2016-05-21", "投诉", "民政局", "路灯不亮。", "", "", ""],
]
PAGE = "/settings/ledger/"


def workbook(*lines: list[str]) -> bytes:
    book, made = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for line in (HEAD, *lines):
        sheet.append(line)
    book.save(made)
    return made.getvalue()


def text(*lines: list[str]) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerows([HEAD, *lines])
    return made.getvalue().encode()


def send(client: Client, file: bytes | None, **given: object) -> tuple[int, str]:
    files = {"file": SimpleUploadedFile("台账.xlsx", file)} if file else {}
    response = client.post(PAGE, {"source": "旧台账", "clear_over": 20, **given, **files})
    return response.status_code, response.content.decode()


def test_a_workbook_reads_as_the_same_file_in_csv() -> None:
    assert read_matters(workbook(*LINES)) == read_matters(text(*LINES))


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no more", workbook()[:-40], b"\xff\xfe\x00"])
def test_what_is_no_ledger_is_refused(content: bytes) -> None:
    with pytest.raises(CsvRefused):
        read_matters(content)


def test_a_ledger_is_tried_and_then_brought_in(cast: Cast, enter: Enter) -> None:
    client = enter(cast.zhou_ning)
    # Made once: a workbook tells the second it was made in.
    file = workbook(*LINES)
    status, tried = send(client, file, do="look")
    assert status == 200
    assert "2 lines are in order" in tried
    assert "1 answered, 1 open." in tried
    assert not Inquiry.objects.exists()
    hidden = {
        name: tried.split(f'name="{name}" value="')[1].split('"')[0] for name in ("previewed", "content")
    }
    # Other values than those that were tried are tried anew, not saved.
    assert "nothing has come in yet" in send(client, None, do="save", **hidden | {"clear_over": 5})[1]
    assert not Inquiry.objects.exists()
    assert send(client, None, do="save", **hidden)[0] == 302
    assert Inquiry.objects.filter(imported=True, source="旧台账").count() == 2
    status, again = send(client, file, do="look")
    assert status == 422
    assert again.count("recorded already") == 2
    assert "This very file came in before" in again


def test_every_wrong_line_is_named_and_nothing_comes_in(cast: Cast, enter: Enter) -> None:
    wrong = [
        ["L-3", "gestern", "咨询", "民政局", "问", "", "", ""],
        ["L-4", "2016-05-21", "咨询", "天文局", "问", "", "", ""],
    ]
    status, shown = send(enter(cast.zhou_ning), text(LINES[0], *wrong), do="look")
    assert status == 422
    assert "Line 3: gestern is no day" in shown
    assert "Line 4: " in shown
    assert "旧台账" in shown
    assert not Inquiry.objects.exists()


def test_a_search_goes_out_as_a_ledger_and_holds_no_formula(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry]
) -> None:
    one = fresh(question="=1+1 电梯", citizen=CitizenGiven(name="张三", phone="13840005021"))
    answer_inquiry(one.pk, EXPLAINED, by=cast.li_min, now=one.recorded_at)
    fresh(question="电梯加装")
    client = enter(cast.li_min)
    book = load_workbook(io.BytesIO(client.post("/exports/search/xlsx/?q=电梯").content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    told = list(
        csv.reader(io.StringIO(client.post("/exports/search/csv/?q=电梯").content.decode("utf-8-sig")))
    )
    assert [[cell or "" for cell in row] for row in rows] == told
    assert len(told) == 3
    [line] = [row for row in told if row[0] == one.reference]
    assert line[8] == "'=1+1 电梯"
    assert line[9] == "张** 138****5021"
    assert line[14] == EXPLAINED.text
    assert one.reference not in enter(cast.tang_rui).post("/exports/search/csv/?q=电梯").content.decode()


def test_a_wrong_first_line_says_what_is_wrong_in_the_words_of_a_ledger() -> None:
    content = "编号,提出时间,类型,承办单位,内容,内容\nL-1,2016-05-20,咨询,民政局,问,问\n".encode()
    with translation.override("zh-hans"), pytest.raises(CsvRefused) as refused:
        read_matters(content)
    unknown, twice, missing = refused.value.lines
    assert ("类型" in unknown, "提出时间、类别、紧急程度" in unknown) == (True, True)
    assert ("内容" in twice, "类别" in missing, "kind" in missing) == (True, True, False)
    with pytest.raises(CsvRefused) as refused:
        read_matters(content)
    assert refused.value.lines[2].endswith("This column is needed: kind.")
