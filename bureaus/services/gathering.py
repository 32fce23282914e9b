"""Notices are gathered into messages: alone what cannot wait, the rest in one digest, again what lay unread."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from bureaus.models.notices import UNMUTABLE, Address, Message, Notice
from bureaus.models.places import DistrictSettings, Place
from bureaus.services.calendar import calendar_for
from bureaus.services.messages import hours_of
from bureaus.workdays import SHANGHAI, local_date

# Left unread that long, a notice sent alone goes out on the next channel too.
NEXT_CHANNEL_AFTER = timedelta(hours=4)
NEXT_CHANNEL_AFTER_URGENT = timedelta(minutes=30)
# Alone is sent what is new; what lay without an address longer than that waits for the digest.
ALONE_WITHIN = timedelta(days=1)


def gather_messages(*, now: datetime) -> int:
    """Notices sent alone, and those left unread on the first channel, have their messages; returns how many.

    One gatherer at a time: another that comes meanwhile leaves it to the first.
    """
    with transaction.atomic():
        if not _only_gatherer():
            return 0
        return _gather_alone(now=now) + _gather_repeats(now=now)


def write_digests(*, now: datetime) -> int:
    """On a working day, from the hour its district sets, each person has one digest of what is new.

    Returns how many were written. A person with nothing new, or without an address, gets none.
    """
    written = 0
    with transaction.atomic():
        if not _only_gatherer():
            return 0
        hours = dict(DistrictSettings.objects.values_list("district_id", "digest_hour"))
        today = local_date(now)
        for district in Place.objects.filter(kind=Place.Kind.DISTRICT, abolished_on=None):
            if now.astimezone(SHANGHAI).hour >= hours.get(district.pk, 8) and calendar_for(
                district.pk
            ).is_working(today):
                written += _gather_digest(district_id=district.pk, now=now)
    return written


def _only_gatherer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext('bida gather messages'))")
        return bool(cursor.fetchone()[0])


def _gather_alone(*, now: datetime) -> int:
    reachable = Address.objects.usable().filter(Q(officer=OuterRef("recipient")) | Q(place=OuterRef("place")))
    notices = (
        Notice.objects.unsent()
        .filter(Exists(reachable), alone=True, created_at__gt=now - ALONE_WITHIN, recipient__is_active=True)
        .order_by("created_at", "pk")[:10_000]
    )
    groups: dict[tuple[int, bool, int | None], list[Notice]] = {}
    for notice in notices:
        groups.setdefault((notice.recipient_id, notice.urgent, notice.place_id), []).append(notice)
    usable = _usable_addresses({key[0] for key in groups}, {key[2] for key in groups})
    messages: list[Message] = []
    carried: list[tuple[Message, Notice]] = []
    for (recipient_id, urgent, place_id), group in groups.items():
        chain = usable.get(("officer", recipient_id), []) + usable.get(("place", place_id), [])
        for address in chain:
            loud = [n for n in group if urgent or not address.muted or n.level in UNMUTABLE]
            if loud:
                message = _message(
                    loud[0].district_id, Message.Kind.ALONE, recipient_id, address, urgent, now
                )
                messages.append(message)
                carried += [(message, notice) for notice in loud]
                break
    _commit(messages, carried)
    return len(messages)


def _gather_digest(*, district_id: int, now: datetime) -> int:
    today = local_date(now)
    notices = list(
        Notice.objects.unsent()
        .filter(
            Exists(Address.objects.usable().filter(officer=OuterRef("recipient"), muted=False)),
            ~Exists(Message.objects.filter(recipient=OuterRef("recipient"), digest_on=today)),
            district=district_id,
            recipient__is_active=True,
        )
        .order_by("recipient", "created_at", "pk")
    )
    groups: dict[int, list[Notice]] = {}
    for notice in notices:
        groups.setdefault(notice.recipient_id, []).append(notice)
    usable = _usable_addresses(set(groups), set())
    older: dict[int, int] = {}
    for recipient_id in (
        Notice.objects.unread()
        .filter(recipient__in=groups, message__isnull=False)
        .values_list("recipient_id", flat=True)
    ):
        older[recipient_id] = older.get(recipient_id, 0) + 1
    messages: list[Message] = []
    carried: list[tuple[Message, Notice]] = []
    for recipient_id, group in groups.items():
        address = next(address for address in usable["officer", recipient_id] if not address.muted)
        message = _message(district_id, Message.Kind.DIGEST, recipient_id, address, False, now)
        message.digest_on, message.unread = today, older.get(recipient_id, 0)
        # The digest keeps the hour its district sets, be the office open then or not.
        message.next_try_at = now
        messages.append(message)
        carried += [(message, notice) for notice in group]
    _commit(messages, carried)
    return len(messages)


def _gather_repeats(*, now: datetime) -> int:
    """What nobody read, and what an address refused for good, goes to the next address that has not had it."""
    waited = Q(urgent=True, sent_at__lte=now - NEXT_CHANNEL_AFTER_URGENT) | Q(
        sent_at__lte=now - NEXT_CHANNEL_AFTER
    )
    over = Q(state=Message.State.FAILED) | (Q(state=Message.State.SENT) & waited)
    roots = (
        Message.objects.filter(
            over,
            Exists(Notice.objects.unread().filter(message=OuterRef("pk"))),
            kind=Message.Kind.ALONE,
            root=None,
        )
        .filter(created_at__gt=now - 3 * ALONE_WITHIN)
        .exclude(Exists(Message.objects.filter(root=OuterRef("pk")).exclude(over)))
        .prefetch_related("notices", "repeats")
        .order_by("created_at")[:1000]
    )
    found = list(roots)
    places = {notice.place_id for root in found for notice in root.notices.all()}
    usable = _usable_addresses({root.recipient_id for root in found}, places)
    repeats = []
    for root in found:
        had = {root.address_id, *(repeat.address_id for repeat in root.repeats.all())}
        notices = list(root.notices.all())
        loud = root.urgent or any(notice.level in UNMUTABLE for notice in notices)
        chain = list(usable.get(("officer", root.recipient_id), []))
        for place_id in sorted({notice.place_id for notice in notices if notice.place_id}):
            chain += usable.get(("place", place_id), [])
        following = next((a for a in chain if a.pk not in had and (loud or not a.muted)), None)
        if following and root.recipient_id:
            repeat = _message(
                root.district_id, Message.Kind.ALONE, root.recipient_id, following, root.urgent, now
            )
            repeat.root = root
            repeats.append(repeat)
    Message.objects.bulk_create(repeats)
    return len(repeats)


def _usable_addresses(
    officer_ids: set[int] | set[int | None], place_ids: set[int | None]
) -> dict[tuple[str, int | None], list[Address]]:
    found: dict[tuple[str, int | None], list[Address]] = {}
    for address in Address.objects.usable().filter(
        Q(officer__in=[pk for pk in officer_ids if pk]) | Q(place__in=[pk for pk in place_ids if pk])
    ):
        owner = ("officer", address.officer_id) if address.officer_id else ("place", address.place_id)
        found.setdefault(owner, []).append(address)
    return found


def _message(
    district_id: int, kind: str, recipient_id: int, address: Address, urgent: bool, now: datetime
) -> Message:
    first_try_at, give_up_at = hours_of(district_id, urgent, now)
    return Message(
        district_id=district_id,
        kind=kind,
        recipient_id=recipient_id,
        address=address,
        urgent=urgent,
        created_at=now,
        next_try_at=first_try_at,
        give_up_at=give_up_at,
    )


def _commit(messages: list[Message], carried: list[tuple[Message, Notice]]) -> None:
    Message.objects.bulk_create(messages, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute(
            "update bureaus_notice set message_id = new.message from unnest(%s::uuid[], %s::uuid[]) "
            "as new (message, notice) where id = new.notice",
            [[message.pk for message, _notice in carried], [notice.pk for _message, notice in carried]],
        )
