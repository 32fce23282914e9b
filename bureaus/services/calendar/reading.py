"""Which days are worked, and by which hours, as of a version."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bureaus.workdays import Calendar, Day, OfficeHours, Reason, local_date

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


def newest_version(district_id: int | None) -> int | None:
    """The key of the newest calendar version that touches the district; None for a calendar never written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select max(id) from bureaus_calendarversion where district_id is null or district_id = %s",
            [district_id],
        )
        newest: int | None = (cursor.fetchone() or (None,))[0]
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
