"""What is owed now, as a page of a list."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import connection
from django.db.models import BooleanField, Count, F, FilteredRelation, Q, QuerySet
from django.db.models.expressions import RawSQL

from bureaus.models import Place
from bureaus.models.prepared import prepared
from bureaus.models.scope import Scope
from bureaus.workdays import DAY, Calendar, local_date, midnight
from inquiries.figures.lists import Wanted
from inquiries.models import Answer, Draft, Duty, Inquiry, Pen, Rating
from inquiries.models.duty import DutyKind

PAGE = 50
# Working days left of what is due soon.
SOON = 3


class BadCursor(ValueError):
    """The cursor was made for another list, another reader, or by somebody else."""


@dataclass(frozen=True)
class Owed:
    """One page of the open inquiries of some places, earliest due first, and the cursor of the next page."""

    inquiries: list[Inquiry]
    pens: dict[int, Pen]
    following: str


# The partial index of open sights is in this order for each place, so that each gives its first rows however many it
# has. Of each its inquiry is looked up by its id: row-level security is asked of as many rows as are shown.
_PAGE = """
select first.inquiry_id
from unnest(%s::bigint[]) as wanted (place_id), lateral (
    select sight.inquiry_id, sight.rank, sight.due_at
    from inquiries_sight sight, lateral (
        select * from inquiries_inquiry where id = sight.inquiry_id offset 0
    ) held
    where sight.place_id = wanted.place_id and sight.open and sight.reason in ('holds', 'reads')
        and (sight.officer_id is null or sight.officer_id = %s)
        and (sight.rank, sight.due_at, sight.inquiry_id) > (%s, %s, %s)
        and held.holder_id = wanted.place_id and held.merged_into_id is null
        {}
    order by sight.rank, sight.due_at, sight.inquiry_id limit %s
) first
order by first.rank, first.due_at, first.inquiry_id limit %s
"""
RANK = {"critical": 0, "urgent": 1, "ordinary": 2}
_BEFORE_ALL = (-1, "-infinity", 0)


_TERMS = "select from inquiries_terms words where words.inquiry_id = held.id and words.terms @> %s::text[]"
_PEN = "select from inquiries_pen pen where pen.inquiry_id = held.id and pen.until_at is null"
# What narrows the list, each with the parameter it takes.
_NARROWED = {
    "kind": "and held.kind = %s",
    "urgency": "and held.urgency = %s",
    "state": "and held.state = %s",
    "topics": "and held.topic_id = any(%s::bigint[])",
    "post": "and held.post_id = %s",
    "due_after": "and sight.due_at > %s",
    "due_until": "and sight.due_at <= %s",
    "part": f"and exists ({_PEN} and pen.part = %s)",
    "without_parts": f"and not exists ({_PEN} and pen.part = any(%s::text[]))",
    "terms": f"and exists ({_TERMS})",
    "run": "and position(%s in bida_plain(held.question)) > 0",
}
# Who holds the pen of what waits for somebody else, as long as it is not due today.
WAITED_FOR = ("citizen", "approver")


@dataclass(frozen=True)
class Narrowed:
    """What of all that is owed the reader wants to see; as it stands, everything."""

    kind: str = ""
    urgency: str = ""
    state: str = ""
    # With all below them.
    topics: tuple[int, ...] = ()
    post: int | None = None
    # The name of the group whose bounds are these: later than the one, and not later than the other.
    group: str = ""
    due_after: datetime | None = None
    due_until: datetime | None = None
    # Where the pen lies, and where not.
    part: str = ""
    without_parts: tuple[str, ...] = ()
    words: Wanted | None = None

    def conditions(self) -> list[tuple[str, Any]]:
        """Each condition of the list by its name, with its parameter."""
        found: list[tuple[str, Any]] = [
            (name, list(value) if isinstance(value, tuple) else value)
            for name in _NARROWED
            if (value := getattr(self, name, None))
        ]
        if self.words is not None:
            found.append(("terms", self.words.terms))
            found += [("run", run) for run in self.words.runs]
        return found

    def named(self) -> str:
        """Stands for the conditions in a cursor. That a group's bounds move on with the clock makes no other list."""
        same = [(name, value) for name, value in self.conditions() if not isinstance(value, datetime)]
        return f"{same} {self.group}"

    def of_duties(self, duties: QuerySet[Duty]) -> QuerySet[Duty]:
        """The duties that fit: by the inquiry they are about, by their own due, post and words."""
        if self.part or self.state:
            return duties.none()
        same = {"kind": "inquiry__kind", "urgency": "inquiry__urgency", "topics": "inquiry__topic__in"}
        own = {"post": "post", "due_after": "due_at__gt", "due_until": "due_at__lte"}
        wanted = {how: value for name, how in (same | own).items() if (value := getattr(self, name))}
        if self.words is not None:
            about = RawSQL(
                "select inquiry_id from inquiries_terms where terms @> %s::text[]", [self.words.terms]
            )
            # Through the inquiry, so by its policy: who holds a redacted copy is not told which words the sealed has.
            duties = duties.filter(inquiry__in=Inquiry.objects.filter(pk__in=about))
        return duties.filter(**wanted)


EVERYTHING = Narrowed()


# Before this no office opens: what falls due earlier tomorrow, as a critical matter may, has to be done today.
OPENS = timedelta(hours=8)


def end_of_today(now: datetime) -> datetime:
    """Until when what falls due is due today."""
    return midnight(local_date(now) + DAY) + OPENS


def narrowed_to_group(group: str, *, now: datetime, calendar: Calendar) -> dict[str, Any]:
    """What makes one group of the list of today, by the same bounds as `urgency_of`."""
    tomorrow = end_of_today(now)
    if group == "overdue":
        return {"group": group, "due_until": now}
    if group == "today":
        return {"group": group, "due_after": now, "due_until": tomorrow}
    if group in WAITED_FOR:
        return {"group": group, "due_after": tomorrow, "part": group}
    last = local_date(now)
    while calendar.working_days_between(local_date(now), last + DAY) <= SOON:
        last += DAY
    bounds = {"soon": (tomorrow, midnight(last + DAY)), "later": (midnight(last + DAY), None)}[group]
    return {"group": group, "due_after": bounds[0], "due_until": bounds[1], "without_parts": WAITED_FOR}


@dataclass(frozen=True)
class View:
    """A saved view as its reader sees it; `place` names whom it is shared with, and is "" where it is hers alone."""

    pk: int
    name: str
    filters: dict[str, str]
    place: str
    place_id: int | None
    owner: int
    starts: bool


@dataclass(frozen=True)
class Offered:
    """What the list of today may be narrowed by: each with its id and its words, in order."""

    topics: list[tuple[int, str]]
    places: list[tuple[int, str]]
    posts: list[tuple[int, str]]
    paths: dict[int, str]
    parents: dict[int, int | None]
    views: list[View]

    @property
    def start(self) -> View | None:
        """The view that the reader's list begins with."""
        return next((view for view in self.views if view.starts), None)

    def places_under(self, place_id: int) -> list[int]:
        """The place and every place below it that the reader sees."""
        return sorted(pk for pk, path in self.paths.items() if path.startswith(self.paths[place_id]))

    def topics_under(self, topic_id: int) -> tuple[int, ...]:
        """The topic and every topic below it."""
        found = [topic_id]
        for one in found:
            found += [pk for pk, parent in self.parents.items() if parent == one]
        return tuple(found)


_OFFERED = """
select 'view', v.id, v.name, jsonb_build_object('filters', v.filters, 'owner', v.owner_id,
    'starts', s.officer_id is not null, 'place', place.name)::text, '', v.place_id
from inquiries_savedview v left join inquiries_startview s on s.view_id = v.id and s.officer_id = %(officer)s
left join bureaus_place place on place.id = v.place_id
where (v.place_id is null and v.owner_id = %(officer)s) or v.place_id = any(%(above)s::bigint[])
union all
select 'topic', id, name, '', '', parent_id from inquiries_topic where district_id = %(district)s
union all
select 'place', id, name, path, kind, null from bureaus_place where id = any(%(places)s::bigint[])
union all
select 'post', post.id, place.name || ' ' || post.title, place.path, '', null
from bureaus_post post join bureaus_place place on place.id = post.place_id
where post.place_id = any(%(places)s::bigint[]) and post.closed_on is null and %(by_post)s
order by 1, 4, 3, 2
"""
# What the district's office narrows its list by; a bureau's sections and people are for the bureau.
_OF_DISTRICT = (Place.Kind.BUREAU, Place.Kind.UNIT)


def offered_to(seen: Scope, *, district: int, above: Collection[int]) -> Offered:
    """Topics, places, posts and views that the reader may choose among, in one query.

    `above` are the places of the reader's posts and those above them: what is shared with one of them is shared with
    her.
    """
    offered = Offered([], [], [], {}, {}, [])
    asked: dict[str, Any] = {
        "district": district,
        "places": sorted(seen.places),
        "by_post": seen.district is None,
        "officer": seen.officer,
        "above": sorted(above),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OFFERED, asked)
        for what, pk, name, path, kind, parent in cursor.fetchall():
            if what == "topic":
                offered.topics.append((pk, name))
                offered.parents[pk] = parent
            elif what == "view":
                offered.views.append(View(pk=pk, name=name, place_id=parent, **_view(path)))
            elif what == "post":
                offered.posts.append((pk, name))
            else:
                offered.paths[pk] = path
                if seen.district is None or kind in _OF_DISTRICT:
                    offered.places.append((pk, name))
    offered.views.sort(key=lambda view: (view.place_id is not None, view.name))
    return offered


def _view(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found | {"place": found["place"] or ""}


def _place_in_list(inquiry: Inquiry) -> tuple[int, datetime, int]:
    return RANK[inquiry.urgency], inquiry.due_at, inquiry.pk


def owed_by_places(
    places: Collection[int],
    *,
    reader: int,
    after: str = "",
    narrowed: Narrowed = EVERYTHING,
    limit: int = PAGE,
) -> Owed:
    """Open inquiries held by the places, by (urgency, due_at, id), from the cursor on; riders are chased through
    their lead.

    Raises BadCursor. One query, and the same time however many rows there are; narrowed to few among many it looks at
    the many.
    """
    conditions = narrowed.conditions()
    filters = f"{sorted(places)}|{narrowed.named()}|{reader}"
    last = _BEFORE_ALL
    if after:
        try:
            last = signing.loads(after, salt=filters)
        except (signing.BadSignature, ValueError) as wrong:
            raise BadCursor from wrong
    wanted = [list(places), reader, *last, *(value for _name, value in conditions), limit + 1, limit + 1]
    # Constants put together; what varies are their parameters. As an array the rows are found by their ids, in whatever
    # order the planner would like to join them, and row-level security looks at those alone.
    page = RawSQL(
        '"inquiries_inquiry"."id" = any(array('
        + _PAGE.format("\n        ".join(_NARROWED[name] for name, _value in conditions))
        + "))",
        wanted,
        output_field=BooleanField(),
    )
    # As the list begins it is read along the same index for everybody; narrowed, its best plan depends on the values.
    with prepared() if narrowed == EVERYTHING else nullcontext():
        found = sorted(
            Inquiry.objects.annotate(open_pen=FilteredRelation("pens", condition=Q(pens__until_at=None)))
            # The stubs know no relation that an annotation brings.
            .select_related("holder", "post", "topic", "citizen", "open_pen__place", "open_pen__post")  # type: ignore[misc]
            .filter(page),
            key=_place_in_list,
        )
    following = ""
    if len(found) > limit:
        found = found[:limit]
        rank, due_at, pk = _place_in_list(found[-1])
        following = signing.dumps([rank, due_at.isoformat(), pk], salt=filters)
    pens: dict[int, Pen] = {pen.inquiry_id: pen for row in found if (pen := getattr(row, "open_pen", None))}
    return Owed(found, pens, following)


def ids_owed_by_places(
    places: Collection[int], *, reader: int, narrowed: Narrowed = EVERYTHING, most: int
) -> list[int]:
    """The ids of all that `owed_by_places` shows page by page, in its order, `most` of them at most. One query."""
    conditions = narrowed.conditions()
    wanted: list[Any] = [
        list(places),
        reader,
        *_BEFORE_ALL,
        *(value for _name, value in conditions),
        most,
        most,
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _PAGE.format("\n        ".join(_NARROWED[name] for name, _value in conditions)), wanted
        )
        return [pk for (pk,) in cursor.fetchall()]


def statement_owed(
    places: Collection[int], *, reader: int, due_until: datetime, most: int
) -> tuple[str, list[Any]]:
    """The statement of the ids that `owed_by_places` shows first, as far as due by then, and its parameters."""
    statement = _PAGE.format(_NARROWED["due_until"])
    return statement, [list(places), reader, *_BEFORE_ALL, due_until, most, most]


@dataclass(frozen=True)
class OwedDuties:
    """One page of open duties, earliest due first, and the cursor of the next page."""

    duties: list[Duty]
    following: str


def duties_of_places(
    places: Collection[int],
    *,
    reader: int,
    narrowed: Narrowed = EVERYTHING,
    kinds: Collection[str] = (),
    after: str = "",
    limit: int = PAGE,
) -> OwedDuties:
    """Open duties of the places, of all kinds or these, by (due_at, id), from the cursor on. Signing for an inquiry
    shows on the inquiry itself.

    Raises BadCursor. One query.
    """
    found = narrowed.of_duties(Duty.objects.open()).filter(place__in=places).exclude(kind=DutyKind.SIGN_FOR)
    if kinds:
        found = found.filter(kind__in=kinds)
    return _page_of_duties(
        found.select_related("inquiry", "place", "post", "asked_place"),
        salt=f"{sorted(places)}|{sorted(kinds)}|{narrowed.named()}|{reader}",
        after=after,
        limit=limit,
    )


def owed_duties(
    places: Collection[int], kinds: Collection[str], *, reader: int, after: str = "", limit: int = PAGE
) -> OwedDuties:
    """Open duties of these kinds on inquiries, owed by the places, by (due_at, id), from the cursor on.

    Raises BadCursor. One query.
    """
    found = Duty.objects.open().filter(place__in=places, kind__in=kinds, inquiry__isnull=False)
    page = _page_of_duties(
        found.select_related(
            *("inquiry__holder", "inquiry__topic", "inquiry__citizen", "place", "asked_place")
        ),
        salt=f"{sorted(places)}|{sorted(kinds)}|{reader}",
        after=after,
        limit=limit,
    )
    # What the reader does not see of a duty's inquiry the policy leaves out of the row.
    return OwedDuties([duty for duty in page.duties if duty.inquiry is not None], page.following)


def _page_of_duties(found: QuerySet[Duty], *, salt: str, after: str, limit: int) -> OwedDuties:
    if after:
        try:
            due_at, pk = signing.loads(after, salt=salt)
        except (signing.BadSignature, ValueError) as wrong:
            raise BadCursor from wrong
        found = found.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=pk))
    shown = list(found.order_by("due_at", "pk")[: limit + 1])
    following = ""
    if len(shown) > limit:
        shown = shown[:limit]
        following = signing.dumps([shown[-1].due_at.isoformat(), shown[-1].pk], salt=salt)
    return OwedDuties(shown, following)


def dispatches_of(inquiries: Collection[Inquiry]) -> dict[int, Duty]:
    """The open duty to dispatch each of these, with the place that sent it back and why, in one query."""
    duties = Duty.objects.open().filter(inquiry__in=inquiries, kind=DutyKind.DISPATCH)
    return {duty.inquiry_id: duty for duty in duties.select_related("asked_place") if duty.inquiry_id}


def drafts_of(duties: Collection[Duty]) -> dict[int, Draft]:
    """The draft that waits on each inquiry of these duties, in one query."""
    drafts = Draft.objects.filter(inquiry__in=[duty.inquiry_id for duty in duties], decided_at=None)
    return {draft.inquiry_id: draft for draft in drafts.select_related("drafted_by")}


def answers_of(duties: Collection[Duty]) -> dict[int, Answer]:
    """The answer that stands on each inquiry of these duties, in one query."""
    answers = Answer.objects.filter(
        inquiry__in=[duty.inquiry_id for duty in duties], round=F("inquiry__round")
    )
    return {answer.inquiry_id: answer for answer in answers.select_related("place")}


def attempts_of(duties: Collection[Duty]) -> dict[int, int]:
    """How often the citizen of each was called back in vain about the answer that stands, in one query."""
    ratings = Rating.objects.filter(
        inquiry__in=[duty.inquiry_id for duty in duties], round=F("inquiry__round"), reached=False
    )
    return dict(ratings.values_list("inquiry_id").annotate(Count("pk")).order_by())


def urgency_of(due_at: datetime, *, now: datetime, calendar: Calendar) -> str:
    """overdue, today, soon (within three working days) or later: what colour, word and shape say."""
    if now >= due_at:
        return "overdue"
    if due_at <= end_of_today(now):
        return "today"
    due_on = local_date(due_at - timedelta(microseconds=1))
    return "soon" if calendar.working_days_between(local_date(now), due_on) <= SOON else "later"
