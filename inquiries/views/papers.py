"""A paper of an inquiry: as it is printed, and as a .docx."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bureaus.access import Act
from bureaus.letterhead import Official
from bureaus.models.fields import KeyDestroyed
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import word_file
from inquiries.access import may
from inquiries.documents.papers import PAPERS, Paper, at_hand, signed_by, write_paper
from inquiries.models import Inquiry, IssuedPaper
from inquiries.services.papers import issue_paper
from inquiries.services.reading import read_clear
from inquiries.views.matter import visible
from inquiries.views.reader import held_by, officer_of


class _Asked(NamedTuple):
    """The paper that was asked for, and what it says."""

    inquiry: Inquiry
    paper: Paper
    about: int
    issued: IssuedPaper | None
    official: Official
    clear: dict[str, str]
    refusal: str


def _asked(request: HttpRequest, pk: int, code: str, *, in_clear: bool) -> _Asked:
    """Raises Http404 for what is not seen and for a paper there is not."""
    inquiry, now = visible(pk), timezone.now()
    about = at_hand(inquiry).get(code)
    if about is None:
        raise Http404
    paper = PAPERS[code]
    clear, refusal = {}, ""
    if in_clear and paper.shows_citizen:
        try:
            clear = read_clear(
                pk,
                reason=_("for a paper: %(title)s") % {"title": paper.title},
                by=officer_of(request),
                now=now,
            )
        except (Refusal, KeyDestroyed) as refused:
            refusal = str(refused)
    issued = inquiry.issued_papers.filter(kind=code, about=about).first() if paper.issued_by else None
    official = write_paper(code, inquiry, about, clear=clear, issued=issued, now=now)
    return _Asked(inquiry, paper, about, issued, official, clear, refusal)


@login_required
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The paper as it is printed; issued, under its number; with name and address once that reading is on record."""
    officer, now = officer_of(request), timezone.now()
    if "issue" in request.POST:
        if code not in at_hand(visible(pk)):
            raise Http404
        try:
            with transaction.atomic():
                issued = issue_paper(pk, kind=code, by=officer, now=now)
        except Refusal as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Issued under %(number)s.") % {"number": issued})
        return redirect("paper", pk=pk, code=code)
    asked = _asked(request, pk, code, in_clear=request.method == "POST")
    act, held = asked.paper.issued_by, held_by(request)
    citizen = asked.inquiry.citizen
    context = {
        "inquiry": asked.inquiry,
        "paper": asked.paper,
        "official": asked.official,
        "clear": asked.clear,
        "refusal": asked.refusal,
        "issued": asked.issued,
        "may_issue": act is not None
        and asked.issued is None
        and may(
            officer,
            act,
            asked.inquiry,
            now=now,
            place=signed_by(code, asked.inquiry, asked.about),
            held=held,
        ),
        "may_fill": asked.paper.shows_citizen
        and citizen is not None
        and citizen.key_id is not None
        and citizen.erased_at is None
        and may(officer, Act.READ_CLEAR, asked.inquiry, now=now, held=held),
    }
    return render(request, "inquiries/paper.html", context, status=422 if asked.refusal else 200)


@login_required
@require_http_methods(["GET", "POST"])
def docx(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The same paper as a .docx: masked, or posted, with name and address once that reading is on record."""
    asked = _asked(request, pk, code, in_clear=request.method == "POST")
    if asked.refusal:
        messages.error(request, asked.refusal)
        return redirect("paper", pk=pk, code=code)
    with translation.override("zh-hans"):
        name = f"{asked.paper.title} {asked.inquiry.reference}"
    return word_file(asked.official, name)
