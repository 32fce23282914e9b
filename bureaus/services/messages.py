"""Messages leave the house here: committed, sent, and kept in words when they fail."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from bureaus.models.fields import DataKey, KeyDestroyed, decrypt
from bureaus.models.notices import Channel, Message
from bureaus.models.places import DistrictSettings
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.calendar import calendar_for
from bureaus.services.channels import HardRefusal, Outgoing, SoftFailure, Target, deliver
from bureaus.services.notices import AddressRefused, allowed_ip, check_address, mark_broken
from bureaus.services.wording import CITIZEN_TEMPLATES, write_message
from bureaus.workdays import local_date

log = logging.getLogger(__name__)

BACK_OFF = [timedelta(minutes=minutes) for minutes in (2, 5, 15, 30, 60, 120)]
# Longer than every time-out of one sending together, so that a slow sender is not taken for a dead one.
LEASE = timedelta(minutes=10)
DUTY_AFTER_ATTEMPTS = 3

# inquiries sets this in AppConfig.ready: what fails becomes a duty for the district.
on_undelivered: Callable[[Message, datetime], None] | None = None


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
    first_try_at, give_up_at = hours_of(district_id, False, now)
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


def hours_of(district_id: int, urgent: bool, now: datetime) -> tuple[datetime, datetime]:
    """When a message is first tried, and when it is given up: one working day later."""
    calendar = calendar_for(district_id)
    first = now if urgent else calendar.next_office_instant(now)
    days = calendar.shift(local_date(first), 1) - local_date(first)
    return first, first + days


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
    """What is to be sent and where; None when all of it was withdrawn meanwhile, or the citizen erased.

    Raises HardRefusal where an officer's address was erased, SoftFailure where it may not be reached as things stand.
    """
    try:
        target, channel = _target(message)
    except KeyDestroyed as gone:
        if message.citizen_key_id is not None:
            return None
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
    waiting = Message.objects.needing_duty().select_for_update(skip_locked=True, of=("self",))
    for message in waiting.order_by("created_at")[:500]:
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
