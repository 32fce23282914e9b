"""The district opens a day on its page, and a bureau takes its booth there."""

from __future__ import annotations

import pytest
from django.utils import timezone

from disclosure.models import Booth, OpenDay
from disclosure.services.open_days import plan_open_day
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year
GIVEN = {"on": f"{YEAR}-05-15", "theme": "政务公开零距离", "base_year": 2006}


@pytest.fixture
def day(cast: Cast) -> OpenDay:
    now = timezone.now()
    return plan_open_day(district=cast.district, on=now.date(), theme="公开", by=None, now=now)


def test_the_office_opens_a_day_and_its_number_follows_from_the_year(cast: Cast, enter: Enter) -> None:
    told = enter(cast.wu_fang).post("/open-days/new/", GIVEN, follow=True).content.decode()
    assert f"Open day no. {YEAR - 2006}, {YEAR}-05-15" in told


@pytest.mark.parametrize(
    ("field", "value"), [("on", ""), ("theme", ""), ("base_year", 2030), ("base_year", 1)]
)
def test_what_was_typed_is_kept_where_the_day_is_refused(
    cast: Cast, enter: Enter, field: str, value: object
) -> None:
    refused = enter(cast.wu_fang).post("/open-days/new/", GIVEN | {"aim": "便民", field: value})
    assert refused.status_code == 422
    assert "便民" in refused.content.decode()


def test_a_slip_in_the_year_is_told_and_a_day_just_over_can_be_written_down(cast: Cast, enter: Enter) -> None:
    client = enter(cast.wu_fang)
    refused = client.post("/open-days/new/", GIVEN | {"on": f"{YEAR - 1}-12-31"})
    assert refused.status_code == 422
    assert "of an earlier year" in refused.content.decode()
    assert client.post("/open-days/new/", GIVEN | {"on": f"{YEAR}-01-01"}).status_code == 302


def test_the_same_day_is_opened_once(cast: Cast, enter: Enter) -> None:
    client = enter(cast.wu_fang)
    client.post("/open-days/new/", GIVEN)
    assert client.post("/open-days/new/", GIVEN).status_code == 422
    assert OpenDay.objects.count() == 1


def test_a_bureau_opens_no_day(cast: Cast, enter: Enter) -> None:
    assert enter(cast.sun_wei).get("/open-days/new/").status_code == 403
    assert "Open a day" not in page(enter(cast.sun_wei), "/open-days/")


def test_a_bureau_takes_its_booth_once(cast: Cast, enter: Enter, day: OpenDay) -> None:
    client, path = enter(cast.feng_bo), f"/open-days/{day.pk}/booths/new/"
    assert "Take a booth" in page(client, f"/open-days/{day.pk}/")
    given = {"place": cast.civil.pk, "venue": "广场1号台", "topics": "低保\n\n 婚姻登记 "}
    assert client.post(path, given).status_code == 302
    booth = Booth.objects.get()
    assert (booth.place, booth.venue, booth.topics) == (cast.civil, "广场1号台", ["低保", "婚姻登记"])
    assert client.get(path).status_code == 403
    assert "Take a booth" not in page(client, f"/open-days/{day.pk}/")


def test_nobody_takes_a_booth_for_another_bureau(cast: Cast, enter: Enter, day: OpenDay) -> None:
    path = f"/open-days/{day.pk}/booths/new/"
    assert enter(cast.feng_bo).post(path, {"place": cast.culture.pk}).status_code == 422
    assert enter(cast.li_min).get(path).status_code == 403
    assert enter(cast.xu_kai).get(path).status_code == 404
    assert not Booth.objects.exists()
