"""Standard texts are written, changed and withdrawn by the leads of the place that keeps them, each as an edition."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.access import MAY, Act, holdings
from bureaus.models import Officer, Place
from bureaus.services.refusals import Refusal
from inquiries.access import covers
from inquiries.models import StandardText, Topic
from inquiries.services.refusals import EditionChanged, NeedsWords, NowhereToGo, TopicElsewhere

# More of them nobody looks through, neither on their page nor in an answer box.
MOST_AT_A_PLACE = 60


class NotYourTexts(Refusal):
    sentence = gettext_lazy(
        "The leads of a place keep its standard texts, and the district's office those of every place."
    )


class TooManyTexts(Refusal):
    """More than anybody looks through."""

    sentence = gettext_lazy("This place keeps as many texts as anybody looks through. Withdraw one first.")

    def __init__(self) -> None:
        super().__init__(
            _("This place keeps %(most)d texts, and more nobody looks through. Withdraw one first.")
            % {"most": MOST_AT_A_PLACE}
        )


class TitleTaken(Refusal):
    sentence = gettext_lazy(
        "This place has a text of this title already. Change that one, or choose another title."
    )
    field = "title"


def in_force() -> QuerySet[StandardText]:
    """The newest edition of each text that was not withdrawn."""
    later = StandardText.objects.filter(line=OuterRef("line"), number__gt=OuterRef("number"))
    return StandardText.objects.filter(~Exists(later), withdrawn=False)


def write_text(
    *, place: Place, title: str, text: str, topic: Topic | None = None, by: Officer | None, now: datetime
) -> StandardText:
    """The place keeps this text from now on. `by` None is the installation itself.

    Raises NotYourTexts, NowhereToGo, NeedsWords, TopicElsewhere, TooManyTexts, TitleTaken.
    """
    _may_keep(by, place, now=now)
    if place.abolished_on is not None:
        raise NowhereToGo(field="place")
    if in_force().filter(place=place).count() >= MOST_AT_A_PLACE:
        raise TooManyTexts
    return _edition(place, uuid.uuid4(), 1, title=title, text=text, topic=topic, by=by, now=now)


def change_text(
    line: uuid.UUID,
    *,
    title: str,
    text: str,
    topic: Topic | None = None,
    by: Officer | None,
    now: datetime,
    seen: int,
) -> StandardText:
    """The text reads otherwise from now on; answers that were given keep their words. Raises as write_text, and
    EditionChanged where `seen` is not the edition in force."""
    last = _last(line, by=by, now=now, seen=seen)
    return _edition(last.place, line, seen + 1, title=title, text=text, topic=topic, by=by, now=now)


def withdraw_text(line: uuid.UUID, *, by: Officer | None, now: datetime, seen: int) -> StandardText:
    """The text is offered no more; its editions stay on record. Raises NotYourTexts, EditionChanged."""
    last = _last(line, by=by, now=now, seen=seen)
    return StandardText.objects.create(
        line=line,
        number=seen + 1,
        district_id=last.district_id,
        place=last.place,
        topic_id=last.topic_id,
        title=last.title,
        text=last.text,
        withdrawn=True,
        made_at=now,
        by=by,
    )


def pass_texts(gone: Collection[int], successor: Place, *, by: Officer | None, now: datetime) -> None:
    """The successor of places that go keeps their texts in force; one that it has word for word it keeps once.

    Where it has other words under the title, the title says whose they were. The editions of before stay where they
    were written.
    """
    own = {text.title: text.text for text in in_force().filter(place=successor)}
    passing = in_force().filter(place__in=gone).select_related("place", "topic")
    for text in passing.order_by("place__path", "title"):
        title, number = text.title, 0
        while title in own and own[title] != text.text:
            number += 1
            mark = f"（{text.place}{number if number > 1 else ''}）"
            title = f"{text.title[: 60 - len(mark)]}{mark}"
        if title not in own:
            own[title] = text.text
            first = uuid.uuid4()
            _edition(successor, first, 1, title=title, text=text.text, topic=text.topic, by=by, now=now)


def _last(line: uuid.UUID, *, by: Officer | None, now: datetime, seen: int) -> StandardText:
    first = StandardText.objects.select_related("place").filter(line=line).first()
    if first is None:
        raise NotYourTexts
    _may_keep(by, first.place, now=now)
    last = StandardText.objects.select_related("place").filter(line=line).order_by("-number").first()
    if last is None or last.number != seen or last.withdrawn:
        raise EditionChanged
    return last


def _may_keep(by: Officer | None, place: Place, *, now: datetime) -> None:
    if by is not None and not any(
        Act.KEEP_TEXTS in MAY[held.post.role] and covers(held, place) for held in holdings(by, now=now)
    ):
        raise NotYourTexts
    # Two who write at once would count the same editions, and both find the title free.
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('inquiries.texts'), %s)", [place.pk])


def _edition(
    place: Place,
    line: uuid.UUID,
    number: int,
    *,
    title: str,
    text: str,
    topic: Topic | None,
    by: Officer | None,
    now: datetime,
) -> StandardText:
    title, text = title.strip(), text.strip()
    for field, words in (("title", title), ("text", text)):
        if not words:
            raise NeedsWords(field=field)
    if topic is not None and topic.district_id != place.root_id:
        raise TopicElsewhere
    if in_force().filter(place=place, title=title).exclude(line=line).exists():
        raise TitleTaken
    return StandardText.objects.create(
        line=line,
        number=number,
        district_id=place.root_id,
        place=place,
        topic=topic,
        title=title,
        text=text,
        made_at=now,
        by=by,
    )
