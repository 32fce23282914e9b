"""Saved views: kept from the list of today, and looked after on a page of their own."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bureaus.access import MAY, Act
from bureaus.models import Place
from bureaus.services.refusals import Refusal
from inquiries.forms.asking import TodayForm
from inquiries.models import SavedView
from inquiries.services.views import remove_view, rename_view, save_view, start_with
from inquiries.views.reader import held_by, officer_of
from inquiries.views.today import address_of, offered_for


@login_required
@require_http_methods(["GET", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """My views and those shared with me; posted, what narrows the list of today is kept as one more."""
    refused = ""
    if request.method == "POST":
        refused = _keep(request)
        if not refused:
            return redirect(f"{reverse('today')}?{request.POST.get('filters', '')}")
    officer = officer_of(request)
    led = {h.post.place_id for h in held_by(request) if Act.SHARE_VIEWS in MAY[h.post.role]}
    rows = [
        {
            "view": each,
            "address": address_of(each.filters),
            "mine": each.owner == officer.pk or each.place_id in led,
        }
        for each in offered_for(request).views
    ]
    context = {"rows": rows, "refused": refused, "typed": request.POST}
    return render(request, "inquiries/views.html", context, status=422 if refused else 200)


def _keep(request: HttpRequest) -> str:
    """Why it is refused, in words; "" where it is kept."""
    asked = QueryDict(request.POST.get("filters", ""))
    form = TodayForm(asked, offered=offered_for(request))
    if not form.is_valid():
        return _("These filters are not known any more. Narrow the list anew.")
    filters = form.given() | ({"all": "1"} if asked.get("all") == "1" else {})
    place = None
    if given := request.POST.get("place"):
        place = Place.objects.filter(pk=given if given.isdigit() else 0).first()
        if place is None:
            return _("This place is not known.")
    try:
        with transaction.atomic():
            made = save_view(
                name=request.POST.get("name", ""),
                filters=filters,
                place=place,
                by=officer_of(request),
                held=held_by(request),
                now=timezone.now(),
            )
    except Refusal as wrong:
        return str(wrong)
    messages.success(request, _("“%(name)s” is kept.") % {"name": made.name})
    return ""


@login_required
@require_POST
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """A view is named anew, removed, or begun with from now on."""
    found = get_object_or_404(SavedView, pk=pk)
    officer, held, do = officer_of(request), held_by(request), request.POST.get("do", "")
    try:
        with transaction.atomic():
            if do == "rename":
                rename_view(found.pk, name=request.POST.get("name", ""), by=officer, held=held)
            elif do == "remove":
                remove_view(found.pk, by=officer, held=held)
            elif do == "start":
                start_with(found.pk, by=officer)
            else:
                start_with(None, by=officer)
    except Refusal as wrong:
        messages.error(request, str(wrong))
    return redirect("views")
