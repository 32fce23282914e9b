"""A bureau's year of applications, told through the services: its report adds up, and the next year takes up the rest.

What became of each application is counted beside, by hand as it were, and every cell compared.
"""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import docx
import pytest

from bureaus.letterhead import docx_of
from bureaus.services.calendar import calendar_for
from bureaus.workdays import SHANGHAI
from disclosure.documents.annual import CELLS, paper_of_report
from disclosure.figures.annual import (
    APPLICANTS,
    CARRIED,
    ENDS,
    LEFT,
    NEW,
    TOTAL,
    applications_of,
    challenges_of,
)
from disclosure.models import AnnualReport
from disclosure.services.annual import (
    approve_report,
    draft_report,
    edit_report,
    findings_of_report,
    numbers_of,
)
from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.challenging import close_challenge, log_challenge
from inquiries.services.charging import ask_fee, end_unpaid, log_fee_paid
from inquiries.services.disclosing import ask_correction, consult_others, end_uncorrected, log_consultation
from inquiries.services.recording import CitizenGiven
from inquiries.states import GROUNDS_OF, Outcome
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
# Each way an application may end, and the row of table three it ends in.
WAYS_TO_END: list[tuple[str, str, str]] = [
    ("disclosed", "", "disclosed"),
    ("already_public", "", "disclosed"),
    ("partly_disclosed", "", "partly"),
    ("withdrawn", "", "other"),
    *(
        (str(outcome), str(ground), str(ground))
        for outcome in (Outcome.REFUSED, Outcome.NOT_HELD, Outcome.NOT_PROCESSED)
        for ground in GROUNDS_OF[outcome]
    ),
    ("ended", "uncorrected", "uncorrected"),
    ("ended", "unpaid", "unpaid"),
]
OTHERS = {"overview": "共收到{new}件，办结{closed}件。", "problems": "无。", "others": "无。"}


class Year:
    """The applications of the civil affairs bureau, one after the other, and what is known of each beside Bida."""

    def __init__(self, ask: Ask, cast: Cast, web_as: As) -> None:
        self.ask, self.cast, self.web_as = ask, cast, web_as
        self.rng = Random(20260101)
        # (applicant, received on, ended on, row)
        self.told: list[tuple[str, date, date | None, str]] = []

    def apply(self, at: datetime, way: tuple[str, str, str] | None, applicant: str) -> None:
        """One application received at that instant; without a way it is open still."""
        inquiry = self.ask(
            kind="disclosure",
            now=at,
            citizen=CitizenGiven(name="申请人", applicant=applicant, wanted="paper"),
        )
        ended = self._handle(inquiry, at, way) if way else None
        self.told.append((applicant, at.date(), ended, way[2] if way else ""))

    def _handle(self, inquiry: Inquiry, at: datetime, way: tuple[str, str, str]) -> date:
        by, outcome, ground = self.cast.li_min, way[0], way[1]
        later = at + self.rng.randrange(1, 12) * DAY
        with self.web_as(by, later):
            if ground == "uncorrected":
                until_on = (at + 10 * DAY).date()
                ask_correction(inquiry.pk, text="请写明年度", until_on=until_on, by=by, now=at)
                later = at + 11 * DAY
                end_uncorrected(inquiry.pk, text="逾期未补正", told_how="letter", by=by, now=later)
            elif ground == "unpaid":
                ask_fee(inquiry.pk, counted="by_page", n=50, text="请缴费", by=by, now=at)
                # Twenty working days, a long holiday among them.
                later = at + 45 * DAY
                end_unpaid(inquiry.pk, text="逾期未缴费", told_how="letter", by=by, now=later)
            else:
                if outcome == "partly_disclosed":
                    consult_others(inquiry.pk, whom="third_party", request="是否同意", by=by, now=at)
                    log_consultation(inquiry.pk, answered=True, reply="部分同意", by=by, now=later)
                if outcome == "disclosed":
                    ask_fee(inquiry.pk, counted="by_item", n=2, before=10, text="请缴费", by=by, now=at)
                    log_fee_paid(inquiry.pk, by=by, now=later)
                given = AnswerGiven(outcome, "答复如下。", "letter", ground=ground)
                answer_inquiry(inquiry.pk, given, by=by, now=later)
        inquiry.refresh_from_db()
        # What gives nothing is approved: at the bureau, or outside it.
        for approver in (self.cast.sun_wei, self.cast.wu_fang):
            if inquiry.answered_at is None:
                with self.web_as(approver, later):
                    duty = inquiry.duties.get(kind="approval", done_at=None)
                    if approver.pk == self.cast.wu_fang.pk or duty.place_id != self.cast.district.pk:
                        decide_draft(inquiry.pk, approve=True, by=approver, now=later)
                inquiry.refresh_from_db()
        assert inquiry.answered_at == later
        return later.date()

    def expected(self, year: int) -> dict[str, Counter[str]]:
        """Table three as it has to be, row by row; what is nought is not in it."""
        rows: dict[str, Counter[str]] = {row: Counter() for row in (NEW, CARRIED, *ENDS, TOTAL, LEFT)}
        for applicant, received, ended, row in self.told:
            if received.year > year or (ended and ended.year < year):
                continue
            over = ended is not None and ended.year == year
            for into in (NEW if received.year == year else CARRIED, *((row, TOTAL) if over else (LEFT,))):
                rows[into].update([applicant, TOTAL])
        return rows


@pytest.fixture
def year(ask: Ask, cast: Cast, web_as: As) -> Year:
    """Sixty applications on working days of 2026, each way to end at least once; those of December go over."""
    told = Year(ask, cast, web_as)
    days = calendar_for(cast.district.pk)
    for n in range(60):
        on = days.shift(date(2026, 1, 5), n * 3)
        at = datetime(on.year, on.month, on.day, 10, tzinfo=SHANGHAI)
        told.apply(at, WAYS_TO_END[n % len(WAYS_TO_END)], APPLICANTS[n % len(APPLICANTS)])
    for n, way in enumerate((None, WAYS_TO_END[0], None, WAYS_TO_END[-1], WAYS_TO_END[5])):
        at = datetime(2026, 12, 25 + n, 10, tzinfo=SHANGHAI)
        told.apply(at, way, APPLICANTS[n % 2])
    return told


def written(cast: Cast, web_as: As, of: int) -> AnnualReport:
    """The bureau's report of a year, filled in on 5 January after it."""
    by, now = cast.feng_bo, datetime(of + 1, 1, 5, 9, tzinfo=SHANGHAI)
    with web_as(by, now):
        report = draft_report(place=cast.civil, year=of, by=by, now=now)
        cells = dict.fromkeys(CELLS, "0")
        return edit_report(report.pk, cells=cells, parts=OTHERS, seen=report.version, by=by, now=now)


def known(cells: Any) -> dict[str, dict[str, int]]:
    """The cells that are not nought."""
    return {row: found for row in cells if (found := {c: n for c, n in cells[row].items() if n})}


def test_a_year_adds_up_is_printed_as_it_was_counted_and_carried_into_the_next(
    year: Year, cast: Cast, web_as: As
) -> None:
    after = datetime(2028, 1, 6, 9, tzinfo=SHANGHAI)
    first = Inquiry.objects.filter(outcome="refused").earliest("pk")
    with web_as(cast.li_min, datetime(2026, 6, 1, 9, tzinfo=SHANGHAI)):
        at: dict[str, Any] = {"by": cast.li_min, "now": datetime(2026, 6, 1, 9, tzinfo=SHANGHAI)}
        case = log_challenge(first.pk, kind="review", body="区人民政府", **at)
        close_challenge(first.pk, challenge_id=case.pk, result="upheld", **at)
        log_challenge(first.pk, kind="after", body="区人民法院", **at)
    for of in (2026, 2027):
        report = written(cast, web_as, of)
        with web_as(cast.feng_bo, after):
            cells = applications_of(cast.civil, of)
            numbers = numbers_of(report)
            assert known(cells) == known(year.expected(of))
            # The printed rules, and those beside the report of the year before.
            assert findings_of_report(report, numbers) == []
            for column in (*APPLICANTS, TOTAL):
                ends = sum(cells[row][column] for row in ENDS)
                assert cells[TOTAL][column] == ends
                assert cells[NEW][column] + cells[CARRIED][column] == ends + cells[LEFT][column]
            for row in cells:
                assert cells[row][TOTAL] == sum(cells[row][column] for column in APPLICANTS)
            paper = docx.Document(io.BytesIO(docx_of(paper_of_report(report, numbers))))
            fought = challenges_of(cast.civil, of)
        printed = [[cell.text for cell in row.cells[1:]] for row in paper.tables[3].rows[2:]]
        counted = [
            [str(cells[row][column]) for column in (*APPLICANTS, TOTAL)] for row in cells_in_order(cells)
        ]
        assert printed == counted
        for table, way in zip(paper.tables[4:], fought, strict=True):
            assert [cell.text for cell in table.rows[1].cells] == [str(n) for n in fought[way].values()]
        text = "\n".join(each.text for each in paper.paragraphs)
        assert f"共收到{cells[NEW][TOTAL]}件，办结{cells[TOTAL][TOTAL]}件。" in text
        with web_as(cast.sun_wei, after):
            approve_report(report.pk, seen=report.version, by=cast.sun_wei, now=after)
    assert year.expected(2027)[CARRIED] == year.expected(2026)[LEFT]
    assert year.expected(2026)[LEFT][TOTAL] >= 4


def cells_in_order(cells: Any) -> list[str]:
    """The rows as they are printed: what came, each end, the sum, what is left."""
    return [NEW, CARRIED, *(row for row in cells if row in ENDS), TOTAL, LEFT]
