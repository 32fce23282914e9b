"""The district in figures, as a page and as open data."""

from __future__ import annotations

import csv
import io
from typing import Any

from csp.constants import SELF
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from disclosure.services.counting import Counted, Row
from disclosure.services.handing_out import figures_shown
from disclosure.views.public import district_of, show


def _cells(counted: Counted, row: Row) -> list[dict[str, Any]]:
    return [
        {
            "label": figure.label,
            "n": one.n,
            "of": one.of,
            "small": one.small,
            "percent": f"{float(one.value):.1%}" if one.value is not None else "",
        }
        for figure, one in zip(counted.figures, row.measured, strict=True)
    ]


def _small(counted: Counted, row: Row) -> list[str]:
    """Codes of the figures that speak of fewer than five."""
    return [figure.code for figure, one in zip(counted.figures, row.measured, strict=True) if one.small]


@require_GET
def public_figures(request: HttpRequest, district: int) -> HttpResponse:
    """Received, answered, in time, satisfied, by bureau, with the data beside."""
    found = district_of(district)
    counted, as_of = figures_shown(district=found, now=timezone.now())
    context: dict[str, Any] = {
        "counted": counted,
        "as_of": as_of,
        "total": _cells(counted, counted.total),
        "rows": [(row.place, _cells(counted, row)) for row in counted.rows],
    }
    hosts = found.settings.embed_hosts
    # A page in another's frame has no way out of it but one of its own.
    context["embed"] = bool(hosts) and request.GET.get("embed") == "1"
    response = show(request, "figures", found, context)
    if hosts:
        # This page alone stands in a frame, and of these websites alone. No header but this one names them.
        response._csp_replace = {"frame-ancestors": [SELF, *hosts]}  # type: ignore[attr-defined]
        response.xframe_options_exempt = True
    return response


@require_GET
def public_figures_as(request: HttpRequest, district: int, form: str) -> HttpResponse:
    """The same numbers as CSV (UTF-8 with its mark, for spreadsheets) or JSON."""
    found = district_of(district)
    counted, _as_of = figures_shown(district=found, now=timezone.now())
    rows = [(found.name, counted.total), *((str(row.place), row) for row in counted.rows)]
    if form == "json":
        return JsonResponse(
            {
                "district": found.name,
                "from": counted.period.first_on.isoformat(),
                "to": counted.period.last_on.isoformat(),
                "rows": [
                    {"place": name, "small": _small(counted, row)}
                    | {
                        figure.code: one.n if one.of is None else {"n": one.n, "of": one.of}
                        for figure, one in zip(counted.figures, row.measured, strict=True)
                    }
                    for name, row in rows
                ],
            },
            json_dumps_params={"ensure_ascii": False},
        )
    if form != "csv":
        raise Http404
    written = io.StringIO()
    table = csv.writer(written)
    head = [_("Place"), _("From"), _("To")]
    for figure in counted.figures:
        head += [figure.code] if figure.unit == "count" else [f"{figure.code}_n", f"{figure.code}_of"]
    table.writerow([*head, "small"])
    for name, row in rows:
        line: list[Any] = [name, counted.period.first_on, counted.period.last_on]
        for one in row.measured:
            line += [one.n] if one.of is None else [one.n, one.of]
        table.writerow([*line, " ".join(_small(counted, row))])
    response = HttpResponse("\ufeff" + written.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="figures.csv"'
    return response
