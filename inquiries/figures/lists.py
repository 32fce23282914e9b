"""Lists of inquiries for a reader, page by page; what changed since; what is found by words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, Prefetch, Q, QuerySet
from django.db.models.fields import TextField

from bureaus.models import Place
from bureaus.models.scope import Scope
from inquiries.models import Answer, Inquiry, Sight, Terms, Tombstone, Topic

# Filters that are a column and a comparison.
_COMPARED = {
    "state": "state__in",
    "kind": "kind__in",
    "urgency": "urgency__in",
    "channel": "channel__in",
    "outcome": "outcome__in",
    "reference": "reference",
    "external_number": "external_number",
    "asked_from": "asked_at__gte",
    "asked_before": "asked_at__lt",
    "recorded_from": "recorded_at__gte",
    "recorded_before": "recorded_at__lt",
    "answered_from": "answered_at__gte",
    "answered_before": "answered_at__lt",
    "due_before": "due_at__lt",
}


class NothingToFind(ValueError):
    """The words hold nothing that is kept: one Chinese character alone, or marks only."""


@dataclass(frozen=True)
class Wanted:
    """What was asked for: terms that are kept, and runs that must stand whole in the text."""

    terms: list[str]
    runs: list[str]


def words_of(text: str) -> Wanted:
    """The terms of the words, by the same definition as those kept. Raises NothingToFind."""
    with connection.cursor() as cursor:
        cursor.execute("select bida_terms(%s), array(select bida_runs(%s))", [text, text])
        terms, runs = cursor.fetchone() or ([], [])
    if not terms:
        raise NothingToFind
    # Two neighbours are a term; of a longer run the terms may stand apart, of one character there is none.
    return Wanted(list(terms), [run for run in runs if len(run) != 2])


def visible_inquiries(seen: Scope) -> QuerySet[Inquiry]:
    """What the reader sees, by the policy; a reader of few places is led there by Sight."""
    found = Inquiry.objects.all()
    if seen.district is not None:
        # All that its places see lies in the district; which of it, the policy says. An OR would hide the order of
        # the index from the planner.
        return found.filter(district=seen.district)
    return found.filter(pk__in=_by_sight(seen))


def seen_by(seen: Scope, found: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
    """What of these the reader sees, said without the policy, for the worker, which sees the whole district.

    A test holds that it is the same for every reader and every inquiry.
    """
    shown = Exists(_by_sight(seen).filter(inquiry_id=OuterRef("pk")))
    if seen.district is None:
        return found.filter(shown)
    return found.filter(Q(sealed=False, district=seen.district) | shown)


def _by_sight(seen: Scope) -> QuerySet[Sight, Any]:
    named = Q(officer=None) | Q(officer=seen.officer) if seen.officer is not None else Q(officer=None)
    return Sight.objects.filter(named, place__in=sorted(seen.places)).values("inquiry_id")


def of_caller(found: QuerySet[Inquiry], phone_hash: str) -> QuerySet[Inquiry]:
    """The inquiries of whoever has that telephone number, by its keyed hash."""
    return found.filter(citizen__phone_hash=phone_hash)


def filtered(found: QuerySet[Inquiry], asked: Mapping[str, Any], *, now: datetime) -> QuerySet[Inquiry]:
    """The inquiries that fit everything asked for. Raises NothingToFind."""
    found = found.filter(**{how: asked[name] for name, how in _COMPARED.items() if name in asked})
    if "answered" in asked:
        found = found.filter(answered_at__isnull=not asked["answered"])
    if "overdue" in asked:
        late = Q(answered_at=None, due_at__lte=now)
        found = found.filter(late if asked["overdue"] else ~late)
    if "bureau" in asked:
        places = Place.objects.filter(path__contains=f"/{asked['bureau']}/") | Place.objects.filter(
            pk=asked["bureau"]
        )
        found = found.filter(holder__in=list(places.values_list("pk", flat=True)))
    if "topic" in asked:
        found = found.filter(topic__in=topics_under(asked["topic"]))
    if "q" in asked:
        found = _with_words(found, words_of(asked["q"]))
    return found


def topics_under(topic_id: int) -> list[int]:
    """The topic and every topic below it."""
    below: dict[int | None, list[int]] = {}
    for pk, parent_id in Topic.objects.values_list("pk", "parent_id"):
        below.setdefault(parent_id, []).append(pk)
    found, waiting = [], [topic_id]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += below.get(one, [])
    return found


def _with_words(found: QuerySet[Inquiry], wanted: Wanted) -> QuerySet[Inquiry]:
    found = found.filter(pk__in=Terms.objects.filter(terms__contains=wanted.terms).values("inquiry_id"))
    for run in wanted.runs:
        answered = Answer.objects.filter(inquiry=OuterRef("pk")).annotate(plain=_plain("text"))
        found = found.annotate(plain=_plain("question")).filter(
            Q(plain__contains=run) | Exists(answered.filter(plain__contains=run))
        )
    return found


def _plain(column: str) -> Func:
    return Func(F(column), function="bida_plain", output_field=TextField())


def page_of(
    found: QuerySet[Inquiry], *, sort: str, after: tuple[Any, int] | None, limit: int
) -> tuple[list[Inquiry], bool]:
    """Up to `limit` inquiries by (column of `sort`, id) behind `after`, and whether there are more."""
    column, falling = sort.removeprefix("-"), sort.startswith("-")
    if after is not None:
        found = found.filter(_beyond(column, falling, after))
    minus = "-" if falling else ""
    # Keys first, along an index: joined before they are limited, all rows would be put together to show fifty.
    keys = list(found.order_by(f"{minus}{column}", f"{minus}pk").values_list("pk", flat=True)[: limit + 1])
    rows = Inquiry.objects.select_related(*SHOWN).in_bulk(keys[:limit])
    return [rows[pk] for pk in keys[:limit] if pk in rows], len(keys) > limit


def newest_of(found: QuerySet[Inquiry], *, before: int | None, limit: int) -> tuple[list[Inquiry], bool]:
    """Up to `limit` of the inquiries behind a figure with their `times`, ids below `before`; and if there are more.

    Keys first, as in page_of.
    """
    if before is not None:
        found = found.filter(pk__lt=before)
    keys = list(found.order_by("-pk").values_list("pk", flat=True)[: limit + 1])
    rows = Inquiry.objects.filter(pk__in=keys[:limit]).annotate(times=found.query.annotations["times"])
    return list(rows.select_related(*SHOWN).order_by("-pk")), len(keys) > limit


SHOWN = ("holder", "recorded_place", "topic", "citizen")


def answers_first() -> Prefetch[str, QuerySet[Answer], str]:
    """To be fetched with the inquiries: their answers, newest first, as they are shown."""
    return Prefetch("answers", queryset=Answer.objects.select_related("place").order_by("-round"))


def _beyond(column: str, falling: bool, after: tuple[Any, int]) -> Q:
    # The first condition is a step into the index, the second a filter among equals.
    value, pk = after
    step = "lt" if falling else "gt"
    return Q(**{f"{column}__{step}e": value}) & (Q(**{f"{column}__{step}": value}) | Q(**{f"pk__{step}": pk}))


class ChangesLost(ValueError):
    """The copy knows of changes that a restore has lost; it has to be made anew."""


@dataclass(frozen=True)
class Changes:
    """What a reader's copy lacks, in the order of the transactions that wrote it."""

    inquiries: list[Inquiry]
    gone: list[Tombstone]
    after: tuple[int, int, int, int]
    more: bool


def changes_since(seen: Scope, district_id: int, after: tuple[int, int, int, int], *, limit: int) -> Changes:
    """Changes of transactions below the horizon of this snapshot: none that is still open can add to them later.

    `after` holds transaction and id of the last inquiry and of the last tombstone that were read. Raises ChangesLost.
    """
    xid, pk, gone_xid, gone_pk = after
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select coalesce(max(base), 0) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
                coalesce(bool_or((restored < %(xid)s and %(xid)s < base) or (restored < %(gone)s and %(gone)s < base)),
                    false)
            from inquiries_changeera
            """,
            {"xid": xid, "gone": gone_xid},
        )
        horizon, lost = cursor.fetchone() or (0, False)
    # Nobody was given what the horizon has not passed: it was, before the database went back.
    if lost or max(xid, gone_xid) >= horizon:
        raise ChangesLost
    rows = list(
        visible_inquiries(seen)
        .filter(district=district_id, changed_xid__lt=horizon)
        .filter(Q(changed_xid__gte=xid) & (Q(changed_xid__gt=xid) | Q(pk__gt=pk)))
        .select_related(*SHOWN)
        .prefetch_related(answers_first())
        .order_by("changed_xid", "pk")[: limit + 1]
    )
    gone = list(
        Tombstone.objects.filter(district=district_id, changed_xid__lt=horizon)
        .filter(Q(changed_xid__gte=gone_xid) & (Q(changed_xid__gt=gone_xid) | Q(pk__gt=gone_pk)))
        .order_by("changed_xid", "pk")[: limit + 1]
    )
    more = len(rows) > limit or len(gone) > limit
    rows, gone = rows[:limit], gone[:limit]
    if rows:
        xid, pk = rows[-1].changed_xid, rows[-1].pk
    if gone:
        gone_xid, gone_pk = gone[-1].changed_xid, gone[-1].pk
    # Who still sees it by another place has lost nothing.
    still = set(
        Inquiry.objects.filter(pk__in=[each.inquiry_id for each in gone]).values_list("pk", flat=True)
    )
    lost = [each for each in gone if each.inquiry_id not in still]
    return Changes(rows, lost, (xid, pk, gone_xid, gone_pk), more)
