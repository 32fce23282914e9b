"""Whatever is written down at booths: no count is lost in a sum, the unknown is never nought, people never visits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disclosure.figures.open_days import Handed, Standing, in_sum, standing_of
from disclosure.models import Booth, Count, Material, Measure, Sum
from disclosure.services.desk import Stamp, bring, give, receive, take_back
from disclosure.services.open_days import hand_out, record_reception
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def counts(measure: Measure, most: int = 200) -> st.SearchStrategy[Count]:
    """Exactly, and more, or not known."""
    known = st.builds(lambda n, more: Count(n, measure, more), st.integers(0, most), st.booleans())
    return st.just(Count(None, measure)) | known


PEOPLE = st.sampled_from([Measure.PERSON, Measure.VISIT])
RECEPTIONS = st.lists(
    st.tuples(PEOPLE.flatmap(counts), counts(Measure.CASE), counts(Measure.CASE)), max_size=6
)
# Tapped on a tablet: always known; one in three is taken back.
TAPS = st.lists(st.tuples(PEOPLE, st.integers(1, 30), st.integers(0, 2)), max_size=6)
at_a_booth = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@contextmanager
def undone() -> Iterator[None]:
    """What one example writes is gone before the next."""
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


def told(rows: list[Count]) -> tuple[int | None, bool, int] | None:
    """What is known of these, whether it is more, and how many are not known; None where they say nothing."""
    known = [row.value for row in rows if row.value is not None]
    unknown, more = len(rows) - len(known), any(row.at_least for row in rows)
    if not unknown and not sum(known) and not more:
        return None
    if unknown and not sum(known):
        return (None, False, unknown)
    return (sum(known), more, unknown)


def read(total: Sum | None) -> tuple[int | None, bool, int] | None:
    return None if total is None else (total.known.value, total.known.at_least, total.unknown)


@at_a_booth
@given(rows=RECEPTIONS, taps=TAPS)
def test_who_was_received_is_all_that_was_written_down(
    rows: list[tuple[Count, Count, Count]],
    taps: list[tuple[Measure, int, int]],
    booth: Booth,
    cast: Cast,
    now: datetime,
) -> None:
    with undone():
        by, kept = cast.li_min, [row[0] for row in rows]
        for people, questions, issues in rows:
            record_reception(booth=booth, people=people, questions=questions, issues=issues, by=None, now=now)
        for n, (measure, many, back) in enumerate(taps):
            entry = receive(booth=booth, n=many, measure=measure, stamp=Stamp(str(n)), by=by, now=now)
            if back == 0:
                take_back(booth=booth, what="reception", entry_id=entry.pk, by=by, now=now)
            else:
                kept.append(Count(many, measure))
        standing = standing_of([booth])[booth.pk]
    for measure, total in ((Measure.PERSON, standing.people), (Measure.VISIT, standing.visits)):
        assert read(total) == told([each for each in kept if each.measure == measure])
        assert total is None or total.known.measure == measure
    # A tap says nothing of questions and issues, and so makes no unknown known.
    for total, at in ((standing.answered, 1), (standing.issues, 2)):
        rows_of = [row[at] for row in rows]
        assert (total.unknown if total else 0) == sum(each.value is None for each in rows_of)
        assert (total.known.value or 0 if total else 0) == sum(each.value or 0 for each in rows_of)


@at_a_booth
@given(
    given_away=st.lists(st.tuples(st.integers(1, 50), st.booleans()), max_size=5),
    brought=st.lists(st.integers(1, 300), max_size=3),
    reported=st.none() | counts(Measure.SHEET),
)
def test_what_is_left_is_told_only_where_both_are_known_exactly(
    given_away: list[tuple[int, bool]],
    brought: list[int],
    reported: Count | None,
    booth: Booth,
    leaflet: Material,
    cast: Cast,
    now: datetime,
) -> None:
    with undone():
        by, kept = cast.li_min, []
        if reported is not None:
            hand_out(booth=booth, material=leaflet, count=reported, by=None, now=now)
            kept.append(reported)
        for n, (many, back) in enumerate(given_away):
            entry = give(booth=booth, material=leaflet, n=many, stamp=Stamp(f"g{n}"), by=by, now=now)
            if back:
                take_back(booth=booth, what="handout", entry_id=entry.pk, by=by, now=now)
            else:
                kept.append(Count(many, Measure.SHEET))
        for n, many in enumerate(brought):
            bring(booth=booth, material=leaflet, n=many, stamp=Stamp(f"b{n}"), by=by, now=now)
        handed = standing_of([booth])[booth.pk].handed
    if not kept and not brought:
        assert handed == ()
        return
    [found] = handed
    assert read(found.given) == (told(kept) or (0, False, 0))
    assert found.brought == (sum(brought) if brought else None)
    exact = all(each.value is not None and not each.at_least for each in kept)
    assert found.left == (sum(brought) - sum(each.value or 0 for each in kept) if brought and exact else None)


def standings() -> st.SearchStrategy[Standing]:
    """How booths may stand, each figure there or not."""

    def total(measure: Measure) -> st.SearchStrategy[Sum | None]:
        return st.none() | st.builds(Sum, counts(measure), st.integers(0, 3))

    leaflet = Material(pk=1, name="宣传单", measure=Measure.SHEET)
    handed = st.builds(
        Handed,
        st.just(leaflet),
        st.builds(Sum, counts(Measure.SHEET), st.integers(0, 3)),
        st.none() | st.integers(0, 500),
    )
    return st.builds(
        Standing,
        people=total(Measure.PERSON),
        visits=total(Measure.VISIT),
        answered=total(Measure.CASE),
        followed=st.integers(0, 20),
        issues=total(Measure.CASE),
        cards=st.integers(0, 20),
        handed=st.lists(handed, max_size=1).map(tuple),
    )


@given(st.lists(standings(), max_size=5))
def test_all_booths_together_are_what_they_are_one_by_one(booths: list[Standing]) -> None:
    whole = in_sum(booths)
    assert (whole.followed, whole.cards) == (
        sum(each.followed for each in booths),
        sum(each.cards for each in booths),
    )
    for name in ("people", "visits", "answered", "issues"):
        there: list[Any] = [getattr(each, name) for each in booths if getattr(each, name) is not None]
        total = getattr(whole, name)
        assert (total is None) == (not there)
        if total is not None:
            values = [each.known.value for each in there if each.known.value is not None]
            assert total.known.value == (sum(values) if values else None)
            assert total.known.at_least == any(each.known.at_least for each in there)
            assert total.unknown == sum(each.unknown for each in there)
    tables = [each.handed[0] for each in booths if each.handed]
    assert len(whole.handed) == bool(tables)
    if tables:
        brought = [each.brought for each in tables]
        assert whole.handed[0].brought == (None if None in brought else sum(n or 0 for n in brought))
