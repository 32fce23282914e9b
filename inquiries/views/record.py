"""A new inquiry."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bureaus.access import MAY, Act, Holding
from bureaus.models import Place
from bureaus.models.fields import NotAPhone
from bureaus.models.scope import NOTHING
from bureaus.services.refusals import Refusal
from inquiries.documents.receipt import qr_code_of
from inquiries.forms.acts import LIKELY_TOLD
from inquiries.forms.recording import RecordForm
from inquiries.models import Citizen, Inquiry
from inquiries.models.answer import ToldHow
from inquiries.models.rules import Kind, Urgency
from inquiries.services.answering import AnswerGiven
from inquiries.services.hinting import Hints, Typed, hints_for
from inquiries.services.recording import CitizenGiven, record_inquiry
from inquiries.services.refusals import SameKeyOtherBody
from inquiries.signs import dangers_in
from inquiries.views.reader import held_by, officer_of


def recording_places(held: list[Holding]) -> list[Place]:
    """The standing places at which these posts record, each with all below it."""
    own = [h.post.place for h in held if Act.RECORD in MAY[h.post.role]]
    return list(Place.objects.standing().under(own)) if own else []


def desk_of(request: HttpRequest, held: list[Holding], places: list[Place]) -> int:
    """Where the officer recorded last in this session, else her own place.

    Who stands at a desk or sits at a hotline does so for a while.
    """
    last = request.session.get("last_record", {}).get("place")
    if last in {place.pk for place in places}:
        return int(last)
    return next(h.post.place_id for h in held if Act.RECORD in MAY[h.post.role])


# What a guess may choose.
_TAKEN = frozenset({"kind", "topic", "urgency"})


def _number(given: Mapping[str, Any], name: str) -> int | None:
    text = str(given.get(name) or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _moment(given: Mapping[str, Any], name: str) -> Any:
    with suppress(ValidationError):
        return RecordForm.base_fields[name].clean(given.get(name))
    return None


def _hints(request: HttpRequest, given: Mapping[str, Any], places: list[Place]) -> Hints:
    """What is known of what stands in the form so far, whether or not it could be recorded."""
    about, at = _number(given, "about_place"), _number(given, "place")
    kind, urgency = str(given.get("kind") or ""), str(given.get("urgency") or "")
    now: datetime = timezone.now()
    typed = Typed(
        place=next((place for place in places if place.pk == at), places[0]),
        question=str(given.get("question") or ""),
        kind=kind if kind in Kind.values else Kind.CONSULTATION,
        urgency=urgency if urgency in Urgency.values else Urgency.ORDINARY,
        topic_id=_number(given, "topic"),
        phone=str(given.get("phone") or ""),
        asked_at=_moment(given, "asked_at"),
        received_on=_moment(given, "received_on"),
        external_due_at=_moment(given, "external_due_at"),
        about_place=Place.objects.filter(pk=about).first() if about else None,
    )
    return hints_for(typed, seen=getattr(request, "seen", NOTHING), now=now)


@login_required
@require_POST
def hints(request: HttpRequest) -> HttpResponse:
    """What follows the words while they are typed: sent as a body, so that none stand in an address or a log."""
    places = recording_places(held_by(request))
    if not places:
        raise PermissionDenied
    context = {"hints": _hints(request, request.POST, places), "now": timezone.now()}
    return render(request, "inquiries/record_hints.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """A question is recorded, answered at once or followed up; then its receipt. Nothing typed is lost on an error."""
    officer, now = officer_of(request), timezone.now()
    held = held_by(request)
    places = recording_places(held)
    if not places:
        return render(request, "inquiries/record_not.html", status=403)
    if request.method == "GET":
        last = request.session.get("last_record", {})
        first = {
            "key": secrets.token_urlsafe(24),
            "channel": last.get("channel", "desk"),
            "told_how": LIKELY_TOLD.get(last.get("channel", "desk"), ToldHow.IN_PERSON),
            "source": last.get("source", ""),
            "place": desk_of(request, held, places),
        }
        return _show(request, RecordForm(places=places, initial=first), first, places)
    if "look" in request.POST or "take" in request.POST:
        # Without JavaScript: the page again with what is known of it, and with the guess that was taken.
        so_far = request.POST.dict()
        name, _eq, value = so_far.get("take", "").partition("=")
        if name in _TAKEN:
            so_far[name] = value
        return _show(request, RecordForm(places=places, initial=so_far), so_far, places)
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
                    external_due_at=given["external_due_at"],
                    about_place=given["about_place"],
                    citizen=CitizenGiven(
                        standing=given["standing"],
                        name=given["name"],
                        phone=given["phone"],
                        email=given["email"],
                        address=given["address"],
                        identity_number=given["identity_number"],
                        applicant=given["applicant"] or Citizen.Applicant.NATURAL,
                        wanted=given["wanted"],
                    ),
                    answer=AnswerGiven(
                        given["outcome"],
                        given["text"],
                        given["told_how"],
                        promised_on=given["promised_on"],
                        ground=given["ground"],
                    )
                    if given["at_once"]
                    else None,
                    key=given["key"],
                    held=held,
                )
        except NotAPhone as wrong:
            form.add_error("phone", str(wrong))
        except SameKeyOtherBody:
            # Gone back to, and something else typed: it may be another question, but nobody records it unawares.
            form = RecordForm({**request.POST.dict(), "key": secrets.token_urlsafe(24)}, places=places)
            form.add_error(
                None, _("This form was recorded already. If this is another question, send it once more.")
            )
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            if given["at_once"] and recorded.answered_at is None:
                messages.info(
                    request, _("Sent for approval. It is not answered, and is chased, until it is approved.")
                )
            request.session["last_record"] = {
                "channel": given["channel"],
                "source": given["source"],
                "place": given["place"].pk,
            }
            request.session["receipt"] = {
                "pk": recorded.pk,
                "reference": recorded.reference,
                "due_on": recorded.due_on.isoformat(),
                "answered": recorded.answered_at is not None,
                "sealed": recorded.sealed,
            }
            return redirect("receipt")
    return _show(request, form, request.POST, places, status=422)


def _show(
    request: HttpRequest,
    form: RecordForm,
    given: Mapping[str, Any],
    places: list[Place],
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "hints": _hints(request, given, places), "now": timezone.now()}
    return render(request, "inquiries/record.html", context, status=status)


@login_required
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """What the last recording of this session gave: the reference for the citizen, and when an answer is due."""
    stub = request.session.get("receipt")
    if not stub:
        return redirect("record")
    inquiry = Inquiry.objects.filter(pk=stub["pk"]).select_related("holder").first()
    return render(
        request,
        "inquiries/receipt.html",
        {
            "receipt": stub,
            "due_on": date.fromisoformat(stub["due_on"]),
            "inquiry": inquiry,
            "code": qr_code_of(stub["reference"]),
            "dangers": dangers_in(inquiry.question) if inquiry is not None and inquiry.is_open else [],
        },
    )
