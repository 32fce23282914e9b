"""A citizen asks without signing in, and follows her matter with reference and code; nobody else does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from bureaus.services.refusals import Refusal
from disclosure.models import FollowCode, Knock
from disclosure.services import visiting
from disclosure.services.knocking import TooOften, knock
from disclosure.services.riddles import SentAlready, WrongAnswer, check_riddle, draw_riddle, number_in
from disclosure.services.visiting import Asked, Holder, admit, ask_publicly, matter_of
from inquiries.models import Attachment, Duty, Inquiry, Sight
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.contacting import ask_citizen
from inquiries.services.disclosing import ask_correction
from inquiries.services.moving import reclassify_inquiry, sign_for
from inquiries.services.recording import CitizenGiven
from inquiries.services.refusals import NotInThisState
from tests.conftest import As, Cast
from tests.disclosure.stage import published

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def asked_with(cast: Cast, now: datetime) -> dict[str, Any]:
    """What a citizen gives who asks the civil affairs bureau in public."""
    return {
        "district": cast.district,
        "place": cast.civil,
        "kind": "consultation",
        "question": "低保怎么申请？",
        "citizen": CitizenGiven(name="张三", phone="13840005021"),
        "visitor": "v",
        "consent": visiting.CONSENT,
        "now": now,
    }


def asks(cast: Cast, web_as: As, now: datetime, **other: Any) -> Asked:
    with web_as(None, now):
        return ask_publicly(**asked_with(cast, now) | other)


def holder_of(cast: Cast, asked: Asked) -> Holder:
    return Holder(cast.district, asked.reference, asked.code)


def test_it_is_recorded_at_the_bureau_and_chased_like_every_other(
    cast: Cast, web_as: As, now: datetime
) -> None:
    asked = asks(cast, web_as, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    assert (inquiry.holder, inquiry.state, inquiry.channel) == (cast.civil, "assigned", "web")
    assert inquiry.next_chase_at is not None
    assert str(inquiry.citizen) == "张** 138****5021"
    # She has the reference in hand: nobody has to call her for that.
    assert not Duty.objects.filter(inquiry=inquiry, kind="tell").exists()
    with web_as(cast.sun_wei, now):
        assert Inquiry.objects.get().question == "低保怎么申请？"
    with web_as(None, now):
        assert not Inquiry.objects.exists()


def test_who_does_not_know_which_bureau_asks_the_district(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now, place=None)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    assert (inquiry.holder, inquiry.state) == (cast.district, "received")
    assert Duty.objects.filter(inquiry=inquiry, kind="dispatch", done_at=None).exists()


def test_what_complains_about_an_office_never_reaches_it(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now, kind="complaint", about_place=cast.civil)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    assert asked.sealed
    assert inquiry.sealed
    assert not Sight.objects.filter(inquiry=inquiry, place=cast.civil).exists()
    with web_as(cast.sun_wei, now):
        assert not Inquiry.objects.exists()
    with web_as(None, now):
        holder = holder_of(cast, asked)
        shown = matter_of(holder)
    assert shown.place == ""


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"consent": 0}, visiting.NeedsConsent),
        ({"kind": "disclosure"}, visiting.NotThisKind),
        ({"place": "elsewhere"}, visiting.NotHere),
        ({"place": "relief"}, visiting.NotHere),
    ],
)
def test_what_cannot_be_asked_is_refused(
    cast: Cast, web_as: As, now: datetime, other: dict[str, Any], refusal: type[Refusal]
) -> None:
    if isinstance(other.get("place"), str):
        other = {"place": getattr(cast, other["place"])}
    with pytest.raises(refusal):
        asks(cast, web_as, now, **other)


def test_nobody_asks_more_than_ten_times_in_an_hour(cast: Cast, web_as: As, now: datetime) -> None:
    for _time in range(10):
        asks(cast, web_as, now)
    with pytest.raises(TooOften):
        asks(cast, web_as, now)
    asks(cast, web_as, now, visitor="another")
    asks(cast, web_as, now + timedelta(hours=1))


def test_only_reference_and_code_open_it_and_only_it(cast: Cast, web_as: As, now: datetime) -> None:
    mine, other = asks(cast, web_as, now), asks(cast, web_as, now)

    def enter(reference: str, code: str, district: Any = cast.district) -> Holder | None:
        return admit(district=district, reference=reference, code=code, visitor="v", now=now)

    with web_as(None, now):
        assert enter(mine.reference, other.code) is None
        assert enter(other.reference, mine.code) is None
        assert enter(mine.reference, mine.code, cast.elsewhere) is None
        assert enter(mine.reference, "") is None
        assert not Inquiry.objects.exists()
        # Full-width, spaced, as it was read aloud.
        spaced = visiting.in_groups(mine.code).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
        holder = enter(f" {mine.reference} ", spaced)
        assert holder is not None
        assert [row.reference for row in Inquiry.objects.all()] == [mine.reference]
        assert matter_of(holder).question == "低保怎么申请？"
        # A wrong code closes it again.
        assert enter(mine.reference, "000000000000") is None
        assert not Inquiry.objects.exists()


def test_codes_are_not_guessed(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    wrong = f"{(int(asked.code) + 1) % 10**12:012d}"
    with web_as(None, now):
        for _time in range(10):
            assert (
                admit(district=cast.district, reference=asked.reference, code=wrong, visitor="v", now=now)
                is None
            )
        with pytest.raises(TooOften):
            admit(district=cast.district, reference=asked.reference, code=asked.code, visitor="w", now=now)
        later = now + timedelta(hours=1)
        assert admit(
            district=cast.district, reference=asked.reference, code=asked.code, visitor="v", now=later
        )


def test_the_digits_stand_nowhere_and_nobody_reads_the_table(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    row = FollowCode.objects.get()
    assert asked.code not in row.digest
    assert row.consent == visiting.CONSENT
    for officer in (None, cast.zhou_ning):
        for model in (FollowCode, Knock):
            with (
                web_as(officer, now),
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
            ):
                model._default_manager.exists()
    with (
        web_as(cast.cao_lei, now),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        FollowCode.objects.create(
            inquiry_id=row.inquiry_id, district=cast.district, digest="0" * 64, consent=1, made_at=now
        )


def answered(cast: Cast, web_as: As, asked: Asked, now: datetime) -> None:
    pk = Inquiry.objects.get(reference=asked.reference).pk
    with web_as(cast.sun_wei, now):
        given = AnswerGiven("explained", "请到街道便民服务中心申请。", "portal")
        answer_inquiry(pk, given, by=cast.sun_wei, now=now)


def test_she_follows_it_to_the_answer_and_rates_it(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    holder = holder_of(cast, asked)
    answered(cast, web_as, asked, now + timedelta(hours=1))
    later = now + timedelta(hours=2)
    with web_as(None, later):
        shown = matter_of(holder)
        assert shown.answers[0].text == "请到街道便民服务中心申请。"
        assert [str(words) for _at, words in shown.steps] == ["Your matter was recorded", "Answered"]
        assert shown.may_rate
        visiting.rate(holder, satisfaction="satisfied", words="", open_again=False, now=later)
        assert not matter_of(holder).may_rate
        with pytest.raises(visiting.NotNow):
            visiting.rate(holder, satisfaction="satisfied", words="", open_again=False, now=later)


def test_not_satisfied_opens_it_again_once_she_says_why_and_yes(
    cast: Cast, web_as: As, now: datetime
) -> None:
    asked = asks(cast, web_as, now)
    holder = holder_of(cast, asked)
    answered(cast, web_as, asked, now + timedelta(hours=1))
    later = now + timedelta(hours=2)
    with web_as(None, later):
        for words, open_again in (("", True), ("没有回答", False)):
            with pytest.raises(visiting.NeedsReasonAndYes) as refused:
                visiting.rate(
                    holder, satisfaction="dissatisfied", words=words, open_again=open_again, now=later
                )
            # It stands beside what is wanting.
            assert refused.value.field == ("open_again" if words else "words")
        visiting.rate(holder, satisfaction="dissatisfied", words="没有回答", open_again=True, now=later)
        assert matter_of(holder).is_open
    inquiry = Inquiry.objects.get(reference=asked.reference)
    assert (inquiry.round, inquiry.state) == (2, "assigned")
    assert inquiry.next_chase_at is not None


def test_asking_again_moves_the_chase_to_today(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    holder = holder_of(cast, asked)
    later = now + timedelta(days=1)
    with web_as(None, later):
        visiting.ask_once_more(holder, text="还没有消息。", now=later)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    assert inquiry.asked_again == 1
    # Chased at once, and the ladder goes on as it stood.
    assert inquiry.chase_number == 1
    answered(cast, web_as, asked, later)
    with web_as(None, later), pytest.raises(NotInThisState):
        visiting.ask_once_more(holder, text="再问。", now=later)


def test_she_gives_what_was_asked_for(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    holder = holder_of(cast, asked)
    pk = Inquiry.objects.get(reference=asked.reference).pk
    with web_as(cast.sun_wei, now):
        sign_for(pk, by=cast.sun_wei, now=now)
        ask_citizen(pk, text="请问您住在哪个社区？", by=cast.sun_wei, now=now)
    later = now + timedelta(hours=3)
    with web_as(None, later):
        shown = matter_of(holder)
        assert (shown.may_reply, shown.wanted) == (True, "请问您住在哪个社区？")
        visiting.give_more(holder, text="和平社区。", now=later)
        assert not matter_of(holder).may_reply


def test_no_reply_is_asked_for_where_only_a_correction_is_awaited(
    cast: Cast, web_as: As, now: datetime
) -> None:
    asked = asks(cast, web_as, now)
    pk = Inquiry.objects.get(reference=asked.reference).pk
    with web_as(cast.wu_fang, now):
        reclassify_inquiry(
            pk, kind="disclosure", urgency="ordinary", reason="是公开申请", by=cast.wu_fang, now=now
        )
    with web_as(cast.sun_wei, now):
        sign_for(pk, by=cast.sun_wei, now=now)
        until = (now + timedelta(days=14)).date()
        ask_correction(pk, text="请写明年度。", until_on=until, by=cast.sun_wei, now=now)
    with web_as(None, now):
        shown = matter_of(holder_of(cast, asked))
    assert not shown.may_reply
    assert str(shown.state) == "A correction or a fee is awaited from you, as you were told."


def test_a_wrong_code_does_nothing(cast: Cast, web_as: As, now: datetime) -> None:
    asked = asks(cast, web_as, now)
    wrong = replace(holder_of(cast, asked), code="000000000000")
    with web_as(None, now):
        for deed in (
            lambda: matter_of(wrong),
            lambda: visiting.ask_once_more(wrong, text="再问。", now=now),
            lambda: visiting.rate(wrong, satisfaction="satisfied", words="", open_again=False, now=now),
        ):
            with pytest.raises(visiting.WrongCode):
                deed()
    assert Inquiry.objects.get(reference=asked.reference).asked_again == 0


def solve(question: str) -> int:
    """As a person does who hears it."""
    numbers = [NUMBERS.index(word) for word in re.findall("|".join(NUMBERS), question)]
    a, b = numbers
    return a + b if "plus" in question else a - b if "minus" in question else max(a, b)


def test_the_sum_is_answered_once(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(None, now):
        for _time in range(30):
            riddle = draw_riddle()
            with pytest.raises(WrongAnswer):
                check_riddle(riddle.token, str(solve(riddle.question) + 1), now=now)
            check_riddle(riddle.token, str(solve(riddle.question)), now=now)
            with pytest.raises(SentAlready):
                check_riddle(riddle.token, str(solve(riddle.question)), now=now)
        for token in ("", "x", riddle.token + "x"):
            with pytest.raises(WrongAnswer):
                check_riddle(token, "1", now=now)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        *(
            ("12", 12),
            ("１２", 12),
            ("十二", 12),
            ("十", 10),
            ("二十", 20),
            ("八", 8),
            (" 7。", 7),
            ("两", 2),
        ),
        *(("", None), ("十十", None), ("三四", None), ("many", None), ("1234567", None), ("二三十", None)),
    ],
)
def test_a_number_is_typed_in_figures_or_in_words(typed: str, number: int | None) -> None:
    assert number_in(typed) == number


def test_knocks_are_forgotten_after_two_days(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(None, now):
        assert knock("ask", "v", now=now, add=0) == 0
        assert [knock("ask", "v", now=now) for _time in range(2)] == [1, 2]
        assert knock("ask", "v", now=now, add=0) == 2
        assert knock("ask", "w", now=now + timedelta(days=3)) == 1
    assert Knock.objects.count() == 1


@pytest.fixture
def anybody() -> Client:
    return Client(headers={"accept-language": "en"})


def sends(client: Client, path: str, **typed: Any) -> Any:
    """The second page, its sum solved."""
    page = client.post(path, {"do": "look", "question": typed["question"]})
    riddle = page.context["riddle"]
    first = {"do": "send", "token": riddle.token, "riddle": solve(riddle.question), "kind": "consultation"}
    return client.post(path, first | {"consent": "on"} | typed)


def test_the_pages_lead_from_the_question_to_the_answer(
    cast: Cast, web_as: As, now: datetime, anybody: Client
) -> None:
    at = timezone.now()
    published(cast, web_as, now, title="低保申请指南")
    path = f"/public/{cast.district.pk}/ask/"
    first = anybody.get(f"{path}?place={cast.civil.pk}").content.decode()
    for number in ("tel:110", "tel:119", "tel:120"):
        assert number in first
    assert anybody.post(path, {"do": "look", "question": ""}).status_code == 422
    looked = anybody.post(path, {"do": "look", "question": "低保怎么申请？"}).content.decode()
    assert "低保申请指南" in looked
    done = sends(
        anybody,
        path,
        question="低保怎么申请？",
        place=cast.civil.pk,
        attached=SimpleUploadedFile("证明.png", PNG),
    )
    assert done.status_code == 200
    assert done["Cache-Control"].startswith("max-age=0")
    asked, code = done.context["asked"], done.context["code"]
    assert code in done.content.decode()
    assert Attachment.objects.filter(inquiry__reference=asked.reference).count() == 1
    follow = f"/public/{cast.district.pk}/follow/"
    assert asked.reference in anybody.get(f"{follow}?reference={asked.reference}").content.decode()
    held = {"reference": asked.reference, "code": code}
    refused = anybody.post(follow, held | {"code": "1234"})
    assert refused.status_code == 422
    assert "No matter has this reference and code" in refused.content.decode()
    assert anybody.post(follow, {}).status_code == 422
    assert "It is with the office that answers" in anybody.post(follow, held).content.decode()
    again = anybody.post(follow, held | {"do": "again", "text": "急。"}).content.decode()
    assert "chased today" in again
    answered(cast, web_as, asked, at + timedelta(minutes=1))
    assert "请到街道便民服务中心申请。" in anybody.post(follow, held).content.decode()
    unsure = anybody.post(follow, held | {"do": "rate", "satisfaction": "dissatisfied", "words": "没说清"})
    assert unsure.status_code == 422
    assert "没说清" in unsure.content.decode()
    sure = {"do": "rate", "satisfaction": "dissatisfied", "words": "没说清", "open_again": "on"}
    assert "It is open again" in anybody.post(follow, held | sure).content.decode()


def test_what_was_typed_is_kept_where_it_is_refused(cast: Cast, anybody: Client) -> None:
    path = f"/public/{cast.district.pk}/ask/"
    for wrong, sentence in (
        ({"consent": ""}, "Without your consent"),
        ({"phone": "12"}, "12"),
        ({"riddle": "99"}, "That is not the answer"),
        ({"website": "https://example.org/"}, ""),
        ({"attached": SimpleUploadedFile("a.exe", b"MZ")}, "taken"),
    ):
        refused = sends(anybody, path, question="路灯什么时候修？", **wrong)
        assert refused.status_code in (200, 422)
        text = refused.content.decode()
        assert "路灯什么时候修？" in text
        assert sentence in text
    assert not Inquiry.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from disclosure_knock where what = 'ask'")
        assert cursor.fetchone() == (0,)


def test_who_is_refused_is_told_that_files_are_chosen_again(cast: Cast, anybody: Client) -> None:
    path, picture = f"/public/{cast.district.pk}/ask/", SimpleUploadedFile("灯.png", PNG)
    told = "Choose the files again"
    assert told in sends(anybody, path, question="路灯坏了。", consent="", attached=picture).content.decode()
    assert told not in sends(anybody, path, question="路灯坏了。", consent="").content.decode()


def test_who_forgot_another_field_works_out_no_second_sum(cast: Cast, anybody: Client) -> None:
    path = f"/public/{cast.district.pk}/ask/"
    given = {"question": "路灯什么时候修？", "kind": "help"}
    riddle = anybody.post(path, given | {"do": "look"}).context["riddle"]
    sent = given | {"do": "send", "token": riddle.token, "riddle": str(solve(riddle.question))}
    refused = anybody.post(path, sent)
    assert refused.context["riddle"] == riddle
    assert f'value="{solve(riddle.question)}"' in refused.content.decode()
    assert anybody.post(path, sent | {"consent": "on"}).status_code == 200
    assert Inquiry.objects.count() == 1
    # A wrong one, or one of another's making, is asked anew.
    for wrong in ({"riddle": "99"}, {"token": "x"}):
        assert anybody.post(path, sent | wrong).context["riddle"] != riddle


def test_a_form_sent_twice_asks_once(cast: Cast, anybody: Client) -> None:
    path = f"/public/{cast.district.pk}/ask/"
    page = anybody.post(path, {"do": "look", "question": "路灯什么时候修？"})
    riddle = page.context["riddle"]
    given = {
        "do": "send",
        "token": riddle.token,
        "riddle": solve(riddle.question),
        "kind": "help",
        "question": "路灯什么时候修？",
        "consent": "on",
    }
    assert anybody.post(path, given).status_code == 200
    assert "sent already" in anybody.post(path, given).content.decode()
    assert Inquiry.objects.count() == 1
