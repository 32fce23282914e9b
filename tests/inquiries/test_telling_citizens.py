"""How a citizen is told whom no message reaches: by a call, each attempt logged, or by a letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from bureaus.models import Officer
from bureaus.models.notices import Message
from bureaus.services.wording import CITIZEN_TEMPLATES, write_message
from inquiries.models import ClearReading, Contact, Duty, Inquiry
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.calling import log_call, log_letter
from inquiries.services.citizens import TOLD_OF, sentence_of
from inquiries.services.contacting import ask_citizen
from inquiries.services.coordinating import ask_coordination, decide_coordination
from inquiries.services.dispatching import decide_dispute, dispatch_inquiry, dispute_dispatch, return_inquiry
from inquiries.services.moving import answer_duty, sign_for
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

PHONE = CitizenGiven(name="张三丰", phone="13840005021")
ADDRESS = CitizenGiven(name="张三丰", address="春和路8号")
BY_LETTER = AnswerGiven("explained", "请到社区办理。", "letter")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def call(ask: Ask, cast: Cast, web_as: As, now: datetime) -> Duty:
    """Owed by Li Min: the citizen is to be asked for more."""
    inquiry = ask(citizen=PHONE)
    with web_as(cast.li_min):
        sign_for(inquiry.pk, by=cast.li_min, now=now)
        ask_citizen(inquiry.pk, text="请补充户口本。", by=cast.li_min, now=now)
    return Duty.objects.get(inquiry=inquiry, kind="tell")


def enter(officer: Officer) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_thing_to_tell_has_its_words() -> None:
    # A new code is told by a message alone: nobody writes a letter or calls about it.
    assert {*TOLD_OF, "code_given"} == set(CITIZEN_TEMPLATES)


def test_a_call_that_reached_the_citizen_ends_the_duty(
    call: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        log_call(call.pk, result="told", at=now, words="明天送来", by=cast.li_min, now=now + MINUTE)
    call.refresh_from_db()
    assert (call.decision, call.next_chase_at) == ("told", None)
    assert Contact.objects.get(what="contacted").at == now


def test_an_attempt_is_logged_and_the_call_goes_on_being_owed(
    call: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        log_call(call.pk, result="not_reached", by=cast.li_min, now=now)
    call.refresh_from_db()
    assert call.next_chase_at is not None
    assert Contact.objects.filter(what="not_reached").count() == 1


def test_could_not_be_told_needs_three_attempts(call: Duty, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min):
        for number in range(3):
            with pytest.raises(refusals.NeedsAttempts):
                log_call(call.pk, result="could_not", by=cast.li_min, now=now)
            log_call(call.pk, result="not_reached", by=cast.li_min, now=now + number * MINUTE)
        log_call(call.pk, result="could_not", by=cast.li_min, now=now + 5 * MINUTE)
    call.refresh_from_db()
    assert call.decision == "could_not"


def test_a_call_is_not_logged_before_it_is_made_nor_in_other_words(
    call: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        with pytest.raises(refusals.NotHappenedYet):
            log_call(call.pk, result="told", at=now + MINUTE, by=cast.li_min, now=now)
        with pytest.raises(refusals.NotInThisState):
            log_call(call.pk, result="perhaps", by=cast.li_min, now=now)
        with pytest.raises(refusals.NotInThisState):
            answer_duty(call.pk, reply="已告知", by=cast.li_min, now=now)


@pytest.mark.parametrize("stranger", ["tang_rui", "bai_lu", "xu_kai"])
def test_only_the_handling_place_logs_its_call(stranger: str, call: Duty, cast: Cast, now: datetime) -> None:
    with pytest.raises(refusals.NotYours):
        log_call(call.pk, result="told", by=getattr(cast, stranger), now=now)


@pytest.mark.parametrize(
    ("channel", "owed"), [("desk", 0), ("hotline", 0), ("city_12345", 0), ("card", 1), ("letter", 1)]
)
def test_whoever_did_not_ask_in_person_is_told_that_it_was_recorded(
    channel: str, owed: int, ask: Ask
) -> None:
    inquiry = ask(citizen=PHONE, channel=channel)
    assert Duty.objects.filter(inquiry=inquiry, kind="tell").count() == owed


def test_a_citizen_with_an_address_alone_is_owed_a_letter_and_an_anonymous_one_nothing(ask: Ask) -> None:
    inquiry = ask(citizen=ADDRESS, channel="letter")
    assert Duty.objects.get(inquiry=inquiry, kind="tell").terms["way"] == "letter"
    unknown = ask(citizen=CitizenGiven(standing="anonymous"), channel="letter")
    assert not Duty.objects.filter(inquiry=unknown, kind="tell").exists()


@pytest.mark.parametrize(
    ("told_how", "citizen", "sent", "owed"),
    [
        ("email", CitizenGiven(name="张三丰", email="zhang@example.org"), 1, []),
        ("sms", PHONE, 0, ["telephone"]),
        ("letter", ADDRESS, 0, ["letter"]),
        ("in_person", PHONE, 0, []),
    ],
)
def test_an_answer_given_at_once_is_sent_or_owed_as_it_was_to_be_told(
    told_how: str, citizen: CitizenGiven, sent: int, owed: list[str], ask: Ask
) -> None:
    inquiry = ask(citizen=citizen, answer=replace(BY_LETTER, told_how=told_how))
    assert inquiry.answered_at is not None
    duties = Duty.objects.filter(inquiry=inquiry, kind="tell", done_at=None)
    assert [(duty.terms["what"], duty.terms["way"]) for duty in duties] == [("answered", way) for way in owed]
    assert Message.objects.filter(citizen_channel="email").count() == sent


@pytest.mark.parametrize(
    ("told_how", "citizen"),
    [("sms", None), ("email", CitizenGiven(name="张三丰")), ("letter", PHONE)],
)
def test_an_answer_given_at_once_is_not_to_be_sent_where_the_citizen_left_nothing_to_send_it_to(
    told_how: str, citizen: CitizenGiven | None, ask: Ask
) -> None:
    with pytest.raises(refusals.NowhereToTell):
        ask(citizen=citizen, answer=replace(BY_LETTER, told_how=told_how))


def test_what_was_answered_a_week_ago_and_is_entered_now_is_not_told_again(ask: Ask, now: datetime) -> None:
    said = now - timedelta(days=7)
    ask(
        citizen=CitizenGiven(name="张三丰", email="zhang@example.org"),
        asked_at=said,
        answer=replace(BY_LETTER, told_how="email"),
    )
    assert not Message.objects.exists()
    assert not Duty.objects.filter(kind="tell", done_at=None).exists()


def test_an_answer_by_letter_owes_the_letter_until_it_was_posted(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(citizen=ADDRESS)
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, BY_LETTER, by=cast.li_min, now=now)
        owed = Duty.objects.get(inquiry=inquiry, kind="tell", done_at=None)
        assert owed.terms["what"] == "answered"
        with pytest.raises(refusals.NotHappenedYet):
            log_letter(inquiry.pk, what="answered", posted_on=date(2026, 5, 21), by=cast.li_min, now=now)
        with pytest.raises(refusals.NotInThisState):
            log_letter(inquiry.pk, what="secrets", posted_on=date(2026, 5, 20), by=cast.li_min, now=now)
        log_letter(
            inquiry.pk, what="answered", posted_on=date(2026, 5, 20), number="XA1", by=cast.li_min, now=now
        )
    owed.refresh_from_db()
    assert (owed.decision, owed.reply) == ("posted", "2026-05-20 XA1")


def test_an_answer_told_by_telephone_is_told_unless_it_waited_for_an_approver(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    told, waited = ask(citizen=PHONE), ask(citizen=PHONE)
    with web_as(cast.li_min):
        answer_inquiry(told.pk, AnswerGiven("explained", "好", "telephone"), by=cast.li_min, now=now)
        answer_inquiry(waited.pk, AnswerGiven("ended", "终止", "telephone"), by=cast.li_min, now=now)
    with web_as(cast.wu_fang):
        decide_draft(waited.pk, approve=True, by=cast.wu_fang, now=now)
    assert not Duty.objects.filter(inquiry=told, kind="tell").exists()
    assert Duty.objects.get(inquiry=waited, kind="tell").terms["what"] == "answered"


def test_the_answer_ends_what_was_to_be_told_before(
    call: Duty, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        answer_inquiry(
            call.inquiry_id or 0, AnswerGiven("explained", "好", "in_person"), by=cast.li_min, now=now
        )
    call.refresh_from_db()
    assert call.decision == "settled"


def test_the_call_is_logged_on_its_page(call: Duty, cast: Cast) -> None:
    client, page = enter(cast.li_min), f"/duties/{call.pk}/"
    assert "需要您补充情况" in client.get(page).content.decode()
    refused = client.post(page, {"result": "could_not"})
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"result"}
    assert client.post(page, {"result": "told", "reply": "好"}).status_code == 302
    call.refresh_from_db()
    assert call.decision == "told"


def test_the_letter_shows_the_address_only_after_the_reading_is_on_record(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry: Inquiry = ask(citizen=ADDRESS)
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, BY_LETTER, by=cast.li_min, now=now)
    client, page = enter(cast.li_min), f"/inquiries/{inquiry.pk}/letters/answered/"
    printed = client.get(page).content.decode()
    assert "请到社区办理。" in printed
    assert "春和路" not in printed
    assert "春和路8号" in client.post(page, {}).content.decode()
    assert ClearReading.objects.get().officer == cast.li_min
    for stranger in (cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(page).status_code == 404
    assert client.get(f"/inquiries/{inquiry.pk}/letters/secrets/").status_code == 404


def test_an_unanswered_matter_has_no_letter_of_its_answer(ask: Ask, cast: Cast) -> None:
    inquiry = ask(citizen=ADDRESS)
    client = enter(cast.li_min)
    assert client.get(f"/inquiries/{inquiry.pk}/letters/answered/").status_code == 404
    assert client.get(f"/inquiries/{inquiry.pk}/letters/recorded/").status_code == 200


def test_the_letter_names_the_day_that_ends_at_midnight(ask: Ask) -> None:
    inquiry = ask(citizen=ADDRESS)
    assert f"{inquiry.due_on.isoformat()} 24:00" in sentence_of(inquiry, "recorded", now=inquiry.recorded_at)


def test_a_letter_is_in_chinese_whatever_the_officer_reads(ask: Ask, cast: Cast) -> None:
    inquiry = ask(citizen=ADDRESS)
    page = Client(headers={"accept-language": "en"})
    page.force_login(cast.li_min)
    printed = page.get(f"/inquiries/{inquiry.pk}/letters/recorded/").content.decode()
    assert "Log the posting" in printed
    assert f"您的办件{inquiry.reference}已登记" in printed
    assert f"{cast.district}{cast.civil}" in printed


def test_a_message_names_the_day_that_ends_at_midnight_as_a_letter_does(ask: Ask) -> None:
    inquiry = ask(channel="web", citizen=CitizenGiven(name="赵", email="zhao@example.org"))
    written = write_message(Message.objects.get(template="recorded"))
    assert written is not None
    assert f"{inquiry.due_on.isoformat()} 24:00" in written[1]


def test_the_posting_is_logged_on_the_letters_page(ask: Ask, cast: Cast) -> None:
    inquiry = ask(citizen=ADDRESS)
    client, page = enter(cast.li_min), f"/inquiries/{inquiry.pk}/letters/recorded/"
    given = {"seen": inquiry.version, "posted_on": "2099-01-01"}
    assert client.post(page, given).status_code == 422
    assert client.post(page, given | {"posted_on": "2026-05-20"}).status_code == 302
    assert Contact.objects.get(inquiry=inquiry, what="posted").text == "2026-05-20"


def told_of_another_bureau(inquiry: Inquiry) -> int:
    return Duty.objects.filter(inquiry=inquiry, kind="tell", subject__startswith="handed_over").count()


@pytest.mark.parametrize(("to", "times"), [("streets", 1), ("civil", 0)])
def test_another_bureau_after_a_return_is_news_to_the_citizen_and_her_first_is_not(
    to: str, times: int, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang, place=cast.district, citizen=PHONE)
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=cast.relief, by=cast.wu_fang, now=now)
    assert told_of_another_bureau(inquiry) == 0
    with web_as(cast.he_jing):
        return_inquiry(inquiry.pk, reason="不归我们管", by=cast.he_jing, now=now)
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=getattr(cast, to), by=cast.wu_fang, now=now)
    assert told_of_another_bureau(inquiry) == times


def test_another_bureau_after_an_upheld_dispute_is_news_to_the_citizen(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(citizen=PHONE)
    with web_as(cast.he_jing):
        dispute_dispatch(inquiry.pk, reason="不归我们管", by=cast.he_jing, now=now)
    with web_as(cast.zhou_ning):
        decide_dispute(inquiry.pk, uphold=True, reason="确不归其管", by=cast.zhou_ning, now=now)
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=cast.culture, by=cast.wu_fang, now=now)
    assert told_of_another_bureau(inquiry) == 1


@pytest.mark.parametrize(("lead", "times"), [("culture", 1), ("civil", 0)])
def test_a_citizen_is_told_when_the_district_lets_another_bureau_lead(
    lead: str, times: int, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(citizen=PHONE)
    with web_as(cast.he_jing):
        sign_for(inquiry.pk, by=cast.he_jing, now=now)
        ask_coordination(inquiry.pk, reason="两局职责交叉", by=cast.he_jing, now=now)
    with web_as(cast.zhou_ning):
        decide_coordination(
            inquiry.pk, decision="由其主办", lead=getattr(cast, lead), by=cast.zhou_ning, now=now
        )
    assert told_of_another_bureau(inquiry) == times
