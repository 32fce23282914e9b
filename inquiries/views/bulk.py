"""One act on a selection of rows: what it would do to each, then, confirmed, what became of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bureaus.models.scope import NOTHING, WEB, Scope, scope
from bureaus.views.previewed import stamp_of, was_previewed
from inquiries.bulk import BY_ACT, Many, acts_offered, row_forms, run_of
from inquiries.forms.bulk import BulkForm
from inquiries.models import Inquiry
from inquiries.services.bulk import MOST, RefusedByDatabase, TooManyRows, begin_bulk, do_row, try_act
from inquiries.views.reader import held_by, officer_of


def bulk_bar(request: HttpRequest, *, first: str = "") -> dict[str, Any]:
    """What a list shows to choose rows with: the acts that the reader's posts allow, none for who may do none.

    `first` is the act that the list is for.
    """
    same = {name: value for name, value in request.GET.items() if name != "chosen"}
    return {
        "bulk_first": first,
        # The same page with every row chosen, and with none.
        "choose_all": urlencode({**same, "chosen": "all"}),
        "choose_none": urlencode(same),
        "bulk_acts": [many.deed for many in acts_offered(held_by(request))],
        "all_chosen": request.GET.get("chosen") == "all",
    }


@login_required
@require_http_methods(["GET", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """What the act would do to each of the chosen rows, or why it would be refused; nothing is done yet."""
    if request.method == "GET":
        return redirect("today")
    return _preview(request)


def _preview(request: HttpRequest) -> HttpResponse:
    many = BY_ACT.get(request.POST.get("act", ""))
    if many is None or many not in acts_offered(held_by(request)):
        return _refused(request, _("Choose what is to be done to the rows."))
    seen = _rows(request.POST.getlist("row"))
    if not seen:
        return _refused(request, _("Choose at least one row."))
    if len(seen) > MOST:
        return _refused(request, str(TooManyRows()))
    inquiries = _chosen(seen)
    if not inquiries:
        return _refused(request, _("None of these rows is there any more."))
    given = _as_it_is_sent(request, many, inquiries)
    form = _form(request, many, inquiries, given if "typed" in request.POST else None)
    if form.needs_nothing and not form.is_bound:
        form = _form(request, many, inquiries, given)
    context: dict[str, Any] = {"form": form, "previewed": False}
    if form.is_bound and form.is_valid():
        officer, now = officer_of(request), timezone.now()
        filled = _filled(request, many, inquiries, given)
        tried = [
            (inquiry, try_act(inquiry, run_of(many, filled[inquiry.pk], by=officer, now=now), now=now))
            for inquiry in inquiries
        ]
        context |= {
            "previewed": True,
            "stamp": stamp_of(given),
            "fit": [row for row in tried if not row[1].refused],
            "unfit": [row for row in tried if row[1].refused],
        }
    context |= {"many": many, "given": given, "rows": given.getlist("row"), "inquiries": inquiries}
    context |= {"back": _back(request), "lost": len(seen) - len(inquiries)}
    return render(request, "inquiries/bulk.html", context, status=422 if form.errors else 200)


# Each row is a transaction of its own, so none is opened around them.
@transaction.non_atomic_requests
@login_required
@require_http_methods(["GET", "POST"])
def bulk_done(request: HttpRequest) -> HttpResponse:
    """The act is done row by row, and what became of each is told; sent twice it is done once."""
    if request.method == "GET":
        # Who had to sign in again comes here; the browser's way back leads to the words that were typed.
        return redirect("today")
    many = BY_ACT.get(request.POST.get("act", ""))
    seen = _rows(request.POST.getlist("row"))
    key = _key(request.POST.get("key", ""))
    if many is None or not seen or len(seen) > MOST or key is None or not was_previewed(request.POST):
        with _own_scope(request):
            # What was changed after the preview is previewed again.
            return _preview(request)
    officer, now = officer_of(request), timezone.now()
    with _own_scope(request):
        inquiries = _chosen(seen)
        begin_bulk(key, act=many.deed.code, by=officer, district_id=_district(request), now=now)
        filled = _filled(request, many, inquiries, request.POST, seen)
        done = {inquiry.pk: "" for inquiry in inquiries}
    for inquiry in inquiries:
        try:
            with _own_scope(request):
                run = run_of(many, filled[inquiry.pk], by=officer, now=timezone.now())
                done[inquiry.pk] = do_row(key, inquiry.pk, run, by=officer)
        except IntegrityError:
            done[inquiry.pk] = str(RefusedByDatabase.sentence)
    with _own_scope(request):
        after = {inquiry.pk: inquiry for inquiry in _chosen(seen)}
        again = request.POST.copy()
        again.setlist("row", [str(pk) for pk, why in done.items() if why])
        context = {
            "many": many,
            "done": [(inquiry, after.get(inquiry.pk)) for inquiry in inquiries if not done[inquiry.pk]],
            "unfit": [
                (after.get(inquiry.pk, inquiry), done[inquiry.pk])
                for inquiry in inquiries
                if done[inquiry.pk]
            ],
            "again": again.getlist("row"),
            "typed": [(name, again[name]) for name in many.names if again.get(name)],
            "back": _back(request),
        }
        return render(request, "inquiries/bulk_done.html", context)


def _as_it_is_sent(request: HttpRequest, many: Many, inquiries: list[Inquiry]) -> QueryDict:
    """What the page of the preview sends when it is confirmed.

    The versions are of what stands now: it is shown there, and whoever changes it first makes the act refused.
    """
    given = QueryDict(mutable=True)
    key = _key(request.POST.get("key", "")) or uuid.uuid4()
    for name, value in {"act": many.deed.code, "back": _back(request), "key": str(key), "typed": "1"}.items():
        given[name] = value
    given.setlist("row", [f"{inquiry.pk}:{inquiry.version}" for inquiry in inquiries])
    for name in many.names:
        given[name] = request.POST.get(name, "")
    return given


def _own_scope(request: HttpRequest) -> Any:
    """A transaction that sees what this reader may see, as the middleware opens one around other requests."""
    seen: Scope = getattr(request, "seen", NOTHING)
    return scope(role=WEB, places=seen.places, district=seen.district, officer=seen.officer)


def _rows(chosen: Iterable[str]) -> dict[int, int]:
    """The chosen inquiries, each with the version that was seen, 0 where a list chose it."""
    found: dict[int, int] = {}
    for row in chosen:
        pk, _colon, version = row.partition(":")
        if all(part.isascii() and part.isdigit() and len(part) < 19 for part in (pk, version or "0")):
            found[int(pk)] = int(version or 0)
    return found


def _chosen(seen: dict[int, int]) -> list[Inquiry]:
    rows = Inquiry.objects.select_related("holder", "topic", "citizen", "rule", "district").in_bulk(
        list(seen)
    )
    return [rows[pk] for pk in seen if pk in rows]


def _form(request: HttpRequest, many: Many, inquiries: list[Inquiry], given: QueryDict | None) -> BulkForm:
    return BulkForm(
        given,
        own=many.deed.form,
        names=many.names,
        among=many.among,
        seen=getattr(request, "seen", NOTHING),
        district=inquiries[0].district_id,
    )


def _filled(
    request: HttpRequest,
    many: Many,
    inquiries: list[Inquiry],
    given: QueryDict,
    seen: dict[int, int] | None = None,
) -> dict[int, Any]:
    typed = {name: given.get(name, "") for name in many.names}
    return row_forms(
        many,
        inquiries,
        typed,
        seen=seen or {},
        officer=officer_of(request),
        district=inquiries[0].district_id if inquiries else 0,
    )


def _district(request: HttpRequest) -> int:
    return held_by(request)[0].post.place.root_id


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _back(request: HttpRequest) -> str:
    """The list that the rows were chosen in."""
    back = request.POST.get("back", "")
    return back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else reverse("today")


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "bida/refused.html", {"sentence": sentence, "back": _back(request)}, status=422)
