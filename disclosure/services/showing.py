"""The open days of a district for everybody: what is issued of a coming one, what is published of a past one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from bureaus.models import Hotline, Officer, Place
from bureaus.models.scope import WEB, scope
from bureaus.workdays import local_date
from disclosure.documents.plan import line_of_business, lines_of
from disclosure.figures.open_days import FIGURES, standing_of
from disclosure.models import Booth, DayPlan, IssuePublication, Material, OpenDay, Summary
from disclosure.services.issues import Opinion, opinions_of

MOST_DAYS = 60
# Who wrote and published a summary, and although what: the login of a portal of its own cannot read it.
INSIDE = (
    "drafted_by",
    "drafted_at",
    "edited_by",
    "edited_at",
    "approved_by",
    "approved_although",
    "published_by",
)
# In the order of the columns; what was handed out stands in a column of its own, by material.
COUNTED = ("people", "visits", "answered", "followed", "issues", "cards")
_BETWEEN = re.compile(r"[\s、，,;；()（）]+")


@dataclass(frozen=True)
class Present:
    """A bureau that takes part: where it stands, what it answers about, and on which lines that day."""

    place: Place
    venue: str = ""
    business: Sequence[str] = ()
    units: Sequence[Place] = ()
    hotlines: Sequence[Hotline] = ()


@dataclass(frozen=True)
class Numbers:
    """What one bureau, or the district, counted, in words (50余人); empty where it is not known."""

    place: Place
    words: Sequence[str]
    handed: Sequence[str] = ()
    # Where it was published; history has none.
    summary: Summary | None = None


@dataclass(frozen=True)
class Shown:
    """An open day as everybody reads it."""

    day: OpenDay
    venues: Sequence[str] = ()
    present: Sequence[Present] = ()
    numbers: Sequence[Numbers] = ()
    # The figures of the columns; one in which nobody wrote down anything is none.
    codes: Sequence[str] = ()
    # When the district issued its plan; None where it did not.
    issued_at: datetime | None = None
    # What people raised, with what came of it, as far as that is published.
    opinions: Sequence[Opinion] = ()

    @property
    def labels(self) -> list[object]:
        """What stands above each column."""
        return [FIGURES[code] for code in self.codes]

    @property
    def tells_handed(self) -> bool:
        """Whether anything is known to have been handed out."""
        return any(row.handed for row in self.numbers)


def published_summaries(district_id: int) -> QuerySet[Summary]:
    """What everybody may read, the newest first."""
    rows = Summary.objects.filter(district=district_id, published_at__isnull=False).defer(*INSIDE)
    return rows.select_related("open_day", "place").order_by("-published_at", "-pk")


def shown_days(district: Place, *, role: str = WEB) -> list[OpenDay]:
    """The days that are public, the newest first.

    The plan is issued, a summary or the answer to an issue published, or a report told of it; outside
    `bida_day_is_public` says the same.
    """
    if settings.OUTSIDE:
        # Row-level security shows that login those which are public, and no plan.
        return list(OpenDay.objects.filter(district=district).order_by("-on", "-pk")[:MOST_DAYS])
    issued = DayPlan.objects.filter(
        open_day=OuterRef("pk"), place=OuterRef("district"), handed_in_at__isnull=False
    )
    told = Summary.objects.filter(open_day=OuterRef("pk"), published_at__isnull=False)
    answered = IssuePublication.objects.filter(
        issue__booth__open_day=OuterRef("pk"), issue__taken_back_at=None, withdrawn_at=None
    )
    # Plans are of the district's own officers until it shows what is issued of them here.
    with scope(role=role, district=district.pk):
        days = OpenDay.objects.filter(
            Q(Exists(issued) | Exists(told) | Exists(answered)) | Q(is_history=True)
        )
        return list(days.filter(district=district).order_by("-on", "-pk")[:MOST_DAYS])


def coming_and_past(days: Sequence[OpenDay], *, now: datetime) -> tuple[list[OpenDay], list[OpenDay]]:
    """Those that are not over yet, the nearest first, and those that are, the newest first."""
    today = local_date(now)
    coming = [day for day in reversed(days) if day.last_on >= today and not day.is_history]
    return coming, [day for day in days if day not in coming]


def show_day(day: OpenDay, *, role: str = WEB) -> Shown:
    """The day with whoever takes part and what was published of it. As many statements however many bureaus."""
    with scope(role=role, district=day.district_id):
        plans = list(
            DayPlan.objects.filter(open_day=day, handed_in_at__isnull=False)
            .select_related("place")
            .order_by("place__path")
        )
        # How many raised an issue is seen in its district alone, where an inquiry is about it.
        opinions = opinions_of(day)
    own = next((plan for plan in plans if plan.place_id == day.district_id), None)
    numbers = _of_history(day) if day.is_history else _published(day)
    told = [n for n in range(len(COUNTED)) if any(row.words[n] for row in numbers)]
    return Shown(
        day,
        _lines(own, "venues") if own else [],
        _present(day, plans),
        [replace(row, words=[row.words[n] for n in told]) for row in numbers],
        [COUNTED[n] for n in told],
        own.handed_in_at if own else None,
        opinions,
    )


def _lines(plan: DayPlan, code: str) -> list[str]:
    return lines_of(plan.parts.get(code, ""))


def _present(day: OpenDay, plans: Sequence[DayPlan]) -> list[Present]:
    bureaus = [plan for plan in plans if plan.place_id != day.district_id]
    if not bureaus:
        return []
    units = Place.objects.in_bulk({key for plan in bureaus for key in plan.units})
    lines: dict[int, Hotline] = {
        line.pk: line
        for line in Hotline.objects.filter(
            pk__in={key for plan in bureaus for key in plan.hotlines}
        ).select_related("place")
        if line.number
    }
    names = set(Officer.objects.filter(district=day.district_id).values_list("name", flat=True))
    return [
        Present(
            plan.place,
            plan.parts.get("venue", "").strip(),
            _business(plan, names),
            [units[key] for key in plan.units if key in units],
            [lines[key] for key in plan.hotlines if key in lines],
        )
        for plan in bureaus
    ]


def _business(plan: DayPlan, names: set[str]) -> list[str]:
    """The lines of business without who answers on them, nor any name that was typed among them."""
    typed = {
        word for code in ("people", "leaders") for line in _lines(plan, code) for word in _BETWEEN.split(line)
    }
    answering = {
        word for line in _lines(plan, "answering") for word in _BETWEEN.split(line_of_business(line)[1])
    }
    told = []
    for line in _lines(plan, "answering"):
        words = [word for word in _BETWEEN.split(line_of_business(line)[0]) if word]
        left = [word for word in words if word not in names | typed | answering]
        told += [" ".join(left)] if left else []
    return list(dict.fromkeys(told))


def _published(day: OpenDay) -> list[Numbers]:
    """The numbers as they were approved: what came in later changes nothing that is published."""
    summaries = list(published_summaries(day.district_id).filter(open_day=day).order_by("place__path"))
    keys = {
        int(name.partition(".")[2])
        for summary in summaries
        for name in summary.frozen or {}
        if name.startswith("handed.")
    }
    materials = Material.objects.in_bulk(keys)
    return [
        Numbers(
            summary.place,
            [(summary.frozen or {}).get(code, "") for code in COUNTED],
            [
                f"{materials[int(name.partition('.')[2])].name} {words}"
                for name, words in sorted((summary.frozen or {}).items())
                if name.startswith("handed.")
            ],
            summary,
        )
        for summary in summaries
    ]


def _of_history(day: OpenDay) -> list[Numbers]:
    """The numbers of a day that was read from published reports."""
    booths = list(Booth.objects.filter(open_day=day).select_related("place").order_by("place__path"))
    found = standing_of(booths)
    rows = []
    for booth in booths:
        standing = found[booth.pk]
        sums = {
            "people": standing.people,
            "visits": standing.visits,
            "answered": standing.answered,
            "issues": standing.issues,
        }
        words: dict[str, str] = defaultdict(str)
        words |= {
            code: str(each.known) for code, each in sums.items() if each and each.known.value is not None
        }
        handed = [
            f"{each.material.name} {each.given.known}"
            for each in standing.handed
            if each.given.known.value is not None
        ]
        rows.append(Numbers(booth.place, [words[code] for code in COUNTED], handed))
    return rows
