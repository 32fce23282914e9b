"""The one door to the rows: a transaction that says who is reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction

WEB = "bida_web"
WORKER = "bida_worker"
# Of the public pages on a server of their own (BIDA_ROLE=portal): sees what is published, and no scope.
PORTAL = "bida_portal"
ROLES = (WEB, WORKER, PORTAL, "bida_owner")
ALL_DISTRICTS = "all"
Door = TypeVar("Door", bound=Callable[..., Any])


@dataclass(frozen=True)
class Scope:
    """What one reader may see: place keys, a whole district where the office supervises it, own rows."""

    places: frozenset[int] = frozenset()
    district: int | None = None
    officer: int | None = None


NOTHING = Scope()


def of_one_moment(door: Door) -> Door:
    """The view, or the class of the API, adds up what several statements read: its request sees the rows as they are
    at the first of them. A service that writes there refuses what somebody else wrote meanwhile."""
    door.of_one_moment = True  # type: ignore[attr-defined]
    return door


@contextmanager
def scope(
    *,
    role: str,
    places: Iterable[int] = (),
    district: int | str | None = None,
    officer: int | None = None,
    of_one_moment: bool = False,
) -> Iterator[None]:
    """One transaction in which `role` sees the given places, district and officer's rows, and no others.

    `district` is the id of a district, or `ALL_DISTRICTS` for the worker's clock. `of_one_moment` is for what adds
    up and is no part of another transaction: all its statements see the rows as they are at the first. At the end
    the login's own role and an empty scope come back, so a fixture around it keeps its rights. Raises ValueError for
    a role that Bida does not have, and outside for every role but the portal's.
    """
    if role not in ROLES or (settings.OUTSIDE and role != PORTAL):
        raise ValueError(f"{role} is not one of Bida's database roles here")
    # At its end a transaction gives back by itself what was set for it; one inside another has to do so.
    inside = connection.in_atomic_block
    with transaction.atomic():
        if of_one_moment and not inside:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read")
        before: tuple[str | None, ...] = ()
        if inside:
            with connection.cursor() as cursor:
                cursor.execute(
                    "select current_user, current_setting('bida.places', true), "
                    "current_setting('bida.district', true), current_setting('bida.officer', true)"
                )
                before = cursor.fetchone()
        _set(
            role,
            "{" + ",".join(str(int(place)) for place in sorted(places)) + "}",
            "" if district is None else str(district),
            "" if officer is None else str(officer),
        )
        yield
        if inside and not connection.needs_rollback:
            _set(*(value or "" for value in before))


def _set(role: str, places: str, district: str, officer: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('role', %s, true), set_config('bida.places', %s, true), "
            "set_config('bida.district', %s, true), set_config('bida.officer', %s, true), "
            "set_config('bida.recording', '', true)",
            [role, places, district, officer],
        )
