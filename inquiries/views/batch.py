"""Many cards or slips at once: a grid that is checked line by line, kept for its officer, and recorded row by row."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.models import Place
from bureaus.services.refusals import Refusal
from inquiries.documents.ledger import LedgerFile
from inquiries.forms.recording import RecordForm
from inquiries.models import Topic
from inquiries.models.answer import GROUND_LABELS, OUTCOME_LABELS, ToldHow
from inquiries.models.inquiry import FROM_A_SOURCE, Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.services.batching import (
    COLUMNS,
    MOST_ROWS,
    Draft,
    Row,
    check_batch,
    correction_sheet,
    draft_of,
    fresh_row,
    keep_batch,
    left_out,
    read_paste,
    record_batch,
    with_reasons,
)
from inquiries.services.ledger_lines import moment_of
from inquiries.views.ledger import WORKBOOK
from inquiries.views.reader import held_by, officer_of
from inquiries.views.record import desk_of, recording_places

# So many rows stand empty below what was typed.
EMPTY = 5
CHANNELS = [(code, label) for code, label in Channel.choices if code not in FROM_A_SOURCE]


@login_required
@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest) -> HttpResponse:
    """The grid as it was kept. Kept, checked or recorded, every typed word stands in the grid until it is recorded."""
    officer, now, held = officer_of(request), timezone.now(), held_by(request)
    places = recording_places(held)
    if not places:
        return render(request, "inquiries/record_not.html", status=403)
    if request.method == "GET":
        draft = draft_of(officer, now=now) or Draft(place_id=desk_of(request, held, places))
        return _show(request, draft, places)
    typed, place = _typed(request, places)
    draft = typed
    do, refused = request.POST.get("do", ""), None
    district = Place.objects.get(pk=place.root_id)
    if do == "clear":
        keep_batch(Draft(place_id=place.pk, channel=draft.channel), district=district, by=officer, now=now)
        return redirect("batch")
    try:
        with transaction.atomic():
            if do not in ("check", "record"):
                draft = with_reasons(draft, draft_of(officer, now=now))
            if do == "add":
                draft = replace(draft, rows=(*draft.rows, *read_paste(request.POST.get("paste", ""))))
            elif do == "check":
                draft = check_batch(draft, place=place, by=officer, now=now, held=held)
            elif do == "record":
                if draft.asked_at:
                    moment_of(draft.asked_at, "asked_at")
                draft = record_batch(draft, place=place, by=officer, now=now, held=held)
            draft = keep_batch(draft, district=district, by=officer, now=now)
    except Refusal as wrong:
        draft, refused = typed, wrong
    if getattr(request, "htmx", False):
        # Kept while it is typed; the page stands as it is.
        return HttpResponse(status=422 if refused else 204)
    if do in ("keep", "record", "check", "add") and refused is None:
        request.session["batch_told"] = do
        if do == "add":
            request.session["batch_left_out"] = left_out(request.POST.get("paste", ""))
        return redirect("batch")
    return _show(request, draft, places, refused=refused, status=422 if refused else 200)


def _typed(request: HttpRequest, places: list[Place]) -> tuple[Draft, Place]:
    """The grid as it was sent."""
    given = request.POST
    place = next((place for place in places if str(place.pk) == given.get("place")), places[0])
    channel = given.get("channel", "")
    rows = []
    for number in range(MOST_ROWS + EMPTY):
        if f"key-{number}" not in given:
            break
        cells = {name: given.get(f"{name}-{number}", "").strip() for name in COLUMNS}
        rows.append(Row(given[f"key-{number}"][:64], cells))
    draft = Draft(
        place_id=place.pk,
        channel=channel if channel in dict(CHANNELS) else Channel.CARD,
        asked_at=given.get("asked_at", "").replace("T", " ").strip()[:30],
        rows=tuple(rows),
    )
    return draft, place


def _show(
    request: HttpRequest,
    draft: Draft,
    places: list[Place],
    *,
    refused: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    told = request.session.pop("batch_told", "")
    room = min(EMPTY, MOST_ROWS - len(draft.rows))
    rows = [*draft.rows, *(fresh_row() for _ in range(room))]
    with translation.override("zh-hans"):
        # What is written on a card is Chinese, whatever the officer reads.
        lists = {
            "kind": [str(label) for label in Kind.labels],
            "urgency": [str(label) for label in Urgency.labels],
            "outcome": [str(label) for _code, label in OUTCOME_LABELS],
            "told_how": [str(label) for label in ToldHow.labels],
            "ground": [str(label) for _code, label in GROUND_LABELS],
        }
    lists["topic"] = list(Topic.objects.used_in(places[0].root_id).values_list("name", flat=True))
    context = {
        "draft": draft,
        "places": RecordForm(places=places).fields["place"].choices,  # type: ignore[attr-defined]
        "channels": CHANNELS,
        "columns": COLUMNS,
        "lists": lists,
        "rows": [
            (number, row, [(name, label, row.cells[name]) for name, label in _labels()])
            for number, row in enumerate(rows)
        ],
        "wrong": sum(bool(row.wrong) for row in draft.rows),
        "good": sum(not row.wrong for row in draft.rows),
        "told": told,
        "left_out": request.session.pop("batch_left_out", []),
        "refused": refused,
        "pasted": request.POST.get("paste", "") if refused else "",
    }
    return render(request, "inquiries/batch.html", context, status=status)


def _labels() -> list[tuple[str, str]]:
    return list(COLUMNS.items())


@login_required
@require_GET
def correction(request: HttpRequest, form: str) -> HttpResponse:
    """The wrong rows of the draft with the reasons, to be corrected and pasted again."""
    if form not in ("xlsx", "csv"):
        raise Http404
    if not recording_places(held_by(request)):
        raise PermissionDenied
    draft = draft_of(officer_of(request), now=timezone.now()) or Draft()
    heading, *wrong = correction_sheet(draft.rows)
    sheet = LedgerFile(form, heading)
    sheet.write(wrong)
    response = HttpResponse(
        sheet.content(), content_type=WORKBOOK if form == "xlsx" else "text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="correction.{form}"'
    return response
