"""Scores with the district's own weights, and bulletins that never change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction

from bureaus.models import Place
from bureaus.services.calendar import calendar_for
from inquiries.figures import FIGURES, Period, Query
from inquiries.figures.ranking import Standing, standings, weights_of
from inquiries.models import Bulletin
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.bulletins import freeze_bulletin, issue_weights, run_again, version_of
from inquiries.services.closing import rate_answer, reopen_inquiry
from inquiries.services.refusals import NotYours, PeriodNotOver, WrongWeights
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
SOLVED = AnswerGiven("solved", "已办", "telephone")


def work(cast: Cast, ask: Ask, web_as: As, now: datetime, *, civil: int, culture: int) -> None:
    """So many matters each; half of the relief section's are answered and half of these please."""
    for by, many in ((cast.li_min, civil), (cast.tang_rui, culture)):
        for number in range(many):
            inquiry = ask(by=by)
            if by == cast.li_min and number % 2:
                continue
            with web_as(by, now + HOUR):
                answer_inquiry(inquiry.pk, SOLVED, by=by, now=now + HOUR)
            said = "dissatisfied" if by == cast.li_min and number % 4 else "satisfied"
            with web_as(cast.wu_fang, now + 2 * HOUR):
                rate_answer(
                    inquiry.pk,
                    source="callback",
                    reached=True,
                    satisfaction=said,
                    by=cast.wu_fang,
                    now=now + 2 * HOUR,
                )


def stand(cast: Cast, web_as: As, now: datetime) -> dict[int, Standing]:
    with web_as(cast.zhou_ning, now):
        found = standings(
            Query(cast.district.pk, MAY),
            weights_of(cast.district.pk),
            now=now,
            calendar=calendar_for(cast.district.pk),
        )
    return {standing.bureau_id: standing for standing in found}


def test_the_score_is_what_is_lost_of_a_hundred(cast: Cast, ask: Ask, web_as: As, now: datetime) -> None:
    work(cast, ask, web_as, now, civil=12, culture=10)
    found = stand(cast, web_as, now + DAY)
    civil, culture = found[cast.civil.pk], found[cast.culture.pk]
    assert culture.score == 100
    assert culture.rank == 1
    settled, content = civil.parts["settled"], civil.parts["satisfaction_callback"]
    assert (content.n, content.of) == (3, 6)
    assert (settled.n, settled.of) == (3, 12)
    assert civil.score == 100 - Fraction(20, 100) * 75 - Fraction(30, 100) * 50
    assert (civil.n, civil.rank, civil.why) == (12, 2, "")
    assert (civil.previous, civil.year_earlier) == (None, None)
    ask(now=now + 30 * DAY)
    ask(by=cast.tang_rui, now=now + 30 * DAY)
    june = Query(cast.district.pk, Period(date(2026, 6, 1), date(2026, 6, 30)))
    with web_as(cast.zhou_ning, now + 31 * DAY):
        later = standings(
            june, weights_of(cast.district.pk), now=now + 31 * DAY, calendar=calendar_for(cast.district.pk)
        )
    assert {s.bureau_id: s.previous for s in later} == {cast.civil.pk: civil.score, cast.culture.pk: 100}


def test_what_is_better_the_fewer_there_are_costs_by_what_there_is(
    cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    answered = [ask() for _ in range(4)]
    ask(by=cast.tang_rui)
    for inquiry in answered:
        with web_as(cast.li_min, now + HOUR):
            answer_inquiry(inquiry.pk, SOLVED, by=cast.li_min, now=now + HOUR)
    with web_as(cast.wu_fang, now + 2 * HOUR):
        reopen_inquiry(answered[0].pk, reason="没有解决", by=cast.wu_fang, now=now + 2 * HOUR)
    with web_as(cast.zhou_ning, now + DAY):
        issue_weights(
            district=cast.district, weights={"reopen_rate": 40}, ranked_from=1, by=cast.zhou_ning, now=now
        )
    found = stand(cast, web_as, now + DAY)
    assert found[cast.culture.pk].score == 100
    assert found[cast.civil.pk].score == 100 - Fraction(40, 100) * 25


def test_few_vertical_and_unfinished_ones_are_listed_and_not_ranked(
    cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    work(cast, ask, web_as, now, civil=9, culture=10)
    for _ in range(10):
        ask(by=cast.ma_chao)
        ask(by=cast.wu_fang)
    Place.objects.filter(pk=cast.culture.pk).update(body=Place.Body.VERTICAL)
    found = stand(cast, web_as, now + DAY)
    assert {pk: (s.rank, s.why) for pk, s in found.items()} == {
        cast.civil.pk: (None, "small"),
        cast.culture.pk: (None, "vertical"),
        cast.streets.pk: (None, "incomplete"),
        cast.district.pk: (None, "office"),
    }


def test_the_district_weighs_for_itself(cast: Cast, ask: Ask, web_as: As, now: datetime) -> None:
    work(cast, ask, web_as, now, civil=4, culture=1)
    with web_as(cast.zhou_ning):
        issue_weights(
            district=cast.district, weights={"settled": 100}, ranked_from=2, by=cast.zhou_ning, now=now
        )
    found = stand(cast, web_as, now + DAY)
    assert found[cast.civil.pk].score == 25
    assert (found[cast.civil.pk].rank, found[cast.culture.pk].why) == (1, "small")


@pytest.mark.parametrize(
    ("weights", "ranked_from"),
    [
        ({}, 10),
        ({"weather": 10}, 10),
        ({"settled": 0}, 10),
        ({"settled": 60, "response": 50}, 10),
        ({"settled": 5}, 0),
    ],
)
def test_weights_that_weigh_nothing_or_too_much_are_refused(
    weights: dict[str, int], ranked_from: int, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.zhou_ning), pytest.raises(WrongWeights):
        issue_weights(
            district=cast.district, weights=weights, ranked_from=ranked_from, by=cast.zhou_ning, now=now
        )


def test_a_bureau_neither_weighs_nor_signs(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.sun_wei), pytest.raises(NotYours):
        issue_weights(district=cast.district, weights={"settled": 5}, ranked_from=1, by=cast.sun_wei, now=now)
    with web_as(cast.sun_wei), pytest.raises(NotYours):
        freeze_bulletin(district=cast.district, period=MAY, by=cast.sun_wei, now=now + 30 * DAY)


def test_a_bulletin_says_what_the_figures_said_and_is_run_again(
    cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    work(cast, ask, web_as, now, civil=4, culture=1)
    june = now + 20 * DAY
    with web_as(cast.zhou_ning, june):
        first = freeze_bulletin(district=cast.district, period=MAY, by=cast.zhou_ning, now=june)
        second = freeze_bulletin(district=cast.district, period=MAY, by=cast.zhou_ning, now=june)
        calendar = calendar_for(cast.district.pk)
        for code, figure in FIGURES.items():
            for basis in figure.bases:
                total = figure.read(
                    Query(cast.district.pk, MAY, basis=basis), now=june, calendar=calendar
                ).total.now
                assert first.figures["counts"][f"{code}.{basis}"] == [total.n, total.of]
        assert (first.number, second.number) == (1, 2)
        assert run_again(first, now=june) == ()
        assert set(first.definitions) == set(FIGURES)
        assert first.definitions["recorded"]["zh-hans"]["label"]
        assert first.version == second.version == version_of(first.definitions)
    answered = ask(now=now + HOUR)
    with web_as(cast.li_min, june):
        answer_inquiry(answered.pk, SOLVED, by=cast.li_min, now=june)
    with web_as(cast.wu_fang, june + HOUR):
        reopen_inquiry(answered.pk, reason="没有解决", by=cast.wu_fang, now=june + HOUR)
    with web_as(cast.zhou_ning, june + DAY):
        moved = {m.name: (m.then, m.now) for m in run_again(first, now=june + DAY)}
    assert moved["recorded.cohort"] == ([5, None], [6, None])
    assert "answered.happened" not in moved


def test_a_bulletin_is_never_changed(cast: Cast, web_as: As, now: datetime) -> None:
    june = now + 20 * DAY
    with web_as(cast.zhou_ning, june):
        bulletin = freeze_bulletin(district=cast.district, period=MAY, by=cast.zhou_ning, now=june)
    for attempt in (
        lambda: Bulletin.objects.filter(pk=bulletin.pk).update(number=9),
        lambda: Bulletin.objects.filter(pk=bulletin.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_a_period_that_is_not_over_has_no_bulletin(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.zhou_ning, now), pytest.raises(PeriodNotOver):
        freeze_bulletin(district=cast.district, period=MAY, by=cast.zhou_ning, now=now)
