"""What I owe today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

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
from bureaus.services.calendar import calendar_for
from bureaus.workdays import Calendar
from inquiries.access import DISTRICT_ROLES, WATCHERS
from inquiries.figures.desk import (
    WAITED_FOR,
    BadCursor,
    Narrowed,
    Offered,
    Owed,
    OwedDuties,
    View,
    duties_of_places,
    ids_owed_by_places,
    narrowed_to_group,
    offered_to,
    owed_by_places,
)
from inquiries.figures.lists import NothingToFind, words_of
from inquiries.forms.asking import GROUPS, TodayForm
from inquiries.models.duty import DutyKind
from inquiries.services.planning import Districts, forecast
from inquiries.views.bulk import bulk_bar
from inquiries.views.chips import chips_of
from inquiries.views.reader import held_by, officer_of
from inquiries.views.rows import Rows

# Of an address, what does not narrow the list.
PAGED = {"after", "chosen"}


@dataclass(frozen=True)
class Asked:
    """What of the list was asked for: the filters as they stand in the address, and whose list it is."""

    form: TodayForm
    given: dict[str, str]
    narrowed: Narrowed
    # Of a district's office and who watches: its own, or what all places hold.
    everywhere: bool
    # Whose inquiries, and whose other duties.
    places: list[int]
    duties_at: list[int]
    # What stands in every address of the list beside what narrows it; by all=0 it is not what it begins with.
    beside: dict[str, str]
    views: list[View]


def asked_of(request: HttpRequest, *, now: datetime, calendar: Calendar) -> Asked:
    """The list that the address names; the form holds the errors of what it cannot name."""
    seen: Scope = getattr(request, "seen", NOTHING)
    own = [holding.post.place_id for holding in held_by(request) if holding.post.role not in WATCHERS]
    of_office = any(holding.post.role in DISTRICT_ROLES | WATCHERS for holding in held_by(request))
    offered = offered_for(request)
    start = offered.start
    data: Mapping[str, Any] = request.GET
    if start is not None and not request.GET.keys() - PAGED:
        data = start.filters
    form = TodayForm(data, offered=offered)
    if not form.is_valid() and data is not request.GET:
        # What it began with is no more: it begins with everything.
        data, form = request.GET, TodayForm({}, offered=offered)
        form.is_valid()
    given, taken = form.given(), {}
    if "group" in given:
        taken = narrowed_to_group(given["group"], now=now, calendar=calendar)
    taken |= {name: given[name] for name in ("kind", "urgency", "state") if name in given}
    if "topic" in given:
        taken["topics"] = offered.topics_under(int(given["topic"]))
    if "post" in given:
        taken["post"] = int(given["post"])
    if "q" in given:
        try:
            taken["words"] = words_of(given["q"])
        except NothingToFind:
            form.add_error("q", _("Give two Chinese characters or more, a word, or a number."))
    everywhere = data.get("all") == "1"
    if "place" in given:
        places = duties_at = offered.places_under(int(given["place"]))
    elif of_office:
        places, duties_at = sorted(seen.places) if everywhere else own, own
    else:
        places = duties_at = sorted(seen.places)
    beside = {"all": "1"} if everywhere else {"all": "0"} if start is not None else {}
    return Asked(form, given, Narrowed(**taken), everywhere, places, duties_at, beside, offered.views)


def offered_for(request: HttpRequest) -> Offered:
    """What this reader may narrow the list of today by."""
    held = held_by(request)
    seen: Scope = getattr(request, "seen", NOTHING)
    district = held[0].post.place.root_id if held else officer_of(request).district_id or 0
    above = {pk for holding in held for pk in holding.post.place.above_ids}
    return offered_to(seen, district=district, above=above)


def address_of(filters: Mapping[str, str]) -> str:
    """The parameters that a saved view stands for."""
    return urlencode(filters)


def ids_owed(request: HttpRequest, *, most: int) -> list[int]:
    """The ids of all inquiries that the address of a list of today shows. Raises ValueError where it is refused."""
    officer, now = officer_of(request), timezone.now()
    held = held_by(request)
    district = held[0].post.place.root_id if held else officer.district_id or 0
    asked = asked_of(request, now=now, calendar=calendar_for(district))
    if asked.form.errors:
        raise ValueError
    return ids_owed_by_places(asked.places, reader=officer.pk, narrowed=asked.narrowed, most=most)


# It only reads, so it needs no savepoint inside the transaction of its scope.
@transaction.non_atomic_requests
@login_required
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """What my posts owe, grouped by urgency of due: inquiries page by page, duties beside them."""
    officer, now = officer_of(request), timezone.now()
    held = held_by(request)
    posts = [holding.post for holding in held]
    district = posts[0].place.root_id if posts else officer.district_id or 0
    districts = Districts(now=now)
    calendar = districts.calendar(district)
    asked = asked_of(request, now=now, calendar=calendar)
    if asked.form.errors:
        return render(request, "inquiries/today.html", {"asked": asked, "holdings": held}, status=422)
    # Inquiries and duties go on each by a cursor of its own, as long as there are more.
    after, duties_after = request.GET.get("after", ""), request.GET.get("duties_after", "")
    owed, beside_them = Owed([], {}, ""), OwedDuties([], "")
    try:
        if after or not duties_after:
            owed = owed_by_places(asked.places, reader=officer.pk, after=after, narrowed=asked.narrowed)
        if duties_after or not after:
            beside_them = duties_of_places(
                asked.duties_at, reader=officer.pk, after=duties_after, narrowed=asked.narrowed
            )
    except BadCursor as wrong:
        raise Http404 from wrong
    duties = beside_them.duties
    following = {"after": owed.following, "duties_after": beside_them.following}
    following = {name: cursor for name, cursor in following.items() if cursor}
    coming = forecast([*owed.inquiries, *duties], now=now, districts=districts)
    names = _names({pk for look in coming.values() for pk in look.officer_ids}, districts)
    groups: dict[str, list[dict[str, Any]]] = {code: [] for code, _label in GROUPS}
    dispatching = {duty.inquiry_id for duty in duties if duty.kind == DutyKind.DISPATCH}
    rows = Rows(held=held, now=now, calendar=calendar, coming=coming, names=names)
    for inquiry in owed.inquiries:
        if inquiry.pk in dispatching:
            continue  # one row for what is one act
        pen = owed.pens.get(inquiry.pk)
        row = rows.of_inquiry(inquiry, pen)
        where = row["urgency"]
        if where in ("soon", "later") and pen is not None and pen.part in WAITED_FOR:
            where = pen.part
        groups[where].append(row)
    for duty in duties:
        row = rows.of_duty(duty)
        groups[row["urgency"]].append(row)
    for group in groups.values():
        group.sort(key=itemgetter("due_at"))
    beside = asked.beside
    kept = asked.given | ({"all": "1"} if asked.everywhere else {})
    context = {
        "asked": asked,
        "views": [(view, address_of(view.filters), view.filters == kept) for view in asked.views],
        "kept": any(view.filters == kept for view in asked.views),
        "shares_with": [h.post.place for h in held if Act.SHARE_VIEWS in MAY[h.post.role]],
        "everything": urlencode({"all": "1"} if asked.everywhere else {"all": "0"}),
        "chips": chips_of(asked.form, asked.given, beside=beside, words=""),
        "groups": [
            (code, label, groups[code], _counted(code, groups, bool(following))) for code, label in GROUPS
        ],
        "nothing": not owed.inquiries and not duties,
        "may_record": any(Act.RECORD in MAY[post.role] for post in posts),
        "following": urlencode({**beside, **asked.given, **following}) if following else "",
        "parameters": urlencode({**beside, **asked.given}),
        "holdings": held,
        "district_office": any(post.role in DISTRICT_ROLES | WATCHERS for post in posts),
        "watches": bool(posts) and all(post.role in WATCHERS for post in posts),
        "everywhere": asked.everywhere,
    } | bulk_bar(request)
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
