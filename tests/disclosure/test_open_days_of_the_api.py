"""Open days and their counts, as a client reads them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from disclosure.models import Count, Measure, OpenDay
from disclosure.services.open_days import open_booth, plan_open_day, record_reception
from tests.conftest import Cast, Key

DAYS = "/api/v1/open-days"


@pytest.fixture
def open_day(cast: Cast, now: datetime) -> OpenDay:
    day = plan_open_day(district=cast.district, on=date(2026, 5, 15), theme="公开", by=None, now=now)
    booth = open_booth(open_day=day, place=cast.civil, by=None, now=now)
    record_reception(
        booth=booth,
        people=Count(50, Measure.PERSON, at_least=True),
        questions=Count(13, Measure.CASE),
        issues=Count(None, Measure.CASE),
        by=None,
        now=now,
    )
    return day


def test_open_days_are_listed_by_year(open_day: OpenDay, key: Key) -> None:
    client = key("directory:read")
    [listed] = client.get(f"{DAYS}?year=2026").json()["items"]
    assert (listed["on"], listed["ordinal"]) == ("2026-05-15", 20)
    assert client.get(f"{DAYS}?year=2025").json()["items"] == []


def test_a_count_says_and_more_and_what_it_counts(open_day: OpenDay, key: Key) -> None:
    [booth] = key("directory:read").get(f"{DAYS}/{open_day.pk}").json()["booths"]
    [received] = booth["receptions"]
    assert received["people"]["value"] == 50
    assert received["people"]["at_least"] is True
    assert received["people"]["measure"]["label"]["zh"] == "人"
    assert received["issues"]["value"] is None


def test_another_districts_open_day_does_not_exist(open_day: OpenDay, cast: Cast, key: Key) -> None:
    assert key("directory:read", officer=cast.xu_kai).get(f"{DAYS}/{open_day.pk}").status_code == 404
