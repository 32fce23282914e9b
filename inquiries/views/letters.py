"""The letter to the citizen, to be printed and posted."""

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
from bureaus.models import Place
from bureaus.models.fields import KeyDestroyed
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date
from inquiries.access import acts_now
from inquiries.forms.acts import PostedForm
from inquiries.models import Inquiry
from inquiries.services.calling import log_letter
from inquiries.services.citizens import TOLD_OF, sentence_of
from inquiries.services.reading import read_clear
from inquiries.views.reader import officer_of


@login_required
@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """The letter as it is printed; with name and address once that reading is on record; and the day it was posted."""
    if what not in TOLD_OF:
        raise Http404
    inquiry = get_object_or_404(Inquiry.objects.select_related("holder", "district", "citizen__key"), pk=pk)
    if inquiry.citizen is not None and inquiry.citizen.erased_at is not None:
        raise Http404
    answer = inquiry.answers.select_related("place").order_by("-round").first()
    if what == "answered" and answer is None:
        raise Http404
    officer, now = officer_of(request), timezone.now()
    posting = "posted_on" in request.POST
    form = PostedForm(
        request.POST if posting else None,
        inquiry=inquiry,
        officer=officer,
        initial={"posted_on": local_date(now)},
    )
    clear: dict[str, str] = {}
    refusal = ""
    if posting and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                log_letter(
                    pk,
                    what=what,
                    posted_on=given["posted_on"],
                    number=given["number"],
                    by=officer,
                    now=now,
                    seen=given["seen"],
                )
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("The posting is on record."))
            return redirect("inquiry", pk=pk)
    elif request.method == "POST" and not posting:
        try:
            clear = read_clear(pk, reason=_("address of a letter"), by=officer, now=now)
        except (Refusal, KeyDestroyed) as refused:
            refusal = str(refused)
    signed = answer.place if what == "answered" and answer else inquiry.holder
    context = {
        "inquiry": inquiry,
        "what": what,
        "says": sentence_of(inquiry, what, now=now),
        "answer": answer if what == "answered" else None,
        "signed": signed,
        "bureau": Place.objects.get(pk=signed.bureau_id),
        "clear": clear,
        "refusal": refusal,
        "form": form,
        "may_post": Act.LOG_CONTACT in acts_now(officer, inquiry, now=now),
        "on": local_date(now),
    }
    return render(request, "inquiries/letter.html", context, status=422 if form.errors or refusal else 200)
