"""The database draws whom the district calls back, once, and the seed is on record."""

from __future__ import annotations

import hashlib
import math
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from bureaus.models import DistrictSettings
from bureaus.workdays import local_date
from inquiries.models import Answer, CallbackDraw, DailyRoot, DrawnCallback, Duty
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.closing import rate_answer
from inquiries.services.drawing import draw_callbacks, draw_what_is_over
from inquiries.services.recording import CitizenGiven
from inquiries.services.verifying import write_daily_roots
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CALLER = CitizenGiven(name="张三", phone="13840005021")


def test_a_tenth_is_drawn_by_a_lot_that_anybody_can_check(
    cast: Cast, ask: Ask, clock: As, now: datetime
) -> None:
    for _ in range(23):
        ask(answer=EXPLAINED, citizen=CALLER)
    ask(answer=EXPLAINED)
    with clock():
        write_daily_roots(now=now + DAY)
        draw = draw_callbacks(district=cast.district, on=local_date(now), now=now + DAY)
    assert draw is not None
    assert (draw.answers, draw.drawn) == (23, math.ceil(2.3))
    callable_ones = list(Answer.objects.filter(inquiry__citizen__isnull=False))
    order = sorted(
        callable_ones,
        key=lambda answer: hashlib.md5(f"{draw.seed}{answer.pk}".encode()).hexdigest(),  # noqa: S324
    )
    assert {answer.pk for answer in order[:3]} == set(
        DrawnCallback.objects.filter(by_lot=True).values_list("answer", flat=True)
    )
    owed = Duty.objects.open().filter(kind="callback")
    assert {duty.place for duty in owed} == {cast.district}
    assert owed.count() == 3


def test_what_looks_odd_is_called_about_besides(
    cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime
) -> None:
    asked = [ask(citizen=CALLER, now=now - 20 * DAY) for _ in range(2)]
    words = "请您携带本人身份证、户口簿到社区服务中心三号窗口办理，工作日均可受理。"
    for inquiry in asked:
        with web_as(cast.li_min, now):
            answer_inquiry(inquiry.pk, AnswerGiven("explained", words, "telephone"), by=cast.li_min, now=now)
        now += HOUR
    with clock():
        write_daily_roots(now=now + DAY)
        draw_callbacks(district=cast.district, on=local_date(now), now=now + DAY)
    assert sorted(DrawnCallback.objects.values_list("reasons", flat=True)) == ["late", "late same_text"]


def test_who_was_called_already_is_not_called_again(
    cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime
) -> None:
    inquiry = ask(answer=EXPLAINED, citizen=CALLER)
    with web_as(cast.wu_fang, now + HOUR):
        rate_answer(
            inquiry.pk,
            source="callback",
            reached=True,
            satisfaction="satisfied",
            by=cast.wu_fang,
            now=now + HOUR,
        )
    with clock():
        write_daily_roots(now=now + DAY)
        draw = draw_callbacks(district=cast.district, on=local_date(now), now=now + DAY)
    assert draw is not None
    assert draw.drawn == 1
    assert not Duty.objects.open().filter(kind="callback").exists()


def test_nobody_draws_again(cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime) -> None:
    ask(answer=EXPLAINED, citizen=CALLER)
    with clock():
        write_daily_roots(now=now + DAY)
        first = draw_callbacks(district=cast.district, on=local_date(now), now=now + DAY)
        assert draw_callbacks(district=cast.district, on=local_date(now), now=now + DAY) is None
    assert first is not None
    for attempt in (
        lambda: CallbackDraw.objects.filter(pk=first.pk).update(seed="0" * 32),
        lambda: CallbackDraw.objects.filter(pk=first.pk).delete(),
        lambda: DrawnCallback.objects.update(by_lot=False),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    with pytest.raises(DatabaseError), clock():
        CallbackDraw.objects.create(
            district=cast.district, on=local_date(now), seed="0" * 32, answers=0, drawn=0, drawn_at=now
        )
    with pytest.raises(DatabaseError), web_as(cast.zhou_ning):
        draw_callbacks(district=cast.district, on=local_date(now) - DAY, now=now)


def test_who_looks_undoes_it_and_draws_again_draws_the_same(
    cast: Cast, ask: Ask, clock: As, now: datetime
) -> None:
    for _ in range(23):
        ask(answer=EXPLAINED, citizen=CALLER)
    drawn = []
    with clock():
        assert draw_callbacks(district=cast.district, on=local_date(now), now=now + DAY) is None
        write_daily_roots(now=now + DAY)
        for later in range(3):
            with transaction.atomic():
                draw = draw_callbacks(district=cast.district, on=local_date(now), now=now + (1 + later) * DAY)
                assert draw is not None
                lot = DrawnCallback.objects.filter(draw=draw, by_lot=True)
                drawn.append((draw.seed, frozenset(lot.values_list("answer", flat=True))))
                transaction.set_rollback(True)
        assert not CallbackDraw.objects.exists()
    assert len(set(drawn)) == 1
    root = DailyRoot.objects.get(district=cast.district, on=local_date(now))
    of = f"{bytes(root.root).hex()}:{cast.district.pk}:{local_date(now)}"
    assert drawn[0][0] == uuid.UUID(hashlib.md5(of.encode()).hexdigest())  # noqa: S324


def test_a_day_that_is_not_over_is_not_drawn(cast: Cast, clock: As, now: datetime) -> None:
    with pytest.raises(IntegrityError), clock():
        draw_callbacks(district=cast.district, on=local_date(now), now=now)


def test_days_missed_are_drawn_a_week_back(cast: Cast, clock: As, now: datetime) -> None:
    with clock():
        assert draw_what_is_over(district=cast.district, now=now) == 1
        assert draw_what_is_over(district=cast.district, now=now + 3 * DAY) == 3
        assert draw_what_is_over(district=cast.district, now=now + 3 * DAY) == 0
        assert draw_what_is_over(district=cast.district, now=now + 30 * DAY) == 7


def test_a_district_that_asks_for_no_callbacks_has_none_drawn(
    cast: Cast, ask: Ask, clock: As, now: datetime
) -> None:
    ask(answer=EXPLAINED, citizen=CALLER)
    kept = DistrictSettings.objects.filter(district=cast.district)
    kept.update(callbacks="none")
    with clock():
        assert draw_what_is_over(district=cast.district, now=now + DAY) == 0
    assert not Duty.objects.filter(kind="callback").exists()
    kept.update(callbacks="flagged")
    with clock():
        # The day after, before and after the roots were written.
        assert draw_what_is_over(district=cast.district, now=now + DAY) == 0
        write_daily_roots(now=now + DAY)
        assert draw_what_is_over(district=cast.district, now=now + DAY) == 1
    assert Duty.objects.open().filter(kind="callback").count() == 1
