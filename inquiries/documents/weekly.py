"""The weekly of a place for its head (周报), on one page: Chinese, whatever the officer reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bureaus.letterhead import Official, Table, day_of, span_of
from bureaus.models import Place
from bureaus.services.calendar import calendar_for
from bureaus.services.staff import absences_of, running
from bureaus.workdays import DAY, SHANGHAI, Calendar, local_date, midnight
from inquiries.deadlines import Due, days_late
from inquiries.documents.names import name_of
from inquiries.figures import FIGURES, Measured, Period, Query, read_together
from inquiries.figures.chasing import acknowledgements_owed
from inquiries.figures.staffed import offers_of, worst_of
from inquiries.models import Inquiry

# By the day it was done; then what is now.
DONE = (
    *("recorded", "answered", "answered_late", "in_time", "returned"),
    *("chased_urge", "chased_supervise", "satisfaction_callback"),
)
NOW, WORDS_OWED = ("open_now", "overdue_now", "due_within_5"), "acknowledgements"
# So much fits on the page, and no name may begin a second line.
WORST, NAMES, NAME_LENGTH = 5, 3, 7
# Columns of what is late, in millimetres: together the type area.
WIDTHS = (34, 30, 34, 32, 26)


@dataclass(frozen=True)
class Week:
    """Monday and Sunday."""

    first_on: date
    last_on: date


# From the code of a figure and what is asked of it the address of the inquiries behind it.
Behind = Callable[[str, Query], str]


def write_weekly(place: Place, week: Week, query: Query, *, behind: Behind, now: datetime) -> Official:
    """The week beside the one before, what is late longest now, who is away, what is between bureaus.

    As many queries for any place. What is open is of this moment, whatever week is asked for. On the page each number
    opens `behind` it.
    """
    calendar = calendar_for(place.root_id)
    period = Period(week.first_on, week.last_on)
    asked = replace(query, period=period, group_by=(), interval="")
    with translation.override("zh-hans"):
        worst = worst_of(asked, now=now, limit=WORST)
        local = now.astimezone(SHANGHAI)
        happened, of_now = replace(asked, basis="happened"), replace(asked, basis="now")
        before = replace(happened, period=period.previous)
        done_then = read_together((FIGURES[code] for code in DONE), happened, now=now, calendar=calendar)
        lines = [(code, done_then[code].total) for code in DONE]
        done = Table(
            heads=(_("Figure"), _("this week"), _("the week before")),
            rows=tuple(
                (str(FIGURES[code].label), _written(cell.now), _written(cell.previous))
                for code, cell in lines
            ),
            addresses=tuple(
                (
                    "",
                    behind(code, happened) if cell.now.n else "",
                    behind(code, before) if cell.previous and cell.previous.n else "",
                )
                for code, cell in lines
            ),
        )
        words = sum(owed.n for owed in acknowledgements_owed(asked, now=now))
        stands = read_together((FIGURES[code] for code in NOW), of_now, now=now, calendar=calendar)
        counts = [(code, stands[code].total.now.n) for code in NOW]
        counts.append((WORDS_OWED, words))
        open_now = Table(
            heads=(*(str(FIGURES[code].label) for code in NOW), _("supervisions not acknowledged")),
            rows=(tuple(str(n) for _code, n in counts),),
            widths=(39, 39, 39, 39),
            addresses=(tuple(behind(code, of_now) if n else "" for code, n in counts),),
        )
        late = Table(
            caption=_("Late longest"),
            heads=(_("Reference"), _("Kind"), _("Handled by"), _("Due"), _("working days late")),
            rows=tuple(_late(each, now=now, calendar=calendar) for each in worst),
            widths=WIDTHS,
            addresses=tuple((reverse("inquiry", args=[each.pk]),) for each in worst),
        )
        return Official(
            title="\n".join((name_of(place), _("Weekly of matters"))),
            number=span_of(week.first_on, week.last_on),
            tables=(done, open_now, late) if worst else (done, open_now),
            closing=(
                *([] if worst else [_("Nothing is late.")]),
                _people(place, period, now=now) + _between(query, period),
                _("As of %(day)s %(hour)s.") % {"day": day_of(local.date()), "hour": f"{local:%H:%M}"},
            ),
        )


def _short(on: date, now: datetime) -> str:
    """Without the year, where it is this one."""
    return day_of(on).removeprefix(f"{local_date(now).year}年")


def _written(measured: Measured | None) -> str:
    if measured is None or (measured.of is not None and not measured.of):
        return "—"
    if measured.value is None:
        return str(measured.n)
    return f"{float(measured.value * 100):.1f}%（{measured.n}/{measured.of}）"


def _late(inquiry: Inquiry, *, now: datetime, calendar: Calendar) -> tuple[str, ...]:
    name = inquiry.holder.name
    return (
        inquiry.reference,
        str(inquiry.get_kind_display()),
        name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…",
        _short(inquiry.due_on, now),
        str(days_late(now, Due(inquiry.due_on, inquiry.due_at), calendar)),
    )


def _people(place: Place, period: Period, *, now: datetime) -> str:
    """Who is away from the end of the week on, for the week that follows."""
    staff = running(now).filter(post__place__in=Place.objects.under([place]), post__closed_on=None)
    until = max(midnight(period.last_on + 8 * DAY), now)
    away = [
        absence
        for absence in absences_of(list(staff.values_list("officer", flat=True)), now=now)
        if absence.from_at < until
    ]
    if not away:
        return _("Nobody is away.")
    named = "、".join(
        _("%(name)s until %(day)s")
        % {"name": absence.officer.name, "day": _short(local_date(absence.until_at), now)}
        for absence in away[:NAMES]
    )
    more = len(away) - NAMES
    if more > 0:
        named += ngettext(" and %(n)d more", " and %(n)d more", more) % {"n": more}
    return _("Away: %(names)s.") % {"names": named}


def _between(query: Query, period: Period) -> str:
    offers = offers_of(sorted(query.places or ()), period)
    return pgettext("weekly", "Offered to us: %(taken)d, by us: %(given)d.") % {
        "taken": len(offers.taken),
        "given": len(offers.given),
    }
