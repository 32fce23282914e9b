"""What people ask about, and what rises."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bureaus.services.calendar import calendar_for
from inquiries.figures import Period, Query, TooWide, topics
from inquiries.figures.topics import repeat_callers, repeated_questions, rising_topics, rising_words, words_of
from inquiries.models import Topic
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
MONTH = timedelta(days=30)


def test_the_topic_that_rises_most_comes_first(cast: Cast, ask: Ask, clock: As, now: datetime) -> None:
    heating, parking = (Topic.objects.create(district=cast.district, name=name) for name in ("供暖", "停车"))
    for at, topic, times in ((now - MONTH, heating, 3), (now, heating, 4), (now, parking, 2), (now, None, 1)):
        for _ in range(times):
            ask(now=at, topic=topic)
    with clock():
        found = rising_topics(Query(cast.district.pk, MAY), now=now, calendar=calendar_for(cast.district.pk))
    assert [(t.key, t.n, t.previous) for t in found] == [(parking.pk, 2, 0), (heating.pk, 4, 3), (None, 1, 0)]


def test_the_word_that_rises_most_comes_first_and_rare_ones_are_not_told(
    cast: Cast, ask: Ask, clock: As, now: datetime
) -> None:
    for number in range(6):
        ask(question=f"请问供暖什么时候开始？{number}号楼")
        ask(question="张伟家的停车位" if number == 0 else "停车位怎么申请？", now=now - MONTH * (number % 2))
    ask(question="今年供暖吗？", now=now.replace(year=2025))
    with clock():
        found = {
            word.key: (word.n, word.previous, word.year_earlier)
            for word in rising_words(Query(cast.district.pk, MAY), now=now)
        }
    assert found["供暖"] == (6, 0, 1)
    assert "停车位" not in found
    assert "请问" not in found


def test_a_question_is_its_words_and_not_its_courtesies() -> None:
    assert words_of("您好，请问低保怎么申请？") == {"低保", "申请"}


def test_who_and_what_comes_again_is_counted(cast: Cast, ask: Ask, clock: As, now: datetime) -> None:
    caller, other = (CitizenGiven(name="张三", phone=f"1384000502{n}") for n in (1, 2))
    mine = [ask(citizen=caller, question=f"低保 {n}？").pk for n in range(3)]
    ask(citizen=other, question="低保0")
    query = Query(cast.district.pk, MAY)
    with clock():
        assert [found.inquiry_ids for found in repeat_callers(query, now=now).found] == [tuple(mine)]
        assert [found.n for found in repeated_questions(query, now=now).found] == [2]


def test_what_comes_again_stands_beside_the_period_before_and_the_year_before(
    cast: Cast, ask: Ask, clock: As, now: datetime
) -> None:
    caller = CitizenGiven(name="张三", phone="13840005021")
    for at, times in ((now, 3), (now - MONTH, 4), (now.replace(year=2025), 2)):
        for _ in range(times):
            ask(citizen=caller, question=f"低保怎么办？{at:%Y-%m}", now=at)
    query = Query(cast.district.pk, MAY)
    with clock():
        callers, questions = repeat_callers(query, now=now), repeated_questions(query, now=now)
    assert (callers.n, callers.previous, callers.year_earlier) == (1, 1, 0)
    assert (questions.n, questions.previous, questions.year_earlier) == (1, 1, 1)


def test_sealed_matters_are_no_hot_topics(cast: Cast, ask: Ask, clock: As, now: datetime) -> None:
    for _ in range(6):
        ask(kind="tip_off", question="举报停车收费")
    with clock():
        assert rising_words(Query(cast.district.pk, MAY), now=now) == ()
        assert repeated_questions(Query(cast.district.pk, MAY), now=now).found == ()


def test_too_many_questions_are_refused(
    cast: Cast, ask: Ask, clock: As, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "MOST_QUESTIONS", 1)
    ask()
    ask()
    with clock(), pytest.raises(TooWide):
        rising_words(Query(cast.district.pk, MAY), now=now)
