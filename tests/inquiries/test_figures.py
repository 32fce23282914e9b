"""A figure is exact, means the same everywhere, and opens into the list of the inquiries behind it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from bureaus.services.reorganising import abolish_place
from bureaus.workdays import SHANGHAI, Calendar
from inquiries.api.urls import urlpatterns
from inquiries.figures import FIGURES, CannotAsk, Figure, Filters, Measured, Period, Query, TooWide
from inquiries.figures import reading as reading_module
from inquiries.figures.chasing import ageing
from inquiries.figures.credibility import SIGNALS
from inquiries.figures.reading import OPEN_SET, standing
from inquiries.models import Answer, Event, Inquiry, Topic
from inquiries.models.tally import COHORT, HAPPENED, MEASURES, TIMES
from inquiries.services.answering import answer_inquiry
from inquiries.services.closing import reopen_inquiry
from inquiries.services.recording import record_inquiry
from inquiries.services.tallying import move_tallies
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask
from tools.figures import PAGE, text

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
SPRING = Period(date(2026, 4, 21), date(2026, 6, 3))


@pytest.fixture
def calendar(cast: Cast) -> Calendar:
    return calendar_for(cast.district.pk)


GROUPS = [(), ("bureau",), ("place", "topic"), ("kind", "channel"), ("source",), ("bureau", "topic_root")]


@pytest.mark.parametrize(
    ("groups", "interval"), [*product(GROUPS, [""]), ((), "month"), (("kind",), "quarter")]
)
def test_every_number_opens_into_as_many(
    groups: tuple[str, ...], interval: str, cast: Cast, lived: datetime, clock: As, calendar: Calendar
) -> None:
    with clock():
        move_tallies(limit=60)
    for figure, basis in every_figure():
        if basis == "now" and interval:
            continue
        query = Query(cast.district.pk, SPRING, basis=basis, group_by=groups, interval=interval)
        with clock():
            read = figure.read(query, now=lived, calendar=calendar)
            for cell in (read.total, *read.cells):
                behind = figure.inquiries(query, now=lived, calendar=calendar, keys=cell.keys)
                times = sum(inquiry.times for inquiry in behind)  # type: ignore[attr-defined]  # annotated
                assert times == cell.now.n, (figure.code, basis, cell)
                if cell.now.of is not None:
                    whole = figure.inquiries(
                        query, now=lived, calendar=calendar, keys=cell.keys, counted="of"
                    )
                    times = sum(inquiry.times for inquiry in whole)  # type: ignore[attr-defined]  # annotated
                    assert times == cell.now.of, (figure.code, basis, cell)
                assert cell.now.of is None or 0 <= cell.now.n <= cell.now.of, (figure.code, basis, cell)


def every_figure() -> list[tuple[Figure, str]]:
    return [(figure, basis) for figure in FIGURES.values() for basis in figure.bases]


def test_groups_and_intervals_add_up(cast: Cast, lived: datetime, clock: As, calendar: Calendar) -> None:
    for figure, basis in every_figure():
        intervals = ("",) if basis == "now" else ("", "day", "week", "month", "quarter", "year")
        for groups, interval in [*product(GROUPS[1:], [""]), *product([()], intervals[1:])]:
            query = Query(cast.district.pk, SPRING, basis=basis, group_by=groups, interval=interval)
            with clock():
                read = figure.read(query, now=lived, calendar=calendar)
            assert sum(cell.now.n for cell in read.cells) == read.total.now.n, (figure.code, basis, groups)


def test_the_scenario_is_not_empty(cast: Cast, lived: datetime, clock: As, calendar: Calendar) -> None:
    query = Query(cast.district.pk, SPRING)
    with clock():
        told = {code: f.read(query, now=lived, calendar=calendar).total.now for code, f in FIGURES.items()}
    empty = {code for code, measured in told.items() if not measured.n}
    assert {
        "recorded",
        "at_once",
        "answered",
        "answered_late",
        "returned",
        "reopened",
        "in_time",
    } & empty == set()
    assert {"satisfaction_callback", "reached", "open_now", "overdue_now", "chased_urge"} & empty == set()


def test_figures_are_what_the_rows_say(cast: Cast, lived: datetime, clock: As, calendar: Calendar) -> None:
    """Counted once more, in Python and from the rows, by the words of the definitions."""
    query = Query(cast.district.pk, SPRING)
    begins, ends = datetime(2026, 4, 21, tzinfo=SHANGHAI), datetime(2026, 6, 4, tzinfo=SHANGHAI)

    def n(code: str, basis: str) -> Measured:
        with clock():
            asked = Query(cast.district.pk, SPRING, basis=basis)
            return FIGURES[code].read(asked, now=lived, calendar=calendar).total.now

    asked = list(Inquiry.objects.filter(asked_at__gte=begins, asked_at__lt=ends))
    answers = list(Answer.objects.filter(logged_at__gte=begins, logged_at__lt=ends).select_related("inquiry"))
    standing = {a.inquiry_id: a for a in Answer.objects.order_by("round")}
    owed = [i for i in asked if not (i.answered_at and standing[i.pk].at_once)]
    late = [i for i in owed if i.answered_at is None and i.due_at <= lived]
    in_time = [i for i in owed if i.answered_at and i.answered_at < i.due_at]
    assert n("recorded", "cohort").n == len(asked)
    assert (
        n("recorded", "happened").n
        == Event.objects.filter(code="recorded", at__gte=begins, at__lt=ends).count()
    )
    assert n("answered", "happened").n == len(answers)
    assert n("answered", "cohort").n == len([i for i in asked if i.answered_at])
    assert n("at_once", "happened").n == len([a for a in answers if a.at_once])
    assert n("in_time", "cohort") == Measured(
        len(in_time),
        len([i for i in owed if i.answered_at]) + len(late),
        0,
        n("in_time", "cohort").provisional,
    )
    slow = [a for a in answers if not a.at_once]
    assert n("in_time", "happened").of == len(slow)
    assert n("in_time", "happened").n == len([a for a in slow if a.answered_at < a.due_at])
    assert n("in_time", "cohort").value == Fraction(
        len(in_time),
        len(in_time) + len([i for i in owed if i.answered_at and i.answered_at >= i.due_at]) + len(late),
    )
    assert n("overdue_now", "now").n == Inquiry.objects.filter(answered_at=None, due_at__lte=lived).count()
    assert query.basis == ""


def test_moving_what_waits_changes_no_figure(
    cast: Cast, lived: datetime, clock: As, calendar: Calendar
) -> None:
    def told() -> dict[tuple[str, str], object]:
        with clock():
            return {
                (code, basis): figure.read(
                    Query(cast.district.pk, SPRING, basis=basis, group_by=("bureau", "kind")),
                    now=lived,
                    calendar=calendar,
                )
                for code, figure in FIGURES.items()
                for basis in figure.bases
            }

    before = told()
    with clock():
        move_tallies(limit=100)
    assert told() == before
    with clock():
        move_tallies()
    assert told() == before


def test_a_reopening_rewrites_the_cohort_and_no_past_month(
    cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime, calendar: Calendar
) -> None:
    inquiry = ask()
    with web_as(cast.li_min, now + HOUR):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now + HOUR)
    june = now + 30 * DAY
    with web_as(cast.wu_fang, june):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.wu_fang, now=june)
    with clock():
        told = {
            basis: FIGURES["answered"]
            .read(Query(cast.district.pk, MAY, basis=basis), now=june, calendar=calendar)
            .total.now.n
            for basis in ("cohort", "happened")
        }
    assert told == {"cohort": 0, "happened": 1}


def test_a_period_stands_beside_the_one_before_and_the_year_before(
    cast: Cast, ask: Ask, clock: As, now: datetime, calendar: Calendar
) -> None:
    for months, times in ((0, 3), (1, 2), (12, 1)):
        for _ in range(times):
            ask(now=now.replace(year=now.year - months // 12, month=now.month - months % 12))
    with clock():
        total = FIGURES["recorded"].read(Query(cast.district.pk, MAY), now=now, calendar=calendar).total
    assert total.previous is not None
    assert total.year_earlier is not None
    assert (total.now.n, total.previous.n, total.year_earlier.n) == (3, 2, 1)


@pytest.mark.parametrize(
    ("period", "previous", "year_earlier"),
    [
        (MAY, Period(date(2026, 4, 1), date(2026, 4, 30)), Period(date(2025, 5, 1), date(2025, 5, 31))),
        (
            Period(date(2024, 2, 1), date(2024, 2, 29)),
            Period(date(2024, 1, 1), date(2024, 1, 31)),
            Period(date(2023, 2, 1), date(2023, 2, 28)),
        ),
        (
            Period(date(2026, 1, 1), date(2026, 3, 31)),
            Period(date(2025, 10, 1), date(2025, 12, 31)),
            Period(date(2025, 1, 1), date(2025, 3, 31)),
        ),
        (
            Period(date(2024, 2, 26), date(2024, 2, 29)),
            Period(date(2024, 2, 22), date(2024, 2, 25)),
            Period(date(2023, 2, 26), date(2023, 2, 28)),
        ),
    ],
)
def test_what_a_period_is_set_beside(period: Period, previous: Period, year_earlier: Period) -> None:
    assert (period.previous, period.year_earlier) == (previous, year_earlier)


def test_a_period_is_whole_months_and_the_days_at_its_edges() -> None:
    assert SPRING.pieces == [
        ("day", date(2026, 4, 21), date(2026, 5, 1)),
        ("month", date(2026, 5, 1), date(2026, 6, 1)),
        ("day", date(2026, 6, 1), date(2026, 6, 4)),
    ]
    assert [grain for grain, _first, _after in MAY.pieces] == ["month"]
    assert [p.first_on.day for p in MAY.split("week")] == [1, 4, 11, 18, 25]


def test_a_figure_is_one_statement_whatever_it_compares(
    cast: Cast, clock: As, now: datetime, calendar: Calendar
) -> None:
    query = Query(
        cast.district.pk, MAY, places=frozenset([cast.civil.pk, cast.relief.pk]), group_by=("kind",)
    )
    with (
        clock(),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        FIGURES["in_time"].read(query, now=now, calendar=calendar)
    assert len(asked) == 1


@pytest.fixture
def alone(lived: datetime) -> None:
    """No other index stands in the way: which is the cheapest of so few rows is a matter of what was there before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select indexrelid::regclass::text from pg_index where indrelid = 'inquiries_inquiry'::regclass
                and not indisunique and indexrelid <> 'inquiry_open_set'::regclass"""
        )
        cursor.execute(f"drop index {', '.join(name for (name,) in cursor.fetchall())}")


@pytest.mark.parametrize("by", ["bureau", "kind", "channel", "topic"])
def test_how_much_is_open_is_read_from_the_totals_and_is_what_the_rows_say(
    by: str, cast: Cast, lived: datetime, clock: As, calendar: Calendar
) -> None:
    query = Query(cast.district.pk, MAY, group_by=(by,))
    with clock(), CaptureQueriesContext(connection) as asked:
        read = FIGURES["open_now"].read(query, now=lived, calendar=calendar)
    assert [each["sql"] for each in asked if "inquiries_tally" in each["sql"]]
    assert not [each["sql"] for each in asked if "inquiries_cohort" in each["sql"]]
    is_open = Inquiry.objects.filter(answered_at=None)
    column = {"bureau": "holder", "topic": "topic"}.get(by, by)
    by_rows = dict(is_open.values_list(column).annotate(n=Count("pk")))
    if by == "bureau":
        found: dict[int, int] = {}
        for place in Place.objects.filter(pk__in=by_rows):
            found[place.bureau_id] = found.get(place.bureau_id, 0) + by_rows[place.pk]
        by_rows = found
    assert {cell.keys[0]: cell.now.n for cell in read.cells} == by_rows
    assert read.total.now.n == is_open.count() > 0


@pytest.mark.parametrize(
    "figure", ["awaiting_citizen", "overdue_now", "due_within_5", "in_time", "in_time_first"]
)
@pytest.mark.parametrize("by", ["bureau", "kind", "channel", "topic"])
def test_what_is_open_is_read_from_one_index_and_no_row_is_looked_at(
    figure: str, by: str, alone: None, cast: Cast, lived: datetime, clock: As, calendar: Calendar
) -> None:
    query = Query(cast.district.pk, MAY, group_by=(by,))
    with clock(), CaptureQueriesContext(connection) as asked:
        FIGURES[figure].read(query, now=lived, calendar=calendar)
        assert "Index Only Scan using inquiry_open_set" in _plan(asked)


def test_ageing_is_read_from_that_index(
    alone: None, cast: Cast, lived: datetime, clock: As, calendar: Calendar
) -> None:
    with clock(), CaptureQueriesContext(connection) as asked:
        ageing(Query(cast.district.pk, MAY), now=lived, calendar=calendar)
        assert "Index Only Scan using inquiry_open_set" in _plan(asked)


def _plan(asked: CaptureQueriesContext) -> str:
    [statement] = [each["sql"] for each in asked if "inquiries_cohort" in each["sql"]]
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"set local enable_{way} = off")
        cursor.execute(f"explain {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_a_topic_means_what_is_below_it(cast: Cast, lived: datetime, clock: As, calendar: Calendar) -> None:
    top = Topic.objects.get(name="社会救助")
    query = Query(cast.district.pk, SPRING, filters=Filters(topic=(top.pk,)), group_by=("topic",))
    with clock():
        read = FIGURES["recorded"].read(query, now=lived, calendar=calendar)
    assert {cell.keys[0] for cell in read.cells} == {top.pk, Topic.objects.get(name="低保").pk}


def test_a_topic_of_the_first_level_counts_what_is_below_it(
    cast: Cast, lived: datetime, clock: As, calendar: Calendar
) -> None:
    parents = dict(Topic.objects.values_list("pk", "parent"))

    def top(pk: int | None) -> int | None:
        above = None if pk is None else parents[pk]
        return pk if above is None else top(above)

    below = Topic.objects.get(name="低保")
    query = Query(cast.district.pk, SPRING, group_by=("topic_root",))
    with clock():
        of_all = FIGURES["recorded"].read(query, now=lived, calendar=calendar)
        both = FIGURES["recorded"].read(
            replace(query, group_by=("topic", "topic_root")), now=lived, calendar=calendar
        )
    asked = Inquiry.objects.filter(
        asked_at__gte=datetime(2026, 4, 21, tzinfo=SHANGHAI),
        asked_at__lt=datetime(2026, 6, 4, tzinfo=SHANGHAI),
    ).values_list("topic", flat=True)
    assert below.pk in asked
    assert {cell.keys: cell.now.n for cell in of_all.cells} == Counter((top(pk),) for pk in asked)
    assert {cell.keys: cell.now.n for cell in both.cells} == Counter((pk, top(pk)) for pk in asked)


def test_what_crosses_families_is_counted_from_the_rows_and_is_the_same(
    cast: Cast, lived: datetime, clock: As, calendar: Calendar
) -> None:
    crossing = Query(cast.district.pk, SPRING, group_by=("topic", "kind"))
    with clock():
        read = FIGURES["recorded"].read(crossing, now=lived, calendar=calendar)
    asked = Inquiry.objects.filter(
        asked_at__gte=datetime(2026, 4, 21, tzinfo=SHANGHAI),
        asked_at__lt=datetime(2026, 6, 4, tzinfo=SHANGHAI),
    )
    assert {cell.keys: cell.now.n for cell in read.cells} == Counter(asked.values_list("topic", "kind"))


def test_what_takes_too_long_is_refused(
    cast: Cast, lived: datetime, clock: As, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock(), pytest.raises(TooWide):
        reading_module.run("select pg_sleep(2)", {}, timeout="20ms")
    with clock(), connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_an_officer_sees_her_own_figures_and_her_superior_those_of_all(
    cast: Cast, lived: datetime, web_as: As, calendar: Calendar
) -> None:
    def seen(reader: Officer | None) -> set[object]:
        with web_as(reader, lived):
            query = Query(
                cast.district.pk,
                SPRING,
                places=frozenset([cast.civil.pk, cast.relief.pk]),
                basis="happened",
                group_by=("officer",),
                reader=reader,
            )
            read = FIGURES["answered"].read(query, now=lived, calendar=calendar)
            return {cell.keys[0] for cell in read.cells}

    assert cast.li_min.pk in seen(cast.li_min)
    assert cast.li_min.pk in seen(cast.he_jing)
    assert cast.li_min.pk in seen(cast.sun_wei)
    assert seen(cast.wu_fang) == set()
    assert seen(cast.tang_rui) == set()
    with pytest.raises(CannotAsk):
        seen(None)


@pytest.mark.parametrize("structure", ["as_was", "as_now"])
def test_what_an_abolished_place_did_goes_to_its_successor_where_that_is_asked(
    structure: str, cast: Cast, ask: Ask, clock: As, now: datetime, calendar: Calendar
) -> None:
    ask(answer=EXPLAINED)
    abolish_place(place=cast.relief, successor=cast.civil, on=(now + DAY).date(), by=None, now=now + DAY)
    with clock():
        query = Query(
            cast.district.pk,
            MAY,
            places=frozenset([cast.civil.pk]),
            basis="happened",
            group_by=("place",),
            structure=structure,
        )
        read = FIGURES["answered"].read(query, now=now + DAY, calendar=calendar)
    assert {cell.keys: cell.now.n for cell in read.cells} == (
        {(cast.civil.pk,): 1} if structure == "as_now" else {}
    )


def test_what_a_section_of_an_abolished_bureau_did_goes_to_the_bureau_that_took_it(
    cast: Cast, ask: Ask, clock: As, now: datetime, calendar: Calendar
) -> None:
    ask(answer=EXPLAINED)
    abolish_place(place=cast.civil, successor=cast.culture, on=(now + DAY).date(), by=None, now=now + DAY)
    with clock():
        by_bureau = Query(cast.district.pk, MAY, basis="happened", group_by=("bureau",), structure="as_now")
        read = FIGURES["answered"].read(by_bureau, now=now + DAY, calendar=calendar)
        asked = replace(by_bureau, places=frozenset([cast.culture.pk]), group_by=())
        of_it = FIGURES["answered"].read(asked, now=now + DAY, calendar=calendar)
    assert {cell.keys: cell.now.n for cell in read.cells} == {(cast.culture.pk,): 1}
    assert of_it.total.now.n == 1


def test_places_that_came_to_stand_in_each_others_stead_stay_what_they_are(cast: Cast, now: datetime) -> None:
    # The service refuses it; older rows may hold it.
    for place, successor in ((cast.civil, cast.culture), (cast.culture, cast.relief)):
        Place.objects.filter(pk=place.pk).update(successor=successor, abolished_on=now.date())
    assert standing(cast.district.pk) == {}


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("basis", {"basis": "now"}),
        ("basis", {"basis": "ever"}),
        ("group_by", {"group_by": ("kind", "topic", "place")}),
        ("group_by", {"group_by": ("kind", "kind")}),
        ("group_by", {"group_by": ("weather",)}),
        ("interval", {"interval": "hour"}),
        ("structure", {"structure": "as_wished"}),
        ("group_by", {"group_by": ("officer",)}),
    ],
)
def test_what_a_figure_does_not_know_is_refused_by_name(
    field: str, given: dict[str, Any], cast: Cast, clock: As, now: datetime, calendar: Calendar
) -> None:
    with clock(), pytest.raises(CannotAsk) as refused:
        FIGURES["recorded"].read(
            Query(cast.district.pk, MAY, **given),
            now=now,
            calendar=calendar,
        )
    assert refused.value.field == field
    assert str(refused.value)


def test_few_are_marked() -> None:
    assert [Measured(n).small for n in (0, 1, 4, 5)] == [False, True, True, False]
    assert Measured(3, 100).small is False
    assert Measured(0, 3).small is True
    assert Measured(1, 0).value is None


def test_another_district_counts_nothing_of_this_one(
    cast: Cast, lived: datetime, web_as: As, calendar: Calendar
) -> None:
    with web_as(cast.xu_kai, lived):
        for place in (cast.district.pk, cast.elsewhere.pk):
            assert (
                FIGURES["recorded"].read(Query(place, SPRING), now=lived, calendar=calendar).total.now.n == 0
            )


def test_a_sealed_matter_counts_for_all_and_opens_for_its_readers_alone(
    cast: Cast, web_as: As, now: datetime, calendar: Calendar
) -> None:
    with web_as(cast.li_min, now):
        record_inquiry(
            by=cast.li_min,
            now=now,
            place=cast.relief,
            kind="tip_off",
            channel="desk",
            question="举报",
            post=None,
        )
    query = Query(cast.district.pk, MAY)
    opened = {}
    for officer in (cast.wu_fang, cast.zhou_ning):
        with web_as(officer, now + HOUR):
            read = FIGURES["recorded"].read(query, now=now + HOUR, calendar=calendar)
            behind = FIGURES["recorded"].inquiries(query, now=now + HOUR, calendar=calendar)
            opened[officer.username] = (read.total.now.n, len(behind))
    assert opened == {"wu_fang": (1, 0), "zhou_ning": (1, 1)}


def test_every_figure_is_defined_in_the_document() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert text(page) == page, "run python -m tools.figures"
    assert [code for code in FIGURES if f"`{code}`" not in page] == []
    for figure in FIGURES.values():
        said = figure.definition
        assert all(
            str(part)
            for part in (figure.label, said.numerator, said.attribution, said.dated_by, said.excludes)
        )
        assert bool(said.denominator) == (figure.unit == "rate")


def test_what_has_a_shape_of_its_own_is_defined_in_the_document() -> None:
    """A row for each signal, time, and table of the API: what is counted, of what, by which day and place."""
    table = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    rows = {cells[0].split("`")[1]: cells for cells in table if cells[0].startswith("`") and len(cells) > 2}
    routes = [re.match(r"statistics/([a-z-]+)(/inquiries)?$", str(each.pattern)) for each in urlpatterns]
    tables = {found[1] for found in routes if found} - {"weights", "signals", "callback-draws"}
    assert {"held", "ageing", "standings", "rising-topics", "repeat-callers", "recording-lag"} <= tables
    assert sorted({*TIMES, *SIGNALS, *tables} - set(rows)) == []
    assert [code for code in tables if len(rows[code]) != 5 or not all(rows[code])] == []
    for signal in SIGNALS.values():
        first, shows, of, _when, excluded = rows[signal.code]
        with translation.override("en"):
            assert first == f"`{signal.code}` {signal.label}"
            assert of.startswith(str(signal.of))
        assert shows
        assert excluded


def test_every_figure_counts_what_is_kept() -> None:
    known = {*MEASURES, *OPEN_SET}
    for figure in FIGURES.values():
        for basis, share in figure.shares.items():
            kept = {"cohort": {*COHORT}, "happened": {*HAPPENED}, "now": {*OPEN_SET}}[basis]
            assert {*share.n, *share.less} <= kept, figure.code
            assert {*share.of} <= known, figure.code
