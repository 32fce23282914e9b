"""A booth that answered more people at once than it received."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from disclosure.models import Count, Measure, OpenDay
from disclosure.services.open_days import open_booth, plan_open_day, record_reception
from inquiries.figures import Period, Query
from inquiries.figures.credibility import read_signal, signalled_inquiries
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask
from tests.inquiries.conftest import ask as ask  # a fixture

pytestmark = pytest.mark.django_db


def receive(cast: Cast, now: datetime, people: Count) -> OpenDay:
    day = plan_open_day(district=cast.district, on=now.date(), theme="公开", by=None, now=now)
    booth = open_booth(open_day=day, place=cast.civil, by=None, now=now)
    unknown = Count(None, Measure.CASE)
    record_reception(booth=booth, people=people, questions=unknown, issues=unknown, by=None, now=now)
    return day


def shown(cast: Cast, web_as: As, now: datetime) -> tuple[list[tuple[int | None, int, int]], list[int]]:
    later = now + timedelta(days=1)
    query = Query(cast.district.pk, Period(now.date(), now.date()), reader=cast.bai_lu)
    with web_as(cast.bai_lu, later):
        rows = read_signal("more_than_received", query, now=later)
        behind = signalled_inquiries("more_than_received", query, now=later)
        return [(row.place_id, row.n, row.of) for row in rows], [inquiry.pk for inquiry in behind]


def test_answers_beyond_the_people_received_show(cast: Cast, ask: Ask, web_as: As, now: datetime) -> None:
    receive(cast, now, Count(2, Measure.PERSON))
    ask(answer=EXPLAINED, channel="hotline")
    at_the_booth = [ask(answer=EXPLAINED, channel="desk") for _ in range(3)]
    ask(answer=EXPLAINED, channel="desk", by=cast.tang_rui)
    assert shown(cast, web_as, now) == ([(cast.relief.pk, 1, 3)], [at_the_booth[-1].pk])


@pytest.mark.parametrize("people", [Count(2, Measure.PERSON, at_least=True), Count(None, Measure.PERSON)])
def test_a_booth_that_does_not_know_how_many_came_shows_nothing(
    people: Count, cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    receive(cast, now, people)
    for _ in range(3):
        ask(answer=EXPLAINED, channel="desk")
    assert shown(cast, web_as, now) == ([], [])
