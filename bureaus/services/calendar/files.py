"""Days come from a file whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.models.calendar import CalendarVersion
from bureaus.models.posts import Officer
from bureaus.services.calendar.editing import write_version
from bureaus.services.refusals import Refusal
from bureaus.workdays import Day


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one line of a file; the header is line 1."""

    line: int
    sentence: str


class CsvRefused(Refusal):
    """The file was not loaded, not even in part; `errors` says why, line by line."""

    sentence = gettext_lazy(
        "Nothing was loaded. Correct the lines that are named, and send the whole file again."
    )
    field = "file"

    def __init__(self, errors: tuple[LineError, ...]) -> None:
        self.errors = errors
        self.lines = [
            _("Line %(line)s: %(sentence)s") % {"line": error.line, "sentence": error.sentence}
            for error in errors
        ]
        super().__init__("\n".join([_("Nothing was loaded."), *self.lines]))


_WORKING = {"1": True, "true": True, "yes": True, "是": True, "班": True} | {
    "0": False, "false": False, "no": False, "否": False, "休": False,
}  # fmt: skip
_COLUMNS = ("on", "working", "name")


def text_of(content: bytes) -> str:
    """The text of a file in UTF-8, or as a Chinese spreadsheet saves it. Raises CsvRefused."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        sentence = _("The file is neither UTF-8 nor GB 18030 text.")
        raise CsvRefused((LineError(1, sentence),)) from None


def read_csv(content: bytes, *, source: str) -> dict[date, Day]:
    """The days that a file with the columns on, working and name holds; CsvRefused names every wrong line."""
    reader = csv.reader(io.StringIO(text_of(content), newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    if sorted(header) != sorted(_COLUMNS):
        sentence = _("The first line must name the columns on, working and name.")
        raise CsvRefused((LineError(1, sentence),))
    errors: list[LineError] = []
    days: dict[date, Day] = {}
    seen: dict[date, int] = {}
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num
            if len(cells) != len(header):
                errors.append(LineError(line, _("A line has three cells.")))
                continue
            row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
            try:
                on = date.fromisoformat(row["on"])
            except ValueError:
                sentence = _("%(text)s is no date like 2027-01-01.") % {"text": row["on"] or "-"}
                errors.append(LineError(line, sentence))
                continue
            working = _WORKING.get(row["working"].lower())
            if working is None:
                sentence = _("working is 1 or 0, not %(text)s.") % {"text": row["working"] or "-"}
                errors.append(LineError(line, sentence))
            if len(row["name"]) > 80:
                errors.append(LineError(line, _("The name is longer than 80 characters.")))
            if on in seen:
                sentence = _("%(on)s is already in line %(line)s.") % {
                    "on": on.isoformat(),
                    "line": seen[on],
                }
                errors.append(LineError(line, sentence))
            seen.setdefault(on, line)
            days[on] = Day(bool(working), row["name"], source)
    except csv.Error as error:
        errors.append(LineError(reader.line_num, str(error)))
    if not (days or errors):
        errors.append(LineError(1, _("The file names no day.")))
    if errors:
        raise CsvRefused(tuple(errors))
    return days


def load_csv(
    *,
    content: bytes,
    by: Officer | None,
    now: datetime,
    district_id: int | None = None,
    announces: Collection[int] = (),
    note: str = "",
) -> CalendarVersion:
    """Every day of the file is in one new version, and the years in `announces` are announced by it.

    All or nothing: CsvRefused carries every wrong line. Raises NotYourCalendar.
    """
    return write_version(
        district_id=district_id,
        by=by,
        now=now,
        note=note,
        days=read_csv(content, source=note or "CSV"),
        years=dict.fromkeys(announces, True),
    )
