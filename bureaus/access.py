"""The one table role → act, and which places an officer sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from bureaus.models.api_keys import ApiKey
from bureaus.models.places import Place
from bureaus.models.posts import DutyTurn, Officer, Post, Tenure
from bureaus.models.prepared import columns, prepared, rows_of
from bureaus.models.scope import NOTHING, Scope
from bureaus.workdays import SHANGHAI

Role = Post.Role


class Act(StrEnum):
    """What an officer may do to an inquiry, a duty or a table. One word per act."""

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
    ASK_CORRECTION = "ask_correction"
    CONSULT = "consult"
    LOG_CHALLENGE = "log_challenge"
    RECLASSIFY = "reclassify"
    MERGE = "merge"
    MERGE_ACROSS = "merge_across"
    SPLIT = "split"
    WITHDRAW = "withdraw"
    ASK_COORDINATION = "ask_coordination"
    CHASE_BY_HAND = "chase_by_hand"
    CALL_BACK = "call_back"
    REOPEN = "reopen"
    FILE = "file"
    ENTER_PAPER = "enter_paper"
    ACKNOWLEDGE = "acknowledge"
    SIGN_CIRCULAR = "sign_circular"
    MAKE_BULLETIN = "make_bulletin"
    REVIEW_BULLETIN = "review_bulletin"
    SIGN_BULLETIN = "sign_bulletin"
    PUBLISH_BULLETIN = "publish_bulletin"
    READ_CLEAR = "read_clear"
    READ_SEALED = "read_sealed"
    ERASE = "erase"
    EDIT_RULES = "edit_rules"
    EDIT_CALENDAR = "edit_calendar"
    KEEP_PLACES = "keep_places"
    KEEP_TEXTS = "keep_texts"
    SHARE_VIEWS = "share_views"
    IMPORT = "import"
    READ_AUDIT = "read_audit"
    WRITE_ITEM = "write_item"
    REVIEW_ITEM = "review_item"
    PUBLISH_ITEM = "publish_item"
    PLAN_DAY = "plan_day"


_WORK = {
    Act.RECORD,
    Act.ENTER_PAPER,
    Act.SIGN_FOR,
    Act.ANSWER,
    Act.RETURN,
    Act.DISPUTE,
    Act.REASSIGN,
    Act.ASSIST,
    Act.EXTEND,
    Act.ASK_CITIZEN,
    Act.LOG_CONTACT,
    Act.ASK_CORRECTION,
    Act.CONSULT,
    Act.LOG_CHALLENGE,
    Act.SPLIT,
    Act.WITHDRAW,
    Act.ACKNOWLEDGE,
    Act.READ_CLEAR,
    Act.WRITE_ITEM,
}
_LEAD = _WORK | {
    Act.SHARE_VIEWS,
    Act.HAND_OVER,
    Act.RECLASSIFY,
    Act.MERGE,
    Act.FILE,
    Act.CHASE_BY_HAND,
    Act.ASK_COORDINATION,
    Act.KEEP_TEXTS,
    Act.REVIEW_ITEM,
    Act.PUBLISH_ITEM,
    Act.PLAN_DAY,
}
_DISTRICT = {
    Act.SHARE_VIEWS,
    Act.RECORD,
    Act.DISPATCH,
    Act.ANSWER,
    Act.APPROVE,
    Act.DESIGNATE,
    Act.HAND_OVER,
    Act.ASSIST,
    Act.ASK_CITIZEN,
    Act.LOG_CONTACT,
    Act.ASK_CORRECTION,
    Act.CONSULT,
    Act.LOG_CHALLENGE,
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
    Act.KEEP_TEXTS,
    Act.WRITE_ITEM,
    Act.REVIEW_ITEM,
    Act.PUBLISH_ITEM,
    Act.PLAN_DAY,
    Act.MAKE_BULLETIN,
    Act.REVIEW_BULLETIN,
    Act.ENTER_PAPER,
}

# docs/access.md is written from this table, and a test keeps it so.
MAY: dict[str, frozenset[Act]] = {
    Role.DIRECTOR: frozenset(
        _DISTRICT
        | {
            Act.DECIDE_SECOND_EXTENSION,
            Act.SIGN_CIRCULAR,
            Act.SIGN_BULLETIN,
            Act.PUBLISH_BULLETIN,
            Act.READ_SEALED,
            Act.ERASE,
            Act.EDIT_RULES,
            Act.EDIT_CALENDAR,
            Act.KEEP_PLACES,
            Act.IMPORT,
        }
    ),
    Role.CLERK: frozenset(_DISTRICT | {Act.EDIT_CALENDAR, Act.KEEP_PLACES, Act.IMPORT}),
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


# Asked at the head of each request: as a queryset it took longer to write than all the rest of recording a question.
_READ = ", ".join([columns("post", Post), columns("place", Place), columns("district", Place)])
_HOLDINGS = f"""
select tenure.part = 'deputy', {_READ}
from bureaus_tenure tenure
join bureaus_post post on post.id = tenure.post_id and post.closed_on is null
join bureaus_place place on place.id = post.place_id
left join bureaus_place district on district.id = place.district_id
where tenure.officer_id = %(officer)s and tenure.from_on <= %(today)s
    and (tenure.until_on is null or tenure.until_on > %(today)s)
    and (tenure.part = 'holder' or not exists (
        select from bureaus_tenure holder join bureaus_officer o on o.id = holder.officer_id
        where holder.post_id = tenure.post_id and holder.part = 'holder' and o.is_active
            and holder.from_on <= %(today)s and (holder.until_on is null or holder.until_on > %(today)s)
            and not exists (
                select from bureaus_absence away
                where away.officer_id = o.id and away.from_at <= %(now)s and away.until_at > %(now)s)))
union all
-- On duty, an officer's own post stands at the place of the roster for the length of the turn.
select true, {_READ}
from bureaus_dutyturn turn
join bureaus_place place on place.id = turn.place_id
join bureaus_tenure tenure on tenure.officer_id = turn.officer_id and tenure.part = 'holder'
    and tenure.from_on <= %(today)s and (tenure.until_on is null or tenure.until_on > %(today)s)
join bureaus_post post on post.id = tenure.post_id and post.closed_on is null
join bureaus_place own on own.id = post.place_id and place.path not like own.path || '%%'
    and own.path like split_part(place.path, '/', 1) || '/' || split_part(place.path, '/', 2) || '/%%'
left join bureaus_place district on district.id = place.district_id
where turn.officer_id = %(officer)s and turn.from_at <= %(now)s and turn.until_at > %(now)s
    and place.district_id is not null
order by 1, 2
"""


def holdings(officer: Officer, *, now: datetime) -> list[Holding]:
    """The posts an officer acts for at that instant, each with its place and district, in one query.

    A holder always acts; a deputy acts for as long as the holder is away or the post has no holder; whoever is on duty
    (值班) for another place of the own bureau acts there with the own post's role.
    """
    if not officer.is_active:
        return []
    today = now.astimezone(SHANGHAI).date()
    with prepared(), connection.cursor() as cursor:
        cursor.execute(_HOLDINGS, {"officer": officer.pk, "today": today, "now": now})
        return [_holding(row) for row in cursor.fetchall()]


def _holding(row: tuple[Any, ...]) -> Holding:
    post, place, district = rows_of((Post, Place, Place), row[1:])
    post.place = place
    place.district = district
    return Holding(post, acting=row[0])


def acts_of(held: list[Holding]) -> frozenset[Act]:
    """Everything the posts held allow."""
    return frozenset().union(*(MAY[holding.post.role] for holding in held)) if held else frozenset()


def scope_of(officer: Officer | None, *, now: datetime, held: list[Holding] | None = None) -> Scope:
    """The places this officer's posts oversee, each with all below it; the district for its office.

    A handler sees the place of the post and below, a bureau's head the whole bureau, the district's director
    and clerks every place and every unsealed inquiry of the district. Whoever sees a place sees what was abolished
    into it.
    """
    if officer is None or not officer.is_active:
        return NOTHING
    held = holdings(officer, now=now) if held is None else held
    places = [holding.post.place for holding in held]
    if not places:
        return Scope(officer=officer.pk)
    keys = _below(places)
    office = next((h.post.place_id for h in held if h.post.place.kind == Place.Kind.DISTRICT), None)
    return Scope(places=keys, district=office, officer=officer.pk)


def scope_of_key(key: ApiKey, *, now: datetime) -> tuple[list[Holding], Scope]:
    """The posts a key acts for and what it sees: its officer's, or the places of its bureau or district.

    A bureau narrows both. A key without an officer sees no sealed inquiry.
    """
    if key.officer is None:
        base = key.bureau or key.district
        keys = _below([base])
        return [], Scope(places=keys, district=None if key.bureau else key.district_id)
    held = holdings(key.officer, now=now)
    seen = scope_of(key.officer, now=now, held=held)
    if key.bureau is None:
        return held, seen
    return held, Scope(places=seen.places & _below([key.bureau]), officer=seen.officer)


# Planned once: by the path there is an index for a range, so all that begins with "1/2/" is sought from there to before
# "1/20", as "0" follows "/"; and arrays of which the planner knows nothing beforehand are as good to it as any.
_BELOW = """
with recursive seen as (
    select place.id from unnest((select %s::text[]), (select %s::text[])) as wanted(first, beyond)
        join bureaus_place place on place.path ~>=~ wanted.first and place.path ~<~ wanted.beyond
    union
    select below.id from seen join bureaus_place gone on gone.successor_id = seen.id
        join bureaus_place below on below.path ~>=~ gone.path and below.path ~<~ (rtrim(gone.path, '/') || '0')
            and (below.id = gone.id or below.successor_id is null)
    where gone.abolished_on is not null
)
select id from seen
"""


def _below(places: list[Place]) -> frozenset[int]:
    """The places, all below them, and every abolished one in whose stead one of these stands now: what it answered is
    its successor's to know."""
    first = [place.path for place in places]
    with prepared(), connection.cursor() as cursor:
        cursor.execute(_BELOW, [first, [path.rstrip("/") + "0" for path in first]])
        return frozenset(pk for (pk,) in cursor.fetchall())


def officers_of(
    post_ids: list[int], *, now: datetime, without: int | None = None
) -> dict[int, list[tuple[Officer, bool]]]:
    """Who answers for each post now: its present holder, else its acting deputy (True), else nobody.

    Two queries however many posts. `without` looks ahead: as if that officer's account were disabled.
    """
    away = set(
        Officer.objects.filter(absences__from_at__lte=now, absences__until_at__gt=now).values_list(
            "pk", flat=True
        )
    )
    found: dict[int, list[tuple[Officer, bool]]] = {post_id: [] for post_id in post_ids}
    rows = sorted(
        tenures_now(now=now).filter(post__in=post_ids).exclude(officer=without).select_related("officer"),
        key=lambda tenure: (tenure.part != Tenure.Part.HOLDER, tenure.pk),
    )
    for tenure in rows:
        if tenure.officer_id not in away and not found[tenure.post_id]:
            found[tenure.post_id].append((tenure.officer, tenure.part == Tenure.Part.DEPUTY))
    return found


# Whom a ladder's role word means at a place, nearest first: its own posts of these roles, else those above it.
_ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "handler": (
        *(Role.HANDLER, Role.SECTION_HEAD, Role.LIAISON, Role.VICE_HEAD, Role.BUREAU_HEAD),
        Role.CLERK,
    ),
    "section_head": (Role.SECTION_HEAD, Role.LIAISON, Role.BUREAU_HEAD),
    "vice_head": (Role.VICE_HEAD,),
    "bureau_head": (Role.BUREAU_HEAD,),
    "director": (Role.DIRECTOR,),
}
# Who takes what nobody else can be found for: the district's office, and before it is staffed whoever is there.
_LAST_RESORT = (Role.CLERK, Role.DIRECTOR)
_WHOEVER = (*_LAST_RESORT, Role.BUREAU_HEAD, Role.VICE_HEAD, Role.LIAISON, Role.SECTION_HEAD, Role.HANDLER)


@dataclass(frozen=True)
class Recipient:
    """One officer to be told, and whether as acting deputy (代)."""

    officer_id: int
    post_id: int | None
    acting: bool = False


# Each open post of the wanted places with whoever answers for it: its present holder, else its acting deputy.
_ROLL = """
select distinct on (post.id, case when post.id is null then place.id end)
    place.id, place.path, post.id, post.role, tenure.officer_id, tenure.part, officer.name,
    (select max(id) from bureaus_calendarversion where district_id is null or district_id = %(district)s)
from bureaus_place place
left join bureaus_post post on post.place_id = place.id and post.closed_on is null
left join (bureaus_tenure tenure join bureaus_officer officer on officer.id = tenure.officer_id and officer.is_active)
    on tenure.post_id = post.id and tenure.from_on <= %(today)s
    and (tenure.until_on is null or tenure.until_on > %(today)s)
    and tenure.officer_id is distinct from %(without)s
    and not exists (select from bureaus_absence away
        where away.officer_id = tenure.officer_id and away.from_at <= %(now)s and away.until_at > %(now)s)
where {}
order by post.id, case when post.id is null then place.id end, tenure.part = 'deputy', tenure.id
"""
_OF_DISTRICT = _ROLL.format("place.id = %(district)s or place.district_id = %(district)s")
_OF_PATH = _ROLL.format("place.id = any(%(along)s::bigint[])")


class Roll:
    """Who answers for what in one district at one instant, read in one query and then asked without any.

    With `along` only of these places and those above them, which is all that one matter needs; `without` looks ahead,
    as if that officer's account were disabled. The duty roster is read when it is first asked. The one function that
    resolves recipients is `reach`.
    """

    def __init__(
        self, district_id: int, *, now: datetime, along: Iterable[Place] = (), without: int | None = None
    ) -> None:
        self.now = now
        self.path: dict[int, tuple[int, ...]] = {}
        self.at: dict[tuple[int, str], list[int]] = {}
        self.place_of: dict[int, int] = {}
        self.names: dict[int, str] = {}
        # The newest of the calendar there: who plans a chase needs both, and reads them at once.
        self.calendar_version: int | None = None
        self._present: dict[int, Recipient] = {}
        wanted = sorted({pk for place in along for pk in place.above_ids})
        with prepared(), connection.cursor() as cursor:
            cursor.execute(
                _OF_PATH if wanted else _OF_DISTRICT,
                {
                    "district": district_id,
                    "along": wanted,
                    "without": without,
                    "now": now,
                    "today": now.astimezone(SHANGHAI).date(),
                },
            )
            rows = cursor.fetchall()
        for place_id, path, post_id, role, officer_id, part, name, version in rows:
            self.calendar_version = version
            if place_id not in self.path:
                self.path[place_id] = tuple(int(part) for part in path.split("/") if part)
            if post_id is not None:
                self.at.setdefault((place_id, role), []).append(post_id)
                self.place_of[post_id] = place_id
            if officer_id is not None:
                self.names[officer_id] = name
                self._present[post_id] = Recipient(officer_id, post_id, acting=part == Tenure.Part.DEPUTY)

    @cached_property
    def on_duty(self) -> dict[int, list[int]]:
        """The officers of each place's duty roster at that instant, in order."""
        listed: dict[int, list[int]] = {}
        turns = DutyTurn.objects.filter(
            place__in=self.path, from_at__lte=self.now, until_at__gt=self.now, officer__is_active=True
        )
        for place_id, officer_id in turns.order_by("rank", "pk").values_list("place_id", "officer_id"):
            listed.setdefault(place_id, []).append(officer_id)
        return listed

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
        """The district's clerks and director; where there are none, the nearest who holds a post above or there."""
        root = self.path[place_id][0]
        if found := self._holders([post for role in _LAST_RESORT for post in self.at.get((root, role), [])]):
            return found
        for above in self.path[place_id][::-1]:
            for role in _WHOEVER:
                if found := self._holders(self.at.get((above, role), [])):
                    return found
        return ()

    def _holders(self, post_ids: list[int]) -> tuple[Recipient, ...]:
        return tuple(self._present[post_id] for post_id in post_ids if post_id in self._present)
