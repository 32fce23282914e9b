"""A later due: asked before the due, decided by the head, then by the district."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act, Roll
from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from inquiries import deadlines
from inquiries.deadlines import Due, ExtensionRefused
from inquiries.models import Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish
from inquiries.services.citizens import tell_citizen
from inquiries.services.duties import finish_duty, head_of, lock_duty, open_duty, owe_source
from inquiries.services.measuring import (
    due_of,
    next_chase,
    no_later_than,
    rule_of,
)
from inquiries.services.refusals import (
    ExtensionTooLate,
    NeedsReason,
    NoExtensionLeft,
    NotInThisState,
    SourceDueStands,
)
from inquiries.services.remeasuring import measured_as
from inquiries.services.rules import say_rule
from inquiries.services.telling import tell_inquiry
from inquiries.states import OPEN


def ask_extension(
    inquiry_id: int, *, days: int, reason: str, by: Officer, now: datetime, seen: int | None = None
) -> Duty:
    """A later due is asked for; the bureau's head decides the first, the district the second.

    Before the due, never after: ExtensionTooLate. Raises NoExtensionLeft, NeedsReason, DutyOpenAlready,
    SourceDueStands.
    """
    inquiry = begin(inquiry_id, act=Act.EXTEND, by=by, now=now, seen=seen, states=OPEN)
    if now >= inquiry.due_at:
        raise ExtensionTooLate
    if not reason.strip():
        raise NeedsReason
    calendar = calendar_for(inquiry.district_id)
    try:
        longer = deadlines.extended(
            due_of(inquiry), rule_of(inquiry.rule), calendar, amount=days, extensions_used=inquiry.extensions
        )
    except ExtensionRefused as refused:
        raise NoExtensionLeft(say_rule(refused), field="days") from refused
    longer = _within_the_source(inquiry, longer)
    decides = inquiry.holder.bureau_id if inquiry.extensions == 0 else inquiry.district_id
    place = Place.objects.get(pk=decides)
    duty = open_duty(
        kind=DutyKind.EXTENSION,
        place=place,
        post=head_of(place),
        # A decision after the due would come too late for the citizen.
        due_at=min(deadlines.due(now, deadlines.Rule(1), calendar).due_at, inquiry.due_at),
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=inquiry.holder,
        request=reason.strip(),
        # What is granted counts for this kind and urgency.
        terms={"days": days, "due_at": longer.due_at.isoformat(), "as": measured_as(inquiry)},
    )
    finish(inquiry, "extension_asked", by=by, now=now, changed=[], duty=duty.pk, days=days)
    return duty


def _within_the_source(inquiry: Inquiry, longer: Due) -> Due:
    """The earlier due rules, the source's own too: only the source gives more time than it allowed."""
    bound = no_later_than(longer, inquiry.external_due_at)
    if bound.due_at <= inquiry.due_at:
        raise SourceDueStands
    return bound


def decide_extension(
    inquiry_id: int, *, grant: bool, reason: str = "", by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """Granted, the due is later and the steps are laid anew; the first due is kept for ever. The citizen is told."""
    inquiry = begin(inquiry_id, act=None, by=by, now=now, seen=seen, states=OPEN)
    waiting = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.EXTENSION, done_at=None).first()
    if waiting is None:
        raise NotInThisState
    at_district = waiting.place_id == inquiry.district_id
    act = Act.DECIDE_SECOND_EXTENSION if at_district else Act.DECIDE_FIRST_EXTENSION
    duty = lock_duty(waiting.pk, by=by, now=now, act=act)
    if not grant and not reason.strip():
        raise NeedsReason
    return end_extension(inquiry, duty, grant=grant, reason=reason, by=by, now=now)


def end_extension(
    inquiry: Inquiry, duty: Duty, *, grant: bool, reason: str = "", by: Officer, now: datetime
) -> Inquiry:
    """The locked duty is decided, as `by` enters it. Raises NoExtensionLeft, SourceDueStands."""
    finish_duty(duty, by=by, now=now, decision="granted" if grant else "refused", reply=reason.strip())
    changed: list[str] = []
    if grant:
        try:
            longer = deadlines.extended(
                due_of(inquiry),
                rule_of(inquiry.rule),
                calendar_for(inquiry.district_id),
                amount=int(duty.terms["days"]),
                extensions_used=inquiry.extensions,
            )
        except ExtensionRefused as refused:
            raise NoExtensionLeft(say_rule(refused)) from refused
        longer = _within_the_source(inquiry, longer)
        inquiry.due_on, inquiry.due_at, inquiry.due_provisional = (
            longer.due_on,
            longer.due_at,
            longer.provisional,
        )
        inquiry.extensions += 1
        inquiry.next_chase_at = next_chase(inquiry, now=now)
        changed = ["due_on", "due_at", "due_provisional", "extensions", "next_chase_at"]
        tell_citizen(inquiry, "extended", by=by, now=now)
        owe_source(inquiry, "extension", number=inquiry.extensions, place=inquiry.holder, by=by, now=now)
    code = "extended" if grant else "extension_refused"
    finish(inquiry, code, by=by, now=now, changed=changed, duty=duty.pk, due_at=inquiry.due_at.isoformat())
    roll = Roll(inquiry.district_id, now=now)
    handler = roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id)
    tell_inquiry(inquiry, code, handler, now=now, alone=not grant)
    return inquiry
