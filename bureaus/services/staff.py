"""Who works at some places now: posts with their tenures, who is away, and what was handed over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from bureaus.access import officers_of
from bureaus.models import Absence, HandOver, Officer, Place, Post, Tenure
from bureaus.workdays import local_date

# Slips of hand-over that a page shows.
SLIPS = 20


@dataclass
class Seat:
    """An open post: who holds it and who deputises, each by a tenure that runs now, and who of them is away."""

    post: Post
    holders: list[Tenure] = field(default_factory=list)
    deputies: list[Tenure] = field(default_factory=list)
    acting: bool = False
    nobody: bool = False
    # By officer: the absence that runs now.
    away: dict[int, Absence] = field(default_factory=dict)

    @property
    def tenures(self) -> list[tuple[Tenure, Absence | None]]:
        """Holders first, each with the absence of now."""
        return [(tenure, self.away.get(tenure.officer_id)) for tenure in (*self.holders, *self.deputies)]


def running(now: datetime) -> QuerySet[Tenure]:
    """Tenures that run that day."""
    today = local_date(now)
    return Tenure.objects.filter(Q(until_on=None) | Q(until_on__gt=today), from_on__lte=today)


def seats_at(places: QuerySet[Place], *, now: datetime) -> list[Seat]:
    """The open posts of the places in the order of the tree. As many queries however many posts."""
    posts = list(
        Post.objects.filter(place__in=places, closed_on=None)
        .select_related("place", "place__parent")
        .order_by("place__path", "pk")
    )
    answering = officers_of([post.pk for post in posts], now=now)
    seats = {post.pk: Seat(post) for post in posts}
    for tenure in running(now).filter(post__in=posts).select_related("officer").order_by("from_on", "pk"):
        seat = seats[tenure.post_id]
        (seat.holders if tenure.part == Tenure.Part.HOLDER else seat.deputies).append(tenure)
    officers = {tenure.officer_id for seat in seats.values() for tenure, _away in seat.tenures}
    away = {
        absence.officer_id: absence
        for absence in Absence.objects.filter(officer__in=officers, from_at__lte=now, until_at__gt=now)
    }
    for seat in seats.values():
        seat.acting = any(acting for _officer, acting in answering[seat.post.pk])
        seat.nobody = not answering[seat.post.pk]
        seat.away = away
    return list(seats.values())


def absences_of(officers: Collection[int], *, now: datetime) -> list[Absence]:
    """The absences of these that run or are to come, the earliest first."""
    found = Absence.objects.filter(officer__in=officers, until_at__gt=now)
    return list(found.select_related("officer").order_by("from_at", "pk")[:SLIPS])


def slips_at(places: QuerySet[Place]) -> list[HandOver]:
    """The hand-over slips of posts at the places, the newest first."""
    return _slips(Q(tenure__post__place__in=places))


def slips_of(officer: Officer) -> list[HandOver]:
    """The hand-over slips by which the officer gave a post away or took one over, the newest first."""
    return _slips(Q(tenure__officer=officer) | Q(to_officer=officer))


def _slips(which: Q) -> list[HandOver]:
    rows = HandOver.objects.filter(which).select_related(
        "tenure__officer", "tenure__post__place", "to_officer"
    )
    return list(rows.order_by("-at", "-pk")[:SLIPS])
