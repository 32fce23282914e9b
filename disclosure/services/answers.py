"""An answer is published only as one officer redacted it and another approved it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, holdings
from bureaus.models import Officer
from bureaus.models.fields import KeyDestroyed, decrypt
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date
from disclosure.models import PublishedAnswer
from disclosure.services.finding import Search, alike
from disclosure.services.items import may_with
from inquiries.models import Answer, Inquiry

HIDDEN = "×××"
# Identity numbers, cards, telephones, addresses of mail; numbers of houses, blocks and rooms; plates.
_TELLING = re.compile(
    r"""[0-9]{17}[0-9Xx] | [0-9]{15,19} | 1[3-9][0-9]{9} | 0[0-9]{2,3}[-—－ ]?[0-9]{7,8}
    | [A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}
    | [0-9一二三四五六七八九十甲乙丙]+(?:号楼|栋|幢|单元|号院|室|户)
    | [0-9]+(?:-[0-9]+){1,3}(?:号|室)?
    | [京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5,6}""",
    re.VERBOSE,
)
# A surname with what is said after a name.
_CALLED = re.compile(r"[\u4e00-\u9fff]{1,3}(?=先生|女士|大爷|大妈|阿姨|师傅)")


class NotYoursToPublish(Refusal):
    sentence = _("Your post may not publish answers of this place.")


class NotToBePublished(Refusal):
    sentence = _("Only an answer is published, and never that of a sealed matter.")
    field = "reference"


class PublishedBefore(Refusal):
    sentence = _("This answer was proposed or published already.")
    field = "reference"


class StillTells(Refusal):
    sentence = _(
        "A number, an address or the name still stands in it. Take it out, or say it in other words."
    )


class ProposedIt(Refusal):
    sentence = _("Whoever proposed it cannot approve it. Another person has to.")


class Decided(Refusal):
    sentence = _("This is decided already.")


def suggest(text: str, names: Iterable[str] = ()) -> str:
    """The text with everything that could tell who it is about hidden; a person reads it after."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, HIDDEN)
    return _CALLED.sub(HIDDEN, _TELLING.sub(HIDDEN, text))


def tells(text: str) -> bool:
    """Whether a number, an address or a plate stands in it."""
    return _TELLING.search(text) is not None


def names_in(inquiry: Inquiry) -> tuple[str, ...]:
    """The name its citizen gave, to be hidden and never shown; none where it was erased or not given."""
    citizen = inquiry.citizen
    if citizen is None or citizen.key is None or not citizen.name:
        return ()
    try:
        return (decrypt(citizen.name, citizen.key),)
    except KeyDestroyed:
        return ()


def propose_answer(
    inquiry_id: int, *, question: str, answer: str, by: Officer, now: datetime
) -> PublishedAnswer:
    """The redacted words wait for another to approve them; nobody outside sees them.

    Raises NotToBePublished, NotYoursToPublish, PublishedBefore, StillTells.
    """
    inquiry = Inquiry.objects.select_related("holder", "citizen__key").get(pk=inquiry_id)
    if inquiry.sealed or inquiry.answered_at is None:
        raise NotToBePublished
    if not may_with(holdings(by, now=now), Act.WRITE_ITEM, inquiry.holder):
        raise NotYoursToPublish
    if PublishedAnswer.objects.filter(inquiry=inquiry, withdrawn_at=None).exists():
        raise PublishedBefore
    names = names_in(inquiry)
    for field, text in (("question", question), ("answer", answer)):
        if not text.strip() or any(name in text for name in names) or tells(text):
            raise StillTells(field=field)
    return PublishedAnswer.objects.create(
        inquiry=inquiry,
        district_id=inquiry.district_id,
        place=inquiry.holder,
        question=question.strip(),
        answer=answer.strip(),
        answered_on=local_date(inquiry.answered_at),
        proposed_at=now,
        proposed_by=by,
    )


def _locked(pk: int, *, by: Officer, now: datetime) -> PublishedAnswer:
    found = PublishedAnswer.objects.select_for_update(of=("self",)).select_related("place").get(pk=pk)
    if not may_with(holdings(by, now=now), Act.PUBLISH_ITEM, found.place):
        raise NotYoursToPublish
    if found.withdrawn_at is not None:
        raise Decided
    return found


def approve_answer(pk: int, *, by: Officer, now: datetime) -> PublishedAnswer:
    """Everybody reads it. Raises ProposedIt, Decided, NotYoursToPublish."""
    found = _locked(pk, by=by, now=now)
    if found.approved_at is not None:
        raise Decided
    if found.proposed_by_id == by.pk:
        raise ProposedIt
    found.approved_at, found.approved_by = now, by
    found.save(update_fields=["approved_at", "approved_by"])
    return found


def withdraw_answer(pk: int, *, by: Officer, now: datetime) -> PublishedAnswer:
    """Nobody outside reads it any more, or it is not approved at all. Raises Decided, NotYoursToPublish."""
    found = _locked(pk, by=by, now=now)
    found.withdrawn_at, found.withdrawn_by = now, by
    found.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return found


def answer_of(inquiry: Inquiry) -> Answer | None:
    """The answer of its present round."""
    return Answer.objects.filter(inquiry=inquiry, round=inquiry.round).first()


def read_by_everybody(district_id: int) -> QuerySet[PublishedAnswer]:
    """The published answers of the district that were approved and not withdrawn."""
    rows = PublishedAnswer.objects.filter(district=district_id, approved_at__isnull=False, withdrawn_at=None)
    # Of which matter, and by whom: the login of a portal of its own cannot read it.
    return rows.defer("inquiry", "proposed_at", "proposed_by", "approved_by", "withdrawn_by")


def answers_like(district_id: int, question: str) -> list[PublishedAnswer]:
    """At most three published answers to what is like the question."""
    return alike(read_by_everybody(district_id), "question", "answer", question)


def find_answers(
    district_id: int, search: Search, *, before: tuple[datetime, int] | None = None, limit: int = 20
) -> list[PublishedAnswer]:
    """Published answers in which every word stands, the newest first, behind `before`."""
    rows = read_by_everybody(district_id).select_related("place")
    for word in search.words:
        rows = rows.filter(Q(question__icontains=word) | Q(answer__icontains=word))
    if before is not None:
        at, pk = before
        rows = rows.filter(Q(approved_at__lt=at) | Q(approved_at=at, pk__lt=pk))
    return list(rows.order_by("-approved_at", "-pk")[:limit])
