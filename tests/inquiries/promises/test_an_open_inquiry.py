"""An inquiry that nobody answered cannot be written without a next chase, whoever writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from inquiries.models import Inquiry
from tests.conftest import Cast
from tests.inquiries.promises.conftest import ROLES, copied, everything, refused_by, run

pytestmark = pytest.mark.django_db


OF_AN_OPEN_INQUIRY = {
    "no next chase": ("next_chase_at = null", "inquiry_answered_or_chased"),
    "a chase at infinity": ("next_chase_at = 'infinity'", "inquiry_answered_or_chased"),
    "a chase before all time": ("next_chase_at = '-infinity'", "inquiry_answered_or_chased"),
    "a chase in a thousand years": ("next_chase_at = '3000-01-01'", "inquiry_answered_or_chased"),
    "an answer that is not there": (
        "state = 'answered', answered_at = now(), next_chase_at = null",
        "inquiry_answered_by_its_answer",
    ),
    "answered in state only": ("state = 'answered'", "inquiry_state_agrees"),
    "answered in time only": ("answered_at = now(), next_chase_at = null", "inquiry_state_agrees"),
    "filed in time only": ("filed_at = now()", "inquiry_filed_agrees"),
    "riding on itself": ("merged_into_id = id, next_chase_at = null", "inquiry_rides_on_a_lead"),
    "riding on nothing": ("merged_into_id = -1, next_chase_at = null", "inquiry_rides_on_a_lead"),
    "riding and chased": ("merged_into_id = id", "inquiry_settled_is_not_chased"),
    "a key that lets riders lead": ("lead_rides = true", "inquiry_lead_does_not_ride"),
    "another asking": ("asked_at = asked_at - interval '1 hour'", "inquiry_keeps_its_origin"),
    "another first due": ("original_due_at = original_due_at + interval '1 day'", "inquiry_keeps_its_origin"),
    "another reference": ("reference = '2026-0000000-0'", "inquiry_keeps_its_origin"),
    "another recording": ("recorded_at = recorded_at + interval '1 day'", "inquiry_keeps_its_origin"),
    "a due at infinity": ("due_at = 'infinity'", "inquiry_instants_are_finite"),
    "a due before all time": ("due_at = '-infinity'", "inquiry_instants_are_finite"),
    "a chase number skipped": ("chase_number = chase_number + 2", "inquiry_numbers_rise"),
    "a chase counted that is not there": ("chase_number = chase_number + 1", "inquiry_numbers_rise"),
    "a seal over what many see": ("sealed = true", "inquiry_seal_stays"),
    "another district": ("district_id = district_id + 1000", "inquiry_keeps_its_origin"),
    "a round below none": ("round = -1", "inquiry_numbers_rise"),
    "a round skipped": ("round = round + 2, state = 'assigned'", "inquiry_numbers_rise"),
    "a round back": ("round = round - 1", "inquiry_numbers_rise"),
    "a version back": ("version = version - 1", "inquiry_version_rises"),
    "an event forgotten": ("event_count = event_count - 1", "inquiry_version_rises"),
    "about an office and open to all": ("about_place_id = holder_id", "inquiry_about_an_office_is_sealed"),
    "a tip-off open to all": ("kind = 'tip_off'", "inquiry_tip_off_is_sealed"),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("breach", OF_AN_OPEN_INQUIRY)
def test_raw_sql_cannot_give_an_open_inquiry(breach: str, role: str, inquiry: Inquiry, cast: Cast) -> None:
    change, constraint = OF_AN_OPEN_INQUIRY[breach]
    with everything(role, cast), refused_by(constraint):
        run(f"update inquiries_inquiry set {change} where id = %s", inquiry.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_queryset_cannot_forget_an_inquiry(role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiry_answered_or_chased"):
        Inquiry.objects.filter(pk=inquiry.pk).update(next_chase_at=None)


@pytest.mark.parametrize("role", ROLES)
def test_saving_cannot_forget_an_inquiry(role: str, inquiry: Inquiry, cast: Cast) -> None:
    inquiry.next_chase_at = None
    with everything(role, cast), refused_by("inquiry_answered_or_chased"):
        inquiry.save(update_fields=["next_chase_at"])


@pytest.mark.parametrize("role", ROLES)
def test_a_bulk_update_cannot_forget_an_inquiry(role: str, inquiry: Inquiry, cast: Cast) -> None:
    inquiry.next_chase_at = None
    with everything(role, cast), refused_by("inquiry_answered_or_chased"):
        Inquiry.objects.bulk_update([inquiry], ["next_chase_at"])


BORN_BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "never chased": ({"next_chase_at": None}, "inquiry_answered_or_chased"),
    "in hand": ({"state": "in_hand"}, "inquiry_moves"),
    "awaiting the citizen": ({"state": "awaiting_citizen"}, "inquiry_moves"),
    "filed": ({"state": "filed"}, "inquiry_moves"),
    "answered by nothing": (
        {
            "state": "answered",
            "answered_at": datetime.fromisoformat("2026-05-20T00:00:00Z"),
            "next_chase_at": None,
        },
        "inquiry_answered_by_its_answer",
    ),
    "in its second round": ({"round": 2}, "inquiry_moves"),
    "chased before it was recorded": ({"chase_number": 3}, "inquiry_moves"),
    "due at the end of time": (
        {"due_at": datetime.fromisoformat("3500-01-01T00:00:00Z")},
        "inquiry_instants_are_finite",
    ),
    "asked before anybody could": (
        {"asked_at": datetime.fromisoformat("1900-01-01T00:00:00Z")},
        "inquiry_instants_are_finite",
    ),
    "asked after it was recorded": (
        {"asked_at": datetime.fromisoformat("2026-06-20T00:00:00Z")},
        "inquiry_recorded_after_asked",
    ),
    "with a reference given before": ({"reference": None}, "inquiry_reference_once"),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("way", ["create", "bulk_create"])
@pytest.mark.parametrize("breach", BORN_BROKEN)
def test_no_inquiry_is_born(breach: str, way: str, role: str, inquiry: Inquiry, cast: Cast) -> None:
    changes, constraint = BORN_BROKEN[breach]
    twin = copied(inquiry, citizen_id=None, **{"reference": "2026-9999999-0"} | changes)
    twin.reference = twin.reference or inquiry.reference
    with everything(role, cast), refused_by(constraint):
        if way == "create":
            twin.save(force_insert=True)
        else:
            Inquiry.objects.bulk_create([twin])
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
