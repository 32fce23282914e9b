"""A decision signed on paper is entered: its scan, who signed, and when."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bureaus.access import Act
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse
from inquiries.access import acts_now
from inquiries.forms.signing import SignedForm
from inquiries.models import Draft, Duty
from inquiries.models.duty import DutyKind
from inquiries.services.attaching import MOST_BYTES, TooLarge
from inquiries.services.duties import label_of
from inquiries.services.signing import SIGNED, enter_signed_paper, signers_of
from inquiries.views.matter import visible
from inquiries.views.reader import officer_of


@login_required
@require_http_methods(["GET", "POST"])
def signed_paper(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What waits for a signature is decided by its scan. What was typed is kept on an error. Raises Http404."""
    found, officer, now = visible(pk), officer_of(request), timezone.now()
    duty = get_object_or_404(
        Duty.objects.open().select_related("place", "inquiry"), pk=number, inquiry=found, kind__in=SIGNED
    )
    if Act.ENTER_PAPER not in acts_now(officer, found, now=now):
        raise Http404
    posts = signers_of(duty)
    usual = {"seen": found.version, "signed_on": timezone.localdate(), "post": posts[0].pk if posts else None}
    form = SignedForm(request.POST or None, request.FILES or None, posts=posts, initial=usual)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        upload = given["file"]
        try:
            if upload.size > MOST_BYTES:
                raise TooLarge
            with transaction.atomic():
                enter_signed_paper(
                    found.pk,
                    duty=duty,
                    post=given["post"],
                    signed_on=given["signed_on"],
                    name=upload.name or "",
                    content=upload.read(),
                    by=officer,
                    now=now,
                    seen=given["seen"],
                )
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Entered: %(what)s.") % {"what": label_of(duty)})
            return redirect("inquiry", pk=pk)
    context = {
        "inquiry": found,
        "duty": duty,
        "label": label_of(duty),
        "draft": Draft.objects.filter(inquiry=found, decided_at=None).select_related("drafted_by").first()
        if duty.kind == DutyKind.APPROVAL
        else None,
        "form": form,
    }
    return render(request, "inquiries/signed_paper.html", context, status=422 if form.errors else 200)
