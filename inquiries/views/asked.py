"""What a page asks of the figures: about which days and places, for the one who reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from bureaus.models.scope import NOTHING, Scope
from inquiries.figures import Period, Query
from inquiries.forms.asking import AskedForm
from inquiries.views.reader import officer_of


@dataclass(frozen=True)
class Asked:
    """A question that was understood, and how a page says it again in an address."""

    query: Query
    place: Place | None
    # The places whose pages the reader may open.
    overseen: frozenset[int] = frozenset()

    @cached_property
    def days(self) -> str:
        """The parameters of its days alone, for a page that is of a place by itself."""
        return urlencode({"first_on": self.query.period.first_on, "last_on": self.query.period.last_on})

    @cached_property
    def address(self) -> str:
        """The parameters of this question."""
        return f"{self.days}&{urlencode({'place': self.place.pk})}" if self.place else self.days

    def behind(self, code: str, **more: Any) -> str:
        """The address of the inquiries behind a figure, or behind one cell of it; a page has some hundred of them."""
        return f"/figures/{code}/?{self.address}{f'&{urlencode(more)}' if more else ''}"


def come_later(request: HttpRequest, template: str, context: dict[str, Any], *, of: str) -> HttpResponse:
    """A part that comes into the page `of`; without JavaScript, or in a window of its own, a page with the way back."""
    if getattr(request, "htmx", False):
        return render(request, template, context)
    return render(request, "inquiries/part.html", {**context, "part": template, "way_back": of})


def asked_by(request: HttpRequest, place: Place | None = None) -> tuple[AskedForm, Asked]:
    """The form as it was sent, and what it asks; where it is refused, this month so far. Raises Http404 for a reader
    without a district. On the page of a `place` only the days are asked for."""
    officer = officer_of(request)
    seen: Scope = getattr(request, "seen", NOTHING)
    district = seen.district or officer.district_id
    if district is None:
        raise Http404
    today = timezone.localdate()
    period, of_one = Period(today.replace(day=1), today), place is not None
    usual = {"first_on": period.first_on.isoformat(), "last_on": period.last_on.isoformat()}
    form = AskedForm({**usual, **request.GET.dict()}, seen=seen)
    if of_one:
        del form.fields["place"]
    if form.is_valid():
        period = Period(form.cleaned_data["first_on"], form.cleaned_data["last_on"])
        place = place or form.cleaned_data["place"]
    places = None if seen.district is not None else seen.places
    if place is not None:
        places = frozenset(Place.objects.under([place]).values_list("pk", flat=True)) & seen.places
    query = Query(district_id=district, period=period, places=places, reader=officer)
    return form, Asked(query, place, seen.places)


def presets() -> list[tuple[str, Period]]:
    """Periods that people ask for by name."""
    today = timezone.localdate()
    month = today.replace(day=1)
    last = Period((month - timedelta(days=1)).replace(day=1), month - timedelta(days=1))
    quarter = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    return [
        (str(_("This month")), Period(month, today)),
        (str(_("Last month")), last),
        (str(_("This quarter")), Period(quarter, today)),
        (str(_("This year")), Period(date(today.year, 1, 1), today)),
        (str(_("Last seven days")), Period(today - timedelta(days=6), today)),
    ]
