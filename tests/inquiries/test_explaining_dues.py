"""Why an inquiry is due when it is: by each unit that a rule can count in, on its page and on the command line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from bureaus.services.calendar import calendar_for
from inquiries.models import AnswerRule, Inquiry
from inquiries.services.extending import ask_extension, decide_extension
from inquiries.services.remeasuring import days_counted
from inquiries.services.rules import change_rule
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask, Enter, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_calendar_days(ask: Ask, cast: Cast, now: datetime) -> Inquiry:
    """Asked on Wednesday 20 May, owed in ten calendar days: the tenth is Saturday the 30th, so on Monday 1 June."""
    rule = AnswerRule(
        kind="consultation",
        urgency="ordinary",
        amount=10,
        unit="calendar_days",
        extensions=1,
        extension_amount=5,
        source="本区规定",
    )
    change_rule(district=cast.district, rule=rule, by=cast.zhou_ning, now=now, seen=1)
    return ask()


def explained(inquiry: Inquiry) -> list[str]:
    out = StringIO()
    call_command("explain_inquiry", inquiry.reference, stdout=out)
    return out.getvalue().splitlines()


def test_calendar_days_are_all_counted_and_a_last_day_off_is_put_off(in_calendar_days: Inquiry) -> None:
    days = days_counted(in_calendar_days, calendar_for(in_calendar_days.district_id))
    assert [day.number for day in days] == [*range(1, 11), None, None]
    assert days[-1].on == in_calendar_days.due_on == date(2026, 6, 1)
    assert [day.reason.kind for day in days[-3:]] == ["weekend", "weekend", "working"]
    first, *lines = explained(in_calendar_days)
    assert (first, len(lines)) == ("2026-06-01", 12)


def test_an_extension_in_calendar_days_is_counted_on(
    in_calendar_days: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        ask_extension(in_calendar_days.pk, days=5, reason="需要实地查看", by=cast.li_min, now=now)
    with web_as(cast.sun_wei):
        decide_extension(in_calendar_days.pk, grant=True, by=cast.sun_wei, now=now)
    in_calendar_days.refresh_from_db()
    days = days_counted(in_calendar_days, calendar_for(in_calendar_days.district_id))
    assert days[-1].on == in_calendar_days.due_on
    assert max(day.number or 0 for day in days) == 15


def test_hours_are_explained_by_their_begin_and_end(
    ask: Ask, cast: Cast, now: datetime, enter: Enter
) -> None:
    inquiry = ask(urgency="critical")
    assert inquiry.due_at == now + timedelta(hours=24)
    said = "Hours run round the clock: from 2026-05-20 10:00 to 2026-05-21 10:00."
    assert explained(inquiry)[1:] == [said]
    assert "Hours run round the clock: from " in page(enter(cast.li_min), f"/inquiries/{inquiry.pk}/")


def test_the_page_says_that_days_off_count(in_calendar_days: Inquiry, cast: Cast, enter: Enter) -> None:
    shown = page(enter(cast.li_min), f"/inquiries/{in_calendar_days.pk}/")
    assert "Days off count too" in shown
    assert shown.count('<tr class="is-skipped">') == 2
