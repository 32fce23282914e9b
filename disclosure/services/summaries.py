"""A summary is drafted from the records, edited, checked, approved, frozen and published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from bureaus.access import MAY, Act, holdings
from bureaus.models import Hotline, Officer, Place
from bureaus.models.written import check_text
from bureaus.services.calendar import calendar_for
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date, midnight
from disclosure.documents.checks import Finding, check_summary
from disclosure.documents.summary import PARTS, Figure, draft_parts, figures_for
from disclosure.figures.open_days import Standing, in_sum, standing_of
from disclosure.models import Booth, OpenDay, PlanTask, Reception
from disclosure.models.summaries import Summary
from inquiries import deadlines
from inquiries.access import covers
from inquiries.models import Duty, Inquiry, Rating
from inquiries.services.duties import finish_duty, lock_duty, open_duty
from inquiries.services.refusals import ChangedMeanwhile, NeedsReason, NeedsWords

MOST_OF_PART = 20_000
HAND_IN_SUMMARY = "day_summary"
# In working days of the day's end; the district's office, which rolls the bureaus up, has twice as many.
SUMMED_UP_WITHIN = 5


class NotYourSummary(Refusal):
    sentence = _("A summary is written by officers of its bureau, or of the office above it.")


class NotYoursToApprove(Refusal):
    sentence = _(
        "A summary is approved and published by the head or vice head of the bureau, or by the district's office."
    )


class NoBoothThere(Refusal):
    sentence = _("This bureau had no booth at the open day. There is nothing to sum up.")


class SummaryFrozen(Refusal):
    sentence = _("This summary is approved and stays as it was approved.")


class NotApproved(Refusal):
    sentence = _("Only an approved summary is published.")


class ChecksRemain(NeedsReason):
    sentence = _("The checks found something. Mend it, or say why the summary is right all the same.")


@dataclass(frozen=True)
class Written:
    """What a summary is about, read at one moment: its booths, how they stand, and its figures."""

    booths: Sequence[Booth]
    standings: dict[int, Standing]
    total: Standing
    figures: dict[str, Figure]
    open_questions: int


def read_records(day: OpenDay, place: Place) -> Written:
    """The booths a summary is about: the bureau's own, or all of the district's. A fixed number of statements."""
    booths = Booth.objects.filter(open_day=day).select_related("place", "open_day").prefetch_related("units")
    if place.kind != Place.Kind.DISTRICT:
        booths = booths.filter(place=place)
    there = list(booths.order_by("place__path"))
    standings = standing_of(there)
    total = in_sum(standings.values())
    one = there[0] if len(there) == 1 and place.kind != Place.Kind.DISTRICT else None
    still = Inquiry.objects.filter(
        pk__in=Reception.objects.filter(booth__in=there, inquiry__isnull=False).values("inquiry"),
        answered_at=None,
    ).count()
    figures = figures_for(day, total, booth=one)
    if one is not None and (lines := Hotline.objects.filter(place__path__startswith=place.path).count()):
        figures["lines"] = Figure(f"{lines}部", "", True, "公布咨询热线")
    return Written(there, standings, total, figures, still)


def check_may_write(by: Officer, place: Place, *, now: datetime) -> None:
    """Raises NotYourSummary."""
    if not any(Act.RECORD in MAY[h.post.role] and covers(h, place) for h in holdings(by, now=now)):
        raise NotYourSummary


def check_may_approve(by: Officer, place: Place, *, now: datetime) -> None:
    """Raises NotYoursToApprove."""
    if not any(Act.APPROVE in MAY[h.post.role] and covers(h, place) for h in holdings(by, now=now)):
        raise NotYoursToApprove


def draft_summary(*, day: OpenDay, place: Place, by: Officer, now: datetime) -> Summary:
    """The summary is drafted from the records; where one stands already, that one.

    Raises NotYourSummary, NoBoothThere.
    """
    check_may_write(by, place, now=now)
    standing = Summary.objects.filter(open_day=day, place=place).first()
    if standing is not None:
        return standing
    read = read_records(day, place)
    if place.root_id != day.district_id or not read.booths:
        raise NoBoothThere
    parts = draft_parts(
        day,
        place,
        read.booths,
        read.standings,
        read.figures,
        open_questions=read.open_questions,
        prepared=_prepared(day, read.booths),
    )
    try:
        with transaction.atomic():
            return Summary.objects.create(
                district_id=day.district_id,
                open_day=day,
                place=place,
                parts=parts,
                drafted_by=by,
                drafted_at=now,
                edited_by=by,
                edited_at=now,
            )
    except IntegrityError:
        # Two opened it at one moment.
        return Summary.objects.get(open_day=day, place=place)


def _prepared(day: OpenDay, booths: Sequence[Booth]) -> list[str]:
    """The tasks of these bureaus' plans that were done; what was taken back, or is still owed, prepared nothing."""
    done = PlanTask.objects.filter(
        plan__open_day=day,
        plan__place__in=[booth.place_id for booth in booths],
        duty__done_at__isnull=False,
    ).exclude(duty__decision="withdrawn")
    return list(done.order_by("plan__place__path", "due_on", "pk").values_list("what", flat=True))


def _locked(summary_id: int, *, seen: int) -> Summary:
    summary = (
        Summary.objects.select_for_update(of=("self",)).select_related("place", "open_day").get(pk=summary_id)
    )
    if summary.version != seen:
        raise ChangedMeanwhile
    return summary


def edit_summary(summary_id: int, *, parts: dict[str, str], seen: int, by: Officer, now: datetime) -> Summary:
    """The texts are the author's; numbers stay names of figures.

    Raises ChangedMeanwhile, NotYourSummary, SummaryFrozen, NeedsWords, TooLong.
    """
    summary = _locked(summary_id, seen=seen)
    check_may_write(by, summary.place, now=now)
    if summary.approved_at is not None:
        raise SummaryFrozen

    for code in PARTS:
        check_text(parts.get(code, ""), field=code, most=MOST_OF_PART)
    if not any(parts.get(code, "").strip() for code in PARTS):
        raise NeedsWords(field="lead")
    summary.parts = {code: parts.get(code, "").strip().replace("\r\n", "\n") for code in PARTS}
    summary.edited_by, summary.edited_at = by, now
    summary.version += 1
    summary.save(update_fields=["parts", "edited_by", "edited_at", "version"])
    return summary


def findings_of(summary: Summary, read: Written) -> list[Finding]:
    """What the checks find in a summary as it stands now."""
    others = Summary.objects.filter(district=summary.district_id).exclude(pk=summary.pk)
    texts = others.filter(open_day=summary.open_day_id) | others.filter(place=summary.place_id)
    lines = {
        line.strip()
        for parts in texts.values_list("parts", flat=True)
        for text in parts.values()
        for line in text.splitlines()
    }
    bureaus = list(
        Place.objects.filter(district=summary.district_id, kind=Place.Kind.BUREAU).values_list(
            "name", flat=True
        )
    )
    rated = Rating.objects.filter(
        inquiry__in=Reception.objects.filter(booth__in=read.booths, inquiry__isnull=False).values("inquiry")
    ).count()
    sums = (read.total.people, read.total.visits)
    # A district's summary names its bureaus' numbers too, and what is still open.
    borne_out = {f"{read.open_questions}件"} | {
        figure.words
        for booth in read.booths
        for figure in figures_for(summary.open_day, read.standings[booth.pk], booth=booth).values()
    }
    return check_summary(
        summary.parts,
        day=summary.open_day,
        place=summary.place,
        booths=read.booths,
        figures=read.figures,
        bureaus=bureaus,
        others=sorted(lines),
        rated=rated,
        borne_out=borne_out,
        sums=(*((each.known.value or 0) if each else 0 for each in sums),),  # type: ignore[arg-type]
    )


def approve_summary(summary_id: int, *, seen: int, by: Officer, now: datetime, although: str = "") -> Summary:
    """The summary is approved, its numbers are frozen as they stand, and it is owed no more.

    What the checks find is mended first, or the approver says why it is right all the same, which stays on record.
    Raises ChangedMeanwhile, NotYoursToApprove, SummaryFrozen, ChecksRemain.
    """
    summary = _locked(summary_id, seen=seen)
    check_may_approve(by, summary.place, now=now)
    if summary.approved_at is not None:
        raise SummaryFrozen
    read = read_records(summary.open_day, summary.place)
    although = although.strip()
    if findings_of(summary, read) and not although:
        raise ChecksRemain(field="although")
    summary.frozen = {name: figure.words for name, figure in read.figures.items() if figure.known}
    summary.approved_by, summary.approved_at = by, now
    summary.approved_although = although
    summary.version += 1
    summary.save(update_fields=["frozen", "approved_by", "approved_at", "approved_although", "version"])
    owed = Duty.objects.filter(
        district_id=summary.district_id,
        kind=HAND_IN_SUMMARY,
        inquiry=None,
        subject=_subject(summary.open_day_id, summary.place_id),
        done_at=None,
    ).first()
    if owed is not None:
        finish_duty(lock_duty(owed.pk, by=by, now=now), by=by, now=now, decision="approved")
    return summary


def ask_for_summaries(*, district: Place, now: datetime) -> int:
    """Of every open day that is over, each bureau with a booth owes its summary until one is approved.

    Due within five working days of the day's end, of the district's office within ten; where Bida finds that out only
    later, counted from then. Days of history owe nothing. Gives how many duties were opened.
    """
    days = OpenDay.objects.filter(district=district, is_history=False, on__lt=local_date(now))
    opened = 0
    for day in days.order_by("on"):
        if day.last_on >= local_date(now):
            continue
        there = list(
            Place.objects.standing()
            .filter(pk__in=Booth.objects.filter(open_day=day).values("place"))
            .order_by("path")
        )
        approved = Summary.objects.filter(open_day=day, approved_at__isnull=False)
        settled = {_subject(day.pk, key) for key in approved.values_list("place", flat=True)}
        owing = [_subject(day.pk, place.pk) for place in (*there, district)]
        settled |= set(
            Duty.objects.filter(
                district=district, kind=HAND_IN_SUMMARY, inquiry=None, subject__in=owing, done_at=None
            ).values_list("subject", flat=True)
        )
        for place in [*there, district] if there else []:
            if _subject(day.pk, place.pk) not in settled:
                _owe_summary(day, place, now=now)
                opened += 1
    return opened


def _subject(day_id: int, place_id: int) -> str:
    """Whose booth it was, too: where the bureau is abolished, its heir owes it, and the booth stays where it stood."""
    return f"{day_id}.{place_id}"


def _owe_summary(day: OpenDay, place: Place, *, now: datetime) -> None:
    twice = 2 if place.kind == Place.Kind.DISTRICT else 1
    rule, calendar = deadlines.Rule(SUMMED_UP_WITHIN * twice), calendar_for(day.district_id)
    ended = midnight(day.last_on)
    due_at = deadlines.due(ended, rule, calendar).due_at
    if due_at <= now:
        due_at = deadlines.due(now, rule, calendar).due_at
    open_duty(
        kind=HAND_IN_SUMMARY,
        place=place,
        due_at=due_at,
        now=now,
        by=None,
        subject=_subject(day.pk, place.pk),
    )


def publish_summary(summary_id: int, *, seen: int, by: Officer, now: datetime) -> Summary:
    """Everybody reads the approved summary, without signing in too, and it never changes again.

    Raises ChangedMeanwhile, NotYoursToApprove, NotApproved, SummaryFrozen.
    """
    summary = _locked(summary_id, seen=seen)
    check_may_approve(by, summary.place, now=now)
    if summary.approved_at is None:
        raise NotApproved
    if summary.published_at is not None:
        raise SummaryFrozen
    summary.published_at, summary.published_by = now, by
    summary.save(update_fields=["published_at", "published_by"])
    return summary
