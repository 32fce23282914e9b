"""Inquiries recorded and acted on through the REST API."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inquiries.acts import DEEDS
from inquiries.models import Citizen, ClearReading, Event, Inquiry
from inquiries.services.recording import CitizenGiven
from tests.conftest import Cast, Key
from tests.inquiries.conftest import Ask

LIST = "/api/v1/inquiries"


@pytest.fixture
def body(cast: Cast) -> dict[str, Any]:
    return {"place": cast.relief.pk, "kind": "help", "channel": "hotline", "question": "楼道灯坏了。"}


def record(client: Client, body: dict[str, Any], idempotency: str = "k-1") -> Any:
    return client.post(LIST, body, content_type="application/json", headers={"idempotency-key": idempotency})


def act(client: Client, inquiry: Inquiry, code: str, **given: Any) -> Any:
    given.setdefault("seen", inquiry.version)
    return client.post(f"{LIST}/{inquiry.pk}/acts/{code}", given, content_type="application/json")


@pytest.fixture
def li_min(cast: Cast, key: Key) -> Client:
    return key("inquiries:record", "inquiries:act", "inquiries:read", "personal:read", officer=cast.li_min)


def test_a_question_is_recorded_in_the_name_of_the_keys_officer(
    cast: Cast, li_min: Client, body: dict[str, Any]
) -> None:
    made = record(li_min, body | {"citizen": {"name": "张三", "phone": "13840005021"}})
    assert made.status_code == 201
    inquiry = Inquiry.objects.get(pk=made.json()["id"])
    assert inquiry.recorded_by == cast.li_min
    assert made["Location"] == f"{LIST}/{inquiry.pk}"
    assert made.json()["citizen"]["name"] == "张**"
    assert inquiry.next_chase_at is not None


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"citizen": {"name": "张三", "phone": "13840005021"}, "urgency": "urgent"},
        {"asked_at": "2026-05-19T11:22:33.456789+02:00", "channel": "web"},
        {"answer": {"outcome": "explained", "text": "已说明。", "told_how": "telephone"}},
        {"answer": {"outcome": "not_accepted", "text": "不属受理范围。", "told_how": "telephone"}},
        {"question": "  两头有空格。  ", "source_system": "市长信箱", "external_number": "7"},
    ],
    ids=str,
)
def test_what_recording_answers_is_what_is_read_afterwards(
    li_min: Client, body: dict[str, Any], more: dict[str, Any]
) -> None:
    made = record(li_min, body | more)
    assert made.status_code == 201, made.json()
    assert made.json() == li_min.get(made["Location"]).json()


def test_recording_asks_eleven_questions_of_which_five_open_the_key_and_its_scope(
    li_min: Client, body: dict[str, Any]
) -> None:
    assert record(li_min, body).status_code == 201
    with CaptureQueriesContext(connection) as seen:
        assert record(li_min, body, "k-2").status_code == 201
    # A test lives in a transaction of its own, inside which the scope reads and restores what was set before.
    asked = [q["sql"] for q in seen if not re.match("SAVEPOINT|RELEASE|select current_user", q["sql"])][:-1]
    assert len(asked) == 11, "\n".join(asked)


def test_the_same_key_and_body_give_the_same_inquiry(li_min: Client, body: dict[str, Any]) -> None:
    first, second = record(li_min, body), record(li_min, body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert Inquiry.objects.count() == 1


def test_what_is_refused_after_it_was_written_leaves_nothing(li_min: Client, body: dict[str, Any]) -> None:
    """The number of a source is refused by the database, when the citizen is written already."""
    citizen = {"citizen": {"name": "王五", "phone": "13840005022"}}
    taken = {"source_system": "市长信箱", "external_number": "7"}
    assert record(li_min, body | taken).status_code == 201
    assert record(li_min, body | taken | citizen, "k-2").status_code == 409
    assert (Inquiry.objects.count(), Citizen.objects.count()) == (1, 0)


def test_the_same_key_with_another_body_is_refused(li_min: Client, body: dict[str, Any]) -> None:
    record(li_min, body)
    refused = record(li_min, body | {"question": "电梯坏了。"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "same-key-other-body"
    assert [wrong["field"] for wrong in refused.json()["errors"]] == ["Idempotency-Key"]


def test_a_key_to_repeat_by_is_asked_for(li_min: Client, body: dict[str, Any]) -> None:
    refused = li_min.post(LIST, body, content_type="application/json")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_question_answered_at_once_is_answered(li_min: Client, body: dict[str, Any]) -> None:
    answer = {"outcome": "solved", "text": "已更换。", "told_how": "in_person"}
    made = record(li_min, body | {"answer": answer}).json()
    assert made["state"]["code"] == "answered"
    assert made["answers"][0]["at_once"] is True


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"question": ""}, "question"),
        ({"quesiton": "x"}, "quesiton"),
        ({"asked_at": "yesterday"}, "asked_at"),
        ({"question": 7}, "question"),
        ({"place": "7"}, "place"),
        ({"citizen": {"nmae": "x"}}, "citizen.nmae"),
        ({"answer": {"outcome": "solved"}}, "answer.text"),
    ],
)
def test_a_body_that_does_not_fit_names_the_field_and_records_nothing(
    li_min: Client, body: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    refused = record(li_min, body | change)
    assert refused.status_code == 422, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert Inquiry.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [({"place": 2**40}, "place"), ({"topic": 1}, "topic"), ({"citizen": {"phone": "abc"}}, "citizen.phone")],
)
def test_what_does_not_fit_names_the_field_and_records_nothing(
    li_min: Client, body: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    refused = record(li_min, body | change)
    assert refused.status_code == 409, refused.content
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert Inquiry.objects.count() == 0


def test_nobody_records_at_a_place_that_is_not_hers(cast: Cast, li_min: Client, body: dict[str, Any]) -> None:
    assert record(li_min, body | {"place": cast.culture.pk}).status_code == 409


def test_a_question_from_the_future_is_refused_with_its_field(li_min: Client, body: dict[str, Any]) -> None:
    refused = record(li_min, body | {"asked_at": (timezone.now() + timedelta(days=1)).isoformat()})
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["field"] == "asked_at"


def test_a_key_that_only_reads_records_nothing(cast: Cast, key: Key, body: dict[str, Any]) -> None:
    refused = record(key("inquiries:read", officer=cast.li_min), body)
    assert refused.status_code == 403
    assert "inquiries:record" in refused.json()["errors"][0]["remedy"]


@pytest.mark.parametrize("code", [deed.code for deed in DEEDS])
def test_every_act_of_the_table_has_an_address_that_asks_for_its_version(
    ask: Ask, li_min: Client, code: str
) -> None:
    refused = li_min.post(f"{LIST}/{ask().pk}/acts/{code}", {}, content_type="application/json")
    assert refused.status_code == 422
    assert "seen" in [error["field"] for error in refused.json()["errors"]]


@pytest.mark.parametrize("code", [deed.code for deed in DEEDS])
def test_no_act_is_there_for_who_does_not_see_the_inquiry(cast: Cast, ask: Ask, key: Key, code: str) -> None:
    inquiry = ask()
    stranger = key("inquiries:act", officer=cast.tang_rui)
    assert act(stranger, inquiry, code).status_code in (404, 422)
    assert Inquiry.objects.get(pk=inquiry.pk).version == inquiry.version


def test_the_life_of_an_inquiry_runs_through_the_acts(cast: Cast, ask: Ask, li_min: Client, key: Key) -> None:
    inquiry = ask()
    done = act(li_min, inquiry, "sign").json()
    assert done["inquiry"]["state"]["code"] == "in_hand"
    inquiry.refresh_from_db()
    assert act(li_min, inquiry, "contact", what="contacted", text="已电话联系。").status_code == 200
    inquiry.refresh_from_db()
    answered = act(
        li_min, inquiry, "answer", outcome="explained", text="请带身份证办理。", told_how="telephone"
    )
    assert answered.json()["inquiry"]["answers"][0]["text"] == "请带身份证办理。"
    inquiry.refresh_from_db()
    wu_fang = key("inquiries:act", officer=cast.wu_fang)
    rated = act(wu_fang, inquiry, "rate", reached=True, satisfaction="dissatisfied", words="没人联系我")
    assert rated.json()["inquiry"]["round"] == 2
    assert list(Event.objects.filter(inquiry=inquiry, by=cast.li_min).values_list("code", flat=True))


def test_an_act_at_an_old_version_is_refused(ask: Ask, li_min: Client) -> None:
    inquiry = ask()
    act(li_min, inquiry, "sign")
    refused = act(li_min, inquiry, "contact", what="note", text="…")
    assert refused.status_code == 409
    assert refused.json()["code"] == "changed-meanwhile"
    assert "version" in refused.json()["errors"][0]["remedy"]


def test_an_act_the_post_does_not_allow_is_forbidden(ask: Ask, li_min: Client) -> None:
    refused = act(li_min, ask(), "reopen", reason="…")
    assert refused.status_code == 403
    assert refused.json()["code"] == "not-yours"
    assert "officer whose post" in refused.json()["errors"][0]["remedy"]


def test_what_an_act_does_not_take_is_refused(ask: Ask, li_min: Client) -> None:
    refused = act(li_min, ask(), "sign", comment="…")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "comment"


def test_personal_data_is_read_with_a_reason_that_stays_on_record(
    cast: Cast, ask: Ask, li_min: Client
) -> None:
    inquiry = ask(citizen=CitizenGiven(name="张三", phone="13840005021"))
    path = f"{LIST}/{inquiry.pk}/personal-data"
    assert li_min.post(path, {}, content_type="application/json").status_code == 422
    assert ClearReading.objects.count() == 0
    shown = li_min.post(path, {"reason": "回电"}, content_type="application/json")
    assert shown.json() == {"name": "张三", "phone": "+8613840005021"}
    assert ClearReading.objects.get().officer == cast.li_min


def test_personal_data_needs_its_own_scope(cast: Cast, ask: Ask, key: Key) -> None:
    inquiry = ask(citizen=CitizenGiven(name="张三", phone="13840005021"))
    client = key("inquiries:read", "inquiries:act", officer=cast.li_min)
    path = f"{LIST}/{inquiry.pk}/personal-data"
    assert client.post(path, {"reason": "回电"}, content_type="application/json").status_code == 403


def test_a_session_acts_too_and_needs_its_csrf_token(cast: Cast, ask: Ask) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.li_min, backend="django.contrib.auth.backends.ModelBackend")
    inquiry = ask()
    assert act(client, inquiry, "sign").status_code == 403
    trusting = Client()
    trusting.force_login(cast.li_min, backend="django.contrib.auth.backends.ModelBackend")
    assert act(trusting, inquiry, "sign").status_code == 200


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        ("{", "application/json", 400),
        ("a=1", "application/x-www-form-urlencoded", 415),
        ("[]", "application/json", 422),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(li_min: Client, sent: str, kind: str, status: int) -> None:
    refused = li_min.post(LIST, sent, content_type=kind, headers={"idempotency-key": "k"})
    assert refused.status_code == status
    assert refused["Content-Type"] == "application/problem+json"
