"""The example: a fictional district with a past, and questions whose chase is about to come."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from bureaus.models import Place
from disclosure.services.example.matters import tell_stories
from disclosure.services.example.open_day import hold_open_day
from disclosure.services.example.people import (
    HELD_FOR,
    Account,
    Drawn,
    open_district,
    read_words,
    renew_passwords,
)
from disclosure.services.example.planning import plan_next_edition, remember_last_edition
from disclosure.services.example.publishing import publish_items
from inquiries import ladder as steps
from inquiries.services.rules import issue_ladder
from inquiries.services.verifying import write_daily_roots


@dataclass(frozen=True)
class Loaded:
    """What stands now; `fresh` is false where it stood before."""

    fresh: bool
    places: int = 0
    officers: int = 0
    inquiries: int = 0


def is_loaded() -> bool:
    """Whether the fictional district is there."""
    name = read_words("people")["district"]["name"]
    return Place.objects.filter(kind=Place.Kind.DISTRICT, name=name, is_example=True).exists()


def load_example(*, drawn: Mapping[str, Drawn], accounts: Path, now: datetime) -> Loaded:
    """The fictional district stands with its people and inquiries, and `accounts` lists who can sign in.

    1. Where the district stands already nothing changes, but a lost list of accounts is made anew with new
    passwords. 2. Places, posts, officers. 3. An edition of the urgent ladder counted in hours, which
    such a district may choose. 4. What was asked in the past weeks, acts and sweeps in the order of their instants.
    5. What was published, a plan for what is missing, last year's open day, today's, and the plan of the next.
    6. Roots for the days that are over. 7. The accounts are written after the commit: the file says that the
    example stands.
    """
    first = read_words("people")["first_accounts"]
    if is_loaded():
        if not accounts.exists():
            renewed = renew_passwords(drawn=drawn)
            transaction.on_commit(lambda: write_accounts(renewed, first, accounts))
        return Loaded(fresh=False)
    cast = open_district(drawn=drawn, now=now)
    issue_ladder(
        district=cast.district,
        meant_for="urgent",
        ladder=steps.from_data(read_words("urgent_ladder")),
        by=None,
        now=now - HELD_FOR,
    )
    told = tell_stories(cast, now=now)
    publish_items(cast, now=now)
    remember_last_edition(cast, now=now)
    hold_open_day(cast, now=now)
    plan_next_edition(cast, now=now)
    write_daily_roots(now=now)
    transaction.on_commit(lambda: write_accounts(list(cast.accounts.values()), first, accounts))
    return Loaded(True, places=len(cast.places), officers=len(cast.officers), inquiries=told)


def write_accounts(accounts: Sequence[Account], first: Sequence[str], path: Path) -> None:
    """The file lists the accounts, the most useful first, and only its owner can read it."""
    by_name = {account.username: account for account in accounts}
    rest = [account for account in accounts if account.username not in first]
    lines = ["示例账号 / example accounts", ""]
    lines += [_line(by_name[name]) for name in first]
    lines += ["", "其余账号 / all others", ""]
    lines += [_line(account) for account in rest]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _line(account: Account) -> str:
    return f"{account.username}\t{account.name}\t{account.post}\t{account.password}"
