"""The yearly report is drafted, filled in, checked and approved, and owed until it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bureaus.access import Act, holdings
from bureaus.models import Officer, Place
from bureaus.models.written import check_text
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date, midnight
from disclosure.documents.annual import CELLS, PARTS, Numbers, check_numbers, draft_texts, is_number
from disclosure.figures.annual import applications_of, challenges_of
from disclosure.models import AnnualReport, ItemVersion
from disclosure.services.completing import places_that_publish
from disclosure.services.items import may_with
from disclosure.services.summaries import ChecksRemain
from inquiries.models import Duty, Inquiry
from inquiries.services.duties import finish_duty, lock_duty, open_duty
from inquiries.services.refusals import ChangedMeanwhile

REPORT = "annual_report"
MOST_OF_PART = 20_000
EARLIEST = 2008  # 政府信息公开条例 is in force since 1 May 2008.


class NotYourReport(Refusal):
    sentence = _(
        "A yearly report is written by officers who answer for the whole bureau, or for the district."
    )


class NotYoursToApproveReport(Refusal):
    sentence = _(
        "A yearly report is approved by who publishes for the whole bureau, or by the district's office."
    )


class NoReportOfThat(Refusal):
    sentence = _("A bureau and a district's office report of a year that has begun.")


class YearNotOver(Refusal):
    sentence = _("The year is not over. Its report is approved from 1 January.")


class ReportFrozen(Refusal):
    sentence = _("This report is approved and stays as it was approved.")


class NotANumberOfReport(Refusal):
    sentence = _("Give a whole number, of money a number of yuan; leave it empty where you do not know.")


def due_of(place: Place, year: int) -> datetime:
    """Bureaus report by 31 January, the district by 31 March (政府信息公开条例 art. 49)."""
    last = date(year + 1, 3, 31) if place.kind == Place.Kind.DISTRICT else date(year + 1, 1, 31)
    return midnight(last + timedelta(days=1))


def read_numbers(place: Place, year: int, cells: Mapping[str, str]) -> Numbers:
    """Every number of a report as the records have it now. Three statements; the reader sees the whole place."""
    at_place = (
        {"item__district": place}
        if place.kind == Place.Kind.DISTRICT
        else {"item__place__path__startswith": place.path}
    )
    items = ItemVersion.objects.filter(
        **at_place,
        published_at__gte=midnight(date(year, 1, 1)),
        published_at__lt=midnight(date(year + 1, 1, 1)),
    )
    return Numbers(
        applications_of(place, year),
        challenges_of(place, year),
        dict(cells),
        items.order_by().values("item").distinct().count(),
    )


def numbers_of(report: AnnualReport) -> Numbers:
    """The numbers of a report: frozen where it is approved, else as they stand."""
    if report.frozen is not None:
        return Numbers(**report.frozen)
    return read_numbers(report.place, report.year, report.cells)


def findings_of_report(report: AnnualReport, numbers: Numbers) -> list[str | Promise]:
    """What the rules of the form find in it, and beside the approved report of the year before."""
    earlier = AnnualReport.objects.filter(
        place=report.place_id, year=report.year - 1, approved_at__isnull=False
    ).first()
    return check_numbers(numbers, report.parts, numbers_of(earlier) if earlier else None)


def draft_report(*, place: Place, year: int, by: Officer, now: datetime) -> AnnualReport:
    """The report is drafted from the records; where one stands already, that one.

    Raises NotYourReport, NoReportOfThat.
    """
    if not may_with(holdings(by, now=now), Act.WRITE_ITEM, place):
        raise NotYourReport
    if place.kind not in (Place.Kind.DISTRICT, Place.Kind.BUREAU) or not (
        EARLIEST <= year <= local_date(now).year
    ):
        raise NoReportOfThat
    standing = AnnualReport.objects.filter(place=place, year=year).first()
    if standing is not None:
        return standing
    try:
        with transaction.atomic():
            return AnnualReport.objects.create(
                district_id=place.root_id,
                place=place,
                year=year,
                parts=draft_texts(place, year),
                edited_by=by,
                edited_at=now,
            )
    except IntegrityError:
        # Two opened it at one moment.
        return AnnualReport.objects.get(place=place, year=year)


def edit_report(
    report_id: int,
    *,
    cells: Mapping[str, str],
    parts: Mapping[str, str],
    seen: int,
    by: Officer,
    now: datetime,
) -> AnnualReport:
    """Texts, and numbers that are kept elsewhere, are the author's.

    Raises ChangedMeanwhile, NotYourReport, ReportFrozen, NotANumberOfReport, TooLong, NotPlainText.
    """
    report = _locked(report_id, seen=seen)
    if not may_with(holdings(by, now=now), Act.WRITE_ITEM, report.place):
        raise NotYourReport
    if report.approved_at is not None:
        raise ReportFrozen
    typed = {name: cells.get(name, "").strip() for name in CELLS}
    for name, value in typed.items():
        if value and not is_number(name, value):
            raise NotANumberOfReport(field=name)
    for code in PARTS:
        check_text(parts.get(code, ""), field=code, most=MOST_OF_PART)
    report.cells = {name: value for name, value in typed.items() if value}
    report.parts = {code: parts.get(code, "").strip().replace("\r\n", "\n") for code in PARTS}
    report.edited_by, report.edited_at = by, now
    report.version += 1
    report.save(update_fields=["cells", "parts", "edited_by", "edited_at", "version"])
    return report


def approve_report(
    report_id: int, *, seen: int, by: Officer, now: datetime, although: str = ""
) -> AnnualReport:
    """The report is approved, every number frozen as it stands, and it is owed no more.

    What the checks find is mended first, or the approver says why it is right all the same, which stays on record.
    Raises ChangedMeanwhile, NotYoursToApproveReport, ReportFrozen, YearNotOver, ChecksRemain.
    """
    report = _locked(report_id, seen=seen)
    if not may_with(holdings(by, now=now), Act.PUBLISH_ITEM, report.place):
        raise NotYoursToApproveReport
    if report.approved_at is not None:
        raise ReportFrozen
    if report.year >= local_date(now).year:
        raise YearNotOver
    numbers = numbers_of(report)
    although = although.strip()
    if findings_of_report(report, numbers) and not although:
        raise ChecksRemain(field="although")
    report.frozen = numbers.frozen()
    report.approved_by, report.approved_at, report.approved_although = by, now, although
    report.version += 1
    report.save(update_fields=["frozen", "approved_by", "approved_at", "approved_although", "version"])
    owed = _owed(report.district_id).filter(subject=_subject(report.year, report.place_id)).first()
    if owed is not None:
        finish_duty(lock_duty(owed.pk, by=by, now=now), by=by, now=now, decision="approved")
    return report


def ask_for_reports(*, district: Place, now: datetime) -> int:
    """Each bureau owes its report of the year that is over by 31 January, the district by 31 March.

    A district whose first records are younger owes none, nor what was due before Bida looked. Gives how many duties
    were opened.
    """
    year = local_date(now).year - 1
    places = [
        place
        for place in places_that_publish(district.pk)
        if place.kind != Place.Kind.UNIT and now < due_of(place, year)
    ]
    begun = Inquiry.objects.filter(district=district, asked_at__lt=midnight(date(year + 1, 1, 1)))
    if not places or not begun.exists():
        return 0
    settled = set(_owed(district.pk).values_list("subject", flat=True)) | {
        _subject(year, place_id)
        for place_id in AnnualReport.objects.filter(
            district=district, year=year, approved_at__isnull=False
        ).values_list("place", flat=True)
    }
    owing = [place for place in places if _subject(year, place.pk) not in settled]
    for place in owing:
        open_duty(
            kind=REPORT,
            place=place,
            due_at=due_of(place, year),
            now=now,
            by=None,
            subject=_subject(year, place.pk),
        )
    return len(owing)


def _owed(district_id: int) -> QuerySet[Duty]:
    return Duty.objects.filter(district=district_id, kind=REPORT, inquiry=None, done_at=None)


def _subject(year: int, place_id: int) -> str:
    """Whose report it is, too: where the bureau is abolished, its heir owes it."""
    return f"{year}.{place_id}"


def _locked(report_id: int, *, seen: int) -> AnnualReport:
    report = AnnualReport.objects.select_for_update(of=("self",)).select_related("place").get(pk=report_id)
    if report.version != seen:
        raise ChangedMeanwhile
    return report
