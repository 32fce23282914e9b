"""What I owe today."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bureaus.access import MAY, Act
from bureaus.models import Officer
from bureaus.models.scope import NOTHING, Scope
from inquiries.access import DISTRICT_ROLES, acts_of_posts
from inquiries.figures.desk import BadCursor, duties_of_places, owed_by_places, urgency_of
from inquiries.models.duty import DutyKind
from inquiries.services.duties import label_of
from inquiries.services.measuring import due_of
from inquiries.services.planning import Districts, forecast
from inquiries.views.reader import days_to, held_by, officer_of, sees_to


def _group_labels() -> list[tuple[str, str]]:
    return [
        ("overdue", _("Overdue")),
        ("today", _("Due today")),
        ("soon", _("Within three working days")),
        ("later", _("Later")),
        ("citizen", _("Waiting for the citizen")),
        ("approver", _("Waiting for a decision")),
    ]


# It only reads, so it needs no savepoint inside the transaction of its scope.
@transaction.non_atomic_requests
@login_required
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """What my posts owe, grouped by urgency of due: inquiries page by page, duties beside them."""
    officer, now = officer_of(request), timezone.now()
    held = held_by(request)
    posts = [holding.post for holding in held]
    district_office = any(post.role in DISTRICT_ROLES for post in posts)
    seen: Scope = getattr(request, "seen", NOTHING)
    everywhere = request.GET.get("all") == "1"
    if district_office and not everywhere:
        places = [post.place_id for post in posts]
    else:
        places = sorted(seen.places)
    after = request.GET.get("after", "")
    # Duties stand on the first page, whole.
    duties = [] if after else duties_of_places([p.place_id for p in posts] if district_office else places)
    try:
        owed = owed_by_places(places, reader=officer.pk, after=after)
    except BadCursor as wrong:
        raise Http404 from wrong
    districts = Districts(now=now)
    calendar = districts.calendar(seen.district or officer.district_id or 0)
    coming = forecast([*owed.inquiries, *duties], now=now, districts=districts)
    names = _names({pk for look in coming.values() for pk in look.officer_ids}, districts)
    groups: dict[str, list[dict[str, Any]]] = {code: [] for code, _label in _group_labels()}
    dispatching = {duty.inquiry_id for duty in duties if duty.kind == DutyKind.DISPATCH}
    for inquiry in owed.inquiries:
        if inquiry.pk in dispatching:
            continue  # one row for what is one act
        pen = owed.pens.get(inquiry.pk)
        where = urgency_of(inquiry.due_at, now=now, calendar=calendar)
        row: dict[str, Any] = {
            "inquiry": inquiry,
            "pen": pen,
            "urgency": where,
            "next": coming.get(inquiry),
            "names": [names.get(pk, "") for pk in coming[inquiry].officer_ids] if inquiry in coming else [],
            "days": days_to(due_of(inquiry), now=now, calendar=calendar),
            "allowed": acts_of_posts(held, inquiry),
            "waits": pen.part if pen is not None else "",
        }
        if where in ("soon", "later") and pen is not None and pen.part in ("citizen", "approver"):
            where = pen.part
        groups[where].append(row)
    for duty in duties:
        where = urgency_of(duty.due_at, now=now, calendar=calendar)
        row = {
            "duty": duty,
            "mine": sees_to(held, duty),
            "label": label_of(duty),
            "urgency": where,
            "next": coming.get(duty),
            "names": [names.get(pk, "") for pk in coming[duty].officer_ids] if duty in coming else [],
            "days": days_to(due_of(duty), now=now, calendar=calendar),
        }
        groups[where].append(row)
    for rows in groups.values():
        rows.sort(key=lambda row: (row.get("duty") or row["inquiry"]).due_at)
    context = {
        "groups": [
            (code, label, groups[code], _counted(code, groups, bool(owed.following)))
            for code, label in _group_labels()
        ],
        "nothing": not owed.inquiries and not duties,
        "may_record": any(Act.RECORD in MAY[post.role] for post in posts),
        "following": owed.following,
        "holdings": held,
        "district_office": district_office,
        "everywhere": everywhere,
        "now": now,
    }
    return render(request, "inquiries/today.html", context)


def _names(officer_ids: set[int], districts: Districts) -> dict[int, str]:
    """The officers' names: of those on the roll without a query, of a sealed matter's other readers in one."""
    known = {pk: name for pk in officer_ids if (name := districts.name(pk)) is not None}
    others = officer_ids - known.keys()
    return known | (dict(Officer.objects.filter(pk__in=others).values_list("pk", "name")) if others else {})


def _counted(code: str, groups: dict[str, list[dict[str, Any]]], more: bool) -> str:
    """How many of a group are on this page; a plus where the next page may hold more of them."""
    number = len(groups[code])
    if more and (number or code in ("overdue", "today", "soon")):
        return f"{number}+"
    return str(number or "")
