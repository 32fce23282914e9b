"""A question is handed in outside, followed, rated and asked again."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bureaus.models.scope import PORTAL, WEB, scope
from disclosure.models import Intake, PublicState
from disclosure.services import outside, taking_in, visiting
from disclosure.services.sealing import public_key, seal
from disclosure.services.visiting import Asked, Holder
from inquiries.models import Attachment, Inquiry, Rating
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.attaching import NotThisType
from tests.conftest import As, Cast
from tests.disclosure.outside.portal import Outside, comes_by, follows, hands_in, takes_in, works
from tests.disclosure.test_asking_in_public import PNG, asks, solve

pytestmark = pytest.mark.django_db


def test_a_question_goes_in_by_the_page_and_is_recorded_under_the_reference_that_was_given(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    path = f"/public/{cast.district.pk}/ask/"
    with portal() as client:
        first = client.post(path, {"do": "look", "question": "楼道灯坏了。"}).content.decode()
        token = re.search(r'name="token" value="([^"]+)"', first)
        riddle = re.search(r'<label for="id_riddle">([^<]+)<', first)
        assert token
        assert riddle
        sent = client.post(
            path,
            {
                "do": "send",
                "question": "楼道灯坏了。",
                "place": cast.civil.pk,
                "kind": "help",
                "name": "张三",
                "phone": "13840005021",
                "attached": SimpleUploadedFile("灯.png", PNG),
                "consent": "on",
                "token": token[1],
                "riddle": solve(riddle[1]),
            },
        ).content.decode()
    said = re.findall(r'<p class="p-code">([^<]+)</p>', sent)
    assert len(said) == 2
    assert "in a few minutes" in sent
    # What lies in the box says nothing.
    entry = Intake.objects.get()
    assert "张三".encode() not in bytes(entry.sealed)
    assert said[0].encode() not in bytes(entry.sealed)
    later = entry.at + timedelta(minutes=1)
    assert takes_in(cast, later) == 1
    inquiry = Inquiry.objects.get(reference=said[0])
    assert (inquiry.holder, inquiry.channel, inquiry.asked_at) == (cast.civil, "web", entry.at)
    assert str(inquiry.citizen) == "张** 138****5021"
    assert Attachment.objects.filter(inquiry=inquiry).count() == 1
    assert not Intake.objects.exists()
    # Inside the same code opens it too.
    with scope(role=WEB):
        assert visiting.matter_of(Holder(cast.district, said[0], said[1].replace(" ", ""))).question


def test_it_is_followed_from_the_first_moment_and_shows_the_answer(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    assert "Handed in. It is recorded within minutes" in follows(cast, portal, asked)
    takes_in(cast, now)
    assert "It is with the office that answers." in follows(cast, portal, asked)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    with web_as(cast.sun_wei, now):
        answer_inquiry(
            inquiry.pk, AnswerGiven("explained", "可以申请低保。", "portal"), by=cast.sun_wei, now=now
        )
    assert "可以申请低保" not in follows(cast, portal, asked)
    with works(cast):
        assert taking_in.tell_states(district=cast.district) == inquiry.pk
        assert taking_in.tell_states(district=cast.district) == 0
    shown = follows(cast, portal, asked)
    assert "可以申请低保。" in shown
    # What she wrote herself is not kept where the portal reads.
    assert "低保怎么申请" not in shown


def test_she_asks_again_and_rates_by_the_box(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    path, given = f"/public/{cast.district.pk}/follow/", {"reference": asked.reference, "code": asked.code}
    with portal() as client:
        said = client.post(path, {**given, "do": "again", "text": "还没有人来。"}).content.decode()
        assert "Thank you, it is handed in." in said
        # It is not answered: there is nothing to rate yet.
        assert client.post(path, {**given, "do": "rate", "satisfaction": "satisfied"}).status_code == 422
    assert takes_in(cast, now + timedelta(days=400)) == 1
    inquiry = Inquiry.objects.get(reference=asked.reference)
    assert inquiry.contacts.filter(what="asked_again").exists()
    with web_as(cast.sun_wei, now):
        answer_inquiry(
            inquiry.pk, AnswerGiven("explained", "可以申请低保。", "portal"), by=cast.sun_wei, now=now
        )
    with works(cast):
        taking_in.tell_states(district=cast.district)
    with portal() as client:
        client.post(path, {**given, "do": "rate", "satisfaction": "satisfied"})
    takes_in(cast, now + timedelta(days=400))
    assert Rating.objects.get(inquiry=inquiry).satisfaction == "satisfied"


def test_a_second_press_is_refused_once_and_never_rates_a_later_round(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    answer = AnswerGiven("explained", "可以申请低保。", "portal")
    with web_as(cast.sun_wei, now):
        answer_inquiry(inquiry.pk, answer, by=cast.sun_wei, now=now)
    with works(cast):
        taking_in.tell_states(district=cast.district)
    said = {"do": "rate", "satisfaction": "dissatisfied", "words": "没有说清楚。", "open_again": "on"}
    path, given = f"/public/{cast.district.pk}/follow/", {"reference": asked.reference, "code": asked.code}
    with portal() as client:
        for _n in range(2):
            assert client.post(path, {**given, **said}).status_code == 200
    Intake.objects.update(again_at=now)
    with works(cast):
        assert taking_in.take_in(district=cast.district, now=now)
    inquiry.refresh_from_db()
    assert inquiry.round == 2
    # Round 2 is answered before the worker comes to the second press.
    with web_as(cast.sun_wei, now):
        answer_inquiry(inquiry.pk, answer, by=cast.sun_wei, now=now)
    assert takes_in(cast, now) == 1
    assert not Intake.objects.exists()
    inquiry.refresh_from_db()
    assert (inquiry.round, inquiry.is_open) == (2, False)
    assert Rating.objects.filter(inquiry=inquiry).count() == 1


def test_what_is_added_to_a_matter_that_has_gone_on_is_gone(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    takes_in(cast, now)
    inquiry = Inquiry.objects.get(reference=asked.reference)
    with portal(), scope(role=PORTAL):
        outside.do_outside(
            Holder(cast.district, asked.reference, asked.code), outside.AGAIN, {"text": "还没来。"}, now=now
        )
    with web_as(cast.sun_wei, now):
        answer_inquiry(
            inquiry.pk, AnswerGiven("explained", "可以申请低保。", "portal"), by=cast.sun_wei, now=now
        )
    assert takes_in(cast, now) == 1
    assert not Intake.objects.exists()
    assert not inquiry.contacts.filter(what="asked_again").exists()


def test_a_wrong_code_shows_nothing_and_is_counted(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    asked = hands_in(cast, portal, now)
    wrong = Asked(asked.reference, f"{(int(asked.code) + 1) % 10**12:012d}", None, False)
    assert "It is looked for." in follows(cast, portal, wrong)
    assert comes_by(cast, now) == 2
    for _n in range(9):
        assert "No matter has this reference and code" in follows(cast, portal, wrong)
    # The inside is asked once an hour, not at each press.
    assert not Intake.objects.exists()
    assert "Too often within an hour" in follows(cast, portal, asked)


def test_the_inside_counts_wrong_codes_itself_whatever_the_portal_says(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = asks(cast, web_as, now)

    def seeks(code: str) -> None:
        said = {"district": cast.district.pk, "do": "seek", "reference": asked.reference, "code": code}
        sealed = seal(
            json.dumps({**said, "round": None, "given": {"digest": "a" * 64}}).encode(), public_key()
        )
        with scope(role=PORTAL):
            Intake(district=cast.district, sealed=sealed, digest="x", at=now, again_at=now).save(
                force_insert=True
            )
        takes_in(cast, now)

    for n in range(10):
        seeks(f"{n:012d}")
    # The eleventh is right, and too late.
    seeks(asked.code)
    assert not PublicState.objects.exists()
    assert not Intake.objects.exists()


def test_what_would_be_refused_inside_is_refused_before_it_is_sealed(
    portal: Outside, box: None, cast: Cast, now: datetime
) -> None:
    with pytest.raises(NotThisType):
        hands_in(cast, portal, now, files=[("a.exe", b"MZ")])
    with pytest.raises(visiting.NeedsConsent):
        hands_in(cast, portal, now, consent=0)
    with pytest.raises(visiting.NotHere):
        hands_in(cast, portal, now, place=cast.elsewhere)
    assert not Intake.objects.exists()
