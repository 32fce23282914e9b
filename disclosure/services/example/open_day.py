"""The fictional district holds its open day on the day it is loaded, so that the desk can be tried at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from bureaus.workdays import local_date, midnight
from disclosure.models import Measure
from disclosure.services.desk import Stamp, bring, give, receive
from disclosure.services.example.people import Cast, read_words
from disclosure.services.open_days import name_material, open_booth, plan_open_day

BETWEEN = timedelta(minutes=4)


def hold_open_day(cast: Cast, *, now: datetime) -> None:
    """The day stands with its booths, and the last hour of each is written down: visits, stock and what was given."""
    words = read_words("open_day")
    day = plan_open_day(
        district=cast.district, on=local_date(now), theme=words["theme"], aim=words["aim"], by=None, now=now
    )
    materials = {
        name: name_material(district=cast.district, kind=kind, name=name, measure=Measure(measure))
        for name, (kind, measure) in words["materials"].items()
    }
    for word in words["booths"]:
        booth = open_booth(
            open_day=day,
            place=cast.places[word["place"]],
            units=[cast.places[path] for path in word["units"]],
            venue=word["venue"],
            topics=word["topics"],
            by=None,
            now=now,
        )
        by = cast.officers[word["by"]]
        for name, n in word["brought"].items():
            stamp = Stamp(f"brought-{name}", midnight(day.on))
            bring(booth=booth, material=materials[name], n=n, stamp=stamp, by=by, now=now)
        for number, n in enumerate(word["visits"]):
            stamp = Stamp(f"visits-{number}", max(now - number * BETWEEN, midnight(day.on)))
            receive(booth=booth, n=n, measure=Measure.VISIT, stamp=stamp, by=by, now=now)
        for name, counts in word["given"].items():
            for number, n in enumerate(counts):
                stamp = Stamp(f"given-{name}-{number}", max(now - number * BETWEEN, midnight(day.on)))
                give(booth=booth, material=materials[name], n=n, stamp=stamp, by=by, now=now)
