"""Many cards or slips at once (成批登记): good rows are recorded, each once; wrong ones wait with the reason."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.access import Holding
from bureaus.models import Officer, Place
from bureaus.models.fields import DataKey, NotAPhone, decrypt, encrypt
from bureaus.services.keys import destroy_key, make_key
from bureaus.services.refusals import Refusal
from inquiries.models import Batch, Inquiry
from inquiries.models.answer import ToldHow
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.services.answering import AnswerGiven
from inquiries.services.ledger_lines import Names, moment_of
from inquiries.services.recording import CitizenGiven, record_inquiry
from inquiries.services.refusals import NeedsWords
from inquiries.services.work_orders import COLUMNS as OF_PLATFORMS
from inquiries.states import Outcome

# As many as one page carries, which sends at most a thousand fields; what is more is pasted once these are in.
MOST_ROWS = 75
# A draft that nobody came back to holds contact data for nothing.
KEPT_FOR = timedelta(days=30)
# Each column by its name in the code and on paper, in the order in which cells without a heading are read.
COLUMNS = {
    "question": "内容",
    "kind": "类别",
    "topic": "主题",
    "asked_at": "提出时间",
    "name": "姓名",
    "phone": "电话",
    "address": "地址",
    "urgency": "紧急程度",
    "answer": "答复内容",
    "outcome": "办理结果",
    "told_how": "告知方式",
    "ground": "法定理由",
}
REASON = "原因"
# A clerk pastes from sheets of all kinds: what a platform calls a column is known here too.
_KNOWN = {
    heading: name for name, own in COLUMNS.items() for heading in (name, own, *OF_PLATFORMS.get(name, ()))
}
# Where a refusal of the recording stands in the grid.
_AT = {"text": "answer", "promised_on": "outcome"}


class GridFull(Refusal):
    """More rows than one page carries."""

    sentence = gettext_lazy(
        "These are more rows than one page carries. Record some first, then paste the rest."
    )

    field = "paste"

    def __init__(self) -> None:
        super().__init__(
            _("At most %(most)d rows at once. Record these first, then paste the rest.") % {"most": MOST_ROWS}
        )


class TooManyCells(Refusal):
    """A pasted line that is wider than the grid."""

    sentence = gettext_lazy(
        "A line has more cells than there are columns. Paste the headings along with them."
    )

    field = "paste"

    def __init__(self, line: int) -> None:
        super().__init__(
            _("Line %(line)d has more cells than there are columns. Paste the headings along with them.")
            % {"line": line}
        )


@dataclass(frozen=True)
class Row:
    """One card: its cells as they were typed, the key by which it is recorded once, and what is wrong with it."""

    key: str
    cells: dict[str, str]
    wrong: str = ""
    at: str = ""
    # The row above that says the same.
    twin: int = 0

    @property
    def is_empty(self) -> bool:
        """Nothing was typed."""
        return not any(self.cells.values())


@dataclass(frozen=True)
class Draft:
    """A grid: where and how all of it came, its rows, and what was recorded of it last."""

    place_id: int | None = None
    channel: str = Channel.CARD
    asked_at: str = ""
    rows: tuple[Row, ...] = ()
    done: tuple[tuple[int, str], ...] = field(default=())


def fresh_row(cells: dict[str, str] | None = None) -> Row:
    """A row of its own key."""
    return Row(secrets.token_urlsafe(18), {name: (cells or {}).get(name, "").strip() for name in COLUMNS})


def read_paste(text: str) -> list[Row]:
    """The rows of what a spreadsheet copied, its cells divided by tabs; without a tab each line is a question.

    A first line of headings says which column is which. Raises TooManyCells.
    """
    headings, lines = _pasted(text)
    order = [_KNOWN.get(heading, "") for heading in headings] or list(COLUMNS)
    rows = []
    for number, cells in enumerate(lines, start=1 + bool(headings)):
        if any(cell.strip() for cell in cells[len(order) :]):
            raise TooManyCells(number)
        found = {name: cell for name, cell in zip(order, cells, strict=False) if name}
        if any(cell.strip() for cell in found.values()):
            rows.append(fresh_row(found))
    return rows


def left_out(text: str) -> list[str]:
    """The headings of what was pasted that no column of the grid answers to, where something stands below them."""
    headings, lines = _pasted(text)
    return [
        heading
        for place, heading in enumerate(headings)
        if heading
        and heading not in _KNOWN
        and any("".join(cells[place : place + 1]).strip() for cells in lines)
    ]


def _pasted(text: str) -> tuple[list[str], list[list[str]]]:
    """The headings, none where the first line is a row already, and the lines below them."""
    read = csv.reader(io.StringIO(text.strip("\r\n"), newline=""), delimiter="\t")
    lines = [cells for cells in read if any(cells)]
    first = [cell.strip() for cell in lines[0]] if lines else []
    known = {_KNOWN.get(cell, "") for cell in first} - {""}
    if "question" in known and (len(first) == 1 or len(known) > 1):
        return first, lines[1:]
    return [], lines


def draft_of(officer: Officer, *, now: datetime) -> Draft | None:
    """What this officer kept last; None where there is nothing, or it is older than KEPT_FOR."""
    kept = Batch.objects.filter(officer=officer).select_related("key").first()
    if kept is None or not kept.content or now - kept.kept_at > KEPT_FOR:
        return None
    held = json.loads(decrypt(kept.content, kept.key))
    blank = dict.fromkeys(COLUMNS, "")
    # What was kept before a column was added has none of its cells.
    rows = tuple(Row(**row | {"cells": blank | row["cells"]}) for row in held.pop("rows"))
    return Draft(rows=rows, done=tuple((pk, reference) for pk, reference in held.pop("done")), **held)


def forget_batches(*, now: datetime) -> int:
    """Drafts that nobody went on with are gone, key and row, as long after as they are kept; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("delete from inquiries_batch where kept_at < %s returning key_id", [now - KEPT_FOR])
        keys = [key_id for (key_id,) in cursor.fetchall()]
    for key in DataKey.objects.filter(pk__in=keys):
        destroy_key(key=key, now=now)
    return len(keys)


def with_reasons(draft: Draft, kept: Draft | None) -> Draft:
    """The draft with what was found wrong with those of its rows that nobody changed since."""
    found = {row.key: row for row in (kept.rows if kept else ())}
    rows = []
    for row in draft.rows:
        before = found.get(row.key)
        rows.append(before if before is not None and before.cells == row.cells else row)
    return replace(draft, rows=tuple(rows))


def keep_batch(draft: Draft, *, district: Place, by: Officer, now: datetime) -> Draft:
    """The draft stands as it is now, without its empty rows; an empty one leaves nothing behind. Raises GridFull."""
    rows = tuple(row for row in draft.rows if not row.is_empty)
    if len(rows) > MOST_ROWS:
        raise GridFull
    draft = replace(draft, rows=rows)
    kept = Batch.objects.select_for_update(of=("self",)).select_related("key").filter(officer=by).first()
    if kept is None:
        kept = Batch(district=district, officer=by, key=make_key(district_id=district.pk))
    said: dict[str, Any] = {
        "place_id": draft.place_id,
        "channel": draft.channel,
        "asked_at": draft.asked_at,
        "done": draft.done,
        "rows": [vars(row) for row in rows],
    }
    kept.content = encrypt(json.dumps(said, ensure_ascii=False), kept.key) if rows or draft.done else ""
    kept.kept_at = now
    kept.save()
    return draft


def check_batch(
    draft: Draft, *, place: Place, by: Officer, now: datetime, held: list[Holding] | None = None
) -> Draft:
    """Each row is recorded for trial and nothing stands: the draft says what is wrong. Raises GridFull."""
    return _through(draft, place=place, by=by, now=now, held=held, for_good=False)


def record_batch(
    draft: Draft, *, place: Place, by: Officer, now: datetime, held: list[Holding] | None = None
) -> Draft:
    """The good rows stand as inquiries, each once however often it is sent; the wrong ones stay in the draft.

    Two sendings of one officer follow each other, so that the second finds what the first recorded. Raises GridFull.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('inquiries.batch'), %s)", [by.pk])
    return _through(draft, place=place, by=by, now=now, held=held, for_good=True)


def _through(
    draft: Draft, *, place: Place, by: Officer, now: datetime, held: list[Holding] | None, for_good: bool
) -> Draft:
    rows = [row for row in draft.rows if not row.is_empty]
    if len(rows) > MOST_ROWS:
        raise GridFull
    names = Names(Place.objects.get(pk=place.root_id))
    left: list[Row] = []
    done: list[tuple[int, str]] = []
    said: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, start=1):
        twin = said.setdefault((row.cells["question"], row.cells["phone"]), number)
        row = replace(row, wrong="", at="", twin=twin if twin != number else 0)
        try:
            with transaction.atomic():
                inquiry = _record(row, draft, names, place=place, by=by, now=now, held=held)
                transaction.set_rollback(not for_good)
        except NotAPhone as refused:
            left.append(replace(row, wrong=str(refused), at="phone"))
        except Refusal as refused:
            left.append(replace(row, wrong=str(refused), at=_AT.get(refused.field, refused.field)))
        else:
            if for_good:
                done.append((inquiry.pk, inquiry.reference))
            else:
                left.append(row)
    return replace(draft, place_id=place.pk, rows=tuple(left), done=tuple(done))


def _record(
    row: Row,
    draft: Draft,
    names: Names,
    *,
    place: Place,
    by: Officer,
    now: datetime,
    held: list[Holding] | None,
) -> Inquiry:
    cells = row.cells
    asked = cells["asked_at"] or draft.asked_at
    answer = None
    if cells["answer"]:
        answer = AnswerGiven(
            names.code("outcome", cells["outcome"] or Outcome.EXPLAINED),
            cells["answer"],
            names.code("told_how", cells["told_how"] or ToldHow.IN_PERSON),
            ground=names.code("ground", cells["ground"]) if cells["ground"] else "",
        )
    elif cells["outcome"] or cells["told_how"] or cells["ground"]:
        raise NeedsWords(field="answer")
    contact = {name: cells[name] for name in ("name", "phone", "address")}
    return record_inquiry(
        by=by,
        now=now,
        place=place,
        kind=names.code("kind", cells["kind"] or Kind.CONSULTATION),
        channel=draft.channel,
        question=cells["question"],
        asked_at=moment_of(asked, "asked_at") if asked else None,
        urgency=names.code("urgency", cells["urgency"] or Urgency.ORDINARY),
        topic=names.topic(cells["topic"]) if cells["topic"] else None,
        citizen=CitizenGiven(**contact) if any(contact.values()) else None,
        answer=answer,
        key=row.key,
        held=held,
    )


def correction_sheet(rows: Sequence[Row]) -> list[list[str]]:
    """A heading and a line for each wrong row with its reason, to be corrected and pasted again."""
    wrong = [[*(row.cells[name] for name in COLUMNS), row.wrong] for row in rows if row.wrong]
    return [[*COLUMNS.values(), REASON], *wrong]
