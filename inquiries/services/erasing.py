"""Who asked is erased: the keys of the contact data and of the files are destroyed, the matter itself stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act
from bureaus.models import DataKey, Officer
from bureaus.services.keys import destroy_key
from bureaus.services.refusals import NotAChoice
from inquiries.access import may
from inquiries.models import Attachment, Citizen, Inquiry
from inquiries.models.duty import DutyKind
from inquiries.services.acting import begin, finish
from inquiries.services.duties import close_duties
from inquiries.services.refusals import AlreadyErased, AnswerOwed, NothingToErase, NotYours, PartUnseen

# 个人信息保护法 art. 47 (1) to (5).
GROUNDS = [
    ("purpose", _("the purpose is reached, cannot be reached, or needs the data no longer")),
    ("retention", _("the service ended, or the time of keeping is over")),
    ("withdrawn", _("the citizen withdrew consent")),
    ("unlawful", _("it was kept against law or agreement")),
    ("other_law", _("another case that a law provides for")),
]
# What is owed to somebody who can no longer be reached.
TO_THE_CITIZEN = (DutyKind.TELL, DutyKind.CALLBACK)


def holds_personal_data(inquiry: Inquiry) -> bool:
    """Whether there is something left that could be erased: contact data, or a file."""
    citizen = inquiry.citizen
    if citizen is not None and citizen.key_id is not None and citizen.erased_at is None:
        return True
    return Attachment.objects.filter(inquiry=inquiry, key__destroyed_at=None).exists()


def erase_citizen(
    inquiry_id: int, *, ground: str, by: Officer, now: datetime, seen: int | None = None
) -> list[Inquiry]:
    """Nobody can read again who asked, nor the files; gives every inquiry that held the same contact data.

    个人信息保护法 art. 47; `ground` is a code of GROUNDS. What was split off has the same key, and is erased with it.

    1. Locks all inquiries under the key, in order. 2. Refuses where the officer may not act on one of them, one is
    still unanswered, or nothing is left: NotYours, NotSealedReader, PartUnseen, AnswerOwed, NothingToErase,
    AlreadyErased. 3. Destroys the keys, empties the rows of masks and hashes, and forgets what a repeated submission
    was known by. 4. Ends calls and letters owed to the citizen; what waits to be sent to her is withdrawn when its turn
    comes. 5. Each inquiry has an event of it, with the ground alone. Raises NotAChoice.
    """
    key_id = Inquiry.objects.filter(pk=inquiry_id).values_list("citizen__key", flat=True).first()
    under_key = (
        Inquiry.objects.filter(citizen__key=key_id) if key_id else Inquiry.objects.filter(pk=inquiry_id)
    )
    concerned = list(under_key.select_for_update(of=("self",)).select_related("holder").order_by("pk"))
    asked = begin(inquiry_id, act=Act.ERASE, by=by, now=now, seen=seen)
    if ground not in dict(GROUNDS):
        raise NotAChoice(field="ground")
    if not all(may(by, Act.ERASE, inquiry, now=now) for inquiry in concerned) or (
        key_id and _under(key_id) != len(concerned)
    ):
        raise PartUnseen
    open_ones = [inquiry.reference for inquiry in concerned if inquiry.answered_at is None]
    if open_ones:
        raise AnswerOwed("、".join(open_ones))
    _destroy_keys(concerned, key_id, now=now)
    Citizen.objects.filter(key=key_id, erased_at=None).exclude(key=None).update(
        name="",
        phone="",
        email="",
        address="",
        identity_number="",
        masked_name="",
        masked_phone="",
        phone_hash="",
        erased_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute("select bida_forget_submissions(%s)", [[inquiry.pk for inquiry in concerned]])
    for inquiry in concerned:
        # The one that was asked for is locked and read anew by `begin`.
        inquiry = asked if inquiry.pk == asked.pk else inquiry
        closed = close_duties(inquiry, by=by, now=now, kinds=TO_THE_CITIZEN, decision="erased")
        where = inquiry.district_id
        finish(inquiry, "erased", by=by, now=now, changed=[], place_id=where, ground=ground, closed=closed)
    return concerned


def _under(key_id: UUID) -> int:
    """How many inquiries hold contact data under this key, those that the officer does not see too."""
    with connection.cursor() as cursor:
        cursor.execute("select bida_under_key(%s)", [key_id])
        return int(cursor.fetchone()[0])


def _destroy_keys(concerned: list[Inquiry], key_id: UUID | None, *, now: datetime) -> None:
    wanted = set(Attachment.objects.filter(inquiry__in=concerned).values_list("key", flat=True))
    wanted |= {key_id} if key_id else set()
    if not wanted:
        raise NothingToErase
    left = DataKey.objects.filter(pk__in=wanted, destroyed_at=None)
    if not left.exists():
        raise AlreadyErased
    locked = list(left.select_for_update().order_by("pk"))
    if len(locked) != left.count():
        # A machine's key that is narrowed to a bureau does not act for the district.
        raise NotYours
    for key in locked:
        destroy_key(key=key, now=now)
