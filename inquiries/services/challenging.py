"""What becomes of a disclosure application before those who judge it: entered as it comes, closed once."""

from __future__ import annotations

from datetime import date, datetime

from bureaus.access import Act
from bureaus.models import Officer
from bureaus.refusals import NotAChoice
from bureaus.workdays import local_date
from inquiries.models import Challenge, Inquiry
from inquiries.models.rules import Kind
from inquiries.services.acting import begin, finish
from inquiries.services.refusals import NeedsWords, NoOpenChallenge, NotAnApplication, NotThatDay

PENDING = Challenge.Result.PENDING


def log_challenge(
    inquiry_id: int,
    *,
    kind: str,
    body: str,
    received_on: date | None = None,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Challenge:
    """A reconsideration or a lawsuit about the application came in. A missing answer is challenged too: in any state.

    Raises NotAnApplication, NeedsWords, NotThatDay, NotAChoice, TooLong, NotPlainText.
    """
    inquiry = _begin(inquiry_id, by=by, now=now, seen=seen)
    received_on = received_on or local_date(now)
    if not body.strip():
        raise NeedsWords(field="body")
    if not (inquiry.received_on or local_date(inquiry.asked_at)) <= received_on <= local_date(now):
        raise NotThatDay(field="received_on")
    challenge = Challenge.objects.create(
        district_id=inquiry.district_id,
        inquiry=inquiry,
        kind=kind,
        body=body.strip(),
        received_on=received_on,
        entered_by=by,
        entered_at=now,
    )
    finish(inquiry, "challenged", by=by, now=now, changed=[], challenge=challenge.pk)
    return challenge


def close_challenge(
    inquiry_id: int,
    *,
    challenge_id: int,
    result: str,
    closed_on: date | None = None,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Challenge:
    """The case is closed with its result, once and for ever; or it was entered by mistake, and counts nowhere.

    Raises NotAnApplication, NoOpenChallenge, NotAChoice, NotThatDay.
    """
    inquiry = _begin(inquiry_id, by=by, now=now, seen=seen)
    challenge = (
        Challenge.objects.select_for_update().filter(inquiry=inquiry, pk=challenge_id, result=PENDING).first()
    )
    if challenge is None:
        raise NoOpenChallenge
    if result == PENDING or result not in Challenge.Result.values:
        raise NotAChoice(field="result")
    closed_on = closed_on or local_date(now)
    if not challenge.received_on <= closed_on <= local_date(now):
        raise NotThatDay(field="closed_on")
    challenge.result, challenge.closed_on = result, closed_on
    challenge.save(update_fields=["result", "closed_on"])
    finish(
        inquiry, "challenge_closed", by=by, now=now, changed=[], challenge=challenge.pk, result=str(result)
    )
    return challenge


def is_challenged(inquiry: Inquiry) -> bool:
    """Whether a case about it is not closed yet."""
    return inquiry.kind == Kind.DISCLOSURE and inquiry.challenges.filter(result=PENDING).exists()


def _begin(inquiry_id: int, *, by: Officer, now: datetime, seen: int | None) -> Inquiry:
    inquiry = begin(inquiry_id, act=Act.LOG_CHALLENGE, by=by, now=now, seen=seen)
    if inquiry.kind != Kind.DISCLOSURE:
        raise NotAnApplication
    return inquiry
