"""Reconsideration and litigation about an application: entered, closed once, seen where the application is seen."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import ProgrammingError

from bureaus.refusals import NotAChoice
from inquiries.models import Challenge, Event, Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.challenging import close_challenge, log_challenge
from inquiries.services.refusals import NeedsWords, NoOpenChallenge, NotAnApplication, NotThatDay
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask, Enter, page

pytestmark = pytest.mark.django_db

TODAY = date(2026, 5, 20)


@pytest.fixture
def refused(ask: Ask, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """An application of which nothing was disclosed."""
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        words = AnswerGiven("refused", "不予公开。", "letter", ground="case_file")
        answer_inquiry(inquiry.pk, words, by=cast.li_min, now=now)
    with web_as(cast.sun_wei):
        decide_draft(inquiry.pk, approve=True, by=cast.sun_wei, now=now)
    inquiry.refresh_from_db()
    return inquiry


@pytest.fixture
def case(refused: Inquiry, cast: Cast, web_as: As, now: datetime) -> Challenge:
    with web_as(cast.li_min):
        return log_challenge(refused.pk, kind="review", body=" 区政府 ", by=cast.li_min, now=now)


def test_a_case_is_entered_and_closed_with_an_event_each(
    case: Challenge, refused: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    assert (case.body, case.received_on, case.result) == ("区政府", TODAY, "pending")
    with web_as(cast.sun_wei):
        closed = close_challenge(refused.pk, challenge_id=case.pk, result="upheld", by=cast.sun_wei, now=now)
    assert (closed.result, closed.closed_on) == ("upheld", TODAY)
    told = Event.objects.filter(inquiry=refused, code__in=("challenged", "challenge_closed")).order_by("seq")
    assert [event.codes for event in told] == [
        {"challenge": case.pk},
        {"challenge": case.pk, "result": "upheld"},
    ]
    refused.refresh_from_db()
    assert refused.state == "answered"


def test_a_missing_answer_is_challenged_too(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    open_one = ask(kind="disclosure")
    with web_as(cast.li_min):
        log_challenge(open_one.pk, kind="suit", body="区法院", by=cast.li_min, now=now)
    open_one.refresh_from_db()
    assert open_one.next_chase_at is not None


@pytest.mark.parametrize("day", [date(2026, 5, 19), date(2026, 5, 21)])
def test_it_came_between_the_application_and_today(
    day: date, refused: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(NotThatDay):
        log_challenge(refused.pk, kind="review", body="区政府", received_on=day, by=cast.li_min, now=now)


def test_what_cannot_stand_is_refused(
    case: Challenge, refused: Inquiry, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    other = ask()
    with web_as(cast.li_min):
        with pytest.raises(NotAnApplication):
            log_challenge(other.pk, kind="review", body="区政府", by=cast.li_min, now=now)
        with pytest.raises(NeedsWords):
            log_challenge(refused.pk, kind="review", body=" ", by=cast.li_min, now=now)
        with pytest.raises(NotAChoice):
            log_challenge(refused.pk, kind="plea", body="区政府", by=cast.li_min, now=now)
        for result in ("pending", "won"):
            with pytest.raises(NotAChoice):
                close_challenge(refused.pk, challenge_id=case.pk, result=result, by=cast.li_min, now=now)
        with pytest.raises(NotThatDay):
            close_challenge(
                refused.pk,
                challenge_id=case.pk,
                result="upheld",
                closed_on=date(2026, 5, 19),
                by=cast.li_min,
                now=now,
            )


def test_it_is_closed_once(case: Challenge, refused: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min):
        close_challenge(refused.pk, challenge_id=case.pk, result="corrected", by=cast.li_min, now=now)
        with pytest.raises(NoOpenChallenge):
            close_challenge(refused.pk, challenge_id=case.pk, result="upheld", by=cast.li_min, now=now)
        with pytest.raises(IntegrityError, match="keeps what was recorded"), transaction.atomic():
            Challenge.objects.update(result="upheld")


@pytest.mark.parametrize(
    "changed",
    [{"body": "别处"}, {"kind": "suit"}, {"received_on": date(2026, 5, 1)}, {"result": "upheld"}],
)
def test_the_database_keeps_it_as_it_was_entered(
    changed: dict[str, object], case: Challenge, cast: Cast, web_as: As
) -> None:
    """A result without its day is refused as well."""
    with web_as(cast.li_min), pytest.raises(IntegrityError), transaction.atomic():
        Challenge.objects.filter(pk=case.pk).update(**changed)


def test_nobody_deletes_it(case: Challenge) -> None:
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        Challenge.objects.filter(pk=case.pk).delete()


def test_it_is_seen_where_the_application_is_seen(case: Challenge, cast: Cast, web_as: As) -> None:
    for who, n in ((cast.li_min, 1), (cast.zhou_ning, 1), (cast.tang_rui, 0), (cast.xu_kai, 0)):
        with web_as(who):
            assert Challenge.objects.count() == n


def test_it_is_entered_closed_and_told_on_the_page(refused: Inquiry, cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    path = f"/inquiries/{refused.pk}/"
    shown = page(client, path)
    assert "act-challenge" in shown
    assert "act-close-challenge" not in shown
    given = {
        "challenge-seen": refused.version,
        "challenge-kind": "review",
        "challenge-body": "和平区人民政府",
    }
    assert client.post(f"{path}challenge/", given).status_code == 302
    shown = page(client, path)
    assert "administrative reconsideration · 和平区人民政府" in shown
    entered = Challenge.objects.get()
    given = {
        "close-challenge-seen": refused.version + 1,
        "close-challenge-challenge": entered.pk,
        "close-challenge-result": "corrected",
    }
    assert client.post(f"{path}close-challenge/", given).status_code == 302
    shown = page(client, path)
    assert " · corrected" in shown
    assert "act-close-challenge" not in shown


def test_other_questions_offer_no_such_act(ask: Ask, cast: Cast, enter: Enter) -> None:
    assert "act-challenge" not in page(enter(cast.li_min), f"/inquiries/{ask().pk}/")
