"""What the tests of an inquiry's life may use."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bureaus.models import Officer
from bureaus.workdays import SHANGHAI
from inquiries.models import Inquiry, Topic
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.closing import rate_answer
from inquiries.services.contacting import log_contact
from inquiries.services.dispatching import dispatch_inquiry, return_inquiry
from inquiries.services.recording import record_inquiry
from tests.conftest import As, Cast

EXPLAINED = AnswerGiven("explained", "请带身份证到社区办理。", "telephone")
Ask = Callable[..., Inquiry]
Enter = Callable[[Officer], Client]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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


def statements_of(client: Client, path: str) -> list[str]:
    """What a whole request asks of the database: session, officer, posts, scope, page and frame."""
    with CaptureQueriesContext(connection) as seen:
        page(client, path)
    # A test lives in a transaction of its own, inside which the scope reads and restores what was set before.
    return [q["sql"] for q in seen if not re.match("SAVEPOINT|RELEASE|select current_user", q["sql"])][:-1]


@pytest.fixture
def lived(cast: Cast, ask: Ask, web_as: As, clock: As, now: datetime) -> datetime:
    """Some weeks of a district: asked at places and the district, answered early, late and never; the moment after."""
    low = Topic.objects.create(district=cast.district, name="社会救助")
    topics = [low, Topic.objects.create(district=cast.district, name="低保", parent=low), None]
    first = datetime(2026, 4, 20, 9, 30, tzinfo=SHANGHAI)
    asked: list[tuple[Inquiry, datetime]] = []
    for step in range(14):
        at = first + step * 3 * DAY
        kind = ("consultation", "help", "complaint")[step % 3]
        topic = topics[step % 3]
        if step % 4 == 3:
            inquiry = ask(by=cast.wu_fang, now=at, kind=kind, channel="web", topic=topic)
            with web_as(cast.wu_fang, at + HOUR):
                dispatch_inquiry(inquiry.pk, to=cast.culture, by=cast.wu_fang, now=at + HOUR)
            if step == 7:
                with web_as(cast.cao_lei, at + 2 * HOUR):
                    return_inquiry(inquiry.pk, reason="不归我们管", by=cast.cao_lei, now=at + 2 * HOUR)
        else:
            by = (cast.li_min, cast.tang_rui)[step % 2]
            given = EXPLAINED if step % 5 == 0 else None
            inquiry = ask(
                by=by,
                now=at,
                asked_at=at - step * HOUR,
                kind=kind,
                topic=topic,
                answer=given,
                source="gov.cn",
            )
        asked.append((inquiry, at))
    end = first + 45 * DAY
    for step, (inquiry, at) in enumerate(asked):
        moment = at + (1, 20)[step % 2] * DAY
        inquiry.refresh_from_db()
        if inquiry.answered_at is not None or step in (4, 7) or moment > end:
            continue
        by = {cast.relief.pk: cast.li_min, cast.culture.pk: cast.cao_lei}.get(inquiry.holder_id, cast.wu_fang)
        if inquiry.holder_id == cast.culture.pk and inquiry.recorded_by_id == cast.tang_rui.pk:
            by = cast.tang_rui
        with clock():
            chase_batch(Inquiry, now=moment - HOUR)
        with web_as(by, moment):
            if step % 3 == 0:
                log_contact(inquiry.pk, what="contacted", by=by, now=moment)
            answer_inquiry(inquiry.pk, AnswerGiven("solved", "已办", "telephone"), by=by, now=moment)
        with web_as(cast.wu_fang, moment + HOUR):
            rate_answer(
                inquiry.pk,
                source="callback",
                reached=step % 4 > 0,
                satisfaction=("satisfied", "dissatisfied")[step % 3 == 1],
                solved=step % 2 == 0,
                contacted_in_time=True,
                by=cast.wu_fang,
                now=moment + HOUR,
            )
    return end
