"""The desk's words: due in words, what happened, which act a row asks for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from bureaus.access import Act
from bureaus.templatetags.bida import clock, moment, span, until
from bureaus.workdays import local_date
from inquiries.figures import Period
from inquiries.figures.chasing import BANDS
from inquiries.ladder import Step
from inquiries.models import Duty, Event, IdentitySeen, Inquiry
from inquiries.models.chase import Level
from inquiries.models.duty import DutyKind
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind
from inquiries.services.duties import label_of
from inquiries.services.erasing import GROUNDS
from inquiries.services.hinting import Guess
from inquiries.services.wording import act_name
from inquiries.states import State

register = template.Library()

# In characters, of the question of what was found.
MOST_OF_FOUND = 90

# The one obvious act of a row, by what the inquiry waits for.
NEXT_ACT: dict[str, tuple[Act, str, str | Promise]] = {
    State.RECEIVED: (Act.DISPATCH, "dispatch", gettext_lazy("Dispatch")),
    State.ASSIGNED: (Act.SIGN_FOR, "sign", gettext_lazy("Sign for")),
    State.IN_HAND: (Act.ANSWER, "answer", gettext_lazy("Answer")),
    State.AWAITING_CITIZEN: (Act.LOG_CONTACT, "citizen-reply", gettext_lazy("Log reply")),
}

# Where on the inquiry's page a duty is decided.
DECIDED_BY = {
    DutyKind.DISPATCH: ("dispatch", gettext_lazy("Dispatch")),
    DutyKind.APPROVAL: ("decide-draft", gettext_lazy("Decide")),
    DutyKind.EXTENSION: ("decide-extension", gettext_lazy("Decide")),
    DutyKind.DISPUTE: ("decide-dispute", gettext_lazy("Decide")),
    DutyKind.HAND_OVER: ("decide-hand-over", gettext_lazy("Decide")),
    DutyKind.COORDINATE: ("coordinate", gettext_lazy("Decide")),
    DutyKind.CALLBACK: ("rate", gettext_lazy("Call back")),
    DutyKind.CORRECTION: ("correction-received", gettext_lazy("Follow up")),
    DutyKind.FEE: ("fee-paid", gettext_lazy("Follow up")),
    DutyKind.CONSULT: ("consultation-over", gettext_lazy("Follow up")),
    DutyKind.CITIZEN_REPLY: ("citizen-reply", gettext_lazy("Follow up")),
}


@register.simple_tag
def due_words(urgency: str, days: int, due_at: datetime, now: datetime) -> str:
    """How late, or how much time is left, in words."""
    if urgency == "overdue":
        if days:
            return ngettext("%(n)d working day late", "%(n)d working days late", days) % {"n": days}
        return _("%(span)s late") % {"span": span(now - due_at)}
    if urgency == "today":
        if local_date(due_at - timedelta(microseconds=1)) > local_date(now):
            return _("tomorrow %(hour)s") % {"hour": clock(due_at)}
        return _("today %(hour)s") % {"hour": "24:00" if clock(due_at) == "00:00" else clock(due_at)}
    if due_at - now < timedelta(days=1):
        # By the hour, perhaps before the office opens again: no day is left of it.
        return _("%(span)s left") % {"span": span(due_at - now)}
    return ngettext("%(n)d working day left", "%(n)d working days left", days) % {"n": days}


@register.simple_tag
def due_exactly(urgency: str, due_at: datetime, now: datetime) -> str:
    """The instant beside the words: the day, or on the last day the hours left."""
    if urgency == "overdue":
        return _("was due %(due)s") % {"due": until(due_at)}
    if urgency == "today":
        return _("%(span)s left") % {"span": span(due_at - now)}
    return str(until(due_at))


@register.filter
def days(period: Period) -> str:
    """The first and the last day of a period, the year only where it is another one."""
    this_year, other = pgettext("a day gone by", "j M"), pgettext("a day of another year", "j M Y")
    written = [
        date_format(on, this_year if on.year == timezone.localdate().year else other)
        for on in (period.first_on, period.last_on)
    ]
    return written[0] if written[0] == written[1] else " – ".join(written)


@register.filter
def band_name(band: int) -> str:
    """The working days late of a band of the ageing matrix; the first is late since earlier today."""
    low = BANDS[band]
    high = BANDS[band + 1] - 1 if band + 1 < len(BANDS) else None
    if not low:
        return _("today")
    if high is None:
        return f"{low}+"
    return str(low) if low == high else f"{low}–{high}"


@register.filter
def level_name(level: str) -> str:
    """The word of a chase's level."""
    return str(Level(level).label) if level in Level.values else level


@register.filter
def reply_of(duty: Duty) -> str:
    """The words that ended a duty; of an acknowledgement with the day that is planned."""
    planned = duty.terms.get("planned_on")
    if not planned:
        return duty.reply
    return _("%(reply)s (planned for %(on)s)") % {"reply": duty.reply, "on": planned}


@register.filter
def duty_label(duty: Duty) -> str:
    """The name of what is owed."""
    return label_of(duty)


@register.filter
def step_when(step: Step) -> str:
    """When a step of a ladder lies, in words."""
    value = step.anchor.value
    if step.anchor.kind in ("span", "hours"):
        percent = f"{float(value * 100):g}"
        return (
            _("at %(n)s%% of the working days") % {"n": percent}
            if step.anchor.kind == "span"
            else _("at %(n)s%% of the hours") % {"n": percent}
        )
    if not value:
        return _("at the due")
    if step.anchor.kind == "office_minutes":
        return _("%(n)s office minutes after the due") % {"n": value}
    days = abs(int(value))
    if value < 0:
        return ngettext("%(n)d working day before due", "%(n)d working days before due", days) % {"n": days}
    return ngettext("%(n)d working day after due", "%(n)d working days after due", days) % {"n": days}


@register.filter
def happened(event: Event) -> str:
    """What an event says to people."""
    if event.code == "chased":
        level, number = event.codes.get("level", ""), event.codes.get("number")
        return _("%(level)s, chase no. %(number)s") % {"level": level_name(level), "number": number}
    if event.code == "signed_on_paper":
        return _("%(act)s on %(day)s") % {"act": act_name(event.code), "day": event.codes["signed_on"]}
    if event.code == "erased":
        return _("%(act)s: %(ground)s") % {
            "act": act_name(event.code),
            "ground": dict(GROUNDS)[event.codes["ground"]],
        }
    if event.code == "code_given":
        return _("%(act)s: %(identity)s") % {
            "act": act_name(event.code),
            "identity": IdentitySeen(event.codes["identity"]).label,
        }
    return act_name(event.code)


SERVICES: dict[str, str | Promise] = {
    "110": gettext_lazy("police"),
    "119": gettext_lazy("fire and rescue"),
    "120": gettext_lazy("ambulance"),
}

TELLINGS: dict[str, str | Promise] = {
    "told": gettext_lazy("called"),
    "could_not": gettext_lazy("could not be told"),
    "posted": gettext_lazy("posted"),
    "settled": gettext_lazy("told with a later answer"),
    "erased": gettext_lazy("no longer, who asked was erased"),
}


@register.filter
def telling_name(decision: str) -> str:
    """How a duty to tell the citizen ended."""
    return str(TELLINGS.get(decision, decision))


class NextPage(NamedTuple):
    """Where a duty is seen to."""

    address: str
    word: str


@register.simple_tag
def duty_act(duty: Any, mine: bool = True) -> NextPage:
    """The address and the word of what ends a duty; of one that is for another post to end, where it is read."""
    if not mine:
        return NextPage(f"/duties/{duty.pk}/", _("View"))
    if duty.kind == DutyKind.CALENDAR:
        return NextPage(f"/settings/calendar/{duty.subject}/", _("Announce"))
    if duty.kind in (DutyKind.BULLETIN_REVIEW, DutyKind.BULLETIN_SIGN):
        return NextPage(f"/bulletins/drafts/{duty.subject}/", _("Decide"))
    if duty.kind == DutyKind.BULLETIN_PUBLISH:
        return NextPage(f"/bulletins/{duty.subject}/", _("Decide"))
    if duty.kind in DECIDED_BY and duty.inquiry_id:
        code, word = DECIDED_BY[duty.kind]
        return NextPage(f"/inquiries/{duty.inquiry_id}/?act={code}#act-{code}", str(word))
    return NextPage(f"/duties/{duty.pk}/", _("See to it"))


def cut(text: str, most: int) -> str:
    """As the template's truncatechars, which takes as long for a text that is short enough."""
    return text if len(text) <= most else Truncator(text).chars(most)


def words_of_choices(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Each value with its word, looked up in the catalogue once for all rows of a page."""
    return {str(value): str(label) for value, label in choices}


@register.filter
def in_words(inquiries: Iterable[Inquiry], now: datetime) -> list[dict[str, Any]]:
    """What was found, each inquiry in the words of its row: fifty looked up part by part in a template took longer than
    all the rest of the page."""
    channels, kinds = words_of_choices(Channel.choices), words_of_choices(Kind.choices)
    states = words_of_choices(Inquiry._meta.get_field("state").flatchoices)
    answered, due, overdue = pgettext("when", "answered"), _("due"), _("overdue")
    rows = []
    for inquiry in inquiries:
        about = [str(part) for part in (inquiry.topic, inquiry.citizen, inquiry.holder) if part is not None]
        late = inquiry.answered_at is None and inquiry.due_at <= now
        rows.append(
            {
                "id": inquiry.pk,
                "page": f"/inquiries/{inquiry.pk}/",
                "reference": inquiry.reference,
                "choose": _("Choose %(reference)s") % {"reference": inquiry.reference},
                "came": f"{channels[inquiry.channel]} · {kinds[inquiry.kind]}",
                "what": cut(inquiry.question, MOST_OF_FOUND),
                "sealed": inquiry.sealed,
                "about": " · ".join(about),
                "late": overdue if late else "",
                "when": moment(inquiry.answered_at) if inquiry.answered_at else until(inquiry.due_at),
                "what_then": answered if inquiry.answered_at else due,
                "asked": moment(inquiry.asked_at),
                "state": inquiry.state,
                "state_name": states[inquiry.state],
                # Behind some figures an inquiry counts more than once.
                "times": times if (times := getattr(inquiry, "times", 1)) > 1 else 0,
            }
        )
    return rows


@register.filter
def service_name(number: str) -> str:
    """What an emergency number is, as the act that hands over to it says."""
    return str(SERVICES[number])


@register.filter
def guessed(guess: Guess) -> str:
    """A guess as its button says it."""
    said = {"urgency": _("Urgency: %(what)s"), "kind": _("Kind: %(what)s"), "topic": _("Topic: %(what)s")}
    return said[guess.field] % {"what": guess.label}
