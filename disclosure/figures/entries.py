"""The rows behind the numbers of an open day, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models import Sum as Total
from django.utils.translation import gettext as _

from bureaus.models import Officer, Place
from disclosure.figures.open_days import AnyRow
from disclosure.models import (
    Booth,
    ContactCard,
    Count,
    Handout,
    HotIssue,
    IssueAnswer,
    IssuePublication,
    Measure,
    OpenDay,
    Reception,
    Supply,
)
from inquiries.models import Inquiry

PAGE = 50


@dataclass(frozen=True)
class Entry:
    """One row: what it is, in words; when it happened, None in a report; who wrote it; the inquiry, where seen."""

    what: str
    pk: int
    place: Place
    words: str
    at: datetime | None
    by: Officer | None
    doubted: bool
    inquiry: Inquiry | None = None
    issue: int | None = None
    takes_back: bool = True


def _said(row: Any, words: str, *, what: str, **more: Any) -> Entry:
    return Entry(
        what, row.pk, row.booth.place, words, row.happened_at, row.recorded_by, row.clock_doubted, **more
    )


def _of_reception(row: Reception, inquiries: dict[int, Inquiry], figure: str = "") -> Entry:
    if row.recorded_at is None:
        said = {"people": row.people, "visits": row.people, "answered": row.questions, "issues": row.issues}
        return _said(row, str(said.get(figure, row.people)), what="reception", takes_back=False)
    if row.inquiry_id is None:
        return _said(row, _("received %(n)s") % {"n": row.people}, what="reception")
    words = _("a question answered at once") if row.questions_value else _("a question to be followed up")
    return _said(row, words, what="reception", inquiry=inquiries.get(row.inquiry_id), takes_back=False)


def _of_handout(row: Handout) -> Entry:
    words = _("%(material)s: %(n)s") % {"material": row.material.name, "n": row.count}
    return _said(row, words, what="handout", takes_back=row.recorded_at is not None)


def _of_supply(row: Supply) -> Entry:
    brought = Count(row.value, Measure(row.material.measure))
    words = _("%(material)s: %(n)s brought") % {"material": row.material.name, "n": brought}
    return _said(row, words, what="supply")


def _of_card(row: ContactCard) -> Entry:
    return _said(row, _("contact card no. %(serial)s") % {"serial": row.serial}, what="card")


def _of_issue(row: HotIssue) -> Entry:
    return _said(row, row.words, what="issue", issue=row.pk)


def _rows(model: type[Any], booths: Q) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.filter(booths, taken_back_at=None)
    return rows.select_related("booth__place", "recorded_by").order_by("-pk")


def latest_entries(booth: Booth, *, limit: int) -> list[Entry]:
    """What was written at a booth last, newest first. Six statements."""
    of = Q(booth=booth)
    receptions = list(_rows(Reception, of)[:limit])
    inquiries = _seen(receptions)
    found = [
        *(_of_reception(row, inquiries) for row in receptions if row.recorded_at),
        *(
            _of_handout(row)
            for row in _rows(Handout, of).select_related("material")[:limit]
            if row.recorded_at
        ),
        *(_of_supply(row) for row in _rows(Supply, of).select_related("material")[:limit]),
        *(_of_card(row) for row in _rows(ContactCard, of)[:limit]),
        *(_of_issue(row) for row in _rows(HotIssue, of)[:limit]),
    ]
    return sorted(found, key=lambda entry: (entry.at is not None, entry.at, entry.pk), reverse=True)[:limit]


def _seen(rows: list[Reception]) -> dict[int, Inquiry]:
    """The inquiries among them that the reader may see, by row-level security; a sealed one is a number alone."""
    wanted = [row.inquiry_id for row in rows if row.inquiry_id]
    return Inquiry.objects.filter(sealed=False).in_bulk(wanted) if wanted else {}


_RECEIVED = {
    "people": Q(people_measure=Measure.PERSON) & (Q(people_value=None) | Q(people_value__gt=0)),
    "visits": Q(people_measure=Measure.VISIT) & (Q(people_value=None) | Q(people_value__gt=0)),
    "answered": Q(questions_value=None) | Q(questions_value__gt=0),
    "followed": Q(inquiry__isnull=False, questions_value=0),
}


def entries_behind(
    open_day: OpenDay, figure: str, *, booth: int | None = None, before: int | None = None
) -> tuple[list[Entry], int | None]:
    """A page of the rows that a figure counts, and after which row the next page begins; None at the end.

    Issues that a report counts without their words stand as that one number. Raises KeyError for no figure.
    """
    of = Q(booth__open_day=open_day) & (Q(booth=booth) if booth else Q())
    if before is not None:
        of &= Q(pk__lt=before)
    if figure in _RECEIVED:
        rows = list(_rows(Reception, of & _RECEIVED[figure])[: PAGE + 1])
        inquiries = _seen(rows)
        found = [_of_reception(row, inquiries, figure) for row in rows]
    elif figure == "issues":
        found = [_of_issue(row) for row in _rows(HotIssue, of)[: PAGE + 1]]
        if before is None and open_day.is_history:
            # Its reports count them without their words.
            return [_of_reception(row, {}, figure) for row in _rows(Reception, of)[:PAGE]], None
    elif figure == "handed":
        found = [_of_handout(row) for row in _rows(Handout, of).select_related("material")[: PAGE + 1]]
    else:
        found = [_of_card(row) for row in {"cards": _rows(ContactCard, of)}[figure][: PAGE + 1]]
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def issues_of(booths: list[Booth]) -> list[HotIssue]:
    """The issues collected there, newest first, each with how many raised it and whether it is answered."""
    return list(_issues(HotIssue.objects.filter(booth__in=booths))[:PAGE])


def public_issues_of(booths: Iterable[Booth]) -> list[HotIssue]:
    """Those whose answer is published, with how many raised them, as many as there are."""
    public = IssuePublication.objects.filter(issue=OuterRef("pk"), withdrawn_at=None)
    return list(_issues(HotIssue.objects.filter(Exists(public), booth__in=booths)))


def _issues(rows: QuerySet[HotIssue]) -> QuerySet[HotIssue]:
    standing = Q(raised__taken_back_at=None)
    return (
        rows.filter(taken_back_at=None)
        .annotate(
            raised_by=Total("raised__people_value", filter=standing),
            raised_more=AnyRow("raised__people_at_least", filter=standing),
            answered=Exists(IssueAnswer.objects.filter(issue=OuterRef("pk"), taken_back_at=None)),
        )
        .order_by("-pk")
    )
