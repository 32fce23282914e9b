"""A count or a rate: one definition, one reading, and the list of the inquiries behind every number of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from bureaus.workdays import Calendar, midnight
from inquiries.figures.asking import DAY, DIMENSIONS, CannotAsk, Period, Query, TooManyCells
from inquiries.figures.measured import Cell, Measured, Reading
from inquiries.figures.reading import OPEN_SET, instants, restrictions, roots, standing, sums
from inquiries.models import Inquiry

# What of a rate is opened: its numerator, or what it is of.
PARTS = ("n", "of")
# A list of more inquiries than this is none.
MOST_LISTED = 100_000
# A table of more is a list of inquiries by another name, and one answer of tens of megabytes.
MOST_CELLS = 50_000


@dataclass(frozen=True, slots=True)
class Share:
    """Measures that are added, and those taken off again: `n`, and for a rate what it is `of`."""

    n: tuple[str, ...]
    less: tuple[str, ...] = ()
    of: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        return (*self.n, *self.less, *self.of)


@dataclass(frozen=True, slots=True)
class Definition:
    """In words, for the one who reads the number; docs/figures.md says the same."""

    numerator: Promise | str
    denominator: Promise | str
    attribution: Promise | str
    dated_by: Promise | str
    excludes: Promise | str


@dataclass(frozen=True, slots=True)
class _Sums:
    """What several figures are read from: of each period, by its number, and group the sum of every measure."""

    measures: tuple[str, ...]
    # Of each span its own number, and where it is compared those of the two before.
    numbers: Mapping[Period, tuple[int, ...]]
    added: Mapping[tuple[int, tuple[Any, ...]], list[int]]


@dataclass(frozen=True, slots=True)
class Figure:
    """Its parts on each basis, and what they mean. `unit` is count or rate."""

    code: str
    label: Promise | str
    shares: Mapping[str, Share]
    definition: Definition
    group: str = "counts"

    @property
    def unit(self) -> str:
        return "rate" if any(share.of for share in self.shares.values()) else "count"

    @property
    def bases(self) -> tuple[str, ...]:
        return tuple(self.shares)

    def basis_of(self, query: Query) -> str:
        """The basis asked for, or the figure's first. Raises CannotAsk."""
        basis = query.basis or self.bases[0]
        if basis not in self.shares:
            raise CannotAsk("basis", _("This figure is not counted on that basis."))
        return basis

    def read(
        self,
        query: Query,
        *,
        now: datetime,
        calendar: Calendar,
        fold: Fold | None = None,
        compared: bool = True,
    ) -> Reading:
        """The figure as it is now, exact, in one statement, as `read_together` reads it. Raises CannotAsk, TooWide."""
        return read_together((self,), query, now=now, calendar=calendar, fold=fold, compared=compared)[
            self.code
        ]

    def _marks(self, basis: str) -> tuple[str, ...]:
        """What counts the imported and the provisional of it."""
        if basis == "happened" and self.shares[basis].n == ("recorded",):
            return ("recorded_imported", "recorded_provisional")
        return ("asked_imported", "asked_provisional") if basis == "cohort" else ()

    def _measures(self, basis: str) -> tuple[str, ...]:
        return (*self.shares[basis].measures, *self._marks(basis))

    def _reading(self, query: Query, basis: str, read: _Sums) -> Reading:
        share = self.shares[basis]
        n, less, of, marks = (
            [read.measures.index(measure) for measure in part]
            for part in (share.n, share.less, share.of, self._marks(basis))
        )
        own = [*n, *less, *of, *marks]

        def measured(no: int, keys: tuple[Any, ...]) -> Measured:
            found = read.added.get((no, keys)) or [0] * len(read.measures)
            return Measured(
                sum(found[at] for at in n) - sum(found[at] for at in less),
                sum(found[at] for at in of) if of else None,
                *(found[at] for at in marks),
            )

        def cell(span: Period, keys: tuple[Any, ...], label: tuple[Any, ...] = ()) -> Cell:
            return Cell((*keys, *label), *(measured(no, keys) for no in read.numbers[span]))

        spans = query.period.split(query.interval) if query.interval else []
        groups = sorted(
            {
                keys
                for (_no, keys), counted in read.added.items()
                if len(keys) == len(query.group_by) and any(counted[at] for at in own)
            },
            key=lambda keys: tuple((part is None, str(part)) for part in keys),
        ) or ([()] if not query.group_by else [])
        if len(groups) * len(spans or [0]) > MOST_CELLS:
            raise TooManyCells
        if spans:
            cells = [cell(span, keys, (span.first_on.isoformat(),)) for keys in groups for span in spans]
        else:
            cells = [cell(query.period, keys) for keys in groups] if query.group_by else []
        return Reading(
            figure=self.code,
            basis=basis,
            period=query.period,
            previous=query.period.previous,
            year_earlier=query.period.year_earlier,
            group_by=query.group_by,
            interval=query.interval,
            total=cell(query.period, ()),
            cells=tuple(cells),
        )

    def inquiries(
        self,
        query: Query,
        *,
        now: datetime,
        calendar: Calendar,
        keys: tuple[Any, ...] = (),
        counted: str = "n",
    ) -> QuerySet[Inquiry]:
        """The inquiries behind the number, or behind the cell with these keys, as far as the scope sees them.

        Each has `times`, how often it counts; together they are `n`, or where `counted` says so what a rate is `of`.
        A sealed one shows to its named readers alone. Raises CannotAsk.
        """
        basis = self.basis_of(query)
        share = self.shares[basis]
        if counted == "of" and not share.of:
            raise CannotAsk("counted", _("Only a rate is of something."))
        more, less = (share.of, ()) if counted == "of" else (share.n, share.less)
        if basis == "cohort" and "officer_id" in query.dimensions:
            raise CannotAsk("group_by", _("By officer only what happened is counted."))
        span, cell_where, cell_values = condition_of_cell(query, keys)
        where, values = restrictions(query, now=now)
        values |= cell_values | instants(now, calendar)
        values |= {
            "begins": midnight(span.first_on),
            "ends": midnight(span.last_on + DAY),
            "more": list(more),
            "less": list(less),
        }
        where += cell_where
        if basis != "now":
            where += " and at >= %(begins)s and at < %(ends)s"
        parts = [
            f"select inquiry_id, 1 as n from inquiries_cohort where open and {OPEN_SET[measure]} and {where}"
            for measure in more
            if measure in OPEN_SET
        ]
        if len(parts) < len(more):
            parts.append(
                f"""select inquiry_id, (select count(*) filter (where w = any (%(more)s::text[]))
                    - count(*) filter (where w = any (%(less)s::text[])) from unnest(counted) w) as n
                from inquiries_{basis} where counted && %(more)s::text[] and {where}"""
            )
        rows = " union all ".join(parts)
        # The same rows of one inquiry: said in each part, or every row is looked at for each inquiry shown.
        of_one = " union all ".join(f"{part} and inquiry_id = inquiries_inquiry.id" for part in parts)
        behind = raw(f"select inquiry_id from ({rows}) c group by 1 having sum(n) > 0", values)
        times = raw(f"(select sum(n) from ({of_one}) c)", values)
        return Inquiry.objects.filter(pk__in=behind).annotate(times=times).order_by("-asked_at", "pk")


def listed(rows: Iterable[tuple[int, int]]) -> QuerySet[Inquiry]:
    """These inquiries as far as the scope sees them, newest first, each with `times`, how often it counts."""
    times = {str(pk): n for pk, n in rows}
    often = RawSQL(
        "(%s::jsonb ->> inquiries_inquiry.id::text)::int", [json.dumps(times)], output_field=IntegerField()
    )
    return Inquiry.objects.filter(pk__in=[int(pk) for pk in times]).annotate(times=often).order_by("-pk")


def raw(statement: str, values: dict[str, Any]) -> RawSQL:
    """The statement with its named parameters in the order Django wants them."""
    names: list[str] = []

    def take(match: re.Match[str]) -> str:
        names.append(match[1])
        return "%s"

    text = re.sub(r"%\((\w+)\)s", take, statement)
    return RawSQL(text, [values[name] for name in names], output_field=IntegerField())


Fold = Callable[[tuple[Any, ...]], tuple[Any, ...]]


def read_together(
    figures: Iterable[Figure],
    query: Query,
    *,
    now: datetime,
    calendar: Calendar,
    fold: Fold | None = None,
    compared: bool = True,
) -> dict[str, Reading]:
    """Each figure by its code as it is now, exact, those of one basis in one statement. Raises CannotAsk, TooWide.

    Who reads more of one grouping gives its `folding`; who draws no comparison leaves that out, `compared`.
    """
    of_basis: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        of_basis[figure.basis_of(query)].append(figure)
    fold = fold or folding(query)
    found: dict[str, Reading] = {}
    for basis, alike in of_basis.items():
        measures = tuple(dict.fromkeys(measure for figure in alike for measure in figure._measures(basis)))
        read = _add_up(query, basis, measures, fold, now=now, calendar=calendar, compared=compared)
        found |= {figure.code: figure._reading(query, basis, read) for figure in alike}
    return found


def _add_up(
    query: Query,
    basis: str,
    measures: tuple[str, ...],
    fold: Fold,
    *,
    now: datetime,
    calendar: Calendar,
    compared: bool,
) -> _Sums:
    if basis == "now" and query.interval:
        raise CannotAsk("interval", _("What is now has no intervals."))
    spans = query.period.split(query.interval) if query.interval else []
    # Each span with those it is compared with.
    beside = compared and basis != "now"
    of_span = {
        span: (span, span.previous, span.year_earlier) if beside else (span,)
        for span in (query.period, *spans)
    }
    periods = list(dict.fromkeys(period for together in of_span.values() for period in together))
    number = {period: no for no, period in enumerate(periods)}
    added: dict[tuple[int, tuple[Any, ...]], list[int]] = defaultdict(lambda: [0] * len(measures))
    for no, keys, amounts in sums(query, basis, measures, periods, now=now, calendar=calendar):
        for key in ((), fold(keys)) if keys else ((),):
            at = added[no, key]
            for nth, amount in enumerate(amounts):
                at[nth] += amount
    numbers = {span: tuple(number[period] for period in together) for span, together in of_span.items()}
    return _Sums(measures, numbers, added)


def folding(query: Query) -> Fold:
    """From the columns a total is kept by to the groups asked for: places to bureaus and to what stands now, topics to
    those of the first level."""
    columns = list(dict.fromkeys(DIMENSIONS[name] for name in query.group_by))
    at = [columns.index(DIMENSIONS[name]) for name in query.group_by]
    into: dict[str, dict[int, int]] = {}
    if "topic_root" in query.group_by:
        into["topic_root"] = roots(query.district_id)
    if "place_id" in columns:
        now = standing(query.district_id) if query.structure == "as_now" else {}
        into["place"] = now
        district = Place.objects.filter(Q(district=query.district_id) | Q(pk=query.district_id))
        if "bureau" in query.group_by:
            bureau = {p.pk: p.bureau_id for p in district.only("pk", "path")}
            into["bureau"] = bureau | {pk: bureau.get(stands, stands) for pk, stands in now.items()}
    folds = [(into.get(name, {}), column) for name, column in zip(query.group_by, at, strict=True)]

    def fold(keys: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple([of.get(keys[column], keys[column]) for of, column in folds])

    return fold


def condition_of_cell(query: Query, keys: tuple[Any, ...]) -> tuple[Period, str, dict[str, Any]]:
    """The days of one cell, and its condition beside the query's own. Raises CannotAsk for keys of another query."""
    span, where = query.period, ""
    values: dict[str, Any] = {}
    if not keys:
        return span, where, values
    if len(keys) != len(query.group_by) + bool(query.interval):
        raise CannotAsk("key", _("These keys belong to another question."))
    if query.interval:
        fitting = [p for p in query.period.split(query.interval) if p.first_on.isoformat() == keys[-1]]
        if not fitting:
            raise CannotAsk("key", _("These keys belong to another question."))
        span = fitting[0]
    fold = folding(replace(query, group_by=("bureau",)))
    standing_now = folding(replace(query, group_by=("place",)))
    for number, (name, key) in enumerate(zip(query.group_by, keys, strict=False)):
        column = DIMENSIONS[name]
        if key is None:
            where += f" and {column} is null"
        elif column == "place_id":
            into = fold if name == "bureau" else standing_now
            places = Place.objects.filter(Q(district=query.district_id) | Q(pk=query.district_id))
            where += f" and place_id = any (%(key_{number})s::bigint[])"
            values[f"key_{number}"] = [p for p in places.values_list("pk", flat=True) if into((p,)) == (key,)]
        elif name == "topic_root":
            where += f" and topic_id = any (%(key_{number})s::bigint[])"
            values[f"key_{number}"] = [pk for pk, top in roots(query.district_id).items() if top == key]
        else:
            where += f" and {column} = %(key_{number})s"
            values[f"key_{number}"] = key
    return span, where, values
