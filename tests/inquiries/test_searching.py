"""Words are found exactly, and never by who may not see the inquiry."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from bureaus.access import scope_of
from inquiries.figures.lists import NothingToFind, filtered, visible_inquiries, words_of
from inquiries.models import Terms
from inquiries.services.answering import AnswerGiven, answer_inquiry
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import Ask


@pytest.fixture
def find(cast: Cast, web_as: As, now: datetime) -> object:
    def found(words: str, by: object = None) -> list[int]:
        officer = by or cast.zhou_ning
        with web_as(officer):
            seen = scope_of(officer, now=now)  # type: ignore[arg-type]
            rows = filtered(visible_inquiries(seen), {"q": words}, now=now)
            return list(rows.order_by("pk").values_list("pk", flat=True))

    return found


QUESTION = "我妈妈的低保申请，2026年ＡＢＣ小区3号楼的电梯坏了（WiFi也没有）。"


@pytest.mark.parametrize(
    "words",
    [
        *(
            "低保",
            "低保申请",
            "妈妈的低保",
            "小区",
            "号楼的电梯坏了",
            "2026",
            "abc",
            "ABC",
            "ＷＩＦＩ",
            "wifi",
        ),
        *("电梯 低保", "电梯，低保", "低保2026", "楼的3"),
    ],
)
def test_what_stands_in_the_question_is_found(ask: Ask, find: object, words: str) -> None:
    assert find(QUESTION) == []  # type: ignore[operator]
    inquiry = ask(question=QUESTION)
    assert find(words) == [inquiry.pk]  # type: ignore[operator]


@pytest.mark.parametrize(
    "words", ["保低", "低保的", "请低", "妈的低申", "202", "ab", "wif", "申请电梯", "坏了低保"]
)
def test_what_does_not_stand_there_is_not_found(ask: Ask, find: object, words: str) -> None:
    ask(question=QUESTION)
    assert find(words) == []  # type: ignore[operator]


def test_neighbours_that_stand_apart_are_no_longer_word(ask: Ask, find: object) -> None:
    ask(question="社会保险，保险金额。")
    assert find("社会保险金") == []  # type: ignore[operator]


def test_an_answer_is_found_too(cast: Cast, ask: Ask, find: object, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        answer_inquiry(
            inquiry.pk,
            AnswerGiven("explained", "请到政务大厅综合窗口办理。", "telephone"),
            by=cast.li_min,
            now=now,
        )
    assert find("综合窗口") == [inquiry.pk]  # type: ignore[operator]
    assert find("低保 综合窗口") == [inquiry.pk]  # type: ignore[operator]


def test_a_sealed_matter_is_found_by_its_named_readers_alone(
    cast: Cast, ask: Ask, find: object, key: Key
) -> None:
    sealed = ask(kind="tip_off", question="社区主任虚报工程款。")
    assert find("虚报工程款") == [sealed.pk]  # type: ignore[operator]
    for stranger in (cast.wu_fang, cast.tang_rui, cast.xu_kai):
        assert find("虚报工程款", stranger) == []  # type: ignore[operator]
    found = key("inquiries:read").get("/api/v1/inquiries?q=虚报工程款").json()
    assert found["items"] == []


@pytest.mark.parametrize("words", ["低", "，。", "  "])
def test_nothing_is_looked_for_by_less_than_two_characters(db: None, words: str) -> None:
    with pytest.raises(NothingToFind):
        words_of(words)


def test_the_web_writes_no_terms(cast: Cast, web_as: As, ask: Ask) -> None:
    ask()
    with web_as(cast.li_min), connection.cursor() as cursor:
        cursor.execute("select has_table_privilege('inquiries_terms', 'insert, update, delete, truncate')")
        assert cursor.fetchone() == (False,)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(alphabet="社会保险金额甲𠀀々 ，a1", min_size=2, max_size=12),
    start=st.integers(0, 10),
    length=st.integers(2, 6),
)
def test_every_run_of_a_text_is_found_in_its_terms(db_rows: None, text: str, start: int, length: int) -> None:
    part = text[start : start + length]
    with connection.cursor() as cursor:
        cursor.execute("select bida_terms(%s), array(select bida_runs(%s))", [text, part])
        kept, runs = cursor.fetchone() or ([], [])
        for run in runs:
            assert all(run[n : n + 2] in kept for n in range(len(run) - 1))


@pytest.fixture
def db_rows(db: None) -> None:
    assert Terms.objects.count() == 0
