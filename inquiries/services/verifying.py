"""The promises, proved on the live database in bounded memory."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_noop

from bureaus.models import Place
from bureaus.workdays import SHANGHAI, local_date, midnight
from inquiries.models import DailyRoot
from inquiries.services.history import event_key, link

FARTHEST = timedelta(days=31)
PAGE = 2000


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
        if len(self.references) < 100:
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
    gettext_noop("the holder sees what it holds, and a sealed inquiry has named readers only"): (
        "select count(*) from inquiries_sight",
        """
        select i.reference from inquiries_inquiry i where not i.sealed and not exists (
            select 1 from inquiries_sight s
            where s.inquiry_id = i.id and s.place_id = i.holder_id and s.officer_id is null)
        union all
        select i.reference from inquiries_inquiry i join inquiries_sight s on s.inquiry_id = i.id
        where i.sealed and s.officer_id is null
        union all
        select i.reference from inquiries_inquiry i join inquiries_sight s on s.inquiry_id = i.id
        join bureaus_place p on p.id = s.place_id join bureaus_place about on about.id = i.about_place_id
        where p.path like about.path || '%%' or exists (
            with recursive heir as (
                select p.successor_id as id where p.abolished_on is not null
                union select next.successor_id from heir join bureaus_place next on next.id = heir.id
                    where next.abolished_on is not null)
            select 1 from heir join bureaus_place now on now.id = heir.id where now.path like about.path || '%%')
        union all
        select i.reference from inquiries_inquiry i join inquiries_sight s on s.inquiry_id = i.id
        where s.open <> (i.answered_at is null) or s.due_at <> i.due_at or s.district_id <> i.district_id
        """,
    ),
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


def verify_promises(*, now: datetime) -> Iterator[Finding]:
    """Each promise with what was looked at and what breaks it. Reads everything, so as owner or worker over all."""
    values = {
        "now": now,
        "farthest": now + FARTHEST,
        "an_hour_ago": now - timedelta(hours=1),
        "today": local_date(now - timedelta(hours=1)),
    }
    for promise, (counted, broken) in _ASKED.items():
        finding = Finding(promise)
        with connection.cursor() as cursor:
            cursor.execute(counted)
            finding.checked = (cursor.fetchone() or (0,))[0]
            cursor.execute(broken, values)
            while rows := cursor.fetchmany(PAGE):
                for (reference,) in rows:
                    finding.add(str(reference))
        yield finding
    yield _verify_chains()
    yield _verify_roots()


def _verify_chains() -> Finding:
    """Every chain from its first event on: no change, no gap, no cut tail."""
    finding = Finding(gettext_noop("every chain of events verifies"))
    for kind, heads_of, events_of in (
        (
            "inquiry",
            "select id, reference, event_count, event_hash from inquiries_inquiry where id > %s order by id limit %s",
            """
            select inquiry_id, seq, code, at, by_id, place_id, codes::text, hash from inquiries_event
            where inquiry_id between %s and %s order by inquiry_id, seq
            """,
        ),
        (
            "duty",
            "select id, 'duty ' || id, event_count, event_hash from inquiries_duty where id > %s order by id limit %s",
            """
            select duty_id, seq, code, at, by_id, place_id, codes::text, hash from inquiries_event
            where duty_id between %s and %s order by duty_id, seq
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
                cursor.execute(events_of, [heads[0][0], heads[-1][0]])
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


def write_daily_roots(*, now: datetime) -> int:
    """Every district has a root for each day that is over, the days missed too; gives how many were written.

    A day is over an hour after midnight in China, when every transaction begun in it has ended.
    """
    written = 0
    until = local_date(now - timedelta(hours=1))
    for district_id in (
        Place.objects.filter(kind=Place.Kind.DISTRICT).order_by("pk").values_list("pk", flat=True)
    ):
        last = DailyRoot.objects.filter(district=district_id).order_by("-on").first()
        if last is None:
            with connection.cursor() as cursor:
                cursor.execute("select min(at) from inquiries_event where district_id = %s", [district_id])
                first = (cursor.fetchone() or (None,))[0]
            if first is None:
                continue
            on, before = first.astimezone(SHANGHAI).date(), b""
        else:
            on, before = last.on + timedelta(days=1), bytes(last.root)
        while on < until:
            chains, root = root_of(district_id, on, before)
            DailyRoot.objects.create(district_id=district_id, on=on, chains=chains, root=root, made_at=now)
            written += 1
            before = root
            on += timedelta(days=1)
    return written


def _verify_roots() -> Finding:
    finding = Finding(gettext_noop("every daily root verifies"))
    before: dict[int, bytes] = {}
    expected_on: dict[int, date] = {}
    for root in DailyRoot.objects.order_by("district", "on").iterator():
        finding.checked += 1
        chains, digest = root_of(root.district_id, root.on, before.get(root.district_id, b""))
        gap = expected_on.get(root.district_id, root.on) != root.on
        if gap or chains != root.chains or digest != bytes(root.root):
            finding.add(f"{root.district_id} {root.on}")
        before[root.district_id] = bytes(root.root)
        expected_on[root.district_id] = root.on + timedelta(days=1)
    return finding
