"""Words that an answer may begin from. Writes nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bureaus.models.scope import Scope
from inquiries.figures.likeness import alike
from inquiries.models import Answer, Inquiry, StandardText, Topic
from inquiries.services.blanks import blanks_in, fill, values_of
from inquiries.services.texts import in_force

OFFERED_AT_MOST = 5


@dataclass(frozen=True)
class Before:
    """An answer that was given to a question like this one, and how it is cited."""

    inquiry: Inquiry
    answer: Answer

    @property
    def cited(self) -> str:
        """The basis of an answer that takes this one over, no longer than that field."""
        said = _("answered before: %(reference)s") % {"reference": self.inquiry.reference}
        longer = f"{self.answer.basis}；{said}" if self.answer.basis else said
        return longer if len(longer) <= Answer._meta.get_field("basis").max_length else said  # type: ignore[operator]


def answered_before(inquiry: Inquiry, *, seen: Scope) -> list[Before]:
    """The last answers of what the reader may see that is most like it; what is sealed lends no words."""
    near = alike(seen, inquiry.question, limit=OFFERED_AT_MOST, answered=True, lent_to=inquiry)
    answers = Answer.objects.filter(inquiry__in=near).select_related("place").order_by("round", "pk")
    last = {answer.inquiry_id: answer for answer in answers}
    return [Before(each, last[each.pk]) for each in near if each.pk in last]


@dataclass(frozen=True)
class Offered:
    """A standard text as it reads for this inquiry, and the blanks that its writer has to fill in by hand."""

    line: uuid.UUID
    title: str
    kept_by: str
    text: str
    blanks: tuple[str, ...]


def standard_texts(inquiry: Inquiry, *, now: datetime) -> list[Offered]:
    """The texts of the place that holds the inquiry and of those above it, what fits best first.

    First those about its topic, then about what that topic is part of, then about none; a text about another topic only
    where the inquiry has none yet. Of equals the nearest place's come first. Five queries however many there are.
    """
    above = inquiry.holder.above_ids
    found = list(in_force().filter(place__in=above).select_related("place"))
    if not found:
        return []
    fits = _topics_of(inquiry)
    values = values_of(inquiry, now=now)

    def rank(text: StandardText) -> tuple[int, int, str]:
        about = len(fits) if text.topic_id is None else fits.get(text.topic_id, len(fits) + 1)
        return about, -above.index(text.place_id), text.title

    offered = []
    for text in sorted(found, key=rank):
        if fits and text.topic_id is not None and text.topic_id not in fits:
            continue
        words = fill(text.text, values)
        offered.append(Offered(text.line, text.title, str(text.place), words, tuple(blanks_in(words))))
    return offered


def _topics_of(inquiry: Inquiry) -> dict[int, int]:
    """The inquiry's topic and those it is part of, by how far above it they stand."""
    if inquiry.topic_id is None:
        return {}
    parents = dict(Topic.objects.filter(district=inquiry.district_id).values_list("pk", "parent"))
    fits: dict[int, int] = {}
    at: int | None = inquiry.topic_id
    while at is not None and at not in fits:
        fits[at] = len(fits)
        at = parents.get(at)
    return fits
