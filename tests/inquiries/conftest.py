"""What the tests of an inquiry's life may use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven
from inquiries.services.recording import record_inquiry
from tests.conftest import As, Cast

EXPLAINED = AnswerGiven("explained", "请带身份证到社区办理。", "telephone")
Ask = Callable[..., Inquiry]


@pytest.fixture
def ask(cast: Cast, web_as: As, now: datetime) -> Ask:
    """Records a question through the web; unless told otherwise Li Min records one at her own desk, for herself."""

    def record(**given: Any) -> Inquiry:
        by = given.setdefault("by", cast.li_min)
        given.setdefault("now", now)
        if "place" not in given:
            given["place"] = cast.post(by).place
            if by == cast.li_min:
                given.setdefault("post", cast.post(by))
        given = {"kind": "consultation", "channel": "desk", "question": "低保怎么申请？"} | given
        with web_as(by, given["now"]):
            return record_inquiry(**given)

    return record
