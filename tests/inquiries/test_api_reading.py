"""Inquiries as a client of the REST API reads them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework import serializers

from bureaus.api.document import document
from bureaus.models import ApiScope
from bureaus.serializers import PlaceRef
from inquiries.figures.lists import SHOWN, answers_first
from inquiries.models import Inquiry
from inquiries.serializers.reading import AnswerOut, CitizenOut, SyncOut, TopicRef, WholeInquiryOut
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.closing import reopen_inquiry
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import Ask

LIST = "/api/v1/inquiries"


def items(client: Client, path: str = LIST) -> list[dict[str, Any]]:
    response = client.get(path)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["items"]
    return found


def ids(client: Client, path: str = LIST) -> list[int]:
    return [each["id"] for each in items(client, path)]


def everything(client: Client, path: str) -> list[int]:
    """Page after page."""
    found, cursor = [], ""
    while True:
        page = client.get(path + (f"&cursor={cursor}" if cursor else "")).json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            return found
        cursor = page["next"]


def test_a_key_of_a_bureau_sees_that_bureau_alone(cast: Cast, ask: Ask, key: Key) -> None:
    mine = ask()
    ask(by=cast.tang_rui)
    assert ids(key("inquiries:read", bureau=cast.civil)) == [mine.pk]
    assert len(ids(key("inquiries:read"))) == 2


plainly = serializers.Serializer.to_representation


def test_a_row_is_given_as_its_declared_fields_give_it(lived: datetime, ask: Ask, clock: As) -> None:
    ask(citizen=CitizenGiven(name="张三", phone="13840005021"))
    with clock():
        rows = list(Inquiry.objects.all())
        assert (
            {row.topic is None for row in rows} == {row.answered_at is None for row in rows} == {True, False}
        )
        for row in rows:
            whole = WholeInquiryOut(row)
            assert whole.data == plainly(whole, row)
            for answer in row.answers.all():
                told = AnswerOut(answer)
                assert told.data == plainly(told, answer)
            for part, of in ((PlaceRef, row.holder), (CitizenOut, row.citizen), (TopicRef, row.topic)):
                if of is not None:
                    assert part(of).data == plainly(part(of), of)


def test_a_key_of_an_officer_sees_what_she_sees(cast: Cast, ask: Ask, key: Key) -> None:
    mine = ask()
    ask(by=cast.tang_rui)
    assert ids(key("inquiries:read", officer=cast.li_min)) == [mine.pk]


def test_a_sealed_matter_is_not_there_for_a_key_that_acts_for_nobody(cast: Cast, ask: Ask, key: Key) -> None:
    sealed = ask(kind="tip_off", question="社区主任虚报工程款。")
    stranger = key("inquiries:read")
    assert ids(stranger) == []
    assert stranger.get(f"{LIST}/{sealed.pk}").status_code == 404
    assert ids(key("inquiries:read", officer=cast.zhou_ning)) == [sealed.pk]


def test_another_district_is_a_stranger(cast: Cast, ask: Ask, key: Key) -> None:
    inquiry = ask()
    client = key("inquiries:read", officer=cast.xu_kai)
    assert ids(client) == []
    assert client.get(f"{LIST}/{inquiry.pk}").status_code == 404


def test_the_citizen_is_masked(ask: Ask, key: Key) -> None:
    ask(citizen=CitizenGiven(name="张三", phone="13840005021"))
    [shown] = items(key("inquiries:read"))
    assert shown["citizen"]["name"] == "张**"
    assert "张三" not in json.dumps(shown, ensure_ascii=False)
    assert "13840005021" not in json.dumps(shown)


@pytest.mark.parametrize(
    "sort", ["recorded_at", "-recorded_at", "asked_at", "-asked_at", "due_at", "-due_at"]
)
def test_pages_hold_every_inquiry_once_though_many_share_an_instant(ask: Ask, key: Key, sort: str) -> None:
    wanted = {ask().pk for _ in range(7)}
    found = everything(key("inquiries:read"), f"{LIST}?limit=2&sort={sort}")
    assert len(found) == 7
    assert set(found) == wanted


def test_what_is_recorded_meanwhile_moves_no_page(ask: Ask, key: Key, now: Any) -> None:
    client = key("inquiries:read")
    first = [ask().pk for _ in range(3)]
    page = client.get(f"{LIST}?limit=2").json()
    ask(now=now + timedelta(minutes=1))
    rest = client.get(f"{LIST}?limit=2&cursor={page['next']}").json()
    assert [each["id"] for each in page["items"] + rest["items"]] == first[::-1]


def test_a_cursor_serves_its_own_list_and_reader_alone(cast: Cast, ask: Ask, key: Key) -> None:
    for _ in range(3):
        ask()
    client = key("inquiries:read")
    cursor = client.get(f"{LIST}?limit=1").json()["next"]
    assert client.get(f"{LIST}?limit=1&cursor={cursor}").status_code == 200
    for other, path in (
        (client, f"{LIST}?limit=1&kind=help&cursor={cursor}"),
        (client, f"{LIST}?limit=1&sort=due_at&cursor={cursor}"),
        (key("inquiries:read"), f"{LIST}?limit=1&cursor={cursor}"),
        (client, f"{LIST}?cursor={cursor}x"),
    ):
        refused = other.get(path)
        assert refused.status_code == 400
        assert refused.json()["code"] == "bad-cursor"
        assert "without a cursor" in refused.json()["errors"][0]["remedy"]


def test_filters_narrow_the_list(cast: Cast, ask: Ask, key: Key, now: Any) -> None:
    ask()
    help_ = ask(kind="help", channel="hotline", urgency="urgent")
    old = ask(asked_at=now - timedelta(days=40))
    client = key("inquiries:read")
    assert ids(client, f"{LIST}?kind=help&kind=praise") == [help_.pk]
    assert ids(client, f"{LIST}?channel=hotline&urgency=urgent") == [help_.pk]
    assert ids(client, f"{LIST}?asked_before=2026-05-01T00:00:00%2B08:00") == [old.pk]
    assert ids(client, f"{LIST}?reference={old.reference}") == [old.pk]
    assert len(ids(client, f"{LIST}?bureau={cast.civil.pk}")) == 3
    assert ids(client, f"{LIST}?bureau={cast.culture.pk}") == []
    assert ids(client, f"{LIST}?answered=true") == []


@pytest.mark.parametrize(
    "asked",
    [
        "sate=answered",
        "state=done",
        "limit=0",
        "limit=201",
        "asked_from=yesterday",
        "q=低",
        "q=。。",
        "sort=id",
    ],
)
def test_what_cannot_be_asked_is_refused(cast: Cast, key: Key, asked: str) -> None:
    assert key("inquiries:read").get(f"{LIST}?{asked}").status_code == 400


def test_a_list_asks_as_many_questions_for_many_rows_as_for_few(ask: Ask, key: Key) -> None:
    client = key("inquiries:read")

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(LIST).status_code == 200
        # Once a minute the key's last use is written down, whichever request that is.
        return sum('UPDATE "bureaus_apikey"' not in query["sql"] for query in seen)

    ask(citizen=CitizenGiven(name="张三", phone="13840005021"))
    statements()
    few = statements()
    for _ in range(12):
        ask(citizen=CitizenGiven(name="李四", phone="13840005022"))
    assert statements() == few
    # One for the list; the rest open the key and the scope.
    assert few <= 13


def test_one_inquiry_has_its_answers_and_its_chase(
    cast: Cast, ask: Ask, key: Key, web_as: As, now: Any
) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        answer_inquiry(
            inquiry.pk, AnswerGiven("explained", "请带身份证办理。", "telephone"), by=cast.li_min, now=now
        )
    shown = key("inquiries:read").get(f"{LIST}/{inquiry.pk}").json()
    assert shown["answers"][0]["outcome"]["code"] == "explained"
    assert shown["state"]["code"] == "answered"
    assert shown["chase"]["next_at"] is None


def test_the_time_line_goes_on_where_it_ended(ask: Ask, key: Key) -> None:
    inquiry = ask()
    client = key("inquiries:read")
    whole = client.get(f"{LIST}/{inquiry.pk}/events").json()
    assert whole["items"][0]["event"] == {
        "code": "recorded",
        "label": {"zh": "登记", "en": "recorded"},
    }
    assert whole["items"][0]["by"] == "李敏"
    rest = client.get(f"{LIST}/{inquiry.pk}/events?after=1").json()
    assert rest["items"] == whole["items"][1:]


def test_an_export_writes_every_visible_inquiry_on_a_line(cast: Cast, ask: Ask, key: Key) -> None:
    wanted = [ask().pk for _ in range(3)]
    ask(kind="tip_off", question="社区主任虚报工程款。")
    response = key("inquiries:read").get(f"{LIST}/export?kind=consultation&kind=tip_off")
    assert response["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]  # type: ignore[attr-defined]
    assert [line["id"] for line in lines] == wanted


def test_an_export_and_a_copy_have_the_answers(
    cast: Cast, ask: Ask, key: Key, web_as: As, now: datetime
) -> None:
    answered, waiting = ask(), ask()
    for at, text in ((now, "先去社区。"), (now + timedelta(days=1), "请带身份证办理。")):
        with web_as(cast.li_min, at):
            answer_inquiry(answered.pk, AnswerGiven("explained", text, "telephone"), by=cast.li_min, now=at)
        if text == "先去社区。":
            with web_as(cast.wu_fang, at):
                reopen_inquiry(answered.pk, reason="没有解决", by=cast.wu_fang, now=at)
    client = key("inquiries:read")
    whole = {pk: client.get(f"{LIST}/{pk}").json() for pk in (answered.pk, waiting.pk)}
    response = client.get(f"{LIST}/export")
    lines = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]  # type: ignore[attr-defined]
    assert [answer["text"] for answer in lines[0]["answers"]] == ["请带身份证办理。", "先去社区。"]
    assert lines == [{name: whole[line["id"]][name] for name in line} for line in lines]
    # What this very transaction wrote is no change yet: the rows are read as a copy is given them.
    rows = Inquiry.objects.select_related(*SHOWN).prefetch_related(answers_first()).order_by("pk")
    copied = SyncOut({"items": rows, "gone": [], "next": "", "more": False}).data["items"]
    assert [each["answers"] for each in copied] == [line["answers"] for line in lines]


def test_the_answers_of_an_export_take_one_statement_a_thousand_rows(
    cast: Cast, ask: Ask, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = key("inquiries:read")
    for _ in range(3):
        ask(answer=AnswerGiven("explained", "请带身份证办理。", "telephone"))
    with CaptureQueriesContext(connection) as asked:
        response = client.get(f"{LIST}/export")
        assert len(b"".join(response.streaming_content).splitlines()) == 3  # type: ignore[attr-defined]
    assert len([each for each in asked if 'FROM "inquiries_answer"' in each["sql"]]) == 1


def test_whatever_header_an_answer_has_is_in_the_document(cast: Cast, ask: Ask, key: Key) -> None:
    inquiry = ask()
    ask()
    client = key(*ApiScope.values, officer=cast.li_min)
    told = document()
    named = set(told["components"]["headers"])
    period = "from=2026-05-01&to=2026-05-31"
    seen = set()
    for path, template in (
        (f"{LIST}?limit=1", LIST),
        (f"{LIST}/{inquiry.pk}/events?limit=1", f"{LIST}/{{id}}/events"),
        (f"{LIST}/export", f"{LIST}/export"),
        (f"{LIST}/changes", f"{LIST}/changes"),
        ("/api/v1/statistics", "/api/v1/statistics"),
        (f"/api/v1/statistics/recorded?{period}", "/api/v1/statistics/{figure}"),
        (f"/api/v1/statistics/recorded?{period}&format=csv", "/api/v1/statistics/{figure}"),
        (f"/api/v1/statistics/recorded/inquiries?{period}&limit=1", "/api/v1/statistics/{figure}/inquiries"),
    ):
        response = client.get(path)
        assert response.status_code == 200, (path, response.content)
        headers = {name for name in named if response.has_header(name)}
        assert headers <= set(told["paths"][template]["get"]["responses"]["200"]["headers"]), path
        assert {"RateLimit", "RateLimit-Policy"} <= headers
        seen |= headers
        if "Link" in headers:
            following = response["Link"].removeprefix("<").removesuffix('>; rel="next"')
            assert client.get(following).status_code == 200, following
        if "ETag" in headers:
            same = client.get(path, headers={"if-none-match": response["ETag"]})
            assert same.status_code == 304
            assert "ETag" in told["paths"][template]["get"]["responses"]["304"]["headers"]
    assert seen == named - {"Location", "Retry-After"}
    recorded = told["paths"][LIST]["post"]["responses"]
    assert {status for status, answer in recorded.items() if "Location" in answer["headers"]} == {
        "200",
        "201",
    }
    assert "Retry-After" in recorded["429"]["headers"]


def test_an_export_with_a_wrong_filter_is_refused_before_its_first_line(cast: Cast, key: Key) -> None:
    assert key("inquiries:read").get(f"{LIST}/export?kind=none").status_code == 400
    assert key("inquiries:read").get(f"{LIST}/export?q=低").status_code == 400


def test_a_key_that_may_not_read_inquiries_is_told_so(cast: Cast, key: Key) -> None:
    assert key("directory:read").get(LIST).status_code == 403


def test_topics_and_answer_rules_are_in_the_directory(cast: Cast, key: Key) -> None:
    client = key("directory:read")
    assert items(client, "/api/v1/topics") == []
    rules = {(r["kind"]["code"], r["urgency"]["code"]): r for r in items(client, "/api/v1/answer-rules")}
    assert rules["consultation", "ordinary"]["amount"] == 5


def test_overdue_is_a_reading(ask: Ask, key: Key) -> None:
    late = ask(asked_at=timezone.now() - timedelta(days=400), now=timezone.now() - timedelta(days=399))
    fresh = ask(now=timezone.now())
    client = key("inquiries:read")
    assert ids(client, f"{LIST}?overdue=true") == [late.pk]
    assert ids(client, f"{LIST}?overdue=false") == [fresh.pk]
    assert Inquiry.objects.count() == 2
