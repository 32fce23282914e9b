"""Every request is one transaction that sees what its officer or its key may see; a bulk act is one for each row.

Every answer takes a key away that is not of who is signed in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from bureaus.access import Holding, holdings, scope_of, scope_of_key
from bureaus.models import Officer
from bureaus.models.scope import NOTHING, PORTAL, WEB, Scope, scope
from bureaus.services.api_keys import use_key
from bureaus.services.refusals import Refusal
from disclosure.access import QUEUE_COOKIE, queue_key

# Probes must answer while the database is away, and static files read none.
WITHOUT_DATABASE = ("/healthz", "/readyz", settings.STATIC_URL)
API = "/api/"
# Many acts, each in a transaction of its own, which the view opens.
ONE_BY_ONE = "/bulk/done/"


class CompressMiddleware(GZipMiddleware):
    """Pages travel compressed; what has a strong tag does not: the tag is of these very bytes."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, compressed where it may be."""
        if response.get("ETag", "").startswith('"'):
            return response
        return super().process_response(request, response)


class ScopeMiddleware:
    """Opens the scope of the key or of the officer who is signed in, an empty one for anybody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, rendered while its transaction was open."""
        if request.path.startswith(WITHOUT_DATABASE):
            return self.get_response(request)
        now = timezone.now()
        held, seen = self._of_key(request, now) or self._of_session(request, now)
        # Pages ask for both again and again; they are read once.
        request.held, request.seen = held, seen  # type: ignore[attr-defined]
        if request.path == ONE_BY_ONE:
            return self.get_response(request)
        with scope(
            role=WEB,
            places=seen.places,
            district=seen.district,
            officer=seen.officer,
            of_one_moment=of_one_moment(request.path),
        ):
            return self.get_response(request)

    @staticmethod
    def _of_session(request: HttpRequest, now: datetime) -> tuple[list[Holding], Scope]:
        officer = request.user if isinstance(request.user, Officer) else None
        held = holdings(officer, now=now) if officer else []
        return held, scope_of(officer, now=now, held=held)

    @staticmethod
    def _of_key(request: HttpRequest, now: datetime) -> tuple[list[Holding], Scope] | None:
        """What the key of an API request opens, nothing where it is refused; None where it brings none.

        Asked before the transaction opens: the count of uses is committed at once and holds no lock.
        """
        name, _blank, token = request.headers.get("Authorization", "").partition(" ")
        if not request.path.startswith(API) or name.lower() != "bearer":
            return None
        try:
            use = use_key(token.strip(), now=now)
        except Refusal as refused:
            request.key_refused = refused  # type: ignore[attr-defined]
            return [], NOTHING
        request.key_use = use  # type: ignore[attr-defined]
        return scope_of_key(use.key, now=now)


def of_one_moment(path: str) -> bool:
    """Whether the door of that address says so (bureaus.models.scope.of_one_moment)."""
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    return getattr(getattr(view, "cls", view), "of_one_moment", False)


class OutsideMiddleware:
    """Of the portal: every request is one transaction of a login that sees what is published."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, rendered while its transaction was open."""
        if request.path.startswith(WITHOUT_DATABASE):
            return self.get_response(request)
        with scope(role=PORTAL):
            return self.get_response(request)


class QueueKeyMiddleware:
    """The key of what waits in a browser goes with the session: signed out, or somebody else signed in, it is gone.

    Of every answer, so that no way of signing in or out passes it by. The desk of a booth hands it out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, which takes another's key away."""
        response = self.get_response(request)
        kept = request.COOKIES.get(QUEUE_COOKIE)
        if kept and QUEUE_COOKIE not in response.cookies:
            # As it is after the view: signing in or out has changed it.
            officer = request.user if isinstance(request.user, Officer) else None
            if officer is None or not constant_time_compare(kept, queue_key(officer)):
                response.delete_cookie(QUEUE_COOKIE, samesite="Strict")
        return response
