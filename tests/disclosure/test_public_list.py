"""The public list: what the director signed for it and is still owed, in numbers by bureau, and nothing else."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from disclosure.services.counting import Overdue, list_publicly
from inquiries.figures.publicly import publicly_listed
from inquiries.models import Duty, Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.closing import reopen_inquiry
from inquiries.services.moving import answer_duty
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
QUESTION = "低保金怎么还没有发？"


def proposed(inquiry: Inquiry, asked: datetime) -> Duty:
    """The public circular as the chase proposes it."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        for days in range(1, 80):
            chase_batch(Inquiry, now=asked + days * DAY)
            found = Duty.objects.filter(inquiry=inquiry, subject__startswith="circular_public").first()
            if found is not None:
                return found
    raise AssertionError("no public circular was proposed")


def sign(duty: Duty, cast: Cast, web_as: As, at: datetime, *, decision: str = "signed") -> None:
    with web_as(cast.zhou_ning, at):
        answer_duty(duty.pk, reply="同意", decision=decision, by=cast.zhou_ning, now=at)


@pytest.fixture
def long_ago() -> datetime:
    """Ninety days before the clock of the running suite, so that pages of today show it."""
    return timezone.now() - 90 * DAY


def listed(cast: Cast, web_as: As, now: datetime) -> list[Overdue]:
    with web_as(None, now):
        return list_publicly(district=cast.district, now=now)


def test_only_what_the_director_signed_for_the_public_list_is_on_it(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    later = now + 60 * DAY
    inquiry = ask(question=QUESTION)
    duty = proposed(inquiry, now)
    inside = Duty.objects.get(inquiry=inquiry, subject__startswith="circular_inside")
    refused = proposed(ask(question="别的问题。"), now)
    # Proposed, signed for the list inside the government, refused: not public.
    sign(inside, cast, web_as, later)
    sign(refused, cast, web_as, later, decision="refused")
    assert listed(cast, web_as, later) == []
    sign(duty, cast, web_as, later)
    [row] = listed(cast, web_as, later)
    assert (row.place, row.matters, row.answered) == (cast.civil, 1, 0)
    assert row.days_late is not None
    assert row.days_late > 20
    # Before it was due, and in another district, nothing is owed.
    assert listed(cast, web_as, now) == []
    with web_as(None, later):
        assert list_publicly(district=cast.elsewhere, now=later) == []


def test_an_answer_takes_it_off_and_another_round_is_signed_for_anew(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    later = now + 60 * DAY
    inquiry = ask(question=QUESTION)
    sign(proposed(inquiry, now), cast, web_as, later)
    with web_as(cast.sun_wei, later):
        answer_inquiry(
            inquiry.pk, AnswerGiven("explained", "请到街道申请。", "telephone"), by=cast.sun_wei, now=later
        )
    [row] = listed(cast, web_as, later + DAY)
    assert (row.matters, row.days_late, row.answered) == (0, None, 1)
    # Opened again it is overdue at once, and on no list until that round is signed for too.
    with web_as(cast.wu_fang, later + DAY):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.wu_fang, now=later + DAY)
    assert listed(cast, web_as, later + 30 * DAY) == []
    with web_as(cast.sun_wei, later + 31 * DAY):
        given = AnswerGiven("explained", "请到街道申请。", "telephone")
        answer_inquiry(inquiry.pk, given, by=cast.sun_wei, now=later + 31 * DAY)
    # Next year it is forgotten.
    assert listed(cast, web_as, later + 365 * DAY) == []


def test_a_sealed_matter_is_on_no_list(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask(question=QUESTION, kind="tip_off", about_place=cast.culture)
    assert inquiry.sealed
    later = now + 60 * DAY
    # Past the policies, as its named reader.
    answer_duty(proposed(inquiry, now).pk, reply="同意", decision="signed", by=cast.zhou_ning, now=later)
    assert list_publicly(district=cast.district, now=later) == []
    assert publicly_listed(cast.district.pk, now=later) == ()


def test_page_csv_and_json_say_the_same_and_name_no_matter_and_nobody(
    ask: Ask, cast: Cast, web_as: As, long_ago: datetime
) -> None:
    inquiry = ask(question=QUESTION, now=long_ago)
    anybody = Client(headers={"accept-language": "en"})
    home = f"/public/{cast.district.pk}/overdue"
    assert "Nothing is on the list." in anybody.get(f"{home}/").content.decode()
    sign(proposed(inquiry, long_ago), cast, web_as, timezone.now() - timedelta(seconds=5))
    page = anybody.get(f"{home}/").content.decode()
    assert "民政局" in page
    data = anybody.get(f"{home}.json").json()
    [row] = data["rows"]
    assert (row["place"], row["matters"]) == ("民政局", 1)
    sheet = anybody.get(f"{home}.csv").content.decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(sheet))
    assert (line["Place"], line["working_days_late"]) == ("民政局", str(row["working_days_late"]))
    for text in (page, sheet, str(data)):
        for kept in (inquiry.reference, "低保", "周宁", "李敏", "孙伟", "同意"):
            assert kept not in text
    assert anybody.get(f"{home}.xml").status_code == 404
    assert anybody.post(f"{home}/").status_code == 405
    assert anybody.get("/public/999999/overdue/").status_code == 404
    # The scope that counted is left.
    with web_as(None):
        assert not Inquiry.objects.exists()


def test_the_page_takes_as_many_statements_however_much_is_on_it(
    ask: Ask, cast: Cast, web_as: As, long_ago: datetime
) -> None:
    anybody = Client()
    asked = []
    for place in (cast.civil, cast.culture):
        by = cast.sun_wei if place == cast.civil else cast.zhou_ning
        inquiry = ask(question=QUESTION, now=long_ago, place=place, by=by)
        sign(proposed(inquiry, long_ago), cast, web_as, timezone.now() - timedelta(seconds=5))
        with CaptureQueriesContext(connection) as made:
            assert anybody.get(f"/public/{cast.district.pk}/overdue/").status_code == 200
        asked.append(len(made))
    assert asked[0] == asked[1] <= 25
