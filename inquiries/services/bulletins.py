"""The weights of a district's score, and its numbered reports: written once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Max
from django.utils import translation
from psycopg.errors import SerializationFailure, UniqueViolation

from bureaus.access import MAY, Act, Roll, holdings
from bureaus.models import Officer, Place
from bureaus.services.calendar import calendar_for
from bureaus.services.notices import NoticeRow, write_notices
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date
from inquiries import deadlines
from inquiries.figures import FIGURES, Measured, Period, Query, read_together
from inquiries.figures.chasing import ageing
from inquiries.figures.figure import folding
from inquiries.figures.ranking import RATE, standings, weights_of
from inquiries.figures.times import read_times
from inquiries.models import Bulletin, BulletinDraft, BulletinPublication, Duty, ScoreWeights
from inquiries.models.duty import DutyKind
from inquiries.models.tally import TIMES
from inquiries.services.duties import finish_duty, head_of, open_duty
from inquiries.services.refusals import (
    DraftDecided,
    DutyDone,
    EditionChanged,
    MadeMeanwhile,
    NeedsForeword,
    NeedsReason,
    NotReviewed,
    NotYours,
    PeriodNotOver,
    ReviewedByMaker,
    WrongBulletin,
    WrongWeights,
)

LANGUAGES = ("en", "zh-hans")
# For each step: the review, the signature, and what is to be done with a signed one.
STEP_WORKING_DAYS = 2


def _lock(name: str, district: Place) -> None:
    # Two who freeze at once get two numbers.
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s), %s)", [name, district.pk])


@contextmanager
def _alone(refusal: type[Refusal]) -> Iterator[None]:
    """What somebody else decided or froze since this transaction saw its rows is refused. Raises `refusal`."""
    try:
        with transaction.atomic():
            yield
    except (IntegrityError, OperationalError) as failure:
        if isinstance(failure.__cause__, SerializationFailure | UniqueViolation):
            raise refusal from failure
        raise


def _check(by: Officer | None, act: Act, district: Place, *, now: datetime) -> None:
    if by is not None and not any(
        act in MAY[held.post.role] and held.post.place_id == district.pk for held in holdings(by, now=now)
    ):
        raise NotYours


def issue_weights(
    *,
    district: Place,
    weights: Mapping[str, int],
    ranked_from: int,
    by: Officer | None,
    now: datetime,
    seen: int | None = None,
) -> ScoreWeights:
    """A new edition of the score's weights is in force. Raises NotYours, EditionChanged, WrongWeights.

    Rates by code, each with the hundredths of a point that a percent short of its best costs; together 100 at most, so
    that no score falls below 0. `seen` is the number of the edition that was edited, 0 for what was shipped.
    """
    _check(by, Act.EDIT_RULES, district, now=now)
    if not weights or not {*weights} <= {*RATE} or min(weights.values()) < 1 or sum(weights.values()) > 100:
        raise WrongWeights
    if ranked_from < 1:
        raise WrongWeights(field="ranked_from")
    _lock("score_weights", district)
    last = ScoreWeights.objects.filter(district=district).aggregate(last=Max("number"))["last"] or 0
    if seen is not None and seen != last:
        raise EditionChanged
    return ScoreWeights.objects.create(
        district=district,
        number=last + 1,
        weights=dict(weights),
        ranked_from=ranked_from,
        made_at=now,
        by=by,
    )


def make_bulletin(
    *,
    district: Place,
    period: Period,
    by: Officer,
    now: datetime,
    words: str = "",
    replaces: Bulletin | None = None,
    withdraws: bool = False,
) -> BulletinDraft:
    """A draft stands and waits for its review by another officer of the office, who is told and chased.

    With `replaces` it corrects that bulletin once it is signed, or withdraws it; why stands in its words. Raises
    NotYours, PeriodNotOver, WrongBulletin, NeedsForeword.
    """
    _check(by, Act.MAKE_BULLETIN, district, now=now)
    if period.last_on >= local_date(now):
        raise PeriodNotOver
    _check_replaced(district, replaces)
    if withdraws and replaces is None:
        raise WrongBulletin
    if replaces is not None and not words.strip():
        raise NeedsForeword
    draft = BulletinDraft.objects.create(
        district=district,
        first_on=period.first_on,
        last_on=period.last_on,
        words=words.strip(),
        replaces=replaces,
        withdraws=withdraws,
        made_by=by,
        made_at=now,
    )
    _owe(DutyKind.BULLETIN_REVIEW, draft.pk, district, by=by, now=now)
    return draft


@_alone(DraftDecided)
def review_bulletin(draft_id: int, *, passed: bool, words: str, by: Officer, now: datetime) -> BulletinDraft:
    """The draft is passed on to be signed, or sent back for good with the reason.

    Raises NotYours, ReviewedByMaker, DraftDecided, NeedsReason where it is sent back without one.
    """
    draft = _locked(draft_id)
    _check(by, Act.REVIEW_BULLETIN, draft.district, now=now)
    if draft.passed is not None:
        raise DraftDecided
    if draft.made_by_id == by.pk:
        raise ReviewedByMaker
    if not passed and not words.strip():
        raise NeedsReason
    draft.reviewed_by, draft.reviewed_at, draft.passed, draft.review = by, now, passed, words.strip()
    draft.save(update_fields=["reviewed_by", "reviewed_at", "passed", "review"])
    decision = "passed" if passed else "sent_back"
    _end(DutyKind.BULLETIN_REVIEW, draft.pk, draft.district, by=by, now=now, decision=decision)
    if passed:
        _owe(DutyKind.BULLETIN_SIGN, draft.pk, draft.district, by=by, now=now)
    return draft


@_alone(DraftDecided)
def sign_bulletin(draft_id: int, *, by: Officer, now: datetime) -> Bulletin:
    """The reviewed draft is signed: its figures are frozen at this moment under the year's next number, for good.

    Raises NotYours, DraftDecided, NotReviewed, WrongBulletin where the one it replaces was replaced meanwhile.
    """
    draft = _waiting_for_signature(draft_id, by=by, now=now)
    draft.decided_by, draft.decided_at, draft.signed = by, now, True
    draft.save(update_fields=["decided_by", "decided_at", "signed"])
    _end(DutyKind.BULLETIN_SIGN, draft.pk, draft.district, by=by, now=now, decision="signed")
    period = Period(draft.first_on, draft.last_on)
    return freeze_bulletin(district=draft.district, period=period, by=by, now=now, draft=draft)


@_alone(DraftDecided)
def refuse_bulletin(draft_id: int, *, reason: str, by: Officer, now: datetime) -> BulletinDraft:
    """The reviewed draft is not signed, for a reason, for good.

    Raises NotYours, DraftDecided, NotReviewed, NeedsReason.
    """
    draft = _waiting_for_signature(draft_id, by=by, now=now)
    if not reason.strip():
        raise NeedsReason
    draft.decided_by, draft.decided_at, draft.signed, draft.reason = by, now, False, reason.strip()
    draft.save(update_fields=["decided_by", "decided_at", "signed", "reason"])
    _end(DutyKind.BULLETIN_SIGN, draft.pk, draft.district, by=by, now=now, decision="refused")
    return draft


def publish_bulletin(
    bulletin_id: int, *, publish: bool, by: Officer, now: datetime, reason: str = ""
) -> Bulletin:
    """Every bureau of the district reads the bulletin from now on and its head is told; or it stays in the office.

    Either is decided once. Raises NotYours, DutyDone, NeedsReason where it stays without one.
    """
    bulletin = Bulletin.objects.select_related("district").get(pk=bulletin_id)
    district = bulletin.district
    _check(by, Act.PUBLISH_BULLETIN, district, now=now)
    if not publish and not reason.strip():
        raise NeedsReason
    decision = "published" if publish else "kept"
    _end(
        DutyKind.BULLETIN_PUBLISH,
        bulletin.pk,
        district,
        by=by,
        now=now,
        decision=decision,
        reply=reason.strip(),
    )
    if not publish:
        return bulletin
    BulletinPublication.objects.create(district=district, bulletin=bulletin, at=now, by=by)
    roll = Roll(district.pk, now=now)
    bureaus = Place.objects.standing().filter(district=district, kind=Place.Kind.BUREAU)
    write_notices(
        rows=[
            NoticeRow(
                district_id=district.pk,
                recipient_id=recipient.officer_id,
                cause_kind="bulletin",
                cause_id=str(bulletin.pk),
                kind="bulletin_published",
                reference=str(bulletin),
                url=f"/bulletins/{bulletin.pk}/",
                acting=recipient.acting,
                place_id=bureau.pk,
            )
            for bureau in bureaus
            for recipient in roll.reach("bureau_head", place_id=bureau.pk)
        ],
        now=now,
    )
    return bulletin


def _locked(draft_id: int) -> BulletinDraft:
    rows = BulletinDraft.objects.select_for_update(of=("self",)).select_related("district", "replaces")
    return rows.get(pk=draft_id)


def _waiting_for_signature(draft_id: int, *, by: Officer, now: datetime) -> BulletinDraft:
    draft = _locked(draft_id)
    _check(by, Act.SIGN_BULLETIN, draft.district, now=now)
    if not draft.is_open:
        raise DraftDecided
    if draft.passed is None:
        raise NotReviewed
    return draft


def _check_replaced(district: Place, replaces: Bulletin | None) -> None:
    if replaces is not None and (
        replaces.district_id != district.pk or Bulletin.objects.filter(replaces=replaces).exists()
    ):
        raise WrongBulletin


def _owe(kind: str, subject: int, district: Place, *, by: Officer | None, now: datetime) -> None:
    due = deadlines.due(now, deadlines.Rule(STEP_WORKING_DAYS), calendar_for(district.pk))
    open_duty(
        kind=kind,
        place=district,
        post=None if kind == DutyKind.BULLETIN_REVIEW else head_of(district),
        due_at=due.due_at,
        now=now,
        by=by,
        subject=str(subject),
    )


def _end(
    kind: str, subject: int, district: Place, *, by: Officer, now: datetime, decision: str, reply: str = ""
) -> None:
    """The step's duty is done, with its event. Raises DutyDone."""
    owed = Duty.objects.select_for_update(of=("self",)).select_related("place")
    duty = owed.filter(kind=kind, place=district, subject=str(subject), done_at=None).first()
    if duty is None:
        raise DutyDone
    finish_duty(duty, by=by, now=now, decision=decision, reply=reply)


@_alone(MadeMeanwhile)
def freeze_bulletin(
    *,
    district: Place,
    period: Period,
    by: Officer | None,
    now: datetime,
    seen: int | None = None,
    draft: BulletinDraft | None = None,
) -> Bulletin:
    """The period's figures and definitions stand as they are now, under the year's next number, for good.

    The end of `sign_bulletin`, and what a program does under the director's key: without a `draft` nobody reviewed
    it, and its page says so. Its numbers agree, where the door reads at one moment (`of_one_moment`). Whether it is
    published is owed from then on. `seen` is the last number of the year as it was shown: asked twice, a second one is
    not made. Raises NotYours, PeriodNotOver, MadeMeanwhile, WrongBulletin.
    """
    _check(by, Act.SIGN_BULLETIN, district, now=now)
    if period.last_on >= local_date(now):
        raise PeriodNotOver
    _lock("bulletin", district)
    year = local_date(now).year
    definitions = _definitions()
    last = last_number(district, year)
    if seen is not None and seen != last:
        raise MadeMeanwhile
    replaces = draft.replaces if draft else None
    _check_replaced(district, replaces)
    made = Bulletin.objects.create(
        district=district,
        year=year,
        number=last + 1,
        first_on=period.first_on,
        last_on=period.last_on,
        figures=figures_of(district=district, period=period, now=now),
        definitions=definitions,
        version=version_of(definitions),
        made_at=now,
        by=by,
        draft=draft,
        replaces=replaces,
        withdraws=bool(draft and draft.withdraws),
    )
    _owe(DutyKind.BULLETIN_PUBLISH, made.pk, district, by=by, now=now)
    return made


def preview_bulletin(draft: BulletinDraft, *, now: datetime) -> Bulletin:
    """What would be frozen if the draft were signed now. Writes nothing."""
    definitions = _definitions()
    period = Period(draft.first_on, draft.last_on)
    return Bulletin(
        district=draft.district,
        first_on=draft.first_on,
        last_on=draft.last_on,
        figures=figures_of(district=draft.district, period=period, now=now),
        definitions=definitions,
        version=version_of(definitions),
        made_at=now,
        draft=draft,
    )


def last_number(district: Place, year: int) -> int:
    """The number of the year's newest bulletin; 0 before the first."""
    return Bulletin.objects.filter(district=district, year=year).aggregate(last=Max("number"))["last"] or 0


def _definitions() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for figure in FIGURES.values():
        found[figure.code] = {
            "formula": {
                basis: {"n": share.n, "less": share.less, "of": share.of}
                for basis, share in figure.shares.items()
            }
        }
    for language in LANGUAGES:
        with translation.override(language):
            for figure in FIGURES.values():
                said = figure.definition
                found[figure.code][language] = {
                    "label": str(figure.label),
                    "numerator": str(said.numerator),
                    "denominator": str(said.denominator),
                    "attribution": str(said.attribution),
                    "dated_by": str(said.dated_by),
                    "excludes": str(said.excludes),
                }
    return found


def version_of(definitions: dict[str, dict[str, Any]]) -> str:
    """Twelve characters that are others as soon as a formula is another; its words may be put better."""
    formulas = {code: defined["formula"] for code, defined in definitions.items()}
    return hashlib.sha256(json.dumps(formulas, sort_keys=True).encode()).hexdigest()[:12]


def _told(measured: Measured) -> list[int | None]:
    return [measured.n, measured.of]


def figures_of(*, district: Place, period: Period, now: datetime) -> dict[str, Any]:
    """Every count and rate of the period on each basis, in all and by bureau, times, standings and what is late now.

    A flat mapping from a name to [n, of]: `figure.basis` for the district, `figure.basis.KEY` for a bureau.
    """
    calendar = calendar_for(district.pk)
    counts: dict[str, list[int | None]] = {}
    by_bureau = Query(district.pk, period, group_by=("bureau",))
    fold = folding(by_bureau)
    for basis in dict.fromkeys(basis for figure in FIGURES.values() for basis in figure.bases):
        query = replace(by_bureau, basis=basis)
        figures = (figure for figure in FIGURES.values() if basis in figure.bases)
        for code, read in read_together(figures, query, now=now, calendar=calendar, fold=fold).items():
            counts[f"{code}.{basis}"] = _told(read.total.now)
            for cell in read.cells:
                counts[f"{code}.{basis}.{cell.keys[0]}"] = _told(cell.now)
    plain = Query(district.pk, period)
    times = {}
    for time in TIMES:
        spread = read_times(time, plain, now=now).total.now
        times[time] = {
            "n": spread.n,
            "median": spread.median and [spread.median.at_least, spread.median.at_most],
            "ninetieth": spread.ninetieth and [spread.ninetieth.at_least, spread.ninetieth.at_most],
            "longest": spread.longest,
        }
    weights = weights_of(district.pk)
    return {
        "counts": counts,
        "times": times,
        "weights": {"edition": weights.edition, "of": dict(weights.of), "ranked_from": weights.ranked_from},
        "standings": [
            {
                "bureau": s.bureau_id,
                "n": s.n,
                "score": None if s.score is None else f"{float(s.score):.2f}",
                "rank": s.rank,
                "why": s.why,
            }
            for s in standings(plain, weights, now=now, calendar=calendar)
        ],
        "late_now": {
            str(row.bureau_id): list(row.by_band)
            for row in ageing(plain, now=now, calendar=calendar, fold=fold)
        },
        "bureaus": {
            str(pk): name for pk, name in Place.objects.filter(district=district).values_list("pk", "name")
        },
    }


@dataclass(frozen=True, slots=True)
class Moved:
    """A number of a bulletin that is another now: [n, of] then and now, None where there was or is none."""

    name: str
    then: list[int | None] | None
    now: list[int | None] | None


def run_again(bulletin: Bulletin, *, now: datetime) -> tuple[Moved, ...]:
    """What has moved since the bulletin was frozen, which stays as it is. Leaves out what was of that moment only."""
    period = Period(bulletin.first_on, bulletin.last_on)
    then = bulletin.figures["counts"]
    counts = figures_of(district=bulletin.district, period=period, now=now)["counts"]
    return tuple(
        Moved(name, then.get(name), counts.get(name))
        for name in sorted({*then, *counts})
        if then.get(name) != counts.get(name) and name.split(".")[1] != "now"
    )
