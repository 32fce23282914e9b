"""How a door describes itself in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from bureaus.api.problems import MEANINGS, REMEDY, TITLES, TYPES
from bureaus.serializers import ProblemOut, Strict

# The one of each status that is shown as the example.
_CODES = {
    400: "invalid-parameters",
    401: "unknown-key",
    403: "scope-missing",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "already-answered",
    415: "unsupported-media-type",
    422: "invalid-body",
    429: "too-many-requests",
}


# A table or a file: text, or bytes.
_NOT_JSON = {"text": OpenApiTypes.STR, "application": OpenApiTypes.BINARY}


def _problem(status: int) -> OpenApiResponse:
    meaning, code = str(MEANINGS[status]), _CODES[status]
    example = OpenApiExample(
        code,
        value={
            "type": f"{TYPES}{code}",
            "title": str(TITLES[status]),
            "status": status,
            "detail": meaning,
            "instance": "/api/v1/…",
            "code": code,
            "errors": [{"field": "", "code": code, "detail": meaning, "remedy": str(REMEDY[status])}],
        },
        response_only=True,
        media_type="application/problem+json",
    )
    return OpenApiResponse(ProblemOut, meaning, examples=[example])


class DoorSchema(AutoSchema):
    """Reads a door's `query`, `body`, `answers` and `problems`, so that the document says what the code does."""

    @property
    def door(self) -> Any:
        """The view, which is a Door."""
        return self.view

    def get_tags(self) -> list[str]:
        """One tag a noun."""
        return [self.door.tag] if getattr(self.door, "tag", "") else super().get_tags()

    def get_operation_id(self) -> str:
        """The method and the path: get_bureaus, get_places_by_pk."""
        parts = [part for part in self.path.removeprefix("/api/v1/").split("/") if part]
        words = [f"by_{part[1:-1]}" if part.startswith("{") else part.replace("-", "_") for part in parts]
        return "_".join([self.method.lower(), *words])

    def get_summary(self) -> str:
        """What the door calls itself, or the first line of its docstring."""
        if told := getattr(self.door, "told", ""):
            return str(told)
        return (type(self.door).__doc__ or "").strip().splitlines()[0]

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular calls it so
        """What the method does."""
        if tells := getattr(self.door, "tells", ""):
            return str(tells)
        method = getattr(self.door, self.method.lower(), None)
        return (getattr(method, "__doc__", "") or "").strip()

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """What is not known is refused, and the document says so."""
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if isinstance(serializer, Strict):
            schema["additionalProperties"] = False
        return schema

    def get_override_parameters(self) -> list[Any]:
        """The parameters, the words of the address, and the headers that are read."""
        found: list[Any] = [
            OpenApiParameter(name, str, OpenApiParameter.PATH, required=True, enum=list(words()))
            for name, words in self.door.words.items()
        ]
        if (self.method == "GET" or self.door.body is None) and self.door.query().fields:
            found.append(self.door.query)
        for name, sentence, required in getattr(self.door, "headers_read", {}).get(self.method, ()):
            found.append(
                OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required, description=sentence)
            )
        return found

    def get_extensions(self) -> dict[str, Any]:
        """Which answers say where a thing is from now on; gone again once their headers are written."""
        located = getattr(self.door, "located", {}).get(self.method, ())
        return {"x-located": [str(status) for status in located]} if located else {}

    def get_request_serializer(self) -> Any:
        """What is taken."""
        return self.door.body if self.method in ("POST", "PUT", "PATCH") else None

    def get_response_serializers(self) -> Any:
        """What is answered, problems included."""
        answers = self.door.answers.get(self.method, (200, None))
        status, serializer = answers
        media = getattr(self.door, "media", {}).get(self.method, ("application/json",))
        found: dict[Any, Any] = (
            {204: OpenApiResponse(None, "Done.")}
            if status == 204
            else {
                (status, kind): serializer if kind == "application/json" else _NOT_JSON[kind.split("/")[0]]
                for kind in media
            }
        )
        if self.method == "GET" and getattr(self.door, "conditional", False):
            found[(304, "application/json")] = OpenApiResponse(None, "Not changed since the ETag sent.")
        for other, alike in getattr(self.door, "also", {}).get(self.method, ()):
            found[(other, "application/json")] = alike
        problems = {400, 401, 403, 406, 429, *self.door.problems}
        if "{" in self.path:
            problems.add(404)
        if self.method in ("POST", "DELETE"):
            problems |= {409, 415, 422}
        for each in sorted(problems):
            found[(each, "application/problem+json")] = _problem(each)
        return found
