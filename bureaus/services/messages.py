"""Notices leave the house here: gathered into messages, committed, sent, and kept in words when they fail."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _

from bureaus.models.fields import DataKey, KeyDestroyed, decrypt
from bureaus.models.notices import UNMUTABLE, Address, Channel, Message, Notice
from bureaus.models.places import DistrictSettings, Place
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.calendar import calendar_for
from bureaus.services.channels import HardRefusal, Outgoing, SoftFailure, Target, deliver
from bureaus.services.notices import AddressRefused, allowed_ip, check_address, mark_broken
from bureaus.services.wording import CITIZEN_TEMPLATES, write_message
from bureaus.workdays import SHANGHAI, local_date

log = logging.getLogger(__name__)

BACK_OFF = [timedelta(minutes=minutes) for minutes in (2, 5, 15, 30, 60, 120)]
# Longer than every time-out of one sending together, so that a slow sender is not taken for a dead one.
LEASE = timedelta(minutes=10)
# Left unread that long, a notice sent alone goes out on the next channel too.
NEXT_CHANNEL_AFTER = timedelta(hours=4)
NEXT_CHANNEL_AFTER_URGENT = timedelta(minutes=30)
# Alone is sent what is new; what lay without an address longer than that waits for the digest.
ALONE_WITHIN = timedelta(days=1)
DUTY_AFTER_ATTEMPTS = 3

# inquiries sets this in AppConfig.ready: what fails becomes a duty for the district.
on_undelivered: Callable[[Message, datetime], None] | None = None


# --- Gathering -----------------------------------------------------------------------------------------------------
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
    first_try_at, give_up_at = _hours(district_id, urgent, now)
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


def _hours(district_id: int, urgent: bool, now: datetime) -> tuple[datetime, datetime]:
    """When a message is first tried, and when it is given up: one working day later."""
    calendar = calendar_for(district_id)
    first = now if urgent else calendar.next_office_instant(now)
    days = calendar.shift(local_date(first), 1) - local_date(first)
    return first, first + days


def _commit(messages: list[Message], carried: list[tuple[Message, Notice]]) -> None:
    Message.objects.bulk_create(messages, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute(
            "update bureaus_notice set message_id = new.message from unnest(%s::uuid[], %s::uuid[]) "
            "as new (message, notice) where id = new.notice",
            [[message.pk for message, _notice in carried], [notice.pk for _message, notice in carried]],
        )


# --- Citizens ------------------------------------------------------------------------------------------------------
def queue_citizen_message(
    *,
    district_id: int,
    channel: str,
    token: str,
    key: DataKey,
    template: str,
    reference: str,
    cause_kind: str,
    cause_id: object,
    now: datetime,
    due_at: datetime | None = None,
) -> uuid.UUID:
    """The citizen will be told once, in office hours; `token` is the address encrypted under the citizen's key.

    Raises KeyError for a template that is not in CITIZEN_TEMPLATES, ValueError for a channel citizens have not.
    """
    CITIZEN_TEMPLATES[template]
    if channel not in (Channel.EMAIL, Channel.SMS):
        raise ValueError(f"citizens are not reached by {channel}")
    first_try_at, give_up_at = _hours(district_id, False, now)
    message = Message(
        district_id=district_id,
        kind=Message.Kind.CITIZEN,
        citizen_channel=channel,
        citizen_address=token,
        citizen_key=key,
        template=template,
        cause_kind=cause_kind,
        cause_id=str(cause_id),
        reference=reference,
        due_at=due_at,
        created_at=now,
        next_try_at=first_try_at,
        give_up_at=give_up_at,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    return message.pk


# --- Sending -------------------------------------------------------------------------------------------------------
def send_next(*, now: datetime, only: uuid.UUID | None = None) -> bool:
    """The oldest waiting message, or `only` that one, has been tried; False when there is none to try.

    1. A short transaction claims it: state sending, one more attempt, back after the lease if we die.
    2. Another reads what it says and where it goes; then it is sent with no transaction open.
    3. A third records what became of it. A death between 2 and 3 sends it again, with the same id.
    """
    with scope(role=WORKER, district=ALL_DISTRICTS):
        message = claim_message(now=now, only=only)
    if message is None:
        return False
    outgoing: Outgoing | None = None
    failure: Exception | None = None
    try:
        with scope(role=WORKER, district=ALL_DISTRICTS):
            outgoing = compose(message=message)
    except (HardRefusal, SoftFailure) as refused:
        failure = refused
    except Exception as broken:
        # A message that cannot even be written must not stop the rest; its words may hold the address.
        log.error("message %s cannot be written: %s", message.pk, type(broken).__name__)
        failure = SoftFailure(type(broken).__name__)
    if outgoing is not None:
        failure = deliver(outgoing)
    with scope(role=WORKER, district=ALL_DISTRICTS):
        record_delivery(
            message=message, withdrawn=outgoing is None and failure is None, failure=failure, now=now
        )
    return True


def send_message(*, message: Message, now: datetime) -> bool:
    """This message has been tried; False when it does not wait at `now` or another sends it."""
    return send_next(now=now, only=message.pk)


def claim_message(*, now: datetime, only: uuid.UUID | None = None) -> Message | None:
    """A waiting message that nobody else is sending is ours for the length of the lease."""
    waiting = Message.objects.waiting(now).select_for_update(skip_locked=True, of=("self",))
    if only:
        waiting = waiting.filter(pk=only)
    message = (
        waiting.select_related("address__key", "citizen_key", "recipient")
        .order_by("next_try_at", "pk")
        .first()
    )
    if message is None:
        return None
    message.state, message.attempts, message.next_try_at = (
        Message.State.SENDING,
        message.attempts + 1,
        now + LEASE,
    )
    message.save(update_fields=["state", "attempts", "next_try_at"])
    return message


def compose(*, message: Message) -> Outgoing | None:
    """What is to be sent and where; None when all of it was withdrawn meanwhile.

    Raises HardRefusal where the address was erased, SoftFailure where it may not be reached as things stand.
    """
    try:
        target, channel = _target(message)
    except KeyDestroyed as gone:
        raise HardRefusal(str(gone)) from None
    except AddressRefused as refused:
        raise SoftFailure(str(refused)) from None
    # Citizens read Chinese; officers what they chose.
    with translation.override(message.recipient.language if message.recipient else "zh-hans"):
        written = write_message(message)
    if written is None:
        return None
    return Outgoing(message.pk, message.mail_id, message.attempts, channel, target, *written)


def _target(message: Message) -> tuple[Target, str]:
    address = message.address
    if address is not None:
        value, channel = decrypt(address.value, address.key), address.channel
    elif message.citizen_key is not None:
        value, channel = decrypt(message.citizen_address, message.citizen_key), message.citizen_channel
    else:
        raise AssertionError("message_has_one_address")
    if channel == Channel.SMS:
        gateway = DistrictSettings.objects.filter(district=message.district_id).first()
        if gateway is None or not gateway.sms_url:
            raise AddressRefused(_("The district has set no gateway for text messages."))
        parts = urlsplit(gateway.sms_url)
        ip = allowed_ip(host=parts.hostname or "", port=parts.port, district_id=message.district_id)
        return Target(value, ip, gateway.sms_url, gateway.sms_body), channel
    check_address(channel=channel, value=value, district_id=message.district_id)
    ip = ""
    if channel == Channel.WEBHOOK:
        parts = urlsplit(value)
        ip = allowed_ip(host=parts.hostname or "", port=parts.port, district_id=message.district_id)
    return Target(value, ip), channel


# --- What became of it ---------------------------------------------------------------------------------------------
def record_delivery(
    *, message: Message, failure: Exception | None, now: datetime, withdrawn: bool = False
) -> None:
    """What became of the attempt is on record; a lease that ran out meanwhile has another sender record it."""
    with transaction.atomic():
        held = (
            Message.objects.select_for_update()
            .filter(pk=message.pk, state=Message.State.SENDING, attempts=message.attempts)
            .first()
        )
        if held is None:
            return
        if withdrawn:
            held.state = Message.State.WITHDRAWN
        elif failure is None:
            held.state, held.sent_at, held.error = Message.State.SENT, now, ""
        else:
            _record_failure(held, failure, now)
        held.save(update_fields=["state", "sent_at", "error", "next_try_at", "needs_duty"])


def _record_failure(message: Message, failure: Exception, now: datetime) -> None:
    message.error = str(failure)[:300]
    hard = isinstance(failure, HardRefusal)
    if hard and message.address_id:
        mark_broken(address_id=message.address_id, why=message.error, now=now)
    wait = BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
    next_try_at = now + wait
    if not message.urgent and message.kind != Message.Kind.DIGEST:
        next_try_at = calendar_for(message.district_id).next_office_instant(next_try_at)
    if hard or next_try_at > message.give_up_at:
        message.state = Message.State.FAILED
    else:
        message.state, message.next_try_at = Message.State.PENDING, next_try_at
    # A code that does not arrive is seen by whoever waits for it; everything else is the district's to look after.
    if message.kind != Message.Kind.VERIFICATION and (
        message.attempts >= DUTY_AFTER_ATTEMPTS or message.state == Message.State.FAILED
    ):
        message.needs_duty = True


def raise_undelivered(*, now: datetime) -> int:
    """Each message that failed three times, or for good, has become a duty once; returns how many.

    A message whose duty cannot be raised keeps waiting for it, and does not stop the others.
    """
    if on_undelivered is None:
        return 0
    raised = 0
    waiting = Message.objects.needing_duty().select_for_update(skip_locked=True).order_by("created_at")[:500]
    for message in waiting:
        try:
            with transaction.atomic():
                on_undelivered(message, now)
                message.duty_raised_at = now
                message.save(update_fields=["duty_raised_at"])
        except Exception:
            log.exception("no duty raised for message %s", message.pk)
        else:
            raised += 1
    return raised
