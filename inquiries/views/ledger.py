"""A ledger of before is tried line by line, and then brought in whole."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import Act, acts_of
from bureaus.services.calendar.files import CsvRefused
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import district_kept, refuse
from bureaus.views.previewed import was_previewed, with_stamp
from inquiries.documents.ledger import template_ledger
from inquiries.forms.ledger import LedgerForm, WorkOrdersForm
from inquiries.services import work_orders as orders
from inquiries.services.importing import COLUMNS, import_history, read_matters
from inquiries.services.ledger_lines import came_before, digest_of
from inquiries.views.reader import held_by, officer_of

# So many lines of a file are shown before it goes in, and so many faults.
SHOWN = 10
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_required
@require_http_methods(["GET", "POST"])
def ledger(request: HttpRequest) -> HttpResponse:
    """The file is tried first: what would come in, or each wrong line. Saved, it comes in whole or not at all."""
    district = district_kept(request, Act.IMPORT)
    if request.method == "GET":
        return render(request, "inquiries/ledger.html", {"form": LedgerForm(), "columns": COLUMNS})
    form = LedgerForm(request.POST, request.FILES)
    context: dict[str, Any] = {"form": form, "columns": COLUMNS}
    if not form.is_valid():
        return render(request, "inquiries/ledger.html", context, status=422)
    given = form.cleaned_data
    for_good = was_previewed(request.POST)
    digest = digest_of(given["bytes"])
    context["before"] = came_before(district, digest)
    try:
        rows = read_matters(given["bytes"])
        came = import_history(
            district=district,
            source=given["source"],
            rows=rows,
            by=officer_of(request),
            now=timezone.now(),
            clear_over=given["clear_over"],
            dry_run=not for_good,
            digest=digest,
        )
    except CsvRefused as refused:
        context["faults"] = refused.lines[: 20 * SHOWN]
        context["more_faults"] = len(refused.lines) > 20 * SHOWN
    except Refusal as refused:
        refuse(form, refused)
    else:
        if for_good:
            said = _("Brought in: %(answered)d answered, %(open)d open.")
            messages.success(request, said % {"answered": came.answered, "open": came.open})
            return redirect("ledger")
        with_stamp(form, request.POST, content=base64.b64encode(given["bytes"]).decode())
        context |= {"came": came, "first": [row for _line, row in rows[:SHOWN]], "lines": len(rows)}
        return render(request, "inquiries/ledger.html", context)
    return render(request, "inquiries/ledger.html", context, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def work_orders(request: HttpRequest) -> HttpResponse:
    """12345 work orders are tried first: what each line would come to. Saved, the good ones stand."""
    district, page = district_kept(request, Act.IMPORT), "inquiries/work_orders.html"
    if request.method == "GET":
        return render(request, page, {"form": WorkOrdersForm(label_suffix="")})
    form = WorkOrdersForm(request.POST, request.FILES, label_suffix="")
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return render(request, page, context, status=422)
    given = form.cleaned_data
    # Another file has columns of its own: what was chosen is of the file that was tried.
    fresh = bool(request.FILES)
    for_good = was_previewed(request.POST) and not fresh
    digest = digest_of(given["bytes"])
    try:
        headings = orders.headings_of(given["bytes"])
        guessed = orders.columns_for(headings, district=district, source=given["source"])
        columns = guessed if fresh else form.chosen(headings, guessed)
        context["headings"] = list(columns.items())
        context["names"] = [(name, words[0], name in orders.NEEDED) for name, words in orders.COLUMNS.items()]
        context["before"] = came_before(district, digest)
        with_stamp(
            form,
            _without_columns(request.POST),
            content=base64.b64encode(given["bytes"]).decode(),
            **{f"column-{number}": name for number, name in enumerate(columns.values())},
        )
        brought = orders.bring_work_orders(
            district=district,
            source=given["source"],
            rows=orders.read_work_orders(given["bytes"], columns),
            columns=columns,
            by=officer_of(request),
            now=timezone.now(),
            digest=digest,
            dry_run=not for_good,
        )
    except CsvRefused as refused:
        context["faults"] = refused.lines[: 20 * SHOWN]
        return render(request, page, context, status=422)
    except Refusal as refused:
        refuse(form, refused)
        return render(request, page, context, status=422)
    context |= {
        "brought": brought,
        "done": for_good,
        "counts": [
            (what, brought.count(what)) for what in (orders.NEW, orders.CHANGED, orders.SAME, orders.WRONG)
        ],
        "lines": [line for line in brought.lines if line.what != orders.SAME or line.said][: 50 * SHOWN],
    }
    return render(request, page, context)


def _without_columns(given: QueryDict) -> QueryDict:
    kept = given.copy()
    for name in [name for name in kept if name.startswith("column-")]:
        del kept[name]
    return kept


@login_required
@require_GET
def work_orders_template(request: HttpRequest) -> HttpResponse:
    """An empty workbook with the columns that a file of work orders may have."""
    if Act.IMPORT not in acts_of(held_by(request)):
        raise PermissionDenied
    headings = [words[0] for words in orders.COLUMNS.values()]
    response = HttpResponse(template_ledger(headings), content_type=WORKBOOK)
    response["Content-Disposition"] = 'attachment; filename="work-orders.xlsx"'
    return response


@login_required
@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """An empty workbook with the columns that a ledger may have."""
    if Act.IMPORT not in acts_of(held_by(request)):
        raise PermissionDenied
    response = HttpResponse(template_ledger(list(COLUMNS.values())), content_type=WORKBOOK)
    response["Content-Disposition"] = 'attachment; filename="ledger.xlsx"'
    return response
