"""The chase: every inquiry and duty whose time has come is pursued, once, set-wise, and goes on being pursued."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from bureaus.services.notices import NoticeRow, write_notices
from bureaus.services.setwise import array_literal, fresh_ids, insert_rows, pipelined, update_rows
from inquiries import deadlines
from inquiries import ladder as steps
from inquiries.models import Duty, Inquiry, SetAside
from inquiries.models.duty import DutyKind
from inquiries.services.history import chain_of, chased_as, link
from inquiries.services.measuring import next_chase, steps_of
from inquiries.services.planning import (
    BATCH,
    Districts,
    Planned,
    Target,
    claimable,
    named_readers,
    plan,
    reached,
    turns_of,
)
from inquiries.services.refusals import NobodyToChase

RETRY_AFTER = timedelta(minutes=5)
RETRY_AT_MOST = timedelta(days=1)
ACKNOWLEDGE_WORKING_DAYS = 1


@dataclass
class Swept:
    """What one batch did."""

    chased: int = 0
    looked: int = 0
    set_aside: int = 0


# What the engine reads of a target. Questions and replies stay where they are: a thousand of them may be long.
_READ = {
    Inquiry: (
        "district_id",
        "reference",
        "kind",
        "urgency",
        "channel",
        "topic_id",
        "sealed",
        "asked_at",
        "recorded_at",
        "due_on",
        "due_at",
        "due_provisional",
        "ladder_id",
        "ladder_from_at",
        "ladder_due_at",
        "holder_id",
        "post_id",
        "round",
        "next_chase_at",
        "chase_number",
        "chase_step",
        "chase_level",
        "event_count",
        "event_hash",
    ),
    Duty: (
        "district_id",
        "kind",
        "inquiry_id",
        "place_id",
        "post_id",
        "apart",
        "opened_at",
        "due_at",
        "ladder_id",
        "next_chase_at",
        "chase_number",
        "chase_step",
        "chase_level",
        "event_count",
        "event_hash",
    ),
}


def claim(model: type[Target], *, now: datetime, limit: int) -> list[Target]:
    """Up to `limit` targets whose chase has come, longest waiting first, locked; others' claims are skipped."""
    rows = claimable(model, now=now).only(*_READ[model]).select_for_update(skip_locked=True)
    return list(rows[:limit])


def write(planned: Sequence[Planned], *, now: datetime, districts: Districts) -> int:
    """Chases, events, notices, acknowledgements owed and next times stand, each in one statement; gives the chases.

    The rows are locked by the caller. Facts of one transaction: nothing is chased without being told, or the reverse.
    """
    if not planned:
        return 0
    chased = [item for item in planned if item.taken.step is not None]
    ids = fresh_ids("inquiries_chase", len(chased)) if chased else []
    with pipelined():
        _write(planned, chased, ids, now=now, districts=districts)
    return len(chased)


def _write(
    planned: Sequence[Planned],
    chased: Sequence[Planned],
    ids: list[int],
    *,
    now: datetime,
    districts: Districts,
) -> None:
    if chased:
        codes = _count_up(chased, ids, now=now)
        # A target counts only a chase that stands.
        _write_chases(chased, ids, now=now)
    # Then the targets: every other row written before makes the triggers of an update dearer.
    for model, table in ((Inquiry, "inquiries_inquiry"), (Duty, "inquiries_duty")):
        mine = [item for item in planned if isinstance(item.target, model)]
        if not mine:
            continue
        update_rows(
            table,
            {
                "id": ("bigint", [item.target.id for item in mine]),
                "next_chase_at": ("timestamptz", [item.taken.next_at for item in mine]),
                "chase_number": ("int", [item.target.chase_number for item in mine]),
                "chase_step": ("smallint", [item.target.chase_step for item in mine]),
                "chase_level": ("text", [item.target.chase_level for item in mine]),
                "event_count": ("int", [item.target.event_count for item in mine]),
                "event_hash": ("bytea", [bytes(item.target.event_hash) for item in mine]),
            },
        )
    if chased:
        _write_events(chased, codes, now=now)
        _write_notices(chased, ids, now=now)
        _write_acknowledgements(chased, now=now, districts=districts)


def _count_up(chased: Sequence[Planned], ids: list[int], *, now: datetime) -> list[str]:
    """Each target in memory as it is after its chase, its event linked; gives the codes of the events as JSON."""
    codes = []
    for item, chase_id in zip(chased, ids, strict=True):
        target, step = item.target, item.taken.step
        if step is None:
            continue
        told = {"chase": chase_id, "level": step.level, "number": item.number}
        # By hand like the link's own: a level is a plain word.
        codes.append(f'{{"chase":{chase_id},"level":"{step.level}","number":{item.number}}}')
        target.event_count += 1
        target.event_hash = link(
            chain=chain_of(target),
            seq=target.event_count,
            code="chased",
            at=now,
            by_id=None,
            place_id=_holder(target),
            codes=told,
            before=bytes(target.event_hash),
        )
        target.chase_number += 1
        if not item.taken.repeated:
            target.chase_step = item.taken.last_step_index
        if steps.RANK[step.level] >= steps.RANK.get(target.chase_level or "digest", 0):  # type: ignore[call-overload]
            target.chase_level = step.level
    return codes


def _write_chases(chased: Sequence[Planned], ids: list[int], *, now: datetime) -> None:
    targets = [item.target for item in chased]
    insert_rows(
        "inquiries_chase",
        {
            "id": ("bigint", ids),
            "district_id": ("bigint", [t.district_id for t in targets]),
            "inquiry_id": ("bigint", [t.id if isinstance(t, Inquiry) else None for t in targets]),
            "duty_id": ("bigint", [t.id if isinstance(t, Duty) else None for t in targets]),
            "round": ("smallint", [t.round if isinstance(t, Inquiry) else 1 for t in targets]),
            "number": ("int", [t.chase_number for t in targets]),
            "level": ("text", [item.taken.step.level for item in chased if item.taken.step]),
            "step": (
                "smallint",
                [None if item.taken.repeated else item.taken.last_step_index for item in chased],
            ),
            "step_key": ("text", [item.taken.step.key for item in chased if item.taken.step]),
            "passed_over": (
                "jsonb",
                [
                    json.dumps([step.key for step in item.taken.passed_over])
                    if item.taken.passed_over
                    else "[]"
                    for item in chased
                ],
            ),
            "due_at": ("timestamptz", [t.next_chase_at for t in targets]),
            "next_at": ("timestamptz", [item.taken.next_at for item in chased]),
            "told": ("jsonb", [_told(item) for item in chased]),
        },
        same={"chased_at": ("timestamptz", now)},
    )


def _told(item: Planned) -> str:
    """Officer, post and whether by a copy, of each, as JSON put together by hand: there are no texts in it."""
    told = [
        f"[{who.officer_id},{'null' if who.post_id is None else who.post_id},{copy}]"
        for reached, copy in ((item.recipients, "false"), (item.copies, "true"))
        for who in reached
    ]
    return f"[{','.join(told)}]"


def _write_events(chased: Sequence[Planned], codes: list[str], *, now: datetime) -> None:
    targets = [item.target for item in chased]
    insert_rows(
        "inquiries_event",
        {
            "id": ("uuid", [uuid.uuid4() for _ in chased]),
            "district_id": ("bigint", [t.district_id for t in targets]),
            "inquiry_id": ("bigint", [t.id if isinstance(t, Inquiry) else None for t in targets]),
            "duty_id": ("bigint", [t.id if isinstance(t, Duty) else None for t in targets]),
            "seq": ("int", [t.event_count for t in targets]),
            **_counted(chased),
            "codes": ("jsonb", codes),
            "hash": ("bytea", [t.event_hash for t in targets]),
        },
        same={"code": ("text", "chased"), "at": ("timestamptz", now)},
    )


def _holder(target: Target) -> int:
    return target.holder_id if isinstance(target, Inquiry) else target.place_id


def _counted(chased: Sequence[Planned]) -> dict[str, tuple[str, list[object]]]:
    targets = [item.target for item in chased]
    return {
        "place_id": ("bigint", [_holder(t) for t in targets]),
        "kind": ("text", [t.kind if isinstance(t, Inquiry) else None for t in targets]),
        "urgency": ("text", [t.urgency if isinstance(t, Inquiry) else None for t in targets]),
        "channel": ("text", [t.channel if isinstance(t, Inquiry) else None for t in targets]),
        "topic_id": ("bigint", [t.topic_id if isinstance(t, Inquiry) else None for t in targets]),
        "counted": ("text", [chased_as(i.target, i.taken.step.level) for i in chased if i.taken.step]),
    }


def _write_notices(chased: Sequence[Planned], ids: list[int], *, now: datetime) -> None:
    about = Inquiry.objects.only("reference", "sealed").in_bulk(
        {
            item.target.inquiry_id
            for item in chased
            if isinstance(item.target, Duty) and item.target.inquiry_id and not item.target.apart
        }
    )
    rows = []
    for item, chase_id in zip(chased, ids, strict=True):
        target, step = item.target, item.taken.step
        if step is None:
            continue
        if isinstance(target, Inquiry):
            reference, url, kind = target.reference, f"/inquiries/{target.pk}/", "chase"
            critical, urgent, place_id = (
                target.urgency == "critical",
                target.urgency != "ordinary",
                # A sealed matter does not go to the addresses of a place, which others there read.
                None if target.sealed else target.holder_id,
            )
        else:
            inquiry_id = None if target.apart else target.inquiry_id
            inquiry = about.get(inquiry_id) if inquiry_id else None
            reference = inquiry.reference if inquiry else ""
            url = f"/inquiries/{inquiry_id}/" if inquiry_id else f"/duties/{target.pk}/"
            kind, critical, urgent = target.kind, False, False
            place_id = None if target.apart or (inquiry and inquiry.sealed) else target.place_id
        for copy, recipients in ((False, item.recipients), (True, item.copies)):
            for recipient in recipients:
                rows.append(
                    NoticeRow(
                        district_id=target.district_id,
                        recipient_id=recipient.officer_id,
                        cause_kind="chase",
                        cause_id=str(chase_id),
                        kind=kind,
                        # A line in the digest is no escalation.
                        level="" if step.level == "digest" else step.level,
                        reference=reference,
                        due_at=target.due_at,
                        url=url,
                        # Alone goes only a new level and what is critical; the rest waits for the digest.
                        alone=critical
                        or (not item.taken.repeated and step.level in ("urge", "supervise", "circular")),
                        urgent=urgent,
                        place_id=place_id,
                        copy=copy,
                        acting=recipient.acting,
                    )
                )
    write_notices(rows=rows, now=now)


def _write_acknowledgements(chased: Sequence[Planned], *, now: datetime, districts: Districts) -> None:
    owing = [
        item
        for item in chased
        if item.taken.step is not None
        and item.taken.step.acknowledge
        and not item.taken.repeated
        and (isinstance(item.target, Inquiry) or item.target.kind != DutyKind.ACKNOWLEDGE)
    ]
    owed: list[Owed] = []
    for item in owing:
        target, step = item.target, item.taken.step
        if step is None or (isinstance(target, Duty) and target.inquiry_id is None):
            continue
        circular = step.level == "circular"
        holder_id = target.holder_id if isinstance(target, Inquiry) else target.place_id
        owed.append(
            Owed(
                district_id=target.district_id,
                kind=DutyKind.CIRCULAR if circular else DutyKind.ACKNOWLEDGE,
                inquiry_id=target.pk if isinstance(target, Inquiry) else target.inquiry_id,
                # Numbers begin anew each round, while what an earlier one owes may still be open.
                subject=f"{step.key}.{target.round}.{target.chase_number}"
                if isinstance(target, Inquiry)
                else f"{step.key}.{target.chase_number}.duty.{target.pk}.{target.kind}",
                place_id=target.district_id if circular else holder_id,
                post_id=item.recipients[0].post_id,
                apart=isinstance(target, Duty) and target.apart,
            )
        )
    if not owed:
        return
    # Owed from now on by the same calendar and ladder: within a district all are due, and chased next, at once.
    first = {
        district_id: _first_of(district_id, now, districts) for district_id in {o.district_id for o in owed}
    }
    insert_rows(
        "inquiries_duty",
        {
            "district_id": ("bigint", [row.district_id for row in owed]),
            "kind": ("text", [row.kind.value for row in owed]),
            "inquiry_id": ("bigint", [row.inquiry_id for row in owed]),
            "subject": ("text", [row.subject for row in owed]),
            "place_id": ("bigint", [row.place_id for row in owed]),
            "post_id": ("bigint", [row.post_id for row in owed]),
            "apart": ("bool", [row.apart for row in owed]),
            "due_at": ("timestamptz", [first[row.district_id].due_at for row in owed]),
            "calendar_version_id": ("bigint", [first[row.district_id].calendar_version_id for row in owed]),
            "ladder_id": ("bigint", [first[row.district_id].ladder_id for row in owed]),
            "next_chase_at": ("timestamptz", [first[row.district_id].next_chase_at for row in owed]),
        },
        same={
            "opened_at": ("timestamptz", now),
            "request": ("text", ""),
            "terms": ("jsonb", "{}"),
            "decision": ("text", ""),
            "reply": ("text", ""),
            "version": ("int", 1),
            "chase_number": ("int", 0),
            "chase_step": ("smallint", -1),
            "chase_level": ("text", ""),
            "event_count": ("int", 0),
            "event_hash": ("bytea", b""),
        },
    )


@dataclass(frozen=True)
class Owed:
    """An acknowledgement or a decision that a chase makes owed."""

    district_id: int
    kind: DutyKind
    inquiry_id: int | None
    subject: str
    place_id: int
    post_id: int | None
    apart: bool


def _first_of(district_id: int, now: datetime, districts: Districts) -> Duty:
    calendar = districts.calendar(district_id)
    duty = Duty(
        district_id=district_id,
        opened_at=now,
        due_at=deadlines.due(now, deadlines.Rule(ACKNOWLEDGE_WORKING_DAYS), calendar).due_at,
        calendar_version_id=calendar.version,
        ladder=districts.duty_ladder(district_id),
    )
    duty.next_chase_at = next_chase(duty, now=now, calendar=calendar)
    return duty


def chase_batch(model: type[Target], *, now: datetime, limit: int = BATCH) -> Swept:
    """One batch of what is due is chased; what cannot be is set aside with its error. Zero means nothing is due.

    1. Claims rows with SKIP LOCKED, so any number of sweeps may run. 2. Plans and writes all of them set-wise, in
    the same savepoint: a row locked outside it and written inside costs twice, because PostgreSQL must then note two
    holders of the row. 3. Where that fails, claims anew and takes each row alone: one bad row is set aside, retried
    later, and stops nobody.
    """
    try:
        with transaction.atomic():
            targets = claim(model, now=now, limit=limit)
            chased = _pursue(targets, now=now)
        return Swept(chased=chased, looked=len(targets) - chased)
    except Exception:
        return _one_by_one(claim(model, now=now, limit=limit), now=now)


def _one_by_one(targets: Sequence[Target], *, now: datetime) -> Swept:
    swept = Swept()
    for target in targets:
        try:
            with transaction.atomic():
                done = _pursue([target], now=now)
        except Exception as failure:
            set_aside(target, failure, now=now)
            swept.set_aside += 1
        else:
            swept.chased += done
            swept.looked += 1 - done
    return swept


def _pursue(targets: Sequence[Target], *, now: datetime) -> int:
    if not targets:
        return 0
    districts = Districts(now=now)
    chased = write(plan(targets, now=now, districts=districts), now=now, districts=districts)
    with connection.cursor() as cursor:
        for model, freed in _FREED.items():
            if isinstance(targets[0], model):
                cursor.execute(freed, [array_literal("bigint", [target.pk for target in targets])])
        # A broken reference must show here, where it can be set aside, and not at the commit of the batch.
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")
    return chased


_FREED = {
    Inquiry: "delete from inquiries_setaside where inquiry_id = any(%s::bigint[])",
    Duty: "delete from inquiries_setaside where duty_id = any(%s::bigint[])",
}


def set_aside(target: Target, failure: Exception, *, now: datetime) -> None:
    """The row waits with its error, longer each time, while the rest goes on."""
    field = "inquiry" if isinstance(target, Inquiry) else "duty"
    row, fresh = SetAside.objects.get_or_create(
        **{field: target},
        defaults={"error": repr(failure)[:2000], "since": now, "retry_at": now + RETRY_AFTER},
    )
    if not fresh:
        row.tries += 1
        row.error = repr(failure)[:2000]
        row.retry_at = now + min(RETRY_AFTER * 2**row.tries, RETRY_AT_MOST)
        row.save(update_fields=["tries", "error", "retry_at"])


def chase_again(inquiry: Inquiry, *, now: datetime) -> None:
    """The locked inquiry is chased now, at the level it has reached, because the citizen asked again (催单)."""
    districts = Districts(now=now)
    ladder = steps_of(inquiry.ladder_id)
    last = ladder.steps[max(inquiry.chase_step, 0)]
    step = steps.Step("asked_again", last.level, last.anchor, last.recipients, last.copies)
    named = named_readers([inquiry.pk]).get(inquiry.pk) if inquiry.sealed else None
    roll, turn = districts.roll(inquiry.district_id), turns_of([inquiry]).get(inquiry, 0)
    to = reached(roll, step.recipients, inquiry.holder_id, inquiry, named, turn=turn)
    if not to:
        raise NobodyToChase
    taken = steps.Taken(step, (), next_chase(inquiry, now=now), inquiry.chase_step, repeated=True)
    write([Planned(inquiry, taken, to)], now=now, districts=districts)
    inquiry.next_chase_at = taken.next_at
