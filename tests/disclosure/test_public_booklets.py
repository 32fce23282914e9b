"""A booklet is published by who publishes, and read by everybody as far as its items are public still."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from docx import Document

from disclosure.models import BookletEdition, BookletPublication, ItemVersion
from disclosure.services.booklets import (
    BookletNotPublic,
    BookletPublicAlready,
    NotYoursToPublishIt,
    make_edition,
    publish_booklet,
    withdraw_booklet,
)
from disclosure.services.items import withdraw_item
from inquiries.services.challenging import log_challenge
from inquiries.services.refusals import ChangedMeanwhile
from tests.conftest import As, Cast, Key
from tests.disclosure.test_booklets import edition as edition  # a fixture
from tests.disclosure.test_booklets import rewritten
from tests.disclosure.test_booklets import two as two  # a fixture
from tests.inquiries.conftest import Ask


@pytest.fixture
def public(edition: BookletEdition, cast: Cast, web_as: As, now: datetime) -> BookletEdition:
    with web_as(cast.sun_wei):
        publish_booklet(edition.booklet_id, seen=1, by=cast.sun_wei, now=now)
    return edition


def home(cast: Cast) -> str:
    return f"/public/{cast.district.pk}/"


def read(path: str) -> str:
    response = Client(headers={"accept-language": "en"}).get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_nobody_reads_it_before_it_is_published_nor_after_it_was_withdrawn(
    edition: BookletEdition, cast: Cast, web_as: As, now: datetime
) -> None:
    path = f"{home(cast)}booklets/{edition.booklet_id}/"
    anybody = Client()
    assert "办事指南" not in read(f"{home(cast)}booklets/")
    assert anybody.get(path).status_code == 404
    with web_as(cast.sun_wei):
        publish_booklet(edition.booklet_id, seen=1, by=cast.sun_wei, now=now)
    assert "办事指南" in read(f"{home(cast)}booklets/")
    assert path in read(f"{home(cast)}sitemap.xml")
    assert path in read(f"{home(cast)}feed.atom")
    with web_as(cast.sun_wei):
        withdraw_booklet(edition.booklet_id, by=cast.sun_wei, now=now)
        with pytest.raises(BookletNotPublic):
            withdraw_booklet(edition.booklet_id, by=cast.sun_wei, now=now)
    assert anybody.get(path).status_code == 404
    assert anybody.get(f"{path}booklet.docx").status_code == 404


def test_page_and_word_file_hold_what_it_holds(
    public: BookletEdition, two: list[ItemVersion], cast: Cast
) -> None:
    path = f"{home(cast)}booklets/{public.booklet_id}/"
    page = read(path)
    word = Client().get(f"{path}booklet.docx")
    text = "\n".join(each.text for each in Document(io.BytesIO(word.content)).paragraphs)
    for version in two:
        assert version.title in page
        assert version.title in text


def test_what_is_public_no_more_is_left_out_and_what_is_published_anew_is_linked(
    public: BookletEdition, two: list[ItemVersion], cast: Cast, web_as: As, now: datetime, key: Key
) -> None:
    first, second = two
    rewritten(second, cast, web_as, now)
    with web_as(cast.sun_wei):
        withdraw_item(first.item_id, why="有误", by=cast.sun_wei, now=now)
    page = read(f"{home(cast)}booklets/{public.booklet_id}/")
    assert first.title not in page
    assert second.title not in page
    assert f'href="/public/items/{second.item_id}/">民政局新职能' in page
    told = key("directory:read").get(f"/api/v1/booklets/{public.booklet_id}").json()
    assert (told["items"], told["anew"]) == ([], [second.item_id])


def test_only_who_publishes_items_of_its_place_does_and_each_edition_once(
    edition: BookletEdition, two: list[ItemVersion], cast: Cast, web_as: As, now: datetime
) -> None:
    for officer in (cast.li_min, cast.cao_lei):
        with web_as(officer), pytest.raises((NotYoursToPublishIt, edition.booklet.DoesNotExist)):
            publish_booklet(edition.booklet_id, seen=1, by=officer, now=now)
    with web_as(cast.sun_wei):
        with pytest.raises(ChangedMeanwhile):
            publish_booklet(edition.booklet_id, seen=2, by=cast.sun_wei, now=now)
        publish_booklet(edition.booklet_id, seen=1, by=cast.sun_wei, now=now)
        with pytest.raises(BookletPublicAlready):
            publish_booklet(edition.booklet_id, seen=1, by=cast.sun_wei, now=now)
        items = [version.item_id for version in two]
        make_edition(edition.booklet_id, items=items, seen=1, by=cast.sun_wei, now=now)
        publish_booklet(edition.booklet_id, seen=2, by=cast.sun_wei, now=now)
    assert list(BookletPublication.objects.filter(withdrawn_at=None).values_list("edition__number")) == [(2,)]


def test_what_was_published_is_kept(public: BookletEdition, now: datetime) -> None:
    with pytest.raises(DatabaseError, match="keeps what was recorded"), transaction.atomic():
        BookletPublication.objects.update(published_at=now.replace(year=2020))
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        BookletPublication.objects.all().delete()


def test_its_page_publishes_and_withdraws(edition: BookletEdition, cast: Cast, client: Client) -> None:
    path = f"/booklets/{edition.booklet_id}/"
    client.force_login(cast.sun_wei)
    assert f"{path}publish/" in client.get(path).text
    for do, code in (("publish", 200), ("publish", 200), ("withdraw", 404)):
        assert client.post(f"{path}publish/", {"do": do, "seen": 1}).status_code == 302
        assert Client().get(f"{home(cast)}{path[1:]}").status_code == code
    assert client.post(f"{path}publish/", {"seen": "一"}).status_code == 302
    client.force_login(cast.cao_lei)
    assert client.post(f"{path}publish/", {"seen": 1}).status_code == 404


def test_a_client_reads_public_booklets_and_what_they_hold(
    public: BookletEdition, two: list[ItemVersion], cast: Cast, key: Key
) -> None:
    client = key("directory:read")
    [listed] = client.get("/api/v1/booklets").json()["items"]
    assert (listed["id"], listed["edition"], listed["place"]["id"]) == (
        public.booklet_id,
        1,
        cast.civil.pk,
    )
    whole = client.get(f"/api/v1/booklets/{public.booklet_id}").json()
    assert {each["item"] for each in whole["items"]} == {version.item_id for version in two}
    assert whole["anew"] == []
    stranger = key("directory:read", officer=cast.xu_kai)
    assert stranger.get("/api/v1/booklets").json()["items"] == []
    assert stranger.get(f"/api/v1/booklets/{public.booklet_id}").status_code == 404


@pytest.mark.django_db
def test_a_client_reads_the_challenges_of_an_application(
    ask: Ask, cast: Cast, web_as: As, now: datetime, key: Key
) -> None:
    inquiry = ask(kind="disclosure")
    with web_as(cast.li_min):
        log_challenge(inquiry.pk, kind="review", body="区人民政府", by=cast.li_min, now=now)
    [case] = (
        key("inquiries:read", officer=cast.li_min)
        .get(f"/api/v1/inquiries/{inquiry.pk}/challenges")
        .json()["items"]
    )
    assert (case["kind"]["code"], case["body"], case["result"]["code"]) == (
        "review",
        "区人民政府",
        "pending",
    )
    stranger = key("inquiries:read", officer=cast.tang_rui)
    assert stranger.get(f"/api/v1/inquiries/{inquiry.pk}/challenges").status_code == 404
