"""Subscribers are told what happens, each event until it is taken; what was sent can be sent again."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, acts_of, holdings
from bureaus.models import Channel, Officer, Place
from bureaus.models.fields import decrypt, encrypt
from bureaus.models.scope import ALL_DISTRICTS, WORKER, Scope, scope
from bureaus.services.channels import HardRefusal, post_signed
from bureaus.services.keys import make_key
from bureaus.services.notices import AddressRefused, allowed_ip, check_address
from bureaus.services.refusals import Refusal
from inquiries.models import Delivery, Subscription
from inquiries.services.wording import EVENTS

BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480)]
LEASE = timedelta(minutes=5)


class UnknownEvent(Refusal):
    sentence = _("Name at least one event, and only events that there are.")
    field = "events"


class NeedsBureau(Refusal):
    sentence = _("A webhook is of a bureau or of the district: use a key made for one.")


class NotYourWebhooks(Refusal):
    sentence = _("Your post does not keep webhooks.")


class WebhookRefused(Refusal):
    sentence = _("This is no address that a webhook may go to: its detail says why.")
    field = "url"


def subscribe(
    *,
    name: str,
    url: str,
    events: Collection[str],
    district_id: int,
    bureau: Place | None,
    seen: Scope,
    by: Officer | None,
    now: datetime,
) -> Subscription:
    """The subscriber is told from now on; `shown` on the row is the one time its secret is known.

    `by` None is a key that was made for it. Raises UnknownEvent, NeedsBureau, NotYourWebhooks, WebhookRefused.
    """
    if by is not None and Act.KEEP_PLACES not in acts_of(holdings(by, now=now)):
        raise NotYourWebhooks
    if not events or not set(events) <= EVENTS:
        raise UnknownEvent
    if bureau is None and seen.district is None:
        raise NeedsBureau
    try:
        url = check_address(channel=Channel.WEBHOOK, value=url, district_id=district_id)
    except AddressRefused as wrong:
        raise WebhookRefused(str(wrong)) from wrong
    key, secret = make_key(district_id=district_id), secrets.token_urlsafe(32)
    made = Subscription.objects.create(
        district_id=district_id,
        bureau=bureau,
        name=name.strip(),
        events=sorted(set(events)),
        key=key,
        url=encrypt(url, key),
        secret=encrypt(secret, key),
        host=urlsplit(url).hostname or "",
        made_at=now,
    )
    made.shown = secret
    return made


def end_subscription(subscription_id: uuid.UUID, *, now: datetime) -> None:
    """Nothing more is sent; the log stays. Ending it twice changes nothing."""
    Subscription.objects.filter(pk=subscription_id, ended_at=None).update(ended_at=now)
    Delivery.objects.filter(subscription=subscription_id).update(next_try_at=None)


def replay_delivery(delivery_id: uuid.UUID, *, now: datetime) -> Delivery:
    """The same body is sent again under the same id, now."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    delivery.next_try_at, delivery.attempts = now, 0
    delivery.save(update_fields=["next_try_at", "attempts"])
    return delivery


def deliver_next(*, now: datetime) -> bool:
    """One delivery that is due was tried; False when none is.

    1. It is leased and that is committed. 2. It is sent with no transaction open. 3. What came of it is noted. A sender
    that dies leaves it to the next after the lease; the receiver knows a repetition by the id.
    """
    with scope(role=WORKER, district=ALL_DISTRICTS):
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .filter(next_try_at__lte=now, subscription__ended_at=None)
            .select_related("subscription__key")
            .order_by("next_try_at")
            .first()
        )
        if delivery is None:
            return False
        delivery.attempts += 1
        delivery.next_try_at = now + LEASE
        delivery.save(update_fields=["attempts", "next_try_at"])
        to = delivery.subscription
        url, secret = decrypt(to.url, to.key), decrypt(to.secret, to.key)
        parts = urlsplit(url)
        ip, failure = "", None
        try:
            ip = allowed_ip(host=parts.hostname or "", port=parts.port, district_id=to.district_id)
        except AddressRefused as refused:
            failure = refused
    body = json.dumps({"id": str(delivery.pk), **delivery.body}, ensure_ascii=False, sort_keys=True)
    tried: Exception | None = failure or post_signed(
        url, ip, body, secret=secret, delivery=str(delivery.pk), at=int(now.timestamp())
    )
    with scope(role=WORKER, district=ALL_DISTRICTS):
        delivery.said = "" if tried is None else str(tried)[:200]
        if tried is None:
            delivery.sent_at, delivery.next_try_at = now, None
        elif isinstance(tried, HardRefusal) or delivery.attempts > len(BACK_OFF):
            delivery.next_try_at = None
        else:
            delivery.next_try_at = now + BACK_OFF[delivery.attempts - 1]
        delivery.save(update_fields=["said", "sent_at", "next_try_at"])
    return True
