"""A list of inquiries as the ledger (台账) that a bureau keeps, and a ledger that somebody sends, as rows of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zipfile import BadZipFile

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from bureaus.workdays import SHANGHAI
from inquiries.documents.cubes import safe
from inquiries.models import Answer, Inquiry

HEADINGS = (
    *(
        gettext_lazy("Reference"),
        gettext_lazy("Source's number"),
        gettext_lazy("Asked"),
        gettext_lazy("Kind"),
    ),
    *(gettext_lazy("Urgency"), gettext_lazy("Channel"), gettext_lazy("Held by"), gettext_lazy("Topic")),
    *(gettext_lazy("Question"), gettext_lazy("Citizen"), gettext_lazy("State"), gettext_lazy("Due")),
    *(gettext_lazy("Answered"), gettext_lazy("Outcome"), gettext_lazy("Answer")),
)
_WIDE = {9: 50, 15: 50}


def ledger_lines(inquiries: Sequence[Inquiry], answers: Mapping[int, Answer]) -> list[list[str]]:
    """A line for each inquiry, with its last answer; the citizen masked."""
    lines = []
    for inquiry in inquiries:
        answer = answers.get(inquiry.pk)
        lines.append(
            [
                *(inquiry.reference, inquiry.external_number, _hour(inquiry.asked_at)),
                *(inquiry.get_kind_display(), inquiry.get_urgency_display(), inquiry.get_channel_display()),
                *(str(inquiry.holder), str(inquiry.topic or ""), inquiry.question),
                *(str(inquiry.citizen or ""), inquiry.get_state_display(), inquiry.due_on.isoformat()),
                _hour(inquiry.answered_at) if inquiry.answered_at else "",
                *((answer.get_outcome_display(), answer.text) if answer else ("", "")),
            ]
        )
    return lines


def _hour(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


class LedgerFile:
    """A ledger that is written step by step, xlsx or csv; no cell is taken for a formula."""

    def __init__(self, form: str, headings: Sequence[object] = HEADINGS) -> None:
        self._text = io.StringIO() if form == "csv" else None
        self._book = Workbook(write_only=True)
        self._sheet = _new_sheet(self._book)
        self.write([[str(heading) for heading in headings]])

    def write(self, lines: Iterable[Sequence[str]]) -> None:
        """These lines stand below the others."""
        safe_lines = ([safe(cell) for cell in line] for line in lines)
        if self._text is not None:
            csv.writer(self._text).writerows(safe_lines)
        else:
            for line in safe_lines:
                self._sheet.append(line)

    def content(self) -> bytes:
        """The whole file; of CSV as UTF-8 with a byte order mark, by which Excel reads the Chinese."""
        if self._text is not None:
            return self._text.getvalue().encode("utf-8-sig")
        made = io.BytesIO()
        self._book.save(made)
        return made.getvalue()


def _new_sheet(book: Workbook) -> Any:
    """One sheet with its heading fixed."""
    sheet = book.create_sheet(_("Ledger"))
    sheet.freeze_panes = "A2"
    for number in range(1, len(HEADINGS) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(number, 18)
    return sheet


def template_ledger(headings: Sequence[str]) -> bytes:
    """A workbook with these columns and nothing in them."""
    return LedgerFile("xlsx", headings).content()


def rows_of_workbook(content: bytes, *, most: int) -> list[list[str]]:
    """The first sheet's rows as text, a day and an hour as ISO 8601, at most so many. Raises ValueError."""
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [[_cell(cell) for cell in row] for row in sheet.iter_rows(max_row=most, values_only=True)]
    except (BadZipFile, KeyError, IndexError, OSError, TypeError, AttributeError) as wrong:
        raise ValueError(str(wrong)) from wrong
    width = max((len(row) for row in rows if any(row)), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
