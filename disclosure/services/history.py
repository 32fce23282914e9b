"""What was reported of open days past: real bureaus' figures, without officers and without open matters."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bureaus.models import Place
from bureaus.services.places import open_place, publish_hotline
from disclosure.models import Count, Measure, OpenDay
from disclosure.services.open_days import (
    hand_out,
    name_material,
    open_booth,
    plan_open_day,
    record_reception,
)

REPORTS = Path(__file__).resolve().parents[1] / "history" / "open_days_2016.json"


def load_history(*, now: datetime) -> int:
    """The open day of 2016 stands as its reports say, its ordinal corrected; gives how many booths were added.

    A district that has the day already keeps it.
    """
    reports = json.loads(REPORTS.read_text(encoding="utf-8"))
    on = date.fromisoformat(reports["on"])
    added = 0
    for report in reports["booths"]:
        name, region = report["district"]["name"], report["district"]["region"]
        district = Place.objects.filter(kind=Place.Kind.DISTRICT, name=name, region=region).first()
        if district is None:
            district = open_place(kind=Place.Kind.DISTRICT, by=None, now=now, **report["district"])
        if OpenDay.objects.filter(district=district, on=on).exists():
            continue
        open_day = plan_open_day(
            district=district,
            on=on,
            theme=reports["theme"],
            base_year=reports["base_year"],
            ordinal_stated=report["ordinal_stated"],
            is_history=True,
            by=None,
            now=now,
        )
        _load_booth(report, open_day, district, now=now)
        added += 1
    return added


def _load_booth(report: dict[str, Any], open_day: OpenDay, district: Place, *, now: datetime) -> None:
    bureau = open_place(kind=Place.Kind.BUREAU, parent=district, by=None, now=now, **report["bureau"])
    units = {
        name: open_place(kind=Place.Kind.UNIT, name=name, parent=bureau, by=None, now=now)
        for name in report["units"]
    }
    sections = {
        name: open_place(kind=Place.Kind.SECTION, name=name, parent=bureau, by=None, now=now)
        for name in report["sections"]
    }
    for line in report["hotlines"]:
        # The reports name the lines, not their numbers.
        publish_hotline(place=(units | sections)[line["place"]], purpose=line["purpose"], by=None, now=now)
    booth = open_booth(
        open_day=open_day,
        place=bureau,
        units=list(units.values()),
        venue=report.get("venue", ""),
        plan_title=report["plan_title"],
        aim=report.get("aim", ""),
        team_heads=report.get("team_heads", ()),
        topics=report.get("topics", ()),
        published=report["published"],
        preparation=report.get("preparation", ()),
        leaders_acts=report.get("leaders_acts", ()),
        by=None,
        now=now,
    )
    record_reception(
        booth=booth,
        people=_read(report["people"], Measure(report["people"]["measure"])),
        questions=_read(report["questions"], Measure.CASE),
        issues=_read(report["issues"], Measure.CASE),
        by=None,
        now=now,
    )
    for line in report["handouts"]:
        measure = Measure(line["measure"])
        material = name_material(district=district, kind=line["kind"], name=line["material"], measure=measure)
        hand_out(booth=booth, material=material, count=_read(line["count"], measure), by=None, now=now)


def _read(words: dict[str, Any] | None, measure: Measure) -> Count:
    words = words or {}
    return Count(words.get("value"), measure, words.get("at_least", False))
