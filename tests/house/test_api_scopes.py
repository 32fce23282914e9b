"""Every address of the REST API with a key of each scope: what the scope names opens, all else says which is needed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from bureaus.api.document import document
from bureaus.models import ApiScope
from tests.conftest import Cast, Key
from tests.inquiries.conftest import ask  # noqa: F401  # a fixture

OPERATIONS = [(method, path) for path, methods in document()["paths"].items() for method in methods]


def needed(method: str, path: str) -> str:
    """The scope of an address, written down here once more, so that a slip in a door shows."""
    rest = path.removeprefix("/api/v1/")
    if rest.startswith("webhooks"):
        return ApiScope.WEBHOOKS
    if method == "post" and rest in ("bulletins", "statistics/weights"):
        return ApiScope.ACT
    if rest.startswith("duties"):
        return ApiScope.ACT if method == "post" else ApiScope.INQUIRIES
    if rest.startswith(("statistics", "bulletins")):
        return ApiScope.INQUIRIES if rest.endswith("/inquiries") else ApiScope.STATISTICS
    if rest.startswith("inquiries"):
        if "/acts/" in rest or (method == "post" and rest.endswith("/attachments")):
            return ApiScope.ACT
        if rest.endswith(("/issued", "/signed-papers", "/letters")):
            return ApiScope.ACT
        if rest.endswith(("personal-data", "/content", "/in-clear")):
            return ApiScope.PERSONAL
        return ApiScope.RECORD if method == "post" else ApiScope.INQUIRIES
    return ApiScope.DIRECTORY


@pytest.mark.parametrize("scope", ApiScope.values)
def test_a_key_opens_the_addresses_of_its_scope_and_no_other(
    cast: Cast, key: Key, request: pytest.FixtureRequest, scope: str
) -> None:
    recorded = request.getfixturevalue("ask")
    inquiry = recorded()
    client: Any = key(scope, officer=cast.li_min)
    for method, path in OPERATIONS:
        parts = {
            "figure": "recorded",
            "time": "answer",
            "signal": "last_hour",
            "delivery": str(uuid.uuid4()),
            "id": str(inquiry.pk),
            "number": "1",
            "paper": "register",
        }
        if "/webhooks/" in path or "/countings/" in path:
            parts["id"] = str(uuid.uuid4())
        at = path.format_map(parts)
        response = getattr(client, method)(at, content_type="application/json")
        assert response.status_code < 500, (method, path)
        if needed(method, path) == scope:
            assert response.status_code not in (401, 403, 405), (method, path, response.content)
        else:
            assert response.status_code == 403, (method, path, response.content)
            assert needed(method, path) in response.json()["errors"][0]["remedy"]


def test_every_address_says_without_a_body_which_methods_it_has(cast: Cast, key: Key) -> None:
    """Bytes after a 204 would be read as the beginning of the next answer."""
    client: Any = key(*ApiScope.values, officer=cast.li_min)
    for path in dict.fromkeys(path for _method, path in OPERATIONS):
        uid = str(uuid.uuid4())
        parts = {
            "figure": "recorded",
            "time": "answer",
            "signal": "last_hour",
            "delivery": uid,
            "number": "1",
            "paper": "register",
        }
        parts["id"] = uid if "/webhooks/" in path or "/countings/" in path else "1"
        response = client.options(path.format_map(parts))
        assert (response.status_code, response.content) == (204, b""), path
        assert response["Allow"], path
