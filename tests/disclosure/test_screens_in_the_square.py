"""The live board at an address for a public screen: sums and no person, until it is withdrawn or the day is over."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from bureaus.models.scope import WEB, scope
from disclosure.models import Booth, Measure, OpenDay, Screen
from disclosure.services.desk import DayOfHistory, Stamp, receive
from disclosure.services.open_days import open_booth, plan_open_day
from disclosure.services.plans import OpenDayOver
from disclosure.services.screens import (
    NotOnScreen,
    NotYourScreen,
    OnScreenAlready,
    day_on_screen,
    open_screen,
    withdraw_screen,
)
from tests.conftest import As, Cast
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast) -> Booth:
    """A booth on the day of the running suite, at which three were received."""
    now = timezone.now()
    day = plan_open_day(district=cast.district, on=timezone.localdate(), theme="公开", by=None, now=now)
    booth = open_booth(open_day=day, place=cast.civil, by=None, now=now)
    receive(booth=booth, n=3, measure=Measure.VISIT, stamp=Stamp("v"), by=cast.li_min, now=now)
    return booth


def address_on(shown: str) -> str:
    found = re.search(r'href="http://testserver(/screens/[^"]+)"', shown)
    return found[1] if found else ""


def test_the_office_makes_an_address_that_opens_without_signing_in_and_withdraws_it(
    desk: Booth, cast: Cast, enter: Enter
) -> None:
    client, at = enter(cast.zhou_ning), f"/open-days/{desk.open_day_id}/"
    assert not address_on(page(client, at))
    assert client.post(f"{at}screen/", {"do": "open"}).status_code == 302
    address = address_on(page(client, at))
    assert len(address) > 30
    for language, told in (("en", "3 visits"), ("zh-hans", "3人次")):
        anybody = Client(headers={"accept-language": language})
        opened = anybody.get(address)
        assert opened.status_code == 200
        shown = opened.content.decode()
        assert told in shown
        assert cast.civil.name in shown
        # Nothing to sign in to, nobody, and no other page.
        for kept in (cast.li_min.name, "/sign-in/", at, "/booths/"):
            assert kept not in shown
        assert f'hx-get="{address}"' in shown
        assert "no-store" in opened["Cache-Control"]
        assert opened["X-Robots-Tag"] == "noindex"
    assert client.post(f"{at}screen/", {"do": "withdraw"}).status_code == 302
    assert Client().get(address).status_code == 404
    client.post(f"{at}screen/", {"do": "open"})
    assert address_on(page(client, at)) not in ("", address)


def test_it_counts_what_the_board_counts(desk: Booth, cast: Cast, enter: Enter) -> None:
    client, at = enter(cast.zhou_ning), f"/open-days/{desk.open_day_id}/"
    client.post(f"{at}screen/", {"do": "open"})
    inside = page(client, f"{at}board/")
    outside = Client(headers={"accept-language": "en"}).get(address_on(page(client, at))).content.decode()
    views = r'<section class="b-wall-view".*</section>'
    [own], [public] = (re.findall(views, each, re.DOTALL) for each in (inside, outside))
    assert own == public


def test_only_who_plans_the_day_puts_it_there(
    desk: Booth, cast: Cast, enter: Enter, web_as: As, now: datetime
) -> None:
    day = desk.open_day
    for officer in (cast.sun_wei, cast.li_min, cast.everybody["auditor"]):
        assert "Public screen" not in page(enter(officer), f"/open-days/{day.pk}/")
        with web_as(officer), pytest.raises(NotYourScreen):
            open_screen(day, by=officer, now=now)
        with web_as(officer), pytest.raises(NotYourScreen):
            withdraw_screen(day, by=officer, now=now)
    path = f"/open-days/{day.pk}/screen/"
    assert enter(cast.xu_kai).post(path, {"do": "open"}).status_code == 404
    assert enter(cast.sun_wei).post(path, {"do": "open"}).status_code == 302
    assert Client().post(path, {"do": "open"})["Location"].startswith("/sign-in/")
    assert not Screen.objects.exists()


def test_a_day_has_one_address_and_none_once_it_is_over(
    booth: Booth, cast: Cast, web_as: As, now: datetime
) -> None:
    day = booth.open_day
    with web_as(cast.zhou_ning):
        with pytest.raises(NotOnScreen):
            withdraw_screen(day, by=cast.zhou_ning, now=now)
        token = open_screen(day, by=cast.zhou_ning, now=now).token
        with pytest.raises(OnScreenAlready):
            open_screen(day, by=cast.zhou_ning, now=now)
    over = now + timedelta(days=1)
    with web_as(None):
        assert day_on_screen(token, now=now) == day
        assert day_on_screen(token, now=over) is None
        assert day_on_screen("x" * 22, now=now) is None
    with web_as(cast.zhou_ning), pytest.raises(OpenDayOver):
        open_screen(day, by=cast.zhou_ning, now=over)
    OpenDay.objects.filter(pk=day.pk).update(is_history=True)
    with web_as(cast.zhou_ning), pytest.raises(DayOfHistory):
        open_screen(OpenDay.objects.get(pk=day.pk), by=cast.zhou_ning, now=now)


def test_nobody_lists_the_addresses_and_what_was_given_is_kept(
    booth: Booth, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.zhou_ning):
        open_screen(booth.open_day, by=cast.zhou_ning, now=now)
        assert Screen.objects.count() == 1
    with web_as(None):
        assert not Screen.objects.exists()
    with web_as(cast.sun_wei):
        assert not Screen.objects.exists()
    with scope(role=WEB), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from disclosure_screen")
    with pytest.raises(DatabaseError, match="keeps what was recorded"), transaction.atomic():
        Screen.objects.update(token="guessed")
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Screen.objects.all().delete()
