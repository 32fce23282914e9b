"""What happens at a booth: each entry once, people apart from visits, questions owed, a slip taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from bureaus.models import Officer
from bureaus.models.posts import Tenure
from bureaus.services.places import open_place
from bureaus.services.posts import begin_tenure, open_post
from bureaus.services.refusals import Refusal
from disclosure.figures.open_days import in_sum, standing_of
from disclosure.models import Booth, CardReturn, Count, HotIssue, Material, Measure, Reception, Sum
from disclosure.services.desk import (
    ANSWER_ISSUE,
    CardGivenAlready,
    CardUnknown,
    DayOfHistory,
    InquiryUnknown,
    NotACount,
    NotAtThisBooth,
    NotOfThisBooth,
    NotToBeTakenBack,
    NotYetTheDay,
    OwedElsewhere,
    RaisedAlready,
    Stamp,
    TakenBackAlready,
    answer_issue,
    bring,
    collect_issue,
    give,
    give_card,
    hour_of,
    raise_issue,
    receive,
    record_question,
    take_back,
)
from disclosure.services.open_days import name_material, open_booth, plan_open_day
from inquiries.models import Duty
from inquiries.services.answering import AnswerGiven
from inquiries.services.moving import answer_duty
from inquiries.services.refusals import NeedsWords, NotInThisState, SameKeyOtherBody
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db
ANSWER = AnswerGiven("explained", "请带身份证到社区办理。", "in_person")
MINUTE = timedelta(minutes=1)


def visits(booth: Booth, n: int, by: Officer, now: datetime, key: str, **stamp: datetime) -> Reception:
    return receive(booth=booth, n=n, measure=Measure.VISIT, stamp=Stamp(key, **stamp), by=by, now=now)


def asked(booth: Booth, by: Officer, now: datetime, key: str, **more: object) -> Reception:
    given = {"question": "低保怎么申请？", "kind": "consultation"} | more
    return record_question(booth=booth, stamp=Stamp(key), by=by, now=now, **given)[0]  # type: ignore[arg-type]


def standing(booth: Booth) -> dict[str, object]:
    read = standing_of([booth])[booth.pk]
    return {
        name: str(getattr(read, name))
        for name in ("people", "visits", "answered", "issues")
        if getattr(read, name)
    }


def test_an_entry_that_the_network_repeats_counts_once(booth: Booth, cast: Cast, now: datetime) -> None:
    first = visits(booth, 2, cast.li_min, now, "a")
    again = visits(booth, 2, cast.li_min, now + MINUTE, "a")
    assert first.pk == again.pk
    assert standing(booth) == {"visits": "2 visits"}


def test_two_officers_may_draw_the_same_key(booth: Booth, cast: Cast, now: datetime) -> None:
    visits(booth, 2, cast.li_min, now, "a")
    visits(booth, 3, cast.he_jing, now, "a")
    assert standing(booth) == {"visits": "5 visits"}


def test_people_are_never_added_to_visits(booth: Booth, cast: Cast, now: datetime) -> None:
    visits(booth, 2, cast.li_min, now, "a")
    receive(booth=booth, n=4, measure=Measure.PERSON, stamp=Stamp("b"), by=cast.li_min, now=now)
    assert standing(booth) == {"people": "4 people", "visits": "2 visits"}


def test_a_question_answered_at_once_is_answered_and_counted(
    booth: Booth, cast: Cast, now: datetime, web_as: As
) -> None:
    with web_as(cast.li_min):
        reception = asked(booth, cast.li_min, now, "q", answer=ANSWER, counted=Measure.PERSON)
    assert reception.inquiry is not None
    assert (reception.inquiry.channel, reception.inquiry.source) == ("desk", "政务公开日")
    assert reception.inquiry.answered_at is not None
    assert standing(booth) == {"people": "1 person", "answered": "1 matter"}


def test_a_question_taken_home_is_chased_at_the_own_section(
    booth: Booth, cast: Cast, now: datetime, web_as: As
) -> None:
    with web_as(cast.li_min):
        reception = asked(booth, cast.li_min, now, "q")
    assert reception.inquiry is not None
    assert reception.inquiry.next_chase_at is not None
    assert reception.inquiry.holder == cast.relief
    assert standing_of([booth])[booth.pk].followed == 1


def test_the_clock_of_a_question_starts_when_the_device_heard_it(
    booth: Booth, cast: Cast, now: datetime, web_as: As
) -> None:
    at = now - timedelta(minutes=50)
    with web_as(cast.li_min):
        _reception, inquiry = record_question(
            booth=booth,
            question="低保怎么申请？",
            kind="consultation",
            stamp=Stamp("q", at, now),
            by=cast.li_min,
            now=now,
        )
    assert inquiry is not None
    assert (inquiry.asked_at, inquiry.recorded_at) == (at, now)


def test_a_question_that_is_sent_twice_stands_once(
    booth: Booth, cast: Cast, now: datetime, web_as: As
) -> None:
    with web_as(cast.li_min):
        first = asked(booth, cast.li_min, now, "q")
    with web_as(cast.li_min):
        again = asked(booth, cast.li_min, now + MINUTE, "q")
    assert first.inquiry_id == again.inquiry_id
    assert Reception.objects.count() == 1


def test_a_returned_card_links_back(booth: Booth, cast: Cast, now: datetime, web_as: As) -> None:
    card = give_card(booth=booth, serial="lx-007", stamp=Stamp("c"), by=cast.li_min, now=now)
    with web_as(cast.li_min):
        reception = asked(booth, cast.li_min, now, "q", card=" LX-007 ")
    assert reception.inquiry is not None
    assert reception.inquiry.channel == "card"
    assert CardReturn.objects.get(card=card).inquiry_id == reception.inquiry_id


def test_stock_is_what_was_brought_less_what_was_given(
    booth: Booth, leaflet: Material, cast: Cast, now: datetime
) -> None:
    before_the_day = now - timedelta(days=2)
    bring(booth=booth, material=leaflet, n=100, stamp=Stamp("b"), by=cast.feng_bo, now=before_the_day)
    give(booth=booth, material=leaflet, n=30, stamp=Stamp("1"), by=cast.li_min, now=now)
    give(booth=booth, material=leaflet, n=12, stamp=Stamp("2"), by=cast.he_jing, now=now)
    [handed] = standing_of([booth])[booth.pk].handed
    assert (str(handed.given), handed.brought, handed.left) == ("42 sheets", 100, 58)


def test_a_collected_issue_is_owed_an_answer_of_its_own(booth: Booth, cast: Cast, now: datetime) -> None:
    issue = collect_issue(
        booth=booth,
        words="老旧小区加装电梯",
        people=12,
        at_least=True,
        stamp=Stamp("i"),
        by=cast.li_min,
        now=now,
    )
    owed = Duty.objects.get(kind=ANSWER_ISSUE, subject=str(issue.pk))
    # Of two issues each row of the list says which it is.
    assert (owed.place, owed.request) == (cast.relief, "老旧小区加装电梯")
    assert owed.next_chase_at is not None
    with pytest.raises(NotInThisState):
        answer_duty(owed.pk, reply="已办", by=cast.li_min, now=now)
    answer_issue(issue=issue, text="已列入今年改造计划。", stamp=Stamp("x"), by=cast.li_min, now=now)
    owed.refresh_from_db()
    assert owed.decision == "answered"
    assert Duty.objects.filter(pk=owed.pk, next_chase_at=None).exists()


def test_an_answer_is_given_by_who_owes_it_or_stands_above(
    booth: Booth, cast: Cast, now: datetime, web_as: As
) -> None:
    unit = open_place(kind="unit", name="婚姻登记处", parent=cast.civil, by=None, now=now)
    post = open_post(place=unit, role="handler", title="经办人", by=None, now=now)
    begin_tenure(post=post, officer=cast.han_xue, from_on=now.date(), by=None, now=now)
    with web_as(cast.he_jing):
        issue = collect_issue(
            booth=booth, words="停车难", people=3, at_least=False, stamp=Stamp("i"), by=cast.he_jing, now=now
        )
    Tenure.objects.filter(officer=cast.han_xue, part="deputy").update(until_on=now.date())
    with web_as(cast.han_xue), pytest.raises(OwedElsewhere):
        answer_issue(issue=issue, text="已列入计划。", stamp=Stamp("x"), by=cast.han_xue, now=now)
    with web_as(cast.feng_bo):
        answer_issue(issue=issue, text="已列入计划。", stamp=Stamp("x"), by=cast.feng_bo, now=now)


def test_an_issue_names_the_inquiries_about_it_but_no_sealed_one(
    booth: Booth, cast: Cast, now: datetime, ask: Ask, web_as: As
) -> None:
    issue = collect_issue(
        booth=booth, words="停车难", people=3, at_least=False, stamp=Stamp("i"), by=cast.li_min, now=now
    )
    seen, sealed = ask(), ask(kind="tip_off")
    with web_as(cast.li_min):
        raise_issue(issue=issue, reference=seen.reference, stamp=Stamp("1"), by=cast.li_min, now=now)
        with pytest.raises(RaisedAlready):
            raise_issue(issue=issue, reference=seen.reference, stamp=Stamp("2"), by=cast.li_min, now=now)
        with pytest.raises(InquiryUnknown):
            raise_issue(issue=issue, reference=sealed.reference, stamp=Stamp("3"), by=cast.li_min, now=now)


def test_what_was_a_slip_no_longer_counts_and_stays_on_record(
    booth: Booth, cast: Cast, now: datetime
) -> None:
    slip = visits(booth, 500, cast.li_min, now, "a")
    take_back(booth=booth, what="reception", entry_id=slip.pk, by=cast.he_jing, now=now + MINUTE)
    assert standing(booth) == {}
    slip.refresh_from_db()
    assert (slip.people_value, slip.taken_back_by) == (500, cast.he_jing)


def test_an_issue_that_was_a_slip_is_owed_no_more(booth: Booth, cast: Cast, now: datetime) -> None:
    issue = collect_issue(
        booth=booth, words="停车难", people=3, at_least=False, stamp=Stamp("i"), by=cast.li_min, now=now
    )
    take_back(booth=booth, what="issue", entry_id=issue.pk, by=cast.li_min, now=now)
    assert Duty.objects.get(kind=ANSWER_ISSUE).decision == "taken_back"
    assert standing(booth) == {}


def test_the_number_of_statements_does_not_grow_with_booths_and_rows(
    booth: Booth, leaflet: Material, cast: Cast, now: datetime
) -> None:
    def count() -> int:
        booths = list(Booth.objects.all())
        with CaptureQueriesContext(connection) as seen:
            in_sum(standing_of(booths).values())
        return len(seen)

    give(booth=booth, material=leaflet, n=1, stamp=Stamp("g"), by=cast.li_min, now=now)
    few = count()
    other = open_booth(open_day=booth.open_day, place=cast.culture, by=None, now=now)
    for number in range(5):
        visits(booth, 1, cast.li_min, now, f"v{number}")
        give(booth=other, material=leaflet, n=1, stamp=Stamp(f"g{number}"), by=cast.tang_rui, now=now)
    assert count() == few == 6


def test_sums_keep_each_measure_and_tell_what_is_unknown(booth: Booth, cast: Cast, now: datetime) -> None:
    from disclosure.services.open_days import record_reception

    other = open_booth(open_day=booth.open_day, place=cast.culture, by=None, now=now)
    visits(booth, 7, cast.li_min, now, "a")
    unknown = Count(None, Measure.CASE)
    record_reception(
        booth=other,
        people=Count(None, Measure.VISIT),
        questions=Count(3, Measure.CASE),
        issues=unknown,
        by=None,
        now=now,
    )
    total = in_sum(standing_of([booth, other]).values())
    assert total.visits == Sum(Count(7, Measure.VISIT), unknown=1)
    assert total.answered == Sum(Count(3, Measure.CASE))
    assert total.issues == Sum(Count(None, Measure.CASE), unknown=1)
    assert total.people is None


# --- Hours --------------------------------------------------------------------------------------------------------
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("said", "sent", "doubted", "reckoned"),
    [
        (-HOUR, timedelta(0), False, -HOUR),
        (-HOUR, None, False, -HOUR),
        # Three hours fast: an hour before it was sent was an hour ago.
        (2 * HOUR, 3 * HOUR, True, -HOUR),
        # A year slow.
        (-365 * 24 * HOUR - HOUR, -365 * 24 * HOUR, True, -HOUR),
        # After now, and nobody says when it was sent.
        (2 * HOUR, None, True, timedelta(0)),
        # Before the day, by a clock that is right: no earlier than the day began.
        (-30 * HOUR, timedelta(0), True, -10 * HOUR),
    ],
)
def test_an_implausible_clock_is_flagged_and_reckoned_with(
    booth: Booth,
    now: datetime,
    said: timedelta,
    sent: timedelta | None,
    doubted: bool,
    reckoned: timedelta,
) -> None:
    hour = hour_of(Stamp("k", now + said, None if sent is None else now + sent), booth, now=now)
    assert (hour.said, hour.doubted, hour.reckoned) == (now + said, doubted, now + reckoned)


@given(
    said=st.datetimes(datetime(2000, 1, 3), datetime(2060, 1, 1)),
    sent=st.none() | st.datetimes(datetime(2000, 1, 3), datetime(2060, 1, 1)),
)
@settings(max_examples=200, deadline=None)
def test_the_reckoned_hour_is_never_after_now_nor_before_the_day(
    said: datetime, sent: datetime | None
) -> None:
    from datetime import date

    from bureaus.workdays import SHANGHAI, midnight
    from disclosure.models import OpenDay

    now = datetime(2026, 5, 20, 10, tzinfo=SHANGHAI)
    booth = Booth(open_day=OpenDay(on=date(2026, 5, 20)))
    stamp = Stamp("k", said.replace(tzinfo=SHANGHAI), sent.replace(tzinfo=SHANGHAI) if sent else None)
    hour = hour_of(stamp, booth, now=now)
    assert midnight(date(2026, 5, 20)) <= hour.reckoned <= now


# --- Refusals -----------------------------------------------------------------------------------------------------
def _refused(
    booth: Booth, leaflet: Material, cast: Cast, now: datetime
) -> dict[type[Refusal], Callable[[], object]]:
    li_min = cast.li_min
    tomorrow = plan_open_day(
        district=cast.district, on=now.date() + timedelta(days=1), theme="公开", by=None, now=now
    )
    past = plan_open_day(
        district=cast.district,
        on=now.date() - timedelta(days=9),
        theme="公开",
        is_history=True,
        by=None,
        now=now,
    )
    ahead = open_booth(open_day=tomorrow, place=cast.civil, by=None, now=now)
    before = open_booth(open_day=past, place=cast.civil, by=None, now=now)
    strange = name_material(district=cast.elsewhere, kind="leaflet", name="宣传单", measure=Measure.SHEET)
    visits(booth, 1, li_min, now, "taken")
    give_card(booth=booth, serial="1", stamp=Stamp("1"), by=li_min, now=now)
    over = visits(booth, 1, li_min, now, "over")
    take_back(booth=booth, what="reception", entry_id=over.pk, by=li_min, now=now)
    old = visits(booth, 1, li_min, now, "old")
    return {
        NotAtThisBooth: lambda: visits(booth, 1, cast.tang_rui, now, "x"),
        DayOfHistory: lambda: visits(before, 1, li_min, now, "x"),
        NotYetTheDay: lambda: visits(ahead, 1, li_min, now, "x"),
        NotACount: lambda: visits(booth, 0, li_min, now, "x"),
        SameKeyOtherBody: lambda: visits(booth, 2, li_min, now, "taken"),
        NeedsWords: lambda: visits(booth, 2, li_min, now, ""),
        NotOfThisBooth: lambda: give(
            booth=booth, material=strange, n=1, stamp=Stamp("x"), by=li_min, now=now
        ),
        CardGivenAlready: lambda: give_card(booth=booth, serial=" 1", stamp=Stamp("2"), by=li_min, now=now),
        CardUnknown: lambda: asked(booth, li_min, now, "x", card="999"),
        TakenBackAlready: lambda: take_back(
            booth=booth, what="reception", entry_id=over.pk, by=li_min, now=now
        ),
        NotToBeTakenBack: lambda: take_back(
            booth=booth, what="reception", entry_id=old.pk, by=cast.he_jing, now=now + timedelta(days=2)
        ),
    }


@pytest.mark.parametrize(
    "refusal",
    [
        *(
            NotAtThisBooth,
            DayOfHistory,
            NotYetTheDay,
            NotACount,
            SameKeyOtherBody,
            NeedsWords,
            NotOfThisBooth,
        ),
        *(CardGivenAlready, CardUnknown, TakenBackAlready, NotToBeTakenBack),
    ],
)
def test_what_may_not_be_at_a_booth_is_refused_in_words(
    booth: Booth, leaflet: Material, cast: Cast, now: datetime, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal) as refused:
        _refused(booth, leaflet, cast, now)[refusal]()
    assert str(refused.value)


def test_a_recorded_question_is_not_taken_back(booth: Booth, cast: Cast, now: datetime, web_as: As) -> None:
    with web_as(cast.li_min):
        reception = asked(booth, cast.li_min, now, "q")
    with pytest.raises(NotToBeTakenBack, match="owed an answer"):
        take_back(booth=booth, what="reception", entry_id=reception.pk, by=cast.li_min, now=now)


def test_the_database_keeps_an_entry_as_it_was_written(booth: Booth, cast: Cast, now: datetime) -> None:
    entry = visits(booth, 2, cast.li_min, now, "a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Reception.objects.filter(pk=entry.pk).update(people_value=3)
    take_back(booth=booth, what="reception", entry_id=entry.pk, by=cast.li_min, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reception.objects.filter(pk=entry.pk).update(taken_back_at=None, taken_back_by=None)


def test_the_database_refuses_an_entry_that_names_nobody(booth: Booth, now: datetime) -> None:
    with pytest.raises(IntegrityError, match="issue_entered_whole"), transaction.atomic():
        HotIssue.objects.create(district=booth.district, booth=booth, words="停车难", recorded_at=now)
