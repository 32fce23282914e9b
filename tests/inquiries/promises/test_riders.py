"""A rider rides on an inquiry that is answered by itself, whoever writes."""

from __future__ import annotations

import pytest

from inquiries.models import Inquiry
from tests.conftest import Cast
from tests.inquiries.conftest import Ask
from tests.inquiries.promises.conftest import CALLER, ROLES, everything, refused_by, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ROLES)
def test_nothing_rides_on_a_rider(role: str, rider: Inquiry, ask: Ask, cast: Cast) -> None:
    third = ask(citizen=CALLER)
    with everything(role, cast), refused_by("inquiry_rides_on_a_lead"):
        run(
            "update inquiries_inquiry set merged_into_id = %s, next_chase_at = null where id = %s",
            rider.pk,
            third.pk,
        )


@pytest.mark.parametrize("role", ROLES)
def test_a_lead_cannot_become_a_rider(role: str, rider: Inquiry, ask: Ask, cast: Cast) -> None:
    third = ask(citizen=CALLER)
    with everything(role, cast), refused_by("inquiry_rides_on_a_lead"):
        run(
            "update inquiries_inquiry set merged_into_id = %s, next_chase_at = null where id = %s",
            third.pk,
            rider.merged_into_id,
        )


@pytest.mark.parametrize("role", ROLES)
def test_two_inquiries_cannot_ride_on_each_other(
    role: str, inquiry: Inquiry, rider: Inquiry, cast: Cast
) -> None:
    with everything(role, cast), refused_by("inquiry_rides_on_a_lead"):
        run(
            "update inquiries_inquiry set merged_into_id = %s, next_chase_at = null where id = %s",
            rider.pk,
            inquiry.pk,
        )


@pytest.mark.parametrize("role", ROLES)
def test_three_inquiries_cannot_ride_in_a_circle(role: str, ask: Ask, cast: Cast) -> None:
    one, two, three = (ask(citizen=CALLER).pk for _ in range(3))
    with everything(role, cast), refused_by("inquiry_rides_on_a_lead"):
        run(
            "update inquiries_inquiry i set merged_into_id = v.lead, next_chase_at = null "
            "from (values (%s, %s), (%s, %s), (%s, %s)) v (id, lead) where i.id = v.id",
            *(one, two, two, three, three, one),
        )
