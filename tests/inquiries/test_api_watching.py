"""Score, rising topics, signals, draws and bulletins as resources of the REST API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bureaus.models.scope import scope
from inquiries.figures.credibility import SIGNALS
from inquiries.models import Inquiry
from inquiries.services.drawing import draw_callbacks
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import Ask

MAY = "from=2026-05-01&to=2026-05-31"
API = "/api/v1"
READ = ("statistics:read", "inquiries:read")


@pytest.fixture
def client(cast: Cast, key: Key) -> Client:
    """The key of the district's director."""
    return key("statistics:read", "inquiries:read", "inquiries:act", officer=cast.zhou_ning)


def read(client: Client, path: str) -> dict[str, Any]:
    response = client.get(f"{API}/{path}")
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def test_bureaus_stand_by_score_and_the_few_are_listed_without_a_rank(
    cast: Cast, client: Client, ask: Ask
) -> None:
    ask()
    client.post(
        f"{API}/statistics/weights",
        {"weights": {"settled": 100}, "ranked_from": 1},
        content_type="application/json",
    )
    ask(by=cast.tang_rui)
    [first, second] = read(client, f"statistics/standings?{MAY}")["rows"]
    assert [key["code"] for key in first["keys"]] == [str(cast.civil.pk), "ranked"]
    before = {"previous_score": None, "year_earlier_score": None}
    rate = {"settled": 0.0, "settled_n": 0, "settled_of": 1}
    assert first["values"] == {"n": 1, "score": 0.0, "rank": 1, "small": 1} | rate | before
    assert second["values"]["rank"] == 1
    client.post(
        f"{API}/statistics/weights",
        {"weights": {"settled": 20}, "ranked_from": 2},
        content_type="application/json",
    )
    rows = read(client, f"statistics/standings?{MAY}")["rows"]
    assert {row["keys"][1]["code"] for row in rows} == {"small"}
    assert read(client, "statistics/weights")["edition"] == 2


def test_a_bureau_is_told_its_score_and_no_rank_among_others(cast: Cast, key: Key, ask: Ask) -> None:
    ask()
    key("inquiries:act", officer=cast.zhou_ning).post(
        f"{API}/statistics/weights",
        {"weights": {"settled": 20}, "ranked_from": 1},
        content_type="application/json",
    )
    [row] = read(key("statistics:read", bureau=cast.civil), f"statistics/standings?{MAY}")["rows"]
    assert row["keys"][1]["code"] == "partial"
    assert row["values"]["rank"] is None


def test_a_bureau_without_a_weighed_rate_is_not_said_to_lack_callbacks(
    cast: Cast, client: Client, ask: Ask
) -> None:
    ask()
    client.post(
        f"{API}/statistics/weights",
        {"weights": {"resolution_citizen": 20}, "ranked_from": 1},
        content_type="application/json",
    )
    [row] = read(client, f"statistics/standings?{MAY}")["rows"]
    assert row["keys"][1]["code"] == "incomplete"
    assert row["keys"][1]["label"] == {
        "zh": "有一项率尚无数据",
        "en": "a rate of which there is nothing yet",
    }
    assert (row["values"]["resolution_citizen"], row["values"]["resolution_citizen_of"]) == (None, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"weights": {"colour": 10}, "ranked_from": 1},
        {"weights": {"settled": 101}, "ranked_from": 1},
        {"weights": {"settled": 10}, "ranked_from": 0},
        {"weights": {"settled": 10}},
    ],
)
def test_weights_that_cannot_stand_are_refused(client: Client, body: dict[str, Any]) -> None:
    refused = client.post(f"{API}/statistics/weights", body, content_type="application/json")
    assert refused.status_code in (409, 422)
    assert refused.json()["errors"][0]["field"]


def test_a_handler_neither_weighs_nor_freezes(cast: Cast, key: Key) -> None:
    handler = key("inquiries:act", officer=cast.li_min)
    for path, body in (
        ("statistics/weights", {"weights": {"settled": 20}, "ranked_from": 1}),
        ("bulletins", {"from": "2026-04-01", "to": "2026-04-30"}),
    ):
        assert handler.post(f"{API}/{path}", body, content_type="application/json").status_code == 403


def test_topics_and_words_that_rise_are_told_with_the_period_before(client: Client, ask: Ask) -> None:
    for _ in range(5):
        ask(question="小区供暖温度不够")
    [row] = read(client, f"statistics/rising-topics?{MAY}")["rows"]
    assert row["values"] == {
        "n": 5,
        "rise": 5,
        "previous_n": 0,
        "year_earlier_n": 0,
        "small": 0,
        "previous_small": 0,
        "year_earlier_small": 0,
    }
    words = {row["keys"][0]["code"] for row in read(client, f"statistics/rising-words?{MAY}")["rows"]}
    assert "供暖" in words


def test_what_comes_again_opens_into_its_inquiries(client: Client, ask: Ask) -> None:
    asked = [ask(question=words).pk for words in ("路灯坏了", "路灯坏了。", "电梯坏了")]
    found = read(client, f"statistics/repeated-questions/inquiries?{MAY}")
    assert found == {
        "basis": "cohort",
        "period": {"from": "2026-05-01", "to": "2026-05-31"},
        "items": [{"n": 2, "inquiries": asked[:2]}],
        "n": 1,
        "previous_n": 0,
        "year_earlier_n": 0,
    }
    assert read(client, f"statistics/repeat-callers/inquiries?{MAY}")["items"] == []


HOT = ("rising-topics", "rising-words", "repeat-callers/inquiries", "repeated-questions/inquiries")


@pytest.mark.parametrize("path", [*HOT, "rising-words/inquiries", "rising-words/countings"])
def test_what_is_told_of_the_cohort_alone_is_refused_on_another_basis(client: Client, path: str) -> None:
    send = client.post if path.endswith("countings") else client.get
    word = "&word=供暖" if path == "rising-words/inquiries" else ""
    asked = f"{API}/statistics/{path}?{MAY}{word}"
    assert send(f"{asked}&basis=cohort").status_code < 300
    for basis in ("happened", "now"):
        refused = send(f"{asked}&basis={basis}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["field"] == "basis"


@pytest.mark.parametrize("path", HOT[2:])
def test_what_comes_again_is_a_list_and_no_table(client: Client, path: str) -> None:
    refused = client.get(f"{API}/statistics/{path}?{MAY}&format=csv")
    assert refused.json()["errors"][0]["field"] == "format"


def test_every_signal_is_listed_and_served(client: Client, ask: Ask) -> None:
    ask()
    codes = [each["code"] for each in read(client, "statistics/signals")["items"]]
    assert codes == list(SIGNALS)
    for code in codes:
        assert read(client, f"statistics/signals/{code}?{MAY}")["figure"]["code"] == f"signal-{code}"


def test_a_signal_opens_into_the_inquiries_that_show_it(
    client: Client, ask: Ask, now: datetime, cast: Cast
) -> None:
    late = [ask(asked_at=now - timedelta(days=days)) for days in (3, 4)]
    ask()
    [row] = read(client, f"statistics/signals/recorded_late?{MAY}")["rows"]
    assert row["values"] == {
        "n": 2,
        "of": 3,
        "previous_n": 0,
        "previous_of": 0,
        "year_earlier_n": 0,
        "year_earlier_of": 0,
        "small": 1,
        "previous_small": 0,
        "year_earlier_small": 0,
    }
    path = f"statistics/signals/recorded_late/inquiries?{MAY}&limit=1"
    first = read(client, path)
    rest = read(client, f"{path}&cursor={first['next']}")
    assert [each["id"] for each in first["items"] + rest["items"]] == [late[1].pk, late[0].pk]
    assert rest["next"] is None


def test_what_is_for_auditor_and_district_is_not_allowed_to_others(cast: Cast, key: Key) -> None:
    for client in (key(*READ), key(*READ, officer=cast.li_min)):
        for path in ("signals/last_hour", "signals/last_hour/inquiries", "recording-lag", "rule-edits"):
            refused = client.get(f"{API}/statistics/{path}?{MAY}")
            assert refused.status_code == 403, path
            assert "auditor" in refused.json()["detail"]
            assert "officer whose post" in refused.json()["errors"][0]["remedy"]
    assert key(*READ).get(f"{API}/statistics/signals/none?{MAY}").status_code == 404
    by_officer = f"{API}/statistics/answered?{MAY}&basis=happened&group_by=officer"
    assert key(*READ).get(by_officer).status_code == 403


def test_recording_lag_and_edits_of_the_rules_are_told(client: Client, ask: Ask, now: datetime) -> None:
    ask(asked_at=now - timedelta(days=3))
    [row] = read(client, f"statistics/recording-lag?{MAY}")["rows"]
    assert row["keys"][0]["code"] == "desk"
    assert row["values"]["n"] == 1
    assert row["values"]["longest"] > 450
    assert read(client, f"statistics/rule-edits?{MAY}")["rows"] == []


def test_the_draws_are_shown_with_their_seeds(cast: Cast, client: Client, now: datetime, web_as: As) -> None:
    with scope(role="bida_worker", district=cast.district.pk):
        drawn = draw_callbacks(district=cast.district, on=now.date() - timedelta(days=1), now=now)
    assert drawn is not None
    [item] = read(client, "statistics/callback-draws")["items"]
    assert item["seed"] == str(drawn.seed)
    assert (item["answers"], item["drawn"], item["flagged"]) == (0, 0, 0)


def test_a_bulletin_is_frozen_read_and_compared(cast: Cast, client: Client, ask: Ask, now: datetime) -> None:
    ask(asked_at=now - timedelta(days=30), now=now)
    month = {"from": "2026-04-01", "to": "2026-04-30"}
    made = client.post(f"{API}/bulletins", month, content_type="application/json")
    assert made.status_code == 201, made.content
    whole = made.json()
    assert whole["period"] == month
    assert whole["figures"]["counts"]["recorded.cohort"][0] == 1
    assert whole["definitions"]["recorded"]["zh-hans"]["numerator"]
    [listed] = read(client, "bulletins")["items"]
    assert listed["id"] == whole["id"]
    assert "figures" not in listed
    assert read(client, f"bulletins/{whole['id']}") == whole
    assert read(client, f"bulletins/{whole['id']}/moved")["items"] == []
    ask(asked_at=now - timedelta(days=30), now=now)
    moved = {
        each["name"]: (each["then"], each["now"])
        for each in read(client, f"bulletins/{whole['id']}/moved")["items"]
    }
    assert moved["recorded.cohort"] == ([1, None], [2, None])


def test_bulletins_of_a_running_period_and_of_no_period_are_refused(client: Client, now: datetime) -> None:
    for first_on, last_on, status in (
        ("2026-01-01", "2099-01-01", 409),
        ("2026-05-02", "2026-05-01", 422),
        ("2026-13-01", "2026-05-01", 422),
    ):
        refused = client.post(
            f"{API}/bulletins", {"from": first_on, "to": last_on}, content_type="application/json"
        )
        assert refused.status_code == status, refused.content


def test_a_key_of_a_bureau_sees_no_bulletin(cast: Cast, key: Key, client: Client) -> None:
    made = client.post(
        f"{API}/bulletins", {"from": "2026-04-01", "to": "2026-04-30"}, content_type="application/json"
    )
    bureau = key("statistics:read", bureau=cast.civil)
    assert read(bureau, "bulletins")["items"] == []
    assert bureau.get(f"{API}/bulletins/{made.json()['id']}").status_code == 404


def test_a_band_of_days_is_a_code_that_an_address_can_hold(key: Key, fresh: Callable[..., Inquiry]) -> None:
    fresh(days=60)
    rows = read(key("statistics:read"), "statistics/ageing")["rows"]
    bands = [row["keys"][1] for row in rows]
    assert [band["code"] for band in bands] == ["0", "1", "2-3", "4-5", "6-10", "11-30", "31-"]
    assert bands[2]["label"]["en"] == "2–3"
