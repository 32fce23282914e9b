"""Places are opened, abolished into a successor, and given their hotlines."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, acts_of, holdings
from bureaus.models import DistrictSettings, Hotline, Officer, Place
from bureaus.models.places import sort_key
from bureaus.services.refusals import Refusal


class NotYourPlaces(Refusal):
    sentence = _("Your post does not keep the tree of places.")


class WrongLevel(Refusal):
    sentence = _(
        "A place of this kind cannot stand there. Bureaus are under a district, units and sections below."
    )
    field = "parent"


class NoSuccessor(Refusal):
    sentence = _("Name a standing place of the same district that takes over what is owed.")
    field = "successor"


_UNDER = {
    Place.Kind.DISTRICT: (None,),
    Place.Kind.BUREAU: (Place.Kind.DISTRICT,),
    Place.Kind.UNIT: (Place.Kind.BUREAU,),
    Place.Kind.SECTION: (Place.Kind.DISTRICT, Place.Kind.BUREAU, Place.Kind.UNIT),
}


def may_keep(by: Officer | None, *, district_id: int | None, now: datetime) -> None:
    """Raises NotYourPlaces unless a post of that district keeps its places; None is the installation itself."""
    if by is None or by.is_superuser:
        return
    if Act.KEEP_PLACES not in acts_of(
        [held for held in holdings(by, now=now) if held.post.place.root_id == district_id]
    ):
        raise NotYourPlaces


def open_place(
    *,
    kind: str,
    name: str,
    by: Officer | None,
    now: datetime,
    parent: Place | None = None,
    full_name: str = "",
    body: str = Place.Body.DEPARTMENT,
    city: str = "",
    region: str = "",
    uscc: str = "",
    external_id: str = "",
    is_example: bool = False,
) -> Place:
    """The place stands in the tree; a district also has its settings. Raises WrongLevel, ValidationError."""
    may_keep(by, district_id=parent.root_id if parent else None, now=now)
    if (parent.kind if parent else None) not in _UNDER[Place.Kind(kind)]:
        raise WrongLevel
    place = Place(
        kind=kind,
        name=name.strip(),
        full_name=full_name.strip(),
        body=body,
        city=city,
        region=region,
        uscc=uscc,
        external_id=external_id,
        parent=parent,
        district_id=parent.root_id if parent else None,
        sort_key=sort_key(name),
        is_example=is_example or bool(parent and parent.is_example),
        # Until the id is known; unique within this transaction.
        path=f"new {name} {now.timestamp()}"[:100],
    )
    place.full_clean(exclude=["sort_key", "path", "parent", "district"], validate_constraints=False)
    place.save()
    place.path = f"{parent.path if parent else ''}{place.pk}/"
    place.save(update_fields=["path"])
    if kind == Place.Kind.DISTRICT:
        DistrictSettings.objects.create(district=place)
    return place


def rename_place(*, place: Place, name: str, by: Officer | None, now: datetime) -> Place:
    """The place has another name. Raises NotYourPlaces, ValidationError."""
    may_keep(by, district_id=place.root_id, now=now)
    place.name = name.strip()
    place.sort_key = sort_key(place.name)
    place.full_clean(exclude=["sort_key", "path", "parent", "district"], validate_constraints=False)
    place.save(update_fields=["name", "sort_key"])
    return place


def abolish_place(*, place: Place, successor: Place, on: date, by: Officer | None, now: datetime) -> Place:
    """The place is abolished and names its successor. Raises NoSuccessor."""
    may_keep(by, district_id=place.root_id, now=now)
    if (
        successor.pk == place.pk
        or successor.abolished_on is not None
        or successor.root_id != place.root_id
        or successor.path.startswith(place.path)
    ):
        raise NoSuccessor
    place.successor = successor
    place.abolished_on = on
    place.save(update_fields=["successor", "abolished_on"])
    return place


def publish_hotline(
    *,
    place: Place,
    purpose: str,
    by: Officer | None,
    now: datetime,
    number: str = "",
    extension: str = "",
    hours: str = "",
) -> Hotline:
    """The place answers this line for this purpose. Raises ValidationError for what is no telephone number."""
    may_keep(by, district_id=place.root_id, now=now)
    line = Hotline(place=place, purpose=purpose, number=number, extension=extension, hours=hours)
    line.full_clean(exclude=["place"])
    line.save()
    return line


def change_hotline(
    *,
    row: Hotline,
    place: Place,
    purpose: str,
    by: Officer | None,
    now: datetime,
    number: str = "",
    extension: str = "",
    hours: str = "",
) -> Hotline:
    """The line is another's, or has another number, purpose or hours. Raises NotYourPlaces, ValidationError."""
    may_keep(by, district_id=row.place.root_id, now=now)
    may_keep(by, district_id=place.root_id, now=now)
    row.place, row.purpose, row.number, row.extension, row.hours = place, purpose, number, extension, hours
    row.full_clean(exclude=["place"])
    row.save(update_fields=["place", "purpose", "number", "extension", "hours"])
    return row
