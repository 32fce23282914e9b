"""What one place, or one officer, has in hand and did: the parts of their pages that no figure tells."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.core import signing
from django.db.models import Q

from bureaus.models import Officer, Place
from bureaus.workdays import DAY, Calendar, midnight
from inquiries.figures.asking import Filters, Period, Query
from inquiries.figures.counts import COUNTS
from inquiries.figures.desk import PAGE, BadCursor
from inquiries.figures.figure import read_together
from inquiries.figures.measured import Cell
from inquiries.figures.rates import RATES
from inquiries.models import Duty, Inquiry
from inquiries.models.duty import DutyKind

# Matters offered from one place to another that a page shows.
OFFERS = 20
# What an officer did, as far as it is counted by officer; each by the day it was done.
DONE_BY_OFFICER = (
    *("recorded", "at_once", "answered", "in_time", "answered_late", "contacted"),
    *("signed_for", "returned", "reassigned", "extended"),
)
_FIGURES = {figure.code: figure for figure in (*COUNTS, *RATES)}


@dataclass(frozen=True)
class Offers:
    """Matters offered for hand-over (移交) in some days or not decided yet: to the places, and by them."""

    taken: list[Duty]
    given: list[Duty]


def offers_of(places: Collection[int], period: Period) -> Offers:
    """The newest of each, as far as the scope sees them; what moved inside the places is neither. Two queries."""
    asked = Q(opened_at__gte=midnight(period.first_on), opened_at__lt=midnight(period.last_on + DAY))
    found = (
        Duty.objects.filter(asked | Q(done_at=None), kind=DutyKind.HAND_OVER, inquiry__isnull=False)
        .select_related("inquiry", "place", "asked_place")
        .order_by("-opened_at", "-pk")
    )
    to_them = Q(place__in=places)
    by_them = Q(asked_place__in=places)
    return Offers(
        list(found.filter(to_them, ~by_them)[:OFFERS]), list(found.filter(by_them, ~to_them)[:OFFERS])
    )


@dataclass(frozen=True)
class OwedByPosts:
    """One page of the unanswered inquiries of some posts, earliest due first, and the cursor of the next page."""

    inquiries: list[Inquiry]
    following: str


def owed_by_posts(posts: Collection[int], *, reader: int, after: str = "", limit: int = PAGE) -> OwedByPosts:
    """Unanswered inquiries of the posts by (due_at, id), from the cursor on. One query. Raises BadCursor."""
    filters = f"posts|{sorted(posts)}|{reader}"
    found = Inquiry.objects.unanswered().filter(post__in=posts)
    if after:
        try:
            due_at, pk = signing.loads(after, salt=filters)
        except (signing.BadSignature, ValueError) as wrong:
            raise BadCursor from wrong
        found = found.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=pk))
    rows = list(found.select_related("holder", "topic", "citizen").order_by("due_at", "pk")[: limit + 1])
    following = ""
    if len(rows) > limit:
        rows = rows[:limit]
        following = signing.dumps([rows[-1].due_at.isoformat(), rows[-1].pk], salt=filters)
    return OwedByPosts(rows, following)


def duties_of_posts(posts: Collection[int], *, limit: int = 100) -> list[Duty]:
    """Open duties of the posts, earliest due first."""
    found = Duty.objects.open().filter(post__in=posts)
    return list(
        found.select_related("inquiry", "place", "post", "asked_place").order_by("due_at", "pk")[:limit]
    )


def done_by_officer(
    officer: Officer, query: Query, *, now: datetime, calendar: Calendar
) -> list[tuple[str, str, Cell]]:
    """Code, label and number of what the officer did, as far as `query.reader` may know it. Raises NotForReader."""
    of_one = replace(query, basis="happened", filters=Filters(officer=(officer.pk,)))
    figures = [_FIGURES[code] for code in DONE_BY_OFFICER]
    found = read_together(figures, of_one, now=now, calendar=calendar)
    return [(figure.code, str(figure.label), found[figure.code].total) for figure in figures]


def worst_of(query: Query, *, now: datetime, limit: int) -> list[Inquiry]:
    """The unanswered inquiries of the places whose due passed first, each rider's own too.

    As far as the scope sees them. One query.
    """
    places = query.places if query.places is not None else Place.objects.filter(district=query.district_id)
    late = Inquiry.objects.unanswered().filter(holder__in=places, due_at__lte=now)
    return list(late.select_related("holder", "topic").order_by("due_at", "pk")[:limit])
