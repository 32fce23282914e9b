"""The clock of a disclosure application: received, corrected once, standing still while others are consulted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from bureaus.models import Place
from bureaus.refusals import NotAChoice
from bureaus.services.calendar import calendar_for
from bureaus.workdays import SHANGHAI
from inquiries.documents.papers import at_hand, write_paper
from inquiries.forms.acts import AnswerForm
from inquiries.models import Answer, Duty, Event, Inquiry
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.contacting import log_citizen_reply
from inquiries.services.disclosing import (
    ask_correction,
    consult_others,
    end_uncorrected,
    log_consultation,
    log_correction,
)
from inquiries.services.extending import ask_extension, decide_extension
from inquiries.services.merging import merge_inquiries
from inquiries.services.moving import decide_hand_over, offer_inquiry, reclassify_inquiry, sign_for
from inquiries.services.remeasuring import Granted, days_counted, due_again
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

LATER = date(2026, 6, 3)


def on(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def shift(cast: Cast, day: date, n: int) -> date:
    return calendar_for(cast.district.pk).shift(day, n)


@pytest.fixture
def application(ask: Ask, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """Asked on Wednesday, 20 May 2026, and in Li Min's hand."""
    inquiry = ask(kind="disclosure", question="申请公开2025年救助资金分配表")
    with web_as(cast.li_min):
        return sign_for(inquiry.pk, by=cast.li_min, now=now)


@pytest.fixture
def corrected(application: Inquiry, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """A correction is awaited until 3 June."""
    with web_as(cast.li_min):
        return ask_correction(
            application.pk, text="请写明年度和文号", until_on=LATER, by=cast.li_min, now=now
        )


@pytest.fixture
def consulted(application: Inquiry, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """A third party has been asked."""
    with web_as(cast.li_min):
        consult_others(
            application.pk, whom="third_party", request="春和物业:合同价款", by=cast.li_min, now=now
        )
    application.refresh_from_db()
    return application


# Grounds in law


@pytest.mark.parametrize("outcome", ["refused", "not_held", "not_processed"])
def test_what_gives_nothing_names_its_ground(
    outcome: str, application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.NeedsGround):
        answer_inquiry(application.pk, AnswerGiven(outcome, "见说明", "letter"), by=cast.li_min, now=now)


@pytest.mark.parametrize(
    ("outcome", "ground"),
    [
        ("disclosed", "state_secret"),
        ("refused", "not_here"),
        ("not_held", "no such ground"),
        ("ended", "repeated"),
    ],
)
def test_a_ground_is_one_of_its_outcome(
    outcome: str, ground: str, application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    given = AnswerGiven(outcome, "见说明", "letter", ground=ground)
    with web_as(cast.li_min), pytest.raises(NotAChoice):
        answer_inquiry(application.pk, given, by=cast.li_min, now=now)


def test_the_database_keeps_a_ground_to_its_outcome(
    application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    given = AnswerGiven("not_held", "本机关不掌握。", "letter", ground="not_here")
    with web_as(cast.li_min):
        answer = answer_inquiry(application.pk, given, by=cast.li_min, now=now)
    assert isinstance(answer, Answer)
    assert answer.ground == "not_here"
    with pytest.raises(IntegrityError, match="answer_ground_fits"), transaction.atomic():
        Answer.objects.bulk_create([Answer(**_columns(answer, round=2, ground="state_secret"))])


def _columns(answer: Answer, **other: object) -> dict[str, object]:
    return {
        field.attname: getattr(answer, field.attname)
        for field in Answer._meta.concrete_fields
        if not field.primary_key
    } | other


def test_an_application_answered_at_once_names_its_ground_on_the_page_of_recording(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.li_min)
    given = {
        "key": "k1",
        "place": cast.relief.pk,
        "channel": "desk",
        "urgency": "ordinary",
        "standing": "named",
    }
    given |= {"kind": "disclosure", "question": "申请公开分配表", "at_once": "on", "told_how": "in_person"}
    given |= {"outcome": "not_held", "text": "本机关不掌握。"}
    refused = client.post("/record/", given, headers={"accept-language": "en"})
    assert refused.status_code == 422
    assert "Choose the ground in law" in refused.content.decode()
    assert client.post("/record/", given | {"ground": "not_here"}).status_code == 302
    assert Answer.objects.get().ground == "not_here"


def test_the_form_asks_applications_alone_for_a_ground(ask: Ask, cast: Cast, application: Inquiry) -> None:
    asked = {
        inquiry.kind: "ground" in AnswerForm(inquiry=inquiry, officer=cast.li_min).fields
        for inquiry in (application, ask())
    }
    assert asked == {"disclosure": True, "consultation": False}


@pytest.mark.parametrize(
    ("outcome", "ground", "says"),
    [
        ("refused", "case_file", "应当先自收到本答复之日起60日内向春和区人民政府申请行政复议"),
        ("not_held", "not_here", "或者自收到本答复之日起6个月内向有管辖权的人民法院提起行政诉讼"),
        ("disclosed", "", ""),
    ],
)
def test_a_reply_says_what_the_applicant_may_do(
    outcome: str, ground: str, says: str, application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    given = AnswerGiven(outcome, "见说明", "letter", ground=ground)
    with web_as(cast.li_min):
        answer_inquiry(application.pk, given, by=cast.li_min, now=now)
    if outcome == "refused":
        with web_as(cast.sun_wei):
            decide_draft(application.pk, approve=True, by=cast.sun_wei, now=now)
    answer = Answer.objects.get(inquiry=application)
    application.refresh_from_db()
    paper = write_paper("answer", application, answer.pk, clear={}, issued=None, now=now)
    assert says in str(paper.paragraphs)
    assert ("人民法院" in str(paper.paragraphs)) is (outcome != "disclosed")


@pytest.mark.parametrize(
    ("where", "authority"),
    [
        ({"body": "subdistrict"}, "春和区人民政府"),
        ({"body": "vertical"}, "上一级主管部门"),
    ],
)
def test_the_reply_names_before_whom_it_is_reconsidered(
    where: dict[str, str], authority: str, application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    Place.objects.filter(pk=cast.civil.pk).update(**where)
    with web_as(cast.li_min):
        given = AnswerGiven("not_held", "见说明", "letter", ground="not_here")
        answer_inquiry(application.pk, given, by=cast.li_min, now=now)
    answer = Answer.objects.get(inquiry=application)
    application.refresh_from_db()
    paper = write_paper("answer", application, answer.pk, clear={}, issued=None, now=now)
    assert f"向{authority}申请行政复议" in str(paper.paragraphs)


@pytest.mark.parametrize(("city", "authority"), [("平原市", "平原市人民政府"), ("", "上一级人民政府")])
def test_a_reply_of_the_district_itself_is_reconsidered_above_it(
    city: str, authority: str, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    Place.objects.filter(pk=cast.district.pk).update(city=city)
    inquiry = ask(kind="disclosure", by=cast.wu_fang)
    with web_as(cast.wu_fang):
        given = AnswerGiven("not_held", "见说明", "letter", ground="not_here")
        answer_inquiry(inquiry.pk, given, by=cast.wu_fang, now=now)
    answer = Answer.objects.get(inquiry=inquiry)
    inquiry.refresh_from_db()
    paper = write_paper("answer", inquiry, answer.pk, clear={}, issued=None, now=now)
    assert f"向{authority}申请行政复议" in str(paper.paragraphs)


def paper_text(inquiry: Inquiry, code: str, now: datetime) -> str:
    inquiry.refresh_from_db()
    paper = write_paper(code, inquiry, at_hand(inquiry)[code], clear={}, issued=None, now=now)
    return "\n".join([paper.title, *(str(each) for each in paper.paragraphs), paper.signed])


def test_the_applicant_is_told_on_paper_what_to_correct_by_when_and_what_follows(
    corrected: Inquiry, now: datetime
) -> None:
    said = paper_text(corrected, "correction", now)
    duty = Duty.objects.get(inquiry=corrected, kind="correction")
    for told in (
        "春和区民政局",
        "补正告知书",
        "第三十条",
        duty.request,
        "2026年6月3日",
        "视为放弃申请",
        corrected.reference,
    ):
        assert told in said


def test_the_applicant_is_told_on_paper_of_an_extension_and_no_other_citizen_is(
    application: Inquiry, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    other = ask()
    for inquiry in (application, other):
        with web_as(cast.li_min):
            ask_extension(inquiry.pk, days=5, reason="需要核对", by=cast.li_min, now=now)
        with web_as(cast.sun_wei):
            decide_extension(inquiry.pk, grant=True, by=cast.sun_wei, now=now)
    said = paper_text(application, "extension", now)
    due = application.due_on
    for told in (
        "延期答复告知书",
        "第三十三条",
        f"{due.year}年{due.month}月{due.day}日24:00",
        application.reference,
    ):
        assert told in said
    # Why is between the offices.
    assert "需要核对" not in said
    other.refresh_from_db()
    assert "extension" not in at_hand(other)


# Receipt


def test_it_counts_from_the_day_it_was_received(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask(kind="disclosure", asked_at=now - timedelta(days=6), received_on=date(2026, 5, 18))
    assert inquiry.due_on == shift(cast, date(2026, 5, 18), 20)
    assert inquiry.original_due_at == inquiry.due_at


def test_received_as_asked_it_counts_from_the_asking(application: Inquiry, cast: Cast) -> None:
    assert application.due_on == shift(cast, date(2026, 5, 20), 20)


@pytest.mark.parametrize(
    ("kind", "received_on"),
    [
        ("consultation", date(2026, 5, 20)),
        ("disclosure", date(2026, 5, 19)),
        ("disclosure", date(2026, 5, 21)),
    ],
)
def test_no_other_kind_and_no_other_day_is_a_receipt(ask: Ask, kind: str, received_on: date) -> None:
    with pytest.raises(refusals.NotReceivedThen):
        ask(kind=kind, received_on=received_on)


def test_the_database_keeps_the_day_received(application: Inquiry) -> None:
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Inquiry.objects.filter(pk=application.pk).update(received_on=date(2026, 5, 25))


# Correction


def test_while_a_correction_is_awaited_it_is_reckoned_from_the_last_day_given(
    corrected: Inquiry, cast: Cast
) -> None:
    assert corrected.due_on == shift(cast, LATER, 20)
    assert (corrected.state, corrected.pens.get(until_at=None).part) == ("awaiting_citizen", "citizen")


def test_the_whole_time_counts_anew_from_the_correction(corrected: Inquiry, cast: Cast, web_as: As) -> None:
    first = corrected.original_due_at
    with web_as(cast.li_min, on(date(2026, 5, 26))):
        inquiry = log_correction(
            corrected.pk,
            text="2025年,春民发〔2025〕3号",
            received_on=date(2026, 5, 25),
            by=cast.li_min,
            now=on(date(2026, 5, 26)),
        )
    assert inquiry.due_on == shift(cast, date(2026, 5, 25), 20)
    assert (inquiry.state, inquiry.original_due_at) == ("in_hand", first)
    assert not Duty.objects.open().filter(inquiry=inquiry, kind="correction").exists()


def test_a_correction_is_asked_once(corrected: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min):
        with pytest.raises(refusals.CorrectionAskedBefore):
            ask_correction(corrected.pk, text="再补正", until_on=LATER, by=cast.li_min, now=now)
        log_correction(corrected.pk, text="已补正", by=cast.li_min, now=now)
        with pytest.raises(refusals.CorrectionAskedBefore):
            ask_correction(corrected.pk, text="再补正", until_on=LATER, by=cast.li_min, now=now)


def test_a_correction_is_asked_within_seven_working_days_of_receipt(
    application: Inquiry, cast: Cast, web_as: As
) -> None:
    last = shift(cast, date(2026, 5, 20), 7)
    with web_as(cast.li_min, on(last)):
        mark = transaction.savepoint()
        until_on = last + timedelta(days=5)
        ask_correction(application.pk, text="请写明", until_on=until_on, by=cast.li_min, now=on(last, 23))
        transaction.savepoint_rollback(mark)
    late = on(shift(cast, last, 1))
    with web_as(cast.li_min, late), pytest.raises(refusals.CorrectionTooLate):
        ask_correction(application.pk, text="请写明", until_on=date(2026, 6, 8), by=cast.li_min, now=late)


@pytest.mark.parametrize("until_on", [date(2026, 5, 20), date(2026, 7, 8)])
def test_the_applicant_is_given_a_reasonable_time(
    until_on: date, application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.NotThatLong):
        ask_correction(application.pk, text="请写明", until_on=until_on, by=cast.li_min, now=now)


def test_a_correction_says_what_to_correct(
    application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.NeedsWords):
        ask_correction(application.pk, text=" ", until_on=LATER, by=cast.li_min, now=now)


def test_a_correction_does_not_come_before_it_was_asked_nor_tomorrow(
    corrected: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    for day in (date(2026, 5, 19), date(2026, 5, 21)):
        with web_as(cast.li_min), pytest.raises(refusals.NotThatDay):
            log_correction(corrected.pk, text="补正", received_on=day, by=cast.li_min, now=now)


def test_a_correction_is_no_plain_reply(corrected: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.NotInThisState):
        log_citizen_reply(corrected.pk, text="补正", by=cast.li_min, now=now)


def test_none_is_received_that_was_not_asked(
    application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.NotInThisState):
        log_correction(application.pk, text="补正", by=cast.li_min, now=now)


def test_not_corrected_in_time_it_may_be_ended_with_the_districts_approval(
    corrected: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    over = on(LATER + timedelta(days=1))
    with web_as(cast.li_min, over):
        end_uncorrected(corrected.pk, text="逾期未补正", told_how="letter", by=cast.li_min, now=over)
    corrected.refresh_from_db()
    assert corrected.answered_at is None
    with web_as(cast.wu_fang, over):
        answer = decide_draft(corrected.pk, approve=True, by=cast.wu_fang, now=over)
    assert answer is not None
    assert answer.outcome == "ended"
    assert not Duty.objects.open().filter(inquiry=corrected, kind="correction").exists()


def test_it_is_not_ended_while_the_applicant_has_time(corrected: Inquiry, cast: Cast, web_as: As) -> None:
    last = on(LATER, 23)
    with web_as(cast.li_min, last), pytest.raises(refusals.CorrectionAwaited):
        end_uncorrected(corrected.pk, text="逾期", told_how="letter", by=cast.li_min, now=last)


def test_what_needs_no_correction_is_not_ended_for_want_of_one(
    application: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.NotInThisState):
        end_uncorrected(application.pk, text="逾期", told_how="letter", by=cast.li_min, now=now)


# Consultation


def test_while_a_third_party_is_consulted_the_clock_stands_still_fifteen_working_days_at_most(
    consulted: Inquiry, cast: Cast
) -> None:
    assert consulted.due_on == shift(cast, date(2026, 5, 20), 35)
    assert consulted.original_due_at < consulted.due_at


def test_the_reply_sets_the_clock_going(consulted: Inquiry, cast: Cast, web_as: As) -> None:
    came = on(date(2026, 5, 27))
    with web_as(cast.li_min, came):
        inquiry = log_consultation(consulted.pk, answered=True, reply="同意", by=cast.li_min, now=came)
    assert inquiry.due_on == shift(cast, date(2026, 5, 20), 25)


def test_silence_is_logged_when_its_time_is_over(consulted: Inquiry, cast: Cast, web_as: As) -> None:
    last = shift(cast, date(2026, 5, 20), 15)
    with web_as(cast.li_min, on(last)), pytest.raises(refusals.ConsultationRuns):
        log_consultation(consulted.pk, answered=False, reply="", by=cast.li_min, now=on(last))
    after = on(last + timedelta(days=4))
    with web_as(cast.li_min, after):
        inquiry = log_consultation(consulted.pk, answered=False, reply="", by=cast.li_min, now=after)
    assert inquiry.due_on == shift(cast, date(2026, 5, 20), 35)


def test_days_on_which_two_are_consulted_stand_still_once(
    consulted: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        second = consult_others(consulted.pk, whom="agency", request="区财政局", by=cast.li_min, now=now)
    came = on(date(2026, 5, 27))
    with web_as(cast.li_min, came):
        log_consultation(
            consulted.pk, duty_id=second.pk, answered=True, reply="同意", by=cast.li_min, now=came
        )
        inquiry = log_consultation(consulted.pk, answered=True, reply="不同意", by=cast.li_min, now=came)
    assert inquiry.due_on == shift(cast, date(2026, 5, 20), 25)


def test_an_extension_is_added_to_what_stood_still(consulted: Inquiry, cast: Cast, web_as: As) -> None:
    came = on(date(2026, 5, 27))
    with web_as(cast.li_min, came):
        ask_extension(consulted.pk, days=20, reason="材料多", by=cast.li_min, now=came)
    with web_as(cast.sun_wei, came):
        decide_extension(consulted.pk, grant=True, by=cast.sun_wei, now=came)
    with web_as(cast.li_min, came):
        inquiry = log_consultation(consulted.pk, answered=True, reply="同意", by=cast.li_min, now=came)
    assert inquiry.due_on == shift(cast, date(2026, 5, 20), 45)


def test_a_consultation_needs_words_and_a_reply_too(
    consulted: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        with pytest.raises(refusals.NeedsWords):
            consult_others(consulted.pk, whom="agency", request=" ", by=cast.li_min, now=now)
        with pytest.raises(refusals.NeedsWords):
            log_consultation(consulted.pk, answered=True, reply=" ", by=cast.li_min, now=now)
        with pytest.raises(refusals.NotThatDay):
            log_consultation(
                consulted.pk,
                answered=True,
                reply="同意",
                replied_on=date(2026, 5, 19),
                by=cast.li_min,
                now=now,
            )


# Both


def test_every_move_of_the_clock_has_an_event_and_a_chase_to_come(
    corrected: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        log_correction(corrected.pk, text="已补正", by=cast.li_min, now=now)
        consult_others(corrected.pk, whom="agency", request="区财政局", by=cast.li_min, now=now)
        log_consultation(corrected.pk, answered=True, reply="同意", by=cast.li_min, now=now)
    codes = set(Event.objects.filter(inquiry=corrected).values_list("code", flat=True))
    assert {"correction_asked", "correction_received", "consulted", "consultation_over"} <= codes
    corrected.refresh_from_db()
    assert corrected.next_chase_at is not None
    assert now < corrected.next_chase_at <= now + timedelta(days=31)


def test_only_applications_have_this_clock(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        with pytest.raises(refusals.NotAnApplication):
            ask_correction(inquiry.pk, text="x", until_on=LATER, by=cast.li_min, now=now)
        with pytest.raises(refusals.NotAnApplication):
            consult_others(inquiry.pk, whom="agency", request="x", by=cast.li_min, now=now)


@pytest.mark.parametrize("stranger", ["tang_rui", "wu_fang", "bai_lu", "xu_kai"])
def test_only_who_handles_it_asks(stranger: str, application: Inquiry, cast: Cast, now: datetime) -> None:
    by = getattr(cast, stranger)
    with pytest.raises(refusals.NotYours):
        ask_correction(application.pk, text="x", until_on=LATER, by=by, now=now)
    with pytest.raises(refusals.NotYours):
        consult_others(application.pk, whom="agency", request="x", by=by, now=now)


@pytest.mark.parametrize("stranger", ["tang_rui", "bai_lu", "xu_kai"])
def test_a_stranger_logs_nothing_that_came(
    stranger: str, corrected: Inquiry, cast: Cast, now: datetime
) -> None:
    by = getattr(cast, stranger)
    with pytest.raises(refusals.NotYours):
        log_correction(corrected.pk, text="x", by=by, now=now)


def test_who_acted_meanwhile_is_named(application: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.ChangedMeanwhile):
        ask_correction(application.pk, text="x", until_on=LATER, by=cast.li_min, now=now, seen=1)


def test_what_is_awaited_goes_with_the_matter_to_its_next_holder(
    consulted: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.he_jing):
        offer_inquiry(consulted.pk, to=cast.culture, reason="属文体局", by=cast.he_jing, now=now)
    with web_as(cast.cao_lei):
        decide_hand_over(consulted.pk, accept=True, by=cast.cao_lei, now=now)
    duty = Duty.objects.get(inquiry=consulted, kind="consult")
    assert (duty.place, duty.done_at) == (cast.culture, None)


def test_what_waits_for_others_does_not_ride(
    consulted: Inquiry, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    lead = ask(kind="disclosure")
    with web_as(cast.wu_fang), pytest.raises(refusals.StillAwaited):
        merge_inquiries(consulted.pk, into=lead.pk, by=cast.wu_fang, now=now)


def test_an_answer_ends_what_was_awaited(consulted: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min):
        answer_inquiry(consulted.pk, EXPLAINED, by=cast.li_min, now=now)
    assert not Duty.objects.open().filter(inquiry=consulted).exists()


def test_reclassified_it_has_the_clock_of_its_new_kind(
    consulted: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.he_jing):
        inquiry = reclassify_inquiry(
            consulted.pk, kind="consultation", urgency="ordinary", reason="是咨询", by=cast.he_jing, now=now
        )
    assert inquiry.due_on == shift(cast, date(2026, 5, 20), 5)


def test_the_clock_measures_it_again_as_the_acts_did(consulted: Inquiry, cast: Cast) -> None:
    calendar = calendar_for(cast.district.pk)
    assert due_again(consulted, calendar, Granted.to([consulted])).due_at == consulted.due_at


# Explained


def test_every_day_is_explained_and_the_last_is_the_due(consulted: Inquiry, cast: Cast) -> None:
    days = days_counted(consulted, calendar_for(cast.district.pk))
    assert (days[-1].on, days[-1].number) == (consulted.due_on, 20)
    assert sum(day.reason.kind == "standstill" for day in days) == 15


def test_the_command_explains_it(consulted: Inquiry) -> None:
    out = StringIO()
    call_command("explain_inquiry", consulted.reference, stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == consulted.due_on.isoformat()
    assert sum("stands still" in line for line in lines) == 15


def test_the_page_offers_the_acts_to_applications_only(
    client: Client, application: Inquiry, ask: Ask, cast: Cast
) -> None:
    other = ask()
    client.force_login(cast.li_min)
    assert "act-ask-correction" in client.get(f"/inquiries/{application.pk}/").content.decode()
    assert "act-ask-correction" not in client.get(f"/inquiries/{other.pk}/").content.decode()


def test_the_page_offers_the_correction_that_is_awaited_and_no_plain_reply(
    client: Client, corrected: Inquiry, cast: Cast
) -> None:
    client.force_login(cast.li_min)
    page = client.get(f"/inquiries/{corrected.pk}/", headers={"accept-language": "en"}).content.decode()
    assert "act-correction-received" in page
    assert "act-citizen-reply" not in page
    assert "or its correction was received" in page
