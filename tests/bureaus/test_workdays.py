"""Counting working days and office hours: golden week, year's end, provisional years."""

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bureaus.workdays import (
    SHANGHAI,
    Calendar,
    Day,
    NoWorkingDay,
    OfficeHours,
    check_hours,
    published_days,
    statutory_holidays,
)

ANNOUNCED = Calendar(
    days={on: day for days in published_days().values() for on, day in days.items()},
    announced=frozenset(published_days()),
)
with (Path(__file__).parent.parent / "cases" / "workdays.csv").open(encoding="utf-8") as rows:
    CASES = [
        (date.fromisoformat(row["recorded_on"]), int(row["working_days"]), date.fromisoformat(row["due_on"]))
        for row in csv.DictReader(rows)
    ]

days = st.dates(date(2005, 1, 1), date(2028, 12, 31))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2027, 12, 31)).map(
    lambda at: at.replace(tzinfo=SHANGHAI)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(("recorded_on", "working_days", "due_on"), CASES)
def test_the_worked_examples_come_out(recorded_on: date, working_days: int, due_on: date) -> None:
    assert ANNOUNCED.shift(recorded_on, working_days) == due_on


def test_every_announced_day_agrees_with_its_source() -> None:
    first = date(2004, 1, 1)
    every = [first + timedelta(days=n) for n in range((date(2027, 1, 1) - first).days)]
    assert [on for on in every if ANNOUNCED.is_working(on) != chinese_calendar.is_workday(on)] == []


def test_golden_week_is_skipped_and_its_make_up_saturday_counts() -> None:
    counted = ANNOUNCED.explain(date(2026, 9, 30), 5)
    assert [day.on.day for day in counted if day.number is None] == [1, 2, 3, 4, 5, 6, 7, 11]
    assert [(day.on.day, day.number) for day in counted if day.number] == [
        (8, 1), (9, 2), (10, 3), (12, 4), (13, 5),
    ]  # fmt: skip
    assert str(counted[9].reason) == "working day in exchange: National Day"


def test_an_unannounced_year_is_counted_by_law_and_marked_provisional() -> None:
    counted = ANNOUNCED.explain(date(2026, 12, 1), 40)
    assert counted[-1].on == date(2027, 1, 27)
    assert counted[-1].provisional
    assert not counted[0].provisional
    assert ANNOUNCED.reason(date(2027, 1, 1)).name == "New Year's Day"
    assert ANNOUNCED.rests_on_provisional(date(2026, 12, 1), date(2027, 1, 27))
    assert not ANNOUNCED.rests_on_provisional(date(2026, 12, 1), date(2026, 12, 31))


def test_the_eve_of_a_year_does_not_make_an_announced_due_provisional() -> None:
    assert not ANNOUNCED.rests_on_provisional(date(2003, 12, 31), date(2004, 1, 5))


def test_the_law_gives_thirteen_days_off() -> None:
    assert {year: len(statutory_holidays(year)) for year in (2026, 2027, 2030, 2099)} == dict.fromkeys(
        (2026, 2027, 2030, 2099), 13
    )


def test_the_law_and_the_announcements_agree_on_every_statutory_day_since_2025() -> None:
    # Announced as a holiday, or a free weekend that the notice did not need to name.
    worked = [on for year in range(2025, 2027) for on in statutory_holidays(year) if ANNOUNCED.is_working(on)]
    assert worked == []


@pytest.mark.parametrize("year", range(2008, 2027))
def test_the_moving_days_lie_in_the_announced_holidays(year: int) -> None:
    names = {"Tomb-sweeping Day", "Dragon Boat Festival", "Mid-autumn Festival"}
    moving = [on for on, name in statutory_holidays(year).items() if name in names]
    assert [on for on in moving if ANNOUNCED.is_working(on)] == []


def test_a_year_outside_the_table_still_answers() -> None:
    assert Calendar().reason(date(2150, 10, 1)).name == "National Day"
    assert Calendar().shift(date(2149, 12, 31), 1) == date(2150, 1, 2)


def test_a_calendar_without_working_days_says_so() -> None:
    free = Calendar(days={date(9998, 12, day): Day(False, "", "") for day in range(1, 32)})
    with pytest.raises(NoWorkingDay):
        free.shift(date(9998, 11, 30), 1)


@given(days, st.integers(1, 300))
def test_going_forth_and_counting_agree(on: date, n: int) -> None:
    due = ANNOUNCED.shift(on, n)
    assert ANNOUNCED.is_working(due)
    assert ANNOUNCED.working_days_between(on, due) == n
    explained = ANNOUNCED.explain(on, n)
    assert (explained[-1].on, explained[-1].number) == (due, n)


@given(days, st.integers(1, 300))
def test_going_back_undoes_going_forth(on: date, n: int) -> None:
    on = ANNOUNCED.working_on_or_after(on)
    assert ANNOUNCED.shift(ANNOUNCED.shift(on, n), -n) == on


@given(instants, st.integers(0, 5000))
def test_added_office_minutes_are_measured_again(begin: datetime, minutes: int) -> None:
    assert ANNOUNCED.minutes_between(begin, ANNOUNCED.add_minutes(begin, minutes)) == minutes


def test_office_minutes_rest_over_lunch_night_and_holiday() -> None:
    assert ANNOUNCED.add_minutes(at("2026-09-30T11:30"), 60) == at("2026-09-30T13:30")
    assert ANNOUNCED.add_minutes(at("2026-09-30T16:30"), 60) == at("2026-10-08T09:00")
    assert ANNOUNCED.next_office_instant(at("2026-10-03T10:00")) == at("2026-10-08T08:30")
    assert ANNOUNCED.next_office_instant(at("2026-09-30T12:00")) == at("2026-09-30T13:00")


def test_newer_hours_and_hours_of_a_weekday_win() -> None:
    calendar = Calendar(
        announced=frozenset({2026}),
        hours=(
            OfficeHours(date(2026, 1, 1), None, time(9), time(17)),
            OfficeHours(date(2026, 6, 1), 4, time(9), time(15)),
            OfficeHours(date(2026, 7, 1), None, time(8), time(16)),
        ),
    )
    assert calendar.closes_at(date(2026, 6, 4)) == at("2026-06-04T17:00")
    assert calendar.closes_at(date(2026, 6, 5)) == at("2026-06-05T15:00")
    assert calendar.closes_at(date(2026, 7, 3)) == at("2026-07-03T16:00")
    assert calendar.opens_at(date(2025, 12, 31)) == at("2025-12-31T08:30")


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [((9, 17), (16, 18), "overlap at 16:00"), ((9, 17), (18, 18), "before they open")],
)
def test_impossible_hours_are_refused(first: tuple[int, int], second: tuple[int, int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_hours([OfficeHours(date(2026, 1, 1), None, time(a), time(b)) for a, b in (first, second)])
