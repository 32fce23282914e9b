"""What whoever asked is told of her matter: its state in plain words, what was done when, the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inquiries.models import Answer, Contact, Duty, Event, Inquiry, Rating
from inquiries.models.duty import DutyKind
from inquiries.states import State

# It lies in the intake box of a portal of its own.
WAITS = "waits"
# A portal of its own has asked the inside for it.
SOUGHT = "sought"
# The office awaits something of her that is not given here.
OWED = "owed"
# What happened, as the citizen is told of it; whatever is not here is the office's own affair.
STEPS: dict[str, str | Promise] = {
    "recorded": pgettext_lazy("told to the citizen", "Your matter was recorded"),
    "dispatched": pgettext_lazy("told to the citizen", "Passed to the office that answers"),
    "designated": pgettext_lazy("told to the citizen", "The district decided which office answers"),
    "signed_for": pgettext_lazy("told to the citizen", "Taken in hand"),
    "handed_over": pgettext_lazy("told to the citizen", "Another office took it over"),
    "extended": pgettext_lazy("told to the citizen", "The time to answer was extended"),
    "asked_citizen": pgettext_lazy("told to the citizen", "You were asked for more"),
    "citizen_replied": pgettext_lazy("told to the citizen", "You gave what was asked for"),
    "asked_again": pgettext_lazy("told to the citizen", "You asked again; the office was chased"),
    "answered": pgettext_lazy("told to the citizen", "Answered"),
    "rated": pgettext_lazy("told to the citizen", "The answer was rated"),
    "reopened": pgettext_lazy("told to the citizen", "Opened again: a new answer is owed"),
    "filed": pgettext_lazy("told to the citizen", "Filed"),
    "code_given": pgettext_lazy(
        "told to the citizen", "You were given a new code at the desk; the old one is void"
    ),
}
STATES: dict[str, str | Promise] = {
    WAITS: _("Handed in. It is recorded within minutes; then it stands here by when an answer is owed."),
    SOUGHT: _("It is looked for. Press “Look again” in ten seconds."),
    State.RECEIVED: _("Received. The district passes it to the office that answers."),
    State.ASSIGNED: _("It is with the office that answers."),
    State.IN_HAND: _("Somebody is working on it."),
    State.AWAITING_CITIZEN: _("You were asked for more. Please answer below."),
    OWED: _("A correction or a fee is awaited from you, as you were told."),
    State.ANSWERED: _("Answered."),
    State.FILED: _("Answered, and filed."),
}


@dataclass(frozen=True)
class Matter:
    """What whoever asked is shown of her matter."""

    reference: str
    state: str | Promise
    question: str
    # None until it is found.
    asked_at: datetime | None
    # None until it is recorded.
    due_at: datetime | None
    is_open: bool
    place: str
    steps: list[tuple[datetime, str | Promise]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    wanted: str = ""
    may_reply: bool = False
    may_rate: bool = False


def steps_of(inquiry: Inquiry) -> list[tuple[datetime, str | Promise]]:
    """What was done when, as the citizen is told of it."""
    return [(at, STEPS[code]) for at, code in _steps(inquiry)]


def _steps(inquiry: Inquiry) -> list[tuple[datetime, str]]:
    events = Event.objects.filter(inquiry=inquiry, code__in=list(STEPS)).order_by("seq")
    return list(events.values_list("at", "code"))


def told_of(inquiry: Inquiry) -> dict[str, Any]:
    """What its citizen is told of the matter, to be kept as JSON: without her own words."""
    answers = list(Answer.objects.filter(inquiry=inquiry).order_by("-round"))
    # A fee or a correction is awaited too, and no reply ends either.
    waiting = (
        inquiry.state == State.AWAITING_CITIZEN
        and Duty.objects.filter(inquiry=inquiry, kind=DutyKind.CITIZEN_REPLY, done_at=None).exists()
    )
    asked = (
        Contact.objects.filter(inquiry=inquiry, what=Contact.What.ASKED_CITIZEN)
        .order_by("-at", "-pk")
        .first()
        if waiting
        else None
    )
    rated = Rating.objects.filter(inquiry=inquiry, round=inquiry.round, source=Rating.Source.CITIZEN)
    return {
        "state": OWED if inquiry.state == State.AWAITING_CITIZEN and not waiting else inquiry.state,
        "round": inquiry.round,
        "asked_at": inquiry.asked_at.isoformat(),
        "due_at": inquiry.due_at.isoformat(),
        "is_open": inquiry.is_open,
        "place": "" if inquiry.sealed else inquiry.holder.name,
        "steps": [[at.isoformat(), code] for at, code in _steps(inquiry)],
        "answers": [
            {
                "answered_at": answer.answered_at.isoformat(),
                "outcome": answer.outcome,
                "text": answer.text,
                "basis": answer.basis,
                "promised_on": answer.promised_on and answer.promised_on.isoformat(),
            }
            for answer in answers
        ],
        "wanted": asked.text if asked else "",
        "may_reply": waiting and asked is not None,
        "may_rate": not inquiry.is_open and not rated.exists(),
    }


def matter_told(reference: str, told: dict[str, Any], *, question: str = "") -> Matter:
    """The matter in plain words, of what `told_of` kept; of one that waits in the box only that it does."""
    if told["state"] == SOUGHT:
        return Matter(reference, STATES[SOUGHT], "", None, None, True, "")
    asked_at = datetime.fromisoformat(told["asked_at"])
    if told["state"] == WAITS:
        return Matter(reference, STATES[WAITS], question, asked_at, None, True, "")
    return Matter(
        reference=reference,
        state=STATES[told["state"]],
        question=question,
        asked_at=asked_at,
        due_at=datetime.fromisoformat(told["due_at"]),
        is_open=told["is_open"],
        place=told["place"],
        steps=[(datetime.fromisoformat(at), STEPS[code]) for at, code in told["steps"]],
        answers=[
            Answer(
                answered_at=datetime.fromisoformat(answer["answered_at"]),
                outcome=answer["outcome"],
                text=answer["text"],
                basis=answer["basis"],
                promised_on=answer["promised_on"] and date.fromisoformat(answer["promised_on"]),
            )
            for answer in told["answers"]
        ],
        wanted=told["wanted"],
        may_reply=told["may_reply"],
        may_rate=told["may_rate"],
    )
