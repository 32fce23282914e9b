"""After the answer: what the citizen says of it, a new round where it was no answer, and the file."""

from __future__ import annotations

from datetime import datetime

from bureaus.access import Act, Roll, holdings
from bureaus.models import Officer
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date
from inquiries import deadlines
from inquiries.models import Contact, Inquiry, Pen, Rating
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish, pass_pen
from inquiries.services.duties import close_duties
from inquiries.services.measuring import next_chase, rule_of
from inquiries.services.refusals import NeedsReason, NotAnswered, NotInThisState, SameSide
from inquiries.services.telling import tell_inquiry
from inquiries.states import State

FILED_AFTER_WORKING_DAYS = 10


def reopen_inquiry(
    inquiry_id: int, *, reason: str, by: Officer | None, now: datetime, seen: int | None = None
) -> Inquiry:
    """A new round of an answered inquiry is owed (重办). Its due stays what it was: nothing resets the clock.

    Chases count from one again and climb the ladder over the rule's time from now; a rider reopens alone.
    """
    inquiry = begin(inquiry_id, act=Act.REOPEN, by=by, now=now, seen=seen)
    if inquiry.answered_at is None:
        raise NotAnswered
    if not reason.strip():
        raise NeedsReason
    close_duties(inquiry, by=by, now=now, kinds=(DutyKind.CALLBACK,))
    inquiry.round += 1
    inquiry.state = State.ASSIGNED
    inquiry.answered_at = inquiry.outcome = inquiry.at_once = None
    inquiry.filed_at = None
    inquiry.merged_into = None
    inquiry.chase_number, inquiry.chase_step, inquiry.chase_level = 0, -1, ""
    inquiry.ladder_from_at = now
    inquiry.ladder_due_at = deadlines.due(
        now, rule_of(inquiry.rule), calendar_for(inquiry.district_id)
    ).due_at
    inquiry.next_chase_at = next_chase(inquiry, now=now)
    Contact.objects.create(
        inquiry=inquiry, round=inquiry.round, what=Contact.What.NOTE, text=reason.strip(), at=now, by=by
    )
    pass_pen(inquiry, Pen.Part.HANDLER, now=now)
    finish(
        inquiry,
        "reopened",
        by=by,
        now=now,
        changed=[
            "round",
            "state",
            "answered_at",
            "outcome",
            "at_once",
            "filed_at",
            "merged_into",
            "chase_number",
            "chase_step",
            "chase_level",
            "ladder_from_at",
            "ladder_due_at",
            "next_chase_at",
        ],
        round=inquiry.round,
    )
    roll = Roll(inquiry.district_id, now=now)
    tell_inquiry(
        inquiry,
        "reopened",
        roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id),
        now=now,
        alone=True,
    )
    return inquiry


def rate_answer(
    inquiry_id: int,
    *,
    source: str,
    reached: bool,
    satisfaction: str = "",
    solved: bool | None = None,
    contacted_in_time: bool | None = None,
    words: str = "",
    recording: str = "",
    by: Officer | None,
    now: datetime,
    seen: int | None = None,
) -> Rating:
    """What the citizen said of the answer stands; dissatisfied reopens the inquiry.

    `recording` is the number under which the telephone system keeps the call, of a call in vain too.

    Never asked by the answering bureau: SameSide. Silence is not satisfaction: an unreached citizen has no opinion.
    """
    inquiry = begin(inquiry_id, act=Act.CALL_BACK if by else None, by=by, now=now, seen=seen)
    if inquiry.answered_at is None:
        raise NotAnswered
    if source == Rating.Source.CALLBACK and by is not None and answers_there(by, inquiry, now=now):
        raise SameSide
    rating = Rating.objects.create(
        inquiry=inquiry,
        round=inquiry.round,
        source=source,
        reached=reached,
        contacted_in_time=contacted_in_time if reached else None,
        solved=solved if reached else None,
        satisfaction=satisfaction if reached else "",
        words=words,
        recording=recording.strip(),
        at=now,
        by=by,
    )
    if reached or Rating.objects.filter(inquiry=inquiry, round=inquiry.round, reached=False).count() >= 3:
        # Tried in vain, the citizen is called again, three times in all.
        close_duties(inquiry, by=by, now=now, kinds=(DutyKind.CALLBACK,))
    finish(
        inquiry,
        "rated",
        by=by,
        now=now,
        changed=[],
        source=source,
        satisfaction=rating.satisfaction,
        reached=reached,
        solved=rating.solved,
        contacted=rating.contacted_in_time,
    )
    if rating.satisfaction == Rating.Satisfaction.DISSATISFIED:
        reopen_inquiry(inquiry.pk, reason=words or "dissatisfied", by=by, now=now)
    return rating


def answers_there(by: Officer, inquiry: Inquiry, *, now: datetime) -> bool:
    """Whether the officer also holds a post in the bureau whose answer it is, the district's own answers apart."""
    own = {holding.post.place.bureau_id for holding in holdings(by, now=now)}
    return inquiry.holder.bureau_id in own and inquiry.holder_id != inquiry.district_id


def file_inquiry(inquiry_id: int, *, by: Officer | None, now: datetime, seen: int | None = None) -> Inquiry:
    """An answered inquiry is filed, after its rating or ten working days after the answer.

    Raises NotAnswered, NotInThisState before its time.
    """
    inquiry = begin(inquiry_id, act=Act.FILE, by=by, now=now, seen=seen)
    if inquiry.answered_at is None:
        raise NotAnswered
    if inquiry.state == State.FILED or (inquiry.merged_into_id and inquiry.answered_at is None):
        raise NotInThisState
    rated = Rating.objects.filter(inquiry=inquiry, round=inquiry.round, reached=True).exists()
    calendar = calendar_for(inquiry.district_id)
    if not rated and calendar.shift(local_date(inquiry.answered_at), FILED_AFTER_WORKING_DAYS) > local_date(
        now
    ):
        raise NotInThisState
    inquiry.state = State.FILED
    inquiry.filed_at = now
    finish(inquiry, "filed", by=by, now=now, changed=["state", "filed_at"])
    return inquiry
