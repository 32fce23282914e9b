"""Public pages tell machines what stands on them, in a block that no browser runs; the feed tells of a day to come."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from bureaus.services.places import publish_hotline
from disclosure.models import DayPlan
from disclosure.services.answers import approve_answer, propose_answer
from disclosure.services.items import publish_item, submit_item, write_item
from disclosure.views.public import data_block
from inquiries.services.answering import AnswerGiven, answer_inquiry
from tests.conftest import As, Cast
from tests.disclosure.planned import day as day  # fixtures
from tests.disclosure.planned import issued as issued
from tests.disclosure.planned import write as write
from tests.disclosure.stage import pass_it, published, says
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

SERVICE = {
    "whom": "本区居民",
    "basis": "社会救助暂行办法",
    "materials": "身份证",
    "steps": "申请",
    "limit": "20个工作日",
    "fee": "不收费",
    "hotline": "024-55500112",
    "place": "政务服务大厅3号窗口",
}


def structured(path: str) -> Any:
    """What the page says to machines; it has no other script of its own."""
    response = Client(headers={"accept-language": "zh"}).get(path)
    assert response.status_code == 200
    assert "script-src 'self'" in response["Content-Security-Policy"]
    found = re.findall(r"<script([^>]*)>(.*?)</script>", response.content.decode(), re.S)
    assert [kind for kind, _data in found] == [' type="application/ld+json"'][: len(found)]
    return json.loads(found[0][1]) if found else None


def test_a_bureau_is_an_organisation_with_its_lines(cast: Cast, web_as: As, now: datetime) -> None:
    publish_hotline(place=cast.civil, purpose="approval", number="024-55500112", by=None, now=now)
    published(cast, web_as, now)
    told = structured(f"/public/{cast.district.pk}/bureaus/{cast.civil.pk}/")
    assert (told["@type"], told["address"]) == ("GovernmentOrganization", "春和路1号")
    assert [line["telephone"] for line in told["contactPoint"]] == ["024-55500112"]


def test_a_service_says_for_whom_where_and_on_which_line(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.feng_bo):
        given = says(title="低保</script>申请", parts=SERVICE)
        item = write_item(place=cast.civil, kind="service", given=given, by=cast.feng_bo, now=now)
        submit_item(item.pk, by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei):
        pass_it(item, cast, now)
        publish_item(item.pk, by=cast.sun_wei, now=now)
    told = structured(f"/public/items/{item.pk}/")
    # What an officer typed ends no block.
    assert (told["@type"], told["name"]) == ("GovernmentService", "低保</script>申请")
    assert told["audience"]["audienceType"] == "本区居民"
    assert told["availableChannel"]["servicePhone"]["telephone"] == "024-55500112"


def test_an_item_of_another_kind_says_nothing(cast: Cast, web_as: As, now: datetime) -> None:
    version = published(cast, web_as, now)
    assert structured(f"/public/items/{version.item_id}/") is None
    assert data_block(None) == ""


def test_published_answers_are_questions_with_their_answer(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    assert structured(f"/public/{cast.district.pk}/answers/") is None
    inquiry = ask()
    with web_as(cast.li_min):
        given = AnswerGiven("explained", "到窗口申请。", "telephone")
        answer_inquiry(inquiry.pk, given, by=cast.li_min, now=now)
    with web_as(cast.feng_bo):
        words = {"question": "低保怎么申请？", "answer": "到窗口申请。"}
        row = propose_answer(inquiry.pk, by=cast.feng_bo, now=now, **words)
    with web_as(cast.sun_wei):
        approve_answer(row.pk, by=cast.sun_wei, now=now)
    listed = structured(f"/public/{cast.district.pk}/answers/")
    one = structured(f"/public/{cast.district.pk}/answers/{row.pk}/")
    assert (listed["@type"], one["@type"]) == ("FAQPage", "QAPage")
    assert listed["mainEntity"] == [one["mainEntity"]]
    assert one["mainEntity"]["acceptedAnswer"]["text"] == "到窗口申请。"


def test_a_day_to_come_stands_in_the_feed_with_its_venues(
    issued: DayPlan, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disclosure.views.public.timezone.now", lambda: now)
    path = f"/public/{cast.district.pk}/open-days/{issued.open_day_id}/"
    told = structured(path)
    assert (told["@type"], told["startDate"]) == ("Event", "2026-06-20")
    assert [venue["name"] for venue in told["location"]] == ["和顺广场", "政务大厅"]
    atom = ElementTree.fromstring(  # noqa: S314
        Client(headers={"accept-language": "zh"}).get(f"/public/{cast.district.pk}/feed.atom").content
    )
    space = "{http://www.w3.org/2005/Atom}"
    [entry] = [each for each in atom.iter(f"{space}entry") if path in str(each.findtext(f"{space}id"))]
    assert "欢迎前来咨询" in str(entry.findtext(f"{space}title"))
    assert "和顺广场" in str(entry.findtext(f"{space}summary"))
