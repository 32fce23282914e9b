"""How often a visitor does a thing in an hour: counted by a hash that means nothing the next day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from bureaus.models.fields import keyed_hash
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date

ASKS_AN_HOUR = 10
# Behind one address a whole office may look, but nobody guesses twelve digits in that many tries.
WRONG_CODES_AN_HOUR = 20
WRONG_CODES_OF_ONE_MATTER = 10


class TooOften(Refusal):
    sentence = _("Too often within an hour. Try again later, or call the hotline.")


def knock(what: str, who: str, *, now: datetime, add: int = 1) -> int:
    """How often `who` did `what` in this hour, with this time; `add` 0 only looks."""
    values: list[Any] = [what, keyed_hash(who, "knock")]
    with connection.cursor() as cursor:
        if settings.OUTSIDE:
            # The portal's login names neither the hour nor how many.
            cursor.execute("select bida_knock_outside(%s, %s, %s)", [*values, bool(add)])
        else:
            cursor.execute("select bida_knock(%s, %s, %s, %s)", [*values, now, add])
        (n,) = cursor.fetchone() or (0,)
    return int(n)


def visitor_of(address: str, *, now: datetime) -> str:
    """The visitor at a network address on this day; the address itself is kept nowhere."""
    return f"{local_date(now).isoformat()}|{address}"
