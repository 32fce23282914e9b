"""A question enters: answered at once, or owed an answer from the moment it was asked."""

from __future__ import annotations

import dataclasses
import json
import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection
from stdnum.cn import ric
from stdnum.exceptions import ValidationError as InvalidNumber
from stdnum.iso7064 import mod_11_10

from bureaus.access import MAY, Act, Holding, Role, Roll, holdings
from bureaus.models import Officer, Place, Post
from bureaus.models.fields import decrypt, encrypt, keyed_hash, mask_name, mask_phone, normalise_phone
from bureaus.models.prepared import prepared
from bureaus.models.written import check_text
from bureaus.services.calendar import calendar_for
from bureaus.services.keys import make_key
from bureaus.services.setwise import insert_together
from bureaus.workdays import SHANGHAI, local_date
from inquiries import deadlines
from inquiries.access import covers
from inquiries.models import Citizen, Inquiry, Pen, Sight, Submission, Topic
from inquiries.models.duty import DutyKind
from inquiries.models.rules import AnswerRule, Kind, Ladder
from inquiries.services.acting import RANK, begin, finish
from inquiries.services.answering import (
    AnswerGiven,
    check_answer,
    log_answer,
    submit_draft,
    waits_for_approval,
)
from inquiries.services.citizens import tell_citizen
from inquiries.services.closing import FILED_AFTER_WORKING_DAYS
from inquiries.services.duties import open_duty
from inquiries.services.history import next_event
from inquiries.services.measuring import (
    RULE_AND_LADDER,
    editions_of,
    first_due,
    next_chase,
    no_later_than,
    rule_of,
    version_of,
)
from inquiries.services.refusals import (
    AskedInFuture,
    AskedTooEarly,
    DueBeforeAsked,
    IdentityNotAsked,
    NeedsWords,
    NotAnIdentityNumber,
    NotReceivedThen,
    NotYours,
    NowhereToGo,
    SameKeyOtherBody,
    SourceNumberTaken,
    TopicElsewhere,
    TopicRetired,
)
from inquiries.services.telling import tell_inquiry
from inquiries.states import OPEN, State

# As far back as a source has kept its matters.
# The first whole day that the table takes (`inquiry_instants_are_finite`).
EARLIEST_ASKED = datetime(2000, 1, 2, tzinfo=SHANGHAI)
# In characters; what is encrypted has no length of its own.
MOST_OF_CITIZEN = {"name": 60, "phone": 40, "email": 200, "address": 200, "identity_number": 18}


@dataclass(frozen=True)
class CitizenGiven:
    """Contact data as the citizen gave it, in clear, on its way to being encrypted."""

    standing: str = Citizen.Standing.NAMED
    # No log, trace or message of an error tells them by the way.
    name: str = dataclasses.field(default="", repr=False)
    phone: str = dataclasses.field(default="", repr=False)
    email: str = dataclasses.field(default="", repr=False)
    address: str = dataclasses.field(default="", repr=False)
    identity_number: str = dataclasses.field(default="", repr=False)
    applicant: str = Citizen.Applicant.NATURAL
    # Of a disclosure application: a code of Citizen.Wanted, or none.
    wanted: str = ""


@dataclass(frozen=True)
class History:
    """What makes a matter one of before: when its open end enters the ladder, or when it was answered."""

    clear_from_at: datetime
    answered_at: datetime | None = None


def reference_of(year: int, number: int) -> str:
    """The reference: year, seven digits or more, check character (ISO/IEC 7064 MOD 11-10)."""
    digits = f"{number:07d}"
    return f"{year}-{digits}-{mod_11_10.calc_check_digit(f'{year}{digits}')}"


def phone_hash(district_id: int, phone: str) -> str:
    """The keyed hash by which a caller is found again in a district. Raises NotAPhone."""
    return keyed_hash(normalise_phone(phone), f"phone:{district_id}")


@prepared()
def record_inquiry(
    *,
    by: Officer | None,
    now: datetime,
    place: Place,
    kind: str,
    channel: str,
    question: str,
    asked_at: datetime | None = None,
    received_on: date | None = None,
    urgency: str = "ordinary",
    topic: Topic | None = None,
    citizen: CitizenGiven | None = None,
    source: str = "",
    external_number: str = "",
    external_due_at: datetime | None = None,
    about_place: Place | None = None,
    redacted: str = "",
    post: Post | None = None,
    answer: AnswerGiven | None = None,
    key: str = "",
    parent: Inquiry | None = None,
    held: list[Holding] | None = None,
    history: History | None = None,
    reference: str = "",
) -> Inquiry:
    """The question stands with its clock running since it was asked, or answered at once.

    What waits for an approver is not answered at once: it is owed, with the answer as a draft. Of `history` nobody is
    told: it is marked as imported, and what is open climbs its ladder from `clear_from_at`.
    `held` are the posts `by` acts for, where the request has read them already; `reference` one that was drawn before,
    for whoever has to have it at once.
    1. A repeated `key` of the same recorder gives back what the first call recorded.
    2. Recorded at a bureau's desk it is assigned to that place; at the district it waits to be dispatched.
    3. A tip-off, or a complaint about an office, is sealed in the same act, and never goes to that office.
    4. Rule, ladder and calendar in force now are the ones it is measured by; due counts from `asked_at`.
    A disclosure application counts from the day it was received (政府信息公开条例 art. 31) where that is another.
    Raises NeedsWords, AskedInFuture, AskedTooEarly, DueBeforeAsked, TopicElsewhere, TopicRetired, NotYours,
    NowhereToGo, IdentityNotAsked, UnknownRule, NotAPhone, NotReceivedThen, SameKeyOtherBody, SourceNumberTaken;
    NotPlainText, TooLong and NotAChoice as every row does.
    """
    given_at, asked_at = asked_at, asked_at or now
    question = question.strip()
    if not question:
        raise NeedsWords(field="question")
    if asked_at > now:
        raise AskedInFuture
    if asked_at < EARLIEST_ASKED:
        raise AskedTooEarly
    if external_due_at is not None and external_due_at < asked_at:
        raise DueBeforeAsked
    if by is not None and not any(
        (Act.IMPORT if history else Act.RECORD) in MAY[h.post.role] and covers(h, place)
        for h in (holdings(by, now=now) if held is None else held)
    ):
        raise NotYours
    if place.abolished_on is not None:
        raise NowhereToGo
    if about_place is not None and about_place.root_id != place.root_id:
        raise NowhereToGo(field="about_place")
    if topic is not None and topic.district_id != place.root_id:
        raise TopicElsewhere
    if topic is not None and topic.retired_at is not None and history is None and parent is None:
        raise TopicRetired
    if citizen is not None and citizen.identity_number and kind != Kind.DISCLOSURE:
        raise IdentityNotAsked
    if received_on is not None and (
        kind != Kind.DISCLOSURE or not local_date(asked_at) <= received_on <= local_date(now)
    ):
        raise NotReceivedThen
    body_hash = b""
    if key and by is not None:
        said = [place.pk, kind, channel, question, given_at, urgency, topic and topic.pk, external_number]
        said += [source, external_due_at, redacted, received_on, post and post.pk]
        said += [about_place and about_place.pk, citizen and asdict(citizen), answer and asdict(answer)]
        body_hash = keyed_hash(json.dumps(said, default=str), "submission").encode()
        earlier = _submitted(by, key)
        if earlier is not None:
            inquiry_id, hashed = earlier
            if hashed != body_hash:
                raise SameKeyOtherBody
            return Inquiry.objects.get(pk=inquiry_id)

    # What is split off a sealed matter holds its words, whatever its kind is called by now.
    sealed = kind == Kind.TIP_OFF or about_place is not None or (parent is not None and parent.sealed)
    district_id = place.root_id
    holder = first_holder(place, about_place)
    roll = Roll(district_id, now=now, along=[place, holder])
    year = asked_at.astimezone(SHANGHAI).year
    inquiry_id, number, rule, ladder = _drawn(
        district_id, year, kind=kind, urgency=urgency, numbered=not reference
    )
    calendar = calendar_for(district_id, version=roll.calendar_version)
    due = no_later_than(first_due(kind, asked_at, received_on, rule_of(rule), calendar), external_due_at)
    at_district = holder.kind == Place.Kind.DISTRICT
    inquiry = Inquiry(
        id=inquiry_id,
        district_id=district_id,
        reference=reference or number,
        kind=kind,
        urgency=urgency,
        channel=channel,
        source=source,
        external_number=external_number,
        external_due_at=external_due_at,
        topic=topic,
        question=question,
        redacted=redacted,
        sealed=sealed,
        about_place=about_place,
        parent=parent,
        asked_at=asked_at,
        received_on=received_on,
        recorded_at=now,
        recorded_by=by,
        recorded_place=place,
        state=State.RECEIVED if at_district else State.ASSIGNED,
        holder=holder,
        post=post if not at_district else None,
        rule=rule,
        ladder=ladder,
        calendar_version_id=version_of(calendar),
        due_on=due.due_on,
        due_at=due.due_at,
        original_due_at=due.due_at,
        due_provisional=due.provisional,
    )
    if history is not None:
        inquiry.imported = True
        inquiry.ladder_from_at = history.clear_from_at
        inquiry.ladder_due_at = deadlines.due(history.clear_from_at, rule_of(rule), calendar).due_at
    if citizen is not None:
        inquiry.citizen = _keep_citizen(citizen, district_id)
    inquiry.next_chase_at = next_chase(inquiry, now=now, calendar=calendar)
    # Linked first, so that the row is inserted with its chain's head and not written twice.
    recorded = next_event(
        inquiry,
        "imported" if history else "recorded",
        by=by,
        now=now,
        place_id=place.pk,
        kind=kind,
        urgency=urgency,
    )
    try:
        insert_together([inquiry])
    except IntegrityError as twice:
        # Asked of the database alone: whoever records this may not see the one that has the number.
        if "inquiry_external_number_once" in str(twice):
            raise SourceNumberTaken from twice
        raise
    pen = Pen(
        inquiry=inquiry,
        part=Pen.Part.DISPATCHER if at_district else Pen.Part.HANDLER,
        place=holder,
        post=inquiry.post,
        from_at=now,
    )
    beside = [recorded, *_first_sights(inquiry, roll, by=by, now=now), pen]
    if key and by is not None:
        beside.append(Submission(recorder=by, key=key, body_hash=body_hash, inquiry=inquiry, at=now))
    insert_together(beside)
    if history is not None:
        _settle_history(inquiry, history, answer, by=by, now=now, roll=roll)
        return inquiry
    draft = (
        answer if by is not None and answer and waits_for_approval(inquiry, answer, by=by, now=now) else None
    )
    if answer is not None and draft is None:
        log_answer(inquiry, answer, by=by, now=now, at_once=True, answered_at=asked_at)
        return inquiry
    if at_district:
        open_duty(
            kind=DutyKind.DISPATCH,
            place=holder,
            due_at=deadlines.dispatch_due(now, rule_of(rule), urgency, calendar).due_at,
            now=now,
            by=by,
            inquiry=inquiry,
            roll=roll,
        )
    else:
        tell_inquiry(
            inquiry, "assigned", roll.reach("handler", place_id=holder.pk, post_id=inquiry.post_id), now=now
        )
    tell_citizen(inquiry, "recorded", by=by, now=now)
    if inquiry.event_count > recorded.seq:
        inquiry.save(update_fields=["event_count", "event_hash"])
    if draft is not None and by is not None:
        check_answer(inquiry, draft, now=now)
        submit_draft(inquiry, draft, by=by, now=now)
    return inquiry


def _settle_history(
    inquiry: Inquiry,
    history: History,
    answer: AnswerGiven | None,
    *,
    by: Officer | None,
    now: datetime,
    roll: Roll,
) -> None:
    """What was answered before stands answered, and filed where its ten working days are over; the rest is owed."""
    if answer is not None and history.answered_at is not None:
        log_answer(inquiry, answer, by=None, now=now, answered_at=history.answered_at, history=True)
        calendar = calendar_for(inquiry.district_id)
        if calendar.shift(local_date(history.answered_at), FILED_AFTER_WORKING_DAYS) <= local_date(now):
            inquiry.state, inquiry.filed_at = State.FILED, now
            finish(inquiry, "filing_imported", by=by, now=now, changed=["state", "filed_at"])
    elif inquiry.state == State.RECEIVED and inquiry.ladder_due_at is not None:
        open_duty(
            kind=DutyKind.DISPATCH,
            place=inquiry.holder,
            due_at=inquiry.ladder_due_at,
            now=now,
            by=by,
            inquiry=inquiry,
            roll=roll,
            tell=False,
        )
        inquiry.save(update_fields=["event_count", "event_hash"])


def first_holder(place: Place, about_place: Place | None) -> Place:
    """Who gets what is recorded at a place: the place; the district where it complains about that very office."""
    if about_place is not None and _same_office(place, about_place):
        # The office concerned is no place to keep a complaint about it.
        return Place.objects.get(pk=place.root_id)
    return place


def _same_office(one: Place, other: Place) -> bool:
    return one.bureau_id == other.bureau_id and one.bureau_id != one.root_id


def _submitted(by: Officer, key: str) -> tuple[int, bytes] | None:
    """What the recorder sent by this key before: the inquiry and the hash of the body."""
    with connection.cursor() as cursor:
        # As when it was recorded, she sees the row until the transaction ends, whoever may see it now.
        cursor.execute(
            """
            select inquiry_id, body_hash, set_config('bida.recording', inquiry_id::text, true)
            from inquiries_submission where recorder_id = %s and key = %s
            """,
            [by.pk, key],
        )
        found = cursor.fetchone()
    return None if found is None else (found[0], bytes(found[1]))


def _drawn(
    district_id: int, year: int, *, kind: str, urgency: str, numbered: bool
) -> tuple[int, str, AnswerRule, Ladder]:
    """A fresh id and, `numbered`, a reference, and the rule and ladder in force, in one statement.

    Gaps are allowed in the first two.

    Raises UnknownRule.
    """
    # Row-level security lets the recorder see this one row until the transaction ends, whoever may see it later.
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select set_config('bida.recording', nextval(pg_get_serial_sequence('inquiries_inquiry', 'id'))::text, true),
                case when %s then bida_next_reference(%s, %s) end, {RULE_AND_LADDER}
            """,
            [numbered, district_id, year, district_id, kind, urgency, district_id, urgency],
        )
        inquiry_id, number, rule_id, ladder_id = cursor.fetchone() or ("0", 0, None, None)
    return int(inquiry_id), reference_of(year, number) if numbered else "", *editions_of(rule_id, ladder_id)


def check_citizen(given: CitizenGiven) -> None:
    """Raises NotPlainText, TooLong, NotAPhone for what would not be kept."""
    for field, most in MOST_OF_CITIZEN.items():
        check_text(getattr(given, field).strip(), field=field, most=most)
    if given.phone.strip():
        normalise_phone(given.phone)


def _keep_citizen(given: CitizenGiven, district_id: int) -> Citizen:
    check_citizen(given)
    citizen = Citizen(
        district_id=district_id, standing=given.standing, applicant=given.applicant, wanted=given.wanted
    )
    clear: dict[str, Any] = {
        "name": given.name.strip(),
        "phone": normalise_phone(given.phone) if given.phone.strip() else "",
        "email": given.email.strip(),
        "address": given.address.strip(),
        "identity_number": given.identity_number.strip(),
    }
    if clear["identity_number"]:
        try:
            ric.validate(clear["identity_number"])
        except InvalidNumber as wrong:
            raise NotAnIdentityNumber from wrong
    if any(clear.values()):
        citizen.key = make_key(district_id=district_id)
        for field, value in clear.items():
            setattr(citizen, field, encrypt(value, citizen.key) if value else "")
        citizen.masked_name = mask_name(clear["name"])
        citizen.masked_phone = mask_phone(clear["phone"])
        if clear["phone"]:
            citizen.phone_hash = keyed_hash(clear["phone"], f"phone:{district_id}")
    citizen.save(force_insert=True)
    return citizen


def renew_contact(inquiry_id: int, given: CitizenGiven, *, by: Officer, now: datetime) -> list[str]:
    """The contact data are what the source has now; gives the fields that changed. What it leaves empty stays.

    Nothing of who was erased is written again. Raises NotYours, AlreadyAnswered, NotAPhone, TooLong.
    """
    inquiry = begin(inquiry_id, act=Act.LOG_CONTACT, by=by, now=now, seen=None, states=OPEN)
    citizen = inquiry.citizen
    if citizen is not None and (
        citizen.erased_at is not None or citizen.standing == Citizen.Standing.ANONYMOUS
    ):
        return []
    clear = {field: getattr(given, field).strip() for field in MOST_OF_CITIZEN}
    clear["phone"] = normalise_phone(clear["phone"]) if clear["phone"] else ""
    if citizen is None or citizen.key is None:
        fields = [field for field, value in clear.items() if value]
        if not fields:
            return []
        inquiry.citizen = _keep_citizen(given, inquiry.district_id)
        finish(inquiry, "contact_renewed", by=by, now=now, changed=["citizen"])
        return fields
    key = citizen.key
    for field, most in MOST_OF_CITIZEN.items():
        check_text(clear[field], field=field, most=most)
    fields = [
        field
        for field, value in clear.items()
        if value and not (getattr(citizen, field) and decrypt(getattr(citizen, field), key) == value)
    ]
    if not fields:
        return []
    for field in fields:
        setattr(citizen, field, encrypt(clear[field], key))
    changed = list(fields)
    if "name" in fields:
        citizen.masked_name = mask_name(clear["name"])
        changed.append("masked_name")
    if "phone" in fields:
        citizen.masked_phone = mask_phone(clear["phone"])
        citizen.phone_hash = keyed_hash(clear["phone"], f"phone:{inquiry.district_id}")
        changed += ["masked_phone", "phone_hash"]
    citizen.save(update_fields=changed)
    finish(inquiry, "contact_renewed", by=by, now=now, changed=[])
    return fields


def readers_at(place: Place, roll: Roll, *, post_id: int | None = None) -> set[int]:
    """Who may be named a reader of a sealed inquiry at a place: its head, and the one who handles it.

    At the district's office that is the director alone.
    """
    if place.kind == Place.Kind.DISTRICT:
        word = roll.reach("director", place_id=place.pk)
        return {
            recipient.officer_id
            for recipient in word
            if recipient.post_id in roll.at.get((place.pk, Role.DIRECTOR), [])
        }
    found = {recipient.officer_id for recipient in roll.reach("bureau_head", place_id=place.pk)}
    if post_id is not None:
        found |= {
            recipient.officer_id for recipient in roll.reach("handler", place_id=place.pk, post_id=post_id)
        }
    return found


def _first_sights(inquiry: Inquiry, roll: Roll, *, by: Officer | None, now: datetime) -> list[Sight]:
    """Who sees it from the first: not saved yet."""
    wanted: dict[tuple[int, int | None], str] = {}
    if inquiry.sealed:
        district = Place.objects.get(pk=inquiry.district_id)
        for officer_id in readers_at(district, roll):
            wanted[(district.pk, officer_id)] = Sight.Reason.READS
        concerned = inquiry.about_place
        if by is not None and not (concerned and _same_office(inquiry.recorded_place, concerned)):
            wanted[(inquiry.recorded_place_id, by.pk)] = Sight.Reason.RECORDED
        if inquiry.holder_id != district.pk:
            for officer_id in readers_at(inquiry.holder, roll, post_id=inquiry.post_id):
                wanted[(inquiry.holder_id, officer_id)] = Sight.Reason.READS
        if inquiry.parent is not None:
            # Who was named to read the whole goes on reading its parts.
            for sight in Sight.objects.filter(inquiry=inquiry.parent, officer__isnull=False):
                wanted.setdefault((sight.place_id, sight.officer_id), sight.reason)
    else:
        wanted[(inquiry.recorded_place_id, None)] = Sight.Reason.RECORDED
        wanted[(inquiry.holder_id, None)] = Sight.Reason.HOLDS
    return [
        Sight(
            district_id=inquiry.district_id,
            inquiry=inquiry,
            place_id=place_id,
            officer_id=officer_id,
            reason=reason,
            since=now,
            open=True,
            rank=RANK[inquiry.urgency],
            due_at=inquiry.due_at,
        )
        for (place_id, officer_id), reason in wanted.items()
    ]


def split_inquiry(
    inquiry_id: int, *, questions: list[str], by: Officer, now: datetime, seen: int | None = None
) -> list[Inquiry]:
    """Each further question is an inquiry of its own, asked when the first was, held where it is held.

    The first goes on with its own question; the children count as one parent in rates. What is split off a
    sealed one is sealed, with the same named readers. Raises NeedsWords, Rides, AlreadyAnswered.
    """
    parent = begin(inquiry_id, act=Act.SPLIT, by=by, now=now, seen=seen, states=OPEN)
    wanted = [question.strip() for question in questions if question.strip()]
    if not wanted:
        raise NeedsWords(field="questions")
    children = []
    for question in wanted:
        child = record_inquiry(
            by=None,
            now=now,
            place=parent.holder,
            kind=parent.kind,
            channel=parent.channel,
            question=question,
            asked_at=parent.asked_at,
            received_on=parent.received_on if parent.kind == Kind.DISCLOSURE else None,
            urgency=parent.urgency,
            topic=parent.topic,
            about_place=parent.about_place,
            post=parent.post,
            parent=parent,
        )
        if parent.citizen is not None:
            # The same person under the same key: erasing her erases both.
            twin = Citizen.objects.get(pk=parent.citizen.pk)
            twin.pk = uuid.uuid4()
            twin.save(force_insert=True)
            child.citizen = twin
            child.save(update_fields=["citizen"])
        children.append(child)
    finish(parent, "split", by=by, now=now, changed=[], children=[child.pk for child in children])
    return children
