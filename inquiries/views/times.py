"""How long it took, and with whom it lay: the times of an overview, each number beside the period before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_GET

from bureaus.models import Place
from bureaus.models.scope import of_one_moment
from inquiries.figures import TooWide
from inquiries.figures.times import LABELS, Spread, read_times, time_held
from inquiries.models.sight import Pen
from inquiries.views.asked import Asked, asked_by, come_later


@dataclass(frozen=True)
class Took:
    """One of the four times: from what to what, how long now and before, and the inquiries of its acts."""

    label: str | Promise
    tells: str | Promise
    now: Spread
    previous: Spread
    address: str


def times_of(asked: Asked, *, now: datetime) -> list[Took]:
    """Each time of which there was an act in the period."""
    found = []
    for time, (label, tells) in LABELS.items():
        total = read_times(time, asked.query, now=now).total
        if total.now.n:
            found.append(Took(label, tells, total.now, total.previous, asked.behind(f"time-{time}")))
    return found


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def held(request: HttpRequest) -> HttpResponse:
    """Where time is lost: how long each place held the pen. Counted from the rows, so it comes after the page."""
    _form, asked = asked_by(request)
    now = timezone.now()
    context: dict[str, Any] = {"asked": asked, "times": times_of(asked, now=now)}
    try:
        found = time_held(asked.query, now=now)
    except TooWide as wide:
        return come_later(request, "inquiries/held.html", {**context, "wide": str(wide)}, of="overview")
    names = dict(Place.objects.filter(pk__in={each.place_id for each in found}).values_list("pk", "name"))
    parts = dict(Pen.Part.choices)
    lost = sorted(found, key=lambda each: -each.now.total_minutes)[:10]
    context["rows"] = [
        (
            names.get(each.place_id, ""),
            parts.get(each.part, each.part),
            each.now,
            asked.behind("held", by="place", key=each.place_id, part=each.part),
        )
        for each in lost
        if each.now.n
    ]
    return come_later(request, "inquiries/held.html", context, of="overview")
