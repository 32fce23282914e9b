"""The directory of the REST API, and how it refuses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from bureaus.api.document import document
from bureaus.models import ApiKey
from bureaus.services.api_keys import issue_key
from bureaus.services.places import publish_hotline
from bureaus.services.reorganising import abolish_place
from tests.conftest import Cast


@pytest.fixture
def key(cast: Cast, now: datetime) -> ApiKey:
    return issue_key(name="统计局", scopes=["directory:read"], district=cast.district, by=None, now=now)


@pytest.fixture
def client(key: ApiKey) -> Client:
    return Client(headers={"authorization": f"Bearer {key.token}", "accept-language": "en"})


def names(response: Any) -> set[str]:
    assert response.status_code == 200
    return {each["name"] for each in response.json()["items"]}


def test_bureaus_are_those_of_the_readers_district(cast: Cast, client: Client) -> None:
    assert names(client.get("/api/v1/bureaus")) == {"民政局", "文化体育局", "城市管理局"}


def test_units_below_a_bureau(cast: Cast, client: Client) -> None:
    assert names(client.get(f"/api/v1/units?bureau={cast.civil.pk}")) == {"社会救助科"}
    assert names(client.get(f"/api/v1/units?bureau={cast.culture.pk}")) == set()
    assert names(client.get(f"/api/v1/units?bureau={cast.elsewhere.pk}")) == set()


def test_an_abolished_bureau_is_there_with_its_successor(cast: Cast, client: Client, now: datetime) -> None:
    abolish_place(place=cast.streets, successor=cast.civil, on=now.date(), by=None, now=now)
    assert names(client.get("/api/v1/bureaus?standing=true")) == {"民政局", "文化体育局"}
    found = client.get(f"/api/v1/places/{cast.streets.pk}").json()
    assert found["successor"] == cast.civil.pk


def test_a_place_of_another_district_does_not_exist(cast: Cast, client: Client) -> None:
    assert client.get(f"/api/v1/places/{cast.elsewhere.pk}").status_code == 404


def test_hotlines_carry_codes_and_labels_in_both_languages(cast: Cast, client: Client, now: datetime) -> None:
    publish_hotline(place=cast.civil, purpose="routine", number="024-22222222", by=None, now=now)
    [line] = client.get(f"/api/v1/hotlines?place={cast.civil.pk}").json()["items"]
    assert line["purpose"] == {"code": "routine", "label": {"zh": "常规事务", "en": "routine matters"}}


def test_the_calendar_says_why_a_day_is_free_and_whether_the_year_is_announced(client: Client) -> None:
    year = client.get("/api/v1/calendar?year=2026").json()
    days = {day["on"]: day for day in year["days"]}
    assert len(days) == 365
    assert days["2026-10-01"]["reason"]["code"] == "holiday"
    assert year["announced"] is True
    assert client.get("/api/v1/calendar?year=2060").json()["announced"] is False


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ("boddy=vertical", "boddy", "unknown"),
        ("body=none", "body", "invalid_choice"),
        ("body=vertical&body=utility", "body", "repeated"),
        ("standing=perhaps", "standing", "invalid"),
    ],
)
def test_what_is_unknown_or_wrong_is_refused_by_name(
    client: Client, asked: str, field: str, code: str
) -> None:
    refused = client.get(f"/api/v1/bureaus?{asked}")
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    [error] = refused.json()["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert error["remedy"]


def test_a_problem_speaks_the_language_asked_for(client: Client) -> None:
    refused = client.get("/api/v1/bureaus?x=1", headers={"accept-language": "zh-Hans"}).json()
    assert refused["errors"][0]["detail"] == "没有这个名称的字段。"


def test_an_address_that_is_not_there_is_a_problem_too(client: Client) -> None:
    refused = client.get("/api/v1/nothing")
    assert refused.status_code == 404
    assert refused["Content-Type"] == "application/problem+json"


def test_a_method_that_is_not_served_says_which_are(client: Client) -> None:
    refused = client.delete("/api/v1/bureaus")
    assert refused.status_code == 405
    assert "GET" in refused["Allow"]


def test_another_format_is_not_acceptable(client: Client) -> None:
    assert client.get("/api/v1/bureaus", headers={"accept": "text/csv"}).status_code == 406


def test_the_document_is_open_and_describes_every_address(client: Client) -> None:
    served = Client().get("/api/v1/openapi.json")
    assert served.status_code == 200
    assert served.json()["openapi"] == "3.1.0"
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (path, method)
            assert {"400", "401", "403", "429"} <= set(operation["responses"]), (path, method)


def test_the_page_of_the_document_has_no_inline_script_or_style(db: None) -> None:
    page = Client().get("/api/v1/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<style" not in text
    assert "<script>" not in text


def test_the_document_has_an_example_of_every_body_and_answer_that_fits_its_schema() -> None:
    made = document()
    looked_at = 0
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            told = [answer for status, answer in operation["responses"].items() if status[0] == "2"]
            for holder in (operation.get("requestBody", {}), *told):
                for kind, content in holder.get("content", {}).items():
                    if kind == "application/json":
                        fits = Draft202012Validator(content["schema"] | {"components": made["components"]})
                        assert list(fits.iter_errors(content["example"])) == [], (method, path)
                        looked_at += 1
    assert looked_at > 100
