"""A place has the region code and the unified social credit code that it really has, or none."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from bureaus.models import Place


def refused(**given: str) -> set[str]:
    """The fields that a place with these codes is refused for."""
    place = Place(kind=Place.Kind.DISTRICT, name="春和区", **given)
    try:
        place.clean_fields(exclude={"parent", "district"})
    except ValidationError as wrong:
        return set(wrong.message_dict) & {"region", "uscc"}
    return set()


def test_codes_that_exist_are_taken() -> None:
    assert refused(region="210105", uscc="91110000600037341L") == set()
    assert refused(region="", uscc="") == set()


@pytest.mark.parametrize("region", ["21010", "999999", "21010A", "２１０１０５"])
def test_what_is_no_region_code_is_refused(region: str) -> None:
    assert refused(region=region) == {"region"}


@pytest.mark.parametrize("uscc", ["91110000600037341N", "9111000060003734", "沈阳市皇姑区文体局"])
def test_a_social_credit_code_with_a_wrong_check_character_or_length_is_refused(uscc: str) -> None:
    assert refused(uscc=uscc) == {"uscc"}
