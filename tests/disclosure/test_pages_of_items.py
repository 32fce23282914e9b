"""The pages on which a bureau writes, reviews and publishes; a stranger finds none of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from disclosure.models import Item, ItemFile, PublicItem
from disclosure.services.items import write_item
from tests.conftest import As, Cast
from tests.disclosure.stage import AGENCY, says
from tests.test_every_url import enter

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def typed(**other: object) -> dict[str, object]:
    today = timezone.localdate()
    return {
        "title": "民政局机构职能",
        "body": "欢迎来电。",
        "made_on": today.isoformat(),
        "review_on": (today + timedelta(days=90)).isoformat(),
        **AGENCY,
        **other,
    }


def test_an_item_goes_from_hand_to_hand_to_the_public(cast: Cast) -> None:
    writes, reviews = enter(cast.feng_bo), enter(cast.sun_wei)
    new = f"/items/new/?place={cast.civil.pk}&kind=agency"
    assert writes.get(new).status_code == 200
    assert writes.post(new, typed()).status_code == 302
    item = Item.objects.get()
    page = f"/items/{item.pk}/"
    assert writes.post(f"{page}file/", {"file": SimpleUploadedFile("表.png", PNG)}).status_code == 302
    kept = ItemFile.objects.get()
    assert writes.get(f"/items/files/{kept.pk}/").content == PNG
    assert writes.post(f"{page}submit/").status_code == 302
    assert "Another person has to review it" not in reviews.get(page).content.decode()
    partly = reviews.post(f"{page}review/", {"do": "pass", "no_state_secret": "on"})
    assert partly.status_code == 422
    assert "all three" in partly.content.decode()
    whole = dict.fromkeys(("no_state_secret", "no_trade_secret", "no_personal_data"), "on")
    assert reviews.post(f"{page}review/", whole | {"do": "pass"}).status_code == 302
    assert reviews.post(f"{page}publish/").status_code == 302
    assert PublicItem.objects.get().title == "民政局机构职能"
    again = typed(title="民政局职能", seen=Item.objects.get().version)
    assert writes.post(f"{page}edit/", again).status_code == 302
    assert PublicItem.objects.get().title == "民政局机构职能"
    shown = reviews.get(page)
    assert "version 1 is public" in shown.content.decode()
    assert reviews.get(f"{page}compare/").status_code == 404
    soon = (timezone.localdate() + timedelta(days=30)).isoformat()
    assert reviews.post(f"{page}confirm/", {"review_on": soon}).status_code == 302
    assert reviews.post(f"{page}confirm/", {"review_on": "2020-01-01"}).status_code == 422
    assert reviews.post(f"{page}withdraw/", {"why": ""}).status_code == 422
    assert reviews.post(f"{page}withdraw/", {"why": "重写"}).status_code == 302
    assert reviews.post(f"{page}drop/", {"file": str(kept.pk)}).status_code == 302
    assert not PublicItem.objects.exists()
    assert reviews.post(f"{page}nothing/").status_code == 404


def test_what_was_typed_is_kept_where_it_is_refused(cast: Cast) -> None:
    client = enter(cast.feng_bo)
    new = f"/items/new/?place={cast.civil.pk}&kind=agency"
    refused = client.post(new, typed(made_on="2099-01-01"))
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "not in the future" in text
    assert "春和路1号" in text
    assert client.post(new, typed()).status_code == 302
    page = f"/items/{Item.objects.get().pk}/"
    late = client.post(f"{page}edit/", typed(seen=99, body="我写的。"))
    assert late.status_code == 422
    assert "我写的。" in late.content.decode()
    # A step that asks nothing is refused on the page it came from.
    assert "Fill it in" not in client.post(f"{page}submit/", follow=True).content.decode()
    assert "stage" in client.post(f"{page}submit/", follow=True).content.decode()


def test_versions_are_compared(cast: Cast, web_as: As) -> None:
    at = timezone.now()
    given = says(made_on=timezone.localdate(), review_on=timezone.localdate() + timedelta(days=90))
    with web_as(cast.feng_bo, at):
        item = write_item(place=cast.civil, kind="agency", given=given, by=cast.feng_bo, now=at)
    writes, reviews = enter(cast.feng_bo), enter(cast.sun_wei)
    page = f"/items/{item.pk}/"
    whole = dict.fromkeys(("no_state_secret", "no_trade_secret", "no_personal_data"), "on") | {"do": "pass"}
    for title in ("民政局机构职能", "民政局职能（新）"):
        seen = Item.objects.get().version
        assert writes.post(f"{page}edit/", typed(title=title, seen=seen)).status_code == 302
        assert writes.post(f"{page}submit/").status_code == 302
        assert reviews.post(f"{page}review/", whole).status_code == 302
        assert reviews.post(f"{page}publish/").status_code == 302
    compared = writes.get(f"{page}compare/?old=1&new=2").content.decode()
    assert "<del>" in compared
    assert "民政局职能（新）" in compared
    assert writes.get(f"{page}compare/?old=1&new=9").status_code == 404


@pytest.mark.parametrize("path", ["", "edit/", "compare/"])
def test_a_stranger_finds_no_item(cast: Cast, web_as: As, path: str) -> None:
    at = timezone.now()
    given = says(made_on=timezone.localdate(), review_on=timezone.localdate() + timedelta(days=90))
    with web_as(cast.feng_bo, at):
        item = write_item(place=cast.civil, kind="agency", given=given, by=cast.feng_bo, now=at)
    page = f"/items/{item.pk}/{path}"
    assert enter(cast.feng_bo).get(page).status_code == (404 if path == "compare/" else 200)
    for stranger in (cast.tang_rui, cast.xu_kai, cast.he_jing):
        assert enter(stranger).get(page).status_code == 404
        assert enter(stranger).post(f"/items/{item.pk}/submit/").status_code == 404
    assert Client().get(page)["Location"].startswith("/sign-in/")


def test_the_auditor_reads_and_writes_nothing(cast: Cast, web_as: As) -> None:
    at = timezone.now()
    given = says(made_on=timezone.localdate(), review_on=timezone.localdate() + timedelta(days=90))
    with web_as(cast.feng_bo, at):
        item = write_item(place=cast.civil, kind="agency", given=given, by=cast.feng_bo, now=at)
    client = enter(cast.bai_lu)
    assert client.get(f"/items/{item.pk}/").status_code == 200
    assert client.get("/items/new/").status_code == 403
    assert client.get(f"/items/{item.pk}/edit/").status_code == 403
    client.post(f"/items/{item.pk}/submit/")
    item.refresh_from_db()
    assert item.stage == "writing"


def test_the_list_takes_as_many_statements_however_long_it_is(cast: Cast, web_as: As) -> None:
    at = timezone.now()
    given = says(made_on=timezone.localdate(), review_on=timezone.localdate() + timedelta(days=90))
    client = enter(cast.sun_wei)
    asked = []
    for _more in range(2):
        with web_as(cast.feng_bo, at):
            for _each in range(3):
                write_item(place=cast.civil, kind="agency", given=given, by=cast.feng_bo, now=at)
        with CaptureQueriesContext(connection) as made:
            assert client.get("/items/").status_code == 200
        asked.append(len(made))
    assert asked[0] == asked[1] <= 25


def test_the_list_goes_on_page_by_page(cast: Cast, web_as: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disclosure.views.items.PAGE", 2)
    at = timezone.now()
    with web_as(cast.feng_bo, at):
        for n in range(3):
            given = says(
                title=f"事项{n}",
                made_on=timezone.localdate(),
                review_on=timezone.localdate() + timedelta(days=90),
            )
            write_item(place=cast.civil, kind="agency", given=given, by=cast.feng_bo, now=at)
    client = enter(cast.sun_wei)
    first = client.get("/items/?stage=writing&kind=agency")
    assert [row.title for row in first.context["items"]] == ["事项2", "事项1"]
    rest = client.get("/items/", {"after": first.context["following"], "stage": "writing", "kind": "agency"})
    assert [row.title for row in rest.context["items"]] == ["事项0"]
    assert client.get("/items/", {"after": first.context["following"]}).status_code == 404
