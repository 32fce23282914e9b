"""The district in figures for everybody: counts and rates of bureaus, each rate with its n, nothing of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bureaus.models import Place
from bureaus.models.scope import WEB, scope
from bureaus.services.calendar import calendar_for
from bureaus.workdays import local_date
from disclosure.services.finding import public_places
from inquiries.figures import FIGURES, Measured, Period, Query, read_together
from inquiries.figures.figure import Figure
from inquiries.figures.publicly import publicly_listed

# In the order of the columns: codes of docs/figures.md, whose definitions hold here too.
SHOWN = ("recorded", "answered", "in_time", "satisfaction_callback", "satisfaction_citizen")


@dataclass(frozen=True)
class Row:
    """The figures of one bureau with its units, or of the whole district where there is no place."""

    place: Place | None
    measured: tuple[Measured, ...]


@dataclass(frozen=True)
class Counted:
    """What was counted, from the first day of the year to today."""

    period: Period
    figures: tuple[Figure, ...]
    total: Row
    rows: tuple[Row, ...]


def count_publicly(*, district: Place, now: datetime, role: str = WEB) -> Counted:
    """The figures of the year so far by bureau, exact at this moment, counted as the district's office counts them.

    A sum lets nobody see a matter: the scope that counts is left before anything is shown.
    """
    today = local_date(now)
    period = Period(today.replace(month=1, day=1), today)
    bureaus = [place for place in public_places(district.pk) if place.kind == Place.Kind.BUREAU]
    figures = tuple(FIGURES[code] for code in SHOWN)
    calendar = calendar_for(district.pk)
    query = Query(district.pk, period, group_by=("bureau",))
    below = Place.objects.under([district]).values_list("pk", flat=True)
    with scope(role=role, places=list(below), district=district.pk):
        found = read_together(figures, query, now=now, calendar=calendar)
    readings = [found[figure.code] for figure in figures]
    by_bureau = [{cell.keys[0]: cell.now for cell in reading.cells} for reading in readings]
    nothing = [Measured(of=0 if figure.unit == "rate" else None) for figure in figures]
    return Counted(
        period,
        figures,
        Row(None, tuple(reading.total.now for reading in readings)),
        tuple(
            Row(
                place,
                tuple(found.get(place.pk, none) for found, none in zip(by_bureau, nothing, strict=True)),
            )
            for place in bureaus
        ),
    )


@dataclass(frozen=True)
class Overdue:
    """What a bureau with its units, or the district's office, owes on the public list; `days_late` of the oldest."""

    place: Place
    matters: int = 0
    days_late: int | None = None
    answered: int = 0

    @property
    def small(self) -> list[str]:
        """Which of its numbers speak of fewer than five."""
        numbers = {"matters": self.matters, "answered": self.answered}
        return [name for name, n in numbers.items() if Measured(n).small]


def list_publicly(*, district: Place, now: datetime, role: str = WEB) -> list[Overdue]:
    """The public list by bureau, in the order of the bureaus: numbers alone, of what its director signed for it."""
    with scope(role=role, district=district.pk):
        listed = publicly_listed(district.pk, now=now)
    if not listed:
        return []
    places = Place.objects.in_bulk([row.place_id for row in listed])
    # /district/bureau/section/
    tops = {pk: int([*place.path.strip("/").split("/"), ""][1] or pk) for pk, place in places.items()}
    bureaus = Place.objects.in_bulk(set(tops.values()))
    calendar, today = calendar_for(district.pk), local_date(now)
    found: dict[int, Overdue] = {}
    for row in listed:
        top = tops[row.place_id]
        before = found.get(top, Overdue(bureaus[top]))
        late = [] if before.days_late is None else [before.days_late]
        if row.oldest_on is not None:
            late.append(calendar.working_days_between(row.oldest_on, today))
        found[top] = Overdue(
            bureaus[top],
            before.matters + row.matters,
            max(late, default=None),
            before.answered + row.answered,
        )
    return sorted(found.values(), key=lambda row: row.place.path)
