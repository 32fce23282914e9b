"""Each chase once, numbered without a gap, whoever writes."""

from __future__ import annotations

import pytest

from bureaus.models import Notice
from inquiries.models import Chase, Inquiry
from tests.conftest import Cast
from tests.inquiries.promises.conftest import ROLES, copied, everything, refused_by, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ROLES)
def test_a_chase_number_is_given_once(role: str, chased: Inquiry, cast: Cast) -> None:
    again = copied(Chase.objects.get(inquiry=chased), step=None)
    with everything(role, cast), refused_by("chase_number_once"):
        again.save()


@pytest.mark.parametrize("role", ROLES)
def test_a_step_is_taken_once(role: str, chased: Inquiry, cast: Cast) -> None:
    again = copied(Chase.objects.get(inquiry=chased), number=2)
    with everything(role, cast), refused_by("chase_step_once"):
        again.save()


@pytest.mark.parametrize("role", ROLES)
def test_chase_numbers_never_fall(role: str, chased: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiry_numbers_rise"):
        run("update inquiries_inquiry set chase_number = chase_number - 1 where id = %s", chased.pk)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("number", [0, 3, 99])
def test_no_chase_number_is_skipped(number: int, role: str, chased: Inquiry, cast: Cast) -> None:
    constraint = "chase_counts_from_one" if number == 0 else "chase_follows_the_last"
    skipping = copied(Chase.objects.get(inquiry=chased), number=number, step=None)
    with everything(role, cast), refused_by(constraint):
        Chase.objects.bulk_create([skipping])


@pytest.mark.parametrize("role", ["bida_owner", "bida_worker"])
def test_nobody_is_told_twice_of_one_chase(role: str, chased: Inquiry, cast: Cast) -> None:
    told = Notice.objects.filter(cause_kind="chase").latest("pk")
    with everything(role, cast), refused_by("notice_once_a_cause"):
        columns = [str(f.column) for f in Notice._meta.concrete_fields if f.column != "id"]
        listed = ", ".join(columns)
        run(
            f"insert into bureaus_notice (id, {listed}) select gen_random_uuid(), {listed} "
            "from bureaus_notice where id = %s",
            told.pk,
        )
