"""What an edit of rules, ladder or calendar would do to what is open, before it is saved. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from bureaus.models import Officer, Place
from bureaus.models.calendar import CalendarVersion
from bureaus.services.calendar import calendar_for
from bureaus.workdays import Calendar
from inquiries import ladder as steps
from inquiries.deadlines import Due
from inquiries.models import AnswerRule, Duty, Inquiry, Ladder
from inquiries.models.duty import DutyKind
from inquiries.services.measuring import due_of, due_until, rungs_of, steps_of, would_be
from inquiries.services.planning import Districts, Target, named_readers, reached, turns_of
from inquiries.services.remeasuring import Granted, due_again, duty_due_again, keys_taken

# More than these are not looked at in one request; the page says so.
LIMIT = 2000
SHOWN = 20


@dataclass(frozen=True)
class Coming:
    """A chase that lies ahead: when, at which level, and whom it would reach as things stand."""

    at: datetime
    level: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """What the edit would do to one open inquiry or duty."""

    target: Target
    due_at: datetime
    would_be_due_at: datetime
    coming: Coming
    would_come: Coming

    @property
    def moves_due(self) -> bool:
        """Whether the due would be another."""
        return self.due_at != self.would_be_due_at


@dataclass(frozen=True)
class Preview:
    """Every change among those looked at, counted; the nearest in full. Of a calendar the duties by themselves."""

    looked: int
    more: bool
    earlier: int
    later: int
    past_now: int
    chases_earlier: int
    chases_later: int
    shown: tuple[Change, ...]
    duties: Preview | None = None

    @property
    def moved(self) -> int:
        """How many dues would move."""
        return self.earlier + self.later

    @property
    def chases(self) -> int:
        """How many next chases would move."""
        return self.chases_earlier + self.chases_later


def preview_rule(*, district: Place, rule: AnswerRule, now: datetime, limit: int = LIMIT) -> Preview:
    """What this rule, not yet saved, would do to the open inquiries of its kind and urgency."""
    rows = _open_inquiries(district, limit, kind=rule.kind, urgency=rule.urgency)
    districts = Districts(now=now)
    calendar = districts.calendar(district.pk)
    granted = Granted.to(rows[:limit])
    would = {row.pk: due_again(row, calendar, granted, rule=rule) for row in rows[:limit]}
    return _previewed(rows, limit, would, districts=districts, calendar=calendar, now=now)


def preview_ladder(
    *, district: Place, meant_for: str, ladder: steps.Ladder, now: datetime, limit: int = LIMIT
) -> Preview:
    """What this ladder, not yet saved, would do to the open inquiries of that urgency, or to the open duties."""
    rows: Sequence[Target]
    if meant_for == Ladder.For.DUTY:
        rows = _open_duties(district, limit)
    else:
        rows = _open_inquiries(district, limit, urgency=meant_for)
    districts = Districts(now=now)
    calendar = districts.calendar(district.pk)
    return _previewed(rows, limit, {}, districts=districts, calendar=calendar, now=now, ladder=ladder)


def preview_calendar(
    *, district: Place, edit: Callable[[], CalendarVersion], now: datetime, limit: int = LIMIT
) -> Preview:
    """What this edit of the district's calendar would do to all its open inquiries and duties.

    The edit itself is undone. Raises what the edit raises.
    """
    rows, owed = _open_inquiries(district, limit), _open_duties(district, limit)
    # A decision on an extension is owed no later than the answer, which the edit moves too.
    asked = {row.pk: row for row in rows[:limit]} | {
        duty.inquiry.pk: duty.inquiry
        for duty in owed[:limit]
        if duty.inquiry is not None and duty.kind == DutyKind.EXTENSION
    }
    granted = Granted.to(asked.values())
    districts = Districts(now=now)
    districts.calendar(district.pk)  # as it stands, before the edit
    with transaction.atomic():
        calendar = calendar_for(district.pk, edit().pk)
        transaction.set_rollback(True)
    would = {pk: due_again(row, calendar, granted) for pk, row in asked.items()}
    of_duties = {
        duty.pk: due_until(
            duty_due_again(
                duty,
                calendar,
                answer_due_at=would[duty.inquiry_id].due_at if duty.inquiry_id in would else None,
            )
        )
        for duty in owed[:limit]
    }
    return replace(
        _previewed(rows, limit, would, districts=districts, calendar=calendar, now=now),
        duties=_previewed(owed, limit, of_duties, districts=districts, calendar=calendar, now=now),
    )


def _open_duties(district: Place, limit: int) -> list[Duty]:
    return list(
        Duty.objects.open()
        .filter(district=district)
        .select_related("inquiry__rule", "place")
        .order_by("due_at", "pk")[: limit + 1]
    )


def _open_inquiries(district: Place, limit: int, **of: str) -> list[Inquiry]:
    return list(
        Inquiry.objects.unanswered()
        .filter(district=district, merged_into=None, **of)
        .select_related("rule")
        .order_by("due_at", "pk")[: limit + 1]
    )


def _previewed(
    rows: Sequence[Target],
    limit: int,
    would: dict[int, Due],
    *,
    districts: Districts,
    calendar: Calendar,
    now: datetime,
    ladder: steps.Ladder | None = None,
) -> Preview:
    kept = [row for row in rows[:limit] if row.next_chase_at is not None]
    own = districts.calendar(kept[0].district_id) if kept else calendar
    changes = []
    # Only in another ladder it matters which steps were taken in this one.
    taken = keys_taken(kept) if ladder is not None else {}
    for row in kept:
        due = would.get(row.pk, due_of(row))
        changes.append(
            (
                row,
                due,
                _step_at(row, row.next_chase_at or now, own),
                _coming(row, due, ladder, taken.get(row.pk, ()), calendar=calendar, now=now),
            )
        )
    moved = [c for c in changes if c[1].due_at != c[0].due_at or c[2] != c[3]]
    # Of many what moves a due is shown before what moves a chase alone.
    named = sorted(moved, key=lambda change: (change[1].due_at == change[0].due_at, change[3][0]))[:SHOWN]
    return Preview(
        looked=len(kept),
        more=len(rows) > limit,
        earlier=sum(due.due_at < row.due_at for row, due, _was, _would in changes),
        later=sum(due.due_at > row.due_at for row, due, _was, _would in changes),
        past_now=sum(row.due_at > now >= due.due_at for row, due, _was, _would in changes),
        chases_earlier=sum(then[0] < was[0] for _row, _due, was, then in changes),
        chases_later=sum(then[0] > was[0] for _row, _due, was, then in changes),
        shown=_named(named, districts),
    )


Ahead = tuple[datetime, steps.Step]


def _step_at(row: Target, at: datetime, calendar: Calendar) -> Ahead:
    rungs, repeat = rungs_of(row, calendar)
    return at, steps.take(rungs, repeat, at, row.chase_step).step or repeat.step


def _coming(
    row: Target,
    due: Due,
    ladder: steps.Ladder | None,
    taken: Collection[str],
    *,
    calendar: Calendar,
    now: datetime,
) -> Ahead:
    step, next_at = would_be(row, due, calendar=calendar, ladder=ladder, taken=taken, now=now)
    at = next_at or now
    rungs, repeat = rungs_of(row, calendar, ladder=ladder or steps_of(row.ladder_id), due=due)
    return at, steps.take(rungs, repeat, at, step).step or repeat.step


def _named(changes: Sequence[tuple[Target, Due, Ahead, Ahead]], districts: Districts) -> tuple[Change, ...]:
    abouts = [row if isinstance(row, Inquiry) else row.inquiry for row, *_rest in changes]
    readers = named_readers([about.pk for about in abouts if about is not None and about.sealed])
    turns = turns_of([row for row, *_rest in changes])
    told: dict[tuple[int, bool], tuple[int, ...]] = {}
    for number, (row, _due, *aheads) in enumerate(changes):
        for which, (_at, step) in enumerate(aheads):
            place_id = row.holder_id if isinstance(row, Inquiry) else row.place_id
            named = readers.get(row.pk if isinstance(row, Inquiry) else row.inquiry_id or 0)
            to = reached(
                districts.roll(row.district_id), step.recipients, place_id, row, named, turn=turns.get(row, 0)
            )
            told[number, bool(which)] = tuple(recipient.officer_id for recipient in to)
    names = dict(
        Officer.objects.filter(pk__in={pk for found in told.values() for pk in found}).values_list(
            "pk", "name"
        )
    )

    def coming(number: int, which: bool, ahead: Ahead) -> Coming:
        return Coming(ahead[0], ahead[1].level, tuple(names.get(pk, "") for pk in told[number, which]))

    return tuple(
        Change(row, row.due_at, due.due_at, coming(number, False, was), coming(number, True, then))
        for number, (row, due, was, then) in enumerate(changes)
    )
