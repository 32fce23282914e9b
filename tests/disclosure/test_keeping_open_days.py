"""An open day: planned by the district, its booths kept by the bureaus, its past as the reports say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from bureaus.models import Hotline, Officer, Place
from bureaus.models.scope import WEB, scope
from bureaus.services.places import open_place
from bureaus.services.posts import begin_tenure, open_post
from bureaus.workdays import SHANGHAI
from disclosure.models import Booth, Count, Handout, Measure, OpenDay, Reception
from disclosure.services.history import load_history
from disclosure.services.open_days import (
    BoothOpenAlready,
    HandedOutAlready,
    NotAUnitOfTheBureau,
    NotYourOpenDay,
    OfAnotherDistrict,
    OpenDayPlannedAlready,
    WrongMeasure,
    hand_out,
    misstated_open_days,
    name_material,
    open_booth,
    plan_open_day,
    record_reception,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 11, 9, 30, tzinfo=SHANGHAI)
UNKNOWN = Count(None, Measure.CASE)


@dataclass
class Day:
    """A planned open day, one bureau with a unit at it, and a handler there."""

    open_day: OpenDay
    bureau: Place
    unit: Place
    handler: Officer
    stranger: Place


@pytest.fixture
def day() -> Day:
    district = open_place(kind="district", name="东湖区", by=None, now=NOW)
    stranger = open_place(kind="district", name="西山区", by=None, now=NOW)
    bureau = open_place(kind="bureau", name="民政局", parent=district, by=None, now=NOW)
    unit = open_place(kind="unit", name="婚姻登记处", parent=bureau, by=None, now=NOW)
    handler = Officer.objects.create_user("heli", name="贺礼", district=district)
    post = open_post(place=bureau, role="handler", title="经办人", by=None, now=NOW)
    begin_tenure(post=post, officer=handler, from_on=NOW.date() - timedelta(days=9), by=None, now=NOW)
    open_day = plan_open_day(district=district, on=date(2026, 5, 15), theme="政务公开", by=None, now=NOW)
    open_day.refresh_from_db()
    return Day(open_day, bureau, unit, handler, stranger)


def _booth(day: Day) -> Booth:
    return open_booth(open_day=day.open_day, place=day.bureau, units=[day.unit], by=day.handler, now=NOW)


def test_the_twentieth_open_day_is_in_2026(day: Day) -> None:
    assert day.open_day.ordinal == 20
    assert not day.open_day.is_misstated


def test_another_base_year_counts_otherwise(day: Day) -> None:
    other = plan_open_day(
        district=day.stranger, on=date(2026, 6, 1), theme="开放日", base_year=2020, by=None, now=NOW
    )
    other.refresh_from_db()
    assert other.ordinal == 6


def test_a_wrongly_counted_open_day_is_flagged(day: Day) -> None:
    wrong = plan_open_day(
        district=day.stranger, on=date(2016, 5, 15), theme="政务公开", ordinal_stated=9, by=None, now=NOW
    )
    assert misstated_open_days(district=day.stranger) == [wrong]


def test_a_booth_has_its_bureau_s_units(day: Day) -> None:
    assert list(_booth(day).units.all()) == [day.unit]


def test_what_is_received_and_handed_out_reads_back_as_counted(day: Day) -> None:
    booth = _booth(day)
    people, questions = Count(40, Measure.VISIT, at_least=True), Count(3, Measure.CASE)
    record_reception(booth=booth, people=people, questions=questions, issues=UNKNOWN, by=day.handler, now=NOW)
    material = name_material(
        district=day.open_day.district, kind="handbook", name="便民手册", measure=Measure.VOLUME
    )
    hand_out(booth=booth, material=material, count=Count(80, Measure.VOLUME), by=day.handler, now=NOW)
    reception, handout = Reception.objects.get(), Handout.objects.get()
    assert (reception.people, reception.questions, reception.issues) == (people, questions, UNKNOWN)
    assert handout.count == Count(80, Measure.VOLUME)


def _refusals(day: Day) -> dict[type[Exception], Callable[[], object]]:
    booth = _booth(day)
    district = day.open_day.district
    material = name_material(district=district, kind="leaflet", name="传单", measure=Measure.SHEET)
    strange = name_material(district=day.stranger, kind="leaflet", name="传单", measure=Measure.SHEET)
    hand_out(booth=booth, material=material, count=Count(1, Measure.SHEET), by=None, now=NOW)
    elsewhere = open_place(kind="bureau", name="财政局", parent=district, by=None, now=NOW)
    return {
        NotYourOpenDay: lambda: plan_open_day(
            district=district, on=date(2027, 5, 15), theme="政务公开", by=day.handler, now=NOW
        ),
        OpenDayPlannedAlready: lambda: plan_open_day(
            district=district, on=date(2026, 5, 15), theme="政务公开", by=None, now=NOW
        ),
        BoothOpenAlready: lambda: open_booth(open_day=day.open_day, place=day.bureau, by=None, now=NOW),
        NotAUnitOfTheBureau: lambda: open_booth(
            open_day=day.open_day, place=elsewhere, units=[day.unit], by=None, now=NOW
        ),
        OfAnotherDistrict: lambda: hand_out(
            booth=booth, material=strange, count=Count(1, Measure.SHEET), by=None, now=NOW
        ),
        WrongMeasure: lambda: hand_out(
            booth=booth, material=material, count=Count(1, Measure.BOOKLET), by=None, now=NOW
        ),
        HandedOutAlready: lambda: hand_out(
            booth=booth, material=material, count=Count(1, Measure.SHEET), by=None, now=NOW
        ),
    }


@pytest.mark.parametrize(
    "refusal",
    [
        NotYourOpenDay,
        OpenDayPlannedAlready,
        BoothOpenAlready,
        NotAUnitOfTheBureau,
        OfAnotherDistrict,
        WrongMeasure,
        HandedOutAlready,
    ],
)
def test_an_illegal_act_at_an_open_day_is_refused_in_words(day: Day, refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as refused:
        _refusals(day)[refusal]()
    assert str(refused.value)


def test_a_booth_of_another_district_is_refused(day: Day) -> None:
    with pytest.raises(OfAnotherDistrict):
        open_booth(open_day=day.open_day, place=day.stranger, by=None, now=NOW)


def test_a_material_counted_otherwise_is_refused(day: Day) -> None:
    district = day.open_day.district
    name_material(district=district, kind="leaflet", name="传单", measure=Measure.SHEET)
    with pytest.raises(WrongMeasure):
        name_material(district=district, kind="leaflet", name="传单", measure=Measure.COPY)


def test_people_counted_as_matters_are_refused(day: Day) -> None:
    with pytest.raises(WrongMeasure):
        record_reception(
            booth=_booth(day), people=UNKNOWN, questions=UNKNOWN, issues=UNKNOWN, by=None, now=NOW
        )


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("reception_people_count", {"people_value": None, "people_at_least": True}),
        ("reception_questions_count", {"questions_value": -1}),
        ("reception_people_or_visits", {"people_measure": "sheet"}),
    ],
)
def test_the_database_refuses_a_count_that_cannot_be(
    day: Day, constraint: str, columns: dict[str, object]
) -> None:
    booth = _booth(day)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Reception.objects.create(district=day.open_day.district, booth=booth, **columns)


def test_the_database_refuses_a_booth_s_row_of_another_district(day: Day) -> None:
    booth = _booth(day)
    with pytest.raises(IntegrityError, match="reception_of_its_district"), transaction.atomic():
        Reception.objects.create(district=day.stranger, booth=booth)


def test_the_web_role_keeps_open_days_and_deletes_none(day: Day) -> None:
    with scope(role=WEB):
        assert OpenDay.objects.filter(pk=day.open_day.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute("select has_table_privilege('bida_web', 'disclosure_openday', 'delete')")
            assert cursor.fetchone() == (False,)


# --- The open day of 2016 --------------------------------------------------------------------------------------
@pytest.fixture
def history() -> dict[str, Booth]:
    load_history(now=NOW)
    return {booth.place.name: booth for booth in Booth.objects.select_related("place", "open_day")}


def test_the_reports_of_2016_are_loaded_once(history: dict[str, Booth]) -> None:
    assert load_history(now=NOW + timedelta(days=1)) == 0
    assert Booth.objects.count() == len(history) == 2


def test_history_keeps_the_wrong_ordinal_beside_the_right_one(history: dict[str, Booth]) -> None:
    open_day = history["皇姑区文体局"].open_day
    assert (open_day.ordinal_stated, open_day.ordinal) == (9, 10)
    assert open_day.is_misstated
    assert open_day.is_history


def test_the_cultural_bureau_received_more_than_fifty_people(history: dict[str, Booth]) -> None:
    reception = history["皇姑区文体局"].receptions.get()
    assert reception.people == Count(50, Measure.PERSON, at_least=True)
    assert reception.questions == Count(5, Measure.CASE)
    assert reception.issues.value is None
    handed = [handout.count for handout in history["皇姑区文体局"].handouts.all()]
    assert handed == [Count(55, Measure.BOOKLET)]
    assert history["皇姑区文体局"].units.count() == 5


def test_the_civil_affairs_bureau_s_visitors_are_unknown(history: dict[str, Booth]) -> None:
    reception = history["和平区民政局"].receptions.get()
    assert reception.people == Count(None, Measure.VISIT)
    assert reception.issues == Count(13, Measure.CASE)
    handed = {
        handout.material.name: handout.count
        for handout in history["和平区民政局"].handouts.select_related("material")
    }
    assert handed == {
        "便民手册": Count(100, Measure.VOLUME, at_least=True),
        "宣传资料": Count(1000, Measure.SHEET, at_least=True),
        "联心卡": Count(None, Measure.SHEET),
    }


def test_lines_of_2016_have_a_purpose_and_no_number(history: dict[str, Booth]) -> None:
    lines = Hotline.objects.filter(place__parent=history["皇姑区文体局"].place)
    assert {(line.purpose, line.number) for line in lines} == {
        ("routine", ""),
        ("supervision", ""),
        ("approval", ""),
    }


def test_history_has_no_officers(history: dict[str, Booth]) -> None:
    assert not Officer.objects.filter(district__name__in=["皇姑区", "和平区"]).exists()
