"""12345 work orders come in by their number: new ones are recorded, known ones brought up to date, none twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bureaus.access import MAY, Act, holdings
from bureaus.models import Officer, Place
from bureaus.models.fields import NotAPhone, keyed_hash
from bureaus.services.refusals import Refusal
from bureaus.services.wording import say_until
from inquiries.models import Contact, Inquiry, LedgerFile, WorkOrder
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.services.contacting import log_contact
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.ledger_lines import Names, Row, keep_file, lines_of, moment_of, read_rows
from inquiries.services.moving import reclassify_inquiry
from inquiries.services.recording import CitizenGiven, record_inquiry, renew_contact
from inquiries.services.refusals import (
    FieldMissing,
    NotYours,
    SourceNumberTwice,
    TwoOfThisNumber,
)
from inquiries.services.sources import set_source_due
from inquiries.states import State

SOURCE = "12345"
# Each column by its name in the code, and the headings that platforms give it; the first is the template's.
COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("工单编号", "工单号", "编号", "工单流水号", "受理编号", "诉求编号", "工单ID"),
    "asked_at": ("提出时间", "来电时间", "受理时间", "诉求时间", "登记时间", "创建时间", "反映时间"),
    "kind": ("类别", "工单类型", "诉求类型", "诉求类别", "工单类别", "类型", "诉求性质"),
    "question": ("内容", "工单内容", "诉求内容", "反映内容", "问题描述", "主要内容", "诉求描述", "问题内容"),
    "due_at": ("办理期限", "办理时限", "办结时限", "截止时间", "要求办结时间", "到期时间", "办结期限"),
    "urgency": ("紧急程度", "紧急度", "工单级别"),
    "place": ("承办单位", "主办单位", "办理单位", "转办单位", "责任单位"),
    "topic": ("主题", "问题分类"),
    "name": ("姓名", "诉求人", "来电人", "市民姓名", "反映人", "联系人", "来电人姓名"),
    "phone": ("电话", "联系电话", "来电号码", "联系方式", "手机号", "手机号码"),
    "address": ("地址", "诉求地址", "事发地址", "问题地址", "联系地址", "事发地点"),
}
NEEDED = ("number", "asked_at", "kind", "question")
_KNOWN = {heading: name for name, headings in COLUMNS.items() for heading in (name, *headings)}
# What platforms call what Bida calls otherwise.
_OTHER_WORDS: dict[tuple[str, str], str] = {
    ("kind", "投诉举报"): Kind.COMPLAINT,
    ("kind", "意见"): Kind.SUGGESTION,
    ("kind", "意见建议"): Kind.SUGGESTION,
    ("kind", "诉求"): Kind.HELP,
    ("urgency", "一般"): Urgency.ORDINARY,
    ("urgency", "平件"): Urgency.ORDINARY,
    ("urgency", "急件"): Urgency.URGENT,
    ("urgency", "特急"): Urgency.CRITICAL,
}
_CONTACT = ("name", "phone", "address")

NEW, CHANGED, SAME, WRONG = "new", "changed", "same", "wrong"


@dataclass(frozen=True)
class Line:
    """What became of one line: its number, what was changed or refused in words, and the inquiry it is."""

    line: int
    number: str
    what: str
    said: tuple[str, ...] = ()
    inquiry_id: int | None = None
    reference: str = ""


@dataclass(frozen=True)
class Brought:
    """What became of every line of a file."""

    lines: tuple[Line, ...]

    def count(self, what: str) -> int:
        """How many lines came to that."""
        return sum(line.what == what for line in self.lines)


def headings_of(content: bytes) -> list[str]:
    """The first line of a file. Raises CsvRefused."""
    lines = lines_of(content)
    return [cell.strip() for cell in lines[0][1] if cell.strip()] if lines else []


def columns_for(headings: Sequence[str], *, district: Place, source: str) -> dict[str, str]:
    """How each heading is read: as in the last file of that source, else by its name; "" for what is passed over."""
    last = (
        LedgerFile.objects.filter(district=district, source=source, holds=LedgerFile.Holds.WORK_ORDERS)
        .order_by("-at")
        .first()
    )
    before = last.columns if last is not None else {}
    found: dict[str, str] = {}
    for heading in headings:
        name = before.get(heading, _KNOWN.get(heading, ""))
        found[heading] = name if name in COLUMNS and name not in found.values() else ""
    return found


def read_work_orders(content: bytes, columns: Mapping[str, str]) -> list[Row]:
    """The rows of a file, each with its line and its cells by the names in COLUMNS. Raises CsvRefused."""
    known = {heading: name for heading, name in columns.items() if name}
    return read_rows(
        lines_of(content),
        known,
        names={name: words[0] for name, words in COLUMNS.items()},
        needed=NEEDED,
        others=True,
    )


def bring_work_orders(
    *,
    district: Place,
    rows: Sequence[Row],
    by: Officer,
    now: datetime,
    source: str = SOURCE,
    columns: Mapping[str, str] | None = None,
    digest: str = "",
    dry_run: bool = False,
) -> Brought:
    """Every good line stands as an inquiry; a wrong one is named and stops no other.

    1. A number that is not known is recorded at the district, asked when the source says and due no later than it says,
    and dispatched where the line names a place. 2. Of a number that is known only that changes which the source itself
    changed since it was last read: its due, kind, urgency, contact data, and its words, which are noted beside the
    question. What an officer corrected here stays. 3. Nothing of an answered one changes. 4. With `dry_run` all of it
    is tried, and nothing stands. Raises NotYours.
    """
    held = holdings(by, now=now)
    if not any(Act.IMPORT in MAY[h.post.role] and h.post.place_id == district.pk for h in held):
        raise NotYours
    names = _Words(district)
    known = _known(district, source, [row["number"] for _line, row in rows])
    first: dict[str, int] = {}
    lines = []
    with transaction.atomic():
        for line, row in rows:
            try:
                with transaction.atomic():
                    earlier = first.setdefault(row["number"], line)
                    if earlier != line:
                        raise SourceNumberTwice(earlier)
                    found = known.get(row["number"], [])
                    if len(found) > 1:
                        raise TwoOfThisNumber([str(inquiry) for inquiry in found])
                    done = _bring(row, found, names, district=district, source=source, by=by, now=now)
            except (Refusal, NotAPhone) as refused:
                lines.append(Line(line, row["number"], WRONG, (str(refused),)))
            else:
                what, said, inquiry = done
                lines.append(Line(line, row["number"], what, tuple(said), inquiry.pk, inquiry.reference))
        if digest:
            keep_file(
                district=district,
                holds=LedgerFile.Holds.WORK_ORDERS,
                source=source,
                digest=digest,
                lines=len(rows),
                columns=columns,
                by=by,
                now=now,
            )
        transaction.set_rollback(dry_run)
    return Brought(tuple(lines))


class _Words(Names):
    """The words of a platform, too."""

    def code(self, field: str, word: str) -> str:
        """Raises NotAChoice."""
        return _OTHER_WORDS.get((field, word)) or super().code(field, word)


def _known(district: Place, source: str, numbers: Sequence[str]) -> dict[str, list[Inquiry]]:
    """The inquiries that have these numbers, from this source or written in by hand as from 12345."""
    found: dict[str, list[Inquiry]] = {}
    rows = Inquiry.objects.filter(
        Q(source=source) | Q(channel=Channel.CITY_12345),
        district=district,
        external_number__in=set(numbers) - {""},
    )
    for inquiry in rows.select_related("holder", "citizen__key", "work_order").order_by("pk"):
        found.setdefault(inquiry.external_number, []).append(inquiry)
    return found


@dataclass(frozen=True)
class _Given:
    """One line, its words made out."""

    question: str
    asked_at: datetime
    kind: str
    urgency: str
    due_at: datetime | None
    place: Place | None
    citizen: CitizenGiven | None
    said: dict[str, Any]


def _given(row: Mapping[str, str], names: _Words, district: Place) -> _Given:
    for field in NEEDED:
        if not row[field]:
            raise FieldMissing(COLUMNS[field][0])
    due_at = moment_of(row["due_at"], "due_at") if row["due_at"] else None
    kind = names.code("kind", row["kind"])
    urgency = names.code("urgency", row["urgency"] or Urgency.ORDINARY)
    place = names.place(row["place"]) if row["place"] else None
    said: dict[str, Any] = {
        "kind": kind,
        "urgency": urgency,
        "due_at": due_at.isoformat() if due_at else "",
        "place": place.pk if place else None,
    }
    for field in ("question", *_CONTACT):
        said[field] = keyed_hash(row[field], f"work_order.{field}:{district.pk}") if row[field] else ""
    contact = {field: row[field] for field in _CONTACT}
    return _Given(
        question=row["question"],
        asked_at=moment_of(row["asked_at"], "asked_at"),
        kind=kind,
        urgency=urgency,
        due_at=due_at,
        place=None if place == district else place,
        citizen=CitizenGiven(**contact) if any(contact.values()) else None,
        said=said,
    )


def _bring(
    row: Mapping[str, str],
    found: Sequence[Inquiry],
    names: _Words,
    *,
    district: Place,
    source: str,
    by: Officer,
    now: datetime,
) -> tuple[str, list[str], Inquiry]:
    given = _given(row, names, district)
    if found:
        return _renew(found[0], given, by=by, now=now)
    inquiry = record_inquiry(
        by=by,
        now=now,
        place=district,
        kind=given.kind,
        channel=Channel.CITY_12345,
        question=given.question,
        asked_at=given.asked_at,
        urgency=given.urgency,
        topic=names.topic(row["topic"]) if row["topic"] else None,
        citizen=given.citizen,
        source=source,
        external_number=row["number"],
        external_due_at=given.due_at,
    )
    WorkOrder.objects.create(inquiry=inquiry, said=given.said, read_at=now)
    said = []
    if given.place is not None:
        dispatch_inquiry(inquiry.pk, to=given.place, by=by, now=now)
        said.append(_("to %(place)s") % {"place": given.place})
    return NEW, said, inquiry


def _renew(inquiry: Inquiry, given: _Given, *, by: Officer, now: datetime) -> tuple[str, list[str], Inquiry]:
    order = getattr(inquiry, "work_order", None)
    before = order.said if order is not None else None
    changed = {name for name, value in given.said.items() if before is None or before.get(name) != value}
    if before is None:
        # Written in by hand: whose kind and whose place it is, whoever wrote it decided.
        changed -= {"kind", "urgency", "place"}
        changed -= {"question"} if given.question.strip() == inquiry.question.strip() else set()
        changed -= {"due_at"} if given.due_at == inquiry.external_due_at else set()
    # A cell that is empty now takes nothing back.
    changed = {name for name in changed if given.said[name]}
    if not changed:
        _read(inquiry, order, given, now=now)
        return SAME, [], inquiry
    if not inquiry.is_open:
        return SAME, [_("Answered already, so nothing of it changes.")], inquiry
    said = []
    if "due_at" in changed and given.due_at is not None and given.due_at != inquiry.external_due_at:
        set_source_due(
            inquiry.pk, due_at=given.due_at, reason=_("The work order has another due."), by=by, now=now
        )
        was = say_until(inquiry.external_due_at) or "–"
        said.append(_("due at the source: %(was)s → %(now)s") % {"was": was, "now": say_until(given.due_at)})
    kind = given.kind if "kind" in changed else inquiry.kind
    urgency = given.urgency if "urgency" in changed else inquiry.urgency
    if (kind, urgency) != (inquiry.kind, inquiry.urgency):
        was = f"{inquiry.get_kind_display()} {inquiry.get_urgency_display()}"
        reason = _("The work order has another kind or urgency.")
        after = reclassify_inquiry(inquiry.pk, kind=kind, urgency=urgency, reason=reason, by=by, now=now)
        said.append(f"{was} → {after.get_kind_display()} {after.get_urgency_display()}")
    if "question" in changed:
        words = _("The work order now reads: %(words)s") % {"words": given.question}
        log_contact(inquiry.pk, what=Contact.What.NOTE, text=words, by=by, now=now)
        said.append(_("its words are noted beside the question"))
    if given.citizen is not None and (fields := renew_contact(inquiry.pk, given.citizen, by=by, now=now)):
        labels = "、".join(COLUMNS[field][0] for field in fields)
        said.append(_("contact data: %(fields)s") % {"fields": labels})
    if "place" in changed and given.place is not None and given.place.pk != inquiry.holder_id:
        if inquiry.state == State.RECEIVED:
            dispatch_inquiry(inquiry.pk, to=given.place, by=by, now=now)
            said.append(_("to %(place)s") % {"place": given.place})
        else:
            said.append(
                _("It lies with %(holder)s and stays there; the work order names %(place)s.")
                % {"holder": inquiry.holder, "place": given.place}
            )
    _read(inquiry, order, given, now=now)
    return (CHANGED if said else SAME), said, inquiry


def _read(inquiry: Inquiry, order: WorkOrder | None, given: _Given, *, now: datetime) -> None:
    if order is None:
        WorkOrder.objects.create(inquiry=inquiry, said=given.said, read_at=now)
        return
    order.said, order.read_at = (
        given.said | {k: v for k, v in order.said.items() if not given.said.get(k)},
        now,
    )
    order.save(update_fields=["said", "read_at"])
