"""The promises, proved on the live database in bounded memory."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from bureaus.models import Place
from bureaus.workdays import SHANGHAI, local_date, midnight
from inquiries.models import DailyRoot
from inquiries.services.acting import RANK
from inquiries.services.history import event_key, link
from inquiries.services.sights import OF_SIGHT

FARTHEST = timedelta(days=31)
PAGE = 2000
NAMED = 100
# An hour after midnight in China every transaction begun in the day has ended; the worker writes roots every hour.
OVER_AFTER = timedelta(hours=1)
ROOTED_AFTER = OVER_AFTER + timedelta(hours=2)


@dataclass
class Finding:
    """One promise: how many rows were looked at, and the references that break it (the first hundred)."""

    promise: str
    checked: int = 0
    broken: int = 0
    references: list[str] = field(default_factory=list)

    def add(self, reference: str) -> None:
        """One more that breaks it."""
        self.broken += 1
        if len(self.references) < NAMED:
            self.references.append(reference)


# promise: (rows looked at, references that break it); the values of verify_promises are given.
_ASKED = {
    gettext_noop("every unanswered inquiry has a next chase or rides"): (
        "select count(*) from inquiries_inquiry where answered_at is null",
        """
        select i.reference from inquiries_inquiry i
        left join inquiries_inquiry lead on lead.id = i.merged_into_id
        where i.answered_at is null and (
            (i.merged_into_id is null and (i.next_chase_at is null or i.next_chase_at > %(farthest)s))
            or (i.merged_into_id is not null
                and (i.next_chase_at is not null or lead.answered_at is not null or lead.merged_into_id is not null)))
        """,
    ),
    gettext_noop("every open duty has a next chase"): (
        "select count(*) from inquiries_duty where done_at is null",
        """
        select kind || ' ' || id from inquiries_duty
        where done_at is null and (next_chase_at is null or next_chase_at > %(farthest)s)
        """,
    ),
    gettext_noop("an answered inquiry has its answer, and no duty that only served it"): (
        "select count(*) from inquiries_inquiry where answered_at is not null",
        """
        select i.reference from inquiries_inquiry i
        where i.answered_at is not null and (
            not exists (select 1 from inquiries_answer a
                where a.inquiry_id = i.id and a.round = i.round and a.answered_at = i.answered_at)
            or exists (select 1 from inquiries_duty d where d.inquiry_id = i.id and d.done_at is null
                and d.kind in ('dispatch', 'sign_for', 'approval', 'dispute', 'extension', 'hand_over')))
        """,
    ),
    gettext_noop("chases are numbered without a gap"): (
        "select count(*) from inquiries_chase",
        """
        select coalesce(i.reference, 'duty ' || c.duty_id) from (
            select inquiry_id, duty_id, round, max(number) as top, count(*) as many
            from inquiries_chase group by inquiry_id, duty_id, round
        ) c left join inquiries_inquiry i on i.id = c.inquiry_id
        where c.top <> c.many
        union all
        select i.reference from inquiries_inquiry i where i.chase_number <> (
            select count(*) from inquiries_chase c where c.inquiry_id = i.id and c.round = i.round)
        union all
        select 'duty ' || d.id from inquiries_duty d where d.chase_number <> (
            select count(*) from inquiries_chase c where c.duty_id = d.id)
        """,
    ),
    gettext_noop("every chase told somebody"): (
        "select count(*) from inquiries_chase",
        """
        select coalesce(i.reference, 'duty ' || c.duty_id) || ' chase ' || c.number
        from inquiries_chase c left join inquiries_inquiry i on i.id = c.inquiry_id
        where not exists (select 1 from bureaus_notice n where n.cause_kind = 'chase' and n.cause_id = c.id::text)
        """,
    ),
    **OF_SIGHT,
    gettext_noop("one hand holds the pen of every unanswered inquiry"): (
        "select count(*) from inquiries_pen where until_at is null",
        """
        select i.reference from inquiries_inquiry i
        where (i.answered_at is null and i.merged_into_id is null) <> exists (
            select 1 from inquiries_pen p where p.inquiry_id = i.id and p.until_at is null)
        """,
    ),
    # The worker looks every five minutes; when a place was abolished is known by the day.
    gettext_noop("nothing stays open at an abolished place"): (
        "select (select count(*) from inquiries_inquiry i join bureaus_place p on p.id = i.holder_id "
        "where i.answered_at is null and p.abolished_on is not null) + (select count(*) from inquiries_duty d "
        "join bureaus_place p on p.id = d.place_id where d.done_at is null and p.abolished_on is not null)",
        """
        select i.reference from inquiries_inquiry i join bureaus_place p on p.id = i.holder_id
        where i.answered_at is null and p.abolished_on < %(today)s and not exists (
            select 1 from inquiries_event e where e.inquiry_id = i.id and e.at > %(an_hour_ago)s)
        union all
        select d.kind || ' ' || d.id from inquiries_duty d join bureaus_place p on p.id = d.place_id
        where d.done_at is null and p.abolished_on < %(today)s and d.opened_at <= %(an_hour_ago)s
        """,
    ),
    gettext_noop("nothing is set aside"): (
        "select count(*) from inquiries_setaside",
        """
        select coalesce(i.reference, 'duty ' || a.duty_id) || ': ' || left(a.error, 120)
        from inquiries_setaside a left join inquiries_inquiry i on i.id = a.inquiry_id
        """,
    ),
}


def register(promise: str, *, counted: str, broken: str) -> None:
    """An app above has one more promise: SQL that counts the rows looked at, and SQL of what breaks it."""
    _ASKED[promise] = (counted, broken)


# Counted where they lie, however many they are; only those that are named come here.
_COUNTED = """
    with broken (reference) as materialized (BROKEN)
    select (select count(*) from broken), array(select reference from broken limit %(named)s)
"""


def verify_promises(*, now: datetime) -> Iterator[Finding]:
    """Each promise with what was looked at and what breaks it. Reads everything, so as owner or worker over all."""
    values: dict[str, Any] = {
        "named": NAMED,
        "ranks": json.dumps(RANK),
        "farthest": now + FARTHEST,
        "an_hour_ago": now - timedelta(hours=1),
        "ten_minutes_ago": now - timedelta(minutes=10),
        "today": local_date(now - timedelta(hours=1)),
    }
    for promise, (counted, broken) in _ASKED.items():
        finding = Finding(promise)
        with connection.cursor() as cursor:
            cursor.execute(counted)
            finding.checked = (cursor.fetchone() or (0,))[0]
            cursor.execute(_COUNTED.replace("BROKEN", broken), values)
            finding.broken, finding.references = cursor.fetchone() or (0, [])
        yield finding
    yield _verify_chains()
    yield _verify_roots(now=now)


def _verify_chains() -> Finding:
    """Every chain from its first event on: no change, no gap, no cut tail."""
    finding = Finding(gettext_noop("every chain of events verifies"))
    for kind, heads_of, events_of in (
        (
            "inquiry",
            "select id, reference, event_count, event_hash from inquiries_inquiry where id > %s order by id limit %s",
            """
            select inquiry_id, seq, code, at, by_id, place_id, codes::text, hash from inquiries_event
            where inquiry_id > %s and inquiry_id <= %s order by inquiry_id, seq
            """,
        ),
        (
            "duty",
            "select id, 'duty ' || id, event_count, event_hash from inquiries_duty where id > %s order by id limit %s",
            """
            select duty_id, seq, code, at, by_id, place_id, codes::text, hash from inquiries_event
            where duty_id > %s and duty_id <= %s order by duty_id, seq
            """,
        ),
    ):
        last = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(heads_of, [last, PAGE])
                heads = cursor.fetchall()
                if not heads:
                    break
                cursor.execute(events_of, [last, heads[-1][0]])
                chains: dict[int, list[tuple[object, ...]]] = {}
                for owner, *rest in cursor.fetchall():
                    chains.setdefault(owner, []).append(tuple(rest))
            last = heads[-1][0]
            for owner, reference, count, head in heads:
                finding.checked += 1
                if not _holds(f"{kind}:{owner}", chains.pop(owner, []), count, bytes(head)):
                    finding.add(str(reference))
            for owner in chains:
                finding.add(f"{kind} {owner}: events without their row")
    return finding


def _holds(chain: str, events: list[tuple[object, ...]], count: int, head: bytes) -> bool:
    before = b""
    for number, (seq, code, at, by_id, place_id, codes, digest) in enumerate(events, 1):
        expected = link(
            chain=chain,
            seq=number,
            code=str(code),
            at=at,  # type: ignore[arg-type]  # the columns' types are those of the table
            by_id=by_id,  # type: ignore[arg-type]
            place_id=place_id,  # type: ignore[arg-type]
            codes=json.loads(str(codes)),
            before=before,
        )
        before = bytes(digest)  # type: ignore[call-overload]
        if seq != number or before != expected:
            return False
    return count == len(events) and head == before


def root_of(district_id: int, on: date, before: bytes) -> tuple[int, bytes]:
    """How many chains moved on that day in China, and the HMAC over the root before and their last events."""
    digest = hmac.new(event_key(), before + f"root:{district_id}:{on.isoformat()}".encode(), hashlib.sha256)
    chains = 0
    with connection.cursor() as cursor:
        # All rows are wanted, though a cursor of the server hands them over page by page.
        cursor.execute("set local cursor_tuple_fraction = 1")
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            """
            select distinct on (inquiry_id, duty_id) inquiry_id, duty_id, seq, hash from inquiries_event
            where district_id = %s and at >= %s and at < %s
            order by inquiry_id, duty_id, seq desc
            """,
            [district_id, midnight(on), midnight(on + timedelta(days=1))],
        )
        while rows := cursor.fetchmany(PAGE):
            for inquiry_id, duty_id, seq, last in rows:
                chains += 1
                digest.update(f"{inquiry_id}:{duty_id}:{seq}:".encode() + bytes(last))
    return chains, digest.digest()


def _first_days() -> Iterator[tuple[int, date | None]]:
    """Each district with the day in China of its first event; None where nothing happened yet."""
    districts = Place.objects.filter(kind=Place.Kind.DISTRICT).order_by("pk")
    for district_id in districts.values_list("pk", flat=True):
        with connection.cursor() as cursor:
            cursor.execute("select min(at) from inquiries_event where district_id = %s", [district_id])
            first = (cursor.fetchone() or (None,))[0]
        yield district_id, first and first.astimezone(SHANGHAI).date()


def write_daily_roots(*, now: datetime) -> int:
    """Every district has a root for each day that is over, the days missed too; gives how many were written."""
    written = 0
    until = local_date(now - OVER_AFTER)
    for district_id, first_on in _first_days():
        last = DailyRoot.objects.filter(district=district_id).order_by("-on").first()
        if last is not None:
            on, before = last.on + timedelta(days=1), bytes(last.root)
        elif first_on is not None:
            on, before = first_on, b""
        else:
            continue
        while on < until:
            chains, root = root_of(district_id, on, before)
            DailyRoot.objects.create(district_id=district_id, on=on, chains=chains, root=root, made_at=now)
            written += 1
            before = root
            on += timedelta(days=1)
    return written


def _verify_roots(*, now: datetime) -> Finding:
    """Every root is what its day says, and from the first event to the last day that is over no day lacks one."""
    finding = Finding(gettext_noop("every daily root verifies, and no day lacks one"))
    until = local_date(now - ROOTED_AFTER)
    for district_id, first_on in _first_days():
        before, wanted = b"", first_on
        for root in DailyRoot.objects.filter(district=district_id).order_by("on").iterator():
            finding.checked += 1
            chains, digest = root_of(district_id, root.on, before)
            if chains != root.chains or digest != bytes(root.root):
                finding.add(f"{district_id} {root.on}")
            _add_days_without(finding, district_id, wanted, root.on)
            before, wanted = bytes(root.root), root.on + timedelta(days=1)
        _add_days_without(finding, district_id, wanted, until)
    return finding


def _add_days_without(finding: Finding, district_id: int, wanted: date | None, until: date) -> None:
    while wanted is not None and wanted < until:
        finding.add(f"{district_id} {wanted}")
        wanted += timedelta(days=1)
