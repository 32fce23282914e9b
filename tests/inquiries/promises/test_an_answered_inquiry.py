"""An answered inquiry has its answer and is chased no more, whoever writes."""

from __future__ import annotations

import pytest

from inquiries.models import Answer, Inquiry
from tests.conftest import Cast
from tests.inquiries.promises.conftest import ROLES, copied, everything, refused_by, run

pytestmark = pytest.mark.django_db


OF_AN_ANSWERED_INQUIRY = {
    "chased on": ("next_chase_at = now()", "inquiry_settled_is_not_chased"),
    "answered at another time": (
        "answered_at = answered_at + interval '1 second'",
        "inquiry_answered_by_its_answer",
    ),
    "in a round without an answer": (
        "round = round + 1, state = 'assigned', answered_at = null",
        "inquiry_answered_or_chased",
    ),
    "open without a new round": (
        "state = 'in_hand', answered_at = null, next_chase_at = now()",
        "inquiry_moves",
    ),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("breach", OF_AN_ANSWERED_INQUIRY)
def test_raw_sql_cannot_leave_an_answered_inquiry(
    breach: str, role: str, answered: Inquiry, cast: Cast
) -> None:
    change, constraint = OF_AN_ANSWERED_INQUIRY[breach]
    with everything(role, cast), refused_by(constraint):
        run(f"update inquiries_inquiry set {change} where id = %s", answered.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_round_has_one_answer(role: str, answered: Inquiry, cast: Cast) -> None:
    second = copied(Answer.objects.get(inquiry=answered), text="another")
    with everything(role, cast), refused_by("answer_once_a_round"):
        second.save()
