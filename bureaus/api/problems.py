"""Every refusal of the REST API as RFC 9457 problem details, in the language asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from rest_framework import exceptions, status
from rest_framework.views import set_rollback

from bureaus.services.api_keys import KeyExpired, KeyRevoked, TooMany, UnknownKey
from bureaus.services.refusals import Refusal

MEDIA = "application/problem+json"
TYPES = "/api/v1/problems/"


class Unprocessable(exceptions.ValidationError):
    """The body is JSON, and not what this address takes."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class CannotStand(exceptions.ValidationError):
    """The body is as it should be, and names something that is not there or does not fit."""

    status_code = status.HTTP_409_CONFLICT


class ScopeMissing(exceptions.PermissionDenied):
    default_detail = gettext_lazy("This key does not have the scope for this.")
    default_code = "scope-missing"
    remedy: str | Promise = gettext_lazy("Use a key with the scope that errors names.")

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.remedy = _("Use a key with the scope %(scope)s.") % {"scope": scope}


class BadCursor(exceptions.APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = gettext_lazy("This cursor was not made for this list, these filters and this reader.")
    default_code = "bad-cursor"
    field = "cursor"
    remedy = gettext_lazy("Begin without a cursor, then send back `next` with the same parameters.")


class StartAgain(BadCursor):
    default_detail = gettext_lazy(
        "Bida was restored from a backup older than this cursor. Forget the copy and begin without a cursor."
    )


class KeyRefused(exceptions.AuthenticationFailed):
    """The key opens nothing; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


# Codes of refusals that say more than their status does.
_OWN_CODES = {"scope-missing", "bad-cursor", "too-wide"}
TITLES = {
    400: gettext_lazy("The request is not understood"),
    401: gettext_lazy("Sign in, or send a key"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("This method is not served here"),
    406: gettext_lazy("This format is not served here"),
    409: gettext_lazy("Refused"),
    415: gettext_lazy("This type of body is not taken here"),
    422: gettext_lazy("The body is not as it should be"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Something went wrong here"),
}
# What a status is called where nothing more is known.
_CODES = {
    400: "bad-request",
    401: "not-authenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "does-not-fit",
    415: "unsupported-media-type",
    422: "invalid-body",
    429: "too-many-requests",
    500: "problem",
}
MEANINGS = {
    400: gettext_lazy("A parameter is unknown or wrong, or the request is not understood."),
    401: gettext_lazy("No key, or one that is unknown, revoked or expired."),
    403: gettext_lazy("The key lacks the scope, or the officer's posts do not allow it."),
    404: gettext_lazy("There is no such thing that this reader may see."),
    405: gettext_lazy("This method is not served here."),
    406: gettext_lazy("This format is not served here."),
    409: gettext_lazy("Refused in this state; code and detail say why."),
    415: gettext_lazy("The body is of another type than this address takes."),
    422: gettext_lazy("A field of the body is unknown, missing or wrong."),
    429: gettext_lazy("More requests than the key may send; Retry-After says when to go on."),
    500: gettext_lazy("Bida failed at this. What was sent is undone."),
}
_DOES_NOT_FIT = gettext_lazy(
    "The body is as it should be, and names something that is not there or does not fit."
)
_UNREADABLE = gettext_lazy("The body cannot be read as what its Content-Type says it is.")
_OF_FIELDS = gettext_lazy("Look at errors: each names a field, what is wrong with it, and what to do.")
_OF_ANOTHER = gettext_lazy("Use a key, or sign in, for an officer whose post allows this.")
_BY_DOCUMENT = gettext_lazy("Send it as /api/v1/openapi.json describes this address.")
_CHANGE_FIELD = gettext_lazy("Change this field and send it again.")
REMEDY = {
    400: _OF_FIELDS,
    401: gettext_lazy("Send a key as “Authorization: Bearer …”, or sign in."),
    403: _OF_ANOTHER,
    404: gettext_lazy(
        "Look the address up in /api/v1/openapi.json, and the id in a list that this reader sees."
    ),
    405: _BY_DOCUMENT,
    406: _BY_DOCUMENT,
    409: gettext_lazy("Read again how it stands now, and send what fits that, with the version you read."),
    415: _BY_DOCUMENT,
    422: _OF_FIELDS,
    429: gettext_lazy("Wait as long as Retry-After says."),
    500: gettext_lazy("This is our fault. Try again later, and tell the district office."),
}
_KEY_REFUSALS: tuple[type[Refusal], ...] = (UnknownKey, KeyRevoked, KeyExpired)
# Refusals that say that the reader may not, rather than that the act cannot be done now.
_NOT_ALLOWED = {"NotYours", "NotYourWebhooks", "NotSealedReader", "NotYourPlaces", "PartUnseen", "SameSide"}


@dataclass(frozen=True)
class ProblemType:
    """What the address in `type` tells whoever opens it."""

    code: str
    status: int
    meaning: str | Promise
    remedy: str | Promise

    @property
    def title(self) -> str | Promise:
        """That of its status."""
        return TITLES[self.status]


def problem_types() -> dict[str, ProblemType]:
    """Every type of problem by its code, read from the refusals and the tables here that answers are made of."""
    found = [
        ProblemType(_CODES[status], status, MEANINGS[status], REMEDY[status])
        for status in TITLES
        if status != 409
    ]
    found.append(ProblemType("invalid-parameters", 400, MEANINGS[400], _OF_FIELDS))
    found.append(ProblemType(_CODES[409], 409, _DOES_NOT_FIT, _OF_FIELDS))
    for kind in _below(exceptions.APIException):
        # What inherits its code means what the class above it means.
        if vars(kind).get("default_code") in _OWN_CODES:
            found.append(ProblemType(kind.default_code, kind.status_code, kind.default_detail, kind.remedy))
    for refusal in _below(Refusal):
        # Its code is that of its status.
        if refusal is not TooMany:
            status_code = _status_of(refusal)
            remedy = _CHANGE_FIELD if refusal.field else REMEDY[status_code]
            found.append(ProblemType(code_of(refusal), status_code, refusal.sentence, remedy))
    return {each.code: each for each in sorted(found, key=lambda each: (each.status, each.code))}


def _below(kind: type[Any]) -> Iterator[Any]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _status_of(kind: type[Refusal]) -> int:
    if kind in _KEY_REFUSALS:
        return 401
    return 403 if kind.__name__ in _NOT_ALLOWED else 409


def code_of(kind: type[Refusal]) -> str:
    """AlreadyAnswered is already-answered."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def problem(
    request: HttpRequest,
    status_code: int,
    detail: str,
    *,
    code: str = "",
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> JsonResponse:
    """The response of a problem; one that is of no field names none, and what to do."""
    code = code or _CODES.get(status_code, "problem")
    errors = errors or [{"field": "", "code": code, "detail": detail, "remedy": str(REMEDY[status_code])}]
    response = JsonResponse(
        {
            "type": f"{TYPES}{code}",
            "title": str(TITLES.get(status_code, TITLES[400])),
            "status": status_code,
            "detail": detail,
            "instance": request.path,
            "code": code,
            "errors": errors,
        },
        status=status_code,
        headers=headers,
        content_type=MEDIA,
        json_dumps_params={"ensure_ascii": False},
    )
    response["Cache-Control"] = "no-store"
    return response


def answer_problem(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The problem an exception stands for; None for what nobody foresaw."""
    request = context["request"]
    if isinstance(exception, Http404):
        exception = exceptions.NotFound()
    elif isinstance(exception, PermissionDenied):
        exception = exceptions.PermissionDenied()
    found = _answer(request, exception)
    if found is not None:
        # What the view wrote before it was refused is undone.
        set_rollback()
    return found


def _answer(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    if isinstance(exception, Refusal):
        return _of_refusal(request, exception)
    if not isinstance(exception, exceptions.APIException):
        return None
    headers: dict[str, str] = {}
    if isinstance(exception, KeyRefused):
        if isinstance(exception.refusal, TooMany):
            headers["Retry-After"] = str(exception.refusal.use.resets_in)
            return problem(request, 429, str(exception.refusal), headers=headers)
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return problem(
            request, 401, str(exception.refusal), code=code_of(type(exception.refusal)), headers=headers
        )
    if isinstance(exception, exceptions.NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
        return problem(request, 401, str(REMEDY[401]), headers=headers)
    if isinstance(exception, exceptions.ValidationError):
        errors = list(_fields(exception.get_full_details()))
        code = "invalid-parameters" if exception.status_code == 400 else ""
        return problem(request, exception.status_code, str(_OF_FIELDS), code=code, errors=errors)
    if isinstance(exception, exceptions.MethodNotAllowed):
        allowed = getattr(exception, "allowed", [])
        if allowed:
            headers["Allow"] = ", ".join(allowed)
    code = str(exception.default_code) if exception.default_code in _OWN_CODES else ""
    detail, field = str(exception.detail), getattr(exception, "field", "")
    remedy = getattr(exception, "remedy", "")
    if isinstance(exception, exceptions.ParseError):
        # What the parser says of it is in English alone.
        detail, remedy = str(_UNREADABLE), _BY_DOCUMENT
    code = code or _CODES[exception.status_code]
    remedy = remedy or REMEDY[exception.status_code]
    errors = [{"field": field, "code": code, "detail": detail, "remedy": str(remedy)}]
    return problem(request, exception.status_code, detail, code=code, errors=errors, headers=headers)


def _of_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    code, sentence = code_of(type(refusal)), str(refusal)
    status_code = _status_of(type(refusal))
    remedy = str(_CHANGE_FIELD if refusal.field else REMEDY[status_code])
    errors = [{"field": refusal.field, "code": code, "detail": sentence, "remedy": remedy}]
    return problem(request, status_code, sentence, code=code, errors=errors)


def _fields(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """The errors of nested serializers, one line each with the path of its field."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        code = str(details["code"])
        yield {
            "field": path,
            "code": code,
            "detail": str(details["message"]),
            "remedy": str(_REMEDIES.get(code, _REMEDIES[""])),
        }
    elif isinstance(details, dict):
        for name, below in details.items():
            at = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from _fields(below, at)
    elif isinstance(details, list):
        for below in details:
            yield from _fields(below, path)


_REMEDIES = {
    "": gettext_lazy("Give a value as /api/v1/openapi.json describes it."),
    "required": gettext_lazy("Add this field."),
    "unknown": gettext_lazy("Leave it out, or correct its name by /api/v1/openapi.json."),
    "repeated": gettext_lazy("Keep one of the values."),
    "invalid_choice": gettext_lazy("Use one of the codes that /api/v1/openapi.json lists."),
    "cannot_ask": gettext_lazy(
        "Ask without it, or as this figure is kept: docs/api.md and /api/v1/statistics say how."
    ),
    "null": gettext_lazy("Give a value or leave the field out."),
}


@csrf_exempt
def not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """No such address under /api/."""
    return problem(
        request, 404, _("There is no such address. /api/v1/openapi.json lists those that there are.")
    )


@require_safe
def show_types(request: HttpRequest) -> HttpResponse:
    """Every type of problem on one page, open to everybody: it holds no row."""
    return render(request, "bida/problem_types.html", {"types": problem_types().values()})


@require_safe
def show_type(request: HttpRequest, code: str) -> HttpResponse:
    """What `type` of a problem leads to: its meaning and its remedy."""
    found = problem_types().get(code)
    return render(request, "bida/problem_type.html", {"type": found}) if found else not_found(request)
