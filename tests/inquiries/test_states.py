"""The moves of an inquiry: the table of data, and the trigger that keeps it against raw SQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from bureaus.models.scope import ALL_DISTRICTS, scope
from inquiries.models import Answer, Inquiry
from inquiries.states import MOVES, OPEN, SETTLED, State, may_move
from tests.conftest import Cast
from tests.inquiries.conftest import Ask
from tests.inquiries.promises.conftest import copied

pytestmark = pytest.mark.django_db


def standing_in(state: State, model: Inquiry, *, now: datetime) -> Inquiry:
    """An imported twin that stands in this state, with the answers of its first two rounds at hand."""
    twin: Inquiry = copied(
        model,
        reference="2026-9999999-0",
        citizen_id=None,
        imported=True,
        state=state,
        next_chase_at=None if state in SETTLED else now,
        answered_at=now if state in SETTLED else None,
        filed_at=now if state == State.FILED else None,
    )
    twin.save(force_insert=True)
    for number in (1, 2):
        Answer.objects.create(
            inquiry=twin,
            round=number,
            outcome="explained",
            text="答复",
            answered_at=now,
            place=twin.holder,
            told_how="telephone",
            due_at=twin.due_at,
            logged_at=now,
        )
    return twin


@pytest.mark.parametrize("role", ["bida_owner", "bida_web", "bida_worker"])
@pytest.mark.parametrize("old", State)
def test_the_database_moves_an_inquiry_exactly_as_the_table_says(
    old: State, role: str, ask: Ask, cast: Cast, now: datetime
) -> None:
    twin = standing_in(old, ask(), now=now)
    district = cast.district.pk if role == "bida_web" else ALL_DISTRICTS
    with scope(role=role, district=district):
        refused = {new: refusal(twin, new, now=now) for new in State}
    assert refused == {new: None if may_move(old, new) else "inquiry_moves" for new in State}
    assert {new for new in State if may_move(old, new)} == {old} | {new for was, new in MOVES if was == old}


class Undone(Exception):
    """Takes the move back, for the next to be tried."""


def refusal(twin: Inquiry, new: State, *, now: datetime) -> str | None:
    """The constraint by which raw SQL may not move the row, all else being in order; None where it may."""
    reopened = twin.state in SETTLED and new in OPEN
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "update inquiries_inquiry set state = %s, answered_at = %s, filed_at = %s, "
                "next_chase_at = %s, round = round + %s where id = %s",
                [
                    new,
                    now if new in SETTLED else None,
                    now if new == State.FILED else None,
                    None if new in SETTLED else now + timedelta(days=1),
                    int(reopened),
                    twin.pk,
                ],
            )
            assert cursor.rowcount == 1
            cursor.execute("set constraints all immediate")
            raise Undone
    except Undone:
        return None
    except IntegrityError as error:
        return str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]


@pytest.mark.parametrize("old", SETTLED)
def test_an_inquiry_is_reopened_only_into_a_new_round(old: State, ask: Ask, now: datetime) -> None:
    twin = standing_in(old, ask(), now=now)
    with pytest.raises(IntegrityError, match="only rise"), transaction.atomic():
        Inquiry.objects.filter(pk=twin.pk).update(
            state="assigned", answered_at=None, filed_at=None, next_chase_at=now
        )


@pytest.mark.parametrize("old", OPEN)
def test_no_round_begins_before_the_last_is_answered(old: State, ask: Ask, now: datetime) -> None:
    twin = standing_in(old, ask(), now=now)
    with pytest.raises(IntegrityError, match="only rise"), transaction.atomic():
        Inquiry.objects.filter(pk=twin.pk).update(round=2)


def test_a_filed_inquiry_is_only_ever_reopened() -> None:
    assert {new for old, new in MOVES if old == State.FILED} == {State.ASSIGNED}
