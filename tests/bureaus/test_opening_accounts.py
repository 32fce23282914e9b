"""Accounts are opened by who keeps the places, with a password shown once."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from bureaus.access import holdings
from bureaus.models import Officer
from bureaus.services.accounts import NotADistrict, NotYourAccount, open_account, renew_password
from bureaus.services.places import NotYourPlaces
from tests.conftest import As, Cast

pytestmark = pytest.mark.django_db


def opened(cast: Cast, now: datetime) -> Officer:
    return open_account(username="dengyu", name="邓宇", district=cast.district, by=cast.zhou_ning, now=now)


def opens(password: str) -> bool:
    """Whether the sign-in page lets her in by this password."""
    given = {"username": "dengyu", "password": password}
    return Client().post("/sign-in/", given).status_code == 302


def test_who_keeps_the_places_opens_an_account_that_may_nothing_yet(
    cast: Cast, now: datetime, web_as: As
) -> None:
    with web_as(cast.zhou_ning):
        made = opened(cast, now)
    assert opens(made.fresh_password)
    assert (made.is_staff, made.is_superuser, holdings(made, now=now)) == (False, False, [])


def test_a_handler_opens_no_account(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotYourPlaces):
        open_account(username="dengyu", name="邓宇", district=cast.district, by=cast.li_min, now=now)


def test_a_bureau_is_no_district(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotADistrict):
        open_account(username="dengyu", name="邓宇", district=cast.civil, by=cast.zhou_ning, now=now)


def test_an_account_name_is_given_once(cast: Cast, now: datetime) -> None:
    opened(cast, now)
    with pytest.raises(ValidationError, match=r"username|账号"):
        opened(cast, now)


def test_a_lost_password_is_replaced_and_the_old_one_opens_nothing(cast: Cast, now: datetime) -> None:
    old = opened(cast, now)
    new = renew_password(officer=old, by=cast.zhou_ning, now=now)
    assert not opens(old.fresh_password)
    assert opens(new.fresh_password)


def test_a_district_does_not_take_over_the_administrator(cast: Cast, now: datetime) -> None:
    root = Officer.objects.create_superuser("root", "x", name="管理员", district=cast.district)
    with pytest.raises(NotYourAccount):
        renew_password(officer=root, by=cast.zhou_ning, now=now)


def test_the_administration_opens_an_account_and_shows_its_password_once(cast: Cast) -> None:
    client = Client()
    client.force_login(Officer.objects.create_superuser("root", None, name="管理员"))
    given = {"username": "dengyu", "name": "邓宇", "district": cast.district.pk, "language": "zh-hans"}
    page = client.post("/admin/bureaus/officer/add/", given, follow=True).content.decode()
    password = re.search(r"dengyu.\s*([\w-]{16})", page)
    assert password is not None
    assert opens(password[1])
    assert password[1] not in client.get("/admin/bureaus/officer/").content.decode()
