"""What a place must publish and has not, and what is to be looked at again, is owed and chased by the one engine."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bureaus.models import Place
from bureaus.models.notices import Notice
from bureaus.services.calendar import calendar_for
from bureaus.services.places import open_place
from bureaus.workdays import local_date
from disclosure.services.completing import completeness_of, keep_items_current
from disclosure.services.items import confirm_item, publish_item, rewrite_item, submit_item, withdraw_item
from disclosure.tasks import keep_items_current as clocked
from inquiries.models import Duty
from inquiries.services.chasing import chase_batch
from inquiries.services.duties import label_of, url_of
from inquiries.services.moving import answer_duty
from inquiries.services.refusals import NotInThisState
from tests.conftest import As, Cast
from tests.disclosure.stage import pass_it, published, says


def owed(place: Place, kind: str) -> list[Duty]:
    return list(Duty.objects.filter(place=place, kind=kind, done_at=None).order_by("due_at"))


def keep(cast: Cast, clock: As, now: datetime) -> int:
    with clock():
        return keep_items_current(district=cast.district, now=now)


def test_the_first_day_is_a_plan_with_dates(cast: Cast, clock: As, now: datetime) -> None:
    # The district owes six entries, each of its three bureaus three.
    assert keep(cast, clock, now) == 6 + 3 * 3
    calendar, today = calendar_for(cast.district.pk), local_date(now)
    planned = owed(cast.civil, "item_missing")
    assert [duty.subject for duty in planned] == ["agency", "service", "budget"]
    assert [local_date(duty.due_at - timedelta(seconds=1)) for duty in planned] == [
        calendar.shift(today, days) for days in (20, 25, 30)
    ]
    assert not Duty.objects.filter(kind="item_missing", due_at__lte=now).exists()
    # One line each in the list of what is owed, and no message of its own.
    assert not Notice.objects.filter(kind="item_missing").exists()


def test_a_second_look_owes_nothing_more(cast: Cast, clock: As, now: datetime) -> None:
    keep(cast, clock, now)
    assert keep(cast, clock, now + timedelta(days=1)) == 0


def test_a_district_that_is_only_history_owes_nothing(cast: Cast, clock: As, now: datetime) -> None:
    past = open_place(kind="district", name="旧城区", by=None, now=now)
    open_place(kind="bureau", name="旧局", parent=past, by=None, now=now)
    with clock():
        assert keep_items_current(district=past, now=now) == 0


def test_publishing_ends_what_was_missing_and_withdrawing_owes_it_again(
    cast: Cast, clock: As, web_as: As, now: datetime
) -> None:
    keep(cast, clock, now)
    version = published(cast, web_as, now)
    assert [duty.subject for duty in owed(cast.civil, "item_missing")] == ["service", "budget"]
    with web_as(cast.sun_wei, now):
        withdraw_item(version.item_id, why="重写", by=cast.sun_wei, now=now)
    assert keep(cast, clock, now) == 1
    assert "agency" in {duty.subject for duty in owed(cast.civil, "item_missing")}


def test_only_publishing_ends_it_and_no_reply_in_words(
    cast: Cast, clock: As, web_as: As, now: datetime
) -> None:
    keep(cast, clock, now)
    duty = owed(cast.civil, "item_missing")[0]
    with web_as(cast.feng_bo, now), pytest.raises(NotInThisState):
        answer_duty(duty.pk, reply="已公开", decision="done", by=cast.feng_bo, now=now)
    assert label_of(duty) == "publish what is missing"
    assert url_of(duty) == f"/items/new/?place={cast.civil.pk}&kind=agency"


def test_the_one_engine_chases_what_is_missing(cast: Cast, clock: As, now: datetime) -> None:
    keep(cast, clock, now)
    duty = owed(cast.civil, "item_missing")[0]
    later = duty.due_at + timedelta(days=1)
    with clock():
        chase_batch(Duty, now=later)
    duty.refresh_from_db()
    assert duty.chase_number == 1
    assert (
        Notice.objects.filter(recipient=cast.sun_wei).exists()
        or Notice.objects.filter(recipient=cast.feng_bo).exists()
    )


def test_an_item_is_looked_at_again_by_its_day(cast: Cast, clock: As, web_as: As, now: datetime) -> None:
    version = published(cast, web_as, now, review_on=date(2026, 11, 18))
    keep(cast, clock, now)
    assert owed(cast.civil, "item_refresh") == []
    # Ten working days before.
    later = datetime.combine(date(2026, 11, 4), now.timetz())
    assert keep(cast, clock, later) == 1
    duty = owed(cast.civil, "item_refresh")[0]
    assert local_date(duty.due_at - timedelta(seconds=1)) == date(2026, 11, 18)
    assert url_of(duty) == f"/items/{version.item_id}/"
    with web_as(cast.sun_wei, later):
        confirm_item(version.item_id, review_on=date(2027, 5, 18), by=cast.sun_wei, now=later)
    assert owed(cast.civil, "item_refresh") == []
    assert keep(cast, clock, later) == 0


def test_what_is_long_past_its_day_gets_a_day_to_come(
    cast: Cast, clock: As, web_as: As, now: datetime
) -> None:
    published(cast, web_as, now, review_on=date(2026, 11, 18))
    keep(cast, clock, now)
    later = datetime.combine(date(2027, 3, 1), now.timetz())
    assert keep(cast, clock, later) == 1
    assert owed(cast.civil, "item_refresh")[0].due_at > later + timedelta(days=20)
    with web_as(cast.sun_wei, later):
        (of_bureau,) = completeness_of([cast.civil], now=later)
        assert [line.stale for line in of_bureau.lines] == [1, 0, 0]
        assert not of_bureau.whole


def test_what_is_being_written_anew_is_owed_once(cast: Cast, clock: As, web_as: As, now: datetime) -> None:
    version = published(cast, web_as, now)
    keep(cast, clock, now)
    later = datetime.combine(date(2026, 11, 16), now.timetz())
    given = says(made_on=date(2026, 11, 16), review_on=date(2027, 5, 16))
    with web_as(cast.feng_bo, later):
        rewrite_item(version.item_id, given=given, by=cast.feng_bo, now=later, seen=None)
        submit_item(version.item_id, by=cast.feng_bo, now=later)
    assert keep(cast, clock, later) == 0
    with web_as(cast.sun_wei, later):
        publish_item(pass_it(version.item, cast, later).pk, by=cast.sun_wei, now=later)
    assert owed(cast.civil, "item_publish") == []


def test_completeness_counts_entries_with_what_is_owed(
    cast: Cast, clock: As, web_as: As, now: datetime
) -> None:
    keep(cast, clock, now)
    published(cast, web_as, now)
    places = [cast.district, cast.civil, cast.culture, cast.streets]
    with web_as(cast.zhou_ning, now), CaptureQueriesContext(connection) as asked:
        found = completeness_of(places, now=now)
    assert len(asked) <= 3
    assert [(row.published, len(row.lines)) for row in found] == [(0, 6), (1, 3), (0, 3), (0, 3)]
    assert [line.due_at is None for line in found[1].lines] == [True, False, False]


def test_the_clock_looks_at_every_district(cast: Cast) -> None:
    assert clocked() == 6 + 3 * 3 + 6
    assert clocked() == 0
