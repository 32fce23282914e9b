"""What the composite score of a bureau weighs, as the district sets it: each issue is another edition."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bureaus.access import Act
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import district_kept, refuse
from inquiries.figures.ranking import weights_of
from inquiries.forms.weights import WeightsForm, words_of
from inquiries.models import ScoreWeights
from inquiries.services.bulletins import issue_weights
from inquiries.views.reader import officer_of

EDITIONS_SHOWN = 10


@login_required
@require_http_methods(["GET", "POST"])
def weights(request: HttpRequest) -> HttpResponse:
    """The weights in force, to be edited, and the editions before. What was typed is kept on an error."""
    officer, district = officer_of(request), district_kept(request, Act.EDIT_RULES)
    now_in_force = weights_of(district.pk)
    first = {"seen": now_in_force.edition, "ranked_from": now_in_force.ranked_from}
    form, status = WeightsForm(initial={**now_in_force.of, **first}), 200
    if request.method == "POST":
        form, status = WeightsForm(request.POST), 422
        if form.is_valid():
            try:
                with transaction.atomic():
                    issue_weights(district=district, by=officer, now=timezone.now(), **form.weights())
            except Refusal as refused:
                refuse(form, refused)
            else:
                messages.success(request, _("In force from now on: what is ranked follows at once."))
                return redirect("weights")
    editions = ScoreWeights.objects.filter(district=district).select_related("by").order_by("-number")
    context = {
        "form": form,
        "in_force": now_in_force,
        "editions": [(each, words_of(each.weights)) for each in editions[:EDITIONS_SHOWN]],
    }
    return render(request, "inquiries/weights.html", context, status=status)
