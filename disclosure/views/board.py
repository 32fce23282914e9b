"""The live board of an open day, for the district and a public screen: numbers as they happen, and no person."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from disclosure.figures.open_days import Standing, in_sum, standing_of
from disclosure.models import Booth, Measure, Sum, add_up
from disclosure.views.reader import day_or_404

# What is read from across a square: more lines would be smaller ones.
LINES = 7


@login_required
@require_GET
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """Received, answered, recorded and handed out, in sum and by booth, the busiest first."""
    day = day_or_404(request, pk)
    booths = list(Booth.objects.filter(open_day=day).select_related("place").order_by("place__path"))
    standings = standing_of(booths)
    booths.sort(key=lambda booth: -_busy(standings[booth.pk]))
    rows = [(booth, standings[booth.pk], _handed(standings[booth.pk])) for booth in booths]
    context = {
        "day": day,
        "groups": _groups(in_sum(standings.values())),
        "views": [rows[at : at + LINES] for at in range(0, len(rows), LINES)],
        "light": request.GET.get("theme") == "light",
        "again": request.get_full_path(),
        "now": timezone.now(),
    }
    return render(request, "disclosure/board.html", context)


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
        (_("followed up"), str(total.followed)),
    ]
    if total.issues:
        questions.append((_("hot issues"), str(total.issues)))
    handed = [(each.material.name, str(each.given)) for each in total.handed][:4]
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
