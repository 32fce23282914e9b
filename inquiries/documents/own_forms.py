"""A district's own form, .xlsx or .docx, with figure names between double braces, filled with a bulletin's numbers.

`{{answered.happened}}` is a count, of a rate the percentage; `{{in_time.cohort.n}}` and `{{in_time.cohort.of}}` what
it is a share of; a bureau's name after the basis means that bureau: `{{in_time.cohort.民政局}}`, `{{score.民政局}}`,
`{{rank.民政局}}`. `{{first_on}}`, `{{last_on}}`, `{{number}}` and `{{year}}` are the bulletin's. Nothing in a form is
carried out.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import docx
from django.utils.translation import gettext_lazy as _
from docx.text.paragraph import Paragraph
from openpyxl import load_workbook

from inquiries.models import Bulletin

# A form is a page or some sheets; what unpacks to more is none.
MOST_BYTES = 50 * 2**20
MOST_CELLS = 500_000
_NAME = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
# Where there is nothing to be a share of, or nothing is known: no zero.
NOTHING = "—"


class NotAForm(ValueError):
    """Not an .xlsx or .docx, one that is broken, or one that unpacks to too much."""

    def __str__(self) -> str:
        return str(_("This is not a form Bida can fill. Give an .xlsx or a .docx."))


class UnknownNames(ValueError):
    """The form asks for what no figure is called; `names` are all of them, and nothing was filled."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return str(_("No figure is called so: %(names)s.")) % {"names": ", ".join(self.names)}


def numbers_of(bulletin: Bulletin) -> dict[str, int | Decimal | str]:
    """Every name a form may use, with its number as the bulletin froze it; rates as percentages to two places."""
    bureaus: Mapping[str, str] = bulletin.figures["bureaus"]
    found: dict[str, int | Decimal | str] = {
        "first_on": bulletin.first_on.isoformat(),
        "last_on": bulletin.last_on.isoformat(),
        "year": bulletin.year,
        "number": bulletin.number,
    }
    for name, (n, of) in bulletin.figures["counts"].items():
        code, basis, *bureau = name.split(".")
        stem = ".".join([code, basis, *(bureaus.get(key, key) for key in bureau)])
        if of is None:
            found[stem] = n
            continue
        found[f"{stem}.n"], found[f"{stem}.of"] = n, of
        found[stem] = (
            (Decimal(100 * n) / of).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) if of else NOTHING
        )
    for standing in bulletin.figures["standings"]:
        name = bureaus.get(str(standing["bureau"]), str(standing["bureau"]))
        found[f"score.{name}"] = Decimal(standing["score"]) if standing["score"] else NOTHING
        found[f"rank.{name}"] = standing["rank"] or NOTHING
    return found


def _number(numbers: Mapping[str, Any], name: str) -> Any:
    """Of a bureau without any such inquiry nothing is kept, and its count is 0."""
    if name in numbers:
        return numbers[name]
    code, _dot, rest = name.partition(".")
    basis, _dot, _bureau = rest.partition(".")
    return NOTHING if f"{code}.{basis}.of" in numbers else 0


def _unknown(names: set[str], numbers: Mapping[str, Any], bureaus: set[str]) -> list[str]:
    wrong = []
    for name in names - {*numbers}:
        parts = name.split(".")
        of_a_bureau = len(parts) == 3 and ".".join(parts[:2]) in numbers and parts[2] in bureaus
        if not of_a_bureau and not (parts[0] in ("score", "rank") and parts[-1] in bureaus):
            wrong.append(name)
    return sorted(wrong)


def fill_form(form: bytes, bulletin: Bulletin) -> bytes:
    """The form with every name in its place filled. Raises NotAForm, UnknownNames."""
    try:
        with zipfile.ZipFile(io.BytesIO(form)) as packed:
            inside = {entry.filename for entry in packed.infolist()}
            if sum(entry.file_size for entry in packed.infolist()) > MOST_BYTES:
                raise NotAForm
    except zipfile.BadZipFile as wrong:
        raise NotAForm from wrong
    if "xl/workbook.xml" in inside:
        return _fill_workbook(_opened(load_workbook, form), bulletin)
    if "word/document.xml" in inside:
        return _fill_letter(_opened(docx.Document, form), bulletin)
    raise NotAForm


def _opened(reader: Callable[[Any], Any], form: bytes) -> Any:
    try:
        return reader(io.BytesIO(form))
    except Exception as wrong:
        # What a broken file makes of openpyxl and python-docx is any error there is.
        raise NotAForm from wrong


def _check(texts: list[str], bulletin: Bulletin) -> dict[str, int | Decimal | str]:
    numbers = numbers_of(bulletin)
    asked = {name for text in texts for name in _NAME.findall(text)}
    if wrong := _unknown(asked, numbers, set(bulletin.figures["bureaus"].values())):
        raise UnknownNames(wrong)
    return numbers


def _filled(text: str, numbers: Mapping[str, Any]) -> str:
    return _NAME.sub(lambda found: str(_number(numbers, found[1])), text)


def _fill_workbook(workbook: Any, bulletin: Bulletin) -> bytes:
    # One cell in the last corner of a sheet stands for all cells before it.
    if sum(sheet.max_row * sheet.max_column for sheet in workbook.worksheets) > MOST_CELLS:
        raise NotAForm
    cells: list[tuple[Any, str]] = [
        (cell, cell.value)
        for sheet in workbook.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and _NAME.search(cell.value)
    ]
    numbers = _check([text for _cell, text in cells], bulletin)
    for cell, text in cells:
        alone = _NAME.fullmatch(text.strip())
        # A cell that is one name becomes a number, so that the form's own sums go on working.
        cell.value = _number(numbers, alone[1]) if alone else _filled(text, numbers)
    made = io.BytesIO()
    workbook.save(made)
    return made.getvalue()


def _paragraphs(container: Any) -> Iterator[Paragraph]:
    yield from container.paragraphs
    for table in container.tables:
        for row in table.rows:
            for cell in row.cells:
                yield from _paragraphs(cell)


def _fill_letter(letter: Any, bulletin: Bulletin) -> bytes:
    parts = [letter, *(part for section in letter.sections for part in (section.header, section.footer))]
    paragraphs = [p for part in parts for p in _paragraphs(part) if _NAME.search(p.text)]
    numbers = _check([paragraph.text for paragraph in paragraphs], bulletin)
    for paragraph in paragraphs:
        for run in paragraph.runs:
            run.text = _filled(run.text, numbers)
        if _NAME.search(paragraph.text):
            # Word cuts a name into runs as it was typed; it takes the look of the first.
            whole = _filled(paragraph.text, numbers)
            first, *others = paragraph.runs
            first.text = whole
            for run in others:
                run.text = ""
    made = io.BytesIO()
    letter.save(made)
    return made.getvalue()
