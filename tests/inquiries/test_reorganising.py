"""A place is abolished, and nothing it owed is owed by nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from bureaus.access import scope_of
from bureaus.models import ApiKey, DutyTurn, HandOver, Place, Post
from bureaus.models.scope import WEB, scope
from bureaus.services.api_keys import issue_key
from bureaus.services.calendar import calendar_for
from bureaus.services.places import NotYourPlaces, publish_hotline
from bureaus.services.posts import list_turn, open_post
from bureaus.services.reorganising import (
    AlreadyAbolished,
    NeedsTaker,
    NoSuccessor,
    NotYetAbolished,
    abolish_place,
    passing_of,
    taker_by_default,
)
from inquiries.figures import FIGURES, Period, Query
from inquiries.models import Duty, Event, Inquiry, Sight, Topic
from inquiries.services.answering import answer_inquiry
from inquiries.services.closing import reopen_inquiry
from inquiries.services.merging import merge_inquiries
from inquiries.services.moving import ask_assist, decide_hand_over, offer_inquiry, sign_for
from inquiries.services.recording import CitizenGiven
from inquiries.services.reorganising import owed_at, pass_on
from inquiries.services.tallying import verify_tallies
from inquiries.services.topics import open_topic
from inquiries.services.verifying import verify_promises, write_daily_roots
from tests.conftest import As, Cast
from tests.inquiries.conftest import DAY, EXPLAINED, HOUR, Ask

MAY = Period(date(2026, 5, 1), date(2026, 5, 31))
CALLER = CitizenGiven(name="张三", phone="13840005021")
Abolish = Callable[..., Place]
Pass = Callable[..., int]


@pytest.fixture
def abolish(cast: Cast, web_as: As, now: datetime) -> Abolish:
    """The clerk abolishes a place an hour after the question; unless named, one post takes over for every other."""

    def abolished(place: Place, into: Place, taker: Post | None = None, **given: object) -> Place:
        at = now + HOUR
        with web_as(cast.wu_fang, at):
            taker = taker or taker_by_default(into, now=at)
            takers = {post.pk: taker for post, _owed, _who in passing_of(place, now=at).posts if taker}
            given = {"on": at.date(), "takers": takers} | given
            return abolish_place(place=place, successor=into, by=cast.wu_fang, now=at, **given)  # type: ignore[arg-type]

    return abolished


@pytest.fixture
def passed(cast: Cast, clock: As, now: datetime) -> Pass:
    """The worker passes on all that is left, in batches of `limit`, and every promise and total holds."""

    def run(at: datetime | None = None, limit: int = 2) -> int:
        batches = 0
        with clock():
            while pass_on(district=cast.district, now=at or now + HOUR, limit=limit):
                batches += 1
            write_daily_roots(now=at or now + HOUR)
            broken = [f.promise for f in verify_promises(now=at or now + HOUR) if f.broken]
            assert (broken, list(verify_tallies())) == ([], [])
        return batches

    return run


def codes(inquiry: Inquiry) -> list[str]:
    return list(Event.objects.filter(inquiry=inquiry).order_by("seq").values_list("code", flat=True))


def test_what_is_open_passes_to_the_successor_and_its_clock_runs_on(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass
) -> None:
    inquiry = ask(citizen=CALLER)
    abolish(cast.civil, cast.culture)
    passed()
    after = Inquiry.objects.get(pk=inquiry.pk)
    assert (after.holder, after.post, after.state) == (cast.culture, cast.posts["tang_rui"], "assigned")
    assert (after.due_at, after.asked_at) == (inquiry.due_at, inquiry.asked_at)
    assert codes(inquiry)[-1] == "passed"
    owed = Duty.objects.open().filter(inquiry=inquiry).order_by("kind")
    # The citizen has another bureau to turn to, and is told.
    assert [(duty.kind, duty.place) for duty in owed] == [("sign_for", cast.culture), ("tell", cast.culture)]


def test_who_reads_for_the_successor_sees_what_came_to_it(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    of_its_key = scope(role=WEB, places=frozenset([cast.culture.pk]), district=None, officer=None)
    with of_its_key:
        assert not Inquiry.objects.exists()
    abolish(cast.civil, cast.culture)
    passed()
    with scope(role=WEB, places=frozenset([cast.culture.pk]), district=None, officer=None):
        assert Inquiry.objects.get().changed_xid >= inquiry.changed_xid
    with web_as(cast.tang_rui, now + 2 * HOUR):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.tang_rui, now=now + 2 * HOUR)


def test_inside_its_bureau_no_citizen_is_told(cast: Cast, ask: Ask, abolish: Abolish, passed: Pass) -> None:
    inquiry = ask(citizen=CALLER)
    abolish(cast.relief, cast.civil)
    passed()
    assert Inquiry.objects.get(pk=inquiry.pk).holder == cast.civil
    assert not Duty.objects.filter(kind="tell").exists()


def test_the_earliest_due_passes_first_and_a_run_cut_off_goes_on(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, clock: As, now: datetime
) -> None:
    late, early, third = ask(), ask(asked_at=now - 2 * DAY), ask()
    abolish(cast.relief, cast.civil)
    with clock():
        assert pass_on(district=cast.district, now=now + HOUR, limit=1) == 1
    held = dict(Inquiry.objects.values_list("pk", "holder"))
    assert held == {early.pk: cast.civil.pk, late.pk: cast.relief.pk, third.pk: cast.relief.pk}
    passed(limit=1)
    assert not Inquiry.objects.filter(holder=cast.relief).exists()
    assert passed() == 0


def test_a_post_that_owes_something_needs_a_taker_and_a_slip_is_written(
    cast: Cast, ask: Ask, abolish: Abolish, now: datetime
) -> None:
    ask()
    with pytest.raises(NeedsTaker) as refused:
        abolish(cast.civil, cast.culture, takers={})
    assert refused.value.field == f"taker_{cast.posts['li_min'].pk}"
    empty = open_post(place=cast.culture, role="handler", title="空岗", by=None, now=now)
    for unfit in (empty, cast.posts["he_jing"], cast.posts["wu_fang"], cast.posts["xu_kai"]):
        with pytest.raises(NeedsTaker):
            abolish(cast.civil, cast.culture, unfit)
    assert Place.objects.get(pk=cast.civil.pk).abolished_on is None
    abolish(cast.civil, cast.culture)
    slip = HandOver.objects.get()
    assert (slip.tenure.officer, slip.to_officer, slip.open_items) == (cast.li_min, cast.tang_rui, 1)
    assert not Post.objects.filter(place__in=[cast.civil, cast.relief], closed_on=None).exists()


def test_split_each_post_has_a_taker_of_its_own(cast: Cast, ask: Ask, abolish: Abolish, passed: Pass) -> None:
    one, other = ask(), ask(by=cast.sun_wei, place=cast.civil, post=cast.posts["sun_wei"])
    takers = {
        cast.posts["li_min"].pk: cast.posts["tang_rui"],
        cast.posts["sun_wei"].pk: cast.posts["ma_chao"],
    }
    abolish(cast.civil, cast.culture, takers=takers)
    passed()
    held = dict(Inquiry.objects.values_list("pk", "holder"))
    assert held == {one.pk: cast.culture.pk, other.pk: cast.streets.pk}


def test_two_merged_into_one_owe_together_what_both_were_asked(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.he_jing):
        for of, request, days in ((cast.culture, "请核实。", 3), (cast.streets, "请查看。", 2)):
            due_at = now + days * DAY
            ask_assist(inquiry.pk, of=of, request=request, due_at=due_at, by=cast.he_jing, now=now)
    abolish(cast.streets, cast.culture)
    passed()
    owed = Duty.objects.open().get(kind="assist")
    assert (owed.place, owed.request, owed.due_at) == (cast.culture, "请核实。\n\n请查看。", now + 2 * DAY)
    assert Duty.objects.get(place=cast.streets).decision == "joined"


def test_what_another_asked_of_it_passes_too(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.he_jing):
        offer_inquiry(inquiry.pk, to=cast.streets, reason="请接", by=cast.he_jing, now=now)
    abolish(cast.streets, cast.culture)
    passed()
    assert codes(inquiry)[-1] == "hand_over_passed"
    with web_as(cast.cao_lei, now + 2 * HOUR):
        decide_hand_over(inquiry.pk, accept=True, by=cast.cao_lei, now=now + 2 * HOUR)
    assert Inquiry.objects.get(pk=inquiry.pk).holder == cast.culture


def test_an_offer_that_came_home_lapses(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.he_jing):
        offer_inquiry(inquiry.pk, to=cast.streets, reason="请接", by=cast.he_jing, now=now)
    abolish(cast.streets, cast.civil)
    passed()
    assert Duty.objects.get(kind="hand_over").decision == "lapsed"
    assert Inquiry.objects.get(pk=inquiry.pk).holder == cast.relief


def test_a_rider_passes_and_still_rides(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, web_as: As, now: datetime
) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=CALLER)
    with web_as(cast.he_jing):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.he_jing, now=now)
    abolish(cast.civil, cast.culture)
    passed()
    after = Inquiry.objects.get(pk=rider.pk)
    assert (after.holder, after.merged_into_id, after.next_chase_at) == (cast.culture, lead.pk, None)


def test_what_is_reopened_later_passes_then(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        sign_for(inquiry.pk, by=cast.li_min, now=now)
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now)
    abolish(cast.civil, cast.culture)
    passed()
    # What was answered is history, and stays whose it was.
    assert Inquiry.objects.get(pk=inquiry.pk).holder == cast.relief
    with web_as(cast.wu_fang, now + DAY):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.wu_fang, now=now + DAY)
    passed(now + DAY)
    assert Inquiry.objects.get(pk=inquiry.pk).holder == cast.culture


def test_the_successor_sees_what_was_answered_before_it_came(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, web_as: As, now: datetime
) -> None:
    answered = ask(answer=EXPLAINED)
    with web_as(cast.tang_rui):
        assert not Inquiry.objects.exists()
    # Twice over: what was merged into what was merged.
    abolish(cast.civil, cast.streets)
    abolish(cast.streets, cast.culture)
    passed()
    later, calendar = now + 2 * HOUR, calendar_for(cast.district.pk)
    seen = scope_of(cast.tang_rui, now=later)
    query = Query(cast.district.pk, MAY, places=seen.places, group_by=("bureau",), structure="as_now")
    with web_as(cast.tang_rui, later):
        assert list(Inquiry.objects.all()) == [answered]
        read = FIGURES["answered"].read(query, now=later, calendar=calendar)
        [cell] = read.cells
        behind = FIGURES["answered"].inquiries(query, now=later, calendar=calendar, keys=cell.keys)
        assert (cell.keys, cell.now.n) == ((cast.culture.pk,), len(behind))
    with web_as(cast.xu_kai, later):
        assert not Inquiry.objects.exists()


def test_nobody_at_the_successor_sees_what_was_answered_about_it(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass, web_as: As, now: datetime
) -> None:
    about_it = ask(kind="complaint", about_place=cast.culture)
    with web_as(cast.li_min):
        sign_for(about_it.pk, by=cast.li_min, now=now)
        answer_inquiry(about_it.pk, EXPLAINED, by=cast.li_min, now=now)
    assert Sight.objects.filter(inquiry=about_it, place__path__startswith=cast.civil.path).exists()
    abolish(cast.civil, cast.culture)
    passed()
    assert not Sight.objects.filter(inquiry=about_it, place__path__startswith=cast.civil.path).exists()


def test_the_promises_name_what_stays_open_at_an_abolished_place(
    cast: Cast, ask: Ask, abolish: Abolish, now: datetime
) -> None:
    inquiry = ask()
    abolish(cast.civil, cast.culture)

    def stays(at: datetime) -> tuple[int, list[str]]:
        [finding] = [f for f in verify_promises(now=at) if "abolished" in f.promise]
        return finding.checked, finding.references

    assert stays(now + 2 * HOUR) == (1, [])
    assert stays(now + DAY) == (1, [inquiry.reference])


def test_a_sealed_matter_never_passes_to_the_office_it_is_about(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass
) -> None:
    inquiry = ask(kind="complaint", about_place=cast.culture)
    abolish(cast.civil, cast.culture)
    passed()
    after = Inquiry.objects.get(pk=inquiry.pk)
    assert (after.holder, after.state, after.returns) == (cast.district, "received", 0)
    assert not Sight.objects.filter(inquiry=inquiry, place=cast.culture).exists()


def test_nor_does_it_stay_where_the_office_it_is_about_has_come(
    cast: Cast, ask: Ask, abolish: Abolish, passed: Pass
) -> None:
    inquiry = ask(kind="complaint", about_place=cast.culture)
    assert Sight.objects.filter(inquiry=inquiry, officer=cast.sun_wei).exists()
    abolish(cast.culture, cast.civil)
    passed()
    after = Inquiry.objects.get(pk=inquiry.pk)
    assert (after.holder, after.about_place, after.state) == (cast.district, cast.civil, "received")
    assert not Sight.objects.filter(inquiry=inquiry, officer=cast.sun_wei).exists()


def test_lines_roster_keys_and_topics_go_to_the_successor(
    cast: Cast, abolish: Abolish, now: datetime
) -> None:
    own = publish_hotline(place=cast.civil, purpose="routine", number="12345", by=None, now=now)
    publish_hotline(place=cast.relief, purpose="approval", number="12345", by=None, now=now)
    publish_hotline(place=cast.streets, purpose="routine", number="12345", by=None, now=now)
    for officer in (cast.ma_chao, cast.wu_fang):
        until = now + timedelta(days=1)
        list_turn(place=cast.streets, officer=officer, from_at=now, until_at=until, by=None, now=now)
    issued = issue_key(
        name="窗口",
        scopes=("inquiries:read",),
        district=cast.district,
        bureau=cast.streets,
        by=None,
        now=now,
    )
    topic = open_topic(district=cast.district, name="路灯", default_bureau=cast.streets, by=None, now=now)
    left = passing_of(cast.streets, now=now)
    assert (left.hotlines, left.turns, left.keys, owed_at(cast.streets).topics) == (1, 2, 1, 1)
    abolish(cast.streets, cast.civil)
    # The same line twice at one place would be one too many.
    assert list(cast.civil.hotlines.all()) == [own]
    # Ma Chao holds no post there, and could do nothing on duty.
    assert [(turn.place, turn.officer) for turn in DutyTurn.objects.all()] == [(cast.civil, cast.wu_fang)]
    assert ApiKey.objects.get(pk=issued.pk).bureau == cast.civil
    assert Topic.objects.get(pk=topic.pk).default_bureau == cast.civil


def test_the_preview_counts_what_is_sealed_too(cast: Cast, ask: Ask, web_as: As, now: datetime) -> None:
    ask()
    ask(kind="tip_off")
    with web_as(cast.wu_fang):
        owed, left = owed_at(cast.civil), passing_of(cast.civil, now=now)
    assert (owed.inquiries, owed.duties) == (2, 0)
    assert [(post, n) for post, n, _who in left.owing] == [(cast.posts["li_min"], 2)]
    assert [place.pk for place in left.places] == [cast.civil.pk, cast.relief.pk]
    assert cast.li_min in left.leaving


def test_what_cannot_be_abolished_is_refused_by_name(cast: Cast, abolish: Abolish, now: datetime) -> None:
    for into in (cast.district, cast.relief, cast.elsewhere, cast.civil):
        with pytest.raises(NoSuccessor):
            abolish(cast.civil, into, takers={})
    with pytest.raises(NotYetAbolished):
        abolish(cast.streets, cast.culture, on=(now + 2 * DAY).date())
    with pytest.raises(NotYourPlaces):
        abolish_place(place=cast.streets, successor=cast.culture, on=now.date(), by=cast.sun_wei, now=now)
    abolish(cast.streets, cast.culture)
    with pytest.raises(AlreadyAbolished):
        abolish(cast.streets, cast.civil)
    with pytest.raises(NoSuccessor):
        abolish(cast.civil, cast.streets, takers={})
