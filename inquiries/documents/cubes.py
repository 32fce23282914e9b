"""A figure as a table of keys and values, and as CSV, XLSX and JSON-stat 2.0: the same figure, the same bytes."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from math import prod
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

Both = dict[str, str]
Key = str | int | None
# Written into a workbook instead of the hour it was made: the same figure is the same file.
NO_HOUR = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Dimension:
    """What is grouped by: its code, its label, and the label of each of its keys. `is_time` for an interval."""

    code: str
    label: Both
    keys: dict[Key, Both]
    is_time: bool = False


@dataclass(frozen=True)
class Cube:
    """Rows of keys, one a dimension, and values, one a metric. The totals stand in the first row, without keys.

    `asked` is what the numbers mean beside that, and is said in every form: a count of a year differs by its basis.
    """

    code: str
    label: Both
    dimensions: tuple[Dimension, ...]
    metrics: tuple[str, ...]
    rows: tuple[tuple[tuple[Key, ...], tuple[Any, ...]], ...]
    asked: tuple[tuple[str, str], ...] = ()
    # Why there is no number of an earlier period beside each: a code and its sentence.
    no_comparison: tuple[str, Both] | None = None

    @property
    def size(self) -> int:
        """How many values there were if every key met every other."""
        return prod(len(each.keys) for each in self.dimensions) * len(self.metrics)


def table_of(cube: Cube) -> list[list[Any]]:
    """A heading and a line for each row: each key as code and in both languages, the metrics, and what was asked."""
    heading = [f"{each.code}{part}" for each in cube.dimensions for part in ("", "_zh", "_en")]
    beside = (*cube.asked, *((("no_comparison", cube.no_comparison[0]),) if cube.no_comparison else ()))
    asked = [value for _name, value in beside]
    lines: list[list[Any]] = [[*heading, *cube.metrics, *(name for name, _value in beside)]]
    for keys, values in cube.rows:
        told: list[Any] = []
        for dimension, key in zip(cube.dimensions, keys, strict=True):
            label = dimension.keys.get(key, {"zh": "", "en": ""})
            told += [key, label["zh"], label["en"]]
        lines.append([*told, *values, *asked])
    return lines


def csv_of(cube: Cube, *, bom: bool) -> bytes:
    """UTF-8, lines ended as RFC 4180 says; with a byte order mark Excel reads the Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    for line in table_of(cube):
        writer.writerow([safe(value) for value in line])
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


# What a spreadsheet may take for the beginning of a formula, the wide characters of a Chinese keyboard too.
FORMULAS = tuple("=+-@\t\r\n＝＋－＠")


def safe(value: Any) -> Any:
    """The cell as text, where it begins like a formula, which the program that opens the table would run."""
    return f"'{value}" if isinstance(value, str) and value[:1] in FORMULAS else value


def xlsx_of(cube: Cube) -> bytes:
    """A workbook of one sheet, without the hour it was made."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  # a new workbook has one
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", cube.label["zh"])[:31] or cube.code[:31]
    for line in table_of(cube):
        sheet.append([safe(value) for value in line])
    sheet.freeze_panes = "A2"
    for number in range(1, sheet.max_column + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 18
    book.properties.created = NO_HOUR
    made = io.BytesIO()
    book.save(made)
    return _without_hours(made.getvalue())


def _without_hours(content: bytes) -> bytes:
    told = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            part = old.read(entry)
            if entry.filename == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", part)
            new.writestr(zipfile.ZipInfo(entry.filename, (2000, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return told.getvalue()


def json_stat_of(cube: Cube, *, language: str) -> bytes:
    """A JSON-stat 2.0 data set (json-stat.org/full): the dimensions, and one more of the metrics."""
    metric = Dimension(
        "metric", {"zh": "指标", "en": "metric"}, {code: {"zh": code, "en": code} for code in cube.metrics}
    )
    dimensions = (*cube.dimensions, metric)
    found = {
        (*keys, code): value
        for keys, values in cube.rows
        for code, value in zip(cube.metrics, values, strict=True)
    }
    every = product(*(list(each.keys) for each in dimensions))
    role: dict[str, list[str]] = {"metric": ["metric"]}
    if times := [each.code for each in cube.dimensions if each.is_time]:
        role["time"] = times
    asked = ", ".join(value for _name, value in cube.asked)
    made: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "label": f"{cube.label[language]} ({asked})" if asked else cube.label[language],
        "id": [each.code for each in dimensions],
        "size": [len(each.keys) for each in dimensions],
        "role": role,
        "dimension": {
            each.code: {
                "label": each.label[language],
                "category": {
                    "index": [_text(key) for key in each.keys],
                    "label": {_text(key): told[language] for key, told in each.keys.items()},
                },
            }
            for each in dimensions
        },
        "value": [found.get(keys) for keys in every],
    }
    if cube.no_comparison:
        made["note"] = [cube.no_comparison[1][language]]
    return json_of(made)


def _text(key: Key) -> str:
    return "none" if key is None else str(key)


def json_of(made: Any) -> bytes:
    """JSON in UTF-8, always written alike."""
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
