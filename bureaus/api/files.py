"""Files that go out of the REST API: told as bytes, saved by their name, never run."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from rest_framework.renderers import BaseRenderer


class BytesRenderer(BaseRenderer):
    """Only named, so that a client may ask for it; the door writes the bytes."""

    media_type = "application/octet-stream"
    format = "bytes"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        """As it is."""
        return data


def file_response(content: bytes, *, name: str) -> HttpResponse:
    """The bytes, to be saved under that name."""
    response = HttpResponse(content, content_type=BytesRenderer.media_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
