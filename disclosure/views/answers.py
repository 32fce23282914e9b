"""Answers on their way to the public: proposed in redacted words, approved by another."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bureaus.access import Act
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse
from disclosure.documents.structured import of_answer, of_answers
from disclosure.forms.answers import ProposalForm, ReferenceForm
from disclosure.models import PublishedAnswer
from disclosure.services import answers as acts
from disclosure.services.finding import Search
from disclosure.services.issues import keep_inside, publish_issue, withdraw_issue
from disclosure.services.items import may_with
from disclosure.views.items import places_of
from disclosure.views.public import PAGE, district_of, show
from disclosure.views.reader import issue_or_404
from inquiries.models import Inquiry
from inquiries.views.reader import held_by, officer_of

NEWEST = 50


@login_required
@require_http_methods(["GET", "POST"])
def answers(request: HttpRequest) -> HttpResponse:
    """What waits to be approved and what is published, the newest first; the next by its reference."""
    officer = officer_of(request)
    form = ReferenceForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        found = Inquiry.objects.filter(reference=form.cleaned_data["reference"].strip(), sealed=False).first()
        if found is not None and found.answered_at is not None:
            return redirect("answer_propose", pk=found.pk)
        refuse(form, acts.NotToBePublished())
    held = held_by(request)
    rows = (
        PublishedAnswer.objects.filter(place__in=places_of(request), withdrawn_at=None)
        .select_related("place", "inquiry", "proposed_by", "approved_by")
        .order_by("-pk")[:NEWEST]
    )
    context = {
        "form": form,
        "rows": [
            {
                "row": row,
                "may": may_with(held, Act.PUBLISH_ITEM, row.place),
                "own": row.proposed_by_id == officer.pk,
            }
            for row in rows
        ],
    }
    return render(request, "disclosure/answers.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Question and answer beside the words suggested for everybody. What was typed is kept on an error."""
    officer = officer_of(request)
    inquiry = get_object_or_404(Inquiry.objects.select_related("holder", "citizen__key"), pk=pk, sealed=False)
    answer = acts.answer_of(inquiry)
    if answer is None:
        raise Http404
    if not may_with(held_by(request), Act.WRITE_ITEM, inquiry.holder):
        raise PermissionDenied
    names = acts.names_in(inquiry)
    first = {"question": acts.suggest(inquiry.question, names), "answer": acts.suggest(answer.text, names)}
    form = ProposalForm(request.POST or None, label_suffix="", initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                acts.propose_answer(pk, by=officer, now=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Proposed. Another person has to approve it."))
            return redirect("answers")
    context = {"form": form, "inquiry": inquiry, "answer": answer}
    return render(request, "disclosure/answer_propose.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """It is approved or withdrawn; refused, the list says why."""
    officer, now = officer_of(request), timezone.now()
    get_object_or_404(PublishedAnswer, pk=pk, place__in=places_of(request))
    deed = acts.approve_answer if request.POST.get("do") == "approve" else acts.withdraw_answer
    try:
        with transaction.atomic():
            deed(pk, by=officer, now=now)
    except Refusal as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("On record."))
    return redirect("answers")


@login_required
@require_POST
def decide_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to a hot issue is published, kept inside or withdrawn; refused, its page says why."""
    found, officer, now = issue_or_404(request, pk), officer_of(request), timezone.now()
    seen = request.POST.get("seen", "")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 18 else 0
    try:
        with transaction.atomic():
            if request.POST.get("do") == "withdraw":
                withdraw_issue(found.pk, by=officer, now=now)
            elif request.POST.get("do") == "keep":
                keep_inside(found.pk, reason=request.POST.get("reason", ""), by=officer, now=now)
            else:
                publish_issue(found.pk, seen=number, by=officer, now=now)
    except Refusal as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("On record."))
    return redirect("hot_issue", pk=found.pk)


@require_GET
def public_answers(request: HttpRequest, district: int) -> HttpResponse:
    """Published answers by words, the newest first, page by page."""
    found = district_of(district)
    words = request.GET.get("q", "").strip()
    search = Search.of(words)
    salt = f"answers|{found.pk}|{' '.join(search.words)}"
    before: tuple[datetime, int] | None = None
    if after := request.GET.get("after"):
        try:
            at, last = signing.loads(after, salt=salt)
        except (signing.BadSignature, ValueError) as wrong:
            raise Http404 from wrong
        before = (datetime.fromisoformat(at), last)
    rows = acts.find_answers(found.pk, search, before=before, limit=PAGE + 1)
    following = ""
    if len(rows) > PAGE:
        rows = rows[:PAGE]
        following = signing.dumps([str(rows[-1].approved_at), rows[-1].pk], salt=salt)
    context = {"answers": rows, "q": words, "following": following, "structured": of_answers(rows)}
    return show(request, "answers", found, context)


@require_GET
def public_answer(request: HttpRequest, district: int, pk: int) -> HttpResponse:
    """One of them, by the address that the feed tells."""
    found = district_of(district)
    row = get_object_or_404(acts.read_by_everybody(found.pk).select_related("place"), pk=pk)
    return show(request, "answer", found, {"answers": [row], "structured": of_answer(row)})
