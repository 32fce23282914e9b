"""The live board: the numbers of the booths, in sum and one by one, and nobody's name."""

from __future__ import annotations

from datetime import datetime

import pytest

from disclosure.models import Booth, Material, Measure
from disclosure.services.desk import Stamp, bring, give, give_card, receive
from disclosure.services.open_days import name_material, open_booth
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page, statements_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(booth: Booth, leaflet: Material, cast: Cast, now: datetime) -> Booth:
    """Two booths; the culture bureau's is the busier one."""
    other = open_booth(open_day=booth.open_day, place=cast.culture, by=None, now=now)
    book = name_material(district=cast.district, kind="handbook", name="办事指南", measure=Measure.VOLUME)
    receive(booth=booth, n=3, measure=Measure.VISIT, stamp=Stamp("v"), by=cast.li_min, now=now)
    receive(booth=other, n=9, measure=Measure.VISIT, stamp=Stamp("v"), by=cast.tang_rui, now=now)
    give(booth=booth, material=leaflet, n=20, stamp=Stamp("g"), by=cast.li_min, now=now)
    give(booth=booth, material=book, n=2, stamp=Stamp("h"), by=cast.li_min, now=now)
    return booth


def test_the_board_sums_up_and_lists_the_busiest_first(busy: Booth, cast: Cast, enter: Enter) -> None:
    shown = page(enter(cast.zhou_ning), f"/open-days/{busy.open_day_id}/board/")
    assert "<dd>12 <small>visits</small></dd>" in shown
    assert shown.index(cast.culture.name) < shown.index(cast.civil.name)


def test_sheets_are_not_added_to_volumes(busy: Booth, cast: Cast, enter: Enter) -> None:
    assert "20 sheets · 2 volumes" in page(enter(cast.zhou_ning), f"/open-days/{busy.open_day_id}/board/")


def test_cards_given_by_serial_stand_beside_what_was_handed_out_and_nothing_that_was_not(
    busy: Booth, cast: Cast, enter: Enter, now: datetime
) -> None:
    blank = name_material(district=cast.district, kind="contact_card", name="联心卡", measure=Measure.SHEET)
    bring(booth=busy, material=blank, n=100, stamp=Stamp("b"), by=cast.li_min, now=now)
    give_card(booth=busy, serial="0021", stamp=Stamp("c"), by=cast.li_min, now=now)
    client = enter(cast.zhou_ning)
    shown = page(client, f"/open-days/{busy.open_day_id}/board/")
    assert "contact cards, by serial" in shown
    assert blank.name not in shown
    numbers = page(client, f"/open-days/{busy.open_day_id}/")
    assert "<strong>1 sheet</strong><span>contact cards, by serial</span>" in numbers


def test_the_board_names_nobody(busy: Booth, cast: Cast, enter: Enter) -> None:
    shown = page(enter(cast.zhou_ning), f"/open-days/{busy.open_day_id}/board/")
    assert not [officer.name for officer in (cast.li_min, cast.tang_rui) if officer.name in shown]


def test_the_board_asks_as_much_of_many_booths(busy: Booth, cast: Cast, enter: Enter, now: datetime) -> None:
    client, path = enter(cast.zhou_ning), f"/open-days/{busy.open_day_id}/board/"
    few = len(statements_of(client, path))
    open_booth(open_day=busy.open_day, place=cast.streets, by=None, now=now)
    assert len(statements_of(client, path)) == few <= 14


def test_a_stranger_sees_no_board(busy: Booth, cast: Cast, enter: Enter) -> None:
    assert enter(cast.xu_kai).get(f"/open-days/{busy.open_day_id}/board/").status_code == 404
