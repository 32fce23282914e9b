"""The calendar as versions: edits, files, districts, and old answers that stay."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bureaus.models import CalendarDay, CalendarVersion, District, Officer, Place, Post, Tenure
from bureaus.models.scope import scope
from bureaus.services.calendar import (
    CsvRefused,
    HoursRefused,
    NothingToChange,
    NotYourCalendar,
    YearNotCovered,
    announce_year,
    calendar_for,
    edit_days,
    load_csv,
    load_year,
    missing_next_year,
    read_csv,
    set_office_hours,
    word_reason,
)
from bureaus.workdays import Day, OfficeHours

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
FLOOD = date(2026, 12, 3)
OFF = {FLOOD: Day(False, "flood", "notice 7")}


def new_district(name: str, path: str) -> Place:
    return District.objects.create(kind=Place.Kind.DISTRICT, name=name, path=path, sort_key=path)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def district() -> Place:
    return new_district("示例区", "k1/")


@pytest.fixture
def stranger() -> Place:
    return new_district("邻区", "k2/")


def officer_at(place: Place, role: str) -> Officer:
    officer = Officer.objects.create_user(f"{role}-{place.pk}")
    post = Post.objects.create(place=place, role=role, title=role)
    Tenure.objects.create(post=post, officer=officer, from_on=date(2026, 1, 1))
    return officer


def test_after_migrating_the_announced_years_are_known() -> None:
    calendar = calendar_for(None)
    assert sorted(calendar.announced) == list(range(2004, 2027))
    assert calendar.shift(date(2026, 9, 30), 5) == date(2026, 10, 13)
    assert [
        calendar.working_days_between(date(year - 1, 12, 31), date(year, 12, 31))
        for year in (2024, 2025, 2026)
    ] == [251, 248, 248]


def test_a_districts_day_goes_over_the_nations_and_not_beyond_the_district(
    district: Place, stranger: Place
) -> None:
    edit_days(days=OFF, district_id=district.pk, by=None, now=NOW)
    assert not calendar_for(district.pk).is_working(FLOOD)
    assert calendar_for(stranger.pk).is_working(FLOOD)
    assert calendar_for(None).is_working(FLOOD)


def test_a_later_national_day_leaves_the_districts_own_standing(district: Place) -> None:
    edit_days(days=OFF, district_id=district.pk, by=None, now=NOW)
    edit_days(days={FLOOD: Day(True, "", "")}, by=None, now=NOW)
    assert not calendar_for(district.pk).is_working(FLOOD)


def test_a_day_taken_back_uncovers_the_nations(district: Place) -> None:
    golden = date(2026, 10, 1)
    edit_days(days={golden: Day(True, "", "")}, district_id=district.pk, by=None, now=NOW)
    assert calendar_for(district.pk).is_working(golden)
    edit_days(days={golden: None}, district_id=district.pk, by=None, now=NOW)
    assert calendar_for(district.pk).reason(golden).name == "National Day"


def test_an_old_version_explains_the_same_after_later_edits(district: Place) -> None:
    old = calendar_for(district.pk)
    before = old.explain(date(2026, 12, 1), 5)
    edit_days(days=OFF, by=None, now=NOW)
    edit_days(days=OFF, district_id=district.pk, by=None, now=NOW)
    announce_year(year=2026, announced=False, by=None, now=NOW)
    set_office_hours(
        hours=[OfficeHours(date(2026, 1, 1), None, time(10), time(11))],
        district_id=district.pk,
        by=None,
        now=NOW,
    )
    again = calendar_for(district.pk, version=old.version)
    assert again.explain(date(2026, 12, 1), 5) == before
    assert again == old
    assert calendar_for(district.pk).shift(date(2026, 12, 1), 5) == date(2026, 12, 9)


def test_a_calendar_costs_one_query_when_new_and_a_key_when_known(district: Place) -> None:
    version = edit_days(days=OFF, district_id=district.pk, by=None, now=NOW).pk
    with CaptureQueriesContext(
        connection,
    ) as first:
        calendar_for(district.pk, version=version)
    with CaptureQueriesContext(connection) as second:
        calendar_for(district.pk, version=version)
    with CaptureQueriesContext(connection) as newest:
        calendar_for(district.pk)
    assert (len(first), len(second), len(newest)) == (1, 0, 1)


def test_a_year_is_loaded_in_a_handful_of_statements() -> None:
    with CaptureQueriesContext(connection) as queries:
        load_year(year=2026, by=None, now=NOW)
    writes = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
    assert len(writes) == 3
    assert len(queries) <= 9


def test_loading_a_year_takes_back_what_others_named_in_it() -> None:
    edit_days(days=OFF, by=None, now=NOW)
    load_year(year=2026, by=None, now=NOW)
    assert calendar_for(None).is_working(FLOOD)


def test_a_year_the_package_does_not_know_is_refused() -> None:
    with pytest.raises(YearNotCovered, match="2027"):
        load_year(year=2027, by=None, now=NOW)


def test_an_announced_year_is_provisional_no_longer_until_taken_back() -> None:
    assert calendar_for(None).is_provisional(date(2027, 3, 1))
    announce_year(year=2027, by=None, now=NOW)
    assert not calendar_for(None).is_provisional(date(2027, 3, 1))
    announce_year(year=2027, announced=False, by=None, now=NOW)
    assert calendar_for(None).is_provisional(date(2027, 3, 1))


def test_from_november_a_missing_next_year_is_missed() -> None:
    # The last instant of October in China, and the next one.
    assert missing_next_year(datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC)) is None
    assert missing_next_year(datetime(2026, 10, 31, 16, 0, tzinfo=UTC)) == 2027
    announce_year(year=2027, by=None, now=NOW)
    assert missing_next_year(NOW) is None


def test_a_file_is_loaded_whole_and_may_announce_its_year() -> None:
    content = "on,working,name\n2027-02-06,0,春节\n\n2027-02-13,1,春节调休\n".encode("gb18030")
    load_csv(content=content, announces=[2027], by=None, now=NOW, note="国办 2026")
    calendar = calendar_for(None)
    assert not calendar.is_working(date(2027, 2, 6))
    assert calendar.reason(date(2027, 2, 13)).kind == "make_up"
    assert calendar.reason(date(2027, 2, 13)).source == "国办 2026"
    assert missing_next_year(NOW) is None


def test_a_file_with_wrong_lines_loads_nothing_and_names_each() -> None:
    content = b"name,on,working\nx,2027-02-06,0\nx,2027-02-30,0\nx,2027-02-07,maybe\nx\nx,2027-02-06,1\n" + (
        b"x" * 81 + b",2027-02-08,1\n,,1\n"
    )
    before = CalendarVersion.objects.count()
    with pytest.raises(CsvRefused, match="Nothing was loaded") as refused:
        load_csv(content=content, by=None, now=NOW)
    assert [error.line for error in refused.value.errors] == [3, 4, 5, 6, 7, 8]
    assert "Line 6: 2027-02-06 is already in line 2." in str(refused.value)
    assert CalendarVersion.objects.count() == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "Line 1: The first line must name"),
        (b"on,working\n2027-01-01,0\n", "Line 1: The first line must name"),
        (b"on,working,name\n", "Line 1: The file names no day"),
        (b"\xff\xff\xff", "Line 1: The file is neither"),
        (b'on,working,name\n2027-01-01,0,"' + b"x" * 140_000 + b'"\n', "Line 2: field larger"),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(CsvRefused, match=says):
        read_csv(content, source="test")


def test_office_hours_of_a_district_replace_the_nations_from_their_day(district: Place) -> None:
    day, noon = date(2026, 12, 1), time(12)
    set_office_hours(hours=[OfficeHours(date(2020, 1, 1), None, time(9), noon)], by=None, now=NOW)
    set_office_hours(
        hours=[OfficeHours(day, None, time(10), noon), OfficeHours(day, None, time(14), time(16))],
        district_id=district.pk,
        by=None,
        now=NOW,
    )
    calendar = calendar_for(district.pk)
    assert calendar.opens_at(date(2026, 11, 30)).hour == 9
    assert (calendar.opens_at(day).hour, calendar.closes_at(day).hour) == (10, 16)
    assert calendar_for(None).opens_at(day).hour == 9


def test_hours_of_a_later_version_replace_those_for_the_same_date() -> None:
    for opens in (8, 9):
        hours = [OfficeHours(date(2026, 1, 1), None, time(opens), time(17))]
        set_office_hours(hours=hours, by=None, now=NOW)
    assert calendar_for(None).office_minutes(date(2026, 12, 1)) == 480


def test_impossible_hours_are_refused() -> None:
    with pytest.raises(HoursRefused, match="before they open"):
        set_office_hours(hours=[OfficeHours(FLOOD, None, time(9), time(8))], by=None, now=NOW)


def test_an_edit_of_nothing_is_refused() -> None:
    with pytest.raises(NothingToChange, match="changes nothing"):
        edit_days(days={}, by=None, now=NOW)


def test_the_clerk_edits_the_own_districts_calendar_only(district: Place, stranger: Place) -> None:
    clerk = officer_at(district, Post.Role.CLERK)
    assert edit_days(days=OFF, district_id=district.pk, by=clerk, now=NOW).by == clerk
    for elsewhere in (stranger.pk, None):
        with pytest.raises(NotYourCalendar, match="Only the district's office"):
            edit_days(days=OFF, district_id=elsewhere, by=clerk, now=NOW)


def test_a_handler_edits_no_calendar(district: Place) -> None:
    with pytest.raises(NotYourCalendar):
        edit_days(days=OFF, district_id=district.pk, by=officer_at(district, Post.Role.HANDLER), now=NOW)


def test_the_administrator_edits_the_national_calendar() -> None:
    root = Officer.objects.create_superuser("root")
    assert edit_days(days=OFF, by=root, now=NOW).number == 2


def test_the_clerks_edit_works_as_the_web_role_and_not_for_another_district(
    district: Place, stranger: Place
) -> None:
    clerk = officer_at(district, Post.Role.CLERK)
    with scope(role="bida_web", places=[district.pk], district=district.pk, officer=clerk.pk):
        edit_days(days=OFF, district_id=district.pk, by=clerk, now=NOW)
        assert not calendar_for(district.pk).is_working(FLOOD)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            edit_days(days=OFF, district_id=stranger.pk, by=None, now=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "update bureaus_calendarday set working = true",
        "delete from bureaus_calendarday",
        "update bureaus_calendarversion set note = 'x'",
        "delete from bureaus_calendaryear",
        "delete from bureaus_officehours",
    ],
)
def test_raw_sql_changes_no_version(statement: str) -> None:
    set_office_hours(hours=[OfficeHours(FLOOD, None, time(9), time(17))], by=None, now=NOW)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_no_day_joins_a_version_that_was_closed() -> None:
    shipped = CalendarVersion.objects.get(number=1)
    with pytest.raises(DatabaseError, match="is closed"), transaction.atomic():
        CalendarDay.objects.create(version=shipped, on=FLOOD, working=False)


def explained(*words: str) -> list[str]:
    out = StringIO()
    call_command("explain_due", *words, stdout=out)
    return out.getvalue().splitlines()


def test_explain_due_prints_the_date_and_then_every_day() -> None:
    lines = explained("2026-09-30", "5")
    assert lines[0] == "2026-10-13"
    assert len(lines) == 14
    assert lines[1] == "2026-10-01    -  holiday: National Day"
    assert lines[10] == "2026-10-10    3  working day in exchange: National Day"


def test_explain_due_marks_a_provisional_day() -> None:
    lines = explained("2026-12-31", "1")
    assert (lines[0], lines[1]) == ("2027-01-04", "2027-01-01    -  holiday: New Year's Day  (provisional)")


def test_explain_due_counts_by_the_districts_calendar(district: Place) -> None:
    edit_days(days=OFF, district_id=district.pk, by=None, now=NOW)
    assert explained("2026-12-02", "1", "--district", str(district.pk))[0] == "2026-12-04"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("2026-09-30",),
        ("2026-09-30", "5", "6"),
        ("2026-09-31", "5"),
        ("0001-01-01", "5"),
        ("2026-09-30", "0"),
        ("2026-09-30", "-5"),
        ("2026-09-30", "five"),
        ("2026-09-30", "9" * 5000),
        ("2026-09-30", "5", "--district", "0"),
        ("2026-09-30", "5", "--district", "here"),
    ],
)
def test_explain_due_refuses_bad_words_in_one_sentence(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"^[^\n]*\.$") as refused:
        explained(*words)
    assert refused.value.returncode == 2


def test_every_reason_has_words() -> None:
    calendar = calendar_for(None)
    days = [date(2026, 10, day) for day in (1, 9, 10, 11)]
    assert [word_reason(calendar.reason(day)) for day in days] == [
        "holiday: National Day",
        "working day",
        "working day in exchange: National Day",
        "weekend",
    ]
