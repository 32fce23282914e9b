"""Yearly reports: who has written which, and one of them as page and .docx."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bureaus.access import Act
from bureaus.models import Place
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import done, word_file
from bureaus.workdays import local_date
from disclosure.access import districts_of
from disclosure.documents.annual import PARTS, paper_of_report
from disclosure.forms.annual import BeginForm, ReportForm, initial_of
from disclosure.forms.summaries import ApproveForm
from disclosure.models import AnnualReport
from disclosure.services.annual import (
    EARLIEST,
    approve_report,
    draft_report,
    due_of,
    edit_report,
    findings_of_report,
    numbers_of,
)
from disclosure.services.completing import places_that_publish
from disclosure.services.items import may_with
from inquiries.views.reader import held_by, officer_of


@login_required
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """The bureaus of the reader's district and its office in one year, each with its report."""
    held = held_by(request)
    this_year = local_date(timezone.now()).year
    try:
        year = int(request.GET.get("year", this_year - 1))
    except ValueError as wrong:
        raise Http404 from wrong
    if not EARLIEST <= year <= this_year:
        raise Http404
    written = {
        report.place_id: report
        for report in AnnualReport.objects.filter(district__in=districts_of(held), year=year)
    }
    rows = [
        {
            "place": place,
            "report": written.get(place.pk),
            "due_at": due_of(place, year),
            "writes": may_with(held, Act.WRITE_ITEM, place),
        }
        for district in sorted(districts_of(held))
        for place in places_that_publish(district)
        if place.kind != Place.Kind.UNIT
    ]
    years = {"before": year - 1 if year > EARLIEST else None, "after": year + 1 if year < this_year else None}
    return render(
        request,
        "disclosure/annual_reports.html",
        {"rows": rows, "year": year, "now": timezone.now(), **years},
    )


@login_required
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """The report of that place and year is drafted where there is none yet."""
    form = BeginForm(request.POST)
    if not form.is_valid():
        raise Http404
    districts = districts_of(held_by(request))
    place = get_object_or_404(
        Place.objects.filter(Q(pk__in=districts) | Q(district__in=districts)), pk=form.cleaned_data["place"]
    )
    try:
        report = draft_report(
            place=place, year=form.cleaned_data["year"], by=officer_of(request), now=timezone.now()
        )
    except Refusal as refused:
        return render(request, "bida/refused.html", {"sentence": str(refused)}, status=422)
    return redirect("annual_report", pk=report.pk)


def _report_or_404(request: HttpRequest, pk: int) -> AnnualReport:
    """A report of the reader's district: one that is approved, or one the reader may write."""
    held = held_by(request)
    found = get_object_or_404(
        AnnualReport.objects.select_related("place", "approved_by", "edited_by"),
        pk=pk,
        district__in=districts_of(held),
    )
    # The numbers of a draft are those that its reader sees, so that nobody opens it who sees less than the whole.
    if found.approved_at is None and not may_with(held, Act.WRITE_ITEM, found.place):
        raise Http404
    return found


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as it reads now, with the checks, and the boxes of who writes it."""
    found = _report_or_404(request, pk)
    if request.method != "POST":
        return _show(request, found)
    form = ReportForm(request.POST)

    def act() -> None:
        given = form.cleaned_data
        edit_report(
            found.pk,
            cells=form.cells(),
            parts={code: given[code] for code in PARTS},
            seen=given["seen"],
            by=officer_of(request),
            now=timezone.now(),
        )

    if not done(form, act):
        return _show(request, found, form=form, status=422)
    messages.success(request, _("Saved."))
    return redirect("annual_report", pk=found.pk)


@login_required
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approved and frozen; or the page again with what the checks found."""
    found = _report_or_404(request, pk)
    form = ApproveForm(request.POST)

    def act() -> None:
        given = form.cleaned_data
        approve_report(
            found.pk,
            seen=given["seen"],
            although=given["although"],
            by=officer_of(request),
            now=timezone.now(),
        )

    if not done(form, act):
        return _show(request, found, approving=form, status=422)
    messages.success(request, _("Approved. Its numbers are frozen."))
    return redirect("annual_report", pk=found.pk)


def _show(
    request: HttpRequest,
    found: AnnualReport,
    *,
    form: ReportForm | None = None,
    approving: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    held, numbers = held_by(request), numbers_of(found)
    context = {
        "report": found,
        "official": paper_of_report(found, numbers),
        "words": {f"{{{name}}}": each for name, each in numbers.words().items()},
        "form": form or ReportForm(initial=initial_of(found.cells, found.parts, found.version)),
        "approving": approving or ApproveForm(initial={"seen": found.version}),
        "findings": [] if found.approved_at else findings_of_report(found, numbers),
        "may_write": found.approved_at is None and may_with(held, Act.WRITE_ITEM, found.place),
        "may_approve": found.approved_at is None and may_with(held, Act.PUBLISH_ITEM, found.place),
    }
    return render(request, "disclosure/annual_report.html", context, status=status)


@login_required
@require_GET
def docx(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper as a .docx in the form of GB/T 9704-2012."""
    found = _report_or_404(request, pk)
    paper = paper_of_report(found, numbers_of(found))
    return word_file(paper)
