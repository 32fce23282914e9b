"""What an office puts its name to, as a .docx in the form of GB/T 9704-2012 (党政机关公文格式)."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from unicodedata import east_asian_width

import docx
from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Length, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table as DocxTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

# Faces by the names that Word and WPS know them by; figures and Latin letters beside them.
SONG, FANG_SONG, HEI, KAI, TITLE = "宋体", "仿宋", "黑体", "楷体", "方正小标宋简体"
LATIN = "Times New Roman"
# 5.2.1: 天头 37, 订口 28; with a type area of 156 by 225 mm that leaves 35 below and 26 at the other side.
TOP, RIGHT, BOTTOM, LEFT = Mm(37), Mm(26), Mm(35), Mm(28)
# 5.2.2 and 5.2.3: size 3, 22 lines of 28 characters. The pitch in twips, the rest of a character in 1/4096 pt.
BODY, LINE = Pt(16), Pt(28.95)
LINE_PITCH, CHARACTER_SPACE = "579", "-849"
# What is left of the 22 lines below the title and the free line: a form is one page.
FORM_LINES = 19
# Free lines of a title page above its title, and between that and what stands below.
COVER_ABOVE, COVER_BETWEEN = 5, 8
# Size 2 for the title, 4 for the number of the page and for what a form asks.
BIG, SMALL = Pt(22), Pt(14)
# Of a table of figures, which is to stand whole on one page: 小四, with a line a little higher.
FIGURES, FIGURES_LINE = Pt(12), Pt(19)
# So much is left free between text and table, and within the edges of a cell of figures.
GAP, CELL_EDGE = Pt(12), Mm(0.6)
# A table of so many rows is not torn between two pages; of a longer one the heads and these stay together.
KEPT_WHOLE, KEPT_OPENING = 12, 3
# 7.5: below the type area; the line of figures stands 28 mm above the edge.
FOOT = Mm(25)


@dataclass(frozen=True)
class Cell:
    """One question of a form and what stands there; `lines` is the room for what is written by hand."""

    label: str
    text: str = ""
    lines: int = 1


@dataclass(frozen=True)
class Table:
    """Figures under their heads: the first column names what the row is of, the others stand in the middle.

    `widths` are millimetres, 156 together; without them the first column has what the others leave. On a page a cell
    opens at its address, where `addresses` has one; on paper nothing opens. `heading` is one of the first level.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    widths: tuple[int, ...] = ()
    addresses: tuple[tuple[str, ...], ...] = ()
    heading: str = ""
    # What stands above several heads, and how many; "" above one that stands alone. Together as many as the heads.
    groups: tuple[tuple[str, int], ...] = ()

    @property
    def heads_above(self) -> list[tuple[str, int]]:
        """The upper line of the heads: each group, or the head that stands alone, with how many columns it spans."""
        told, at = [], 0
        for label, span in self.groups:
            told.append((label or self.heads[at], span))
            at += span
        return told

    @property
    def heads_below(self) -> list[str]:
        """The lower line: the heads of groups."""
        told: list[str] = []
        at = 0
        for label, span in self.groups:
            told += self.heads[at : at + span] if label else ()
            at += span
        return told

    @property
    def cells(self) -> list[list[tuple[str, str]]]:
        """Each row's texts with their addresses, empty where nothing opens."""
        return [
            list(zip_longest(row, addresses, fillvalue=""))
            for row, addresses in zip_longest(self.rows, self.addresses, fillvalue=())
        ]


@dataclass(frozen=True)
class Heading:
    """7.3.3: the first level (一、) in 黑体, the second (（一）) in 楷体, further ones as the text; all of size 3."""

    text: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True)
class Official:
    """What stands on the paper, from top to bottom; what is empty is left out.

    A row of a form has one cell or two. Tables stand behind the text, `closing` paragraphs behind them.
    `seal` leaves the room for a seal over name and date. A line break in the title
    begins a new line, in a paragraph of the text a new paragraph.
    """

    title: str
    number: str = ""
    to: str = ""
    paragraphs: tuple[str | Heading, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    tables: tuple[Table, ...] = ()
    closing: tuple[str | Heading, ...] = ()
    signed: str = ""
    signed_on: date | None = None
    seal: bool = False
    # With it the title has a page of its own, and these lines stand below it.
    cover: tuple[str, ...] = ()

    @property
    def date(self) -> str:
        """Of the signature; empty until it is signed."""
        return day_of(self.signed_on) if self.signed_on else ""


def day_of(on: date) -> str:
    """7.3.5.4: arabic figures, the year in full, no leading zero."""
    return f"{on.year}年{on.month}月{on.day}日"


def span_of(first_on: date, last_on: date) -> str:
    """A month by its name, else from day to day; the year once where it is one."""
    if first_on.day == 1 and last_on + timedelta(days=1) == (first_on + timedelta(days=31)).replace(day=1):
        return f"{first_on.year}年{first_on.month}月"
    until = day_of(last_on)
    return f"{day_of(first_on)}至{until.partition('年')[2] if first_on.year == last_on.year else until}"


def number_of(word: str, year: int, number: int) -> str:
    """7.2.5: 机关代字, the year in hexagonal brackets, the number without leading zeros."""
    return f"{word}〔{year}〕{number}号"


_HYPHEN = re.compile(r"(?<=[0-9])-(?=[0-9A-Z])")


def docx_of(paper: Official) -> bytes:
    """The paper on A4 with margins, faces, sizes, grid and page numbers of GB/T 9704-2012."""
    made = _blank(paper)
    for _line_above in range(COVER_ABOVE if paper.cover else 0):
        made.add_paragraph()
    for line in paper.title.splitlines():
        _line(made.add_paragraph(), line, face=TITLE, size=BIG, align=WD_ALIGN_PARAGRAPH.CENTER, pitch=Pt(35))
    if paper.number:
        _line(made.add_paragraph(), paper.number, align=WD_ALIGN_PARAGRAPH.CENTER)
    for _line_between in range(COVER_BETWEEN if paper.cover else 0):
        made.add_paragraph()
    for line in paper.cover:
        _line(made.add_paragraph(), line, face=KAI, align=WD_ALIGN_PARAGRAPH.CENTER)
    if not paper.cover and (paper.to or paper.paragraphs or paper.rows or paper.tables):
        # 7.3.2: one line is left free below the title.
        made.add_paragraph()
    if paper.to:
        _line(made.add_paragraph(), f"{paper.to}：")
    _text(made, paper.paragraphs)
    if paper.rows:
        if paper.to or paper.paragraphs:
            _gap(made)
        _form(made, paper.rows)
    for table in paper.tables:
        _figures(made, table)
    if paper.tables and paper.closing:
        _gap(made)
    _text(made, paper.closing)
    _sign(made, paper)
    told = io.BytesIO()
    made.save(told)
    return told.getvalue()


def _text(made: Document, paragraphs: tuple[str | Heading, ...]) -> None:
    for text in paragraphs:
        if isinstance(text, Heading):
            _head(made, text)
            continue
        for line in text.splitlines():
            # 7.3.3: two characters are left free at the head of each paragraph.
            _indent(_line(made.add_paragraph(), line), "firstLine", 2)


def _head(made: Document, heading: Heading) -> None:
    head = _line(made.add_paragraph(), heading.text, face={1: HEI, 2: KAI}.get(heading.level, FANG_SONG))
    _indent(head, "firstLine", 2)
    # No heading stands last on its page.
    head.paragraph_format.keep_with_next = True
    head.paragraph_format.page_break_before = heading.new_page


def _blank(paper: Official) -> Document:
    made = docx.Document()
    made.core_properties.author = paper.signed
    made.core_properties.title = " ".join(paper.title.split())
    made.core_properties.comments = ""
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.right_margin = TOP, RIGHT
    section.bottom_margin, section.left_margin = BOTTOM, LEFT
    section.footer_distance = FOOT
    # A title page bears no number.
    section.different_first_page_header_footer = bool(paper.cover)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), LINE_PITCH)
    grid.set(qn("w:charSpace"), CHARACTER_SPACE)
    # The faces of a theme would be taken before those of a style.
    for faces in made.styles.element.iter(qn("w:rFonts")):
        for name in [name for name in faces.attrib if str(name).endswith("Theme")]:
            del faces.attrib[name]
    for language in made.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    normal = made.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)  # noqa: S101  # the template of python-docx has it
    normal.font.size = BODY
    _faces(normal.element.get_or_add_rPr(), FANG_SONG)
    normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    normal.paragraph_format.line_spacing = LINE
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    of_text = normal.element.get_or_add_pPr()
    for name in ("autoSpaceDE", "autoSpaceDN"):
        # Figures stand close to the characters beside them, and name and date above one another as they are counted.
        _switch_off(of_text, name)
    # The pitch of the lines is exact already. LibreOffice would give each character two cells of this grid.
    _switch_off(of_text, "snapToGrid")
    # 7.5: on odd pages at the right, on even ones at the left, one character from the edge.
    made.settings.odd_and_even_pages_header_footer = True
    section.footer.is_linked_to_previous = section.even_page_footer.is_linked_to_previous = False
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT, "right")
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT, "left")
    return made


def _switch_off(properties: BaseOxmlElement, name: str) -> None:
    off = OxmlElement(f"w:{name}")
    off.set(qn("w:val"), "0")
    properties.insert_element_before(off, "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")


def _faces(properties: BaseOxmlElement, face: str, latin: str = LATIN) -> None:
    faces = properties.find(qn("w:rFonts"))
    if faces is None:
        faces = OxmlElement("w:rFonts")
        properties.insert(0, faces)
    for name, value in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", face)):
        faces.set(qn(f"w:{name}"), value)


def _run(paragraph: Paragraph, text: str, *, face: str, size: Length, latin: str = LATIN) -> Run:
    run = paragraph.add_run()
    run.font.size = size
    _faces(run._element.get_or_add_rPr(), face, latin)
    for number, part in enumerate(_HYPHEN.split(text)):
        if number:
            # A reference or a telephone number is not broken in two.
            run._element.append(OxmlElement("w:noBreakHyphen"))
        run.add_text(part)
    return run


def _line(
    paragraph: Paragraph,
    text: str,
    *,
    face: str = FANG_SONG,
    size: Length = BODY,
    align: WD_ALIGN_PARAGRAPH | None = None,
    pitch: Length | None = None,
) -> Paragraph:
    _run(paragraph, text, face=face, size=size)
    if align is not None:
        paragraph.alignment = align
    if pitch is not None:
        paragraph.paragraph_format.line_spacing = pitch
    return paragraph


def _indent(paragraph: Paragraph, side: str, characters: float, *, size: Length = BODY) -> None:
    """`side` is left, right or firstLine. In characters, which Word keeps to; in twips for what knows no characters."""
    indent = paragraph._p.get_or_add_pPr().get_or_add_ind()
    indent.set(qn(f"w:{side}Chars"), str(round(100 * characters)))
    indent.set(qn(f"w:{side}"), str(round(characters * size.pt * 20)))


def _page_number(paragraph: Paragraph, align: WD_ALIGN_PARAGRAPH, side: str) -> None:
    paragraph.alignment = align
    _indent(paragraph, side, 1, size=SMALL)
    _run(paragraph, "— ", face=SONG, size=SMALL, latin=SONG)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    number = _run(paragraph, "1", face=SONG, size=SMALL, latin=SONG)
    field.append(number._element)
    paragraph._p.append(field)
    _run(paragraph, " —", face=SONG, size=SMALL, latin=SONG)


def _form(made: Document, rows: tuple[tuple[Cell, ...], ...]) -> None:
    """Labels in 黑体, answers in 仿宋, one size below the text; a row of one cell runs over the whole width.

    Where the rooms for handwriting would run over the page, each gives up as much.
    """
    heights = [max(cell.lines for cell in cells) for cells in rows]
    rooms = sum(height > 1 for height in heights)
    most = max((FORM_LINES - heights.count(1)) // max(rooms, 1), 2)
    # Six characters have room in the first, four in the third.
    widths = (Mm(34), Mm(46), Mm(28), Mm(48))
    table = made.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for cells, height in zip(rows, heights, strict=True):
        row = table.add_row()
        row.height = Pt(LINE.pt * min(height, most))
        for place, width in zip(row.cells, widths, strict=True):
            place.width = width
        places = list(row.cells)
        if len(cells) == 1:
            places = [places[0], places[1].merge(places[3])]
        told = [part for cell in cells for part in ((cell.label, HEI), (cell.text, FANG_SONG))]
        for place, (text, face) in zip(places, told, strict=True):
            align = WD_ALIGN_PARAGRAPH.CENTER if face == HEI else WD_ALIGN_PARAGRAPH.LEFT
            _fill(place, text, face=face, size=SMALL, pitch=Pt(22), align=align)


def _fill(
    place: _Cell, text: str, *, face: str, size: Length, pitch: Length, align: WD_ALIGN_PARAGRAPH
) -> None:
    """Each line is a paragraph: a break within one would be drawn out to the edge."""
    place.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for number, line in enumerate(text.splitlines() or [""]):
        paragraph = place.add_paragraph() if number else place.paragraphs[0]
        _line(paragraph, line, face=face, size=size, align=align, pitch=pitch)


def _gap(made: Document) -> None:
    """Between text and table, and between tables, which would else be one."""
    free = made.add_paragraph().paragraph_format
    free.line_spacing, free.keep_with_next = GAP, True


def _figures(made: Document, table: Table) -> None:
    """The heads are said again on every page, no row is torn, and a short table stands whole on one page."""
    if table.heading:
        _head(made, Heading(table.heading))
    if table.caption:
        caption = _line(
            made.add_paragraph(),
            table.caption,
            face=HEI,
            size=FIGURES,
            align=WD_ALIGN_PARAGRAPH.CENTER,
            pitch=FIGURES_LINE,
        )
        caption.paragraph_format.space_before = GAP
        caption.paragraph_format.keep_with_next = True
    else:
        _gap(made)
    columns = len(table.heads)
    narrow = max(16, min(30, 156 * 2 // (3 * columns)))
    usual = (156 - narrow * (columns - 1), *[narrow] * (columns - 1))
    widths = [Mm(width) for width in table.widths or usual]
    grid = made.add_table(rows=0, cols=columns, style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    _edges(grid)
    for of_grid, width in zip(grid.columns, widths, strict=True):
        of_grid.width = width
    if table.groups:
        _row(grid, is_head=True)
    kept = len(table.rows) if len(table.rows) <= KEPT_WHOLE else KEPT_OPENING
    for number, told in enumerate((table.heads, *table.rows)):
        row = _row(grid, is_head=not number)
        for column, (place, width, text) in enumerate(zip(row.cells, widths, told, strict=True)):
            place.width = width
            # Words begin at the left, a number or a reference stands in the middle.
            names = number and not column and not text.isascii()
            _fill(
                place,
                text,
                face=FANG_SONG if number else HEI,
                size=FIGURES,
                pitch=FIGURES_LINE,
                align=WD_ALIGN_PARAGRAPH.LEFT if names else WD_ALIGN_PARAGRAPH.CENTER,
            )
            for line in place.paragraphs:
                line.paragraph_format.keep_with_next = number < kept
    if table.groups:
        _join_heads(grid, table)


def _row(grid: DocxTable, *, is_head: bool) -> _Row:
    row: _Row = grid.add_row()  # type: ignore[no-untyped-call]
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))
    return row


def _join_heads(grid: DocxTable, table: Table) -> None:
    """A group runs over its heads; a head that stands alone has both lines."""
    above, below = grid.rows[0].cells, grid.rows[1].cells
    at = 0
    for label, span in table.groups:
        if label:
            place = above[at].merge(above[at + span - 1])
            _fill(place, label, face=HEI, size=FIGURES, pitch=FIGURES_LINE, align=WD_ALIGN_PARAGRAPH.CENTER)
        else:
            above[at].merge(below[at]).vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        at += span


def _edges(table: DocxTable) -> None:
    edges = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(round(CELL_EDGE.twips)))
        edge.set(qn("w:type"), "dxa")
        edges.append(edge)
    table._tbl.tblPr.insert_element_before(edges, "w:tblLook")


def _width(text: str) -> float:
    """In characters of the text: a figure or Latin letter takes half of one."""
    return sum(1.0 if east_asian_width(each) in "WFA" else 0.5 for each in text)


def indents_of(name: str, date: str, *, seal: bool) -> tuple[float, float]:
    """How many characters name and date stand from the right edge.

    7.3.5.1, sealed: the date four, the name centred over it, both as far right as they fit. 7.3.5.2, without a seal:
    the name two, and the date begins two characters after the name; a longer date stands two from the edge itself.
    """
    named, dated = _width(name), _width(date)
    if seal:
        over = 4 + (dated - named) / 2
        return (over, 4.0) if over >= 0 else (0.0, (named - dated) / 2)
    beside = named - dated
    return (2.0, beside) if beside >= 2 else (4 + dated - named, 2.0)


def _sign(made: Document, paper: Official) -> None:
    if not paper.signed:
        return
    at_name, at_date = indents_of(paper.signed, paper.date, seal=paper.seal)
    # Name and date stand below some of the text, never alone on a page.
    last = made.element.body[-2]
    rows = [*last.iter(qn("w:tr"))]
    for each in (rows[-1] if rows else last).iter(qn("w:p")):
        Paragraph(each, made).paragraph_format.keep_with_next = True
    # One line free below the text; a seal of 42 mm needs two more above the name.
    for _free in range(3 if paper.seal else 1):
        made.add_paragraph().paragraph_format.keep_with_next = True
    for text, indent in ((paper.signed, at_name), (paper.date, at_date)):
        if text:
            line = _line(made.add_paragraph(), text, align=WD_ALIGN_PARAGRAPH.RIGHT)
            line.paragraph_format.keep_with_next = text == paper.signed
            _indent(line, "right", indent)
