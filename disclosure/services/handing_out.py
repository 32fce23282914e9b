"""Numbers that only the inside can count, as a portal of its own shows them: written down inside, read outside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings

from bureaus.models import Hotline, Place
from bureaus.models.scope import WORKER
from disclosure.models import Count, HandedOut, Measure, OpenDay
from disclosure.services.counting import SHOWN, Counted, Overdue, Row, count_publicly, list_publicly
from disclosure.services.issues import Opinion
from disclosure.services.outside import handed_out
from disclosure.services.showing import (
    Numbers,
    Present,
    Shown,
    coming_and_past,
    published_summaries,
    show_day,
    shown_days,
)
from disclosure.services.taking_in import hand_out
from inquiries.figures import FIGURES, Measured, Period

COUNTED, OVERDUE, DAY = "figures", "overdue", "day.{}"
# Holds nothing: its hour is that of which everything handed out is true.
LOOKED = "looked"


def _as_of(district: Place, kept: HandedOut) -> datetime:
    looked = handed_out(district.pk, LOOKED)
    return looked.at if looked else kept.at


def figures_shown(*, district: Place, now: datetime) -> tuple[Counted, datetime | None]:
    """The figures of the year; outside those last handed out, and when that was."""
    if not settings.OUTSIDE:
        return count_publicly(district=district, now=now), None
    kept = handed_out(district.pk, COUNTED)
    figures = tuple(FIGURES[code] for code in SHOWN)
    if kept is None:
        nothing = Row(None, tuple(Measured(of=0 if figure.unit == "rate" else None) for figure in figures))
        today = now.date()
        return Counted(Period(today.replace(month=1, day=1), today), figures, nothing, ()), None
    told = kept.content
    places = Place.objects.in_bulk([pk for pk, _numbers in told["rows"]])
    return (
        Counted(
            Period(date.fromisoformat(told["from"]), date.fromisoformat(told["to"])),
            figures,
            Row(None, _measured(told["total"])),
            tuple(Row(places[pk], _measured(numbers)) for pk, numbers in told["rows"] if pk in places),
        ),
        _as_of(district, kept),
    )


def _measured(numbers: list[list[int | None]]) -> tuple[Measured, ...]:
    return tuple(Measured(n=n or 0, of=of) for n, of in numbers)


def overdue_shown(*, district: Place, now: datetime) -> tuple[list[Overdue], datetime | None]:
    """The public list; outside as last handed out, and when that was."""
    if not settings.OUTSIDE:
        return list_publicly(district=district, now=now), None
    kept = handed_out(district.pk, OVERDUE)
    if kept is None:
        return [], None
    places = Place.objects.in_bulk([pk for pk, *_numbers in kept.content])
    rows = [Overdue(places[pk], *numbers) for pk, *numbers in kept.content if pk in places]
    return rows, _as_of(district, kept)


def day_shown(day: OpenDay) -> Shown:
    """An open day as everybody reads it; outside as last handed out."""
    if not settings.OUTSIDE:
        return show_day(day)
    kept = handed_out(day.district_id, DAY.format(day.pk))
    if kept is None:
        return Shown(day)
    told = kept.content
    keys = {pk for each in told["present"] for pk in (each["place"], *each["units"])}
    keys |= {row["place"] for row in (*told["numbers"], *told.get("opinions", []))}
    places = Place.objects.in_bulk(keys)
    lines = Hotline.objects.select_related("place").in_bulk(
        {pk for each in told["present"] for pk in each["hotlines"]}
    )
    summaries = {row.pk: row for row in published_summaries(day.district_id).filter(open_day=day)}
    return Shown(
        day,
        told["venues"],
        [
            Present(
                places[each["place"]],
                each["venue"],
                each["business"],
                [places[pk] for pk in each["units"]],
                [lines[pk] for pk in each["hotlines"] if pk in lines],
            )
            for each in told["present"]
        ],
        [
            Numbers(places[row["place"]], row["words"], row["handed"], summaries.get(row["summary"]))
            for row in told["numbers"]
        ],
        told["codes"],
        datetime.fromisoformat(told["issued_at"]) if told.get("issued_at") else None,
        [
            Opinion(
                each["words"],
                Count(each["n"], Measure.PERSON, each["more"]),
                places[each["place"]],
                each["answer"],
                date.fromisoformat(each["on"]),
            )
            for each in told.get("opinions", [])
        ],
    )


def announced(*, district: Place, now: datetime) -> list[Shown]:
    """The days to come whose plan is issued, the nearest first."""
    coming, _past = coming_and_past(shown_days(district), now=now)
    return [shown for shown in map(day_shown, coming) if shown.issued_at]


def hand_out_numbers(*, district: Place, now: datetime) -> None:
    """Everything that the portal cannot count is written down by the worker where it changed, and that it looked."""
    counted = count_publicly(district=district, now=now, role=WORKER)
    hand_out(
        district=district,
        what=COUNTED,
        content={
            "from": counted.period.first_on.isoformat(),
            "to": counted.period.last_on.isoformat(),
            "total": [[one.n, one.of] for one in counted.total.measured],
            "rows": [
                [row.place.pk, [[one.n, one.of] for one in row.measured]] for row in counted.rows if row.place
            ],
        },
        now=now,
    )
    listed = list_publicly(district=district, now=now, role=WORKER)
    hand_out(
        district=district,
        what=OVERDUE,
        content=[[row.place.pk, row.matters, row.days_late, row.answered] for row in listed],
        now=now,
    )
    for day in shown_days(district, role=WORKER):
        shown = show_day(day, role=WORKER)
        hand_out(district=district, what=DAY.format(day.pk), content=_of_day(shown), now=now)
    HandedOut.objects.update_or_create(district=district, what=LOOKED, defaults={"content": {}, "at": now})


def _of_day(shown: Shown) -> dict[str, Any]:
    return {
        "venues": list(shown.venues),
        "present": [
            {
                "place": each.place.pk,
                "venue": each.venue,
                "business": list(each.business),
                "units": [unit.pk for unit in each.units],
                "hotlines": [line.pk for line in each.hotlines],
            }
            for each in shown.present
        ],
        "numbers": [
            {
                "place": row.place.pk,
                "words": list(row.words),
                "handed": list(row.handed),
                "summary": row.summary and row.summary.pk,
            }
            for row in shown.numbers
        ],
        "codes": list(shown.codes),
        "issued_at": shown.issued_at and shown.issued_at.isoformat(),
        "opinions": [
            {
                "words": each.words,
                "n": each.raised.value,
                "more": each.raised.at_least,
                "place": each.place.pk,
                "answer": each.answer,
                "on": each.answered_on.isoformat(),
            }
            for each in shown.opinions
        ],
    }
