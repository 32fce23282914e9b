"""Who asked is erased for ever (个人信息保护法 art. 47); the matter, its history and what is counted of it stay."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from bureaus.access import scope_of
from bureaus.models import DataKey, Message, Officer
from bureaus.models.fields import KeyDestroyed, decrypt
from bureaus.models.scope import WEB, scope
from bureaus.services.messages import raise_undelivered, send_next
from bureaus.services.refusals import NotAChoice
from inquiries.figures import Period, Query
from inquiries.figures.credibility import read_signal
from inquiries.models import Citizen, ClearReading, Duty, Event, Inquiry
from inquiries.services.answering import answer_inquiry
from inquiries.services.attaching import attach_file, open_attachment
from inquiries.services.calling import log_letter
from inquiries.services.calling_back import open_callback
from inquiries.services.closing import reopen_inquiry
from inquiries.services.erasing import erase_citizen, holds_personal_data
from inquiries.services.merging import merge_inquiries
from inquiries.services.reading import read_clear
from inquiries.services.recording import CitizenGiven, phone_hash, record_inquiry, split_inquiry
from inquiries.services.refusals import (
    AlreadyErased,
    AnswerOwed,
    ChangedMeanwhile,
    CitizenErased,
    NobodyToCall,
    NothingToErase,
    PartUnseen,
    SameKeyOtherBody,
)
from inquiries.services.verifying import verify_promises, write_daily_roots
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import DAY, EXPLAINED, HOUR, Ask, page

CLEAR = {
    "name": "张晓萍",
    "phone": "13840005021",
    "email": "xiaoping@mail.example",
    "address": "春和区长青街12号3单元",
    "identity_number": "210102198503152342",
}
CALLER = CitizenGiven(**CLEAR)
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)
Erase = Callable[..., list[Inquiry]]


@pytest.fixture(autouse=True)
def own_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def asked(ask: Ask) -> Callable[..., Inquiry]:
    """An application with all that can be known of who made it."""
    return lambda **given: ask(**{"kind": "disclosure", "channel": "web", "citizen": CALLER} | given)


@pytest.fixture
def answered(asked: Callable[..., Inquiry], cast: Cast, web_as: As, now: datetime) -> Callable[..., Inquiry]:
    def one(told_how: str = "telephone", **given: Any) -> Inquiry:
        inquiry = asked(**given)
        with web_as(cast.li_min):
            answer_inquiry(inquiry.pk, replace(EXPLAINED, told_how=told_how), by=cast.li_min, now=now)
        inquiry.refresh_from_db()
        return inquiry

    return one


@pytest.fixture
def erase(cast: Cast, web_as: As, now: datetime) -> Erase:
    def act(inquiry: Inquiry, **given: Any) -> list[Inquiry]:
        by = cast.zhou_ning
        given.setdefault("ground", "withdrawn")
        given.setdefault("now", now + DAY)
        with web_as(by):
            return erase_citizen(inquiry.pk, by=by, **given)

    return act


def everything() -> str:
    """All that stands in the database, as text."""
    with connection.cursor() as cursor:
        found: list[str] = []
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"select coalesce(string_agg(row::text, ' '), '') from {table} row")
            found += cursor.fetchone() or ()
    return " ".join(found)


def broken(now: datetime) -> dict[str, list[str]]:
    write_daily_roots(now=now)
    return {f.promise: f.references for f in verify_promises(now=now) if f.broken}


# --- What is gone ----------------------------------------------------------------------------------------------------
def test_nobody_reads_in_clear_again_and_no_reading_is_logged(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered()
    with web_as(cast.zhou_ning):
        assert read_clear(inquiry.pk, reason="核对", by=cast.zhou_ning, now=now)["name"] == CLEAR["name"]
    erase(inquiry)
    with web_as(cast.zhou_ning), pytest.raises(CitizenErased):
        read_clear(inquiry.pk, reason="核对", by=cast.zhou_ning, now=now + DAY)
    assert ClearReading.objects.count() == 1


def test_what_was_written_under_the_key_is_unreadable_wherever_a_copy_of_it_lies(
    answered: Callable[..., Inquiry], erase: Erase, settings: LazySettings
) -> None:
    inquiry = answered()
    assert inquiry.citizen is not None
    assert inquiry.citizen.key is not None
    copy = inquiry.citizen.phone
    assert decrypt(copy, inquiry.citizen.key) == "+86" + CLEAR["phone"]
    erase(inquiry)
    key = DataKey.objects.get(pk=inquiry.citizen.key.pk)
    assert bytes(key.wrapped) == b""
    with pytest.raises(KeyDestroyed):
        decrypt(copy, key)
    for master in settings.FIELD_KEYS:
        with pytest.raises(InvalidToken):
            Fernet(master).decrypt(copy.encode())


def test_the_row_holds_nothing_and_the_caller_is_not_found_again(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, now: datetime
) -> None:
    inquiry = answered()
    known = phone_hash(cast.district.pk, CLEAR["phone"])
    assert Citizen.objects.filter(phone_hash=known).exists()
    erase(inquiry)
    kept = Citizen.objects.values().get()
    assert {name for name, value in kept.items() if value} == {
        "id",
        "district_id",
        "standing",
        "applicant",
        "key_id",
        "erased_at",
    }
    assert kept["erased_at"] == now + DAY
    assert not Citizen.objects.filter(phone_hash=known).exists()


def test_nothing_in_the_database_holds_what_was_erased(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    """Not in clear, not masked, not hashed: in messages, duties, events, submissions or anywhere else."""
    inquiry = answered(told_how="email", key="k-1")
    with web_as(cast.li_min):
        attach_file(inquiry.pk, name="张晓萍的身份证.png", content=PIXEL, by=cast.li_min, now=now)
        read_clear(inquiry.pk, reason="回电", by=cast.li_min, now=now)
    hashed = phone_hash(cast.district.pk, CLEAR["phone"])
    assert {"张**", "138****5021", hashed} <= {
        word for word in ("张**", "138****5021", hashed) if word in everything()
    }
    erase(inquiry)
    left = everything()
    assert [word for word in (*CLEAR.values(), "张**", "138****5021", hashed) if word in left] == []
    assert not DataKey.objects.filter(destroyed_at=None).exists()


def test_the_files_are_erased_with_it(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered()
    with web_as(cast.li_min):
        kept = attach_file(inquiry.pk, name="身份证.png", content=PIXEL, by=cast.li_min, now=now)
    erase(inquiry)
    kept.refresh_from_db()
    with pytest.raises(KeyDestroyed):
        open_attachment(kept)


def test_a_repeated_submission_is_no_longer_known_by_who_asked(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered(key="k-1")
    erase(inquiry)
    with web_as(cast.li_min), pytest.raises(SameKeyOtherBody):
        record_inquiry(
            by=cast.li_min,
            now=now + DAY,
            place=cast.relief,
            kind="disclosure",
            channel="web",
            question="低保怎么申请？",
            citizen=CALLER,
            key="k-1",
        )


def test_the_database_keeps_an_erased_row_empty(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered()
    with pytest.raises(IntegrityError, match="citizen_erased_holds_nothing"), transaction.atomic():
        Citizen.objects.filter(inquiry=inquiry).update(erased_at=now)
    erase(inquiry)
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        Citizen.objects.filter(inquiry=inquiry).update(erased_at=None, name="张")


def test_other_matters_of_the_caller_keep_what_they_hold(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry, other = answered(), answered()
    erase(inquiry)
    with web_as(cast.zhou_ning):
        assert read_clear(other.pk, reason="核对", by=cast.zhou_ning, now=now)["name"] == CLEAR["name"]


# --- What stays ------------------------------------------------------------------------------------------------------
def test_every_promise_holds_and_no_total_moves(
    answered: Callable[..., Inquiry], erase: Erase, now: datetime
) -> None:
    inquiry = answered(told_how="letter")
    with connection.cursor() as cursor:
        cursor.execute("select counted, timed from inquiries_event order by at, id")
        before = sorted(map(str, cursor.fetchall()))
    erase(inquiry)
    assert broken(now + DAY) == {}
    call_command("verify_figures", stdout=io.StringIO())
    with connection.cursor() as cursor:
        cursor.execute("select counted, timed from inquiries_event where code <> 'erased' order by at, id")
        assert sorted(map(str, cursor.fetchall())) == before
    assert Event.objects.get(code="erased").counted is None


def test_its_history_says_who_erased_it_and_on_what_ground_alone(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast
) -> None:
    inquiry = answered()
    erase(inquiry)
    event = inquiry.events.order_by("-seq").first()
    assert event is not None
    assert (event.code, event.by, event.place, event.codes) == (
        "erased",
        cast.zhou_ning,
        cast.district,
        {"ground": "withdrawn", "closed": []},
    )


def test_a_merger_of_one_citizen_stays_one_when_she_is_erased(
    asked: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    rider, lead = asked(), asked()
    with web_as(cast.sun_wei):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.sun_wei, now=now)
        answer_inquiry(lead.pk, EXPLAINED, by=cast.sun_wei, now=now)

    def across() -> int:
        query = Query(cast.district.pk, Period(date(2026, 5, 1), date(2026, 5, 31)), reader=cast.bai_lu)
        with web_as(cast.bai_lu):
            shown = read_signal("merged_across", query, now=now + DAY)
        assert sum(row.of for row in shown) == 1
        return sum(row.n for row in shown)

    before = across()
    erase(rider)
    assert (before, across()) == (0, 0)


# --- When it is refused ----------------------------------------------------------------------------------------------
def test_while_the_answer_is_owed_it_is_refused(asked: Callable[..., Inquiry], erase: Erase) -> None:
    inquiry = asked()
    with pytest.raises(AnswerOwed, match=inquiry.reference):
        erase(inquiry)


@pytest.mark.parametrize("which", ["parent", "part"])
def test_while_a_part_is_unanswered_neither_is_erased(
    asked: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime, which: str
) -> None:
    parent = asked(kind="help", citizen=replace(CALLER, identity_number=""))
    with web_as(cast.li_min):
        [part] = split_inquiry(parent.pk, questions=["另外，路灯坏了。"], by=cast.li_min, now=now)
        done, open_one = (parent, part) if which == "parent" else (part, parent)
        answer_inquiry(done.pk, EXPLAINED, by=cast.li_min, now=now)
    with pytest.raises(AnswerOwed, match=open_one.reference):
        erase(done)
    with web_as(cast.li_min):
        assert read_clear(done.pk, reason="核对", by=cast.li_min, now=now)["name"] == CLEAR["name"]
        answer_inquiry(open_one.pk, EXPLAINED, by=cast.li_min, now=now)
    assert {inquiry.pk for inquiry in erase(done)} == {parent.pk, part.pk}
    assert Event.objects.filter(code="erased").values_list("inquiry", flat=True).count() == 2
    assert set(Citizen.objects.values_list("erased_at", "masked_name")) == {(now + DAY, "")}
    assert broken(now + DAY) == {}


def test_a_part_that_others_alone_may_read_is_not_erased_behind_their_backs(
    asked: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    parent = asked(kind="help", citizen=replace(CALLER, identity_number=""))
    with web_as(cast.li_min):
        [part] = split_inquiry(parent.pk, questions=["有人虚报低保。"], by=cast.li_min, now=now)
        for each in (parent, part):
            answer_inquiry(each.pk, EXPLAINED, by=cast.li_min, now=now)
    # As it stands where the director who was named has left: sealed, and read by another alone.
    with connection.cursor() as cursor:
        cursor.execute("delete from inquiries_sight where inquiry_id = %s", [part.pk])
        cursor.execute("update inquiries_inquiry set sealed = true where id = %s", [part.pk])
    with pytest.raises(PartUnseen):
        erase(parent)
    # Past the policies too.
    with pytest.raises(PartUnseen):
        erase_citizen(parent.pk, ground="withdrawn", by=cast.zhou_ning, now=now)
    assert DataKey.objects.filter(destroyed_at=None).count() == 1


def test_a_second_time_nothing_is_left(answered: Callable[..., Inquiry], erase: Erase) -> None:
    inquiry = answered()
    erase(inquiry)
    events = Event.objects.count()
    with pytest.raises(AlreadyErased):
        erase(inquiry)
    assert Event.objects.count() == events


def test_a_double_click_erases_once(answered: Callable[..., Inquiry], erase: Erase) -> None:
    inquiry = answered()
    erase(inquiry, seen=inquiry.version)
    with pytest.raises(ChangedMeanwhile, match="周宁"):
        erase(inquiry, seen=inquiry.version)
    assert inquiry.events.filter(code="erased").count() == 1


def test_of_two_who_erase_the_whole_and_its_part_at_once_one_does_and_nobody_waits_for_ever(
    own_database: Cast, now: datetime, django_db_blocker: DjangoDbBlocker
) -> None:
    cast, start, done = own_database, threading.Barrier(2), []

    def as_web(officer: Officer) -> Any:
        seen = scope_of(officer, now=now)
        return scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer)

    def one(pk: int) -> None:
        start.wait()
        try:
            with as_web(cast.zhou_ning):
                erase_citizen(pk, ground="withdrawn", by=cast.zhou_ning, now=now)
        except AlreadyErased:
            done.append("already")
        else:
            done.append("erased")
        connection.close()

    with django_db_blocker.unblock():
        for _again in range(5):
            with as_web(cast.li_min):
                whole = record_inquiry(
                    by=cast.li_min,
                    now=now,
                    place=cast.relief,
                    kind="help",
                    channel="desk",
                    question="灯坏了。",
                    citizen=replace(CALLER, identity_number=""),
                )
                [part] = split_inquiry(whole.pk, questions=["路也坏了。"], by=cast.li_min, now=now)
                for each in (whole, part):
                    answer_inquiry(each.pk, EXPLAINED, by=cast.li_min, now=now)
            threads = [threading.Thread(target=one, args=[each.pk]) for each in (whole, part)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert sorted(done) == ["already"] * 5 + ["erased"] * 5
        assert Event.objects.filter(code="erased").count() == 10


def test_where_nothing_was_kept_there_is_nothing_to_erase(
    answered: Callable[..., Inquiry], erase: Erase
) -> None:
    inquiry = answered(kind="help", citizen=CitizenGiven(standing="anonymous"))
    assert not holds_personal_data(inquiry)
    with pytest.raises(NothingToErase):
        erase(inquiry)


def test_a_file_that_came_after_it_is_erased_by_itself(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered()
    erase(inquiry)
    with web_as(cast.li_min):
        attach_file(inquiry.pk, name="又一份.png", content=PIXEL, by=cast.li_min, now=now + DAY)
    inquiry.refresh_from_db()
    assert holds_personal_data(inquiry)
    erase(inquiry)
    assert not DataKey.objects.filter(destroyed_at=None).exists()


def test_a_ground_of_the_law_is_named(answered: Callable[..., Inquiry], erase: Erase) -> None:
    with pytest.raises(NotAChoice):
        erase(answered(), ground="because")


# --- Nobody is written to any more -----------------------------------------------------------------------------------
def test_what_waits_to_be_sent_to_her_is_withdrawn_and_nobody_is_asked_to_find_another_way(
    answered: Callable[..., Inquiry], erase: Erase, clock: As, now: datetime
) -> None:
    inquiry = answered(told_how="email")
    waiting = Message.objects.filter(kind="citizen", state="pending")
    assert waiting.exists()
    failed = waiting.order_by("pk").first()
    assert failed is not None
    Message.objects.filter(pk=failed.pk).update(state="failed", needs_duty=True)
    erase(inquiry)
    while send_next(now=now + DAY):
        pass
    raise_undelivered(now=now + DAY)
    assert not waiting.exists()
    assert set(Message.objects.filter(kind="citizen").values_list("state", flat=True)) <= {
        "withdrawn",
        "failed",
    }
    assert not Duty.objects.filter(kind="delivery").exists()


def test_a_letter_and_a_callback_that_are_owed_are_owed_no_more(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered(told_how="letter")
    with web_as(cast.wu_fang):
        open_callback(inquiry.pk, by=cast.wu_fang, now=now)
    owed = Duty.objects.filter(inquiry=inquiry, kind__in=["tell", "callback"])
    assert set(owed.values_list("kind", "done_at")) == {("tell", None), ("callback", None)}
    erase(inquiry)
    assert set(owed.values_list("decision", "done_at")) == {("erased", now + DAY)}
    with web_as(cast.wu_fang), pytest.raises(NobodyToCall):
        open_callback(inquiry.pk, by=cast.wu_fang, now=now + DAY)


def test_a_letter_is_neither_owed_nor_logged_any_more(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered()
    erase(inquiry)
    at = now + DAY + HOUR
    with web_as(cast.li_min), pytest.raises(CitizenErased):
        log_letter(inquiry.pk, what="answered", posted_on=at.date(), by=cast.li_min, now=at)
    messages = Message.objects.filter(kind="citizen").count()
    with web_as(cast.zhou_ning):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.zhou_ning, now=at)
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, replace(EXPLAINED, told_how="letter"), by=cast.li_min, now=at)
    assert not Duty.objects.open().filter(inquiry=inquiry, kind="tell").exists()
    assert Message.objects.filter(kind="citizen").count() == messages


def test_who_was_erased_could_not_be_told_without_three_attempts_in_vain(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered()
    erase(inquiry)
    with web_as(cast.zhou_ning):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.zhou_ning, now=now + DAY)
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, replace(EXPLAINED, told_how="could_not"), by=cast.li_min, now=now + DAY)
    inquiry.refresh_from_db()
    assert inquiry.answered_at == now + DAY


def test_what_is_split_off_afterwards_is_erased_too(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = answered()
    erase(inquiry)
    with web_as(cast.zhou_ning):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.zhou_ning, now=now + DAY)
    with web_as(cast.li_min):
        [part] = split_inquiry(inquiry.pk, questions=["还有一件。"], by=cast.li_min, now=now + DAY)
    assert part.citizen is not None
    assert part.citizen.erased_at == now + DAY


# --- On the page and through the API ---------------------------------------------------------------------------------
def test_the_director_erases_on_the_page_which_then_says_so(
    answered: Callable[..., Inquiry],
    cast: Cast,
    enter: Callable[[Officer], Client],
    web_as: As,
    now: datetime,
) -> None:
    inquiry = answered()
    with web_as(cast.li_min):
        kept = attach_file(inquiry.pk, name="身份证.png", content=PIXEL, by=cast.li_min, now=now)
    inquiry.refresh_from_db()
    director, at = enter(cast.zhou_ning), f"/inquiries/{inquiry.pk}/"
    before = page(director, at)
    assert "Erase who asked" in before
    assert "138****5021" in before
    refused = director.post(f"{at}erase/", {"erase-seen": inquiry.version, "erase-ground": ""})
    assert refused.status_code == 422
    done = director.post(f"{at}erase/", {"erase-seen": inquiry.version, "erase-ground": "purpose"})
    assert done.status_code == 302
    assert "Done: Erase who asked." in page(director, at)
    after = page(director, at)
    assert "Who asked was erased" in after
    assert "who asked was erased: the purpose is reached" in after
    for gone in (
        "138****5021",
        "张**",
        "Read in clear",
        "Letters to print",
        "Erase who asked",
        f"/files/{kept.pk}",
    ):
        assert gone not in after, gone
    assert director.post(f"{at}files/{kept.pk}/", {"reason": "核对"}).status_code == 404
    assert director.post(f"{at}clear/", {"clear-seen": 1, "clear-reason": "核对"}).status_code == 422
    assert director.get(f"{at}letters/answered/").status_code == 404
    today = page(enter(cast.li_min), "/")
    assert "138****5021" not in today


def test_nobody_else_is_offered_it(
    answered: Callable[..., Inquiry], cast: Cast, enter: Callable[[Officer], Client]
) -> None:
    inquiry = answered()
    for officer in (cast.wu_fang, cast.sun_wei, cast.li_min):
        assert "Erase who asked" not in page(enter(officer), f"/inquiries/{inquiry.pk}/")


def test_a_copy_that_a_client_keeps_is_told_to_forget(
    answered: Callable[..., Inquiry], cast: Cast, key: Key, web_as: As, now: datetime
) -> None:
    inquiry = answered()
    client = key("inquiries:act", "inquiries:read", "personal:read", officer=cast.zhou_ning)
    before = Inquiry.objects.get(pk=inquiry.pk)
    Inquiry.objects.filter(pk=inquiry.pk).update(changed_xid=0)
    sent = {"seen": inquiry.version, "ground": "purpose"}
    done = client.post(
        f"/api/v1/inquiries/{inquiry.pk}/acts/erase", sent, content_type="application/json"
    ).json()
    assert done["done"] == "erase"
    shown = done["inquiry"]["citizen"]
    assert (shown["name"], shown["phone"], shown["erased_at"] is not None) == ("", "", True)
    # Its transaction is noted, so that it is among the next changes.
    after = Inquiry.objects.get(pk=inquiry.pk)
    assert (after.version, after.changed_xid > 0) == (before.version + 1, True)
    again = client.post(
        f"/api/v1/inquiries/{inquiry.pk}/acts/erase",
        sent | {"seen": after.version},
        content_type="application/json",
    )
    assert (again.status_code, again.json()["code"]) == (409, "already-erased")
    clear = client.post(
        f"/api/v1/inquiries/{inquiry.pk}/personal-data", {"reason": "核对"}, content_type="application/json"
    )
    assert (clear.status_code, clear.json()["code"]) == (409, "citizen-erased")


def test_a_key_narrowed_to_a_bureau_does_not_erase_for_the_district(
    answered: Callable[..., Inquiry], cast: Cast, key: Key
) -> None:
    inquiry = answered()
    client = key("inquiries:act", officer=cast.zhou_ning, bureau=cast.civil)
    refused = client.post(
        f"/api/v1/inquiries/{inquiry.pk}/acts/erase",
        {"seen": inquiry.version, "ground": "purpose"},
        content_type="application/json",
    )
    assert refused.status_code == 403
    assert DataKey.objects.filter(destroyed_at=None).exists()


def test_the_search_page_finds_it_by_its_words_and_not_by_the_number_any_more(
    answered: Callable[..., Inquiry], erase: Erase, cast: Cast, enter: Callable[[Officer], Client]
) -> None:
    inquiry = answered(question="旧楼加装电梯怎么申请？")
    director, found = enter(cast.zhou_ning), f"/inquiries/{inquiry.pk}/"
    by_number, by_words = "/search/?q=138+4000+5021", "/search/?q=加装电梯"
    assert found in page(director, by_number)
    erase(inquiry)
    assert found not in page(director, by_number)
    shown = page(director, by_words)
    assert (found in shown, "张**" in shown, "138****5021" in shown) == (True, False, False)
