"""Whose tables the reader keeps."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from bureaus.access import MAY, Act, Holding
from bureaus.models import Place


def held_by(request: HttpRequest) -> list[Holding]:
    """The posts the reader acts for, as the scope of this request was opened with them."""
    held: list[Holding] = getattr(request, "held", [])
    return held


def district_kept(request: HttpRequest, act: Act) -> Place:
    """The district in which a post of the reader allows the act. Raises PermissionDenied where none does."""
    for holding in held_by(request):
        if act in MAY[holding.post.role]:
            place = holding.post.place
            return place if place.district_id is None else Place.objects.get(pk=place.root_id)
    raise PermissionDenied
