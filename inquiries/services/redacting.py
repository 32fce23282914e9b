"""What a place is shown of a sealed matter: words that a named reader wrote for it, and nothing else."""

from __future__ import annotations

import re
from datetime import datetime

from bureaus.access import Act, Roll
from bureaus.models import Officer, Place
from bureaus.models.fields import decrypt
from inquiries.models import Duty, Inquiry, Pen
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish, pass_pen
from inquiries.services.dispatching import check_place
from inquiries.services.duties import check_by_when, close_duties, open_duty
from inquiries.services.refusals import NeedsWords, NotSealed, NowhereToGo, StillNames
from inquiries.services.telling import below_the_district
from inquiries.states import OPEN, State


def check_redacted(inquiry: Inquiry, to: Place, text: str, *, now: datetime, field: str = "text") -> None:
    """Raises NowhereToGo where nobody below the district's office could take the copy, StillNames where it holds what
    the citizen left with us.

    Spaces and dashes hide no number. What else could name her, only the reader who writes it can tell.
    """
    roll = Roll(inquiry.district_id, now=now)
    if to.kind == Place.Kind.DISTRICT or not below_the_district(
        roll.reach("handler", place_id=to.pk), roll, to.pk
    ):
        raise NowhereToGo
    citizen = inquiry.citizen
    if citizen is None or citizen.key is None or citizen.key.destroyed_at is not None:
        return
    words = _bare(text)
    for name in ("name", "phone", "email", "address", "identity_number"):
        token = getattr(citizen, name)
        left = _bare(decrypt(token, citizen.key)).removeprefix("86") if token else ""
        # A surname alone stands in too many words.
        if len(left) > 1 and left in words:
            raise StillNames(field=field)


def _bare(text: str) -> str:
    return re.sub(r"[\s+\-—–()（）]", "", text).casefold()


def send_copy(
    inquiry_id: int,
    *,
    to: Place,
    text: str,
    due_at: datetime,
    by: Officer,
    now: datetime,
    seen: int | None = None,
) -> Duty:
    """A place investigates a sealed matter by a redacted copy (摘要件) and owes its findings by a time.

    The place sees the copy and nothing else: no question, citizen, file, history or reference. Never the office
    concerned: AboutThatOffice. The named readers go on owing the answer; what waited to be dispatched stays with the
    district. Raises NotSealed, NotSealedReader, NowhereToGo, NeedsWords, StillNames, DayPassed, TooFarAhead,
    DutyOpenAlready.
    """
    inquiry = begin(inquiry_id, act=Act.ASSIST, by=by, now=now, seen=seen, states=OPEN)
    if not inquiry.sealed:
        raise NotSealed
    if not text.strip():
        raise NeedsWords(field="text")
    check_by_when(due_at, now=now)
    check_place(inquiry, to)
    check_redacted(inquiry, to, text, now=now)
    duty = open_duty(
        kind=DutyKind.INVESTIGATE,
        place=to,
        due_at=due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=inquiry.holder,
        request=text.strip(),
        apart=True,
    )
    inquiry.redacted = text.strip()
    if inquiry.state == State.RECEIVED and close_duties(inquiry, by=by, now=now, kinds=(DutyKind.DISPATCH,)):
        pass_pen(inquiry, Pen.Part.HANDLER, now=now)
    finish(inquiry, "copy_sent", by=by, now=now, changed=["redacted"], place_id=to.pk, duty=duty.pk)
    return duty
