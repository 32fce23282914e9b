"""Who sees an inquiry is of its district, and behind a seal is named, whoever writes."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from bureaus.models.scope import scope
from inquiries.models import Inquiry
from tests.conftest import Cast
from tests.inquiries.conftest import Ask
from tests.inquiries.promises.conftest import ROLES, everything, refused_by, run

pytestmark = pytest.mark.django_db


SEEN_BY = (
    "insert into inquiries_sight (id, district_id, inquiry_id, place_id, reason, since, open, rank, due_at) "
    "select gen_random_uuid(), district_id, id, %s, 'holds', now(), true, 2, due_at "
    "from inquiries_inquiry where id = %s"
)


@pytest.mark.parametrize("role", ROLES)
def test_no_place_of_another_district_is_let_see(role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("sight_fits_its_inquiry"):
        run(SEEN_BY, cast.elsewhere.pk, inquiry.pk)


def as_director(role: str, cast: Cast) -> AbstractContextManager[None]:
    """The widest scope, which for the web is that of a named reader."""
    if role != "bida_web":
        return everything(role, cast)
    return scope(role=role, places=[cast.district.pk], district=cast.district.pk, officer=cast.zhou_ning.pk)


@pytest.mark.parametrize("role", ROLES)
def test_behind_a_seal_are_named_readers_only(role: str, ask: Ask, cast: Cast) -> None:
    sealed = ask(by=cast.zhou_ning, kind="tip_off")
    with as_director(role, cast), refused_by("sight_fits_its_inquiry"):
        run(SEEN_BY, cast.civil.pk, sealed.pk)
    with as_director(role, cast), refused_by("sight_fits_its_inquiry"):
        run("update inquiries_sight set officer_id = null where inquiry_id = %s", sealed.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_seal_is_never_broken(role: str, ask: Ask, cast: Cast) -> None:
    sealed = ask(by=cast.zhou_ning, kind="complaint", about_place=cast.civil)
    with as_director(role, cast), refused_by("inquiry_seal_stays"):
        run("update inquiries_inquiry set sealed = false, about_place_id = null where id = %s", sealed.pk)
