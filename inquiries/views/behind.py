"""The inquiries behind a number of a page: the list counts the same as the number does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from inquiries.figures import FIGURES, PARTS, CannotAsk, NotForReader, Query, TooWide
from inquiries.figures.asking import DIMENSIONS
from inquiries.figures.chasing import (
    BANDS,
    overdue_inquiries,
    punctual_inquiries,
    unacknowledged_inquiries,
)
from inquiries.figures.credibility import SIGNALS, drawn_inquiries, edited_inquiries, signalled_inquiries
from inquiries.figures.lists import newest_of
from inquiries.figures.reading import no_longer_than, waited_for
from inquiries.figures.times import LABELS, held_inquiries, timed_inquiries
from inquiries.figures.topics import repeated_inquiries, worded_inquiries
from inquiries.models import Inquiry, Pen, Topic
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind, Urgency
from inquiries.templatetags.desk import band_name
from inquiries.views.asked import asked_by
from inquiries.views.credibility import number_behind

PAGE = 50
AGAIN = {
    "again-caller": gettext_lazy("Questions of one caller"),
    "again-question": gettext_lazy("Questions in the same words"),
}
DRAWN_AS = {
    "lot": gettext_lazy("Drawn by lot for a callback"),
    "flagged": gettext_lazy("Drawn for a callback for a reason"),
}
AGEING, PUNCTUAL, WORDS_OWED, HELD, WORDS = "ageing", "punctual", "acknowledgements", "held", "rising-words"


def ids_behind(request: HttpRequest, *, most: int) -> list[int]:
    """The ids of all that stands behind the number that the address names, newest first.

    Raises Http404, NotForReader, CannotAsk, TooWide, and ValueError for what cannot be understood.
    """
    form, asked = asked_by(request)
    if not form.is_valid():
        raise ValueError
    query, keys = _cell(asked.query, *(request.GET.get(name, "") for name in ("basis", "by", "key")))
    _title, rows = _rows(request.GET.get("code", ""), query, keys, request.GET)
    with no_longer_than("20s"):
        return list(rows.order_by("-pk").values_list("pk", flat=True)[:most])


@transaction.non_atomic_requests
@login_required
@require_GET
def behind(request: HttpRequest, code: str) -> HttpResponse:
    """One page of them, newest first, with how often each counts. Raises Http404 for what no figure is."""
    form, asked = asked_by(request)
    by, key = request.GET.get("by", ""), request.GET.get("key", "")
    now = timezone.now()
    if not form.is_valid():
        said = " ".join(str(why) for errors in form.errors.values() for why in errors)
        return render(request, "bida/refused.html", {"sentence": said}, status=422)
    try:
        query, keys = _cell(asked.query, request.GET.get("basis", ""), by, key)
        title, rows = _rows(code, query, keys, request.GET)
        after = request.GET.get("after", "")
        with no_longer_than(waited_for(periods=3)):
            shown, more = newest_of(rows, before=_number(after) if after else None, limit=PAGE)
    except NotForReader as wrong:
        return render(request, "bida/refused.html", {"sentence": str(wrong)}, status=403)
    except (CannotAsk, TooWide) as wrong:
        return render(request, "bida/refused.html", {"sentence": str(wrong)}, status=422)
    here = {name: value for name, value in request.GET.items() if name != "after"}
    following = urlencode({**here, "after": shown[-1].pk}) if more else ""
    context = {
        "form": form,
        "asked": asked,
        "title": title,
        "narrowed": _named(code, by, key, request.GET),
        "is_now": code in (AGEING, PUNCTUAL, WORDS_OWED) or (code in FIGURES and _is_now(code, query)),
        "of_credibility": number_behind(code) is not None,
        "rows": shown,
        "parameters": urlencode({**here, "code": code}),
        "following": following,
        "later": "after" in request.GET,
        "now": now,
    }
    return render(request, "inquiries/behind.html", context)


def _is_now(code: str, query: Query) -> bool:
    return query.basis == "now" or FIGURES[code].bases == ("now",)


def _cell(query: Query, basis: str, by: str, key: str) -> tuple[Query, tuple[Any, ...]]:
    """The question grouped as the number was, and the key of its cell. Raises CannotAsk."""
    query = replace(query, basis=basis, group_by=(by,) if by else ())
    if not by:
        return query, ()
    if not DIMENSIONS[by].endswith("_id"):
        return query, (key,)
    return query, (_number(key) if key else None,)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


def _rows(
    code: str, query: Query, keys: tuple[Any, ...], given: Mapping[str, str]
) -> tuple[str, QuerySet[Inquiry]]:
    """The name of the figure and its inquiries: by `counted` of a rate its numerator, or what it is of.

    Raises CannotAsk, TooWide, Http404.
    """
    now, calendar = timezone.now(), calendar_for(query.district_id)
    part = given.get("counted", PARTS[0])
    if part not in PARTS or (part == PARTS[1] and not _denominator(code)):
        raise Http404
    if code == AGEING:
        band = given.get("band", "")
        number = _number(band) if band else None
        return _("Overdue now"), overdue_inquiries(query, now=now, calendar=calendar, keys=keys, band=number)
    if code == PUNCTUAL:
        return _("Open and not late"), punctual_inquiries(query, now=now, keys=keys)
    if code == WORDS_OWED:
        return _("Acknowledgements owed"), unacknowledged_inquiries(query, now=now, keys=keys)
    if (found := number_behind(code)) is not None:
        what, number, counted = found
        if what == "signal":
            rows = signalled_inquiries(counted, query, now=now, keys=keys, counted=part)
            return str(SIGNALS[counted].label), rows
        if what == "draw":
            return str(DRAWN_AS[counted]), drawn_inquiries(number, counted, query, now=now)
        title = _("Edition %(n)d of the answer rules") % {"n": number}
        return title, edited_inquiries(number, counted, query, now=now, calendar=calendar)
    if code == HELD:
        rows = held_inquiries(query, now=now, keys=keys, part=given.get("part", ""))
        return _("Where time is lost"), rows
    if code == WORDS:
        word = given.get("word", "")
        return _("Questions with “%(word)s”") % {"word": word}, worded_inquiries(word, query, now=now)
    if code in AGAIN:
        first = _number(given.get("first", ""))
        return str(AGAIN[code]), repeated_inquiries(code.removeprefix("again-"), first, query, now=now)
    if (time := code.removeprefix("time-")) != code and time in LABELS:
        return str(LABELS[time][0]), timed_inquiries(time, query, now=now, keys=keys)
    if code not in FIGURES:
        raise Http404
    rows = FIGURES[code].inquiries(query, now=now, calendar=calendar, keys=keys, counted=part)
    return str(FIGURES[code].label), rows


def _denominator(code: str) -> str:
    """What a rate or a signal is of, in words; empty for what is of nothing."""
    if (found := number_behind(code)) is not None:
        return str(SIGNALS[found[2]].of) if found[0] == "signal" else ""
    return str(FIGURES[code].definition.denominator) if code in FIGURES else ""


def _named(code: str, by: str, key: str, given: Mapping[str, str]) -> list[str]:
    """What narrows the number, in words; of a rate what it is of."""
    said, band = [], given.get("band", "")
    if given.get("counted") == PARTS[1]:
        said.append(_denominator(code))
    if by and key:
        words = str(dict((*Kind.choices, *Urgency.choices, *Channel.choices)).get(key, ""))
        if by in ("bureau", "place"):
            words = str(Place.objects.filter(pk=_number(key)).first() or "")
        elif by == "officer":
            words = str(Officer.objects.filter(pk=_number(key)).first() or "")
        elif by == "topic":
            words = str(Topic.objects.filter(pk=_number(key)).first() or "")
        said.append(words or key)
    if part := dict(Pen.Part.choices).get(given.get("part", "")):
        said.append(str(part))
    if band and band.isdigit() and int(band) < len(BANDS):
        late = {"days": band_name(int(band))}
        said.append(_("working days late: %(days)s") % late)
    return said
