"""A booklet is put together from public items, remembers what it holds, and says what has changed since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Count as CountRows
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, holdings
from bureaus.letterhead import Official
from bureaus.models import Officer, Place
from bureaus.models.scope import WEB, scope
from bureaus.models.written import check_text
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date
from disclosure.checklist import ENTRIES
from disclosure.documents.booklet import Bound, paper_of_booklet
from disclosure.models import (
    Booklet,
    BookletEdition,
    BookletEntry,
    BookletPublication,
    Handout,
    ItemVersion,
    Material,
    Measure,
    PublicItem,
    Sum,
    add_up,
)
from disclosure.services.finding import hotlines_of, public_versions
from disclosure.services.items import lines_of, may_with
from disclosure.services.open_days import WrongMeasure, name_material
from disclosure.services.refusals import NeedsTitle
from inquiries.services.refusals import ChangedMeanwhile

# Headings count to ninety-nine, and nobody carries more.
MOST_ITEMS = 99
MEASURES = (Measure.BOOKLET, Measure.VOLUME)
_ORDER = [entry.code for entry in ENTRIES]
# Who put it together and published it, and as which material; the login of a portal of its own cannot read it either.
INSIDE = (
    "made_by",
    "booklet__material",
    "publication__published_by",
    "publication__withdrawn_by",
)


class NotYourBooklet(Refusal):
    sentence = _("A booklet is put together by who writes what its place publishes.")


class NotYoursToPublishIt(Refusal):
    sentence = _("A booklet is published and withdrawn by who publishes items of its place.")


class BookletPublicAlready(Refusal):
    sentence = _("This edition is public already. Put together a new one first.")


class BookletNotPublic(Refusal):
    sentence = _("This booklet is not public.")


class NothingBound(Refusal):
    sentence = _("Choose at least one item, and at most 99, of what is public at this place now.")
    field = "items"


class BookletTitleTaken(Refusal):
    sentence = _("Another booklet of the district has this title. Choose another title.")
    field = "title"


@dataclass(frozen=True)
class Changed:
    """An item of an edition that is no longer as it stands there; `now` None: it is public no more."""

    entry: BookletEntry
    now: PublicItem | None


def items_for(place: Place) -> list[PublicItem]:
    """What is public of the place and below it, in the order of the checklist."""
    rows = PublicItem.objects.filter(place__path__startswith=place.path).select_related("place")
    return sorted(rows, key=lambda row: (_ORDER.index(row.kind), row.place.path, row.title))


def make_booklet(
    *, place: Place, title: str, measure: str, items: Collection[int], by: Officer, now: datetime
) -> BookletEdition:
    """The first edition of a new booklet, which is a material of the district from now on.

    Raises NotYourBooklet, NeedsTitle, TooLong, NotPlainText, WrongMeasure, NothingBound, BookletTitleTaken.
    """
    _check_may(by, place, now=now)
    title = title.strip()
    if not title:
        raise NeedsTitle(field="title")
    check_text(title, field="title", most=120)
    if measure not in MEASURES:
        raise WrongMeasure
    chosen = _chosen(place, items)
    material = name_material(
        district=Place.objects.get(pk=place.root_id),
        kind=Material.Kind.HANDBOOK,
        name=title,
        measure=Measure(measure),
    )
    try:
        with transaction.atomic():
            booklet = Booklet.objects.create(
                district_id=place.root_id, place=place, title=title, material=material
            )
    except IntegrityError as taken:
        raise BookletTitleTaken from taken
    return _bind(booklet, 1, chosen, by=by, now=now)


def make_edition(
    booklet_id: int, *, items: Collection[int], seen: int, by: Officer, now: datetime
) -> BookletEdition:
    """The next edition, each item as it is public now; `seen` is the number of the last one.

    Raises NotYourBooklet, NothingBound, ChangedMeanwhile.
    """
    booklet = Booklet.objects.select_related("place").get(pk=booklet_id)
    _check_may(by, booklet.place, now=now)
    last = booklet.editions.order_by("-number").values_list("number", flat=True).first() or 0
    if last != seen:
        raise ChangedMeanwhile
    chosen = _chosen(booklet.place, items)
    try:
        with transaction.atomic():
            return _bind(booklet, last + 1, chosen, by=by, now=now)
    except IntegrityError as faster:
        raise ChangedMeanwhile from faster


def publish_booklet(booklet_id: int, *, seen: int, by: Officer, now: datetime) -> BookletPublication:
    """Everybody reads the last edition, whose number is `seen`, in place of the one that was public before.

    Raises NotYoursToPublishIt, ChangedMeanwhile, BookletPublicAlready.
    """
    booklet = _to_publish(booklet_id, by=by, now=now)
    last = booklet.editions.order_by("-number")[0]
    if last.number != seen:
        raise ChangedMeanwhile
    if BookletPublication.objects.filter(edition=last).exists():
        raise BookletPublicAlready
    try:
        with transaction.atomic():
            BookletPublication.objects.filter(booklet=booklet, withdrawn_at=None).update(
                withdrawn_at=now, withdrawn_by=by
            )
            return BookletPublication.objects.create(
                edition=last, booklet=booklet, published_at=now, published_by=by
            )
    except IntegrityError as faster:
        raise ChangedMeanwhile from faster


def withdraw_booklet(booklet_id: int, *, by: Officer, now: datetime) -> None:
    """Nobody reads it without signing in any more. Raises NotYoursToPublishIt, BookletNotPublic."""
    booklet = _to_publish(booklet_id, by=by, now=now)
    rows = BookletPublication.objects.filter(booklet=booklet, withdrawn_at=None)
    if not rows.update(withdrawn_at=now, withdrawn_by=by):
        raise BookletNotPublic


def _to_publish(booklet_id: int, *, by: Officer, now: datetime) -> Booklet:
    booklet = Booklet.objects.select_related("place").get(pk=booklet_id)
    if not may_with(holdings(by, now=now), Act.PUBLISH_ITEM, booklet.place):
        raise NotYoursToPublishIt
    return booklet


def _reading(district_id: int) -> AbstractContextManager[None]:
    """Booklets are of their place's own officers until it shows what is published of them.

    Outside row-level security shows that, and no more, to a login that has no scope.
    """
    return nullcontext() if settings.OUTSIDE else scope(role=WEB, district=district_id)


def public_editions(district: Place) -> list[BookletEdition]:
    """The editions that everybody may read, by place and title."""
    with _reading(district.pk):
        rows = BookletEdition.objects.filter(
            booklet__district=district, publication__isnull=False, publication__withdrawn_at=None
        )
        return list(
            rows.select_related("booklet__place", "publication")
            .defer(*INSIDE)
            .order_by("booklet__place__path", "booklet__title")
        )


def public_items(edition: BookletEdition) -> tuple[list[PublicItem], list[PublicItem]]:
    """What everybody reads in a public edition: what is published still as it stands there; what was published anew.

    What is public no more is in neither.
    """
    with _reading(edition.booklet.district_id):
        order = dict(edition.entries.values_list("version_id", "position"))
        with connection.cursor() as cursor:
            cursor.execute("select bida_published_anew(%s)", [edition.pk])
            anew = [pk for (pk,) in cursor.fetchall()]
    standing = public_versions().filter(current__in=list(order))
    now = PublicItem.objects.in_bulk(anew)
    return (
        sorted(standing, key=lambda row: order[row.current_id]),
        [now[pk] for pk in anew if pk in now],
    )


def entries_of(edition: BookletEdition) -> list[BookletEntry]:
    """What it holds, in its order, in one query."""
    rows = edition.entries.select_related("version__item__place")
    return list(rows.order_by("position"))


def changed_since(entries: Sequence[BookletEntry]) -> list[Changed]:
    """Those that are published in another version by now, or no longer, in one query."""
    now = {
        row.pk: row
        for row in PublicItem.objects.filter(item__in=[entry.version.item_id for entry in entries])
    }
    found = [Changed(entry, now.get(entry.version.item_id)) for entry in entries]
    return [each for each in found if each.now is None or each.now.current_id != each.entry.version_id]


def newest_of(places: Collection[Place]) -> list[tuple[BookletEdition, int]]:
    """The last edition of each booklet of these places, and how many of its items have changed since. Two queries."""
    last = BookletEdition.objects.filter(booklet=OuterRef("booklet")).order_by("-number").values("pk")[:1]
    rows = list(
        BookletEdition.objects.filter(booklet__place__in=places, pk=Subquery(last))
        .select_related("booklet__place", "made_by")
        .order_by("booklet__place__path", "booklet__title")
    )
    still = PublicItem.objects.filter(current=OuterRef("version"))
    stale = dict(
        BookletEntry.objects.filter(~Exists(still), edition__in=rows)
        .order_by()
        .values("edition")
        .annotate(n=CountRows("pk"))
        .values_list("edition", "n")
    )
    return [(row, stale.get(row.pk, 0)) for row in rows]


def handed_out(booklet: Booklet) -> Sum:
    """How many were given away at booths, as the reader sees it."""
    measure = Measure(booklet.material.measure)
    rows = Handout.objects.filter(material=booklet.material_id, taken_back_at=None).select_related("material")
    return add_up([row.count for row in rows], measure)


def paper_of(edition: BookletEdition, entries: Sequence[BookletEntry]) -> Official:
    """The edition as a paper. Its items are those of its day; the hotlines are those of today. Two queries."""
    versions = [entry.version for entry in entries]
    return _paper(edition, [_bound(each, each.item.place, each.item.kind) for each in versions])


def public_paper_of(edition: BookletEdition, items: Sequence[PublicItem]) -> Official:
    """The same of what everybody reads in it."""
    return _paper(edition, [_bound(row.current, row.place, row.kind) for row in items])


def _bound(version: ItemVersion, place: Place, kind: str) -> Bound:
    lines = lines_of(version.body).splitlines()
    return Bound(version, place, kind, local_date(version.published_at), lines)


def _paper(edition: BookletEdition, bound: Sequence[Bound]) -> Official:
    root = edition.booklet.place.root_id
    keys = {pk for each in bound for pk in each.place.above_ids} - {root}
    places = Place.objects.standing().filter(pk__in=keys | {edition.booklet.place_id})
    return paper_of_booklet(edition, bound, hotlines_of(list(places)))


def _check_may(by: Officer, place: Place, *, now: datetime) -> None:
    if not may_with(holdings(by, now=now), Act.WRITE_ITEM, place):
        raise NotYourBooklet


def _chosen(place: Place, items: Collection[int]) -> list[PublicItem]:
    wanted = set(items)
    chosen = [row for row in items_for(place) if row.pk in wanted]
    if not 1 <= len(chosen) <= MOST_ITEMS or len(chosen) < len(wanted):
        raise NothingBound
    return chosen


def _bind(
    booklet: Booklet, number: int, chosen: Sequence[PublicItem], *, by: Officer, now: datetime
) -> BookletEdition:
    edition = BookletEdition.objects.create(booklet=booklet, number=number, made_by=by, made_at=now)
    BookletEntry.objects.bulk_create(
        BookletEntry(edition=edition, position=position, version_id=row.current_id)
        for position, row in enumerate(chosen, start=1)
    )
    return edition
