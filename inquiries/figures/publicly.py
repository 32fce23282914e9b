"""The public list (通报): what the director signed for it and is still owed, by place, in numbers alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bureaus.workdays import local_date, midnight
from inquiries.figures.reading import run
from inquiries.ladder import PUBLIC_LIST
from inquiries.models.duty import DutyKind


@dataclass(frozen=True, slots=True)
class Listed:
    """Of one place: matters on the list that are overdue now, the day the oldest was due, and the matters answered this
    year after they had been on it.
    """

    place_id: int
    matters: int
    oldest_on: date | None
    answered: int


def publicly_listed(district_id: int, *, now: datetime) -> tuple[Listed, ...]:
    """By place, as far as the scope sees it; sealed matters are on no list. One statement.

    A circular is of one round: what was answered and reopened is on the list once it is signed for again, and what was
    extended is not overdue. Duties about a matter have no such step.
    """
    rows = run(
        """
        with signed as (
            select d.inquiry_id, d.done_at, split_part(d.subject, '.', 2)::bigint as round
            from inquiries_duty d
            where d.district_id = %(district)s and d.kind = %(kind)s and d.decision = 'signed'
                and starts_with(d.subject, %(step)s) and d.subject not like '%%.duty.%%'
        ), listed as (
            select distinct i.id, i.holder_id, i.due_on, i.answered_at
            from signed s join inquiries_inquiry i on i.id = s.inquiry_id
            where s.round = i.round and not i.sealed
                and ((i.answered_at is null and i.due_at <= %(now)s)
                    or (i.answered_at >= %(year)s and i.answered_at >= s.done_at))
        )
        select holder_id, count(*) filter (where answered_at is null), min(due_on) filter (where answered_at is null),
            count(answered_at)
        from listed where holder_id is not null group by 1 order by 1
        """,
        {
            "district": district_id,
            "kind": DutyKind.CIRCULAR.value,
            "step": f"{PUBLIC_LIST}.",
            "now": now,
            "year": midnight(local_date(now).replace(month=1, day=1)),
        },
    )
    return tuple(Listed(*row) for row in rows)
