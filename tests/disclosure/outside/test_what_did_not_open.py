"""What does not open is set aside, told, and ended by the district."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from bureaus.models.scope import PORTAL, scope
from disclosure.models import Intake
from disclosure.services import taking_in
from inquiries.models import Duty, Inquiry
from inquiries.services.duties import open_duty
from inquiries.services.moving import answer_duty
from tests.conftest import As, Cast
from tests.disclosure.outside.portal import Outside, hands_in, takes_in, works

pytestmark = pytest.mark.django_db


def test_what_the_district_has_ended_looking_into_is_tried_a_last_time_and_removed(
    portal: Outside, box: None, cast: Cast, web_as: As, now: datetime, settings: LazySettings
) -> None:
    with scope(role=PORTAL):
        Intake(district=cast.district, sealed=b"x" * 80, at=now, again_at=now).save(force_insert=True)
    keys = settings.FIELD_KEYS
    asked = hands_in(cast, portal, now)
    # Its key is away for a while.
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    for hours in (0, 2, 4):
        assert takes_in(cast, now + timedelta(hours=hours)) == 2
    Intake.objects.update(at=timezone.now() - timedelta(hours=2))
    assert Client().get("/health").status_code == 503
    with works(cast):
        assert taking_in.remove_ended(district=cast.district, now=now) == 0
    duty = Duty.objects.get(kind=taking_in.TAKE_IN)
    with web_as(cast.wu_fang, now):
        answer_duty(duty.pk, reply="乱码，无法登记。", by=cast.wu_fang, now=now)
    settings.FIELD_KEYS = keys
    with works(cast):
        assert taking_in.remove_ended(district=cast.district, now=now) == 2
    # What could be recorded after all was recorded; the other is gone, and why stands with the duty.
    assert not Intake.objects.exists()
    assert Inquiry.objects.get().reference == asked.reference
    assert Client().get("/health").json()["set_aside"] == 0
    duty.refresh_from_db()
    assert (duty.done_by, duty.reply) == (cast.wu_fang, "乱码，无法登记。")


def lays(cast: Cast, now: datetime, n: int = 1) -> None:
    """Somebody lays in the box what nobody opens."""
    with scope(role=PORTAL):
        for _each in range(n):
            Intake(district=cast.district, sealed=b"x" * 80, at=now, again_at=now).save(force_insert=True)


def fails(cast: Cast, now: datetime) -> datetime:
    """What waits is tried three times."""
    for hours in (0, 2, 4):
        takes_in(cast, now + timedelta(hours=hours))
    return now + timedelta(hours=4)


def settles(cast: Cast, now: datetime) -> None:
    with works(cast):
        taking_in.settle_looking(district=cast.district, now=now)


def test_a_flooded_box_is_one_duty_that_says_how_much_waits_and_ends_with_it(
    portal: Outside, box: None, cast: Cast, now: datetime, settings: LazySettings
) -> None:
    keys = settings.FIELD_KEYS
    for _each in range(2):
        hands_in(cast, portal, now)
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    now = fails(cast, now)
    hands_in(cast, portal, now)
    now = fails(cast, now)
    settles(cast, now)
    duty = Duty.objects.get(kind=taking_in.TAKE_IN)
    assert (duty.request, duty.done_at) == ("Unopened ×3", None)
    settings.FIELD_KEYS = keys
    takes_in(cast, now + timedelta(hours=2))
    settles(cast, now)
    duty.refresh_from_db()
    assert (duty.decision, duty.done_by, duty.next_chase_at) == ("settled", None, None)


def test_what_was_set_aside_after_the_end_is_looked_into_anew(
    box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    lays(cast, now)
    now = fails(cast, now)
    first = Duty.objects.get(kind=taking_in.TAKE_IN)
    lays(cast, now)
    with web_as(cast.wu_fang, now):
        answer_duty(first.pk, reply="乱码。", by=cast.wu_fang, now=now)
    now = fails(cast, now)
    with works(cast):
        assert taking_in.remove_ended(district=cast.district, now=now) == 1
    settles(cast, now)
    second = Duty.objects.get(kind=taking_in.TAKE_IN, done_at=None)
    assert Intake.objects.get().duty == second != first


def test_the_portal_hangs_nothing_on_a_duty(box: None, cast: Cast, now: datetime) -> None:
    lays(cast, now)
    fails(cast, now)
    duty = Duty.objects.get(kind=taking_in.TAKE_IN)
    with pytest.raises(DatabaseError, match="row-level security"), scope(role=PORTAL), transaction.atomic():
        Intake(district=cast.district, sealed=b"x", at=now, again_at=now, duty=duty).save(force_insert=True)


def test_of_the_duties_that_stood_one_for_each_entry_one_is_left(
    box: None, cast: Cast, web_as: As, now: datetime
) -> None:
    lays(cast, now, 3)
    stuck = list(Intake.objects.order_by("pk"))
    Intake.objects.update(tries=3, trouble="Unopened")
    owed = []
    with works(cast):
        for entry in stuck:
            duty = open_duty(
                kind=taking_in.TAKE_IN,
                place=cast.district,
                due_at=now + timedelta(days=1),
                now=now,
                by=None,
                subject=str(entry.pk),
            )
            owed.append(duty)
    with web_as(cast.wu_fang, now):
        answer_duty(owed[0].pk, reply="乱码。", by=cast.wu_fang, now=now)
    with connection.cursor() as cursor:
        cursor.execute(import_module("disclosure.migrations.0023_one_duty_for_the_box").STANDS)
    settles(cast, now)
    assert Duty.objects.get(kind=taking_in.TAKE_IN, done_at=None) == owed[1]
    with works(cast):
        assert taking_in.remove_ended(district=cast.district, now=now) == 1
    assert set(Intake.objects.values_list("pk", flat=True)) == {entry.pk for entry in stuck[1:]}
