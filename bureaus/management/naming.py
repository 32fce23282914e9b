"""How an operator names a district or another place in a command."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bureaus.models import Place


def district_named(named: str | None) -> Place:
    """The district of that name or number, or the only one there is. Raises CommandError."""
    districts = Place.objects.standing().filter(kind=Place.Kind.DISTRICT)
    if named:
        return place_named(districts, named)
    found = list(districts[:2])
    if len(found) != 1:
        raise CommandError(_("Name the district with --district."))
    return found[0]


def place_named(places: QuerySet[Place], named: str) -> Place:
    """The one of these places that has that name or number. Raises CommandError."""
    found = list(places.filter(name=named)[:2]) or (
        list(places.filter(pk=int(named))) if named.isdigit() else []
    )
    if len(found) != 1:
        raise CommandError(_("There is no one place %(name)s.") % {"name": named})
    return found[0]
