"""Whose tables the reader keeps, and what is said where a change of them is refused."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest

from bureaus.access import MAY, Act, Holding
from bureaus.models import Place
from bureaus.services.refusals import Refusal


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


def refuse(form: Form, refused: Refusal | ValidationError) -> None:
    """The refusal stands at its field, in words."""
    if isinstance(refused, Refusal):
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return
    named = getattr(refused, "error_dict", None)
    if named is None:
        form.add_error(None, refused)
        return
    for field, errors in named.items():
        form.add_error(field if field in form.fields else None, errors)
