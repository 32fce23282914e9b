"""A place is abolished: its successor takes its lines, roster and keys, and each post that owes something has a taker.

What is owed itself is passed on by the apps above, in batches: they find it by the place that was abolished.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bureaus.access import Roll, holdings, officers_of
from bureaus.models import ApiKey, DutyTurn, HandOver, Hotline, Officer, Place, Post, Tenure
from bureaus.services.edits import record_edit
from bureaus.services.places import may_keep
from bureaus.services.posts import open_items_of
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date


class NoSuccessor(Refusal):
    sentence = _("Name a standing place below the district that takes over what is owed.")
    field = "successor"


class AlreadyAbolished(Refusal):
    sentence = _("This place was abolished already.")


class NotYetAbolished(Refusal):
    sentence = _("A place is abolished from today or an earlier day on.")
    field = "on"


class NeedsTaker(Refusal):
    sentence = _("This post still owes something. Name the post that takes it over, with somebody in it.")


class Mover(Protocol):
    """Called with the ids of the places that go, and where to."""

    def __call__(
        self, gone: Collection[int], successor: Place, /, *, by: Officer | None, now: datetime
    ) -> None: ...


# What of the apps above names a place: each registers in AppConfig.ready how that is pointed to the successor.
_movers: list[Mover] = []


def move_with(mover: Mover) -> None:
    """The app points what names the places, given by their ids, to their successor."""
    if mover not in _movers:
        _movers.append(mover)


@dataclass(frozen=True)
class Passing:
    """What leaves a place with it: its posts with what each owes, its lines, duty roster and keys."""

    places: list[Place]
    posts: list[tuple[Post, int, Officer | None]]
    hotlines: int
    turns: int
    keys: int

    @property
    def owing(self) -> list[tuple[Post, int, Officer | None]]:
        """The posts for which somebody must take over."""
        return [row for row in self.posts if row[1]]

    @property
    def leaving(self) -> list[Officer]:
        """Who holds a post there now."""
        return list({officer.pk: officer for _post, _owed, officer in self.posts if officer}.values())


def passing_of(place: Place, *, now: datetime) -> Passing:
    """What would pass if the place were abolished now. Writes nothing."""
    places = list(Place.objects.standing().under([place]).order_by("path"))
    posts = list(
        Post.objects.filter(place__in=places, closed_on=None)
        .select_related("place")
        .order_by("place__path", "pk")
    )
    keys = [post.pk for post in posts]
    holders, owed = officers_of(keys, now=now), open_items_of(keys)
    return Passing(
        places=places,
        posts=[(post, owed[post.pk], next((found[0] for found in holders[post.pk]), None)) for post in posts],
        hotlines=Hotline.objects.filter(place__in=places).count(),
        turns=DutyTurn.objects.filter(place__in=places, until_at__gt=now).count(),
        keys=ApiKey.objects.filter(bureau__in=places, revoked_at=None).count(),
    )


def takers_at(place: Place, *, besides: Place, now: datetime) -> list[Post]:
    """The posts that somebody holds and that may take over what the posts of `besides` owe, those of `place` first."""
    posts = list(
        Post.objects.filter(place__district=place.root_id, place__abolished_on=None, closed_on=None)
        .exclude(place__path__startswith=besides.path)
        .exclude(role=Post.Role.AUDITOR)
        .select_related("place")
        .order_by("place__path", "pk")
    )
    held = officers_of([post.pk for post in posts], now=now)
    return sorted(
        (post for post in posts if held[post.pk]), key=lambda post: not post.place.path.startswith(place.path)
    )


def taker_by_default(place: Place, *, now: datetime) -> Post | None:
    """The post that answers for the place now."""
    for recipient in Roll(place.root_id, now=now).reach("handler", place_id=place.pk):
        post = Post.objects.filter(pk=recipient.post_id or 0).select_related("place").first()
        if post is not None and post.place.district_id is not None:
            return post
    return None


def abolish_place(
    *,
    place: Place,
    successor: Place,
    on: date,
    by: Officer | None,
    now: datetime,
    takers: Mapping[int, Post] | None = None,
    basis: str = "",
) -> Place:
    """The place and all below it are abolished and name their successor, which has their lines, roster and keys.

    1. Locks the places, then what refuses: NotYourPlaces, AlreadyAbolished, NoSuccessor, NotYetAbolished. 2. A post
    that owes something needs a taker with somebody in it, by its id in `takers`: NeedsTaker. Its tenure ends today,
    with a hand-over slip. 3. What is owed is found by the place it is at, and passed on by the worker; to several
    successors by the takers' own places. What is history stays where it was.
    """
    may_keep(by, district_id=place.root_id, now=now)
    takers = takers or {}
    [into], gone = lock_places([place], [successor])
    _check_takers(place, takers, now=now)
    dissolve([(row, into) for row in gone], on=on, takers=takers, by=by, now=now)
    record_edit(
        "place_abolished",
        district_id=place.root_id,
        place=place,
        by=by,
        now=now,
        into=[into.pk],
        **({"words": [basis]} if basis else {}),
    )
    place.refresh_from_db()
    return place


def lock_places(places: Sequence[Place], into: Sequence[Place]) -> tuple[list[Place], list[Place]]:
    """The successors, and the places with all below them, locked and as they are now, those above first.

    Raises AlreadyAbolished for a place, NoSuccessor for a successor, that does not stand below the district, or
    stands below what goes.
    """
    going = Q(pk__in=[row.pk for row in into])
    for place in places:
        going |= Q(path__startswith=place.path)
    locked = Place.objects.select_for_update().filter(going, abolished_on=None)
    standing = {row.pk: row for row in locked.order_by("pk")}
    if any(place.pk not in standing for place in places):
        raise AlreadyAbolished
    kept = []
    for row in into:
        found = standing.pop(row.pk, None)
        if (
            found is None
            or found.root_id != places[0].root_id
            or found.kind == Place.Kind.DISTRICT
            or any(found.path.startswith(place.path) for place in places)
        ):
            raise NoSuccessor
        kept.append(found)
    return kept, sorted(standing.values(), key=lambda row: row.path)


def dissolve(
    pairs: Sequence[tuple[Place, Place]],
    *,
    on: date,
    takers: Mapping[int, Post],
    by: Officer | None,
    now: datetime,
) -> None:
    """Each place of the pairs, which the caller locked, is abolished into the one beside it. Raises NotYetAbolished."""
    if on > local_date(now):
        raise NotYetAbolished
    _close_posts([row.pk for row, _into in pairs], on=on, takers=takers, by=by, now=now)
    heirs = {into.pk: into for _row, into in pairs}
    for into in heirs.values():
        gone = [row.pk for row, heir in pairs if heir.pk == into.pk]
        for line in Hotline.objects.filter(place__in=gone):
            twin = into.hotlines.filter(purpose=line.purpose, number=line.number, extension=line.extension)
            if not twin.exists():
                line.place = into
                line.save(update_fields=["place"])
        _move_turns(gone, into, now=now)
        ApiKey.objects.filter(bureau__in=gone).update(bureau=into)
        for row, heir in pairs:
            if heir.pk == into.pk:
                row.successor, row.abolished_on = into, on
                row.save(update_fields=["successor", "abolished_on"])
        for move in _movers:
            move(gone, into, by=by, now=now)


def _check_takers(place: Place, takers: Mapping[int, Post], *, now: datetime) -> None:
    fit = {post.pk for post in takers_at(place, besides=place, now=now)}
    posts = Post.objects.filter(place__path__startswith=place.path, closed_on=None).order_by("pk")
    for post, owed in open_items_of(list(posts.values_list("pk", flat=True))).items():
        taker = takers.get(post)
        if (taker is None and owed) or (taker is not None and taker.pk not in fit):
            raise NeedsTaker(field=f"taker_{post}")


def _close_posts(
    gone: list[int], *, on: date, takers: Mapping[int, Post], by: Officer | None, now: datetime
) -> None:
    today = local_date(now)
    open_posts = Post.objects.select_for_update(of=("self",)).filter(place__in=gone, closed_on=None)
    posts = list(open_posts.order_by("pk"))
    owes = open_items_of([post.pk for post in posts])
    for post in posts:
        owed, taker = owes[post.pk], takers.get(post.pk)
        running = Tenure.objects.filter(Q(until_on=None) | Q(until_on__gt=today), post=post)
        for tenure in running.select_related("officer"):
            tenure.until_on = max(tenure.from_on, today)
            tenure.save(update_fields=["until_on"])
            is_holder = tenure.part == Tenure.Part.HOLDER and tenure.from_on <= today
            if owed and taker is not None and by is not None and is_holder:
                _write_slip(tenure, taker, owed, by=by, now=now)
        post.closed_on, post.successor = on, taker
        post.save(update_fields=["closed_on", "successor"])


def _write_slip(tenure: Tenure, taker: Post, owed: int, *, by: Officer, now: datetime) -> None:
    """Who takes over has a slip, unless it is the officer's own desk that stands elsewhere now."""
    goes_along = Tenure.objects.filter(Q(until_on=None) | Q(until_on__gt=local_date(now)), post=taker)
    if goes_along.filter(officer=tenure.officer_id, part=Tenure.Part.HOLDER).exists():
        return
    answering = officers_of([taker.pk], now=now)[taker.pk]
    if answering:
        HandOver.objects.get_or_create(
            tenure=tenure,
            defaults={"to_officer": answering[0][0], "open_items": owed, "by": by, "at": now},
        )


def _move_turns(gone: list[int], into: Place, *, now: datetime) -> None:
    """Who may act there is on duty there from now on, after those who were; nobody else could do anything."""
    for turn in DutyTurn.objects.filter(place__in=gone, until_at__gt=now).select_related("officer"):
        own = [held.post.place for held in holdings(turn.officer, now=now) if not held.acting]
        if not any(into.path.startswith(at.path) or at.bureau_id == into.bureau_id for at in own):
            turn.delete()
            continue
        beside = DutyTurn.objects.filter(place=into, from_at__lt=turn.until_at, until_at__gt=turn.from_at)
        turn.rank += max(beside.values_list("rank", flat=True), default=0)
        turn.place = into
        turn.save(update_fields=["place", "rank"])
