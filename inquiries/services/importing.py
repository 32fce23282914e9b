"""What was asked before Bida: its dates and answers stand, nobody is told, and what is open is cleared by plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bureaus.access import MAY, Act, holdings
from bureaus.models import Officer, Place
from bureaus.models.fields import NotAPhone
from bureaus.services.calendar import calendar_for
from bureaus.services.calendar.files import CsvRefused, LineError
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date
from inquiries.models import Inquiry, LedgerFile
from inquiries.models.answer import ToldHow
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Urgency
from inquiries.services.answering import AnswerGiven
from inquiries.services.ledger_lines import Names, Row, keep_file, lines_of, moment_of, read_rows
from inquiries.services.recording import CitizenGiven, History, record_inquiry
from inquiries.services.refusals import AnsweredWhen, NotYours, SourceNumberTaken

# Over so many working days the open ones of an import enter the ladder, unless told otherwise.
CLEAR_OVER = 20

# Each column by its name in the code and on a Chinese ledger.
COLUMNS = {
    "number": "编号",
    "asked_at": "提出时间",
    "kind": "类别",
    "urgency": "紧急程度",
    "channel": "渠道",
    "place": "承办单位",
    "topic": "主题",
    "question": "内容",
    "name": "姓名",
    "phone": "电话",
    "address": "地址",
    "answered_at": "答复时间",
    "outcome": "办理结果",
    "answer": "答复内容",
    "basis": "依据",
    "told_how": "告知方式",
    "promised_on": "承诺日期",
}
NEEDED = ("number", "asked_at", "kind", "place", "question")


@dataclass(frozen=True)
class Imported:
    """What came in: how many stand answered, and how many are open and when the last of them enters the ladder."""

    answered: int
    open: int
    cleared_from: date | None
    cleared_until: date | None


def read_matters(content: bytes) -> list[Row]:
    """The rows of a CSV file or a workbook, each with its line and its cells by the names in COLUMNS.

    Raises CsvRefused.
    """
    known = {chinese: name for name, chinese in COLUMNS.items()} | {name: name for name in COLUMNS}
    return read_rows(lines_of(content), known, names=COLUMNS, needed=NEEDED)


def import_history(
    *,
    district: Place,
    source: str,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    by: Officer,
    now: datetime,
    clear_over: int = CLEAR_OVER,
    dry_run: bool = False,
    digest: str = "",
) -> Imported:
    """Every row stands as an imported inquiry, or none does and CsvRefused names every wrong line.

    1. Asked when the source says, answered as the source says, marked; nobody is told, no callback and no word to the
    source is owed. 2. What is open keeps its age and its due; the oldest enters the ladder at its first step on the
    next working day, the rest spread over `clear_over` working days (清底计划). 3. A number of the source comes in
    once. 4. The file is known again by its `digest`, where one is given. 5. With `dry_run` all of it is tried, and
    nothing stands. Raises NotYours.
    """
    held = holdings(by, now=now)
    if not any(Act.IMPORT in MAY[h.post.role] and h.post.place_id == district.pk for h in held):
        raise NotYours
    names = Names(district)
    calendar = calendar_for(district.pk)
    entries = _entries(rows, clear_over=clear_over)
    errors: list[LineError] = []
    answered = 0
    with transaction.atomic():
        for line, row in rows:
            after = entries.get(line, 0)
            enters_at = calendar.opens_at(calendar.shift(local_date(now), after + 1))
            try:
                with transaction.atomic():
                    inquiry = _import(row, names, source=source, enters_at=enters_at, by=by, now=now)
            except (Refusal, NotAPhone) as refused:
                errors.append(LineError(line, str(refused)))
            else:
                answered += inquiry.answered_at is not None
        if errors:
            raise CsvRefused(tuple(errors))
        if digest:
            keep_file(
                district=district,
                holds=LedgerFile.Holds.HISTORY,
                source=source,
                digest=digest,
                lines=len(rows),
                by=by,
                now=now,
            )
        transaction.set_rollback(dry_run)
    days = [calendar.shift(local_date(now), after + 1) for after in entries.values()]
    return Imported(answered, len(entries), min(days, default=None), max(days, default=None))


def _entries(rows: Sequence[tuple[int, Mapping[str, str]]], *, clear_over: int) -> dict[int, int]:
    """By line, after how many working days each open matter enters the ladder, the oldest first."""
    left = sorted((row["asked_at"], line) for line, row in rows if not row["answered_at"])
    return {line: place * max(clear_over, 1) // len(left) for place, (_asked, line) in enumerate(left)}


def _import(
    row: Mapping[str, str],
    names: Names,
    *,
    source: str,
    enters_at: datetime,
    by: Officer,
    now: datetime,
) -> Inquiry:
    answer, answered_at = None, None
    asked_at = moment_of(row["asked_at"], "asked_at")
    if not row["number"]:
        raise SourceNumberTaken(_("Give the source's number: by it nothing comes in twice."))
    if row["answered_at"]:
        answered_at = moment_of(row["answered_at"], "answered_at")
        if not asked_at <= answered_at <= now:
            raise AnsweredWhen
        promised_on = moment_of(row["promised_on"], "promised_on").date() if row["promised_on"] else None
        answer = AnswerGiven(
            names.code("outcome", row["outcome"]),
            row["answer"],
            names.code("told_how", row["told_how"] or ToldHow.SOURCE),
            row["basis"],
            promised_on,
        )
    elif row["answer"] or row["outcome"]:
        raise AnsweredWhen
    citizen = CitizenGiven(name=row["name"], phone=row["phone"], address=row["address"])
    return record_inquiry(
        by=by,
        now=now,
        place=names.place(row["place"]),
        kind=names.code("kind", row["kind"]),
        channel=names.code("channel", row["channel"] or Channel.DESK),
        question=row["question"],
        asked_at=asked_at,
        urgency=names.code("urgency", row["urgency"] or Urgency.ORDINARY),
        topic=names.topic(row["topic"]) if row["topic"] else None,
        citizen=citizen if any((row["name"], row["phone"], row["address"])) else None,
        source=source,
        external_number=row["number"],
        answer=answer,
        history=History(enters_at, answered_at),
    )
