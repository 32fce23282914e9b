"""Words that were given before, offered where an answer is written."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page

Fresh = Callable[..., Inquiry]
GIVEN = AnswerGiven("explained", "补贴每月15日前发放。", "telephone", basis="《残疾人保障法》")


def offered(shown: str) -> list[str]:
    return re.findall(r"\?act=answer&amp;before=(\d+)#act-answer", shown)


def test_what_was_answered_before_is_offered_and_taken_over_with_its_reference(
    cast: Cast, enter: Enter, fresh: Fresh
) -> None:
    before = fresh(question="残疾人两项补贴什么时候发放？", answer=GIVEN)
    inquiry = fresh(question="残疾人两项补贴这个月什么时候发？")
    client = enter(cast.li_min)
    assert offered(page(client, f"/inquiries/{inquiry.pk}/")) == [str(before.pk)]
    taken = page(client, f"/inquiries/{inquiry.pk}/?act=answer&before={before.pk}")
    box = taken[taken.index('id="id_answer-text"') - 300 :]
    assert "补贴每月15日前发放。</textarea>" in box
    assert f'value="《残疾人保障法》；answered before: {before.reference}"' in box


def test_open_sealed_and_unlike_ones_and_a_stranger_s_lend_no_words(
    cast: Cast, enter: Enter, fresh: Fresh
) -> None:
    asked = "残疾人两项补贴什么时候发？"
    fresh(question=asked)
    fresh(question="老年证在哪里办？", answer=GIVEN)
    fresh(question=asked, kind="tip_off", answer=GIVEN, by=cast.li_min)
    fresh(question=asked, by=cast.tang_rui, answer=GIVEN)
    inquiry = fresh(question=asked)
    assert offered(page(enter(cast.li_min), f"/inquiries/{inquiry.pk}/")) == []


def test_what_is_not_offered_is_not_taken_by_its_number(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    foreign = fresh(question="残疾人两项补贴什么时候发？", by=cast.tang_rui, answer=GIVEN)
    inquiry = fresh(question="残疾人两项补贴什么时候发？")
    shown = page(enter(cast.li_min), f"/inquiries/{inquiry.pk}/?act=answer&before={foreign.pk}")
    assert "补贴每月15日前发放。" not in shown


def test_at_most_five_are_offered_for_the_same_number_of_queries(
    cast: Cast, enter: Enter, fresh: Fresh
) -> None:
    asked = "残疾人两项补贴什么时候发？"
    inquiry = fresh(question=asked)
    fresh(question=asked, answer=GIVEN)
    client = enter(cast.li_min)

    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            assert offered(page(client, f"/inquiries/{inquiry.pk}/"))
        return [q["sql"] for q in seen]

    statements()
    few = statements()
    for _ in range(6):
        fresh(question=asked, answer=GIVEN)
    many = statements()
    assert len(many) == len(few), "\n".join(many)
    assert len(offered(page(client, f"/inquiries/{inquiry.pk}/"))) == 5
