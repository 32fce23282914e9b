"""What an item says in these tests, and how it reaches the public."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from disclosure.models import Item, ItemVersion
from disclosure.services.items import ItemGiven, publish_item, review_item, submit_item, write_item
from tests.conftest import As, Cast

AGENCY = {
    "duties": "社会救助\n养老服务",
    "address": "春和路1号",
    "hours": "工作日8:30—17:00",
    "contact": "024-55500110",
    "head": "孙伟",
}


def says(**other: Any) -> ItemGiven:
    """An item about the bureau itself, or what it says otherwise."""
    given: dict[str, Any] = {
        "title": "民政局机构职能",
        "body": "欢迎来电。",
        "parts": AGENCY,
        "made_on": date(2026, 5, 18),
        "review_on": date(2026, 11, 18),
    }
    return ItemGiven(**given | other)


def written(cast: Cast, web_as: As, now: datetime, **other: Any) -> Item:
    """Feng Bo, liaison of the civil affairs bureau, has written it."""
    with web_as(cast.feng_bo, now):
        return write_item(place=cast.civil, kind="agency", given=says(**other), by=cast.feng_bo, now=now)


def passed(cast: Cast, web_as: As, now: datetime, **other: Any) -> Item:
    """Sun Wei, its head, has passed it."""
    item = written(cast, web_as, now, **other)
    with web_as(cast.feng_bo, now):
        submit_item(item.pk, by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei, now):
        return pass_it(item, cast, now)


def pass_it(item: Item, cast: Cast, now: datetime) -> Item:
    """The review answers for all three."""
    return review_item(
        item.pk,
        passed=True,
        no_state_secret=True,
        no_trade_secret=True,
        no_personal_data=True,
        by=cast.sun_wei,
        now=now,
    )


def published(cast: Cast, web_as: As, now: datetime, **other: Any) -> ItemVersion:
    """It is public."""
    item = passed(cast, web_as, now, **other)
    with web_as(cast.sun_wei, now):
        return publish_item(item.pk, by=cast.sun_wei, now=now)
