"""Open days and what was counted at them."""

from __future__ import annotations

from collections.abc import Iterable

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.directory import Listing, district_of, items_of
from bureaus.api.door import Door
from bureaus.models import ApiScope
from disclosure.figures.open_days import standing_of
from disclosure.models import Booth, OpenDay
from disclosure.serializers import OpenDayOut, OpenDayQuery, WholeOpenDayOut, counted


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
        """As it stands: people and visits apart, each material in its measure, in sum of all that was written down."""
        day = get_object_or_404(OpenDay, pk=pk, district=district_of(request))
        booths = list(Booth.objects.filter(open_day=day).select_related("place").order_by("pk"))
        standings = standing_of(booths)
        told = OpenDayOut(day).data | {"booths": [counted(booth, standings[booth.pk]) for booth in booths]}
        return Response(WholeOpenDayOut(told).data)
