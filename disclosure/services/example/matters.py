"""What was asked in the fictional district, told act by act in the order of their instants, sweeps between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Min

from bureaus.models import Notice, Officer
from bureaus.models.scope import WORKER, scope
from bureaus.services.calendar import calendar_for
from bureaus.services.notices import mark_read
from bureaus.workdays import SHANGHAI, Calendar, local_date
from disclosure.services.answers import answer_of, approve_answer, names_in, propose_answer, suggest
from disclosure.services.example.people import Cast, read_words
from inquiries.models import Duty, Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.chasing import chase_batch
from inquiries.services.closing import file_inquiry, rate_answer, reopen_inquiry
from inquiries.services.contacting import (
    ask_again,
    ask_citizen,
    chase_by_hand,
    log_citizen_reply,
    log_contact,
)
from inquiries.services.dispatching import (
    decide_dispute,
    dispatch_inquiry,
    dispute_dispatch,
    return_inquiry,
)
from inquiries.services.extending import ask_extension, decide_extension
from inquiries.services.merging import merge_inquiries
from inquiries.services.moving import (
    answer_duty,
    ask_assist,
    decide_hand_over,
    offer_inquiry,
    reassign_inquiry,
    reclassify_inquiry,
    sign_for,
)
from inquiries.services.recording import CitizenGiven, record_inquiry

# As long after an instant as the clock of a new installation may come.
SWEEP_AFTER = timedelta(seconds=7)
READ_WITHIN = timedelta(days=1)
# Until another person has read what is to be published.
READING = timedelta(hours=1)


class BadStory(ValueError):
    """The example's file says something that cannot be told; the text names the story."""


@dataclass(frozen=True)
class Moment:
    """One act of one story at its instant."""

    at: datetime
    order: int
    story: str
    tell: Callable[[], None]


class Teller:
    """Tells the stories of one district up to `now`."""

    def __init__(self, cast: Cast, *, now: datetime) -> None:
        self.cast = cast
        self.now = now
        self.calendar: Calendar = calendar_for(cast.district.pk)
        self.inquiries: dict[str, int] = {}

    def tell(self, stories: list[dict[str, Any]]) -> int:
        """All stories stand; gives how many inquiries there are."""
        moments = sorted(
            (moment for story in stories for moment in self._moments(story)),
            key=lambda moment: (moment.at, moment.order),
        )
        for moment in moments:
            self._sweep(moment.at)
            try:
                moment.tell()
            except Exception as wrong:
                raise BadStory(f"{moment.story} at {moment.at:%Y-%m-%d %H:%M}: {wrong!r}") from wrong
        self._sweep(self.now)
        return len(self.inquiries)

    def _sweep(self, until: datetime) -> None:
        # As the worker: only this district's rows, whatever else the installation holds.
        with scope(role=WORKER, district=self.cast.district.pk):
            while True:
                nexts = [
                    model._default_manager.filter(next_chase_at__lte=until).aggregate(at=Min("next_chase_at"))
                    for model in (Inquiry, Duty)
                ]
                if not (waiting := [found["at"] for found in nexts if found["at"]]):
                    return
                at = min(min(waiting) + SWEEP_AFTER, until)
                for model in (Inquiry, Duty):
                    if chase_batch(model, now=at).set_aside:
                        raise BadStory(f"a chase at {at:%Y-%m-%d %H:%M} was set aside")

    def _moments(self, story: dict[str, Any]) -> list[Moment]:
        asked_at = self._asked_at(story["asked"])
        recorded_at = self._at(story.get("recorded", "+0m"), asked_at)
        moments = [
            Moment(recorded_at, 0, story["id"], lambda: self._record(story, asked_at, recorded_at)),
        ]
        for order, (when, verb, who, *rest) in enumerate(story.get("acts", []), start=1):
            at = self._at(when, asked_at)
            words = rest[0] if rest else {}
            if at > self.now or at < moments[-1].at:
                raise BadStory(f"{story['id']}: {verb} at {when} is out of order")
            moments.append(Moment(at, order, story["id"], self._act(story["id"], verb, who, words, at)))
        return moments

    def _asked_at(self, when: str | dict[str, Any]) -> datetime:
        if isinstance(when, str):
            return self._at(when, self.now)
        # A share of its hours is over so many seconds after loading: then a step of the ladder falls due.
        passed = timedelta(hours=1) * float(Fraction(when["share"]) * when["hours"])
        return self.now + timedelta(seconds=when["in"]) - passed

    def _at(self, when: str, asked_at: datetime) -> datetime:
        """ "12 09:40" is twelve working days ago at 9:40, "+15m" a quarter of an hour after asking."""
        if later := re.fullmatch(r"\+(\d+)([mh])", when):
            unit = timedelta(minutes=1) if later[2] == "m" else timedelta(hours=1)
            return asked_at + int(later[1]) * unit
        days, clock = when.split()
        on = self.calendar.shift(local_date(self.now), -int(days))
        return datetime.combine(on, time.fromisoformat(clock), SHANGHAI)

    def _record(self, story: dict[str, Any], asked_at: datetime, now: datetime) -> None:
        place = self.cast.places[story["at"]]
        about = story.get("about")
        hours = story.get("source_hours")
        answer = story.get("answer")
        recorded = record_inquiry(
            by=self.cast.officers[story["by"]] if story.get("by") else None,
            now=now,
            place=place,
            kind=story["kind"],
            channel=story["channel"],
            question=story["question"],
            asked_at=asked_at,
            urgency=story.get("urgency", "ordinary"),
            topic=self.cast.topics[story["topic"]],
            citizen=CitizenGiven(**story["citizen"]) if story.get("citizen") else None,
            source=story.get("source", ""),
            external_number=story.get("number", ""),
            external_due_at=asked_at + timedelta(hours=hours) if hours else None,
            about_place=self.cast.places[about] if about else None,
            redacted=story.get("redacted", ""),
            post=self.cast.posts.get((story["at"], "handler")),
            answer=self._answer(answer, now) if answer else None,
        )
        self.inquiries[story["id"]] = recorded.pk

    def _answer(self, words: dict[str, Any], now: datetime) -> AnswerGiven:
        promised = words.get("promised_in")
        return AnswerGiven(
            outcome=words["outcome"],
            text=words["text"],
            told_how=words["told"],
            basis=words.get("basis", ""),
            promised_on=self.calendar.shift(local_date(now), promised) if promised else None,
        )

    def _act(
        self, story: str, verb: str, who: str, words: dict[str, Any], now: datetime
    ) -> Callable[[], None]:
        by = self.cast.officers[who]
        return lambda: ACTS[verb](self, self.inquiries[story], dict(words), by, now)


def _dispatch(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
    path = words.pop("to")
    post = teller.cast.posts.get((path, "handler"))
    dispatch_inquiry(pk, to=teller.cast.places[path], post=post, by=by, now=now, **words)


def _reassign(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
    path = words["to"]
    post = teller.cast.posts.get((path, words.get("role", "handler")))
    reassign_inquiry(pk, to=teller.cast.places[path], post=post, by=by, now=now)


def _offer(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
    offer_inquiry(pk, to=teller.cast.places[words["to"]], reason=words["reason"], by=by, now=now)


def _answer(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
    answer_inquiry(pk, teller._answer(words, now), by=by, now=now)


def _publish(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
    inquiry = Inquiry.objects.select_related("citizen__key").get(pk=pk)
    names, given = names_in(inquiry), answer_of(inquiry)
    proposed = propose_answer(
        pk,
        question=suggest(inquiry.question, names),
        answer=words.get("answer") or suggest(given.text if given else "", names),
        by=by,
        now=now,
    )
    approve_answer(proposed.pk, by=teller.cast.officers[words["approved_by"]], now=now + READING)


def _merge(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
    merge_inquiries(pk, into=teller.inquiries[words["into"]], by=by, now=now, reason=words["reason"])


def _assist(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
    due_on = teller.calendar.shift(local_date(now), words["days"])
    ask_assist(
        pk,
        of=teller.cast.places[words["of"]],
        request=words["request"],
        due_at=teller.calendar.closes_at(due_on),
        by=by,
        now=now,
    )


def _duty(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
    owed = Duty.objects.filter(inquiry=pk, kind=words["kind"], done_at=None).earliest("opened_at")
    answer_duty(owed.pk, reply=words["reply"], by=by, now=now)


def _plain(act: Callable[..., object]) -> Callable[[Teller, int, dict[str, Any], Officer, datetime], None]:
    def tell(teller: Teller, pk: int, words: dict[str, Any], by: Officer, now: datetime) -> None:
        act(pk, by=by, now=now, **words)

    return tell


ACTS: dict[str, Callable[[Teller, int, dict[str, Any], Officer, datetime], None]] = {
    "dispatch": _dispatch,
    "reassign": _reassign,
    "offer": _offer,
    "answer": _answer,
    "merge": _merge,
    "publish": _publish,
    "assist": _assist,
    "duty": _duty,
    "sign": _plain(sign_for),
    "return": _plain(return_inquiry),
    "dispute": _plain(dispute_dispatch),
    "decide_dispute": _plain(decide_dispute),
    "decide_hand_over": _plain(decide_hand_over),
    "extend": _plain(ask_extension),
    "decide_extension": _plain(decide_extension),
    "ask_citizen": _plain(ask_citizen),
    "citizen_reply": _plain(log_citizen_reply),
    "contact": _plain(log_contact),
    "asked_again": _plain(ask_again),
    "chase_by_hand": _plain(chase_by_hand),
    "reclassify": _plain(reclassify_inquiry),
    "decide_draft": _plain(decide_draft),
    "callback": _plain(rate_answer),
    "reopen": _plain(reopen_inquiry),
    "file": _plain(file_inquiry),
}


def tell_stories(cast: Cast, *, now: datetime) -> int:
    """Everything the example's file tells has happened by `now`, and officers have read what they were told before
    yesterday; gives the number of inquiries."""
    told = Teller(cast, now=now).tell(read_words("matters"))
    for officer in cast.officers.values():
        earlier = Notice.objects.unread().filter(recipient=officer, created_at__lt=now - READ_WITHIN)
        mark_read(by=officer, notice_ids=list(earlier.values_list("pk", flat=True)), now=now)
    return told
