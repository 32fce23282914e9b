"""What the fictional district has published: most of it, some stale, some under review, the rest planned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bureaus.workdays import local_date
from disclosure.models import Item, Measure
from disclosure.services.booklets import items_for, make_booklet
from disclosure.services.completing import keep_items_current
from disclosure.services.example.people import Cast, read_words
from disclosure.services.items import (
    ItemGiven,
    publish_item,
    review_item,
    rewrite_item,
    submit_item,
    write_item,
)


def publish_items(cast: Cast, *, now: datetime) -> int:
    """The items stand as they came about, each act at its instant; gives how many. What is missing is planned."""
    words = read_words("items")
    revised: list[tuple[Item, dict[str, Any]]] = []
    for told in words:
        at = now - timedelta(days=told["days_ago"])
        item = write_item(
            place=cast.places[told["place"]],
            kind=told["kind"],
            given=_given(told, told["parts"], at),
            by=cast.officers[told["by"]],
            now=at,
        )
        if told.get("until") == "writing":
            continue
        _bring_out(item, cast, told, at=at, until=told.get("until", ""))
        if "revised" in told:
            revised.append((item, told))
    _bind_booklet(cast, now=now)
    for item, told in revised:
        again = told["revised"]
        at = now - timedelta(days=again["days_ago"])
        given = _given(told | again, told["parts"] | again["parts"], at)
        rewrite_item(item.pk, given=given, by=cast.officers[told["by"]], now=at, seen=None)
        _bring_out(item, cast, told, at=at, until="")
    keep_items_current(district=cast.district, now=now)
    return len(words)


def _bind_booklet(cast: Cast, *, now: datetime) -> None:
    """Six weeks ago, before one of its items was revised."""
    place = cast.places["民政局"]
    make_booklet(
        place=place,
        title="民政局办事指南",
        measure=Measure.VOLUME,
        items=[row.pk for row in items_for(place)],
        by=cast.officers["fengyuan"],
        now=now - timedelta(days=42),
    )


def _given(told: dict[str, Any], parts: dict[str, str], at: datetime) -> ItemGiven:
    on = local_date(at)
    in_force = told.get("effective_after")
    return ItemGiven(
        title=told["title"],
        body=told.get("body", ""),
        parts=parts,
        made_on=on,
        review_on=on + timedelta(days=told["review_after"]),
        effective_on=on + timedelta(days=in_force) if in_force is not None else None,
    )


def _bring_out(item: Item, cast: Cast, told: dict[str, Any], *, at: datetime, until: str) -> None:
    submit_item(item.pk, by=cast.officers[told["by"]], now=at + timedelta(hours=1))
    if until == "review":
        return
    reviewer = cast.officers[told["reviewer"]]
    review_item(
        item.pk,
        passed=True,
        no_state_secret=True,
        no_trade_secret=True,
        no_personal_data=True,
        by=reviewer,
        now=at + timedelta(hours=2),
    )
    publish_item(item.pk, by=reviewer, now=at + timedelta(hours=3))
