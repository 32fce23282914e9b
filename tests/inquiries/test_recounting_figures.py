"""Every figure counted once more, in plain Python from the rows of the models, by the words of docs/figures.md.

The recount reads no view, no total and no `counted` or `timed` of an event: what code froze there is what it proves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import pytest

from bureaus.models import Place
from bureaus.services.calendar import calendar_for
from bureaus.workdays import SHANGHAI, Calendar
from inquiries.api.urls import urlpatterns
from inquiries.figures import FIGURES, Period, Query, read_together
from inquiries.figures.chasing import (
    acknowledgements_owed,
    ageing,
    latest_chases,
    overdue_inquiries,
    unacknowledged_inquiries,
)
from inquiries.figures.credibility import SIGNALS, read_signal, recording_lag, rule_edits, signalled_inquiries
from inquiries.figures.publicly import publicly_listed
from inquiries.figures.ranking import standings, weights_of
from inquiries.figures.times import Lain, Spread, held_inquiries, read_times, time_held, timed_inquiries
from inquiries.figures.topics import repeat_callers, repeated_questions, rising_topics, rising_words
from inquiries.models import Answer, AnswerRule, Chase, Duty, Event, Inquiry, Pen, Rating, RuleBook
from inquiries.models.tally import TIMES
from inquiries.states import Outcome
from tests.conftest import As, Cast
from tests.inquiries.eventful import ENDS, Town, live

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
# One inquiry and the place whose number it is, as often as it counts.
Items = list[tuple[int, int | None]]


@dataclass(frozen=True)
class Rows:
    """All that happened, as rows, and the days that are asked about."""

    inquiries: dict[int, Inquiry]
    events: list[Event]
    answers: list[Answer]
    ratings: list[Rating]
    chases: list[Chase]
    duties: list[Duty]
    pens: list[Pen]
    phones: dict[int, str]
    bureaus: dict[int, int]
    calendar: Calendar
    period: Period = MAY

    def within(self, at: datetime) -> bool:
        return self.period.first_on <= at.astimezone(SHANGHAI).date() <= self.period.last_on

    def of(self, inquiry: Inquiry, *codes: str) -> list[Event]:
        """Its acts of these codes, oldest first."""
        return [e for e in self.events if e.inquiry_id == inquiry.pk and e.code in codes]

    def stands(self, inquiry: Inquiry) -> Answer | None:
        """The answer that stands: that of its round."""
        return next((a for a in self.answers if (a.inquiry_id, a.round) == (inquiry.pk, inquiry.round)), None)

    def place(self, inquiry: Inquiry) -> int:
        """The place that holds it, after the answer the one that answered."""
        answer = self.stands(inquiry)
        return answer.place_id if answer else inquiry.holder_id

    def asked(self, which: Callable[[Inquiry], object] = lambda inquiry: True) -> Items:
        """Inquiries asked in the period."""
        return [
            (i.pk, self.place(i)) for i in self.inquiries.values() if self.within(i.asked_at) and which(i)
        ]

    def acts(self, *codes: str) -> Items:
        """Acts of these codes done in the period, where they were done."""
        return [(e.inquiry_id or 0, e.place_id) for e in self.events if e.code in codes and self.within(e.at)]

    def given(self, which: Callable[[Answer, Inquiry], object] = lambda answer, inquiry: True) -> Items:
        """Answers logged in the period. What an import brought was given elsewhere."""
        return [
            (a.inquiry_id, a.place_id)
            for a in self.answers
            if self.within(a.logged_at)
            and not (self.inquiries[a.inquiry_id].imported and a.answered_by_id is None)
            and which(a, self.inquiries[a.inquiry_id])
        ]

    def rated(self, which: Callable[[Rating], object]) -> Items:
        """Ratings of the period, where the inquiry lay."""
        where = {(e.inquiry_id, e.at): e.place_id for e in self.events if e.code == "rated"}
        return [
            (r.inquiry_id, where[r.inquiry_id, r.at]) for r in self.ratings if self.within(r.at) and which(r)
        ]

    def chased(self, level: str) -> Items:
        """Chases of inquiries at that level."""
        where = {(e.inquiry_id, e.at): e.place_id for e in self.events if e.code == "chased"}
        return [
            (c.inquiry_id, where[c.inquiry_id, c.chased_at])
            for c in self.chases
            if c.inquiry_id and c.level == level and self.within(c.chased_at)
        ]

    def highest(self, answer: Answer) -> str:
        """The highest level that was reached before the answer, that of riders too."""
        inquiry = self.inquiries[answer.inquiry_id]
        rode = {e.inquiry_id for e in self.events if e.code == "merged" and e.codes["lead"] == inquiry.pk}
        order = ["none", "reminder", "urge", "supervise", "circular"]
        reached = [
            c.level
            for c in self.chases
            if c.chased_at <= answer.logged_at
            and c.level != "digest"
            and ((c.inquiry_id == inquiry.pk and c.round == answer.round) or c.inquiry_id in rode)
        ]
        return max(["none", *reached], key=order.index)

    def first_contact(self, inquiry: Inquiry) -> tuple[Event, bool] | None:
        """The first word back to the citizen, and whether it came by the end of the working day after the recording
        and before the due instant."""
        words = ("contacted", "interim", "asked_citizen", "correction_asked", "fee_asked")
        found = self.of(inquiry, *words, "answered", "answer_imported")
        if not found:
            return None
        first = found[0]
        day, promised = inquiry.recorded_at.astimezone(SHANGHAI).date(), 1
        while promised:
            day += DAY
            promised -= self.calendar.is_working(day)
        # What an import brought was told when its answer was; what was answered at once, when it was asked.
        at = first.at
        if first.code.startswith("answer"):
            at = next(a.answered_at for a in self.answers if a.pk == first.codes["answer"])
        return first, at < min(datetime.combine(day + DAY, time.min, SHANGHAI), inquiry.due_at)

    def minutes(self, begin: datetime, end: datetime) -> int:
        """Minutes of open office: 8:30 to 12 and 13 to 17 on working days."""
        found, day = 0, begin.astimezone(SHANGHAI).date()
        while day <= end.astimezone(SHANGHAI).date():
            for opens, closes in ((time(8, 30), time(12)), (time(13), time(17))):
                since = max(begin, datetime.combine(day, opens, SHANGHAI))
                until = min(end, datetime.combine(day, closes, SHANGHAI))
                if self.calendar.is_working(day) and since < until:
                    found += int((until - since).total_seconds() // 60)
            day += DAY
        return found

    def working_days_late(self, inquiry: Inquiry) -> int:
        """Working days after the one on which it was due, today included."""
        days, day = 0, inquiry.due_on
        while day < ENDS.date():
            day += DAY
            days += self.calendar.is_working(day)
        return days

    def due_within(self, days: int) -> Items:
        """Open and not yet due, due by the end of so many working days from now."""
        end = ENDS.date()
        while days:
            end += DAY
            days -= self.calendar.is_working(end)
        limit = datetime.combine(end + DAY, time.min, SHANGHAI)
        return self.open(lambda i: ENDS < i.due_at <= limit)

    def open(self, which: Callable[[Inquiry], object] = lambda inquiry: True) -> Items:
        """Inquiries without an answer now, riders too."""
        return [(i.pk, i.holder_id) for i in self.inquiries.values() if not self.stands(i) and which(i)]


@pytest.fixture
def town(cast: Cast, web_as: As, clock: As) -> Town:
    return live(cast, web_as, clock)


@pytest.fixture
def rows(town: Town) -> Rows:
    inquiries = Inquiry.objects.select_related("citizen").order_by("pk")
    places = Place.objects.filter(path__startswith=town.cast.district.path)
    return Rows(
        inquiries={i.pk: i for i in inquiries},
        events=list(Event.objects.exclude(inquiry=None).order_by("inquiry", "seq")),
        answers=list(Answer.objects.order_by("pk")),
        ratings=list(Rating.objects.order_by("pk")),
        chases=list(Chase.objects.order_by("pk")),
        duties=list(Duty.objects.order_by("pk")),
        pens=list(Pen.objects.order_by("pk")),
        phones={i.pk: i.citizen.phone_hash for i in inquiries if i.citizen and i.citizen.phone_hash},
        bureaus={place.pk: place.bureau_id for place in places},
        calendar=calendar_for(town.cast.district.pk),
    )


def _owed(r: Rows, which: Callable[[Inquiry, Answer | None], object] = lambda inquiry, answer: True) -> Items:
    """Inquiries asked, but for what was answered at once, and of a split matter the children."""

    def fits(inquiry: Inquiry) -> object:
        answer = r.stands(inquiry)
        return inquiry.parent_id is None and not (answer and answer.at_once) and which(inquiry, answer)

    return r.asked(fits)


def _slow(r: Rows, which: Callable[[Answer, Inquiry], object] = lambda answer, inquiry: True) -> Items:
    """Answers, but for those at once and those of the children of a split."""
    return r.given(lambda a, i: not a.at_once and i.parent_id is None and which(a, i))


def _first_contacts(r: Rows, *, in_time: bool = False) -> Items:
    found: Items = []
    for inquiry in r.inquiries.values():
        first = r.first_contact(inquiry)
        if first is None or inquiry.parent_id is not None or first[0].code == "answer_imported":
            continue
        event, soon = first
        at_once = event.code == "answered" and event.codes["at_once"]
        if r.within(event.at) and not at_once and (soon or not in_time):
            found.append((inquiry.pk, event.place_id))
    return found


def _last_is(r: Rows, inquiry: Inquiry, wanted: Iterable[str], *others: str) -> bool:
    found = r.of(inquiry, *wanted, *others)
    return bool(found) and found[-1].code in wanted


SUBSTANTIVE = {
    *(Outcome.SOLVED, Outcome.PARTLY, Outcome.PLANNED, Outcome.EXPLAINED, Outcome.DISCLOSED),
    *(Outcome.PARTLY_DISCLOSED, Outcome.ALREADY_PUBLIC, Outcome.REFUSED, Outcome.NOT_HELD),
    Outcome.NOT_PROCESSED,
}


def _with_outcomes(r: Rows, outcomes: set[str], basis: str) -> Items:
    if basis == "happened":
        return r.given(lambda a, _i: a.outcome in outcomes)
    return r.asked(lambda i: (answer := r.stands(i)) and answer.outcome in outcomes)


Count = Callable[[Rows], Items]


def _of_outcome(outcome: str, basis: str) -> Count:
    return lambda r: _with_outcomes(r, {outcome}, basis)


COUNTS: dict[tuple[str, str], Count] = {
    ("recorded", "cohort"): lambda r: r.asked(),
    ("recorded", "happened"): lambda r: [
        (i.pk, i.recorded_place_id) for i in r.inquiries.values() if r.within(i.recorded_at)
    ],
    ("at_once", "cohort"): lambda r: r.asked(lambda i: (answer := r.stands(i)) and answer.at_once),
    ("at_once", "happened"): lambda r: r.given(lambda a, _i: a.at_once),
    ("dispatched", "happened"): lambda r: r.acts("dispatched", "designated"),
    ("signed_for", "happened"): lambda r: r.acts("signed_for"),
    ("answered", "cohort"): lambda r: r.asked(r.stands),
    ("answered", "happened"): lambda r: r.given(),
    **{
        (f"answered_{outcome}", basis): _of_outcome(outcome, basis)
        for outcome in Outcome
        for basis in ("cohort", "happened")
    },
    ("substantive", "cohort"): lambda r: _with_outcomes(r, {*SUBSTANTIVE}, "cohort"),
    ("substantive", "happened"): lambda r: _with_outcomes(r, {*SUBSTANTIVE}, "happened"),
    ("answered_late", "cohort"): lambda r: _owed(r, lambda i, a: a and a.answered_at >= i.due_at),
    ("answered_late", "happened"): lambda r: _slow(r, lambda a, _i: a.answered_at >= a.due_at),
    ("filed", "cohort"): lambda r: r.asked(
        lambda i: _last_is(r, i, ("filed", "filing_imported"), "reopened")
    ),
    ("filed", "happened"): lambda r: r.acts("filed"),
    ("open", "cohort"): lambda r: r.asked(lambda i: not r.stands(i)),
    ("open_now", "now"): lambda r: r.open(),
    ("overdue_now", "now"): lambda r: r.open(lambda i: i.due_at <= ENDS),
    ("due_within_1", "now"): lambda r: r.due_within(1),
    ("due_within_3", "now"): lambda r: r.due_within(3),
    ("due_within_5", "now"): lambda r: r.due_within(5),
    ("awaiting_citizen", "now"): lambda r: r.open(
        lambda i: _last_is(r, i, ("asked_citizen", "correction_asked"), "citizen_replied", "corrected")
    ),
    ("returned", "cohort"): lambda r: r.asked(lambda i: r.of(i, "returned", "dispute_upheld")),
    ("returned", "happened"): lambda r: r.acts("returned", "dispute_upheld"),
    ("disputed", "happened"): lambda r: r.acts("disputed"),
    ("designated", "cohort"): lambda r: r.asked(
        lambda i: _last_is(r, i, ("designated", "dispute_refused"), "dispatched")
    ),
    ("designated", "happened"): lambda r: r.acts("designated", "dispute_refused"),
    ("reassigned", "happened"): lambda r: r.acts("reassigned"),
    ("handed_over_between", "cohort"): lambda r: r.asked(lambda i: r.of(i, "handed_over")),
    ("handed_over_between", "happened"): lambda r: r.acts("handed_over"),
    ("extended", "cohort"): lambda r: r.asked(lambda i: r.of(i, "extended")),
    ("extended", "happened"): lambda r: r.acts("extended"),
    ("merged", "cohort"): lambda r: r.asked(lambda i: _last_is(r, i, ("merged",), "unmerged", "reopened")),
    ("merged", "happened"): lambda r: r.acts("merged"),
    ("split", "cohort"): lambda r: r.asked(lambda i: i.parent_id),
    ("split", "happened"): lambda r: r.acts("split"),
    ("reopened", "cohort"): lambda r: r.asked(lambda i: r.of(i, "reopened")),
    ("reopened", "happened"): lambda r: r.acts("reopened"),
    ("asked_again", "cohort"): lambda r: r.asked(lambda i: r.of(i, "asked_again")),
    ("asked_again", "happened"): lambda r: r.acts("asked_again"),
    ("reclassified", "happened"): lambda r: r.acts("reclassified"),
    ("contacted", "happened"): lambda r: r.acts("contacted", "interim"),
    **{
        (f"chased_{level}", "happened"): lambda r, level=level: r.chased(level)  # type: ignore[misc]
        for level in ("reminder", "urge", "supervise", "circular")
    },
    ("chased_by_hand", "happened"): lambda r: r.acts("chased_by_hand"),
    **{
        (f"answered_after_{level}", "happened"): lambda r, level=level: r.given(  # type: ignore[misc]
            lambda a, _i: not a.at_once and r.highest(a) == level
        )
        for level in ("none", "reminder", "urge", "supervise", "circular")
    },
}


def _said(source: str, *satisfied: str) -> Count:
    return lambda r: r.rated(lambda each: each.source == source and each.satisfaction in satisfied)


def _solved(source: str, *solved: bool) -> Count:
    return lambda r: r.rated(lambda each: each.source == source and each.solved in solved)


CONTENT = ("satisfied", "basically")
RATES: dict[tuple[str, str], tuple[Count, Count]] = {
    ("settled", "cohort"): (lambda r: _owed(r, lambda _i, a: a), _owed),
    ("in_time", "cohort"): (
        lambda r: _owed(r, lambda i, a: a and a.answered_at < i.due_at),
        lambda r: _owed(r, lambda i, a: a or i.due_at <= ENDS),
    ),
    ("in_time", "happened"): (lambda r: _slow(r, lambda a, _i: a.answered_at < a.due_at), _slow),
    ("in_time_first", "cohort"): (
        lambda r: _owed(r, lambda i, a: a and a.answered_at < i.original_due_at),
        lambda r: _owed(r, lambda i, a: a or i.original_due_at <= ENDS),
    ),
    ("in_time_first", "happened"): (
        lambda r: _slow(r, lambda a, i: a.answered_at < i.original_due_at),
        _slow,
    ),
    ("at_once_rate", "cohort"): (COUNTS["at_once", "cohort"], COUNTS["recorded", "cohort"]),
    ("at_once_rate", "happened"): (COUNTS["at_once", "happened"], COUNTS["answered", "happened"]),
    ("response", "cohort"): (
        lambda r: _owed(r, lambda i, _a: (first := r.first_contact(i)) and first[1]),
        _owed,
    ),
    ("response", "happened"): (lambda r: _first_contacts(r, in_time=True), _first_contacts),
    ("response_said", "happened"): (
        lambda r: r.rated(lambda each: each.source == "callback" and each.contacted_in_time),
        lambda r: r.rated(lambda each: each.source == "callback" and each.contacted_in_time is not None),
    ),
    ("reached", "happened"): (
        lambda r: r.rated(lambda each: each.source == "callback" and each.reached),
        lambda r: r.rated(lambda each: each.source == "callback"),
    ),
    **{
        (f"resolution_{source}", "happened"): (_solved(source, True), _solved(source, True, False))
        for source in ("callback", "citizen")
    },
    **{
        (f"satisfaction_{source}", "happened"): (
            _said(source, *CONTENT),
            _said(source, *CONTENT, "dissatisfied"),
        )
        for source in ("callback", "citizen")
    },
    ("return_rate", "cohort"): (COUNTS["returned", "cohort"], COUNTS["recorded", "cohort"]),
    ("reopen_rate", "cohort"): (COUNTS["reopened", "cohort"], COUNTS["recorded", "cohort"]),
    ("reopen_rate", "happened"): (COUNTS["reopened", "happened"], COUNTS["answered", "happened"]),
    ("first_time", "cohort"): (
        lambda r: _owed(r, lambda i, a: a and not r.of(i, "reopened", "asked_again")),
        lambda r: _owed(r, lambda _i, a: a),
    ),
    ("extension_rate", "cohort"): (COUNTS["extended", "cohort"], COUNTS["recorded", "cohort"]),
}


def _timed(r: Rows, when: str) -> list[tuple[int, int | None, int]]:
    """Inquiry, place and working minutes of each act that took the time."""
    found: list[tuple[int, int | None, int]] = []
    if when == "recording":
        return [
            (i.pk, i.recorded_place_id, r.minutes(i.asked_at, i.recorded_at))
            for i in r.inquiries.values()
            if r.within(i.recorded_at) and not i.imported
        ]
    if when == "answer":
        moments = {(pk, a.place_id, a.round): a.logged_at for a in r.answers for pk in [a.inquiry_id]}
        kept = {(a.inquiry_id, a.place_id, a.round) for a in r.answers if not a.at_once}
        given = Counter(r.given(lambda a, _i: not a.at_once))
        for pk, place, round_ in kept:
            if given[pk, place] and r.within(moments[pk, place, round_]):
                found.append((pk, place, r.minutes(r.inquiries[pk].asked_at, moments[pk, place, round_])))
        return found
    if when == "filing":
        for event in r.events:
            if event.code == "filed" and r.within(event.at):
                before = [
                    a.answered_at
                    for a in r.answers
                    if a.inquiry_id == event.inquiry_id and a.logged_at <= event.at
                ]
                found.append((event.inquiry_id or 0, event.place_id, r.minutes(max(before), event.at)))
        return found
    contacts = Counter(_first_contacts(r))
    for inquiry in r.inquiries.values():
        first = r.first_contact(inquiry)
        if first and contacts[inquiry.pk, first[0].place_id]:
            found.append((inquiry.pk, first[0].place_id, r.minutes(inquiry.asked_at, first[0].at)))
    return found


Shows = list[tuple[int, int | None, bool]]


def _signal(code: str, r: Rows) -> Shows:
    """Inquiry, place, and whether it shows the sign; sealed matters left out."""
    return [row for row in _SIGNALS[code](r) if not r.inquiries[row[0]].sealed]


def _of_answers(
    which: Callable[[Answer, Inquiry], object], shows: Callable[[Rows, Answer, Inquiry], object]
) -> Callable[[Rows], Shows]:
    def rows(r: Rows) -> Shows:
        kept = Counter(r.given(which))
        return [
            (a.inquiry_id, a.place_id, bool(shows(r, a, r.inquiries[a.inquiry_id])))
            for a in r.answers
            if kept[a.inquiry_id, a.place_id]
            and r.within(a.logged_at)
            and which(a, r.inquiries[a.inquiry_id])
        ]

    return rows


def _of_acts(code: str, shows: Callable[[Rows, Event, Inquiry], object]) -> Callable[[Rows], Shows]:
    return lambda r: [
        (e.inquiry_id, e.place_id, bool(shows(r, e, r.inquiries[e.inquiry_id])))
        for e in r.events
        if e.code == code and e.inquiry_id and r.within(e.at)
    ]


def _by_lead(r: Rows, answer: Answer) -> bool:
    return any(e.codes["lead"] for e in r.events if e.code == "answered" and e.codes["answer"] == answer.pk)


def _same_text(r: Rows) -> Shows:
    own = [
        a
        for a in r.answers
        if (a.inquiry_id, a.place_id) in r.given()
        and r.within(a.logged_at)
        and not _by_lead(r, a)
        and not r.inquiries[a.inquiry_id].sealed
    ]
    often = Counter((a.place_id, a.text) for a in own)
    return [(a.inquiry_id, a.place_id, len(a.text) > 20 and often[a.place_id, a.text] > 1) for a in own]


def _asked_again_soon(r: Rows, answer: Answer, inquiry: Inquiry) -> bool:
    phone = r.phones.get(inquiry.pk)
    return any(
        phone
        and r.phones.get(other.pk) == phone
        and other.pk != inquiry.pk
        and other.parent_id != inquiry.pk
        and answer.answered_at < other.asked_at <= answer.answered_at + 30 * DAY
        for other in r.inquiries.values()
    )


def _there_and_back(r: Rows, _answer: Answer, inquiry: Inquiry) -> bool:
    went = ("recorded", "dispatched", "designated", "handed_over", "reassigned")
    moves = [e.place_id for e in r.of(inquiry, *went)]

    def back(places: list[int | None]) -> bool:
        return any(
            places[a] == places[c] != places[b]
            for a in range(len(places))
            for b in range(a + 1, len(places))
            for c in range(b + 1, len(places))
        )

    return back(moves) or back([r.bureaus[place] for place in moves if place])


def _rush(r: Rows) -> Shows:
    at_once = [
        a for a in r.answers if a.at_once and r.within(a.logged_at) and not r.inquiries[a.inquiry_id].sealed
    ]
    often = Counter((a.answered_by_id, a.logged_at.replace(second=0, microsecond=0)) for a in at_once)
    return [
        (a.inquiry_id, a.place_id, often[a.answered_by_id, a.logged_at.replace(second=0, microsecond=0)] >= 4)
        for a in at_once
    ]


def _last_day(r: Rows, event: Event, inquiry: Inquiry) -> bool:
    # Asked for before the due as it stood: the first due, for nothing in this town was extended twice.
    ends = (inquiry.original_due_at - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    return ends == event.at.astimezone(SHANGHAI).date()


_SIGNALS: dict[str, Callable[[Rows], Shows]] = {
    "last_hour": _of_answers(
        lambda a, _i: not a.at_once and a.answered_at < a.due_at,
        lambda _r, a, _i: a.answered_at >= a.due_at - timedelta(hours=1),
    ),
    "same_text": _same_text,
    "nobody_contacted": lambda r: [
        (each.inquiry_id, r.inquiries[each.inquiry_id].holder_id, not each.contacted_in_time)
        for each in r.ratings
        if each.source == "callback" and each.contacted_in_time is not None and r.within(each.at)
    ],
    "asked_again_soon": _of_answers(lambda _a, _i: True, _asked_again_soon),
    "recorded_late": _of_acts("recorded", lambda r, e, i: r.minutes(i.asked_at, e.at) > 450),
    "merged_late": _of_acts("merged", lambda _r, e, i: e.at >= i.due_at - 2 * DAY),
    "merged_across": _of_acts(
        "merged",
        lambda r, e, i: not (r.phones.get(i.pk) and r.phones.get(i.pk) == r.phones.get(e.codes["lead"])),
    ),
    "awaited_citizen": _of_answers(
        lambda a, _i: not a.at_once,
        lambda r, _a, i: r.of(i, "asked_citizen", "correction_asked"),
    ),
    "handed_on": _of_answers(lambda _a, _i: True, lambda r, _a, i: r.of(i, "handed_over")),
    "there_and_back": _of_answers(lambda _a, _i: True, _there_and_back),
    "dispute_upheld": lambda r: [
        (pk, place, code == "dispute_upheld")
        for code in ("dispute_upheld", "dispute_refused")
        for pk, place in r.acts(code)
    ],
    "at_once_rush": _rush,
    "reclassified_late": _of_acts(
        "reclassified", lambda _r, e, i: (e.at - i.asked_at) >= (i.original_due_at - i.asked_at) * 3 / 4
    ),
    "extended_late": _of_acts("extension_asked", _last_day),
    "not_settled": _of_answers(
        lambda _a, _i: True,
        lambda _r, a, _i: a.outcome in ("not_accepted", "withdrawn", "ended", "unreachable", "invalid"),
    ),
}

# What else is told, each by a test below of that name.
SHAPES = {
    *("held", "ageing", "acknowledgements", "standings", "rising-topics", "rising-words", "repeat-callers"),
    *("repeated-questions", "recording-lag", "rule-edits"),
}
# Figures that are not counted once more here, and why.
WITHOUT = {
    "more_than_received": "stands on the receptions of an open day: counted by hand in "
    "tests/disclosure/test_signals_of_open_days.py",
    "weights": "what the district set, and no count",
    "callback-draws": "a draw and no count: drawn again from its seed in test_drawing_callbacks.py",
    "signals": "the list of signals",
}


def test_every_figure_is_counted_once_more() -> None:
    counted = {(code, basis) for code, figure in FIGURES.items() for basis in figure.bases}
    assert counted == COUNTS.keys() | RATES.keys()
    assert {code for code, _basis in RATES} == {c for c, f in FIGURES.items() if f.unit == "rate"}
    named = {
        str(each.pattern).split("/")[1] for each in urlpatterns if str(each.pattern).startswith("statistics/")
    }
    told = {name for name in named if "<" not in name} - {"times", "countings"}
    assert told | SIGNALS.keys() == SHAPES | _SIGNALS.keys() | WITHOUT.keys()
    assert {*TIMES} == {"recording", "contact", "answer", "filing"}


def test_every_count_and_rate_is_what_the_rows_say(town: Town, rows: Rows, clock: As) -> None:
    """In all, by place, inquiry by inquiry, and beside the period before."""
    wrong, empty = [], []
    before = replace(rows, period=MAY.previous)
    for code, figure in FIGURES.items():
        for basis in figure.bases:
            counts = RATES.get((code, basis)) or (COUNTS[code, basis],)
            query = Query(town.cast.district.pk, MAY, basis=basis, group_by=("place",))
            with clock():
                read = figure.read(query, now=ENDS, calendar=rows.calendar)
                behind = figure.inquiries(query, now=ENDS, calendar=rows.calendar)
                opened = {i.pk: i.times for i in behind}  # type: ignore[attr-defined]  # annotated
            parts = [counted(rows) for counted in counts]
            if not parts[0]:
                empty.append((code, basis))
            told: dict[str, Any] = {
                "n": (read.total.now.n, len(parts[0])),
                "of": (read.total.now.of, len(parts[1]) if len(parts) > 1 else None),
                "n by place": (
                    {cell.keys[0]: cell.now.n for cell in read.cells if cell.now.n},
                    dict(Counter(place for _pk, place in parts[0])),
                ),
                "inquiries": (opened, dict(Counter(pk for pk, _place in parts[0]))),
            }
            if len(parts) > 1:
                with clock():
                    whole = figure.inquiries(query, now=ENDS, calendar=rows.calendar, counted="of")
                    opened = {i.pk: i.times for i in whole}  # type: ignore[attr-defined]  # annotated
                told["inquiries it is of"] = (opened, dict(Counter(pk for pk, _place in parts[1])))
                told["of by place"] = (
                    {cell.keys[0]: cell.now.of for cell in read.cells if cell.now.of},
                    dict(Counter(place for _pk, place in parts[1])),
                )
            if basis != "now":
                assert read.total.previous is not None
                told["n before"] = (read.total.previous.n, len(counts[0](before)))
            wrong += [(code, basis, what, *both) for what, both in told.items() if both[0] != both[1]]
    assert wrong == []
    # A figure of which nothing happened here proves nothing.
    assert empty == []


@pytest.mark.parametrize("grouped", [{}, {"group_by": ("kind",)}, {"interval": "week"}])
def test_figures_read_together_are_what_each_is_alone(
    grouped: dict[str, Any], town: Town, rows: Rows, clock: As, django_assert_num_queries: Any
) -> None:
    """In one statement of each basis, whatever stands beside a figure."""
    figures = [
        figure for figure in FIGURES.values() if not grouped.get("interval") or figure.bases != ("now",)
    ]
    query = Query(town.cast.district.pk, MAY, **grouped)
    with clock():
        alone = {figure.code: figure.read(query, now=ENDS, calendar=rows.calendar) for figure in figures}
        with django_assert_num_queries(len({figure.basis_of(query) for figure in figures})):
            together = read_together(figures, query, now=ENDS, calendar=rows.calendar)
    assert together == alone
    assert sum(bool(read.total.now.n) for read in alone.values()) > 20


@pytest.mark.parametrize("when", TIMES)
def test_every_time_is_what_the_rows_say(when: str, town: Town, rows: Rows, clock: As) -> None:
    query = Query(town.cast.district.pk, MAY, group_by=("place",))
    with clock():
        read = read_times(when, query, now=ENDS)
        opened = {i.pk: i.times for i in timed_inquiries(when, query, now=ENDS)}  # type: ignore[attr-defined]
    acts = _timed(rows, when)
    assert opened == dict(Counter(pk for pk, _place, _minutes in acts))
    by: dict[int | None, list[int]] = defaultdict(list)
    for _pk, place, took in acts:
        by[place].append(took)
    assert {cell.keys[0] for cell in read.cells} == by.keys()
    _same_spread(read.total.now, [took for _pk, _place, took in acts])
    for cell in read.cells:
        _same_spread(cell.now, by[cell.keys[0]])  # type: ignore[index]


def _same_spread(spread: Spread, minutes: list[int]) -> None:
    ordered = sorted(minutes)
    assert (spread.n, spread.longest) == (len(ordered), ordered[-1])
    for share, span in ((50, spread.median), (90, spread.ninetieth)):
        value = ordered[-(-len(ordered) * share // 100) - 1]
        assert span is not None
        assert span.at_least <= value <= span.at_most, (share, value, span)


@pytest.mark.parametrize("code", _SIGNALS)
def test_every_signal_is_what_the_rows_say(code: str, town: Town, rows: Rows, clock: As) -> None:
    query = Query(town.cast.district.pk, MAY, reader=town.cast.bai_lu)
    with clock():
        shown = read_signal(code, query, now=ENDS)
        opened = {i.pk: i.times for i in signalled_inquiries(code, query, now=ENDS)}  # type: ignore[attr-defined]
    found = _signal(code, rows)
    assert opened == dict(Counter(pk for pk, _place, shows in found if shows))
    assert {row.place_id: (row.n, row.of) for row in shown} == {
        place: (sum(1 for _pk, at, shows in found if at == place and shows), n)
        for place, n in Counter(place for _pk, place, _shows in found).items()
    }
    assert opened


def test_what_is_late_and_owed_now_is_what_the_rows_say(town: Town, rows: Rows, clock: As) -> None:
    query = Query(town.cast.district.pk, MAY)
    with clock():
        late = {row.bureau_id: row for row in ageing(query, now=ENDS, calendar=rows.calendar)}
        by_band = [
            {i.pk for i in overdue_inquiries(query, now=ENDS, calendar=rows.calendar, band=band)}
            for band in range(7)
        ]
        owed = {row.place_id: (row.n, row.overdue) for row in acknowledgements_owed(query, now=ENDS)}
        on_them = {i.pk: i.times for i in unacknowledged_inquiries(query, now=ENDS)}  # type: ignore[attr-defined]
    bands: list[set[int]] = [set() for _band in range(7)]
    for pk, _place in rows.open(lambda i: i.due_at <= ENDS):
        days = rows.working_days_late(rows.inquiries[pk])
        # Since today, 1, 2–3, 4–5, 6–10, 11–30, 31 and more.
        bands[sum(days >= first for first in (1, 2, 4, 6, 11, 31))].add(pk)
    assert by_band == bands
    assert sum(map(bool, bands)) >= 3
    for bureau, row in late.items():
        mine = [{pk for pk in band if rows.bureaus[rows.inquiries[pk].holder_id] == bureau} for band in bands]
        assert row.by_band == tuple(map(len, mine))
        levels = Counter(_level(rows, pk) for band in mine for pk in band)
        assert row.by_level == dict(levels)
    waiting = [d for d in rows.duties if d.kind in ("acknowledge", "circular") and d.done_at is None]
    assert owed == {
        place: (n, sum(1 for d in waiting if d.place_id == place and d.due_at <= ENDS))
        for place, n in Counter(d.place_id for d in waiting).items()
    }
    assert on_them == dict(Counter(d.inquiry_id for d in waiting))
    assert waiting


def _level(rows: Rows, pk: int) -> str:
    """The highest level reached in this round; a line in the digest is the lowest."""
    order = ["", "digest", "reminder", "urge", "supervise", "circular"]
    round_ = rows.inquiries[pk].round
    reached = [c.level for c in rows.chases if c.inquiry_id == pk and c.round == round_]
    return max(["", *reached], key=order.index)


def test_who_held_the_pen_for_how_long_is_what_the_rows_say(town: Town, rows: Rows, clock: As) -> None:
    query = Query(town.cast.district.pk, MAY)
    with clock():
        told = {(row.place_id, row.part): (row.now, row.previous) for row in time_held(query, now=ENDS)}
        opened = {i.pk: i.times for i in held_inquiries(query, now=ENDS)}  # type: ignore[attr-defined]

    def lain(period: Period) -> dict[tuple[int, str], Lain]:
        of = replace(rows, period=period)
        took: dict[tuple[int, str], list[int]] = defaultdict(list)
        for pen in rows.pens:
            if pen.until_at and of.within(pen.until_at):
                took[pen.place_id, pen.part].append(rows.minutes(pen.from_at, pen.until_at))
        return {key: Lain(len(each), sum(each), max(each)) for key, each in took.items()}

    now, before = lain(MAY), lain(MAY.previous)
    assert told == {
        key: (now.get(key, Lain()), before.get(key, Lain())) for key in now.keys() | before.keys()
    }
    assert {part for _place, part in now} >= {"dispatcher", "handler", "approver", "citizen"}
    laid_down = [pen.inquiry_id for pen in rows.pens if pen.until_at and rows.within(pen.until_at)]
    assert opened == dict(Counter(laid_down))


def test_the_score_and_the_ranks_are_what_the_rows_say(town: Town, rows: Rows, clock: As) -> None:
    query = Query(town.cast.district.pk, MAY)
    with clock():
        told = standings(query, weights_of(town.cast.district.pk), now=ENDS, calendar=rows.calendar)

    def of_bureau(count: Count, bureau: int) -> int:
        return sum(1 for _pk, place in count(rows) if place and rows.bureaus[place] == bureau)

    ranked = 0
    for standing in told:
        settled, satisfied = (
            [of_bureau(count, standing.bureau_id) for count in RATES[key]]
            for key in (("settled", "cohort"), ("satisfaction_callback", "happened"))
        )
        assert standing.n == settled[1]
        if not settled[1] or not satisfied[1]:
            assert standing.score is None
            continue
        lost = (1 - Fraction(*settled)) * 20 + (1 - Fraction(*satisfied)) * 30
        assert standing.score == 100 - lost
        ranked += standing.rank is not None
        assert (standing.rank is not None) is (
            settled[1] >= 10 and standing.bureau_id != town.cast.district.pk
        )
    assert ranked


def test_hot_topics_are_what_the_rows_say(town: Town, rows: Rows, clock: As) -> None:
    query = Query(town.cast.district.pk, MAY)
    before = replace(rows, period=MAY.previous)
    with clock():
        topics = rising_topics(query, now=ENDS, calendar=rows.calendar)
        words = {w.key: (w.n, w.previous) for w in rising_words(query, now=ENDS)}
        callers = {each.inquiry_ids for each in repeat_callers(query, now=ENDS).found}
        questions = {each.inquiry_ids for each in repeated_questions(query, now=ENDS).found}

    def by_topic(of: Rows) -> Counter[int | None]:
        return Counter(rows.inquiries[pk].topic_id for pk, _place in of.asked())

    now, then = by_topic(rows), by_topic(before)
    assert {t.key: (t.n, t.previous) for t in topics} == {key: (now[key], then[key]) for key in now | then}
    rises = [t.n - t.previous for t in topics]
    assert rises == sorted(rises, reverse=True)

    def holding(of: Rows, word: str) -> int:
        return len(of.asked(lambda i: not i.sealed and word in i.question))

    assert {"低保", "供暖"} <= words.keys()
    assert words == {word: (holding(rows, str(word)), holding(before, str(word))) for word in words}
    # Asked four times: too few to be told.
    assert holding(rows, "停车") == 0
    assert "路灯" not in words

    def alike(at_least: int, key: Callable[[Inquiry], str]) -> set[tuple[int, ...]]:
        found: dict[str, list[Inquiry]] = defaultdict(list)
        for pk, _place in rows.asked(lambda i: not i.sealed and key(i)):
            found[key(rows.inquiries[pk])].append(rows.inquiries[pk])
        return {
            tuple(i.pk for i in sorted(each, key=lambda i: (i.asked_at, i.pk)))
            for each in found.values()
            if len(each) >= at_least
        }

    assert callers == alike(3, lambda i: "" if i.parent_id else rows.phones.get(i.pk, ""))
    assert questions == alike(2, lambda i: "".join(c for c in i.question if c.isalnum()))
    assert callers
    assert questions


def test_the_lag_of_recording_is_what_the_rows_say(town: Town, rows: Rows, clock: As) -> None:
    query = Query(town.cast.district.pk, MAY, reader=town.cast.bai_lu)
    with clock():
        told = {row.channel: row.now for row in recording_lag(query, now=ENDS)}
    took: dict[str, list[int]] = defaultdict(list)
    for pk, _place, minutes in _timed(rows, "recording"):
        took[rows.inquiries[pk].channel].append(minutes)
    for each in took.values():
        each.sort()
    assert {channel: (lag.n, lag.median, lag.longest) for channel, lag in told.items() if lag.n} == {
        channel: (len(each), each[-(-len(each) // 2) - 1], each[-1]) for channel, each in took.items()
    }


def test_an_edit_of_the_rules_is_what_the_rows_say(town: Town, rows: Rows, clock: As) -> None:
    query = Query(town.cast.district.pk, MAY, reader=town.cast.bai_lu)
    with clock():
        [told] = rule_edits(query, now=ENDS, calendar=rows.calendar)
    old, new = RuleBook.objects.filter(district=town.cast.district).order_by("number")[:2]

    def in_time(inquiry: Inquiry, book: RuleBook) -> bool:
        rule = AnswerRule.objects.get(book=book, kind=inquiry.kind, urgency=inquiry.urgency)
        assert rule.unit == "working_days"
        day, left = inquiry.asked_at.astimezone(SHANGHAI).date(), rule.amount
        while left:
            day += DAY
            left -= rows.calendar.is_working(day)
        answer = rows.stands(inquiry)
        return answer is not None and answer.answered_at.astimezone(SHANGHAI).date() <= day

    def measured(inquiry: Inquiry) -> bool:
        answer = rows.stands(inquiry)
        slow = answer is not None and not answer.at_once
        return slow and inquiry.asked_at >= new.made_at and not inquiry.sealed

    since = [rows.inquiries[pk] for pk, _place in rows.asked(measured)]
    both = [sum(in_time(inquiry, book) for inquiry in since) for book in (new, old)]
    assert (told.answered, told.in_time, told.in_time_before) == (len(since), *both)
    assert both[0] > both[1]


def test_the_latest_chases_and_the_public_list_are_what_the_rows_say(
    town: Town, rows: Rows, clock: As
) -> None:
    with clock():
        told = latest_chases(Query(town.cast.district.pk, MAY), now=ENDS, limit=500)
        listed = publicly_listed(town.cast.district.pk, now=ENDS)
    expected = Counter(
        (rows.inquiries[c.inquiry_id].reference, c.number, c.level)
        for c in rows.chases
        if c.inquiry_id
        and c.level != "digest"
        and ENDS - 7 * DAY < c.chased_at <= ENDS
        and not rows.inquiries[c.inquiry_id].sealed
    )
    assert Counter((each.reference, each.number, each.level) for each in told) == expected
    assert expected
    # Nobody signed a circular here; test_pages_of_the_wall.py signs some.
    assert listed == ()
