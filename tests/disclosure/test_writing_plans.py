"""A plan is written, handed in, and becomes the booth; the database keeps who reads and what may stand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bureaus.models import Officer
from bureaus.refusals import NotPlainText, TooLong
from bureaus.services.places import open_place, publish_hotline
from bureaus.services.refusals import Refusal
from bureaus.workdays import SHANGHAI
from disclosure.documents.plan import PARTS_OF_BUREAU
from disclosure.models import Booth, DayPlan, Measure, OpenDay, PlannedMaterial, PlanTask, Summary, Supply
from disclosure.services import plans
from disclosure.services.desk import DayOfHistory, NotACount
from disclosure.services.open_days import (
    NotAUnitOfTheBureau,
    WrongMeasure,
    open_booth,
    plan_open_day,
)
from disclosure.services.plans import (
    PlanGiven,
    drop_material,
    hand_in_plan,
    print_material,
    write_plan,
)
from disclosure.services.reading_plans import earlier_editions, handed_in, read_plans
from disclosure.services.summaries import approve_summary, draft_summary
from inquiries.models import Duty
from inquiries.services.refusals import NeedsWords
from tests.conftest import As, Cast
from tests.disclosure.planned import OF_BUREAU, OF_DISTRICT, Write
from tests.disclosure.planned import asked as asked  # a fixture
from tests.disclosure.planned import day as day  # a fixture
from tests.disclosure.planned import issued as issued  # a fixture
from tests.disclosure.planned import task as task  # a fixture
from tests.disclosure.planned import write as write  # a fixture

pytestmark = pytest.mark.django_db


# --- Writing and handing in ---------------------------------------------------------------------------------------
def test_the_district_s_plan_restates_the_day_and_its_number_stays_computed(
    issued: DayPlan, day: OpenDay, cast: Cast, web_as: As, now: datetime
) -> None:
    given = PlanGiven(OF_DISTRICT, theme="公开零距离", aim="便民", until_on=date(2026, 6, 22))
    with web_as(cast.wu_fang):
        write_plan(day=day, place=cast.district, given=given, seen=issued.version, by=cast.wu_fang, now=now)
    day.refresh_from_db()
    assert (day.theme, day.aim, day.last_on, day.ordinal) == ("公开零距离", "便民", date(2026, 6, 22), 20)


def test_the_booth_comes_from_the_plan_and_follows_it(
    cast: Cast, write: Write, web_as: As, now: datetime
) -> None:
    registry = open_place(kind="unit", name="婚姻登记处", parent=cast.civil, by=None, now=now)
    plan = write(units=[registry])
    assert not Booth.objects.exists()
    with web_as(cast.feng_bo):
        plan = hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
    booth = Booth.objects.get()
    assert (booth.place, booth.venue, booth.topics) == (cast.civil, "广场1号台", ["低保", "婚姻登记"])
    assert booth.plan_title == "民政局2026年政务公开日活动方案"
    assert list(booth.units.all()) == [registry]
    write(plan.version, parts=OF_BUREAU | {"venue": "广场9号台"})
    booth.refresh_from_db()
    assert booth.venue == "广场9号台"
    assert not booth.units.exists()


def test_a_booth_that_was_taken_before_is_the_plan_s(
    day: OpenDay, cast: Cast, write: Write, web_as: As, now: datetime
) -> None:
    taken = open_booth(open_day=day, place=cast.civil, venue="临时", by=None, now=now)
    plan = write()
    with web_as(cast.feng_bo):
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
    assert Booth.objects.get() == taken
    assert Booth.objects.get().venue == "广场1号台"


def test_what_is_printed_lies_at_the_booth_once(cast: Cast, write: Write, web_as: As, now: datetime) -> None:
    plan = write()

    def lying() -> list[int]:
        return list(Supply.objects.filter(taken_back_at=None).values_list("value", flat=True))

    leaflet: dict[str, Any] = {"kind": "leaflet", "name": "政策宣传单", "measure": Measure.SHEET}
    with web_as(cast.feng_bo):
        print_material(plan.pk, **leaflet, printed=500, by=cast.feng_bo, now=now)
        assert not lying()
        plan.refresh_from_db()
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
        assert lying() == [500]
        plan.refresh_from_db()
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
        assert lying() == [500]
    with web_as(cast.sun_wei):
        row = print_material(plan.pk, **leaflet, printed=300, by=cast.sun_wei, now=now)
        assert lying() == [300]
        drop_material(plan.pk, material=row.material, by=cast.sun_wei, now=now)
        assert not lying()
    with web_as(cast.feng_bo):
        print_material(plan.pk, **leaflet, printed=300, by=cast.feng_bo, now=now)
        assert lying() == [300]
    assert Supply.objects.count() == 3


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"by": "tang_rui"}, plans.NotYourPlan),
        ({"by": "li_min"}, plans.NotYourPlan),
        ({"by": "he_jing"}, plans.NotYourPlan),
        ({"by": "bai_lu"}, plans.NotYourPlan),
        ({"by": "xu_kai"}, plans.NotYourPlan),
        ({"seen": 3}, plans.PlanChanged),
        ({"units": ["culture"]}, NotAUnitOfTheBureau),
        ({"units": ["civil"]}, NotAUnitOfTheBureau),
        ({"hotlines": ["culture"]}, plans.NotALineThere),
        ({"parts": {"venue": "台" * 121}}, TooLong),
        ({"parts": {"people": "\u202e"}}, NotPlainText),
        ({"at": datetime(2026, 6, 21, 9, tzinfo=SHANGHAI)}, plans.OpenDayOver),
    ],
)
def test_what_cannot_be_written_is_refused(
    cast: Cast, write: Write, now: datetime, change: dict[str, Any], refusal: type[Refusal]
) -> None:
    given = dict(change)
    for name in ("by", "units", "hotlines"):
        if name in given:
            places = [getattr(cast, each) for each in ([given[name]] if name == "by" else given[name])]
            given[name] = places[0] if name == "by" else places
    if "hotlines" in given:
        given["hotlines"] = [
            publish_hotline(place=place, purpose="routine", number="024-55500120", by=None, now=now)
            for place in given["hotlines"]
        ]
    with pytest.raises(refusal):
        write(**given)
    assert not DayPlan.objects.exists()


def test_a_day_of_history_has_no_plan(cast: Cast, web_as: As, now: datetime) -> None:
    past = plan_open_day(
        district=cast.district, on=date(2016, 5, 15), theme="公开", by=None, now=now, is_history=True
    )
    with web_as(cast.feng_bo), pytest.raises(DayOfHistory):
        write_plan(day=past, place=cast.civil, given=PlanGiven(OF_BUREAU), seen=0, by=cast.feng_bo, now=now)


@pytest.mark.parametrize(
    ("given", "refusal", "field"),
    [
        (PlanGiven(OF_DISTRICT, theme=" "), NeedsWords, "theme"),
        (PlanGiven(OF_DISTRICT, theme="公" * 201), TooLong, "theme"),
        (PlanGiven(OF_DISTRICT, theme="公开", aim="便" * 301), TooLong, "aim"),
        (
            PlanGiven(OF_DISTRICT, theme="公开", until_on=date(2026, 6, 20)),
            plans.EndsBeforeTheDay,
            "until_on",
        ),
    ],
)
def test_what_the_day_cannot_be_is_refused(
    day: OpenDay,
    cast: Cast,
    web_as: As,
    now: datetime,
    given: PlanGiven,
    refusal: type[Refusal],
    field: str,
) -> None:
    with web_as(cast.wu_fang), pytest.raises(refusal) as refused, transaction.atomic():
        write_plan(day=day, place=cast.district, given=given, seen=0, by=cast.wu_fang, now=now)
    assert refused.value.field == field
    assert not DayPlan.objects.exists()


@pytest.mark.parametrize("wanting", ["people", "answering"])
def test_a_plan_by_which_nobody_can_work_is_not_handed_in(
    cast: Cast, write: Write, web_as: As, now: datetime, wanting: str
) -> None:
    plan = write(parts=OF_BUREAU | {wanting: " \n "})
    with web_as(cast.feng_bo), pytest.raises(plans.PlanIncomplete) as refused:
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
    assert refused.value.field == wanting
    assert f"“{PARTS_OF_BUREAU[wanting]}”" in str(refused.value)
    whole = write(plan.version)
    with web_as(cast.feng_bo):
        whole = hand_in_plan(whole.pk, seen=whole.version, by=cast.feng_bo, now=now)
    with pytest.raises(plans.PlanIncomplete):
        write(whole.version, parts=OF_BUREAU | {wanting: ""})


def test_two_who_write_at_one_plan_do_not_lose_each_other_s_words(cast: Cast, write: Write) -> None:
    first = write()
    write(first.version, parts=OF_BUREAU | {"venue": "二号台"}, by=cast.sun_wei)
    with pytest.raises(plans.PlanChanged):
        write(first.version)
    with pytest.raises(plans.PlanChanged):
        write(0)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"name": " "}, NeedsWords),
        ({"name": "单" * 121}, TooLong),
        ({"printed": 0}, NotACount),
        ({"printed": 1_000_001}, NotACount),
        ({"measure": Measure.BOOKLET}, WrongMeasure),
    ],
)
def test_what_cannot_be_printed_is_refused(
    cast: Cast, write: Write, web_as: As, now: datetime, change: dict[str, Any], refusal: type[Refusal]
) -> None:
    plan = write()
    given: dict[str, Any] = {"kind": "leaflet", "name": "宣传单", "measure": Measure.SHEET, "printed": 10}
    with web_as(cast.feng_bo):
        print_material(plan.pk, **given, by=cast.feng_bo, now=now)
        with pytest.raises(refusal):
            print_material(plan.pk, **given | change, by=cast.feng_bo, now=now)
    assert PlannedMaterial.objects.get().printed == 10


# --- What earlier editions taught ---------------------------------------------------------------------------------
def test_approved_summaries_of_earlier_days_are_remembered(day: OpenDay, cast: Cast, now: datetime) -> None:
    earlier = plan_open_day(district=cast.district, on=date(2025, 5, 15), theme="公开", by=None, now=now)
    open_booth(open_day=earlier, place=cast.civil, by=None, now=now)
    for place, by in ((cast.civil, cast.sun_wei), (cast.district, cast.wu_fang)):
        summary = draft_summary(day=earlier, place=place, by=by, now=now)
        Summary.objects.filter(pk=summary.pk).update(
            parts={"insights": "{ordinal}办得好", "next": "人手不足"}
        )
        assert not [each for each in earlier_editions(day, place) if each.summary == summary]
        approve_summary(summary.pk, seen=summary.version, although="已核对。", by=by, now=now)
    seen = earlier_editions(day, cast.civil)
    assert [(each.summary.place, each.well, each.badly) for each in seen] == [
        (cast.civil, ["第19个办得好"], ["人手不足"]),
        (cast.district, ["第19个办得好"], ["人手不足"]),
    ]
    assert [each.summary.place for each in earlier_editions(day, cast.culture)] == [cast.district]
    assert earlier_editions(earlier, cast.civil) == []


# --- What the database keeps --------------------------------------------------------------------------------------
def test_a_draft_is_seen_by_its_place_and_the_office_and_what_is_handed_in_by_the_district(
    task: PlanTask, cast: Cast, web_as: As, now: datetime
) -> None:
    plan = task.plan
    with web_as(cast.feng_bo):
        print_material(
            plan.pk,
            kind="leaflet",
            name="宣传单",
            measure=Measure.SHEET,
            printed=9,
            by=cast.feng_bo,
            now=now,
        )

    def rows(officer: Officer | None) -> tuple[int, int, int]:
        with web_as(officer):
            return DayPlan.objects.count(), PlannedMaterial.objects.count(), PlanTask.objects.count()

    assert {name: rows(getattr(cast, name)) for name in ("sun_wei", "zhou_ning")} == {
        "sun_wei": (1, 1, 1),
        "zhou_ning": (1, 1, 1),
    }
    for stranger in (cast.tang_rui, cast.xu_kai, cast.li_min, None):
        assert rows(stranger) == (0, 0, 0)
    plan.refresh_from_db()
    with web_as(cast.feng_bo):
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
    assert rows(cast.tang_rui) == rows(cast.li_min) == (1, 1, 1)
    assert rows(cast.xu_kai) == rows(None) == (0, 0, 0)
    with web_as(cast.tang_rui):
        # Another bureau's plan is read; what its posts owe is not.
        assert [duty for each in read_plans(handed_in(plan.open_day)) for _task, duty in each.tasks] == [None]
        assert DayPlan.objects.update(version=99) == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            PlannedMaterial.objects.create(
                plan=plan,
                material=PlannedMaterial.objects.get().material,
                printed=1,
                district=cast.district,
            )


def test_no_plan_is_begun_for_another_bureau_by_the_database_either(
    day: OpenDay, cast: Cast, web_as: As
) -> None:
    with web_as(cast.tang_rui), pytest.raises(ProgrammingError, match="row-level security"):
        DayPlan.objects.create(district=cast.district, open_day=day, place=cast.civil)


def test_a_plan_cannot_stand_broken(issued: DayPlan, cast: Cast, task: PlanTask, now: datetime) -> None:
    print_material(
        task.plan_id, kind="leaflet", name="单", measure=Measure.SHEET, printed=9, by=cast.feng_bo, now=now
    )
    broken: tuple[dict[str, Any], ...] = (
        {"handed_in_at": None},
        {"edited_at": None},
        {"edited_by": None},
        {"district": cast.elsewhere},
    )
    for change in broken:
        with pytest.raises(IntegrityError), transaction.atomic():
            DayPlan.objects.filter(pk=issued.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        OpenDay.objects.filter(pk=issued.open_day_id).update(until_on=date(2026, 6, 19))
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanTask.objects.filter(pk=task.pk).update(what="")
    # What is still to be checked would stop a truncation before its own trigger does.
    connection.cursor().execute("set constraints all immediate")
    for table in ("dayplan", "plantask", "plannedmaterial"):
        for gone in (f"delete from disclosure_{table}", f"truncate disclosure_{table} cascade"):
            with pytest.raises(DatabaseError, match=r"delete|keeps"), transaction.atomic():
                connection.cursor().execute(gone)


def test_reading_plans_asks_as_much_of_many(
    issued: DayPlan, task: PlanTask, cast: Cast, web_as: As, now: datetime
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            read_plans(handed_in(issued.open_day))
        return len(seen)

    task.plan.refresh_from_db()
    with web_as(cast.wu_fang):
        hand_in_plan(task.plan_id, seen=task.plan.version, by=cast.wu_fang, now=now)
        few = count()
        for place in (cast.culture, cast.streets):
            plan = write_plan(
                day=issued.open_day,
                place=place,
                given=PlanGiven(OF_BUREAU),
                seen=0,
                by=cast.wu_fang,
                now=now,
            )
            hand_in_plan(plan.pk, seen=plan.version, by=cast.wu_fang, now=now)
        assert count() == few <= 6


def test_only_who_stands_above_ends_what_a_bureau_owes(
    asked: Duty, write: Write, cast: Cast, web_as: As, now: datetime
) -> None:
    plan = write()
    with pytest.raises(plans.NotYourPlan):
        hand_in_plan(plan.pk, seen=plan.version, by=cast.cao_lei, now=now)
    with web_as(cast.wu_fang):
        hand_in_plan(plan.pk, seen=plan.version, by=cast.wu_fang, now=now)
    asked.refresh_from_db()
    assert asked.done_by == cast.wu_fang
