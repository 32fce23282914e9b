"""Places are opened, renamed, and given their hotlines; reorganising has how one is abolished."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, acts_of, holdings
from bureaus.models import DistrictSettings, Hotline, Officer, Place
from bureaus.models.places import sort_key
from bureaus.services.edits import record_edit
from bureaus.services.refusals import Refusal


class NotYourPlaces(Refusal):
    sentence = _("Your post does not keep the tree of places.")


class PlaceNameTaken(Refusal):
    sentence = _("A standing place of this name is there already.")
    field = "name"


class WrongLevel(Refusal):
    sentence = _(
        "A place of this kind cannot stand there. Bureaus are under a district, units and sections below."
    )
    field = "parent"


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


_beginnings: list[Callable[..., None]] = []


def begin_with(beginning: Callable[..., None]) -> None:
    """An app above adds what a new district begins with, in AppConfig.ready: called with `district` and `now`."""
    _beginnings.append(beginning)


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
    """The place stands in the tree; a district also has its settings, and what the apps above begin one with.

    Raises WrongLevel, PlaceNameTaken, ValidationError.
    """
    may_keep(by, district_id=parent.root_id if parent else None, now=now)
    if (parent.kind if parent else None) not in _UNDER[Place.Kind(kind)]:
        raise WrongLevel
    if Place.objects.standing().filter(parent=parent, name=name.strip()).exists():
        raise PlaceNameTaken
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
        for begin in _beginnings:
            begin(district=place, now=now)
    record_edit("place_opened", district_id=place.root_id, place=place, by=by, now=now, name=place.name)
    return place


def rename_place(*, place: Place, name: str, by: Officer | None, now: datetime) -> Place:
    """The place has another name. Raises NotYourPlaces, ValidationError."""
    may_keep(by, district_id=place.root_id, now=now)
    was, place.name = place.name, name.strip()
    place.sort_key = sort_key(place.name)
    place.full_clean(exclude=["sort_key", "path", "parent", "district"], validate_constraints=False)
    place.save(update_fields=["name", "sort_key"])
    record_edit(
        "place_renamed", district_id=place.root_id, place=place, by=by, now=now, was=was, name=place.name
    )
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
    record_edit(
        "hotline_published", district_id=place.root_id, place=place, by=by, now=now, words=[line.number]
    )
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
    record_edit("hotline_changed", district_id=place.root_id, place=place, by=by, now=now, words=[row.number])
    return row
