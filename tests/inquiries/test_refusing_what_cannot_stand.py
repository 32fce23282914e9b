"""What nobody could read again, or what belongs elsewhere, is refused by name at its field, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from bureaus.refusals import NotAChoice, NotPlainText, Refusal, TooLong
from bureaus.workdays import SHANGHAI
from inquiries.models import Inquiry, Topic
from inquiries.services import (
    answering,
    attaching,
    closing,
    contacting,
    coordinating,
    dispatching,
    extending,
    moving,
    reading,
    recording,
)
from inquiries.services.answering import AnswerGiven
from inquiries.services.recording import CitizenGiven
from inquiries.services.refusals import (
    AskedInFuture,
    AskedTooEarly,
    DueBeforeAsked,
    NowhereToGo,
    TooFarAhead,
    TopicElsewhere,
)
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import EXPLAINED, Ask
from tests.inquiries.stage import PIXEL

pytestmark = pytest.mark.django_db

UNREADABLE = {
    "NUL": "低保\x00怎么申请",
    "a bell": "低保\x07怎么申请",
    "half of a pair": "低保\ud83d怎么申请",
    "a right-to-left override": "低保\u202e怎么申请",
    "an isolate": "低保\u2066怎么申请",
}
DAY = timedelta(days=1)
Say = Callable[[Inquiry, str, dict[str, Any]], object]
# Every act that takes words: the field it names, and how the words get there.
SAID: dict[str, tuple[str, Say]] = {
    "answer": (
        "text",
        lambda i, w, by: answering.answer_inquiry(i.pk, AnswerGiven("explained", w, "telephone"), **by),
    ),
    "basis": (
        "basis",
        lambda i, w, by: answering.answer_inquiry(
            i.pk, AnswerGiven("explained", "请到社区。", "telephone", basis=w), **by
        ),
    ),
    "draft": ("text", lambda i, w, by: answering.withdraw_inquiry(i.pk, text=w, told_how="telephone", **by)),
    "what the citizen is asked": ("text", lambda i, w, by: contacting.ask_citizen(i.pk, text=w, **by)),
    "a contact": ("text", lambda i, w, by: contacting.log_contact(i.pk, what="note", text=w, **by)),
    "asked again": ("text", lambda i, w, by: contacting.ask_again(i.pk, text=w, **by)),
    "an extension": ("request", lambda i, w, by: extending.ask_extension(i.pk, days=1, reason=w, **by)),
    "a return": ("request", lambda i, w, by: dispatching.return_inquiry(i.pk, reason=w, **by)),
    "a dispute": ("request", lambda i, w, by: dispatching.dispute_dispatch(i.pk, reason=w, **by)),
    "a split": ("question", lambda i, w, by: recording.split_inquiry(i.pk, questions=[w], **by)),
    "a clear reading": ("reason", lambda i, w, by: reading.read_clear(i.pk, reason=w, **by)),
    "a file": ("file", lambda i, w, by: attaching.attach_file(i.pk, name=w, content=PIXEL, **by)),
}
LED: dict[str, tuple[str, Say]] = {
    "a hand chase": ("text", lambda i, w, by: contacting.chase_by_hand(i.pk, whom=w, promised="", **by)),
    "a reclassification": (
        "text",
        lambda i, w, by: moving.reclassify_inquiry(i.pk, kind=i.kind, urgency="urgent", reason=w, **by),
    ),
    "coordination": ("request", lambda i, w, by: coordinating.ask_coordination(i.pk, reason=w, **by)),
}


def refusal_of(act: Callable[[], object]) -> Refusal:
    mark = transaction.savepoint()
    with pytest.raises(Refusal) as refused:
        act()
    transaction.savepoint_rollback(mark)
    return refused.value


@pytest.mark.parametrize("name", [*SAID, *LED])
def test_words_nobody_can_read_again_are_refused_at_their_field(
    name: str, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(citizen=CitizenGiven(name="张三", phone="13840005021"))
    officer = cast.li_min if name in SAID else cast.he_jing
    field, say = (SAID | LED)[name]
    with web_as(officer):
        moving.sign_for(inquiry.pk, by=officer, now=now)
        for bad in UNREADABLE.values():
            refused = refusal_of(lambda bad=bad: say(inquiry, bad, {"by": officer, "now": now}))  # type: ignore[misc]
            assert (type(refused), refused.field) == (NotPlainText, field)


@pytest.mark.parametrize("field", ["question", "source", "external_number", "name", "address"])
def test_a_question_nobody_can_read_again_is_refused_at_its_field(field: str, ask: Ask) -> None:
    for bad in UNREADABLE.values():
        given: dict[str, Any] = (
            {"citizen": CitizenGiven(**{field: bad})} if field in ("name", "address") else {field: bad}
        )
        refused = refusal_of(lambda given=given: ask(**given))  # type: ignore[misc]
        assert (type(refused), refused.field) == (NotPlainText, field)
    assert not Inquiry.objects.exists()


def test_line_ends_rare_characters_and_the_writing_of_others_are_kept(ask: Ask) -> None:
    said = "第一行\n\t第二行 𠮷 👨\u200d👩 ئۇيغۇرچە\u200f!"
    assert ask(question=said).question == said


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"source": "辽" * 41}, "source"),
        ({"external_number": "9" * 61}, "external_number"),
        ({"citizen": CitizenGiven(name="张" * 61)}, "name"),
        ({"citizen": CitizenGiven(address="路" * 201)}, "address"),
        ({"answer": AnswerGiven("explained", "请到社区。", "in_person", basis="法" * 301)}, "basis"),
    ],
)
def test_more_than_a_field_holds_is_refused_with_how_much_it_holds(
    given: dict[str, Any], field: str, ask: Ask
) -> None:
    refused = refusal_of(lambda: ask(**given))
    assert (type(refused), refused.field) == (TooLong, field)
    assert any(character.isdigit() for character in str(refused))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"channel": "fax"}, "channel"),
        ({"channel": "desk" * 20}, "channel"),
        ({"citizen": CitizenGiven(standing="secret")}, "standing"),
        ({"answer": AnswerGiven("explained", "请到社区。", "by_fax")}, "told_how"),
    ],
)
def test_a_code_that_is_no_choice_is_refused(given: dict[str, Any], field: str, ask: Ask) -> None:
    refused = refusal_of(lambda: ask(**given))
    assert refused.field == field
    assert isinstance(refused, NotAChoice | TooLong)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"source": "press"}, "source"),
        ({"source": ""}, "source"),
        ({"satisfaction": "thrilled"}, "satisfaction"),
        ({"words": "好\x00"}, "words"),
    ],
)
def test_a_rating_takes_its_choices_and_no_others(
    given: dict[str, Any], field: str, ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    answering.answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now)
    rated: dict[str, Any] = {"source": "callback", "reached": True, "satisfaction": "satisfied"} | given
    with web_as(cast.wu_fang):
        refused = refusal_of(lambda: closing.rate_answer(inquiry.pk, by=cast.wu_fang, now=now, **rated))
    assert refused.field == field


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"asked_at": datetime(1, 1, 1, tzinfo=UTC)}, AskedTooEarly),
        ({"asked_at": datetime(1999, 12, 31, tzinfo=UTC)}, AskedTooEarly),
        ({"asked_at": datetime(2000, 1, 1, 4, tzinfo=SHANGHAI)}, AskedTooEarly),
        ({"asked_at": datetime(9999, 12, 31, 23, tzinfo=UTC)}, AskedInFuture),
        ({"external_due_at": datetime(1, 1, 1, tzinfo=UTC)}, DueBeforeAsked),
    ],
)
def test_a_moment_that_cannot_be_is_refused(given: dict[str, Any], refusal: type[Refusal], ask: Ask) -> None:
    refused = refusal_of(lambda: ask(**given))
    assert type(refused) is refusal
    assert refused.field in given


def test_a_question_of_the_first_day_is_measured(ask: Ask) -> None:
    inquiry = ask(asked_at=datetime(2000, 1, 2, tzinfo=SHANGHAI))
    assert inquiry.due_at.year == 2000


def test_a_promise_no_calendar_reaches_is_refused(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    given = AnswerGiven("planned", "列入计划。", "telephone", promised_on=date.max)
    refused = refusal_of(lambda: answering.answer_inquiry(inquiry.pk, given, by=cast.li_min, now=now))
    assert (type(refused), refused.field) == (TooFarAhead, "promised_on")


def test_an_outer_due_far_ahead_leaves_the_rule_s_own(ask: Ask, now: datetime) -> None:
    due = ask().due_at
    assert ask(external_due_at=datetime(9999, 12, 31, 23, tzinfo=UTC)).due_at == due


def test_a_place_or_a_topic_of_another_district_is_refused(ask: Ask, cast: Cast, now: datetime) -> None:
    topic = Topic.objects.create(district=cast.elsewhere, name="低保")
    foreign = refusal_of(lambda: ask(about_place=cast.elsewhere))
    assert (type(foreign), foreign.field) == (NowhereToGo, "about_place")
    foreign = refusal_of(lambda: ask(topic=topic))
    assert (type(foreign), foreign.field) == (TopicElsewhere, "topic")


@pytest.mark.parametrize("bad", ["\x00", "\u202e", "\ud83d"])
def test_a_client_is_told_the_field_and_never_that_it_is_our_fault(bad: str, key: Key, cast: Cast) -> None:
    client = key("inquiries:record", officer=cast.li_min)
    given = {"place": cast.relief.pk, "kind": "help", "channel": "desk", "question": f"低{bad}保"}
    told = client.post(
        "/api/v1/inquiries", given, "application/json", headers={"Idempotency-Key": f"k{ord(bad)}"}
    )
    assert told.status_code in (409, 422)
    assert "question" in told.text


def test_a_page_shows_the_refusal_at_its_field_and_keeps_what_was_typed(
    ask: Ask, cast: Cast, client: Client
) -> None:
    inquiry = ask()
    client.force_login(cast.li_min)
    typed = {"answer-seen": inquiry.version, "answer-outcome": "explained", "answer-told_how": "telephone"}
    page = client.post(
        f"/inquiries/{inquiry.pk}/answer/", typed | {"answer-text": "请到\u202e社区。"}, follow=True
    )
    assert page.status_code == 422
    assert str(NotPlainText.sentence) in page.text
    assert "社区。" in page.text
