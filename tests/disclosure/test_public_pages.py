"""What anybody finds without signing in: what is public, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bureaus.services.places import open_place, publish_hotline
from disclosure.models import ItemFile
from disclosure.services.items import (
    add_file,
    publish_item,
    review_item,
    rewrite_item,
    submit_item,
    withdraw_item,
    write_item,
)
from tests.conftest import As, Cast
from tests.disclosure.stage import pass_it, published, says, written

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def anybody() -> Client:
    return Client(headers={"accept-language": "en"})


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_every_page_opens_to_anybody(cast: Cast, web_as: As, now: datetime, anybody: Client) -> None:
    publish_hotline(place=cast.civil, purpose="approval", number="024-55500112", by=None, now=now)
    version = published(cast, web_as, now)
    home = f"/public/{cast.district.pk}/"
    assert "民政局机构职能" in text(anybody, home)
    assert "024-55500112" in text(anybody, f"{home}bureaus/")
    place = text(anybody, f"{home}bureaus/{cast.civil.pk}/")
    for part in ("养老服务", "春和路1号", "孙伟", "024-55500112"):
        assert part in place
    assert "欢迎来电" in text(anybody, f"/public/items/{version.item_id}/")
    assert "民政局机构职能" in text(anybody, f"{home}items/")
    atom = ElementTree.fromstring(text(anybody, f"{home}feed.atom"))  # noqa: S314
    assert [e.text for e in atom.iter("{http://www.w3.org/2005/Atom}title")][1:] == ["民政局机构职能"]
    assert f"/public/items/{version.item_id}/" in text(anybody, f"{home}sitemap.xml")
    # Two districts have officers: the choice.
    assert "秋实区" in text(anybody, "/public/")
    # All of it is made up, and every page says so.
    public = ("ask", "follow", "items", "bureaus", "answers", "figures", "overdue", "open-days", "booklets")
    item = f"/public/items/{version.item_id}/"
    for path in ("/public/", home, item, *(f"{home}{name}/" for name in public)):
        assert "EXAMPLE" in text(anybody, path), path
    assert "EXAMPLE" in text(anybody, f"{home}figures/?embed=1")


def test_a_draft_a_withdrawn_item_and_a_file_of_neither_are_nowhere(
    cast: Cast, web_as: As, now: datetime, anybody: Client
) -> None:
    version = published(cast, web_as, now)
    page = f"/public/items/{version.item_id}/"
    with web_as(cast.feng_bo, now):
        rewrite_item(
            version.item_id, given=says(title="还没审查的新标题"), by=cast.feng_bo, now=now, seen=None
        )
        kept = add_file(version.item_id, name="附件.png", content=PNG, by=cast.feng_bo, now=now)
    draft = written(cast, web_as, now, title="草稿")
    assert "还没审查" not in text(anybody, page)
    assert "草稿" not in text(anybody, f"/public/{cast.district.pk}/items/")
    assert anybody.get(f"/public/items/{draft.pk}/").status_code == 404
    assert anybody.get(f"/public/files/{kept.pk}/").status_code == 404
    with web_as(cast.feng_bo, now):
        submit_item(version.item_id, by=cast.feng_bo, now=now)
    with web_as(cast.sun_wei, now):
        publish_item(pass_it(version.item, cast, now).pk, by=cast.sun_wei, now=now)
    assert "还没审查的新标题" in text(anybody, page)
    sent = anybody.get(f"/public/files/{ItemFile.objects.get().pk}/")
    assert sent.content == PNG
    assert sent["Content-Disposition"].startswith("attachment")
    with web_as(cast.sun_wei, now):
        withdraw_item(version.item_id, why="重写", by=cast.sun_wei, now=now)
    for path in (page, f"/public/files/{kept.pk}/"):
        assert anybody.get(path).status_code == 404


def test_every_word_has_to_stand_in_what_is_found(
    cast: Cast, web_as: As, now: datetime, anybody: Client
) -> None:
    published(cast, web_as, now)
    home = f"/public/{cast.district.pk}/items/"
    assert "民政局机构职能" in text(anybody, f"{home}?q=养老 春和路")
    assert "民政局机构职能" not in text(anybody, f"{home}?q=养老 婚姻")
    assert "民政局机构职能" not in text(anybody, f"{home}?group=services")
    assert anybody.get(f"{home}?group=nothing").status_code == 404


def test_the_list_goes_on_page_by_page_in_as_many_statements(
    cast: Cast, web_as: As, now: datetime, anybody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disclosure.views.public.PAGE", 2)
    for n in range(3):
        published(cast, web_as, now + timedelta(minutes=n), title=f"事项{n}")
    home = f"/public/{cast.district.pk}/items/"
    first = anybody.get(home)
    assert [row.title for row in first.context["items"]] == ["事项2", "事项1"]
    with CaptureQueriesContext(connection) as asked:
        rest = anybody.get(home, {"after": first.context["following"]})
    assert [row.title for row in rest.context["items"]] == ["事项0"]
    # The scope and its transaction, the district, the rows.
    assert len(asked) <= 9
    assert anybody.get(home, {"after": first.context["following"], "q": "别的"}).status_code == 404


def test_a_district_that_is_only_history_has_no_public_pages(
    cast: Cast, now: datetime, anybody: Client
) -> None:
    past = open_place(kind="district", name="旧城区", by=None, now=now)
    assert "旧城区" not in text(anybody, "/public/")
    for path in ("", "bureaus/", "items/", "feed.atom", "sitemap.xml"):
        assert anybody.get(f"/public/{past.pk}/{path}").status_code == 404
    # A section is no page, and a bureau stands in its own district alone.
    assert anybody.get(f"/public/{cast.district.pk}/bureaus/{cast.relief.pk}/").status_code == 404
    assert anybody.get(f"/public/{cast.elsewhere.pk}/bureaus/{cast.civil.pk}/").status_code == 404


def test_an_item_of_another_kind_of_place_leads_back(
    cast: Cast, web_as: As, now: datetime, anybody: Client
) -> None:
    for place in (cast.relief, cast.district):
        with web_as(cast.zhou_ning, now):
            item = write_item(place=place, kind="other", given=says(parts={}), by=cast.zhou_ning, now=now)
            submit_item(item.pk, by=cast.zhou_ning, now=now)
        with web_as(cast.wu_fang, now):
            review_item(
                item.pk,
                passed=True,
                no_state_secret=True,
                no_trade_secret=True,
                no_personal_data=True,
                by=cast.wu_fang,
                now=now,
            )
            publish_item(item.pk, by=cast.wu_fang, now=now)
        back = f"bureaus/{cast.civil.pk}/" if place is cast.relief else f'/public/{cast.district.pk}/"'
        assert back in text(anybody, f"/public/items/{item.pk}/")


def test_letters_grow_in_this_browser_and_the_way_leads_nowhere_else(cast: Cast, anybody: Client) -> None:
    home = f"/public/{cast.district.pk}/"
    assert anybody.post("/public/letters/", {"large": "1", "next": home})["Location"] == home
    assert 'class="is-large"' in text(anybody, home)
    away = anybody.post("/public/letters/", {"large": "0", "next": "https://example.org/"})
    assert away["Location"] == "/public/"
    assert 'class="is-large"' not in text(anybody, home)


def test_a_page_may_be_kept_for_a_minute_and_what_asks_for_something_never(
    cast: Cast, web_as: As, now: datetime, anybody: Client
) -> None:
    version = published(cast, web_as, now)
    here = f"/public/{cast.district.pk}"
    for path in (
        f"{here}/",
        f"{here}/items/?q=低保",
        f"/public/items/{version.item_id}/",
        f"{here}/figures/",
    ):
        page = anybody.get(path)
        assert {part.strip() for part in page["Cache-Control"].split(",")} == {"public", "max-age=60"}, path
        assert {"Cookie", "Accept-Language"} <= {part.strip() for part in page["Vary"].split(",")}
        # Kept for everybody, it says nothing to one reader alone.
        assert not page.cookies
        assert "csrfmiddlewaretoken" not in page.content.decode()
    for path in (f"{here}/ask/", f"{here}/follow/"):
        said = {part.strip() for part in anybody.get(path)["Cache-Control"].split(",")}
        assert {"no-store", "private"} <= said
        assert "public" not in said
        assert "csrfmiddlewaretoken" in anybody.get(path).content.decode()


def test_language_and_letters_change_without_a_token_of_the_reader(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    here = f"/public/{cast.district.pk}/"
    assert strict.post("/language/", {"language": "en", "next": here})["Location"] == here
    assert strict.post("/public/letters/", {"large": "1", "next": here})["Location"] == here
    assert strict.post(f"{here}ask/", {"do": "look", "question": "?"}).status_code == 403
