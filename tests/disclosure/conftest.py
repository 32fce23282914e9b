"""What the tests of an open day may use: the day of the cast, and a booth of its civil affairs bureau."""

from __future__ import annotations

from datetime import datetime

import pytest

from disclosure.models import Booth, Material, Measure
from disclosure.services.open_days import name_material, open_booth, plan_open_day
from tests.conftest import Cast
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
