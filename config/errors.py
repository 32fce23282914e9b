"""A refusal becomes a page or JSON in one place. Views may catch it earlier, to show their form again."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from bureaus.api.problems import problem
from bureaus.services.refusals import Refusal


class RefusalMiddleware:
    """409 for what was refused, 403 for what is not allowed; what the view wrote before is undone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page or JSON of a refusal, None for anything else."""
        wants_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
        if isinstance(exception, Refusal):
            if wants_json:
                return JsonResponse(
                    {
                        "refused": type(exception).__name__,
                        "sentence": str(exception),
                        "field": exception.field,
                    },
                    status=409,
                )
            return render(
                request,
                "bida/refused.html",
                {"sentence": str(exception), "typed": request.method == "POST"},
                status=409,
            )
        if isinstance(exception, PermissionDenied) and wants_json:
            return JsonResponse(
                {"refused": "PermissionDenied", "sentence": _("Your post may not do this."), "field": ""},
                status=403,
            )
        return None


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw: a problem for the REST API, a page for everybody else. The log has the rest."""
    if request.path.startswith("/api/"):
        return problem(request, 500, _("This is our fault. Try again later, and tell the district office."))
    number = structlog.contextvars.get_contextvars().get("request_id", "")
    return HttpResponse(loader.render_to_string("500.html", {"number": number}), status=500)
