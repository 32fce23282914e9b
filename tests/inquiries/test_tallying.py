"""Totals are what a recount says, at every moment, whoever writes meanwhile; what is wrong is found and put right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.calendar import calendar_for
from bureaus.services.reorganising import abolish_place, passing_of
from inquiries.figures import FIGURES, Period, Query
from inquiries.models import Event, Inquiry
from inquiries.models.tally import MEASURES
from inquiries.services.answering import answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.closing import rate_answer, reopen_inquiry
from inquiries.services.contacting import log_contact
from inquiries.services.recording import record_inquiry
from inquiries.services.reorganising import pass_on
from inquiries.services.tallying import move_tallies, rebuild_tallies, verify_tallies
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

HOUR = timedelta(hours=1)


def differences() -> list[str]:
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return [str(difference) for difference in verify_tallies()]


def total(measure: str, family: str = "district", grain: str = "month") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select coalesce(sum({measure}), 0) from inquiries_tally where family = %s and grain = %s",
            [family, grain],
        )
        return int((cursor.fetchone() or (0,))[0])


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from inquiries_tallydelta")
        return int((cursor.fetchone() or (0,))[0])


def test_the_table_has_a_column_for_every_measure_and_no_other(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select column_name from information_schema.columns "
            "where table_name = 'inquiries_tally' and data_type = 'integer'"
        )
        assert {name for (name,) in cursor.fetchall()} == set(MEASURES)


def test_what_was_counted_moves_into_the_totals_once(ask: Ask, clock: As) -> None:
    for _ in range(3):
        ask()
    with clock():
        assert move_tallies() > 0
        assert move_tallies() == 0
    assert (waiting(), total("asked"), total("recorded", "place", "day")) == (0, 3, 3)
    assert differences() == []


def test_an_answer_moves_the_cohort_and_leaves_what_happened(
    cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.li_min, now + HOUR):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now + HOUR)
    with web_as(cast.wu_fang, now + 2 * HOUR):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.wu_fang, now=now + 2 * HOUR)
    with clock():
        move_tallies()
    told = {m: total(m) for m in ("asked_answered", "asked_open", "answered", "answered_late", "reopened")}
    assert told == {"asked_answered": 0, "asked_open": 1, "answered": 1, "answered_late": 0, "reopened": 1}


@pytest.mark.parametrize("moved_first", [False, True])
def test_a_planted_difference_is_named_and_put_right(
    ask: Ask, clock: As, moved_first: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    ask()
    with clock():
        move_tallies()
    with connection.cursor() as cursor:
        cursor.execute(
            "update inquiries_tally set asked = 7 where family = 'place_kind' and grain = 'day' and asked = 1"
        )
    with pytest.raises(SystemExit) as left:
        call_command("verify_figures")
    assert left.value.code == 1
    assert "place_kind/day" in capsys.readouterr().out
    call_command("rebuild_figures")
    if moved_first:
        with clock():
            move_tallies()
    capsys.readouterr()
    call_command("verify_figures")
    assert "+" not in capsys.readouterr().out


@pytest.mark.parametrize("moved_first", [False, True])
def test_totals_are_exact_after_a_reorganisation(
    cast: Cast, lived: datetime, ask: Ask, web_as: As, clock: As, moved_first: bool
) -> None:
    open_before = ask(now=lived)
    if moved_first:
        with clock():
            move_tallies()
    takers = {post.pk: cast.posts["tang_rui"] for post, _n, _who in passing_of(cast.civil, now=lived).owing}
    abolish_place(
        place=cast.civil, successor=cast.culture, on=lived.date(), by=None, now=lived, takers=takers
    )
    with clock():
        while pass_on(district=cast.district, now=lived, limit=3):
            pass
    assert differences() == []
    with web_as(cast.tang_rui, lived + HOUR):
        answer_inquiry(open_before.pk, EXPLAINED, by=cast.tang_rui, now=lived + HOUR)
    assert differences() == []
    calendar, spring = calendar_for(cast.district.pk), Period(date(2026, 4, 21), date(2026, 6, 30))

    def read(structure: str) -> dict[int | str | None, int]:
        query = Query(cast.district.pk, spring, basis="happened", group_by=("bureau",), structure=structure)
        with clock():
            cells = FIGURES["answered"].read(query, now=lived + HOUR, calendar=calendar).cells
        return {cell.keys[0]: cell.now.n for cell in cells}

    as_was, as_now = read("as_was"), read("as_now")
    assert as_was[cast.civil.pk] > 0
    assert as_now.get(cast.culture.pk) == as_was[cast.civil.pk] + as_was.get(cast.culture.pk, 0)
    assert cast.civil.pk not in as_now


def test_lost_totals_come_back(cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime) -> None:
    inquiry = ask(asked_at=now - 20 * HOUR)
    with web_as(cast.li_min, now + HOUR):
        log_contact(inquiry.pk, what="contacted", by=cast.li_min, now=now + HOUR)
    with connection.cursor() as cursor:
        cursor.execute("delete from inquiries_tallydelta")
        cursor.execute("delete from inquiries_timedelta")
    assert len(differences()) > 10
    with clock():
        assert rebuild_tallies() > 10
        assert rebuild_tallies() == 0
        move_tallies()
    assert differences() == []


def test_a_sweep_counts_pursuits_by_level_and_where_they_were(ask: Ask, clock: As, now: datetime) -> None:
    for _ in range(5):
        ask()
    later = now + timedelta(days=5)
    with clock():
        move_tallies()
        chase_batch(Inquiry, now=later)
        move_tallies()
    chased = Event.objects.filter(code="chased", inquiry__isnull=False)
    assert {(e.counted, e.place_id) for e in chased} == {
        ("chased_reminder", inquiry.holder_id) for inquiry in Inquiry.objects.all()
    }
    assert total("chased_reminder", "place_kind_channel") == 5
    assert differences() == []


def test_a_line_in_the_digest_is_no_pursuit_of_its_own(ask: Ask, clock: As, now: datetime) -> None:
    ask()
    with clock():
        for day in range(40):
            chase_batch(Inquiry, now=now + timedelta(days=day))
    digests = Event.objects.filter(code="chased", codes__level="digest", inquiry__isnull=False)
    assert digests.exists()
    assert not digests.exclude(counted=None).exists()


def test_the_web_role_neither_writes_totals_nor_reads_those_of_others(
    cast: Cast, ask: Ask, web_as: As, clock: As
) -> None:
    ask()
    with clock():
        move_tallies()
    seen = {}
    for officer in (cast.li_min, cast.tang_rui, cast.wu_fang, cast.xu_kai):
        with web_as(officer), connection.cursor() as cursor:
            cursor.execute("select distinct family from inquiries_tally order by 1")
            seen[officer.username] = {family for (family,) in cursor.fetchall()}
            cursor.execute("select count(*) from inquiries_cohort")
            seen[officer.username].add(str((cursor.fetchone() or (0,))[0]))
    assert "place" in seen["li_min"]
    assert "district" not in seen["li_min"]
    assert seen["tang_rui"] == seen["xu_kai"] == {"0"}
    assert {"district", "place_kind_channel", "1"} <= seen["wu_fang"]
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        web_as(cast.wu_fang),
        connection.cursor() as cursor,
    ):
        cursor.execute("update inquiries_tally set asked = 0")


def test_a_total_stands_once(ask: Ask, clock: As) -> None:
    ask()
    with clock():
        move_tallies()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("insert into inquiries_tally select * from inquiries_tally")


def test_totals_are_exact_while_many_write_and_others_move_and_correct(
    own_database: Cast, now: datetime
) -> None:
    cast = own_database
    failures: list[BaseException] = []
    done = threading.Event()

    def write(number: int) -> None:
        try:
            for step in range(12):
                with scope(role="bida_owner"):
                    inquiry = record_inquiry(
                        by=None,
                        now=now,
                        place=(cast.relief, cast.culture)[step % 2],
                        kind=("consultation", "help")[number % 2],
                        channel="hotline",
                        question="问",
                        asked_at=now - number * HOUR,
                        answer=EXPLAINED if step % 3 == 0 else None,
                    )
                if step % 3 == 0:
                    with scope(role="bida_owner"):
                        rate_answer(
                            inquiry.pk,
                            source="citizen",
                            reached=True,
                            satisfaction="dissatisfied" if step % 2 else "satisfied",
                            by=None,
                            now=now + HOUR,
                        )
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    def keep(service: Callable[[], int]) -> None:
        try:
            while not done.is_set():
                with scope(role=WORKER, district=ALL_DISTRICTS):
                    service()
                assert differences() == []
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=[number]) for number in range(4)]
    services = (lambda: move_tallies(limit=40), move_tallies, rebuild_tallies)
    others = [threading.Thread(target=keep, args=[service]) for service in services]
    for thread in [*writers, *others]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in others:
        thread.join()
    assert failures == []
    while True:
        with scope(role=WORKER, district=ALL_DISTRICTS):
            if not move_tallies():
                break
    assert differences() == []
    assert (waiting(), total("asked"), total("answered_at_once")) == (0, 48, 16)


def test_everything_is_counted_anew_after_a_bulk_load(
    own_database: Cast, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    with scope(role="bida_owner"):
        for number in range(3):
            record_inquiry(
                by=own_database.li_min,
                now=now,
                place=own_database.relief,
                kind="consultation",
                channel="desk",
                question="问",
                asked_at=now - number * 40 * HOUR,
                answer=EXPLAINED if number else None,
            )
    with connection.cursor() as cursor:
        cursor.execute("delete from inquiries_tallydelta where id % 2 = 0")
    call_command("rebuild_figures", "--anew")
    assert "counted" in capsys.readouterr().out
    assert (waiting(), total("asked"), total("answered", "place_officer")) == (0, 3, 2)
    assert differences() == []
