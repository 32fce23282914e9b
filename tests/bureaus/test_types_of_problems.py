"""What `type` of a problem leads to: a page for everybody, with its meaning and its remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import translation
from rest_framework import exceptions

from bureaus.api.document import document
from bureaus.api.problems import (
    TYPES,
    KeyRefused,
    answer_problem,
    code_of,
    problem,
    problem_types,
)
from bureaus.services.refusals import Refusal
from inquiries.services.refusals import NeedsReason
from tests.conftest import Cast, Key

pytestmark = pytest.mark.django_db


def kinds(of: type[Exception]) -> Iterator[Any]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


def types_in(thing: Any) -> Iterator[str]:
    if isinstance(thing, dict):
        for value in thing.values():
            yield from types_in(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from types_in(value)
    elif isinstance(thing, str) and thing.startswith(TYPES):
        yield thing


def test_every_type_in_the_document_resolves() -> None:
    named = set(types_in(document()))
    assert f"{TYPES}already-answered" in named
    assert {path: Client().get(path).status_code for path in named} == dict.fromkeys(named, 200)


def test_every_refusal_and_every_status_leads_to_a_page_of_its_own_meaning() -> None:
    request = RequestFactory().get("/api/v1/")
    for kind in kinds(Refusal):
        refused = kind.__new__(kind)
        Refusal.__init__(refused, "…")
        for exception in (
            (refused, KeyRefused(refused)) if kind.__module__.endswith("api_keys") else (refused,)
        ):
            if kind.__name__ == "TooMany":
                continue
            told = answer_problem(exception, {"request": request})
            assert told is not None
            found = problem_types()[json.loads(told.content)["code"]]
            if not isinstance(exception, KeyRefused):
                assert str(found.meaning) == str(kind.sentence)
    for status in (400, 401, 403, 404, 405, 406, 409, 415, 422, 429, 500):
        said = json.loads(problem(request, status, "…").content)
        assert problem_types()[said["code"]].status == status
    for kind in (exceptions.ParseError, exceptions.NotAcceptable, exceptions.UnsupportedMediaType):
        told = answer_problem(kind("…"), {"request": request})
        assert told is not None
        assert json.loads(told.content)["code"] in problem_types()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whatever_is_refused_says_what_to_do_in_the_language_asked_for(
    cast: Cast, key: Key, language: str
) -> None:
    client = key("directory:read", "statistics:read", "inquiries:record", officer=cast.li_min)
    said = {"accept-language": language}
    recorded = said | {"idempotency-key": "1"}
    refusals = {
        400: client.post("/api/v1/inquiries", "{", "application/json", headers=recorded),
        401: Client().get("/api/v1/statistics", headers=said),
        404: client.get("/api/v1/places/7777777", headers=said),
        405: client.delete("/api/v1/statistics", headers=said),
        406: client.get("/api/v1/statistics", headers=said | {"accept": "text/html"}),
        415: client.post("/api/v1/inquiries", "x", "text/plain", headers=recorded),
    }
    for status, refused in refusals.items():
        assert refused.status_code == status
        [error] = refused.json()["errors"]
        for words in (error["detail"], error["remedy"], refused.json()["title"]):
            assert bool(re.search("[一-鿿]", words)) == (language == "zh-hans"), words
    assert client.get("/api/v1/weather").json()["errors"][0]["remedy"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_page_says_meaning_and_remedy_in_the_language_of_the_reader(language: str) -> None:
    found = problem_types()[code_of(NeedsReason)]
    page = Client().get(f"{TYPES}needs-reason", headers={"accept-language": language})
    with translation.override(language):
        meaning, remedy = str(found.meaning), str(found.remedy)
    text = page.content.decode()
    assert meaning in text
    assert remedy in text
    assert "<script" not in text


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_type_lacks_a_meaning_or_a_remedy(language: str) -> None:
    with translation.override(language):
        assert [each.code for each in problem_types().values() if not str(each.meaning)] == []
        assert [each.code for each in problem_types().values() if not str(each.remedy)] == []


def test_the_page_of_all_types_leads_to_each() -> None:
    text = Client().get(TYPES).content.decode()
    assert [code for code in problem_types() if f'"{TYPES}{code}"' not in text] == []


def test_a_code_that_there_is_not_is_not_found() -> None:
    assert Client().get(f"{TYPES}weather").status_code == 404
