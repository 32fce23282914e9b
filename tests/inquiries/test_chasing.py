"""The chase: whom it reaches and when, each once, whatever goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bureaus.models import Notice, Officer
from bureaus.models.posts import DutyTurn
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.posts import NotOnDutyThere, disable_officer, list_turn, note_absence
from inquiries.models import Chase, Duty, Inquiry, Ladder, SetAside
from inquiries.services.answering import answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.closing import reopen_inquiry
from inquiries.services.contacting import ask_again
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.duties import label_of
from inquiries.services.merging import merge_inquiries, unmerge_inquiry
from inquiries.services.moving import answer_duty
from inquiries.services.planning import forecast
from inquiries.services.recording import CitizenGiven, record_inquiry
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask
from tests.inquiries.promises.conftest import copied

DAY = timedelta(days=1)
CALLER = CitizenGiven(name="张三", phone="13840005021")
Sweep = Callable[[datetime], int]


@pytest.fixture
def sweep(clock: As) -> Sweep:
    """All that is due at an instant is chased; gives how many."""

    def run(at: datetime) -> int:
        total = 0
        for model in (Inquiry, Duty):
            while True:
                with clock():
                    swept = chase_batch(model, now=at)
                total += swept.chased
                if not (swept.chased or swept.looked or swept.set_aside):
                    break
        return total

    return run


def numbers(inquiry: Inquiry) -> list[int]:
    return list(inquiry.chases.order_by("round", "number").values_list("number", flat=True))


def told(chase: Chase) -> set[tuple[str, bool]]:
    """Who was told of a chase, and whether as acting deputy."""
    return set(
        Notice.objects.filter(cause_kind="chase", cause_id=str(chase.pk), copy=False).values_list(
            "recipient__username", "acting"
        )
    )


@pytest.mark.django_db
def test_chases_are_numbered_without_a_gap_for_as_long_as_it_takes(
    ask: Ask, sweep: Sweep, now: datetime
) -> None:
    inquiry = ask()
    for day in range(90):
        sweep(now + day * DAY)
    found = numbers(inquiry)
    assert found == list(range(1, len(found) + 1))
    assert len(found) > 20


@pytest.mark.django_db
def test_the_steps_are_climbed_in_order_each_once(ask: Ask, sweep: Sweep, now: datetime) -> None:
    inquiry = ask()
    for hour in range(24 * 40):
        if inquiry.next_chase_at and inquiry.next_chase_at <= now + hour * timedelta(hours=1):
            sweep(now + hour * timedelta(hours=1))
            inquiry.refresh_from_db()
    climbed = inquiry.chases.exclude(step=None).order_by("number").values_list("step_key", flat=True)
    assert list(climbed) == [
        "half_time",
        "day_before",
        "urge",
        "supervise",
        "circular_inside",
        "circular_public",
    ]
    assert not any(inquiry.chases.values_list("passed_over", flat=True))


@pytest.mark.django_db
def test_a_second_sweep_at_the_same_instant_finds_nothing(ask: Ask, sweep: Sweep, now: datetime) -> None:
    inquiry = ask()
    assert inquiry.next_chase_at
    assert sweep(inquiry.next_chase_at) == 1
    assert sweep(inquiry.next_chase_at) == 0


@pytest.mark.django_db
def test_nothing_is_chased_before_its_time(ask: Ask, sweep: Sweep) -> None:
    inquiry = ask()
    assert inquiry.next_chase_at
    assert sweep(inquiry.next_chase_at - timedelta(microseconds=1)) == 0


@pytest.mark.django_db
def test_a_week_of_downtime_is_one_chase_and_not_a_burst(ask: Ask, sweep: Sweep, now: datetime) -> None:
    inquiry = ask()
    back = now + 9 * DAY
    sweep(back)
    chase = Chase.objects.get(inquiry=inquiry)
    assert (chase.number, chase.step_key) == (1, "urge")
    assert chase.passed_over == ["half_time", "day_before"]
    assert chase.next_at > back
    sweep(back)
    assert numbers(inquiry) == [1]


@pytest.mark.django_db
def test_an_answered_inquiry_is_never_chased_again(
    ask: Ask, sweep: Sweep, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    sweep(now + 9 * DAY)
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now + 9 * DAY)
    for day in range(10, 400, 13):
        sweep(now + day * DAY)
    assert numbers(inquiry) == [1]


def away(now: datetime, *officers: Officer) -> None:
    for officer in officers:
        note_absence(officer=officer, from_at=now, until_at=now + 100 * DAY, by=None, now=now)


BUREAU = ["li_min", "han_xue", "he_jing", "feng_bo", "qian_yu", "sun_wei"]
WHO_IS_LEFT: dict[str, tuple[list[str], set[tuple[str, bool]]]] = {
    "the handler": ([], {("li_min", False)}),
    "her deputy": (["li_min"], {("han_xue", True)}),
    "the section's head": (["li_min", "han_xue"], {("he_jing", False)}),
    "the bureau's liaison": (["li_min", "han_xue", "he_jing"], {("feng_bo", False)}),
    "the bureau's vice head": (BUREAU[:4], {("qian_yu", False)}),
    "the bureau's head": (BUREAU[:5], {("sun_wei", False)}),
    "the district": (BUREAU, {("wu_fang", False)}),
    "its director": ([*BUREAU, "wu_fang"], {("zhou_ning", False)}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("left", WHO_IS_LEFT)
def test_a_chase_reaches(left: str, ask: Ask, sweep: Sweep, cast: Cast, now: datetime) -> None:
    gone, expected = WHO_IS_LEFT[left]
    inquiry = ask()
    away(now, *(getattr(cast, username) for username in gone))
    assert inquiry.next_chase_at
    sweep(inquiry.next_chase_at)
    assert told(Chase.objects.get(inquiry=inquiry)) == expected


@pytest.mark.django_db
def test_what_a_disabled_account_owes_falls_to_the_section_head(
    ask: Ask, sweep: Sweep, cast: Cast, now: datetime
) -> None:
    inquiry = ask()
    for officer in (cast.li_min, cast.han_xue):
        disable_officer(officer=officer, by=cast.zhou_ning, now=now)
    assert inquiry.next_chase_at
    sweep(inquiry.next_chase_at)
    assert told(Chase.objects.get(inquiry=inquiry)) == {("he_jing", False)}


@pytest.mark.django_db
def test_where_the_district_has_no_office_yet_every_step_reaches_whoever_is_there(
    ask: Ask, sweep: Sweep, cast: Cast, now: datetime
) -> None:
    inquiry = ask()
    away(now, *(getattr(cast, username) for username in [*BUREAU[1:], "wu_fang", "zhou_ning"]))
    while (inquiry.chase_level, inquiry.chase_number) < ("circular", 6):
        assert inquiry.next_chase_at
        assert sweep(inquiry.next_chase_at)
        inquiry.refresh_from_db()
    assert all(told(chase) == {("li_min", False)} for chase in inquiry.chases.all())


@pytest.mark.django_db
def test_where_nobody_is_left_the_inquiry_is_set_aside_and_the_others_go_on(
    ask: Ask, sweep: Sweep, cast: Cast, now: datetime
) -> None:
    lonely, other = ask(by=cast.tang_rui), ask()
    lonely_elsewhere = ask(by=cast.xu_kai)
    disable_officer(officer=cast.xu_kai, by=cast.xu_kai, now=now)
    later = now + 9 * DAY
    sweep(later)
    assert numbers(lonely) == numbers(other) == [1]
    aside = SetAside.objects.get(inquiry=lonely_elsewhere)
    assert "NobodyToChase" in aside.error
    assert numbers(lonely_elsewhere) == []

    Officer.objects.filter(pk=cast.xu_kai.pk).update(is_active=True)
    sweep(aside.retry_at - timedelta(seconds=1))
    assert numbers(lonely_elsewhere) == []
    sweep(aside.retry_at)
    assert numbers(lonely_elsewhere) == [1]
    assert not SetAside.objects.exists()


@pytest.mark.django_db
def test_a_poisoned_row_is_set_aside_tried_again_later_and_freed(
    ask: Ask, sweep: Sweep, now: datetime
) -> None:
    poisoned, *others = (ask() for _ in range(4))
    sound = poisoned.ladder
    broken = Ladder.objects.create(
        district=sound.district, meant_for="ordinary", number=99, steps={"steps": "nonsense"}, made_at=now
    )
    Inquiry.objects.filter(pk=poisoned.pk).update(ladder=broken)
    later = now + 9 * DAY
    sweep(later)
    assert [numbers(inquiry) for inquiry in others] == [[1], [1], [1]]
    first = SetAside.objects.get(inquiry=poisoned)
    assert "BadLadder" in first.error

    sweep(first.retry_at)
    second = SetAside.objects.get(inquiry=poisoned)
    assert (second.tries, second.since) == (2, first.since)
    assert second.retry_at - first.retry_at > first.retry_at - later

    Inquiry.objects.filter(pk=poisoned.pk).update(ladder=sound)
    sweep(second.retry_at)
    assert numbers(poisoned) == [1]
    assert not SetAside.objects.exists()


@pytest.mark.django_db
def test_each_acknowledgement_says_what_was_supervised(
    ask: Ask, sweep: Sweep, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang)
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=cast.relief, by=cast.wu_fang, now=now)
    for day in range(20):
        sweep(now + day * DAY)
    owed = Duty.objects.filter(inquiry=inquiry, kind="acknowledge")
    assert sorted(map(label_of, owed)) == [
        "acknowledge a supervision",
        "acknowledge a supervision: sign for",
    ]


@pytest.mark.django_db
def test_a_batch_costs_the_same_number_of_queries_for_ten_and_for_two_hundred(
    ask: Ask, clock: As, now: datetime
) -> None:
    model = ask()

    def counted(many: int, at: datetime) -> int:
        Inquiry.objects.bulk_create(
            copied(
                model,
                reference=f"{many}-{number:05}-X",
                citizen_id=None,
                event_count=0,
                event_hash=b"",
            )
            for number in range(many)
        )
        with clock(), CaptureQueriesContext(connection) as queries:
            assert chase_batch(Inquiry, now=at).chased >= many
        return len(queries)

    few = counted(10, now + 9 * DAY)
    # On the same step of the ladder as the first ten, so that both batches do the same.
    many = counted(200, now + 9 * DAY + timedelta(minutes=1))
    assert many == few


@pytest.mark.django_db
def test_who_asks_again_has_it_chased_at_once(
    ask: Ask, sweep: Sweep, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.wu_fang):
        ask_again(inquiry.pk, text="又来问", by=cast.wu_fang, now=now)
    inquiry.refresh_from_db()
    chase = Chase.objects.get(inquiry=inquiry)
    assert (inquiry.asked_again, chase.number, chase.step_key) == (1, 1, "asked_again")
    assert told(chase) == {("li_min", False)}
    assert inquiry.next_chase_at
    sweep(inquiry.next_chase_at)
    assert numbers(inquiry) == [1, 2]


@pytest.mark.django_db
def test_a_critical_matter_goes_to_the_next_person_on_duty(
    ask: Ask, sweep: Sweep, cast: Cast, now: datetime
) -> None:
    for rank, officer in enumerate((cast.qian_yu, cast.feng_bo, cast.he_jing), 1):
        DutyTurn.objects.create(
            place=cast.civil, officer=officer, from_at=now, until_at=now + 9 * DAY, rank=rank
        )
    inquiry = ask(urgency="critical", kind="help")
    for hours in (12, 18, 24):
        sweep(now + timedelta(hours=hours))
    reached = [told(chase) for chase in inquiry.chases.order_by("number")]
    assert reached == [
        {("qian_yu", False)},
        {("feng_bo", False)},
        {("he_jing", False), ("sun_wei", False)},
    ]


@pytest.mark.django_db
def test_whoever_acknowledged_a_critical_matter_goes_on_being_told(
    ask: Ask, sweep: Sweep, cast: Cast, web_as: As, now: datetime
) -> None:
    for rank, officer in enumerate((cast.qian_yu, cast.feng_bo, cast.he_jing), 1):
        DutyTurn.objects.create(
            place=cast.civil, officer=officer, from_at=now, until_at=now + 9 * DAY, rank=rank
        )
    inquiry = ask(urgency="critical", kind="help")
    sweep(now + timedelta(hours=12))
    later = now + timedelta(hours=18)
    sweep(later)
    second = Duty.objects.get(inquiry=inquiry, subject__startswith="three_quarters")
    inquiry.refresh_from_db()
    with web_as(cast.feng_bo, later):
        assert forecast([inquiry], now=later)[inquiry].officer_ids[0] == cast.he_jing.pk
        answer_duty(second.pk, reply="已到现场", by=cast.feng_bo, now=later)
        assert forecast([inquiry], now=later)[inquiry].officer_ids[0] == cast.feng_bo.pk
    sweep(now + timedelta(hours=24))
    reached = [told(chase) for chase in inquiry.chases.order_by("number")]
    assert reached[1:] == [{("feng_bo", False)}, {("feng_bo", False), ("sun_wei", False)}]


@pytest.mark.django_db
def test_whoever_is_on_duty_sees_what_is_critical_and_acknowledges_it(
    ask: Ask, sweep: Sweep, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.sun_wei, urgency="critical", kind="help")
    with web_as(cast.li_min):
        assert not Inquiry.objects.filter(pk=inquiry.pk).exists()
    night: dict[str, Any] = {"from_at": now, "until_at": now + DAY, "by": cast.wu_fang, "now": now}
    list_turn(place=cast.civil, officer=cast.li_min, **night)
    at = now + timedelta(hours=12)
    sweep(at)
    assert told(inquiry.chases.get()) == {("li_min", False)}
    duty = Duty.objects.get(inquiry=inquiry, kind="acknowledge")
    with web_as(cast.li_min, at):
        answer_duty(duty.pk, reply="已通知抢修", by=cast.li_min, now=at)
    with web_as(cast.li_min, now + DAY):
        assert not Inquiry.objects.filter(pk=inquiry.pk).exists()
    with pytest.raises(NotOnDutyThere):
        list_turn(place=cast.civil, officer=cast.tang_rui, **night)


@pytest.mark.django_db
def test_a_rider_is_pursued_through_its_lead_alone(
    ask: Ask, sweep: Sweep, cast: Cast, web_as: As, now: datetime
) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=CALLER)
    with web_as(cast.sun_wei):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.sun_wei, now=now)
    sweep(now + 9 * DAY)
    assert (numbers(lead), numbers(rider)) == ([1], [])
    with web_as(cast.sun_wei):
        unmerge_inquiry(rider.pk, reason="另一件事", by=cast.sun_wei, now=now + 9 * DAY)
    sweep(now + 15 * DAY)
    assert numbers(rider) == [1]


@pytest.mark.django_db
def test_an_acknowledgement_still_owed_does_not_stop_the_next_round(
    ask: Ask, sweep: Sweep, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    supervised = now + 14 * DAY
    sweep(supervised)
    assert Chase.objects.get(inquiry=inquiry).level == "supervise"
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=supervised)
    with web_as(cast.wu_fang):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.wu_fang, now=supervised)
    sweep(supervised + 14 * DAY)
    assert list(inquiry.chases.values_list("round", "number", "level").order_by("round")) == [
        (1, 1, "supervise"),
        (2, 1, "supervise"),
    ]
    assert Duty.objects.filter(inquiry=inquiry, kind="acknowledge", done_at=None).count() == 2


def test_eight_sweeps_at_once_chase_each_inquiry_once(own_database: Cast, now: datetime) -> None:
    cast = own_database
    with scope(role="bida_owner"):
        model = record_inquiry(
            by=None,
            now=now,
            place=cast.relief,
            kind="consultation",
            channel="desk",
            question="问",
            post=cast.post(cast.li_min),
        )
        Inquiry.objects.bulk_create(
            copied(model, reference=f"2026-{number:07}-X", event_count=0, event_hash=b"")
            for number in range(399)
        )
    start = threading.Barrier(8)
    chased: list[int] = []
    failures: list[BaseException] = []

    def one_sweep() -> None:
        try:
            start.wait()
            while True:
                with scope(role=WORKER, district=ALL_DISTRICTS):
                    swept = chase_batch(Inquiry, now=now + 9 * DAY, limit=25)
                chased.append(swept.chased)
                if not swept.chased:
                    break
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=one_sweep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(chased) == 400
    counts: dict[str, Any] = {
        "chases": Chase.objects.count(),
        "numbers": set(Chase.objects.values_list("number", flat=True)),
        "chased": Inquiry.objects.filter(chase_number=1).count(),
        "told": Notice.objects.filter(cause_kind="chase", recipient=cast.li_min).count(),
        "aside": SetAside.objects.count(),
    }
    assert counts == {"chases": 400, "numbers": {1}, "chased": 400, "told": 400, "aside": 0}


@pytest.mark.django_db
def test_a_dry_run_says_who_is_chased_why_and_when_next_and_that_more_wait(
    ask: Ask, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    now = timezone.now()
    poisoned, late = ask(now=now - 60 * DAY), ask(now=now - 59 * DAY)
    # Recorded past its whole ladder, of which nothing is left but what is repeated.
    repeated = ask(now=now, asked_at=now - 58 * DAY)
    broken = Ladder.objects.create(
        district=cast.district, meant_for="ordinary", number=99, steps={"steps": []}, made_at=now
    )
    Inquiry.objects.filter(pk=poisoned.pk).update(ladder=broken)
    young = ask(now=now - timedelta(hours=13), urgency="critical")
    Inquiry.objects.update(next_chase_at=F("asked_at"))

    def told(limit: int) -> list[str]:
        call_command("chase", "--dry-run", "--limit", str(limit))
        return capsys.readouterr().out.splitlines()

    assert told(2)[2:] == ["2 of 4 that are due listed, nothing written", "2 more wait; --limit lists more"]
    first, second, third, last, counted = told(4)
    assert first.startswith(f"{poisoned.reference}  cannot be chased")
    assert "BadLadder" in first
    assert second.startswith(f"{late.reference}  circular no. 1, 13 working days after due, due 20")
    again = "line in the digest no. 1, again and again until it is answered or done, due 20"
    assert third.startswith(f"{repeated.reference}  {again}")
    assert last.startswith(f"{young.reference}  reminder no. 1, at 50% of the hours, due 20")
    assert f"to {cast.li_min.name}; next 20" in last
    assert counted == "4 of 4 that are due listed, nothing written"
    assert not Chase.objects.exists()
    assert not SetAside.objects.exists()
