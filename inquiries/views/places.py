"""The standing places of a district, and how one is abolished once it was shown what passes to its successor."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import Act
from bureaus.forms.places import AbolishForm
from bureaus.models import Place
from bureaus.services.edits import edits_of
from bureaus.services.refusals import Refusal
from bureaus.services.reorganising import abolish_place, passing_of, taker_by_default, takers_at
from bureaus.views.keeping import district_kept, refuse
from bureaus.views.previewed import was_previewed, with_stamp
from bureaus.workdays import local_date
from inquiries.services.reorganising import owed_at
from inquiries.views.reader import officer_of

GONE = 20
REORGANISED = ("place_abolished", "places_merged", "place_split", "place_moved")


@login_required
@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """Every standing place below the district, and those abolished last."""
    officer_of(request)
    district = district_kept(request, Act.KEEP_PLACES)
    below = Place.objects.filter(district=district)
    context = {
        "places": below.standing().order_by("path"),
        "gone": below.exclude(abolished_on=None)
        .select_related("successor")
        .order_by("-abolished_on", "path")[:GONE],
        "edits": edits_of(district, codes=REORGANISED, limit=GONE),
    }
    return render(request, "inquiries/places.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def abolish(request: HttpRequest, pk: int) -> HttpResponse:
    """One place is abolished: previewed with its successor first, then done. What was chosen is kept on an error."""
    officer, now = officer_of(request), timezone.now()
    district = district_kept(request, Act.KEEP_PLACES)
    place = get_object_or_404(Place.objects.standing(), pk=pk, district=district)
    left = passing_of(place, now=now)
    shown = {"place": place, "left": left, "owed": owed_at(place)}
    given = request.POST if request.method == "POST" else None
    into = (
        Place.objects.filter(pk=_number(given.get("successor", "")), district=district).first()
        if given
        else None
    )
    form = AbolishForm(
        given,
        initial={"on": local_date(now)},
        place=place,
        owing=[(post, owed) for post, owed, _holder in left.owing],
        takers=takers_at(into or place, besides=place, now=now),
        usual=taker_by_default(into, now=now) if into else None,
    )
    if given is None:
        return render(request, "inquiries/abolish.html", shown | {"form": form})
    if not form.is_valid():
        return render(request, "inquiries/abolish.html", shown | {"form": form}, status=422)
    successor = form.cleaned_data["successor"]
    if was_previewed(given):
        try:
            with transaction.atomic():
                abolish_place(
                    place=place,
                    successor=successor,
                    on=form.cleaned_data["on"],
                    by=officer,
                    now=now,
                    takers=form.takers(),
                    basis=form.cleaned_data["basis"],
                )
        except Refusal as refused:
            refuse(form, refused)
            return render(request, "inquiries/abolish.html", shown | {"form": form}, status=422)
        messages.success(
            request,
            _("%(place)s is abolished. What it owes passes to %(successor)s within the next minutes.")
            % {"place": place, "successor": successor},
        )
        return redirect("places")
    with_stamp(form, given)
    again = given.get("do") == "save"
    return render(
        request, "inquiries/abolish.html", shown | {"form": form, "preview": successor, "again": again}
    )


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0
