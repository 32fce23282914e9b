"""The items of the reader's places: what is missing, what is being written, reviewed, published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bureaus.access import MAY, Act
from bureaus.models import Place
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse
from bureaus.workdays import local_date
from disclosure.checklist import BY_CODE, CHOICES
from disclosure.forms.items import (
    ConfirmForm,
    FileForm,
    ItemForm,
    NewItemForm,
    ReviewForm,
    WithdrawForm,
)
from disclosure.models import Item, ItemFile
from disclosure.services import items as acts
from disclosure.services.completing import completeness_of, places_that_publish
from inquiries.views.reader import held_by, officer_of

PAGE = 50
_ACTS = (Act.WRITE_ITEM, Act.REVIEW_ITEM, Act.PUBLISH_ITEM)


def places_of(request: HttpRequest) -> list[Place]:
    """The places of whose items a post of the reader may do something, or which it watches."""
    own = [h.post.place for h in held_by(request) if MAY[h.post.role] & {*_ACTS, Act.READ_AUDIT}]
    return list(Place.objects.standing().under(own).order_by("path")) if own else []


def writable_places(request: HttpRequest) -> list[Place]:
    """The places whose items a post of the reader writes."""
    own = [h.post.place for h in held_by(request) if Act.WRITE_ITEM in MAY[h.post.role]]
    return list(Place.objects.standing().under(own).order_by("path")) if own else []


@login_required
@require_GET
def items(request: HttpRequest) -> HttpResponse:
    """How complete each place is, and its items by stage, page by page."""
    officer = officer_of(request)
    places = places_of(request)
    now = timezone.now()
    stage = request.GET.get("stage", "")
    kind = request.GET.get("kind", "")
    rows = Item.objects.filter(place__in=places).select_related("place")
    if stage in Item.Stage.values:
        rows = rows.filter(stage=stage)
    if kind in BY_CODE:
        rows = rows.filter(kind=kind)
    salt = f"items|{officer.pk}|{stage}|{kind}"
    if after := request.GET.get("after"):
        try:
            at, pk = signing.loads(after, salt=salt)
        except (signing.BadSignature, ValueError) as wrong:
            raise Http404 from wrong
        instant = datetime.fromisoformat(at)
        rows = rows.filter(Q(changed_at__lt=instant) | Q(changed_at=instant, pk__lt=pk))
    found = list(rows.order_by("-changed_at", "-pk")[: PAGE + 1])
    following = ""
    if len(found) > PAGE:
        found = found[:PAGE]
        following = signing.dumps([found[-1].changed_at.isoformat(), found[-1].pk], salt=salt)
    owing = {place.pk for place in places}
    roots = {place.root_id for place in places}
    publishing = [place for root in sorted(roots) for place in places_that_publish(root) if place.pk in owing]
    context = {
        "items": found,
        "following": following,
        "stage": stage,
        "kind": kind,
        "stages": Item.Stage.choices,
        "kinds": CHOICES,
        "completeness": completeness_of(publishing, now=now),
        "may_write": bool(writable_places(request)),
        "today": local_date(now),
    }
    return render(request, "disclosure/items.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_item(request: HttpRequest) -> HttpResponse:
    """The place and kind are chosen, then what it says is typed. What was typed is kept on an error."""
    officer, now = officer_of(request), timezone.now()
    places = writable_places(request)
    if not places:
        raise PermissionDenied
    place, kind = chosen_place(request, places), request.GET.get("kind", "")
    if place is None or kind not in BY_CODE:
        form = NewItemForm(places=places, initial={"place": places[0].pk, "kind": kind or "agency"})
        return render(request, "disclosure/item_new.html", {"form": form})
    entry = BY_CODE[kind]
    first = {
        "title": f"{place.name}{entry.label}" if entry.code == "agency" else "",
        "made_on": local_date(now),
        "review_on": _in_months(local_date(now), entry.review_months),
    }
    written = ItemForm(request.POST or None, entry=entry, place=place, initial=first)
    if request.method == "POST" and written.is_valid():
        try:
            with transaction.atomic():
                item = acts.write_item(place=place, kind=kind, given=_given(written), by=officer, now=now)
        except Refusal as refused:
            refuse(written, refused)
        else:
            messages.success(request, _("Written. Nobody but your bureau and the district sees it yet."))
            return redirect("item", pk=item.pk)
    return render(
        request,
        "disclosure/item_edit.html",
        {"form": written, "place": place, "entry": entry},
        status=422 if written.errors else 200,
    )


def chosen_place(request: HttpRequest, places: list[Place]) -> Place | None:
    """The place named in the address, if it is one of these."""
    given = request.GET.get("place", "")
    return next((place for place in places if str(place.pk) == given), None)


def _in_months(today: Any, months: int) -> Any:
    years, month = divmod(today.month - 1 + months, 12)
    return today.replace(year=today.year + years, month=month + 1, day=min(today.day, 28))


def _given(form: ItemForm) -> acts.ItemGiven:
    said = form.cleaned_data
    return acts.ItemGiven(
        title=said["title"],
        body=said["body"],
        parts=form.parts(),
        made_on=said["made_on"],
        review_on=said["review_on"],
        effective_on=said["effective_on"],
        expires_on=said["expires_on"],
        post=said["post"],
    )


def _found(request: HttpRequest, pk: int) -> Item:
    rows = Item.objects.select_related("place", "post", "author", "reviewer", "withdrawn_by")
    item = get_object_or_404(rows, pk=pk)
    held = held_by(request)
    if not any(acts.may_with(held, act, item.place) for act in (*_ACTS, Act.READ_AUDIT)):
        raise Http404
    return item


@login_required
@require_GET
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """One item: its working copy, how far it has come, what may be done, and every version."""
    return _show(request, _found(request, pk))


def _show(request: HttpRequest, item: Item, refused: Form | None = None) -> HttpResponse:
    officer, held = officer_of(request), held_by(request)
    now = timezone.now()
    may = {act.value: acts.may_with(held, act, item.place) for act in _ACTS}
    forms: dict[str, Form] = {
        "review": ReviewForm(label_suffix=""),
        "confirm": ConfirmForm(
            label_suffix="",
            initial={"review_on": _in_months(local_date(now), BY_CODE[item.kind].review_months)},
        ),
        "withdraw": WithdrawForm(label_suffix=""),
        "file": FileForm(label_suffix=""),
    }
    for code, form in forms.items():
        form.auto_id = f"id_{code}_%s"
    if refused is not None:
        forms[next(code for code, form in forms.items() if type(form) is type(refused))] = refused
    context = {
        "item": item,
        "entry": BY_CODE[item.kind],
        "parts": parts_shown(item.kind, item.parts),
        "versions": acts.versions_of(item),
        "steps": item.steps.select_related("by").order_by("-pk"),
        "forms": forms,
        "may": may,
        "wrote": officer.pk in acts.writers_of(item),
    }
    return render(request, "disclosure/item.html", context, status=422 if refused else 200)


def parts_shown(kind: str, parts: dict[str, str]) -> list[dict[str, Any]]:
    """The parts of an item with their labels, listings as lists."""
    return [
        {
            "code": part.code,
            "label": part.label,
            "text": text,
            "lines": text.splitlines() if part.listing else [],
        }
        for part in BY_CODE[kind].parts
        if (text := parts.get(part.code, ""))
    ]


@login_required
@require_http_methods(["GET", "POST"])
def edit_item(request: HttpRequest, pk: int) -> HttpResponse:
    """The working copy is written anew. What was typed is kept on an error, and where somebody else was faster."""
    found = _found(request, pk)
    if not acts.may_with(held_by(request), Act.WRITE_ITEM, found.place):
        raise PermissionDenied
    entry = BY_CODE[found.kind]
    first = {
        "title": found.title,
        "body": acts.as_typed(found.body),
        "seen": found.version,
        "made_on": found.made_on,
        "review_on": found.review_on,
        "post": found.post_id,
        "effective_on": found.effective_on,
        "expires_on": found.expires_on,
        **found.parts,
    }
    form = ItemForm(request.POST or None, entry=entry, place=found.place, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                acts.rewrite_item(
                    pk,
                    given=_given(form),
                    by=officer_of(request),
                    now=timezone.now(),
                    seen=form.cleaned_data["seen"],
                )
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(
                request, _("Written. What is public stays until this is reviewed and published.")
            )
            return redirect("item", pk=pk)
    return render(
        request,
        "disclosure/item_edit.html",
        {"form": form, "place": found.place, "entry": entry, "item": found},
        status=422 if form.errors else 200,
    )


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


@login_required
@require_POST
def act_on_item(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One step of an item; refused, the page says why and keeps what was typed."""
    found = _found(request, pk)
    by, now, seen = officer_of(request), timezone.now(), _number(request.POST.get("seen", ""))
    form: Form | None = None
    if code in _FORMS:
        form = _FORMS[code](request.POST, request.FILES, label_suffix="", auto_id=f"id_{code}_%s")
        if not form.is_valid():
            return _show(request, found, form)
    given = form.cleaned_data if form else {}
    deeds: dict[str, Callable[[], Any]] = {
        "submit": lambda: acts.submit_item(pk, by=by, now=now, seen=seen),
        "review": lambda: acts.review_item(
            pk, passed=request.POST.get("do") == "pass", by=by, now=now, seen=seen, **given
        ),
        "publish": lambda: acts.publish_item(pk, by=by, now=now, seen=seen),
        "confirm": lambda: acts.confirm_item(pk, review_on=given["review_on"], by=by, now=now, seen=seen),
        "withdraw": lambda: acts.withdraw_item(pk, why=given["why"], by=by, now=now, seen=seen),
        "file": lambda: acts.add_file(
            pk, name=given["file"].name, content=given["file"].read(), by=by, now=now
        ),
        "drop": lambda: acts.drop_file(pk, file_id=request.POST.get("file", ""), by=by, now=now),
    }
    if code not in deeds:
        raise Http404
    try:
        with transaction.atomic():
            deeds[code]()
    except Refusal as refused:
        if form is None:
            messages.error(request, str(refused))
            return redirect("item", pk=pk)
        refuse(form, refused)
        return _show(request, found, form)
    messages.success(request, str(_said()[code]))
    return redirect("item", pk=pk)


_FORMS: dict[str, type[Form]] = {
    "review": ReviewForm,
    "confirm": ConfirmForm,
    "withdraw": WithdrawForm,
    "file": FileForm,
}


def _said() -> dict[str, str | Promise]:
    return {
        "submit": _("Sent to be reviewed. Whoever wrote it cannot review it."),
        "review": _("The review is on record."),
        "publish": _("Published."),
        "confirm": _("On record: looked at, and still right."),
        "withdraw": _("Withdrawn. The public sees it no longer; its versions stay."),
        "file": _("Added. It has to be reviewed before it is public."),
        "drop": _("Taken out of the working copy."),
    }


@login_required
@require_GET
def compare_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Two published versions side by side; without a choice the two newest."""
    found = _found(request, pk)
    versions = acts.versions_of(found)
    by_number = {version.number: version for version in versions}
    new = by_number.get(_number(request.GET.get("new", "")) or found.versions.count())
    old = by_number.get(_number(request.GET.get("old", "")) or (new.number - 1 if new else 0))
    if new is None or old is None:
        raise Http404
    context = {
        "item": found,
        "old": old,
        "new": new,
        "rows": acts.changed_parts(old, new),
        "versions": versions,
    }
    return render(request, "disclosure/item_compare.html", context)


@login_required
@require_GET
def item_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A file of an item that the reader sees, as something to save and never to run."""
    return sent(get_object_or_404(ItemFile, pk=pk))


def sent(kept: ItemFile) -> HttpResponse:
    """The file under its own name."""
    response = HttpResponse(acts.open_file(kept), content_type=kept.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=kept.name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
