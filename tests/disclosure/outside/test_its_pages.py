"""The pages of the portal: those that are public, as the inside counts them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from bureaus.models.scope import PORTAL, scope
from disclosure.models import BookletEdition, DayPlan, ItemVersion, OpenDay
from disclosure.services.booklets import make_edition, publish_booklet, withdraw_booklet
from disclosure.services.handing_out import hand_out_numbers
from disclosure.services.items import withdraw_item
from tests.conftest import As, Cast
from tests.disclosure.outside.portal import Outside, rows, works
from tests.disclosure.planned import day as day  # fixtures
from tests.disclosure.planned import issued as issued
from tests.disclosure.stage import published
from tests.disclosure.test_booklets import edition as edition
from tests.disclosure.test_booklets import rewritten
from tests.disclosure.test_booklets import two as two

pytestmark = pytest.mark.django_db


def routes(patterns: list[Any], before: str = "") -> Iterator[tuple[str, str]]:
    for entry in patterns:
        route = f"{before}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield entry.name or "", route


def test_every_page_of_the_inside_is_a_404(portal: Outside, cast: Cast) -> None:
    every = list(routes(get_resolver("config.urls").url_patterns))
    shared = {route for _name, route in routes(get_resolver("config.portal_urls").url_patterns)}
    walked = 0
    with portal() as client:
        for _name, route in every:
            if route in shared or not route:
                continue
            path = re.sub(r"<uuid:\w+>", str(uuid.uuid4()), route)
            path = re.sub(r"<int:\w+>", str(cast.district.pk), path)
            path = re.sub(r"<\w+:\w+>|<\w+>|\(\?P[^)]*\)", "x", path)
            path = "/" + re.sub(r"[\^$?\\]|\.\*", "", path).lstrip("/")
            for answer in (client.get(path), client.post(path)):
                assert answer.status_code == 404, path
            walked += 1
    assert walked > 150
    assert shared == {
        *("", "healthz", "readyz", "language/"),
        *(route for _name, route in every if route.startswith("public/")),
    }


def test_its_pages_are_the_public_ones_as_the_inside_counts_them(
    portal: Outside, cast: Cast, web_as: As, now: datetime
) -> None:
    version = published(cast, web_as, now)
    with works(cast):
        hand_out_numbers(district=cast.district, now=now)
    here = f"/public/{cast.district.pk}/"
    names = [
        *("", "bureaus/", f"bureaus/{cast.civil.pk}/", "items/?q=民政", "answers/", "open-days/", "figures/"),
        *(
            "booklets/",
            "overdue/",
            "ask/",
            "follow/",
            "figures.csv",
            "figures.json",
            "overdue.csv",
            "overdue.json",
        ),
        *("feed.atom", "sitemap.xml"),
    ]
    with portal() as client:
        assert client.get("/").headers["Location"] == "/public/"
        for name in names:
            assert client.get(here + name).status_code == 200, name
        assert version.title in client.get(f"/public/items/{version.item_id}/").content.decode()
        assert "As of " in client.get(here + "figures/").content.decode()
        assert "Location" not in client.get("/readyz").headers
        assert client.get("/healthz").json() == {"alive": True}
        assert client.get("/readyz").status_code == 200
        missing = client.get("/no/such/page/")
        assert missing.status_code == 404
        assert "sign-in" not in missing.content.decode()
    outside_json = _json(portal, here + "figures.json")
    assert Client().get(here + "figures.json").json()["rows"] == outside_json["rows"]


def _json(portal: Outside, path: str) -> dict[str, Any]:
    with portal() as client:
        return dict(client.get(path).json())


def test_a_booklet_is_read_as_far_as_its_items_are_public_still(
    portal: Outside, edition: BookletEdition, two: list[ItemVersion], cast: Cast, web_as: As, now: datetime
) -> None:
    home = f"/public/{cast.district.pk}/booklets/"
    path = f"{home}{edition.booklet_id}/"

    def read(at: str) -> tuple[int, str]:
        with portal() as client:
            answer = client.get(at)
            return answer.status_code, answer.content.decode(errors="replace")

    # A draft is nowhere.
    assert read(path)[0] == 404
    assert "办事指南" not in read(home)[1]
    with web_as(cast.sun_wei):
        publish_booklet(edition.booklet_id, seen=1, by=cast.sun_wei, now=now)
    assert "办事指南" in read(home)[1]
    assert path in read(f"/public/{cast.district.pk}/sitemap.xml")[1]
    assert path in read(f"/public/{cast.district.pk}/feed.atom")[1]
    status, page = read(path)
    assert status == 200
    assert all(version.title in page for version in two)
    # The same as inside, to the last word.
    assert page.split("<article", 1)[1].split("</article>")[0] in Client().get(path).content.decode()
    assert read(f"{path}booklet.docx")[0] == 200
    rewritten(two[0], cast, web_as, now)
    with web_as(cast.sun_wei):
        withdraw_item(two[1].item_id, why="有误", by=cast.sun_wei, now=now)
    page = read(path)[1]
    assert two[1].title not in page
    assert f'href="/public/items/{two[0].item_id}/">民政局新职能' in page
    # A newer edition that is a draft still shows nothing, and a withdrawn booklet is gone.
    with web_as(cast.feng_bo):
        make_edition(edition.booklet_id, items=[two[0].item_id], seen=1, by=cast.feng_bo, now=now)
    with scope(role=PORTAL):
        assert rows("select number from disclosure_bookletedition") == [(1,)]
        assert rows("select bida_published_anew(id) from disclosure_bookletedition") == [(two[0].item_id,)]
    with web_as(cast.sun_wei):
        withdraw_booklet(edition.booklet_id, by=cast.sun_wei, now=now)
    assert read(path)[0] == 404
    with scope(role=PORTAL):
        for table in ("booklet", "bookletedition", "bookletentry", "bookletpublication"):
            assert rows(f"select count(*) from disclosure_{table}") == [(0,)], table
        assert rows("select bida_published_anew(%s)", edition.pk) == []


def test_a_coming_day_stands_on_its_pages_and_in_the_feed_once_it_is_issued(
    portal: Outside, issued: DayPlan, cast: Cast, now: datetime
) -> None:
    today = timezone.now()
    OpenDay.objects.filter(pk=issued.open_day_id).update(on=today.date() + timedelta(days=30))
    home = f"/public/{cast.district.pk}/"
    page = f"{home}open-days/{issued.open_day_id}/"
    with works(cast):
        hand_out_numbers(district=cast.district, now=today)
    with portal() as client:
        assert page in client.get(f"{home}open-days/").content.decode()
        assert "和顺广场" in client.get(page).content.decode()
        assert page in client.get(f"{home}feed.atom").content.decode()
    inside = Client().get(f"{home}feed.atom").content.decode()
    assert page in inside


def test_the_public_names_resolve_to_the_same_addresses_outside(cast: Cast) -> None:
    for name, _route in routes(get_resolver("config.portal_urls").url_patterns):
        if name == "public_district":
            kwargs = {"district": cast.district.pk}
            assert reverse(name, "config.portal_urls", kwargs=kwargs) == reverse(name, kwargs=kwargs)
