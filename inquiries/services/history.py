"""One act, one event: each linked to the one before by an HMAC keyed outside the database."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from bureaus.models import Officer
from inquiries.models import Duty, Event, Inquiry


def link(
    *,
    chain: str,
    seq: int,
    code: str,
    at: datetime,
    by_id: int | None,
    place_id: int | None,
    codes: dict[str, Any],
    before: bytes,
) -> bytes:
    """The HMAC-SHA256 of one event and of the hash before it. `chain` names the inquiry or duty."""
    body = json.dumps(
        [chain, seq, code, at.astimezone(UTC).isoformat(timespec="microseconds"), by_id, place_id, codes],
        sort_keys=True,
        separators=(",", ":"),
    )
    return hmac.digest(event_key(), before + body.encode(), hashlib.sha256)


def event_key() -> bytes:
    """The key of the chain, from settings.EVENT_KEY."""
    return str(settings.EVENT_KEY).encode()


def chain_of(target: Inquiry | Duty) -> str:
    """The name of a chain inside the HMAC, so that an event cannot be moved to another chain."""
    return f"{'inquiry' if isinstance(target, Inquiry) else 'duty'}:{target.pk}"


def record_event(
    target: Inquiry | Duty,
    code: str,
    *,
    by: Officer | None,
    now: datetime,
    place_id: int | None = None,
    **codes: Any,
) -> Event:
    """An event stands at the end of the chain of `target`, whose last hash is set but not saved.

    `codes` holds codes, ids and instants only, never names, numbers or free text.
    """
    target.event_count += 1
    digest = link(
        chain=chain_of(target),
        seq=target.event_count,
        code=code,
        at=now,
        by_id=by.pk if by else None,
        place_id=place_id,
        codes=codes,
        before=bytes(target.event_hash),
    )
    target.event_hash = digest
    return Event.objects.create(
        district_id=target.district_id,
        inquiry=target if isinstance(target, Inquiry) else None,
        duty=target if isinstance(target, Duty) else None,
        seq=target.event_count,
        code=code,
        at=now,
        by=by,
        place_id=place_id,
        codes=codes,
        hash=digest,
    )
