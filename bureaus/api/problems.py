"""Every refusal of the REST API as RFC 9457 problem details, in the language asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.views import set_rollback

from bureaus.services.api_keys import TooMany
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
_TITLES = {
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
_CODES = {
    400: "bad-request",
    401: "not-authenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    415: "unsupported-media-type",
    422: "invalid-body",
    429: "too-many-requests",
}
# Refusals that say that the reader may not, rather than that the act cannot be done now.
_NOT_ALLOWED = {"NotYours", "NotYourWebhooks", "NotSealedReader", "NotYourPlaces", "SameSide"}


def code_of(refusal: Refusal) -> str:
    """AlreadyAnswered is already-answered."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(refusal).__name__).lower()


def problem(
    request: HttpRequest,
    status_code: int,
    detail: str,
    *,
    code: str = "",
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> JsonResponse:
    """The response of a problem."""
    code = code or _CODES.get(status_code, "problem")
    response = JsonResponse(
        {
            "type": f"{TYPES}{code}",
            "title": str(_TITLES.get(status_code, _TITLES[400])),
            "status": status_code,
            "detail": detail,
            "instance": request.path,
            "code": code,
            "errors": errors or [],
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
        return problem(request, 401, str(exception.refusal), code=code_of(exception.refusal), headers=headers)
    if isinstance(exception, exceptions.NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
        return problem(
            request, 401, _("Send a key as “Authorization: Bearer …”, or sign in."), headers=headers
        )
    if isinstance(exception, exceptions.ValidationError):
        errors = list(_fields(exception.get_full_details()))
        detail = _("Look at errors: each names a field, what is wrong with it, and what to do.")
        code = {422: "invalid-body", 409: "does-not-fit"}.get(exception.status_code, "invalid-parameters")
        return problem(request, exception.status_code, detail, code=code, errors=errors)
    if isinstance(exception, exceptions.MethodNotAllowed):
        allowed = getattr(exception, "allowed", [])
        if allowed:
            headers["Allow"] = ", ".join(allowed)
    code = str(exception.default_code) if exception.default_code in _OWN_CODES else ""
    detail = str(exception.detail)
    field, remedy = getattr(exception, "field", ""), getattr(exception, "remedy", "")
    errors = (
        [{"field": field, "code": code, "detail": detail, "remedy": str(remedy)}] if field or remedy else []
    )
    return problem(request, exception.status_code, detail, code=code, errors=errors, headers=headers)


def _of_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    code, sentence = code_of(refusal), str(refusal)
    status_code = 403 if type(refusal).__name__ in _NOT_ALLOWED else 409
    errors = []
    if refusal.field:
        remedy = _("Change this field and send it again.")
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
