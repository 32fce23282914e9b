"""Signals of every way to game the promise (可信度): what to look at, never a score. For auditor and district."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.access import Role, holdings
from bureaus.workdays import Calendar, midnight
from inquiries import deadlines
from inquiries.figures.asking import DAY, CannotAsk, NotForReader, Query, TooWide
from inquiries.figures.figure import MOST_LISTED, condition_of_cell, listed
from inquiries.figures.measured import Measured
from inquiries.figures.reading import beside, places_of, run, so_many, waited_for
from inquiries.models import AnswerRule, CallbackDraw, DrawnCallback, Inquiry, RuleBook

READERS = frozenset({Role.AUDITOR, Role.DIRECTOR, Role.CLERK})
# More matters than this are not measured again while somebody waits.
MOST_MEASURED = 20_000


@dataclass(frozen=True, slots=True)
class Signal:
    """What is looked at (`of`), what of it shows the sign, and the rows: place_id, inquiry_id, shows."""

    code: str
    label: Promise | str
    of: Promise | str
    rows: str


@dataclass(frozen=True, slots=True)
class Shown:
    """How many of how many show the sign at one place, in the period, the one before and the same a year earlier."""

    place_id: int | None
    n: int
    of: int
    previous: Measured
    year_earlier: Measured


def _events(code: str, shows: str, more: str = "") -> str:
    return f"""select e.place_id, e.inquiry_id, {shows} as shows
        from inquiries_event e join inquiries_inquiry i on i.id = e.inquiry_id {more}
        where e.code = '{code}' and e.district_id = %(district)s and e.at >= %(begins)s and e.at < %(ends)s
            and not i.sealed"""


def _answers(shows: str, which: str = "true") -> str:
    # By the inquiry first: under a policy no index is used for what is computed from another row.
    answer = (
        """join inquiries_answer a on a.inquiry_id = e.inquiry_id and a.id = (e.codes ->> 'answer')::bigint"""
    )
    return f"{_events('answered', shows, answer)} and {which}"


_SAME_CALLER = """exists (
    select 1 from inquiries_citizen c join inquiries_citizen d
        on d.district_id = c.district_id and d.phone_hash = c.phone_hash
    join inquiries_inquiry j on j.citizen_id = d.id
    where c.id = i.citizen_id and c.phone_hash <> '' and j.id <> i.id and j.parent_id is distinct from i.id
        and j.asked_at > a.answered_at and j.asked_at <= a.answered_at + interval '30 days')"""
# A place or a bureau has it, another one, and the first again; who recorded it at an own desk had it first.
_THERE_AND_BACK = """exists (
    with moves as (
        select m.seq, m.place_id as place, split_part(p.path, '/', 2) as bureau
        from inquiries_event m join bureaus_place p on p.id = m.place_id
        where m.inquiry_id = i.id and m.code in ('recorded', 'dispatched', 'designated', 'handed_over', 'reassigned'))
    select 1 from moves a join moves b on b.seq > a.seq join moves c on c.seq > b.seq
    where (c.place = a.place and b.place <> a.place) or (c.bureau = a.bureau and b.bureau <> a.bureau))"""
# Frozen when it was merged; mergers of before are looked at as their citizens stand.
_OTHER_CITIZEN = """not coalesce((e.codes ->> 'same_citizen')::boolean, exists (
    select 1 from inquiries_inquiry l join inquiries_citizen lc on lc.id = l.citizen_id
    join inquiries_citizen ic on ic.id = i.citizen_id
    where l.id = (e.codes ->> 'lead')::bigint and lc.phone_hash = ic.phone_hash and lc.phone_hash <> ''))"""

# An app above adds its own in AppConfig.ready.
SIGNALS: dict[str, Signal] = {
    signal.code: signal
    for signal in (
        Signal(
            "last_hour",
            _("answered in the last hour before due"),
            _("answers in time, not at once"),
            _answers(
                "a.answered_at >= a.due_at - interval '1 hour'", "not a.at_once and a.answered_at < a.due_at"
            ),
        ),
        Signal(
            "same_text",
            _("answered in the words of another answer of the place"),
            _("answers, riders of a merger left out"),
            _answers(
                "length(a.text) > 20 and count(*) over (partition by a.place_id, md5(a.text)) > 1",
                "e.codes ->> 'lead' is null",
            ),
        ),
        Signal(
            "nobody_contacted",
            _("the citizen says nobody was in touch in time"),
            _("callbacks that say"),
            """select i.holder_id as place_id, i.id as inquiry_id, not r.contacted_in_time as shows
            from inquiries_rating r join inquiries_inquiry i on i.id = r.inquiry_id
            where r.source = 'callback' and r.contacted_in_time is not null and i.district_id = %(district)s
                and r.at >= %(begins)s and r.at < %(ends)s and not i.sealed""",
        ),
        Signal(
            "asked_again_soon",
            _("the citizen asked again within 30 days of the answer"),
            _("answers"),
            _answers(_SAME_CALLER),
        ),
        Signal(
            "recorded_late",
            _("recorded more than a working day (450 minutes) after it was asked"),
            _("recordings"),
            _events("recorded", "coalesce(e.minutes > 450, false)"),
        ),
        Signal(
            "merged_late",
            _("merged within two days of due, or past it"),
            _("mergers"),
            _events("merged", "e.at >= i.due_at - interval '2 days'"),
        ),
        Signal(
            "merged_across",
            _("merged with a matter of another citizen, or of one unknown"),
            _("mergers"),
            _events("merged", _OTHER_CITIZEN),
        ),
        Signal(
            "awaited_citizen",
            _("waited for the citizen on the way"),
            _("answers, not at once"),
            _answers(
                "exists (select 1 from inquiries_pen p where p.inquiry_id = i.id and p.part = 'citizen')",
                "not a.at_once",
            ),
        ),
        Signal(
            "handed_on",
            _("handed over between bureaus on the way"),
            _("answers"),
            _answers("i.hops > 0"),
        ),
        Signal(
            "there_and_back",
            _("went from one place to another and back"),
            _("answers"),
            _answers(_THERE_AND_BACK),
        ),
        Signal(
            "dispute_upheld",
            _("the dispute was upheld"),
            _("disputes decided"),
            f"""{_events("dispute_upheld", "true")} union all {_events("dispute_refused", "false")}""",
        ),
        Signal(
            "at_once_rush",
            _("answered at once, four or more by one officer in a minute"),
            _("answers at once"),
            _answers(
                "count(*) over (partition by a.answered_by_id, date_trunc('minute', a.logged_at)) >= 4",
                "a.at_once",
            ),
        ),
        Signal(
            "reclassified_late",
            _("reclassified in the last quarter of its time, or past it"),
            _("reclassifications"),
            _events("reclassified", "e.at >= i.asked_at + (i.original_due_at - i.asked_at) * 0.75"),
        ),
        Signal(
            "extended_late",
            _("an extension was asked for on the last day"),
            _("extensions asked for"),
            _events(
                "extension_asked",
                "bida_day(d.due_at - interval '1 microsecond') = bida_day(d.opened_at)",
                "join inquiries_duty d on d.inquiry_id = e.inquiry_id and d.id = (e.codes ->> 'duty')::bigint",
            ),
        ),
        Signal(
            "not_settled",
            _("not accepted, withdrawn, ended, citizen not reached or invalid"),
            _("answers"),
            _answers("a.outcome in ('not_accepted', 'withdrawn', 'ended', 'unreachable', 'invalid')"),
        ),
    )
}


def check_reader(query: Query, *, now: datetime) -> None:
    """Raises NotForReader for whoever is neither auditor nor of the district's office."""
    held = holdings(query.reader, now=now) if query.reader else []
    if not any(h.post.role in READERS and h.post.place_id == query.district_id for h in held):
        raise NotForReader("figure", _("Signals are for the auditor and the district's office."))


def read_signal(code: str, query: Query, *, now: datetime) -> tuple[Shown, ...]:
    """By place, how many show the sign in the period. Counted from the rows, sealed matters left out.

    Raises CannotAsk, TooWide.
    """
    signal = _asked(code, query, now=now)
    where, values = _within(query)
    compared, instants = beside(query, signal.rows)
    counted = ", ".join(
        f"count(*) filter (where shows and no = {no}), count(*) filter (where no = {no})" for no in range(3)
    )
    rows = run(
        f"select place_id, {counted} from ({compared}) s where {where} group by 1 order by 2 desc, 1",
        values | instants,
        timeout=waited_for(periods=3),
    )
    return tuple(
        Shown(place, n, of, Measured(*before), Measured(*year))
        for place, n, of, *both in rows
        for before, year in [(both[:2], both[2:])]
    )


def signalled_inquiries(
    code: str, query: Query, *, now: datetime, keys: tuple[Any, ...] = (), counted: str = "n"
) -> QuerySet[Inquiry]:
    """The inquiries that show the sign, or all that are looked at where `counted` is `of`, or those at one place, each
    with `times`. Raises CannotAsk, TooWide."""
    signal = _asked(code, query, now=now)
    where, values = _within(query)
    _span, cell, of_cell = condition_of_cell(replace(query, group_by=("place",)), keys)
    rows = run(
        f"""select inquiry_id, count(*) from ({signal.rows}) s where (shows or %(all)s) and {where}{cell}
            group by 1 limit %(most)s""",
        values | of_cell | {"all": counted == "of", "most": MOST_LISTED + 1},
        timeout=waited_for(),
    )
    if len(rows) > MOST_LISTED:
        raise TooWide
    return listed(rows)


def _asked(code: str, query: Query, *, now: datetime) -> Signal:
    check_reader(query, now=now)
    if code not in SIGNALS:
        raise CannotAsk("figure", _("There is no such signal."))
    if query.dimensions - {"place_id"}:
        raise CannotAsk("group_by", _("This figure is kept by place alone."))
    return SIGNALS[code]


def _within(query: Query) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {
        "district": query.district_id,
        "begins": midnight(query.period.first_on),
        "ends": midnight(query.period.last_on + DAY),
    }
    if query.places is None:
        return "true", values
    return "place_id = any (%(places)s::bigint[])", values | {"places": sorted(places_of(query))}


@dataclass(frozen=True, slots=True)
class Lagged:
    """Working minutes from asking to recording of `n` matters; the median is an actual value."""

    n: int = 0
    median: int | None = None
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Lag:
    """The lag on one channel in the period, the one before and the same a year earlier."""

    channel: str
    now: Lagged
    previous: Lagged
    year_earlier: Lagged


def recording_lag(query: Query, *, now: datetime) -> tuple[Lag, ...]:
    """By channel, how long after the asking matters were recorded."""
    check_reader(query, now=now)
    where, values = _within(query)
    compared, instants = beside(
        query,
        f"""select channel, minutes from inquiries_happened
            where 'recording' = any (timed) and minutes is not null
                and district_id = %(district)s and at >= %(begins)s and at < %(ends)s and {where}""",
    )
    rows = run(
        f"""select channel, no, count(*), percentile_disc(0.5) within group (order by minutes), max(minutes)
            from ({compared}) lags group by 1, 2 order by 1""",
        values | instants,
        timeout=waited_for(periods=3),
    )
    found: dict[str, list[Lagged]] = defaultdict(lambda: [Lagged()] * 3)
    for channel, no, *lag in rows:
        found[channel][no] = Lagged(*lag)
    return tuple(Lag(channel, *lags) for channel, lags in found.items())


@dataclass(frozen=True, slots=True)
class RuleEdit:
    """One edition of the answer rules, and how many answers since are in time by it, and by the one before."""

    edition: int
    by_id: int | None
    made_at: datetime
    answered: int
    in_time: int
    in_time_before: int


def rule_edits(query: Query, *, now: datetime, calendar: Calendar) -> tuple[RuleEdit, ...]:
    """Editions made in the period: matters asked from then to the period's end and answered, measured by both.

    Extensions are left out of both, so that only the rule differs. Raises TooWide beyond so many matters as may be
    measured.
    """
    check_reader(query, now=now)
    found = []
    for before, book in _edits(query):
        measured = _measured(query, before, book, calendar)
        in_time, in_time_before = (sum(matter[which] for matter in measured) for which in (1, 2))
        found.append(RuleEdit(book.number, book.by_id, book.made_at, len(measured), in_time, in_time_before))
    return tuple(found)


def edited_inquiries(
    edition: int, counted: str, query: Query, *, now: datetime, calendar: Calendar
) -> QuerySet[Inquiry]:
    """The matters behind one number of an edit: EDITED names which. Raises CannotAsk, TooWide."""
    check_reader(query, now=now)
    found = [edit for edit in _edits(query) if edit[1].number == edition]
    if not found:
        raise CannotAsk("edition", _("No such edition was made in the period."))
    which = EDITED.index(counted)
    measured = _measured(query, *found[0], calendar)
    return listed((matter[0], 1) for matter in measured if not which or matter[which])


def drawn_callbacks(district_id: int) -> QuerySet[CallbackDraw]:
    """The draws of each day's answers, the latest first, each with `flagged`: how many were drawn besides, for a
    reason."""
    flagged = Count("callbacks", filter=Q(callbacks__by_lot=False))
    return CallbackDraw.objects.filter(district=district_id).annotate(flagged=flagged).order_by("-on")


def drawn_inquiries(draw: int, which: str, query: Query, *, now: datetime) -> QuerySet[Inquiry]:
    """The matters of one draw of the period: DRAWN names whether by lot or for a reason. None of another draw."""
    check_reader(query, now=now)
    period = query.period
    rows = DrawnCallback.objects.filter(
        draw=draw,
        draw__district=query.district_id,
        draw__on__range=(period.first_on, period.last_on),
        by_lot=which == "lot",
    )
    return listed((pk, 1) for pk in rows.values_list("answer__inquiry", flat=True))


# How a callback was drawn.
DRAWN = ("lot", "flagged")
# What is counted of an edit, by its place in what is measured.
EDITED = ("answered", "in_time", "in_time_before")


def _edits(query: Query) -> list[tuple[RuleBook, RuleBook]]:
    """Each edition made in the period, and the one before it."""
    ends = midnight(query.period.last_on + DAY)
    books = RuleBook.objects.filter(district=query.district_id, made_at__lt=ends).order_by("number")
    return [edit for edit in pairwise(books) if edit[1].made_at >= midnight(query.period.first_on)]


def _measured(
    query: Query, before: RuleBook, book: RuleBook, calendar: Calendar
) -> list[tuple[int, bool, bool]]:
    """Of each matter answered by a rule that both have: its key, in time by the new one, in time by the old."""
    rules: dict[int, dict[tuple[str, str], deadlines.Rule]] = {book.pk: {}, before.pk: {}}
    for row in AnswerRule.objects.filter(book__in=(book, before)):
        rules[row.book_id][row.kind, row.urgency] = deadlines.Rule(row.amount, row.unit, row.end)  # type: ignore[arg-type]
    most = so_many(MOST_MEASURED)
    answered = Inquiry.objects.filter(
        district=query.district_id,
        asked_at__gte=book.made_at,
        asked_at__lt=midnight(query.period.last_on + DAY),
        answered_at__isnull=False,
        at_once=False,
        sealed=False,
    )
    if query.places is not None:
        answered = answered.filter(holder__in=places_of(query))
    matters = answered.values_list("pk", "kind", "urgency", "asked_at", "answered_at")[: most + 1]
    if len(matters) > most:
        raise TooWide
    found = []
    for pk, kind, urgency, asked_at, answered_at in matters:
        new, old = (rules[of.pk].get((kind, urgency)) for of in (book, before))
        if new and old and answered_at:
            in_time, in_time_before = (
                answered_at < deadlines.due(asked_at, rule, calendar).due_at for rule in (new, old)
            )
            found.append((pk, in_time, in_time_before))
    return found
