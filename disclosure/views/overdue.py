"""The public list (通报): what is long owed, by bureau, as a page and as open data."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from disclosure.services.counting import Overdue
from disclosure.services.handing_out import overdue_shown
from disclosure.views.public import district_of, show


@require_GET
def public_overdue(request: HttpRequest, district: int) -> HttpResponse:
    """What the director signed for the public list and nobody has answered yet."""
    found = district_of(district)
    rows, as_of = overdue_shown(district=found, now=timezone.now())
    return show(request, "overdue", found, {"rows": rows, "as_of": as_of})


def _told(row: Overdue) -> dict[str, Any]:
    return {
        "place": row.place.name,
        "matters": row.matters,
        "working_days_late": row.days_late,
        "answered": row.answered,
        "small": row.small,
    }


@require_GET
def public_overdue_as(request: HttpRequest, district: int, form: str) -> HttpResponse:
    """The same as CSV (UTF-8 with its mark, for spreadsheets) or JSON."""
    found = district_of(district)
    listed, _as_of = overdue_shown(district=found, now=timezone.now())
    rows = [_told(row) for row in listed]
    if form == "json":
        return JsonResponse({"district": found.name, "rows": rows}, json_dumps_params={"ensure_ascii": False})
    if form != "csv":
        raise Http404
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([_("Place"), "matters", "working_days_late", "answered", "small"])
    table.writerows([*list(row.values())[:-1], " ".join(row["small"])] for row in rows)
    response = HttpResponse("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="overdue.csv"'
    return response
