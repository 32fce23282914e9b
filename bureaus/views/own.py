"""The officer's own pages: the door, the password, what I was told and where I am told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django.views.generic import RedirectView

from bureaus.access import Role, holdings
from bureaus.forms.own import AddressForm, CodeForm
from bureaus.models import Officer, Place
from bureaus.models.fields import KeyDestroyed, decrypt, mask_phone
from bureaus.models.notices import Address, Channel, Notice
from bureaus.services.accounts import change_password
from bureaus.services.notices import (
    AddressRefused,
    CodeRefused,
    enter_address,
    last_messages,
    mark_read,
    mute_address,
    put_first,
    remove_address,
    send_code_again,
    send_test,
    verify_address,
)
from bureaus.services.wording import name_notice

PAGE = 50
# Who enters addresses for a place and sees which are broken.
LEADS = frozenset({Role.BUREAU_HEAD, Role.LIAISON, Role.SECTION_HEAD, Role.DIRECTOR, Role.CLERK})

sign_in = auth.LoginView.as_view(template_name="bida/sign_in.html", redirect_authenticated_user=True)
sign_out = auth.LogoutView.as_view()
_to_sign_in = RedirectView.as_view(pattern_name="sign_in", query_string=True)


def admin_sign_in(request: HttpRequest) -> HttpResponseBase:
    """One door: the administration's own sign-in would not know of the lock-out page and the language.

    Raises PermissionDenied for who has come through it already: the administration is not theirs.
    """
    if request.user.is_authenticated:
        raise PermissionDenied
    return _to_sign_in(request)


@never_cache
@require_GET
def session(request: HttpRequest) -> JsonResponse:
    """Whether somebody is signed in, and the token that a form of this session carries; asked before it is sent."""
    return JsonResponse({"token": get_token(request) if isinstance(request.user, Officer) else ""})


class ChangePassword(auth.PasswordChangeView):
    """The password is a new one, and every other session of the officer has ended."""

    template_name = "bida/password.html"
    success_url = reverse_lazy("today")

    def form_valid(self, form: Any) -> HttpResponse:
        """Says so on the next page; this session goes on."""
        officer = officer_of(self.request)
        change_password(by=officer, password=form.cleaned_data["new_password1"], now=timezone.now())
        update_session_auth_hash(self.request, officer)
        messages.success(self.request, _("The password is changed."))
        return redirect(self.get_success_url())


password = ChangePassword.as_view()


def officer_of(request: HttpRequest) -> Officer:
    """Who is signed in; the decorator has seen to it that somebody is."""
    if not isinstance(request.user, Officer):
        raise Http404
    return request.user


@login_required
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first, page by page."""
    officer = officer_of(request)
    only_chases = request.GET.get("what") == "chased"
    only_unread = request.GET.get("all") != "1" and not only_chases
    rows = Notice.objects.standing().filter(recipient=officer).select_related("place")
    if only_unread:
        rows = rows.filter(read_at=None)
    if only_chases:
        rows = rows.exclude(level="")
    salt = f"notices|{officer.pk}|{only_unread}|{only_chases}"
    if after := request.GET.get("after"):
        try:
            at, key = signing.loads(after, salt=salt)
        except (signing.BadSignature, ValueError) as wrong:
            raise Http404 from wrong
        instant = datetime.fromisoformat(at)
        rows = rows.filter(Q(created_at__lt=instant) | Q(created_at=instant, pk__gt=UUID(key)))
    found = list(rows.order_by("-created_at", "pk")[: PAGE + 1])
    following = ""
    if len(found) > PAGE:
        found = found[:PAGE]
        following = signing.dumps([found[-1].created_at.isoformat(), str(found[-1].pk)], salt=salt)
    context = {
        "notices": [{"notice": notice, "words": name_notice(notice)} for notice in found],
        "only_unread": only_unread,
        "only_chases": only_chases,
        "any_unread": any(notice.read_at is None for notice in found),
        "following": following,
    }
    return render(request, "bida/notices.html", context)


@login_required
@require_http_methods(["POST"])
def read_notices(request: HttpRequest) -> HttpResponse:
    """Every notice of mine is read."""
    mark_read(by=officer_of(request), now=timezone.now())
    return redirect("notices")


@login_required
@require_http_methods(["POST"])
def read_notice(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One notice is read, and its page opens where that was asked for."""
    officer = officer_of(request)
    notice = get_object_or_404(Notice, pk=pk, recipient=officer)
    mark_read(by=officer, notice_ids=[notice.pk], now=timezone.now())
    inside = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if "open" in request.POST and notice.url and inside else "notices")


def _led_places(officer: Officer) -> list[Place]:
    return [h.post.place for h in holdings(officer, now=timezone.now()) if h.post.role in LEADS]


def _shown(address: Address) -> str:
    """Enough of an address to know it again."""
    try:
        clear = decrypt(address.value, address.key)
    except KeyDestroyed:
        return ""
    if address.channel == Channel.SMS:
        return mask_phone(clear)
    if address.channel == Channel.EMAIL:
        name, _at, domain = clear.partition("@")
        return f"{name[:2]}…@{domain}"
    # What follows the host of a robot's address is its secret.
    return clear.split("://")[0] + "://…"


def _show_addresses(
    request: HttpRequest, *, form: AddressForm | None = None, tried: tuple[UUID, CodeForm] | None = None
) -> HttpResponse:
    officer = officer_of(request)
    led = _led_places(officer)
    rows = (
        Address.objects.filter(Q(officer=officer) | Q(place__in=led), removed_at=None)
        .select_related("key", "place")
        .order_by("order", "created_at", "pk")
    )
    addresses: list[dict[str, Any]] = []
    last = last_messages(list(rows))
    for address in rows:
        code = None
        if address.verified_at is None or address.broken_at is not None:
            code = tried[1] if tried and tried[0] == address.pk else _code_form(address)
        addresses.append(
            {"address": address, "shown": _shown(address), "form": code, "last": last.get(address.pk)}
        )
    broken: Sequence[Address] = (
        list(
            Address.objects.filter(broken_at__isnull=False, removed_at=None)
            .exclude(officer=officer)
            .select_related("officer", "place")
            .order_by("-broken_at")[:PAGE]
        )
        if led
        else []
    )
    context = {"addresses": addresses, "form": form or AddressForm(places=led), "broken": broken}
    return render(request, "bida/addresses.html", context, status=422 if form or tried else 200)


def _code_form(address: Address, given: Any = None) -> CodeForm:
    return CodeForm(given, prefix=str(address.pk), label_suffix="")


@login_required
@require_http_methods(["GET", "POST"])
def addresses(request: HttpRequest) -> HttpResponse:
    """Where I am told besides here; a new address gets a test message with a code."""
    officer = officer_of(request)
    if request.method == "GET":
        return _show_addresses(request)
    form = AddressForm(request.POST, places=_led_places(officer))
    place = form.cleaned_data["place"] if form.is_valid() else None
    district = place.root_id if place else officer.district_id
    if form.is_valid() and district is not None:
        try:
            enter_address(
                by=officer,
                channel=form.cleaned_data["channel"],
                value=form.cleaned_data["value"],
                place=place,
                district_id=district,
                now=timezone.now(),
            )
        except AddressRefused as refused:
            form.add_error("value", str(refused))
        else:
            messages.success(request, _("A test message with a code is on its way. Enter the code here."))
            return redirect("addresses")
    return _show_addresses(request, form=form)


def _own_address(request: HttpRequest, pk: UUID) -> Address:
    officer = officer_of(request)
    mine = Q(officer=officer) | Q(place__in=_led_places(officer))
    return get_object_or_404(Address.objects.filter(mine, removed_at=None), pk=pk)


@login_required
@require_http_methods(["POST"])
def verify(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The address is verified by the code, or the wrong code is counted."""
    address = _own_address(request, pk)
    form = _code_form(address, request.POST)
    if form.is_valid():
        try:
            verify_address(
                address=address,
                code=form.cleaned_data["code"],
                by=officer_of(request),
                now=timezone.now(),
            )
        except CodeRefused as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("The address is verified."))
            return redirect("addresses")
    return _show_addresses(request, tried=(address.pk, form))


@login_required
@require_http_methods(["POST"])
def act_on_address(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The address is muted, heard again, removed, or gets a new code."""
    officer, address, now = officer_of(request), _own_address(request, pk), timezone.now()
    match request.POST.get("act"):
        case "again":
            send_code_again(address=address, by=officer, now=now)
        case "mute":
            mute_address(address=address, muted=True, by=officer)
        case "unmute":
            mute_address(address=address, muted=False, by=officer)
        case "first":
            put_first(address=address, by=officer)
        case "test":
            send_test(address=address, by=officer, now=now)
            messages.success(request, _("A test message is on its way."))
        case "remove":
            remove_address(address=address, by=officer, now=now)
        case _:
            raise Http404
    return redirect("addresses")
