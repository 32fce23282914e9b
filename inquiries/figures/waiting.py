"""What of the inquiries waits for a reader: the counts beside the entries of the menu."""

from __future__ import annotations

from bureaus.access import MAY, Act
from bureaus.figures import MANY, Part, Reader
from inquiries.access import DISTRICT_ROLES, WATCHERS
from inquiries.figures.desk import end_of_today, statement_owed
from inquiries.models.duty import DutyKind

DISPATCHED = (DutyKind.DISPATCH, DutyKind.DISPUTE, DutyKind.COORDINATE)
APPROVED = (DutyKind.APPROVAL, DutyKind.EXTENSION, DutyKind.CIRCULAR)
_LISTS = (
    ("dispatch", Act.DISPATCH, DISPATCHED),
    ("approvals", Act.APPROVE, APPROVED),
    ("callbacks", Act.CALL_BACK, (DutyKind.CALLBACK,)),
)
_DUTIES = "from inquiries_duty duty where duty.place_id = any(%s::bigint[]) and duty.done_at is null"
# By their policy the reader sees the inquiry of every duty that is not apart.
_SEEN = "and duty.inquiry_id is not null and not duty.apart"


def parts_of(reader: Reader) -> list[Part]:
    """Today: due today or overdue, as its list begins: what is one act is one. The lists a post has."""
    own = sorted({holding.post.place_id for holding in reader.held if holding.post.role not in WATCHERS})
    of_office = any(holding.post.role in DISTRICT_ROLES | WATCHERS for holding in reader.held)
    places = own if of_office else sorted(reader.seen.places)
    tonight = end_of_today(reader.now)
    owed, given = statement_owed(places, reader=reader.officer, due_until=tonight, most=MANY + 1)
    today = f"""
        select 'inquiry', owed.inquiry_id from ({owed}) owed
        union select case when duty.kind = 'dispatch' then 'inquiry' else 'duty' end,
            case when duty.kind = 'dispatch' then duty.inquiry_id else duty.id end
        {_DUTIES} and duty.kind <> 'sign_for' and duty.due_at <= %s
    """
    parts: list[Part] = [("today", today, [*given, places, tonight])]
    for name, act, kinds in _LISTS:
        at = sorted({holding.post.place_id for holding in reader.held if act in MAY[holding.post.role]})
        if at:
            parts.append(
                (name, f"select {_DUTIES} and duty.kind = any(%s::text[]) {_SEEN}", [at, [*map(str, kinds)]])
            )
    return parts
