"""Who sees which rows, asked of the database itself in raw SQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.db import ProgrammingError, connection, transaction

from bureaus.models import Notice, Officer, Place
from bureaus.models.scope import ALL_DISTRICTS, WEB, WORKER, scope
from bureaus.services.keys import make_key
from inquiries.models import (
    Answer,
    Attachment,
    Chase,
    ClearReading,
    Contact,
    Draft,
    Duty,
    Inquiry,
    Rating,
    SetAside,
)
from inquiries.services.chasing import chase_batch
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

CALLER = CitizenGiven(name="张三", phone="13840005021")
# Every protected table that hangs on an inquiry.
HANGING = [
    "sight",
    "answer",
    "draft",
    "contact",
    "rating",
    "attachment",
    "pen",
    "duty",
    "chase",
    "event",
    "setaside",
]


@dataclass
class Matters:
    """One inquiry of each sort, each with a row in every table."""

    civil: Inquiry
    culture: Inquiry
    district: Inquiry
    tip_off: Inquiry
    about_civil: Inquiry
    elsewhere: Inquiry

    def named(self, keys: set[int]) -> set[str]:
        return {name for name, inquiry in vars(self).items() if inquiry.pk in keys}


def furnish(inquiry: Inquiry, by: Officer, now: datetime) -> None:
    """A row in every table that hangs on the inquiry."""
    place = inquiry.holder
    given = {"outcome": "explained", "text": "答复", "told_how": "telephone"}
    Answer.objects.create(
        inquiry=inquiry, round=9, answered_at=now, place=place, due_at=now, logged_at=now, **given
    )
    Draft.objects.create(inquiry=inquiry, round=9, drafted_by=by, drafted_at=now, **given)
    Contact.objects.create(inquiry=inquiry, round=1, what="note", at=now)
    Rating.objects.create(inquiry=inquiry, round=1, source="citizen", reached=False, at=now)
    Attachment.objects.create(
        inquiry=inquiry,
        name="x",
        content_type="text/plain",
        size=1,
        digest="x",
        stored_as="x",
        key=make_key(district_id=inquiry.district_id),
        added_at=now,
    )
    duty = Duty.objects.create(
        district_id=inquiry.district_id,
        kind="coordinate",
        inquiry=inquiry,
        place=place,
        opened_at=now,
        due_at=now,
        ladder=inquiry.ladder,
        next_chase_at=now,
    )
    for target in ({"inquiry": inquiry}, {"duty": duty}):
        Chase.objects.create(
            district_id=inquiry.district_id,
            number=1,
            level="urge",
            step_key="urge",
            due_at=now,
            chased_at=now,
            next_at=now,
            **target,
        )
    SetAside.objects.create(inquiry=inquiry, error="x", since=now, retry_at=now)
    ClearReading.objects.create(
        district_id=inquiry.district_id, officer=by, inquiry=inquiry, fields="phone", reason="x", at=now
    )


@pytest.fixture
def matters(cast: Cast, ask: Ask, web_as: As, now: datetime) -> Matters:
    def one(by: Officer, **given: object) -> Inquiry:
        return ask(by=by, citizen=CALLER, key="k", **given)

    found = Matters(
        civil=one(cast.li_min),
        culture=one(cast.tang_rui),
        district=one(cast.wu_fang),
        tip_off=ask(by=cast.wu_fang, citizen=CALLER, kind="tip_off"),
        about_civil=one(cast.sun_wei, kind="complaint", about_place=cast.relief),
        elsewhere=one(cast.xu_kai),
    )
    with web_as(cast.zhou_ning):
        dispatch_inquiry(found.about_civil.pk, to=cast.culture, by=cast.zhou_ning, now=now)
    for inquiry in vars(found).values():
        inquiry.refresh_from_db()
        furnish(inquiry, inquiry.recorded_by, now)
    return found


READERS: dict[str, tuple[str, set[str]]] = {
    "the handler of a section": ("li_min", {"civil"}),
    "the head of the bureau above, who recorded a complaint about it": ("sun_wei", {"civil"}),
    "the section's head": ("he_jing", {"civil"}),
    "a deputy while the holder is there": ("han_xue", set()),
    "another bureau": ("tang_rui", {"culture"}),
    "another bureau's head, a named reader": ("cao_lei", {"culture", "about_civil"}),
    "a third bureau": ("ma_chao", set()),
    "the district's clerk, who recorded the tip-off": (
        "wu_fang",
        {"civil", "culture", "district", "tip_off"},
    ),
    "the district's director": (
        "zhou_ning",
        {"civil", "culture", "district", "tip_off", "about_civil"},
    ),
    "the district's auditor": ("bai_lu", {"civil", "culture", "district"}),
    "another district": ("xu_kai", {"elsewhere"}),
}


def seen_in(table: str, matters: Matters) -> set[str]:
    """Of which matters the reader sees a row in the table."""
    with connection.cursor() as cursor:
        if table == "citizen":
            cursor.execute(
                "select i.id from inquiries_citizen c join inquiries_inquiry i on i.citizen_id = c.id"
            )
        elif table == "inquiry":
            cursor.execute("select id from inquiries_inquiry")
        else:
            cursor.execute(
                f"select inquiry_id from inquiries_{table} where inquiry_id is not null"
                + (
                    " union select d.inquiry_id from inquiries_chase c join inquiries_duty d on d.id = c.duty_id"
                    if table == "chase"
                    else ""
                )
            )
        return matters.named({row[0] for row in cursor.fetchall()})


def number_of(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("reader", READERS)
def test_an_officer_sees_exactly_the_rows_of_the_scope(
    reader: str, matters: Matters, cast: Cast, web_as: As
) -> None:
    username, expected = READERS[reader]
    with web_as(getattr(cast, username)):
        seen = {table: seen_in(table, matters) for table in ["inquiry", "citizen", *HANGING]}
    assert seen == dict.fromkeys(seen, expected)


PROTECTED = [
    *(f"inquiries_{table}" for table in ["inquiry", "citizen", "submission", "clearreading", *HANGING]),
    "bureaus_notice",
]


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_without_a_scope_nothing_is_seen(role: str, matters: Matters) -> None:
    full = {table: number_of(table) for table in PROTECTED}
    assert all(full.values())
    with scope(role=role):
        assert {table: number_of(table) for table in PROTECTED} == dict.fromkeys(PROTECTED, 0)


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_a_new_connection_has_no_scope(role: str, matters: Matters) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {role}")
        assert number_of("inquiries_inquiry") == number_of("inquiries_event") == 0
        cursor.execute("reset role")


def test_the_clock_sees_the_district_it_works_on(matters: Matters, cast: Cast) -> None:
    home = set(vars(matters)) - {"elsewhere"}
    for district, expected in (
        (cast.elsewhere.pk, {"elsewhere"}),
        (cast.district.pk, home),
        (ALL_DISTRICTS, {*home, "elsewhere"}),
    ):
        with scope(role=WORKER, district=district):
            seen = {table: seen_in(table, matters) for table in ["inquiry", "citizen", *HANGING]}
        assert seen == dict.fromkeys(seen, expected)


def test_a_submission_is_seen_by_its_recorder_alone(matters: Matters, cast: Cast, web_as: As) -> None:
    with web_as(cast.wu_fang):
        assert seen_in("submission", matters) == {"district"}
    with web_as(cast.zhou_ning):
        assert seen_in("submission", matters) == set()


def test_readings_in_clear_are_seen_by_the_reader_and_the_district(
    matters: Matters, cast: Cast, web_as: As
) -> None:
    with web_as(cast.li_min):
        assert seen_in("clearreading", matters) == {"civil"}
    with web_as(cast.he_jing):
        assert seen_in("clearreading", matters) == set()
    with web_as(cast.bai_lu):
        assert seen_in("clearreading", matters) == set(vars(matters)) - {"elsewhere"}


def test_every_table_of_an_inquiry_is_under_policies() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c where c.relkind in ('r', 'p', 'm') "
            "and c.relnamespace = 'public'::regnamespace and (exists (select from pg_attribute a "
            "where a.attrelid = c.oid and a.attname ~ 'inquiry_id$' and not a.attisdropped) "
            "or exists (select from pg_constraint k where k.contype = 'f' and k.conrelid = c.oid "
            "and k.confrelid = 'inquiries_inquiry'::regclass)) and (not c.relrowsecurity or exists "
            "(select from pg_policy p where p.polrelid = c.oid and pg_get_expr(p.polqual, c.oid) = 'true'))"
        )
        # Terms have none, or their index would not be used (decision 70).
        assert cursor.fetchall() == [("inquiries_terms",)]


@pytest.fixture
def found_by_index() -> Callable[[], bool]:
    """Whether the web role's search for a word goes through the index of words."""

    def asked() -> bool:
        with scope(role=WEB), connection.cursor() as cursor:
            cursor.execute("set local enable_seqscan = off")
            cursor.execute("explain select inquiry_id from inquiries_terms where terms @> array['低保']")
            return "terms_by_word" in str(cursor.fetchall())

    return asked


def test_under_a_policy_no_word_would_be_found_by_the_index(
    cast: Cast, found_by_index: Callable[[], bool]
) -> None:
    assert found_by_index()
    with connection.cursor() as cursor:
        cursor.execute("alter table inquiries_terms enable row level security")
        cursor.execute("create policy web on inquiries_terms to bida_web using (bida_sees(inquiry_id))")
    assert not found_by_index()


def test_of_a_matter_outside_the_scope_the_words_are_read_and_nothing_else(
    matters: Matters, cast: Cast, web_as: As
) -> None:
    every = [inquiry.pk for inquiry in vars(matters).values()]
    with web_as(cast.xu_kai), connection.cursor() as cursor:
        cursor.execute("select * from inquiries_terms where inquiry_id = any(%s)", [every])
        assert {column.name for column in cursor.description} == {"inquiry_id", "terms"}
        assert matters.named({row[0] for row in cursor.fetchall()}) == set(vars(matters))
        cursor.execute(
            "select i.id from inquiries_terms t join inquiries_inquiry i on i.id = t.inquiry_id "
            "where t.terms @> array['低保']"
        )
        assert matters.named({row[0] for row in cursor.fetchall()}) == {"elsewhere"}
        for statement in (
            "insert into inquiries_terms values (0, '{}')",
            "update inquiries_terms set terms = '{}'",
            "delete from inquiries_terms",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)
        cursor.execute("select has_table_privilege('bida_portal', 'inquiries_terms', 'select')")
        assert cursor.fetchone() == (False,)


def test_what_runs_as_the_owner_takes_no_table_of_its_callers_for_ours() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select proname from pg_proc where prosecdef and pronamespace = 'public'::regnamespace and not "
            "coalesce('search_path=public, pg_temp' = any(proconfig), false)"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("role", [WEB, WORKER])
def test_a_trigger_of_the_callers_own_never_runs_as_the_owner(role: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {role}")
        cursor.execute("create temporary table ran (who text)")
        cursor.execute("create temporary table bureaus_notice (like public.bureaus_notice)")
        cursor.execute(
            "create function pg_temp.seize() returns trigger language plpgsql as "
            "$$ begin insert into pg_temp.ran values (current_user); return null; end $$"
        )
        cursor.execute(
            "create trigger seize before update on pg_temp.bureaus_notice "
            "for each statement execute function pg_temp.seize()"
        )
        cursor.execute("grant all on pg_temp.bureaus_notice, pg_temp.ran to public")
        cursor.execute("select withdraw_notices('chase', '{1}', now())")
        cursor.execute("select who from pg_temp.ran")
        assert cursor.fetchall() == []
        transaction.set_rollback(True)


@pytest.fixture
def as_culture(cast: Cast, web_as: As) -> AbstractContextManager[None]:
    return web_as(cast.tang_rui)


def test_a_bureau_cannot_let_itself_see_another_bureaus_matter(
    matters: Matters, cast: Cast, as_culture: AbstractContextManager[None]
) -> None:
    with as_culture, pytest.raises(ProgrammingError, match="row-level security"):
        insert_sight(matters.civil, cast.culture)


def test_a_bureau_cannot_let_itself_see_a_sealed_matter(matters: Matters, cast: Cast, web_as: As) -> None:
    with web_as(cast.sun_wei), pytest.raises(ProgrammingError, match="row-level security"):
        insert_sight(matters.about_civil, cast.civil)


def insert_sight(inquiry: Inquiry, place: Place) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into inquiries_sight (id, district_id, inquiry_id, place_id, reason, since, open, rank, due_at) "
            "values (gen_random_uuid(), %s, %s, %s, 'holds', now(), true, 2, now())",
            [inquiry.district_id, inquiry.pk, place.pk],
        )


OUTSIDE = {
    "contact": "insert into inquiries_contact (inquiry_id, round, what, text, at) "
    "values (%(inquiry)s, 1, 'note', 'x', now())",
    "event": "insert into inquiries_event (id, district_id, inquiry_id, seq, code, at, codes, hash) "
    "values (gen_random_uuid(), %(district)s, %(inquiry)s, 500, 'x', now(), '{}', '')",
    "pen": "insert into inquiries_pen (id, inquiry_id, part, place_id, from_at, until_at, minutes) "
    "values (gen_random_uuid(), %(inquiry)s, 'handler', %(place)s, now(), now(), 0)",
    "answer": "insert into inquiries_answer (inquiry_id, round, outcome, text, basis, answered_at, place_id, "
    "at_once, entered_later, told_how, due_at, logged_at) values (%(inquiry)s, 7, 'solved', 'x', '', now(), "
    "%(place)s, false, false, 'letter', now(), now())",
    "duty": "insert into inquiries_duty (district_id, kind, inquiry_id, subject, place_id, request, terms, opened_at, "
    "due_at, ladder_id, decision, reply, version, next_chase_at, chase_number, chase_step, chase_level, event_count, "
    "event_hash) values (%(district)s, 'assist', %(inquiry)s, '', %(place)s, '', '{}', now(), now(), %(ladder)s, "
    "'', '', 1, now(), 0, -1, '', 0, '')",
    "chase": "insert into inquiries_chase (district_id, inquiry_id, round, number, level, step_key, passed_over, "
    "due_at, chased_at, next_at) values (%(district)s, %(inquiry)s, 1, 2, 'urge', 'y', '[]', now(), now(), now())",
}


@pytest.mark.parametrize("foreign", ["civil", "district", "tip_off", "elsewhere"])
def test_nothing_is_hung_on_a_matter_outside_the_scope(
    foreign: str, matters: Matters, cast: Cast, as_culture: AbstractContextManager[None]
) -> None:
    inquiry = getattr(matters, foreign)
    values = {
        "inquiry": inquiry.pk,
        "district": inquiry.district_id,
        "place": cast.culture.pk,
        "ladder": inquiry.ladder_id,
    }
    with as_culture:
        for statement in OUTSIDE.values():
            with (
                pytest.raises(ProgrammingError, match="row-level security"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement, values)


def test_the_same_rows_are_taken_inside_the_scope(
    matters: Matters, cast: Cast, as_culture: AbstractContextManager[None]
) -> None:
    values = {
        "inquiry": matters.culture.pk,
        "district": cast.district.pk,
        "place": cast.culture.pk,
        "ladder": matters.culture.ladder_id,
    }
    with as_culture, connection.cursor() as cursor:
        for statement in OUTSIDE.values():
            cursor.execute(statement, values)
            assert cursor.rowcount == 1


def test_only_matters_inside_the_scope_are_changed(
    matters: Matters, as_culture: AbstractContextManager[None]
) -> None:
    with as_culture, connection.cursor() as cursor:
        cursor.execute("update inquiries_inquiry set question = 'x'")
    changed = Inquiry.objects.filter(question="x").values_list("pk", flat=True)
    assert matters.named(set(changed)) == {"culture"}


def test_the_office_concerned_has_no_notice_of_a_sealed_matter(
    matters: Matters, cast: Cast, clock: As, now: datetime
) -> None:
    SetAside.objects.all().delete()
    late = now.replace(month=8)
    with clock():
        chase_batch(Inquiry, now=late)
        chase_batch(Duty, now=late)
        chase_batch(Duty, now=late.replace(month=9))
    told = set(
        Notice.objects.filter(reference=matters.about_civil.reference).values_list(
            "recipient__username", flat=True
        )
    )
    assert told == {"cao_lei", "zhou_ning"}


def test_the_recorder_of_the_same_office_does_not_see_what_was_sealed(
    matters: Matters, cast: Cast, web_as: As
) -> None:
    with web_as(cast.sun_wei):
        assert not Inquiry.objects.filter(pk=matters.about_civil.pk).exists()
        assert not Notice.objects.filter(reference=matters.about_civil.reference).exists()
