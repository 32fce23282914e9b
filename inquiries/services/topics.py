"""The tree of topics, each with the bureau that usually answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.services.edits import record_edit
from bureaus.services.places import may_keep
from bureaus.services.refusals import Refusal
from inquiries.models import Inquiry, Topic
from inquiries.services.refusals import TopicRetired
from inquiries.services.texts import in_force
from inquiries.states import State


class WrongTopic(Refusal):
    sentence = _(
        "A topic hangs under another of its district, not under itself, and its bureau stands in that district."
    )
    field = "parent"


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
    record_edit(
        "topic_opened", district_id=district.pk, by=by, now=now, name=topic.name, into=_into(default_bureau)
    )
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
) -> Topic:
    """The topic has another name, place in the tree or bureau; its district stays. Raises as open_topic."""
    may_keep(by, district_id=row.district_id, now=now)
    if district.pk != row.district_id:
        raise WrongTopic
    was = row.name
    row.name, row.parent, row.default_bureau = name.strip(), parent, default_bureau
    _check(row)
    row.save(update_fields=["name", "parent", "default_bureau"])
    record_edit(
        "topic_changed",
        district_id=row.district_id,
        by=by,
        now=now,
        was=was,
        name=row.name,
        words=[parent.name] if parent else [],
        into=_into(default_bureau),
    )
    return row


def retire_topic(*, row: Topic, by: Officer | None, now: datetime) -> list[Topic]:
    """Nothing new is about the topic or those below it; what is open or answered stays about them.

    Gives those that retired by it. Raises NotYourPlaces, TopicRetired.
    """
    may_keep(by, district_id=row.district_id, now=now)
    going = [topic for topic in topics_below(row) if topic.retired_at is None]
    if row.retired_at is not None:
        raise TopicRetired
    for topic in going:
        topic.retired_at = now
        topic.save(update_fields=["retired_at"])
        record_edit("topic_retired", district_id=row.district_id, by=by, now=now, name=topic.name)
    return going


def restore_topic(*, row: Topic, by: Officer | None, now: datetime) -> Topic:
    """The topic is used again; those below it stay as they are. Raises WrongTopic below a retired one."""
    may_keep(by, district_id=row.district_id, now=now)
    if row.parent is not None and row.parent.retired_at is not None:
        raise WrongTopic(_("What it is part of is no longer used. Take that up again first."), field="parent")
    row.retired_at = None
    row.save(update_fields=["retired_at"])
    record_edit("topic_restored", district_id=row.district_id, by=by, now=now, name=row.name)
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
    """What an edit of a topic touches: open matters about it and below, of those how many wait for a dispatch, and
    standard texts about it."""

    below: list[Topic]
    open: int
    waiting: int
    texts: int


def effect_on(topic: Topic) -> TopicEffect:
    """As far as the reader sees the matters. Writes nothing."""
    below = topics_below(topic)
    about = Inquiry.objects.unanswered().filter(topic__in=below)
    received = Count("pk", filter=Q(state=State.RECEIVED, topic=topic))
    counted = about.aggregate(open=Count("pk"), waiting=received)
    return TopicEffect(
        below[1:], counted["open"], counted["waiting"], in_force().filter(topic__in=below).count()
    )


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
