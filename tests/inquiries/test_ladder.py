"""Climbing: which step is taken when, what is passed over, and that something always comes next."""

import json
import time
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bureaus.workdays import SHANGHAI, Calendar
from inquiries.deadlines import Due, Rule, due
from inquiries.ladder import (
    FARTHEST,
    RANK,
    SHIPPED,
    BadLadder,
    Ladder,
    Rung,
    carry_over,
    first_at,
    from_data,
    from_json,
    repeat_of,
    schedule,
    take,
    to_data,
    to_json,
)
from tests.bureaus.test_workdays import ANNOUNCED, at

ORDINARY = SHIPPED["ordinary"]
ASKED = at("2026-11-02T10:00")


def laid(
    asked: str, rule: Rule, name: str = "ordinary", recorded: str | None = None
) -> tuple[tuple[Rung, ...], Due]:
    owed = due(at(asked), rule, ANNOUNCED)
    rungs = schedule(at(asked), at(recorded or asked), owed, SHIPPED[name], ANNOUNCED)
    return rungs, owed


def test_the_ordinary_ladder_climbs_as_the_districts_do() -> None:
    rungs, owed = laid("2026-11-02T10:00", Rule(10))
    assert owed.due_on.isoformat() == "2026-11-16"
    assert [(rung.step.key, rung.at.strftime("%m-%d %H:%M")) for rung in rungs] == [
        ("half_time", "11-09 08:30"),
        ("day_before", "11-13 08:30"),
        ("urge", "11-17 08:30"),
        ("supervise", "11-19 08:30"),
        ("circular_inside", "11-26 08:30"),
        ("circular_public", "12-03 08:30"),
    ]


def test_critical_steps_lie_at_half_three_quarters_and_all_of_the_hours_by_night_too() -> None:
    rungs, _ = laid("2026-10-01T20:00", Rule(24, "hours"), "critical")
    assert [rung.at for rung in rungs[:3]] == [
        at("2026-10-02T08:00"),
        at("2026-10-02T14:00"),
        at("2026-10-02T20:00"),
    ]


def test_a_dispatch_late_by_noon_is_urged_at_noon() -> None:
    owed = Due(ASKED.date(), at("2026-11-02T11:45"))
    rungs = schedule(ASKED, ASKED, owed, SHIPPED["duty"], ANNOUNCED)
    assert [(rung.step.key, rung.at) for rung in rungs] == [
        ("urge", at("2026-11-02T11:45")),
        ("supervise", at("2026-11-05T08:30")),
    ]


def test_what_is_due_in_a_day_keeps_only_the_reminder_at_half_time() -> None:
    rungs, _ = laid("2026-11-02T10:00", Rule(1))
    assert [rung.step.key for rung in rungs if rung.step.level == "reminder"] == ["half_time"]
    assert rungs[0].at == at("2026-11-03T08:30")


def test_steps_at_one_instant_are_one_step_the_higher() -> None:
    rungs, _ = laid("2026-11-02T10:00", Rule(2))
    assert [rung.step.key for rung in rungs][:2] == ["day_before", "urge"]


def test_steps_before_recording_are_dropped() -> None:
    rungs, _ = laid("2026-11-02T10:00", Rule(10), recorded="2026-11-17T08:30")
    assert rungs[0].step.key == "supervise"


def test_a_week_of_downtime_is_one_step_and_the_rest_is_passed_over() -> None:
    rungs, owed = laid("2026-11-02T10:00", Rule(10))
    taken = take(rungs, repeat_of(ORDINARY, owed, ANNOUNCED), at("2026-11-20T03:00"))
    assert taken.step is not None
    assert (taken.step.key, [step.key for step in taken.passed_over]) == (
        "supervise",
        ["half_time", "day_before", "urge"],
    )
    assert (taken.next_at, taken.last_step_index) == (at("2026-11-26T08:30"), 3)


def test_steps_already_taken_are_not_taken_again_after_an_extension() -> None:
    longer = due(ASKED, Rule(15), ANNOUNCED)
    rungs = schedule(ASKED, ASKED, longer, ORDINARY, ANNOUNCED)
    taken = take(rungs, repeat_of(ORDINARY, longer, ANNOUNCED), at("2026-11-20T08:30"), last_step_index=1)
    assert (taken.step, taken.next_at) == (None, at("2026-11-24T08:30"))


def test_after_the_last_step_the_digest_comes_every_working_day_then_weekly() -> None:
    rungs, owed = laid("2026-11-02T10:00", Rule(10))
    repeat, now, seen = repeat_of(ORDINARY, owed, ANNOUNCED), at("2026-12-03T08:30"), []
    for _ in range(14):
        taken = take(rungs, repeat, now, 5)
        assert taken.repeated
        now = taken.next_at
        seen.append(now.strftime("%m-%d"))
    assert seen == [
        "12-04", "12-07", "12-08", "12-09", "12-10", "12-11", "12-14", "12-15", "12-16",
        "12-21", "12-28", "01-04", "01-11", "01-18",
    ]  # fmt: skip


def test_nothing_is_said_before_the_first_step() -> None:
    rungs, owed = laid("2026-11-02T10:00", Rule(10))
    taken = take(rungs, repeat_of(ORDINARY, owed, ANNOUNCED), ASKED)
    assert (taken.step, taken.next_at) == (None, at("2026-11-09T08:30"))


def test_a_step_months_away_is_looked_at_again_within_a_month() -> None:
    rungs, owed = laid("2026-01-05T10:00", Rule(200))
    assert first_at(rungs, repeat_of(ORDINARY, owed, ANNOUNCED), at("2026-01-05T10:00")) == at(
        "2026-02-05T10:00"
    )


def test_another_ladder_is_entered_at_the_same_step_or_level() -> None:
    half, _, urge, *_ = ORDINARY.steps
    assert carry_over(None, SHIPPED["urgent"]) == -1
    assert carry_over(half, SHIPPED["urgent"]) == 0
    assert carry_over(urge, SHIPPED["critical"]) == 1


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_ladder_survives_json(name: str) -> None:
    assert from_json(to_json(SHIPPED[name])) == SHIPPED[name]
    assert from_data(json.loads(json.dumps(to_data(SHIPPED[name])))) == SHIPPED[name]


def changed(**words: object) -> str:
    data = to_data(ORDINARY)
    data["steps"][2] |= words
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "This is no JSON"),
        ("[]", "A ladder is an object"),
        (json.dumps({"steps": [1], "repeat": {}}), "Step 1: a step is an object"),
        (json.dumps({"steps": [{}], "repeat": {}}), "Step 1: the key is missing"),
        (changed(level="shout"), r"Step 3 \(urge\): 'shout' is no level"),
        (changed(anchor=3), r"Step 3 \(urge\): the anchor is one of"),
        (changed(anchor={"moon": 1}), r"Step 3 \(urge\): 'moon' is no anchor"),
        (changed(anchor={"due": "x"}), r"Step 3 \(urge\): 'x' is no number"),
        (changed(anchor={"due": True}), r"Step 3 \(urge\): True is no number"),
        (changed(anchor={"due": "1/0"}), r"Step 3 \(urge\): '1/0' is no number"),
        (changed(anchor={"due": 0.5}), r"Step 3 \(urge\): days are a whole number"),
        (changed(anchor={"due": 1000}), r"Step 3 \(urge\): 1000 working days"),
        (changed(anchor={"span": 2}), r"Step 3 \(urge\): a share of the span"),
        (changed(anchor={"hours": 11}), r"Step 3 \(urge\): a share of the hours"),
        (changed(anchor={"office_minutes": -1}), r"Step 3 \(urge\): office minutes"),
        (changed(recipients=["mayor"]), r"Step 3 \(urge\): recipients is a list of"),
        (changed(copies="handler"), r"Step 3 \(urge\): copies is a list of"),
        (changed(recipients=[]), "Step urge: nobody receives it"),
        (changed(acknowledge="yes"), r"Step 3 \(urge\): acknowledge is true or false"),
        (changed(colour="red"), r"Step 3 \(urge\): nothing is called colour"),
        (changed(key="supervise"), "Step supervise: two steps have this key"),
        (changed(level="circular"), "Step supervise: supervise comes after a higher level"),
        (changed(level="digest"), "Step urge: the digest is only what repeats"),
    ],
)
def test_a_wrong_ladder_is_refused_by_the_name_of_its_step(text: str, says: str) -> None:
    with pytest.raises(BadLadder, match=says):
        from_json(text)


instants = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(SHANGHAI))
matters = st.tuples(
    instants,
    st.builds(
        Rule, amount=st.integers(1, 90), unit=st.sampled_from(["hours", "working_days", "calendar_days"])
    ),
    st.timedeltas(timedelta(0), timedelta(days=200)),
    st.sampled_from(sorted(SHIPPED)),
    st.sampled_from([ANNOUNCED, Calendar()]),
)


@given(matters, st.timedeltas(timedelta(0), timedelta(days=900)), st.integers(-1, 6))
def test_something_always_comes_next_and_within_31_days(
    matter: tuple[datetime, Rule, timedelta, str, Calendar], gone: timedelta, last: int
) -> None:
    asked_at, rule, lag, name, calendar = matter
    ladder: Ladder = SHIPPED[name]
    owed = due(asked_at, rule, calendar)
    rungs = schedule(asked_at, asked_at + lag, owed, ladder, calendar)
    now = asked_at + lag + gone
    repeat = repeat_of(ladder, owed, calendar)
    taken = take(rungs, repeat, now, last)
    for next_at in (taken.next_at, first_at(rungs, repeat, now, last)):
        assert now < next_at <= now + FARTHEST
    assert taken.last_step_index >= last
    assert [rung.nth for rung in rungs] == sorted({rung.nth for rung in rungs})
    assert [rung.at for rung in rungs] == sorted({rung.at for rung in rungs})
    assert all(rung.at > asked_at + lag for rung in rungs)


@given(matters)
def test_walked_from_instant_to_instant_every_rung_is_taken_once_in_order_and_then_repeats(
    matter: tuple[datetime, Rule, timedelta, str, Calendar],
) -> None:
    asked_at, rule, lag, name, calendar = matter
    ladder = SHIPPED[name]
    owed = due(asked_at, rule, calendar)
    rungs = schedule(asked_at, asked_at + lag, owed, ladder, calendar)
    repeat = repeat_of(ladder, owed, calendar)
    now, last, keys, repeats = first_at(rungs, repeat, asked_at + lag), -1, [], 0
    while repeats < 3:
        taken = take(rungs, repeat, now, last)
        assert taken.passed_over == ()
        if taken.repeated:
            repeats += 1
        elif taken.step:
            assert repeats == 0
            keys.append(taken.step)
        now, last = taken.next_at, taken.last_step_index
    assert keys == [rung.step for rung in rungs]
    assert [RANK[step.level] for step in keys] == sorted(RANK[step.level] for step in keys)


def test_a_sweep_asks_thousands_of_times_a_second() -> None:
    owed = due(ASKED, Rule(10), ANNOUNCED)
    began = time.process_time()
    for n in range(2000):
        asked_at = ASKED - timedelta(hours=n)
        rungs = schedule(asked_at, asked_at, owed, ORDINARY, ANNOUNCED)
        take(rungs, repeat_of(ORDINARY, owed, ANNOUNCED), ASKED)
    assert time.process_time() - began < 1.0
