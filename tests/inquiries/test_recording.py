"""Recording a question, with every refusal."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from bureaus.models.scope import scope
from bureaus.refusals import NotPlainText
from bureaus.services.calendar import calendar_for
from bureaus.services.refusals import Refusal
from bureaus.services.reorganising import abolish_place
from bureaus.services.setwise import insert_together
from bureaus.workdays import SHANGHAI
from inquiries.models import Answer, Duty, Inquiry, Sight
from inquiries.services import refusals
from inquiries.services.measuring import version_of
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_what_a_bureau_records_at_its_desk_is_its_own(ask: Ask, cast: Cast) -> None:
    inquiry = ask()
    assert (inquiry.state, inquiry.holder, inquiry.post) == ("assigned", cast.relief, cast.post(cast.li_min))
    assert inquiry.next_chase_at is not None


def test_what_the_district_records_waits_to_be_dispatched(ask: Ask, cast: Cast) -> None:
    inquiry = ask(by=cast.wu_fang)
    assert (inquiry.state, inquiry.holder) == ("received", cast.district)
    duty = Duty.objects.get(inquiry=inquiry)
    assert (duty.kind, duty.place) == ("dispatch", cast.district)


def test_the_clock_starts_when_the_citizen_asked(ask: Ask, now: datetime) -> None:
    early, late = ask(asked_at=now - 7 * DAY), ask(asked_at=now - 7 * DAY, now=now + DAY)
    assert early.due_at == late.due_at < ask().due_at


def test_an_earlier_due_of_the_source_rules(ask: Ask, now: datetime) -> None:
    assert ask(external_due_at=now + DAY).due_at == now + DAY
    later = ask(external_due_at=now + 90 * DAY)
    assert later.due_at == ask().due_at


def test_answered_at_once_is_one_act(ask: Ask, now: datetime) -> None:
    inquiry = ask(answer=EXPLAINED)
    inquiry.refresh_from_db()
    answer = Answer.objects.get(inquiry=inquiry)
    assert (inquiry.state, inquiry.next_chase_at) == ("answered", None)
    assert (answer.at_once, answer.entered_later) == (True, False)


def test_an_answer_entered_three_hours_later_is_marked(ask: Ask, now: datetime) -> None:
    inquiry = ask(answer=EXPLAINED, asked_at=now - timedelta(hours=3))
    assert Answer.objects.get(inquiry=inquiry).entered_later


def test_a_repeated_submission_is_recorded_once(ask: Ask) -> None:
    assert ask(key="a").pk == ask(key="a").pk
    assert ask(key="a").pk != ask(key="b").pk


def test_the_same_key_of_two_recorders_is_two_submissions(ask: Ask, cast: Cast) -> None:
    assert ask(key="a").pk != ask(key="a", by=cast.tang_rui).pk


@pytest.mark.parametrize(
    "other",
    [
        {"question": "另一个问题"},
        {"source": "市长信箱"},
        {"external_due_at": datetime(2026, 5, 30, 12, tzinfo=SHANGHAI)},
        {"redacted": "有人反映补贴。"},
        {"post": None},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_key_is_not_used_again_for_something_else(other: dict[str, Any], ask: Ask, cast: Cast) -> None:
    ask(key="a", post=cast.post(cast.li_min))
    with pytest.raises(refusals.SameKeyOtherBody):
        ask(**{"key": "a", "post": cast.post(cast.li_min), **other})


def test_who_may_not_read_a_complaint_about_her_own_office_gets_it_back_by_her_key(
    ask: Ask, cast: Cast, web_as: As
) -> None:
    with web_as(cast.li_min):
        first = ask(key="a", kind="complaint", about_place=cast.relief)
    with web_as(cast.li_min):
        assert not Inquiry.objects.filter(pk=first.pk).exists()
        assert ask(key="a", kind="complaint", about_place=cast.relief).pk == first.pk


def test_a_question_is_recorded_by_plans_made_before(ask: Ask) -> None:
    for _ in range(20):
        ask()
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), min(generic_plans) from pg_prepared_statements "
            "where statement ~* '^\\s*insert into \"?(inquiries_inquiry|bureaus_notice)\\M' "
            "or statement ~* '^with .* insert into \"inquiries_pen\"'"
        )
        kept, reused = cursor.fetchone()
    assert kept == 3
    assert reused > 0


def test_what_people_typed_is_checked_beside_other_rows_too(ask: Ask) -> None:
    asked = ask()
    asked.question = "Turned \u202e around"
    with pytest.raises(NotPlainText):
        insert_together([asked])


REFUSED: dict[str, tuple[dict[str, Any], type[Refusal]]] = {
    "without a question": ({"question": "  "}, refusals.NeedsWords),
    "of an unknown kind": ({"kind": "gossip"}, refusals.UnknownRule),
    "with an identity number nobody may ask for": (
        {"citizen": CitizenGiven(identity_number="11010519491231002X")},
        refusals.IdentityNotAsked,
    ),
    "with a wrong identity number": (
        {"kind": "disclosure", "citizen": CitizenGiven(identity_number="110105194912310021")},
        refusals.NotAnIdentityNumber,
    ),
}


@pytest.mark.parametrize("how", REFUSED)
def test_nothing_is_recorded(how: str, ask: Ask) -> None:
    given, refusal = REFUSED[how]
    with pytest.raises(refusal):
        ask(**given)
    assert not Inquiry.objects.exists()


def test_nothing_is_asked_in_the_future(ask: Ask, now: datetime) -> None:
    with pytest.raises(refusals.AskedInFuture):
        ask(asked_at=now + timedelta(seconds=1))


def test_an_abolished_place_records_nothing(ask: Ask, cast: Cast, now: datetime) -> None:
    place = abolish_place(place=cast.relief, successor=cast.civil, on=now.date(), by=None, now=now)
    with pytest.raises(refusals.NowhereToGo):
        ask(by=cast.wu_fang, place=place)


@pytest.mark.parametrize("who", ["bai_lu", "xu_kai", "han_xue"])
def test_who_holds_no_post_for_it_records_nothing(who: str, ask: Ask, cast: Cast) -> None:
    with pytest.raises(refusals.NotYours):
        ask(by=getattr(cast, who), place=cast.relief)


def test_a_tip_off_is_sealed_as_it_is_recorded(ask: Ask, cast: Cast) -> None:
    inquiry = ask(by=cast.wu_fang, kind="tip_off")
    readers = Sight.objects.filter(inquiry=inquiry).values_list("officer__username", flat=True)
    assert inquiry.sealed
    assert set(readers) == {"wu_fang", "zhou_ning"}


def test_a_complaint_about_an_office_never_stays_there(ask: Ask, cast: Cast) -> None:
    inquiry = ask(kind="complaint", about_place=cast.civil)
    assert (inquiry.sealed, inquiry.holder) == (True, cast.district)
    readers = Sight.objects.filter(inquiry=inquiry).values_list("officer__username", flat=True)
    assert set(readers) == {"zhou_ning"}


def test_the_first_two_of_a_year_recorded_at_once_both_have_a_number(
    own_database: Cast, now: datetime
) -> None:
    start = threading.Barrier(6)
    numbers: list[str] = []

    def take() -> None:
        start.wait()
        with scope(role="bida_owner"), connection.cursor() as cursor:
            cursor.execute("select bida_next_reference(%s, 2031)", [own_database.district.pk])
            numbers.append(cursor.fetchone()[0])
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 6


def test_before_any_calendar_was_written_nothing_is_reckoned(cast: Cast) -> None:
    calendar = calendar_for(cast.district.pk)
    assert version_of(calendar) == calendar.version
    with pytest.raises(refusals.UnknownCalendar):
        version_of(replace(calendar, version=None))


def test_what_a_citizen_gave_is_not_told_by_its_repr() -> None:
    words = {"name": "张三", "phone": "13840005021", "email": "a@example.com", "address": "春和路8号"}
    told = repr(CitizenGiven(**words, identity_number="11010519491231002X"))
    assert "NAMED" in told
    for word in (*words.values(), "11010519491231002X"):
        assert word not in told


@pytest.mark.parametrize("phone", ["13840005021", "1384000502"])
def test_no_log_holds_who_asked(phone: str, ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    words = {"name": "张三丰", "phone": phone, "email": "zhang@example.com", "address": "春和路8号"}
    with caplog.at_level(logging.DEBUG), suppress(Refusal):
        ask(citizen=CitizenGiven(**words), question="低保怎么申请，急盼回复？")
    logged = " ".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    for word in (*words.values(), "急盼回复"):
        assert word not in logged
