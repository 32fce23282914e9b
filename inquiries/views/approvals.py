"""What waits for a pen: drafts, outcomes that an outsider decides, extensions, circulars."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bureaus.access import Act
from bureaus.services.calendar import calendar_for
from inquiries.figures.desk import BadCursor, drafts_of, owed_duties
from inquiries.models import Duty
from inquiries.models.duty import DutyKind
from inquiries.states import NEED_OUTSIDE_APPROVAL
from inquiries.views.bulk import bulk_bar
from inquiries.views.reader import duty_row, held_by, officer_of, places_for

APPROVED = (DutyKind.APPROVAL, DutyKind.EXTENSION, DutyKind.CIRCULAR)


@transaction.non_atomic_requests
@login_required
@require_GET
def approvals(request: HttpRequest) -> HttpResponse:
    """What the reader's posts approve, earliest due first, page by page; the draft's words stand in its row."""
    officer, now, held = officer_of(request), timezone.now(), held_by(request)
    places = places_for(held, Act.APPROVE)
    if not places:
        said = _("Answers are approved by a bureau's heads and by the district's office.")
        return render(request, "bida/refused.html", {"sentence": said}, status=403)
    try:
        owed = owed_duties(places, APPROVED, reader=officer.pk, after=request.GET.get("after", ""))
    except BadCursor as wrong:
        raise Http404 from wrong
    calendar = calendar_for(held[0].post.place.root_id)
    drafts = drafts_of(owed.duties)
    groups: dict[str, list[dict[str, Any]]] = {code: [] for code in (*APPROVED, "outside", "others")}
    for duty in owed.duties:
        row = duty_row(duty, held=held, now=now, calendar=calendar)
        draft = drafts.get(duty.inquiry_id or 0) if duty.kind == DutyKind.APPROVAL else None
        own = draft is not None and draft.drafted_by_id == officer.pk
        row |= {"draft": draft, "mine": row["mine"] and not own, "until": _until(duty)}
        where = duty.kind
        if draft is not None and draft.outcome in NEED_OUTSIDE_APPROVAL:
            where = "outside"
        groups[where if row["mine"] else "others"].append(row)
    context = {
        "groups": [
            (_("Drafts to approve"), groups[DutyKind.APPROVAL]),
            (_("Outcomes that need an outsider"), groups["outside"]),
            (_("Extensions to decide"), groups[DutyKind.EXTENSION]),
            (_("Circulars to sign or refuse"), groups[DutyKind.CIRCULAR]),
            (_("For another post to decide"), groups["others"]),
        ],
        "nothing": not owed.duties,
        "following": owed.following,
        "now": now,
    } | bulk_bar(request, first="decide-extension")
    return render(request, "inquiries/approvals.html", context)


def _until(duty: Duty) -> Any:
    """The due that an extension asks for."""
    asked = duty.terms.get("due_at") if duty.kind == DutyKind.EXTENSION else None
    return parse_datetime(asked) if asked else None
