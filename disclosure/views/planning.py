"""The district opens an open day, and each bureau takes its booth there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bureaus.access import MAY, Act
from bureaus.models import Place
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse
from disclosure.forms.days import BoothForm, DayForm
from disclosure.models import Booth, OpenDay
from disclosure.services.open_days import open_booth, plan_open_day
from disclosure.views.reader import day_or_404
from inquiries.views.reader import held_by, officer_of


def opens_days(request: HttpRequest) -> Place | None:
    """The district for whose office the reader records, or None."""
    for holding in held_by(request):
        place = holding.post.place
        if place.kind == Place.Kind.DISTRICT and Act.RECORD in MAY[holding.post.role]:
            return place
    return None


def bureaus_without_booth(request: HttpRequest, day: OpenDay) -> QuerySet[Place]:
    """The bureaus for which the reader may take a booth, and which have none there yet."""
    own = [holding.post.place for holding in held_by(request) if Act.RECORD in MAY[holding.post.role]]
    if not own or day.is_history:
        return Place.objects.none()
    bureaus = Place.objects.standing().under(own).filter(district=day.district_id, kind=Place.Kind.BUREAU)
    return bureaus.exclude(pk__in=Booth.objects.filter(open_day=day).values("place")).order_by("path")


@login_required
@require_http_methods(["GET", "POST"])
def new_day(request: HttpRequest) -> HttpResponse:
    """The district's office opens a day; which one it is follows from its year."""
    district = opens_days(request)
    if district is None:
        raise PermissionDenied
    form = DayForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                day = plan_open_day(
                    district=district,
                    on=given["on"],
                    theme=given["theme"],
                    aim=given["aim"],
                    base_year=given["base_year"],
                    by=officer_of(request),
                    now=timezone.now(),
                )
        except Refusal as refused:
            refuse(form, refused)
        else:
            return redirect("open_day", pk=day.pk)
    return render(
        request, "disclosure/new_day.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@login_required
@require_http_methods(["GET", "POST"])
def new_booth(request: HttpRequest, pk: int) -> HttpResponse:
    """A bureau takes its booth at the day."""
    day = day_or_404(request, pk)
    places = bureaus_without_booth(request, day)
    if not places:
        raise PermissionDenied
    form = BoothForm(
        request.POST or None, places=places, initial={"place": places[0]} if len(places) == 1 else None
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                booth = open_booth(
                    open_day=day,
                    place=given["place"],
                    venue=given["venue"],
                    aim=given["aim"],
                    units=list(given["units"]),
                    topics=given["topics"],
                    published=given["published"],
                    by=officer_of(request),
                    now=timezone.now(),
                )
        except Refusal as refused:
            refuse(form, refused)
        else:
            return redirect("booth", pk=booth.pk)
    return render(
        request,
        "disclosure/new_booth.html",
        {"form": form, "day": day},
        status=422 if request.method == "POST" else 200,
    )
