"""New versions of the calendar are written here; nothing in an older one ever changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bureaus.access import Act, acts_of, holdings
from bureaus.models.calendar import CalendarDay, CalendarVersion, CalendarYear
from bureaus.models.calendar import OfficeHours as HoursRow
from bureaus.models.posts import Officer
from bureaus.services.refusals import Refusal
from bureaus.workdays import BadHours, Day, OfficeHours, check_hours, published_days


class NotYourCalendar(Refusal):
    """The officer does not keep this calendar."""

    sentence = gettext_lazy(
        "Only the district's office edits its calendar, and only the administrator the national one."
    )


class NothingToChange(Refusal):
    """The edit names no day, year or hours."""

    sentence = gettext_lazy("This changes nothing in the calendar.")


class YearNotCovered(Refusal):
    """The installed list of announced years does not hold this one."""

    sentence = gettext_lazy("The installed calendar does not cover this year. Load the notice from a file.")
    field = "year"

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(
            _("The installed calendar does not cover %(year)s. Load the notice from a file.") % {"year": year}
        )


class HoursRefused(Refusal):
    """The office hours overlap or close before they open; `row` counts the opening that is wrong from 0."""

    sentence = gettext_lazy("These office hours overlap, or close before they open.")

    def __init__(self, bad: BadHours) -> None:
        self.row = bad.row
        super().__init__(
            _("These office hours overlap, or close before they open: %(why)s")
            % {"why": _(bad.sentence) % bad.named},
            field=bad.field,
        )


def check_may_edit(*, district_id: int | None, by: Officer | None, now: datetime) -> None:
    """The officer keeps this calendar, or is the clock; else NotYourCalendar."""
    if by is None:
        return
    if district_id is None:
        if by.is_superuser and by.is_active:
            return
    elif Act.EDIT_CALENDAR in acts_of(
        [held for held in holdings(by, now=now) if held.post.place.root_id == district_id]
    ):
        return
    raise NotYourCalendar


def write_version(
    *,
    district_id: int | None,
    by: Officer | None,
    now: datetime,
    note: str,
    days: Mapping[date, Day | None] | None = None,
    years: Mapping[int, bool] | None = None,
    hours: Iterable[OfficeHours] = (),
) -> CalendarVersion:
    """A new version holds exactly these rows.

    1. Take the calendar's lock, held to the end of the transaction, so that keys grow in the order of commits.
    2. Write the version, then its rows, one statement a table.
    """
    days, years, hours = days or {}, years or {}, list(hours)
    if not (days or years or hours):
        raise NothingToChange
    check_may_edit(district_id=district_id, by=by, now=now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('bureaus.calendar'))")
        last = CalendarVersion.objects.aggregate(last=Max("number"))["last"] or 0
        version = CalendarVersion.objects.create(
            district_id=district_id, number=last + 1, made_at=now, by=by, note=note
        )
        CalendarDay.objects.bulk_create(
            CalendarDay(
                version=version,
                on=on,
                working=day.working if day else None,
                name=day.name if day else "",
                source=day.source if day else "",
            )
            for on, day in sorted(days.items())
        )
        CalendarYear.objects.bulk_create(
            CalendarYear(version=version, year=year, announced=announced)
            for year, announced in sorted(years.items())
        )
        HoursRow.objects.bulk_create(
            HoursRow(
                version=version, from_on=row.from_on, weekday=row.weekday, opens=row.opens, closes=row.closes
            )
            for row in hours
        )
    return version


def load_year(
    *, year: int, by: Officer | None, now: datetime, district_id: int | None = None
) -> CalendarVersion:
    """The year stands as the installed chinesecalendar has it, and is announced.

    Days named for that year before and not by it are taken back. Raises YearNotCovered, NotYourCalendar.
    """
    named = published_days().get(year)
    if named is None:
        raise YearNotCovered(year)
    before = CalendarDay.objects.filter(version__district=district_id, on__year=year, working__isnull=False)
    taken_back: dict[date, Day | None] = dict.fromkeys(before.values_list("on", flat=True))
    return write_version(
        district_id=district_id,
        by=by,
        now=now,
        note=str(year),
        days=taken_back | named,
        years={year: True},
    )


def edit_days(
    *,
    days: Mapping[date, Day | None],
    by: Officer | None,
    now: datetime,
    district_id: int | None = None,
    note: str = "",
) -> CalendarVersion:
    """These dates are worked or free as given; None takes an earlier entry back.

    Raises NothingToChange, NotYourCalendar.
    """
    return write_version(district_id=district_id, by=by, now=now, note=note, days=days)


def announce_year(
    *,
    year: int,
    by: Officer | None,
    now: datetime,
    district_id: int | None = None,
    announced: bool = True,
    note: str = "",
) -> CalendarVersion:
    """The year counts by its rows and is provisional no longer, or, with `announced` false, is again.

    Raises NotYourCalendar.
    """
    return write_version(district_id=district_id, by=by, now=now, note=note, years={year: announced})


def set_office_hours(
    *,
    hours: Collection[OfficeHours],
    by: Officer | None,
    now: datetime,
    district_id: int | None = None,
    note: str = "",
) -> CalendarVersion:
    """The office keeps these hours from their dates on.

    Raises HoursRefused, NothingToChange, NotYourCalendar.
    """
    try:
        check_hours(hours)
    except BadHours as bad:
        raise HoursRefused(bad) from bad
    return write_version(district_id=district_id, by=by, now=now, note=note, hours=hours)
