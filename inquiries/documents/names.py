"""Under which name a place signs and is written to."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bureaus.models import Place


def office_of(district: Place) -> str:
    """The district's office: a district puts its name and seal to nothing itself."""
    return district.full_name or _("Open-government office of %(district)s") % {"district": district.name}


def name_of(place: Place) -> str:
    """A bureau after its district, a section after its bureau; a district by its office."""
    if place.kind == Place.Kind.DISTRICT:
        return office_of(place)
    above = Place.objects.in_bulk([*place.above_ids])
    return "".join(above[key].name for key in place.above_ids)
