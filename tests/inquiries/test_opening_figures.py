"""Whatever figure the API tells opens, in all and cell by cell, into inquiries that count the same."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.reorganising import abolish_place, passing_of
from inquiries.figures import FIGURES
from inquiries.figures.credibility import SIGNALS
from inquiries.models.tally import TIMES
from inquiries.services.counting import count_next
from inquiries.services.rules import issue_rules, shipped_rules
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import DAY, Ask

pytestmark = pytest.mark.django_db

STATISTICS = "/api/v1/statistics"
SPRING = "from=2026-04-21&to=2026-06-03"


@pytest.fixture
def client(cast: Cast, key: Key) -> Client:
    """The key of the district's director, who may read every figure."""
    return key("statistics:read", "inquiries:read", officer=cast.zhou_ning)


def told(client: Client, path: str) -> dict[str, Any]:
    response = client.get(f"{STATISTICS}/{path}")
    assert response.status_code == 200, (path, response.content)
    found: dict[str, Any] = response.json()
    return found


def behind(client: Client, path: str, *keys: str | None) -> int:
    """How often the inquiries count that are told behind a figure, read page by page."""
    figure, _mark, asked = path.partition("?")
    asked += "".join(f"&key={key or ''}" for key in keys) + "&limit=7"
    times: int = 0
    page = told(client, f"{figure}/inquiries?{asked}")
    while True:
        times += sum(item["times"] for item in page["items"])
        if page["next"] is None:
            return times
        page = told(client, f"{figure}/inquiries?{asked}&cursor={page['next']}")


def codes(keys: list[dict[str, Any]]) -> list[str | None]:
    return [key["code"] for key in keys]


BY = [
    ("group_by=place&group_by=topic",),
    ("group_by=bureau&group_by=kind", "interval=month"),
    ("group_by=channel&group_by=urgency",),
    ("group_by=source", "kind=help"),
    ("group_by=officer",),
    ("group_by=bureau", "structure=as_now"),
]


@pytest.mark.parametrize("by", BY, ids=" ".join)
def test_every_count_and_rate(by: tuple[str, ...], cast: Cast, lived: datetime, client: Client) -> None:
    if "structure=as_now" in by:
        owing = passing_of(cast.culture, now=lived + DAY).owing
        takers = {post.pk: cast.posts["sun_wei"] for post, _n, _who in owing}
        abolish_place(
            place=cast.culture,
            successor=cast.civil,
            on=lived.date(),
            by=None,
            now=lived + DAY,
            takers=takers,
        )
    opened = 0
    for code, figure in FIGURES.items():
        for basis in figure.bases:
            if ("officer" in by[0] and basis != "happened") or ("interval=month" in by and basis == "now"):
                continue
            path = f"{code}?{SPRING}&basis={basis}&{'&'.join(by)}"
            read = told(client, path)
            assert behind(client, path) == read["total"]["n"], path
            for cell in read["cells"]:
                assert behind(client, path, *codes(cell["keys"])) == cell["n"], (path, cell)
                opened += 1
            if figure.unit == "rate":
                path += "&counted=of"
                assert behind(client, path) == read["total"]["of"], path
                for cell in read["cells"]:
                    assert behind(client, path, *codes(cell["keys"])) == cell["of"], (path, cell)
            else:
                refused = client.get(f"{STATISTICS}/{path.replace('?', '/inquiries?')}&counted=of")
                assert refused.json()["errors"][0]["field"] == "counted"
    assert opened > (0 if "officer" in by[0] else 50)


@pytest.mark.parametrize("time", TIMES)
def test_every_time(time: str, cast: Cast, lived: datetime, client: Client) -> None:
    path = f"times/{time}?{SPRING}&group_by=place&group_by=kind"
    rows = told(client, path)["rows"]
    assert behind(client, path) == sum(row["values"]["n"] for row in rows)
    for row in rows:
        assert behind(client, path, *codes(row["keys"])) == row["values"]["n"], row
    assert rows or time == "filing"


def test_the_lag_of_recording_by_channel(lived: datetime, client: Client) -> None:
    rows = told(client, f"recording-lag?{SPRING}")["rows"]
    assert len(rows) == 2
    for row in rows:
        [channel] = codes(row["keys"])
        assert behind(client, f"times/recording?{SPRING}&channel={channel}") == row["values"]["n"]


def test_what_lay_with_whom(lived: datetime, client: Client) -> None:
    rows = told(client, f"held?{SPRING}")["rows"]
    assert behind(client, f"held?{SPRING}") == sum(row["values"]["n"] for row in rows) > 0
    for row in rows:
        place, part = codes(row["keys"])
        assert behind(client, f"held?{SPRING}&part={part}", place) == row["values"]["n"], row


@pytest.mark.parametrize("by", ["days_late", "level"])
def test_what_is_overdue_by_bureau_and_days_or_level(
    by: str, cast: Cast, lived: datetime, ask: Ask, client: Client
) -> None:
    ask(by=cast.wu_fang, channel="web")
    rows = told(client, f"ageing?by={by}")["rows"]
    assert behind(client, "ageing?") == sum(row["values"]["n"] for row in rows) > 0
    for row in rows:
        bureau, code = codes(row["keys"])
        assert behind(client, f"ageing?{by}={code}", bureau) == row["values"]["n"], row


def test_what_a_word_is_owed_on(lived: datetime, client: Client) -> None:
    rows = told(client, "acknowledgements")["rows"]
    assert behind(client, "acknowledgements?") == sum(row["values"]["n"] for row in rows) > 0
    for row in rows:
        assert behind(client, "acknowledgements?", *codes(row["keys"])) == row["values"]["n"], row


@pytest.mark.parametrize("signal", SIGNALS)
def test_every_signal(signal: str, lived: datetime, client: Client) -> None:
    path = f"signals/{signal}?{SPRING}"
    rows = told(client, path)["rows"]
    assert behind(client, path) == sum(row["values"]["n"] for row in rows)
    for row in rows:
        assert behind(client, path, *codes(row["keys"])) == row["values"]["n"], row
        assert behind(client, f"{path}&counted=of", *codes(row["keys"])) == row["values"]["of"], row


def test_a_word_of_the_questions(lived: datetime, client: Client) -> None:
    rows = told(client, f"rising-words?{SPRING}")["rows"]
    assert rows
    for row in rows:
        [word] = codes(row["keys"])
        assert behind(client, f"rising-words?{SPRING}&word={word}") == row["values"]["n"]
    assert behind(client, f"rising-words?{SPRING}&word=张伟家") == 0


@pytest.fixture
def edited(cast: Cast, lived: datetime, web_as: As) -> None:
    """The rule of consultations was made shorter a month ago."""
    with web_as(cast.zhou_ning, lived):
        rules = shipped_rules()
        for rule in rules:
            rule.amount = 1 if rule.kind == "consultation" else rule.amount
        edited_at = lived - timedelta(days=30)
        issue_rules(district=cast.district, rules=rules, by=cast.zhou_ning, now=edited_at)


def test_an_edit_of_the_rules(edited: None, client: Client) -> None:
    [row] = told(client, f"rule-edits?{SPRING}")["rows"]
    [edition] = codes(row["keys"])
    path = f"rule-edits?{SPRING}&edition={edition}"
    assert row["values"]["answered"] > 0
    assert behind(client, path) == row["values"]["answered"]
    for counted in ("answered", "in_time", "in_time_before"):
        assert behind(client, f"{path}&counted={counted}") == row["values"][counted], counted
    refused = client.get(f"{STATISTICS}/rule-edits/inquiries?{SPRING}&edition=77")
    assert refused.json()["errors"][0]["field"] == "edition"


def test_an_edit_of_the_rules_is_told_of_the_places_asked_for_alone(
    cast: Cast, lived: datetime, edited: None, client: Client, key: Key
) -> None:
    for bureau, answered in ((cast.civil, 3), (cast.culture, 0)):
        path = f"rule-edits?{SPRING}&bureau={bureau.pk}"
        [row] = told(client, path)["rows"]
        assert row["values"]["answered"] == answered
        assert behind(client, f"{path}&edition={codes(row['keys'])[0]}") == answered
    # The worker, which sees the whole district, counts for a key of a bureau what that bureau holds.
    narrow = key("statistics:read", bureau=cast.culture, officer=cast.zhou_ning)
    asked = narrow.post(f"{STATISTICS}/rule-edits/countings?{SPRING}")
    with scope(role=WORKER, district=ALL_DISTRICTS):
        count_next(now=lived)
    [row] = narrow.get(asked["Location"]).json()["rows"]
    assert row["values"]["answered"] == 0


def test_a_topic_that_rises_and_the_score_open_as_the_counts_they_are(
    cast: Cast, lived: datetime, client: Client
) -> None:
    for row in told(client, f"rising-topics?{SPRING}")["rows"]:
        asked = f"recorded?{SPRING}&basis=cohort&group_by=topic"
        assert behind(client, asked, *codes(row["keys"])) == row["values"]["n"]
    for row in told(client, f"standings?{SPRING}")["rows"]:
        bureau, _standing = codes(row["keys"])
        parts = f"settled?{SPRING}&group_by=bureau"
        [cell] = [each for each in told(client, parts)["cells"] if codes(each["keys"]) == [bureau]]
        assert cell["of"] == row["values"]["n"] == behind(client, f"{parts}&counted=of", bureau)
        assert behind(client, parts, bureau) == cell["n"]


def test_no_other_address_tells_a_figure(client: Client) -> None:
    """Whoever adds one says here, or in a test above, what it opens into."""
    from inquiries.api.urls import urlpatterns

    told_alone = {
        *("api_figures", "api_signals", "api_weights", "api_counting"),
        # Of these the lists are the figure, or it is told of no inquiry.
        *("api_repeat_callers", "api_repeated_questions", "api_callback_draws"),
        # Opened as the counts they are.
        *("api_standings", "api_rising_topics", "api_recording_lag"),
    }
    named = {each.name for each in urlpatterns if str(each.pattern).startswith("statistics")}
    figures = {name for name in named if not re.search("_inquiries$|^api_ask_", str(name))} - told_alone
    assert figures == {
        str(name).removesuffix("_inquiries") for name in named if str(name).endswith("_inquiries")
    }
    assert reverse("api_figure_inquiries", args=["recorded"]).startswith(STATISTICS)


@pytest.mark.parametrize(
    "asked",
    ["group_by=place&key=x", "group_by=place", "group_by=kind&key=help&key=help", "interval=month&key=May"],
)
def test_a_key_that_no_cell_has_is_refused(asked: str, client: Client) -> None:
    response = client.get(
        f"{STATISTICS}/recorded/inquiries?{SPRING}&{asked}{'' if 'key' in asked else '&key='}"
    )
    if asked == "group_by=place":
        assert response.json()["items"] == []
    else:
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == "key"


def test_nobody_opens_what_another_may_not_see(cast: Cast, lived: datetime, key: Key, web_as: As) -> None:
    stranger = key("statistics:read", "inquiries:read", bureau=cast.civil)
    path = f"recorded?{SPRING}&group_by=bureau"
    assert behind(stranger, path, str(cast.culture.pk)) == 0
    assert behind(stranger, path, str(cast.civil.pk)) > 0


def test_a_list_that_takes_too_long_is_refused(
    client: Client, lived: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inquiries.api.behind.waited_for", lambda periods: "1ms")
    response = client.get(f"{STATISTICS}/recorded/inquiries?{SPRING}")
    assert response.status_code == 400
    assert response.json()["code"] == "too-wide"
