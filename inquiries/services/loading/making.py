"""The load is made: told by several processes, copied by one, in one transaction."""

from __future__ import annotations

import gc
import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from random import Random
from time import monotonic

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date, midnight
from inquiries.models import Inquiry
from inquiries.services.loading import draws
from inquiries.services.loading.course import Climb, Course, blank
from inquiries.services.loading.district import Stage
from inquiries.services.loading.lines import NULL, Writer
from inquiries.services.loading.stories import LEFT_TELEPHONE, tell
from inquiries.services.loading.story import QUESTION, REFERENCE, Retold, Story
from inquiries.services.loading.tables import bare_tables, copy_rows, count_on, first_ids
from inquiries.services.recording import reference_of
from inquiries.services.tallying import count_anew
from inquiries.services.verifying import write_daily_roots

YEARS = 5
# Inquiries that one process tells at a time; more processes only from here on.
CHUNK = 2_500
ALONE_UP_TO = 20_000
# On a busy day one story is told of several citizens, as long as that leaves it about thirty stories; of few where they
# were answered at once: four in a minute by one officer would be a signal.
TOLD_OF, TOLD_OF_AT_ONCE, STORIES_A_DAY = 16, 3, 30
MINUTE = timedelta(minutes=1)


class HoldsRealInquiries(Refusal):
    sentence = _(
        "This database holds inquiries of a district that is no example: name an empty one by DATABASE_URL, run "
        "`manage.py migrate` there, and load that."
    )


@dataclass(frozen=True)
class Loaded:
    """What stands now, and how long it took in seconds."""

    district: str
    inquiries: int
    seconds: float


def make_load(
    *, many: int, seed: int, now: datetime, say: Callable[[str], None], over_days: int | None = None
) -> Loaded:
    """`many` inquiries of the last five years, or so many days, stand in a new example district of thirty bureaus.

    As of the last midnight in China; the same seed on the same day makes the same, but for what is encrypted. In one
    transaction, as the owner of the tables, while everybody else waits. 1. The district with its people. 2. Rows are
    told day by day and copied past triggers and constraints. 3. Those are built again, each row checked by each
    constraint. 4. Daily roots and all totals. Raises HoldsRealInquiries.
    """
    began = monotonic()
    if Inquiry.objects.filter(district__is_example=False).exists():
        raise HoldsRealInquiries
    today = local_date(now)
    first = (
        today - timedelta(days=over_days)
        if over_days
        else today.replace(year=today.year - YEARS, day=min(today.day, 28))
    )
    with transaction.atomic():
        stage = Stage(seed=seed, many=many, began_at=midnight(first), now=midnight(today))
        stage.warm()
        days = draws.busy_days(many, first, today - timedelta(days=1), stage.calendar)
        say(f"{stage.district.name}: {len(stage.bureaus)} bureaus, {len(stage.persons)} citizens")
        with bare_tables(say):
            copied = 0
            copy_rows(_keys(stage))
            for rows in _told(stage, days):
                copy_rows(rows)
                copied += rows["inquiries_inquiry"].count(b"\n")
                say(f"{copied} / {many}, {copied / (monotonic() - began):.0f} / s")
        _number_on(stage, days)
        count_on()
        say("daily roots")
        write_daily_roots(now=now)
        say("totals")
        count_anew()
        with connection.cursor() as cursor:
            cursor.execute("analyze inquiries_tally, inquiries_timetally")
    return Loaded(stage.district.name, many, monotonic() - began)


def _keys(stage: Stage) -> dict[str, bytes]:
    writer = Writer()
    for key in stage.keys:
        writer.add("bureaus_datakey", key.pk, key.district_id, bytes(key.wrapped), key.wrapped_by)
    return writer.take()


def _number_on(stage: Stage, days: Sequence[draws.Busy]) -> None:
    """The next reference of each year follows the last one given."""
    given = {busy.on.year: busy.before_in_year + busy.many for busy in days}
    with connection.cursor() as cursor:
        for year, last in given.items():
            if last:
                cursor.execute("select bida_next_reference(%s, %s)", [stage.district_id, year])
                cursor.execute(f"select setval('reference_{stage.district_id}_{year}', %s)", [last])


_INQUIRY = Inquiry()
# What a process that tells was forked with.
_given: tuple[Stage, int, int] | None = None


def _told(stage: Stage, days: Sequence[draws.Busy]) -> Iterator[dict[str, bytes]]:
    """The rows of each chunk of days, in their order; told here where they are few, else by a process a core."""
    global _given
    chunks: list[list[draws.Busy]] = [[]]
    for busy in days:
        chunks[-1].append(busy)
        if sum(each.many for each in chunks[-1]) >= CHUNK:
            chunks.append([])
    _given = (stage, *first_ids())
    if sum(busy.many for busy in days) <= ALONE_UP_TO:
        yield from map(_tell_days, chunks)
        return
    cores = os.cpu_count() or 1
    # Nothing told refers to itself, so that looking for what does would be in vain.
    with ProcessPoolExecutor(cores, mp_context=get_context("fork"), initializer=gc.disable) as pool:
        waiting: deque[Future[dict[str, bytes]]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(_tell_days, chunk))
            # Told no further ahead than is soon copied: what waits lies in memory.
            if len(waiting) > 2 * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@dataclass(frozen=True)
class _Told:
    """A story of the day, and of how many citizens it is told."""

    asked_at: datetime
    story: Retold
    kind: str
    urgency: str
    channel: str
    topic: str
    of: int


def _tell_days(days: Sequence[draws.Busy]) -> dict[str, bytes]:
    if _given is None:
        raise RuntimeError("there is nothing to tell of yet")
    stage, first_id, first_block = _given
    lines: defaultdict[str, list[str]] = defaultdict(list, {"inquiries_inquiry": []})
    climbs: dict[object, Climb] = {}
    for busy in days:
        rng = Random(f"{stage.seed} {busy.on}")
        each = (told for told in _stories(stage, rng, busy, climbs) for _nth in range(told.of))
        for n, told in enumerate(each):
            told.story.tell(
                lines,
                rng,
                stage.words,
                topic=told.topic,
                inquiry_id=first_id + busy.before + n,
                block=first_block + busy.before + n,
                reference=reference_of(busy.on.year, busy.before_in_year + n + 1),
                left=rng.choice(stage.persons).left if told.channel in LEFT_TELEPHONE else _ANONYMOUS,
            )
    return {table: "".join(told_of).encode() for table, told_of in lines.items()}


def _stories(stage: Stage, rng: Random, busy: draws.Busy, climbs: dict[object, Climb]) -> list[_Told]:
    """The stories of the day, in the order in which they were asked."""
    most, left, found = min(TOLD_OF, 1 + busy.many // STORIES_A_DAY), busy.many, []
    while left:
        turn = min(most, left)
        left -= turn
        told = _tell_one(stage, rng, climbs, busy.on, turn)
        found.append(told)
        # So that as many are answered at once as the draw would have it.
        while turn := turn - told.of:
            told = _tell_one(stage, rng, climbs, busy.on, turn, like=told)
            found.append(told)
    return sorted(found, key=lambda told: told.asked_at)


def _tell_one(
    stage: Stage, rng: Random, climbs: dict[object, Climb], on: date, most: int, like: _Told | None = None
) -> _Told:
    """A story of that day; `like` another that was answered at once, as this one is then."""
    asked_at = draws.asked_within(rng, on)
    if like:
        kind, urgency, channel = like.kind, like.urgency, like.channel
    else:
        kind = draws.KINDS.draw(rng)
        urgency = draws.URGENCIES.draw(rng) if kind != "disclosure" else "ordinary"
        channel = (draws.CHANNELS if stage.calendar.is_working(on) else draws.CHANNELS_AT_REST).draw(rng)
    bureau = stage.asked.draw(rng)
    topic_id, topic = rng.choice(bureau.topics)
    at_district = channel in ("web", "city_12345", "handed_down")
    place_id = stage.district_id if at_district else bureau.place_id
    due = stage.due(kind, urgency, asked_at)
    story = Story()
    inquiry = blank(_INQUIRY)
    inquiry.id, inquiry.district_id, inquiry.reference = story.inquiry_id, stage.district_id, REFERENCE
    inquiry.kind, inquiry.urgency, inquiry.channel, inquiry.topic_id = kind, urgency, channel, topic_id
    inquiry.source = {"city_12345": "12345", "handed_down": "市政府"}.get(channel, "")
    inquiry.external_number = f"W{REFERENCE}" if inquiry.source else ""
    inquiry.question, inquiry.sealed = QUESTION, kind == "tip_off"
    inquiry.asked_at = inquiry.recorded_at = asked_at
    if not like:
        inquiry.recorded_at = _when_recorded(rng, channel, asked_at, stage)
    inquiry.recorded_place_id = inquiry.holder_id = place_id
    inquiry.state = "received" if at_district else "assigned"
    inquiry.rule_id, inquiry.ladder_id = stage.rules[(kind, urgency)][0], stage.ladders[urgency][0]
    inquiry.calendar_version_id = stage.calendar_version
    inquiry.due_on, inquiry.due_at, inquiry.due_provisional = due.due_on, due.due_at, due.provisional
    inquiry.original_due_at = due.due_at
    tell(Course(stage, story, inquiry, climbs), rng, bureau, at_once=like is not None)
    of = min(most, TOLD_OF_AT_ONCE) if inquiry.at_once else most
    return _Told(asked_at, story.done(), kind, urgency, channel, topic, of)


def _when_recorded(rng: Random, channel: str, asked_at: datetime, stage: Stage) -> datetime:
    """When it was entered: at once at a desk mostly, a letter a day or two later."""
    lag = timedelta()
    if channel in ("letter", "handed_down"):
        lag = timedelta(hours=rng.uniform(2, 50))
    elif channel in ("card", "city_12345"):
        lag = rng.uniform(1, 30) * MINUTE
    elif channel != "web" and rng.random() < 0.2:
        lag = rng.uniform(1, 20) * MINUTE
    return asked_at + lag if asked_at + lag < stage.now else asked_at


# A citizen who left neither name nor telephone.
_ANONYMOUS = "\t".join(["anonymous", NULL, *[""] * 8])
