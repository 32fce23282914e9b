"""The answer rules and ladders of a district: shipped as Liaoning practice has them, then edited as new editions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from bureaus.access import Act, acts_of, holdings
from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from inquiries import deadlines
from inquiries import ladder as steps
from inquiries.models import AnswerRule, Inquiry, Ladder, RuleBook
from inquiries.models.rules import Kind, Urgency
from inquiries.services.measuring import rule_of
from inquiries.services.refusals import NotYours

# Kept with the rule and shown as they are: a source is cited in the language of its text.
PRACTICE = "辽宁12345热线办理惯例（默认值，可修改）"
LAW = "《中华人民共和国政府信息公开条例》第三十三条"


def shipped_rules() -> list[AnswerRule]:
    """The rules a new district begins with, unsaved: configurable defaults, not law, except art. 33."""
    rules = []
    for kind in Kind:
        days = 5 if kind in (Kind.CONSULTATION, Kind.SUGGESTION, Kind.PRAISE) else 10
        if kind == Kind.DISCLOSURE:
            for urgency in Urgency:
                rules.append(_rule(kind, urgency, 20, "working_days", 1, 20, LAW))
            continue
        rules.append(_rule(kind, Urgency.ORDINARY, days, "working_days", 2, 5, PRACTICE))
        rules.append(_rule(kind, Urgency.URGENT, 1, "working_days", 0, 0, PRACTICE, dispatch_minutes=120))
        rules.append(_rule(kind, Urgency.CRITICAL, 24, "hours", 0, 0, PRACTICE, dispatch_minutes=30))
    return rules


def _rule(
    kind: str,
    urgency: str,
    amount: int,
    unit: str,
    extensions: int,
    extension_amount: int,
    source: str,
    dispatch_minutes: int = 240,
) -> AnswerRule:
    return AnswerRule(
        kind=kind,
        urgency=urgency,
        amount=amount,
        unit=unit,
        extensions=extensions,
        extension_amount=extension_amount,
        dispatch_minutes=dispatch_minutes,
        source=source,
    )


def may_edit(by: Officer | None, *, now: datetime) -> None:
    """Raises NotYours unless the officer's post edits rules; None is the installation itself."""
    if by is not None and Act.EDIT_RULES not in acts_of(holdings(by, now=now)):
        raise NotYours


def issue_rules(
    *, district: Place, rules: Sequence[AnswerRule], by: Officer | None, now: datetime, note: str = ""
) -> RuleBook:
    """A new edition of the district's answer rules is in force. Inquiries keep the edition they were measured by."""
    may_edit(by, now=now)
    last = RuleBook.objects.filter(district=district).aggregate(last=Max("number"))["last"] or 0
    book = RuleBook.objects.create(district=district, number=last + 1, made_at=now, by=by, note=note)
    for rule in rules:
        rule.pk = None
        rule.book = book
        rule.full_clean(exclude=["book"])
        # A rule that deadlines cannot reckon with is refused here, not at the desk.
        rule_of(rule)
    AnswerRule.objects.bulk_create(rules)
    return book


def issue_ladder(
    *, district: Place, meant_for: str, ladder: steps.Ladder, by: Officer | None, now: datetime
) -> Ladder:
    """A new edition of one ladder is in force for what is recorded from now on. Raises BadLadder, NotYours."""
    may_edit(by, now=now)
    steps.check_ladder(ladder)
    last = (
        Ladder.objects.filter(district=district, meant_for=meant_for).aggregate(last=Max("number"))["last"]
        or 0
    )
    return Ladder.objects.create(
        district=district,
        meant_for=meant_for,
        number=last + 1,
        steps=steps.to_data(ladder),
        made_at=now,
        by=by,
    )


def ship_rules(*, district: Place, now: datetime) -> None:
    """A new district has answer rules and ladders to begin with; one that has some keeps them."""
    if not RuleBook.objects.filter(district=district).exists():
        issue_rules(district=district, rules=shipped_rules(), by=None, now=now, note="shipped")
    for meant_for, ladder in steps.SHIPPED.items():
        if not Ladder.objects.filter(district=district, meant_for=meant_for).exists():
            issue_ladder(district=district, meant_for=meant_for, ladder=ladder, by=None, now=now)


@dataclass(frozen=True)
class Change:
    """What a rule not yet saved would do to one open inquiry."""

    reference: str
    due_at: datetime
    would_be_due_at: datetime


def preview_rule(*, district: Place, rule: AnswerRule, limit: int = 200) -> list[Change]:
    """How the dues of open inquiries of this kind and urgency would move, earliest due first; nothing is saved."""
    calendar = calendar_for(district.pk)
    open_ones = (
        Inquiry.objects.unanswered()
        .filter(district=district, kind=rule.kind, urgency=rule.urgency, merged_into=None)
        .order_by("due_at", "pk")[:limit]
    )
    pure = rule_of(rule)
    return [
        Change(inquiry.reference, inquiry.due_at, would.due_at)
        for inquiry in open_ones
        if (would := deadlines.due(inquiry.asked_at, pure, calendar)).due_at != inquiry.due_at
    ]
