"""The portal on a server of its own: what a citizen does there is sealed into the intake box, and nothing is read back.

What it shows of a matter, and every number that only the inside can count, was handed out by the inside before.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from bureaus.models.fields import keyed_hash
from bureaus.models.written import check_text
from bureaus.services.refusals import Refusal
from disclosure.models import HandedOut, Intake, IntakeKey
from disclosure.services import visiting
from disclosure.services.knocking import knock
from disclosure.services.sealing import seal
from disclosure.services.told import SOUGHT, WAITS, Matter, matter_told
from disclosure.services.visiting import Asked, Holder
from inquiries.models.rules import Kind
from inquiries.services.attaching import check_file
from inquiries.services.recording import CitizenGiven, check_citizen, reference_of
from inquiries.services.refusals import NeedsWords

ASK, MORE, AGAIN, RATE, SEEK = "ask", "more", "again", "rate", "seek"


class NoBoxYet(Refusal):
    sentence = _("Nothing can be handed in here just now. Try again in a few minutes, or call the hotline.")


class StillWaits(Refusal):
    sentence = _("This matter is not recorded yet. Try again in a few minutes.")


def ask_outside(
    *,
    district: Place,
    place: Place | None,
    kind: str,
    question: str,
    citizen: CitizenGiven,
    visitor: str,
    consent: int,
    now: datetime,
    about_place: Place | None = None,
    files: Sequence[tuple[str, bytes]] = (),
) -> Asked:
    """The question lies in the box, as `ask_publicly` would take it; whoever asked has its reference and code.

    What would be refused inside is refused here, where she can mend it. Raises what `ask_publicly` does, and NoBoxYet.
    """
    visiting.check_asking(
        district=district, place=place, kind=kind, visitor=visitor, consent=consent, now=now
    )
    if not question.strip():
        raise NeedsWords(field="question")
    check_text(question, field="question")
    check_citizen(citizen)
    files = files[: visiting.MOST_FILES]
    for name, content in files:
        check_file(name, content)
    with connection.cursor() as cursor:
        cursor.execute("select year, number from bida_draw_reference(%s)", [district.pk])
        year, number = cursor.fetchone() or (0, 0)
    asked = Asked(
        reference_of(year, number),
        visiting.new_code(),
        None,
        kind == Kind.TIP_OFF or about_place is not None,
    )
    entry = {
        "do": ASK,
        "drawn": [year, number],
        "code": asked.code,
        "place": place and place.pk,
        "kind": kind,
        "question": question,
        "citizen": asdict(citizen),
        "about_place": about_place and about_place.pk,
        "files": [[name, base64.b64encode(content).decode()] for name, content in files],
        "consent": consent,
    }
    _hand_in(district, entry, digest=_digest(Holder(district, asked.reference, asked.code)), now=now)
    return asked


def admit_outside(
    *, district: Place, reference: str, code: str, visitor: str, now: datetime
) -> Holder | None:
    """Whoever holds reference and code of what is followed here; None for a wrong code. Raises TooOften, NoBoxYet.

    What this portal does not know, for it was asked elsewhere or its code was replaced, the inside is asked for, once
    an hour; it counts as a wrong code all the same.
    """
    holder = visiting.plain_holder(Holder(district, reference, code))
    known = visiting.admitted(holder, visitor, now=now, knows=lambda one: _state(one) is not None)
    if known is not None or knock(SEEK, _sought(holder), now=now, add=0):
        return known
    knock(SEEK, _sought(holder), now=now)
    entry = _about(holder, SEEK, {"digest": _digest(holder)}, None)
    _hand_in(district, entry, digest=_sought(holder), now=now)
    return holder


def matter_outside(holder: Holder) -> Matter:
    """The matter as the inside last told of it. Raises WrongCode."""
    told = _state(holder)
    if told is None:
        raise visiting.WrongCode
    return matter_told(holder.reference, told)


def do_outside(holder: Holder, deed: str, given: dict[str, Any], *, now: datetime) -> None:
    """What is added, asked again or rated lies in the box. Raises StillWaits, NotNow, NeedsWords, NeedsReasonAndYes."""
    told = _state(holder) or {}
    if told.get("state") in (None, WAITS, SOUGHT):
        raise StillWaits
    allowed = {
        MORE: told["may_reply"],
        AGAIN: told["is_open"] and not told["may_reply"],
        RATE: told["may_rate"],
    }
    if not allowed[deed]:
        raise visiting.NotNow
    if deed == RATE:
        visiting.check_rating(**given)
    elif not given["text"].strip():
        raise NeedsWords(field="text")
    for name, text in given.items():
        if isinstance(text, str):
            check_text(text, field=name)
    # It is about what she saw, and never about a later round.
    _hand_in(holder.district, _about(holder, deed, given, told["round"]), digest="", now=now)


def _about(holder: Holder, deed: str, given: dict[str, Any], round_seen: int | None) -> dict[str, Any]:
    about = {"reference": holder.reference, "code": holder.code, "round": round_seen}
    return {"do": deed, **about, "given": given}


def handed_out(district_id: int, what: str) -> HandedOut | None:
    """What the inside last counted of it."""
    return HandedOut.objects.filter(district=district_id, what=what).first()


def _hand_in(district: Place, entry: dict[str, Any], *, digest: str, now: datetime) -> None:
    key = IntakeKey.objects.order_by("-made_at").first()
    if key is None:
        raise NoBoxYet
    content = json.dumps({"district": district.pk, **entry}).encode()
    sealed = seal(content, bytes(key.public))
    Intake(district=district, sealed=sealed, digest=digest, at=now, again_at=now).save(force_insert=True)


def _digest(holder: Holder) -> str:
    return keyed_hash(f"{holder.reference}:{holder.code}", f"outside:{holder.district.pk}")


def _sought(holder: Holder) -> str:
    return keyed_hash(f"{holder.reference}:{holder.code}", f"sought:{holder.district.pk}")


def _state(holder: Holder) -> dict[str, Any] | None:
    """What the inside last told of it, that it waits in the box, or that the inside is asked for it; None: neither."""
    told = _told(holder.district, _digest(holder))
    if told is None and _told(holder.district, _sought(holder)) is not None:
        return {"state": SOUGHT}
    return told


def _told(district: Place, digest: str) -> dict[str, Any] | None:
    with connection.cursor() as cursor:
        cursor.execute("select bida_public_state(%s, %s)", [district.pk, digest])
        (found,) = cursor.fetchone() or (None,)
    return None if found is None else json.loads(found) if isinstance(found, str) else dict(found)
