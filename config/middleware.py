"""Every request is one transaction that sees what its officer may see."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from bureaus.access import holdings, scope_of
from bureaus.models import Officer
from bureaus.models.scope import WEB, scope

# Probes must answer while the database is away, and static files read none.
WITHOUT_DATABASE = ("/healthz", "/readyz", settings.STATIC_URL)


class ScopeMiddleware:
    """Opens the scope of the officer who is signed in, an empty one for anybody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response, rendered while its transaction was open."""
        if request.path.startswith(WITHOUT_DATABASE):
            return self.get_response(request)
        officer = request.user if isinstance(request.user, Officer) else None
        now = timezone.now()
        held = holdings(officer, now=now) if officer else []
        seen = scope_of(officer, now=now, held=held)
        # Pages ask for both again and again; they are read once.
        request.held, request.seen = held, seen  # type: ignore[attr-defined]
        with scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer):
            return self.get_response(request)
