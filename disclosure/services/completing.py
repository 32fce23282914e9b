"""Completeness and freshness: what a place must publish and has not, and what is to be looked at again, is a duty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bureaus.models import Place, Post
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date, midnight
from disclosure.checklist import WORKING_DAYS_BETWEEN, WORKING_DAYS_TO_PUBLISH, Entry, owed_at
from disclosure.models import Item, PublicItem
from disclosure.services.items import MISSING, PUBLISH, REFRESH
from inquiries.models import Duty
from inquiries.services.duties import open_duty

# An item is to be looked at from so many working days before its day.
WORKING_DAYS_AHEAD = 10
OPENED_AT_ONCE = 200


@dataclass(frozen=True)
class Line:
    """One entry of the checklist at a place: what is public of it, else by when it is owed."""

    entry: Entry
    published: int
    stale: int
    due_at: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether it is public and nothing of it waits to be looked at."""
        return self.published > 0 and not self.stale


@dataclass(frozen=True)
class Completeness:
    """How much of its checklist a place has published; n of m, never a share without both."""

    place: Place
    lines: tuple[Line, ...]

    @property
    def published(self) -> int:
        """How many entries have at least one public item."""
        return sum(line.published > 0 for line in self.lines)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing and nothing stale."""
        return all(line.is_whole for line in self.lines)


def places_that_publish(district_id: int) -> list[Place]:
    """The district's office, bureaus and units that stand, where anybody holds a post in the district."""
    if not Post.objects.filter(place__path__startswith=f"{district_id}/", closed_on=None).exists():
        # A district that is only history owes nothing.
        return []
    kinds = (Place.Kind.DISTRICT, Place.Kind.BUREAU, Place.Kind.UNIT)
    return list(
        Place.objects.standing().filter(path__startswith=f"{district_id}/", kind__in=kinds).order_by("path")
    )


def completeness_of(places: Iterable[Place], *, now: datetime) -> list[Completeness]:
    """The checklist of each place as the reader sees it, in three queries however many places."""
    wanted = [place for place in places if owed_at(place.kind)]
    keys = [place.pk for place in wanted]
    published: dict[tuple[int, str], int] = defaultdict(int)
    for place_id, kind in PublicItem.objects.filter(place__in=keys).values_list("place", "kind"):
        published[place_id, kind] += 1
    stale: dict[tuple[int, str], int] = defaultdict(int)
    overdue = Item.objects.filter(place__in=keys, live_number__isnull=False, review_on__lt=local_date(now))
    for place_id, kind in overdue.values_list("place", "kind"):
        stale[place_id, kind] += 1
    owed = {
        (place_id, subject): due_at
        for place_id, subject, due_at in Duty.objects.filter(
            place__in=keys, kind=MISSING, done_at=None
        ).values_list("place", "subject", "due_at")
    }
    return [
        Completeness(
            place,
            tuple(
                Line(
                    entry,
                    published[place.pk, entry.code],
                    stale[place.pk, entry.code],
                    owed.get((place.pk, entry.code)),
                )
                for entry in owed_at(place.kind)
            ),
        )
        for place in wanted
    ]


def keep_items_current(*, district: Place, now: datetime) -> int:
    """What is missing or to be looked at again is owed from now on; gives how many duties were opened.

    On the first day that is a plan: the first entry of a place within 20 working days, each further one five working
    days later, and so with what is past its day. Nobody is told of each: it stands in the list of what is owed, and
    the engine chases it as its day comes nearer.
    """
    places = places_that_publish(district.pk)
    calendar = calendar_for(district.pk)
    today = local_date(now)
    opened = 0
    open_ones: dict[int, set[tuple[str, str]]] = defaultdict(set)
    rows = Duty.objects.filter(
        place__in=places, kind__in=(MISSING, REFRESH, PUBLISH), done_at=None
    ).values_list("place", "kind", "subject")
    for place_id, kind, subject in rows:
        open_ones[place_id].add((kind, subject))
    public = set(PublicItem.objects.filter(place__in=places).values_list("place", "kind"))
    old: dict[int, list[Item]] = defaultdict(list)
    live = Item.objects.filter(
        place__in=places,
        live_number__isnull=False,
        review_on__lte=calendar.shift(today, WORKING_DAYS_AHEAD),
    )
    for item in live.select_related("place", "post").order_by("review_on", "pk"):
        old[item.place_id].append(item)
    for place in places:
        had = open_ones[place.pk]
        planned = sum(kind == MISSING for kind, _subject in had)
        for entry in owed_at(place.kind):
            if (place.pk, entry.code) in public or (MISSING, entry.code) in had:
                continue
            if opened >= OPENED_AT_ONCE:
                return opened
            due_on = calendar.shift(today, WORKING_DAYS_TO_PUBLISH + WORKING_DAYS_BETWEEN * planned)
            _owe(MISSING, place, None, entry.code, str(entry.label), due_on, now=now)
            planned += 1
            opened += 1
        late = 0
        for item in old[place.pk]:
            subject = f"item.{item.pk}"
            # What is being written anew is owed to be published already.
            if had & {(REFRESH, subject), (PUBLISH, subject)}:
                continue
            if opened >= OPENED_AT_ONCE:
                return opened
            due_on = item.review_on
            if due_on <= today:
                due_on = calendar.shift(today, WORKING_DAYS_TO_PUBLISH + WORKING_DAYS_BETWEEN * late)
                late += 1
            _owe(REFRESH, place, item.post, subject, item.title, due_on, now=now)
            opened += 1
    return opened


def _owe(
    kind: str, place: Place, post: Post | None, subject: str, request: str, due_on: date, *, now: datetime
) -> None:
    open_duty(
        kind=kind,
        place=place,
        post=post,
        due_at=midnight(due_on + timedelta(days=1)),
        now=now,
        by=None,
        subject=subject,
        request=request,
        tell=False,
    )
