"""How an inquiry goes: recorded, dispatched, signed for, answered at once, in time, late or not yet; and after."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from bureaus.workdays import SHANGHAI, local_date
from inquiries import deadlines
from inquiries.models import Duty, Inquiry
from inquiries.services.calling import ATTEMPTS
from inquiries.services.calling_back import CALLBACK_WORKING_DAYS
from inquiries.services.closing import FILED_AFTER_WORKING_DAYS
from inquiries.services.dispatching import SIGN_FOR_WORKING_DAYS
from inquiries.services.loading import draws
from inquiries.services.loading.course import Course, NotYet, officer_of
from inquiries.services.loading.district import Bureau, Hand
from inquiries.services.measuring import due_of
from inquiries.states import GROUNDS_OF, NEED_GROUND, NEED_HEADS_APPROVAL, NEED_OUTSIDE_APPROVAL, UNSOLVED

# Citizens who left a telephone by the way they came; the others are not called back.
LEFT_TELEPHONE = frozenset({"hotline", "city_12345", "desk", "visit", "handed_down"})
RETURNED, CONTACTED, ASKED_AGAIN, EXTENDED, LATE, LOST = 0.04, 0.25, 0.02, 0.06, 0.07, 0.01
REACHED, RATED_THEMSELVES, NOBODY_CALLED = 0.85, 0.05, 0.05
MINUTE = timedelta(minutes=1)


def tell(course: Course, rng: Random, bureau: Bureau, *, at_once: bool = False) -> None:
    """The inquiry lives as far as it has come by now; `course` writes it. Answered at once by chance, or if so told."""
    inquiry = course.inquiry
    handler = rng.choice(bureau.handlers)
    try:
        if inquiry.holder_id == bureau.place_id:
            inquiry.post_id = handler.post_id
            _begin(course, handler, "handler")
            chance = 1 if at_once else draws.AT_ONCE.get(inquiry.kind, 0)
            if _may_be_at_once(inquiry) and rng.random() < chance:
                _answer(course, rng, handler, at=inquiry.recorded_at, at_once=True)
                _file(course)
                return
        else:
            _begin(course, rng.choice(course.stage.clerks), "dispatcher")
            _dispatch(course, rng, bureau, handler)
        _work(course, rng, handler)
    except NotYet:
        return
    finally:
        course.write()


def _may_be_at_once(inquiry: Inquiry) -> bool:
    # Entered with its answer, it is answered when it was asked.
    return inquiry.channel in ("desk", "hotline", "visit") and inquiry.recorded_at == inquiry.asked_at


def _begin(course: Course, by: Hand, part: str) -> None:
    inquiry, at = course.inquiry, course.at
    inquiry.recorded_by_id = by.officer_id
    if inquiry.sealed:
        course.show(course.stage.district_id, "reads", at, officer_id=course.stage.director.officer_id)
        course.show(inquiry.recorded_place_id, "recorded", at, officer_id=by.officer_id)
        if part == "handler":
            _let_read(course, by, at)
    else:
        course.show(inquiry.holder_id, "holds", at)
    course.plan(inquiry, at)
    course.note("recorded", at, by=by, kind=inquiry.kind, urgency=inquiry.urgency)
    course.pass_pen(part, at)


def _let_read(course: Course, handler: Hand, at: datetime) -> None:
    place_id = course.inquiry.holder_id
    for officer_id in (course.stage.head_of(place_id).officer_id, handler.officer_id):
        course.show(place_id, "reads", at, officer_id=officer_id)


def _dispatch(course: Course, rng: Random, bureau: Bureau, handler: Hand) -> None:
    """Dispatched by the district's desk, which is manned round the clock; now and then to the wrong bureau first."""
    stage, inquiry = course.stage, course.inquiry
    clerk = rng.choice(stage.clerks)
    duty = _owe_dispatch(course, by=clerk)
    other = rng.choice(stage.bureaus)
    if not inquiry.sealed and other is not bureau and rng.random() < RETURNED:
        course.until(course.at + rng.randint(5, 25) * MINUTE)
        wrong = rng.choice(other.handlers)
        sign = _give(course, other, wrong, clerk, [duty])
        course.until(course.at + rng.randint(20, 200) * MINUTE)
        course.settle(sign, course.at, by=wrong)
        _show_instead(course, other.place_id, stage.district_id)
        inquiry.holder_id, inquiry.post_id, inquiry.state = stage.district_id, None, "received"
        inquiry.returns += 1
        course.plan(inquiry, course.at)
        course.pass_pen("dispatcher", course.at)
        duty = _owe_dispatch(course, by=wrong, asked_place_id=other.place_id)
        course.act("returned", course.at, by=wrong, place_id=other.place_id, returns=inquiry.returns)
    course.until(course.at + rng.randint(3, 25 if inquiry.urgency != "ordinary" else 120) * MINUTE)
    sign = _give(course, bureau, handler, clerk, [duty])
    signs_at = course.at + rng.randint(5, 90) * MINUTE
    if inquiry.urgency == "ordinary":
        signs_at = max(signs_at, stage.calendar.next_office_instant(course.at) + rng.randint(0, 90) * MINUTE)
    course.until(signs_at)
    course.settle(sign, course.at, by=handler)
    inquiry.state = "in_hand"
    course.act("signed_for", course.at, by=handler)


def _owe_dispatch(course: Course, *, by: Hand, asked_place_id: int | None = None) -> Duty:
    stage, inquiry = course.stage, course.inquiry
    rule = stage.rules[(inquiry.kind, inquiry.urgency)][1]
    return course.open(
        "dispatch",
        at=course.at,
        by=by,
        place_id=stage.district_id,
        due_at=deadlines.dispatch_due(course.at, rule, inquiry.urgency, stage.calendar).due_at,
        asked_place_id=asked_place_id,
    )


def _show_instead(course: Course, before_id: int, after_id: int) -> None:
    if not course.inquiry.sealed:
        course.show(before_id, "held", course.at)
        course.show(after_id, "holds", course.at)


def _give(course: Course, bureau: Bureau, handler: Hand, clerk: Hand, done: list[Duty]) -> Duty:
    """As the services' `give_to` and `dispatch_inquiry`."""
    inquiry = course.inquiry
    _show_instead(course, inquiry.holder_id, bureau.place_id)
    for duty in done:
        course.settle(duty, course.at, by=clerk)
    inquiry.holder_id, inquiry.post_id, inquiry.state = bureau.place_id, handler.post_id, "assigned"
    if inquiry.sealed:
        _let_read(course, handler, course.at)
    course.plan(inquiry, course.at)
    course.pass_pen("handler", course.at)
    sign = course.open(
        "sign_for",
        at=course.at,
        by=clerk,
        place_id=bureau.place_id,
        post_id=handler.post_id,
        due_at=_working_days(course, course.at, SIGN_FOR_WORKING_DAYS),
    )
    course.act("dispatched", course.at, by=clerk)
    return sign


def _working_days(course: Course, at: datetime, days: int) -> datetime:
    return deadlines.due(at, deadlines.Rule(days), course.stage.calendar).due_at


def _work(course: Course, rng: Random, handler: Hand) -> None:
    """In hand until it is answered; what the citizen says of it; and once more where she is dissatisfied."""
    inquiry, calendar = course.inquiry, course.stage.calendar
    if inquiry.state == "assigned":
        course.until(calendar.next_office_instant(course.at) + rng.randint(5, 60) * MINUTE)
        inquiry.state = "in_hand"
        course.act("signed_for", course.at, by=handler)
    answered_at = _when_answered(course, rng)
    if rng.random() < CONTACTED:
        _say(course, rng, "contacted", "已电话联系", handler, before=answered_at)
    if rng.random() < EXTENDED and inquiry.urgency == "ordinary":
        answered_at = _extend(course, rng, handler, before=answered_at)
    if rng.random() < ASKED_AGAIN:
        _say(course, rng, "asked_again", "催问进度", rng.choice(course.stage.clerks), before=answered_at)
    course.until(max(answered_at, course.at + MINUTE))
    _answer(course, rng, handler, at=course.at)
    while _heard(course, rng):
        _reopen(course, rng)
        _answer(course, rng, handler, at=course.at)
    _file(course)


def _when_answered(course: Course, rng: Random) -> datetime:
    inquiry, calendar = course.inquiry, course.stage.calendar
    rule, chance = course.stage.rules[(inquiry.kind, inquiry.urgency)][1], rng.random()
    if rule.unit == "hours":
        hours = rule.amount * (rng.uniform(0.05, 0.95) if chance > LATE else rng.uniform(1, 4))
        return max(inquiry.asked_at + timedelta(hours=hours), course.at + MINUTE)
    if chance > LATE:
        days = int(rng.triangular(0, rule.amount, rule.amount * 0.7))
    elif chance > LOST:
        days = rule.amount + 1 + int(rng.expovariate(0.3))
    else:
        days = rule.amount + rng.randint(5, 60)
    on = calendar.shift(local_date(inquiry.asked_at), days)
    return max(draws.in_office(rng, on, calendar), course.at + rng.randint(10, 120) * MINUTE)


def _say(course: Course, rng: Random, what: str, text: str, by: Hand, *, before: datetime) -> None:
    """Something between now and the answer is on record; asked again, it counts."""
    at = course.at + (before - course.at) * rng.random() ** 2
    course.until(at)
    contact = course.fresh("contact")
    inquiry = course.inquiry
    course.writer.add(
        "inquiries_contact",
        contact,
        inquiry.pk,
        inquiry.round,
        what,
        text,
        at,
        by.officer_id,
        inquiry.holder_id,
    )
    if what == "asked_again":
        inquiry.asked_again += 1
        course.act(what, at, by=by)
        course.chase_again()
    else:
        course.act(what, at, by=by, contact=contact)


def _extend(course: Course, rng: Random, handler: Hand, *, before: datetime) -> datetime:
    """Asked for before the due and granted by the bureau's head within the hour; gives when it is answered then."""
    inquiry, stage = course.inquiry, course.stage
    rule = stage.rules[(inquiry.kind, inquiry.urgency)][1]
    latest = min(before, inquiry.due_at)
    at = course.at + (latest - course.at) * rng.uniform(0.3, 0.9)
    if not rule.extensions or at + timedelta(hours=2) >= latest:
        return before
    course.until(at)
    longer = deadlines.extended(due_of(inquiry), rule, stage.calendar)
    duty = course.open(
        "extension",
        at=at,
        by=handler,
        place_id=inquiry.holder_id,
        post_id=stage.head_of(inquiry.holder_id).post_id,
        due_at=min(_working_days(course, at, 1), inquiry.due_at),
        asked_place_id=inquiry.holder_id,
        terms={
            "days": rule.extension_amount,
            "due_at": longer.due_at.isoformat(),
            "as": f"{inquiry.kind}.{inquiry.urgency}",
        },
    )
    course.act("extension_asked", at, by=handler, duty=duty.pk, days=rule.extension_amount)
    course.until(at + rng.randint(10, 60) * MINUTE)
    head = stage.head_of(inquiry.holder_id)
    course.settle(duty, course.at, by=head, decision="granted")
    inquiry.due_on, inquiry.due_at, inquiry.due_provisional = longer.due_on, longer.due_at, longer.provisional
    inquiry.extensions += 1
    course.plan(inquiry, course.at)
    course.act("extended", course.at, by=head, duty=duty.pk, due_at=inquiry.due_at.isoformat())
    later = draws.in_office(
        rng, stage.calendar.shift(local_date(before), rng.randint(0, rule.extension_amount)), stage.calendar
    )
    return max(later, course.at + MINUTE)


def _answer(course: Course, rng: Random, handler: Hand, *, at: datetime, at_once: bool = False) -> None:
    """As the services' `log_answer`; what leaves the citizen without what was asked after an approval."""
    inquiry, stage, writer = course.inquiry, course.stage, course.writer
    wheel = draws.OUTCOMES_OF_DISCLOSURE if inquiry.kind == "disclosure" else draws.OUTCOMES
    outcome = "explained" if at_once else wheel.draw(rng)
    text = writer.answer_text()
    told_how = {"city_12345": "source", "handed_down": "source"}.get(inquiry.channel, "telephone")
    told_how = "in_person" if at_once and inquiry.channel != "hotline" else told_how
    promised_on = local_date(at) + timedelta(days=rng.randint(40, 160)) if outcome == "planned" else None
    ground = str(rng.choice(GROUNDS_OF[outcome])) if outcome in NEED_GROUND else ""
    approved_by = None
    if outcome in NEED_OUTSIDE_APPROVAL | NEED_HEADS_APPROVAL:
        approved_by = _approve(course, rng, handler, outcome, ground, text, told_how)
        at = course.at
    answer = course.fresh("answer")
    writer.add(
        "inquiries_answer",
        *(answer, inquiry.pk, inquiry.round, outcome, text, "", ground, at, handler.officer_id),
        *(inquiry.holder_id, inquiry.post_id, officer_of(approved_by), at_once, False, told_how, promised_on),
        *(inquiry.due_at, at),
    )
    course.pass_pen(None, at)
    inquiry.state, inquiry.answered_at, inquiry.next_chase_at = "answered", at, None
    inquiry.outcome, inquiry.at_once = outcome, at_once
    held = {"place_id": inquiry.holder_id, "post_id": inquiry.post_id}
    promise = relay = None
    if promised_on is not None:
        promise = course.open(
            "promise",
            at=at,
            by=handler,
            due_at=datetime.combine(promised_on + timedelta(days=1), datetime.min.time(), SHANGHAI),
            subject=str(inquiry.round),
            **held,
        )
    if inquiry.channel in ("city_12345", "handed_down"):
        due_at = _working_days(course, at, 1)
        relay = course.open(
            "relay", at=at, by=handler, due_at=due_at, subject=f"answer.{inquiry.round}", **held
        )
    if not at_once and outcome in UNSOLVED and not inquiry.sealed and inquiry.channel in LEFT_TELEPHONE:
        course.open(
            "callback",
            at=at,
            by=handler,
            place_id=stage.district_id,
            due_at=_working_days(course, at, CALLBACK_WORKING_DAYS),
            subject=str(inquiry.round),
        )
    course.act("answered", at, by=handler, outcome=outcome, answer=answer, at_once=at_once, lead=None)
    if relay is not None:
        course.until(at + rng.randint(2, 40) * MINUTE)
        course.settle(relay, course.at, by=handler, decision="done", reply="已回传")
        course.act("relay_done", course.at, by=handler, duty=relay.pk)
    if promise is not None:
        course.later(promise, promise.due_at - timedelta(hours=rng.randint(9, 60)), by=handler)


def _approve(
    course: Course, rng: Random, handler: Hand, outcome: str, ground: str, text: str, told_how: str
) -> Hand:
    """Drafted, and approved within two hours by the district's director or the bureau's head."""
    inquiry, stage, drafted_at = course.inquiry, course.stage, course.at
    outside = outcome in NEED_OUTSIDE_APPROVAL
    approver = stage.director if outside else stage.head_of(inquiry.holder_id)
    place_id = stage.district_id if outside else inquiry.holder_id
    duty = course.open(
        "approval",
        at=drafted_at,
        by=handler,
        place_id=place_id,
        post_id=None if outside else approver.post_id,
        due_at=_working_days(course, drafted_at, 1),
        asked_place_id=inquiry.holder_id,
    )
    course.pass_pen("approver", drafted_at, place_id=place_id)
    course.act("drafted", drafted_at, by=handler, outcome=outcome, duty=duty.pk)
    draft = (course.fresh("draft"), inquiry.pk, inquiry.round, outcome, text, "", ground, told_how, None)
    drafted = (*draft, handler.officer_id, drafted_at)
    try:
        course.until(drafted_at + rng.randint(5, 120) * MINUTE)
    except NotYet:
        course.writer.add("inquiries_draft", *drafted, None, None, None)
        raise
    course.writer.add("inquiries_draft", *drafted, approver.officer_id, course.at, True)
    course.settle(duty, course.at, by=approver, decision="approved")
    return approver


def _heard(course: Course, rng: Random) -> bool:
    """The citizen is called back, or rates by herself; whether she is dissatisfied."""
    inquiry, stage = course.inquiry, course.stage
    callback = course.owed("callback")
    if callback is None and (inquiry.sealed or rng.random() > RATED_THEMSELVES):
        return False
    by = rng.choice(stage.clerks) if callback else None
    source = "callback" if callback else "citizen"
    for attempt in range(1, ATTEMPTS + 1):
        on = stage.calendar.shift(local_date(course.at), 1 if callback else rng.randint(1, 5))
        course.until(max(draws.in_office(rng, on, stage.calendar), course.at + MINUTE))
        reached = callback is None or rng.random() < REACHED
        satisfaction = draws.SATISFACTIONS.draw(rng) if reached else ""
        solved = satisfaction != "dissatisfied" if reached else None
        contacted = rng.random() > NOBODY_CALLED if reached else None
        course.writer.add(
            "inquiries_rating",
            *(
                course.fresh("rating"),
                inquiry.pk,
                inquiry.round,
                source,
                reached,
                contacted,
                solved,
                satisfaction,
            ),
            *("", course.at, officer_of(by)),
        )
        if callback is not None and (reached or attempt == ATTEMPTS):
            course.settle(callback, course.at, by=by)
        said: dict[str, Any] = {
            "source": source,
            "satisfaction": satisfaction,
            "reached": reached,
            "solved": solved,
        }
        course.act("rated", course.at, by=by, **said, contacted=contacted)
        if reached:
            return satisfaction == "dissatisfied"
    return False


def _reopen(course: Course, rng: Random) -> None:
    """A new round, and the time it takes, within the rule's from now."""
    inquiry, stage, at = course.inquiry, course.stage, course.at
    rule = stage.rules[(inquiry.kind, inquiry.urgency)][1]
    inquiry.round += 1
    inquiry.state, inquiry.answered_at, inquiry.outcome, inquiry.at_once = "assigned", None, None, None
    inquiry.chase_number, inquiry.chase_step, inquiry.chase_level = 0, -1, ""
    inquiry.ladder_from_at, inquiry.ladder_due_at = at, deadlines.due(at, rule, stage.calendar).due_at
    course.plan(inquiry, at)
    course.writer.add(
        "inquiries_contact",
        course.fresh("contact"),
        inquiry.pk,
        inquiry.round,
        "note",
        "不满意",
        at,
        None,
        None,
    )
    course.pass_pen("handler", at)
    course.act("reopened", at, by=None, round=inquiry.round)
    course.until(at + (inquiry.ladder_due_at - at) * rng.uniform(0.1, 0.95))


def _file(course: Course) -> None:
    """Filed ten working days after the answer, by the clock."""
    inquiry, calendar = course.inquiry, course.stage.calendar
    if inquiry.answered_at is None:
        return
    on = calendar.shift(local_date(inquiry.answered_at), FILED_AFTER_WORKING_DAYS)
    course.until(max(calendar.opens_at(on), course.at))
    inquiry.state, inquiry.filed_at = "filed", course.at
    course.act("filed", course.at, by=None)
