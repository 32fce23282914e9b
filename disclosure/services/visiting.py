"""A citizen asks without signing in, and follows the matter with its reference and a code of twelve digits."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.models import Place
from bureaus.models.fields import keyed_hash
from bureaus.models.scope import WEB, WORKER, scope
from bureaus.services.refusals import Refusal
from disclosure.models import FollowCode
from disclosure.services.knocking import (
    ASKS_AN_HOUR,
    WRONG_CODES_AN_HOUR,
    WRONG_CODES_OF_ONE_MATTER,
    TooOften,
    knock,
)
from disclosure.services.told import Matter, matter_told, told_of
from inquiries.models import Inquiry, Rating
from inquiries.models.inquiry import Channel
from inquiries.models.rules import Kind
from inquiries.services.attaching import attach_file
from inquiries.services.closing import rate_answer
from inquiries.services.contacting import ask_again, log_citizen_reply
from inquiries.services.recording import CitizenGiven, record_inquiry

MOST_FILES = 5
# Each edition stays: an inquiry says which one was agreed to. The newest is asked for.
CONSENTS: dict[int, str | Promise] = {
    1: _(
        "Your words, and your name and telephone number if you give them, are used to answer you and for nothing else. "
        "Those who answer see them; they are encrypted, masked in lists, and erased when the law no longer asks for "
        "them. You may ask without giving either. Nothing is published that tells who you are."
    )
}
CONSENT = max(CONSENTS)
# A disclosure application asks for more than this form does (政府信息公开条例 art. 29).
KINDS = (Kind.CONSULTATION, Kind.HELP, Kind.COMPLAINT, Kind.SUGGESTION, Kind.TIP_OFF, Kind.PRAISE)


class NeedsConsent(Refusal):
    sentence = _("Without your consent it cannot be recorded here. You can still call the hotline.")
    field = "consent"


class NotThisKind(Refusal):
    sentence = _("This cannot be asked here.")
    field = "kind"


class NotHere(Refusal):
    sentence = _("Choose a bureau of this district, or that you do not know which.")
    field = "place"


class WrongCode(Refusal):
    sentence = _(
        "No matter has this reference and code. Look at both again. The desk of the district's office gives you a new "
        "code; any hotline tells how it stands by the reference and the last four digits of your telephone number."
    )
    field = "code"


class NeedsReasonAndYes(Refusal):
    sentence = _("Say what is not answered, and tick that it is to be opened again.")
    field = "words"


class NotNow(Refusal):
    sentence = _("This cannot be done as the matter stands now.")


@dataclass(frozen=True)
class Asked:
    """What the citizen takes home: the reference is no secret, the code is, and is told this once."""

    reference: str
    code: str
    # Not known yet of what is handed in outside.
    due_on: date | None
    sealed: bool


def ask_publicly(
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
    """The question is recorded and chased like every other; whoever asked follows it by reference and code.

    1. Nobody asks more than ten times in an hour. 2. A scope of the district's office, which sees what is written
    here and nothing of it is shown. 3. Recorded at the bureau, or at the district where she does not know which.
    4. Her files. 5. The code, kept as a keyed hash. Raises TooOften, NeedsConsent, NotThisKind, NotHere, and what
    `record_inquiry` and `attach_file` do.
    """
    check_asking(district=district, place=place, kind=kind, visitor=visitor, consent=consent, now=now)
    code = new_code()
    with scope(role=WEB, places=[district.pk]):
        inquiry = record_asked(
            district=district,
            place=place,
            kind=kind,
            question=question,
            citizen=citizen,
            about_place=about_place,
            files=files,
            code=code,
            consent=consent,
            now=now,
        )
    return Asked(inquiry.reference, code, inquiry.due_on, inquiry.sealed)


def check_asking(
    *, district: Place, place: Place | None, kind: str, visitor: str, consent: int, now: datetime
) -> None:
    """One question more of this visitor. Raises TooOften, NeedsConsent, NotThisKind, NotHere."""
    if knock("ask", visitor, now=now) > ASKS_AN_HOUR:
        raise TooOften
    check_asked(district=district, place=place, kind=kind, consent=consent)


def check_asked(*, district: Place, place: Place | None, kind: str, consent: int) -> None:
    """What may be asked in public, whoever took it in. Raises NeedsConsent, NotThisKind, NotHere."""
    if consent not in CONSENTS:
        raise NeedsConsent
    if kind not in KINDS:
        raise NotThisKind
    if place is not None and (place.root_id != district.pk or place.kind == Place.Kind.SECTION):
        raise NotHere


def new_code() -> str:
    """Twelve digits that nobody foresees."""
    return f"{secrets.randbelow(10**12):012d}"


def record_asked(
    *,
    district: Place,
    place: Place | None,
    kind: str,
    question: str,
    citizen: CitizenGiven,
    about_place: Place | None,
    files: Sequence[tuple[str, bytes]],
    code: str,
    consent: int,
    now: datetime,
    reference: str = "",
    asked_at: datetime | None = None,
) -> Inquiry:
    """The question stands with its files and a keyed hash of its code, in a scope that the caller opened."""
    inquiry = record_inquiry(
        by=None,
        now=now,
        place=place or district,
        kind=kind,
        channel=Channel.WEB,
        question=question,
        citizen=citizen,
        about_place=about_place,
        reference=reference,
        asked_at=asked_at,
    )
    for name, content in files[:MOST_FILES]:
        attach_file(inquiry.pk, name=name, content=content, by=None, now=now)
    FollowCode.objects.create(
        inquiry_id=inquiry.pk,
        district_id=district.pk,
        digest=digest_of(inquiry.reference, code, district),
        consent=consent,
        made_at=now,
    )
    return inquiry


def in_groups(code: str) -> str:
    """The digits as they are read aloud: four by four."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def digest_of(reference: str, code: str, district: Place) -> str:
    """What is kept of a code: a keyed hash, bound to its matter and district."""
    return keyed_hash(f"{reference}:{code}", f"follow:{district.pk}")


def _plain(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).strip()


def plain_reference(typed: str) -> str:
    """The reference as it is kept, however it was typed or read aloud."""
    return _plain(typed).replace(" ", "").replace("—", "-").replace("–", "-")


@dataclass(frozen=True)
class Holder:
    """Whoever holds reference and code."""

    district: Place
    reference: str
    code: str
    # Of the worker for what was handed in outside, with the round that stood there.
    role: str = WEB
    round: int | None = None


def plain_holder(holder: Holder) -> Holder:
    """The same, reference and code as they are kept, however they were typed."""
    code = re.sub(r"\D", "", _plain(holder.code))
    return replace(holder, reference=plain_reference(holder.reference), code=code)


def admit(*, district: Place, reference: str, code: str, visitor: str, now: datetime) -> Holder | None:
    """The holder of a matter, whom this transaction lets see it; None for a wrong code, which is counted.

    Raises TooOften after twenty wrong codes of a visitor or ten of a matter within an hour.
    """
    return admitted(
        Holder(district, reference, code), visitor, now=now, knows=lambda holder: _opened(holder) is not None
    )


def admitted(
    holder: Holder, visitor: str, *, now: datetime, knows: Callable[[Holder], bool]
) -> Holder | None:
    """The holder as she is known, where `knows` says so; a wrong code is counted. Raises TooOften."""
    found = plain_holder(holder)
    matter = f"{found.district.pk}|{found.reference}"
    who = ((visitor, WRONG_CODES_AN_HOUR), (matter, WRONG_CODES_OF_ONE_MATTER))
    if any(knock("code", one, now=now, add=0) >= most for one, most in who):
        raise TooOften
    if not knows(found):
        for one, _most in who:
            knock("code", one, now=now)
        return None
    return found


def _opened(holder: Holder) -> int | None:
    """This transaction sees the matter from now on, where the code is its own; gives its id."""
    district, reference = holder.district, holder.reference
    with connection.cursor() as cursor:
        cursor.execute(
            "select bida_open_by_code(%s, %s, %s)",
            [district.pk, reference, digest_of(reference, re.sub(r"\D", "", holder.code), district)],
        )
        (found,) = cursor.fetchone() or (None,)
    return found


def matter_of(holder: Holder) -> Matter:
    """The matter in plain words, read under the code. Raises WrongCode."""
    pk = _opened(holder)
    if pk is None:
        raise WrongCode
    inquiry = Inquiry.objects.select_related("holder").get(pk=pk)
    return matter_told(holder.reference, told_of(inquiry), question=inquiry.question)


T = TypeVar("T")


def _act(holder: Holder, deed: Callable[[int], T]) -> T:
    """The deed is done to the matter for whoever holds its code. Raises WrongCode; NotNow in another round."""
    of_district = holder.district.pk if holder.role == WORKER else None
    with transaction.atomic(), scope(role=holder.role, places=[holder.district.pk], district=of_district):
        pk = _opened(holder)
        if pk is None:
            raise WrongCode
        if holder.round is not None:
            # Locked, so that nobody opens it again between this and the deed.
            held = Inquiry.objects.select_for_update(of=("self",)).get(pk=pk)
            if held.round != holder.round:
                raise NotNow
        done = deed(pk)
    _opened(holder)
    return done


def matter_held(holder: Holder) -> Inquiry:
    """The matter that this code opens, locked so that no other code is given for it meanwhile. Raises WrongCode."""

    def held(pk: int) -> Inquiry:
        inquiry = Inquiry.objects.select_for_update(of=("self",)).select_related("holder").get(pk=pk)
        if _opened(holder) != pk:
            raise WrongCode
        return inquiry

    return _act(holder, held)


def give_more(holder: Holder, *, text: str, now: datetime) -> Inquiry:
    """What was asked for stands, and the handler is told at once. Raises NeedsWords, NotInThisState."""
    return _act(holder, lambda pk: log_citizen_reply(pk, text=text, by=None, now=now))


def ask_once_more(holder: Holder, *, text: str, now: datetime) -> Inquiry:
    """It joins the matter and moves its chase to today (催单). Raises NotInThisState for what is answered."""
    return _act(holder, lambda pk: ask_again(pk, text=text, by=None, now=now))


def check_rating(*, satisfaction: str, words: str, open_again: bool) -> None:
    """Raises NeedsReasonAndYes where “not satisfied” is neither explained nor confirmed."""
    if satisfaction == Rating.Satisfaction.DISSATISFIED and not (words.strip() and open_again):
        raise NeedsReasonAndYes(field="open_again" if words.strip() else "words")


def rate(holder: Holder, *, satisfaction: str, words: str, open_again: bool, now: datetime) -> Rating:
    """What the citizen says of the answer stands, once a round; “not satisfied” opens a new round.

    Raises NeedsReasonAndYes where that is neither explained nor confirmed, NotNow where it is rated already.
    """
    check_rating(satisfaction=satisfaction, words=words, open_again=open_again)

    def rated(pk: int) -> Rating:
        inquiry = Inquiry.objects.select_for_update(of=("self",)).get(pk=pk)
        before = Rating.objects.filter(inquiry=inquiry, round=inquiry.round, source=Rating.Source.CITIZEN)
        if inquiry.is_open or before.exists():
            raise NotNow
        return rate_answer(
            pk,
            source=Rating.Source.CITIZEN,
            reached=True,
            satisfaction=satisfaction,
            words=words.strip(),
            by=None,
            now=now,
        )

    return _act(holder, rated)
