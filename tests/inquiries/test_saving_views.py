"""What narrows the list of today is kept under a name, shared by a lead, and may be what it begins with."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from inquiries.models import Inquiry, SavedView, StartView
from tests.conftest import As, Cast
from tests.inquiries.conftest import Enter, page, statements_of

Fresh = Callable[..., Inquiry]


def keep(client: Client, name: str, filters: str = "kind=complaint", place: object = "") -> int:
    return client.post("/views/", {"name": name, "filters": filters, "place": place}).status_code


def rows(html: str) -> set[str]:
    return set(re.findall(r"\d{4}-\d{7,}-\d", html[html.index('id="owed"') :]))


def test_a_view_is_made_of_the_filters_and_opens_with_them(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    complaint = fresh(kind="complaint")
    fresh()
    client = enter(cast.li_min)
    narrowed = page(client, "/?kind=complaint")
    filters = re.search(r'name="filters" value="([^"]*)"', narrowed)
    assert filters
    assert keep(client, "投诉件", unescape(filters[1])) == 302
    shown = page(client, "/")
    link = re.search(r'is-view" href="(\?[^"]+)">投诉件<', shown)
    assert link
    opened = page(client, "/" + unescape(link[1]))
    assert rows(opened) == {complaint.reference}
    assert 'aria-current="true">投诉件<' in opened
    # It is kept, and need not be kept again.
    assert 'name="filters"' not in opened


def test_a_view_is_its_owner_s_alone(cast: Cast, enter: Enter, web_as: As) -> None:
    keep(enter(cast.li_min), "投诉件")
    made = SavedView.objects.get()
    for other in (cast.he_jing, cast.sun_wei, cast.zhou_ning, cast.tang_rui):
        assert "投诉件" not in page(enter(other), "/")
    with web_as(cast.he_jing, timezone.now()):
        assert not SavedView.objects.exists()
    assert enter(cast.tang_rui).post(f"/views/{made.pk}/", {"do": "remove"}).status_code == 404


def test_a_lead_shares_with_her_place_and_all_below_it(cast: Cast, enter: Enter) -> None:
    head = enter(cast.sun_wei)
    assert keep(head, "全局投诉", place=cast.civil.pk) == 302
    for officer, sees in (
        (cast.li_min, True),
        (cast.he_jing, True),
        (cast.tang_rui, False),
        (cast.xu_kai, False),
    ):
        assert ("全局投诉" in page(enter(officer), "/")) is sees


def test_who_does_not_lead_there_shares_nothing(cast: Cast, enter: Enter) -> None:
    assert keep(enter(cast.li_min), "共用", place=cast.relief.pk) == 422
    assert keep(enter(cast.he_jing), "共用", place=cast.civil.pk) == 422
    assert keep(enter(cast.sun_wei), "共用", place=cast.culture.pk) == 422
    assert keep(enter(cast.sun_wei), "共用", place="x") == 422
    assert not SavedView.objects.exists()


def test_a_shared_view_is_looked_after_by_those_who_lead(cast: Cast, enter: Enter) -> None:
    keep(enter(cast.he_jing), "本科投诉", place=cast.relief.pk)
    view = SavedView.objects.get()
    refused = enter(cast.li_min).post(f"/views/{view.pk}/", {"do": "remove"}, follow=True)
    assert "This view is its owner" in refused.content.decode()
    enter(cast.sun_wei).post(f"/views/{view.pk}/", {"do": "rename", "name": "社救科投诉"})
    view.refresh_from_db()
    assert view.name == "社救科投诉"
    # Begun with by somebody whose row the remover does not see.
    enter(cast.li_min).post(f"/views/{view.pk}/", {"do": "start"})
    enter(cast.sun_wei).post(f"/views/{view.pk}/", {"do": "remove"})
    assert not SavedView.objects.exists()
    assert not StartView.objects.exists()


def test_today_begins_with_the_view_that_was_chosen(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    complaint, other = fresh(kind="complaint"), fresh()
    client = enter(cast.li_min)
    keep(client, "投诉件")
    view = SavedView.objects.get()
    client.post(f"/views/{view.pk}/", {"do": "start"})
    begun = page(client, "/")
    assert rows(begun) == {complaint.reference}
    # Its chip is taken away like any other, and then everything is there.
    away = re.search(r'class="b-chip is-on" href="(\?[^"]*)">Kind', begun)
    assert away
    assert rows(page(client, "/" + unescape(away[1]))) == {complaint.reference, other.reference}
    client.post(f"/views/{view.pk}/", {"do": "end"})
    assert rows(page(client, "/")) == {complaint.reference, other.reference}


def test_a_beginning_that_is_known_no_more_keeps_nobody_out(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    inquiry = fresh()
    client = enter(cast.li_min)
    keep(client, "旧分类")
    view = SavedView.objects.get()
    view.filters = {"topic": "999999"}
    view.save()
    client.post(f"/views/{view.pk}/", {"do": "start"})
    assert rows(page(client, "/")) == {inquiry.reference}


@pytest.mark.parametrize(
    ("name", "filters", "sentence"),
    [
        ("", "kind=complaint", "Give the view a name."),
        ("投诉件", "", "Narrow the list first"),
        ("投诉件", "kind=nonsense", "These filters are not known"),
        ("长" * 41, "kind=complaint", "at most 40 characters"),
        ("已有", "kind=complaint", "There is a view of this name already."),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words_and_the_name_stays(
    cast: Cast, enter: Enter, name: str, filters: str, sentence: str
) -> None:
    client = enter(cast.li_min)
    keep(client, "已有")
    response = client.post("/views/", {"name": name, "filters": filters})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert f'value="{name}"' in response.content.decode()
    assert SavedView.objects.count() == 1


def test_thirty_are_enough(cast: Cast, enter: Enter) -> None:
    client = enter(cast.li_min)
    assert [keep(client, f"视图{n}") for n in range(31)] == [302] * 30 + [422]


def test_views_cost_the_list_no_question(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    fresh()
    client = enter(cast.sun_wei)
    page(client, "/")
    for n in range(4):
        keep(client, f"视图{n}", place=cast.civil.pk if n % 2 else "")
    assert len(statements_of(client, "/")) <= 10
    assert len(statements_of(client, "/views/")) <= 10
