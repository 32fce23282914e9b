"""The inside of a portal of its own: what lies in the box is recorded once, and what it may show is handed out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Count, F, QuerySet

from bureaus.models import Place
from bureaus.models.scope import WORKER
from bureaus.services.calendar import calendar_for
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date, midnight
from disclosure.models import DrawnReference, HandedOut, Intake, IntakeKey, PublicState
from disclosure.services import visiting
from disclosure.services.knocking import WRONG_CODES_OF_ONE_MATTER, TooOften, knock
from disclosure.services.outside import AGAIN, ASK, MORE, RATE, SEEK
from disclosure.services.sealing import open_sealed, public_key
from disclosure.services.told import told_of
from disclosure.services.visiting import Holder
from inquiries.models import Duty, Inquiry
from inquiries.services.duties import finish_duty, open_duty
from inquiries.services.recording import CitizenGiven, reference_of

TAKE_IN = "take_in"
# The district is told of what three tries could not record; it is tried on, for the cause may be mended.
TELL_AFTER = 3
LONGEST_PAUSE = timedelta(hours=1)
STATES_AT_ONCE = REMOVED_AT_ONCE = 200
_DIGEST = re.compile("[0-9a-f]{64}")


class NotDrawn(Exception):
    """No number of this district was drawn for it, or it is used."""


log = structlog.get_logger(__name__)


def take_in(*, district: Place, now: datetime) -> bool:
    """The entry that has waited longest is done and gone, or set aside with a reason; False where none waits.

    In the worker's scope of the district. 1. Locks the entry, passing over what another worker has. 2. Opens it and
    does what it says by the service that the public pages inside call. 3. Deletes it in the same transaction: whatever
    dies between, it is done once. 4. What is added to a matter that has gone on since is refused and gone: it was about
    what she saw, and a later round is another. 5. A question that is refused, or an entry that does not open, stops no
    other: it is tried again later, and after three times the district owes looking into it, once however much
    waits; once it has ended that, `remove_ended` takes it away.
    """
    entry = (
        Intake.objects.select_for_update(skip_locked=True)
        .filter(district=district, again_at__lte=now)
        .order_by("again_at", "pk")
        .first()
    )
    if entry is None:
        return False
    if trouble := _tried(entry, district, now=now):
        log.warning("intake set aside", entry=str(entry.pk), reason=trouble)
        _set_aside(entry, trouble, district, now=now)
    return True


def remove_ended(*, district: Place, now: datetime) -> int:
    """A batch of what the district's office has ended looking into is tried a last time, and removed; gives how many.

    In the worker's scope of the district. The duty keeps who ended it, when and in what words. What was set aside after
    that nobody has looked into: it hangs on the next duty.
    """
    ended = Intake.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        district=district, duty__done_at__isnull=False
    )
    entries = list(ended.order_by("pk")[:REMOVED_AT_ONCE])
    for entry in entries:
        if trouble := _tried(entry, district, now=now):
            entry.delete()
            log.warning("intake removed", entry=str(entry.pk), reason=trouble)
    return len(entries)


def settle_looking(*, district: Place, now: datetime) -> None:
    """The duty to look into what waits says how much that is and why, and is done once nothing waits any more.

    In the worker's scope of the district. Locks the duty, so that nothing is hung on it meanwhile.
    """
    for duty in _looking_into(district):
        waits = (
            Intake.objects.filter(duty=duty).order_by("trouble").values_list("trouble").annotate(Count("pk"))
        )
        request = ", ".join(f"{reason} ×{n}" for reason, n in waits)
        if not request:
            finish_duty(duty, by=None, now=now, decision="settled")
        elif request != duty.request:
            duty.request = request
            duty.save(update_fields=["request"])


def _looking_into(district: Place) -> QuerySet[Duty]:
    return Duty.objects.select_for_update(of=("self",)).filter(district=district, kind=TAKE_IN, done_at=None)


def _tried(entry: Intake, district: Place, *, now: datetime) -> str:
    """The entry is done and gone; else the name of what failed, for its words may hold what was handed in."""
    try:
        with transaction.atomic():
            _do(entry, district, now=now)
            Intake.objects.filter(pk=entry.pk).delete()
            # A broken reference must show here, where the entry can be set aside.
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")
                cursor.execute("set constraints all deferred")
    except Exception as failure:
        return type(failure).__name__
    return ""


def _do(entry: Intake, district: Place, *, now: datetime) -> None:
    said: dict[str, Any] = json.loads(open_sealed(bytes(entry.sealed)))
    if said["district"] != district.pk:
        raise ValueError("an entry of another district")
    if said["do"] == ASK:
        _record(said, entry, district, now=now)
        return
    deeds: dict[str, Callable[..., Any]] = {
        SEEK: _show,
        MORE: visiting.give_more,
        AGAIN: visiting.ask_once_more,
        RATE: visiting.rate,
    }
    holder = Holder(district, said["reference"], said["code"], role=WORKER, round=said["round"])
    try:
        deeds[said["do"]](holder, **said["given"], now=now)
    except Refusal as refused:
        log.warning("intake refused", entry=str(entry.pk), reason=type(refused).__name__)


def _record(said: dict[str, Any], entry: Intake, district: Place, *, now: datetime) -> None:
    """Whatever the portal says that it checked is checked here: whoever took it over says so too."""
    year, number = said["drawn"]
    drawn, _models = DrawnReference.objects.filter(district=district, year=year, number=number).delete()
    if not drawn:
        raise NotDrawn
    places = Place.objects.in_bulk({key for key in (said["place"], said["about_place"]) if key})
    # A bureau that was abolished meanwhile answers nothing: the district dispatches.
    place = _standing(places.get(said["place"]))
    visiting.check_asked(district=district, place=place, kind=said["kind"], consent=said["consent"])
    inquiry = visiting.record_asked(
        district=district,
        place=place,
        kind=said["kind"],
        question=said["question"],
        citizen=CitizenGiven(**said["citizen"]),
        about_place=places.get(said["about_place"]),
        files=[(name, base64.b64decode(content)) for name, content in said["files"]],
        code=said["code"],
        consent=said["consent"],
        now=now,
        reference=reference_of(year, number),
        # The clock starts when she asked, which the database lets be minutes before it was laid here.
        asked_at=min(entry.at, now),
    )
    PublicState(
        inquiry=inquiry,
        district=district,
        digest=entry.digest,
        content=told_of(inquiry),
        as_of=inquiry.event_count,
    ).save(force_insert=True)


def _show(holder: Holder, *, digest: str, now: datetime) -> None:
    """The portal shows from now on the matter that this code opens inside, under the digest that it knows it by.

    Wrong ones are counted with those of the inside's own pages, whatever the portal says that it counted. Raises
    TooOften, WrongCode.
    """
    if not _DIGEST.fullmatch(digest):
        raise ValueError("no digest")
    matter = f"{holder.district.pk}|{holder.reference}"
    if knock("code", matter, now=now, add=0) >= WRONG_CODES_OF_ONE_MATTER:
        raise TooOften
    try:
        inquiry = visiting.matter_held(holder)
    except visiting.WrongCode:
        knock("code", matter, now=now)
        raise
    told = {"content": told_of(inquiry), "as_of": inquiry.event_count}
    PublicState.objects.update_or_create(
        inquiry=inquiry, defaults={"district": holder.district, "digest": digest, **told}
    )


def _standing(place: Place | None) -> Place | None:
    return None if place is None or place.abolished_on is not None else place


def _set_aside(entry: Intake, reason: str, district: Place, *, now: datetime) -> None:
    entry.tries += 1
    entry.trouble = reason
    entry.again_at = now + min(timedelta(minutes=2**entry.tries), LONGEST_PAUSE)
    if entry.tries >= TELL_AFTER and entry.duty is None:
        due_on = calendar_for(district.pk).shift(local_date(now), 1)
        entry.duty = _looking_into(district).order_by("pk").first() or open_duty(
            kind=TAKE_IN,
            place=district,
            due_at=midnight(due_on + timedelta(days=1)),
            now=now,
            by=None,
            request=reason,
        )
    entry.save(update_fields=["tries", "trouble", "again_at", "duty"])


def tell_states(*, district: Place, after: int = 0) -> int:
    """A batch of matters that came in by the portal and have gone on is told of anew, those past `after`.

    Gives the last it looked at, 0 where there was none. One that cannot be told stops no other.
    """
    behind = PublicState.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        district=district, inquiry__event_count__gt=F("as_of"), pk__gt=after
    )
    states = list(behind.order_by("pk")[:STATES_AT_ONCE])
    matters = Inquiry.objects.select_related("holder").in_bulk([state.pk for state in states])
    for state in states:
        inquiry = matters[state.pk]
        try:
            with transaction.atomic():
                state.content, state.as_of = told_of(inquiry), inquiry.event_count
                state.save(update_fields=["content", "as_of"])
        except Exception as failure:
            log.error("state not told", inquiry=state.pk, reason=type(failure).__name__)
    return states[-1].pk if states else 0


def hand_out(*, district: Place, what: str, content: Any, now: datetime) -> None:
    """The portal shows this from now on; what it shows already is not written again."""
    if HandedOut.objects.filter(district=district, what=what, content=content).exists():
        return
    HandedOut.objects.update_or_create(district=district, what=what, defaults={"content": content, "at": now})


def tell_key(*, now: datetime) -> None:
    """The portal seals for the first of FIELD_KEYS from now on."""
    newest = IntakeKey.objects.order_by("-made_at").values_list("public", flat=True).first()
    if newest is None or bytes(newest) != public_key():
        IntakeKey.objects.update_or_create(public=public_key(), defaults={"made_at": now})


def waiting_under_older_keys() -> int:
    """How many entries may open under an older key alone: laid in the box before the newest was told."""
    newest = IntakeKey.objects.order_by("-made_at").values_list("made_at", flat=True).first()
    return 0 if newest is None else Intake.objects.filter(at__lte=newest).count()
