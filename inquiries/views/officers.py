"""The page of one officer, for her own eyes and those of her superiors: what she did, what her posts owe."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from bureaus.models import Officer, Tenure
from bureaus.models.scope import of_one_moment
from bureaus.services.calendar import calendar_for
from bureaus.services.staff import absences_of, running, slips_of
from inquiries.access import officers_below
from inquiries.figures.desk import BadCursor
from inquiries.figures.staffed import done_by_officer, duties_of_posts, owed_by_posts
from inquiries.views.asked import Asked, asked_by, presets
from inquiries.views.overview import moved, out_of, percent
from inquiries.views.reader import held_by, officer_of

OPEN_ITEMS = 20
PAST = 20


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def officer(request: HttpRequest, pk: int) -> HttpResponse:
    """What she did in the days asked for, beside the days before, and what her posts owe now. Raises Http404 for
    colleagues and strangers."""
    reader, now, held = officer_of(request), timezone.now(), held_by(request)
    found = get_object_or_404(Officer, pk=pk, district=reader.district_id)
    tenures = list(
        running(now).filter(officer=found).select_related("post__place").order_by("part", "from_on")
    )
    if found.pk != reader.pk and found.pk not in officers_below(held, now=now):
        raise Http404
    form, asked = asked_by(request)
    form.fields.pop("place", None)
    query = asked.query
    posts = [tenure.post_id for tenure in tenures if tenure.part == Tenure.Part.HOLDER]
    after = request.GET.get("after", "")
    try:
        owed = owed_by_posts(posts, reader=reader.pk, after=after, limit=OPEN_ITEMS)
    except BadCursor as wrong:
        raise Http404 from wrong
    calendar = calendar_for(query.district_id)
    context: dict[str, Any] = {
        "officer": found,
        "own": found.pk == reader.pk,
        "tenures": tenures,
        "past": Tenure.objects.filter(officer=found, until_on__lte=timezone.localdate())
        .select_related("post__place")
        .order_by("-until_on")[:PAST],
        "form": form,
        "asked": asked,
        "presets": [(label, period, period == query.period) for label, period in presets()],
        "done": [
            _line(asked, found, code, label, cell)
            for code, label, cell in done_by_officer(found, query, now=now, calendar=calendar)
        ],
        "absences": absences_of([found.pk], now=now),
        "slips": slips_of(found),
        "duties": [] if after else duties_of_posts(posts),
        "owed": owed,
        "later": bool(after),
        "now": now,
    }
    return render(request, "inquiries/officer.html", context)


def _line(asked: Asked, found: Officer, code: str, label: str, cell: Any) -> dict[str, str]:
    """A number with its name, how it moved, and the address of its inquiries."""
    is_rate = cell.now.of is not None
    return {
        "label": label,
        "number": percent(cell.now.value) if is_rate else str(cell.now.n),
        "of": out_of(cell) if is_rate else "",
        "of_address": asked.behind(code, by="officer", key=found.pk, basis="happened", counted="of")
        if cell.now.of
        else "",
        "moved": moved(cell),
        "address": asked.behind(code, by="officer", key=found.pk, basis="happened") if cell.now.n else "",
    }
