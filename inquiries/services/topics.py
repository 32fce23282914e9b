"""The tree of topics, each with the bureau that usually answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Edit, Officer, Place
from bureaus.services.edits import record_edit
from bureaus.services.places import may_keep
from bureaus.services.refusals import Refusal
from inquiries.models import Inquiry, Topic
from inquiries.services.refusals import ChangedMeanwhile, TopicRetired
from inquiries.services.texts import in_force
from inquiries.states import State


class WrongTopic(Refusal):
    sentence = _(
        "A topic hangs under another of its district, not under itself, and its bureau stands in that district."
    )
    field = "parent"


class TopicChanged(ChangedMeanwhile):
    sentence = _(
        "This topic was changed since you opened it. Look at it as it stands now; what you typed is kept."
    )

    def __init__(self, who: str = "", what: str = "") -> None:
        words = _(
            "%(who)s did “%(what)s” since you opened this topic. Look at it as it stands now; what you typed is kept."
        )
        Refusal.__init__(self, words % {"who": who, "what": what} if who else "")


def open_topic(
    *,
    district: Place,
    name: str,
    by: Officer | None,
    now: datetime,
    parent: Topic | None = None,
    default_bureau: Place | None = None,
) -> Topic:
    """The district has this topic. Raises NotYourPlaces, WrongTopic, ValidationError for a name that is taken."""
    may_keep(by, district_id=district.pk, now=now)
    topic = Topic(district=district, name=name.strip(), parent=parent, default_bureau=default_bureau)
    _check(topic)
    topic.save()
    _record("topic_opened", topic, by=by, now=now, into=_into(default_bureau))
    return topic


def change_topic(
    *,
    row: Topic,
    district: Place,
    name: str,
    by: Officer | None,
    now: datetime,
    parent: Topic | None = None,
    default_bureau: Place | None = None,
    seen: int | None = None,
) -> Topic:
    """The topic has another name, place in the tree or bureau; its district stays.

    Raises as open_topic, and TopicChanged for another version than the one seen.
    """
    may_keep(by, district_id=row.district_id, now=now)
    row = _lock(row, seen=seen)
    if district.pk != row.district_id:
        raise WrongTopic
    was = row.name
    row.name, row.parent, row.default_bureau = name.strip(), parent, default_bureau
    _check(row)
    _save(row, "name", "parent", "default_bureau")
    words = [parent.name] if parent else []
    _record("topic_changed", row, by=by, now=now, was=was, words=words, into=_into(default_bureau))
    return row


def retire_topic(*, row: Topic, by: Officer | None, now: datetime, seen: int | None = None) -> list[Topic]:
    """Nothing new is about the topic or those below it; what is open or answered stays about them.

    Gives those that retired by it. Raises NotYourPlaces, TopicRetired, TopicChanged.
    """
    may_keep(by, district_id=row.district_id, now=now)
    row = _lock(row, seen=seen)
    if row.retired_at is not None:
        raise TopicRetired
    below = Topic.objects.select_for_update().filter(pk__in=[topic.pk for topic in topics_below(row)])
    going = list(below.filter(retired_at=None).order_by("pk"))
    for topic in going:
        topic.retired_at = now
        _save(topic, "retired_at")
        _record("topic_retired", topic, by=by, now=now)
    return going


def restore_topic(*, row: Topic, by: Officer | None, now: datetime, seen: int | None = None) -> Topic:
    """The topic is used again; those below it stay as they are. Raises WrongTopic below a retired one, TopicChanged."""
    may_keep(by, district_id=row.district_id, now=now)
    row = _lock(row, seen=seen)
    if row.parent is not None and row.parent.retired_at is not None:
        raise WrongTopic(_("What it is part of is no longer used. Take that up again first."), field="parent")
    row.retired_at = None
    _save(row, "retired_at")
    _record("topic_restored", row, by=by, now=now)
    return row


def topics_below(topic: Topic) -> list[Topic]:
    """The topic itself, then all below it."""
    children: dict[int | None, list[Topic]] = {}
    for each in Topic.objects.filter(district=topic.district_id).order_by("pk"):
        children.setdefault(each.parent_id, []).append(each)
    found = [topic]
    for each in found:
        found += children.get(each.pk, [])
    return found


@dataclass(frozen=True)
class TopicEffect:
    """What an edit of a topic touches: open matters about it and below, of those how many wait for a dispatch, how many
    of these are about itself, so that its own bureau is suggested, and standard texts about it."""

    below: list[Topic]
    open: int
    waiting: int
    suggested: int
    texts: int


def effect_on(topic: Topic) -> TopicEffect:
    """As far as the reader sees the matters. Writes nothing."""
    below = topics_below(topic)
    about = Inquiry.objects.unanswered().filter(topic__in=below)
    received = Q(state=State.RECEIVED)
    counted = about.aggregate(
        open=Count("pk"),
        waiting=Count("pk", filter=received),
        suggested=Count("pk", filter=received & Q(topic=topic)),
    )
    return TopicEffect(below[1:], **counted, texts=in_force().filter(topic__in=below).count())


def _lock(row: Topic, *, seen: int | None) -> Topic:
    """The topic as it stands, locked. Raises TopicChanged, naming who did what, for another version than that seen."""
    locked = Topic.objects.select_for_update(of=("self",)).select_related("parent", "district").get(pk=row.pk)
    if seen is not None and seen != locked.version:
        edits = Edit.objects.filter(district=locked.district_id, named__topic=locked.pk).select_related("by")
        last = edits.order_by("-pk").first()
        raise TopicChanged(str(last.by), last.get_code_display()) if last else TopicChanged
    return locked


def _save(row: Topic, *fields: str) -> None:
    row.version += 1
    row.save(update_fields=[*fields, "version"])


def _record(code: str, row: Topic, *, by: Officer | None, now: datetime, **named: Any) -> None:
    record_edit(code, district_id=row.district_id, by=by, now=now, topic=row.pk, name=row.name, **named)


def _into(bureau: Place | None) -> list[int]:
    return [bureau.pk] if bureau else []


def _check(topic: Topic) -> None:
    above, seen = topic.parent, {topic.pk}
    if above is not None and above.retired_at is not None and topic.retired_at is None:
        raise WrongTopic(_("What it would be part of is no longer used. Choose another."), field="parent")
    while above is not None:
        if above.pk in seen or above.district_id != topic.district_id:
            raise WrongTopic
        seen.add(above.pk)
        above = above.parent
    bureau = topic.default_bureau
    if bureau is not None and (bureau.root_id != topic.district_id or bureau.abolished_on is not None):
        raise WrongTopic(field="default_bureau")
    topic.full_clean(exclude=["district", "parent", "default_bureau"], validate_constraints=False)
    twin = Topic.objects.filter(district=topic.district_id, parent=topic.parent, name=topic.name)
    if twin.exclude(pk=topic.pk).exists():
        raise WrongTopic(_("There is a topic of this name here already."), field="name")
