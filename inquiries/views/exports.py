"""A list as a file: at once where it is short, else written in the background and fetched when ready."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from bureaus.models.scope import NOTHING, Scope
from bureaus.services.refusals import Refusal
from bureaus.workdays import SHANGHAI
from inquiries.documents.ledger import LedgerFile, ledger_lines
from inquiries.figures import CannotAsk, NotForReader, TooWide
from inquiries.figures.lists import NothingToFind
from inquiries.models import Export
from inquiries.services.exporting import (
    AT_ONCE,
    KEPT,
    MOST,
    NothingToExport,
    ask_export,
    open_export,
    rows_of,
)
from inquiries.views.behind import ids_behind
from inquiries.views.reader import officer_of
from inquiries.views.search import ids_found
from inquiries.views.today import ids_owed

# The lists, each by what reads the ids that its address shows.
LISTS: dict[str, Callable[..., list[int]]] = {"today": ids_owed, "search": ids_found, "behind": ids_behind}
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
SHOWN = 20


@login_required
@require_POST
def ask(request: HttpRequest, what: str, form: str) -> HttpResponse:
    """The list of this address: its file, or where it is long the page of one that is being written."""
    if what not in LISTS or form not in MEDIA:
        raise Http404
    officer, now = officer_of(request), timezone.now()
    sentence = ""
    try:
        ids = LISTS[what](request, most=MOST + 1)
        if not ids:
            raise NothingToExport
        if len(ids) <= AT_ONCE:
            file = LedgerFile(form)
            file.write(ledger_lines(*rows_of(ids)))
            return _file(file.content(), form, now)
        asked = ask_export(
            what=what,
            form=form,
            inquiry_ids=ids,
            by=officer,
            district_id=_district(request),
            language=get_language() or "",
            now=now,
        )
    except NotForReader as wrong:
        return render(request, "bida/refused.html", {"sentence": str(wrong)}, status=403)
    except (Refusal, CannotAsk, TooWide) as wrong:
        sentence = str(wrong)
    except (NothingToFind, ValueError):
        sentence = _("This list cannot be understood. Change what narrows it on its page.")
    else:
        return redirect("export", pk=asked.pk)
    return render(request, "bida/refused.html", {"sentence": sentence}, status=422)


@login_required
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """My files: those that are being written, and those that are kept."""
    mine = Export.objects.filter(officer=officer_of(request)).defer("inquiry_ids").order_by("-asked_at")
    return render(request, "inquiries/exports.html", {"rows": [_row(each) for each in mine[:SHOWN]]})


@login_required
@require_GET
def export(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One of them: how far it is, or the file. The page renews itself; without a script it is reloaded."""
    return render(request, "inquiries/export.html", {"row": _row(_mine(request, pk))})


@login_required
@require_GET
def export_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The file, to who asked for it, as long as she sees what is in it."""
    found = _mine(request, pk)
    seen: Scope = getattr(request, "seen", NOTHING)
    try:
        content = open_export(found, seen=seen, now=timezone.now())
    except Refusal as refused:
        return render(request, "bida/refused.html", {"sentence": str(refused)}, status=410)
    return _file(content, found.form, found.asked_at)


def _mine(request: HttpRequest, pk: uuid.UUID) -> Export:
    rows = Export.objects.select_related("key").defer("inquiry_ids").filter(officer=officer_of(request))
    return get_object_or_404(rows, pk=pk)


def _row(export: Export) -> dict[str, object]:
    now = timezone.now()
    until = export.done_at + KEPT if export.done_at and export.stored_as else None
    return {
        "export": export,
        "state": "waits" if export.done_at is None else "ready" if until and now < until else "gone",
        "failed": export.done_at is not None and not export.stored_as,
        "until": until,
        "now": now,
    }


def _district(request: HttpRequest) -> int:
    held = getattr(request, "held", [])
    if not held:
        raise NothingToExport
    return int(held[0].post.place.root_id)


def _file(content: bytes, form: str, at: datetime) -> HttpResponse:
    response = HttpResponse(content, content_type=MEDIA[form])
    name = at.astimezone(SHANGHAI).strftime("%Y-%m-%d-%H%M")
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response
