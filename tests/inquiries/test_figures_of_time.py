"""How long it took, what is late by how much, and who owes a word on a supervision."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from bureaus.services.calendar import calendar_for
from bureaus.workdays import SHANGHAI
from inquiries.figures import CannotAsk, Period, Query
from inquiries.figures.chasing import (
    BAND,
    BANDS,
    acknowledgements_owed,
    ageing,
    begins_of_bands,
    overdue_inquiries,
)
from inquiries.figures.times import (
    Held,
    Lain,
    Span,
    Spread,
    read_times,
    span_of,
    spread_of,
    time_held,
    timed_inquiries,
)
from inquiries.models import Duty, Inquiry
from inquiries.services.answering import answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.contacting import log_contact
from inquiries.services.moving import sign_for
from inquiries.services.tallying import move_tallies
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))


@pytest.mark.parametrize("moved", [False, True])
def test_times_are_working_minutes_frozen_with_the_act(
    moved: bool, cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime
) -> None:
    inquiry = ask(now=now + 20 * MINUTE, asked_at=now)
    with web_as(cast.li_min, now + 30 * MINUTE):
        log_contact(inquiry.pk, what="contacted", by=cast.li_min, now=now + 30 * MINUTE)
    with web_as(cast.li_min, now + 31 * MINUTE):
        log_contact(inquiry.pk, what="contacted", by=cast.li_min, now=now + 31 * MINUTE)
    # The office opens at 8:30 on the next working day, and closed 12 to 13.
    tomorrow = now + DAY - 60 * MINUTE
    with web_as(cast.li_min, tomorrow):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=tomorrow)
    ask(answer=EXPLAINED)
    with clock():
        if moved:
            move_tallies()
        query = Query(cast.district.pk, MAY)
        read = {
            time: read_times(time, query, now=now).total.now for time in ("recording", "contact", "answer")
        }
    assert read["recording"] == Spread(2, Span(0, 0), Span(20, 20), 20)
    assert read["contact"] == Spread(1, Span(30, 30), Span(30, 30), 30)
    assert read["answer"] == Spread(1, Span(390, 390), Span(390, 390), 390)


def test_times_are_told_by_place_and_open_into_their_inquiries(
    cast: Cast, ask: Ask, clock: As, now: datetime
) -> None:
    for lag in (0, 10, 300):
        ask(asked_at=now - lag * MINUTE)
    ask(by=cast.tang_rui, asked_at=now - 5 * MINUTE)
    query = Query(cast.district.pk, MAY, group_by=("bureau", "kind"))
    with clock():
        read = read_times("recording", query, now=now)
        assert {cell.keys[0]: cell.now.n for cell in read.cells} == {cast.civil.pk: 3, cast.culture.pk: 1}
        assert sum(i.times for i in timed_inquiries("recording", query, now=now)) == read.total.now.n  # type: ignore[attr-defined]


def test_the_steps_are_those_of_the_database(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select m, bida_bucket(m) from generate_series(0, 20000) m")
        rows = cursor.fetchall()
    assert all(span_of(bucket).at_least <= minutes <= span_of(bucket).at_most for minutes, bucket in rows)


def test_a_percentile_is_the_step_that_holds_so_many() -> None:
    assert spread_of({1: 5, 2: 4, 3: 1}, 3) == Spread(10, Span(1, 1), Span(2, 2), 3)
    assert spread_of({480: 1}, 483) == Spread(1, Span(480, 483), Span(480, 483), 483)
    assert spread_of({}, None) == Spread()


@pytest.mark.parametrize("group", ["topic", "channel", "source"])
def test_times_are_not_kept_by_everything(group: str, cast: Cast, now: datetime) -> None:
    with pytest.raises(CannotAsk):
        read_times("answer", Query(cast.district.pk, MAY, group_by=(group,)), now=now)


def test_how_long_each_hand_held_the_pen_is_known(
    cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.li_min, now + 60 * MINUTE):
        sign_for(inquiry.pk, by=cast.li_min, now=now + 60 * MINUTE)
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now + 60 * MINUTE)
    with clock():
        [held] = time_held(Query(cast.district.pk, MAY), now=now + DAY)
        june = Period(date(2026, 6, 1), date(2026, 6, 30))
        [later] = time_held(Query(cast.district.pk, june), now=now + DAY)
    assert held == Held(cast.relief.pk, "handler", Lain(1, 60, 60), Lain(), Lain())
    assert later == Held(cast.relief.pk, "handler", Lain(), Lain(1, 60, 60), Lain())


def test_what_is_overdue_stands_by_bureau_and_days_late(
    cast: Cast, ask: Ask, clock: As, now: datetime
) -> None:
    calendar = calendar_for(cast.district.pk)
    for days in (0, 8, 14, 60):
        ask(asked_at=now - days * DAY)
    ask(by=cast.tang_rui, asked_at=now - 20 * DAY)
    query = Query(cast.district.pk, MAY)
    with clock():
        found = {row.bureau_id: row for row in ageing(query, now=now, calendar=calendar)}
        assert sum(row.n for row in found.values()) == Inquiry.objects.overdue(now).count() == 4
        for band in range(len(BANDS)):
            behind = overdue_inquiries(query, now=now, calendar=calendar, band=band)
            assert len(behind) == sum(row.by_band[band] for row in found.values())
    # Asked on 12 May: due on the 19th, one working day late. Asked on 6 May: due on the 12th, six late (9 May worked).
    assert found[cast.civil.pk].by_band == (0, 1, 0, 0, 1, 0, 1)
    assert found[cast.culture.pk].n == 1


def test_a_band_holds_the_days_due_so_many_working_days_back(cast: Cast) -> None:
    calendar = calendar_for(cast.district.pk)
    # A Wednesday, the Sunday after a golden week, and the first working day behind it.
    for now in (
        datetime(2026, 5, 20, 10, tzinfo=SHANGHAI),
        *(datetime(2026, 10, d, 1, tzinfo=SHANGHAI) for d in (4, 8)),
    ):
        given = begins_of_bands(now, calendar)
        for back in range(-3, 90):
            due_on = now.date() - back * DAY
            late = calendar.working_days_between(due_on, now.date())
            with connection.cursor() as cursor:
                cursor.execute(
                    f"select {BAND} from (select %(due_on)s::date as due_on) d", given | {"due_on": due_on}
                )
                [band] = cursor.fetchone() or (None,)
            assert band == max(number for number, days in enumerate(BANDS) if days <= late), (now, due_on)


def test_a_word_owed_on_a_supervision_is_counted_until_it_is_given(
    cast: Cast, ask: Ask, clock: As, now: datetime
) -> None:
    ask()
    later = now + 12 * DAY
    query = Query(cast.district.pk, MAY)
    with clock():
        while chase_batch(Inquiry, now=later).chased:
            pass
        [owed] = acknowledgements_owed(query, now=later)
        assert (owed.place_id, owed.n, owed.overdue) == (cast.relief.pk, 1, 0)
        [owed] = acknowledgements_owed(query, now=later + 5 * DAY)
        assert owed.overdue == 1
        Duty.objects.filter(kind="acknowledge").update(done_at=later, next_chase_at=None)
        assert acknowledgements_owed(query, now=later) == ()
