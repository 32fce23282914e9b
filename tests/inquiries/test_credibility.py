"""Signals of every way to game the promise, each shown by the act that it names and by no other."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bureaus.services.calendar import calendar_for
from inquiries.figures import CannotAsk, Measured, Period, Query
from inquiries.figures.credibility import (
    SIGNALS,
    Lag,
    Lagged,
    Shown,
    read_signal,
    recording_lag,
    rule_edits,
    signalled_inquiries,
)
from inquiries.models import Inquiry, RuleBook
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.closing import rate_answer
from inquiries.services.contacting import ask_citizen, log_citizen_reply
from inquiries.services.dispatching import decide_dispute, dispatch_inquiry, dispute_dispatch, return_inquiry
from inquiries.services.extending import ask_extension
from inquiries.services.merging import merge_inquiries
from inquiries.services.moving import decide_hand_over, offer_inquiry, reclassify_inquiry, sign_for
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MAY = Period(date(2026, 5, 1), date(2026, 6, 30))
ZHANG, LI = (CitizenGiven(name="张三", phone=f"1384000502{n}") for n in (1, 2))
LONG = AnswerGiven("explained", "请您携带本人身份证、户口簿到社区服务中心三号窗口办理。", "telephone")


def live(what: str, cast: Cast, ask: Ask, web_as: As, now: datetime) -> Inquiry:
    """Something odd happens, and the same in an ordinary way beside it; the odd one."""
    wu, li, tang = cast.wu_fang, cast.li_min, cast.tang_rui
    odd, plain = ask(citizen=ZHANG), ask(citizen=LI)

    def answered(inquiry: Inquiry, at: datetime, given: AnswerGiven = EXPLAINED) -> None:
        with web_as(li, at):
            answer_inquiry(inquiry.pk, given, by=li, now=at)

    if what == "last_hour":
        answered(odd, odd.due_at - 30 * MINUTE)
        answered(plain, odd.due_at - 2 * HOUR)
    elif what == "same_text":
        answered(odd, now + HOUR, LONG)
        answered(ask(citizen=LI), now + HOUR, LONG)
        answered(plain, now + HOUR)
    elif what == "nobody_contacted":
        for inquiry, contacted in ((odd, False), (plain, True)):
            answered(inquiry, now + HOUR)
            with web_as(wu, now + DAY):
                rate_answer(
                    inquiry.pk,
                    source="callback",
                    reached=True,
                    contacted_in_time=contacted,
                    by=wu,
                    now=now + DAY,
                )
    elif what == "asked_again_soon":
        for inquiry in (odd, plain):
            answered(inquiry, now + HOUR)
        ask(citizen=ZHANG, now=now + 5 * DAY)
    elif what == "recorded_late":
        odd = ask(asked_at=now - 3 * DAY)
    elif what in ("merged_late", "merged_across"):
        at = odd.due_at - (DAY if what == "merged_late" else 5 * DAY)
        lead = ask(citizen=ZHANG if what == "merged_late" else LI)
        with web_as(wu, at):
            merge_inquiries(odd.pk, into=lead.pk, by=wu, now=at)
        at = odd.due_at - 5 * DAY
        with web_as(wu, at):
            merge_inquiries(plain.pk, into=ask(citizen=LI).pk, by=wu, now=at)
    elif what == "awaited_citizen":
        with web_as(li, now):
            sign_for(odd.pk, by=li, now=now)
            ask_citizen(odd.pk, text="请补充", by=li, now=now)
            log_citizen_reply(odd.pk, text="补了", by=li, now=now + HOUR)
        for inquiry in (odd, plain):
            answered(inquiry, now + 2 * HOUR)
    elif what in ("handed_on", "there_and_back", "dispute_upheld"):
        odd, plain = (ask(by=wu, channel="web") for _ in range(2))
        with web_as(wu, now):
            for inquiry in (odd, plain):
                dispatch_inquiry(inquiry.pk, to=cast.culture, by=wu, now=now)
        if what == "handed_on":
            with web_as(cast.cao_lei, now):
                offer_inquiry(odd.pk, to=cast.civil, reason="请接", by=cast.cao_lei, now=now)
            with web_as(cast.sun_wei, now):
                decide_hand_over(odd.pk, accept=True, by=cast.sun_wei, now=now)
                answer_inquiry(odd.pk, EXPLAINED, by=cast.sun_wei, now=now)
        elif what == "there_and_back":
            for back, to in ((cast.cao_lei, cast.civil), (cast.sun_wei, cast.culture)):
                with web_as(back, now):
                    return_inquiry(odd.pk, reason="不归我们管", by=back, now=now)
                with web_as(wu, now):
                    dispatch_inquiry(odd.pk, to=to, by=wu, now=now)
            with web_as(cast.cao_lei, now):
                answer_inquiry(odd.pk, EXPLAINED, by=cast.cao_lei, now=now)
        else:
            for inquiry in (odd, plain):
                with web_as(cast.cao_lei, now):
                    dispute_dispatch(inquiry.pk, reason="不归我们管", by=cast.cao_lei, now=now)
                with web_as(wu, now):
                    decide_dispute(inquiry.pk, uphold=inquiry == odd, reason="据三定方案", by=wu, now=now)
        if what != "dispute_upheld":
            with web_as(cast.cao_lei, now):
                answer_inquiry(plain.pk, EXPLAINED, by=cast.cao_lei, now=now)
    elif what == "at_once_rush":
        ask(by=tang, answer=EXPLAINED)
        for _ in range(4):
            odd = ask(answer=EXPLAINED)
    elif what == "reclassified_late":
        for inquiry, at in ((odd, odd.due_at - HOUR), (plain, now + HOUR)):
            with web_as(wu, at):
                reclassify_inquiry(inquiry.pk, kind="help", urgency="ordinary", reason="更正", by=wu, now=at)
    elif what == "extended_late":
        for inquiry, at in ((odd, odd.due_at - 12 * HOUR), (plain, now + HOUR)):
            with web_as(li, at):
                ask_extension(inquiry.pk, days=2, reason="要现场勘察", by=li, now=at)
    elif what == "not_settled":
        answered(odd, now + HOUR, AnswerGiven("withdrawn", "撤回", "telephone"))
        with web_as(wu, now + 2 * HOUR):
            decide_draft(odd.pk, approve=True, by=wu, now=now + 2 * HOUR)
        answered(plain, now + HOUR)
    return odd


# Signals that an app above brings are shown by its own tests.
@pytest.mark.parametrize("code", [code for code in SIGNALS if code != "more_than_received"])
def test_a_signal_shows_what_it_names_and_nothing_beside_it(
    code: str, cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    odd = live(code, cast, ask, web_as, now)
    later = now + 30 * DAY
    query = Query(cast.district.pk, MAY, reader=cast.bai_lu)
    with web_as(cast.bai_lu, later):
        shown = read_signal(code, query, now=later)
        behind = list(signalled_inquiries(code, query, now=later))
    assert odd in behind
    assert sum(row.n for row in shown) == len(behind)
    assert sum(row.of for row in shown) > sum(row.n for row in shown)


def test_what_a_bureau_recorded_at_its_own_desk_and_got_back_went_there_and_back(
    cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    back, gone = ask(), ask()
    sun, cao = cast.sun_wei, cast.cao_lei
    for inquiry, by, to, taker in (
        (back, sun, cast.culture, cao),
        (gone, sun, cast.culture, cao),
        (back, cao, cast.civil, sun),
    ):
        with web_as(by, now):
            offer_inquiry(inquiry.pk, to=to, reason="请接", by=by, now=now)
        with web_as(taker, now):
            decide_hand_over(inquiry.pk, accept=True, by=taker, now=now)
    for inquiry, by in ((back, sun), (gone, cao)):
        with web_as(by, now):
            answer_inquiry(inquiry.pk, EXPLAINED, by=by, now=now)
    query = Query(cast.district.pk, MAY, reader=cast.bai_lu)
    with web_as(cast.bai_lu, now):
        assert list(signalled_inquiries("there_and_back", query, now=now)) == [back]
        assert sum(row.of for row in read_signal("there_and_back", query, now=now)) == 2


def test_signals_are_for_the_auditor_and_the_district(cast: Cast, web_as: As, now: datetime) -> None:
    for reader in (cast.sun_wei, cast.li_min, cast.xu_kai, None):
        with web_as(reader, now), pytest.raises(CannotAsk):
            read_signal("last_hour", Query(cast.district.pk, MAY, reader=reader), now=now)
    for reader in (cast.bai_lu, cast.zhou_ning, cast.wu_fang):
        with web_as(reader, now):
            assert read_signal("last_hour", Query(cast.district.pk, MAY, reader=reader), now=now) == ()


def test_a_signal_stands_beside_the_period_before_and_the_year_before(
    cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    for at, times in ((now, 3), (now - 30 * DAY, 2), (now.replace(year=2025), 1)):
        for _ in range(times):
            ask(now=at, asked_at=at - 5 * DAY)
        ask(now=at)
    with web_as(cast.bai_lu, now):
        shown = read_signal("recorded_late", Query(cast.district.pk, MAY, reader=cast.bai_lu), now=now)
    assert shown == (Shown(cast.relief.pk, 3, 4, Measured(2, 3), Measured(1, 2)),)


def test_recording_lag_is_told_by_channel(cast: Cast, ask: Ask, web_as: As, now: datetime) -> None:
    for lag in (0, 10, 30):
        ask(channel="card", asked_at=now - lag * MINUTE)
    # MAY ends with June: before it are March and April.
    ask(channel="card", now=now - 30 * DAY, asked_at=now - 30 * DAY - 7 * MINUTE)
    ask(channel="web", now=now.replace(year=2025))
    ask(channel="web")
    query = Query(cast.district.pk, MAY, reader=cast.bai_lu)
    with web_as(cast.bai_lu, now):
        lags = recording_lag(query, now=now)
    assert lags == (
        Lag("card", Lagged(3, 10, 30), Lagged(1, 7, 7), Lagged()),
        Lag("web", Lagged(1, 0, 0), Lagged(), Lagged(1, 0, 0)),
    )


def test_an_edit_of_the_rules_stands_beside_the_rule_before(
    cast: Cast, ask: Ask, web_as: As, now: datetime
) -> None:
    old = RuleBook.objects.get(district=cast.district)
    book = RuleBook.objects.create(
        district=cast.district, number=old.number + 1, made_at=now, by=cast.zhou_ning
    )
    for rule in old.rules.all():
        rule.pk, rule.book = None, book
        rule.amount = 30 if rule.kind == "consultation" else rule.amount
        rule.save(force_insert=True)
    inquiry = ask(now=now + HOUR)
    at = now + 20 * DAY
    with web_as(cast.li_min, at):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=at)
    query = Query(cast.district.pk, MAY, reader=cast.zhou_ning)
    with web_as(cast.zhou_ning, at):
        [edit] = rule_edits(query, now=at, calendar=calendar_for(cast.district.pk))
    assert (edit.by_id, edit.answered, edit.in_time, edit.in_time_before) == (cast.zhou_ning.pk, 1, 1, 0)
