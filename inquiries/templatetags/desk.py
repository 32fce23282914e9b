"""The desk's words: due in words and shape, what happened, which act a row asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bureaus.access import Act
from bureaus.templatetags.bida import clock, span, until
from inquiries.ladder import Step
from inquiries.models import Duty, Event
from inquiries.models.chase import Level
from inquiries.models.duty import DutyKind
from inquiries.services.duties import label_of
from inquiries.services.wording import act_name
from inquiries.states import State

register = template.Library()

# A word and a shape beside the colour, so that nobody needs to see red.
SHAPES = {"overdue": "■", "today": "▲", "soon": "●", "later": "○", "citizen": "◇", "approver": "◇"}

# The one obvious act of a row, by what the inquiry waits for.
NEXT_ACT: dict[str, tuple[Act, str, str | Promise]] = {
    State.RECEIVED: (Act.DISPATCH, "dispatch", gettext_lazy("Dispatch")),
    State.ASSIGNED: (Act.SIGN_FOR, "sign", gettext_lazy("Sign for")),
    State.IN_HAND: (Act.ANSWER, "answer", gettext_lazy("Answer")),
    State.AWAITING_CITIZEN: (Act.LOG_CONTACT, "citizen-reply", gettext_lazy("The citizen replied")),
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
    DutyKind.CONSULT: ("consultation-over", gettext_lazy("Follow up")),
    DutyKind.CITIZEN_REPLY: ("citizen-reply", gettext_lazy("Follow up")),
}


@register.filter
def shape(urgency: str) -> str:
    """The shape that stands for an urgency of due."""
    return SHAPES.get(urgency, "")


@register.simple_tag
def due_words(urgency: str, days: int, due_at: datetime, now: datetime) -> str:
    """How late, or how much time is left, in words."""
    if urgency == "overdue":
        if days:
            return ngettext("%(n)d working day late", "%(n)d working days late", days) % {"n": days}
        return _("%(span)s late") % {"span": span(now - due_at)}
    if urgency == "today":
        return _("today %(hour)s") % {"hour": "24:00" if clock(due_at) == "00:00" else clock(due_at)}
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
def level_name(level: str) -> str:
    """The word of a chase's level."""
    return str(Level(level).label) if level in Level.values else level


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
    return act_name(event.code)


TELLINGS: dict[str, str | Promise] = {
    "told": gettext_lazy("called"),
    "could_not": gettext_lazy("could not be told"),
    "posted": gettext_lazy("posted"),
    "settled": gettext_lazy("told with a later answer"),
}


@register.filter
def telling_name(decision: str) -> str:
    """How a duty to tell the citizen ended."""
    return str(TELLINGS.get(decision, decision))


@register.simple_tag
def next_act(row: dict[str, Any]) -> tuple[str, str] | None:
    """Code and word of the act that the row's state asks of this officer, None where it is somebody else's move."""
    asked = NEXT_ACT.get(row["inquiry"].state)
    if asked is None or asked[0] not in row["allowed"] or row["waits"] == "approver":
        return None
    return asked[1], str(asked[2])


@register.simple_tag
def duty_act(duty: Any, mine: bool = True) -> tuple[str, str]:
    """The address and the word of what ends a duty; of one that is for another post to end, where it is read."""
    if not mine:
        return f"/duties/{duty.pk}/", _("View")
    if duty.kind == DutyKind.CALENDAR:
        return f"/settings/calendar/{duty.subject}/", _("Announce")
    if duty.kind in DECIDED_BY and duty.inquiry_id:
        code, word = DECIDED_BY[duty.kind]
        return f"/inquiries/{duty.inquiry_id}/?act={code}#act-{code}", str(word)
    return f"/duties/{duty.pk}/", _("See to it")
