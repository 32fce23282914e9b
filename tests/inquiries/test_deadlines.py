"""When an answer is owed: hours, working days, calendar days, extensions, and the disclosure clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bureaus.workdays import SHANGHAI, Calendar, local_date
from inquiries.deadlines import (
    DISCLOSURE,
    Due,
    ExtensionRefused,
    Rule,
    Standstill,
    days_late,
    disclosure_days,
    disclosure_due,
    dispatch_due,
    due,
    extended,
    return_due,
)
from tests.bureaus.test_workdays import ANNOUNCED, at

instants = st.datetimes(datetime(2020, 1, 1), datetime(2028, 12, 31), timezones=st.just(SHANGHAI))
rules = st.builds(
    Rule,
    amount=st.integers(1, 60),
    unit=st.sampled_from(["hours", "working_days", "calendar_days"]),
    end=st.sampled_from(["end_of_day", "end_of_business"]),
    extensions=st.just(2),
    extension_amount=st.integers(1, 20),
)


def test_working_days_end_at_midnight_after_the_last_one() -> None:
    assert due(at("2026-09-30T09:00"), Rule(5), ANNOUNCED) == Due(
        date(2026, 10, 13), at("2026-10-14T00:00"), False
    )


def test_the_day_asked_is_the_day_in_china() -> None:
    late_evening_in_utc = datetime(2026, 12, 1, 16, 30, tzinfo=UTC)
    assert due(late_evening_in_utc, Rule(1), ANNOUNCED).due_on == date(2026, 12, 3)


def test_end_of_business_is_the_closing_hour() -> None:
    assert due(at("2026-12-01T09:00"), Rule(1, end="end_of_business"), ANNOUNCED).due_at == at(
        "2026-12-02T17:00"
    )


def test_hours_run_round_the_clock_through_a_holiday() -> None:
    assert due(at("2026-10-01T20:00"), Rule(24, "hours"), ANNOUNCED) == Due(
        date(2026, 10, 2), at("2026-10-02T20:00"), False
    )
    assert due(at("2026-10-01T00:00"), Rule(24, "hours"), ANNOUNCED).due_on == date(2026, 10, 1)


def test_calendar_days_ending_on_a_day_off_end_on_the_next_working_day() -> None:
    assert due(at("2026-09-26T09:00"), Rule(7, "calendar_days"), ANNOUNCED).due_on == date(2026, 10, 8)


def test_a_due_past_the_last_announced_year_is_provisional() -> None:
    assert due(at("2026-12-01T09:00"), Rule(40), ANNOUNCED) == Due(
        date(2027, 1, 27), at("2027-01-28T00:00"), True
    )
    assert not due(at("2026-12-01T09:00"), Rule(20), ANNOUNCED).provisional


def test_an_extension_counts_from_the_due_date() -> None:
    rule = Rule(5, extensions=2, extension_amount=5)
    first = due(at("2026-12-01T09:00"), rule, ANNOUNCED)
    assert extended(first, rule, ANNOUNCED).due_on == date(2026, 12, 15)
    assert extended(first, rule, ANNOUNCED, amount=2).due_on == date(2026, 12, 10)


@pytest.mark.parametrize(("amount", "used"), [(6, 0), (0, 0), (5, 2)])
def test_an_extension_beyond_the_rule_is_refused(amount: int, used: int) -> None:
    rule = Rule(5, extensions=2, extension_amount=5)
    first = due(at("2026-12-01T09:00"), rule, ANNOUNCED)
    with pytest.raises(ExtensionRefused):
        extended(first, rule, ANNOUNCED, amount=amount, extensions_used=used)


@pytest.mark.parametrize(
    "words",
    [
        {"amount": 0},
        {"amount": 1, "unit": "weeks"},
        {"amount": 1, "end": "noon"},
        {"amount": 1, "extensions": 1},
        {"amount": 1, "extensions": -1},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        Rule(**words)  # type: ignore[arg-type]


def test_lateness_is_counted_in_working_days() -> None:
    owed = due(at("2026-09-23T09:00"), Rule(4), ANNOUNCED)
    assert owed.due_on == date(2026, 9, 30)
    assert days_late(at("2026-09-30T23:59"), owed, ANNOUNCED) == 0
    assert days_late(at("2026-10-07T12:00"), owed, ANNOUNCED) == 0
    assert days_late(at("2026-10-08T00:00"), owed, ANNOUNCED) == 1


@pytest.mark.parametrize(
    ("minutes", "urgency", "recorded", "due_at"),
    [
        (225, "ordinary", "2026-12-01T09:00", "2026-12-01T13:45"),
        (225, "ordinary", "2026-12-01T16:00", "2026-12-02T11:15"),
        (120, "urgent", "2026-12-01T16:00", "2026-12-02T09:30"),
        (30, "critical", "2026-12-05T23:45", "2026-12-06T00:15"),
        (60, "critical", "2026-12-05T23:45", "2026-12-06T00:45"),
    ],
)
def test_dispatch_is_owed_within_the_rules_minutes_of_open_office_or_of_any_hour(
    minutes: int, urgency: str, recorded: str, due_at: str
) -> None:
    assert dispatch_due(at(recorded), Rule(5, dispatch_minutes=minutes), urgency, ANNOUNCED).due_at == at(
        due_at
    )


@pytest.mark.parametrize(("days", "plain", "complex_"), [(1, 7, 8), (3, 9, 10)])
def test_a_bureau_may_return_within_the_rules_working_days_or_one_more(
    days: int, plain: int, complex_: int
) -> None:
    rule, since = Rule(5, return_days=days), at("2026-12-04T10:00")
    assert return_due(since, rule, ANNOUNCED).due_on == date(2026, 12, plain)
    assert return_due(since, rule, ANNOUNCED, is_complex=True).due_on == date(2026, 12, complex_)


def test_a_disclosure_application_is_owed_in_twenty_working_days_once_twenty_more() -> None:
    assert disclosure_due(date(2025, 1, 20), ANNOUNCED).due_on == date(2025, 2, 21)
    assert disclosure_due(date(2025, 1, 20), ANNOUNCED, extended_by=20).due_on == date(2025, 3, 21)


def test_a_correction_starts_the_disclosure_clock_anew() -> None:
    assert disclosure_due(
        date(2026, 5, 1), ANNOUNCED, corrected_on=date(2026, 12, 1)
    ).due_on == ANNOUNCED.shift(date(2026, 12, 1), 20)


def test_the_disclosure_clock_stands_still_while_third_parties_are_asked() -> None:
    still = Standstill(date(2026, 11, 3), date(2026, 11, 10))
    days = disclosure_days(date(2026, 11, 2), ANNOUNCED, standstills=[still])
    assert [day.on.day for day in days if day.reason.kind == "standstill"] == [4, 5, 6, 9, 10]
    assert days[-1].on == ANNOUNCED.shift(date(2026, 11, 2), 25)


def test_an_open_standstill_lasts_the_fifteen_days_of_the_law() -> None:
    owed = disclosure_due(date(2026, 9, 1), ANNOUNCED, standstills=[Standstill(date(2026, 9, 1))])
    assert owed.due_on == ANNOUNCED.shift(date(2026, 9, 1), 35)


def test_a_disclosure_rule_in_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="working days"):
        disclosure_due(date(2026, 9, 1), ANNOUNCED, rule=Rule(24, "hours"))


@given(instants, rules, st.sampled_from([ANNOUNCED, Calendar()]))
def test_every_due_lies_ahead_and_its_day_ends_at_its_instant(
    asked_at: datetime, rule: Rule, calendar: Calendar
) -> None:
    owed = due(asked_at, rule, calendar)
    assert owed.due_at > asked_at
    assert local_date(owed.due_at - timedelta(microseconds=1)) == owed.due_on
    longer = extended(owed, rule, calendar)
    assert longer.due_at > owed.due_at
    assert rule.unit == "hours" or calendar.is_working(owed.due_on)


@given(
    st.dates(date(2020, 1, 1), date(2027, 12, 31)),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=3),
)
def test_standing_still_only_ever_puts_the_due_off(received_on: date, stills: list[tuple[int, int]]) -> None:
    standstills = [
        Standstill(received_on + timedelta(days=a), received_on + timedelta(days=a + b)) for a, b in stills
    ]
    days = disclosure_days(received_on, ANNOUNCED, standstills=standstills)
    assert sum(day.number is not None for day in days) == DISCLOSURE.amount
    assert days[-1].on >= ANNOUNCED.shift(received_on, DISCLOSURE.amount)
