"""The calendar is read, and new versions of it are written, here."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bureaus.access import Act, acts_of, holdings
from bureaus.models.calendar import CalendarDay, CalendarVersion, CalendarYear
from bureaus.models.calendar import OfficeHours as HoursRow
from bureaus.models.posts import Officer
from bureaus.workdays import (
    Calendar,
    Day,
    OfficeHours,
    Reason,
    check_hours,
    local_date,
    published_days,
)

# The names that the shipped calendar carries, for the catalogue.
HOLIDAYS = (
    gettext_noop("New Year's Day"),  # zh: 元旦
    gettext_noop("Spring Festival"),  # zh: 春节
    gettext_noop("Tomb-sweeping Day"),  # zh: 清明节
    gettext_noop("Labour Day"),  # zh: 劳动节
    gettext_noop("Dragon Boat Festival"),  # zh: 端午节
    gettext_noop("Mid-autumn Festival"),  # zh: 中秋节
    gettext_noop("National Day"),  # zh: 国庆节
    gettext_noop("Anti-Fascist 70th Day"),  # zh: 抗战胜利70周年纪念日
)


class NotYourCalendar(Exception):
    """The officer does not keep this calendar."""

    def __str__(self) -> str:
        return _(
            "Only the district's office edits its calendar, and only the administrator the national one."
        )


class NothingToChange(Exception):
    """The edit names no day, year or hours."""

    def __str__(self) -> str:
        return _("This changes nothing in the calendar.")


class YearNotCovered(Exception):
    """The installed list of announced years does not hold this one."""

    def __init__(self, year: int) -> None:
        super().__init__(year)
        self.year = year

    def __str__(self) -> str:
        return _("The installed calendar does not cover %(year)s.") % {"year": self.year}


class HoursRefused(Exception):
    """The office hours overlap or close before they open."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)

    def __str__(self) -> str:
        return _("These office hours overlap, or close before they open: %(why)s") % {"why": self.args[0]}


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with one line of a file; the header is line 1."""

    line: int
    sentence: str


class CsvRefused(Exception):
    """The file was not loaded, not even in part; `errors` says why, line by line."""

    def __init__(self, errors: tuple[LineError, ...]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        lines = [
            _("Line %(line)s: %(sentence)s") % {"line": e.line, "sentence": e.sentence} for e in self.errors
        ]
        return "\n".join([_("Nothing was loaded."), *lines])


def _visible(district_id: int | None) -> Q:
    return Q(district=None) | Q(district=district_id)


def newest_version(district_id: int | None) -> int | None:
    """The key of the newest calendar version that touches the district; None for a calendar never written."""
    newest: int | None = CalendarVersion.objects.filter(_visible(district_id)).aggregate(newest=Max("pk"))[
        "newest"
    ]
    return newest


def calendar_for(district_id: int | None, version: int | None = None) -> Calendar:
    """The calendar of a district, or the national one, as of a version's key or the newest.

    Without `version` one small query; the rows themselves are read once per process, district and version, in one
    query, and kept: versions never change. The calendar's own `version` is what a matter points at.
    """
    if version is None:
        version = newest_version(district_id)
    if version is None:
        return Calendar()
    return _read(str(connection.settings_dict["NAME"]), district_id, version)


@lru_cache(maxsize=64)
def _read(database: str, district_id: int | None, version: int) -> Calendar:
    # `database` only keeps calendars of two databases in one process apart.
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with visible as (
                select id, district_id is not null as own from bureaus_calendarversion
                where id <= %(version)s and (district_id is null or district_id = %(district)s)
            )
            select 'day', v.own, v.id, d.on, d.working, d.name, d.source,
                null::int, null::time, null::time
            from bureaus_calendarday d join visible v on v.id = d.version_id
            union all
            select 'year', v.own, v.id, null, y.announced, '', '', y.year, null, null
            from bureaus_calendaryear y join visible v on v.id = y.version_id
            union all
            select 'hours', v.own, v.id, h.from_on, null, '', '', h.weekday, h.opens, h.closes
            from bureaus_officehours h join visible v on v.id = h.version_id
            order by 2, 3
            """,
            {"version": version, "district": district_id},
        )
        rows = cursor.fetchall()
    # Rows come national first, then the district's, each oldest first: what comes later wins. An entry taken
    # back uncovers what lies below it: nothing for the nation, the national entry for a district.
    days: dict[bool, dict[date, Day]] = {False: {}, True: {}}
    years: dict[int, bool] = {}
    hours: dict[tuple[bool, date, int | None], tuple[int, list[OfficeHours]]] = {}
    for kind, own, made_by, on, flag, name, source, number, opens, closes in rows:
        if kind == "day":
            days[own].pop(on, None)
            if flag is not None:
                days[own][on] = Day(flag, name, source)
        elif kind == "year":
            years[number] = flag
        else:
            key = (own, on, number)
            if key not in hours or hours[key][0] != made_by:
                hours[key] = (made_by, [])
            hours[key][1].append(OfficeHours(on, number, opens, closes))
    own_from = min((on for own, on, _weekday in hours if own), default=date.max)
    return Calendar(
        days=days[False] | days[True],
        announced=frozenset(year for year, announced in years.items() if announced),
        hours=tuple(
            row
            for (own, on, _weekday), (_made_by, group) in hours.items()
            if own or on < own_from
            for row in group
        ),
        version=version,
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


def _write(
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
    return _write(
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
    return _write(district_id=district_id, by=by, now=now, note=note, days=days)


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
    return _write(district_id=district_id, by=by, now=now, note=note, years={year: announced})


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
    except ValueError as error:
        raise HoursRefused(str(error)) from error
    return _write(district_id=district_id, by=by, now=now, note=note, hours=hours)


_WORKING = {"1": True, "true": True, "yes": True, "是": True, "班": True} | {
    "0": False, "false": False, "no": False, "否": False, "休": False,
}  # fmt: skip
_COLUMNS = ("on", "working", "name")


def _text_of(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        # What a Chinese spreadsheet saves.
        return content.decode("gb18030")
    except UnicodeDecodeError:
        sentence = _("The file is neither UTF-8 nor GB 18030 text.")
        raise CsvRefused((LineError(1, sentence),)) from None


def read_csv(content: bytes, *, source: str) -> dict[date, Day]:
    """The days that a file with the columns on, working and name holds; CsvRefused names every wrong line."""
    reader = csv.reader(io.StringIO(_text_of(content), newline=""))
    header = [cell.strip() for cell in next(reader, [])]
    if sorted(header) != sorted(_COLUMNS):
        sentence = _("The first line must name the columns on, working and name.")
        raise CsvRefused((LineError(1, sentence),))
    errors: list[LineError] = []
    days: dict[date, Day] = {}
    seen: dict[date, int] = {}
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num
            if len(cells) != len(header):
                errors.append(LineError(line, _("A line has three cells.")))
                continue
            row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
            try:
                on = date.fromisoformat(row["on"])
            except ValueError:
                sentence = _("%(text)s is no date like 2027-01-01.") % {"text": row["on"] or "-"}
                errors.append(LineError(line, sentence))
                continue
            working = _WORKING.get(row["working"].lower())
            if working is None:
                sentence = _("working is 1 or 0, not %(text)s.") % {"text": row["working"] or "-"}
                errors.append(LineError(line, sentence))
            if len(row["name"]) > 80:
                errors.append(LineError(line, _("The name is longer than 80 characters.")))
            if on in seen:
                sentence = _("%(on)s is already in line %(line)s.") % {
                    "on": on.isoformat(),
                    "line": seen[on],
                }
                errors.append(LineError(line, sentence))
            seen.setdefault(on, line)
            days[on] = Day(bool(working), row["name"], source)
    except csv.Error as error:
        errors.append(LineError(reader.line_num, str(error)))
    if not (days or errors):
        errors.append(LineError(1, _("The file names no day.")))
    if errors:
        raise CsvRefused(tuple(errors))
    return days


def load_csv(
    *,
    content: bytes,
    by: Officer | None,
    now: datetime,
    district_id: int | None = None,
    announces: Collection[int] = (),
    note: str = "",
) -> CalendarVersion:
    """Every day of the file is in one new version, and the years in `announces` are announced by it.

    All or nothing: CsvRefused carries every wrong line. Raises NotYourCalendar.
    """
    return _write(
        district_id=district_id,
        by=by,
        now=now,
        note=note,
        days=read_csv(content, source=note or "CSV"),
        years=dict.fromkeys(announces, True),
    )


def missing_next_year(now: datetime, district_id: int | None = None) -> int | None:
    """Next year, when it is November or later in China and nobody has announced it; else None."""
    today = local_date(now)
    if today.month < 11 or today.year + 1 in calendar_for(district_id).announced:
        return None
    return today.year + 1


def word_reason(reason: Reason) -> str:
    """Why a day counts or does not, in the reader's language."""
    name = _(reason.name) if reason.name else ""
    words = {
        "working": _("working day"),
        "make_up": _("working day in exchange"),  # zh: 调休上班
        "weekend": _("weekend"),
        "holiday": _("holiday"),
        "standstill": _("the clock stands still"),  # zh: 期限中止计算
    }[reason.kind]
    return _("%(kind)s: %(name)s") % {"kind": words, "name": name} if name else words
