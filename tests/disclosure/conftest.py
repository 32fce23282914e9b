"""What the tests of disclosure may use: a booth at the open day of the cast, and the portal with its box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.conf import LazySettings
from django.test import Client

from disclosure.models import Booth, Material, Measure
from disclosure.services import taking_in
from disclosure.services.open_days import name_material, open_booth, plan_open_day
from tests.conftest import Cast
from tests.disclosure.outside.portal import Outside, works
from tests.inquiries.conftest import ask as ask  # a fixture
from tests.inquiries.conftest import enter as enter  # a fixture


@pytest.fixture
def booth(cast: Cast, now: datetime) -> Booth:
    """The booth of the civil affairs bureau at the open day of today."""
    day = plan_open_day(district=cast.district, on=now.date(), theme="公开", by=None, now=now)
    day.refresh_from_db()
    return open_booth(open_day=day, place=cast.civil, venue="广场1号台", by=None, now=now)


@pytest.fixture
def leaflet(cast: Cast) -> Material:
    return name_material(district=cast.district, kind="leaflet", name="政策宣传单", measure=Measure.SHEET)


@pytest.fixture
def portal(settings: LazySettings) -> Outside:
    """The portal runs while the block does: its pages, its middleware, its database role."""

    @contextmanager
    def running() -> Iterator[Client]:
        inside = settings.MIDDLEWARE, settings.ROOT_URLCONF
        settings.OUTSIDE = True
        settings.MIDDLEWARE, settings.ROOT_URLCONF = settings.OUTSIDE_MIDDLEWARE, settings.OUTSIDE_URLCONF
        try:
            yield Client(headers={"accept-language": "en"})
        finally:
            settings.OUTSIDE = False
            settings.MIDDLEWARE, settings.ROOT_URLCONF = inside

    return running


@pytest.fixture
def box(cast: Cast, now: datetime) -> None:
    """The inside has told to whom the portal seals."""
    with works(cast):
        taking_in.tell_key(now=now)
