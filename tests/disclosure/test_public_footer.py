"""The footer of the public pages, and the one page that stands in the frames of others."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bureaus.models import DistrictSettings
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def anybody() -> Client:
    return Client(headers={"accept-language": "en"})


def sets(cast: Cast, **given: object) -> None:
    DistrictSettings.objects.filter(district=cast.district).update(**given)


def test_the_three_numbers_stand_in_the_footer_of_their_own_district(cast: Cast, anybody: Client) -> None:
    home = f"/public/{cast.district.pk}/"
    assert "p-numbers" not in anybody.get(home).content.decode()
    with CaptureQueriesContext(connection) as before:
        anybody.get(f"{home}bureaus/")
    sets(
        cast,
        site_code="2101020001",
        icp_number="辽ICP备12345678号-1",
        police_number="辽公网安备21010202000123号",
    )
    for path in ("", "bureaus/", "ask/", "figures/"):
        page = anybody.get(f"{home}{path}").content.decode()
        for told in ("2101020001", "辽ICP备12345678号-1", "辽公网安备21010202000123号"):
            assert told in page
        assert 'href="https://beian.miit.gov.cn/"' in page
        assert "webSearch?code=21010202000123" in page
    with CaptureQueriesContext(connection) as after:
        anybody.get(f"{home}bureaus/")
    assert len(after) == len(before)
    assert "2101020001" not in anybody.get(f"/public/{cast.elsewhere.pk}/").content.decode()


def test_only_the_figures_stand_in_frames_and_only_in_those_the_district_allows(
    cast: Cast, anybody: Client
) -> None:
    home = f"/public/{cast.district.pk}/"
    shut = anybody.get(f"{home}figures/?embed=1")
    assert "frame-ancestors 'none'" in shut["Content-Security-Policy"]
    assert shut["X-Frame-Options"] == "DENY"
    # Without a website that may, it is the page as ever.
    assert "<header" in shut.content.decode()
    sets(cast, embed_hosts=["https://www.example.gov.cn", "http://inside.example.org:8080"])
    for path in ("figures/", "figures/?embed=1"):
        page = anybody.get(f"{home}{path}")
        policy = page["Content-Security-Policy"]
        assert "frame-ancestors 'self' https://www.example.gov.cn http://inside.example.org:8080" in policy
        # All else is as strict as on every page.
        assert "default-src 'none'" in policy
        assert "X-Frame-Options" not in page
    for path in (home, f"{home}overdue/", f"{home}ask/", f"/public/{cast.elsewhere.pk}/figures/"):
        other = anybody.get(path)
        assert "frame-ancestors 'none'" in other["Content-Security-Policy"]
        assert other["X-Frame-Options"] == "DENY"


def test_an_embedded_page_has_no_header_no_footer_no_form_and_every_way_leads_out_of_the_frame(
    cast: Cast, anybody: Client
) -> None:
    sets(cast, embed_hosts=["https://www.example.gov.cn"], site_code="2101020001")
    page = anybody.get(f"/public/{cast.district.pk}/figures/?embed=1").content.decode()
    for gone in ("<header", "<footer", "<form", "2101020001"):
        assert gone not in page
    ways = re.findall(r"<a [^>]*>", page)
    assert len(ways) >= 5
    assert all('target="_blank"' in way for way in ways)
