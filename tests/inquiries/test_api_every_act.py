"""Whatever the REST API can do is done once by a key with the scope for it, and refused to a key without it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from bureaus.access import scope_of
from bureaus.api.document import document
from bureaus.models import ApiScope, DistrictSettings
from bureaus.workdays import local_date
from inquiries.figures import Period
from inquiries.models import Delivery, Duty, Event, Inquiry
from inquiries.services.attaching import attach_file
from inquiries.services.bulletins import freeze_bulletin
from inquiries.services.webhooks import subscribe
from tests.conftest import Cast, Key
from tests.house.test_api_scopes import OPERATIONS, needed
from tests.inquiries.stage import (
    ANSWERED,
    APPLIED,
    ASKED_BACK,
    ASSIGNED,
    AWAITING,
    CONTESTED,
    DAY,
    EXTENDED,
    IN_HAND,
    PIXEL,
    RECEIVED,
    RIDING,
    SEALED,
    Stage,
    set_the_stage,
)

pytestmark = pytest.mark.django_db

API = "/api/v1/"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
Body = Callable[[Stage, Inquiry], dict[str, Any]]


@dataclass(frozen=True)
class Call:
    """Who does it to the inquiry in which situation, with which body, how long after the stage was set.

    `parts` names what stands in the address; `files` sends the body as a form.
    """

    role: str
    situation: str
    body: Body = lambda stage, inquiry: {}
    ago: timedelta = timedelta()
    status: int = 200
    parts: Body = lambda stage, inquiry: {}
    files: bool = False
    query: str = ""


def _given(**body: Any) -> Body:
    return lambda stage, inquiry: body


def _to(place: str, **body: Any) -> Body:
    return lambda stage, inquiry: {"to": getattr(stage.cast, place).pk, **body}


def _on(name: str, days: int, **body: Any) -> Body:
    return lambda stage, inquiry: {name: str(local_date(timezone.now() + days * DAY)), **body}


def _duty(kind: str) -> Callable[[Inquiry], int]:
    return lambda inquiry: Duty.objects.open().filter(inquiry=inquiry, kind=kind).earliest("pk").pk


WORDS = _given(text="已说明。")
REASON = _given(reason="不归我们管")
YES = _given(yes="yes", reason="据三定方案")
ENDED = _given(text="逾期未补正。", told_how="letter")

ACTS: dict[str, Call] = {
    "answer": Call(
        "handler", IN_HAND, _given(outcome="explained", text="请带身份证。", told_how="telephone")
    ),
    "sign": Call("handler", ASSIGNED),
    "dispatch": Call("clerk", RECEIVED, _to("culture")),
    "designate": Call("clerk", RECEIVED, _to("culture", reason="据三定方案")),
    "decide-draft": Call("clerk", CONTESTED, YES),
    "decide-extension": Call("bureau_head", CONTESTED, YES),
    "decide-dispute": Call("clerk", CONTESTED, YES),
    "decide-hand-over": Call("other_head", CONTESTED, YES),
    "coordinate": Call(
        "clerk", CONTESTED, lambda s, i: {"decision": "民政局主办", "assisting": [s.cast.streets.pk]}
    ),
    "citizen-reply": Call("handler", AWAITING, WORDS),
    "correction-received": Call("handler", ASKED_BACK, WORDS),
    "consultation-over": Call(
        "handler",
        ASKED_BACK,
        lambda s, i: {"duty": _duty("consult")(i), "answered": "replied", "reply": "同意"},
    ),
    "fee-paid": Call("handler", ASKED_BACK, _on("paid_on", 0)),
    "fee": Call("handler", APPLIED, _given(counted="by_page", n=31, text="请到窗口缴费")),
    "end-unpaid": Call("handler", ASKED_BACK, ENDED, ago=40 * DAY),
    "ask-correction": Call("handler", APPLIED, _on("until_on", 14, text="请写明年度")),
    "consult": Call("handler", APPLIED, _given(whom="agency", request="是否同意公开")),
    "end-uncorrected": Call("handler", ASKED_BACK, ENDED, ago=20 * DAY),
    "reassign": Call("handler", IN_HAND, _to("civil")),
    "extend": Call("handler", IN_HAND, _given(days=2, reason="要现场勘察")),
    "source-due": Call(
        "section_head",
        ASSIGNED,
        lambda s, i: {"due_at": (timezone.now() + DAY).isoformat(), "reason": "12345要求提前"},
    ),
    "ask-citizen": Call("handler", IN_HAND, WORDS),
    "contact": Call("handler", IN_HAND, _given(what="emergency", number="119", text="已转119")),
    "asked-again": Call("handler", IN_HAND, WORDS),
    "return": Call("handler", IN_HAND, REASON),
    "dispute": Call("handler", IN_HAND, REASON),
    "offer": Call("section_head", IN_HAND, _to("culture", reason="归口")),
    "assist": Call(
        "handler", IN_HAND, lambda s, i: _on("until_on", 2, to=s.cast.streets.pk, request="请提供名单")(s, i)
    ),
    "send-copy": Call(
        "director", SEALED, lambda s, i: _on("until_on", 2, to=s.cast.civil.pk, text="请核查低保发放。")(s, i)
    ),
    "ask-coordination": Call("section_head", IN_HAND, _given(reason="两局职责交叉")),
    "withdraw": Call("handler", IN_HAND, _given(text="本人撤回。", told_how="telephone")),
    "unmerge": Call("section_head", RIDING, _given(reason="另一件事")),
    "reclassify": Call("section_head", IN_HAND, _given(kind="consultation", urgency="urgent", reason="急")),
    "split": Call("handler", IN_HAND, _given(questions="另外，路灯坏了。\n还有，暖气不热。")),
    "merge": Call("section_head", IN_HAND, lambda s, i: {"reference": s.lead.reference}),
    "chase-by-hand": Call("section_head", IN_HAND, _given(whom="李敏", promised="明天")),
    "challenge": Call("handler", APPLIED, _given(kind="review", body="区政府")),
    "close-challenge": Call(
        "handler", ASKED_BACK, lambda s, i: {"challenge": i.challenges.get().pk, "result": "upheld"}
    ),
    "rate": Call(
        "clerk",
        ANSWERED,
        _given(reached=True, satisfaction="satisfied", solved="yes", contacted_in_time="yes"),
    ),
    "open-callback": Call("clerk", ANSWERED),
    "reopen": Call("clerk", ANSWERED, REASON),
    "file": Call("clerk", ANSWERED, ago=20 * DAY),
    "erase": Call("director", ANSWERED, _given(ground="withdrawn")),
}


def _form() -> SimpleUploadedFile:
    book, made = Workbook(), io.BytesIO()
    book.active.cell(1, 1, "{{recorded.cohort}}")  # type: ignore[union-attr]
    book.save(made)
    return SimpleUploadedFile("通报.xlsx", made.getvalue())


def _bulletin(stage: Stage, _inquiry: Inquiry) -> dict[str, Any]:
    before = local_date(timezone.now()).replace(day=1) - DAY
    period = Period(before.replace(day=1), before)
    by = stage.cast.zhou_ning
    return {"id": freeze_bulletin(district=stage.cast.district, period=period, by=by, now=timezone.now()).pk}


def _attached(stage: Stage, inquiry: Inquiry) -> dict[str, Any]:
    by = stage.cast.li_min
    kept = attach_file(inquiry.pk, name="照片.png", content=PIXEL, by=by, now=timezone.now())
    return {"id": inquiry.pk, "number": kept.pk}


def _signed(stage: Stage, inquiry: Inquiry) -> dict[str, Any]:
    return {
        "seen": inquiry.version,
        "duty": _duty("extension")(inquiry),
        "post": stage.cast.post(stage.cast.sun_wei).pk,
        "signed_on": str(local_date(timezone.now())),
        "file": SimpleUploadedFile("批示.pdf", PDF),
    }


JUNE = "from=2026-06-01&to=2026-06-30"
HOOK: dict[str, Any] = {"name": "大屏", "url": "http://127.0.0.1:9/bida", "events": ["recorded"]}
IN_CLEAR = _given(reason="回电")


def _hooked(stage: Stage, _inquiry: Inquiry) -> dict[str, Any]:
    district, now = stage.cast.district.pk, timezone.now()
    seen = scope_of(stage.cast.zhou_ning, now=now)
    made = subscribe(**HOOK, district_id=district, bureau=None, seen=seen, by=None, now=now)
    return {"id": made.pk}


OTHERS: dict[str, Call] = {
    "post inquiries": Call(
        "handler",
        IN_HAND,
        lambda s, i: {
            "place": s.cast.relief.pk,
            "kind": "help",
            "channel": "hotline",
            "question": "灯坏了。",
        },
        status=201,
    ),
    "post inquiries/{id}/personal-data": Call("handler", IN_HAND, IN_CLEAR),
    "post inquiries/{id}/attachments": Call(
        "handler",
        IN_HAND,
        lambda s, i: {"file": SimpleUploadedFile("照片.png", PIXEL)},
        status=201,
        files=True,
    ),
    "post inquiries/{id}/attachments/{number}/content": Call("handler", IN_HAND, IN_CLEAR, parts=_attached),
    "post inquiries/{id}/papers/{paper}/issued": Call(
        "handler", ANSWERED, status=201, parts=lambda s, i: {"id": i.pk, "paper": "answer"}
    ),
    "post inquiries/{id}/papers/{paper}/in-clear": Call(
        "handler", IN_HAND, IN_CLEAR, parts=lambda s, i: {"id": i.pk, "paper": "register"}
    ),
    "post inquiries/{id}/signed-papers": Call("handler", CONTESTED, _signed, status=201, files=True),
    "post inquiries/{id}/letters": Call(
        "handler",
        IN_HAND,
        lambda s, i: _on("posted_on", 0, seen=i.version, what="recorded", number="XA123")(s, i),
        status=201,
    ),
    "post duties/{id}/done": Call(
        "handler", CONTESTED, _given(reply="明天就办"), parts=lambda s, i: {"id": _duty("acknowledge")(i)}
    ),
    "post duties/{id}/call": Call(
        "handler", EXTENDED, _given(result="told"), parts=lambda s, i: {"id": _duty("tell")(i)}
    ),
    "post bulletins": Call(
        "director", ANSWERED, _given(**{"from": "2025-01-01", "to": "2025-01-31"}), status=201
    ),
    "post bulletins/{id}/filled": Call(
        "director", ANSWERED, lambda s, i: {"form": _form()}, parts=_bulletin, files=True
    ),
    "post statistics/weights": Call(
        "director", ANSWERED, _given(weights={"settled": 20, "in_time": 30}, ranked_from=5), status=201
    ),
    **{
        f"post statistics/{figure}/countings": Call("director", ANSWERED, status=202, query=JUNE)
        for figure in ("held", "rising-words", "recording-lag", "rule-edits")
    },
    "post statistics/signals/{signal}/countings": Call(
        "director", ANSWERED, status=202, query=JUNE, parts=_given(signal="last_hour")
    ),
    "post statistics/{figure}/countings": Call(
        "director", ANSWERED, status=202, query=JUNE, parts=_given(figure="recorded")
    ),
    "post webhooks": Call("director", ANSWERED, _given(**HOOK), status=201),
    "delete webhooks/{id}": Call("director", ANSWERED, status=204, parts=_hooked),
    "post webhooks/{id}/deliveries/{delivery}/replay": Call("director", ANSWERED, parts=_hooked),
}
CALLS = {f"post inquiries/{{id}}/acts/{code}": call for code, call in ACTS.items()} | OTHERS


def test_every_act_of_the_document_is_tried() -> None:
    writes = {f"{method} {path.removeprefix(API)}" for method, path in OPERATIONS if method != "get"}
    assert writes == CALLS.keys()
    assert document()["paths"].keys() >= {f"{API}{name.split(' ')[1]}" for name in CALLS}


def _send(client: Client, method: str, path: str, call: Call, body: dict[str, Any]) -> Any:
    for sent in body.values():
        if isinstance(sent, SimpleUploadedFile):
            sent.seek(0)
    if method == "delete":
        return client.delete(path)
    if call.files:
        return client.post(path, body)
    headers = {"idempotency-key": "k-1"}
    return client.post(path, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("name", CALLS)
def test_it_is_refused_without_its_scope_and_done_with_it(
    name: str, cast: Cast, key: Key, settings: LazySettings, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    DistrictSettings.objects.filter(district=cast.district).update(inside_ranges=["127.0.0.0/8"])
    call = CALLS[name]
    stage = set_the_stage(cast, timezone.now() - call.ago)
    inquiry = stage.at[call.situation]
    parts = {"id": inquiry.pk, **call.parts(stage, inquiry)}
    if "{delivery}" in name:
        set_the_stage(cast, timezone.now())
        parts["delivery"] = Delivery.objects.filter(subscription=parts["id"]).latest("pk").pk
    inquiry.refresh_from_db()
    method, _blank, template = name.partition(" ")
    path = f"{API}{template.format_map(parts)}{f'?{call.query}' if call.query else ''}"
    body = call.body(stage, inquiry)
    if "/acts/" in name:
        body = {"seen": inquiry.version, **body}
    scope = needed(method, f"{API}{template}")
    officer = stage.officer(call.role)
    events = Event.objects.count()

    without = key(*(other for other in ApiScope.values if other != scope), officer=officer)
    refused = _send(without, method, path, call, body)
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert refused.json()["code"] == "scope-missing"
    assert scope in refused.json()["errors"][0]["remedy"]
    assert Event.objects.count() == events

    done = _send(key(scope, officer=officer), method, path, call, body)
    assert done.status_code == call.status, getattr(done, "content", b"").decode(errors="replace")
    if "/acts/" in name:
        assert done.json()["done"] == name.rsplit("/", 1)[1]
        assert Event.objects.filter(inquiry=inquiry).count() > inquiry.event_count


def test_the_papers_of_an_inquiry_are_listed_and_read_with_the_citizen_masked(cast: Cast, key: Key) -> None:
    stage = set_the_stage(cast, timezone.now())
    inquiry = stage.at[ANSWERED]
    client = key("inquiries:read", "inquiries:act", officer=cast.li_min)
    base = f"{API}inquiries/{inquiry.pk}/papers"
    listed = {each["code"]: each for each in client.get(base).json()["items"]}
    assert listed.keys() >= {"register", "answer", "handling"}
    assert (listed["answer"]["numbered"], listed["answer"]["number"]) == (True, None)
    first, again = (
        client.post(f"{base}/answer/issued", {}, content_type="application/json") for _time in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"] == f"民政局答〔{timezone.localdate().year}〕1号"
    read = client.get(f"{base}/register")
    assert read.status_code == 200
    assert read.content[:2] == b"PK"
    assert client.get(f"{base}/urge").status_code == 404
    assert key("inquiries:read", officer=cast.tang_rui).get(base).status_code == 404


def test_a_scan_of_what_nobody_waits_for_names_the_field(cast: Cast, key: Key) -> None:
    stage = set_the_stage(cast, timezone.now())
    inquiry = stage.at[CONTESTED]
    client = key("inquiries:act", officer=cast.li_min)
    for field, wrong in (("duty", 2**40), ("post", 2**40)):
        body = {**_signed(stage, inquiry), field: wrong}
        refused = client.post(f"{API}inquiries/{inquiry.pk}/signed-papers", body)
        assert refused.status_code == 409, refused.content
        assert [error["field"] for error in refused.json()["errors"]] == [field]
