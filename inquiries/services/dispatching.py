"""Which place handles it: dispatched, returned, disputed, designated, and seen by those who must."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from bureaus.access import Act, Roll
from bureaus.models import Officer, Place, Post
from bureaus.services.calendar import calendar_for
from inquiries import deadlines
from inquiries.models import Event, Inquiry, Pen, Sight
from inquiries.models.duty import Duty, DutyKind
from inquiries.services.acting import begin, finish, give_back_pen, pass_pen, show_to
from inquiries.services.citizens import tell_citizen
from inquiries.services.duties import close_duties, finish_duty, lock_duty, open_duty, owe_source
from inquiries.services.measuring import next_chase, rule_of
from inquiries.services.recording import readers_at
from inquiries.services.refusals import (
    AboutThatOffice,
    Designated,
    MustDesignate,
    NeedsReason,
    NotInThisState,
    NowhereToGo,
    ReturnTooLate,
)
from inquiries.services.telling import tell_inquiry
from inquiries.states import OPEN, State

RETURNS_BEFORE_DESIGNATION = 3
# The acts by which a bureau gets an inquiry.
CAME_BY = ("recorded", "dispatched", "designated", "handed_over", "reopened")
SIGN_FOR_WORKING_DAYS = 1
# What was owed because that place held the matter, and means nothing once another does.
OF_THE_HOLDER = (
    DutyKind.DISPATCH,
    DutyKind.SIGN_FOR,
    DutyKind.HAND_OVER,
    DutyKind.DISPUTE,
    DutyKind.APPROVAL,
    DutyKind.CITIZEN_REPLY,
)


# What goes on wherever the matter lies: whoever holds it follows it up.
WITH_THE_MATTER = (DutyKind.CORRECTION, DutyKind.FEE, DutyKind.CONSULT)


def follow_holder(inquiry: Inquiry) -> None:
    """What is awaited of the applicant or of a third party is followed up by whoever holds the inquiry now."""
    Duty.objects.filter(inquiry=inquiry, kind__in=WITH_THE_MATTER, done_at=None).update(
        place=inquiry.holder, post=inquiry.post, version=F("version") + 1
    )


def check_place(inquiry: Inquiry, place: Place) -> None:
    """Raises NowhereToGo for another district or an abolished place, AboutThatOffice for the office that it, or what
    rides on it, is about."""
    if place.root_id != inquiry.district_id or place.abolished_on is not None:
        raise NowhereToGo
    if not inquiry.sealed or place.bureau_id == place.root_id:
        return
    together = Inquiry.objects.filter(Q(pk=inquiry.pk) | Q(merged_into=inquiry)).exclude(about_place=None)
    for one in together.select_related("about_place"):
        if one.about_place and one.about_place.bureau_id == place.bureau_id:
            raise AboutThatOffice


def check_post(post: Post | None, place: Place) -> None:
    """Raises NowhereToGo for a closed post, or one of another place."""
    if post is not None and (post.place_id != place.pk or post.closed_on is not None):
        raise NowhereToGo(field="post")


def let_see(
    inquiry: Inquiry, place: Place, reason: str, *, post: Post | None = None, now: datetime, roll: Roll
) -> None:
    """The place sees the inquiry and all that rides on it; of a sealed one its named readers there do.

    Whoever answers a lead answers its riders, so must see them.
    """
    readers = readers_at(place, roll, post_id=post.pk if post else None) if inquiry.sealed else set()
    for one in (inquiry, *Inquiry.objects.filter(merged_into=inquiry, answered_at=None)):
        for officer_id in readers:
            show_to(one, place, Sight.Reason.READS, now=now, officer=Officer(pk=officer_id))
        if not inquiry.sealed:
            show_to(one, place, reason if one is inquiry else Sight.Reason.LEADS, now=now)


def give_to(
    inquiry: Inquiry, place: Place, *, post: Post | None, by: Officer | None, now: datetime, roll: Roll
) -> list[str]:
    """A locked inquiry is with `place` from now on, to be signed for; gives the columns to save.

    The place before keeps its sight. A sealed inquiry is seen only by the named readers there.
    """
    Sight.objects.filter(inquiry=inquiry, reason=Sight.Reason.HOLDS).update(reason=Sight.Reason.HELD)
    let_see(inquiry, place, Sight.Reason.HOLDS, post=post, now=now, roll=roll)
    close_duties(inquiry, by=by, now=now, kinds=OF_THE_HOLDER)
    if inquiry.holder.bureau_id != place.bureau_id:
        close_duties(inquiry, by=by, now=now, kinds=(DutyKind.EXTENSION, DutyKind.COORDINATE))
    inquiry.holder = place
    inquiry.post = post
    follow_holder(inquiry)
    inquiry.state = State.ASSIGNED
    inquiry.next_chase_at = next_chase(inquiry, now=now)
    give_back_pen(inquiry, now=now)
    open_duty(
        kind=DutyKind.SIGN_FOR,
        place=place,
        post=post,
        due_at=deadlines.due(
            now, deadlines.Rule(SIGN_FOR_WORKING_DAYS), calendar_for(inquiry.district_id)
        ).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        roll=roll,
    )
    return ["holder", "post", "state", "next_chase_at"]


def dispatch_inquiry(
    inquiry_id: int,
    *,
    to: Place,
    post: Post | None = None,
    by: Officer,
    now: datetime,
    seen: int | None = None,
    designate: bool = False,
    reason: str = "",
) -> Inquiry:
    """An inquiry of the district's is with a bureau; the duty to dispatch is done. `designate` is final (指定承办).

    Received ones, and what the district answered itself and was reopened.
    Raises MustDesignate after the third return, NeedsReason for a designation without one, AboutThatOffice,
    NowhereToGo.
    """
    act = Act.DESIGNATE if designate else Act.DISPATCH
    inquiry = begin(inquiry_id, act=act, by=by, now=now, seen=seen, states=OPEN)
    if inquiry.state != State.RECEIVED and inquiry.holder_id != inquiry.district_id:
        raise NotInThisState
    check_place(inquiry, to)
    check_post(post, to)
    if to.kind == Place.Kind.DISTRICT:
        raise NowhereToGo
    if inquiry.returns >= RETURNS_BEFORE_DESIGNATION and not designate:
        raise MustDesignate
    if designate and not reason.strip():
        raise NeedsReason
    roll = Roll(inquiry.district_id, now=now)
    before = _came(inquiry)
    changed = give_to(inquiry, to, post=post, by=by, now=now, roll=roll)
    inquiry.designated = designate
    # Its first bureau is no news to the citizen; another one is.
    if before and before.place and before.place.bureau_id not in (inquiry.district_id, to.bureau_id):
        tell_citizen(inquiry, "handed_over", by=by, now=now)
    finish(
        inquiry,
        "designated" if designate else "dispatched",
        by=by,
        now=now,
        changed=[*changed, "designated"],
        place_id=to.pk,
    )
    return inquiry


def return_inquiry(
    inquiry_id: int,
    *,
    reason: str,
    by: Officer,
    now: datetime,
    seen: int | None = None,
    is_complex: bool = False,
) -> Inquiry:
    """“Not ours”: back with the dispatcher, who owes a dispatch; the clock runs on.

    Within the working days that its rule gives a return, one more when complex. Raises ReturnTooLate, Designated,
    NeedsReason.
    """
    inquiry = begin(
        inquiry_id,
        act=Act.RETURN,
        by=by,
        now=now,
        seen=seen,
        states=[State.ASSIGNED, State.IN_HAND, State.AWAITING_CITIZEN],
    )
    if inquiry.designated:
        raise Designated
    if inquiry.holder_id == inquiry.district_id:
        raise NotInThisState
    if not reason.strip():
        raise NeedsReason
    if now >= return_until(inquiry, is_complex=is_complex):
        raise ReturnTooLate
    return take_back(inquiry, reason=reason, by=by, now=now, code="returned")


def _came(inquiry: Inquiry) -> Event | None:
    """How it came to the bureau that has it, or had it last."""
    return (
        Event.objects.filter(inquiry=inquiry, code__in=CAME_BY)
        .select_related("place")
        .order_by("-seq")
        .first()
    )


def return_until(inquiry: Inquiry, *, is_complex: bool = False) -> datetime:
    """The instant from which a return is too late, counted from when the bureau got the inquiry.

    Passing it on inside the bureau, asking the citizen or a refused draft give no more time.
    """
    came = _came(inquiry)
    since = came.at if came else inquiry.recorded_at
    calendar = calendar_for(inquiry.district_id)
    return deadlines.return_due(since, rule_of(inquiry.rule), calendar, is_complex=is_complex).due_at


def take_back(
    inquiry: Inquiry, *, reason: str, by: Officer | None, now: datetime, code: str, counted: bool = True
) -> Inquiry:
    """A locked inquiry is with the district again, which owes a dispatch; a return where it is `counted` as one."""
    was = inquiry.holder
    district = Place.objects.get(pk=inquiry.district_id)
    roll = Roll(inquiry.district_id, now=now)
    Sight.objects.filter(inquiry=inquiry, reason=Sight.Reason.HOLDS).update(reason=Sight.Reason.HELD)
    if not inquiry.sealed:
        show_to(inquiry, district, Sight.Reason.HOLDS, now=now)
    close_duties(inquiry, by=by, now=now, kinds=(*OF_THE_HOLDER, DutyKind.EXTENSION, DutyKind.COORDINATE))
    inquiry.holder = district
    inquiry.post = None
    follow_holder(inquiry)
    inquiry.state = State.RECEIVED
    inquiry.returns += counted
    inquiry.next_chase_at = next_chase(inquiry, now=now)
    pass_pen(inquiry, Pen.Part.DISPATCHER, now=now)
    calendar = calendar_for(inquiry.district_id)
    open_duty(
        kind=DutyKind.DISPATCH,
        place=district,
        due_at=deadlines.dispatch_due(now, rule_of(inquiry.rule), inquiry.urgency, calendar).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=was,
        request=reason.strip(),
        roll=roll,
    )
    if counted:
        owe_source(inquiry, "return", number=inquiry.returns, place=district, by=by, now=now)
    finish(
        inquiry,
        code,
        by=by,
        now=now,
        changed=["holder", "post", "state", "returns", "next_chase_at"],
        place_id=was.pk,
        returns=inquiry.returns,
    )
    return inquiry


def dispute_dispatch(
    inquiry_id: int, *, reason: str, by: Officer, now: datetime, seen: int | None = None
) -> Duty:
    """The place contests the dispatch (派单异议); the district owes a decision, the inquiry's clock runs on."""
    inquiry = begin(
        inquiry_id, act=Act.DISPUTE, by=by, now=now, seen=seen, states=[State.ASSIGNED, State.IN_HAND]
    )
    if inquiry.designated:
        raise Designated
    if not reason.strip():
        raise NeedsReason
    if inquiry.holder_id == inquiry.district_id:
        raise NotInThisState
    district = Place.objects.get(pk=inquiry.district_id)
    duty = open_duty(
        kind=DutyKind.DISPUTE,
        place=district,
        due_at=deadlines.due(now, deadlines.Rule(1), calendar_for(inquiry.district_id)).due_at,
        now=now,
        by=by,
        inquiry=inquiry,
        asked_place=inquiry.holder,
        request=reason.strip(),
    )
    give_back_pen(inquiry, now=now)
    finish(inquiry, "disputed", by=by, now=now, changed=[], duty=duty.pk)
    return duty


def decide_dispute(
    inquiry_id: int, *, uphold: bool, reason: str, by: Officer, now: datetime, seen: int | None = None
) -> Inquiry:
    """The district decides: upheld, the inquiry is back to be dispatched; refused, the place is designated, finally."""
    inquiry = begin(inquiry_id, act=None, by=by, now=now, seen=seen, states=OPEN)
    waiting = Duty.objects.filter(inquiry=inquiry, kind=DutyKind.DISPUTE, done_at=None).first()
    if waiting is None:
        raise NotInThisState
    if not reason.strip():
        raise NeedsReason
    duty = lock_duty(waiting.pk, by=by, now=now, act=Act.DESIGNATE)
    finish_duty(duty, by=by, now=now, decision="upheld" if uphold else "refused", reply=reason.strip())
    if uphold:
        return take_back(inquiry, reason=reason, by=by, now=now, code="dispute_upheld")
    inquiry.designated = True
    give_back_pen(inquiry, now=now)
    finish(inquiry, "dispute_refused", by=by, now=now, changed=["designated"], duty=duty.pk)
    roll = Roll(inquiry.district_id, now=now)
    tell_inquiry(
        inquiry,
        "designated",
        roll.reach("handler", place_id=inquiry.holder_id, post_id=inquiry.post_id),
        now=now,
        alone=True,
    )
    return inquiry
