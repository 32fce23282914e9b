"""Golden week, the turn of a year, and a year nobody has announced yet: the due, its page and its chases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from bureaus.models import Officer
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.calendar import calendar_for, load_csv
from bureaus.workdays import SHANGHAI
from inquiries.models import Event, Inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.remeasuring import remeasure_dues
from tests.conftest import Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
STEPS = ("half_time", "day_before", "urge", "supervise", "circular_inside", "circular_public")
MARK = '<span class="b-tag">provisional</span>'


def at(day: str, time: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Turn:
    """A consultation, owed within five working days: when it is due, and the day of each of its six steps."""

    asked_on: str
    due_on: str
    steps: tuple[str, ...]
    provisional: bool = False


# Counted by hand on the State Council's notices for 2025 and 2026, and for 2027 on the law's thirteen days.
GOLDEN_WEEK = Turn(
    # Off from 1 to 7 October; Saturday the 10th is worked in exchange.
    "2026-09-30",
    "2026-10-13",
    ("2026-10-10", "2026-10-12", "2026-10-14", "2026-10-16", "2026-10-23", "2026-10-30"),
)
YEARS_END = Turn(
    # Off from 1 to 3 January; Sunday the 4th is worked in exchange.
    "2025-12-31",
    "2026-01-08",
    ("2026-01-06", "2026-01-07", "2026-01-09", "2026-01-13", "2026-01-20", "2026-01-27"),
)
UNANNOUNCED = Turn(
    # Friday 1 January is off by law, and nobody has said yet what is worked in exchange.
    "2026-12-28",
    "2027-01-05",
    ("2026-12-31", "2027-01-04", "2027-01-06", "2027-01-08", "2027-01-15", "2027-01-22"),
    provisional=True,
)
UNANNOUNCED_SPRING = Turn(
    # New year's eve is Friday 5 February; the law gives four days.
    "2027-02-03",
    "2027-02-12",
    ("2027-02-10", "2027-02-11", "2027-02-15", "2027-02-17", "2027-02-24", "2027-03-03"),
    provisional=True,
)

# What a notice for 2027 may say, and what becomes of the question that was asked on 28 December 2026.
NOTICES = {
    "as the law had it": (
        "2027-01-01,0,元旦\n",
        Turn(UNANNOUNCED.asked_on, UNANNOUNCED.due_on, UNANNOUNCED.steps),
    ),
    "the Monday off for a Saturday": (
        "2027-01-01,0,元旦\n2027-01-04,0,元旦\n2027-01-09,1,元旦调休\n",
        Turn(
            UNANNOUNCED.asked_on,
            "2027-01-06",
            ("2026-12-31", "2027-01-05", "2027-01-07", "2027-01-09", "2027-01-15", "2027-01-22"),
        ),
    ),
    "a Saturday worked at once": (
        "2027-01-01,0,元旦\n2027-01-02,1,元旦调休\n",
        Turn(
            UNANNOUNCED.asked_on,
            "2027-01-04",
            ("2026-12-31", "2027-01-02", "2027-01-05", "2027-01-07", "2027-01-14", "2027-01-21"),
        ),
    ),
}


def chase_until(day: str, since: datetime) -> None:
    """The clock looks each day, holidays too, a minute before the office opens and when it opens."""
    on = since.date()
    while on <= date.fromisoformat(day):
        for time in ("08:29", "08:30"):
            if (moment := at(on.isoformat(), time)) > since:
                with scope(role=WORKER, district=ALL_DISTRICTS):
                    chase_batch(Inquiry, now=moment)
        on += DAY


def announce(lines: str, now: datetime) -> None:
    load_csv(
        content=f"on,working,name\n{lines}".encode(), announces=[2027], by=None, now=now, note="国办通知"
    )


def remeasure(inquiry: Inquiry, cast: Cast, now: datetime) -> None:
    with scope(role=WORKER, district=cast.district.pk):
        assert remeasure_dues(district=cast.district, now=now) == 1
    inquiry.refresh_from_db()


def steps_of(inquiry: Inquiry) -> list[tuple[str, datetime]]:
    return list(inquiry.chases.exclude(step=None).order_by("number").values_list("step_key", "chased_at"))


def expected(turn: Turn) -> list[tuple[str, datetime]]:
    return [(key, at(day, "08:30")) for key, day in zip(STEPS, turn.steps, strict=True)]


def page(officer: Officer, inquiry: Inquiry) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    shown = client.get(f"/inquiries/{inquiry.pk}/")
    assert shown.status_code == 200
    return shown.content.decode()


@pytest.mark.parametrize("turn", [GOLDEN_WEEK, YEARS_END, UNANNOUNCED, UNANNOUNCED_SPRING])
def test_a_due_across_the_holidays_and_its_page_say_how_sure_it_is(ask: Ask, cast: Cast, turn: Turn) -> None:
    inquiry = ask(now=at(turn.asked_on))
    assert inquiry.due_on == date.fromisoformat(turn.due_on)
    assert inquiry.due_at == at(turn.due_on, "00:00") + DAY
    assert inquiry.due_provisional is turn.provisional
    assert (MARK in page(cast.li_min, inquiry)) is turn.provisional


@pytest.mark.parametrize("turn", [GOLDEN_WEEK, YEARS_END, UNANNOUNCED, UNANNOUNCED_SPRING])
def test_chases_fall_on_the_opening_of_working_days_and_never_on_a_holiday(ask: Ask, turn: Turn) -> None:
    inquiry = ask(now=at(turn.asked_on))
    chase_until(turn.steps[-1], at(turn.asked_on))
    assert steps_of(inquiry) == expected(turn)
    calendar = calendar_for(inquiry.district_id)
    chased = inquiry.chases.values_list("chased_at", flat=True)
    assert [moment for moment in chased if moment != calendar.next_office_instant(moment)] == []


# Before the first reminder, and after it.
@pytest.mark.parametrize("announced_at", [at("2026-12-30", "15:00"), at("2026-12-31", "15:00")])
@pytest.mark.parametrize("notice", NOTICES)
def test_a_year_announced_makes_the_due_sure_on_record_and_moves_its_chases(
    ask: Ask, cast: Cast, notice: str, announced_at: datetime
) -> None:
    inquiry = ask(now=at(UNANNOUNCED.asked_on))
    was = inquiry.due_at
    chase_until(announced_at.date().isoformat(), at(UNANNOUNCED.asked_on))
    lines, turn = NOTICES[notice]
    announce(lines, announced_at)
    remeasure(inquiry, cast, announced_at)

    assert (inquiry.due_on.isoformat(), inquiry.due_provisional) == (turn.due_on, False)
    assert inquiry.original_due_at == was
    moved = Event.objects.get(inquiry=inquiry, code="due_moved")
    assert datetime.fromisoformat(moved.codes["was"]) == was
    assert datetime.fromisoformat(moved.codes["due_at"]) == inquiry.due_at
    assert MARK not in page(cast.li_min, inquiry)
    chase_until(turn.steps[-1], announced_at)
    assert steps_of(inquiry) == expected(turn)
