"""Everything that the reader may see, found by reference, number, telephone or words."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from bureaus.models.fields import NotAPhone
from bureaus.models.scope import NOTHING, Scope
from bureaus.workdays import local_date, midnight
from inquiries.figures import TooWide
from inquiries.figures.lists import NothingToFind, filtered, of_caller, page_of, visible_inquiries
from inquiries.figures.reading import no_longer_than
from inquiries.forms.asking import SearchForm
from inquiries.models import Inquiry
from inquiries.services.recording import phone_hash, reference_of
from inquiries.views.bulk import bulk_bar
from inquiries.views.chips import chips_of
from inquiries.views.reader import officer_of

PAGE = 50
# A list somebody waits for.
PATIENCE = "5s"
_REFERENCE = re.compile(r"\d{4}-\d{7,}-\d")
# Digits as people write a telephone number; a work order of a platform has letters or more of them.
_PHONE = re.compile(r"\+?[\d\s()-]{7,20}")
# The number in a reference, as it is read out: with its year and check character, or without either.
_NUMBER = re.compile(r"(?:(\d{4})-)?(\d{1,9})(?:-\d)?")
# Of a number without its year; older ones are asked for by the whole reference.
YEARS_BACK = 3
NEWEST = "-asked_at"


@transaction.non_atomic_requests
@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """One box and what narrows it; the newest first. A whole reference opens its inquiry at once."""
    seen: Scope = getattr(request, "seen", NOTHING)
    asked = bool(SearchForm.base_fields.keys() & {name for name, value in request.GET.items() if value})
    form = SearchForm(request.GET if asked else None, seen=seen, district=_district(request, seen))
    context: dict[str, Any] = {"form": form, "asked": asked, "now": timezone.now()}
    if not asked or not form.is_valid():
        return render(request, "inquiries/search.html", context, status=422 if asked else 200)
    given = {name: value for name, value in form.cleaned_data.items() if value}
    try:
        with no_longer_than(PATIENCE):
            found, how = _wanted(request, given, seen)
            if how == "reference":
                only = found.values_list("pk", flat=True).first()
                if only is not None:
                    return redirect("inquiry", pk=only)
            after, bound = _cursor(request)
            rows, more = page_of(found, sort=NEWEST, after=after, limit=PAGE)
    except NothingToFind:
        form.add_error("q", _("Give two Chinese characters or more, a word, or a number."))
        return render(request, "inquiries/search.html", context, status=422)
    except TooWide as wide:
        form.add_error(None, str(wide))
        return render(request, "inquiries/search.html", context, status=422)
    if more:
        last = rows[-1]
        context["following"] = urlencode(
            {**_parameters(request), "after": signing.dumps([last.asked_at.isoformat(), last.pk], salt=bound)}
        )
    context["parameters"] = urlencode(_parameters(request))
    context |= {
        "rows": rows,
        "how": how,
        "chips": chips_of(form, _parameters(request)),
        "later": after is not None,
    }
    return render(request, "inquiries/search.html", context | bulk_bar(request))


def ids_found(request: HttpRequest, *, most: int) -> list[int]:
    """The ids of all that the address of a search finds, in the order of its page.

    Raises NothingToFind, TooWide, and ValueError for a search that cannot be understood.
    """
    seen: Scope = getattr(request, "seen", NOTHING)
    form = SearchForm(request.GET, seen=seen, district=_district(request, seen))
    if not form.is_valid():
        raise ValueError
    given = {name: value for name, value in form.cleaned_data.items() if value}
    with no_longer_than("20s"):
        found, _how = _wanted(request, given, seen)
        return list(found.order_by(NEWEST, "-pk").values_list("pk", flat=True)[:most])


def _wanted(request: HttpRequest, given: dict[str, Any], seen: Scope) -> tuple[QuerySet[Inquiry], str]:
    """The inquiries asked for, and by what the words were taken: reference, number, phone or words."""
    now, found = timezone.now(), visible_inquiries(seen)
    asked: dict[str, Any] = {}
    if state := given.get("state"):
        if state in ("unanswered", "overdue"):
            asked |= {"answered": False} if state == "unanswered" else {"overdue": True}
        else:
            asked["state"] = [state]
    asked |= {name: [given[name]] for name in ("kind", "urgency", "channel") if name in given}
    asked |= {name: given[name].pk for name in ("bureau", "topic") if name in given}
    if "asked_from" in given:
        asked["asked_from"] = midnight(given["asked_from"])
    if "asked_until" in given:
        asked["asked_before"] = midnight(given["asked_until"] + timedelta(days=1))
    text = given.get("q", "")
    if not text:
        return filtered(found, asked, now=now), ""
    if _REFERENCE.fullmatch(text):
        return filtered(found, {**asked, "reference": text}, now=now), "reference"
    district = _district(request, seen)
    if _PHONE.fullmatch(text) and district is not None:
        with suppress(NotAPhone):
            caller = of_caller(found, phone_hash(district, text))
            if caller.exists():
                return filtered(caller, asked, now=now), "phone"
    numbered = found.filter(external_number=text)
    if numbered.exists():
        return filtered(numbered, asked, now=now), "number"
    if part := _NUMBER.fullmatch(text):
        this_year = local_date(now).year
        years = [int(part[1])] if part[1] else range(this_year - YEARS_BACK, this_year + 1)
        called = found.filter(reference__in=[reference_of(year, int(part[2])) for year in years])
        if called.exists():
            return filtered(called, asked, now=now), "part"
    return filtered(found, {**asked, "q": text}, now=now), "words"


def _district(request: HttpRequest, seen: Scope) -> int | None:
    return seen.district or officer_of(request).district_id


def _parameters(request: HttpRequest) -> dict[str, str]:
    """What was asked, without the page."""
    return {name: value for name in SearchForm.base_fields if (value := request.GET.get(name, ""))}


def _cursor(request: HttpRequest) -> tuple[tuple[datetime, int] | None, str]:
    """The last inquiry of the page before, and what binds a cursor to its list. Raises Http404."""
    bound = f"{urlencode(sorted(_parameters(request).items()))}|{officer_of(request).pk}"
    if not request.GET.get("after"):
        return None, bound
    try:
        asked_at, pk = signing.loads(request.GET["after"], salt=bound)
    except (signing.BadSignature, ValueError) as wrong:
        raise Http404 from wrong
    return (datetime.fromisoformat(asked_at), pk), bound
