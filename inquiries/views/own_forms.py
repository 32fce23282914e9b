"""A district's own form, filled with a bulletin's numbers as it was frozen; nothing of it is kept."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from inquiries.documents.own_forms import NotAForm, UnknownNames, fill_form
from inquiries.models import Bulletin
from inquiries.services.attaching import MOST_BYTES
from inquiries.views.reader import officer_of


@login_required
@require_POST
def filled(request: HttpRequest, pk: int) -> HttpResponse:
    """The form comes back filled, or the bulletin with what is wrong with the form. Raises Http404."""
    officer_of(request)
    bulletin = get_object_or_404(Bulletin, pk=pk)
    form = request.FILES.get("form")
    try:
        if form is None or form.size is None or form.size > MOST_BYTES:
            raise NotAForm
        content = fill_form(form.read(), bulletin)
    except (NotAForm, UnknownNames) as wrong:
        messages.error(request, str(wrong))
        return redirect("bulletin", pk=pk)
    response = HttpResponse(content, content_type="application/octet-stream")
    name = form.name or _("form")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
