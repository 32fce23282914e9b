"""One act, one event: each linked to the one before by an HMAC keyed outside the database."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from bureaus.models import Officer
from bureaus.services.calendar import calendar_for
from bureaus.workdays import Calendar
from inquiries import deadlines
from inquiries.models import Duty, Event, Inquiry
from inquiries.models.tally import HAPPENED

# The first word back to the citizen is one of these.
CONTACTS = frozenset({"contacted", "interim", "asked_citizen", "correction_asked", "fee_asked", "answered"})
CONTACT_WORKING_DAYS = 1

# One for all: json.dumps makes a new one at each call with these settings.
_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_NULL = "null"


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
    instant, said = instant_of(at), codes_of(codes)
    body = body_of(
        chain=chain, seq=seq, code=code, instant=instant, by_id=by_id, place_id=place_id, codes=said
    )
    return hmac.digest(event_key(), before + body.encode(), hashlib.sha256)


def body_of(
    *,
    chain: str,
    seq: int,
    code: str,
    instant: str,
    by_id: int | None,
    place_id: int | None,
    codes: str,
) -> str:
    """What the hash of an event is made of besides the hash before it; `instant` and `codes` are texts already."""
    # A JSON list, put together by hand: chain and code are plain words, and encoding a list costs four times as much.
    return (
        f'["{chain}",{seq},"{code}","{instant}",{_NULL if by_id is None else by_id},'
        f"{_NULL if place_id is None else place_id},{codes}]"
    )


def instant_of(at: datetime) -> str:
    """An instant as the hash of an event takes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def codes_of(codes: dict[str, Any]) -> str:
    """The codes of an event as its hash takes them."""
    return _encoder.encode(codes) if codes else "{}"


def event_key() -> bytes:
    """The key of the chain, from settings.EVENT_KEY."""
    return str(settings.EVENT_KEY).encode()


def chain_of(target: Inquiry | Duty) -> str:
    """The name of a chain inside the HMAC, so that an event cannot be moved to another chain."""
    return f"{'inquiry' if isinstance(target, Inquiry) else 'duty'}:{target.id}"


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

    `codes` holds codes, ids and instants only, never names, numbers or free text. What the act counts for in the
    figures is frozen with it; the first contact is set on the inquiry, to be saved.
    """
    event = next_event(target, code, by=by, now=now, place_id=place_id, **codes)
    event.save(force_insert=True)
    return event


def next_event(
    target: Inquiry | Duty,
    code: str,
    *,
    by: Officer | None,
    now: datetime,
    place_id: int | None = None,
    **codes: Any,
) -> Event:
    """As `record_event`, but the event too is not saved yet: for a target that is about to be inserted with it."""
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
    return Event(
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
        **(frozen(target, code, codes, now=now) if isinstance(target, Inquiry) else {}),
    )


def frozen(
    inquiry: Inquiry, code: str, codes: dict[str, Any], *, now: datetime, calendar: Calendar | None = None
) -> dict[str, Any]:
    """The columns of the event by which the figures count the act: what the inquiry is now, measures, minutes.

    By the `calendar` where one is given, else by that in force.
    """
    words, timed, since = [code], [], inquiry.asked_at
    owed = inquiry.parent_id is None
    if code in ("recorded", "imported"):
        words = ["recorded"]
        # How late a source's matter is entered says nothing of who records here.
        timed += ["recording"] if code == "recorded" else []
        marks = {
            "child": not owed,
            "imported": inquiry.imported,
            "provisional": inquiry.due_provisional,
        }
        words += [f"recorded_{mark}" for mark, fits in marks.items() if fits]
    elif code == "answered":
        words += _of_answer(inquiry, codes, owed=owed)
        timed += [] if codes["at_once"] else ["answer"]
    elif code == "rated":
        words = _of_rating(codes)
    elif code == "filed" and inquiry.answered_at is not None:
        timed.append("filing")
        since = inquiry.answered_at
    if code in CONTACTS and inquiry.contacted_at is None:
        inquiry.contacted_at = now
        if owed and codes.get("at_once"):
            # Told at the asking: should it be reopened, the first word was in time.
            inquiry.contacted_late = False
        elif owed:
            calendar = calendar or calendar_for(inquiry.district_id)
            promised = deadlines.due(inquiry.recorded_at, deadlines.Rule(CONTACT_WORKING_DAYS), calendar)
            inquiry.contacted_late = now >= min(promised.due_at, inquiry.due_at)
            words += ["first_contact", "first_contact_late"][: 1 + inquiry.contacted_late]
            timed.append("contact")
    counted = " ".join(word for word in words if word in HAPPENED)
    return {
        "kind": inquiry.kind,
        "urgency": inquiry.urgency,
        "channel": inquiry.channel,
        "topic_id": inquiry.topic_id,
        "counted": counted or None,
        "timed": " ".join(timed) or None,
        # Nothing to reckon where nothing went by, which spares the recorder a look at the calendar.
        "minutes": (
            (calendar or calendar_for(inquiry.district_id)).minutes_between(since, now) if since < now else 0
        )
        if timed
        else None,
    }


def _of_answer(inquiry: Inquiry, codes: dict[str, Any], *, owed: bool) -> list[str]:
    words = [f"answered_{codes['outcome']}"]
    if codes["at_once"]:
        return [*words, "answered_at_once"]
    level = inquiry.chase_level
    words.append(f"answered_after_{'none' if level in ('', 'digest') else level}")
    if owed and inquiry.answered_at is not None:
        words.append("answered_owed")
        words += ["answered_late"] * (inquiry.answered_at >= inquiry.due_at)
        words += ["answered_late_first"] * (inquiry.answered_at >= inquiry.original_due_at)
    return words


def _of_rating(codes: dict[str, Any]) -> list[str]:
    source = f"rated_{codes['source']}"
    said = [
        "reached" if codes.get("reached") else "",
        {True: "solved", False: "unsolved"}.get(codes.get("solved"), ""),  # type: ignore[arg-type]  # or nothing said
        {True: "contacted", False: "not_contacted"}.get(codes.get("contacted"), ""),  # type: ignore[arg-type]
        codes.get("satisfaction", ""),
    ]
    return [source, *(f"{source}_{word}" for word in said if word)]


def chased_as(target: Inquiry | Duty, level: str) -> str | None:
    """The measure a chase counts for: pursuits of inquiries by level, and no line in the digest."""
    word = f"chased_{level}"
    return word if isinstance(target, Inquiry) and word in HAPPENED else None
