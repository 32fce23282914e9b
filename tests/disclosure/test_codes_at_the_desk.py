"""A lost code is replaced at the desk; a caller hears how a matter stands, and nobody guesses either."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from bureaus.models import Message
from bureaus.services.posts import begin_tenure, open_post
from disclosure.models import NewCode
from disclosure.services.codes import AnswersItself, give_new_code, tell_standing
from disclosure.services.knocking import TooOften
from disclosure.services.visiting import Holder, admit, matter_of
from inquiries.models import ClearReading, Event, Inquiry
from inquiries.services.recording import CitizenGiven
from inquiries.services.refusals import NotYours
from tests.conftest import As, Cast
from tests.disclosure.test_asking_in_public import asks

pytestmark = pytest.mark.django_db


def opens(cast: Cast, reference: str, code: str, now: datetime) -> Holder | None:
    return admit(district=cast.district, reference=reference, code=code, visitor="v", now=now)


def test_the_new_code_opens_it_and_the_old_one_no_longer(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    codes = []
    for identity in ("document", "receipt"):
        with web_as(cast.wu_fang, now):
            codes.append(give_new_code(inquiry.pk, identity=identity, by=cast.wu_fang, now=now))
    with web_as(None, now):
        assert [opens(cast, asked.reference, code, now) is None for code in (asked.code, *codes)] == [
            True,
            True,
            False,
        ]
        holder = opens(cast, asked.reference, codes[1], now)
        assert holder is not None
        # She reads herself that it was given: what she did not ask for she can complain of.
        assert len(matter_of(holder).steps) == 3
    events = Event.objects.filter(inquiry=inquiry, code="code_given").order_by("seq")
    assert [(event.by, event.codes["identity"]) for event in events] == [
        (cast.wu_fang, "document"),
        (cast.wu_fang, "receipt"),
    ]


def test_it_is_kept_as_a_hash_that_nobody_reads_or_changes(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    with web_as(cast.wu_fang, now):
        code = give_new_code(inquiry.pk, identity="document", by=cast.wu_fang, now=now)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            NewCode.objects.count()
    row = NewCode.objects.get()
    assert len(row.digest) == 64
    assert code not in row.digest
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        NewCode.objects.update(version=9)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        NewCode.objects.all().delete()


def test_the_answering_bureau_gives_no_code_with_which_it_could_rate(
    cast: Cast, web_as: As, now: datetime
) -> None:
    asked = asks(cast, web_as, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    for officer in (cast.sun_wei, cast.qian_yu):
        with web_as(officer, now), pytest.raises(NotYours):
            give_new_code(inquiry.pk, identity="document", by=officer, now=now)


def test_nor_does_the_director_who_also_holds_a_post_there(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    post = open_post(place=cast.civil, role="vice_head", title="副局长", by=None, now=now)
    begin_tenure(post=post, officer=cast.wu_fang, from_on=now.date(), by=None, now=now)
    with web_as(cast.wu_fang, now), pytest.raises(AnswersItself):
        give_new_code(inquiry.pk, identity="document", by=cast.wu_fang, now=now)


def test_where_a_message_reaches_the_citizen_she_is_told_of_it(cast: Cast, web_as: As, now: datetime) -> None:
    citizen = CitizenGiven(name="张三", email="zhang@example.org")
    inquiry = Inquiry.objects.get(reference=asks(cast, web_as, now, citizen=citizen).reference)
    with web_as(cast.wu_fang, now):
        give_new_code(inquiry.pk, identity="document", by=cast.wu_fang, now=now)
    assert Message.objects.filter(template="code_given", citizen_channel="email").count() == 1


def test_any_hotline_tells_how_it_stands_and_no_word_of_it(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    with web_as(cast.tang_rui, now):
        assert not Inquiry.objects.exists()
        told = tell_standing(
            district=cast.district, reference=asked.reference, digits="５０２１", by=cast.tang_rui, now=now
        )
        # What was opened for the look is closed again.
        assert not Inquiry.objects.exists()
    assert told is not None
    assert (told.reference, told.place, told.is_open) == (asked.reference, cast.civil, True)
    assert "低保" not in repr(told)
    assert "张" not in repr(told)
    assert "5021" not in repr(told)
    look = ClearReading.objects.get()
    assert (look.officer, look.inquiry.reference, look.fields) == (
        cast.tang_rui,
        asked.reference,
        "standing",
    )


@pytest.mark.parametrize(
    ("other", "digits"),
    [
        ({}, "5022"),
        ({}, "021"),
        ({}, "****"),
        ({}, ""),
        ({"citizen": CitizenGiven(standing="anonymous")}, "****"),
        ({"kind": "tip_off"}, "5021"),
    ],
)
def test_wrong_digits_and_sealed_matters_tell_nothing(
    cast: Cast, web_as: As, now: datetime, other: dict[str, object], digits: str
) -> None:
    asked = asks(cast, web_as, now, **other)
    with web_as(cast.tang_rui, now):
        told = tell_standing(
            district=cast.district, reference=asked.reference, digits=digits, by=cast.tang_rui, now=now
        )
        assert told is None
        assert not Inquiry.objects.exists()
    assert not ClearReading.objects.exists()


def test_the_digits_are_not_guessed(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    with web_as(cast.tang_rui, now):
        for _time in range(10):
            tell_standing(
                district=cast.district, reference=asked.reference, digits="0000", by=cast.tang_rui, now=now
            )
        with pytest.raises(TooOften):
            tell_standing(
                district=cast.district, reference=asked.reference, digits="5021", by=cast.tang_rui, now=now
            )


def test_only_who_takes_questions_is_told(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    auditor = cast.everybody["auditor"]
    with web_as(auditor, now), pytest.raises(NotYours):
        tell_standing(district=cast.district, reference=asked.reference, digits="5021", by=auditor, now=now)


def test_the_desk_prints_the_new_code_once(
    cast: Cast, web_as: As, client: Client, settings: LazySettings
) -> None:
    settings.HAS_PORTAL = True
    now = timezone.now()
    asked = asks(cast, web_as, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    address = f"/matters/{inquiry.pk}/new-code/"
    client.force_login(cast.wu_fang)
    assert address in client.get(f"/inquiries/{inquiry.pk}/").text
    assert client.get(address).status_code == 200
    assert client.post(address, {"seen": inquiry.version}).status_code == 422
    assert client.post(address, {"seen": 0, "identity": "document"}).status_code == 422
    given = client.post(address, {"seen": inquiry.version, "identity": "document"})
    assert given.status_code == 200
    assert "no-store" in given["Cache-Control"]
    assert "在区里的公众网站上用此查询码同样可以查询" in given.text
    (code,) = re.findall(r"\d{4} \d{4} \d{4}", given.text)
    with web_as(None, now):
        assert opens(cast, asked.reference, code, now) is not None
    assert code not in client.get(f"/inquiries/{inquiry.pk}/").text
    assert "核验了身份证件" in client.get(f"/inquiries/{inquiry.pk}/", headers={"accept-language": "zh"}).text
    client.force_login(cast.sun_wei)
    assert address not in client.get(f"/inquiries/{inquiry.pk}/").text
    assert client.get(address).status_code == 403
    client.force_login(cast.tang_rui)
    assert client.get(address).status_code == 404


def test_the_hotline_asks_for_both_and_reads_it_out(cast: Cast, web_as: As, client: Client) -> None:
    asked = asks(cast, web_as, timezone.now())
    client.force_login(cast.tang_rui)
    assert "/matters/status/" in client.get("/search/").text
    assert client.get("/matters/status/").status_code == 200
    wrong = client.post("/matters/status/", {"reference": asked.reference, "digits": "1111"})
    assert wrong.status_code == 422
    shown = client.post("/matters/status/", {"reference": f" {asked.reference} ", "digits": "5021"})
    assert shown.status_code == 200
    assert str(cast.civil) in shown.text
    for word in ("低保", "张三", "138****5021"):
        assert word not in shown.text
    client.force_login(cast.everybody["auditor"])
    assert client.get("/matters/status/").status_code == 403
    with connection.cursor() as cursor:
        cursor.execute(
            "select has_function_privilege('bida_worker', %s, 'execute')",
            ["bida_open_by_digits(bigint, text, text)"],
        )
        assert cursor.fetchone() == (False,)
