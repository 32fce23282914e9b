"""What every address of the REST API has in common: who comes in, what is taken, what is told of the limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer, as_serializer_error
from rest_framework.views import APIView

from bureaus.access import Holding
from bureaus.api.problems import KeyRefused, ScopeMissing, Unprocessable
from bureaus.api.schema import DoorSchema
from bureaus.models import ApiKey, Officer
from bureaus.models.scope import NOTHING, Scope
from bureaus.serializers import Nothing, Query, Strict, shared
from bureaus.services.api_keys import TooMany, Use


class KeyAuthentication(BaseAuthentication):
    """The key that the middleware has opened the rows with."""

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        """The officer a key acts for, or nobody, and the key."""
        refused = getattr(request._request, "key_refused", None)
        if refused is not None:
            raise KeyRefused(refused)
        use: Use | None = getattr(request._request, "key_use", None)
        return None if use is None else (use.key.officer or AnonymousUser(), use.key)

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class KeyInDocument(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Authorization: Bearer <key>."""
        return {"type": "http", "scheme": "bearer", "description": "manage.py make_key NAME --scope …"}


class HasScope(BasePermission):
    """A key with the scope of the method, or an officer who is signed in: what her posts allow, services decide."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises NotAuthenticated, ScopeMissing."""
        wanted = getattr(view, "scopes", {}).get(request.method, getattr(view, "scope", ""))
        if isinstance(request.auth, ApiKey):
            if wanted and wanted not in request.auth.scopes:
                raise ScopeMissing(wanted)
            return True
        if not isinstance(request.user, Officer):
            raise NotAuthenticated
        return True


class Door(APIView):
    """One resource. `scope` is what a key needs, `query` the parameters, `body` what a POST takes."""

    authentication_classes = (KeyAuthentication, SessionAuthentication)
    permission_classes = (HasScope,)
    scope: ClassVar[str] = ""
    # Where a method needs another scope than the rest.
    scopes: ClassVar[dict[str, str]] = {}
    query: ClassVar[type[Query]] = Nothing
    body: ClassVar[type[Strict] | None] = None
    # The words that a part of the address may be, where it is one of a list; read when the document is written.
    words: ClassVar[dict[str, Callable[[], Iterable[str]]]] = {}
    # What each method answers: the status and the serializer, None for something else than JSON.
    answers: ClassVar[dict[str, tuple[int, type[BaseSerializer[Any]] | BaseSerializer[Any] | None]]] = {}
    # Problems beside those that every address may answer with.
    problems: ClassVar[tuple[int, ...]] = ()
    tag: ClassVar[str] = ""
    schema = DoorSchema()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who comes in may, and everything asked for is known; `self.asked` holds the parameters."""
        if request.method is not None and request.method.lower() not in self._served():
            wrong = MethodNotAllowed(request.method)
            wrong.allowed = self.allowed_methods  # type: ignore[attr-defined]
            raise wrong
        super().initial(request, *args, **kwargs)
        # Whoever asks which methods there are asks for nothing yet.
        self.asked = {} if request.method == "OPTIONS" else self.query.read(request.query_params)

    def _served(self) -> set[str]:
        return {method.lower() for method in self.allowed_methods}

    def taken(self, request: Request, body: type[Strict] | None = None) -> dict[str, Any]:
        """The body, checked. Raises Unprocessable."""
        wanted = body or self.body
        if wanted is None:
            return {}
        try:
            return dict(shared(wanted).run_validation(request.data))
        except ValidationError as wrong:
            raise Unprocessable(as_serializer_error(wrong)) from wrong

    @property
    def seen(self) -> Scope:
        """What the reader sees, as the scope of this request was opened with it."""
        found: Scope = getattr(self.request._request, "seen", NOTHING)
        return found

    @property
    def held(self) -> list[Holding]:
        """The posts the reader acts for."""
        found: list[Holding] = getattr(self.request._request, "held", [])
        return found

    @property
    def officer(self) -> Officer:
        """Who acts. Raises NotAuthenticated for a key that acts for nobody, which no scope to act allows."""
        if not isinstance(self.request.user, Officer):
            raise NotAuthenticated
        return self.request.user

    @property
    def reader(self) -> str:
        """Names the reader inside signed cursors."""
        key = self.request.auth
        return f"key {key.pk}" if isinstance(key, ApiKey) else f"officer {self.request.user.pk}"

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """With the limit of the key, and never in a shared cache unless the door says so."""
        done = super().finalize_response(request, response, *args, **kwargs)
        use = limit_of(request._request)
        if use is not None:
            done["RateLimit-Policy"] = f'"key";q={use.limit};w=60'
            done["RateLimit"] = f'"key";r={use.left};t={use.resets_in}'
        # Pages say where they go on: lists by a cursor, a time line by its last number.
        told = getattr(done, "data", None)
        if request.method == "GET" and isinstance(told, dict) and told.get("more", True):
            following = told.get("next")
            asked = request.GET.copy()
            if following is not None:
                asked["after" if isinstance(following, int) else "cursor"] = following
                done["Link"] = f'<{request.path}?{asked.urlencode()}>; rel="next"'
        if not done.has_header("Cache-Control"):
            done["Cache-Control"] = "private, no-store"
        return done

    def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Which methods there are. No body, whatever the door renders: one would be read as the next answer."""
        return HttpResponse(status=204, headers={"Allow": ", ".join(self.allowed_methods)})


def limit_of(request: HttpRequest) -> Use | None:
    """The use of the key of this request, also of one that was refused for being one too many."""
    use: Use | None = getattr(request, "key_use", None)
    refused = getattr(request, "key_refused", None)
    return refused.use if isinstance(refused, TooMany) else use
