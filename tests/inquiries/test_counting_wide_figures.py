"""Figures that take too long to wait for are counted by the worker and fetched."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from inquiries.figures import topics
from inquiries.figures.reading import patience, waited_for
from inquiries.models import Counting
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.counting import count_next
from inquiries.services.rules import issue_rules, shipped_rules
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import Ask

MAY = "from=2026-05-01&to=2026-05-31"
# A source is kept in no total beside a kind: this crosses families.
WIDE = f"{MAY}&group_by=source&group_by=kind"
STATISTICS = "/api/v1/statistics"


@pytest.fixture
def client(key: Key) -> Client:
    return key("statistics:read")


def count(now: datetime) -> bool:
    with scope(role=WORKER, district=ALL_DISTRICTS):
        return count_next(now=now)


def ask_for(client: Client, figure: str = "recorded") -> str:
    made = client.post(f"{STATISTICS}/{figure}/countings?{WIDE}")
    assert made.status_code == 202, made.content
    assert made["Location"] == f"{STATISTICS}/countings/{made.json()['id']}"
    return str(made["Location"])


def test_a_counted_figure_is_the_figure_itself_in_every_format(
    cast: Cast, client: Client, ask: Ask, now: datetime
) -> None:
    for kind in ("help", "consultation", "help"):
        ask(kind=kind)
    at = ask_for(client)
    waiting = client.get(at)
    assert (waiting.status_code, waiting.json()["counted"]) == (202, False)
    assert count(now)
    assert not count(now)
    assert client.get(at).json() == client.get(f"{STATISTICS}/recorded?{WIDE}").json()
    for form in ("csv", "json-stat", "xlsx"):
        done = client.get(f"{at}?format={form}")
        assert done.content == client.get(f"{STATISTICS}/recorded?{WIDE}&format={form}").content


def test_a_bureau_is_counted_its_own(cast: Cast, key: Key, ask: Ask, now: datetime) -> None:
    ask()
    ask(by=cast.tang_rui)
    bureau = key("statistics:read", bureau=cast.civil)
    at = ask_for(bureau)
    count(now)
    assert bureau.get(at).json()["total"]["n"] == 1


def test_who_wants_a_table_is_told_to_wait_in_json(client: Client, cast: Cast, now: datetime) -> None:
    asked = client.post(f"{STATISTICS}/recorded/countings?{WIDE}&format=csv")
    for waiting in (asked, client.get(f"{asked['Location']}?format=xlsx")):
        assert waiting.status_code == 202
        assert waiting["Content-Type"] == "application/json"
        assert waiting.json()["counted"] is False
    count(now)
    assert client.get(f"{asked['Location']}?format=csv").content.startswith(b"source,")


def test_nobody_fetches_what_another_asked(cast: Cast, client: Client, key: Key) -> None:
    at = ask_for(client)
    for other in (key("statistics:read"), key("statistics:read", bureau=cast.civil)):
        assert other.get(at).status_code == 404


def test_what_cannot_be_asked_is_refused_at_once(client: Client, cast: Cast) -> None:
    refused = client.post(f"{STATISTICS}/recorded/countings?{WIDE}&basis=now")
    assert refused.json()["errors"][0]["field"] == "basis"
    assert client.post(f"{STATISTICS}/colour/countings?{WIDE}").status_code == 404
    assert client.post(f"{STATISTICS}/recorded/countings").status_code == 400
    assert not Counting.objects.exists()


def test_an_eleventh_question_waits_until_one_is_counted(client: Client, cast: Cast, now: datetime) -> None:
    for _ in range(10):
        ask_for(client)
    path = f"{STATISTICS}/recorded/countings?{WIDE}"
    assert client.post(path).json()["code"] == "too-many-countings"
    count(now)
    assert client.post(path).status_code == 202


def test_what_cannot_be_counted_is_done_without_a_reading(client: Client, cast: Cast, now: datetime) -> None:
    # Figures of officers are for themselves and their superiors, and this key acts for nobody.
    made = client.post(f"{STATISTICS}/recorded/countings?{MAY}&group_by=officer&basis=happened")
    assert count(now)
    said = client.get(made["Location"])
    assert said.status_code == 202
    assert said.json()["counted"] is False
    assert said.json()["done_at"]
    assert not count(now)


def test_a_question_of_last_week_is_forgotten(client: Client, cast: Cast, now: datetime) -> None:
    at = ask_for(client)
    count(now)
    count(now + timedelta(days=400))
    assert client.get(at).status_code == 404


@pytest.fixture
def auditor(cast: Cast, key: Key) -> Client:
    return key("statistics:read", officer=cast.bai_lu)


WIDE_FIGURES = ("held", "rising-words", "recording-lag", "rule-edits", "signals/recorded_late")


@pytest.mark.parametrize("figure", WIDE_FIGURES)
def test_a_figure_of_its_own_shape_is_counted_the_same(
    figure: str, cast: Cast, auditor: Client, ask: Ask, web_as: As, now: datetime
) -> None:
    for days in range(6):
        inquiry = ask(question="高压线离住宅太近", asked_at=now - timedelta(days=days))
        with web_as(cast.li_min):
            answer_inquiry(
                inquiry.pk, AnswerGiven("explained", "已处理", "telephone"), by=cast.li_min, now=now
            )
    with web_as(cast.zhou_ning):
        issue_rules(district=cast.district, rules=shipped_rules(), by=cast.zhou_ning, now=now)
    path = f"{STATISTICS}/{figure}"
    made = auditor.post(f"{path}/countings?{MAY}")
    assert made.status_code == 202, made.content
    assert count(now)
    told = auditor.get(f"{path}?{MAY}")
    assert told.json()["rows"], "nothing was compared"
    assert auditor.get(made["Location"]).json() == told.json()
    csv = auditor.get(f"{made['Location']}?format=csv")
    assert csv.content == auditor.get(f"{path}?{MAY}&format=csv").content


def test_a_counted_signal_is_for_the_auditor_alone(cast: Cast, client: Client) -> None:
    refused = client.post(f"{STATISTICS}/signals/last_hour/countings?{MAY}")
    assert refused.status_code == 403
    assert "auditor" in refused.json()["detail"]
    assert client.post(f"{STATISTICS}/signals/none/countings?{MAY}").status_code == 404
    assert not Counting.objects.exists()


def test_a_bureau_has_its_own_words_counted(cast: Cast, key: Key, ask: Ask, now: datetime) -> None:
    for _ in range(6):
        ask(question="高压线离住宅太近")
        ask(by=cast.tang_rui, question="图书馆开门时间")
    at = key("statistics:read", bureau=cast.civil)
    made = at.post(f"{STATISTICS}/rising-words/countings?{MAY}")
    count(now)
    words = {row["keys"][0]["code"] for row in at.get(made["Location"]).json()["rows"]}
    assert "高压线" in words
    assert "图书馆" not in words


def test_the_worker_reads_more_questions_than_somebody_waits_for(
    cast: Cast, client: Client, ask: Ask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "MOST_QUESTIONS", 5)
    for _ in range(6):
        ask(question="高压线离住宅太近")
    path = f"{STATISTICS}/rising-words"
    told = client.get(f"{path}?{MAY}").json()
    assert told["code"] == "too-wide"
    assert "/countings" in told["errors"][0]["remedy"]
    made = client.post(f"{path}/countings?{MAY}")
    count(now)
    assert client.get(made["Location"]).json()["rows"]


@pytest.mark.parametrize("path", ["repeat-callers/inquiries", "repeated-questions/inquiries"])
def test_what_the_worker_does_not_count_points_to_no_job(
    key: Key, ask: Ask, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(topics, "MOST_QUESTIONS", 1)
    ask()
    ask()
    reader = key("statistics:read", "inquiries:read")
    told = reader.get(f"{STATISTICS}/{path}?{MAY}", headers={"accept-language": "en"}).json()
    assert told["code"] == "too-wide"
    assert told["errors"][0]["remedy"].startswith("Ask about a shorter period or fewer places")


def test_patience_ends_where_its_block_ends() -> None:
    with patience(5):
        # Together: a figure of three periods, or of many statements, has no more than the rest of it.
        assert 4000 < int(waited_for(periods=3).removesuffix("ms")) <= 5000
    with patience(0):
        assert waited_for() == "1ms"
    assert waited_for() == "2s"
    assert waited_for(periods=3) == "6s"
