"""Credibility (可信度): signs of gaming the promise, to be looked at; for the auditor and the district's office."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from bureaus.models import Officer, Place
from bureaus.models.scope import of_one_moment
from bureaus.services.calendar import calendar_for
from inquiries.figures import NotForReader, Query, TooWide
from inquiries.figures.credibility import (
    DRAWN,
    EDITED,
    SIGNALS,
    RuleEdit,
    Shown,
    check_reader,
    drawn_callbacks,
    read_signal,
    recording_lag,
    rule_edits,
)
from inquiries.models import AnswerRule, RuleBook
from inquiries.models.inquiry import Channel
from inquiries.views.asked import Asked, asked_by, come_later, presets
from inquiries.views.overview import percent

# A quarter of days; the REST API tells those before.
DRAWS_SHOWN = 92


@dataclass(frozen=True)
class Changed:
    """A rule of an edition beside the one before."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Edit:
    """An edition, what it changed, and its numbers with their inquiries: answered, in time by it, by the one before."""

    edit: RuleEdit
    by: Officer | None
    changed: list[Changed]
    numbers: list[tuple[int, str]]


def _refused(request: HttpRequest, wrong: NotForReader) -> HttpResponse:
    return render(request, "bida/refused.html", {"sentence": str(wrong)}, status=403)


# It only reads, so it needs no savepoint inside the transaction of its scope.
@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def credibility(request: HttpRequest) -> HttpResponse:
    """Every signal in words; what is counted from the rows comes part by part, as it comes into sight."""
    form, asked = asked_by(request)
    try:
        check_reader(asked.query, now=timezone.now())
    except NotForReader as wrong:
        return _refused(request, wrong)
    period = asked.query.period
    draws = drawn_callbacks(asked.query.district_id).filter(on__range=(period.first_on, period.last_on))
    context = {
        "form": form,
        "asked": asked,
        "presets": [(label, choice, choice == period) for label, choice in presets()],
        "signals": list(SIGNALS.values()),
        "draws": [
            (draw, *(asked.behind(f"draw-{draw.pk}-{which}") for which in DRAWN))
            for draw in draws[:DRAWS_SHOWN]
        ],
    }
    return render(request, "inquiries/credibility.html", context)


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def signal(request: HttpRequest, code: str) -> HttpResponse:
    """One signal by place. Raises Http404 for what is none."""
    if code not in SIGNALS:
        raise Http404
    _form, asked = asked_by(request)
    context: dict[str, Any] = {"asked": asked, "signal": SIGNALS[code]}
    try:
        found = read_signal(code, asked.query, now=timezone.now())
    except NotForReader as wrong:
        return _refused(request, wrong)
    except TooWide as wide:
        return come_later(request, "inquiries/signal.html", context | {"wide": str(wide)}, of="credibility")
    n, of = sum(each.n for each in found), sum(each.of for each in found)
    context |= {
        "n": n,
        "of": of,
        "share": _share(n, of),
        "before": _share(
            sum(each.previous.n for each in found), sum(each.previous.of or 0 for each in found)
        ),
        "address": asked.behind(f"signal-{code}"),
        "of_address": asked.behind(f"signal-{code}", counted="of"),
        "rows": _by_place(code, asked, found),
        "without": sum(not each.n and bool(each.of) for each in found),
    }
    return come_later(request, "inquiries/signal.html", context, of="credibility")


def _share(n: int, of: int) -> str:
    return percent(Fraction(n, of) if of else None)


def _by_place(
    code: str, asked: Asked, found: tuple[Shown, ...]
) -> list[tuple[str, Shown, str, str, str, str]]:
    """Name, numbers, share, the share before, the inquiries of each place that shows the sign and those that were
    looked at there, the most first."""
    keys = {each.place_id for each in found if each.n and each.place_id is not None}
    names = dict(Place.objects.filter(pk__in=keys).values_list("pk", "name"))
    return [
        (
            names.get(each.place_id or 0, "–"),
            each,
            _share(each.n, each.of),
            _share(each.previous.n, each.previous.of or 0),
            asked.behind(f"signal-{code}", by="place", key=each.place_id or ""),
            asked.behind(f"signal-{code}", by="place", key=each.place_id or "", counted="of"),
        )
        for each in found
        if each.n
    ]


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def lag(request: HttpRequest) -> HttpResponse:
    """How long after the asking matters were recorded, by channel, the longest first."""
    _form, asked = asked_by(request)
    context: dict[str, Any] = {"asked": asked}
    try:
        found = recording_lag(asked.query, now=timezone.now())
    except NotForReader as wrong:
        return _refused(request, wrong)
    except TooWide as wide:
        return come_later(request, "inquiries/lag.html", context | {"wide": str(wide)}, of="credibility")
    labels = dict(Channel.choices)
    rows = [
        (
            str(labels.get(each.channel, each.channel)),
            each,
            asked.behind("time-recording", by="channel", key=each.channel),
        )
        for each in found
        if each.now.n
    ]
    context["rows"] = sorted(rows, key=lambda row: -(row[1].now.median or 0))
    return come_later(request, "inquiries/lag.html", context, of="credibility")


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def edits(request: HttpRequest) -> HttpResponse:
    """Each edition of the answer rules made in the period: the old rule beside the new, and what came of it."""
    _form, asked = asked_by(request)
    now = timezone.now()
    context: dict[str, Any] = {"asked": asked}
    try:
        found = rule_edits(asked.query, now=now, calendar=calendar_for(asked.query.district_id))
    except NotForReader as wrong:
        return _refused(request, wrong)
    except TooWide as wide:
        return come_later(request, "inquiries/edits.html", context | {"wide": str(wide)}, of="credibility")
    rules = _rules(asked.query, found)
    officers = Officer.objects.in_bulk([each.by_id for each in found if each.by_id])
    context["rows"] = [
        Edit(
            each,
            officers.get(each.by_id or 0),
            _changed(rules.get(each.edition - 1, {}), rules.get(each.edition, {})),
            [(getattr(each, what), asked.behind(f"edit-{each.edition}-{what}")) for what in EDITED],
        )
        for each in reversed(found)
    ]
    return come_later(request, "inquiries/edits.html", context, of="credibility")


def _rules(query: Query, found: tuple[RuleEdit, ...]) -> dict[int, dict[tuple[str, str], AnswerRule]]:
    """The rules of every edition that is shown, and of the one before it."""
    numbers = {number for each in found for number in (each.edition - 1, each.edition)}
    books = RuleBook.objects.filter(district=query.district_id, number__in=numbers)
    rules: dict[int, dict[tuple[str, str], AnswerRule]] = {}
    for rule in AnswerRule.objects.filter(book__in=books).select_related("book").order_by("pk"):
        rules.setdefault(rule.book.number, {})[rule.kind, rule.urgency] = rule
    return rules


def _words(rule: AnswerRule | None) -> str:
    """What a rule promises: how long, till when, with which extensions."""
    if rule is None:
        return "–"
    parts = [rule.time_words, rule.get_end_display(), rule.extension_words]
    if rule.needs_approval:
        parts.append(pgettext("rule", "with approval"))
    return " · ".join(str(part) for part in parts if part)


def _changed(
    before: dict[tuple[str, str], AnswerRule], after: dict[tuple[str, str], AnswerRule]
) -> list[Changed]:
    told = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        named = new or old
        if named is not None and _words(old) != _words(new):
            name = f"{named.get_kind_display()} · {named.get_urgency_display()}"
            told.append(Changed(name, _words(old), _words(new)))
    return told


# What stands behind a number of an edition, and of a draw.
_NUMBERED = {"edit": EDITED, "draw": DRAWN}


def number_behind(code: str) -> tuple[str, int, str] | None:
    """What a code of a list means here: ("signal", 0, code), ("edit", edition, what is counted) or ("draw", key, how it
    was drawn); None for another."""
    what, _dash, rest = code.partition("-")
    if what == "signal" and rest in SIGNALS:
        return what, 0, rest
    number, _dash, counted = rest.partition("-")
    if number.isascii() and number.isdigit() and len(number) < 9 and counted in _NUMBERED.get(what, ()):
        return what, int(number), counted
    return None
