"""The fee of an application: the tariff, the notice, the clock that waits for it, and the end of what was not paid."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta

import docx
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from bureaus.refusals import NotAChoice
from disclosure.figures.annual import applications_of
from inquiries.documents.papers import at_hand, write_paper
from inquiries.fees import by_item, by_page
from inquiries.models import Contact, Duty, Event, Inquiry
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.charging import ask_fee, end_unpaid, log_fee_paid
from inquiries.services.contacting import log_citizen_reply
from inquiries.services.disclosing import ask_correction, log_correction
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask
from tests.inquiries.test_disclosing import application as application  # a fixture
from tests.inquiries.test_disclosing import on, shift

TOLD = "申请页数较多，请到窗口缴费。"


@pytest.mark.parametrize(
    ("n", "before", "yuan"),
    [
        *((10, 0, 0), (11, 0, 100), (30, 0, 2000), (31, 0, 2200), (40, 0, 4000), (41, 0, 4300)),
        *((1, 10, 100), (1, 30, 200), (5, 8, 300)),
    ],
)
def test_items_are_charged_by_the_month_each_step_for_itself(n: int, before: int, yuan: int) -> None:
    assert by_item(n, before) == yuan


@pytest.mark.parametrize(("n", "yuan"), [(30, 0), (31, 10), (100, 700), (101, 720), (200, 2700), (201, 2740)])
def test_pages_are_charged_each_step_for_itself(n: int, yuan: int) -> None:
    assert by_page(n) == yuan


@given(st.integers(0, 5000), st.integers(0, 500), st.integers(0, 500))
def test_more_never_costs_less_and_parts_of_a_month_cost_what_the_whole_does(
    before: int, n: int, more: int
) -> None:
    assert by_item(n, before) + by_item(more, before + n) == by_item(n + more, before)
    assert by_page(n) <= by_page(n + more)
    assert by_item(1, before) <= by_item(1, before + 1)


@pytest.fixture
def charged(application: Inquiry, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """A fee of 700 yuan is awaited until 17 June: the 20th working day after the notice."""
    with web_as(cast.li_min):
        ask_fee(application.pk, counted="by_page", n=100, text=TOLD, by=cast.li_min, now=now)
    application.refresh_from_db()
    return application


pytestmark = pytest.mark.django_db
LAST = date(2026, 6, 17)


def test_the_applicant_reads_how_much_why_and_until_when(charged: Inquiry) -> None:
    duty = Duty.objects.get(inquiry=charged, kind="fee")
    assert (duty.terms["yuan"], duty.terms["until_on"]) == (700, LAST.isoformat())
    said = Contact.objects.get(inquiry=charged, what="asked_citizen").text
    assert said == f"按页计收：100页；信息处理费700元，请于{LAST.isoformat()}前缴纳。\n{TOLD}"
    assert (charged.state, duty.request) == ("awaiting_citizen", said)


def test_the_notice_is_a_paper_with_basis_tariff_amount_way_and_consequences(
    charged: Inquiry, cast: Cast, client: Client
) -> None:
    client.force_login(cast.li_min)
    at = f"/inquiries/{charged.pk}/papers/fee"
    assert f"{at}/" in client.get(f"/inquiries/{charged.pk}/").text
    shown = client.get(f"{at}/").text
    word = docx.Document(io.BytesIO(client.get(f"{at}.docx").content))
    for text in (shown, "\n".join(line.text for line in word.paragraphs)):
        for told in (
            *("春和区民政局", "信息处理费收费通知书", "第四十二条", "国办函〔2020〕109号"),
            *("按页计收：100页", "31页至100页", "700元", "2026年6月17日", "20个工作日", TOLD),
            *("视为放弃申请", "第五十一条", charged.reference),
        ):
            assert told in text, told
    assert client.post(f"{at}/", {"issue": "1"}).status_code == 302
    assert re.search(r"民政局费〔\d{4}〕1号", client.get(f"{at}/").text)
    # Of items it says the other tariff alone.
    assert "11件至30件" not in shown


def test_a_notice_by_items_says_how_many_went_before(
    application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        ask_fee(application.pk, counted="by_item", n=5, before=8, text=TOLD, by=cast.li_min, now=now)
        about = at_hand(application)["fee"]
        paper = write_paper("fee", application, about, clear={}, issued=None, now=now)
    said = "\n".join(str(each) for each in paper.paragraphs)
    assert "本次5件，当月此前已申请8件" in said
    assert "300元" in said
    assert "31页" not in said


def test_the_answer_is_owed_from_the_payment_on(
    charged: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    first = charged.original_due_at
    assert charged.due_on == shift(cast, LAST, 20)
    paid = date(2026, 5, 27)
    with web_as(cast.li_min, on(paid)):
        log_fee_paid(charged.pk, paid_on=date(2026, 5, 26), by=cast.li_min, now=on(paid))
    charged.refresh_from_db()
    assert charged.due_on == shift(cast, date(2026, 5, 26), 20)
    assert (charged.state, charged.original_due_at) == ("in_hand", first)
    assert not Duty.objects.open().filter(inquiry=charged, kind="fee").exists()
    assert Event.objects.filter(inquiry=charged, code="fee_paid").exists()


def test_a_correction_and_a_fee_are_both_waited_for(
    charged: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        ask_correction(charged.pk, text="请写明年度", until_on=date(2026, 6, 3), by=cast.li_min, now=now)
        with pytest.raises(refusals.NotInThisState):
            log_citizen_reply(charged.pk, text="好", by=cast.li_min, now=now)
        log_correction(charged.pk, text="2025年度", by=cast.li_min, now=now)
    charged.refresh_from_db()
    # The later of the two counts.
    assert (charged.state, charged.due_on) == ("awaiting_citizen", shift(cast, LAST, 20))
    with web_as(cast.li_min):
        log_fee_paid(charged.pk, by=cast.li_min, now=now)
    charged.refresh_from_db()
    assert (charged.state, charged.due_on) == ("in_hand", shift(cast, date(2026, 5, 20), 20))


def test_what_was_not_paid_is_ended_with_the_districts_approval_and_counted_in_its_row(
    charged: Inquiry, cast: Cast, web_as: As
) -> None:
    last, over = on(LAST, 23), on(LAST + timedelta(days=1))
    with web_as(cast.li_min, last), pytest.raises(refusals.FeeAwaited):
        end_unpaid(charged.pk, text="逾期未缴费", told_how="letter", by=cast.li_min, now=last)
    with web_as(cast.li_min, over):
        end_unpaid(charged.pk, text="逾期未缴费", told_how="letter", by=cast.li_min, now=over)
    with web_as(cast.wu_fang, over):
        answer = decide_draft(charged.pk, approve=True, by=cast.wu_fang, now=over)
    assert answer is not None
    assert (answer.outcome, answer.ground) == ("ended", "unpaid")
    cells = applications_of(cast.civil, 2026)
    assert (cells["unpaid"]["total"], cells["total"]["total"], cells["left"]["total"]) == (1, 1, 0)
    assert not Duty.objects.open().filter(inquiry=charged, kind="fee").exists()


def test_what_is_late_does_not_become_punctual_by_a_fee_notice(
    application: Inquiry, cast: Cast, web_as: As
) -> None:
    late = application.due_at
    with web_as(cast.li_min, late), pytest.raises(refusals.FeeTooLate):
        ask_fee(application.pk, counted="by_page", n=100, text=TOLD, by=cast.li_min, now=late)


def test_what_was_paid_meanwhile_is_not_ended_as_unpaid(charged: Inquiry, cast: Cast, web_as: As) -> None:
    over = on(LAST + timedelta(days=1))
    with web_as(cast.li_min, over):
        end_unpaid(charged.pk, text="逾期未缴费", told_how="letter", by=cast.li_min, now=over)
        log_fee_paid(charged.pk, by=cast.li_min, now=over)
    with web_as(cast.wu_fang, over), pytest.raises(refusals.NotGivenUp):
        decide_draft(charged.pk, approve=True, by=cast.wu_fang, now=over)


@pytest.mark.parametrize("ground", ["unpaid", "uncorrected"])
def test_nobody_gives_up_what_nothing_was_awaited_for(
    ground: str, application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    given = AnswerGiven("ended", "不再处理。", "letter", ground=ground)
    with web_as(cast.li_min), pytest.raises(refusals.NotGivenUp):
        answer_inquiry(application.pk, given, by=cast.li_min, now=now)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"counted": "by_weight"}, NotAChoice),
        ({"n": 0}, refusals.NotItemsOrPages),
        ({"n": 100_001}, refusals.NotItemsOrPages),
        ({"before": -1}, refusals.NotItemsOrPages),
        ({"n": 30}, refusals.NothingToPay),
        ({"counted": "by_item", "n": 10}, refusals.NothingToPay),
        ({"text": " "}, refusals.NeedsWords),
    ],
)
def test_a_notice_that_would_not_hold_is_refused(
    application: Inquiry,
    cast: Cast,
    web_as: As,
    now: datetime,
    given: dict[str, object],
    refusal: type[Exception],
) -> None:
    whole: dict[str, object] = {"counted": "by_page", "n": 31, "text": TOLD, **given}
    with web_as(cast.li_min), pytest.raises(refusal):
        ask_fee(application.pk, by=cast.li_min, now=now, **whole)  # type: ignore[arg-type]


def test_a_fee_is_asked_once_and_paid_once(charged: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min):
        with pytest.raises(refusals.FeeAskedBefore):
            ask_fee(charged.pk, counted="by_page", n=40, text=TOLD, by=cast.li_min, now=now)
        with pytest.raises(refusals.NotThatDay):
            log_fee_paid(charged.pk, paid_on=date(2026, 5, 21), by=cast.li_min, now=now)
        log_fee_paid(charged.pk, by=cast.li_min, now=now)
        with pytest.raises(refusals.NotInThisState):
            log_fee_paid(charged.pk, by=cast.li_min, now=now)
        with pytest.raises(refusals.NotInThisState):
            end_unpaid(charged.pk, text="逾期", told_how="letter", by=cast.li_min, now=now)


def test_only_an_application_is_charged(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.li_min), pytest.raises(refusals.NotAnApplication):
        ask_fee(inquiry.pk, counted="by_page", n=40, text=TOLD, by=cast.li_min, now=now)


def test_the_page_shows_the_form_wanted_and_the_fee_until_it_is_paid(
    ask: Ask, cast: Cast, web_as: As, client: Client
) -> None:
    now = timezone.now()
    inquiry = ask(kind="disclosure", now=now, citizen=CitizenGiven(name="申请人", wanted="viewing"))
    client.force_login(cast.li_min)
    page = f"/inquiries/{inquiry.pk}/"
    assert "现场查阅、抄录" in client.get(page).text
    notice = {"fee-seen": 1, "fee-counted": "by_page", "fee-n": 100, "fee-text": TOLD}
    assert client.post(f"{page}fee/", notice).status_code == 302
    inquiry.refresh_from_db()
    assert "信息处理费700元" in client.get(page).text
    # One notice an application: what was sent is not offered again, neither while it waits nor once it is paid.
    assert f"{page}fee/" not in client.get(page).text
    paid = {"fee-paid-seen": inquiry.version, "fee-paid-paid_on": ""}
    assert client.post(f"{page}fee-paid/", paid).status_code == 302
    assert "700元 · " in client.get(page).text
    assert f"{page}fee/" not in client.get(page).text
