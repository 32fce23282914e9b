"""Who is chased when: the steps of a ladder as data, and the next instant of one pursuit. Pure.

A ladder has no end: after its last step comes the line in the digest, each working day, and once a week
when the matter is more than 30 days late. `schedule` lays a ladder over one matter, `take` moves along it.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Literal, NamedTuple, cast, get_args

from bureaus.workdays import DAY, Calendar, Worded, local_date
from inquiries.deadlines import Due

Level = Literal["reminder", "urge", "supervise", "circular", "digest"]
Role = Literal["handler", "section_head", "vice_head", "bureau_head", "director", "duty_roster"]
# The step that puts a matter on the list the public sees.
PUBLIC_LIST = "circular_public"
AnchorKind = Literal["span", "due", "hours", "office_minutes"]

LEVELS: tuple[Level, ...] = get_args(Level)
ROLES: tuple[Role, ...] = get_args(Role)
ANCHORS: tuple[AnchorKind, ...] = get_args(AnchorKind)
# The digest is no escalation: it is what remains.
RANK: Mapping[Level, int] = {"digest": 0, "reminder": 1, "urge": 2, "supervise": 3, "circular": 4}

# No owed matter is ever left alone for longer (verify_promises counts on it).
FARTHEST = timedelta(days=31)
WEEKLY_AFTER = timedelta(days=30)


class BadLadder(Worded):
    """A ladder cannot be read; the sentence names the step."""


def N_(sentence: str) -> str:
    """Marks a sentence for the catalogue; this file knows no framework that could translate it."""
    return sentence


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where in a matter's time a step lies.

    span            a share (0 to 1) of the working days from asked to due, at the office's opening
    due             so many working days after the due date (before it when negative), at the office's opening
    hours           a share of the time from asked to due, to the second, round the clock; 1 is the due
    office_minutes  so many minutes of open office after the due instant
    """

    kind: AnchorKind
    value: Fraction


@dataclass(frozen=True, slots=True)
class Step:
    """One rung as the district edits it: what, when, to whom, and whether it must be acknowledged."""

    key: str
    level: Level
    anchor: Anchor
    recipients: tuple[Role, ...]
    copies: tuple[Role, ...] = ()
    acknowledge: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps in climbing order, and what is repeated when they are used up."""

    steps: tuple[Step, ...]
    repeat: Step


class Rung(NamedTuple):
    """A step at its instant; `nth` is its place in the ladder, from 0. A sweep makes several of each matter."""

    step: Step
    at: datetime
    nth: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """What goes on for ever once the steps are used up."""

    step: Step
    due: Due
    calendar: Calendar

    def next_after(self, now: datetime) -> datetime:
        """The next working day's opening past `now` and the due; beyond 30 days late, the next week's."""
        base = max(now, self.due.due_at)
        calendar = self.calendar
        on = calendar.working_on_or_after(local_date(base))
        if calendar.opens_at(on) <= base:
            on = calendar.shift(on, 1)
        if calendar.opens_at(on) > self.due.due_at + WEEKLY_AFTER:
            monday = on - DAY * on.weekday()
            first = calendar.working_on_or_after(monday)
            if first != on:
                on = calendar.working_on_or_after(monday + DAY * 7)
        return calendar.opens_at(on)


@dataclass(frozen=True, slots=True)
class Taken:
    """One move along a ladder: the step to write (None: nothing to be said yet), those skipped, what is next.

    `last_step_index` is to be kept with the matter and handed in the next time. `repeated` marks the
    repeating step.
    """

    step: Step | None
    passed_over: tuple[Step, ...]
    next_at: datetime
    last_step_index: int
    repeated: bool = False


def _instant(anchor: Anchor, asked_at: datetime, due: Due, calendar: Calendar, span: int) -> datetime:
    value = anchor.value
    if anchor.kind == "hours":
        return asked_at + timedelta(seconds=round((due.due_at - asked_at).total_seconds() * value))
    if anchor.kind == "office_minutes":
        return calendar.add_minutes(due.due_at, value.numerator)
    if anchor.kind == "span":
        # Rounded up in whole numbers: of each matter's fractions a sweep would make thousands.
        share = -(-span * value.numerator // value.denominator)
        return calendar.opens_at(calendar.shift(local_date(asked_at), max(1, share)))
    return calendar.opens_at(calendar.shift(due.due_on, value.numerator))


def schedule(
    asked_at: datetime, recorded_at: datetime, due: Due, ladder: Ladder, calendar: Calendar
) -> tuple[Rung, ...]:
    """The rungs of one matter, in climbing order and each later than the one before.

    Steps at or before `recorded_at` are dropped, and reminders at or after the due; of equal instants the
    highest step stays; below 2 working days only the first reminder measured from asking (half time) stays.
    """
    span = calendar.working_days_between(local_date(asked_at), due.due_on)
    rungs: list[Rung] = []
    half_seen = False
    for index, step in enumerate(ladder.steps):
        if step.level == "reminder" and span < 2:
            if half_seen or step.anchor.kind not in ("span", "hours"):
                continue
            half_seen = True
        at = _instant(step.anchor, asked_at, due, calendar, span)
        if at <= recorded_at or (step.level == "reminder" and at >= due.due_at):
            continue
        rungs.append(Rung(step, at, index))
    # A lower step that would come at or after a higher one is not climbed down to.
    kept: list[Rung] = []
    for rung in reversed(rungs):
        if not kept or rung.at < kept[-1].at:
            kept.append(rung)
    return tuple(reversed(kept))


def repeat_of(ladder: Ladder, due: Due, calendar: Calendar) -> Repeat:
    """What is repeated for a matter with this due once its rungs are used up."""
    return Repeat(ladder.repeat, due, calendar)


def _next(pending: Sequence[Rung], repeat: Repeat, now: datetime) -> datetime:
    at = pending[0].at if pending else repeat.next_after(now)
    return min(at, now + FARTHEST)


def first_at(rungs: Sequence[Rung], repeat: Repeat, now: datetime, last_step_index: int = -1) -> datetime:
    """When the matter is chased next without taking a step now: always after `now` and within 31 days.

    For recording, and after an extension, a hand-over or an edit. A step whose instant has passed untaken
    is met by `take` at that next instant.
    """
    return _next([rung for rung in rungs if rung.nth > last_step_index and rung.at > now], repeat, now)


def take(rungs: Sequence[Rung], repeat: Repeat, now: datetime, last_step_index: int = -1) -> Taken:
    """The highest step whose instant has passed is taken, those below are passed over, `next_at` lies ahead.

    `next_at` is the first instant strictly after `now`, at most 31 days on; when that limit is what was
    reached, or nothing has passed, `step` is None and only `next_at` moves. With no rung left, the
    repeating step is taken from the due on. Steps up to `last_step_index` are never taken again.
    """
    split = bisect_right(rungs, now, key=lambda rung: rung.at)
    passed = [rung for rung in rungs[:split] if rung.nth > last_step_index]
    pending = [rung for rung in rungs[split:] if rung.nth > last_step_index]
    next_at = _next(pending, repeat, now)
    if passed:
        top = passed[-1]
        return Taken(top.step, tuple(rung.step for rung in passed[:-1]), next_at, top.nth)
    if pending or now < repeat.due.due_at:
        return Taken(None, (), next_at, last_step_index)
    return Taken(repeat.step, (), next_at, last_step_index, repeated=True)


def carry_over(taken: Step | None, ladder: Ladder) -> int:
    """The `last_step_index` in another ladder for a matter whose last step was `taken`.

    The step of the same key when the ladder has it, else the last not higher in level; -1 for none.
    """
    if taken is None:
        return -1
    for index, step in enumerate(ladder.steps):
        if step.key == taken.key:
            return index
    not_higher = [i for i, step in enumerate(ladder.steps) if RANK[step.level] <= RANK[taken.level]]
    return max(not_higher, default=-1)


def check_ladder(ladder: Ladder) -> None:
    """Keys differ, levels do not fall, and every step has recipients; else BadLadder."""
    seen: set[str] = set()
    below = 0
    for row, step in enumerate((*ladder.steps, ladder.repeat)):
        if step.key in seen:
            raise BadLadder("Step %(step)s: two steps have this key.", field="key", row=row, step=step.key)
        seen.add(step.key)
        if not step.recipients:
            raise BadLadder(
                "Step %(step)s: nobody receives it. Tick at least one.",
                field="recipients",
                row=row,
                step=step.key,
            )
    for row, step in enumerate(ladder.steps):
        if step.level == "digest":
            raise BadLadder(
                "Step %(step)s: the digest is only what repeats after the last step.",
                field="level",
                row=row,
                step=step.key,
            )
        if RANK[step.level] < below:
            raise BadLadder(
                "Step %(step)s: %(level)s comes after a higher level. Raise it, or put it before.",
                field="level",
                row=row,
                step=step.key,
                level=step.level,
            )
        below = RANK[step.level]


def _step_to_data(step: Step) -> dict[str, Any]:
    value = step.anchor.value
    data: dict[str, Any] = {
        "key": step.key,
        "level": step.level,
        "anchor": {step.anchor.kind: int(value) if value.denominator == 1 else str(value)},
        "recipients": list(step.recipients),
    }
    if step.copies:
        data["copies"] = list(step.copies)
    if step.acknowledge:
        data["acknowledge"] = True
    return data


def to_data(ladder: Ladder) -> dict[str, Any]:
    """The ladder as plain lists and words, ready for a JSON column."""
    return {"steps": [_step_to_data(step) for step in ladder.steps], "repeat": _step_to_data(ladder.repeat)}


def to_json(ladder: Ladder) -> str:
    """The ladder as JSON text that `from_json` reads back to the same."""
    return json.dumps(to_data(ladder), ensure_ascii=False, indent=2)


def _read_anchor(name: str, row: int | None, data: object) -> Anchor:
    def bad(sentence: str, **named: object) -> BadLadder:
        return BadLadder(sentence, field="value", row=row, step=name, **named)

    words = ", ".join(ANCHORS)
    if not isinstance(data, dict) or len(data) != 1:
        raise bad(N_("Step %(step)s: the anchor is one of %(words)s with a number."), words=words)
    [(kind, raw)] = data.items()
    if kind not in ANCHORS:
        raise bad(
            N_("Step %(step)s: %(given)s is no anchor; use one of %(words)s."), given=repr(kind), words=words
        )
    try:
        if isinstance(raw, bool):
            raise ValueError
        value = Fraction(str(raw))
    except (ValueError, ZeroDivisionError):
        raise bad(N_("Step %(step)s: %(given)s is no number."), given=repr(raw)) from None
    if kind == "span" and not 0 <= value <= 1:
        raise bad(N_("Step %(step)s: a share of the span lies between 0 and 1, not at %(given)s."), given=raw)
    if kind == "hours" and not 0 <= value <= 10:
        raise bad(
            N_("Step %(step)s: a share of the hours lies between 0 and 10, not at %(given)s."), given=raw
        )
    if kind == "due" and value.denominator != 1:
        raise bad(N_("Step %(step)s: days are a whole number, not %(given)s."), given=raw)
    if kind == "office_minutes" and value.denominator != 1:
        raise bad(N_("Step %(step)s: minutes are a whole number, not %(given)s."), given=raw)
    if kind == "due" and not -365 <= value <= 365:
        raise bad(N_("Step %(step)s: %(given)s working days are more than 365."), given=raw)
    if kind == "office_minutes" and not 0 <= value <= 30000:
        raise bad(N_("Step %(step)s: office minutes lie between 0 and 30000, not at %(given)s."), given=raw)
    return Anchor(cast(AnchorKind, kind), value)


def _read_roles(name: str, row: int | None, word: str, data: object) -> tuple[Role, ...]:
    if not isinstance(data, list) or any(role not in ROLES for role in data):
        raise BadLadder(
            "Step %(step)s: %(word)s is a list of %(words)s.",
            field=word,
            row=row,
            step=name,
            word=word,
            words=", ".join(ROLES),
        )
    return tuple(data)


def _read_step(number: str, row: int | None, data: object) -> Step:
    if not isinstance(data, dict):
        raise BadLadder(
            "Step %(step)s: a step is an object with key, level, anchor and recipients.", row=row, step=number
        )
    key = data.get("key")
    if not isinstance(key, str) or not key.strip():
        raise BadLadder("Step %(step)s: the key is missing.", field="key", row=row, step=number)
    name = f"{number} ({key})"
    unknown = sorted(set(data) - {"key", "level", "anchor", "recipients", "copies", "acknowledge"})
    if unknown:
        raise BadLadder(
            "Step %(step)s: nothing is called %(words)s.",
            row=row,
            step=name,
            words=", ".join(map(str, unknown)),
        )
    level = data.get("level")
    if level not in LEVELS:
        raise BadLadder(
            "Step %(step)s: %(given)s is no level; use one of %(words)s.",
            field="level",
            row=row,
            step=name,
            given=repr(level),
            words=", ".join(LEVELS),
        )
    acknowledge = data.get("acknowledge", False)
    if not isinstance(acknowledge, bool):
        raise BadLadder(
            "Step %(step)s: acknowledge is true or false.", field="acknowledge", row=row, step=name
        )
    return Step(
        key,
        cast(Level, level),
        _read_anchor(name, row, data.get("anchor")),
        _read_roles(name, row, "recipients", data.get("recipients")),
        _read_roles(name, row, "copies", data.get("copies", [])),
        acknowledge,
    )


def from_data(data: object) -> Ladder:
    """The ladder that `to_data` wrote or a person edited; BadLadder names the step that is wrong."""
    if not isinstance(data, dict) or not isinstance(data.get("steps"), list) or "repeat" not in data:
        raise BadLadder('A ladder is an object with a list "steps" and one step "repeat".')
    read = tuple(_read_step(str(row + 1), row, step) for row, step in enumerate(data["steps"]))
    ladder = Ladder(read, _read_step("repeat", len(read), data["repeat"]))
    check_ladder(ladder)
    return ladder


def from_json(text: str) -> Ladder:
    """The ladder in JSON text; BadLadder says in one sentence what is wrong, naming the step."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadLadder(
            "This is no JSON: %(why)s in line %(line)s.", why=error.msg, line=error.lineno
        ) from None
    return from_data(data)


def _anchor(kind: AnchorKind, value: int | str) -> Anchor:
    return Anchor(kind, Fraction(value))


_DIGEST = Step("digest", "digest", _anchor("due", 0), ("handler", "section_head"))
_HALF = Step("half_time", "reminder", _anchor("span", "1/2"), ("handler",))


def _climb(urge: int, supervise: int, circular: int, public: int) -> tuple[Step, ...]:
    return (
        Step("urge", "urge", _anchor("due", urge), ("handler", "section_head"), ("vice_head",)),
        Step("supervise", "supervise", _anchor("due", supervise), ("bureau_head",), acknowledge=True),
        # Both lists are proposals: the district's director signs or refuses with a reason, which is owed.
        Step("circular_inside", "circular", _anchor("due", circular), ("director",), acknowledge=True),
        Step("circular_public", "circular", _anchor("due", public), ("director",), acknowledge=True),
    )


SHIPPED: Mapping[str, Ladder] = {
    "ordinary": Ladder(
        (_HALF, Step("day_before", "reminder", _anchor("due", -1), ("handler",)), *_climb(1, 3, 8, 13)),
        _DIGEST,
    ),
    "urgent": Ladder((_HALF, *_climb(1, 2, 4, 9)), _DIGEST),
    "critical": Ladder(
        (
            Step("half_time", "reminder", _anchor("hours", "1/2"), ("duty_roster",), acknowledge=True),
            Step("three_quarters", "urge", _anchor("hours", "3/4"), ("duty_roster",), acknowledge=True),
            Step(
                "full_time",
                "supervise",
                _anchor("hours", 1),
                ("duty_roster", "bureau_head"),
                acknowledge=True,
            ),
            Step("circular_inside", "circular", _anchor("due", 2), ("director",), acknowledge=True),
        ),
        Step("digest", "digest", _anchor("due", 0), ("duty_roster", "bureau_head")),
    ),
    "duty": Ladder(
        (
            _HALF,
            Step("urge", "urge", _anchor("office_minutes", 0), ("handler", "section_head")),
            Step("supervise", "supervise", _anchor("due", 3), ("bureau_head",), acknowledge=True),
        ),
        _DIGEST,
    ),
}
