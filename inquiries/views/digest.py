"""The morning digest as a page: for whoever has no address outside, and for whoever wants it at any hour."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from bureaus.models.scope import NOTHING, Scope
from bureaus.services.calendar import calendar_for
from bureaus.services.wording import name_notice
from inquiries.access import DISTRICT_ROLES, WATCHERS
from inquiries.figures.digest import morning_of
from inquiries.views.reader import duty_row, held_by, officer_of


@transaction.non_atomic_requests
@login_required
@require_GET
def digest(request: HttpRequest) -> HttpResponse:
    """New since the last working morning, the worst, what waits, what was acknowledged and what was not delivered."""
    officer, now, held = officer_of(request), timezone.now(), held_by(request)
    seen: Scope = getattr(request, "seen", NOTHING)
    district = held[0].post.place.root_id if held else officer.district_id or 0
    calendar = calendar_for(district)
    own = sorted({holding.post.place_id for holding in held if holding.post.role not in WATCHERS})
    of_office = any(holding.post.role in DISTRICT_ROLES | WATCHERS for holding in held)
    places = own if of_office else sorted(seen.places)
    morning = morning_of(
        officer.pk,
        district=district,
        # The district's office watches what all places hold.
        places=sorted(seen.places),
        duties_at=places,
        seen=sorted(seen.places),
        calendar=calendar,
        now=now,
    )
    context = {
        "morning": morning,
        "chased": [(notice, name_notice(notice)) for notice in morning.chased],
        "other": [(notice, name_notice(notice)) for notice in morning.other],
        "waiting": [duty_row(duty, held=held, now=now, calendar=calendar) for duty in morning.waiting],
        "quiet": not (
            morning.chased or morning.other or morning.worst or morning.waiting or morning.acknowledged
        ),
    }
    return render(request, "inquiries/digest.html", context)
