"""The health page is red past two sweeps, and where a row is set aside for long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from bureaus.models import Message
from bureaus.services.keys import make_key
from inquiries.models import Inquiry, SetAside
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
PERIOD = timedelta(seconds=settings.CHASE_EVERY_SECONDS)
SOME = timedelta(seconds=5)


def health() -> tuple[int, dict[str, Any]]:
    response = Client().get("/health")
    return response.status_code, response.json()


@pytest.mark.parametrize(("late", "status"), [(PERIOD, 200), (2 * PERIOD + SOME, 503)])
def test_a_chase_that_waits_past_two_sweeps_turns_it_red(
    fresh: Callable[..., Inquiry], late: timedelta, status: int
) -> None:
    Inquiry.objects.filter(pk=fresh().pk).update(next_chase_at=timezone.now() - late)
    code, told = health()
    assert (code, told["well"]) == (status, status == 200)
    assert told["oldest_due_chase_seconds"] >= late.total_seconds()


@pytest.mark.parametrize(("late", "status"), [(PERIOD, 200), (2 * PERIOD + SOME, 503)])
def test_a_message_that_waits_past_two_sweeps_turns_it_red(cast: Cast, late: timedelta, status: int) -> None:
    at = timezone.now() - late
    Message.objects.create(
        district=cast.district,
        kind=Message.Kind.CITIZEN,
        citizen_channel="sms",
        citizen_key=make_key(district_id=cast.district.pk),
        next_try_at=at,
        give_up_at=at,
        created_at=at,
    )
    code, told = health()
    assert (code, told["well"]) == (status, status == 200)
    assert told["oldest_unsent_message_seconds"] >= late.total_seconds()


@pytest.mark.parametrize(("ago", "status"), [(timedelta(minutes=50), 200), (timedelta(minutes=61), 503)])
def test_where_every_row_is_set_aside_it_is_red_after_an_hour(
    fresh: Callable[..., Inquiry], ago: timedelta, status: int
) -> None:
    now = timezone.now()
    for inquiry in (fresh(), fresh()):
        Inquiry.objects.filter(pk=inquiry.pk).update(next_chase_at=now - ago)
        SetAside.objects.create(
            inquiry=inquiry, error="BadLadder()", since=now - ago, retry_at=now + timedelta(minutes=9)
        )
    code, told = health()
    assert (code, told["well"], told["set_aside"]) == (status, status == 200, 2)
    assert told["oldest_due_chase_seconds"] is None
    assert told["oldest_set_aside_seconds"] >= ago.total_seconds()
