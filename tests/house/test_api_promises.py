"""The document of the REST API breaks no client, unless the changelog says so."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bureaus.api.document import document
from tools.api_shape import FILE, breaks, shape_of, unsaid, write

LIST = "GET /api/v1/inquiries"


def test_a_breaking_change_is_named_in_the_changelog() -> None:
    missing = unsaid(json.loads(FILE.read_text()), shape_of(document()))
    assert missing == [], "write each into CHANGELOG.md, then run python -m tools.api_shape"


def test_what_was_released_is_not_written_over_by_a_break_that_is_not_named(tmp_path: Path) -> None:
    file, new = tmp_path / "api.json", shape_of(document())
    file.write_text(json.dumps(new))
    del new["operations"][LIST]
    assert write(file, new) == [f"{LIST} is gone"]
    assert LIST in json.loads(file.read_text())["operations"]
    new["operations"]["GET /api/v1/weather"] = new["operations"][LIST] = json.loads(file.read_text())[
        "operations"
    ][LIST]
    assert write(file, new) == []
    assert json.loads(file.read_text()) == new


def test_what_is_new_is_kept_as_released() -> None:
    released = json.loads(FILE.read_text())
    assert shape_of(document()) == released, "run python -m tools.api_shape"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda new: new["operations"].pop(LIST), f"{LIST} is gone"),
        (lambda new: new["operations"][LIST]["parameters"].pop("kind"), f"{LIST} takes no kind any more"),
        (
            lambda new: new["operations"][LIST]["parameters"].update(
                district={"type": "integer", "required": True}
            ),
            f"{LIST} requires district",
        ),
        (
            lambda new: new["operations"][LIST]["parameters"]["limit"].update(type="string"),
            f"{LIST} limit is string",
        ),
        (
            lambda new: new["operations"][LIST]["parameters"]["kind"]["values"].remove("help"),
            f"{LIST} kind is never help",
        ),
        (
            lambda new: new["operations"][LIST]["parameters"]["q"].update(values=["低保"]),
            f"{LIST} q is one of a few",
        ),
        (
            lambda new: new["schemas"]["InquiryOut"]["due_at"].update(required=False),
            "InquiryOut.due_at may be missing",
        ),
        (lambda new: new["schemas"]["InquiryOut"].pop("due_at"), "InquiryOut.due_at is gone"),
        (
            lambda new: new["schemas"]["InquiryOut"].update(round={"type": "string", "required": True}),
            "InquiryOut.round is string",
        ),
        (
            lambda new: new["schemas"]["RecordIn"].update(why={"type": "string", "required": True}),
            "RecordIn.why is required",
        ),
    ],
)
def test_a_planted_break_is_found(change: Callable[[dict[str, Any]], object], told: str) -> None:
    old = shape_of(document())
    new = copy.deepcopy(old)
    change(new)
    assert list(breaks(old, new)) == [told]


def test_what_is_added_breaks_nothing() -> None:
    old = shape_of(document())
    new = copy.deepcopy(old)
    new["operations"]["GET /api/v1/weather"] = {"parameters": {}, "body": {}, "answers": {}}
    new["operations"][LIST]["parameters"]["mood"] = {"type": "string", "required": False}
    new["schemas"]["InquiryOut"]["mood"] = {"type": "string", "required": True}
    assert list(breaks(old, new)) == []


def test_no_word_of_an_address_is_another_address() -> None:
    """What `/statistics/{figure}` says of its answer must not be asked of `/statistics/held`."""
    paths = document()["paths"]
    for path, methods in paths.items():
        for told in methods.values():
            words = {
                each["name"]: each["schema"]["enum"]
                for each in told.get("parameters", [])
                if each["in"] == "path" and "enum" in each["schema"]
            }
            taken = {path.replace(f"{{{name}}}", word) for name, of in words.items() for word in of}
            assert taken.isdisjoint(paths)
