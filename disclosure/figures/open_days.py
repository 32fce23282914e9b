"""How an open day stands, by booth and in sum: each number as far as it is known; what was taken back is in none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Q
from django.db.models import Count as Rows
from django.db.models import Sum as Total
from django.db.models.aggregates import Aggregate
from django.utils.translation import gettext_lazy as _

from disclosure.models import (
    Booth,
    ContactCard,
    Count,
    Handout,
    HotIssue,
    Material,
    Measure,
    Reception,
    Sum,
    Supply,
    add_up,
)


class AnyRow(Aggregate):
    """Whether it holds of one row at least (bool_or)."""

    function = "bool_or"
    output_field = BooleanField()


@dataclass(frozen=True)
class Handed:
    """How much of a material was given away, and of how much that was brought; `brought` None is not written down."""

    material: Material
    given: Sum
    brought: int | None = None

    @property
    def left(self) -> int | None:
        """What should be left on the table; below nothing where more was given than was written down as brought."""
        given = self.given.known
        if self.brought is None or self.given.unknown or given.at_least:
            return None
        return self.brought - (given.value or 0)


@dataclass(frozen=True)
class Standing:
    """What a booth, or all of them, counted. A figure is None where nothing was written down of it.

    `people` (人) and `visits` (人次) are never added. `answered` are questions answered at once, `followed` those
    taken home to be answered; `asked_and_answered` of the former stand as inquiries; `issues` are 热点问题.
    """

    people: Sum | None = None
    visits: Sum | None = None
    answered: Sum | None = None
    followed: int = 0
    issues: Sum | None = None
    cards: int = 0
    handed: tuple[Handed, ...] = ()
    doubted: int = 0
    asked_and_answered: int = 0

    @property
    def taken_home(self) -> Count:
        """`followed` in its measure, as it is read."""
        return Count(self.followed, Measure.CASE)

    @property
    def cards_given(self) -> Count:
        """`cards` in its measure, as it is read."""
        return Count(self.cards, Measure.SHEET)

    @property
    def recorded(self) -> int:
        """Questions that stand as inquiries, answered at once or followed up."""
        return self.followed + self.asked_and_answered

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was written down."""
        known = (self.people, self.visits, self.answered, self.issues)
        return all(each is None for each in known) and not (self.followed or self.cards or self.handed)


FIGURES = {
    "people": _("people received"),
    "visits": _("visits received"),
    "answered": _("questions answered at once"),
    "followed": _("questions taken home to be answered"),
    "issues": _("hot issues collected"),
    "handed": _("handed out"),
    "cards": _("contact cards given out"),
}


def standing_of(booths: Sequence[Booth]) -> dict[int, Standing]:
    """How each booth stands. Five statements however many booths and rows."""
    ids = [booth.pk for booth in booths]
    found: dict[int, dict[str, Any]] = {pk: {} for pk in ids}
    _receptions(ids, found)
    _issues(ids, found)
    _handouts(ids, found)
    for booth_id, n in (
        ContactCard.objects.filter(booth__in=ids, taken_back_at=None)
        .values_list("booth_id")
        .annotate(n=Rows("pk"))
    ):
        found[booth_id]["cards"] = n
    return {pk: Standing(**fields) for pk, fields in found.items()}


def _sum(row: Mapping[str, Any], what: str, measure: Measure) -> Sum | None:
    """Of one group's aggregates; None where it holds nothing but noughts that say nothing of it."""
    unknown, known, more = row[f"{what}_unknown"], row[f"{what}_sum"], row[f"{what}_more"]
    if not unknown and not known and not more:
        return None
    value = None if known is None else int(known)
    # A sum that is nothing but noughts of the desk's other rows, beside a report that does not know, is not known.
    if unknown and not value:
        value, more = None, False
    return Sum(Count(value, measure, bool(more)), int(unknown))


def _of(what: str) -> dict[str, Aggregate]:
    return {
        f"{what}_sum": Total(f"{what}_value"),
        f"{what}_more": AnyRow(f"{what}_at_least"),
        f"{what}_unknown": Rows("pk", filter=Q(**{f"{what}_value": None})),
    }


def _receptions(ids: list[int], found: dict[int, dict[str, Any]]) -> None:
    rows = (
        Reception.objects.filter(booth__in=ids, taken_back_at=None)
        .values("booth_id", "people_measure")
        .annotate(
            **_of("people"),
            **_of("questions"),
            **_of("issues"),
            followed=Rows("pk", filter=Q(inquiry__isnull=False, questions_value=0)),
            asked=Rows("pk", filter=Q(inquiry__isnull=False, questions_value__gte=1)),
            doubted=Rows("pk", filter=Q(clock_doubted=True)),
        )
        .order_by("booth_id", "people_measure")
    )
    for row in rows:
        into = found[row["booth_id"]]
        name = "people" if row["people_measure"] == Measure.PERSON else "visits"
        into[name] = _sum(row, "people", Measure(row["people_measure"]))
        into["followed"] = into.get("followed", 0) + row["followed"]
        into["asked_and_answered"] = into.get("asked_and_answered", 0) + row["asked"]
        into["doubted"] = into.get("doubted", 0) + row["doubted"]
        for figure, what in (("answered", "questions"), ("issues", "issues")):
            into[figure] = _together([into.get(figure), _sum(row, what, Measure.CASE)], Measure.CASE)


def _issues(ids: list[int], found: dict[int, dict[str, Any]]) -> None:
    rows = (
        HotIssue.objects.filter(booth__in=ids, taken_back_at=None)
        .values_list("booth_id")
        .annotate(n=Rows("pk"))
    )
    for booth_id, n in rows:
        into = found[booth_id]
        into["issues"] = _together([into.get("issues"), Sum(Count(n, Measure.CASE))], Measure.CASE)


def _handouts(ids: list[int], found: dict[int, dict[str, Any]]) -> None:
    given = (
        Handout.objects.filter(booth__in=ids, taken_back_at=None)
        .values("booth_id", "material_id")
        .annotate(
            value_sum=Total("value"),
            value_more=AnyRow("at_least"),
            value_unknown=Rows("pk", filter=Q(value=None)),
        )
        .order_by("booth_id", "material_id")
    )
    brought = {
        (booth_id, material_id): n
        for booth_id, material_id, n in Supply.objects.filter(booth__in=ids, taken_back_at=None)
        .values_list("booth_id", "material_id")
        .annotate(n=Total("value"))
    }
    rows = {(row["booth_id"], row["material_id"]): row for row in given}
    keys = sorted({*rows, *brought})
    materials = Material.objects.in_bulk({material_id for _booth, material_id in keys}) if keys else {}
    for booth_id, material_id in keys:
        material = materials[material_id]
        measure = Measure(material.measure)
        row = rows.get((booth_id, material_id))
        total = (_sum(row, "value", measure) if row else None) or Sum(Count(0, measure))
        handed = Handed(material, total, brought.get((booth_id, material_id)))
        found[booth_id]["handed"] = (*found[booth_id].get("handed", ()), handed)


def _together(sums: Iterable[object], measure: Measure) -> Sum | None:
    """Sums of one measure as one; None where none is there."""
    there = [each for each in sums if isinstance(each, Sum)]
    if not there:
        return None
    known = add_up([each.known for each in there if each.known.value is not None], measure).known
    return Sum(known, sum(each.unknown for each in there))


def in_sum(standings: Iterable[Standing]) -> Standing:
    """All booths as one; people stay apart from visits, and each material keeps its measure."""
    there = list(standings)
    handed: dict[int, list[Handed]] = {}
    for standing in there:
        for each in standing.handed:
            handed.setdefault(each.material.pk, []).append(each)
    return Standing(
        people=_together((each.people for each in there), Measure.PERSON),
        visits=_together((each.visits for each in there), Measure.VISIT),
        answered=_together((each.answered for each in there), Measure.CASE),
        followed=sum(each.followed for each in there),
        issues=_together((each.issues for each in there), Measure.CASE),
        cards=sum(each.cards for each in there),
        handed=tuple(_one_material(each) for _key, each in sorted(handed.items())),
        doubted=sum(each.doubted for each in there),
        asked_and_answered=sum(each.asked_and_answered for each in there),
    )


def _one_material(each: list[Handed]) -> Handed:
    material = each[0].material
    given = _together((one.given for one in each), Measure(material.measure))
    brought = [one.brought for one in each if one.brought is not None]
    return Handed(
        material,
        given or Sum(Count(0, Measure(material.measure))),
        # What one booth did not write down is not nothing.
        sum(brought) if len(brought) == len(each) else None,
    )
