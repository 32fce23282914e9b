"""Whom the district calls back: the drawn and the flagged answers as a work list."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bureaus.access import Act
from bureaus.services.calendar import calendar_for
from inquiries.figures.desk import BadCursor, answers_of, attempts_of, owed_duties
from inquiries.models.duty import DutyKind
from inquiries.views.reader import duty_row, held_by, officer_of, places_for


@transaction.non_atomic_requests
@login_required
@require_GET
def callbacks(request: HttpRequest) -> HttpResponse:
    """The callbacks owed, earliest due first, page by page, each with the answer it is about."""
    officer, now, held = officer_of(request), timezone.now(), held_by(request)
    places = places_for(held, Act.CALL_BACK)
    if not places:
        said = _("Citizens are called back by the district's office, never by the bureau that answered.")
        return render(request, "bida/refused.html", {"sentence": said}, status=403)
    try:
        owed = owed_duties(
            places, (DutyKind.CALLBACK,), reader=officer.pk, after=request.GET.get("after", "")
        )
    except BadCursor as wrong:
        raise Http404 from wrong
    calendar = calendar_for(held[0].post.place.root_id)
    answers, attempts = answers_of(owed.duties), attempts_of(owed.duties)
    rows = [
        duty_row(duty, held=held, now=now, calendar=calendar)
        | {"answer": answers.get(duty.inquiry_id or 0), "attempts": attempts.get(duty.inquiry_id or 0, 0)}
        for duty in owed.duties
    ]
    context = {"rows": rows, "following": owed.following, "later": "after" in request.GET, "now": now}
    return render(request, "inquiries/callbacks.html", context)
