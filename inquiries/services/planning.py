"""Who is chased now, at which step, and whom it reaches: planned for a batch without a query per row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from bureaus.access import Recipient, Roll
from bureaus.services.calendar import calendar_for
from bureaus.workdays import Calendar
from inquiries import ladder as steps
from inquiries.models import Duty, Inquiry, Ladder, SetAside, Sight
from inquiries.models.duty import DutyKind
from inquiries.services.measuring import ladder_for, rungs_of, steps_of
from inquiries.services.refusals import NobodyToChase
from inquiries.services.telling import below_the_district

BATCH = 1000

Target = Inquiry | Duty


@dataclass(frozen=True)
class Planned:
    """What the engine will do to one target now: a chase with its recipients, or only a later look."""

    target: Target
    taken: steps.Taken
    recipients: tuple[Recipient, ...] = ()
    copies: tuple[Recipient, ...] = ()

    @property
    def number(self) -> int:
        """The chase's number in this round."""
        return self.target.chase_number + 1


class Districts:
    """What a batch needs of each district, asked once: who answers, the calendar, the ladder of duties."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self._rolls: dict[int, Roll] = {}
        self._calendars: dict[int, Calendar] = {}
        self._ladders: dict[int, Ladder] = {}
        self._steps: dict[int, steps.Ladder] = {}

    def roll(self, district_id: int) -> Roll:
        """Who answers for what there now."""
        if district_id not in self._rolls:
            self._rolls[district_id] = Roll(district_id, now=self.now)
        return self._rolls[district_id]

    def calendar(self, district_id: int) -> Calendar:
        """The calendar in force there."""
        if district_id not in self._calendars:
            self._calendars[district_id] = calendar_for(
                district_id, version=self.roll(district_id).calendar_version
            )
        return self._calendars[district_id]

    def name(self, officer_id: int) -> str | None:
        """The name of an officer who answers for something there; None for anybody else."""
        return next(
            (roll.names[officer_id] for roll in self._rolls.values() if officer_id in roll.names), None
        )

    def duty_ladder(self, district_id: int) -> Ladder:
        """The ladder by which a duty is chased there."""
        if district_id not in self._ladders:
            self._ladders[district_id] = ladder_for(district_id, "duty")
        return self._ladders[district_id]

    def rungs(self, target: Target) -> tuple[tuple[steps.Rung, ...], steps.Repeat]:
        """The steps still to be climbed by the target, each at its instant, and what repeats after them."""
        ladder = self._steps.get(target.ladder_id) or steps_of(target.ladder_id)
        self._steps[target.ladder_id] = ladder
        return rungs_of(target, self.calendar(target.district_id), ladder=ladder)


def plan(targets: Sequence[Target], *, now: datetime, districts: Districts) -> list[Planned]:
    """The step each target takes now and whom it reaches. Queries by district and batch, never by row.

    Raises NobodyToChase where nobody holds a post that could be told.
    """
    readers = named_readers([t.pk for t in targets if isinstance(t, Inquiry) and t.sealed])
    readers |= _named_readers_of_duties(
        [t for t in targets if isinstance(t, Duty) and t.inquiry_id is not None]
    )
    moves = []
    for target in targets:
        rungs, repeat = districts.rungs(target)
        moves.append((target, steps.take(rungs, repeat, now, target.chase_step)))
    turns = turns_of([target for target, taken in moves if _asks_the_roster(taken.step)])
    planned = []
    for target, taken in moves:
        roll = districts.roll(target.district_id)
        if taken.step is None:
            planned.append(Planned(target, taken))
            continue
        place_id = target.holder_id if isinstance(target, Inquiry) else target.place_id
        named = readers.get(target.pk if isinstance(target, Inquiry) else target.inquiry_id or 0)
        turn = turns.get(target, 0)
        to = reached(roll, taken.step.recipients, place_id, target, named, turn=turn)
        copies = reached(roll, taken.step.copies, place_id, target, named, turn=turn)
        told = {recipient.officer_id for recipient in to}
        if not to:
            raise NobodyToChase
        planned.append(Planned(target, taken, to, tuple(c for c in copies if c.officer_id not in told)))
    return planned


def _asks_the_roster(step: steps.Step | None) -> bool:
    return step is not None and "duty_roster" in (*step.recipients, *step.copies)


def turns_of(targets: Sequence[Target]) -> dict[Target, int]:
    """Whose turn on the duty roster it is for each: one further for every chase that nobody acknowledged. One query.

    Whoever acknowledged goes on being told.
    """
    inquiries = {
        target.pk: target for target in targets if isinstance(target, Inquiry) and target.chase_number
    }
    turns: dict[Target, int] = {t: t.chase_number for t in targets if isinstance(t, Duty)}
    if inquiries:
        owed = Duty.objects.open().filter(kind=DutyKind.ACKNOWLEDGE, inquiry__in=list(inquiries))
        for inquiry_id, subject in owed.values_list("inquiry", "subject"):
            inquiry = inquiries[inquiry_id or 0]
            # As the chase writes it: step, round, number; a duty's own acknowledgement is another matter.
            if subject.split(".")[1:2] == [str(inquiry.round)] and ".duty." not in subject:
                turns[inquiry] = turns.get(inquiry, 0) + 1
    return turns


def reached(
    roll: Roll,
    words: Iterable[str],
    place_id: int,
    target: Target,
    named: set[int] | None,
    *,
    turn: int = 0,
) -> tuple[Recipient, ...]:
    """The officers these words mean for the target; `turn` is whose turn it is on the duty roster."""
    found: dict[int, Recipient] = {}
    for word in words:
        for recipient in roll.reach(word, place_id=place_id, post_id=target.post_id, turn=turn):
            found.setdefault(recipient.officer_id, recipient)
    if isinstance(target, Duty) and target.apart:
        # The place that investigates from a redacted copy is pursued, and above it the named readers.
        below = {r.officer_id for r in below_the_district(found.values(), roll, place_id)}
        named = (named or set()) | below
    if named is not None and words:
        # A sealed inquiry is pursued among its named readers alone.
        found = {pk: recipient for pk, recipient in found.items() if pk in named} or {
            pk: Recipient(pk, None) for pk in sorted(named)
        }
    return tuple(found.values())


def named_readers(inquiry_ids: list[int]) -> dict[int, set[int]]:
    named: dict[int, set[int]] = defaultdict(set)
    if inquiry_ids:
        for inquiry_id, officer_id in Sight.objects.filter(
            inquiry__in=inquiry_ids, officer__isnull=False, officer__is_active=True
        ).values_list("inquiry_id", "officer_id"):
            if officer_id is not None:
                named[inquiry_id].add(officer_id)
    return dict(named)


def _named_readers_of_duties(duties: list[Duty]) -> dict[int, set[int]]:
    if not duties:
        return {}
    sealed = Inquiry.objects.filter(pk__in={duty.inquiry_id for duty in duties}, sealed=True)
    return named_readers(list(sealed.values_list("pk", flat=True)))


def claimable(model: type[Target], *, now: datetime) -> QuerySet[Target]:
    """Whose chase has come, longest waiting first; what is set aside waits until it is tried again."""
    field = "inquiry" if model is Inquiry else "duty"
    aside = SetAside.objects.filter(**{field: OuterRef("pk")}, retry_at__gt=now)
    due = model._default_manager.filter(~Exists(aside), next_chase_at__lte=now)
    return due.order_by("next_chase_at", "pk")


def preview(*, now: datetime, limit: int = BATCH) -> Iterable[tuple[Target, Planned | Exception]]:
    """What the sweep would do now, and when next, for the rows of each sort that wait longest, or why it would set one
    aside. Writes nothing."""
    districts = Districts(now=now)
    for model in (Inquiry, Duty):
        for target in claimable(model, now=now)[:limit]:
            try:
                [planned] = plan([target], now=now, districts=districts)
            except Exception as failure:
                yield target, failure
            else:
                yield target, planned


@dataclass(frozen=True)
class Forecast:
    """The next chase of one target: when, at which level, and which officers it would reach as things stand."""

    at: datetime
    level: str
    officer_ids: tuple[int, ...]


def forecast(
    targets: Sequence[Target], *, now: datetime, districts: Districts | None = None
) -> dict[Target, Forecast]:
    """Who is chased next for each of these unanswered targets; queries by district, never by row."""
    districts = districts or Districts(now=now)
    sealed = [t.pk for t in targets if isinstance(t, Inquiry) and t.sealed]
    sealed += [t.inquiry.pk for t in targets if isinstance(t, Duty) and t.inquiry and t.inquiry.sealed]
    readers = named_readers(sealed)
    found = {}
    comings: list[tuple[Target, datetime, steps.Step]] = []
    for target in targets:
        if target.next_chase_at is None:
            continue
        rungs, repeat = districts.rungs(target)
        pending = [rung for rung in rungs if rung.nth > target.chase_step and rung.at >= target.next_chase_at]
        comings.append((target, target.next_chase_at, pending[0].step if pending else repeat.step))
    turns = turns_of([target for target, _at, step in comings if _asks_the_roster(step)])
    for target, at, step in comings:
        place_id = target.holder_id if isinstance(target, Inquiry) else target.place_id
        named = readers.get(target.pk if isinstance(target, Inquiry) else target.inquiry_id or 0)
        roll, turn = districts.roll(target.district_id), turns.get(target, 0)
        to = reached(roll, step.recipients, place_id, target, named, turn=turn)
        found[target] = Forecast(at, step.level, tuple(r.officer_id for r in to))
    return found
