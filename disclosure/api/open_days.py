"""Open days and what was counted at them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import Listing, district_of, items_of
from bureaus.api.door import Door
from bureaus.models import ApiScope
from disclosure.models import Booth, Handout, OpenDay
from disclosure.serializers import OpenDayOut, OpenDayQuery, WholeOpenDayOut


class OpenDays(Listing):
    """The open days of the district, newest first."""

    tag = "open days"
    gives = OpenDayOut
    query = OpenDayQuery
    answers = {"GET": (200, items_of(OpenDayOut, "OpenDaysOut"))}

    def rows(self) -> Iterable[OpenDay]:
        """All, or those of a year."""
        found = OpenDay.objects.filter(district=self.district_id)
        return found.filter(on__year=self.asked["year"]) if "year" in self.asked else found


class OneOpenDay(Door):
    """One open day with its booths and their counts."""

    scope = ApiScope.DIRECTORY
    tag = "open days"
    answers = {"GET": (200, WholeOpenDayOut)}

    def get(self, request: Request, pk: int) -> Response:
        """As it was written down."""
        handouts = Handout.objects.select_related("material").order_by("pk")
        booths = (
            Booth.objects.select_related("place")
            .prefetch_related("receptions", Prefetch("handouts", queryset=handouts))
            .order_by("pk")
        )
        days = OpenDay.objects.filter(district=district_of(request)).prefetch_related(
            Prefetch("booths", queryset=booths)
        )
        return Response(WholeOpenDayOut(get_object_or_404(days, pk=pk)).data)
