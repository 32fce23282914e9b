"""What rides on another is answered with it, wherever it is held, and stands whole again when it is taken out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from bureaus.models.scope import ALL_DISTRICTS, scope
from inquiries.models import Answer, Duty, Inquiry, Pen, Sight
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.closing import reopen_inquiry
from inquiries.services.contacting import ask_citizen
from inquiries.services.dispatching import dispatch_inquiry
from inquiries.services.merging import merge_inquiries, unmerge_inquiry
from inquiries.services.moving import decide_hand_over, offer_inquiry, reclassify_inquiry, sign_for
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask
from tests.inquiries.promises.conftest import refused_by

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CALLER = CitizenGiven(name="张三", phone="13840005021")


class Play:
    """Acts as officers do them through the web."""

    def __init__(self, cast: Cast, web_as: As, now: datetime) -> None:
        self.cast, self.web_as, self.now = cast, web_as, now

    def __call__(self, who: str, service: Any, inquiry: Inquiry, **given: Any) -> Any:
        by = getattr(self.cast, who)
        with self.web_as(by, self.now):
            done = service(inquiry.pk, by=by, now=self.now, **given)
        inquiry.refresh_from_db()
        return done

    def merge(self, who: str, rider: Inquiry, lead: Inquiry) -> None:
        self(who, merge_inquiries, rider, into=lead.pk)
        lead.refresh_from_db()

    def answer(self, who: str, inquiry: Inquiry) -> None:
        self(who, answer_inquiry, inquiry, given=EXPLAINED)


@pytest.fixture
def play(cast: Cast, web_as: As, now: datetime) -> Play:
    return Play(cast, web_as, now)


@pytest.fixture
def lead(ask: Ask) -> Inquiry:
    return ask(citizen=CALLER)


@pytest.fixture
def rider(ask: Ask, cast: Cast, play: Play, lead: Inquiry) -> Inquiry:
    """Held by another bureau, and merged by the district."""
    found = ask(by=cast.tang_rui, citizen=CALLER)
    play.merge("wu_fang", found, lead)
    return found


def test_a_rider_of_another_bureau_is_answered_with_its_lead(
    lead: Inquiry, rider: Inquiry, play: Play
) -> None:
    play.answer("li_min", lead)
    rider.refresh_from_db()
    assert (rider.state, rider.answered_at) == ("answered", play.now)


def test_a_rider_of_another_bureau_is_answered_by_whoever_takes_the_lead_over(
    lead: Inquiry, rider: Inquiry, play: Play, cast: Cast
) -> None:
    play("sun_wei", offer_inquiry, lead, to=cast.streets, reason="归口")
    play("ma_chao", decide_hand_over, lead, accept=True)
    play.answer("ma_chao", lead)
    rider.refresh_from_db()
    assert rider.answered_at is not None


def settle(*, of: Inquiry, **changes: Any) -> None:
    """The row is changed past the services, and every deferred check made."""
    Inquiry.objects.filter(pk=of.pk).update(**changes)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")


@pytest.mark.parametrize("role", ["bida_owner", "bida_worker"])
def test_no_lead_is_answered_without_its_riders(
    role: str, lead: Inquiry, rider: Inquiry, play: Play, cast: Cast
) -> None:
    answer = {
        "outcome": "explained",
        "text": "答复",
        "answered_at": play.now,
        "place": lead.holder,
        "told_how": "telephone",
        "due_at": lead.due_at,
        "logged_at": play.now,
    }
    district = cast.district.pk if role == "bida_web" else ALL_DISTRICTS
    with refused_by("inquiry_answered_with_its_lead"), scope(role=role, district=district):
        Answer.objects.create(inquiry=lead, round=1, **answer)
        Inquiry.objects.filter(pk=lead.pk).update(state="answered", answered_at=play.now, next_chase_at=None)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")


def test_nothing_is_made_to_ride_on_what_is_answered(lead: Inquiry, ask: Ask, play: Play) -> None:
    other = ask(citizen=CALLER)
    play.answer("li_min", lead)
    with pytest.raises(refusals.NotInThisState):
        play.merge("sun_wei", other, lead)
    with refused_by("inquiry_answered_with_its_lead"):
        settle(merged_into=lead, next_chase_at=None, of=other)


def test_what_a_rider_promised_before_stays_owed(ask: Ask, lead: Inquiry, play: Play) -> None:
    rider = ask(citizen=CALLER)
    planned = AnswerGiven("planned", "列入计划。", "telephone", promised_on=date(2026, 12, 1))
    play("li_min", answer_inquiry, rider, given=planned)
    play("wu_fang", reopen_inquiry, rider, reason="没有解决")
    play.merge("sun_wei", rider, lead)
    assert Duty.objects.open().get(inquiry=rider).kind == "promise"


def owed(inquiry: Inquiry) -> set[str]:
    return set(Duty.objects.open().filter(inquiry=inquiry).values_list("kind", flat=True))


def pen_of(inquiry: Inquiry) -> str:
    return Pen.objects.get(inquiry=inquiry, until_at=None).part


def test_a_rider_taken_out_is_dispatched_as_it_was_owed_before(ask: Ask, cast: Cast, play: Play) -> None:
    lead, rider = (ask(by=cast.wu_fang, citizen=CALLER) for _ in range(2))
    play.merge("wu_fang", rider, lead)
    assert owed(rider) == set()
    play("wu_fang", unmerge_inquiry, rider, reason="另一件事")
    assert (owed(rider), pen_of(rider)) == ({"dispatch"}, "dispatcher")


def test_a_rider_taken_out_is_signed_for_as_it_was_owed_before(
    ask: Ask, cast: Cast, lead: Inquiry, play: Play
) -> None:
    rider = ask(by=cast.wu_fang, citizen=CALLER)
    play("wu_fang", dispatch_inquiry, rider, to=cast.relief)
    play.merge("sun_wei", rider, lead)
    play("sun_wei", unmerge_inquiry, rider, reason="另一件事")
    assert (owed(rider), pen_of(rider)) == ({"sign_for"}, "handler")


def test_a_rider_taken_out_goes_on_waiting_for_the_citizen(ask: Ask, lead: Inquiry, play: Play) -> None:
    rider = ask(citizen=CALLER)
    play("li_min", sign_for, rider)
    play("li_min", ask_citizen, rider, text="请补户口本")
    due_at = Duty.objects.open().get(inquiry=rider, kind="citizen_reply").due_at
    play.merge("sun_wei", rider, lead)
    play("sun_wei", unmerge_inquiry, rider, reason="另一件事")
    assert pen_of(rider) == "citizen"
    assert Duty.objects.open().get(inquiry=rider, kind="citizen_reply").due_at == due_at


def test_a_lead_has_a_due_of_its_own_again(ask: Ask, lead: Inquiry, play: Play, now: datetime) -> None:
    due_at = lead.due_at
    rider = ask(citizen=CALLER, asked_at=now - 3 * DAY)
    play.merge("sun_wei", rider, lead)
    assert lead.due_at == rider.due_at < due_at
    play("sun_wei", unmerge_inquiry, rider, reason="另一件事")
    lead.refresh_from_db()
    assert lead.due_at == due_at


def test_another_bureau_does_not_take_apart_what_the_district_put_together(
    rider: Inquiry, play: Play
) -> None:
    with pytest.raises(refusals.NotTheSame):
        play("cao_lei", unmerge_inquiry, rider, reason="另一件事")
    play("wu_fang", unmerge_inquiry, rider, reason="另一件事")
    assert rider.next_chase_at is not None


def test_the_lead_takes_the_highest_level_of_its_riders(
    ask: Ask, play: Play, clock: As, now: datetime
) -> None:
    urgent = ask(citizen=CALLER, urgency="urgent")
    with clock():
        chase_batch(Inquiry, now=now + 5 * DAY)
    play.now = now + 5 * DAY
    lead = ask(citizen=CALLER, now=play.now)
    urgent.refresh_from_db()
    assert urgent.chase_level == "supervise"
    play.merge("sun_wei", urgent, lead)
    # The step called supervise is the fourth of the ordinary ladder.
    assert (lead.chase_level, lead.chase_step) == ("supervise", 3)


def test_sealed_and_open_matters_are_not_merged(ask: Ask, cast: Cast, play: Play) -> None:
    sealed = ask(by=cast.zhou_ning, kind="tip_off", citizen=CALLER)
    plain = ask(by=cast.zhou_ning, citizen=CALLER)
    for one, other in ((sealed, plain), (plain, sealed)):
        with pytest.raises(refusals.SealedApart):
            play.merge("zhou_ning", one, other)


def test_a_lead_is_not_sealed_over_its_riders(lead: Inquiry, rider: Inquiry, play: Play) -> None:
    with pytest.raises(refusals.HasRiders):
        play("wu_fang", reclassify_inquiry, lead, kind="tip_off", urgency="ordinary", reason="是举报")


def test_nothing_goes_with_its_lead_to_the_office_it_is_about(ask: Ask, cast: Cast, play: Play) -> None:
    plain = ask(by=cast.zhou_ning, kind="tip_off", citizen=CALLER)
    about = ask(by=cast.zhou_ning, kind="complaint", about_place=cast.civil, citizen=CALLER)
    play.merge("zhou_ning", about, plain)
    with pytest.raises(refusals.AboutThatOffice):
        play("zhou_ning", dispatch_inquiry, plain, to=cast.civil)
    play("zhou_ning", dispatch_inquiry, plain, to=cast.culture)
    play.answer("cao_lei", plain)
    about.refresh_from_db()
    assert about.answered_at is not None
    readers = Sight.objects.filter(inquiry=about).values_list("officer__username", flat=True)
    assert set(readers) == {"zhou_ning", "cao_lei"}


def test_nothing_is_merged_into_a_matter_of_the_office_it_is_about(ask: Ask, cast: Cast, play: Play) -> None:
    about = ask(by=cast.zhou_ning, kind="complaint", about_place=cast.civil, citizen=CALLER)
    held = ask(by=cast.zhou_ning, kind="tip_off", citizen=CALLER)
    play("zhou_ning", dispatch_inquiry, held, to=cast.civil)
    with pytest.raises(refusals.AboutThatOffice):
        play.merge("zhou_ning", about, held)
