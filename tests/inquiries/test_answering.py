"""Answering, approving, reopening, rating and filing, with every refusal."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from bureaus.services.calendar import calendar_for
from bureaus.services.posts import begin_tenure, open_post
from bureaus.services.refusals import NotAChoice, Refusal
from bureaus.workdays import local_date
from inquiries.models import Answer, Chase, Contact, Draft, Duty, Event, Inquiry, SetAside
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.chasing import chase_batch
from inquiries.services.closing import file_inquiry, rate_answer, reopen_inquiry
from inquiries.services.contacting import log_contact
from inquiries.services.dispatching import dispatch_inquiry, return_inquiry
from inquiries.services.merging import merge_inquiries
from inquiries.services.recording import CitizenGiven
from inquiries.services.remeasuring import file_settled, settled_answers
from inquiries.tasks import file_answered
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WITHDRAWN = AnswerGiven("withdrawn", "本人撤回。", "telephone")
CALLER = CitizenGiven(name="张三", phone="13840005021")


def answer(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime, given: AnswerGiven = EXPLAINED) -> object:
    with web_as(cast.li_min, now):
        return answer_inquiry(inquiry.pk, given, by=cast.li_min, now=now)


@pytest.fixture
def answered(ask: Ask, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    inquiry = ask()
    answer(inquiry, cast, web_as, now)
    inquiry.refresh_from_db()
    return inquiry


def test_an_answer_ends_the_chase(answered: Inquiry, now: datetime) -> None:
    assert (answered.state, answered.answered_at, answered.next_chase_at) == ("answered", now, None)
    assert Answer.objects.get(inquiry=answered).due_at == answered.due_at


def test_an_answer_without_signing_first_signs(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask(by=cast.wu_fang)
    with web_as(cast.wu_fang):
        dispatch_inquiry(inquiry.pk, to=cast.relief, by=cast.wu_fang, now=now)
    answer(inquiry, cast, web_as, now)
    assert not Duty.objects.filter(inquiry=inquiry, done_at=None).exists()


REFUSED: dict[str, tuple[AnswerGiven, type[Refusal]]] = {
    "without words": (AnswerGiven("explained", "  ", "telephone"), refusals.NeedsWords),
    "with an outcome nobody knows": (AnswerGiven("done", "x", "telephone"), refusals.NeedsOutcome),
    "by a way nobody knows": (AnswerGiven("explained", "x", "shouted"), NotAChoice),
    "as a disclosure, which it is not": (AnswerGiven("disclosed", "x", "letter"), refusals.NeedsOutcome),
    "with a plan but no day": (AnswerGiven("planned", "x", "telephone"), refusals.NeedsPromiseDay),
    "as one who could not be told, untried": (
        AnswerGiven("solved", "x", "could_not"),
        refusals.NeedsAttempts,
    ),
    "as unreachable, untried": (AnswerGiven("unreachable", "x", "telephone"), refusals.NeedsAttempts),
}


@pytest.mark.parametrize("how", REFUSED)
def test_an_inquiry_is_not_answered(how: str, ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    given, refusal = REFUSED[how]
    inquiry = ask()
    with pytest.raises(refusal):
        answer(inquiry, cast, web_as, now, given)
    inquiry.refresh_from_db()
    assert (inquiry.answered_at, inquiry.version) == (None, 1)


def test_a_plan_for_yesterday_is_no_promise(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    yesterday = AnswerGiven("planned", "x", "telephone", promised_on=(now - DAY).date())
    with pytest.raises(refusals.NeedsPromiseDay):
        answer(ask(), cast, web_as, now, yesterday)


def test_a_promise_is_owed_itself(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    answer(inquiry, cast, web_as, now, AnswerGiven("planned", "x", "letter", promised_on=(now + DAY).date()))
    duty = Duty.objects.get(inquiry=inquiry, kind="promise")
    assert duty.due_at.astimezone(now.tzinfo) == datetime(2026, 5, 22, tzinfo=now.tzinfo)
    assert duty.next_chase_at is not None


def test_three_logged_attempts_let_it_be_said_that_nobody_was_reached(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    with web_as(cast.li_min):
        for _ in range(3):
            log_contact(inquiry.pk, what=Contact.What.NOT_REACHED, by=cast.li_min, now=now)
    answer(inquiry, cast, web_as, now, AnswerGiven("solved", "x", "could_not"))
    assert Answer.objects.filter(inquiry=inquiry).exists()
    with web_as(cast.wu_fang):
        reopen_inquiry(inquiry.pk, reason="又坏了", by=cast.wu_fang, now=now)
    with pytest.raises(refusals.NeedsAttempts):
        answer(inquiry, cast, web_as, now, AnswerGiven("solved", "x", "could_not"))


def test_a_second_answer_is_refused(answered: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with pytest.raises(refusals.AlreadyAnswered):
        answer(answered, cast, web_as, now)


def test_who_saw_an_older_version_is_told_who_was_first(
    answered: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.ChangedMeanwhile, match=r"李敏.*answered"):
        answer_inquiry(answered.pk, EXPLAINED, by=cast.li_min, now=now, seen=1)


def test_an_outcome_that_settles_nothing_waits_for_an_approver_outside(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    assert isinstance(answer(inquiry, cast, web_as, now, WITHDRAWN), Draft)
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.answered_at) == ("in_hand", None)
    assert inquiry.next_chase_at is not None
    assert Duty.objects.get(inquiry=inquiry, kind="approval").place == cast.district


@pytest.mark.parametrize("inside", ["li_min", "he_jing", "sun_wei"])
def test_nobody_inside_approves_it(inside: str, ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    answer(inquiry, cast, web_as, now, WITHDRAWN)
    by = getattr(cast, inside)
    with web_as(by), pytest.raises(refusals.NotYours):
        decide_draft(inquiry.pk, approve=True, by=by, now=now)


def test_the_district_approves_it(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    answer(inquiry, cast, web_as, now, WITHDRAWN)
    with web_as(cast.wu_fang):
        decide_draft(inquiry.pk, approve=True, by=cast.wu_fang, now=now)
    found = Answer.objects.get(inquiry=inquiry)
    assert (found.answered_by, found.approved_by) == (cast.li_min, cast.wu_fang)


def test_a_draft_refused_needs_a_reason_and_goes_back(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    answer(inquiry, cast, web_as, now, WITHDRAWN)
    with web_as(cast.wu_fang), pytest.raises(refusals.NeedsReason):
        decide_draft(inquiry.pk, approve=False, by=cast.wu_fang, now=now)
    with web_as(cast.wu_fang):
        decide_draft(inquiry.pk, approve=False, reason="再核实", by=cast.wu_fang, now=now)
        with pytest.raises(refusals.NotInThisState):
            decide_draft(inquiry.pk, approve=True, by=cast.wu_fang, now=now)
    answer(inquiry, cast, web_as, now, WITHDRAWN)
    assert Draft.objects.filter(inquiry=inquiry).count() == 2


def test_nobody_approves_an_own_draft(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask(by=cast.wu_fang)
    with web_as(cast.wu_fang):
        answer_inquiry(inquiry.pk, WITHDRAWN, by=cast.wu_fang, now=now)
        with pytest.raises(refusals.NotYours):
            decide_draft(inquiry.pk, approve=True, by=cast.wu_fang, now=now)


def test_an_answer_takes_back_the_draft_before_it(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    answer(inquiry, cast, web_as, now, WITHDRAWN)
    answer(inquiry, cast, web_as, now)
    assert not Draft.objects.filter(inquiry=inquiry, decided_at=None).exists()
    with web_as(cast.wu_fang):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.wu_fang, now=now)
    assert isinstance(answer(inquiry, cast, web_as, now, WITHDRAWN), Draft)


def test_a_returned_inquiry_leaves_no_draft_to_approve(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask()
    answer(inquiry, cast, web_as, now, WITHDRAWN)
    with web_as(cast.li_min):
        return_inquiry(inquiry.pk, reason="不归我们管", by=cast.li_min, now=now)
    assert list(Duty.objects.open().filter(inquiry=inquiry).values_list("kind", flat=True)) == ["dispatch"]
    with web_as(cast.zhou_ning), pytest.raises(refusals.NotInThisState):
        decide_draft(inquiry.pk, approve=True, by=cast.zhou_ning, now=now)


def test_riders_are_answered_with_their_lead(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=CALLER)
    with web_as(cast.sun_wei):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.sun_wei, now=now)
    answer(lead, cast, web_as, now)
    rider.refresh_from_db()
    assert (rider.state, rider.answered_at) == ("answered", now)
    assert Answer.objects.get(inquiry=rider).due_at == rider.due_at


def test_a_rider_is_not_answered_alone(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=CALLER)
    with web_as(cast.sun_wei):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.sun_wei, now=now)
    with pytest.raises(refusals.Rides):
        answer(rider, cast, web_as, now)


def test_reopening_keeps_the_due_and_counts_chases_anew(
    ask: Ask, cast: Cast, web_as: As, clock: As, now: datetime
) -> None:
    inquiry = ask()
    due_at, later = inquiry.due_at, now + 9 * DAY
    with clock():
        chase_batch(Inquiry, now=later)
    answer(inquiry, cast, web_as, later)
    with web_as(cast.wu_fang, later):
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.wu_fang, now=later)
    inquiry.refresh_from_db()
    assert (inquiry.due_at, inquiry.round, inquiry.state) == (due_at, 2, "assigned")
    assert (inquiry.chase_number, inquiry.chase_step) == (0, -1)
    assert inquiry.next_chase_at is not None
    with clock():
        chase_batch(Inquiry, now=inquiry.next_chase_at)
    assert list(Chase.objects.filter(inquiry=inquiry).order_by("pk").values_list("round", "number")) == [
        (1, 1),
        (2, 1),
    ]


def test_reopening_needs_an_answer_and_a_reason(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.wu_fang), pytest.raises(refusals.NotAnswered):
        reopen_inquiry(inquiry.pk, reason="x", by=cast.wu_fang, now=now)
    answer(inquiry, cast, web_as, now)
    with web_as(cast.wu_fang), pytest.raises(refusals.NeedsReason):
        reopen_inquiry(inquiry.pk, reason=" ", by=cast.wu_fang, now=now)


def test_a_rider_reopens_alone(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=CALLER)
    with web_as(cast.sun_wei):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.sun_wei, now=now)
    answer(lead, cast, web_as, now)
    with web_as(cast.wu_fang):
        reopen_inquiry(rider.pk, reason="没有解决", by=cast.wu_fang, now=now)
    for inquiry in (lead, rider):
        inquiry.refresh_from_db()
    assert (lead.state, rider.state, rider.merged_into_id) == ("answered", "assigned", None)


def test_what_the_district_answered_and_is_reopened_can_be_dispatched(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang)
    with web_as(cast.wu_fang):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.wu_fang, now=now)
        reopen_inquiry(inquiry.pk, reason="没有解决", by=cast.wu_fang, now=now)
        dispatch_inquiry(inquiry.pk, to=cast.civil, by=cast.wu_fang, now=now)
    inquiry.refresh_from_db()
    assert (inquiry.holder, inquiry.state) == (cast.civil, "assigned")


def test_dissatisfied_reopens(answered: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        rate_answer(
            answered.pk,
            source="callback",
            reached=True,
            satisfaction="dissatisfied",
            by=cast.wu_fang,
            now=now,
        )
    answered.refresh_from_db()
    assert (answered.state, answered.round) == ("assigned", 2)


def test_a_citizen_who_was_not_reached_has_no_opinion(
    answered: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        rating = rate_answer(
            answered.pk,
            source="callback",
            reached=False,
            satisfaction="dissatisfied",
            solved=True,
            by=cast.wu_fang,
            now=now,
        )
    answered.refresh_from_db()
    assert (rating.satisfaction, rating.solved, answered.state) == ("", None, "answered")


def test_only_an_answer_is_rated(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.wu_fang), pytest.raises(refusals.NotAnswered):
        rate_answer(inquiry.pk, source="callback", reached=True, by=cast.wu_fang, now=now)


def test_the_answering_bureau_does_not_ask_about_itself(
    answered: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.sun_wei), pytest.raises(refusals.NotYours):
        rate_answer(answered.pk, source="callback", reached=True, by=cast.sun_wei, now=now)


def test_an_answer_is_filed_after_ten_working_days(
    answered: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    # 3 June is the tenth working day after 20 May 2026.
    with web_as(cast.wu_fang, now + 13 * DAY), pytest.raises(refusals.NotInThisState):
        file_inquiry(answered.pk, by=cast.wu_fang, now=now + 13 * DAY)
    with web_as(cast.wu_fang, now + 14 * DAY):
        file_inquiry(answered.pk, by=cast.wu_fang, now=now + 14 * DAY)
    answered.refresh_from_db()
    assert answered.state == "filed"


def test_an_answer_is_filed_as_soon_as_it_is_rated(
    answered: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        rate_answer(
            answered.pk, source="callback", reached=True, satisfaction="satisfied", by=cast.wu_fang, now=now
        )
        file_inquiry(answered.pk, by=cast.wu_fang, now=now)
        with pytest.raises(refusals.NotInThisState):
            file_inquiry(answered.pk, by=cast.wu_fang, now=now)


def test_what_is_not_answered_is_not_filed(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    inquiry = ask()
    with web_as(cast.wu_fang), pytest.raises(refusals.NotAnswered):
        file_inquiry(inquiry.pk, by=cast.wu_fang, now=now + 99 * DAY)


def file_what_is_settled(cast: Cast, now: datetime) -> int:
    return file_settled(settled_answers(district=cast.district, now=now), now=now)


def test_an_answer_is_settled_on_the_tenth_working_day_after_it_and_no_day_earlier(
    ask: Ask, cast: Cast, web_as: As, clock: As, now: datetime
) -> None:
    inquiry = ask()
    answer(inquiry, cast, web_as, now)
    tenth = calendar_for(cast.district.pk).shift(local_date(now), 10)
    with clock():
        for day in range(1, 20):
            at = now + day * DAY
            settled = settled_answers(district=cast.district, now=at)
            assert settled == ([inquiry.pk] if local_date(at) >= tenth else [])


def test_the_clock_files_what_was_rated_and_what_is_old_and_leaves_the_rest(
    ask: Ask, cast: Cast, web_as: As, clock: As, now: datetime
) -> None:
    old, rated, fresh = ask(), ask(), ask()
    answer(old, cast, web_as, now)
    later = now + 14 * DAY
    for inquiry in (rated, fresh):
        answer(inquiry, cast, web_as, later - DAY)
    with web_as(cast.wu_fang):
        rate_answer(rated.pk, source="callback", reached=True, by=cast.wu_fang, now=later)
        rate_answer(fresh.pk, source="callback", reached=False, by=cast.wu_fang, now=later)
    with clock():
        assert file_what_is_settled(cast, later) == 2
        assert file_what_is_settled(cast, later) == 0
    assert [Inquiry.objects.get(pk=each.pk).state for each in (old, rated, fresh)] == [
        "filed",
        "filed",
        "answered",
    ]


def test_batches_of_what_cannot_be_filed_stop_nothing_behind_them(ask: Ask, cast: Cast, web_as: As) -> None:
    at = timezone.now() - 40 * DAY
    *broken, sound = (ask(now=at) for _ in range(6))
    for number, inquiry in enumerate((*broken, sound)):
        answer(inquiry, cast, web_as, at + number * DAY / 24)
    for inquiry in broken:
        inquiry.refresh_from_db()
        given = {"seq": inquiry.event_count + 1, "code": "contacted", "at": at, "hash": b"", "codes": {}}
        # An event that it does not know of has the number of its next.
        Event.objects.create(inquiry=inquiry, district=cast.district, **given)
    assert file_answered(batch=2) == 1
    sound.refresh_from_db()
    assert sound.state == "filed"
    assert SetAside.objects.count() == len(broken)


def test_an_answer_that_cannot_be_filed_stops_no_other(
    ask: Ask, cast: Cast, web_as: As, clock: As, now: datetime
) -> None:
    broken, sound = ask(), ask()
    for inquiry in (broken, sound):
        answer(inquiry, cast, web_as, now)
    events = Inquiry.objects.get(pk=broken.pk).event_count
    # An event that it does not know of has the number of its next.
    Event.objects.create(
        inquiry=broken, district=cast.district, seq=events + 1, code="contacted", at=now, hash=b"", codes={}
    )
    later = now + 14 * DAY
    with clock():
        assert file_what_is_settled(cast, later) == 1
        aside = SetAside.objects.get(inquiry=broken)
        assert file_what_is_settled(cast, aside.retry_at - DAY / 86400) == 0
        assert SetAside.objects.get(inquiry=broken).tries == 1
    Inquiry.objects.filter(pk=broken.pk).update(event_count=events + 1)
    with clock():
        assert file_what_is_settled(cast, aside.retry_at) == 1
    assert not SetAside.objects.exists()


def test_whoever_calls_back_for_the_district_does_not_ask_about_an_answer_of_the_own_bureau(
    answered: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    # She holds a post at the bureau that answered, too.
    post = open_post(place=cast.civil, role="liaison", title="联络员", by=None, now=now)
    begin_tenure(post=post, officer=cast.wu_fang, from_on=date(2024, 1, 2), by=None, now=now)
    with web_as(cast.wu_fang), pytest.raises(refusals.SameSide):
        rate_answer(answered.pk, source="callback", reached=True, by=cast.wu_fang, now=now)
