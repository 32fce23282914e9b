"""What is known of a question before it is recorded. Writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from bureaus.access import Roll
from bureaus.models import Place
from bureaus.models.fields import NotAPhone
from bureaus.models.scope import Scope
from bureaus.services.calendar import calendar_for
from inquiries import deadlines
from inquiries.deadlines import Due
from inquiries.figures.likeness import alike
from inquiries.figures.lists import SHOWN, of_caller, visible_inquiries
from inquiries.models import AnswerRule, Inquiry, Topic
from inquiries.models.rules import Kind, Urgency
from inquiries.services.measuring import first_due, no_later_than, rule_for, rule_of
from inquiries.services.recording import first_holder, phone_hash
from inquiries.services.refusals import UnknownRule
from inquiries.signs import Danger, dangers_in, kind_in

SHOWN_AT_MOST = 5
# The words of a question are read no further while it is typed.
READ = 600


@dataclass(frozen=True)
class Guess:
    """A choice that the words point to: the field, its value and name, and what makes it likely."""

    field: str
    value: str
    label: str
    word: str = ""
    as_in: Inquiry | None = None


@dataclass(frozen=True)
class Fate:
    """Who will get it and by when an answer is owed, were it recorded now."""

    holder: Place
    names: list[str]
    rule: AnswerRule
    due: Due
    # Where the district dispatches it first: by when, and to whom its topic usually goes.
    dispatched_by: datetime | None = None
    likely: Place | None = None


@dataclass(frozen=True)
class Hints:
    """All that the officer is shown beside what is typed."""

    dangers: list[Danger] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)
    fate: Fate | None = None
    alike: list[Inquiry] = field(default_factory=list)
    same_caller: list[Inquiry] = field(default_factory=list)


@dataclass(frozen=True)
class Typed:
    """What stands in the form so far."""

    place: Place
    question: str = ""
    kind: str = Kind.CONSULTATION
    urgency: str = Urgency.ORDINARY
    topic_id: int | None = None
    phone: str = ""
    asked_at: datetime | None = None
    received_on: date | None = None
    external_due_at: datetime | None = None
    about_place: Place | None = None


def hints_for(typed: Typed, *, seen: Scope, now: datetime) -> Hints:
    """What the words point to, what is like them, who called before, and who will get it; at most six queries."""
    text = typed.question.strip()[:READ]
    topics = list(Topic.objects.used_in(typed.place.root_id).select_related("default_bureau"))
    near = alike(seen, text, limit=SHOWN_AT_MOST) if text else []
    dangers, same_caller = dangers_in(text), _same_caller(typed, seen)
    return Hints(
        dangers=dangers,
        guesses=[
            guess
            for guess in (_urgency(typed, dangers), _kind(typed, text), _topic(typed, text, topics, near))
            if guess is not None
        ],
        fate=_fate(typed, topics, now=now),
        alike=[inquiry for inquiry in near if inquiry not in same_caller],
        same_caller=same_caller,
    )


def _urgency(typed: Typed, dangers: list[Danger]) -> Guess | None:
    if not dangers or typed.urgency == Urgency.CRITICAL:
        return None
    return Guess("urgency", Urgency.CRITICAL, str(Urgency.CRITICAL.label), dangers[0].word)


def _kind(typed: Typed, text: str) -> Guess | None:
    found = kind_in(text)
    if found is None or found[0] == typed.kind:
        return None
    return Guess("kind", found[0], str(Kind(found[0]).label), found[1])


def _topic(typed: Typed, text: str, topics: list[Topic], near: list[Inquiry]) -> Guess | None:
    """The topic whose name is said, the longest; else that of most of what is alike."""
    if not text or typed.topic_id is not None:
        return None
    said = max(
        (topic for topic in topics if topic.name in text), key=lambda topic: len(topic.name), default=None
    )
    if said is not None:
        return Guess("topic", str(said.pk), said.name, said.name)
    of_near = Counter(inquiry.topic for inquiry in near if inquiry.topic in topics)
    for topic, _times in of_near.most_common(1):
        return Guess(
            "topic", str(topic.pk), topic.name, as_in=next(each for each in near if each.topic == topic)
        )
    return None


def _same_caller(typed: Typed, seen: Scope) -> list[Inquiry]:
    try:
        hashed = phone_hash(typed.place.root_id, typed.phone) if typed.phone.strip() else ""
    except NotAPhone:
        hashed = ""
    if not hashed:
        return []
    rows = of_caller(visible_inquiries(seen), hashed).select_related(*SHOWN)
    return list(rows.order_by("-asked_at", "-pk")[:SHOWN_AT_MOST])


def _fate(typed: Typed, topics: list[Topic], *, now: datetime) -> Fate | None:
    holder = first_holder(typed.place, typed.about_place)
    try:
        rule = rule_for(typed.place.root_id, typed.kind, typed.urgency)
    except UnknownRule:
        return None
    roll = Roll(typed.place.root_id, now=now, along=[holder])
    calendar = calendar_for(typed.place.root_id, version=roll.calendar_version)
    asked_at = min(typed.asked_at or now, now)
    due = first_due(typed.kind, asked_at, typed.received_on, rule_of(rule), calendar)
    names = [roll.names[one.officer_id] for one in roll.reach("handler", place_id=holder.pk)]
    fate = Fate(holder, names, rule, no_later_than(due, typed.external_due_at))
    if holder.kind != Place.Kind.DISTRICT:
        return fate
    return Fate(
        holder,
        names,
        rule,
        fate.due,
        dispatched_by=deadlines.dispatch_due(now, rule_of(rule), typed.urgency, calendar).due_at,
        likely=next((topic.default_bureau for topic in topics if topic.pk == typed.topic_id), None),
    )
