"""The live board of an open day, for the district and a public screen: numbers as they happen, and no person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from bureaus.models.scope import WEB, scope
from bureaus.services.refusals import Refusal
from disclosure.figures.open_days import Standing, in_sum, standing_of
from disclosure.models import Booth, Measure, OpenDay, Sum, add_up
from disclosure.services import screens
from disclosure.views.reader import day_or_404
from inquiries.views.reader import officer_of

# What is read from across a square: more lines would be smaller ones.
LINES = 7


@login_required
@require_GET
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """Received, answered, recorded and handed out, in sum and by booth, the busiest first."""
    return render(request, "disclosure/board.html", _board(request, day_or_404(request, pk)))


@never_cache
@require_GET
def screen(request: HttpRequest, token: str) -> HttpResponse:
    """The same without signing in, at an address that the district's office has opened and may withdraw."""
    day = screens.day_on_screen(token, now=timezone.now())
    if day is None:
        raise Http404
    with scope(role=WEB, district=day.district_id):
        context = _board(request, day)
    response = render(request, "disclosure/board.html", {**context, "public": True})
    response["X-Robots-Tag"] = "noindex"
    return response


@login_required
@require_POST
def put_on_screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The board gets an address for a public screen, or has none any more; refused, the day's page says why."""
    day, officer, now = day_or_404(request, pk), officer_of(request), timezone.now()
    do = screens.withdraw_screen if request.POST.get("do") == "withdraw" else screens.open_screen
    try:
        with transaction.atomic():
            do(day, by=officer, now=now)
    except Refusal as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("On record."))
    return redirect("open_day", pk=day.pk)


def _board(request: HttpRequest, day: OpenDay) -> dict[str, Any]:
    booths = list(Booth.objects.filter(open_day=day).select_related("place").order_by("place__path"))
    standings = standing_of(booths)
    booths.sort(key=lambda booth: -_busy(standings[booth.pk]))
    rows = [(booth, standings[booth.pk], _handed(standings[booth.pk])) for booth in booths]
    return {
        "day": day,
        "groups": _groups(in_sum(standings.values())),
        "views": [rows[at : at + LINES] for at in range(0, len(rows), LINES)],
        "light": request.GET.get("theme") == "light",
        "again": request.get_full_path(),
        "now": timezone.now(),
    }


def _busy(standing: Standing) -> int:
    """For the order alone: here, and nowhere that is read, people stand beside visits."""
    counts = (standing.people, standing.visits)
    return sum(each.known.value or 0 for each in counts if each is not None)


def _groups(total: Standing) -> list[tuple[str, list[tuple[str, str]]]]:
    received = [
        (label, str(each))
        for label, each in ((_("people"), total.people), (_("visits"), total.visits))
        if each is not None
    ]
    questions = [
        (_("answered at once"), str(total.answered) if total.answered else "0"),
        (_("followed up"), str(total.taken_home)),
    ]
    if total.issues:
        questions.append((_("hot issues"), str(total.issues)))
    # What lies there and was given to nobody says nothing on a screen.
    given = [each for each in total.handed if each.given.unknown or each.given.known.value]
    handed = [(each.material.name, str(each.given)) for each in given][:4]
    if total.cards:
        handed = [*handed[:3], (_("contact cards, by serial"), str(total.cards_given))]
    groups = [
        (_("Received"), received),
        (_("Questions"), questions),
        (pgettext("group of figures", "Handed out"), handed),
    ]
    return [(name, numbers) for name, numbers in groups if numbers]


def _handed(standing: Standing) -> str:
    """Each measure for itself: 42张 is not added to 3册."""
    by_measure: dict[Measure, list[Sum]] = {}
    for each in standing.handed:
        by_measure.setdefault(Measure(each.material.measure), []).append(each.given)
    told = []
    for measure, sums in by_measure.items():
        known = add_up([one.known for one in sums if one.known.value is not None], measure).known
        if known.value != 0:
            told.append(str(Sum(known, sum(one.unknown for one in sums))))
    return " · ".join(told)
