"""What happens at a booth on the day is written down as it happens, each entry once, whatever the network does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bureaus.access import holdings
from bureaus.models import Officer
from bureaus.models.fields import keyed_hash
from bureaus.services.calendar import calendar_for
from bureaus.services.refusals import Refusal
from bureaus.workdays import DAY, local_date, midnight
from disclosure.access import recording_place, stands_at
from disclosure.models import (
    Booth,
    CardReturn,
    ContactCard,
    Handout,
    HotIssue,
    IssueAnswer,
    Material,
    Measure,
    Raised,
    Reception,
    Supply,
)
from disclosure.models.entered import Entered
from disclosure.services.open_days import name_material
from inquiries import deadlines
from inquiries.models import Duty, Inquiry
from inquiries.services.answering import AnswerGiven
from inquiries.services.duties import finish_duty, lock_duty, open_duty
from inquiries.services.recording import CitizenGiven, record_inquiry
from inquiries.services.refusals import NeedsWords, SameKeyOtherBody

# More at one tap is a slip of the finger; a report of the past says its sums otherwise.
MOST_AT_ONCE = 2000
MOST_BROUGHT = 1_000_000
# A device whose clock stands farther from the server's than this is not believed.
CLOCK_MAY_DIFFER = timedelta(minutes=5)
# 收集的意见建议办理结果在活动后10个工作日内公开: an issue is owed an answer of its own within as many.
ISSUE_ANSWERED_WITHIN = 10
ANSWER_ISSUE = "answer_issue"
# The words under which a question asked at a booth shows where it came from.
FROM_OPEN_DAY = "政务公开日"

Row = TypeVar("Row", bound=Entered)


class NotAtThisBooth(Refusal):
    sentence = _(
        "Only officers of this bureau, or of the office above it, write down what happens at its booth."
    )


class DayOfHistory(Refusal):
    sentence = _("This open day stands as its reports say. Nothing is added to it.")


class NotYetTheDay(Refusal):
    sentence = _(
        "The open day has not come yet. People are received, and things handed out, on the day itself."
    )


class NotACount(Refusal):
    sentence = _("Give a whole number from 1 to 2000.")
    field = "n"


class CardUnknown(Refusal):
    sentence = _("No contact card with this serial was given out. Check the number on the card.")
    field = "card"


class CardGivenAlready(Refusal):
    sentence = _("A contact card with this serial was given out before. Check the number on the card.")
    field = "serial"


class NotOfThisBooth(Refusal):
    sentence = _("This belongs to another booth.")


class TakenBackAlready(Refusal):
    sentence = _("This entry was taken back before.")


class NotToBeTakenBack(Refusal):
    sentence = _(
        "An entry is taken back by who wrote it, or by an officer of the same booth on the same day."
    )


class InquiryUnknown(Refusal):
    sentence = _("There is no inquiry with this reference that may be named here.")
    field = "reference"


class OwedElsewhere(Refusal):
    sentence = _(
        "The answer to this issue is owed by another section of the bureau. It, or who stands above, gives it."
    )


class RaisedAlready(Refusal):
    sentence = _("This inquiry stands beside this issue already.")
    field = "reference"


@dataclass(frozen=True)
class Stamp:
    """The key of an entry and the device's clock: when it happened, and when it was sent; None is now."""

    key: str
    happened_at: datetime | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Hour:
    """When an entry happened: as the device says, whether to doubt it, and as it is reckoned with."""

    said: datetime
    doubted: bool
    reckoned: datetime


def hour_of(stamp: Stamp, booth: Booth, *, now: datetime) -> Hour:
    """The device's hour beside the server's.

    In doubt is a clock that differs from the server's, or an hour before the open day or after now. Then the hour is
    reckoned from how long ago it was by the device, and else from now; never after now, never before the day.
    """
    if stamp.happened_at is None:
        return Hour(now, False, now)
    said = stamp.happened_at
    begins = midnight(booth.open_day.on)
    skew = now - stamp.sent_at if stamp.sent_at is not None else timedelta(0)
    wrong = abs(skew) > CLOCK_MAY_DIFFER or said > now + CLOCK_MAY_DIFFER or said < begins
    if not wrong:
        return Hour(said, False, min(said, now))
    backwards = stamp.sent_at is None or said > stamp.sent_at
    reckoned = now if backwards else said + skew
    return Hour(said, True, min(now, max(reckoned, min(begins, now))))


def _at_booth(booth: Booth, by: Officer, *, now: datetime, on_the_day: bool = True) -> None:
    """Raises NotAtThisBooth, DayOfHistory, NotYetTheDay."""
    if not stands_at(holdings(by, now=now), booth.place):
        raise NotAtThisBooth
    if booth.open_day.is_history:
        raise DayOfHistory
    if on_the_day and local_date(now) < booth.open_day.on:
        raise NotYetTheDay


def _once(
    model: type[Row],
    stamp: Stamp,
    said: list[Any],
    write: Callable[[dict[str, Any]], Row],
    *,
    booth: Booth,
    by: Officer,
    now: datetime,
) -> Row:
    """The row of this key: written now, or as it was written before.

    Locks the key, so that two tablets that send one entry at one moment write it once. Raises SameKeyOtherBody,
    NeedsWords where there is no key.
    """
    if not stamp.key:
        raise NeedsWords(field="key")
    said = [model.__name__, booth.pk, stamp.happened_at, *said]
    body_hash = keyed_hash(json.dumps(said, default=str), "desk").encode()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"desk:{by.pk}:{stamp.key}"])
    earlier = model._default_manager.filter(recorded_by=by, key=stamp.key).first()
    if earlier is not None:
        if bytes(earlier.body_hash) != body_hash:
            raise SameKeyOtherBody
        return earlier
    hour = hour_of(stamp, booth, now=now)
    return write(
        {
            "recorded_by": by,
            "recorded_at": now,
            "happened_at": hour.said,
            "clock_doubted": hour.doubted,
            "key": stamp.key,
            "body_hash": body_hash,
            "district_id": booth.district_id,
        }
    )


def _check_count(n: int, most: int = MOST_AT_ONCE) -> None:
    if not 1 <= n <= most:
        raise NotACount(_("Give a whole number from 1 to %(most)d.") % {"most": most})


def receive(*, booth: Booth, n: int, measure: Measure, stamp: Stamp, by: Officer, now: datetime) -> Reception:
    """So many more people (人), or visits (人次), were received; the two are never added.

    Raises NotAtThisBooth, DayOfHistory, NotYetTheDay, NotACount, SameKeyOtherBody.
    """
    _at_booth(booth, by, now=now)
    _check_count(n)
    if measure not in (Measure.PERSON, Measure.VISIT):
        raise NotACount(_("People are counted as people or as visits."), field="measure")
    return _once(
        Reception,
        stamp,
        [n, measure],
        lambda given: Reception.objects.create(
            **given, booth=booth, people_value=n, people_measure=measure, questions_value=0, issues_value=0
        ),
        booth=booth,
        by=by,
        now=now,
    )


def give(*, booth: Booth, material: Material, n: int, stamp: Stamp, by: Officer, now: datetime) -> Handout:
    """So much more of the material was handed out, also where more than was written down as brought.

    Raises NotAtThisBooth, DayOfHistory, NotYetTheDay, NotOfThisBooth, NotACount, SameKeyOtherBody.
    """
    _at_booth(booth, by, now=now)
    _check_count(n)
    if material.district_id != booth.district_id:
        raise NotOfThisBooth
    return _once(
        Handout,
        stamp,
        [n, material.pk],
        lambda given: Handout.objects.create(**given, booth=booth, material=material, value=n),
        booth=booth,
        by=by,
        now=now,
    )


def bring(*, booth: Booth, material: Material, n: int, stamp: Stamp, by: Officer, now: datetime) -> Supply:
    """So much of the material lies at the booth, before the day too.

    Raises NotAtThisBooth, DayOfHistory, NotOfThisBooth, NotACount, SameKeyOtherBody.
    """
    _at_booth(booth, by, now=now, on_the_day=False)
    _check_count(n, MOST_BROUGHT)
    if material.district_id != booth.district_id:
        raise NotOfThisBooth
    return _once(
        Supply,
        stamp,
        [n, material.pk],
        lambda given: Supply.objects.create(**given, booth=booth, material=material, value=n),
        booth=booth,
        by=by,
        now=now,
    )


def give_card(*, booth: Booth, serial: str, stamp: Stamp, by: Officer, now: datetime) -> ContactCard:
    """A contact card with this serial was given out; what comes back on it is linked.

    Raises NotAtThisBooth, DayOfHistory, NotYetTheDay, NeedsWords, CardGivenAlready, SameKeyOtherBody.
    """
    _at_booth(booth, by, now=now)
    serial = serial.strip().upper()
    if not serial:
        raise NeedsWords(field="serial")

    def write(given: dict[str, Any]) -> ContactCard:
        if ContactCard.objects.filter(
            district_id=booth.district_id, serial=serial, taken_back_at=None
        ).exists():
            raise CardGivenAlready
        return ContactCard.objects.create(**given, booth=booth, serial=serial)

    return _once(ContactCard, stamp, [serial], write, booth=booth, by=by, now=now)


def record_question(
    *,
    booth: Booth,
    question: str,
    kind: str,
    stamp: Stamp,
    by: Officer,
    now: datetime,
    urgency: str = "ordinary",
    citizen: CitizenGiven | None = None,
    answer: AnswerGiven | None = None,
    card: str = "",
    counted: Measure | None = None,
) -> tuple[Reception, Inquiry | None]:
    """A question asked at the booth stands as an inquiry, answered at once or chased; the booth points at it.

    On a returned `card` it came by that card, else by the desk. `counted` counts who asked with the people received,
    as a person or as a visit; None where she was counted before.
    1. A key that was used gives back what stands. 2. The question is recorded at the booth's bureau, or at the own
    section of who stands there; its clock starts when it was asked by the device, as far as that is believed.
    Raises NotAtThisBooth, DayOfHistory, NotYetTheDay, CardUnknown and what `record_inquiry` raises.
    """
    _at_booth(booth, by, now=now)
    held = holdings(by, now=now)
    place = recording_place(held, booth.place)
    if place is None:
        raise NotAtThisBooth
    hour = hour_of(stamp, booth, now=now)
    returned = None
    if card.strip():
        returned = ContactCard.objects.filter(
            district_id=booth.district_id, serial=card.strip().upper(), taken_back_at=None
        ).first()
        if returned is None:
            raise CardUnknown
    said = [question, kind, urgency, citizen and citizen.__dict__, answer and answer.__dict__, card, counted]

    def write(given: dict[str, Any]) -> Reception:
        inquiry = record_inquiry(
            by=by,
            now=now,
            place=place,
            kind=kind,
            channel="card" if returned else "desk",
            question=question,
            source=FROM_OPEN_DAY,
            asked_at=hour.reckoned,
            urgency=urgency,
            citizen=citizen,
            answer=answer,
            key=f"desk:{stamp.key}"[:64],
            held=held,
        )
        if returned is not None:
            CardReturn.objects.create(
                district_id=booth.district_id, card=returned, inquiry=inquiry, returned_at=now
            )
        return Reception.objects.create(
            **given,
            booth=booth,
            people_value=1 if counted else 0,
            people_measure=counted or Measure.PERSON,
            # A draft that waits for its approver is no answer.
            questions_value=1 if inquiry.answered_at is not None else 0,
            issues_value=0,
            inquiry=inquiry,
        )

    reception = _once(Reception, stamp, said, write, booth=booth, by=by, now=now)
    # Of a repeated key it may be out of sight by now: who moved to another bureau reads no more of this one.
    return reception, Inquiry.objects.filter(pk__in=[reception.inquiry_id]).first()


def collect_issue(
    *, booth: Booth, words: str, people: int, at_least: bool, stamp: Stamp, by: Officer, now: datetime
) -> HotIssue:
    """An issue is collected with how many raised it, and an answer to it is owed within ten working days.

    By the bureau of the booth, or by the own section of who collected it.
    Raises NotAtThisBooth, DayOfHistory, NotYetTheDay, NeedsWords, NotACount, SameKeyOtherBody.
    """
    _at_booth(booth, by, now=now)
    place = recording_place(holdings(by, now=now), booth.place) or booth.place
    words = words.strip()
    if not words:
        raise NeedsWords(field="words")
    _check_count(people)

    def write(given: dict[str, Any]) -> HotIssue:
        issue = HotIssue.objects.create(**given, booth=booth, words=words)
        Raised.objects.create(
            **given | {"body_hash": b""}, issue=issue, people_value=people, people_at_least=at_least
        )
        open_duty(
            kind=ANSWER_ISSUE,
            place=place,
            due_at=deadlines.due(
                now, deadlines.Rule(ISSUE_ANSWERED_WITHIN), calendar_for(booth.district_id)
            ).due_at,
            now=now,
            by=by,
            subject=str(issue.pk),
            request=words,
        )
        return issue

    return _once(HotIssue, stamp, [words, people, at_least], write, booth=booth, by=by, now=now)


def raise_issue(
    *,
    issue: HotIssue,
    stamp: Stamp,
    by: Officer,
    now: datetime,
    people: int = 0,
    at_least: bool = False,
    reference: str = "",
) -> Raised:
    """So many more raised the issue, or an inquiry that the officer sees is about it.

    Raises NotAtThisBooth, DayOfHistory, NotYetTheDay, NotACount, InquiryUnknown, RaisedAlready, SameKeyOtherBody.
    """
    booth = issue.booth
    _at_booth(booth, by, now=now)
    reference = reference.strip()
    inquiry = None
    if reference:
        inquiry = Inquiry.objects.filter(
            district_id=booth.district_id, reference=reference, sealed=False
        ).first()
        if inquiry is None:
            raise InquiryUnknown
    if people or not reference:
        _check_count(people)

    def write(given: dict[str, Any]) -> Raised:
        if inquiry and Raised.objects.filter(issue=issue, inquiry=inquiry, taken_back_at=None).exists():
            raise RaisedAlready
        return Raised.objects.create(
            **given, issue=issue, people_value=people, people_at_least=at_least, inquiry=inquiry
        )

    return _once(Raised, stamp, [issue.pk, people, at_least, reference], write, booth=booth, by=by, now=now)


def answer_issue(*, issue: HotIssue, text: str, stamp: Stamp, by: Officer, now: datetime) -> IssueAnswer:
    """The issue has an answer of its own, and the duty to give one is done; a later answer stands beside it.

    Raises NotAtThisBooth, DayOfHistory, NeedsWords, OwedElsewhere, SameKeyOtherBody.
    """
    booth = issue.booth
    _at_booth(booth, by, now=now)
    text = text.strip()
    if not text:
        raise NeedsWords(field="text")

    def write(given: dict[str, Any]) -> IssueAnswer:
        answer = IssueAnswer.objects.create(**given, issue=issue, text=text)
        _end_duty_of(issue, by=by, now=now, decision="answered")
        return answer

    return _once(IssueAnswer, stamp, [issue.pk, text], write, booth=booth, by=by, now=now)


def _end_duty_of(issue: HotIssue, *, by: Officer, now: datetime, decision: str) -> None:
    owed = Duty.objects.filter(
        district_id=issue.district_id, kind=ANSWER_ISSUE, subject=str(issue.pk)
    ).first()
    if owed is None:
        # Out of this officer's sight, it would go on being chased behind an answer that was given.
        raise OwedElsewhere
    if owed.done_at is None:
        finish_duty(lock_duty(owed.pk, by=by, now=now), by=by, now=now, decision=decision)


# What a booth writes, by the word that names it in an address.
ENTRIES: dict[str, type[Entered]] = {
    "reception": Reception,
    "handout": Handout,
    "supply": Supply,
    "card": ContactCard,
    "issue": HotIssue,
}


def take_back(*, booth: Booth, what: str, entry_id: int, by: Officer, now: datetime) -> Entered:
    """An entry that was a slip no longer counts; it stays on record with who took it back, and an inquiry stays owed.

    Raises NotAtThisBooth, DayOfHistory, NotOfThisBooth, TakenBackAlready, NotToBeTakenBack,
    OwedElsewhere.
    """
    _at_booth(booth, by, now=now, on_the_day=False)
    entry = ENTRIES[what]._default_manager.select_for_update(of=("self",)).filter(pk=entry_id).first()
    if entry is None or getattr(entry, "booth_id", None) != booth.pk or entry.recorded_at is None:
        raise NotOfThisBooth
    if entry.taken_back_at is not None:
        raise TakenBackAlready
    if isinstance(entry, Reception) and entry.inquiry_id is not None:
        raise NotToBeTakenBack(
            _("A recorded question stays: it is owed an answer. Withdraw or answer it on its own page.")
        )
    if entry.recorded_by_id != by.pk and now - entry.recorded_at > DAY:
        raise NotToBeTakenBack
    if isinstance(entry, ContactCard) and CardReturn.objects.filter(card=entry).exists():
        raise NotToBeTakenBack(_("A question came back on this card. It was given out."))
    entry.taken_back_at, entry.taken_back_by = now, by
    entry.save(update_fields=["taken_back_at", "taken_back_by"])
    if isinstance(entry, HotIssue):
        _end_duty_of(entry, by=by, now=now, decision="taken_back")
    return entry


def bring_new(
    *,
    booth: Booth,
    name: str,
    kind: str,
    measure: Measure,
    n: int | None,
    stamp: Stamp,
    by: Officer,
    now: datetime,
) -> Material:
    """A material joins the district's list, and so much of it lies at the booth where that was counted.

    Raises NotAtThisBooth, DayOfHistory, NeedsWords, WrongMeasure, NotACount, SameKeyOtherBody.
    """
    _at_booth(booth, by, now=now, on_the_day=False)
    if not name.strip():
        raise NeedsWords(field="name")
    material = name_material(district=booth.district, kind=kind, name=name, measure=measure)
    if n is not None:
        bring(booth=booth, material=material, n=n, stamp=stamp, by=by, now=now)
    return material
