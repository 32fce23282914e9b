"""Standard texts (常用答复): what a place keeps, what it is offered from above, and each text in its editions."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import MAY, Act
from bureaus.models import Place
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse
from inquiries.forms.texts import TextForm
from inquiries.models import StandardText
from inquiries.services.blanks import BLANKS
from inquiries.services.refusals import EditionChanged
from inquiries.services.texts import change_text, in_force, withdraw_text, write_text
from inquiries.views.reader import held_by, officer_of


def _places_kept(request: HttpRequest) -> list[Place]:
    """The standing places whose texts the reader keeps, the own one first. Raises PermissionDenied for none."""
    own = [h.post.place for h in held_by(request) if Act.KEEP_TEXTS in MAY[h.post.role]]
    if not own:
        raise PermissionDenied
    return list(Place.objects.standing().under(own).order_by("path"))


@login_required
@require_GET
def texts(request: HttpRequest) -> HttpResponse:
    """The texts of one place, and those that places above it keep and it is offered too."""
    places = _places_kept(request)
    wanted = request.GET.get("place", "")
    place = next((place for place in places if str(place.pk) == wanted), None if wanted else places[0])
    if place is None:
        raise Http404
    rows = in_force().filter(place__in=place.above_ids).select_related("place", "topic", "by")
    found = sorted(rows, key=lambda text: (-place.above_ids.index(text.place_id), text.title))
    kept = {each.pk for each in places}
    context = {
        "places": places,
        "place": place,
        "own": [text for text in found if text.place_id == place.pk],
        "above": [text for text in found if text.place_id != place.pk],
        "kept": kept,
    }
    return render(request, "inquiries/texts.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_text(request: HttpRequest) -> HttpResponse:
    """A text that a place keeps from now on. What was typed is kept on an error."""
    places, officer = _places_kept(request), officer_of(request)
    if request.method == "GET":
        wanted = request.GET.get("place", "")
        first = {"place": wanted if wanted in {str(place.pk) for place in places} else places[0].pk}
        return _show(request, TextForm(places=places, initial=first))
    form = TextForm(request.POST, places=places)
    if form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                write_text(
                    place=given["place"],
                    title=given["title"],
                    text=given["text"],
                    topic=given["topic"],
                    by=officer,
                    now=timezone.now(),
                )
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The text is kept, and offered from now on."))
            return redirect(f"{reverse('texts')}?place={given['place'].pk}")
    return _show(request, form, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def text(request: HttpRequest, line: uuid.UUID) -> HttpResponse:
    """One text and its editions: changed as a new edition, or withdrawn. What was typed is kept on an error."""
    places, officer = _places_kept(request), officer_of(request)
    editions = list(
        StandardText.objects.filter(line=line, place__in=places)
        .select_related("place", "topic", "by")
        .order_by("-number")[:50]
    )
    if not editions:
        raise Http404
    last = editions[0]
    if request.method == "GET":
        first = {"seen": last.number, "topic": last.topic_id, "title": last.title, "text": last.text}
        return _show(request, TextForm(places=places, fixed=True, initial=first), editions)
    form = TextForm(request.POST, places=places, fixed=True)
    ends = request.POST.get("do") == "withdraw"
    if form.is_valid():
        given, now = form.cleaned_data, timezone.now()
        seen = given["seen"] or 0
        try:
            with transaction.atomic():
                if ends:
                    withdraw_text(line, by=officer, now=now, seen=seen)
                else:
                    change_text(
                        line,
                        title=given["title"],
                        text=given["text"],
                        topic=given["topic"],
                        by=officer,
                        now=now,
                        seen=seen,
                    )
        except EditionChanged as refused:
            form.add_error(None, str(refused))
            # The next save is of the edition that stands now, which is shown below.
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["seen"] = str(last.number)  # type: ignore[index]
            return _show(request, form, editions, status=409)
        except Refusal as refused:
            refuse(form, refused)
        else:
            said = _("The text is withdrawn.") if ends else _("The text is saved as a new edition.")
            messages.success(request, said)
            return redirect(f"{reverse('texts')}?place={last.place_id}")
    return _show(request, form, editions, status=422)


def _show(
    request: HttpRequest,
    form: TextForm,
    editions: list[StandardText] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "editions": editions,
        "last": editions[0] if editions else None,
        "blanks": BLANKS,
    }
    return render(request, "inquiries/text.html", context, status=status)
