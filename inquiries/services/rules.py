"""The answer rules and ladders of a district: shipped as Liaoning practice has them, then edited as new editions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from bureaus.access import Act, acts_of, holdings
from bureaus.models import Officer, Place
from bureaus.workdays import Worded
from inquiries import ladder as steps
from inquiries.deadlines import BadRule
from inquiries.models import AnswerRule, Ladder, RuleBook
from inquiries.models.chase import Level
from inquiries.models.rules import Kind, Urgency
from inquiries.services.measuring import rule_of
from inquiries.services.refusals import EditionChanged, NotYours, RulesIncomplete

# Kept with the rule and shown as they are: a source is cited in the language of its text.
PRACTICE = "辽宁12345热线办理惯例（默认值，可修改）"
# Half of the 450 minutes of a working day as shipped, two office hours, half an hour at any hour.
DISPATCH_MINUTES: dict[str, int] = {Urgency.ORDINARY: 225, Urgency.URGENT: 120, Urgency.CRITICAL: 30}
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
        rules.append(_rule(kind, Urgency.URGENT, 1, "working_days", 0, 0, PRACTICE))
        rules.append(_rule(kind, Urgency.CRITICAL, 24, "hours", 0, 0, PRACTICE))
    return rules


def _rule(
    kind: str,
    urgency: str,
    amount: int,
    unit: str,
    extensions: int,
    extension_amount: int,
    source: str,
) -> AnswerRule:
    return AnswerRule(
        kind=kind,
        urgency=urgency,
        amount=amount,
        unit=unit,
        extensions=extensions,
        extension_amount=extension_amount,
        dispatch_minutes=DISPATCH_MINUTES[urgency],
        source=source,
    )


def may_edit(by: Officer | None, *, district: Place, now: datetime) -> None:
    """Raises NotYours unless a post of that district edits its rules; None is the installation itself."""
    if by is not None and Act.EDIT_RULES not in acts_of(
        [held for held in holdings(by, now=now) if held.post.place.root_id == district.pk]
    ):
        raise NotYours


def book_in_force(district: Place) -> RuleBook | None:
    """The newest edition of the district's answer rules."""
    return RuleBook.objects.filter(district=district).select_related("by").order_by("-number").first()


def _one_editor(district: Place) -> None:
    # Two editions written at once would both be number n+1, and the second would not know the first.
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('inquiries.rules'), %s)", [district.pk])


def check_rule(rule: AnswerRule) -> None:
    """A due can be reckoned by the rule. Raises ValidationError by field; BadRule is said in words at its field."""
    rule.full_clean(exclude=["book"], validate_unique=False, validate_constraints=False)
    try:
        if rule.kind == Kind.DISCLOSURE and rule.unit != AnswerRule.Unit.WORKING_DAYS:
            # 政府信息公开条例 art. 33.
            raise BadRule("A disclosure application is counted in working days.", field="unit")
        rule_of(rule)
    except Worded as bad:
        raise ValidationError({bad.field: say_rule(bad)} if bad.field else say_rule(bad)) from bad


def say_rule(bad: Worded) -> str:
    """The refusal of a rule in the reader's language."""
    return _(bad.sentence) % bad.named if bad.named else _(bad.sentence)


def say_step(bad: Worded) -> str:
    """The refusal of a ladder in the reader's language, its step by number and its level by name."""
    named = dict(bad.named)
    if bad.row is not None:
        named["step"] = bad.row + 1
    if "level" in named:
        named["level"] = Level(str(named["level"])).label
    return _(bad.sentence) % named if named else _(bad.sentence)


def issue_rules(
    *,
    district: Place,
    rules: Sequence[AnswerRule],
    by: Officer | None,
    now: datetime,
    note: str = "",
    seen: int | None = None,
) -> RuleBook:
    """A new edition of the district's answer rules is in force, for what is open too: the clock follows in batches.

    `seen` is the number of the edition that was edited. Raises NotYours, EditionChanged, RulesIncomplete,
    ValidationError.
    """
    may_edit(by, district=district, now=now)
    _one_editor(district)
    last = RuleBook.objects.filter(district=district).aggregate(last=Max("number"))["last"] or 0
    if seen is not None and seen != last:
        raise EditionChanged
    if {(rule.kind, rule.urgency) for rule in rules} != {(k, u) for k in Kind.values for u in Urgency.values}:
        raise RulesIncomplete
    book = RuleBook.objects.create(district=district, number=last + 1, made_at=now, by=by, note=note)
    for rule in rules:
        rule.pk = None
        rule.book = book
        # A rule that deadlines cannot reckon with is refused here, not at the desk.
        check_rule(rule)
    AnswerRule.objects.bulk_create(rules)
    return book


def change_rule(
    *, district: Place, rule: AnswerRule, by: Officer | None, now: datetime, note: str = "", seen: int
) -> RuleBook:
    """A new edition with this rule in the place of the one for its kind and urgency. Raises as issue_rules."""
    others = AnswerRule.objects.filter(book__district=district, book__number=seen).exclude(
        kind=rule.kind, urgency=rule.urgency
    )
    return issue_rules(district=district, rules=[*others, rule], by=by, now=now, note=note, seen=seen)


def issue_ladder(
    *,
    district: Place,
    meant_for: str,
    ladder: steps.Ladder,
    by: Officer | None,
    now: datetime,
    seen: int | None = None,
) -> Ladder:
    """A new edition of one ladder is in force, for what is open too: the clock follows in batches.

    `seen` is the number of the edition that was edited. Raises BadLadder, NotYours, EditionChanged.
    """
    may_edit(by, district=district, now=now)
    steps.check_ladder(ladder)
    _one_editor(district)
    last = (
        Ladder.objects.filter(district=district, meant_for=meant_for).aggregate(last=Max("number"))["last"]
        or 0
    )
    if seen is not None and seen != last:
        raise EditionChanged
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
