"""How many: exactly, and more, or unknown; never people with visits."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from disclosure.models import Count, Measure, MixedMeasures, add_up

COUNTS = st.builds(
    lambda value, at_least: Count(value, Measure.SHEET, at_least and value is not None),
    st.none() | st.integers(0, 10**6),
    st.booleans(),
)


def test_an_unknown_count_is_not_nothing() -> None:
    assert Count(None, Measure.PERSON) != Count(0, Measure.PERSON)


def test_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Count(-1, Measure.CASE)


def test_what_is_unknown_is_not_exceeded() -> None:
    with pytest.raises(ValueError, match="unknown"):
        Count(None, Measure.CASE, at_least=True)


def test_people_are_never_added_to_visits() -> None:
    with pytest.raises(MixedMeasures) as refused:
        add_up([Count(50, Measure.PERSON), Count(30, Measure.VISIT)], Measure.PERSON)
    assert str(refused.value)


def test_a_sum_with_more_in_it_is_itself_more() -> None:
    total = add_up([Count(100, Measure.VOLUME, at_least=True), Count(5, Measure.VOLUME)], Measure.VOLUME)
    assert total.known == Count(105, Measure.VOLUME, at_least=True)


def test_the_sum_of_nothing_known_is_unknown() -> None:
    total = add_up([Count(None, Measure.PERSON)], Measure.PERSON)
    assert (total.known.value, total.unknown) == (None, 1)


@given(st.lists(COUNTS))
def test_no_unknown_count_is_lost_in_a_sum(counts: list[Count]) -> None:
    total = add_up(counts, Measure.SHEET)
    known = [count.value for count in counts if count.value is not None]
    assert total.unknown == len(counts) - len(known)
    assert total.known.value == (sum(known) if known else None)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (Count(50, Measure.PERSON, at_least=True), "more than 50 people"),
        (Count(1, Measure.CASE), "1 matter"),
        (Count(13, Measure.CASE), "13 matters"),
        (Count(None, Measure.VISIT), "unknown"),
    ],
)
def test_a_count_reads_in_english(count: Count, words: str) -> None:
    with translation.override("en"):
        assert str(count) == words


def test_a_sum_says_what_it_does_not_hold() -> None:
    total = add_up([Count(2, Measure.SHEET), Count(None, Measure.SHEET)], Measure.SHEET)
    with translation.override("en"):
        assert str(total) == "2 sheets, and 1 figure unknown"
        assert str(add_up([Count(2, Measure.SHEET)], Measure.SHEET)) == "2 sheets"
