"""The reply that a 12345 platform wants, copied by one key or opened as plain text."""

from __future__ import annotations

from datetime import datetime

import pytest

from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.contacting import log_contact
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask, Enter, page

pytestmark = pytest.mark.django_db

FROM_12345 = {"channel": "city_12345", "source": "12345", "external_number": "GD20260520001"}
GIVEN = AnswerGiven("explained", "请带身份证\n到社区办理。", "telephone", basis="《社会救助暂行办法》")


def test_it_says_what_a_platform_wants_and_names_no_citizen(
    ask: Ask, cast: Cast, web_as: As, now: datetime, enter: Enter
) -> None:
    inquiry = ask(**FROM_12345)
    with web_as(cast.li_min):
        log_contact(inquiry.pk, what="not_reached", by=cast.li_min, now=now)
        log_contact(inquiry.pk, what="contacted", text="已说明材料", by=cast.li_min, now=now)
        answer_inquiry(inquiry.pk, GIVEN, by=cast.li_min, now=now)
    response = enter(cast.li_min).get(f"/inquiries/{inquiry.pk}/reply.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    words = response.content.decode()
    assert words == (
        "工单编号：GD20260520001\n"
        f"办件编号：{inquiry.reference}\n"
        "承办单位：民政局社会救助科\n"
        "办理结果：解释说明\n"
        "答复时间：2026-05-20 10:00\n"
        "联系情况：2026-05-20 10:00 未接通；2026-05-20 10:00 已联系 已说明材料；2026-05-20 10:00已告知答复，电话\n"
        "答复内容：请带身份证\n到社区办理。\n"
        "办理依据：《社会救助暂行办法》\n"
    )
    shown = page(enter(cast.li_min), f"/inquiries/{inquiry.pk}/")
    assert "Copy the reply for 12345" in shown
    assert "工单编号：GD20260520001" in shown.split('data-copy="')[1].split('"')[0]


def test_there_is_none_before_the_answer_nor_where_nobody_passed_it_on(
    ask: Ask, cast: Cast, web_as: As, now: datetime, enter: Enter
) -> None:
    open_one, own = ask(**FROM_12345), ask()
    with web_as(cast.li_min):
        answer_inquiry(own.pk, GIVEN, by=cast.li_min, now=now)
    for inquiry in (open_one, own):
        assert enter(cast.li_min).get(f"/inquiries/{inquiry.pk}/reply.txt").status_code == 404
        assert "Copy the reply" not in page(enter(cast.li_min), f"/inquiries/{inquiry.pk}/")


def test_a_stranger_reads_none(ask: Ask, cast: Cast, web_as: As, now: datetime, enter: Enter) -> None:
    inquiry = ask(**FROM_12345)
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, GIVEN, by=cast.li_min, now=now)
    assert enter(cast.he_jing).get(f"/inquiries/{inquiry.pk}/reply.txt").status_code == 200
    for stranger in (cast.tang_rui, cast.xu_kai):
        assert enter(stranger).get(f"/inquiries/{inquiry.pk}/reply.txt").status_code == 404
