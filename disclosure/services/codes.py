"""At the desk a lost code is replaced; on the hotline a caller is told how her matter stands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, acts_of, holdings
from bureaus.models import Officer, Place
from bureaus.services.refusals import NotAChoice, Refusal
from disclosure.models import NewCode
from disclosure.services.knocking import WRONG_CODES_AN_HOUR, WRONG_CODES_OF_ONE_MATTER, TooOften, knock
from disclosure.services.told import STATES, steps_of
from disclosure.services.visiting import digest_of, new_code, plain_reference
from inquiries.models import ClearReading, IdentitySeen, Inquiry
from inquiries.services.acting import begin, finish
from inquiries.services.citizens import tell_citizen, way_to
from inquiries.services.closing import answers_there
from inquiries.services.refusals import NotYours

log = structlog.get_logger(__name__)


class AnswersItself(Refusal):
    sentence = _(
        "Whoever also holds a post in the bureau that answers gives no code for the matter: "
        "a code lets the answer be rated."
    )


class NoSuchMatter(Refusal):
    sentence = _(
        "No matter has this reference and these last four digits of a telephone number. Ask the caller for both "
        "again. Where no number was left, or the matter is sealed, only the code tells how it stands."
    )
    field = "digits"


def give_new_code(
    inquiry_id: int, *, identity: str, by: Officer, now: datetime, seen: int | None = None
) -> str:
    """Gives the new code, told this once; the old one opens nothing from now on.

    1. Locks the inquiry; only who may call back, never the answering bureau: a code lets rate (NotYours,
    NotSealedReader, ChangedMeanwhile, AnswersItself). 2. Refuses where it is not said by what the citizen was known:
    NotAChoice.
    3. A row with the keyed hash of the code, and an event that says by what, never the code. 4. Where a message reaches
    the citizen, she is told that it was given, so that a code nobody asked for is noticed.
    """
    inquiry = begin(inquiry_id, act=Act.CALL_BACK, by=by, now=now, seen=seen)
    if answers_there(by, inquiry, now=now):
        raise AnswersItself
    if identity not in IdentitySeen.values:
        raise NotAChoice(field="identity")
    code = new_code()
    district = Place.objects.get(pk=inquiry.district_id)
    # Inserted in bulk: no role may read the row back.
    NewCode.objects.bulk_create(
        [
            NewCode(
                inquiry=inquiry,
                district=district,
                digest=digest_of(inquiry.reference, code, district),
                version=inquiry.version,
                made_at=now,
                made_by=by,
            )
        ]
    )
    if way_to(inquiry) is not None:
        tell_citizen(inquiry, "code_given", by=by, now=now)
    finish(inquiry, "code_given", by=by, now=now, changed=[], place_id=district.pk, identity=identity)
    return code


@dataclass(frozen=True)
class Standing:
    """How a matter stands, as it is read to a caller: no word of it, and nothing of who asked."""

    reference: str
    state: str | Promise
    asked_at: datetime
    due_at: datetime
    is_open: bool
    place: Place
    steps: list[tuple[datetime, str | Promise]]


def tell_standing(
    *, district: Place, reference: str, digits: str, by: Officer, now: datetime
) -> Standing | None:
    """How the matter of this reference stands, whichever office holds it; None where the digits are not its own.

    1. Only who records what citizens ask: NotYours. 2. Wrong ones are counted, of the officer and of the matter:
    TooOften. 3. Compared in the database with what is left of the masked number; never a sealed matter. 4. Who was
    told of which matter is in the access log. 5. What was opened for it is closed again.
    """
    if Act.RECORD not in acts_of(holdings(by, now=now)):
        raise NotYours
    reference = plain_reference(reference)
    digits = re.sub(r"\s", "", unicodedata.normalize("NFKC", digits))
    who = (
        (f"officer|{by.pk}", WRONG_CODES_AN_HOUR),
        (f"{district.pk}|{reference}", WRONG_CODES_OF_ONE_MATTER),
    )
    if any(knock("digits", one, now=now, add=0) >= most for one, most in who):
        raise TooOften
    found = _open(district, reference, digits)
    if found is None:
        for one, _most in who:
            knock("digits", one, now=now)
        log.warning("digits_refused", officer=by.pk, reference=reference)
        return None
    inquiry = Inquiry.objects.select_related("holder").get(pk=found)
    told = Standing(
        reference=inquiry.reference,
        state=STATES[inquiry.state],
        asked_at=inquiry.asked_at,
        due_at=inquiry.due_at,
        is_open=inquiry.is_open,
        place=inquiry.holder,
        steps=steps_of(inquiry),
    )
    ClearReading.objects.bulk_create(
        [
            ClearReading(
                district_id=district.pk,
                officer=by,
                inquiry=inquiry,
                fields="standing",
                reason="reference and last four digits",
                at=now,
            )
        ]
    )
    _open(district, "", "")
    return told


def _open(district: Place, reference: str, digits: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("select bida_open_by_digits(%s, %s, %s)", [district.pk, reference, digits])
        (found,) = cursor.fetchone() or (None,)
    return found
