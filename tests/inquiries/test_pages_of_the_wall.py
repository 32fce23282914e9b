"""The wall screen: numbers that the figures tell, chases by number, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inquiries.models import Inquiry
from inquiries.models.chase import Level
from inquiries.services.answering import answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask, Enter, page

Fresh = Callable[..., Inquiry]
Pursue = Callable[..., Inquiry]
SECRET = CitizenGiven(name="张三丰", phone="13840005021")


def numbers(client: Client, path: str = "/wall/") -> dict[str, dict[str, str]]:
    """What stands in big, by its group and its label."""
    found = {}
    for group, inside in re.findall(r"<h3>(.*?)</h3><dl>(.*?)</dl>", page(client, path), re.DOTALL):
        pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", inside, re.DOTALL)
        found[group] = {re.sub(r"<(small|span)[^>]*>.*?</\1>", "", label).strip(): n for label, n in pairs}
    return found


@pytest.fixture
def pursue(ask: Ask, clock: As) -> Callable[..., Inquiry]:
    """A question of forty days ago, chased once just now."""

    def record(**given: object) -> Inquiry:
        inquiry = ask(now=timezone.now() - timedelta(days=40), **given)
        with clock():
            chase_batch(Inquiry, now=timezone.now())
        inquiry.refresh_from_db()
        assert inquiry.chase_number == 1
        return inquiry

    return record


def test_the_numbers_are_those_of_what_was_done(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    for days in (60, 40, 0, 0):
        fresh(days=days)
    fresh(days=50, by=cast.tang_rui)
    answered = fresh()
    answer_inquiry(answered.pk, EXPLAINED, by=cast.li_min, now=answered.recorded_at)
    told = numbers(enter(cast.zhou_ning))
    assert told["Today"] == {"asked": "3", "answered": "1"}
    assert told["This month"] == {"asked": "3", "answered": "1", "answered in time": "100.0%"}
    assert told["Now"] == {"open": "5", "overdue": "3"}
    own = numbers(enter(cast.sun_wei))
    assert own["Now"] == {"open": "4", "overdue": "2"}


def test_the_bureaus_that_are_stuck_stand_by_their_oldest(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    fresh(days=60)
    fresh(days=12, by=cast.tang_rui)
    shown = page(enter(cast.zhou_ning), "/wall/").split('id="w-stuck"')[1].split("</section>")[0]
    assert re.findall(r'<th scope="row">(.*?)</th>', shown) == [str(cast.civil), str(cast.culture)]
    assert str(cast.culture) not in page(enter(cast.sun_wei), "/wall/")


def test_what_was_chased_stands_by_its_number_and_nobody_by_name(
    cast: Cast, enter: Enter, pursue: Pursue
) -> None:
    known = pursue(question="低保什么时候发？", citizen=SECRET)
    hidden = pursue(kind="tip_off", question="有人吃空饷。", citizen=SECRET)
    assert hidden.sealed
    shown = page(enter(cast.zhou_ning), "/wall/")
    [row] = re.findall(r"<tr><td>.*?</tr>", shown)
    assert known.reference in row
    assert ">1</td>" in row
    assert f">{cast.civil}</th>" in row
    assert str(Level(known.chase_level).label) in row
    for secret in ("张", SECRET.phone, "低保什么", "空饷", hidden.reference):
        assert secret not in shown
    # A bureau reads its own chases by place, and nobody else's.
    assert f">{cast.relief}</th>" in page(enter(cast.sun_wei), "/wall/")
    assert known.reference not in page(enter(cast.tang_rui), "/wall/")


@pytest.mark.parametrize("theme", ["", "?theme=light"])
def test_the_wall_has_no_frame_and_is_dark_unless_told(cast: Cast, enter: Enter, theme: str) -> None:
    shown = page(enter(cast.zhou_ning), f"/wall/{theme}")
    assert "b-head-row" not in shown
    assert ("is-light" in shown) == bool(theme)
    # Without a script every view stands below the other, and the page comes anew by itself.
    assert shown.count("data-view aria") == 3
    assert '<noscript><meta http-equiv="refresh"' in shown


def test_the_wall_asks_as_often_however_much_there_is(cast: Cast, enter: Enter, pursue: Pursue) -> None:
    client = enter(cast.zhou_ning)

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client, "/wall/")
        return len([q for q in seen if not re.match("SAVEPOINT|RELEASE|select current_user", q["sql"])]) - 1

    pursue()
    pursue(by=cast.tang_rui)
    asked()
    few = asked()
    for _ in range(6):
        pursue()
    assert asked() == few
    assert few <= 26
