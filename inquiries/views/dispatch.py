"""What the district's office sends on: the pool, each with a suggested bureau, and what else waits for its decision."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from bureaus.access import Act
from bureaus.models.scope import NOTHING, Scope
from bureaus.services.calendar import calendar_for
from inquiries.figures.desk import BadCursor, Narrowed, dispatches_of, owed_by_places, owed_duties, urgency_of
from inquiries.figures.suggesting import Suggestion, suggest_bureaus
from inquiries.models.duty import DutyKind
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind
from inquiries.services.dispatching import RETURNS_BEFORE_DESIGNATION
from inquiries.services.measuring import due_of
from inquiries.states import State
from inquiries.views.bulk import bulk_bar
from inquiries.views.reader import days_to, duty_row, held_by, officer_of, places_for

# What else the district decides, or watches: a hand-over is for the bureau that it is offered to.
DECIDED = (DutyKind.DISPUTE, DutyKind.COORDINATE, DutyKind.HAND_OVER)


# It only reads, so it needs no savepoint inside the transaction of its scope.
@transaction.non_atomic_requests
@login_required
@require_GET
def dispatch(request: HttpRequest) -> HttpResponse:
    """The received inquiries by urgency and due, page by page, and on the first page the decisions owed."""
    officer, now, held = officer_of(request), timezone.now(), held_by(request)
    places = places_for(held, Act.DISPATCH)
    if not places:
        said = _("What is received is dispatched by the district's office.")
        return render(request, "bida/refused.html", {"sentence": said}, status=403)
    seen: Scope = getattr(request, "seen", NOTHING)
    after = request.GET.get("after", "")
    try:
        owed = owed_by_places(places, reader=officer.pk, after=after, narrowed=Narrowed(state=State.RECEIVED))
    except BadCursor as wrong:
        raise Http404 from wrong
    district_id = held[0].post.place.root_id
    calendar = calendar_for(district_id)
    duties = dispatches_of(owed.inquiries)
    suggested = suggest_bureaus(owed.inquiries, district_id=district_id)
    pool: list[dict[str, Any]] = []
    back: list[dict[str, Any]] = []
    for inquiry in owed.inquiries:
        duty = duties.get(inquiry.pk)
        due = due_of(duty or inquiry)
        suggestion = suggested.get(inquiry.pk)
        row = {
            "inquiry": inquiry,
            "channel": Channel(inquiry.channel).label,
            "kind": Kind(inquiry.kind).label,
            "duty": duty,
            "due_at": due.due_at,
            "urgency": urgency_of(due.due_at, now=now, calendar=calendar),
            "days": days_to(due, now=now, calendar=calendar),
            "suggestion": suggestion,
            "why": why(suggestion) if suggestion else "",
            "act": "designate" if inquiry.returns >= RETURNS_BEFORE_DESIGNATION else "dispatch",
        }
        (back if inquiry.returns else pool).append(row)
    decisions: dict[str, list[dict[str, Any]]] = {kind: [] for kind in DECIDED}
    if not after:
        for duty in owed_duties(seen.places, DECIDED, reader=officer.pk).duties:
            decisions[duty.kind].append(duty_row(duty, held=held, now=now, calendar=calendar))
    context = {
        "received": [(_("To dispatch"), pool), (_("Came back"), back)],
        "decisions": [
            (_("Disputes to decide"), decisions[DutyKind.DISPUTE]),
            (_("Coordinations to decide"), decisions[DutyKind.COORDINATE]),
            (_("Hand-overs between bureaus, not accepted yet"), decisions[DutyKind.HAND_OVER]),
        ],
        "nothing": not owed.inquiries and not any(decisions.values()),
        "following": owed.following,
        "now": now,
    } | bulk_bar(request, first="dispatch")
    return render(request, "inquiries/dispatch.html", context)


def why(suggestion: Suggestion) -> str:
    """The reason of a suggestion, in words."""
    if suggestion.reason == "topic":
        return _("it usually answers “%(topic)s”") % {"topic": suggestion.words}
    if suggestion.reason == "named":
        return _("the question names “%(words)s”") % {"words": suggestion.words}
    return ngettext(
        "it answered one much like it: %(reference)s",
        "it answered %(n)d of the most alike, as %(reference)s",
        suggestion.n,
    ) % {"n": suggestion.n, "reference": suggestion.reference}
