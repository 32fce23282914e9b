"""A new code for a lost one, and how a matter stands for who calls."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from bureaus.access import Act
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import district_kept, refuse
from disclosure.forms.codes import NewCodeForm, StandingForm
from disclosure.services import codes
from disclosure.services.finding import hotlines_of
from disclosure.services.visiting import in_groups
from inquiries.access import may
from inquiries.documents.receipt import qr_code_of
from inquiries.models import Inquiry
from inquiries.views.reader import officer_of


@never_cache
@login_required
@sensitive_variables("code")
@require_http_methods(["GET", "POST"])
def new_code(request: HttpRequest, pk: int) -> HttpResponse:
    """By what the citizen was known, then a receipt with the new code, which stands nowhere else and is shown once."""
    officer, now = officer_of(request), timezone.now()
    inquiry = get_object_or_404(Inquiry.objects.select_related("holder"), pk=pk)
    if not may(officer, Act.CALL_BACK, inquiry, now=now):
        raise PermissionDenied
    form = NewCodeForm(request.POST or None, inquiry=inquiry, officer=officer)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                code = codes.give_new_code(
                    pk, identity=given["identity"], seen=given["seen"], by=officer, now=now
                )
        except Refusal as refused:
            refuse(form, refused)
        else:
            follow = reverse("public_follow", kwargs={"district": inquiry.district_id})
            address = request.build_absolute_uri(f"{follow}?reference={inquiry.reference}")
            context = {
                "inquiry": inquiry,
                "code": in_groups(code),
                "address": address,
                "has_portal": settings.HAS_PORTAL,
            }
            return render(request, "disclosure/new_code_given.html", {**context, "qr": qr_code_of(address)})
    context = {"form": form, "inquiry": inquiry}
    return render(request, "disclosure/new_code.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@sensitive_post_parameters("digits")
@require_http_methods(["GET", "POST"])
def call_status(request: HttpRequest) -> HttpResponse:
    """How a matter stands, by its reference and the last four digits of the number left with it."""
    district, now = district_kept(request, Act.RECORD), timezone.now()
    form = StandingForm(request.POST or None, label_suffix="")
    context: dict[str, object] = {"form": form, "now": now}
    if request.method == "POST" and form.is_valid():
        try:
            told = codes.tell_standing(
                district=district, by=officer_of(request), now=now, **form.cleaned_data
            )
            if told is None:
                raise codes.NoSuchMatter
        except Refusal as refused:
            refuse(form, refused)
        else:
            context |= {"told": told, "hotlines": hotlines_of([told.place])}
    return render(request, "disclosure/call_status.html", context, status=422 if form.errors else 200)
