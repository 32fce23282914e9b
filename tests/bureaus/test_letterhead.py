"""What an office puts its name to keeps to GB/T 9704-2012: read back from the file itself."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn

from bureaus.letterhead import Cell, Official, Table, docx_of, indents_of, number_of, span_of

REPLY = Official(
    title="春和区民政局\n答复书",
    number="民政局答〔2026〕3号",
    to="王某",
    paragraphs=("您好。\n请带身份证到社区办理。",),
    rows=((Cell("编号", "2026-1"), Cell("渠道", "现场")), (Cell("批示", lines=4),)),
    signed="春和区民政局",
    signed_on=date(2026, 5, 20),
    seal=True,
)


@pytest.fixture(scope="module")
def made() -> bytes:
    return docx_of(REPLY)


def parts(made: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(made)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml")}


def faces(run: Any) -> dict[str, str]:
    return {str(name).split("}")[1]: value for name, value in run._element.rPr.rFonts.attrib.items()}


def test_the_page_is_a4_with_the_margins_and_the_grid_of_the_standard(made: bytes) -> None:
    section = docx.Document(io.BytesIO(made)).sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    edges = [section.top_margin, section.right_margin, section.bottom_margin, section.left_margin]
    assert [round(edge.mm) for edge in edges if edge] == [37, 26, 35, 28]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid is not None
    assert [grid.get(qn(f"w:{name}")) for name in ("type", "linePitch", "charSpace")] == [
        *("linesAndChars", "579", "-849")
    ]


def test_title_text_and_form_have_their_faces_and_sizes(made: bytes) -> None:
    read = docx.Document(io.BytesIO(made))
    seen = {p.text: p.runs[0] for p in read.paragraphs if p.runs}
    assert (faces(seen["答复书"])["eastAsia"], seen["答复书"].font.size.pt) == ("方正小标宋简体", 22)  # type: ignore[union-attr]
    body = seen["请带身份证到社区办理。"]
    assert (faces(body)["eastAsia"], faces(body)["ascii"]) == ("仿宋", "Times New Roman")
    assert body.font.size is not None
    assert body.font.size.pt == 16
    label, answer = (cell.paragraphs[0].runs[0] for cell in read.tables[0].rows[0].cells[:2])
    assert (faces(label)["eastAsia"], faces(answer)["eastAsia"]) == ("黑体", "仿宋")


def test_no_face_of_a_theme_comes_before_those_named(made: bytes) -> None:
    styles = parts(made)["word/styles.xml"]
    assert not re.search(r"w:\w+Theme=\"m\w+\"[^>]*/?>", "".join(re.findall(r"<w:rFonts[^>]*>", styles)))


def test_each_paragraph_is_indented_by_two_characters(made: bytes) -> None:
    read = docx.Document(io.BytesIO(made))
    indents = {
        p.text: p._p.pPr.ind.get(qn("w:firstLineChars"))
        for p in read.paragraphs
        if p._p.pPr is not None and p._p.pPr.ind is not None
    }
    assert (indents["您好。"], indents["请带身份证到社区办理。"]) == ("200", "200")


def test_pages_are_numbered_at_the_outer_side_between_dashes(made: bytes) -> None:
    read = docx.Document(io.BytesIO(made))
    assert read.settings.odd_and_even_pages_header_footer
    for footer, side in ((read.sections[0].footer, "right"), (read.sections[0].even_page_footer, "left")):
        line = footer.paragraphs[0]
        assert "".join(text.text or "" for text in line._p.iter(qn("w:t"))) == "— 1 —"
        assert 'w:instr="PAGE"' in line._p.xml
        assert line._p.pPr is not None
        assert line._p.pPr.ind is not None
        assert line._p.pPr.ind.get(qn(f"w:{side}Chars")) == "100"
        # Its figures are of 宋体 too.
        assert {(faces(run)["eastAsia"], faces(run)["ascii"]) for run in line.runs} == {("宋体", "宋体")}


def test_a_row_of_one_cell_runs_over_the_width_and_leaves_room_to_write(made: bytes) -> None:
    first, second = docx.Document(io.BytesIO(made)).tables[0].rows
    assert [cell.text for cell in first.cells] == ["编号", "2026-1", "渠道", "现场"]
    assert len({cell._tc for cell in second.cells}) == 2
    assert second.height is not None
    assert first.height is not None
    assert second.height > 3 * first.height


def test_the_seal_stands_over_name_and_date(made: bytes) -> None:
    *_, free, name, on = docx.Document(io.BytesIO(made)).paragraphs
    assert (free.text, name.text, on.text) == ("", "春和区民政局", "2026年5月20日")
    assert name.paragraph_format.keep_with_next
    assert on._p.pPr is not None
    assert on._p.pPr.ind is not None
    assert on._p.pPr.ind.get(qn("w:rightChars")) == "400"


@pytest.mark.parametrize(
    ("name", "seal", "indents"),
    [
        # The date is 6.5 characters wide.
        ("民政局", True, (5.75, 4.0)),
        ("春和区政务公开工作领导小组办公室", True, (0.0, 4.75)),
        ("民政局", False, (7.5, 2.0)),
        ("春和区政务公开办公室", False, (2.0, 3.5)),
    ],
)
def test_name_and_date_are_set_in_as_the_standard_says(
    name: str, seal: bool, indents: tuple[float, float]
) -> None:
    assert indents_of(name, "2026年5月20日", seal=seal) == indents


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "2026年11月"),
        (date(2026, 12, 1), date(2026, 12, 31), "2026年12月"),
        (date(2026, 2, 1), date(2026, 2, 28), "2026年2月"),
        (date(2026, 10, 1), date(2026, 11, 30), "2026年10月1日至11月30日"),
        (date(2026, 11, 2), date(2026, 11, 30), "2026年11月2日至11月30日"),
        (date(2025, 12, 29), date(2026, 1, 4), "2025年12月29日至2026年1月4日"),
    ],
)
def test_a_month_is_said_by_its_name_and_a_year_once(first: date, last: date, said: str) -> None:
    assert span_of(first, last) == said


@pytest.mark.parametrize(("cover", "bare"), [((), False), (("第1版",), True)])
def test_a_title_page_bears_no_number(cover: tuple[str, ...], bare: bool) -> None:
    section = docx.Document(io.BytesIO(docx_of(Official("办事指南", cover=cover)))).sections[0]
    assert section.different_first_page_header_footer is bare


def test_a_number_has_hexagonal_brackets_and_no_leading_zero() -> None:
    assert number_of("民答", 2026, 3) == "民答〔2026〕3号"


def test_a_form_is_one_page_and_its_numbers_are_not_broken() -> None:
    rooms = tuple((Cell(label, lines=5),) for label in ("拟办", "批示", "承办", "审核"))
    paper = Official("办理单", rows=((Cell("编号", "2026-0000017-9"), Cell("渠道", "现场")), *rooms))
    table = docx.Document(io.BytesIO(docx_of(paper))).tables[0]
    heights = [row.height.pt for row in table.rows if row.height is not None]
    assert len(heights) == 5
    assert sum(heights) <= 19 * 28.95
    number = table.rows[0].cells[1].paragraphs[0]
    assert len(number._p.findall(f".//{qn('w:noBreakHyphen')}")) == 2
    assert number.text == "2026-0000017-9"


def test_text_is_set_flush_and_figures_close_to_the_characters_beside_them(made: bytes) -> None:
    normal = docx.Document(io.BytesIO(made)).styles["Normal"].element.pPr
    assert [str(each.tag).split("}")[1] for each in normal][:3] == [
        *("autoSpaceDE", "autoSpaceDN", "snapToGrid")
    ]
    assert {each.get(qn("w:val")) for each in normal[:3]} == {"0"}
    assert normal.find(qn("w:jc")).get(qn("w:val")) == "both"


def test_lines_of_a_cell_are_paragraphs_and_words_begin_at_the_left() -> None:
    table = Table(("申请人情况", "总计"), (("1．重复申请", "50.0%\n(1/2)"),))
    paper = Official("办理单", rows=((Cell("承办", "已发放。\n社会救助科 吴小燕"),),), tables=(table,))
    form, figures = docx.Document(io.BytesIO(docx_of(paper))).tables
    _label, told = form.rows[0].cells[:2]
    words, share = figures.rows[1].cells
    assert words.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.LEFT
    assert [(line.text, line.alignment) for line in share.paragraphs] == [
        *(("50.0%", WD_ALIGN_PARAGRAPH.CENTER), ("(1/2)", WD_ALIGN_PARAGRAPH.CENTER))
    ]
    assert [(line.text, line.alignment) for line in told.paragraphs] == [
        ("已发放。", WD_ALIGN_PARAGRAPH.LEFT),
        ("社会救助科 吴小燕", WD_ALIGN_PARAGRAPH.LEFT),
    ]


@pytest.mark.parametrize("rows", [12, 13])
def test_a_table_of_few_rows_stands_on_one_page_and_what_counts_in_the_middle(rows: int) -> None:
    paper = Official(
        "周报", tables=(Table(("件数",), tuple((str(n),) for n in range(rows)), heading="二、数据"),)
    )
    read = docx.Document(io.BytesIO(docx_of(paper)))
    lines = [row.cells[0].paragraphs[0] for row in read.tables[0].rows]
    kept = [bool(line.paragraph_format.keep_with_next) for line in lines]
    assert kept == [*[True] * 3, *[rows == 12] * (rows - 3), False]
    assert {line.alignment for line in lines} == {WD_ALIGN_PARAGRAPH.CENTER}
    _title, heading = (line for line in read.paragraphs if line.text)
    assert (heading.text, faces(heading.runs[0])["eastAsia"]) == ("二、数据", "黑体")


def test_tables_have_a_free_line_between_them_without_which_they_would_be_one() -> None:
    table = Table(("单位", "件数"), (("民政局", "5"),))
    body = docx.Document(io.BytesIO(docx_of(Official("周报", tables=(table, table))))).element.body
    told = [str(each.tag).split("}")[1] for each in body]
    assert told[-5:] == ["p", "tbl", "p", "tbl", "sectPr"]


@pytest.mark.parametrize("ends", ["text", "table"])
def test_a_signature_stands_below_some_of_the_text(ends: str) -> None:
    tables = (Table(("单位",), tuple((f"{n}号台",) for n in range(20))),) if ends == "table" else ()
    made = docx_of(Official("总结", paragraphs=("第一段。", "第二段。"), tables=tables, signed="民政局"))
    read = docx.Document(io.BytesIO(made))
    lines = [row.cells[0].paragraphs[0] for row in read.tables[0].rows] if tables else read.paragraphs[:-2]
    assert [bool(line.paragraph_format.keep_with_next) for line in lines[-2:]] == [False, True]
