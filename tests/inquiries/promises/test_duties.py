"""A duty is chased until it is done, whoever writes."""

from __future__ import annotations

import pytest

from inquiries.models import Duty
from tests.conftest import Cast
from tests.inquiries.promises.conftest import ROLES, copied, everything, refused_by, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("value", ["null", "'infinity'", "'-infinity'"])
def test_an_open_duty_cannot_lose_its_chase(value: str, role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_done_or_chased"):
        run(f"update inquiries_duty set next_chase_at = {value} where id = %s", duty.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_duty_is_not_born_without_a_chase(role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_done_or_chased"):
        Duty.objects.bulk_create([copied(duty, kind="coordinate", next_chase_at=None)])


@pytest.mark.parametrize("role", ROLES)
def test_a_done_duty_is_not_chased(role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_done_or_chased"):
        run("update inquiries_duty set done_at = now() where id = %s", duty.pk)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("change", ["done_at = null, next_chase_at = now()", "reply = 'another'"])
def test_what_is_done_stays_done(change: str, role: str, duty: Duty, cast: Cast) -> None:
    run("update inquiries_duty set done_at = now(), next_chase_at = null where id = %s", duty.pk)
    with everything(role, cast), refused_by("duty_done_stays_done"):
        run(f"update inquiries_duty set {change} where id = %s", duty.pk)


@pytest.mark.parametrize("role", ROLES)
def test_the_same_duty_is_open_once(role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_open_once"):
        copied(duty).save()


@pytest.mark.parametrize("role", ROLES)
def test_a_duty_counts_only_the_chases_that_stand(role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_done_stays_done"):
        run("update inquiries_duty set chase_number = chase_number + 1 where id = %s", duty.pk)


OF_AN_OPEN_DUTY = {
    "another kind": ("kind = 'assist'", "duty_keeps_its_origin"),
    "another beginning": ("opened_at = opened_at + interval '1 day'", "duty_keeps_its_origin"),
    "a due at infinity": ("due_at = 'infinity'", "duty_instants_are_finite"),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("breach", OF_AN_OPEN_DUTY)
def test_raw_sql_cannot_give_an_open_duty(breach: str, role: str, duty: Duty, cast: Cast) -> None:
    change, constraint = OF_AN_OPEN_DUTY[breach]
    with everything(role, cast), refused_by(constraint):
        run(f"update inquiries_duty set {change} where id = %s", duty.pk)
