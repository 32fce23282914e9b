"""The files of an inquiry."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bureaus.models.fields import KeyDestroyed
from bureaus.services.refusals import Refusal
from inquiries.models import Attachment
from inquiries.services.attaching import MOST_BYTES, TooLarge, attach_file
from inquiries.services.reading import read_attachment
from inquiries.views.matter import visible
from inquiries.views.reader import officer_of


@login_required
@require_http_methods(["POST"])
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """A file is kept with the inquiry, or the page says why not."""
    found, officer = visible(pk), officer_of(request)
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, _("Choose a file first."))
        return redirect("inquiry", pk=pk)
    if upload.size is not None and upload.size > MOST_BYTES:
        messages.error(request, str(TooLarge()))
        return redirect("inquiry", pk=pk)
    try:
        with transaction.atomic():
            attach_file(
                found.pk, name=upload.name or "", content=upload.read(), by=officer, now=timezone.now()
            )
    except Refusal as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The file is kept with the inquiry."))
    return redirect("inquiry", pk=pk)


@login_required
@require_http_methods(["POST"])
def attachment(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One file, to be saved and never run, after the reason is on record; who does not see the inquiry gets 404."""
    found = get_object_or_404(
        Attachment.objects.select_related("key", "inquiry"), pk=number, inquiry=visible(pk)
    )
    officer, reason = officer_of(request), request.POST.get("reason", "")
    try:
        with transaction.atomic():
            name, content = read_attachment(found, reason=reason, by=officer, now=timezone.now())
    except Refusal as refused:
        messages.error(request, str(refused))
        return redirect("inquiry", pk=pk)
    except (KeyDestroyed, FileNotFoundError) as gone:
        raise Http404 from gone
    response = HttpResponse(content, content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
