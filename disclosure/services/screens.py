"""The board of an open day on a screen in the square: by an address that is withdrawn, and ends with the day."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from bureaus.models import Officer
from bureaus.services.refusals import Refusal
from bureaus.workdays import local_date
from disclosure.models import OpenDay, Screen
from disclosure.services.desk import DayOfHistory
from disclosure.services.plans import OpenDayOver, may_plan


class NotYourScreen(Refusal):
    sentence = _("The district's office alone puts the board on a public screen.")


class OnScreenAlready(Refusal):
    sentence = _("The board has an address for a public screen already.")


class NotOnScreen(Refusal):
    sentence = _("The board is on no public screen.")


def open_screen(day: OpenDay, *, by: Officer, now: datetime) -> Screen:
    """Whoever has the address reads the board from now on, until it is withdrawn or the day is over.

    Raises NotYourScreen, DayOfHistory, OpenDayOver, OnScreenAlready.
    """
    _check_may(day, by, now=now)
    if day.is_history:
        raise DayOfHistory
    if day.last_on < local_date(now):
        raise OpenDayOver
    try:
        with transaction.atomic():
            return Screen.objects.create(
                token=secrets.token_urlsafe(16),
                district_id=day.district_id,
                open_day=day,
                opened_at=now,
                opened_by=by,
            )
    except IntegrityError as taken:
        raise OnScreenAlready from taken


def withdraw_screen(day: OpenDay, *, by: Officer, now: datetime) -> None:
    """The address opens nothing from now on; a later one is another. Raises NotYourScreen, NotOnScreen."""
    _check_may(day, by, now=now)
    rows = Screen.objects.filter(open_day=day, withdrawn_at=None)
    if not rows.update(withdrawn_at=now, withdrawn_by=by):
        raise NotOnScreen


def screen_of(day: OpenDay) -> Screen | None:
    """The address that stands now, for who may withdraw it."""
    return Screen.objects.filter(open_day=day, withdrawn_at=None).first()


def day_on_screen(token: str, *, now: datetime) -> OpenDay | None:
    """The day whose board this address opens; None for one that nobody gave, was withdrawn, or is of a day gone by."""
    with connection.cursor() as cursor:
        cursor.execute("select bida_screen(%s)", [token])
        (found,) = cursor.fetchone() or (None,)
    day = None if found is None else OpenDay.objects.select_related("district").get(pk=found)
    return None if day is None or day.last_on < local_date(now) else day


def _check_may(day: OpenDay, by: Officer, *, now: datetime) -> None:
    if not may_plan(by, day.district, now=now):
        raise NotYourScreen
