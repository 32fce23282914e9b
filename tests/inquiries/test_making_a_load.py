"""A load is whole: every promise, every total and every word holds of it as of what the services wrote."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from bureaus.models import Place
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.models import Event, Inquiry
from inquiries.services.loading import HoldsRealInquiries, Loaded, make_load
from inquiries.services.tallying import verify_tallies
from inquiries.services.verifying import verify_promises
from tests.conftest import Cast
from tests.inquiries.conftest import Ask

pytestmark = [pytest.mark.django_db, pytest.mark.long]
MANY = 300


def load(now: datetime, *, seed: int = 1, over_days: int | None = None) -> Loaded:
    with scope(role="bida_owner", district=ALL_DISTRICTS):
        return make_load(many=MANY, seed=seed, now=now, say=lambda line: None, over_days=over_days)


def asked(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[object, ...]] = cursor.fetchall()
        return found


@pytest.mark.parametrize("over_days", [None, 3], ids=["a quiet district", "busy days"])
def test_every_promise_holds_of_a_load(now: datetime, over_days: int | None) -> None:
    load(now, over_days=over_days)
    findings = list(verify_promises(now=now))
    assert [finding for finding in findings if finding.broken] == []
    assert max(finding.checked for finding in findings) > MANY


def test_every_total_is_what_the_rows_of_a_load_say(now: datetime) -> None:
    load(now)
    assert asked("select sum(asked) from inquiries_tally where family = 'district' and grain = 'day'") == [
        (MANY,)
    ]
    with scope(role=WORKER, district=ALL_DISTRICTS):
        assert list(verify_tallies()) == []


def test_a_story_of_a_busy_day_is_told_of_several_citizens_each_in_her_own_words(now: datetime) -> None:
    load(now, over_days=3)
    [(inquiries, instants, at_once, questions, most)] = asked("""
        select count(*), count(distinct asked_at),
            avg(coalesce(at_once, false)::int) filter (where asked_at = recorded_at and channel in ('desk', 'visit')),
            count(distinct question),
            (select max(many) from (
                select count(*) as many from inquiries_inquiry where at_once group by asked_at) as told)
        from inquiries_inquiry
    """)
    assert (inquiries, most) == (MANY, 3)
    assert MANY / 6 < cast("int", instants) < MANY * 0.8
    assert cast("int", questions) > MANY * 0.8
    assert 0.3 < cast("float", at_once) < 0.8


def test_a_load_is_found_by_the_words_the_database_would_have_kept(now: datetime) -> None:
    load(now, over_days=3)
    assert asked("""
        select count(*), count(*) filter (where terms <> bida_terms(concat_ws(' ', i.question,
            (select string_agg(a.text, ' ') from inquiries_answer a where a.inquiry_id = i.id))))
        from inquiries_terms t join inquiries_inquiry i on i.id = t.inquiry_id
    """) == [(MANY, 0)]


def test_references_of_a_year_have_no_gap_and_go_on(now: datetime) -> None:
    load(now)
    years = asked("""
        select left(reference, 4), count(*), min(substr(reference, 6, 7)::int), max(substr(reference, 6, 7)::int)
        from inquiries_inquiry group by 1
    """)
    assert len(years) == 6
    assert all(lowest == 1 and highest == many for _year, many, lowest, highest in years)
    year, many, *_ends = max(years)
    district = Place.objects.get(kind="district", name__startswith="示例城区")
    assert asked(f"select bida_next_reference({district.pk}, {year}) - {many}") == [(1,)]


def test_a_load_leaves_the_guards_standing(now: datetime) -> None:
    before = asked("select conrelid::regclass::text, conname from pg_constraint order by 1, 2")
    indexes = asked("select indexname from pg_indexes where schemaname = 'public' order by 1")
    load(now)
    assert asked("select conrelid::regclass::text, conname from pg_constraint order by 1, 2") == before
    assert asked("select indexname from pg_indexes where schemaname = 'public' order by 1") == indexes
    assert asked("select tgname from pg_trigger where tgenabled = 'D'") == []


def test_the_same_seed_tells_the_same(now: datetime) -> None:
    told = []
    for seed in (1, 1, 2):
        with transaction.atomic():
            load(now, seed=seed)
            told.append(
                asked(
                    "select reference, question, state, answered_at, chase_number from inquiries_inquiry order by id"
                )
            )
            transaction.set_rollback(True)
    assert told[0] == told[1] != told[2]


def test_a_load_has_a_bit_of_everything(now: datetime) -> None:
    load(now)
    happened = set(Event.objects.values_list("code", flat=True))
    assert {
        "recorded",
        "dispatched",
        "signed_for",
        "answered",
        "chased",
        "filed",
        "rated",
        "extended",
    } <= happened
    kinds = set(Inquiry.objects.values_list("kind", flat=True))
    assert {"consultation", "help", "complaint", "tip_off", "disclosure"} <= kinds


def test_real_inquiries_are_never_loaded_upon(cast: Cast, ask: Ask, now: datetime) -> None:
    ask()
    Place.objects.filter(pk=cast.district.pk).update(is_example=False)
    with pytest.raises(HoldsRealInquiries, match="migrate"):
        load(now)


def test_the_command_says_how_fast_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("make_load", "60", seed=3)
    assert "holds 60 inquiries" in capsys.readouterr().out
    with pytest.raises(CommandError, match="at least one"):
        call_command("make_load", "0")
    with pytest.raises(CommandError, match="one day"):
        call_command("make_load", "9", days=0)
