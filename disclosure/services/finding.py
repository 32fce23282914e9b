"""What anybody finds without signing in: only what is public, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar

from django.db.models import Case, Exists, Model, OuterRef, Q, QuerySet, Value, When

from bureaus.models import Hotline, Place, Post
from disclosure.models import PublicItem

MOST_WORDS, LONGEST_SEARCH = 6, 60
MOST_PAIRS = 40
M = TypeVar("M", bound=Model)


def districts() -> QuerySet[Place]:
    """The districts that have anybody in post; one that is only history asks and answers nothing."""
    manned = Post.objects.filter(place__path__startswith=OuterRef("path"), closed_on=None)
    return (
        Place.objects.standing().filter(Exists(manned), kind=Place.Kind.DISTRICT).order_by("sort_key", "pk")
    )


# What a district decides for itself and nobody outside reads, such as how its gateway is asked.
INSIDE_SETTINGS = tuple(
    f"settings__{name}"
    for name in ("digest_hour", "inside_ranges", "sms_url", "sms_body", "callbacks", "public_list_from_on")
)
# Who wrote, reviewed and published a version; the login of a portal of its own cannot read it either.
INSIDE_VERSION = tuple(
    f"current__{name}"
    for name in (
        "author",
        "reviewer",
        "reviewed_at",
        "no_state_secret",
        "no_trade_secret",
        "no_personal_data",
        "published_by",
    )
)


def public_versions() -> QuerySet[PublicItem]:
    """What stands in public, with what was published of it."""
    return PublicItem.objects.select_related("current", "place").defer(*INSIDE_VERSION)


def public_places(district_id: int) -> list[Place]:
    """Bureaus and units that stand, each bureau before its units."""
    return list(
        Place.objects.standing()
        .filter(district=district_id, kind__in=(Place.Kind.BUREAU, Place.Kind.UNIT))
        .order_by("path")
    )


def hotlines_of(places: Sequence[Place]) -> list[Hotline]:
    """Their lines with a number, in the order of the places and purposes."""
    rows = Hotline.objects.filter(place__in=places).exclude(number="").select_related("place")
    return sorted(
        rows, key=lambda line: (line.place.path, Hotline.Purpose.values.index(line.purpose), line.pk)
    )


@dataclass(frozen=True)
class Search:
    """What is looked for: words that all have to stand in it, kinds, a place with all below it."""

    words: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    place: Place | None = None

    @classmethod
    def of(cls, text: str, *, kinds: tuple[str, ...] = (), place: Place | None = None) -> Search:
        """The search for what was typed; more than six words or 60 characters are not read."""
        return cls(tuple(text[:LONGEST_SEARCH].split()[:MOST_WORDS]), kinds, place)

    def holds(self, column: str) -> Q:
        """Every word stands in the column."""
        found = Q()
        for word in self.words:
            found &= Q(**{f"{column}__icontains": word})
        return found


def find_items(
    district_id: int, search: Search, *, before: tuple[datetime, int] | None = None, limit: int = 20
) -> list[PublicItem]:
    """The items that hold the words, the newest first, behind `before`."""
    rows = PublicItem.objects.filter(search.holds("words"), district=district_id).select_related("place")
    if search.kinds:
        rows = rows.filter(kind__in=search.kinds)
    if search.place is not None:
        rows = rows.filter(place__path__startswith=search.place.path)
    if before is not None:
        at, pk = before
        rows = rows.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=pk))
    return list(rows.order_by("-published_at", "-pk")[:limit])


def like_it(district_id: int, question: str, *, limit: int = 3) -> list[PublicItem]:
    """Items that share most with the question, what is in the title counting for three."""
    return alike(PublicItem.objects.filter(district=district_id), "title", "words", question, limit=limit)


def alike(rows: QuerySet[M], head: str, body: str, question: str, *, limit: int = 3) -> list[M]:
    """Rows that share most pairs of characters with the question; a pair in the column `head` counts for three."""
    wanted = sorted(_pairs(question))[:MOST_PAIRS]
    if not wanted:
        return []
    shared: Any = Value(0)
    for pair in wanted:
        for column, weight in ((head, 3), (body, 1)):
            shared = shared + Case(When(**{f"{column}__contains": pair}, then=weight), default=0)
    found = rows.annotate(shared=shared).filter(shared__gt=1)
    return list(found.select_related("place").order_by("-shared", "pk")[:limit])


# Two characters that stand in every question tell nothing.
_IDLE = frozenset(
    {
        "怎么",
        "么办",
        "什么",
        "如何",
        "请问",
        "可以",
        "需要",
        "我们",
        "办理",
        "申请",
        "时候",
        "在哪",
        "材料",
        "要带",
        "哪里",
        "是否",
    }
)


# Neither does a pair with one of these: pronouns, particles, measures and words of asking.
_IDLE_SIGNS = frozenset(
    "的了吗呢吧啊么着过我你您他她它们这那哪谁是在到把被给让该怎能会不没还都也就很个些两几多少找问说"
)


def _pairs(text: str) -> set[str]:
    plain = [char if char.isalnum() and char not in _IDLE_SIGNS else " " for char in text]
    pairs = {"".join(pair) for pair in pairwise(plain)}
    return {pair for pair in pairs if " " not in pair and not pair.isascii()} - _IDLE
