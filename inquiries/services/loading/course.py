"""One inquiry on its way: what the services would have written, as lines to be copied."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from bureaus.workdays import local_date
from inquiries import ladder as steps
from inquiries.models import Duty, Inquiry
from inquiries.services.acting import RANK
from inquiries.services.history import body_of, chain_of, chased_as, frozen
from inquiries.services.loading.district import Hand, Stage
from inquiries.services.loading.lines import NULL, codes_text, instant_text
from inquiries.services.loading.story import LEFT, TERMS, Story
from inquiries.services.loading.tables import COLUMNS
from inquiries.services.measuring import rungs_of
from inquiries.services.planning import reached

# The sweep comes a moment after the instant.
SWEEP = timedelta(seconds=7)
ACKNOWLEDGED_WITHIN = timedelta(hours=1)
# Officers have read what they were told before this.
READ_AFTER, READ_WITHIN = timedelta(days=2), timedelta(hours=3)

Target = Inquiry | Duty
Climb = tuple[tuple[steps.Rung, ...], steps.Repeat]
# What an event counts for: measures, times, working minutes.
Counted = tuple[str | None, str | None, int | None]


class NotYet(Exception):
    """The next act lies in the future: the story goes no further."""


class Course:
    """One inquiry, its chain, its duties, who sees it and whose move it is."""

    def __init__(
        self,
        stage: Stage,
        writer: Story,
        inquiry: Inquiry,
        climbs: dict[object, Climb],
    ) -> None:
        self.stage, self.writer, self.inquiry = stage, writer, inquiry
        self.at = inquiry.recorded_at
        self._climbs = climbs
        self._about = f"{inquiry.kind}\t{inquiry.urgency}\t{inquiry.channel}\t{inquiry.topic_id}"
        self._pen: tuple[str, int, int | None, datetime] | None = None
        self._sights: dict[tuple[int, int | None], tuple[str, datetime]] = {}
        self._duties: list[Duty] = []
        self._later: list[tuple[Duty, datetime, Hand]] = []

    def fresh(self, what: str) -> int:
        """The next id of its sort in this story. Raises OverflowError past the end of an inquiry's block."""
        return self.writer.next_id(what)

    # Time and chases

    def until(self, at: datetime) -> None:
        """It is `at`; what is owed was chased meanwhile. Raises NotYet."""
        if at >= self.stage.now:
            raise NotYet
        self.chase(self.inquiry, until=at)
        self.at = at

    def plan(self, target: Target, now: datetime) -> None:
        """The target is chased next as it would be if nothing more happened."""
        rungs, repeat = self.climb(target)
        target.next_chase_at = steps.first_at(rungs, repeat, now, target.chase_step)

    def climb(self, target: Target) -> Climb:
        """The steps ahead of the target; the same for all that began on one day and are due at one instant."""
        calendar, begun = self.stage.calendar, _begun(target)
        meant = target.urgency if isinstance(target, Inquiry) else "duty"
        ladder = self.stage.ladders[meant][1]
        if (isinstance(target, Inquiry) and target.ladder_from_at is not None) or meant == "critical":
            return rungs_of(target, calendar, ladder=ladder)
        asked_on = local_date(target.asked_at) if isinstance(target, Inquiry) else None
        on = local_date(begun)
        key = (meant, asked_on, on, begun >= calendar.opens_at(on), target.due_at)
        known = self._climbs.get(key)
        if known is None:
            known = self._climbs[key] = rungs_of(target, calendar, ladder=ladder)
        return known

    def chase(self, target: Target, *, until: datetime) -> None:
        """Every chase of the target whose instant lies before `until` stands, as the sweep would have written it."""
        while target.next_chase_at is not None and (now := target.next_chase_at + SWEEP) < until:
            rungs, repeat = self.climb(target)
            taken = steps.take(rungs, repeat, now, target.chase_step)
            if taken.step is not None:
                self._chased(target, taken, taken.step, now=now, until=until)
            target.next_chase_at = taken.next_at

    def chase_again(self) -> None:
        """The citizen asked again: chased at once, at the level it has reached."""
        inquiry = self.inquiry
        climbed = self.stage.ladders[inquiry.urgency][1].steps
        last = climbed[max(inquiry.chase_step, 0)]
        step = steps.Step("asked_again", last.level, last.anchor, last.recipients, last.copies)
        rungs, repeat = self.climb(inquiry)
        next_at = steps.first_at(rungs, repeat, self.at, inquiry.chase_step)
        taken = steps.Taken(step, (), next_at, inquiry.chase_step, repeated=True)
        self._chased(inquiry, taken, step, now=self.at, until=self.at)
        inquiry.next_chase_at = next_at

    def _chased(
        self, target: Target, taken: steps.Taken, step: steps.Step, *, now: datetime, until: datetime
    ) -> None:
        stage, add, about = self.stage, self.writer.add, self.inquiry
        duty = target if isinstance(target, Duty) else None
        place_id = duty.place_id if duty else about.holder_id
        named = {officer for _place, officer in self._sights if officer} if about.sealed else None
        to = reached(stage.roll, step.recipients, place_id, target, named)
        told = {recipient.officer_id for recipient in to}
        found = reached(stage.roll, step.copies, place_id, target, named) if step.copies else ()
        everybody = [(r, False) for r in to] + [(r, True) for r in found if r.officer_id not in told]
        number, was_due = self.fresh("chase"), target.next_chase_at
        target.chase_number += 1
        if not taken.repeated:
            target.chase_step = taken.last_step_index
        if steps.RANK[step.level] >= steps.RANK.get(target.chase_level or "digest", 0):  # type: ignore[call-overload]
            target.chase_level = step.level
        codes = {"chase": number, "level": step.level, "number": target.chase_number}
        self._link(target, "chased", now, None, place_id, codes, (chased_as(target, step.level), None, None))
        add(
            "inquiries_chase",
            *(
                number,
                stage.district_id,
                None if duty else about.pk,
                duty and duty.pk,
                1 if duty else about.round,
            ),
            *(target.chase_number, step.level, None if taken.repeated else taken.last_step_index, step.key),
            *([over.key for over in taken.passed_over], was_due, now, taken.next_at),
            [[recipient.officer_id, recipient.post_id, copied] for recipient, copied in everybody],
        )
        climbed = not taken.repeated and step.level in ("urge", "supervise", "circular")
        for recipient, copied in everybody:
            add(
                "bureaus_notice",
                *(
                    self.writer.fresh(),
                    stage.district_id,
                    recipient.officer_id,
                    None if about.sealed else place_id,
                ),
                *(
                    "chase",
                    number,
                    duty.kind if duty else "chase",
                    "" if step.level == "digest" else step.level,
                ),
                *(about.reference, target.due_at, f"/inquiries/{about.pk}/"),
                climbed or (duty is None and about.urgency == "critical"),
                *(duty is None and about.urgency != "ordinary", copied, recipient.acting, now),
                now + READ_WITHIN if now + READ_AFTER < stage.now else None,
            )
        if step.acknowledge and not taken.repeated and duty is None:
            self._acknowledge(step, to[0].post_id, now=now, done_at=min(now + ACKNOWLEDGED_WITHIN, until))

    def _acknowledge(
        self, step: steps.Step, post_id: int | None, *, now: datetime, done_at: datetime
    ) -> None:
        """Acknowledged, or signed by the director, before anything else happens."""
        inquiry, circular = self.inquiry, step.level == "circular"
        duty = self.owe(
            "circular" if circular else "acknowledge",
            place_id=self.stage.district_id if circular else inquiry.holder_id,
            post_id=post_id,
            due_at=now + timedelta(days=1),
            at=now,
            subject=f"{step.key}.{inquiry.round}.{inquiry.chase_number}",
        )
        doer = self.stage.director if circular else self.stage.head_of(inquiry.holder_id)
        self.settle(duty, done_at, by=doer, decision="signed" if circular else "done", reply="已阅")
        self.act(f"{duty.kind}_done", done_at, by=doer, place_id=duty.place_id, duty=duty.pk)

    # History

    def _link(
        self,
        target: Target,
        code: str,
        at: datetime,
        by: int | None,
        place_id: int,
        codes: dict[str, Any],
        counted: Counted,
    ) -> None:
        target.event_count += 1
        chain, instant, said = chain_of(target), instant_text(at), codes_text(codes)
        body = body_of(
            chain=chain,
            seq=target.event_count,
            code=code,
            instant=instant,
            by_id=by,
            place_id=place_id,
            codes=said,
        )
        digest = self.writer.link(chain, body)
        own = isinstance(target, Inquiry)
        self.writer.add(
            "inquiries_event",
            *(
                self.writer.fresh(),
                self.stage.district_id,
                target.pk if own else None,
                None if own else target.pk,
            ),
            *(target.event_count, code, instant, by, place_id, said, digest),
            *(self._about if own else _ABOUT_NOTHING, *counted),
        )

    def note(
        self, code: str, at: datetime, *, by: Hand | None, place_id: int | None = None, **codes: Any
    ) -> None:
        """The event stands at the end of the inquiry's chain, with what it counts for."""
        inquiry = self.inquiry
        words = frozen(inquiry, code, codes, now=at, calendar=self.stage.calendar)
        counted = (words["counted"], words["timed"], words["minutes"])
        self._link(inquiry, code, at, officer_of(by), place_id or inquiry.holder_id, codes, counted)

    def act(
        self, code: str, at: datetime, *, by: Hand | None, place_id: int | None = None, **codes: Any
    ) -> None:
        """As `note`, for an act that ends by a new version."""
        self.note(code, at, by=by, place_id=place_id, **codes)
        self.inquiry.version += 1

    # What is owed

    def owe(
        self,
        kind: str,
        *,
        place_id: int,
        due_at: datetime,
        at: datetime,
        post_id: int | None = None,
        by: Hand | None = None,
        subject: str = "",
        terms: dict[str, Any] | None = None,
        asked_place_id: int | None = None,
    ) -> Duty:
        """A duty hangs on the inquiry from now on."""
        duty = blank(_DUTY)
        duty.id, duty.kind, duty.subject = self.fresh("duty"), kind, subject
        duty.place_id, duty.post_id = place_id, post_id
        duty.asked_by_id, duty.asked_place_id = officer_of(by), asked_place_id
        duty.terms = terms or {}
        duty.opened_at, duty.due_at = at, due_at
        self._duties.append(duty)
        return duty

    def open(self, kind: str, *, at: datetime, by: Hand | None, **given: Any) -> Duty:
        """As `owe`, with its event in the inquiry's chain."""
        duty = self.owe(kind, at=at, by=by, **given)
        self.note(f"{kind}_opened", at, by=by, place_id=duty.place_id, duty=duty.pk)
        return duty

    def owed(self, kind: str) -> Duty | None:
        """The open duty of that kind, if there is one."""
        return next((duty for duty in self._duties if duty.kind == kind and duty.done_at is None), None)

    def settle(
        self, duty: Duty, at: datetime, *, by: Hand | None, decision: str = "settled", reply: str = ""
    ) -> None:
        """The duty is done, and was chased until then."""
        self._pursue(duty, at)
        duty.done_at, duty.done_by_id, duty.next_chase_at = at, officer_of(by), None
        duty.decision, duty.reply = decision, reply
        duty.version += 1

    def later(self, duty: Duty, at: datetime, *, by: Hand) -> None:
        """The duty will be done then, after all else, if that is not still to come."""
        self._later.append((duty, at, by))

    def _pursue(self, duty: Duty, until: datetime) -> None:
        # The shipped ladder of duties takes no step before the next working day opens, or before the due.
        if until > duty.due_at or local_date(until) > local_date(duty.opened_at):
            self.plan(duty, duty.opened_at)
            self.chase(duty, until=until)

    # Whose move it is, and who sees it

    def pass_pen(self, part: str | None, at: datetime, *, place_id: int | None = None) -> None:
        """The pen goes to another hand, or is laid down."""
        if self._pen is not None:
            minutes = self.stage.calendar.minutes_between(self._pen[3], at)
            self.writer.add("inquiries_pen", self.writer.fresh(), self.inquiry.pk, *self._pen, at, minutes)
        place, post = (place_id, None) if place_id else (self.inquiry.holder_id, self.inquiry.post_id)
        self._pen = (part, place, post, at) if part else None

    def show(self, place_id: int, reason: str, at: datetime, *, officer_id: int | None = None) -> None:
        """The place, or one named reader there, sees it from then on at the latest."""
        _reason, since = self._sights.get((place_id, officer_id), (reason, at))
        self._sights[(place_id, officer_id)] = (reason, since)

    def write(self) -> None:
        """The inquiry as it stands now, with all that hangs on it by one row each."""
        inquiry, stage, add, fresh = self.inquiry, self.stage, self.writer.add, self.writer.fresh
        self.chase(inquiry, until=stage.now)
        for duty, at, by in self._later:
            if (at := max(at, self.at)) < stage.now and inquiry.answered_at is not None:
                self.settle(duty, at, by=by, decision="done", reply="已落实")
                self.act(f"{duty.kind}_done", at, by=by, place_id=duty.place_id, duty=duty.pk)
        for duty in self._duties:
            if duty.done_at is None:
                self.plan(duty, duty.opened_at)
                self.chase(duty, until=stage.now)
            add(
                "inquiries_duty",
                *(
                    duty.id,
                    stage.district_id,
                    duty.kind,
                    inquiry.pk,
                    duty.subject,
                    duty.place_id,
                    duty.post_id,
                ),
                *(duty.asked_by_id, duty.asked_place_id, False, "", duty.terms, duty.opened_at, duty.due_at),
                *(
                    stage.ladders["duty"][0],
                    duty.done_at,
                    duty.done_by_id,
                    duty.decision,
                    duty.reply,
                    duty.version,
                ),
                *(duty.next_chase_at, duty.chase_number, duty.chase_step, duty.chase_level),
                *(duty.event_count, self.writer.last_of(chain_of(duty))),
            )
        if self._pen is not None:
            add("inquiries_pen", fresh(), inquiry.pk, *self._pen, None, None)
        unanswered = inquiry.answered_at is None
        for (place_id, officer_id), (reason, since) in self._sights.items():
            add(
                "inquiries_sight",
                *(fresh(), stage.district_id, inquiry.pk, place_id, officer_id, reason, since, unanswered),
                *(RANK[inquiry.urgency], inquiry.due_at),
            )
        add("inquiries_terms", inquiry.pk, f"{{{TERMS}}}")
        citizen_id = fresh()
        add("inquiries_citizen", citizen_id, stage.district_id, "natural", "", LEFT)
        hashed = {"event_hash": self.writer.last_of(chain_of(inquiry)), "citizen_id": citizen_id}
        kept = inquiry.__dict__ | hashed
        add("inquiries_inquiry", *[kept[name] for name in _OF_INQUIRY], stage.xid)


Row = TypeVar("Row", Inquiry, Duty)


def blank(like: Row) -> Row:
    """Another row with the same in every field: making one by its class costs ten times as much."""
    row = object.__new__(type(like))
    row.__dict__.update(like.__dict__)
    return row


def officer_of(hand: Hand | None) -> int | None:
    """Who it is; None is the clock."""
    return hand.officer_id if hand else None


def _begun(target: Target) -> datetime:
    return target.recorded_at if isinstance(target, Inquiry) else target.opened_at


_DUTY = Duty()
_ABOUT_NOTHING = "\t".join([NULL] * 4)
_OF_INQUIRY = [name.strip() for name in COLUMNS["inquiries_inquiry"].split(",")][:-1]
