"""What its tests do at the portal, and what the worker does then."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from django.db import connection
from django.test import Client

from bureaus.models.scope import PORTAL, WORKER, scope
from disclosure.models import Intake
from disclosure.services import taking_in, visiting
from disclosure.services.outside import ask_outside
from disclosure.services.visiting import Asked
from tests.conftest import Cast
from tests.disclosure.test_asking_in_public import asked_with

Outside = Callable[[], AbstractContextManager[Client]]


def works(cast: Cast) -> AbstractContextManager[None]:
    return scope(role=WORKER, district=cast.district.pk)


def takes_in(cast: Cast, now: datetime) -> int:
    """Everything that waits was looked at."""
    looked = 0
    while True:
        with works(cast):
            if not taking_in.take_in(district=cast.district, now=now):
                return looked
        looked += 1


def comes_by(cast: Cast, now: datetime) -> int:
    """The same, of what pages laid there by the clock of the suite too."""
    Intake.objects.update(again_at=now)
    return takes_in(cast, now)


def hands_in(cast: Cast, portal: Outside, now: datetime, **other: Any) -> Asked:
    with portal(), scope(role=PORTAL):
        return ask_outside(**asked_with(cast, now) | other)


def follows(cast: Cast, portal: Outside, asked: Asked) -> str:
    with portal() as client:
        given = {"reference": asked.reference, "code": visiting.in_groups(asked.code)}
        return client.post(f"/public/{cast.district.pk}/follow/", given).content.decode()


def rows(statement: str, *values: int | str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
