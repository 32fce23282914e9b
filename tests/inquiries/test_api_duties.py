"""Duties as resources of the REST API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from inquiries.models import Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.contacting import ask_citizen
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.moving import ask_assist, sign_for
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import Ask

LIST = "/api/v1/duties"


@pytest.fixture
def assist(cast: Cast, ask: Ask, web_as: As, now: datetime) -> Duty:
    """The culture bureau owes the civil affairs bureau its word."""
    inquiry: Inquiry = ask()
    with web_as(cast.li_min, now):
        return ask_assist(
            inquiry.pk,
            of=cast.culture,
            request="请提供场地安排。",
            due_at=now + timedelta(days=2),
            by=cast.li_min,
            now=now,
        )


@pytest.fixture
def tang(cast: Cast, key: Key) -> Client:
    return key("inquiries:read", "inquiries:act", officer=cast.tang_rui)


def post(client: Client, duty: Duty, what: str, **body: Any) -> Any:
    return client.post(f"{LIST}/{duty.pk}/{what}", body, content_type="application/json")


def test_what_a_place_owes_is_listed_until_it_is_done(assist: Duty, tang: Client) -> None:
    [owed] = tang.get(f"{LIST}?kind=assist").json()["items"]
    assert owed["id"] == assist.pk
    assert owed["kind"] == {"code": "assist", "label": {"zh": "协办", "en": "assist"}}
    assert owed["inquiry"] == assist.inquiry_id
    done = post(tang, assist, "done", reply="二楼大厅可用。")
    assert done.status_code == 200, done.content
    assert done.json()["reply"] == "二楼大厅可用。"
    assert tang.get(f"{LIST}?kind=assist").json()["items"] == []
    assert [each["id"] for each in tang.get(f"{LIST}?kind=assist&open=false").json()["items"]] == [assist.pk]
    assert post(tang, assist, "done", reply="再答一次。").status_code == 409


def test_pages_go_on_after_the_last_one_by_due(assist: Duty, cast: Cast, key: Key, ask: Ask) -> None:
    for _ in range(3):
        ask(by=cast.wu_fang, channel="web")
    clerk = key("inquiries:read", officer=cast.wu_fang)
    everything = [each["id"] for each in clerk.get(LIST).json()["items"]]
    found: list[int] = []
    path = f"{LIST}?limit=1"
    following: str | None = ""
    while following is not None:
        page = clerk.get(f"{path}&cursor={following}" if following else path).json()
        found += [each["id"] for each in page["items"]]
        following = page["next"]
    assert found == everything
    assert len(found) >= 4


def test_a_stranger_finds_no_duty(assist: Duty, cast: Cast, key: Key) -> None:
    for officer in (cast.xu_kai, cast.ma_chao):
        stranger = key("inquiries:read", "inquiries:act", officer=officer)
        assert stranger.get(f"{LIST}/{assist.pk}").status_code == 404
        assert post(stranger, assist, "done", reply="好").status_code == 404
        assert assist.pk not in [each["id"] for each in stranger.get(LIST).json()["items"]]


def test_a_duty_with_an_act_of_its_own_is_not_done_in_words(
    cast: Cast, ask: Ask, web_as: As, now: datetime, key: Key
) -> None:
    inquiry = ask(by=cast.wu_fang, channel="web")
    with web_as(cast.wu_fang, now):
        dispatch_inquiry(inquiry.pk, to=cast.relief, by=cast.wu_fang, now=now)
    duty = Duty.objects.get(inquiry=inquiry, kind=DutyKind.SIGN_FOR)
    handler = key("inquiries:act", officer=cast.li_min)
    assert post(handler, duty, "done", reply="签了").json()["code"] == "not-in-this-state"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"reply": "好", "decision": "signed"}, 409, "decision"),
        ({"reply": " "}, 422, "reply"),
        ({}, 422, "reply"),
        ({"reply": "好", "decision": "perhaps"}, 422, "decision"),
    ],
)
def test_words_that_do_not_fit_are_refused_by_field(
    assist: Duty, tang: Client, body: dict[str, Any], status: int, field: str
) -> None:
    refused = post(tang, assist, "done", **body)
    assert refused.status_code == status
    assert refused.json()["errors"][0]["field"] == field
    assist.refresh_from_db()
    assert assist.done_at is None


def test_a_call_to_the_citizen_is_logged(cast: Cast, ask: Ask, key: Key, web_as: As, now: datetime) -> None:
    inquiry = ask(citizen=CitizenGiven(name="张三", phone="13840005021"))
    with web_as(cast.li_min, now):
        sign_for(inquiry.pk, by=cast.li_min, now=now)
        ask_citizen(inquiry.pk, text="请补充户口本。", by=cast.li_min, now=now)
    duty = Duty.objects.get(inquiry=inquiry, kind=DutyKind.TELL)
    handler = key("inquiries:act", "inquiries:read", officer=cast.li_min)
    assert post(handler, duty, "call", result="not_reached").json()["done_at"] is None
    assert post(handler, duty, "call", result="told", reply="已告知").json()["decision"] == "told"
