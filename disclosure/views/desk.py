"""The desk of a booth on a telephone or tablet: tapped and typed, each entry once; by plain forms first."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bureaus.access import Act
from bureaus.models import Officer
from bureaus.models.fields import NotAPhone
from bureaus.services.refusals import Refusal
from bureaus.views.keeping import refuse
from disclosure.access import QUEUE_COOKIE, queue_key, stands_at
from disclosure.figures.entries import issues_of, latest_entries
from disclosure.figures.open_days import Standing, standing_of
from disclosure.forms.answers import KeepInsideForm
from disclosure.forms.desk import (
    BringForm,
    CardForm,
    EntryForm,
    GiveForm,
    IssueAnswerForm,
    IssueForm,
    MaterialForm,
    QuestionForm,
    RaiseForm,
    ReceiveForm,
    TakeBackForm,
)
from disclosure.models import Booth, Count, HotIssue, IssueAnswer, Material, Measure, Raised, Sum
from disclosure.services.desk import (
    answer_issue,
    bring,
    bring_new,
    collect_issue,
    give,
    give_card,
    raise_issue,
    receive,
    record_question,
    take_back,
)
from disclosure.services.issues import kept_inside, last_answer, owed_of
from disclosure.services.items import may_with
from disclosure.views.reader import booth_or_404, issue_or_404
from inquiries.documents.receipt import qr_code_of
from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven
from inquiries.services.recording import CitizenGiven
from inquiries.views.reader import held_by, officer_of

LATEST = 8


@dataclass(frozen=True)
class Done:
    """What an entry gave: a sentence, and the inquiry where one was recorded."""

    said: str
    inquiry: Inquiry | None = None


@dataclass(frozen=True)
class Tap:
    """A number that one touch raises: of which figure, which field of its form says so, and how it stands."""

    figure: str
    field: str
    value: str | int
    label: str
    now: Sum | None
    key: str
    left: int | None = None
    brought: int | None = None


Write = Callable[[Booth, EntryForm, Officer, datetime], Done]


def _receive(booth: Booth, form: EntryForm, by: Officer, now: datetime) -> Done:
    given = form.cleaned_data
    measure = Measure(given["measure"])
    receive(booth=booth, n=given["n"], measure=measure, stamp=form.stamp(), by=by, now=now)
    return Done(_("Received: %(n)s.") % {"n": Count(given["n"], measure)})


def _of_material(given: dict[str, Any]) -> dict[str, Any]:
    material = given["material"]
    return {"material": material.name, "n": Count(given["n"], Measure(material.measure))}


def _give(booth: Booth, form: EntryForm, by: Officer, now: datetime) -> Done:
    given = form.cleaned_data
    give(booth=booth, material=given["material"], n=given["n"], stamp=form.stamp(), by=by, now=now)
    return Done(_("Handed out: %(material)s, %(n)s.") % _of_material(given))


def _bring(booth: Booth, form: EntryForm, by: Officer, now: datetime) -> Done:
    given = form.cleaned_data
    bring(booth=booth, material=given["material"], n=given["n"], stamp=form.stamp(), by=by, now=now)
    return Done(_("Brought: %(material)s, %(n)s.") % _of_material(given))


def _bring_new(booth: Booth, form: EntryForm, by: Officer, now: datetime) -> Done:
    given = form.cleaned_data
    bring_new(
        booth=booth,
        name=given["name"],
        kind=given["kind"],
        measure=Measure(given["measure"]),
        n=given["n"],
        stamp=form.stamp(),
        by=by,
        now=now,
    )
    return Done(_("%(material)s is on the list.") % {"material": given["name"]})


def _card(booth: Booth, form: EntryForm, by: Officer, now: datetime) -> Done:
    card = give_card(booth=booth, serial=form.cleaned_data["serial"], stamp=form.stamp(), by=by, now=now)
    return Done(_("Contact card no. %(serial)s was given out.") % {"serial": card.serial})


def _question(booth: Booth, form: EntryForm, by: Officer, now: datetime) -> Done:
    given = form.cleaned_data
    _reception, inquiry = record_question(
        booth=booth,
        question=given["question"],
        kind=given["kind"],
        urgency=given["urgency"],
        citizen=CitizenGiven(
            standing="named" if given["name"] or given["phone"] else "anonymous",
            name=given["name"],
            phone=given["phone"],
        ),
        answer=AnswerGiven(given["outcome"], given["text"], "in_person") if given["at_once"] else None,
        card=given["card"],
        counted=Measure(given["counted"]) if given["counted"] else None,
        stamp=form.stamp(),
        by=by,
        now=now,
    )
    if inquiry is None:
        return Done(_("Recorded."))
    if inquiry.answered_at is not None:
        return Done(_("Recorded and answered: %(reference)s.") % {"reference": inquiry.reference}, inquiry)
    said = _("Recorded: %(reference)s. An answer is owed by %(on)s.")
    return Done(said % {"reference": inquiry.reference, "on": inquiry.due_on.isoformat()}, inquiry)


def _issue(booth: Booth, form: EntryForm, by: Officer, now: datetime) -> Done:
    given = form.cleaned_data
    collect_issue(
        booth=booth,
        words=given["words"],
        people=given["people"],
        at_least=given["at_least"],
        stamp=form.stamp(),
        by=by,
        now=now,
    )
    return Done(_("Collected. An answer to the issue is owed within ten working days."))


ENTRIES: dict[str, tuple[type[EntryForm], Write]] = {
    "receive": (ReceiveForm, _receive),
    "give": (GiveForm, _give),
    "bring": (BringForm, _bring),
    "material": (MaterialForm, _bring_new),
    "card": (CardForm, _card),
    "question": (QuestionForm, _question),
    "issue": (IssueForm, _issue),
}


def _key() -> str:
    return secrets.token_urlsafe(24)


def _materials(booth: Booth) -> Any:
    return Material.objects.filter(district=booth.district_id).order_by("name")


@never_cache
@login_required
@require_GET
def booth(request: HttpRequest, pk: int) -> HttpResponse:
    """The desk: what was counted so far, and a form for each thing that happens.

    With the key under which the browser keeps what it cannot send, for as long as a session lasts. The page itself is
    not kept, so that nobody goes back to it after its officer signed out.
    """
    at = booth_or_404(request, pk)
    response = _desk(request, at)
    key = queue_key(officer_of(request))
    if written_by(request, at) and request.COOKIES.get(QUEUE_COOKIE) != key:
        response.set_cookie(
            QUEUE_COOKIE,
            key,
            max_age=settings.SESSION_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Strict",
        )
    return response


@login_required
@require_GET
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """A sheet for the booth: its QR code opens the public page on which anybody asks its bureau."""
    at = booth_or_404(request, pk)
    asks = reverse("public_ask", kwargs={"district": at.district_id})
    address = request.build_absolute_uri(f"{asks}?place={at.place_id}")
    context = {"booth": at, "day": at.open_day, "address": address, "qr": qr_code_of(address)}
    return render(request, "disclosure/booth_code.html", context)


@login_required
@require_POST
def enter(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """One entry is written, once. Told as JSON to what asks for that; else the desk again, with what was refused."""
    at = booth_or_404(request, pk)
    if what not in ENTRIES:
        raise Http404
    officer, now = officer_of(request), timezone.now()
    dress, write = ENTRIES[what]
    form = dress(request.POST, materials=_materials(at))
    plain = "application/json" not in request.headers.get("Accept", "")
    done = None
    if form.is_valid():
        try:
            with transaction.atomic():
                done = write(at, form, officer, now)
        except NotAPhone as wrong:
            form.add_error("phone", str(wrong))
        except Refusal as refused:
            refuse(form, refused)
    if done is None:
        if plain:
            return _desk(request, at, refused=form, status=422)
        return JsonResponse({"errors": form.errors}, status=422)
    if plain:
        messages.success(request, done.said)
        return redirect("booth", pk=at.pk)
    return JsonResponse({"said": done.said})


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """An entry that was a slip no longer counts."""
    at = booth_or_404(request, pk)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        raise Http404
    given = form.cleaned_data
    try:
        take_back(
            booth=at, what=given["what"], entry_id=given["entry"], by=officer_of(request), now=timezone.now()
        )
    except Refusal as refused:
        return render(request, "bida/refused.html", {"sentence": str(refused)}, status=422)
    messages.success(request, _("Taken back. It no longer counts."))
    return redirect("booth", pk=at.pk)


def written_by(request: HttpRequest, at: Booth) -> bool:
    """Whether the reader writes at the booth; nobody does at one of the past."""
    return stands_at(held_by(request), at.place) and not at.open_day.is_history


def forms_of(at: Booth, standing: Standing) -> dict[str, Any]:
    """The forms of the desk, each with a key of its own, and the numbers that one touch raises."""
    return {
        "forms": {
            word: dress(initial={"key": _key()}, materials=_materials(at))
            for word, (dress, _write) in ENTRIES.items()
        },
        "people": [
            Tap("people", "measure", Measure.PERSON, _("people"), standing.people, _key()),
            Tap("visits", "measure", Measure.VISIT, _("visits"), standing.visits, _key()),
        ],
        "things": [
            Tap(
                "handed",
                "material",
                each.material.pk,
                each.material.name,
                each.given,
                _key(),
                each.left,
                each.brought,
            )
            for each in standing.handed
        ],
    }


def _desk(
    request: HttpRequest, at: Booth, *, refused: EntryForm | None = None, status: int = 200
) -> HttpResponse:
    standing = standing_of([at])[at.pk]
    context = forms_of(at, standing) | {
        "booth": at,
        "day": at.open_day,
        "mine": written_by(request, at),
        "standing": standing,
        "issues": issues_of([at]),
        "latest": latest_entries(at, limit=LATEST),
    }
    if refused is not None:
        context["forms"][refused.what] = refused
    return render(request, "disclosure/booth.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """An issue: who raised it how often, which inquiries are about it, and its own answer."""
    found = issue_or_404(request, pk)
    officer, now = officer_of(request), timezone.now()
    more: EntryForm = RaiseForm(initial={"key": _key()})
    answer: EntryForm = IssueAnswerForm(initial={"key": _key()})
    status = 200
    if request.method == "POST":
        answering = "text" in request.POST
        form: EntryForm = IssueAnswerForm(request.POST) if answering else RaiseForm(request.POST)
        if form.is_valid():
            given = form.cleaned_data
            try:
                with transaction.atomic():
                    if answering:
                        answer_issue(issue=found, text=given["text"], stamp=form.stamp(), by=officer, now=now)
                    else:
                        raise_issue(
                            issue=found,
                            people=given["people"] or 0,
                            at_least=given["at_least"],
                            reference=given["reference"],
                            stamp=form.stamp(),
                            by=officer,
                            now=now,
                        )
            except Refusal as refused:
                refuse(form, refused)
            else:
                messages.success(request, _("Recorded."))
                return redirect("hot_issue", pk=found.pk)
        more, answer = (more, form) if answering else (form, answer)
        status = 422
    context = {
        "issue": found,
        "booth": found.booth,
        "mine": stands_at(held_by(request), found.booth.place),
        "raised": _raised_by(found),
        "inquiries": Inquiry.objects.filter(
            pk__in=Raised.objects.filter(issue=found, inquiry__isnull=False, taken_back_at=None).values(
                "inquiry"
            )
        )
        .select_related("holder")
        .order_by("pk"),
        "answers": IssueAnswer.objects.filter(issue=found).select_related("recorded_by").order_by("pk"),
        "more": more,
        "answer": answer,
        "last": last_answer(found),
        "publication": found.publications.filter(withdrawn_at=None).select_related("published_by").first(),
        "owed": owed_of(found),
        "kept": kept_inside(found),
        "keeping": KeepInsideForm(label_suffix=""),
        "may_publish": may_with(held_by(request), Act.PUBLISH_ITEM, found.booth.place),
    }
    return render(request, "disclosure/issue.html", context, status=status)


def _raised_by(found: HotIssue) -> Count:
    rows = list(Raised.objects.filter(issue=found, taken_back_at=None, people_value__gte=1))
    return Count(
        sum(row.people_value for row in rows), Measure.PERSON, any(row.people_at_least for row in rows)
    )
