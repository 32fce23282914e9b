"""Whose tables the reader keeps, what is said where a change is refused, and a paper as a file."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from bureaus.access import MAY, Act, Holding
from bureaus.letterhead import Official, docx_of
from bureaus.models import Place
from bureaus.services.refusals import Refusal

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


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


def done(form: Form, act: Callable[[], object]) -> bool:
    """Whether the form was in order and its act has been done; a refusal stands at its field, and nothing was done."""
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            act()
    except Refusal as refused:
        refuse(form, refused)
        return False
    return True


def word_file(paper: Official, name: str = "") -> HttpResponse:
    """The paper as a .docx in the form of GB/T 9704-2012, under that name or its title's."""
    response = HttpResponse(docx_of(paper), content_type=DOCX)
    name = f"{name or ''.join(paper.title.splitlines())}.docx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
