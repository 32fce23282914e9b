"""A new inquiry."""

from __future__ import annotations

import secrets
from datetime import date

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import MAY, Act, Holding
from bureaus.models import Place
from bureaus.models.fields import NotAPhone
from bureaus.services.refusals import Refusal
from inquiries.forms.recording import RecordForm
from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven
from inquiries.services.recording import CitizenGiven, record_inquiry
from inquiries.views.reader import held_by, officer_of


def _recording_places(held: list[Holding]) -> list[Place]:
    own = [h.post.place for h in held if Act.RECORD in MAY[h.post.role]]
    return list(Place.objects.standing().under(own)) if own else []


@login_required
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """A question is recorded, answered at once or followed up; then its receipt. Nothing typed is lost on an error."""
    officer, now = officer_of(request), timezone.now()
    held = held_by(request)
    places = _recording_places(held)
    if not places:
        return render(request, "inquiries/record_not.html", status=403)
    if request.method == "GET":
        first = {
            "key": secrets.token_urlsafe(24),
            "channel": request.session.get("channel", "desk"),
            "place": next((h.post.place_id for h in held if Act.RECORD in MAY[h.post.role]), None),
        }
        return render(request, "inquiries/record.html", {"form": RecordForm(places=places, initial=first)})
    form = RecordForm(request.POST, places=places)
    if form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                recorded = record_inquiry(
                    by=officer,
                    now=now,
                    place=given["place"],
                    kind=given["kind"],
                    channel=given["channel"],
                    question=given["question"],
                    asked_at=given["asked_at"],
                    received_on=given["received_on"],
                    urgency=given["urgency"],
                    topic=given["topic"],
                    source=given["source"],
                    external_number=given["external_number"],
                    about_place=given["about_place"],
                    citizen=CitizenGiven(
                        standing=given["standing"],
                        name=given["name"],
                        phone=given["phone"],
                        email=given["email"],
                        address=given["address"],
                        identity_number=given["identity_number"],
                    ),
                    answer=AnswerGiven(
                        given["outcome"], given["text"], given["told_how"], promised_on=given["promised_on"]
                    )
                    if given["at_once"]
                    else None,
                    key=given["key"],
                    held=held,
                )
        except NotAPhone as wrong:
            form.add_error("phone", str(wrong))
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            request.session["channel"] = given["channel"]
            request.session["receipt"] = {
                "pk": recorded.pk,
                "reference": recorded.reference,
                "due_on": recorded.due_on.isoformat(),
                "answered": recorded.answered_at is not None,
                "sealed": recorded.sealed,
            }
            return redirect("receipt")
    return render(request, "inquiries/record.html", {"form": form}, status=422)


@login_required
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """What the last recording of this session gave: the reference for the citizen, and when an answer is due."""
    stub = request.session.get("receipt")
    if not stub:
        return redirect("record")
    return render(
        request,
        "inquiries/receipt.html",
        {
            "receipt": stub,
            "due_on": date.fromisoformat(stub["due_on"]),
            "inquiry": Inquiry.objects.filter(pk=stub["pk"]).select_related("holder").first(),
        },
    )
