"""Papers of an inquiry: when there is one, what it holds, who issues it, its number, and the file beside the page."""

from __future__ import annotations

import io
import threading
from datetime import date, datetime, timedelta
from typing import Any

import docx
import pytest
from django.db import ProgrammingError, connection
from django.test import Client
from django.utils import timezone
from docx.oxml.ns import qn
from pytest_django import DjangoDbBlocker

from bureaus.access import scope_of
from bureaus.models import Officer
from bureaus.models.scope import WEB, scope
from inquiries.documents.papers import PAPERS, at_hand, write_paper
from inquiries.models import ClearReading, Event, Inquiry, IssuedPaper
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.contacting import log_contact
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.moving import decide_hand_over, offer_inquiry, sign_for
from inquiries.services.papers import issue_paper
from inquiries.services.recording import CitizenGiven, record_inquiry
from inquiries.services.refusals import NotInThisState, NotYours
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask, Enter, page

CALLER = CitizenGiven(name="张三丰", phone="13840005021", address="春和路1号")
MOST_QUERIES = 22


def codes(inquiry: Inquiry) -> set[str]:
    return set(at_hand(inquiry))


def text_of(content: bytes) -> str:
    read = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in read.paragraphs), *cells])


@pytest.fixture
def answered(ask: Ask, cast: Cast, web_as: As) -> Inquiry:
    """Recorded and answered a moment ago, as the clock of the running suite has it."""
    now = timezone.now()
    inquiry = ask(now=now, citizen=CALLER)
    with web_as(cast.li_min, now):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now)
    inquiry.refresh_from_db()
    return inquiry


def test_a_paper_is_there_once_what_it_is_about_has_happened(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang, citizen=CALLER)
    assert codes(inquiry) == {"register", "handling"}
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=cast.culture, by=cast.wu_fang, now=now)
    with web_as(cast.cao_lei):
        sign_for(inquiry.pk, by=cast.cao_lei, now=now)
        offer_inquiry(inquiry.pk, to=cast.civil, reason="属于救助", by=cast.cao_lei, now=now)
    inquiry.refresh_from_db()
    assert codes(inquiry) == {"register", "handling", "receipt", "transfer", "hand_over"}
    with web_as(cast.sun_wei):
        decide_hand_over(inquiry.pk, accept=True, by=cast.sun_wei, now=now)
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.sun_wei, now=now)
    inquiry.refresh_from_db()
    slip = write_paper("transfer", inquiry, at_hand(inquiry)["transfer"], clear={}, issued=None, now=now)
    assert slip.to == "春和区文化体育局"
    assert set(PAPERS) - codes(inquiry) == {"urge", "supervise", "correction", "fee", "extension"}


def test_a_notice_says_which_chase_and_nothing_of_the_question(
    ask: Ask, cast: Cast, clock: As, now: datetime
) -> None:
    inquiry = ask(citizen=CALLER)
    # Each sweep takes the highest step that has passed.
    for later in (8, 12):
        with clock():
            chase_batch(Inquiry, now=now + timedelta(days=later))
    about = at_hand(inquiry)
    assert {"urge", "supervise"} <= set(about)
    for code in ("urge", "supervise"):
        held = write_paper(code, inquiry, about[code], clear={}, issued=None, now=now)
        assert held.to == "春和区民政局" + ("社会救助科" if code == "urge" else "")
        assert "2026年5月27日24:00" in str(held.paragraphs[0])
        assert inquiry.reference in str(held.paragraphs[0])
        assert inquiry.question not in str(held)
        assert (held.signed, held.seal) == ("春和区政务公开办公室", True)


def test_the_file_holds_what_the_page_holds_in_the_form_of_the_standard(
    answered: Inquiry, cast: Cast, enter: Enter
) -> None:
    client = enter(cast.li_min)
    client.post(f"/inquiries/{answered.pk}/papers/answer/", {"issue": "1"})
    shown = page(client, f"/inquiries/{answered.pk}/papers/answer/")
    response = client.get(f"/inquiries/{answered.pk}/papers/answer.docx")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    said = text_of(response.content)
    number = f"民政局答〔{timezone.localdate().year}〕1号"
    for words in (number, "春和区民政局", EXPLAINED.text, answered.reference):
        assert words in said
        assert words in shown
    read = docx.Document(io.BytesIO(response.content))
    section = read.sections[0]
    edges = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(edge.mm) for edge in edges if edge] == [37, 35, 28, 26]
    body = next(p for p in read.paragraphs if p.text == EXPLAINED.text)
    properties = body.runs[0]._element.rPr
    assert properties is not None
    assert properties.rFonts is not None
    assert properties.rFonts.get(qn("w:eastAsia")) == "仿宋"


def test_basis_and_promise_are_sentences(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask(citizen=CALLER)
    promised = AnswerGiven(
        "planned", "已列入维修计划。", "telephone", basis="物业管理条例。", promised_on=date(2026, 6, 30)
    )
    with web_as(cast.sun_wei):
        answer_inquiry(inquiry.pk, promised, by=cast.sun_wei, now=now)
    inquiry.refresh_from_db()
    held = write_paper("answer", inquiry, at_hand(inquiry)["answer"], clear={}, issued=None, now=now)
    assert held.paragraphs[2:] == ("依据：物业管理条例。", "承诺日期：2026年6月30日。")


def test_a_sealed_matter_is_passed_on_without_its_words(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask(by=cast.zhou_ning, kind="tip_off", question="某人收礼。", redacted="请核查采购。")
    about = at_hand(inquiry)
    held = write_paper("handling", inquiry, about["handling"], clear={}, issued=None, now=now)
    assert "收礼" not in str(held)
    assert "请核查采购。" in str(held)


@pytest.mark.parametrize("code", ["register", "answer", "service"])
def test_the_citizen_is_masked_until_the_reading_is_on_record(
    answered: Inquiry, cast: Cast, enter: Enter, code: str
) -> None:
    client, path = enter(cast.li_min), f"/inquiries/{answered.pk}/papers/{code}"
    for masked in (page(client, f"{path}/"), text_of(client.get(f"{path}.docx").content)):
        assert "张三丰" not in masked
        assert "13840005021" not in masked
    assert ClearReading.objects.count() == 0
    shown = client.post(f"{path}/")
    assert "张三丰" in shown.content.decode()
    assert ClearReading.objects.count() == 1
    assert "张三丰" in text_of(client.post(f"{path}.docx").content)
    assert ClearReading.objects.count() == 2


def test_who_may_not_read_in_clear_gets_no_name_by_posting(
    answered: Inquiry, cast: Cast, enter: Enter
) -> None:
    client, path = enter(cast.bai_lu), f"/inquiries/{answered.pk}/papers/register"
    refused = client.post(f"{path}/")
    assert refused.status_code == 422
    assert "张三丰" not in refused.content.decode()
    assert client.post(f"{path}.docx").status_code == 302
    assert ClearReading.objects.count() == 0


def test_nobody_who_does_not_see_the_matter_gets_a_paper_of_it(
    answered: Inquiry, cast: Cast, enter: Enter
) -> None:
    for stranger in (cast.cao_lei, cast.tang_rui, cast.xu_kai):
        client = enter(stranger)
        for path in ("answer/", "answer.docx", "register/", "none/"):
            assert client.get(f"/inquiries/{answered.pk}/papers/{path}").status_code == 404
            assert client.post(f"/inquiries/{answered.pk}/papers/{path}", {"issue": "1"}).status_code == 404
    assert enter(cast.li_min).get(f"/inquiries/{answered.pk}/papers/urge/").status_code == 404
    assert IssuedPaper.objects.count() == 0


def test_a_number_is_given_once_and_is_an_act_on_record(
    answered: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    later = timezone.now()
    with web_as(cast.li_min, later):
        first = issue_paper(answered.pk, kind="answer", by=cast.li_min, now=later)
        again = issue_paper(answered.pk, kind="answer", by=cast.li_min, now=later + timedelta(days=400))
    assert (first, str(first)) == (again, f"民政局答〔{timezone.localdate().year}〕1号")
    event = Event.objects.get(inquiry=answered, code="paper_issued")
    assert (event.codes, event.by) == ({"paper": first.pk, "kind": "answer"}, cast.li_min)


def test_each_kind_bureau_and_year_counts_from_one(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    numbers = []
    for by, at in (
        (cast.li_min, now),
        (cast.tang_rui, now),
        (cast.li_min, now),
        (cast.li_min, now.replace(2027)),
    ):
        inquiry = ask(by=by, now=at, citizen=CALLER)
        with web_as(by, at):
            answer_inquiry(inquiry.pk, EXPLAINED, by=by, now=at)
            numbers.append(str(issue_paper(inquiry.pk, kind="answer", by=by, now=at)))
    assert numbers == [
        *("民政局答〔2026〕1号", "文化体育局答〔2026〕1号", "民政局答〔2026〕2号", "民政局答〔2027〕1号")
    ]


def test_the_answering_place_numbers_its_answer_and_the_district_its_slips(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang, citizen=CALLER)
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=cast.culture, by=cast.wu_fang, now=now)
    with web_as(cast.tang_rui):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.tang_rui, now=now)
    for kind, refused, allowed in (
        ("answer", cast.wu_fang, cast.cao_lei),
        ("transfer", cast.cao_lei, cast.wu_fang),
        ("answer", cast.bai_lu, cast.tang_rui),
    ):
        with web_as(refused), pytest.raises(NotYours):
            issue_paper(inquiry.pk, kind=kind, by=refused, now=now)
        with web_as(allowed):
            assert issue_paper(inquiry.pk, kind=kind, by=allowed, now=now).number == 1
    with web_as(cast.wu_fang), pytest.raises(NotInThisState):
        issue_paper(inquiry.pk, kind="register", by=cast.wu_fang, now=now)


def test_issuing_is_offered_to_whoever_may_and_refused_to_others(
    answered: Inquiry, cast: Cast, enter: Enter
) -> None:
    path = f"/inquiries/{answered.pk}/papers/answer/"
    assert 'name="issue"' in page(enter(cast.li_min), path)
    clerk = enter(cast.wu_fang)
    assert 'name="issue"' not in page(clerk, path)
    assert "may not do this" in clerk.post(path, {"issue": "1"}, follow=True).content.decode()
    assert IssuedPaper.objects.count() == 0


def test_the_page_of_the_inquiry_leads_to_its_papers(answered: Inquiry, cast: Cast, enter: Enter) -> None:
    shown = page(enter(cast.li_min), f"/inquiries/{answered.pk}/")
    for code in ("register", "handling", "receipt", "answer", "service"):
        assert f'href="/inquiries/{answered.pk}/papers/{code}/"' in shown
    assert "/papers/urge/" not in shown


def test_a_paper_asks_as_much_however_long_the_history(
    ask: Ask, cast: Cast, web_as: As, enter: Enter, django_assert_max_num_queries: Any
) -> None:
    now, client = timezone.now(), enter(cast.li_min)
    inquiry = ask(now=now, citizen=CALLER)
    with django_assert_max_num_queries(MOST_QUERIES) as first:
        page(client, f"/inquiries/{inquiry.pk}/papers/register/")
    with web_as(cast.li_min, now):
        for _again in range(5):
            log_contact(inquiry.pk, what="note", text="在办", by=cast.li_min, now=now)
    with django_assert_max_num_queries(len(first)):
        page(client, f"/inquiries/{inquiry.pk}/papers/register/")
    with web_as(cast.li_min, now):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now)
    with django_assert_max_num_queries(MOST_QUERIES):
        page(client, f"/inquiries/{inquiry.pk}/papers/answer/")


def test_of_several_who_issue_at_once_none_leaves_a_gap(
    own_database: Cast, now: datetime, django_db_blocker: DjangoDbBlocker
) -> None:
    cast, start, given = own_database, threading.Barrier(4), []

    def as_web(officer: Officer) -> Any:
        seen = scope_of(officer, now=now)
        return scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer)

    def one(pks: list[int]) -> None:
        start.wait()
        for pk in pks:
            # The first time it is taken back after the number was drawn.
            for taken_back in (True, False):
                try:
                    with as_web(cast.li_min):
                        issued = issue_paper(pk, kind="answer", by=cast.li_min, now=now)
                        if taken_back:
                            raise InterruptedError
                except InterruptedError:
                    continue
                given.append(issued.number)
        connection.close()

    with django_db_blocker.unblock():
        made = []
        for _each in range(12):
            with as_web(cast.li_min):
                inquiry = record_inquiry(
                    by=cast.li_min,
                    now=now,
                    place=cast.relief,
                    kind="consultation",
                    channel="desk",
                    question="灯坏了。",
                    citizen=CALLER,
                    answer=EXPLAINED,
                )
            made.append(inquiry.pk)
        threads = [threading.Thread(target=one, args=[made[part::4]]) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(given) == list(range(1, 13))


def test_the_count_is_nobodys_to_write(cast: Cast, web_as: As) -> None:
    with pytest.raises(ProgrammingError), web_as(cast.zhou_ning), connection.cursor() as cursor:
        cursor.execute("update inquiries_papercount set last = 7")


def test_every_client_signs_in_first(answered: Inquiry) -> None:
    assert Client().get(f"/inquiries/{answered.pk}/papers/answer.docx").status_code == 302
