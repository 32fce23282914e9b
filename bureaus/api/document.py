"""The OpenAPI document and the page to browse it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from bureaus.api.examples import with_examples
from bureaus.api.headers import with_headers


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of every address under /api/v1/; it does not change while the server runs."""
    with translation.override("en"):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return with_headers(with_examples(made))


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The document, open to everybody: it holds no row."""
    text = json.dumps(document(), ensure_ascii=False, indent=1)
    return HttpResponse(text, content_type="application/vnd.oai.openapi+json;version=3.1")


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """The document as a page."""
    return render(request, "bida/api.html")
