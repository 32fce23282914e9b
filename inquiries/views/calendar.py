"""The calendar of a district, or the national one: a year as it counts, and its edits, each previewed first."""

from __future__ import annotations

import base64
import calendar as months
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bureaus.access import Act
from bureaus.forms.calendar import CalendarForm, DaysForm, FileForm, HoursForm, ToggleForm, YearForm
from bureaus.models import CalendarVersion, Officer, Place
from bureaus.services.calendar import (
    CsvRefused,
    HoursRefused,
    announce_year,
    calendar_for,
    edit_days,
    load_csv,
    load_year,
    read_csv,
    set_office_hours,
    word_reason,
)
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import district_kept
from bureaus.views.previewed import was_previewed, with_stamp
from bureaus.workdays import SHIPPED_HOURS, Calendar, Reason, local_date
from inquiries.services.previewing import preview_calendar
from inquiries.views.reader import officer_of

FORMS: dict[str, type[CalendarForm]] = {
    "toggle": ToggleForm,
    "days": DaysForm,
    "file": FileForm,
    "year": YearForm,
    "hours": HoursForm,
}
EDITIONS = 10
FIRST_YEAR, LAST_YEAR = 2004, 2099
SATURDAY = 5


def _whose(request: HttpRequest, officer: Officer) -> Place | None:
    """The district whose calendar is edited; None is the nation's, which only the administrator keeps."""
    if officer.is_superuser:
        return None
    return district_kept(request, Act.EDIT_CALENDAR)


@login_required
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, year: int) -> HttpResponse:
    """One year of working days, with its edits. What was typed is kept on an error."""
    officer, now = officer_of(request), timezone.now()
    district = _whose(request, officer)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    if request.method == "GET":
        return _show(request, district, year)
    kind = request.POST.get("edit", "")
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST, request.FILES, year=year)
    if not form.is_valid():
        return _show(request, district, year, tried=(kind, form), status=422)
    other = {}
    if isinstance(form, FileForm):
        other["content"] = base64.b64encode(form.cleaned_data["bytes"]).decode()
    stale = False
    if isinstance(form, ToggleForm):
        other["edition"] = _newest(district)
        stale = form.cleaned_data["edition"] != other["edition"]
    edit = _edit(form, year, district=district, by=officer, now=now)
    try:
        if was_previewed(request.POST) and not stale:
            with transaction.atomic():
                made = edit()
            messages.success(
                request,
                _("Calendar version %(n)s is in force. Open dues follow within the next minutes.")
                % {"n": made.number},
            )
            return redirect("calendar", year=year)
        with transaction.atomic():
            if district is None:
                # Undone: an edit of the nation's is checked here, and followed in every district.
                edit()
                transaction.set_rollback(True)
        preview = preview_calendar(district=district, edit=edit, now=now) if district else None
    except CsvRefused as refused:
        form.add_error("file", refused.lines)
    except HoursRefused as refused:
        again = "_again" if refused.row == 1 or refused.field == "opens" else ""
        form.add_error(f"{refused.field}{again}", str(refused))
    except Refusal as refused:
        form.add_error(None, str(refused))
    else:
        with_stamp(form, request.POST, **other)
        shown: dict[str, Any] = {"preview": preview, "edit": kind, "again": request.POST.get("do") == "save"}
        if isinstance(form, ToggleForm):
            turned = form.turned(calendar_for(district.pk if district else None))
            shown["turned"] = [
                {"on": on, "working": day.working if day else None} for on, day in sorted(turned.items())
            ]
        return _show(request, district, year, tried=(kind, form), **shown)
    return _show(request, district, year, tried=(kind, form), status=422)


def _newest(district: Place | None) -> str:
    """The number of the newest version that this calendar rests on."""
    of = Q(district=None) | Q(district=district) if district else Q(district=None)
    return str(CalendarVersion.objects.filter(of).aggregate(newest=Max("number"))["newest"])


def _edit(
    form: CalendarForm, year: int, *, district: Place | None, by: Officer, now: datetime
) -> Callable[[], CalendarVersion]:
    """The service that the form asks for, ready to be called."""
    words: dict[str, Any] = {"by": by, "now": now, "district_id": district.pk if district else None}
    given = form.cleaned_data
    note = given["note"]
    match form:
        case ToggleForm():
            days = form.turned(calendar_for(district.pk if district else None))
            return lambda: edit_days(days=days, note=note, **words)
        case DaysForm():
            return lambda: edit_days(days=form.days(), note=note, **words)
        case FileForm():
            return lambda: load_csv(
                content=given["bytes"],
                announces=sorted({on.year for on in read_csv(given["bytes"], source=note)})
                if given["announces"]
                else (),
                note=note,
                **words,
            )
        case HoursForm():
            return lambda: set_office_hours(hours=form.hours(), note=note, **words)
    if given["what"] == "published":
        return lambda: load_year(year=year, **words)
    return lambda: announce_year(year=year, announced=given["what"] == "announce", note=note, **words)


def _show(
    request: HttpRequest,
    district: Place | None,
    year: int,
    *,
    tried: tuple[str, CalendarForm] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    now = timezone.now()
    key = district.pk if district else None
    in_force = calendar_for(key)
    first: dict[str, dict[str, Any]] = {"hours": {"from_on": local_date(now)}}
    forms = {
        kind: tried[1] if tried and tried[0] == kind else form(initial=first.get(kind), year=year)
        for kind, form in FORMS.items()
    }
    toggle = forms["toggle"]
    ticked = toggle.ticked if isinstance(toggle, ToggleForm) else set()
    context = {
        "district": district,
        "districts": None if district else Place.objects.filter(kind=Place.Kind.DISTRICT).count(),
        "year": year,
        "announced": year in in_force.announced,
        "months": _months(in_force, year, today=local_date(now), ticked=ticked),
        "named": _named(in_force, year),
        "worked": sum(in_force.is_working(date.fromordinal(n)) for n in _ordinals(year)),
        "hours": sorted(
            in_force.hours or SHIPPED_HOURS, key=lambda row: (row.from_on, row.weekday or -1, row.opens)
        ),
        "editions": CalendarVersion.objects.filter(Q(district=key) | Q(district=None))
        .select_related("by", "district")
        .order_by("-number")[:EDITIONS],
        "forms": forms,
        "page": reverse("calendar", args=[year]),
        "wrong": tried[0] if tried and status != 200 else "",
        # The form under the year is the one that the preview saves, where that was looked at.
        "toggle_id": "edit" if more.get("edit") == "toggle" else "toggle",
        **more,
    }
    return render(request, "inquiries/calendar.html", context, status=status)


def _ordinals(year: int) -> range:
    return range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())


def _months(
    in_force: Calendar, year: int, *, today: date, ticked: set[str]
) -> list[tuple[date, list[list[Any]]]]:
    """Each month's weeks, Monday first; a day that is none of this month's is empty."""
    found = []
    for month in range(1, 13):
        weeks = [
            [_cell(in_force.reason(on), on, today, ticked) if on.month == month else None for on in week]
            for week in months.Calendar().monthdatescalendar(year, month)
        ]
        found.append((date(year, month, 1), weeks))
    return found


def _cell(reason: Reason, on: date, today: date, ticked: set[str]) -> dict[str, Any]:
    return {
        "on": on,
        "kind": reason.kind,
        # A mark beside the colour, as Chinese calendars print it.
        "mark": {"holiday": _("off"), "make_up": _("on")}.get(reason.kind, ""),
        "why": word_reason(reason),
        "today": on == today,
        "ticked": str(on) in ticked,
    }


def _named(in_force: Calendar, year: int) -> list[dict[str, Any]]:
    """The days that are not what their weekday says, in a row of each cause."""
    rows: list[dict[str, Any]] = []
    for number in _ordinals(year):
        on = date.fromordinal(number)
        reason = in_force.reason(on)
        if reason.kind not in ("holiday", "make_up") and not (reason.name and on.weekday() < SATURDAY):
            continue
        last = rows[-1] if rows else None
        if (
            last
            and (last["until"].toordinal(), last["why"]) == (number - 1, word_reason(reason))
            and last["source"] == reason.source
        ):
            last["until"] = on
        else:
            rows.append({"on": on, "until": on, "why": word_reason(reason), "source": reason.source})
    return rows


@login_required
def this_year(request: HttpRequest) -> HttpResponse:
    """The calendar opens at the year that runs."""
    officer_of(request)
    return redirect("calendar", year=timezone.localdate().year)
