"""Officers are told, and say where else they may be reached."""

from __future__ import annotations

import hmac
import ipaddress
import socket
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

import apprise
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils.translation import gettext as _

from bureaus.models.fields import NotAPhone, encrypt, keyed_hash, normalise_phone
from bureaus.models.notices import Address, Channel, Message, Notice
from bureaus.models.places import DistrictSettings, Place
from bureaus.models.posts import Officer
from bureaus.services.keys import destroy_key, make_key
from bureaus.services.setwise import insert_rows

CODE_LASTS = timedelta(days=1)
CODE_TRIES = 5
# Apprise services whose host is fixed in its code; any other schema is checked like a webhook.
FIXED_HOSTS = frozenset({"wecombot", "wechat", "dingtalk", "feishu", "lark"})


class AddressRefused(ValueError):
    """The address is not one that messages may go to; the sentence says why."""


class CodeRefused(ValueError):
    """The verification code is wrong, too old, or was tried too often."""

    def __str__(self) -> str:
        return _("This code is wrong or no longer valid. Ask for a new test message.")


class NoticeRow(NamedTuple):
    """One notice to be written. `alone`: a new level, critical, or what came back to the recipient."""

    district_id: int
    recipient_id: int
    cause_kind: str
    cause_id: str
    kind: str
    reference: str
    level: str = ""
    due_at: datetime | None = None
    url: str = ""
    place_id: int | None = None
    alone: bool = False
    urgent: bool = False
    copy: bool = False
    acting: bool = False


def write_notices(*, rows: Iterable[NoticeRow], now: datetime) -> int:
    """Each recipient is told of each cause once, whoever else writes the same; returns how many are new.

    Set-wise, one statement for 5,000 rows. It opens no transaction: the notices belong into that of the fact.
    """
    written = 0
    iterator = iter(rows)
    while part := list(islice(iterator, 5000)):
        values = dict(zip(NoticeRow._fields, zip(*part, strict=True), strict=True))
        written += insert_rows(
            "bureaus_notice",
            {
                "id": ("uuid", [uuid.uuid4() for _ in part]),
                **{name: (_COLUMNS.get(name, "text"), column) for name, column in values.items()},
            },
            same={"created_at": ("timestamptz", now)},
            unless_there=True,
        )
    return written


_COLUMNS = {
    **dict.fromkeys(("district_id", "recipient_id", "place_id"), "bigint"),
    **dict.fromkeys(("alone", "urgent", "copy", "acting"), "bool"),
    "due_at": "timestamptz",
}


def withdraw_unsent(*, cause_kind: str, cause_ids: Sequence[object], now: datetime) -> int:
    """Unread notices of these causes that nothing has carried out yet are withdrawn; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("select withdraw_notices(%s, %s, %s)", [cause_kind, [str(c) for c in cause_ids], now])
        (withdrawn,) = cursor.fetchone()
    return int(withdrawn)


def mark_read(*, by: Officer, notice_ids: Sequence[uuid.UUID] | None = None, now: datetime) -> int:
    """The officer's own notices (all of them, when none are named) are read; returns how many newly."""
    unread = Notice.objects.unread().filter(recipient=by)
    if notice_ids is not None:
        unread = unread.filter(pk__in=notice_ids)
    return unread.update(read_at=now)


# --- Addresses -----------------------------------------------------------------------------------------------------
def enter_address(
    *,
    by: Officer,
    channel: str,
    value: str,
    now: datetime,
    district_id: int,
    place: Place | None = None,
    order: int = 1,
) -> Address:
    """The address is entered, encrypted, and a test message with a code is on its way to it.

    It is the officer's own, or that of `place`. Raises AddressRefused.
    """
    value = check_address(channel=channel, value=value, district_id=district_id)
    with transaction.atomic():
        key = make_key(district_id=district_id)
        address = Address.objects.create(
            district_id=district_id,
            officer=None if place else by,
            place=place,
            channel=channel,
            value=encrypt(value, key),
            key=key,
            order=order,
            created_at=now,
            code_sent_at=now,
        )
        _send_code(address=address, by=by, now=now)
    return address


def send_code_again(*, address: Address, by: Officer, now: datetime) -> None:
    """A new code is on its way; the old one no longer counts. A broken address is tried anew by it."""
    with transaction.atomic():
        held = Address.objects.select_for_update().get(pk=address.pk, removed_at=None)
        held.code_sent_at, held.code_tries = now, 0
        held.save(update_fields=["code_sent_at", "code_tries"])
        _send_code(address=held, by=by, now=now)


def verify_address(*, address: Address, code: str, by: Officer, now: datetime) -> None:
    """The address is verified: whoever entered it has read there what was sent. Raises CodeRefused.

    Call it outside a transaction that the refusal rolls back, so that wrong codes are counted.
    """
    with transaction.atomic():
        held = Address.objects.select_for_update().get(pk=address.pk, removed_at=None)
        right = (
            held.code_tries < CODE_TRIES
            and now < held.code_sent_at + CODE_LASTS
            and hmac.compare_digest(verification_code(held).encode(), code.strip().encode())
        )
        if right:
            held.verified_at, held.broken_at, held.broken_why = now, None, ""
            held.save(update_fields=["verified_at", "broken_at", "broken_why"])
        elif held.code_tries < CODE_TRIES:
            held.code_tries += 1
            held.save(update_fields=["code_tries"])
    if not right:
        raise CodeRefused


def mute_address(*, address: Address, muted: bool, by: Officer) -> None:
    """A muted address takes only what is urgent, supervise or circular: nobody may miss those."""
    with transaction.atomic():
        held = Address.objects.select_for_update().get(pk=address.pk)
        held.muted = muted
        held.save(update_fields=["muted"])


def put_first(*, address: Address, by: Officer) -> None:
    """The address is tried first of its owner's, the others in the order they had: on the next only if it is unread."""
    owner = {"officer": address.officer_id} if address.officer_id else {"place": address.place_id}
    with transaction.atomic():
        own = Address.objects.select_for_update().filter(removed_at=None, **owner)
        others = own.exclude(pk=address.pk).order_by("order", "created_at", "pk")
        for number, row in enumerate([*own.filter(pk=address.pk), *others], start=1):
            row.order = number
            row.save(update_fields=["order"])


def send_test(*, address: Address, by: Officer, now: datetime) -> None:
    """A test message is on its way to a verified address, one at a time; it says that nothing needs to be done."""
    held = Address.objects.usable().filter(pk=address.pk).first()
    waits = Message.objects.filter(
        address=address, kind=Message.Kind.VERIFICATION, state__in=("pending", "sending")
    )
    if held is not None and not waits.exists():
        _send_code(address=held, by=by, now=now)


def last_messages(addresses: Sequence[Address]) -> dict[uuid.UUID, Message]:
    """Of each address the message that was last on its way there, as far as the reader was its recipient. One query."""
    rows = Message.objects.filter(address__in=addresses).order_by("address", "-created_at", "pk")
    return {row.address_id: row for row in rows.distinct("address") if row.address_id}


def mark_broken(*, address_id: uuid.UUID, why: str, now: datetime) -> None:
    """The address takes nothing until it is verified again; those who lead there see it and why."""
    Address.objects.filter(pk=address_id, broken_at=None).update(broken_at=now, broken_why=why[:200])


def remove_address(*, address: Address, by: Officer, now: datetime) -> None:
    """The address takes nothing any more and nobody can read it again."""
    with transaction.atomic():
        held = Address.objects.select_for_update().get(pk=address.pk)
        destroy_key(key=held.key, now=now)
        held.removed_at = now
        held.save(update_fields=["removed_at"])


def verification_code(address: Address) -> str:
    """Six digits that follow from the address and the instant they were sent at, so they are stored nowhere."""
    number = int(keyed_hash(f"{address.pk} {address.code_sent_at.timestamp()}", "verification code"), 16)
    return f"{number % 1_000_000:06d}"


def _send_code(*, address: Address, by: Officer, now: datetime) -> None:
    Message.objects.bulk_create(
        [
            Message(
                district_id=address.district_id,
                kind=Message.Kind.VERIFICATION,
                recipient=by,
                address=address,
                urgent=True,
                created_at=now,
                next_try_at=now,
                give_up_at=now + CODE_LASTS,
            )
        ]
    )


# --- Where messages may go -----------------------------------------------------------------------------------------
def check_address(*, channel: str, value: str, district_id: int) -> str:
    """The address in the form it is kept in. Raises AddressRefused with the sentence that says why."""
    value = value.strip()
    if channel == Channel.EMAIL:
        try:
            validate_email(value)
        except ValidationError as wrong:
            raise AddressRefused(_("This is not an e-mail address.")) from wrong
        return value
    if channel == Channel.SMS:
        try:
            return normalise_phone(value)
        except NotAPhone as wrong:
            raise AddressRefused(str(wrong)) from wrong
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as wrong:
        raise AddressRefused(_("This is not a complete address.")) from wrong
    if channel == Channel.WEBHOOK and parts.scheme in ("http", "https"):
        ip = allowed_ip(host=parts.hostname or "", port=port, district_id=district_id)
        if parts.scheme == "http" and ipaddress.ip_address(ip.split("%")[0]).is_global:
            raise AddressRefused(
                _("This address lies outside the network, where anybody could read along: it needs https.")
            )
    elif channel == Channel.APPRISE and parts.scheme in settings.APPRISE_SCHEMAS:
        if apprise.Apprise.instantiate(value, suppress_exceptions=True) is None:
            raise AddressRefused(_("This is not a complete address."))
        if parts.scheme not in FIXED_HOSTS:
            allowed_ip(host=parts.hostname or "", port=port, district_id=district_id)
    else:
        raise AddressRefused(
            _("Addresses beginning with %(scheme)s:// are not allowed here.") % {"scheme": parts.scheme}
        )
    return value


def allowed_ip(*, host: str, port: int | None, district_id: int) -> str:
    """The numeric address to connect to, resolved now. Raises AddressRefused for an inside address.

    Guards against requests to inside services (SSRF): every address the name stands for must be a public one,
    or lie in a range that the district has set. Asked when the address is entered and again at each sending;
    who sends connects to what was checked, not to what the name means a moment later.
    """
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as wrong:
        raise AddressRefused(_("The host of this address is not known.")) from wrong
    kept = (
        DistrictSettings.objects.filter(district=district_id).values_list("inside_ranges", flat=True).first()
    )
    ranges = [ipaddress.ip_network(text) for text in kept or []]
    for text in sorted(found):
        ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(text.split("%")[0])
        if isinstance(ip, ipaddress.IPv6Address):
            ip = ip.ipv4_mapped or ip.sixtofour or ip
        public = ip.is_global and not ip.is_multicast and not ip.is_reserved
        # fec0::/10 was the inside of a site before fc00::/7; Python calls it global.
        public = public and not getattr(ip, "is_site_local", False)
        if not public and not any(ip.version == net.version and ip in net for net in ranges):
            raise AddressRefused(
                _("This address lies inside the network. The district can allow its range in its settings.")
            )
    return min(found)
