"""Places are merged, split and moved, and nothing that was owed, seen or known is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from bureaus.access import holdings, scope_of
from bureaus.models import ApiKey, DutyTurn, Edit, HandOver, Hotline, Place, Post
from bureaus.models.scope import WEB, scope
from bureaus.services.api_keys import issue_key
from bureaus.services.calendar import calendar_for
from bureaus.services.edits import edits_of
from bureaus.services.places import NotYourPlaces, PlaceNameTaken, open_place, publish_hotline
from bureaus.services.posts import list_turn
from bureaus.services.reorganising import AlreadyAbolished, NoSuccessor, NotYetAbolished
from bureaus.services.restructuring import (
    Goes,
    NewPlace,
    NothingToMerge,
    NotMovable,
    StandsThere,
    TooFewParts,
    merge_places,
    move_place,
)
from inquiries.figures import FIGURES, Query
from inquiries.models import Duty, Inquiry, StandardText, Topic
from inquiries.services.answering import answer_inquiry
from inquiries.services.moving import sign_for
from inquiries.services.reorganising import split_with_topics
from inquiries.services.texts import in_force, write_text
from inquiries.services.topics import open_topic
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, HOUR, Ask
from tests.inquiries.test_reorganising import CALLER, MAY, Pass, abolish, codes, passed

__all__ = ["abolish", "passed"]


Act = Callable[..., Place]


@pytest.fixture
def at(now: datetime) -> datetime:
    return now + HOUR


@pytest.fixture
def move(cast: Cast, web_as: As, at: datetime) -> Act:
    """The clerk moves a place an hour after the question."""

    def moved(place: Place, to: Place | NewPlace, **given: object) -> Place:
        with web_as(cast.wu_fang, at):
            given = {"on": at.date(), "by": cast.wu_fang} | given
            return move_place(place=place, to=to, now=at, **given)  # type: ignore[arg-type]

    return moved


@pytest.fixture
def merge(cast: Cast, web_as: As, at: datetime) -> Act:
    """The clerk merges places an hour after the question."""

    def merged(places: list[Place], into: Place | NewPlace) -> Place:
        with web_as(cast.wu_fang, at):
            return merge_places(
                places=places, into=into, on=at.date(), by=cast.wu_fang, now=at, basis="编办5号"
            )

    return merged


@pytest.fixture
def split(cast: Cast, web_as: As, at: datetime) -> Callable[..., list[Place]]:
    """The clerk splits a place an hour after the question."""

    def parted(
        place: Place, parts: list[Place | NewPlace], goes: Goes, topics: dict[int, int] | None = None
    ) -> list[Place]:
        with web_as(cast.wu_fang, at):
            return split_with_topics(
                place=place,
                parts=parts,
                goes=goes,
                topics=topics or {},
                on=at.date(),
                by=cast.wu_fang,
                now=at,
            )

    return parted


def test_a_section_moves_with_its_people_and_owes_there_what_it_owed(
    cast: Cast, ask: Ask, move: Act, passed: Pass, web_as: As, at: datetime
) -> None:
    inquiry = ask(citizen=CALLER)
    Place.objects.filter(pk=cast.relief.pk).update(external_id="JG-07")
    moved = move(cast.relief, cast.culture)
    passed()
    assert (moved.name, moved.parent, moved.external_id) == ("社会救助科", cast.culture, "JG-07")
    after = Inquiry.objects.get(pk=inquiry.pk)
    assert (after.holder, after.state, after.due_at) == (moved, "assigned", inquiry.due_at)
    assert codes(inquiry)[-1] == "passed"
    # Another bureau answers now, and the citizen is told; nobody handed anything over to anybody.
    assert Duty.objects.open().filter(inquiry=inquiry, kind="tell").exists()
    assert not HandOver.objects.exists()
    with web_as(cast.li_min, at):
        sign_for(inquiry.pk, by=cast.li_min, now=at)
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=at)


def test_posts_deputies_and_tenures_go_along(cast: Cast, move: Act, at: datetime) -> None:
    moved = move(cast.relief, cast.culture)
    roles = Post.objects.filter(place=moved).order_by("pk").values_list("role", flat=True)
    assert list(roles) == ["section_head", "handler"]
    for officer in (cast.he_jing, cast.li_min, cast.han_xue):
        tenures = officer.tenures.filter(until_on=None)
        assert [tenure.post.place for tenure in tenures] == [moved]
    assert [held.post.place for held in holdings(cast.li_min, now=at)] == [moved]


def test_what_was_answered_stays_the_old_bureaus_and_both_may_read_it(
    cast: Cast, ask: Ask, move: Act, passed: Pass, web_as: As, at: datetime
) -> None:
    answered = ask(answer=EXPLAINED)
    move(cast.relief, cast.culture)
    passed()
    assert Inquiry.objects.get(pk=answered.pk).holder == cast.relief
    for officer in (cast.li_min, cast.sun_wei, cast.cao_lei):
        with web_as(officer, at):
            assert list(Inquiry.objects.all()) == [answered]
    seen = scope_of(cast.zhou_ning, now=at)
    with web_as(cast.zhou_ning, at):
        calendar = calendar_for(cast.district.pk)
        counted = {
            structure: FIGURES["answered"].read(
                Query(cast.district.pk, MAY, places=seen.places, group_by=("bureau",), structure=structure),
                now=at,
                calendar=calendar,
            )
            for structure in ("as_was", "as_now")
        }
    assert [cell.keys for cell in counted["as_was"].cells] == [(cast.civil.pk,)]
    assert [cell.keys for cell in counted["as_now"].cells] == [(cast.culture.pk,)]


def test_a_section_moves_to_a_bureau_that_is_founded_with_it(cast: Cast, move: Act) -> None:
    moved = move(cast.relief, NewPlace("退役军人事务局"))
    assert moved.parent is not None
    assert (moved.parent.name, moved.parent.kind, moved.parent.parent) == (
        "退役军人事务局",
        "bureau",
        cast.district,
    )


def test_a_section_of_the_same_name_takes_the_one_that_comes_in(cast: Cast, move: Act, at: datetime) -> None:
    there = open_place(kind="section", name="社会救助科", parent=cast.culture, by=None, now=at)
    assert move(cast.relief, cast.culture) == there
    assert Place.objects.get(pk=cast.relief.pk).successor == there


def test_two_bureaus_become_a_new_one_with_the_people_of_both(
    cast: Cast, ask: Ask, merge: Act, passed: Pass, web_as: As, at: datetime
) -> None:
    one, other = ask(), ask(by=cast.tang_rui, place=cast.culture, post=cast.posts["tang_rui"])
    new = merge([cast.civil, cast.culture], NewPlace("社会事业局"))
    passed()
    relief = Place.objects.get(parent=new)
    assert relief.name == "社会救助科"
    held = dict(Inquiry.objects.values_list("pk", "holder"))
    assert held == {one.pk: relief.pk, other.pk: new.pk}
    # Two heads of the same title: the second says whose.
    heads = Post.objects.filter(place=new, role="bureau_head").order_by("pk")
    assert [post.title for post in heads] == ["bureau_head", "bureau_head（文化体育局）"]
    with web_as(cast.tang_rui, at):
        answer_inquiry(other.pk, EXPLAINED, by=cast.tang_rui, now=at)


def test_one_bureau_takes_another_in_with_its_people(cast: Cast, ask: Ask, merge: Act, passed: Pass) -> None:
    inquiry = ask()
    assert merge([cast.civil, cast.culture], cast.culture) == cast.culture
    passed()
    after = Inquiry.objects.get(pk=inquiry.pk)
    assert (after.holder.name, after.holder.parent) == ("社会救助科", cast.culture)
    assert Post.objects.get(pk=after.post_id or 0).tenures.get(part="holder").officer == cast.li_min


def test_each_part_of_a_split_takes_its_sections_posts_lines_keys_and_topics(
    cast: Cast, ask: Ask, split: Callable[..., list[Place]], passed: Pass, at: datetime
) -> None:
    inquiry = ask()
    head = ask(by=cast.sun_wei, place=cast.civil, post=cast.posts["sun_wei"])
    line = publish_hotline(place=cast.civil, purpose="routine", number="12345", by=None, now=at)
    stays = publish_hotline(place=cast.civil, purpose="approval", number="12345", by=None, now=at)
    topic = open_topic(district=cast.district, name="低保", default_bureau=cast.civil, by=None, now=at)
    other = open_topic(district=cast.district, name="殡葬", default_bureau=cast.civil, by=None, now=at)
    by_topic = ask(by=cast.wu_fang, place=cast.civil, post=None, topic=topic)
    issued = issue_key(
        name="窗口", scopes=("inquiries:read",), district=cast.district, bureau=cast.civil, by=None, now=at
    )
    list_turn(
        place=cast.civil,
        officer=cast.sun_wei,
        from_at=at,
        until_at=at + timedelta(days=1),
        by=None,
        now=at,
    )
    goes = Goes(
        sections={cast.relief.pk: 1},
        posts={cast.posts["sun_wei"].pk: 1},
        hotlines={line.pk: 1},
        keys={issued.pk: 1},
    )
    main, part = split(cast.civil, [cast.streets, NewPlace("救助局")], goes, {topic.pk: 1})
    passed()
    held = {pk: Place.objects.get(pk=place) for pk, place in Inquiry.objects.values_list("pk", "holder")}
    assert (held[inquiry.pk].parent, held[head.pk]) == (part, part)
    assert held[by_topic.pk] == part
    assert (Hotline.objects.get(pk=line.pk).place, Hotline.objects.get(pk=stays.pk).place) == (part, main)
    assert ApiKey.objects.get(pk=issued.pk).bureau == part
    assert DutyTurn.objects.get().place == part
    usual = dict(Topic.objects.values_list("pk", "default_bureau"))
    assert (usual[topic.pk], usual[other.pk]) == (part.pk, main.pk)
    assert Place.objects.get(pk=cast.civil.pk).successor == main == cast.streets


def test_complaints_about_an_office_that_was_split_are_about_the_part_that_was_named(
    cast: Cast, ask: Ask, split: Callable[..., list[Place]], passed: Pass
) -> None:
    before = ask(kind="complaint", about_place=cast.civil)
    _first, part = split(cast.civil, [NewPlace("甲局"), NewPlace("乙局")], Goes(concerned=1))
    passed()
    assert Inquiry.objects.get(pk=before.pk).about_place == part


def test_each_part_of_a_split_has_the_standard_texts(
    cast: Cast, split: Callable[..., list[Place]], at: datetime
) -> None:
    write_text(place=cast.civil, title="办理地点", text="请到窗口。", by=None, now=at)
    parts = split(cast.civil, [NewPlace("甲局"), NewPlace("乙局"), cast.streets], Goes())
    for part in parts:
        assert list(in_force().filter(place=part).values_list("text", flat=True)) == ["请到窗口。"]


def test_a_sealed_matter_does_not_come_to_the_bureau_it_is_about_by_a_move(
    cast: Cast, ask: Ask, move: Act, passed: Pass
) -> None:
    inquiry = ask(kind="complaint", about_place=cast.culture)
    assert inquiry.sealed
    move(cast.relief, cast.culture)
    passed()
    after = Inquiry.objects.get(pk=inquiry.pk)
    assert (after.holder, after.state) == (cast.district, "received")


def test_the_texts_of_an_abolished_place_are_its_successors(
    cast: Cast, move: Act, abolish: Act, at: datetime
) -> None:
    for place, words in (
        (cast.civil, "请到窗口。"),
        (cast.streets, "请到街道。"),
        (cast.relief, "请带证件。"),
    ):
        write_text(place=place, title="办理地点", text=words, by=None, now=at)
    write_text(place=cast.streets, title="其他", text="同样的话。", by=None, now=at)
    write_text(place=cast.civil, title="其他", text="同样的话。", by=None, now=at)
    abolish(cast.streets, cast.civil, takers={})
    kept = in_force().filter(place=cast.civil).order_by("title").values_list("title", "text")
    assert list(kept) == [
        ("其他", "同样的话。"),
        ("办理地点", "请到窗口。"),
        ("办理地点（城市管理局）", "请到街道。"),
    ]
    moved = move(cast.relief, cast.culture)
    assert [text.text for text in in_force().filter(place=moved)] == ["请带证件。"]
    # What was written stays where it was.
    assert StandardText.objects.filter(place=cast.streets).count() == 2


def test_each_is_an_edit_on_record_that_nobody_rewrites(
    cast: Cast, merge: Act, move: Act, web_as: As, at: datetime
) -> None:
    moved = move(cast.relief, cast.culture, basis="编办3号")
    merge([cast.streets], cast.civil)
    [second, first] = edits_of(cast.district)
    assert (first.edit.code, first.edit.by, first.about, first.into) == (
        "place_moved",
        cast.wu_fang,
        "社会救助科",
        f"{moved}、{cast.culture}、编办3号",
    )
    assert (second.edit.code, second.about, second.into) == ("places_merged", "城市管理局", "民政局、编办5号")
    with pytest.raises(DatabaseError), transaction.atomic():
        Edit.objects.update(code="place_opened")
    with pytest.raises(DatabaseError), transaction.atomic():
        Edit.objects.all().delete()
    with web_as(cast.xu_kai, at):
        assert not Edit.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic(), web_as(cast.xu_kai, at):
        Edit.objects.create(district=cast.district, code="place_opened", at=at, by=cast.wu_fang)


def test_what_cannot_be_moved_merged_or_split_is_refused_by_name(
    cast: Cast, move: Act, merge: Act, split: Callable[..., list[Place]], at: datetime
) -> None:
    for refusal, call in (
        (NotMovable, lambda: move(cast.civil, cast.culture)),
        (StandsThere, lambda: move(cast.relief, cast.civil)),
        (NoSuccessor, lambda: move(cast.relief, cast.elsewhere)),
        (NoSuccessor, lambda: move(cast.relief, cast.district)),
        (PlaceNameTaken, lambda: move(cast.relief, NewPlace("文化体育局"))),
        (NotYetAbolished, lambda: move(cast.relief, cast.culture, on=date(2027, 1, 1))),
        (NotYourPlaces, lambda: move(cast.relief, cast.culture, by=cast.sun_wei)),
        (NothingToMerge, lambda: merge([cast.civil], NewPlace("新局"))),
        (NothingToMerge, lambda: merge([cast.civil], cast.civil)),
        (NothingToMerge, lambda: merge([cast.civil, cast.relief], cast.culture)),
        (NothingToMerge, lambda: merge([cast.elsewhere, cast.district], NewPlace("新区"))),
        (NothingToMerge, lambda: merge([cast.civil], cast.relief)),
        (TooFewParts, lambda: split(cast.civil, [cast.culture], Goes())),
        (TooFewParts, lambda: split(cast.civil, [cast.culture, cast.culture], Goes())),
        (NoSuccessor, lambda: split(cast.civil, [cast.culture, cast.relief], Goes())),
    ):
        with pytest.raises(refusal), transaction.atomic():
            call()
    move(cast.relief, cast.culture)
    with pytest.raises(AlreadyAbolished):
        move(cast.relief, cast.streets)
    assert Place.objects.filter(abolished_on=None, name="新局").count() == 0


def test_keys_of_a_merged_bureau_read_at_the_new_one(cast: Cast, ask: Ask, merge: Act, passed: Pass) -> None:
    inquiry = ask()
    new = merge([cast.civil, cast.culture], NewPlace("社会事业局"))
    passed()
    with scope(role=WEB, places=frozenset(Place.objects.under([new]).values_list("pk", flat=True))):
        assert Inquiry.objects.get() == inquiry
