"""What the clock does beside chasing: dues that an edit moved, years nobody announced, filing, failed messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from bureaus.models import Place, Post
from bureaus.models.notices import Message
from bureaus.services.calendar import calendar_for, missing_next_year
from bureaus.workdays import SHANGHAI, Calendar, CountedDay, local_date, midnight
from inquiries import deadlines
from inquiries.deadlines import Due
from inquiries.models import AnswerRule, Chase, Duty, Inquiry, Ladder, Rating, RuleBook, SetAside
from inquiries.models.duty import DutyKind
from inquiries.models.rules import Kind
from inquiries.services.acting import finish
from inquiries.services.chasing import set_aside
from inquiries.services.closing import FILED_AFTER_WORKING_DAYS, file_inquiry
from inquiries.services.duties import finish_duty, in_working_days, open_duty
from inquiries.services.history import record_event
from inquiries.services.measuring import due_until, no_later_than, rule_of, steps_of, version_of, would_be
from inquiries.services.refusals import NotInThisState
from inquiries.states import State

BATCH = 200


@dataclass(frozen=True)
class Granted:
    """What a set of inquiries was granted, and the dues of those that ride on them: read in two queries."""

    days: dict[int, list[int]]
    riders: dict[int, list[datetime]]
    # Of disclosure applications: the corrections and consultations that move their clock.
    asked: dict[int, list[Duty]]

    @classmethod
    def to(cls, inquiries: Iterable[Inquiry]) -> Granted:
        """What these inquiries were granted, in the order it was; what lapsed with another kind or urgency is not."""
        measured = {inquiry.pk: measured_as(inquiry) for inquiry in inquiries}
        ids = list(measured)
        days: dict[int, list[int]] = defaultdict(list)
        asked: dict[int, list[Duty]] = defaultdict(list)
        for duty in Duty.objects.filter(
            Q(kind=DutyKind.EXTENSION, decision="granted", done_at__isnull=False)
            | Q(kind__in=(DutyKind.CORRECTION, DutyKind.FEE, DutyKind.CONSULT)),
            inquiry__in=ids,
        ).order_by("done_at", "pk"):
            if duty.kind != DutyKind.EXTENSION:
                asked[duty.inquiry_id or 0].append(duty)
            elif duty.terms.get("as") == measured[duty.inquiry_id or 0]:
                days[duty.inquiry_id or 0].append(int(duty.terms["days"]))
        riders: dict[int, list[datetime]] = defaultdict(list)
        for lead, due_at in Inquiry.objects.filter(merged_into__in=ids).values_list("merged_into", "due_at"):
            riders[lead or 0].append(due_at)
        return cls(days, riders, asked)


def due_again(
    inquiry: Inquiry, calendar: Calendar, granted: Granted, *, rule: AnswerRule | None = None
) -> Due:
    """The due as calendar and rule have it now: from the asking, with what was granted, the source's where earlier.

    What was granted stays granted, whatever a new rule allows. A lead stays due no later than its riders.
    """
    pure = rule_of(rule or inquiry.rule)
    days = granted.days.get(inquiry.pk, [])
    asked = granted.asked.get(inquiry.pk, []) if inquiry.kind == Kind.DISCLOSURE else []
    if inquiry.kind == Kind.DISCLOSURE:
        due = deadlines.disclosure_due(
            rule=pure, calendar=calendar, **clock_of(inquiry, asked, days, calendar)
        )
    else:
        due = deadlines.due(inquiry.asked_at, pure, calendar)
    if days and inquiry.kind != Kind.DISCLOSURE:
        allows = replace(
            pure,
            # Days that were granted are no hours, however the new rule counts.
            unit=rule_of(inquiry.rule).unit if pure.unit == "hours" else pure.unit,
            extensions=max(len(days), pure.extensions),
            extension_amount=max(*days, pure.extension_amount),
        )
        for number, amount in enumerate(days):
            due = deadlines.extended(due, allows, calendar, amount=amount, extensions_used=number)
    riders = granted.riders.get(inquiry.pk, [])
    if asked or (days and riders and inquiry.due_at > min(riders)):
        # The lead was granted more time after it took its riders on: an edit takes that back no more than any other.
        # Nor does a rider take back what the law gives its lead.
        riders = []
    return no_later_than(due, inquiry.external_due_at, *riders)


def clock_of(
    inquiry: Inquiry, asked: Iterable[Duty], days: Iterable[int], calendar: Calendar
) -> dict[str, Any]:
    """What `deadlines.disclosure_days` counts this application by.

    A fee that is paid sets the clock to its beginning as a correction does; the later of both counts. Either still
    awaited is taken to come on the last day the applicant has, a consultation without an end to last
    its 15 working days (art. 32), and none lasts longer.
    """
    corrected_on: Date | None = None
    standstills = []
    for duty in asked:
        if duty.kind in (DutyKind.CORRECTION, DutyKind.FEE):
            came_on = Date.fromisoformat(duty.terms.get("received_on") or duty.terms["until_on"])
            corrected_on = max(came_on, corrected_on or came_on)
            continue
        from_on = Date.fromisoformat(duty.terms["from_on"])
        until_on = calendar.shift(from_on, deadlines.THIRD_PARTY_WORKING_DAYS)
        if "until_on" in duty.terms:
            until_on = min(until_on, Date.fromisoformat(duty.terms["until_on"]))
        elif duty.done_at is not None:
            until_on = min(until_on, local_date(duty.done_at))
        standstills.append(deadlines.Standstill(from_on, until_on))
    return {
        "received_on": inquiry.received_on or local_date(inquiry.asked_at),
        "corrected_on": corrected_on,
        "standstills": standstills,
        "extended_by": sum(days),
    }


def days_counted(inquiry: Inquiry, calendar: Calendar) -> list[CountedDay]:
    """Every day to the day it is due, counted or skipped with its reason; none for a rule in hours, which run round the
    clock from the asking to the due.

    To the day it is due, so that an extension or an earlier due of the source is counted too.
    """
    unit, is_application = inquiry.rule.unit, inquiry.kind == Kind.DISCLOSURE
    if unit == AnswerRule.Unit.HOURS:
        return []
    if unit == AnswerRule.Unit.WORKING_DAYS and not is_application:
        asked_on = local_date(inquiry.asked_at)
        return calendar.explain(asked_on, max(calendar.working_days_between(asked_on, inquiry.due_on), 1))
    granted = Granted.to([inquiry])
    if unit == AnswerRule.Unit.CALENDAR_DAYS:
        amounts = [inquiry.rule.amount, *granted.days[inquiry.pk]]
        days = deadlines.calendar_days(local_date(inquiry.asked_at), amounts, calendar)
        return [day for day in days if day.on <= inquiry.due_on]
    clock = clock_of(inquiry, granted.asked[inquiry.pk], granted.days[inquiry.pk], calendar)
    days = deadlines.disclosure_days(rule=rule_of(inquiry.rule), calendar=calendar, **clock)
    return [day for day in days if day.on <= inquiry.due_on]


@dataclass(frozen=True)
class InForce:
    """What a district measures by now: its calendar, its newest rules and ladders. Four small queries."""

    calendar: Calendar
    rules: dict[tuple[str, str], AnswerRule]
    ladders: dict[str, Ladder]
    behind: Q
    duties_behind: Q

    @classmethod
    def at(cls, district: Place) -> InForce:
        """What is in force in the district."""
        calendar = calendar_for(district.pk)
        book = RuleBook.objects.filter(district=district).aggregate(last=Max("pk"))["last"]
        rules = {(rule.kind, rule.urgency): rule for rule in AnswerRule.objects.filter(book=book)}
        editions = list(Ladder.objects.filter(district=district).order_by("number").defer("steps"))
        ladders = {ladder.meant_for: ladder for ladder in editions}
        # Keys, not a join: a partial index finds the few that are behind among millions that are not.
        old_rules = [
            pk
            for pk, *key in AnswerRule.objects.filter(book__district=district)
            .exclude(book=book)
            .values_list("pk", "kind", "urgency")
            if tuple(key) in rules
        ]
        newest = {ladder.pk for ladder in ladders.values()}
        old_ladders = [ladder.pk for ladder in editions if ladder.pk not in newest]
        return cls(
            calendar,
            rules,
            ladders,
            Q(calendar_version__lt=version_of(calendar)) | Q(rule__in=old_rules) | Q(ladder__in=old_ladders),
            Q(calendar_version=None)
            | Q(calendar_version__lt=version_of(calendar))
            | Q(ladder__in=old_ladders),
        )


def keys_taken(targets: Sequence[Inquiry | Duty]) -> dict[int, set[str]]:
    """The keys of the steps that each of these inquiries took in its round, or each of these duties, in one query."""
    found: dict[int, set[str]] = defaultdict(set)
    rounds = {target.pk: target.round if isinstance(target, Inquiry) else 1 for target in targets}
    if rounds:
        field = "inquiry" if isinstance(targets[0], Inquiry) else "duty"
        rows = Chase.objects.filter(**{f"{field}__in": list(rounds)}, step__isnull=False)
        for pk, number, key in rows.values_list(field, "round", "step_key"):
            if rounds[pk] == number:
                found[pk].add(key)
    return found


def remeasure_dues(*, district: Place, now: datetime, limit: int = BATCH) -> int:
    """A batch of the district's open inquiries is measured by what is in force; gives how many were looked at.

    1. Claims open rows that point at an older calendar, rule or ladder, with SKIP LOCKED: the pointer is the progress,
    so a run that is cut off goes on where it stopped. 2. Each due or next chase that moves has an event. 3. A due moved
    into the past is not chased at once: the next chases are spread over a working day.
    """
    force = InForce.at(district)
    rows = list(
        Inquiry.objects.unanswered()
        .filter(force.behind, district=district)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("holder", "rule")
        .order_by("pk")[:limit]
    )
    granted, taken = Granted.to(rows), keys_taken(rows)
    for inquiry in rows:
        _measure(inquiry, force, granted, taken[inquiry.pk], now=now)
    return len(rows)


def measured_as(inquiry: Inquiry) -> str:
    """What an extension is granted for; reclassified, the matter is measured anew."""
    return f"{inquiry.kind}.{inquiry.urgency}"


def _measure(
    inquiry: Inquiry, force: InForce, granted: Granted, taken: Collection[str], *, now: datetime
) -> None:
    calendar = force.calendar
    rule = force.rules.get((inquiry.kind, inquiry.urgency), inquiry.rule)
    ladder_id = force.ladders[inquiry.urgency].pk if inquiry.urgency in force.ladders else inquiry.ladder_id
    due = due_again(inquiry, calendar, granted, rule=rule)
    was, was_next, by_rule = inquiry.due_at, inquiry.next_chase_at, rule.pk != inquiry.rule_id
    moved = (due.due_at, due.provisional) != (inquiry.due_at, inquiry.due_provisional)
    changed = ["calendar_version", "rule", "ladder", "chase_step", "next_chase_at"]
    other = steps_of(ladder_id) if ladder_id != inquiry.ladder_id else None
    inquiry.chase_step, inquiry.next_chase_at = would_be(
        inquiry, due, calendar=calendar, ladder=other, taken=taken, now=now
    )
    inquiry.calendar_version_id, inquiry.rule, inquiry.ladder_id = version_of(calendar), rule, ladder_id
    if moved:
        inquiry.due_on, inquiry.due_at, inquiry.due_provisional = due.due_on, due.due_at, due.provisional
        changed += ["due_on", "due_at", "due_provisional"]
    if not moved and inquiry.next_chase_at == was_next:
        inquiry.save(update_fields=changed)
        return
    code = ("due_moved_by_rule" if by_rule else "due_moved") if moved else "steps_moved"
    told: dict[str, Any] = {"calendar": inquiry.calendar_version_id, "rule": rule.pk, "ladder": ladder_id}
    if moved:
        told |= {"was": was.isoformat(), "due_at": due.due_at.isoformat()}
    finish(inquiry, code, by=None, now=now, changed=changed, **told)


def remeasure_duties(*, district: Place, now: datetime, limit: int = BATCH) -> int:
    """A batch of the district's open duties is measured by what is in force; gives how many were looked at.

    As `remeasure_dues`, after which it runs: claimed by what they point at, an event on each due or next chase that
    moves, and what moves into the past is spread.
    """
    force = InForce.at(district)
    newest = force.ladders.get(Ladder.For.DUTY)
    rows = list(
        Duty.objects.open()
        .filter(force.duties_behind, district=district)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("inquiry__rule")
        .order_by("pk")[:limit]
    )
    taken = keys_taken(rows)
    for duty in rows:
        was, was_next = duty.due_at, duty.next_chase_at
        due = due_until(duty_due_again(duty, force.calendar))
        other = newest if newest is not None and newest.pk != duty.ladder_id else None
        duty.chase_step, duty.next_chase_at = would_be(
            duty,
            due,
            calendar=force.calendar,
            ladder=steps_of(other.pk) if other else None,
            taken=taken[duty.pk],
            now=now,
        )
        duty.due_at = due.due_at
        duty.calendar_version_id = version_of(force.calendar)
        duty.ladder_id = other.pk if other else duty.ladder_id
        told: dict[str, Any] = {"calendar": duty.calendar_version_id, "ladder": duty.ladder_id}
        if duty.due_at != was:
            told |= {"was": was.isoformat(), "due_at": duty.due_at.isoformat()}
            record_event(duty, "due_moved", by=None, now=now, **told)
        elif duty.next_chase_at != was_next:
            record_event(duty, "steps_moved", by=None, now=now, **told)
        duty.version += (duty.due_at, duty.next_chase_at) != (was, was_next)
        duty.save(
            update_fields=[
                *("due_at", "calendar_version", "ladder", "chase_step", "next_chase_at"),
                *("version", "event_count", "event_hash"),
            ]
        )
    return len(rows)


def duty_due_again(duty: Duty, calendar: Calendar, *, answer_due_at: datetime | None = None) -> datetime:
    """The due of a duty as the calendar has it now, where it was reckoned by the calendar; else as it is.

    `answer_due_at` is when the answer would be owed, where an edit that is only looked at moves that too.
    """
    if duty.calendar_version_id is None:
        return duty.due_at
    was = calendar_for(duty.district_id, duty.calendar_version_id)
    inquiry = duty.inquiry
    if duty.kind == DutyKind.DISPATCH and inquiry is not None:
        rule, urgency = rule_of(inquiry.rule), inquiry.urgency
        if deadlines.dispatch_due(duty.opened_at, rule, urgency, was).due_at != duty.due_at:
            return duty.due_at
        return deadlines.dispatch_due(duty.opened_at, rule, urgency, calendar).due_at
    if not in_working_days(duty):
        return duty.due_at
    due_at = deadlines.reckoned_anew(duty.due_at, duty.opened_at, was, calendar)
    # A decision after the due would come too late for the citizen.
    if duty.kind == DutyKind.EXTENSION and inquiry is not None:
        return min(due_at, answer_due_at or inquiry.due_at)
    return due_at


def owe_calendar(*, district: Place, now: datetime) -> Duty | None:
    """From 1 November a next year nobody announced is owed by the district; announced, the duty is done."""
    missing = missing_next_year(now, district.pk)
    standing = Duty.objects.filter(district=district, kind=DutyKind.CALENDAR, done_at=None).first()
    if standing is not None:
        if missing is None or str(missing) != standing.subject:
            finish_duty(standing, by=None, now=now, decision="announced")
        return standing
    if missing is None or not Post.objects.filter(place=district, closed_on=None).exists():
        # A district kept for its history alone has no office that could owe anything.
        return None
    return open_duty(
        kind=DutyKind.CALENDAR,
        place=district,
        due_at=datetime.combine(Date(missing, 1, 1), time.min, SHANGHAI),
        now=now,
        by=None,
        subject=str(missing),
    )


def settled_answers(*, district: Place, now: datetime) -> list[int]:
    """The answers of the district that were rated, or that nobody questioned for ten working days, oldest first.

    Without those set aside whose time has not come again.
    """
    rated = Rating.objects.filter(inquiry=OuterRef("pk"), round=OuterRef("round"), reached=True)
    aside = SetAside.objects.filter(inquiry=OuterRef("pk"), retry_at__gt=now)
    answered = Inquiry.objects.filter(~Exists(aside), district=district, state=State.ANSWERED)
    # Today is the tenth working day after each of the days before this one.
    first = calendar_for(district.pk).shift(local_date(now) + timedelta(days=1), -FILED_AFTER_WORKING_DAYS)
    # Two questions, or each answer of these days would be looked up among the ratings.
    of_both = (answered.filter(Exists(rated)), answered.filter(answered_at__lt=midnight(first)))
    found = {pk: at for each in of_both for pk, at in each.values_list("pk", "answered_at")}
    return sorted(found, key=lambda pk: (found[pk], pk))


def file_settled(inquiry_ids: Iterable[int], *, now: datetime) -> int:
    """These answers are filed; gives how many. One that cannot be is set aside with its error and tried again later."""
    filed = 0
    for inquiry in Inquiry.objects.filter(pk__in=inquiry_ids).order_by("answered_at", "pk"):
        try:
            with transaction.atomic():
                file_inquiry(inquiry.pk, by=None, now=now)
                SetAside.objects.filter(inquiry=inquiry).delete()
        except NotInThisState:
            continue  # somebody was faster
        except Exception as failure:
            set_aside(inquiry, failure, now=now)
        else:
            filed += 1
    return filed


def owe_delivery(message: Message, now: datetime) -> None:
    """A message that could not be delivered is a duty of the district, which finds another way."""
    district = Place.objects.get(pk=message.district_id)
    calendar = calendar_for(district.pk)
    if Duty.objects.filter(
        district=district, kind=DutyKind.DELIVERY, subject=str(message.pk), done_at=None
    ).exists():
        return
    open_duty(
        kind=DutyKind.DELIVERY,
        place=district,
        due_at=deadlines.due(now, deadlines.Rule(1), calendar).due_at,
        now=now,
        by=None,
        subject=str(message.pk),
        request=message.error,
    )
