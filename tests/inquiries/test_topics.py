"""Topics are added, renamed, moved in their tree, given a bureau and retired; what is about them stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bureaus.models import Edit, Officer
from bureaus.services.edits import edits_of
from bureaus.services.places import NotYourPlaces
from inquiries.models import Inquiry, Topic
from inquiries.services.refusals import TopicRetired
from inquiries.services.topics import (
    WrongTopic,
    change_topic,
    open_topic,
    restore_topic,
    retire_topic,
)
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import Ask, Enter, page, statements_of


@pytest.fixture
def roads(cast: Cast, now: datetime) -> Topic:
    """市政 with 路灯 below it, which the streets bureau usually answers."""
    above = open_topic(district=cast.district, name="市政", by=None, now=now)
    return open_topic(
        district=cast.district, name="路灯", parent=above, default_bureau=cast.streets, by=None, now=now
    )


def test_nothing_new_is_about_a_retired_topic_and_what_was_stays(
    cast: Cast, ask: Ask, roads: Topic, now: datetime
) -> None:
    before = ask(topic=roads)
    assert roads.parent is not None
    assert [row.name for row in retire_topic(row=roads.parent, by=cast.wu_fang, now=now)] == ["市政", "路灯"]
    gone = Topic.objects.get(pk=roads.pk)
    with pytest.raises(TopicRetired):
        ask(topic=gone)
    assert Inquiry.objects.get(pk=before.pk).topic == gone
    with pytest.raises(TopicRetired):
        retire_topic(row=gone, by=cast.wu_fang, now=now)


def test_a_topic_is_taken_up_again_once_what_it_is_part_of_is(
    cast: Cast, ask: Ask, roads: Topic, now: datetime
) -> None:
    assert roads.parent is not None
    retire_topic(row=roads.parent, by=cast.wu_fang, now=now)
    roads = Topic.objects.get(pk=roads.pk)
    with pytest.raises(WrongTopic):
        restore_topic(row=roads, by=cast.wu_fang, now=now)
    with pytest.raises(WrongTopic):
        open_topic(district=cast.district, name="井盖", parent=roads, by=None, now=now)
    assert roads.parent is not None
    restore_topic(row=roads.parent, by=cast.wu_fang, now=now)
    ask(topic=restore_topic(row=Topic.objects.get(pk=roads.pk), by=cast.wu_fang, now=now))


def test_each_edit_is_on_record_with_who_made_it(cast: Cast, roads: Topic, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        change_topic(
            row=roads,
            district=cast.district,
            name="照明",
            default_bureau=cast.civil,
            by=cast.wu_fang,
            now=now,
        )
        retire_topic(row=roads, by=cast.wu_fang, now=now)
        [retired, changed] = edits_of(cast.district)
    assert (changed.edit.code, changed.about, changed.into) == ("topic_changed", "路灯", "照明、民政局")
    assert (retired.edit.code, retired.about, retired.edit.by) == ("topic_retired", "照明", cast.wu_fang)
    with pytest.raises(NotYourPlaces):
        retire_topic(row=roads, by=cast.sun_wei, now=now)


@pytest.fixture
def held(fresh: Callable[..., Inquiry], roads: Topic) -> Inquiry:
    """One open question about street lamps."""
    return fresh(topic=roads)


def test_the_tree_shows_what_is_open_and_a_change_is_previewed(
    cast: Cast, enter: Enter, held: Inquiry, roads: Topic
) -> None:
    client = enter(cast.wu_fang)
    assert "路灯" in page(client, "/settings/topics/")
    path = f"/settings/topics/{roads.pk}/"
    given = {"name": "路灯照明", "parent": "", "default_bureau": cast.culture.pk}
    shown = client.post(path, given | {"do": "look"})
    text = shown.content.decode()
    assert "It is called 路灯照明" in text
    assert "It is of the first level" in text
    assert "0 matters that wait to be dispatched have 文化体育局 suggested." in text
    client.post(path, given | {"do": "save", "previewed": "x"})
    assert (Topic.objects.get(pk=roads.pk).name, Edit.objects.count()) == ("路灯", 0)
    stamp = shown.context["form"]["previewed"].value()
    done = client.post(path, given | {"do": "save", "previewed": stamp}, follow=True).content.decode()
    assert "topic changed · 路灯 → 路灯照明、文化体育局" in done
    after = Topic.objects.get(pk=roads.pk)
    assert (after.name, after.parent, after.default_bureau) == ("路灯照明", None, cast.culture)


def test_what_is_open_about_a_topic_counts_what_is_below_it_and_opens(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], held: Inquiry, roads: Topic
) -> None:
    about, other = fresh(topic=roads.parent), fresh()
    client = enter(cast.wu_fang)
    tree = page(client, "/settings/topics/")
    for topic, shown in ((roads, {held}), (roads.parent, {held, about})):
        assert topic is not None
        link = f"/search/?topic={topic.pk}&amp;state=unanswered"
        assert f'<a href="{link}">{len(shown)}</a>' in tree
        assert f'<a href="{link}">{len(shown)}</a>' in page(client, f"/settings/topics/{topic.pk}/")
        found = page(client, unescape(link))
        assert {each for each in (held, about, other) if each.reference in found} == shown
    assert client.get("/search/?topic=0").status_code == 422


def test_what_waits_below_a_topic_waits_to_be_dispatched_too_and_only_its_own_bureau_is_suggested(
    cast: Cast, enter: Enter, fresh: Callable[..., Inquiry], roads: Topic
) -> None:
    assert roads.parent is not None
    waits = fresh(by=cast.wu_fang, channel="web", topic=roads)
    path, client = f"/settings/topics/{roads.parent.pk}/", enter(cast.wu_fang)
    shown = page(client, path)
    link = f"/search/?topic={roads.parent.pk}&amp;state=received"
    assert f'<a href="{link}">1</a>' in shown
    assert waits.reference in page(client, unescape(link))
    given = {"name": "市政", "default_bureau": cast.culture.pk, "seen": roads.parent.version, "do": "look"}
    assert "0 matters that wait to be dispatched have 文化体育局" in client.post(path, given).content.decode()


def test_of_two_who_edit_a_topic_at_once_the_second_is_told_and_keeps_what_she_typed(
    cast: Cast, enter: Enter, roads: Topic
) -> None:
    path, second = f"/settings/topics/{roads.pk}/", enter(cast.zhou_ning)
    given = {"name": "灯", "parent": "", "default_bureau": cast.civil.pk}
    opened = given | {"seen": second.get(path).context["form"]["seen"].value()}
    looked = second.post(path, opened | {"do": "look"})
    stamp = looked.context["form"]["previewed"].value()
    change_topic(
        row=roads,
        district=cast.district,
        name="照明",
        parent=roads.parent,
        by=cast.wu_fang,
        now=timezone.now(),
    )
    refused = second.post(path, opened | {"do": "save", "previewed": stamp})
    shown = refused.content.decode()
    assert refused.status_code == 422
    assert "吴芳 did “topic changed” since you opened this topic." in shown
    assert 'value="灯"' in shown
    assert ">照明<" in shown
    assert Topic.objects.get(pk=roads.pk).name == "照明"
    again = opened | {"seen": refused.context["form"]["seen"].value()}
    assert second.post(path, again | {"do": "save", "previewed": ""}).status_code == 200
    assert second.post(path, again | {"do": "save", "previewed": stamp}).status_code == 302
    assert Topic.objects.get(pk=roads.pk).name == "灯"


@pytest.mark.parametrize("act", ["retire", "restore"])
def test_a_topic_changed_meanwhile_is_not_retired_or_taken_up_unseen(
    cast: Cast, enter: Enter, roads: Topic, act: str
) -> None:
    if act == "restore":
        retire_topic(row=roads, by=cast.wu_fang, now=timezone.now())
    path = f"/settings/topics/{roads.pk}/"
    refused = enter(cast.zhou_ning).post(path, {"do": act, "seen": 77})
    assert (refused.status_code, "since you opened" in refused.content.decode()) == (422, True)
    assert (Topic.objects.get(pk=roads.pk).retired_at is None) == (act == "retire")


def test_the_administration_changes_no_topic_but_the_one_it_looked_at(cast: Cast, roads: Topic) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(Officer.objects.create_superuser("root", None, name="管理员", district=cast.district))
    path = f"/admin/inquiries/topic/{roads.pk}/change/"
    assert 'name="seen" value="1"' in client.get(path).content.decode()
    given = {"district": cast.district.pk, "parent": roads.parent_id, "name": "灯", "seen": 1}
    change_topic(row=roads, district=cast.district, name="照明", by=cast.wu_fang, now=timezone.now())
    refused = client.post(path, given)
    assert (refused.status_code, "since you opened it" in refused.content.decode()) == (200, True)
    assert client.post(path, given | {"seen": 2}).status_code == 302
    assert Topic.objects.get(pk=roads.pk).name == "灯"


def test_a_topic_is_added_retired_and_used_again_on_its_pages(
    cast: Cast, enter: Enter, held: Inquiry, roads: Topic
) -> None:
    client = enter(cast.wu_fang)
    added = {"name": "井盖", "parent": roads.parent_id, "default_bureau": cast.streets.pk}
    assert client.post("/settings/topics/new/", added | {"do": "save"}).status_code == 302
    again = client.post("/settings/topics/new/", added | {"do": "save"})
    assert (again.status_code, "There is a topic of this name here already." in again.content.decode()) == (
        422,
        True,
    )
    path = f"/settings/topics/{roads.parent_id}/"
    assert client.post(path, {"do": "retire"}).status_code == 302
    assert "路灯" not in page(client, "/record/")
    below = client.post(f"/settings/topics/{roads.pk}/", {"do": "restore"})
    assert (below.status_code, "Take that up again first." in below.content.decode()) == (422, True)
    assert client.post(path, {"do": "restore"}).status_code == 302
    assert client.post(f"/settings/topics/{roads.pk}/", {"do": "restore"}).status_code == 302
    assert "路灯" in page(client, "/record/")


def test_nothing_is_part_of_what_is_below_it(cast: Cast, enter: Enter, roads: Topic) -> None:
    given = {"name": "市政", "parent": roads.pk, "do": "look"}
    refused = enter(cast.wu_fang).post(f"/settings/topics/{roads.parent_id}/", given)
    assert (refused.status_code, "parent" in refused.context["form"].errors) == (422, True)


def test_only_the_districts_office_keeps_its_topics(cast: Cast, enter: Enter, roads: Topic) -> None:
    path = f"/settings/topics/{roads.pk}/"
    assert enter(cast.zhou_ning).get(path).status_code == 200
    for officer in (cast.sun_wei, cast.bai_lu):
        assert enter(officer).get(path).status_code == 403
    assert enter(cast.xu_kai).get(path).status_code == 404


def test_a_client_reads_that_a_topic_retired_and_records_nothing_about_it(
    cast: Cast, key: Key, roads: Topic
) -> None:
    retire_topic(row=roads, by=None, now=timezone.now())
    client = key("directory:read", "inquiries:record", officer=cast.li_min)
    [row] = [each for each in client.get("/api/v1/topics").json()["items"] if each["id"] == roads.pk]
    assert row["retired_at"] is not None
    given = {"place": cast.relief.pk, "kind": "help", "channel": "hotline", "question": "路灯不亮"}
    refused = client.post(
        "/api/v1/inquiries",
        given | {"topic": roads.pk},
        content_type="application/json",
        headers={"idempotency-key": "1"},
    )
    assert refused.status_code == 409
    assert "This topic is no longer used. Choose another." in refused.content.decode()


def test_the_pages_ask_the_same_statements_however_many_topics_and_edits_there_are(
    cast: Cast, enter: Enter, roads: Topic
) -> None:
    client, now = enter(cast.wu_fang), timezone.now()
    paths = ("/settings/topics/", "/settings/edits/")
    given: dict[str, Any] = {"district": cast.district, "by": cast.wu_fang, "now": now}
    open_topic(name="第一", default_bureau=cast.civil, **given)
    few = []
    for path in paths:
        page(client, path)
        few.append(len(statements_of(client, path)))
    for number in range(4):
        above = open_topic(name=f"新{number}", default_bureau=cast.culture, **given)
        open_topic(name="下级", parent=above, **given)
    assert [len(statements_of(client, path)) for path in paths] == few
    assert max(few) <= 14
