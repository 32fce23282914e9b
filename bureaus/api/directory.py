"""Who answers for what: districts, bureaus, what is below them, their hotlines, and the days they work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from bureaus.api.door import Door
from bureaus.models import ApiKey, ApiScope, Hotline, Officer, Place
from bureaus.serializers import (
    BureauQuery,
    CalendarOut,
    CalendarQuery,
    HotlineOut,
    HotlineQuery,
    PlaceOut,
    UnitQuery,
)
from bureaus.services.calendar import calendar_for


def items_of(one: type[serializers.Serializer[Any]], name: str) -> type[serializers.Serializer[Any]]:
    """A list, inside an object so that more may be said of it one day."""
    return type(name, (serializers.Serializer,), {"items": one(many=True)})


class Listing(Door):
    """Few rows, all at once."""

    scope: ClassVar[str] = ApiScope.DIRECTORY
    tag: ClassVar[str] = "directory"
    gives: ClassVar[type[serializers.Serializer[Any]]]

    def rows(self) -> Iterable[Any]:
        """What there is, for this reader."""
        raise NotImplementedError

    def get(self, request: Request) -> HttpResponse:
        """All of them."""
        return Response({"items": self.gives(self.rows(), many=True).data})

    @property
    def district_id(self) -> int:
        """The reader's district; another one is a stranger."""
        return district_of(self.request)


def district_of(request: Request) -> int:
    """The district of the key, or of the officer; 0 for an administrator of none."""
    if isinstance(request.auth, ApiKey):
        return request.auth.district_id
    return (request.user.district_id or 0) if isinstance(request.user, Officer) else 0


class Districts(Listing):
    """The district of the reader."""

    gives = PlaceOut
    answers = {"GET": (200, items_of(PlaceOut, "DistrictsOut"))}

    def rows(self) -> Iterable[Place]:
        """One, or none."""
        return Place.objects.filter(pk=self.district_id)


class Bureaus(Listing):
    """The bureaus of the district."""

    gives = PlaceOut
    query = BureauQuery
    answers = {"GET": (200, items_of(PlaceOut, "BureausOut"))}

    def rows(self) -> Iterable[Place]:
        """In the order of their pinyin."""
        found = Place.objects.filter(district=self.district_id, kind=Place.Kind.BUREAU)
        if "body" in self.asked:
            found = found.filter(body=self.asked["body"])
        return _standing(found, self.asked)


class Units(Listing):
    """Affiliated units and sections."""

    gives = PlaceOut
    query = UnitQuery
    answers = {"GET": (200, items_of(PlaceOut, "UnitsOut"))}

    def rows(self) -> Iterable[Place]:
        """In the order of their pinyin."""
        kinds = [self.asked["kind"]] if "kind" in self.asked else [Place.Kind.UNIT, Place.Kind.SECTION]
        found = Place.objects.filter(district=self.district_id, kind__in=kinds)
        if "bureau" in self.asked:
            bureau = Place.objects.filter(pk=self.asked["bureau"], district=self.district_id)
            found = Place.objects.under(bureau).filter(kind__in=kinds) if bureau else Place.objects.none()
        return _standing(found, self.asked)


def _standing(found: QuerySet[Place], asked: dict[str, Any]) -> QuerySet[Place]:
    return found.filter(abolished_on__isnull=asked["standing"]) if "standing" in asked else found


class OnePlace(Door):
    """One place, of any kind."""

    scope = ApiScope.DIRECTORY
    tag = "directory"
    answers = {"GET": (200, PlaceOut)}

    def get(self, request: Request, pk: int) -> Response:
        """Also one that was abolished."""
        place = get_object_or_404(Place, pk=pk)
        if place.root_id != district_of(request):
            raise NotFound
        return Response(PlaceOut(place).data)


class Hotlines(Listing):
    """The lines citizens may call."""

    gives = HotlineOut
    query = HotlineQuery
    answers = {"GET": (200, items_of(HotlineOut, "HotlinesOut"))}

    def rows(self) -> Iterable[Hotline]:
        """Of standing places, by place."""
        found = Hotline.objects.filter(
            place__abolished_on=None, place__path__startswith=f"{self.district_id}/"
        ).select_related("place")
        return found.filter(**self.asked).order_by("place__sort_key", "purpose", "pk")


class CalendarYearDoor(Door):
    """Every day of a year: worked or not, and why; announced or provisional."""

    scope = ApiScope.DIRECTORY
    tag = "directory"
    query = CalendarQuery
    answers = {"GET": (200, CalendarOut)}

    def get(self, request: Request) -> Response:
        """By the newest version."""
        calendar, year = calendar_for(district_of(request)), self.asked["year"]
        first = date(year, 1, 1)
        days = []
        for n in range((date(year + 1, 1, 1) - first).days):
            on = first + timedelta(days=n)
            reason = calendar.reason(on)
            working = reason.kind in ("working", "make_up")
            days.append(
                {
                    "on": on,
                    "working": working,
                    "reason": reason.kind,
                    "name": reason.name,
                    "source": reason.source,
                }
            )
        return Response(
            CalendarOut(
                {
                    "year": year,
                    "version": calendar.version,
                    "announced": year in calendar.announced,
                    "working_days": sum(day["working"] for day in days),
                    "days": days,
                }
            ).data
        )
