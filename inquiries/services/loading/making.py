"""The load is made: told by several processes, copied by one, in one transaction."""

from __future__ import annotations

import gc
import os
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context
from random import Random
from time import monotonic

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date, midnight
from inquiries.models import Inquiry
from inquiries.services.loading import draws
from inquiries.services.loading.course import BLOCK, Climb, Course
from inquiries.services.loading.district import Person, Stage
from inquiries.services.loading.lines import Writer
from inquiries.services.loading.stories import LEFT_TELEPHONE, tell
from inquiries.services.loading.tables import COUNTED, bare_tables, copy_rows, count_on, first_ids
from inquiries.services.recording import reference_of
from inquiries.services.tallying import count_anew
from inquiries.services.verifying import write_daily_roots

YEARS = 5
# Inquiries that one process tells at a time; more processes only from here on.
CHUNK = 2_500
ALONE_UP_TO = 20_000
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


def make_load(*, many: int, seed: int, now: datetime, say: Callable[[str], None]) -> Loaded:
    """`many` inquiries of the last five years stand in a new example district of thirty bureaus.

    As of the last midnight in China; the same seed on the same day makes the same, but for what is encrypted. In one
    transaction, as the owner of the tables, while everybody else waits. 1. The district with its people. 2. Rows are
    told day by day and copied past triggers and constraints. 3. Those are built again, each row checked by each
    constraint. 4. Daily roots and all totals. Raises HoldsRealInquiries.
    """
    began = monotonic()
    if Inquiry.objects.filter(district__is_example=False).exists():
        raise HoldsRealInquiries
    today = local_date(now)
    first = today.replace(year=today.year - YEARS, day=min(today.day, 28))
    with transaction.atomic():
        stage = Stage(seed=seed, many=many, began_at=midnight(first), now=midnight(today))
        stage.warm()
        days = draws.busy_days(many, first, today - timedelta(days=1), stage.calendar)
        say(f"{stage.district.name}: {len(stage.bureaus)} bureaus, {len(stage.persons)} citizens")
        with bare_tables(say):
            copied = 0
            copy_rows(_keys(stage))
            for rows in _told(stage, first_ids(), days):
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
    writer = Writer(Random(0))
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


# Copied for each: making one by its class costs four times as much.
_INQUIRY = Inquiry()
# What a process that tells was forked with.
_given: tuple[Stage, dict[str, int]] | None = None


def _told(stage: Stage, first: dict[str, int], days: Sequence[draws.Busy]) -> Iterator[dict[str, bytes]]:
    """The rows of each chunk of days, in their order; told here where they are few, else by a process a core."""
    global _given
    chunks: list[list[draws.Busy]] = [[]]
    for busy in days:
        chunks[-1].append(busy)
        if sum(each.many for each in chunks[-1]) >= CHUNK:
            chunks.append([])
    _given = (stage, first)
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


def _tell_days(days: Sequence[draws.Busy]) -> dict[str, bytes]:
    if _given is None:
        raise RuntimeError("there is nothing to tell of yet")
    stage, first = _given
    writer = Writer(Random(0))
    climbs: dict[object, Climb] = {}
    for busy in days:
        rng = Random(f"{stage.seed} {busy.on}")
        writer.rng = rng
        asked = sorted(draws.asked_within(rng, busy.on) for _ in range(busy.many))
        for n, asked_at in enumerate(asked):
            number = busy.before + n
            ids = {name: first[name] + number * BLOCK for name in COUNTED}
            _tell_one(
                stage,
                writer,
                rng,
                ids | {"inquiry": first["inquiry"] + number},
                climbs,
                asked_at,
                reference_of(busy.on.year, busy.before_in_year + n + 1),
            )
    return {"inquiries_inquiry": b"", **writer.take()}


def _tell_one(
    stage: Stage,
    writer: Writer,
    rng: Random,
    ids: dict[str, int],
    climbs: dict[object, Climb],
    asked_at: datetime,
    reference: str,
) -> None:
    kind = draws.KINDS.draw(rng)
    urgency = draws.URGENCIES.draw(rng) if kind != "disclosure" else "ordinary"
    working = stage.calendar.is_working(local_date(asked_at))
    channel = (draws.CHANNELS if working else draws.CHANNELS_AT_REST).draw(rng)
    bureau = rng.choices(stage.bureaus, stage.weights)[0]
    topic_id, topic = rng.choice(bureau.topics)
    question, terms = stage.words.question(rng, topic)
    at_district = channel in ("web", "city_12345", "handed_down")
    place_id = stage.district_id if at_district else bureau.place_id
    due = stage.due(kind, urgency, asked_at)
    source = {"city_12345": "12345", "handed_down": "市政府"}.get(channel, "")
    inquiry = copy(_INQUIRY)
    inquiry.id, inquiry.district_id, inquiry.reference = ids["inquiry"], stage.district_id, reference
    inquiry.kind, inquiry.urgency, inquiry.channel, inquiry.topic_id = kind, urgency, channel, topic_id
    inquiry.source, inquiry.external_number = source, f"W{reference}" if source else ""
    inquiry.question, inquiry.citizen_id = question, _add_citizen(stage, writer, rng, channel)
    inquiry.sealed = kind == "tip_off"
    inquiry.asked_at, inquiry.recorded_at = asked_at, _when_recorded(rng, channel, asked_at, stage)
    inquiry.recorded_place_id = inquiry.holder_id = place_id
    inquiry.state = "received" if at_district else "assigned"
    inquiry.rule_id, inquiry.ladder_id = stage.rules[(kind, urgency)][0], stage.ladders[urgency][0]
    inquiry.calendar_version_id = stage.calendar_version
    inquiry.due_on, inquiry.due_at, inquiry.due_provisional = due.due_on, due.due_at, due.provisional
    inquiry.original_due_at = due.due_at
    course = Course(stage, writer, inquiry, ids, climbs)
    course.words = terms
    tell(course, rng, bureau)


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


def _add_citizen(stage: Stage, writer: Writer, rng: Random, channel: str) -> uuid.UUID:
    """A citizen with name and telephone, encrypted, or one who left neither."""
    citizen_id = uuid.UUID(int=rng.getrandbits(128), version=4)
    person: Person | None = rng.choice(stage.persons) if channel in LEFT_TELEPHONE else None
    if person is None:
        writer.add("inquiries_citizen", citizen_id, stage.district_id, "anonymous", None, *[""] * 8)
    else:
        writer.add(
            "inquiries_citizen",
            *(citizen_id, stage.district_id, "named", person.key_id, person.name, person.phone, "", "", ""),
            *(person.masked_name, person.masked_phone, person.phone_hash),
        )
    return citizen_id
