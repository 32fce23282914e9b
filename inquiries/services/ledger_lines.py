"""The lines of a ledger that somebody sends: its columns, its cells, and the words in them."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from bureaus.models import Officer, Place
from bureaus.refusals import NotAChoice
from bureaus.services.calendar.files import CsvRefused, LineError, text_of
from bureaus.workdays import SHANGHAI
from inquiries.documents.ledger import rows_of_workbook
from inquiries.models import LedgerFile, Topic
from inquiries.models.answer import GROUND_LABELS, OUTCOME_LABELS, ToldHow
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.services.refusals import NotOnePlace, TopicElsewhere

MOST_ROWS = 20_000

Row = tuple[int, dict[str, str]]


def read_rows(
    lines: Sequence[tuple[int, Sequence[str]]],
    known: Mapping[str, str],
    *,
    names: Mapping[str, str],
    needed: Sequence[str],
    others: bool = False,
) -> list[Row]:
    """The rows below the first line, each with its line and its cells by `names`; empty for columns it has not.

    `names` are the columns, each with its Chinese word.

    The first line names the columns in words of `known`. With `others` columns of other names are passed over.
    Raises CsvRefused.
    """
    header = [known.get(cell.strip(), "") for cell in (lines[0][1] if lines else [])]
    while header and not header[-1] and not lines[0][1][len(header) - 1].strip():
        header.pop()
    headings = [cell.strip() for cell in lines[0][1]] if lines else []
    if wrong := _wrong_columns(headings, header, names=names, needed=needed, others=others):
        raise CsvRefused(tuple(LineError(1, sentence) for sentence in wrong))
    rows = []
    for line, given in lines[1:]:
        cells = list(given)
        if not any(cell.strip() for cell in cells):
            continue
        while len(cells) > len(header) and not cells[-1].strip():
            cells = cells[:-1]
        if len(cells) != len(header):
            sentence = _("This line has %(n)d cells, the first one %(wanted)d.") % {
                "n": len(cells),
                "wanted": len(header),
            }
            raise CsvRefused((LineError(line, sentence),))
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name}
        rows.append((line, {name: row.get(name, "") for name in names}))
    if not 0 < len(rows) <= MOST_ROWS:
        sentence = _("A file holds from one to %(n)d matters.") % {"n": MOST_ROWS}
        raise CsvRefused((LineError(1, sentence),))
    return rows


def _wrong_columns(
    headings: Sequence[str],
    header: Sequence[str],
    *,
    names: Mapping[str, str],
    needed: Sequence[str],
    others: bool,
) -> list[str]:
    """What is wrong with the first line, a sentence for each: none it knows, one twice, one that is missing."""
    chinese = (translation.get_language() or "").startswith("zh")
    words = {name: word if chinese else name for name, word in names.items()}
    told = []
    unknown = [heading or "-" for heading, name in zip(headings, header, strict=False) if not name]
    if unknown and not others:
        told.append(
            _("No column is called %(given)s. The columns are: %(names)s.")
            % {"given": "、".join(unknown), "names": "、".join(words.values())}
        )
    if twice := sorted({words[name] for name in header if name and header.count(name) > 1}):
        told.append(_("This column stands there more than once: %(names)s.") % {"names": "、".join(twice)})
    if missing := [words[name] for name in needed if name not in header]:
        told.append(_("This column is needed: %(names)s.") % {"names": "、".join(missing)})
    return told


def lines_of(content: bytes) -> list[tuple[int, list[str]]]:
    """Every line of a workbook's first sheet or of a CSV file, by its number. Raises CsvRefused."""
    if content[:4] == b"PK\x03\x04":
        try:
            found = rows_of_workbook(content, most=MOST_ROWS + 2)
        except ValueError:
            sentence = _("The workbook cannot be read. Save it anew as .xlsx, or as CSV.")
            raise CsvRefused((LineError(1, sentence),)) from None
        return list(enumerate(found, start=1))
    reader = csv.reader(io.StringIO(text_of(content), newline=""))
    try:
        return [(reader.line_num, cells) for cells in reader]
    except csv.Error as wrong:
        raise CsvRefused((LineError(reader.line_num, str(wrong)),)) from wrong


# 2026/5/2 9:30 as Excel writes it, 2026.5.2 and 2026年5月2日 as people do.
_AS_TYPED = re.compile(
    r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]*(\d{1,2})[:：](\d{2}))?(?=$|[:：])"
)


def _in_full(found: re.Match[str]) -> str:
    year, month, day, hour, minute = found.groups()
    on = f"{year}-{int(month):02}-{int(day):02}"
    return f"{on} {int(hour):02}:{minute}" if hour else on


def moment_of(text: str, field: str) -> datetime:
    """A day, or a day and an hour, in China's time. Raises NotAChoice."""
    plain = _AS_TYPED.sub(_in_full, text.strip())
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        raise NotAChoice(
            _("%(text)s is no day like 2016-05-20, nor 2016-05-20 09:30.") % {"text": text or "-"},
            field=field,
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def digest_of(content: bytes) -> str:
    """By what a file is known again."""
    return hashlib.sha256(content).hexdigest()


def came_before(district: Place, digest: str) -> LedgerFile | None:
    """The last time that this very file was brought in."""
    found = LedgerFile.objects.filter(district=district, digest=digest).select_related("by")
    return found.order_by("-at").first()


def keep_file(
    *,
    district: Place,
    holds: str,
    source: str,
    digest: str,
    lines: int,
    by: Officer,
    now: datetime,
    columns: Mapping[str, str] | None = None,
) -> LedgerFile:
    """The file is known again when it comes a second time."""
    return LedgerFile.objects.create(
        district=district,
        holds=holds,
        source=source,
        digest=digest,
        lines=lines,
        columns=dict(columns or {}),
        at=now,
        by=by,
    )


class Names:
    """The words of a ledger, and what they name in a district: read once for all its rows."""

    def __init__(self, district: Place) -> None:
        self._topics = {topic.name: topic for topic in Topic.objects.filter(district=district)}
        self._places: dict[str, list[Place]] = {}
        standing = Place.objects.standing().under([district]).select_related("parent")
        for place in standing:
            for name in {place.name, place.full_name, f"{place.parent}/{place.name}"} - {""}:
                self._places.setdefault(name, []).append(place)
        choices: dict[str, Iterable[tuple[str, str | Promise]]] = {
            "kind": Kind.choices,
            "urgency": Urgency.choices,
            "channel": Channel.choices,
            "outcome": OUTCOME_LABELS,
            "told_how": ToldHow.choices,
            "ground": GROUND_LABELS,
        }
        self._codes: dict[str, dict[str, str]] = {}
        self._words: dict[str, list[str]] = {}
        for field, pairs in choices.items():
            codes = self._codes[field] = {}
            words = self._words[field] = []
            for code, label in pairs:
                codes[str(code)] = str(code)
                # A ledger is Chinese whatever the officer reads.
                with translation.override("zh-hans"):
                    words.append(str(label))
                codes[words[-1]] = str(code)

    def place(self, name: str) -> Place:
        """Raises NotOnePlace."""
        found = self._places.get(name, [])
        if len(found) != 1:
            raise NotOnePlace
        return found[0]

    def topic(self, name: str) -> Topic:
        """Raises TopicElsewhere."""
        if name not in self._topics:
            raise TopicElsewhere
        return self._topics[name]

    def code(self, field: str, word: str) -> str:
        """Raises NotAChoice."""
        if word not in self._codes[field]:
            raise NotAChoice(
                _("%(text)s is none of %(words)s.")
                % {"text": word or "-", "words": "、".join(self._words[field])},
                field=field,
            )
        return self._codes[field][word]
