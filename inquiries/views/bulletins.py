"""Bulletins (通报): made, reviewed by another, signed and frozen by the director, published to the bureaus or kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import MAY, Act
from bureaus.models import Place
from bureaus.models.scope import NOTHING, Scope, of_one_moment
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse, word_file
from inquiries.documents.bulletins import (
    COLUMNS,
    figures_cube,
    language,
    line_of,
    lines_of,
    number_said,
    paper_of,
    written,
)
from inquiries.documents.cubes import xlsx_of
from inquiries.figures import Period
from inquiries.forms.asking import BulletinForm, StepForm
from inquiries.models import Bulletin, BulletinDraft, Duty
from inquiries.models.duty import DutyKind
from inquiries.services.bulletins import (
    Moved,
    make_bulletin,
    preview_bulletin,
    publish_bulletin,
    refuse_bulletin,
    review_bulletin,
    run_again,
    sign_bulletin,
)
from inquiries.views.reader import held_by, officer_of

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Shift:
    """A number that has moved: of which figure and bureau, then and now."""

    label: str
    basis: str
    bureau: str
    then: str
    now: str


def _district(request: HttpRequest) -> Place | None:
    """The district of which the reader sees all; None for a bureau's people."""
    officer_of(request)
    seen: Scope = getattr(request, "seen", NOTHING)
    return Place.objects.filter(pk=seen.district).first() if seen.district else None


def _may(request: HttpRequest, act: Act, district: Place | None) -> bool:
    return district is not None and any(
        act in MAY[held.post.role] and held.post.place_id == district.pk for held in held_by(request)
    )


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "bida/refused.html", {"sentence": sentence}, status=403)


def _for_others(request: HttpRequest) -> HttpResponse:
    return _refused(
        request, _("Drafts of bulletins, and what has moved since one, are for the district's office.")
    )


@login_required
@require_http_methods(["GET", "POST"])
def bulletins(request: HttpRequest) -> HttpResponse:
    """Those that the reader may see, newest first; the office makes one more, by default of last month."""
    officer, now = officer_of(request), timezone.now()
    district = _district(request)
    may_make = _may(request, Act.MAKE_BULLETIN, district)
    form, status, earlier = None, 200, None
    if request.method == "POST" and not may_make:
        return _refused(request, _("Only the district's office makes bulletins."))
    if may_make and district is not None:
        earlier = _earlier(request, district)
        form = BulletinForm(initial=_usual(request, earlier), district=district)
        if request.method == "POST":
            form, status = BulletinForm(request.POST, district=district), 422
            if form.is_valid():
                given = form.cleaned_data
                days = Period(given.pop("first_on"), given.pop("last_on"))
                try:
                    with transaction.atomic():
                        made = make_bulletin(district=district, period=days, by=officer, now=now, **given)
                except Refusal as refused:
                    refuse(form, refused)
                else:
                    messages.success(request, _("Made. Another officer of the office reviews it next."))
                    return redirect("bulletin_draft", pk=made.pk)
    found = Bulletin.objects.defer("figures", "definitions").select_related(
        "by", "publication", "replaced_by"
    )
    drafts = BulletinDraft.objects.filter(decided_at=None).exclude(passed=False).select_related("made_by")
    context = {
        "form": form,
        "earlier": earlier,
        "withdraws": request.GET.get("withdraws") == "1" or request.POST.get("withdraws") in ("on", "True"),
        "drafts": [(each, Period(each.first_on, each.last_on)) for each in drafts.order_by("pk")],
        "rows": [(each, Period(each.first_on, each.last_on)) for each in found.order_by("-year", "-number")],
        "whole": district is not None,
    }
    return render(request, "inquiries/bulletins.html", context, status=status)


def _earlier(request: HttpRequest, district: Place) -> Bulletin | None:
    given = request.POST.get("replaces") or request.GET.get("replaces", "")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Http404
    return get_object_or_404(Bulletin, pk=int(given), district=district)


def _usual(request: HttpRequest, earlier: Bulletin | None) -> dict[str, Any]:
    """Last month, or the days of the one that is corrected."""
    ends = timezone.localdate().replace(day=1) - timedelta(days=1)
    days = {"first_on": ends.replace(day=1), "last_on": ends}
    if earlier is None:
        return days
    withdraws = request.GET.get("withdraws") == "1"
    days = {"first_on": earlier.first_on, "last_on": earlier.last_on}
    return {**days, "replaces": earlier.pk, "withdraws": withdraws}


@login_required
@require_http_methods(["GET", "POST"])
@of_one_moment
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft with its figures as they are now, and the step it waits for. Raises Http404."""
    district, officer, now = _district(request), officer_of(request), timezone.now()
    if district is None:
        return _for_others(request)
    found = get_object_or_404(
        BulletinDraft.objects.select_related(
            "district", "made_by", "reviewed_by", "decided_by", "replaces__district"
        ),
        pk=pk,
    )
    form, status = StepForm(), 200
    if request.method == "POST":
        form, status = StepForm(request.POST), 422
        steps: dict[str, Callable[[str], Any]] = {
            "pass": lambda said: review_bulletin(pk, passed=True, words=said, by=officer, now=now),
            "back": lambda said: review_bulletin(pk, passed=False, words=said, by=officer, now=now),
            "sign": lambda said: sign_bulletin(pk, by=officer, now=now),
            "refuse": lambda said: refuse_bulletin(pk, reason=said, by=officer, now=now),
        }
        step = steps.get(request.POST.get("step", ""))
        if step is None:
            raise Http404
        if form.is_valid():
            try:
                with transaction.atomic():
                    made = step(form.cleaned_data["reason"])
            except Refusal as refused:
                refuse(form, refused)
            else:
                if isinstance(made, Bulletin):
                    messages.success(
                        request, _("Signed and frozen: bulletin no. %(n)s.") % {"n": made.number}
                    )
                    return redirect("bulletin", pk=made.pk)
                messages.success(request, _("Done."))
                return redirect("bulletin_draft", pk=pk)
    made = Bulletin.objects.filter(draft=found).first()
    looks = None if made or not found.is_open else preview_bulletin(found, now=now)
    waits = "" if not found.is_open else "review" if found.passed is None else "signature"
    context = {
        "draft": found,
        "made": made,
        "period": Period(found.first_on, found.last_on),
        "waits": waits,
        "own": found.made_by_id == officer.pk,
        "may_review": waits == "review"
        and found.made_by_id != officer.pk
        and _may(request, Act.REVIEW_BULLETIN, district),
        "may_sign": waits == "signature" and _may(request, Act.SIGN_BULLETIN, district),
        "form": form,
        "now": now,
        **(_told(looks) if looks else {}),
    }
    return render(request, "inquiries/bulletin_draft.html", context, status=status)


def _told(found: Bulletin) -> dict[str, Any]:
    """The lines and definitions of a bulletin, for its table."""
    said = [found.definitions[name.split(".")[0]][language()] for name in COLUMNS]
    return {
        "columns": [each["label"] for each in said],
        "definitions": said,
        "lines": lines_of(found),
        "whole": line_of(found, "", found.district.name),
    }


@login_required
@require_http_methods(["GET", "POST"])
def bulletin(request: HttpRequest, pk: int) -> HttpResponse:
    """One bulletin as it was frozen, on screen and paper; the director publishes or keeps it. Raises Http404."""
    district, officer = _district(request), officer_of(request)
    found = get_object_or_404(
        Bulletin.objects.select_related(
            *("district", "by", "draft__made_by", "draft__reviewed_by"),
            *("replaces__district", "replaced_by", "publication__by"),
        ),
        pk=pk,
    )
    form, status = StepForm(), 200
    if request.method == "POST":
        form, status = StepForm(request.POST), 422
        if form.is_valid():
            try:
                with transaction.atomic():
                    publish_bulletin(
                        pk,
                        publish=request.POST.get("step") == "publish",
                        reason=form.cleaned_data["reason"],
                        by=officer,
                        now=timezone.now(),
                    )
            except Refusal as refused:
                refuse(form, refused)
            else:
                messages.success(request, _("Done."))
                return redirect("bulletin", pk=pk)
    duty = None
    if district is not None:
        owed = Duty.objects.filter(kind=DutyKind.BULLETIN_PUBLISH, district=district, subject=str(pk))
        duty = owed.select_related("done_by").first()
    context = {
        "bulletin": found,
        "number": number_said(found),
        "period": Period(found.first_on, found.last_on),
        "watches": district is not None,
        "duty": duty,
        "may_publish": duty is not None
        and duty.done_at is None
        and _may(request, Act.PUBLISH_BULLETIN, district),
        "may_replace": not hasattr(found, "replaced_by") and _may(request, Act.MAKE_BULLETIN, district),
        "form": form,
        **_told(found),
    }
    return render(request, "inquiries/bulletin.html", context, status=status)


@transaction.non_atomic_requests
@login_required
@require_GET
def docx(request: HttpRequest, pk: int) -> HttpResponse:
    """The bulletin as a paper of GB/T 9704, the same whenever it is fetched. Raises Http404."""
    officer_of(request)
    found = get_object_or_404(
        Bulletin.objects.select_related("district", "draft", "replaces__district"), pk=pk
    )
    return word_file(paper_of(found), str(number_said(found)))


@transaction.non_atomic_requests
@login_required
@require_GET
@of_one_moment
def moved(request: HttpRequest, pk: int) -> HttpResponse:
    """What is another number now; every figure is counted again, so it comes after the page. Raises Http404."""
    if _district(request) is None:
        return _for_others(request)
    found = get_object_or_404(Bulletin.objects.select_related("district"), pk=pk)
    shifts = [_shift(found, each) for each in run_again(found, now=timezone.now())]
    context = {
        "whole": [each for each in shifts if not each.bureau],
        "by_bureau": [each for each in shifts if each.bureau],
        "bulletin": found,
    }
    return render(request, "inquiries/bulletin_moved.html", context)


@transaction.non_atomic_requests
@login_required
@require_GET
def numbers(request: HttpRequest, pk: int) -> HttpResponse:
    """Every count and rate of the bulletin as a workbook, the same bytes each time. Raises Http404."""
    officer_of(request)
    found = get_object_or_404(Bulletin, pk=pk)
    response = HttpResponse(xlsx_of(figures_cube(found)), content_type=WORKBOOK)
    name = f"{found.year}-{found.number}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _shift(found: Bulletin, each: Moved) -> Shift:
    code, basis, *key = each.name.split(".")
    bases = {"cohort": _("by the day of asking"), "happened": _("by the day it was done")}
    defined = found.definitions.get(code)
    return Shift(
        defined[language()]["label"] if defined else code,
        bases.get(basis, basis),
        found.figures["bureaus"].get(key[0], found.district.name) if key else "",
        written(each.then),
        written(each.now),
    )
