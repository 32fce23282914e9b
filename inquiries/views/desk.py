"""The officer's pages: what I owe today, one inquiry, a new one."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import MAY, Act, Holding, holdings
from bureaus.models import Officer, Place
from bureaus.models.fields import KeyDestroyed, NotAPhone
from bureaus.models.scope import NOTHING, Scope
from bureaus.services.calendar import calendar_for, word_reason
from bureaus.services.refusals import Refusal
from bureaus.workdays import Calendar, local_date
from inquiries.access import DISTRICT_ROLES, acts_now, acts_of_posts, covers
from inquiries.deadlines import Due, days_late
from inquiries.figures.desk import BadCursor, duties_of_places, owed_by_places, urgency_of
from inquiries.forms import ActForm, CircularForm, ClearForm, DutyForm, RecordForm
from inquiries.models import Attachment, Contact, Draft, Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.answering import AnswerGiven
from inquiries.services.attaching import MOST_BYTES, TooLarge, attach_file, open_attachment
from inquiries.services.duties import label_of
from inquiries.services.measuring import due_of
from inquiries.services.moving import DECIDED_ELSEWHERE, answer_duty
from inquiries.services.planning import Districts, forecast
from inquiries.services.reading import read_clear
from inquiries.services.recording import CitizenGiven, record_inquiry
from inquiries.templatetags.desk import happened
from inquiries.views.acts import BY_CODE, DEEDS, Deed


def officer_of(request: HttpRequest) -> Officer:
    """Who is signed in; the decorator has seen to it that somebody is."""
    if not isinstance(request.user, Officer):
        raise Http404
    return request.user


def held_by(request: HttpRequest) -> list[Holding]:
    """The posts the reader acts for, as the scope of this request was opened with them."""
    held: list[Holding] = getattr(request, "held", [])
    return held


def _group_labels() -> list[tuple[str, str]]:
    return [
        ("overdue", _("Overdue")),
        ("today", _("Due today")),
        ("soon", _("Within three working days")),
        ("later", _("Later")),
        ("citizen", _("Waiting for the citizen")),
        ("approver", _("Waiting for a decision")),
    ]


@login_required
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """What my posts owe, grouped by urgency of due: inquiries page by page, duties beside them."""
    officer, now = officer_of(request), timezone.now()
    held = held_by(request)
    posts = [holding.post for holding in held]
    district_office = any(post.role in DISTRICT_ROLES for post in posts)
    seen: Scope = getattr(request, "seen", NOTHING)
    everywhere = request.GET.get("all") == "1"
    if district_office and not everywhere:
        places = [post.place_id for post in posts]
    else:
        places = sorted(seen.places)
    after = request.GET.get("after", "")
    # Duties stand on the first page, whole.
    duties = [] if after else duties_of_places([p.place_id for p in posts] if district_office else places)
    try:
        owed = owed_by_places(places, reader=officer.pk, after=after)
    except BadCursor as wrong:
        raise Http404 from wrong
    districts = Districts(now=now)
    calendar = districts.calendar(seen.district or officer.district_id or 0)
    coming = forecast([*owed.inquiries, *duties], now=now, districts=districts)
    names = dict(
        Officer.objects.filter(
            pk__in={pk for look in coming.values() for pk in look.officer_ids}
        ).values_list("pk", "name")
    )
    groups: dict[str, list[dict[str, Any]]] = {code: [] for code, _label in _group_labels()}
    dispatching = {duty.inquiry_id for duty in duties if duty.kind == DutyKind.DISPATCH}
    for inquiry in owed.inquiries:
        if inquiry.pk in dispatching:
            continue  # one row for what is one act
        pen = owed.pens.get(inquiry.pk)
        where = urgency_of(inquiry.due_at, now=now, calendar=calendar)
        row: dict[str, Any] = {
            "inquiry": inquiry,
            "pen": pen,
            "urgency": where,
            "next": coming.get(inquiry),
            "names": [names.get(pk, "") for pk in coming[inquiry].officer_ids] if inquiry in coming else [],
            "days": _days(due_of(inquiry), now=now, calendar=calendar),
            "allowed": acts_of_posts(held, inquiry),
            "waits": pen.part if pen is not None else "",
        }
        if where in ("soon", "later") and pen is not None and pen.part in ("citizen", "approver"):
            where = pen.part
        groups[where].append(row)
    for duty in duties:
        where = urgency_of(duty.due_at, now=now, calendar=calendar)
        row = {
            "duty": duty,
            "label": label_of(duty),
            "urgency": where,
            "next": coming.get(duty),
            "names": [names.get(pk, "") for pk in coming[duty].officer_ids] if duty in coming else [],
            "days": _days(due_of(duty), now=now, calendar=calendar),
        }
        groups[where].append(row)
    for rows in groups.values():
        rows.sort(key=lambda row: (row.get("duty") or row["inquiry"]).due_at)
    context = {
        "groups": [
            (code, label, groups[code], _counted(code, groups, bool(owed.following)))
            for code, label in _group_labels()
        ],
        "nothing": not owed.inquiries and not duties,
        "may_record": any(Act.RECORD in MAY[post.role] for post in posts),
        "following": owed.following,
        "holdings": held,
        "district_office": district_office,
        "everywhere": everywhere,
        "now": now,
    }
    return render(request, "inquiries/today.html", context)


def _days(due: Due, *, now: datetime, calendar: Calendar) -> int:
    """Working days left, or past the due with today counted."""
    if now >= due.due_at:
        return days_late(now, due, calendar)
    return calendar.working_days_between(local_date(now), due.due_on)


def _counted(code: str, groups: dict[str, list[dict[str, Any]]], more: bool) -> str:
    """How many of a group are on this page; a plus where the next page may hold more of them."""
    order = ("overdue", "today", "soon", "later")
    later = any(groups[other] for other in order[order.index(code) + 1 :]) if code in order else False
    number = len(groups[code])
    return f"{number}+" if more and number and not later else str(number or "")


def _deeds_for(inquiry: Inquiry, officer: Officer, open_duties: list[Duty]) -> list[Deed]:
    now = timezone.now()
    allowed = acts_now(officer, inquiry, now=now)
    held = holdings(officer, now=now)
    kinds = {duty.kind: duty for duty in open_duties}
    found = []
    for deed in DEEDS:
        if inquiry.state not in deed.states or (inquiry.merged_into_id and deed.code != "reopen"):
            continue
        if deed.waits:
            duty = kinds.get(deed.waits)
            if duty is not None and any(
                covers(h, duty.place) and _decides(deed, duty, MAY[h.post.role]) for h in held
            ):
                found.append(deed)
            continue
        if deed.code == "answer" and DutyKind.APPROVAL in kinds:
            continue
        if deed.act in allowed:
            found.append(deed)
    return found


def _decides(deed: Deed, duty: Duty, acts: frozenset[Act]) -> bool:
    if deed.waits == DutyKind.EXTENSION and duty.place_id == duty.district_id:
        return Act.DECIDE_SECOND_EXTENSION in acts
    return deed.act in acts


_CLEAR_LABELS = {
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Telephone"),
    "email": gettext_lazy("E-mail"),
    "address": gettext_lazy("Address"),
    "identity_number": gettext_lazy("Identity number"),
}
# Events whose words stand in a contact, and which the time line shows by that contact.
_SPOKEN = frozenset(Contact.What.values)


def _line(inquiry: Inquiry) -> list[dict[str, Any]]:
    """The time line, newest first: acts by their code, what was said in its words, each chase with whom it reached."""
    items: list[dict[str, Any]] = [
        {
            "kind": "chase" if event.code == "chased" else "event",
            "at": event.at,
            "words": happened(event),
            "by": event.by,
            "place": event.place,
            "chase": event.codes.get("chase"),
            "seq": event.seq,
        }
        for event in inquiry.events.select_related("by", "place").order_by("-seq")[:200]
        if event.code not in _SPOKEN
    ]
    items += [
        {
            "kind": "contact",
            "at": contact.at,
            "words": contact.get_what_display(),
            "by": contact.by,
            "place": contact.place,
            "text": contact.text,
            "seq": 0,
        }
        for contact in inquiry.contacts.select_related("by", "place").order_by("-at")[:100]
    ]
    return sorted(items, key=lambda item: (item["at"], item["seq"]), reverse=True)


def _show(
    request: HttpRequest,
    inquiry: Inquiry,
    *,
    tried: tuple[str, ActForm] | None = None,
    clear: dict[str, str] | None = None,
    clear_form: ClearForm | None = None,
    status: int = 200,
) -> HttpResponse:
    officer, now = officer_of(request), timezone.now()
    duties = list(inquiry.duties.filter(done_at=None).select_related("place", "asked_place", "asked_by"))
    acts: list[dict[str, Any]] = []
    wanted = tried[0] if tried is not None else request.GET.get("act", "")
    for deed in _deeds_for(inquiry, officer, duties):
        opened = wanted == deed.code
        form = (
            tried[1]
            if tried is not None and opened
            else deed.form(inquiry=inquiry, officer=officer, prefix=deed.code)
        )
        acts.append({"deed": deed, "form": form, "open": opened})
    calendar = calendar_for(inquiry.district_id, inquiry.calendar_version_id)
    asked_on = local_date(inquiry.asked_at)
    # To the day it is due, so that an extension or an earlier due of the source is counted too.
    owed = max(calendar.working_days_between(asked_on, inquiry.due_on), 1)
    days = (
        [{"day": day, "why": word_reason(day.reason)} for day in calendar.explain(asked_on, owed)]
        if inquiry.rule.unit == "working_days"
        else []
    )
    coming = forecast([inquiry], now=now).get(inquiry) if inquiry.next_chase_at else None
    allowed = acts_now(officer, inquiry, now=now)
    held = holdings(officer, now=now)
    lost = None
    if tried is not None and not any(act["open"] for act in acts):
        lost = {
            "why": " ".join(str(error) for error in tried[1].non_field_errors()),
            "words": [(field.label, field.value()) for field in tried[1].visible_fields() if field.value()],
        }
    context = {
        "inquiry": inquiry,
        "acts": acts,
        "main": next((act for act in acts if act["deed"].main), None),
        "others": [act for act in acts if not act["deed"].main],
        "lost": lost,
        "may_attach": Act.LOG_CONTACT in allowed,
        "duties": [
            {"duty": duty, "label": label_of(duty), "mine": any(covers(h, duty.place) for h in held)}
            for duty in duties
            if duty.kind != DutyKind.SIGN_FOR
        ],
        "draft": Draft.objects.filter(inquiry=inquiry, decided_at=None).select_related("drafted_by").first(),
        "answers": inquiry.answers.select_related("answered_by", "place", "approved_by").order_by("-round"),
        "line": _line(inquiry),
        "pens": [
            {"pen": pen, "held": (pen.until_at or now) - pen.from_at}
            for pen in inquiry.pens.select_related("place", "post").order_by("-from_at", "-until_at")
        ],
        "riders": Inquiry.objects.filter(merged_into=inquiry).order_by("pk"),
        "attachments": inquiry.attachments.order_by("pk"),
        "days": days,
        "calendar_version": inquiry.calendar_version_id,
        "urgency": urgency_of(inquiry.due_at, now=now, calendar=calendar) if inquiry.is_open else "",
        "due_days": _days(due_of(inquiry), now=now, calendar=calendar),
        "coming": coming,
        "coming_names": Officer.objects.filter(pk__in=coming.officer_ids).values_list("name", flat=True)
        if coming
        else [],
        "clear": [(_CLEAR_LABELS[name], value) for name, value in clear.items()] if clear else None,
        "clear_form": clear_form or ClearForm(inquiry=inquiry, officer=officer, prefix="clear"),
        "may_read_clear": Act.READ_CLEAR in allowed
        and inquiry.citizen is not None
        and inquiry.citizen.key_id is not None,
        "now": now,
    }
    return render(request, "inquiries/inquiry.html", context, status=status)


def _visible(pk: int) -> Inquiry:
    rows = Inquiry.objects.select_related(
        "holder",
        "post",
        "topic",
        "citizen__key",
        "rule__book",
        "ladder",
        "recorded_place",
        "recorded_by",
        "merged_into",
    )
    return get_object_or_404(rows, pk=pk)


@login_required
@require_GET
def inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """One inquiry with all its history and the acts this officer may do now; a stranger gets 404."""
    return _show(request, _visible(pk))


@login_required
@require_http_methods(["POST"])
def act(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The act is done, or the page says why not beside the field and keeps what was typed."""
    found, officer = _visible(pk), officer_of(request)
    deed = BY_CODE.get(code)
    if deed is None:
        raise Http404
    form = deed.form(request.POST, inquiry=found, officer=officer, prefix=code)
    if form.is_valid():
        try:
            with transaction.atomic():
                deed.run(found, form.cleaned_data, officer, timezone.now())
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("Done: %(act)s.") % {"act": deed.label})
            if Inquiry.objects.filter(pk=pk).exists():
                return redirect("inquiry", pk=pk)
            return redirect("today")
    found = _visible(pk)
    # What was seen is now what stands: the officer reads it before sending the same words again.
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data[form.add_prefix("seen")] = str(found.version)  # type: ignore[index]
    return _show(request, found, tried=(code, form), status=422)


@login_required
@require_http_methods(["POST"])
def clear(request: HttpRequest, pk: int) -> HttpResponse:
    """The citizen's contact data in clear, once, after the reason is on record."""
    found, officer = _visible(pk), officer_of(request)
    form = ClearForm(request.POST, inquiry=found, officer=officer, prefix="clear")
    if form.is_valid():
        try:
            shown = read_clear(pk, reason=form.cleaned_data["reason"], by=officer, now=timezone.now())
        except (Refusal, KeyDestroyed) as refused:
            form.add_error("reason", str(refused))
        else:
            return _show(request, found, clear=shown)
    return _show(request, found, clear_form=form, status=422)


def _recording_places(officer: Officer) -> list[Place]:
    own = [h.post.place for h in holdings(officer, now=timezone.now()) if Act.RECORD in MAY[h.post.role]]
    return list(Place.objects.standing().under(own)) if own else []


@login_required
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest) -> HttpResponse:
    """A question is recorded, answered at once or followed up; then its receipt. Nothing typed is lost on an error."""
    officer, now = officer_of(request), timezone.now()
    places = _recording_places(officer)
    if not places:
        return render(request, "inquiries/record_not.html", status=403)
    if request.method == "GET":
        first = {
            "key": secrets.token_urlsafe(24),
            "channel": request.session.get("channel", "desk"),
            "place": next(
                (h.post.place_id for h in holdings(officer, now=now) if Act.RECORD in MAY[h.post.role]), None
            ),
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
                    urgency=given["urgency"],
                    topic=given["topic"],
                    source=given["source"],
                    external_number=given["external_number"],
                    about_place=given["about_place"],
                    citizen=CitizenGiven(
                        standing=given["standing"],
                        name=given["name"],
                        phone=given["phone"],
                        address=given["address"],
                        identity_number=given["identity_number"],
                    ),
                    answer=AnswerGiven(
                        given["outcome"], given["text"], given["told_how"], promised_on=given["promised_on"]
                    )
                    if given["at_once"]
                    else None,
                    key=given["key"],
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


@login_required
@require_http_methods(["GET", "POST"])
def duty(request: HttpRequest, pk: int) -> HttpResponse:
    """One duty: what is owed, by when, and the words that end it."""
    found = get_object_or_404(
        Duty.objects.select_related("inquiry", "place", "asked_by", "asked_place"), pk=pk
    )
    if found.kind in DECIDED_ELSEWHERE and found.inquiry_id:
        return redirect("inquiry", pk=found.inquiry_id)
    kind = CircularForm if found.kind == DutyKind.CIRCULAR else DutyForm
    form = kind(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                answer_duty(
                    pk,
                    reply=given["reply"],
                    decision=given.get("decision", "done"),
                    by=officer_of(request),
                    now=timezone.now(),
                )
        except Refusal as refused:
            form.add_error("reply", str(refused))
        else:
            messages.success(request, _("Done: %(act)s.") % {"act": label_of(found)})
            return redirect("today")
    return render(
        request,
        "inquiries/duty.html",
        {"duty": found, "label": label_of(found), "form": form, "back": reverse("today")},
        status=422 if form.errors else 200,
    )


@login_required
@require_http_methods(["POST"])
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """A file is kept with the inquiry, or the page says why not."""
    found, officer = _visible(pk), officer_of(request)
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, _("Choose a file first."))
        return redirect("inquiry", pk=pk)
    if upload.size is not None and upload.size > MOST_BYTES:
        messages.error(request, str(TooLarge()))
        return redirect("inquiry", pk=pk)
    try:
        with transaction.atomic():
            attach_file(
                found.pk, name=upload.name or "", content=upload.read(), by=officer, now=timezone.now()
            )
    except Refusal as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The file is kept with the inquiry."))
    return redirect("inquiry", pk=pk)


@login_required
@require_GET
def attachment(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One file, to be saved and never run; whoever does not see the inquiry gets 404."""
    found = get_object_or_404(Attachment.objects.select_related("key"), pk=number, inquiry=_visible(pk))
    try:
        name, content = open_attachment(found)
    except (KeyDestroyed, FileNotFoundError) as gone:
        raise Http404 from gone
    response = HttpResponse(content, content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
