"""One inquiry: its question, answer, history, files, duties, and the acts I may do now."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from bureaus.access import MAY, Act
from bureaus.models import Officer, Post
from bureaus.models.fields import KeyDestroyed
from bureaus.models.prepared import prepared
from bureaus.models.scope import NOTHING
from bureaus.services.calendar import calendar_for, word_reason
from bureaus.services.refusals import Refusal
from bureaus.workdays import DAY
from inquiries.access import acts_now, covers
from inquiries.acts import BY_CODE, DEEDS, Deed
from inquiries.documents.papers import PAPERS, at_hand
from inquiries.documents.source_reply import reply_to_source
from inquiries.figures.desk import drafts_of, urgency_of
from inquiries.forms.acts import ActForm, ClearForm
from inquiries.models import Challenge, Contact, Draft, Duty, Inquiry, Rating
from inquiries.models.duty import DutyKind
from inquiries.services.calling_back import script_of
from inquiries.services.duties import label_of
from inquiries.services.measuring import due_of
from inquiries.services.offering import Before, Offered, answered_before, standard_texts
from inquiries.services.planning import forecast
from inquiries.services.reading import read_clear
from inquiries.services.refusals import ExtensionTooLate, NoExtensionLeft
from inquiries.services.remeasuring import days_counted
from inquiries.services.signing import SIGNED
from inquiries.services.wording import act_name
from inquiries.states import State
from inquiries.templatetags.desk import happened, reply_of
from inquiries.views.reader import days_to, held_by, officer_of, sees_to


def _deeds_for(request: HttpRequest, inquiry: Inquiry, open_duties: list[Duty]) -> list[Deed]:
    held, now = held_by(request), timezone.now()
    allowed = acts_now(officer_of(request), inquiry, now=now, held=held)
    kinds = {duty.kind: duty for duty in open_duties}
    found = []
    for deed in DEEDS:
        # What rides is acted on through its lead, until it is taken out or answered.
        rides = inquiry.merged_into_id is not None and inquiry.is_open
        if inquiry.state not in deed.states or (rides and deed.code != "unmerge"):
            continue
        if deed.opens in kinds or not deed.fits(inquiry):
            continue
        if deed.code == "extend" and inquiry.due_at <= now:
            continue
        if (
            deed.code == "citizen-reply"
            and (DutyKind.CORRECTION in kinds or DutyKind.FEE in kinds)
            and DutyKind.CITIZEN_REPLY not in kinds
        ):
            # The correction or the fee is what is awaited, and has an act of its own.
            continue
        if (
            deed.code in ("answer", "withdraw", "end-uncorrected", "end-unpaid")
            and DutyKind.APPROVAL in kinds
        ):
            continue
        if deed.waits:
            duty = kinds.get(deed.waits)
            if duty is not None and any(
                covers(h, duty.place) and _decides(deed, duty, MAY[h.post.role]) for h in held
            ):
                found.append(deed)
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
# Events that end a duty, and so are told with its reply, not with what was asked.
_ENDS = frozenset(
    {
        "extended",
        "extension_refused",
        "draft_refused",
        "hand_over_declined",
        "dispute_refused",
        "dispute_upheld",
        "coordinated",
        "consultation_over",
        "fee_paid",
    }
)


# Events whose place is where something went, not where its actor sits.
_TOWARDS = frozenset(
    {
        *("dispatched", "designated", "reassigned", "offered", "assist_asked", "callback_asked", "copy_sent"),
        *("draft_refused", "extended", "extension_refused", "dispute_refused", "coordinated"),
        *("reopened", "rated"),
    }
)


_OF_CHALLENGES = frozenset({"challenged", "challenge_closed"})


# What a link to an act may have chosen already.
_LED_TO = frozenset({"what", "number", "to"})


def _told_by_chase(inquiry: Inquiry) -> dict[int, list[str]]:
    """Whom each chase reached, by post and name, copies marked."""
    rows = {pk: told or [] for pk, told in inquiry.chases.exclude(told=None).values_list("pk", "told")}
    reached = [entry for told in rows.values() for entry in told]
    names = dict(
        Officer.objects.filter(pk__in={officer for officer, _post, _copy in reached}).values_list(
            "pk", "name"
        )
    )
    posts = {
        post.pk: f"{post.place} {post.title}"
        for post in Post.objects.filter(pk__in={post for _officer, post, _copy in reached}).select_related(
            "place"
        )
    }
    return {
        pk: [
            f"{posts.get(post, '')} {names.get(officer, '')}{_('(copy)') if copy else ''}".strip()
            for officer, post, copy in told
        ]
        for pk, told in rows.items()
    }


def _said_of_it(rating: Rating) -> str:
    """What the citizen said when called, and under which number the call is kept."""
    said = [
        str(rating.get_satisfaction_display()) if rating.reached else _("not reached"),
        rating.words,
        _("recording %(number)s") % {"number": rating.recording} if rating.recording else "",
    ]
    return " · ".join(part for part in said if part)


def _case(case: Challenge, *, closed: bool) -> str:
    """Which case it is, and the day and, once closed, the result."""
    said = [str(case), f"{case.closed_on if closed else case.received_on}"]
    return " · ".join([*said, str(case.get_result_display())] if closed else said)


def _line(inquiry: Inquiry, duties: list[Duty]) -> list[dict[str, Any]]:
    """The time line, newest first: acts by their code, what was said in its words, each chase with whom it reached."""
    told = _told_by_chase(inquiry)
    items: list[dict[str, Any]] = [
        {
            "kind": "chase" if event.code == "chased" else "event",
            "at": event.at,
            "words": happened(event),
            "by": event.by,
            "place": event.place,
            "duty": event.codes.get("duty"),
            "challenge": event.codes.get("challenge"),
            "told": told.get(event.codes.get("chase"), []),
            "code": event.code,
            "towards": event.code in _TOWARDS or event.code.endswith("_opened"),
            "seq": event.seq,
        }
        for event in inquiry.events.select_related("by", "place").order_by("-seq")[:200]
        if event.code not in _SPOKEN
    ]
    if any(item["code"] == "rated" for item in items):
        rated = {rating.at: rating for rating in inquiry.ratings.all()}
        for item in items:
            if item["code"] == "rated" and item["at"] in rated:
                item["text"] = _said_of_it(rated[item["at"]])
    if any(item["code"] in _OF_CHALLENGES for item in items):
        cases = {case.pk: case for case in inquiry.challenges.all()}
        for item in items:
            if item["challenge"] in cases:
                item["text"] = _case(cases[item["challenge"]], closed=item["code"] == "challenge_closed")
    for duty in duties:
        if duty.done_at is None and not duty.request:
            continue
        for item in items:
            if item.get("duty") == duty.pk:
                item["text"] = (
                    reply_of(duty)
                    if item["code"] in _ENDS or item["code"].endswith("_done")
                    else duty.request
                )
        if duty.apart and duty.done_at is not None and duty.done_by_id is not None:
            # Its events stand in a chain of their own.
            items.append(
                {
                    "kind": "event",
                    "at": duty.done_at,
                    "words": act_name(f"{duty.kind}_done"),
                    "by": duty.done_by,
                    "place": duty.place,
                    "text": duty.reply,
                    "seq": 0,
                }
            )
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
    texts: list[Offered] | None = None,
    clear: dict[str, str] | None = None,
    clear_form: ClearForm | None = None,
    status: int = 200,
) -> HttpResponse:
    officer, now = officer_of(request), timezone.now()
    with prepared():
        every_duty = list(
            inquiry.duties.select_related("place", "post", "asked_place", "asked_by", "done_by").order_by(
                "pk"
            )
        )
        duties = [duty for duty in every_duty if duty.done_at is None]
        deeds = _deeds_for(request, inquiry, duties)
    acts: list[dict[str, Any]] = []
    wanted = tried[0] if tried is not None else request.GET.get("act", "")
    before: list[Before] = []
    if any(deed.code == "answer" for deed in deeds):
        before = answered_before(inquiry, seen=getattr(request, "seen", NOTHING))
        texts = standard_texts(inquiry, now=now) if texts is None else texts
    for deed in deeds:
        opened = wanted == deed.code
        form = (
            tried[1]
            if tried is not None and opened
            else deed.form(
                inquiry=inquiry,
                officer=officer,
                prefix=deed.code,
                initial=_led_to(request) | _taken(request, before) if opened else {},
            )
        )
        acts.append(
            {
                "deed": deed,
                "form": form,
                "open": opened,
                "front": deed.main or opened,
                "script": script_of(inquiry) if deed.code == "rate" and opened else None,
                "before": before if deed.code == "answer" else [],
                "texts": texts if deed.code == "answer" else [],
            }
        )
    # What the officer came for, or was refused, stands first and open; then what waits for a signature, a dispatch or
    # a decision, and after it the answer.
    acts.sort(key=lambda act: (not act["open"], act["deed"].code == "answer"))
    # All that follows is of this inquiry, by its key.
    with prepared():
        calendar = calendar_for(inquiry.district_id, inquiry.calendar_version_id)
        counted = days_counted(inquiry, calendar)
        coming = forecast([inquiry], now=now).get(inquiry) if inquiry.next_chase_at else None
        held = held_by(request)
        allowed = acts_now(officer, inquiry, now=now, held=held)
        lost = None
        if tried is not None and not any(act["open"] for act in acts):
            lost = {
                "why": " ".join(str(error) for error in tried[1].non_field_errors()),
                "words": tried[1].typed(),
            }
        context = {
            "inquiry": inquiry,
            "acts": acts,
            "main": next((act for act in acts if act["front"]), None),
            "others": [act for act in acts if not act["front"]],
            "lost": lost,
            "may_attach": Act.LOG_CONTACT in allowed,
            "on_paper": [duty for duty in duties if duty.kind in SIGNED]
            if Act.ENTER_PAPER in allowed
            else [],
            "signed_papers": inquiry.signed_papers.select_related(
                "post__place", "signer", "entered_by"
            ).order_by("pk"),
            "duties": [
                {"duty": duty, "label": label_of(duty), "mine": sees_to(held, duty)}
                for duty in duties
                if duty.kind != DutyKind.SIGN_FOR
            ],
            "draft": Draft.objects.filter(inquiry=inquiry, decided_at=None)
            .select_related("drafted_by")
            .first(),
            "answers": inquiry.answers.select_related("answered_by", "place", "approved_by").order_by(
                "-round"
            ),
            "source_reply": reply_to_source(inquiry) if inquiry.answered_at else "",
            "line": _line(inquiry, every_duty),
            "pens": [
                {"pen": pen, "held": (pen.until_at or now) - pen.from_at}
                for pen in inquiry.pens.select_related("place", "post").order_by("-from_at", "-until_at")
            ],
            "riders": Inquiry.objects.filter(merged_into=inquiry).order_by("pk").values("pk", "reference"),
            "attachments": inquiry.attachments.select_related("key").order_by("pk"),
            "days": [{"day": day, "why": word_reason(day.reason)} for day in counted],
            "counted_from": counted[0].on - DAY if counted else None,
            "calendar_version": inquiry.calendar_version_id,
            "urgency": urgency_of(inquiry.due_at, now=now, calendar=calendar) if inquiry.is_open else "",
            "due_days": days_to(due_of(inquiry), now=now, calendar=calendar),
            "coming": coming,
            "coming_names": Officer.objects.filter(pk__in=coming.officer_ids).values_list("name", flat=True)
            if coming
            else [],
            "clear": [(_CLEAR_LABELS[name], value) for name, value in clear.items()] if clear else None,
            "clear_form": clear_form or ClearForm(inquiry=inquiry, officer=officer, prefix="clear"),
            "may_read_clear": Act.READ_CLEAR in allowed
            and inquiry.citizen is not None
            and inquiry.citizen.key_id is not None
            and inquiry.citizen.erased_at is None,
            # Whoever may rate for the citizen's word alone, never the answering bureau: with a code one can rate.
            "may_give_code": Act.CALL_BACK in allowed,
            "tellings": [
                duty
                for duty in every_duty
                if duty.kind == DutyKind.TELL and duty.terms.get("what") == "answered"
            ],
            "letters": _letters(inquiry) if inquiry.citizen and Act.LOG_CONTACT in allowed else [],
            "papers": [PAPERS[code] for code in at_hand(inquiry)],
            "now": now,
        }
        return render(request, "inquiries/inquiry.html", context, status=status)


def _led_to(request: HttpRequest) -> dict[str, str]:
    """What the page that led to the act has filled in."""
    return {name: request.GET[name] for name in _LED_TO & request.GET.keys()}


def _taken(request: HttpRequest, before: list[Before]) -> dict[str, str]:
    """The answer that is taken over from another inquiry, which it cites."""
    wanted = request.GET.get("before", "")
    for each in before:
        if str(each.inquiry.pk) == wanted:
            return {"text": each.answer.text, "basis": each.cited}
    return {}


def _with_text(
    post: QueryDict, deed: Deed, inquiry: Inquiry, officer: Officer, texts: list[Offered]
) -> ActForm:
    """The form as it was typed so far, with the standard text that was chosen below the words of the answer."""
    form = deed.form(inquiry=inquiry, officer=officer, prefix=deed.code)
    typed = {name: str(post[form.add_prefix(name)]) for name in form.fields if form.add_prefix(name) in post}
    chosen = next((each.text for each in texts if str(each.line) == post.get("take")), "")
    typed["text"] = "\n".join(part for part in (typed.get("text", "").strip(), chosen) if part)
    return deed.form(inquiry=inquiry, officer=officer, prefix=deed.code, initial=typed)


def _panel(
    request: HttpRequest,
    inquiry: Inquiry,
    code: str,
    *,
    form: ActForm | None = None,
    texts: list[Offered] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The question and one act below its row in a list; beside it the other acts the officer may do now."""
    officer = officer_of(request)
    duties = list(inquiry.duties.filter(done_at=None).select_related("place", "asked_place"))
    deeds = _deeds_for(request, inquiry, duties)
    deed = next((deed for deed in deeds if deed.code == code), None)
    if form is None and deed is not None:
        form = deed.form(inquiry=inquiry, officer=officer, prefix=deed.code, initial=_led_to(request))
    if texts is None and deed is not None and deed.code == "answer":
        texts = standard_texts(inquiry, now=timezone.now())
    context = {
        "inquiry": inquiry,
        "item": {"deed": deed, "form": form, "texts": texts} if deed else None,
        "others": [each for each in deeds if each is not deed],
        # What is decided on, and what is read to the citizen.
        "decides": next((duty for duty in duties if deed and deed.waits == duty.kind), None),
        "draft": drafts_of(duties).get(inquiry.pk) if deed and deed.code == "decide-draft" else None,
        "script": script_of(inquiry) if deed and deed.code == "rate" else None,
        # What was typed for an act that is no longer to be done is not lost.
        "lost": form if deed is None else None,
        "why_not": _why_not(inquiry, code) if deed is None else "",
    }
    return render(request, "inquiries/panel.html", context, status=status)


def _why_not(inquiry: Inquiry, code: str) -> str:
    """Why the act is not to be done, where the page knows more than that."""
    if code == "extend" and inquiry.is_open:
        if inquiry.extensions >= inquiry.rule.extensions:
            return str(NoExtensionLeft.sentence)
        if inquiry.due_at <= timezone.now():
            return str(ExtensionTooLate.sentence)
    return _("This cannot be done here now.")


def _letters(inquiry: Inquiry) -> list[tuple[str, str]]:
    """What there is to write to the citizen now; nothing once she was erased."""
    if inquiry.citizen is not None and inquiry.citizen.erased_at is not None:
        return []
    there = {
        "recorded": True,
        "extended": inquiry.extensions,
        "handed_over": inquiry.hops,
        "more_wanted": inquiry.state == State.AWAITING_CITIZEN,
        "answered": inquiry.answered_at,
    }
    return [(code, str(_LETTERS[code])) for code, is_there in there.items() if is_there]


_LETTERS = {
    "recorded": pgettext_lazy("letter", "recorded"),
    "extended": pgettext_lazy("letter", "extended"),
    "handed_over": pgettext_lazy("letter", "handed over"),
    "more_wanted": pgettext_lazy("letter", "more wanted"),
    "answered": pgettext_lazy("letter", "answered"),
}


def visible(pk: int) -> Inquiry:
    """The inquiry with what its page shows. Raises Http404 where this reader does not see it."""
    rows = Inquiry.objects.select_related(
        "holder",
        "post",
        "topic",
        "citizen__key",
        "rule__book",
        "ladder",
        "recorded_place",
        "recorded_by",
        "district",
    )
    with prepared():
        return get_object_or_404(rows, pk=pk)


# It only reads, so it needs no savepoint inside the transaction of its scope.
@transaction.non_atomic_requests
@login_required
@require_GET
def inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """One inquiry with all its history and the acts this officer may do now; a stranger gets 404."""
    return _show(request, visible(pk))


@login_required
@require_GET
def source_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """The reply for 12345 as plain text, to be copied by hand; 404 where there is none to give."""
    words = reply_to_source(visible(pk))
    if not words:
        raise Http404
    return HttpResponse(words, content_type="text/plain; charset=utf-8")


@login_required
@require_GET
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """One act on an inquiry, to be done without leaving the list that it stands in."""
    return _panel(request, visible(pk), request.GET.get("act", ""))


@login_required
@require_http_methods(["POST"])
def act(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The act is done, or the page says why not beside the field and keeps what was typed."""
    found, officer, now = visible(pk), officer_of(request), timezone.now()
    deed = BY_CODE.get(code)
    if deed is None:
        raise Http404
    if code == "answer" and "take" in request.POST:
        # Nothing is done yet: the page comes again with the words.
        texts = standard_texts(found, now=now)
        taken = _with_text(request.POST, deed, found, officer, texts)
        if getattr(request, "htmx", False):
            return _panel(request, found, code, form=taken, texts=texts)
        return _show(request, found, tried=(code, taken), texts=texts)
    form = deed.form(request.POST, inquiry=found, officer=officer, prefix=code)
    if form.is_valid():
        try:
            with transaction.atomic():
                deed.run(found, form.cleaned_data, officer, now)
        except Refusal as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            told, said = messages.success, _("Done: %(act)s.") % {"act": deed.label}
            if Draft.objects.filter(inquiry=pk, decided_at=None, drafted_at=now).exists():
                told = messages.info
                said = _("Sent for approval. It is not answered, and is chased, until it is approved.")
            if getattr(request, "htmx", False):
                return render(request, "inquiries/panel_done.html", {"inquiry": found, "said": said})
            told(request, said)
            if Inquiry.objects.filter(pk=pk).exists():
                # Else a browser keeps the place of the form, and what was said stands above it, unseen.
                return redirect(reverse("inquiry", args=[pk]) + "#content")
            return redirect("today")
    found = visible(pk)
    # What was seen is now what stands: the officer reads it before sending the same words again.
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data[form.add_prefix("seen")] = str(found.version)  # type: ignore[index]
    if getattr(request, "htmx", False):
        return _panel(request, found, code, form=form, status=422)
    return _show(request, found, tried=(code, form), status=422)


@login_required
@require_http_methods(["POST"])
def clear(request: HttpRequest, pk: int) -> HttpResponse:
    """The citizen's contact data in clear, once, after the reason is on record."""
    found, officer = visible(pk), officer_of(request)
    form = ClearForm(request.POST, inquiry=found, officer=officer, prefix="clear")
    if form.is_valid():
        try:
            shown = read_clear(pk, reason=form.cleaned_data["reason"], by=officer, now=timezone.now())
        except (Refusal, KeyDestroyed) as refused:
            form.add_error("reason", str(refused))
        else:
            return _show(request, found, clear=shown)
    return _show(request, found, clear_form=form, status=422)
