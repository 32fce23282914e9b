"""Booklets of the reader's places: put together, read, printed, put together anew."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bureaus.access import Act
from bureaus.models import Place
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse, word_file
from disclosure.checklist import BY_CODE, CHOICES
from disclosure.forms.booklets import BookletForm, EditionForm
from disclosure.models import Booklet, BookletEdition, PublicItem
from disclosure.services import booklets as acts
from disclosure.services.items import may_with
from disclosure.views.items import chosen_place, places_of, writable_places
from disclosure.views.public import district_of, show
from inquiries.views.reader import held_by, officer_of


@login_required
@require_GET
def booklets(request: HttpRequest) -> HttpResponse:
    """The last edition of each, and what has changed since."""
    rows = [{"edition": edition, "stale": stale} for edition, stale in acts.newest_of(places_of(request))]
    context = {"rows": rows, "may_write": bool(writable_places(request))}
    return render(request, "disclosure/booklets.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_booklet(request: HttpRequest) -> HttpResponse:
    """A place and a kind are chosen, the items ticked, the title typed. What was typed is kept on an error."""
    places = writable_places(request)
    if not places:
        raise PermissionDenied
    place = chosen_place(request, places) or places[0]
    kind = request.GET.get("kind", "")
    kind = kind if kind in BY_CODE else ""
    public = [row for row in acts.items_for(place) if not kind or row.kind == kind]
    form = BookletForm(request.POST or None, public=public, initial={"items": [row.pk for row in public]})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                edition = acts.make_booklet(
                    place=place,
                    title=given["title"],
                    measure=given["measure"],
                    items=given["items"],
                    by=officer_of(request),
                    now=timezone.now(),
                )
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Put together. It is on the list of what booths hand out."))
            return redirect("booklet", pk=edition.booklet_id)
    context = {"form": form, "places": places, "place": place, "kind": kind, "kinds": CHOICES}
    context |= {"groups": _by_kind(public), "public": public}
    return render(
        request, "disclosure/booklet_new.html", context, status=422 if form.is_bound and form.errors else 200
    )


def _by_kind(public: Sequence[PublicItem]) -> list[dict[str, Any]]:
    return [
        {"label": BY_CODE[kind].label, "rows": list(rows)}
        for kind, rows in groupby(public, key=lambda row: row.kind)
    ]


def _found(request: HttpRequest, pk: int) -> Booklet:
    booklet = get_object_or_404(Booklet.objects.select_related("place", "material"), pk=pk)
    held = held_by(request)
    read = (Act.WRITE_ITEM, Act.REVIEW_ITEM, Act.PUBLISH_ITEM, Act.READ_AUDIT)
    if not any(may_with(held, act, booklet.place) for act in read):
        raise Http404
    return booklet


def _edition(booklet: Booklet, number: str) -> BookletEdition:
    rows = booklet.editions.select_related("booklet__place", "made_by").order_by("-number")
    if not number:
        return rows[0]
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise Http404
    return get_object_or_404(rows, number=int(number))


@login_required
@require_GET
def booklet(request: HttpRequest, pk: int) -> HttpResponse:
    """One edition as it is printed, what has changed since, and how many were handed out."""
    found = _found(request, pk)
    edition = _edition(found, request.GET.get("edition", ""))
    entries = acts.entries_of(edition)
    context = {
        "booklet": found,
        "edition": edition,
        "editions": list(found.editions.select_related("made_by").order_by("-number")[:50]),
        "changed": acts.changed_since(entries),
        "handed_out": acts.handed_out(found),
        "official": acts.paper_of(edition, entries),
        "may_write": may_with(held_by(request), Act.WRITE_ITEM, found.place),
        "may_publish": may_with(held_by(request), Act.PUBLISH_ITEM, found.place),
        "publication": found.publications.select_related("edition", "published_by")
        .filter(withdrawn_at=None)
        .first(),
    }
    return render(request, "disclosure/booklet.html", context)


@login_required
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """The last edition is shown to everybody, or the booklet no more; refused, its page says why."""
    found, officer, now = _found(request, pk), officer_of(request), timezone.now()
    seen = request.POST.get("seen", "")
    try:
        with transaction.atomic():
            if request.POST.get("do") == "withdraw":
                acts.withdraw_booklet(found.pk, by=officer, now=now)
            else:
                number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else 0
                acts.publish_booklet(found.pk, seen=number, by=officer, now=now)
    except Refusal as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("On record."))
    return redirect("booklet", pk=found.pk)


@require_GET
def public_booklets(request: HttpRequest, district: int) -> HttpResponse:
    """Every booklet that is public."""
    found = district_of(district)
    return show(request, "booklets", found, {"editions": acts.public_editions(found)})


def _public(found: Place, pk: int) -> BookletEdition:
    edition = next((row for row in acts.public_editions(found) if row.booklet_id == pk), None)
    if edition is None:
        raise Http404
    return edition


@require_GET
def public_booklet(request: HttpRequest, district: int, pk: int) -> HttpResponse:
    """One of them, of what is published still as it stands in it."""
    found = district_of(district)
    edition = _public(found, pk)
    items, anew = acts.public_items(edition)
    context = {"edition": edition, "official": acts.public_paper_of(edition, items), "anew": anew}
    return show(request, "booklet", found, context)


@require_GET
def public_docx(request: HttpRequest, district: int, pk: int) -> HttpResponse:
    """The same as a .docx in the form of GB/T 9704-2012."""
    edition = _public(district_of(district), pk)
    items, _anew = acts.public_items(edition)
    return word_file(acts.public_paper_of(edition, items))


@login_required
@require_http_methods(["GET", "POST"])
def new_edition(request: HttpRequest, pk: int) -> HttpResponse:
    """What the last edition held is ticked, as far as it is public still."""
    found = _found(request, pk)
    if not may_with(held_by(request), Act.WRITE_ITEM, found.place):
        raise PermissionDenied
    last = _edition(found, "")
    public = acts.items_for(found.place)
    held = [entry.version.item_id for entry in acts.entries_of(last)]
    form = EditionForm(request.POST or None, public=public, initial={"items": held, "seen": last.number})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                edition = acts.make_edition(
                    found.pk,
                    items=form.cleaned_data["items"],
                    seen=form.cleaned_data["seen"] or 0,
                    by=officer_of(request),
                    now=timezone.now(),
                )
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Edition %(n)d is put together.") % {"n": edition.number})
            return redirect(reverse("booklet", args=[found.pk]))
    context = {"form": form, "booklet": found, "place": found.place, "last": last}
    context |= {"groups": _by_kind(public), "public": public}
    return render(
        request, "disclosure/booklet_new.html", context, status=422 if form.is_bound and form.errors else 200
    )


@login_required
@require_GET
def docx(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The edition as a .docx in the form of GB/T 9704-2012."""
    found = _found(request, pk)
    edition = _edition(found, str(number))
    return word_file(acts.paper_of(edition, acts.entries_of(edition)))
