"""The pages on which a place is abolished: previewed, then done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from bureaus.models import Officer, Place, Post
from bureaus.workdays import local_date
from inquiries.models import Inquiry
from inquiries.tasks import recompute_dues
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page


@pytest.fixture
def held(fresh: Callable[..., Inquiry]) -> Inquiry:
    """One question that Li Min has, of which the pages tell."""
    return fresh()


def typed(cast: Cast, today: str, **more: object) -> dict[str, object]:
    return {"successor": cast.culture.pk, "on": today} | more


@pytest.fixture
def today() -> str:

    return local_date(timezone.now()).isoformat()


def test_what_passes_is_shown_before_a_place_is_abolished(
    cast: Cast, enter: Enter, held: Inquiry, today: str
) -> None:
    client = enter(cast.wu_fang)
    path = f"/settings/places/{cast.civil.pk}/"
    assert path in page(client, "/settings/places/")
    assert "posts that close" in page(client, path)
    shown = client.post(path, typed(cast, today, do="look"))
    assert shown.status_code == 200
    text = shown.content.decode()
    assert "What passes to 文化体育局" in text
    assert "Taken over by, for 社会救助科 handler (1 open)" in text
    assert "社会救助科" in text
    # Nothing is done by looking, and nothing that was not looked at is done.
    client.post(path, typed(cast, today, do="save", previewed="x"))
    assert Place.objects.get(pk=cast.civil.pk).abolished_on is None
    stamp = shown.context["form"]["previewed"].value()
    done = client.post(path, typed(cast, today, do="save", previewed=stamp), follow=True)
    assert "民政局 is abolished" in done.content.decode()
    recompute_dues()
    assert Inquiry.objects.get(pk=held.pk).holder == cast.culture
    assert client.get(path).status_code == 404


def test_a_post_without_a_taker_is_refused_at_its_field(
    cast: Cast, enter: Enter, held: Inquiry, today: str
) -> None:
    client = enter(cast.zhou_ning)
    path = f"/settings/places/{cast.relief.pk}/"
    given = typed(cast, today, successor=cast.streets.pk)
    Post.objects.filter(place=cast.streets).update(closed_on="2026-01-01")
    stamp = client.post(path, given | {"do": "look"}).context["form"]["previewed"].value()
    refused = client.post(path, given | {"do": "save", "previewed": stamp})
    assert refused.status_code == 422
    assert "Name the post that takes it over" in refused.content.decode()
    chosen = given | {f"taker_{cast.posts['li_min'].pk}": cast.posts["tang_rui"].pk}
    stamp = client.post(path, chosen | {"do": "look"}).context["form"]["previewed"].value()
    assert client.post(path, chosen | {"do": "save", "previewed": stamp}).status_code == 302
    recompute_dues()
    assert Inquiry.objects.get(pk=held.pk).holder == cast.culture


def test_what_cannot_be_is_refused_with_what_was_chosen(cast: Cast, enter: Enter, today: str) -> None:
    path = f"/settings/places/{cast.civil.pk}/"
    refused = enter(cast.wu_fang).post(path, typed(cast, today, successor=cast.district.pk, do="look"))
    assert refused.status_code == 422
    assert "b-error" in refused.content.decode()
    strangers: tuple[Officer, ...] = (cast.sun_wei, cast.bai_lu)
    for officer in strangers:
        assert enter(officer).get(path).status_code == 403
    assert enter(cast.xu_kai).get(path).status_code == 404
