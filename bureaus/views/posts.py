"""Posts and who holds them: put in, ended with a slip, deputised, away; accounts disabled; the duty roster by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import Act
from bureaus.forms.posts import AwayForm, EndForm, HoldForm, TurnForm
from bureaus.models import Absence, DutyTurn, HandOver, Officer, Place, Post, Tenure
from bureaus.services.posts import (
    Falling,
    OnDuty,
    begin_tenure,
    disable_officer,
    drop_turn,
    end_tenure,
    falls_to,
    items_of,
    list_turn,
    note_absence,
    on_duty,
    open_items,
)
from bureaus.services.refusals import Refusal
from bureaus.services.staff import seats_at
from bureaus.views.keeping import district_kept, refuse
from bureaus.views.own import officer_of
from bureaus.views.previewed import was_previewed, with_stamp
from bureaus.workdays import SHANGHAI, local_date, midnight

# How many days of the roster stand on its page.
DAYS = 14


@login_required
@require_GET
def posts(request: HttpRequest) -> HttpResponse:
    """Every open post of the district under its place, with its holder and deputy."""
    officer_of(request)
    district, now = district_kept(request, Act.KEEP_PLACES), timezone.now()
    within = Place.objects.filter(Q(pk=district.pk) | Q(district=district))
    seats = seats_at(within, now=now)
    places = [(place, list(found)) for place, found in groupby(seats, key=lambda seat: seat.post.place)]
    return render(request, "bida/posts.html", {"places": places, "district": district})


@login_required
@require_http_methods(["GET", "POST"])
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post: who holds it, what it owes, and the acts on both; an absence is previewed first. What was typed is
    kept on an error."""
    officer, now = officer_of(request), timezone.now()
    district = district_kept(request, Act.KEEP_PLACES)
    found = get_object_or_404(Post.objects.select_related("place"), pk=pk)
    if found.place.root_id != district.pk:
        raise Http404
    if request.method == "GET":
        return _show_post(request, found, district, now=now)
    kind = request.POST.get("act", "")
    if kind not in ("hold", "end", "away"):
        raise Http404
    form = {"hold": HoldForm, "end": EndForm, "away": AwayForm}[kind](request.POST, district=district)
    if form.is_valid():
        given = form.given
        looks = kind == "away" and not was_previewed(request.POST)
        falls: list[Falling] = []
        try:
            with transaction.atomic():
                slip = None
                if kind == "hold":
                    begin_tenure(post=found, by=officer, now=now, **given)
                elif kind == "away":
                    absence = note_absence(by=officer, now=now, **given)
                    if looks:
                        falls = falls_to(absence.officer, now=max(absence.from_at, now))
                        transaction.set_rollback(True)
                else:
                    tenure = get_object_or_404(Tenure, pk=given.pop("tenure"), post=found)
                    slip = end_tenure(tenure=tenure, by=officer, now=now, **given)
        except (Refusal, ValidationError) as refused:
            refuse(form, refused)
        else:
            if looks:
                with_stamp(form, request.POST)
                looked = {
                    "falls": falls,
                    "from_at": max(given["from_at"], now),
                    "turns": DutyTurn.objects.filter(
                        officer=given["officer"],
                        from_at__lt=given["until_at"],
                        until_at__gt=given["from_at"],
                    ).select_related("place"),
                    "again": request.POST.get("do") == "save",
                }
                return _show_post(request, found, district, now=now, tried=(kind, form), looked=looked)
            messages.success(request, _("Done."))
            return redirect("slip", pk=slip.pk) if slip else redirect("post", pk=found.pk)
    return _show_post(request, found, district, now=now, tried=(kind, form))


def _show_post(
    request: HttpRequest,
    found: Post,
    district: Place,
    *,
    now: datetime,
    tried: tuple[str, Form] | None = None,
    looked: dict[str, Any] | None = None,
) -> HttpResponse:
    today = local_date(now)
    tenures = list(
        Tenure.objects.filter(post=found)
        .select_related("officer", "hand_over__to_officer")
        .order_by("-part", "-from_on", "-pk")[:30]
    )
    running = [tenure for tenure in tenures if tenure.until_on is None or tenure.until_on > today]
    items = items_of(found)
    ends: list[tuple[Tenure, Form]] = []
    for tenure in running:
        form: Form = EndForm(
            initial={"tenure": tenure.pk, "until_on": today},
            district=district,
            auto_id=f"end_{tenure.pk}_%s",
        )
        if tried and tried[0] == "end" and tried[1].data.get("tenure") == str(tenure.pk):
            form = tried[1]
        ends.append((tenure, form))
    holder = next((tenure.officer for tenure in running if tenure.part == Tenure.Part.HOLDER), None)
    context = {
        "post": found,
        "ends": ends,
        "past": [tenure for tenure in tenures if tenure not in running],
        "items": items,
        "unseen": open_items(found) - len(items),
        "absences": Absence.objects.filter(
            officer__in=[tenure.officer_id for tenure in running], until_at__gt=now
        )
        .select_related("officer")
        .order_by("from_at"),
        "hold": tried[1]
        if tried and tried[0] == "hold"
        else HoldForm(
            initial={"from_on": today, "part": Tenure.Part.DEPUTY if holder else Tenure.Part.HOLDER},
            district=district,
        ),
        "away": tried[1]
        if tried and tried[0] == "away"
        else AwayForm(initial={"officer": holder.pk if holder else None}, district=district),
        "wrong": tried[0] if tried else "",
        "preview": looked,
    }
    return render(request, "bida/post.html", context, status=422 if tried and looked is None else 200)


@login_required
@require_GET
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """The hand-over slip (交接单), to be printed and signed by both."""
    officer_of(request)
    district = district_kept(request, Act.KEEP_PLACES)
    found = get_object_or_404(
        HandOver.objects.select_related("tenure__officer", "tenure__post__place", "to_officer", "by"), pk=pk
    )
    if found.tenure.post.place.root_id != district.pk:
        raise Http404
    items = items_of(found.tenure.post)
    return render(request, "bida/slip.html", {"slip": found, "items": items, "district": district})


@login_required
@require_http_methods(["GET", "POST"])
def disable(request: HttpRequest, pk: int) -> HttpResponse:
    """An account is disabled, once it was shown what falls to whom."""
    officer, now = officer_of(request), timezone.now()
    district = district_kept(request, Act.KEEP_PLACES)
    found = get_object_or_404(Officer, pk=pk, district=district)
    if request.method == "POST":
        disable_officer(officer=found, by=officer, now=now)
        messages.success(request, _("The account is disabled."))
        return redirect("posts")
    return render(request, "bida/disable.html", {"found": found, "falls": falls_to(found, now=now)})


@login_required
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """The duty roster (值班表), day by day; a line is put on it or taken off, each previewed first."""
    officer, now = officer_of(request), timezone.now()
    district = district_kept(request, Act.KEEP_PLACES)
    today = local_date(now)
    form = TurnForm(
        initial={"from_at": midnight(today), "until_at": midnight(today + timedelta(days=1))},
        district=district,
    )
    shown: dict[str, Any] = {}
    if request.method == "POST" and "drop" in request.POST:
        turn = get_object_or_404(
            DutyTurn.objects.select_related("place", "officer"), _of(district), pk=request.POST["drop"]
        )
        sure, number = request.POST.get("do") == "save", turn.pk
        with transaction.atomic():
            drop_turn(turn=turn, by=officer, now=now)
            shown = {"preview": _covering(turn), "turn": turn, "drop": number}
            transaction.set_rollback(not sure)
        if sure:
            messages.success(request, _("Done."))
            return redirect("roster")
    elif request.method == "POST":
        form = TurnForm(request.POST, district=district)
        if form.is_valid():
            sure = was_previewed(request.POST)
            try:
                with transaction.atomic():
                    turn = list_turn(by=officer, now=now, **form.given)
                    shown = {
                        "preview": _covering(turn),
                        "turn": turn,
                        "again": request.POST.get("do") == "save",
                    }
                    transaction.set_rollback(not sure)
            except (Refusal, ValidationError) as refused:
                refuse(form, refused)
            else:
                if sure:
                    messages.success(request, _("Done."))
                    return redirect("roster")
                with_stamp(form, request.POST)
    turns = _turns(district, today)
    return render(
        request,
        "bida/roster.html",
        shown | {"turns": turns, "days": _by_day(turns, today), "form": form},
        status=422 if form.errors else 200,
    )


def _covering(turn: DutyTurn) -> OnDuty:
    return on_duty(turn.place, from_at=turn.from_at, until_at=turn.until_at)


def _of(district: Place) -> Q:
    return Q(place=district) | Q(place__district=district)


def _turns(district: Place, first: date) -> list[DutyTurn]:
    """The lines that cover any of the days shown, place by place."""
    end = midnight(first + timedelta(days=DAYS))
    turns = DutyTurn.objects.filter(_of(district), from_at__lt=end, until_at__gt=midnight(first))
    return list(turns.select_related("place", "officer").order_by("place__path", "from_at", "rank"))


def _by_day(turns: list[DutyTurn], first: date) -> list[tuple[date, list[tuple[DutyTurn, str]]]]:
    """Each day with the lines that cover any of it, and from or until what hour where not all of it."""
    found = []
    for number in range(DAYS):
        on = first + timedelta(days=number)
        begin, over = midnight(on), midnight(on + timedelta(days=1))
        covering = []
        for turn in turns:
            if turn.from_at < over and turn.until_at > begin:
                start = f"{turn.from_at.astimezone(SHANGHAI):%H:%M}" if turn.from_at > begin else ""
                end = f"{turn.until_at.astimezone(SHANGHAI):%H:%M}" if turn.until_at < over else ""
                covering.append((turn, f"{start}–{end}" if start or end else ""))
        found.append((on, covering))
    return found
