"""What happens on the way, with every refusal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bureaus.services.calendar import calendar_for
from inquiries.models import Contact, Duty, Inquiry, Pen, SetAside, Sight
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.contacting import (
    ask_again,
    ask_citizen,
    chase_by_hand,
    log_citizen_reply,
    log_contact,
)
from inquiries.services.dispatching import return_inquiry
from inquiries.services.extending import ask_extension, decide_extension
from inquiries.services.merging import merge_inquiries, unmerge_inquiry
from inquiries.services.moving import (
    answer_duty,
    ask_assist,
    decide_hand_over,
    offer_inquiry,
    reassign_inquiry,
    reclassify_inquiry,
    sign_for,
)
from inquiries.services.recording import CitizenGiven
from inquiries.services.remeasuring import Granted, due_again
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CALLER = CitizenGiven(name="张三", phone="13840005021")
OTHER = CitizenGiven(name="李四", phone="13840005022")


@pytest.fixture
def inquiry(ask: Ask) -> Inquiry:
    """Li Min's, to be signed for."""
    return ask(citizen=CALLER)


def sign(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min, now):
        sign_for(inquiry.pk, by=cast.li_min, now=now)


def test_it_is_signed_for_once(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    sign(inquiry, cast, web_as, now)
    inquiry.refresh_from_db()
    assert inquiry.state == "in_hand"
    with pytest.raises(refusals.NotInThisState):
        sign(inquiry, cast, web_as, now)


def test_it_is_reassigned_inside_the_bureau_only(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.NowhereToGo):
        reassign_inquiry(inquiry.pk, to=cast.culture, post=None, by=cast.li_min, now=now)
    with web_as(cast.li_min), pytest.raises(refusals.NowhereToGo):
        reassign_inquiry(inquiry.pk, to=cast.civil, post=cast.post(cast.li_min), by=cast.li_min, now=now)
    with web_as(cast.sun_wei):
        reassign_inquiry(inquiry.pk, to=cast.civil, post=cast.post(cast.feng_bo), by=cast.sun_wei, now=now)
    inquiry.refresh_from_db()
    assert (inquiry.holder, inquiry.post) == (cast.civil, cast.post(cast.feng_bo))


def offer(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime, **given: Any) -> None:
    given = {"to": cast.culture, "reason": "归口", "by": cast.sun_wei, **given}
    with web_as(given["by"], now):
        offer_inquiry(inquiry.pk, now=now, **given)


def accept(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime, **given: Any) -> None:
    given = {"accept": True, "by": cast.cao_lei, **given}
    with web_as(given["by"], now):
        decide_hand_over(inquiry.pk, now=now, **given)
    inquiry.refresh_from_db()


def test_a_hand_over_not_accepted_stays_where_it_is(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    offer(inquiry, cast, web_as, now)
    inquiry.refresh_from_db()
    assert (inquiry.holder, inquiry.hops) == (cast.relief, 0)
    assert inquiry.next_chase_at is not None
    with pytest.raises(refusals.DutyOpenAlready):
        offer(inquiry, cast, web_as, now)
    with pytest.raises(refusals.NeedsReason):
        accept(inquiry, cast, web_as, now, accept=False)
    accept(inquiry, cast, web_as, now, accept=False, reason="不归我们管")
    assert (inquiry.holder, inquiry.hops) == (cast.relief, 0)


def test_who_accepts_leads_and_nothing_resets_the_clock(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    due_at = inquiry.due_at
    offer(inquiry, cast, web_as, now)
    accept(inquiry, cast, web_as, now + DAY)
    assert (inquiry.holder, inquiry.hops, inquiry.due_at) == (cast.culture, 1, due_at)
    assert not Duty.objects.open().filter(inquiry=inquiry, kind="hand_over").exists()


def test_only_the_receiver_accepts(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    offer(inquiry, cast, web_as, now)
    with pytest.raises(refusals.NotYours):
        accept(inquiry, cast, web_as, now, by=cast.sun_wei)


def test_the_third_hand_over_is_refused(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    offer(inquiry, cast, web_as, now)
    accept(inquiry, cast, web_as, now)
    offer(inquiry, cast, web_as, now, by=cast.cao_lei, to=cast.civil)
    accept(inquiry, cast, web_as, now, by=cast.sun_wei)
    with pytest.raises(refusals.TooManyHops):
        offer(inquiry, cast, web_as, now)


def test_a_hand_over_goes_to_another_bureau_with_a_reason(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    for nowhere in (cast.civil, cast.district, cast.elsewhere):
        with pytest.raises(refusals.NowhereToGo):
            offer(inquiry, cast, web_as, now, to=nowhere)
    with pytest.raises(refusals.NeedsReason):
        offer(inquiry, cast, web_as, now, reason="")


def extend(
    inquiry: Inquiry, cast: Cast, web_as: As, at: datetime, days: int = 5, reason: str = "勘察"
) -> None:
    with web_as(cast.li_min, at):
        ask_extension(inquiry.pk, days=days, reason=reason, by=cast.li_min, now=at)


def test_the_first_extension_is_the_heads_and_the_second_the_directors(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    first_due = inquiry.due_at
    for right, wrong in ((cast.sun_wei, cast.he_jing), (cast.zhou_ning, cast.sun_wei)):
        extend(inquiry, cast, web_as, now)
        with web_as(wrong), pytest.raises(refusals.NotYours):
            decide_extension(inquiry.pk, grant=True, by=wrong, now=now)
        before = inquiry.due_at
        with web_as(right):
            decide_extension(inquiry.pk, grant=True, by=right, now=now)
        inquiry.refresh_from_db()
        assert inquiry.due_at > before
    assert (inquiry.original_due_at, inquiry.extensions) == (first_due, 2)
    with pytest.raises(refusals.NoExtensionLeft):
        extend(inquiry, cast, web_as, now)


def test_an_extension_is_asked_before_the_due_and_never_after(
    inquiry: Inquiry, cast: Cast, web_as: As
) -> None:
    with pytest.raises(refusals.ExtensionTooLate):
        extend(inquiry, cast, web_as, inquiry.due_at)
    extend(inquiry, cast, web_as, inquiry.due_at - timedelta(seconds=1))


def test_an_extension_needs_a_reason_and_no_more_than_the_rule_gives(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with pytest.raises(refusals.NeedsReason):
        extend(inquiry, cast, web_as, now, reason=" ")
    with pytest.raises(refusals.NoExtensionLeft):
        extend(inquiry, cast, web_as, now, days=6)
    extend(inquiry, cast, web_as, now)
    with pytest.raises(refusals.DutyOpenAlready):
        extend(inquiry, cast, web_as, now)


def test_a_refused_extension_needs_a_reason_and_moves_nothing(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    due_at = inquiry.due_at
    with web_as(cast.sun_wei), pytest.raises(refusals.NotInThisState):
        decide_extension(inquiry.pk, grant=False, by=cast.sun_wei, now=now)
    extend(inquiry, cast, web_as, now)
    with web_as(cast.sun_wei), pytest.raises(refusals.NeedsReason):
        decide_extension(inquiry.pk, grant=False, by=cast.sun_wei, now=now)
    with web_as(cast.sun_wei):
        decide_extension(inquiry.pk, grant=False, reason="来得及", by=cast.sun_wei, now=now)
    inquiry.refresh_from_db()
    assert (inquiry.due_at, inquiry.extensions) == (due_at, 0)


def test_a_place_that_gave_it_back_extends_it_no_more(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    extend(inquiry, cast, web_as, now)
    with web_as(cast.li_min):
        return_inquiry(inquiry.pk, reason="不归我们管", by=cast.li_min, now=now)
    with web_as(cast.sun_wei), pytest.raises(refusals.NotInThisState):
        decide_extension(inquiry.pk, grant=True, by=cast.sun_wei, now=now)


def test_waiting_for_the_citizen_stops_no_clock(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    sign(inquiry, cast, web_as, now)
    chased_at = inquiry.next_chase_at
    with web_as(cast.li_min), pytest.raises(refusals.NeedsWords):
        ask_citizen(inquiry.pk, text="", by=cast.li_min, now=now)
    with web_as(cast.li_min):
        ask_citizen(inquiry.pk, text="请补户口本", by=cast.li_min, now=now)
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.next_chase_at) == ("awaiting_citizen", chased_at)
    assert Duty.objects.open().filter(inquiry=inquiry, kind="citizen_reply").exists()
    with web_as(cast.li_min):
        log_citizen_reply(inquiry.pk, text="补了", by=cast.li_min, now=now)
    inquiry.refresh_from_db()
    assert inquiry.state == "in_hand"
    assert not Duty.objects.open().filter(inquiry=inquiry, kind="citizen_reply").exists()


def merge(rider: Inquiry, lead: Inquiry, cast: Cast, web_as: As, now: datetime, by: str = "sun_wei") -> None:
    officer = getattr(cast, by)
    with web_as(officer, now):
        merge_inquiries(rider.pk, into=lead.pk, by=officer, now=now)


def test_the_lead_takes_the_earliest_due_and_the_rider_keeps_its_own(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=CALLER, asked_at=now - 3 * DAY)
    due_at = rider.due_at
    assert due_at < lead.due_at
    merge(rider, lead, cast, web_as, now)
    for one in (lead, rider):
        one.refresh_from_db()
    assert (lead.due_at, rider.due_at, rider.next_chase_at) == (due_at, due_at, None)


def test_an_inquiry_is_not_merged_into_itself_or_a_rider(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    one, two, three = (ask(citizen=CALLER) for _ in range(3))
    with pytest.raises(refusals.NotInThisState):
        merge(one, one, cast, web_as, now)
    merge(two, one, cast, web_as, now)
    with pytest.raises(refusals.LeadRides):
        merge(three, two, cast, web_as, now)
    with pytest.raises(refusals.HasRiders):
        merge(one, three, cast, web_as, now)
    with pytest.raises(refusals.Rides):
        merge(two, three, cast, web_as, now)


def test_two_citizens_are_merged_by_the_district_alone(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=OTHER)
    with pytest.raises(refusals.NotTheSame):
        merge(rider, lead, cast, web_as, now)
    merge(rider, lead, cast, web_as, now, by="wu_fang")
    rider.refresh_from_db()
    assert rider.merged_into == lead


def test_an_unmerged_rider_is_chased_again(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=CALLER)
    with web_as(cast.sun_wei), pytest.raises(refusals.NotInThisState):
        unmerge_inquiry(rider.pk, reason="x", by=cast.sun_wei, now=now)
    merge(rider, lead, cast, web_as, now)
    with web_as(cast.sun_wei), pytest.raises(refusals.NeedsReason):
        unmerge_inquiry(rider.pk, reason="", by=cast.sun_wei, now=now)
    with web_as(cast.sun_wei):
        unmerge_inquiry(rider.pk, reason="另一件事", by=cast.sun_wei, now=now)
    rider.refresh_from_db()
    assert rider.merged_into is None
    assert rider.next_chase_at is not None


def test_only_the_district_eases_a_due(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    due_at = inquiry.due_at
    later: dict[str, Any] = {"kind": "help", "urgency": "ordinary", "reason": "更正", "now": now}
    with web_as(cast.sun_wei), pytest.raises(refusals.CannotEaseDue):
        reclassify_inquiry(inquiry.pk, by=cast.sun_wei, **later)
    with web_as(cast.sun_wei), pytest.raises(refusals.NeedsReason):
        reclassify_inquiry(inquiry.pk, by=cast.sun_wei, **later | {"reason": " "})
    with web_as(cast.wu_fang):
        reclassify_inquiry(inquiry.pk, by=cast.wu_fang, **later)
    inquiry.refresh_from_db()
    assert inquiry.due_at > due_at
    assert inquiry.original_due_at == due_at


def test_what_turns_out_a_tip_off_is_sealed(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        reclassify_inquiry(
            inquiry.pk, kind="tip_off", urgency="ordinary", reason="是举报", by=cast.wu_fang, now=now
        )
    with web_as(cast.he_jing):
        assert not Inquiry.objects.filter(pk=inquiry.pk).exists()
    with web_as(cast.zhou_ning):
        assert Inquiry.objects.filter(pk=inquiry.pk).exists()


def test_an_assist_is_owed_by_the_other_place_and_the_answer_by_the_lead(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min):
        duty = ask_assist(
            inquiry.pk, of=cast.culture, request="提供名单", due_at=now + DAY, by=cast.li_min, now=now
        )
    with web_as(cast.tang_rui), pytest.raises(refusals.NeedsWords):
        answer_duty(duty.pk, reply=" ", by=cast.tang_rui, now=now)
    with web_as(cast.ma_chao), pytest.raises(Duty.DoesNotExist):
        answer_duty(duty.pk, reply="x", by=cast.ma_chao, now=now)
    with web_as(cast.tang_rui):
        answer_duty(duty.pk, reply="名单附后", by=cast.tang_rui, now=now)
        with pytest.raises(refusals.DutyDone):
            answer_duty(duty.pk, reply="x", by=cast.tang_rui, now=now)
    inquiry.refresh_from_db()
    assert (inquiry.holder, inquiry.answered_at) == (cast.relief, None)


def test_what_ends_by_its_own_act_is_not_ended_by_a_note(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    inquiry = ask(by=cast.wu_fang)
    duty = Duty.objects.get(inquiry=inquiry)
    with web_as(cast.wu_fang), pytest.raises(refusals.NotInThisState):
        answer_duty(duty.pk, reply="x", by=cast.wu_fang, now=now)


def test_a_contact_moves_nothing(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    before = (inquiry.state, inquiry.next_chase_at, inquiry.due_at)
    with web_as(cast.li_min):
        log_contact(inquiry.pk, what="interim", text="正在核实", by=cast.li_min, now=now)
        for what, text in (("interim", " "), ("asked_again", "x")):
            with pytest.raises(refusals.NeedsWords):
                log_contact(inquiry.pk, what=what, text=text, by=cast.li_min, now=now)
        for what, number in (("emergency", ""), ("emergency", "12345"), ("note", "119")):
            with pytest.raises(refusals.NotAnEmergencyNumber):
                log_contact(inquiry.pk, what=what, text="转119", number=number, by=cast.li_min, now=now)
        log_contact(inquiry.pk, what="emergency", text="闻到燃气味", number="119", by=cast.li_min, now=now)
    assert Contact.objects.filter(inquiry=inquiry, what="emergency").get().text == "119：闻到燃气味"
    inquiry.refresh_from_db()
    assert (inquiry.state, inquiry.next_chase_at, inquiry.due_at) == before


def test_a_telephone_chase_says_whom(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        with pytest.raises(refusals.NeedsWords):
            chase_by_hand(inquiry.pk, whom=" ", promised="明天", by=cast.wu_fang, now=now)
        chase_by_hand(inquiry.pk, whom="李敏", promised="明天答复", by=cast.wu_fang, now=now)
    assert Contact.objects.get(inquiry=inquiry).text == "李敏：明天答复"


def test_nobody_asks_again_about_what_is_answered_or_rides(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    lead, rider = ask(citizen=CALLER), ask(citizen=CALLER)
    merge(rider, lead, cast, web_as, now)
    with web_as(cast.li_min), pytest.raises(refusals.NotInThisState):
        ask_again(rider.pk, text="又来问", by=cast.li_min, now=now)


def test_two_bureaus_are_not_asked_to_take_it_at_once(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    offer(inquiry, cast, web_as, now)
    with pytest.raises(refusals.DutyOpenAlready):
        offer(inquiry, cast, web_as, now, to=cast.streets)
    accept(inquiry, cast, web_as, now, accept=False, reason="不归我们管")
    offer(inquiry, cast, web_as, now, to=cast.streets)


def test_a_hand_over_is_accepted_while_the_citizen_is_asked(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    sign(inquiry, cast, web_as, now)
    offer(inquiry, cast, web_as, now)
    with web_as(cast.li_min):
        ask_citizen(inquiry.pk, text="请补户口本", by=cast.li_min, now=now)
    accept(inquiry, cast, web_as, now)
    assert (inquiry.holder, inquiry.state) == (cast.culture, "assigned")


def test_a_draft_keeps_the_pen_with_its_approver_whatever_the_citizen_is_asked(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    sign(inquiry, cast, web_as, now)
    with web_as(cast.li_min):
        withdrawn = AnswerGiven("withdrawn", "本人撤回。", "telephone")
        answer_inquiry(inquiry.pk, withdrawn, by=cast.li_min, now=now)
        ask_citizen(inquiry.pk, text="是本人吗？", by=cast.li_min, now=now)
        log_citizen_reply(inquiry.pk, text="是", by=cast.li_min, now=now)
    pen = Pen.objects.get(inquiry=inquiry, until_at=None)
    assert (pen.part, pen.place) == ("approver", cast.district)


def test_nobody_asks_the_holder_itself_to_assist(
    inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(refusals.NowhereToGo):
        ask_assist(inquiry.pk, of=cast.relief, request="x", due_at=now + DAY, by=cast.li_min, now=now)
    assert Sight.objects.get(inquiry=inquiry, place=cast.relief).reason == "holds"


TOO_LATE = {-1: refusals.DayPassed, 0: refusals.DayPassed, 400: refusals.TooFarAhead}


@pytest.mark.parametrize("days", TOO_LATE)
def test_assistance_is_owed_by_a_time_that_lies_ahead(
    days: int, inquiry: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.li_min), pytest.raises(TOO_LATE[days]):
        ask_assist(inquiry.pk, of=cast.culture, request="x", due_at=now + days * DAY, by=cast.li_min, now=now)


def test_the_auditor_finishes_no_duty(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.li_min):
        duty = ask_assist(inquiry.pk, of=cast.culture, request="x", due_at=now + DAY, by=cast.li_min, now=now)
    with web_as(cast.bai_lu), pytest.raises(refusals.NotYours):
        answer_duty(duty.pk, reply="x", by=cast.bai_lu, now=now)


def test_an_extension_lapses_with_its_rule(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> None:
    due_at = inquiry.due_at
    extend(inquiry, cast, web_as, now)
    with web_as(cast.sun_wei):
        decide_extension(inquiry.pk, grant=True, by=cast.sun_wei, now=now)
    extend(inquiry, cast, web_as, now)
    reclassify(inquiry, cast, web_as, now, urgency="urgent")
    with web_as(cast.zhou_ning), pytest.raises(refusals.NotInThisState):
        decide_extension(inquiry.pk, grant=True, by=cast.zhou_ning, now=now)
    inquiry.refresh_from_db()
    assert inquiry.due_at < due_at
    assert due_again(inquiry, calendar_for(cast.district.pk), Granted.to([inquiry])).due_at == inquiry.due_at


def reclassify(inquiry: Inquiry, cast: Cast, web_as: As, at: datetime, *, urgency: str) -> None:
    with web_as(cast.wu_fang, at):
        reclassify_inquiry(
            inquiry.pk, kind=inquiry.kind, urgency=urgency, reason="更正", by=cast.wu_fang, now=at
        )
    inquiry.refresh_from_db()


def test_in_another_ladder_it_goes_on_from_the_step_of_the_same_key_and_takes_none_twice(
    inquiry: Inquiry, cast: Cast, web_as: As, clock: As, now: datetime
) -> None:
    def pursue(*until: int) -> list[str]:
        for day in range(*until):
            with clock():
                chase_batch(Inquiry, now=now + day * DAY)
        steps = inquiry.chases.exclude(step=None).order_by("number")
        return list(steps.values_list("step_key", flat=True))

    climbed = pursue(0, 14)
    assert climbed == ["half_time", "day_before", "urge", "supervise"]
    reclassify(inquiry, cast, web_as, now + 14 * DAY, urgency="urgent")
    assert inquiry.chase_step == 2
    assert pursue(14, 40) == [*climbed, "circular_public"]
    reclassify(inquiry, cast, web_as, now + 40 * DAY, urgency="ordinary")
    pursue(40, 80)
    assert not SetAside.objects.exists()
