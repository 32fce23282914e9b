"""The one table role → act, and which places an officer sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from bureaus.models.places import Place
from bureaus.models.posts import DutyTurn, Officer, Post, Tenure
from bureaus.models.scope import NOTHING, Scope
from bureaus.workdays import SHANGHAI

Role = Post.Role


class Act(StrEnum):
    """What an officer may do to an inquiry, a duty or a table. One word per act of DESIGN §4."""

    RECORD = "record"
    DISPATCH = "dispatch"
    SIGN_FOR = "sign_for"
    ANSWER = "answer"
    APPROVE = "approve"
    RETURN = "return"
    DISPUTE = "dispute"
    DESIGNATE = "designate"
    REASSIGN = "reassign"
    HAND_OVER = "hand_over"
    ASSIST = "assist"
    EXTEND = "extend"
    DECIDE_FIRST_EXTENSION = "decide_first_extension"
    DECIDE_SECOND_EXTENSION = "decide_second_extension"
    ASK_CITIZEN = "ask_citizen"
    LOG_CONTACT = "log_contact"
    RECLASSIFY = "reclassify"
    MERGE = "merge"
    MERGE_ACROSS = "merge_across"
    SPLIT = "split"
    WITHDRAW = "withdraw"
    CHASE_BY_HAND = "chase_by_hand"
    CALL_BACK = "call_back"
    REOPEN = "reopen"
    FILE = "file"
    ACKNOWLEDGE = "acknowledge"
    SIGN_CIRCULAR = "sign_circular"
    READ_CLEAR = "read_clear"
    READ_SEALED = "read_sealed"
    EDIT_RULES = "edit_rules"
    EDIT_CALENDAR = "edit_calendar"
    KEEP_PLACES = "keep_places"
    READ_AUDIT = "read_audit"


_WORK = {
    Act.RECORD,
    Act.SIGN_FOR,
    Act.ANSWER,
    Act.RETURN,
    Act.DISPUTE,
    Act.REASSIGN,
    Act.ASSIST,
    Act.EXTEND,
    Act.ASK_CITIZEN,
    Act.LOG_CONTACT,
    Act.SPLIT,
    Act.WITHDRAW,
    Act.ACKNOWLEDGE,
    Act.READ_CLEAR,
}
_LEAD = _WORK | {Act.HAND_OVER, Act.RECLASSIFY, Act.MERGE, Act.FILE, Act.CHASE_BY_HAND}
_DISTRICT = {
    Act.RECORD,
    Act.DISPATCH,
    Act.ANSWER,
    Act.APPROVE,
    Act.DESIGNATE,
    Act.HAND_OVER,
    Act.ASSIST,
    Act.ASK_CITIZEN,
    Act.LOG_CONTACT,
    Act.RECLASSIFY,
    Act.MERGE,
    Act.MERGE_ACROSS,
    Act.SPLIT,
    Act.WITHDRAW,
    Act.CHASE_BY_HAND,
    Act.CALL_BACK,
    Act.REOPEN,
    Act.FILE,
    Act.ACKNOWLEDGE,
    Act.READ_CLEAR,
}

# docs/access.md is written from this table, and a test keeps it so.
MAY: dict[str, frozenset[Act]] = {
    Role.DIRECTOR: frozenset(
        _DISTRICT
        | {
            Act.DECIDE_SECOND_EXTENSION,
            Act.SIGN_CIRCULAR,
            Act.READ_SEALED,
            Act.EDIT_RULES,
            Act.EDIT_CALENDAR,
            Act.KEEP_PLACES,
        }
    ),
    Role.CLERK: frozenset(_DISTRICT | {Act.EDIT_CALENDAR, Act.KEEP_PLACES}),
    Role.BUREAU_HEAD: frozenset(_LEAD | {Act.APPROVE, Act.DECIDE_FIRST_EXTENSION}),
    Role.VICE_HEAD: frozenset(_LEAD | {Act.APPROVE}),
    Role.LIAISON: frozenset(_LEAD),
    Role.SECTION_HEAD: frozenset(_LEAD),
    Role.HANDLER: frozenset(_WORK),
    Role.AUDITOR: frozenset({Act.READ_AUDIT}),
}


@dataclass(frozen=True)
class Holding:
    """A post an officer acts for now; `acting` when as deputy (代)."""

    post: Post
    acting: bool


def tenures_now(*, now: datetime) -> QuerySet[Tenure]:
    """Tenures running at that instant, of active officers, on open posts at standing places."""
    today = now.astimezone(SHANGHAI).date()
    return Tenure.objects.filter(
        Q(until_on=None) | Q(until_on__gt=today),
        from_on__lte=today,
        officer__is_active=True,
        post__closed_on=None,
    )


def holdings(officer: Officer, *, now: datetime) -> list[Holding]:
    """The posts an officer acts for at that instant, in one query.

    A holder always acts; a deputy acts for as long as the holder is away or the post has no holder.
    """
    if not officer.is_active:
        return []
    own = tenures_now(now=now).filter(officer=officer).select_related("post__place")
    found = []
    deputised = [tenure.post for tenure in own if tenure.part == Tenure.Part.DEPUTY]
    present = (
        set(
            tenures_now(now=now)
            .filter(post__in=deputised, part=Tenure.Part.HOLDER)
            .exclude(officer__absences__from_at__lte=now, officer__absences__until_at__gt=now)
            .values_list("post_id", flat=True)
        )
        if deputised
        else set()
    )
    for tenure in own:
        if tenure.part == Tenure.Part.HOLDER:
            found.append(Holding(tenure.post, acting=False))
        elif tenure.post_id not in present:
            found.append(Holding(tenure.post, acting=True))
    return found


def acts_of(held: list[Holding]) -> frozenset[Act]:
    """Everything the posts held allow."""
    return frozenset().union(*(MAY[holding.post.role] for holding in held)) if held else frozenset()


def scope_of(officer: Officer | None, *, now: datetime, held: list[Holding] | None = None) -> Scope:
    """The places this officer's posts oversee, each with all below it; the district for its office.

    A handler sees the place of the post and below, a bureau's head the whole bureau, the district's director
    and clerks every place and every unsealed inquiry of the district.
    """
    if officer is None or not officer.is_active:
        return NOTHING
    held = holdings(officer, now=now) if held is None else held
    places = [holding.post.place for holding in held]
    if not places:
        return Scope(officer=officer.pk)
    keys = frozenset(Place.objects.under(places).values_list("pk", flat=True))
    office = next((h.post.place_id for h in held if h.post.place.kind == Place.Kind.DISTRICT), None)
    return Scope(places=keys, district=office, officer=officer.pk)


def officers_of(post_ids: list[int], *, now: datetime) -> dict[int, list[tuple[Officer, bool]]]:
    """Who answers for each post now: its present holder, else its acting deputy (True), else nobody.

    Two queries however many posts.
    """
    away = set(
        Officer.objects.filter(absences__from_at__lte=now, absences__until_at__gt=now).values_list(
            "pk", flat=True
        )
    )
    found: dict[int, list[tuple[Officer, bool]]] = {post_id: [] for post_id in post_ids}
    rows = sorted(
        tenures_now(now=now).filter(post__in=post_ids).select_related("officer"),
        key=lambda tenure: (tenure.part != Tenure.Part.HOLDER, tenure.pk),
    )
    for tenure in rows:
        if tenure.officer_id not in away and not found[tenure.post_id]:
            found[tenure.post_id].append((tenure.officer, tenure.part == Tenure.Part.DEPUTY))
    return found


# Whom a ladder's role word means at a place, nearest first: its own posts of these roles, else those above it.
_ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "handler": (Role.HANDLER, Role.SECTION_HEAD, Role.LIAISON, Role.CLERK),
    "section_head": (Role.SECTION_HEAD, Role.LIAISON, Role.BUREAU_HEAD),
    "vice_head": (Role.VICE_HEAD,),
    "bureau_head": (Role.BUREAU_HEAD,),
    "director": (Role.DIRECTOR,),
}
# Who takes what nobody else can be found for: the district's office.
_LAST_RESORT = (Role.CLERK, Role.DIRECTOR)


@dataclass(frozen=True)
class Recipient:
    """One officer to be told, and whether as acting deputy (代)."""

    officer_id: int
    post_id: int | None
    acting: bool = False


class Roll:
    """Who answers for what in one district at one instant, read in five queries and then asked without any.

    The one function that resolves recipients (DESIGN §4, Whom) is `reach`.
    """

    def __init__(self, district_id: int, *, now: datetime) -> None:
        places = Place.objects.filter(Q(pk=district_id) | Q(district=district_id))
        self.path = {place.pk: place.above_ids for place in places.only("pk", "path")}
        posts = list(Post.objects.filter(place__in=self.path, closed_on=None).only("pk", "place_id", "role"))
        self.at: dict[tuple[int, str], list[int]] = {}
        self.place_of = {post.pk: post.place_id for post in posts}
        for post in sorted(posts, key=lambda post: post.pk):
            self.at.setdefault((post.place_id, post.role), []).append(post.pk)
        self.present = officers_of([post.pk for post in posts], now=now)
        turns = DutyTurn.objects.filter(
            place__in=self.path, from_at__lte=now, until_at__gt=now, officer__is_active=True
        ).order_by("rank", "pk")
        self.on_duty: dict[int, list[int]] = {}
        for turn in turns:
            self.on_duty.setdefault(turn.place_id, []).append(turn.officer_id)

    def reach(
        self, word: str, *, place_id: int, post_id: int | None = None, turn: int = 0
    ) -> tuple[Recipient, ...]:
        """The officers a ladder's word means for what `place_id` owes; never empty unless nobody is left.

        The post's holder, its acting deputy, else the next level up, at last the district's office. A duty roster
        gives its `turn`-th person, the next if the one before did not acknowledge.
        """
        up = self.path.get(place_id, ())[::-1]
        if word == "duty_roster":
            for above in up:
                if listed := self.on_duty.get(above):
                    return (Recipient(listed[min(turn, len(listed) - 1)], None),)
            word = "handler"
        if word == "handler" and post_id is not None and (found := self._holders([post_id])):
            return found
        for above in up:
            for role in _ROLE_WORDS[word]:
                if found := self._holders(self.at.get((above, role), [])):
                    return found
        # A copy to a vice head that a bureau does not have is no reason to trouble the district.
        return () if word == "vice_head" else self.last_resort(place_id)

    def last_resort(self, place_id: int) -> tuple[Recipient, ...]:
        """The district's clerks and director."""
        root = self.path[place_id][0]
        return self._holders([post for role in _LAST_RESORT for post in self.at.get((root, role), [])])

    def _holders(self, post_ids: list[int]) -> tuple[Recipient, ...]:
        return tuple(
            Recipient(officer.pk, post_id, acting)
            for post_id in post_ids
            for officer, acting in self.present.get(post_id, [])
        )
