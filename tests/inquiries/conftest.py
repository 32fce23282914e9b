"""What the tests of an inquiry's life may use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bureaus.models import Officer
from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven
from inquiries.services.recording import record_inquiry
from tests.conftest import As, Cast

EXPLAINED = AnswerGiven("explained", "请带身份证到社区办理。", "telephone")
Ask = Callable[..., Inquiry]
Enter = Callable[[Officer], Client]


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


@pytest.fixture
def enter() -> Enter:
    """Signs an officer in, who reads English."""

    def signed_in(officer: Officer) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def fresh(ask: Ask) -> Callable[..., Inquiry]:
    """A question asked as the clock of the running suite has it."""

    def record(days: int = 0, **given: object) -> Inquiry:
        now = timezone.now()
        return ask(now=now, asked_at=now - timedelta(days=days), **given)

    return record


def page(client: Client, path: str) -> str:
    """The page of an address that answers 200."""
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()
