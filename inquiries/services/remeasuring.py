"""What the clock does beside chasing: dues that a calendar moved, years nobody announced, filing, failed messages."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime, time, timedelta

from bureaus.models import Place, Post
from bureaus.models.notices import Message
from bureaus.services.calendar import calendar_for, missing_next_year
from bureaus.workdays import SHANGHAI, Calendar, local_date
from inquiries import deadlines
from inquiries.deadlines import Due
from inquiries.models import Duty, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.acting import finish
from inquiries.services.answering import FILED_AFTER_WORKING_DAYS, file_inquiry
from inquiries.services.duties import finish_duty, open_duty
from inquiries.services.measuring import next_chase, no_later_than, rule_of, version_of
from inquiries.states import State

BATCH = 200


def due_again(inquiry: Inquiry, calendar: Calendar) -> Due:
    """The due as the calendar has it now: from the asking, with what was granted, and the source's where earlier.

    A lead stays due no later than its riders.
    """
    rule = rule_of(inquiry.rule)
    due = deadlines.due(inquiry.asked_at, rule, calendar)
    granted = Duty.objects.filter(
        inquiry=inquiry, kind=DutyKind.EXTENSION, decision="granted", done_at__isnull=False
    ).order_by("done_at")
    for number, duty in enumerate(granted):
        due = deadlines.extended(due, rule, calendar, amount=int(duty.terms["days"]), extensions_used=number)
    riders = Inquiry.objects.filter(merged_into=inquiry).values_list("due_at", flat=True)
    return no_later_than(due, inquiry.external_due_at, *riders)


def remeasure_dues(*, district: Place, now: datetime, limit: int = BATCH) -> int:
    """A batch of the district's open inquiries is measured by the calendar in force; gives how many were looked at.

    1. Claims open rows that point at an older calendar, with SKIP LOCKED: the pointer is the progress, so a run that
    is cut off goes on where it stopped. 2. Each due that moves has an event. 3. A due moved
    into the past is not chased at once: the next chases are spread over a working day.
    """
    calendar = calendar_for(district.pk)
    rows = (
        Inquiry.objects.unanswered()
        .filter(district=district, calendar_version__lt=version_of(calendar))
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("holder", "rule")
        .order_by("pk")[:limit]
    )
    looked = 0
    for inquiry in rows:
        looked += 1
        inquiry.calendar_version_id = version_of(calendar)
        due = due_again(inquiry, calendar)
        if (due.due_at, due.provisional) == (inquiry.due_at, inquiry.due_provisional):
            inquiry.save(update_fields=["calendar_version"])
            continue
        was = inquiry.due_at
        inquiry.due_on, inquiry.due_at, inquiry.due_provisional = due.due_on, due.due_at, due.provisional
        if inquiry.merged_into_id is None:
            inquiry.next_chase_at = next_chase(inquiry, now=now)
            if was > now >= due.due_at:
                inquiry.next_chase_at = calendar.add_minutes(now, 1 + inquiry.pk % 420)
        finish(
            inquiry,
            "due_moved",
            by=None,
            now=now,
            changed=["calendar_version", "due_on", "due_at", "due_provisional", "next_chase_at"],
            was=was.isoformat(),
            due_at=due.due_at.isoformat(),
            calendar=version_of(calendar),
        )
    return looked


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


def file_settled(*, now: datetime, limit: int = BATCH) -> int:
    """Answers nobody questioned for ten working days are filed; gives how many."""
    filed = 0
    # Ten working days are at least ten days; the exact count is the service's.
    rows = Inquiry.objects.filter(
        state=State.ANSWERED, answered_at__lte=now - timedelta(days=FILED_AFTER_WORKING_DAYS)
    ).order_by("answered_at")
    for inquiry in rows.values("pk", "answered_at", "district_id")[:limit]:
        calendar = calendar_for(inquiry["district_id"])
        answered_at = inquiry["answered_at"]
        if answered_at is None or calendar.shift(
            local_date(answered_at), FILED_AFTER_WORKING_DAYS
        ) > local_date(now):
            continue
        file_inquiry(inquiry["pk"], by=None, now=now)
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
