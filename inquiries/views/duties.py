"""What else is owed: one duty, and the words that end it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bureaus.services.refusals import Refusal
from inquiries.access import may_end
from inquiries.forms.duties import AcknowledgeForm, CallForm, CircularForm, DutyForm
from inquiries.models import Duty
from inquiries.models.duty import DutyKind
from inquiries.services.calling import attempts_at, log_call
from inquiries.services.citizens import sentence_of
from inquiries.services.duties import ends_in_words, label_of, url_of
from inquiries.services.moving import DECIDED_ELSEWHERE, answer_duty
from inquiries.views.reader import held_by, officer_of


@login_required
@require_http_methods(["GET", "POST"])
def duty(request: HttpRequest, pk: int) -> HttpResponse:
    """One duty: what is owed, by when, and the words that end it."""
    found = get_object_or_404(
        Duty.objects.select_related("inquiry", "place", "asked_by", "asked_place"), pk=pk
    )
    calls = found.kind == DutyKind.TELL
    if found.kind == DutyKind.CALENDAR and found.done_at is None:
        return redirect("calendar", year=int(found.subject))
    if found.kind in (DutyKind.BULLETIN_REVIEW, DutyKind.BULLETIN_SIGN):
        return redirect("bulletin_draft", pk=int(found.subject))
    if found.kind == DutyKind.BULLETIN_PUBLISH:
        return redirect("bulletin", pk=int(found.subject))
    if found.kind in DECIDED_ELSEWHERE and found.inquiry_id and not calls:
        return redirect("inquiry", pk=found.inquiry_id)
    if not ends_in_words(found):
        return redirect(url_of(found))
    own = {DutyKind.CIRCULAR: CircularForm, DutyKind.TELL: CallForm, DutyKind.ACKNOWLEDGE: AcknowledgeForm}
    kind: type[Form] = own[DutyKind(found.kind)] if found.kind in own else DutyForm
    form = kind(request.POST or None, label_suffix="")
    in_list = bool(getattr(request, "htmx", False))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                if calls:
                    log_call(
                        pk,
                        result=given["result"],
                        at=given["at"],
                        words=given["reply"],
                        by=officer_of(request),
                        now=timezone.now(),
                    )
                else:
                    answer_duty(
                        pk,
                        reply=given["reply"],
                        decision=given.get("decision", "done"),
                        planned_on=given.get("planned_on"),
                        by=officer_of(request),
                        now=timezone.now(),
                    )
        except Refusal as refused:
            elsewhere = "result" if calls else "reply"
            form.add_error(refused.field if refused.field in form.fields else elsewhere, str(refused))
        else:
            said = _("Done: %(act)s.") % {"act": label_of(found)}
            if in_list and found.inquiry:
                return render(request, "inquiries/panel_done.html", {"inquiry": found.inquiry, "said": said})
            messages.success(request, said)
            return redirect("today")
    return render(
        request,
        "inquiries/duty_panel.html" if in_list else "inquiries/duty.html",
        {
            "duty": found,
            "label": label_of(found),
            "form": form if may_end(held_by(request), found) else None,
            "back": reverse("today"),
            "attempts": attempts_at(found.inquiry) if calls and found.inquiry else 0,
            "says": sentence_of(found.inquiry, found.terms.get("what", ""), now=timezone.now())
            if calls and found.inquiry
            else "",
            "answer": found.inquiry.answers.order_by("-round").first()
            if calls and found.inquiry and found.terms.get("what") == "answered"
            else None,
        },
        status=422 if form.errors else 200,
    )
