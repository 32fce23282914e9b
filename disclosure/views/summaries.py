"""The summary of a booth, or of the district's open day: read, written, checked, approved, as page and .docx."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bureaus.access import MAY, Act
from bureaus.models import Place
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import done, word_file
from disclosure.access import districts_of
from disclosure.documents.summary import PARTS, paper_of
from disclosure.forms.summaries import ApproveForm, SeenForm, SummaryForm
from disclosure.models import Summary
from disclosure.services.summaries import (
    approve_summary,
    draft_summary,
    edit_summary,
    findings_of,
    publish_summary,
    read_records,
)
from disclosure.views.reader import day_or_404
from inquiries.access import covers
from inquiries.views.reader import held_by, officer_of


def _summary_or_404(request: HttpRequest, pk: int) -> Summary:
    """A summary of the reader's district: one that is approved, or one the reader may write or approve."""
    held = held_by(request)
    found = get_object_or_404(
        Summary.objects.select_related("place", "open_day", "approved_by", "edited_by"),
        pk=pk,
        district__in=districts_of(held),
    )
    if found.approved_at is None and not _may(request, Act.RECORD, found.place):
        raise Http404
    return found


def _may(request: HttpRequest, act: Act, place: Place) -> bool:
    return any(act in MAY[holding.post.role] and covers(holding, place) for holding in held_by(request))


@login_required
@require_POST
def begin(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """The summary of that bureau, or of the district, is drafted where there is none yet."""
    day = day_or_404(request, pk)
    of = get_object_or_404(Place, pk=place)
    try:
        summary = draft_summary(day=day, place=of, by=officer_of(request), now=timezone.now())
    except Refusal as refused:
        return render(request, "bida/refused.html", {"sentence": str(refused)}, status=422)
    return redirect("open_day_summary", pk=summary.pk)


@login_required
@require_http_methods(["GET", "POST"])
def summary(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as it reads now, with the checks, the figures and the boxes of who writes it."""
    found = _summary_or_404(request, pk)
    form, status = SummaryForm(initial={"seen": found.version, **found.parts}), 200
    if request.method == "POST":
        form = SummaryForm(request.POST)
        if done(form, lambda: _edit(request, found, form)):
            messages.success(request, _("Saved."))
            return redirect("open_day_summary", pk=found.pk)
        status = 422
    return _show(request, found, form=form, status=status)


def _edit(request: HttpRequest, found: Summary, form: Form) -> None:
    given = form.cleaned_data
    edit_summary(
        found.pk,
        parts={code: given[code] for code in PARTS},
        seen=given["seen"],
        by=officer_of(request),
        now=timezone.now(),
    )


@login_required
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approved and frozen; or the page again with what the checks found."""
    found = _summary_or_404(request, pk)
    form = ApproveForm(request.POST)

    def act() -> None:
        given = form.cleaned_data
        approve_summary(
            found.pk,
            seen=given["seen"],
            although=given["although"],
            by=officer_of(request),
            now=timezone.now(),
        )

    if not done(form, act):
        return _show(request, found, approving=form, status=422)
    messages.success(request, _("Approved. Its numbers are frozen."))
    return redirect("open_day_summary", pk=found.pk)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Published, and unchangeable."""
    found = _summary_or_404(request, pk)
    form = SeenForm(request.POST)

    def act() -> None:
        publish_summary(found.pk, seen=form.cleaned_data["seen"], by=officer_of(request), now=timezone.now())

    if not done(form, act):
        return _show(
            request, found, status=422, refused=" ".join(str(each) for each in form.non_field_errors())
        )
    messages.success(request, _("Published."))
    return redirect("open_day_summary", pk=found.pk)


def _show(
    request: HttpRequest,
    found: Summary,
    *,
    form: Form | None = None,
    approving: Form | None = None,
    status: int = 200,
    refused: str = "",
) -> HttpResponse:
    read = read_records(found.open_day, found.place)
    words = found.frozen or {name: each.words for name, each in read.figures.items() if each.known}
    frozen = found.frozen or {}
    context = {
        "summary": found,
        "day": found.open_day,
        "official": paper_of(found, words),
        "form": form or SummaryForm(initial={"seen": found.version, **found.parts}),
        "approving": approving or ApproveForm(initial={"seen": found.version}),
        "findings": [] if found.approved_at else findings_of(found, read),
        "figures": [
            {
                "token": "{" + name + "}",
                "of": each,
                "words": frozen.get(name, each.words),
                "since": each.words if name in frozen and frozen[name] != each.words else "",
            }
            for name, each in read.figures.items()
        ],
        "may_write": found.approved_at is None and _may(request, Act.RECORD, found.place),
        "may_approve": _may(request, Act.APPROVE, found.place),
        "refused": refused,
    }
    return render(request, "disclosure/summary.html", context, status=status)


@login_required
@require_GET
def docx(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as a .docx in the form of GB/T 9704-2012."""
    found = _summary_or_404(request, pk)
    read = read_records(found.open_day, found.place)
    words = found.frozen or {name: each.words for name, each in read.figures.items() if each.known}
    paper = paper_of(found, words)
    return word_file(paper)
