"""Places are merged, split and moved: their sections, posts and people go along, and what stood before is history.

Each is made of what abolishing is made of: a place that goes is abolished into the one that stands in its stead, so
that what is owed, lines, roster, topics and keys pass as they do there, and nobody's sight of the past changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import ApiKey, DutyTurn, Hotline, Officer, Place, Post, Tenure
from bureaus.services.edits import record_edit
from bureaus.services.places import may_keep, open_place
from bureaus.services.posts import begin_tenure, open_post
from bureaus.services.refusals import Refusal
from bureaus.services.reorganising import dissolve, lock_places
from bureaus.workdays import local_date


class NotMovable(Refusal):
    sentence = _("A unit or a section moves. A bureau is merged, split or abolished.")


class StandsThere(Refusal):
    sentence = _("It stands there already. Choose another place.")
    field = "to"


class NothingToMerge(Refusal):
    sentence = _(
        "Choose places of one kind, none within another: two for a new place, or one for a standing one."
    )
    field = "places"


class TooFewParts(Refusal):
    sentence = _("A split has at least two parts, each another one.")
    field = "part_1"


@dataclass(frozen=True)
class NewPlace:
    """A place that a reorganisation founds."""

    name: str
    body: str = Place.Body.DEPARTMENT


@dataclass
class Along:
    """What goes along: each place with the one that stands in its stead, each post with the one that is it there."""

    now: datetime
    pairs: list[tuple[Place, Place]] = field(default_factory=list)
    posts: dict[int, Post] = field(default_factory=dict)

    def place(self, place: Place, parent: Place) -> None:
        """The place stands under another one, with all below it; one of its name and kind there takes it in."""
        into = Place.objects.standing().filter(parent=parent, kind=place.kind, name=place.name).first()
        if into is None:
            key, place.external_id = place.external_id, ""
            place.save(update_fields=["external_id"])
            into = open_place(
                kind=place.kind,
                name=place.name,
                full_name=place.full_name,
                body=place.body,
                city=place.city,
                region=place.region,
                uscc=place.uscc,
                external_id=key,
                parent=parent,
                by=None,
                now=self.now,
            )
        self.into(place, into)

    def into(self, place: Place, into: Place) -> None:
        """The place is `into` from now on, and what is below it stands below that."""
        self.pairs.append((place, into))
        for post in place.posts.filter(closed_on=None).order_by("pk"):
            self.post(post, into)
        for child in place.children.filter(abolished_on=None).order_by("path"):
            self.place(child, into)

    def post(self, post: Post, into: Place) -> None:
        """The post is one of that place, held by whoever holds it."""
        title = post.title
        if into.posts.filter(title=title, closed_on=None).exists():
            mark = f"（{post.place}）"
            title = f"{post.title[: 80 - len(mark)]}{mark}"
        twin = open_post(place=into, role=post.role, title=title, by=None, now=self.now)
        today = local_date(self.now)
        running = Tenure.objects.filter(Q(until_on=None) | Q(until_on__gt=today), post=post)
        for tenure in running.filter(officer__is_active=True).select_related("officer").order_by("pk"):
            begin_tenure(
                post=twin,
                officer=tenure.officer,
                part=tenure.part,
                from_on=max(today, tenure.from_on),
                until_on=tenure.until_on,
                by=None,
                now=self.now,
            )
        self.posts[post.pk] = twin


def move_place(
    *,
    place: Place,
    to: Place | NewPlace,
    on: date,
    by: Officer | None,
    now: datetime,
    basis: str = "",
) -> Place:
    """The unit or section stands under `to`, a new bureau where that is one to be founded, with its people and posts.

    1. Locks what moves and where to. 2. Opens it anew there, with all below it. 3. Abolishes the old one into it: what
    it answered stays the old bureau's, what it owes it has to sign for there. Gives the place as it stands now. Raises
    NotYourPlaces, NotMovable, StandsThere, WrongLevel, PlaceNameTaken, AlreadyAbolished, NoSuccessor, NotYetAbolished.
    """
    may_keep(by, district_id=place.root_id, now=now)
    if place.kind not in (Place.Kind.UNIT, Place.Kind.SECTION):
        raise NotMovable
    if isinstance(to, Place) and to.pk == place.parent_id:
        raise StandsThere
    to = _stand(to, beside=Place.objects.get(pk=place.bureau_id), now=now)
    [_to], [first, *_below] = lock_places([place], [to])
    along = Along(now)
    along.place(first, to)
    dissolve(along.pairs, on=on, takers=along.posts, by=by, now=now)
    stands = along.pairs[0][1]
    _record("place_moved", place, [stands, to], basis, by=by, now=now)
    return stands


def merge_places(
    *,
    places: Sequence[Place],
    into: Place | NewPlace,
    on: date,
    by: Officer | None,
    now: datetime,
    basis: str = "",
) -> Place:
    """The places are one, with the sections, posts and people of each: a standing place, or a new one beside the first.

    1. Locks them. 2. Opens their posts and what is below them anew at the one; a section of the same name takes the
    other in. 3. Abolishes each into it. Raises NotYourPlaces, NothingToMerge, and as move_place.
    """
    chosen = {place.pk: place for place in places if not isinstance(into, Place) or place.pk != into.pk}
    places = sorted(chosen.values(), key=lambda place: place.path)
    if (
        len(places) < (1 if isinstance(into, Place) else 2)
        or len({place.kind for place in places}) > 1
        or places[0].kind == Place.Kind.DISTRICT
        or any(a.pk != b.pk and a.path.startswith(b.path) for a in places for b in places)
        or any(place.root_id != places[0].root_id for place in places)
        or (isinstance(into, Place) and into.kind != places[0].kind)
    ):
        raise NothingToMerge
    may_keep(by, district_id=places[0].root_id, now=now)
    into = _stand(into, beside=places[0], now=now)
    _into, gone = lock_places(places, [into])
    along = Along(now)
    for place in gone:
        if place.pk in chosen:
            along.into(place, into)
    dissolve(along.pairs, on=on, takers=along.posts, by=by, now=now)
    for place in places:
        _record("places_merged", place, [into], basis, by=by, now=now)
    return into


@dataclass(frozen=True)
class Goes:
    """Which part each thing of a split place goes to, by its id, counted from 0; what is not named: to the first."""

    sections: Mapping[int, int] = field(default_factory=dict)
    posts: Mapping[int, int] = field(default_factory=dict)
    hotlines: Mapping[int, int] = field(default_factory=dict)
    keys: Mapping[int, int] = field(default_factory=dict)
    # The part that complaints about the place are about from then on: an office never handles those about itself.
    concerned: int = 0


def split_place(
    *,
    place: Place,
    parts: Sequence[Place | NewPlace],
    goes: Goes,
    on: date,
    by: Officer | None,
    now: datetime,
    basis: str = "",
) -> list[Place]:
    """The place is several: each section, post, line and key at the part it goes to, the rest at the first.

    1. Locks the place and the parts that stand. 2. Opens sections and posts anew there. 3. Abolishes it into the first
    part: what a post owes is its own still, what nobody had the first part's. Gives the parts. Raises NotYourPlaces,
    TooFewParts, and as move_place.
    """
    may_keep(by, district_id=place.root_id, now=now)
    named = [part.pk if isinstance(part, Place) else part.name for part in parts]
    if len(parts) < 2 or len(set(named)) < len(named):
        raise TooFewParts
    stand = [_stand(part, beside=place, now=now) for part in parts]
    into, [first, *_below] = lock_places([place], stand)
    along = Along(now)
    along.pairs.append((first, into[0]))
    for post in first.posts.filter(closed_on=None).order_by("pk"):
        along.post(post, into[_part(goes.posts, post.pk, into)])
    for child in first.children.filter(abolished_on=None).order_by("path"):
        along.place(child, into[_part(goes.sections, child.pk, into)])
    for line in Hotline.objects.filter(place=first):
        at = into[_part(goes.hotlines, line.pk, into)]
        if not at.hotlines.filter(
            purpose=line.purpose, number=line.number, extension=line.extension
        ).exists():
            line.place = at
            line.save(update_fields=["place"])
    for key in ApiKey.objects.filter(bureau=first):
        ApiKey.objects.filter(pk=key.pk).update(bureau=into[_part(goes.keys, key.pk, into)])
    for part in into[1:]:
        # Who goes to another part is on duty there.
        turns = DutyTurn.objects.filter(place=first, until_at__gt=now)
        turns.filter(officer__tenures__post__in=part.posts.filter(closed_on=None)).update(place=part)
    dissolve(along.pairs, on=on, takers=along.posts, by=by, now=now)
    concerned = into[goes.concerned if 0 <= goes.concerned < len(into) else 0]
    _record("place_split", place, into, basis, by=by, now=now, concerned=concerned.pk)
    return into


def _part(goes: Mapping[int, int], pk: int, into: Sequence[Place]) -> int:
    part = goes.get(pk, 0)
    return part if 0 <= part < len(into) else 0


def _stand(place: Place | NewPlace, *, beside: Place, now: datetime) -> Place:
    """The place itself, or the new one of the kind of `beside`, under the same."""
    if isinstance(place, Place):
        return place
    parent = Place.objects.get(pk=beside.parent_id or 0)
    return open_place(kind=beside.kind, name=place.name, body=place.body, parent=parent, by=None, now=now)


def _record(
    code: str,
    place: Place,
    into: Sequence[Place],
    basis: str,
    *,
    by: Officer | None,
    now: datetime,
    **other: int,
) -> None:
    named: dict[str, Any] = other | {"into": [row.pk for row in into]} | ({"words": [basis]} if basis else {})
    record_edit(code, district_id=place.root_id, place=place, by=by, now=now, **named)
