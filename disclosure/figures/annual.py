"""Tables three and four of the yearly report: the applications of a year and what became of them, counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Case, Count, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, TruncDate

from bureaus.models import Place
from bureaus.workdays import SHANGHAI
from inquiries.models import Answer, Challenge, Citizen, Inquiry
from inquiries.models.rules import Kind
from inquiries.states import LegalGround, Outcome

NEW, CARRIED, DISCLOSED, PARTLY, OTHER, TOTAL, LEFT = (
    *("new", "carried", "disclosed", "partly", "other", "total", "left"),
)
# Its rows from 三、(一) to (六), each an end of an application.
ENDS = (DISCLOSED, PARTLY, *(str(ground) for ground in LegalGround), OTHER)
APPLICANTS = tuple(str(code) for code in Citizen.Applicant.values)
# Table four: the ways of a case, and how each stands at the end of the year.
WAYS = tuple(str(way) for way in Challenge.Kind.values)
RESULTS = ("upheld", "corrected", "otherwise", "pending")
Cells = Mapping[str, Mapping[str, int]]


def applications_of(place: Place, year: int) -> Cells:
    """Each row of table three by applicant and in all, in one statement.

    An application belongs to the place that holds it or answered it, and to each place above. It is new in the year in
    which it was received (政府信息公开条例 art. 31), and ends in the year in which it was answered; what was split off
    one is no application of its own. The reader has to see the whole place.
    """
    begins, ends = date(year, 1, 1), date(year + 1, 1, 1)
    at_place = (
        Q(district=place) if place.kind == Place.Kind.DISTRICT else Q(holder__path__startswith=place.path)
    )
    ground = Answer.objects.filter(inquiry=OuterRef("pk"), round=OuterRef("round")).values("ground")[:1]
    found = (
        Inquiry.objects.filter(at_place, kind=Kind.DISCLOSURE, parent=None)
        .annotate(
            received=Coalesce("received_on", TruncDate("asked_at", tzinfo=SHANGHAI)),
            ended=TruncDate("answered_at", tzinfo=SHANGHAI),
        )
        .filter(Q(ended=None) | Q(ended__gte=begins), received__lt=ends)
        .values(
            "outcome",
            applicant=Coalesce("citizen__applicant", Value(str(Citizen.Applicant.NATURAL))),
            ground=Subquery(ground),
            is_new=Case(When(received__gte=begins, then=True), default=False),
            is_over=Case(When(ended__lt=ends, then=True), default=False),
        )
        .annotate(n=Count("pk"))
        .order_by()
    )
    cells = {row: dict.fromkeys((*APPLICANTS, TOTAL), 0) for row in (NEW, CARRIED, *ENDS, TOTAL, LEFT)}
    for each in found:
        rows = [NEW if each["is_new"] else CARRIED]
        rows += [_end_of(each["outcome"], each["ground"]), TOTAL] if each["is_over"] else [LEFT]
        for row in rows:
            for column in (each["applicant"], TOTAL):
                cells[row][column] += each["n"]
    return cells


def challenges_of(place: Place, year: int) -> Cells:
    """Table four by way and result, in one statement: cases closed in the year, and those not closed at its end.

    A case belongs to the places of its application. What was entered by mistake is none. The reader has to see the
    whole place.
    """
    begins, ends = date(year, 1, 1), date(year + 1, 1, 1)
    at_place = (
        Q(district=place)
        if place.kind == Place.Kind.DISTRICT
        else Q(inquiry__holder__path__startswith=place.path)
    )
    found = (
        Challenge.objects.filter(at_place, received_on__lt=ends)
        .filter(Q(closed_on=None) | Q(closed_on__gte=begins))
        .exclude(result=Challenge.Result.MISTAKEN)
        .values(
            "kind",
            end=Case(When(closed_on__lt=ends, then="result"), default=Value(str(Challenge.Result.PENDING))),
        )
        .annotate(n=Count("pk"))
        .order_by()
    )
    cells = {way: dict.fromkeys((*RESULTS, TOTAL), 0) for way in WAYS}
    for each in found:
        for column in (each["end"], TOTAL):
            cells[each["kind"]][column] += each["n"]
    return cells


def _end_of(outcome: str | None, ground: str | None) -> str:
    if outcome in (Outcome.DISCLOSED, Outcome.ALREADY_PUBLIC):
        return DISCLOSED
    if outcome == Outcome.PARTLY_DISCLOSED:
        return PARTLY
    return ground or OTHER
