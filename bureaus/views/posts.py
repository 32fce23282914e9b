"""Posts and who holds them: put in, ended with a slip, deputised, away; accounts disabled; the duty roster by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby

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
    begin_tenure,
    disable_officer,
    drop_turn,
    end_tenure,
    falls_to,
    items_of,
    list_turn,
    note_absence,
    open_items,
)
from bureaus.services.refusals import Refusal
from bureaus.services.staff import seats_at
from bureaus.views.keeping import district_kept, refuse
from bureaus.views.own import officer_of
from bureaus.workdays import local_date, midnight

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
    """One post: who holds it, what it owes, and the acts on both. What was typed is kept on an error."""
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
        given = form.cleaned_data
        try:
            with transaction.atomic():
                slip = None
                if kind == "hold":
                    begin_tenure(post=found, by=officer, now=now, **given)
                elif kind == "away":
                    note_absence(by=officer, now=now, **given)
                else:
                    tenure = get_object_or_404(Tenure, pk=given.pop("tenure"), post=found)
                    slip = end_tenure(tenure=tenure, by=officer, now=now, **given)
        except (Refusal, ValidationError) as refused:
            refuse(form, refused)
        else:
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
    }
    return render(request, "bida/post.html", context, status=422 if tried else 200)


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
    falls = falls_to(found, now=now)
    ids = {recipient.officer_id for _post, _items, to in falls for recipient in to}
    names = dict(Officer.objects.filter(pk__in=ids).values_list("pk", "name"))
    rows = [
        {"post": held, "items": items, "to": [names[recipient.officer_id] for recipient in to]}
        for held, items, to in falls
    ]
    return render(request, "bida/disable.html", {"found": found, "rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """The duty roster (值班表), day by day, and a new line of it."""
    officer, now = officer_of(request), timezone.now()
    district = district_kept(request, Act.KEEP_PLACES)
    today = local_date(now)
    form = TurnForm(
        initial={"from_at": midnight(today), "until_at": midnight(today + timedelta(days=1))},
        district=district,
    )
    if request.method == "POST" and "drop" in request.POST:
        turn = get_object_or_404(
            DutyTurn.objects.select_related("place"), _of(district), pk=request.POST["drop"]
        )
        drop_turn(turn=turn, by=officer, now=now)
        return redirect("roster")
    if request.method == "POST":
        form = TurnForm(request.POST, district=district)
        if form.is_valid():
            try:
                with transaction.atomic():
                    list_turn(by=officer, now=now, **form.cleaned_data)
            except (Refusal, ValidationError) as refused:
                refuse(form, refused)
            else:
                messages.success(request, _("Done."))
                return redirect("roster")
    turns = _turns(district, today)
    return render(
        request,
        "bida/roster.html",
        {"turns": turns, "days": _by_day(turns, today), "form": form},
        status=422 if form.errors else 200,
    )


def _of(district: Place) -> Q:
    return Q(place=district) | Q(place__district=district)


def _turns(district: Place, first: date) -> list[DutyTurn]:
    """The lines that cover any of the days shown, place by place."""
    end = midnight(first + timedelta(days=DAYS))
    turns = DutyTurn.objects.filter(_of(district), from_at__lt=end, until_at__gt=midnight(first))
    return list(turns.select_related("place", "officer").order_by("place__path", "from_at", "rank"))


def _by_day(turns: list[DutyTurn], first: date) -> list[tuple[date, list[DutyTurn]]]:
    """Each day with the lines that cover any of it."""
    found = []
    for number in range(DAYS):
        on = first + timedelta(days=number)
        begin, over = midnight(on), midnight(on + timedelta(days=1))
        found.append((on, [turn for turn in turns if turn.from_at < over and turn.until_at > begin]))
    return found
