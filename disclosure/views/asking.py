"""Ask without signing in, and follow what was asked with its reference and code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from bureaus.models import Place
from bureaus.models.fields import NotAPhone
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse
from disclosure.forms.public import AskForm, FollowForm, MoreForm, RatingForm
from disclosure.services import outside, visiting
from disclosure.services.answers import answers_like
from disclosure.services.finding import hotlines_of, like_it, public_places
from disclosure.services.knocking import visitor_of
from disclosure.services.riddles import check_riddle, draw_riddle, drawn_before
from disclosure.views.public import district_of, show
from inquiries.documents.receipt import qr_code_of
from inquiries.services.recording import CitizenGiven
from inquiries.signs import dangers_in


def _visitor(request: HttpRequest) -> str:
    """The network address the visitor comes from, past the proxies that stand in front."""
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    proxies = int(settings.PROXY_COUNT)
    address = passed[-proxies] if proxies and len(passed) >= proxies else request.META.get("REMOTE_ADDR", "")
    return visitor_of(str(address), now=timezone.now())


@never_cache
@sensitive_post_parameters("name", "phone", "question")
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, district: int) -> HttpResponse:
    """First the question and what is published like it, then the rest; nothing typed is lost on an error."""
    found, now = district_of(district), timezone.now()
    places = public_places(found.pk)
    sending = request.POST.get("do") == "send"
    if request.method == "GET":
        form = AskForm(places=places, initial={"place": _number(request.GET.get("place", ""))})
        return _show_ask(request, found, form, step=1)
    form = AskForm(request.POST, request.FILES, places=places)
    if not sending:
        # Looking refuses nothing but an empty question.
        typed = form if form.is_valid() or "question" in form.errors else _unbound(form, places)
        return _show_ask(request, found, typed, step=1 if "question" in form.errors else 2)
    if form.is_valid() and not form.cleaned_data["website"]:
        given = form.cleaned_data
        try:
            with transaction.atomic():
                check_riddle(given["token"], given["riddle"], now=now)
                ask_it = outside.ask_outside if settings.OUTSIDE else visiting.ask_publicly
                asked = ask_it(
                    district=found,
                    place=given["place"],
                    kind=given["kind"],
                    question=given["question"],
                    citizen=CitizenGiven(
                        standing="named" if given["name"] or given["phone"] else "anonymous",
                        name=given["name"],
                        phone=given["phone"],
                    ),
                    about_place=given["about_place"],
                    files=[(file.name or "", file.read()) for file in given["attached"]],
                    visitor=_visitor(request),
                    consent=visiting.CONSENT if given["consent"] else 0,
                    now=now,
                )
        except NotAPhone as wrong:
            form.add_error("phone", str(wrong))
        except Refusal as refused:
            refuse(form, refused)
        else:
            follow = reverse("public_follow", kwargs={"district": found.pk})
            address = request.build_absolute_uri(f"{follow}?reference={asked.reference}")
            context = {
                "asked": asked,
                "code": visiting.in_groups(asked.code),
                "qr": qr_code_of(address),
                "dangers": dangers_in(given["question"]),
            }
            return show(request, "asked", found, context)
    if form.errors and request.FILES and "attached" not in form.errors:
        form.add_error("attached", _("Choose the files again: a browser sends them anew each time."))
    return _show_ask(request, found, form, step=2)


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None


def _unbound(form: AskForm, places: list[Place]) -> AskForm:
    return AskForm(places=places, initial={name: form.data.get(name) for name in form.fields})


def _show_ask(request: HttpRequest, district: Place, form: AskForm, *, step: int) -> HttpResponse:
    # Nobody works out a second sum because of another field.
    other = form.errors and "riddle" not in form.errors
    kept = drawn_before(str(form.data.get("token", ""))) if other else None
    question = str(form.data.get("question") or form.initial.get("question") or "")
    context = {
        "form": form,
        "step": step,
        "riddle": kept or draw_riddle(),
        "solved": form.data.get("riddle", "") if kept else "",
        "alike": like_it(district.pk, question) if step == 2 else [],
        "answered": answers_like(district.pk, question) if step == 2 else [],
        "dangers": dangers_in(question) if step == 2 else (),
        "consent": visiting.CONSENTS[visiting.CONSENT],
        "hotlines": hotlines_of([district]),
    }
    return show(request, "ask", district, context, status=422 if form.errors else 200)


_DONE: dict[str, type[Form]] = {"more": MoreForm, "again": MoreForm, "rate": RatingForm}


@never_cache
@sensitive_post_parameters("code", "text", "words")
@require_http_methods(["GET", "POST"])
def follow(request: HttpRequest, district: int) -> HttpResponse:
    """What became of a matter, and what its citizen may still do; reference and code come with every step."""
    found, now = district_of(district), timezone.now()
    if request.method == "GET":
        form = FollowForm(label_suffix="", initial={"reference": request.GET.get("reference", "")[:30]})
        return show(request, "follow", found, {"form": form})
    form = FollowForm(request.POST, label_suffix="")
    if not form.is_valid():
        return show(request, "follow", found, {"form": form}, status=422)
    try:
        admit = outside.admit_outside if settings.OUTSIDE else visiting.admit
        holder = admit(
            district=found,
            reference=form.cleaned_data["reference"],
            code=form.cleaned_data["code"],
            visitor=_visitor(request),
            now=now,
        )
        if holder is None:
            raise visiting.WrongCode
    except Refusal as refused:
        refuse(form, refused)
        return show(request, "follow", found, {"form": form}, status=422)
    deed = request.POST.get("do", "")
    refused_form: Form | None = None
    if deed in _DONE:
        refused_form = _DONE[deed](request.POST, label_suffix="", auto_id=f"id_{deed}_%s")
        if refused_form.is_valid():
            try:
                with transaction.atomic():
                    if settings.OUTSIDE:
                        outside.do_outside(holder, deed, refused_form.cleaned_data, now=now)
                    else:
                        _deeds(holder, refused_form.cleaned_data, now)[deed]()
            except Refusal as refused:
                refuse(refused_form, refused)
            else:
                refused_form = None
    forms: dict[str, Form] = {
        code: kind(label_suffix="", auto_id=f"id_{code}_%s") for code, kind in _DONE.items()
    }
    if refused_form is not None:
        forms[deed] = refused_form
    done = deed if deed in _DONE and refused_form is None else ""
    context: dict[str, Any] = {
        "matter": outside.matter_outside(holder) if settings.OUTSIDE else visiting.matter_of(holder),
        "holder": holder,
        "forms": forms,
        "done": "handed" if done and settings.OUTSIDE else done,
        "now": now,
    }
    return show(request, "matter", found, context, status=422 if refused_form else 200)


def _deeds(holder: visiting.Holder, given: dict[str, Any], now: Any) -> dict[str, Callable[[], Any]]:
    return {
        "more": lambda: visiting.give_more(holder, text=given["text"], now=now),
        "again": lambda: visiting.ask_once_more(holder, text=given["text"], now=now),
        "rate": lambda: visiting.rate(
            holder,
            satisfaction=given["satisfaction"],
            words=given["words"],
            open_again=given["open_again"],
            now=now,
        ),
    }
