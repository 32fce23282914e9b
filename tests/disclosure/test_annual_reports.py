"""The yearly report: table three counted from the records, the rest entered by hand, checked, frozen, owed."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

import docx
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bureaus.models import Officer, Place
from bureaus.services.refusals import Refusal
from bureaus.workdays import SHANGHAI, local_date
from disclosure.documents.annual import CELLS, Numbers, check_numbers, is_number, tables_of
from disclosure.figures.annual import (
    APPLICANTS,
    ENDS,
    LEFT,
    NEW,
    RESULTS,
    TOTAL,
    WAYS,
    Cells,
    applications_of,
    challenges_of,
)
from disclosure.models import AnnualReport
from disclosure.services.annual import (
    REPORT,
    NoReportOfThat,
    NotANumberOfReport,
    NotYourReport,
    NotYoursToApproveReport,
    ReportFrozen,
    YearNotOver,
    approve_report,
    ask_for_reports,
    draft_report,
    edit_report,
    findings_of_report,
    numbers_of,
)
from disclosure.services.summaries import ChecksRemain
from disclosure.tasks import keep_items_current as clocked
from inquiries.models import Duty, Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.challenging import close_challenge, log_challenge
from inquiries.services.duties import url_of
from inquiries.services.recording import CitizenGiven
from inquiries.services.refusals import ChangedMeanwhile
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask, Enter, page

pytestmark = pytest.mark.django_db

LATER = datetime(2027, 1, 5, 9, tzinfo=SHANGHAI)
FILLED = dict.fromkeys(CELLS, "0") | {
    "norms_made": "3",
    "norms_ended": "1",
    "norms_valid": "12",
    "fees": "1.5",
}
TEXTS = {"overview": "共收到{new}件。", "problems": "数据报送不及时，已改进。", "others": "无。"}


@pytest.fixture
def year(ask: Ask, cast: Cast, web_as: As, now: datetime) -> list[Inquiry]:
    """Seven applications: one of 2025, two still open, four ended each in a way of its own."""

    def apply(applicant: str = "natural", outcome: str = "", ground: str = "", **given: object) -> Inquiry:
        who = CitizenGiven(name="申请人", applicant=applicant)
        inquiry = ask(kind="disclosure", citizen=who, **given)
        if outcome:
            with web_as(cast.li_min):
                words = AnswerGiven(outcome, "答复如下。", "letter", ground=ground)
                answer_inquiry(inquiry.pk, words, by=cast.li_min, now=now)
            if outcome in ("refused", "not_processed"):
                with web_as(cast.sun_wei):
                    decide_draft(inquiry.pk, approve=True, by=cast.sun_wei, now=now)
        return inquiry

    return [
        apply(outcome="disclosed", asked_at=datetime(2025, 12, 20, 9, tzinfo=SHANGHAI)),
        apply(outcome="already_public"),
        apply("business", "refused", "case_file"),
        apply("business", "not_held", "not_here"),
        apply("legal_service", "not_processed", "repeated"),
        apply("business"),
        # Posted in 2025 and received in 2026: of 2026.
        apply(asked_at=datetime(2025, 12, 31, 9, tzinfo=SHANGHAI), received_on=date(2026, 1, 4)),
    ]


def counted(place: Place, of: int, by: Officer, web_as: As) -> dict[str, dict[str, int]]:
    """The rows that hold anything, without the columns that are zero."""
    with web_as(by):
        cells = applications_of(place, of)
    return {
        row: {column: n for column, n in cells[row].items() if n} for row in cells if any(cells[row].values())
    }


def test_each_application_is_counted_where_it_belongs(year: list[Inquiry], cast: Cast, web_as: As) -> None:
    assert counted(cast.civil, 2026, cast.feng_bo, web_as) == {
        "new": {"natural": 2, "business": 3, "legal_service": 1, "total": 6},
        "carried": {"natural": 1, "total": 1},
        "disclosed": {"natural": 2, "total": 2},
        "case_file": {"business": 1, "total": 1},
        "not_here": {"business": 1, "total": 1},
        "repeated": {"legal_service": 1, "total": 1},
        "total": {"natural": 2, "business": 2, "legal_service": 1, "total": 5},
        "left": {"natural": 1, "business": 1, "total": 2},
    }


def test_what_one_year_leaves_the_next_takes_up(year: list[Inquiry], cast: Cast, web_as: As) -> None:
    before = counted(cast.civil, 2025, cast.feng_bo, web_as)
    assert before == {"new": {"natural": 1, "total": 1}, "left": {"natural": 1, "total": 1}}
    after = counted(cast.civil, 2027, cast.feng_bo, web_as)
    assert after["carried"] == counted(cast.civil, 2026, cast.feng_bo, web_as)["left"]
    assert "new" not in after


def test_the_district_counts_all_bureaus_and_no_bureau_another(
    year: list[Inquiry], cast: Cast, web_as: As
) -> None:
    assert counted(cast.district, 2026, cast.zhou_ning, web_as) == counted(
        cast.civil, 2026, cast.feng_bo, web_as
    )
    with web_as(cast.cao_lei):
        assert applications_of(cast.culture, 2026)[NEW][TOTAL] == 0


def test_other_questions_and_parts_of_one_are_no_applications(ask: Ask, cast: Cast, web_as: As) -> None:
    whole = ask(kind="disclosure")
    ask()
    ask(kind="disclosure", parent=whole)
    assert counted(cast.civil, 2026, cast.feng_bo, web_as)["new"] == {"natural": 1, "total": 1}


def test_an_application_that_was_withdrawn_ends_otherwise(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, AnswerGiven("ended", "终止办理。", "letter"), by=cast.li_min, now=now)
    with web_as(cast.wu_fang):
        decide_draft(inquiry.pk, approve=True, by=cast.wu_fang, now=now)
    assert counted(cast.civil, 2026, cast.feng_bo, web_as)["other"] == {"natural": 1, "total": 1}


@pytest.mark.parametrize("of", [2025, 2026, 2027])
def test_every_column_adds_up(of: int, year: list[Inquiry], cast: Cast, web_as: As) -> None:
    """第一项加第二项之和,等于第三项加第四项之和; each total is the sum of what stands before it."""
    with web_as(cast.feng_bo):
        cells = applications_of(cast.civil, of)
    for column in (*APPLICANTS, TOTAL):
        assert cells["new"][column] + cells["carried"][column] == cells[TOTAL][column] + cells[LEFT][column]
        assert cells[TOTAL][column] == sum(cells[row][column] for row in ENDS)
    for row in cells.values():
        assert row[TOTAL] == sum(row[column] for column in APPLICANTS)


def test_table_three_takes_one_statement(year: list[Inquiry], cast: Cast, web_as: As) -> None:
    with web_as(cast.feng_bo), CaptureQueriesContext(connection) as asked:
        applications_of(cast.civil, 2026)
    assert len(asked) == 1


def case(
    inquiry: Inquiry, cast: Cast, kind: str, received: date, result: str = "", closed: date | None = None
) -> None:
    now = datetime(2027, 2, 1, 9, tzinfo=SHANGHAI)
    by: dict[str, Any] = {"by": cast.li_min, "now": now}
    entered = log_challenge(inquiry.pk, kind=kind, body="区政府", received_on=received, **by)
    if result:
        close_challenge(inquiry.pk, challenge_id=entered.pk, result=result, closed_on=closed, **by)


def test_a_case_is_counted_in_the_year_it_was_closed_and_before_that_as_pending(
    year: list[Inquiry], cast: Cast, web_as: As
) -> None:
    refused, open_one = year[2], year[5]
    with web_as(cast.li_min):
        case(refused, cast, "review", date(2026, 6, 1), "upheld", date(2026, 8, 1))
        case(refused, cast, "after", date(2026, 9, 1), "corrected", date(2027, 1, 20))
        case(open_one, cast, "suit", date(2026, 7, 1))
        case(open_one, cast, "suit", date(2027, 1, 2))
        case(open_one, cast, "review", date(2026, 7, 1), "mistaken", date(2026, 7, 2))

    def of(place: Place, which: int) -> list[tuple[str, str, int]]:
        cells = challenges_of(place, which)
        return [(way, column, n) for way in WAYS for column, n in cells[way].items() if n and column != TOTAL]

    with web_as(cast.feng_bo):
        with CaptureQueriesContext(connection) as asked:
            assert of(cast.civil, 2026) == [
                *(("review", "upheld", 1), ("suit", "pending", 1), ("after", "pending", 1)),
            ]
        assert len(asked) == 1
        assert of(cast.civil, 2027) == [("suit", "pending", 2), ("after", "corrected", 1)]
        assert of(cast.civil, 2025) == []
    with web_as(cast.zhou_ning):
        assert of(cast.district, 2027) == [("suit", "pending", 2), ("after", "corrected", 1)]
        assert challenges_of(cast.district, 2027)["suit"][TOTAL] == 2
    with web_as(cast.cao_lei):
        assert of(cast.culture, 2026) == []


# The paper


def empty() -> Cells:
    return {row: dict.fromkeys((*APPLICANTS, TOTAL), 0) for row in ("new", "carried", *ENDS, TOTAL, LEFT)}


def no_cases() -> Cells:
    return {way: dict.fromkeys((*RESULTS, TOTAL), 0) for way in WAYS}


def test_the_tables_have_the_cells_of_the_form() -> None:
    fought = no_cases()
    fought["review"] = {"upheld": 2, "corrected": 0, "otherwise": 0, "pending": 1, TOTAL: 3}  # type: ignore[index]
    tables = tables_of(Numbers(empty(), fought, FILLED, 0))
    assert [(len(table.rows), len(table.heads)) for table in tables] == [
        *((2, 4), (3, 2), (1, 2)),
        (25, 8),
        *[(1, 5)] * 3,
    ]
    assert tables[0].rows[1] == ("行政规范性文件", "3", "1", "12")
    assert tables[4].rows == (("2", "0", "0", "1", "3"),)


@pytest.mark.parametrize(
    ("name", "typed", "fits"),
    [
        *(
            ("permits", "12", True),
            ("permits", "1.5", False),
            ("permits", "-1", False),
            ("permits", "１", False),
        ),
        *(("fees", "1.5", True), ("fees", "NaN", False), ("fees", "-1", False), ("fees", "1e99", False)),
    ],
)
def test_a_cell_holds_a_number(name: str, typed: str, fits: bool) -> None:
    assert is_number(name, typed) is fits


def test_what_does_not_follow_on_last_years_is_found() -> None:
    before, applied = empty(), empty()
    before[LEFT]["business"] = before[LEFT][TOTAL] = 2  # type: ignore[index]
    found = check_numbers(
        Numbers(applied, no_cases(), FILLED | {"norms_valid": "9"}, 0),
        TEXTS,
        Numbers(before, no_cases(), FILLED, 0),
    )
    assert [str(each)[:40] for each in found] == [
        "0 applications are carried in; last year",
        "行政规范性文件 in force: 9; last year's 12, mad",
    ]
    applied["carried"]["business"] = applied["carried"][TOTAL] = 2  # type: ignore[index]
    assert [str(each) for each in check_numbers(Numbers(applied, no_cases(), FILLED, 0), TEXTS, None)] == [
        "Table three does not add up in a column."
    ] * 2


# Writing and approving


@pytest.fixture
def report(year: list[Inquiry], cast: Cast, now: datetime, web_as: As) -> AnnualReport:
    with web_as(cast.feng_bo):
        drafted = draft_report(place=cast.civil, year=2026, by=cast.feng_bo, now=now)
        return edit_report(
            drafted.pk, cells=FILLED, parts=TEXTS, seen=drafted.version, by=cast.feng_bo, now=now
        )


def test_a_draft_says_what_the_records_say(
    year: list[Inquiry], cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.feng_bo):
        drafted = draft_report(place=cast.civil, year=2026, by=cast.feng_bo, now=now)
        assert draft_report(place=cast.civil, year=2026, by=cast.feng_bo, now=now) == drafted
        numbers = numbers_of(drafted)
        assert len(findings_of_report(drafted, numbers)) == 3
    assert numbers.words() == {"new": "6", "carried": "1", "left": "2", "closed": "5", "items": "0"}


@pytest.mark.parametrize(
    ("who", "place", "of", "refusal"),
    [
        ("li_min", "civil", 2026, NotYourReport),
        ("tang_rui", "civil", 2026, NotYourReport),
        ("feng_bo", "relief", 2026, NoReportOfThat),
        ("feng_bo", "civil", 2027, NoReportOfThat),
        ("feng_bo", "civil", 2007, NoReportOfThat),
    ],
)
def test_who_sees_less_than_the_whole_writes_nothing_of_it(
    who: str, place: str, of: int, refusal: type[Refusal], cast: Cast, web_as: As, now: datetime
) -> None:
    by = getattr(cast, who)
    with web_as(by), pytest.raises(refusal):
        draft_report(place=getattr(cast, place), year=of, by=by, now=now)


def test_what_is_no_number_is_refused_at_its_cell(
    report: AnnualReport, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.feng_bo), pytest.raises(NotANumberOfReport) as refused:
        edit_report(
            report.pk, cells={"permits": "很多"}, parts=TEXTS, seen=report.version, by=cast.feng_bo, now=now
        )
    assert refused.value.field == "permits"


def test_approved_its_numbers_stay(
    report: AnnualReport, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.sun_wei):
        approved = approve_report(report.pk, seen=report.version, by=cast.sun_wei, now=LATER)
    ask(kind="disclosure")
    with web_as(cast.sun_wei):
        assert numbers_of(approved).applications[NEW][TOTAL] == 6
        again: dict[str, Any] = {"seen": approved.version, "by": cast.sun_wei, "now": LATER}
        with pytest.raises(ReportFrozen):
            approve_report(report.pk, **again)
        with pytest.raises(ReportFrozen):
            edit_report(report.pk, cells={}, parts=TEXTS, **again)
        with pytest.raises(IntegrityError, match="stays as it was approved"), transaction.atomic():
            AnnualReport.objects.filter(pk=report.pk).update(cells={})


def test_nobody_approves_a_year_that_goes_on_nor_without_the_right(
    report: AnnualReport, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.sun_wei):
        with pytest.raises(YearNotOver):
            approve_report(report.pk, seen=report.version, by=cast.sun_wei, now=now)
        with pytest.raises(ChangedMeanwhile):
            approve_report(report.pk, seen=report.version - 1, by=cast.sun_wei, now=LATER)
        with pytest.raises(NotYoursToApproveReport):
            approve_report(report.pk, seen=report.version, by=cast.li_min, now=LATER)


def test_what_the_checks_find_is_mended_or_answered_for(
    report: AnnualReport, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.feng_bo):
        edit_report(report.pk, cells={}, parts=TEXTS, seen=report.version, by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei):
        with pytest.raises(ChecksRemain):
            approve_report(report.pk, seen=report.version + 1, by=cast.sun_wei, now=LATER)
        done = approve_report(
            report.pk, seen=report.version + 1, by=cast.sun_wei, now=LATER, although="本局无此项。"
        )
    assert done.approved_although == "本局无此项。"


# Owed


def owing() -> dict[Place, date]:
    rows = Duty.objects.filter(kind=REPORT, done_at=None).select_related("place")
    return {duty.place: local_date(duty.due_at - timedelta(seconds=1)) for duty in rows}


def test_bureaus_owe_it_by_the_end_of_january_the_district_by_march(
    year: list[Inquiry], cast: Cast, clock: As
) -> None:
    with clock():
        assert ask_for_reports(district=cast.district, now=LATER) > 2
        assert ask_for_reports(district=cast.district, now=LATER) == 0
    owed = owing()
    assert owed[cast.civil] == date(2027, 1, 31)
    assert owed[cast.district] == date(2027, 3, 31)
    assert {place.kind for place in owed} == {"district", "bureau"}
    assert "year=2026" in url_of(Duty.objects.filter(kind=REPORT).first())  # type: ignore[arg-type]


def test_a_report_that_is_approved_is_owed_no_more(
    report: AnnualReport, cast: Cast, web_as: As, clock: As
) -> None:
    with clock():
        ask_for_reports(district=cast.district, now=LATER)
    with web_as(cast.sun_wei):
        approve_report(report.pk, seen=report.version, by=cast.sun_wei, now=LATER)
    assert cast.civil not in owing()
    with clock():
        assert ask_for_reports(district=cast.district, now=LATER) == 0


def test_what_was_due_before_anybody_looked_and_years_without_records_are_not_owed(
    cast: Cast, ask: Ask, clock: As
) -> None:
    with clock():
        assert ask_for_reports(district=cast.district, now=LATER) == 0
    ask()
    with clock():
        assert ask_for_reports(district=cast.district, now=datetime(2027, 4, 1, 9, tzinfo=SHANGHAI)) == 0
        assert ask_for_reports(district=cast.district, now=datetime(2027, 2, 1, 9, tzinfo=SHANGHAI)) == 1
    assert list(owing()) == [cast.district]


def test_the_clock_asks_for_it(year: list[Inquiry], cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disclosure.tasks.timezone.now", lambda: LATER)
    clocked()
    assert cast.civil in owing()


# Pages


def test_a_report_is_drafted_written_and_read_on_its_page(
    year: list[Inquiry], cast: Cast, enter: Enter
) -> None:
    client = enter(cast.feng_bo)
    assert cast.civil.name in page(client, "/reports/?year=2026")
    begun = client.post("/reports/begin/", {"year": 2026, "place": cast.civil.pk})
    report = AnnualReport.objects.get()
    assert begun["Location"] == f"/reports/{report.pk}/"
    path = f"/reports/{report.pk}/"
    assert "结转下年度继续办理2件" in page(client, path)
    wrong = client.post(path, {"seen": 1, **TEXTS, "permits": "很多"})
    assert wrong.status_code == 422
    assert "很多" in wrong.content.decode()
    assert "Give a whole number" in wrong.content.decode()
    assert client.post(path, {"seen": 1, **TEXTS, **FILLED}).status_code == 302
    shown = page(client, path)
    assert "共收到6件。" in shown
    assert "The checks found nothing." in shown
    read = docx.Document(io.BytesIO(client.get(f"{path}report.docx").content))
    # The heads stand on two lines, as in the form of 2021.
    upper, lower = ([cell.text for cell in row.cells] for row in read.tables[3].rows[:2])
    assert upper == ["申请人情况", "自然人", *["法人或其他组织"] * 5, "总计"]
    assert lower == [*upper[:2], "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
    assert '<th scope="colgroup" colspan="5">法人或其他组织</th>' in shown
    assert '<tr><th scope="col">商业企业</th>' in shown
    assert [cell.text for cell in read.tables[3].rows[2].cells][-1] == "6"
    assert [len(table.rows) for table in read.tables] == [3, 4, 2, 27, 2, 2, 2]


def test_a_draft_is_for_who_sees_the_whole_and_an_approved_one_for_the_district(
    report: AnnualReport, cast: Cast, enter: Enter, web_as: As
) -> None:
    path = f"/reports/{report.pk}/"
    for stranger in (cast.li_min, cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(path).status_code == 404
    refused = enter(cast.sun_wei).post(f"{path}approve/", {"seen": report.version})
    assert refused.status_code == 422
    assert "The year is not over" in refused.content.decode()
    with web_as(cast.sun_wei):
        approve_report(report.pk, seen=report.version, by=cast.sun_wei, now=LATER)
    for reader, status in ((cast.li_min, 200), (cast.tang_rui, 200), (cast.xu_kai, 404)):
        assert enter(reader).get(path).status_code == status


def test_the_list_takes_as_many_statements_however_many_reports(
    report: AnnualReport, cast: Cast, enter: Enter, web_as: As, now: datetime
) -> None:
    client = enter(cast.zhou_ning)
    page(client, "/reports/?year=2026")
    with CaptureQueriesContext(connection) as one:
        page(client, "/reports/?year=2026")
    for place in (cast.culture, cast.streets, cast.district):
        with web_as(cast.zhou_ning):
            draft_report(place=place, year=2026, by=cast.zhou_ning, now=now)
    with CaptureQueriesContext(connection) as four:
        page(client, "/reports/?year=2026")
    assert len(one) == len(four) <= 15


@pytest.mark.parametrize("asked", ["x", "1999", "2999"])
def test_no_page_of_another_year(asked: str, cast: Cast, enter: Enter) -> None:
    assert enter(cast.feng_bo).get(f"/reports/?year={asked}").status_code == 404
