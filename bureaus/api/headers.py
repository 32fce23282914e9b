"""The headers of every answer in the document, read off what the answer is."""

from __future__ import annotations

from typing import Any

_WORDS = {
    "RateLimit-Policy": '"key";q=600;w=60: so many requests in so many seconds, of a key',
    "RateLimit": '"key";r=599;t=42: so many are left, for so many seconds more',
    "Retry-After": "after so many seconds there are requests left",
    "ETag": "strong, a hash of the body; send it back as If-None-Match",
    "Link": '<…>; rel="next": the address of the following page, where there is one',
    "Location": "where it is from now on",
    "Content-Disposition": "the name of the file",
}


def with_headers(document: dict[str, Any]) -> dict[str, Any]:
    """The document, with the headers that each answer may have beside it."""
    components = document["components"]
    components["headers"] = {
        name: {"description": words, "schema": {"type": "string"}} for name, words in _WORDS.items()
    }
    for path in document["paths"].values():
        for operation in path.values():
            answers = operation["responses"]
            for status, answer in answers.items():
                names = {"RateLimit-Policy", "RateLimit"}
                content = answer.get("content", {})
                if status in ("200", "304") and "304" in answers:
                    names.add("ETag")
                if status == "429":
                    names.add("Retry-After")
                if status in operation.get("x-located", ()):
                    names.add("Location")
                # An export has a name too.
                if status == "200" and set(content) - {"application/json"}:
                    names.add("Content-Disposition")
                if status == "200" and _is_page(content, components["schemas"]):
                    names.add("Link")
                answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names)}
            operation.pop("x-located", None)
    return document


def _is_page(content: dict[str, Any], schemas: dict[str, Any]) -> bool:
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return "next" in schemas.get(reference.rsplit("/", 1)[-1], {}).get("properties", {})
