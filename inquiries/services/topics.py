"""The tree of topics, each with the bureau that usually answers."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer, Place
from bureaus.services.places import may_keep
from bureaus.services.refusals import Refusal
from inquiries.models import Topic


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
    row.name, row.parent, row.default_bureau = name.strip(), parent, default_bureau
    _check(row)
    row.save(update_fields=["name", "parent", "default_bureau"])
    return row


def _check(topic: Topic) -> None:
    above, seen = topic.parent, {topic.pk}
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
