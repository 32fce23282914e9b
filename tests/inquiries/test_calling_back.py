"""The district calls the citizen back about an answer: by its rule or by hand, never the bureau that answered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from bureaus.models import DistrictSettings
from inquiries.models import Duty, Inquiry, Rating
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.calling_back import open_callback
from inquiries.services.closing import rate_answer, reopen_inquiry
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

PHONE = CitizenGiven(name="张三丰", phone="13840005021")
PARTLY = AnswerGiven("partly", "先修了一半。", "telephone")


def answered(ask: Ask, cast: Cast, web_as: As, now: datetime, given: AnswerGiven, **more: object) -> Inquiry:
    inquiry = ask(**{"citizen": PHONE, **more})
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, given, by=cast.li_min, now=now)
    return inquiry


def owed(inquiry: Inquiry) -> list[Duty]:
    return list(Duty.objects.filter(inquiry=inquiry, kind="callback", done_at=None))


def test_an_answer_that_did_not_solve_it_owes_a_callback_of_the_district(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    [duty] = owed(answered(ask, cast, web_as, now, PARTLY))
    assert (duty.place, duty.next_chase_at is not None) == (cast.district, True)


def test_an_answer_that_explained_owes_none(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    assert owed(answered(ask, cast, web_as, now, EXPLAINED)) == []


@pytest.mark.parametrize(("setting", "given", "number"), [("none", PARTLY, 0), ("every", EXPLAINED, 1)])
def test_the_district_says_of_which_answers(
    setting: str, given: AnswerGiven, number: int, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    DistrictSettings.objects.update_or_create(district=cast.district, defaults={"callbacks": setting})
    assert len(owed(answered(ask, cast, web_as, now, given))) == number


def test_nobody_is_called_who_left_no_number(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = answered(ask, cast, web_as, now, PARTLY, citizen=None)
    assert owed(inquiry) == []
    with web_as(cast.wu_fang), pytest.raises(refusals.NobodyToCall):
        open_callback(inquiry.pk, by=cast.wu_fang, now=now)


def test_what_was_answered_after_dissatisfaction_is_called_back(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered(ask, cast, web_as, now, PARTLY)
    with web_as(cast.wu_fang):
        rate_answer(
            inquiry.pk,
            source=Rating.Source.CALLBACK,
            reached=True,
            satisfaction="dissatisfied",
            by=cast.wu_fang,
            now=now,
        )
    inquiry.refresh_from_db()
    assert (inquiry.round, owed(inquiry)) == (2, [])
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now)
    assert len(owed(inquiry)) == 1


def test_it_is_tried_three_times_before_it_is_given_up(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered(ask, cast, web_as, now, PARTLY)
    for number in range(3):
        assert len(owed(inquiry)) == 1
        with web_as(cast.wu_fang):
            rate_answer(
                inquiry.pk,
                source=Rating.Source.CALLBACK,
                reached=False,
                by=cast.wu_fang,
                now=now + timedelta(hours=number),
            )
    assert owed(inquiry) == []


def test_the_district_opens_one_by_hand_once(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = answered(ask, cast, web_as, now, EXPLAINED)
    with web_as(cast.wu_fang):
        open_callback(inquiry.pk, by=cast.wu_fang, now=now)
        with pytest.raises(refusals.DutyOpenAlready):
            open_callback(inquiry.pk, by=cast.wu_fang, now=now)


@pytest.mark.parametrize("stranger", ["li_min", "sun_wei", "bai_lu", "xu_kai"])
def test_no_bureau_opens_one(stranger: str, ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = answered(ask, cast, web_as, now, EXPLAINED)
    with pytest.raises(refusals.NotYours):
        open_callback(inquiry.pk, by=getattr(cast, stranger), now=now)


def test_an_unanswered_matter_has_no_callback(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask(citizen=PHONE)
    with web_as(cast.wu_fang), pytest.raises(refusals.NotAnswered):
        open_callback(inquiry.pk, by=cast.wu_fang, now=now)


def test_reopening_settles_the_callback(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = answered(ask, cast, web_as, now, PARTLY)
    with web_as(cast.wu_fang):
        reopen_inquiry(inquiry.pk, reason="复核", by=cast.wu_fang, now=now)
    assert owed(inquiry) == []


def test_an_approved_end_is_called_back_too(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = answered(ask, cast, web_as, now, AnswerGiven("ended", "终止", "telephone"))
    with web_as(cast.wu_fang):
        decide_draft(inquiry.pk, approve=True, by=cast.wu_fang, now=now)
    assert len(owed(inquiry)) == 1


def test_the_clerk_logs_it_on_the_page(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = answered(ask, cast, web_as, now, PARTLY)
    inquiry.refresh_from_db()
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.wu_fang, backend="django.contrib.auth.backends.ModelBackend")
    given = {"rate-seen": inquiry.version, "rate-reached": "on", "rate-solved": "yes"}
    given |= {"rate-contacted_in_time": "no", "rate-satisfaction": "satisfied"}
    assert client.post(f"/inquiries/{inquiry.pk}/rate/", given).status_code == 302
    rating = Rating.objects.get(inquiry=inquiry)
    assert (rating.solved, rating.contacted_in_time) == (True, False)
