"""Each promise of the tables, broken by every role and every way of writing that a program has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from bureaus.models import Notice
from bureaus.models.scope import ALL_DISTRICTS, scope
from inquiries.models import Answer, Chase, Contact, Duty, Event, Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry, decide_draft
from inquiries.services.chasing import chase_batch
from inquiries.services.contacting import log_contact
from inquiries.services.merging import merge_inquiries
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

ROLES = ["bida_owner", "bida_web", "bida_worker"]
CALLER = CitizenGiven(name="张三", phone="13840005021")


def everything(role: str, cast: Cast) -> AbstractContextManager[None]:
    """The widest scope the role has."""
    if role == "bida_worker":
        return scope(role=role, district=ALL_DISTRICTS)
    return scope(
        role=role, places=[cast.district.pk, cast.civil.pk, cast.relief.pk], district=cast.district.pk
    )


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """The database refuses what is inside, by this constraint or trigger and no other."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    assert refusal.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


def run(sql: str, *parameters: Any) -> None:
    """The statement is executed and every deferred check made."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        assert cursor.rowcount > 0, "nothing was there to break"
        cursor.execute("set constraints all immediate")


@pytest.fixture
def inquiry(ask: Ask) -> Inquiry:
    return ask(citizen=CALLER)


@pytest.fixture
def answered(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    with web_as(cast.li_min):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.li_min, now=now)
    inquiry.refresh_from_db()
    return inquiry


@pytest.fixture
def rider(inquiry: Inquiry, ask: Ask, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    """Rides on `inquiry`."""
    rider = ask(citizen=CALLER)
    with web_as(cast.sun_wei):
        merge_inquiries(rider.pk, into=inquiry.pk, by=cast.sun_wei, now=now)
    rider.refresh_from_db()
    return rider


@pytest.fixture
def chased(inquiry: Inquiry, clock: As, now: datetime) -> Inquiry:
    """Chased once, on its day."""
    assert inquiry.next_chase_at is not None
    with clock():
        assert chase_batch(Inquiry, now=inquiry.next_chase_at).chased == 1
    inquiry.refresh_from_db()
    return inquiry


OF_AN_OPEN_INQUIRY = {
    "no next chase": ("next_chase_at = null", "inquiry_answered_or_chased"),
    "a chase at infinity": ("next_chase_at = 'infinity'", "inquiry_answered_or_chased"),
    "a chase before all time": ("next_chase_at = '-infinity'", "inquiry_answered_or_chased"),
    "a chase in a thousand years": ("next_chase_at = '3000-01-01'", "inquiry_answered_or_chased"),
    "an answer that is not there": (
        "state = 'answered', answered_at = now(), next_chase_at = null",
        "inquiry_answered_by_its_answer",
    ),
    "answered in state only": ("state = 'answered'", "inquiry_state_agrees"),
    "answered in time only": ("answered_at = now(), next_chase_at = null", "inquiry_state_agrees"),
    "filed in time only": ("filed_at = now()", "inquiry_filed_agrees"),
    "riding on itself": ("merged_into_id = id, next_chase_at = null", "inquiry_rides_on_a_lead"),
    "riding on nothing": ("merged_into_id = -1, next_chase_at = null", "inquiry_rides_on_a_lead"),
    "riding and chased": ("merged_into_id = id", "inquiry_settled_is_not_chased"),
    "a key that lets riders lead": ("lead_rides = true", "inquiry_lead_does_not_ride"),
    "another asking": ("asked_at = asked_at - interval '1 hour'", "inquiry_keeps_its_origin"),
    "another first due": ("original_due_at = original_due_at + interval '1 day'", "inquiry_keeps_its_origin"),
    "another reference": ("reference = '2026-0000000-0'", "inquiry_keeps_its_origin"),
    "another recording": ("recorded_at = recorded_at + interval '1 day'", "inquiry_keeps_its_origin"),
    "a due at infinity": ("due_at = 'infinity'", "inquiry_instants_are_finite"),
    "a due before all time": ("due_at = '-infinity'", "inquiry_instants_are_finite"),
    "a chase number skipped": ("chase_number = chase_number + 2", "inquiry_numbers_rise"),
    "a chase counted that is not there": ("chase_number = chase_number + 1", "inquiry_numbers_rise"),
    "a seal over what many see": ("sealed = true", "inquiry_seal_stays"),
    "another district": ("district_id = district_id + 1000", "inquiry_keeps_its_origin"),
    "a round below none": ("round = -1", "inquiry_numbers_rise"),
    "a round skipped": ("round = round + 2, state = 'assigned'", "inquiry_numbers_rise"),
    "a round back": ("round = round - 1", "inquiry_numbers_rise"),
    "a version back": ("version = version - 1", "inquiry_version_rises"),
    "an event forgotten": ("event_count = event_count - 1", "inquiry_version_rises"),
    "about an office and open to all": ("about_place_id = holder_id", "inquiry_about_an_office_is_sealed"),
    "a tip-off open to all": ("kind = 'tip_off'", "inquiry_tip_off_is_sealed"),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("breach", OF_AN_OPEN_INQUIRY)
def test_raw_sql_cannot_give_an_open_inquiry(breach: str, role: str, inquiry: Inquiry, cast: Cast) -> None:
    change, constraint = OF_AN_OPEN_INQUIRY[breach]
    with everything(role, cast), refused_by(constraint):
        run(f"update inquiries_inquiry set {change} where id = %s", inquiry.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_queryset_cannot_forget_an_inquiry(role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiry_answered_or_chased"):
        Inquiry.objects.filter(pk=inquiry.pk).update(next_chase_at=None)


@pytest.mark.parametrize("role", ROLES)
def test_saving_cannot_forget_an_inquiry(role: str, inquiry: Inquiry, cast: Cast) -> None:
    inquiry.next_chase_at = None
    with everything(role, cast), refused_by("inquiry_answered_or_chased"):
        inquiry.save(update_fields=["next_chase_at"])


@pytest.mark.parametrize("role", ROLES)
def test_a_bulk_update_cannot_forget_an_inquiry(role: str, inquiry: Inquiry, cast: Cast) -> None:
    inquiry.next_chase_at = None
    with everything(role, cast), refused_by("inquiry_answered_or_chased"):
        Inquiry.objects.bulk_update([inquiry], ["next_chase_at"])


def copied(row: Inquiry | Duty | Answer | Chase, **changes: Any) -> Any:
    """An unsaved twin with other values."""
    model = type(row)
    fields = {
        field.attname: getattr(row, field.attname)
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.generated
    }
    return model(**fields | changes)


BORN_BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "never chased": ({"next_chase_at": None}, "inquiry_answered_or_chased"),
    "in hand": ({"state": "in_hand"}, "inquiry_moves"),
    "awaiting the citizen": ({"state": "awaiting_citizen"}, "inquiry_moves"),
    "filed": ({"state": "filed"}, "inquiry_moves"),
    "answered by nothing": (
        {
            "state": "answered",
            "answered_at": datetime.fromisoformat("2026-05-20T00:00:00Z"),
            "next_chase_at": None,
        },
        "inquiry_answered_by_its_answer",
    ),
    "in its second round": ({"round": 2}, "inquiry_moves"),
    "chased before it was recorded": ({"chase_number": 3}, "inquiry_moves"),
    "due at the end of time": (
        {"due_at": datetime.fromisoformat("3500-01-01T00:00:00Z")},
        "inquiry_instants_are_finite",
    ),
    "asked before anybody could": (
        {"asked_at": datetime.fromisoformat("1900-01-01T00:00:00Z")},
        "inquiry_instants_are_finite",
    ),
    "asked after it was recorded": (
        {"asked_at": datetime.fromisoformat("2026-06-20T00:00:00Z")},
        "inquiry_recorded_after_asked",
    ),
    "with a reference given before": ({"reference": None}, "inquiry_reference_once"),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("way", ["create", "bulk_create"])
@pytest.mark.parametrize("breach", BORN_BROKEN)
def test_no_inquiry_is_born(breach: str, way: str, role: str, inquiry: Inquiry, cast: Cast) -> None:
    changes, constraint = BORN_BROKEN[breach]
    twin = copied(inquiry, citizen_id=None, **{"reference": "2026-9999999-0"} | changes)
    twin.reference = twin.reference or inquiry.reference
    with everything(role, cast), refused_by(constraint):
        if way == "create":
            twin.save(force_insert=True)
        else:
            Inquiry.objects.bulk_create([twin])
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")


OF_AN_ANSWERED_INQUIRY = {
    "chased on": ("next_chase_at = now()", "inquiry_settled_is_not_chased"),
    "answered at another time": (
        "answered_at = answered_at + interval '1 second'",
        "inquiry_answered_by_its_answer",
    ),
    "in a round without an answer": (
        "round = round + 1, state = 'assigned', answered_at = null",
        "inquiry_answered_or_chased",
    ),
    "open without a new round": (
        "state = 'in_hand', answered_at = null, next_chase_at = now()",
        "inquiry_moves",
    ),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("breach", OF_AN_ANSWERED_INQUIRY)
def test_raw_sql_cannot_leave_an_answered_inquiry(
    breach: str, role: str, answered: Inquiry, cast: Cast
) -> None:
    change, constraint = OF_AN_ANSWERED_INQUIRY[breach]
    with everything(role, cast), refused_by(constraint):
        run(f"update inquiries_inquiry set {change} where id = %s", answered.pk)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_rides_on_a_rider(role: str, rider: Inquiry, ask: Ask, cast: Cast) -> None:
    third = ask(citizen=CALLER)
    with everything(role, cast), refused_by("inquiry_rides_on_a_lead"):
        run(
            "update inquiries_inquiry set merged_into_id = %s, next_chase_at = null where id = %s",
            rider.pk,
            third.pk,
        )


@pytest.mark.parametrize("role", ROLES)
def test_a_lead_cannot_become_a_rider(role: str, rider: Inquiry, ask: Ask, cast: Cast) -> None:
    third = ask(citizen=CALLER)
    with everything(role, cast), refused_by("inquiry_rides_on_a_lead"):
        run(
            "update inquiries_inquiry set merged_into_id = %s, next_chase_at = null where id = %s",
            third.pk,
            rider.merged_into_id,
        )


@pytest.mark.parametrize("role", ROLES)
def test_two_inquiries_cannot_ride_on_each_other(
    role: str, inquiry: Inquiry, rider: Inquiry, cast: Cast
) -> None:
    with everything(role, cast), refused_by("inquiry_rides_on_a_lead"):
        run(
            "update inquiries_inquiry set merged_into_id = %s, next_chase_at = null where id = %s",
            rider.pk,
            inquiry.pk,
        )


@pytest.mark.parametrize("role", ROLES)
def test_three_inquiries_cannot_ride_in_a_circle(role: str, ask: Ask, cast: Cast) -> None:
    one, two, three = (ask(citizen=CALLER).pk for _ in range(3))
    with everything(role, cast), refused_by("inquiry_rides_on_a_lead"):
        run(
            "update inquiries_inquiry i set merged_into_id = v.lead, next_chase_at = null "
            "from (values (%s, %s), (%s, %s), (%s, %s)) v (id, lead) where i.id = v.id",
            *(one, two, two, three, three, one),
        )


KEPT = [
    "inquiry",
    "answer",
    "chase",
    "event",
    "contact",
    "duty",
    "draft",
    "rating",
    "attachment",
    "submission",
    "pen",
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", ["inquiry", "answer", "chase", "event", "contact", "duty", "pen"])
def test_nothing_recorded_is_deleted(table: str, role: str, cast: Cast, everything_there: Inquiry) -> None:
    with everything(role, cast), pytest.raises(DatabaseError, match=r"Cannot delete|permission denied"):
        run(f"delete from inquiries_{table}")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", KEPT)
def test_no_table_is_emptied(table: str, role: str, cast: Cast) -> None:
    with (
        everything(role, cast),
        pytest.raises(DatabaseError, match=r"keeps what was recorded|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"truncate inquiries_{table} cascade")


REWRITTEN = {
    "answer": "text = 'another'",
    "chase": "number = number + 100",
    "event": "code = 'another'",
    "contact": "text = 'another'",
}


@pytest.fixture
def everything_there(chased: Inquiry, ask: Ask, cast: Cast, web_as: As, clock: As, now: datetime) -> Inquiry:
    """An answered inquiry with a chase and a contact behind it, and one more at the district with its duty."""
    later = chased.asked_at + timedelta(days=5)
    with web_as(cast.li_min):
        log_contact(chased.pk, what="contacted", by=cast.li_min, now=later)
        answer_inquiry(chased.pk, EXPLAINED, by=cast.li_min, now=later)
    ask(by=cast.wu_fang)
    return chased


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", REWRITTEN)
def test_history_is_not_rewritten(table: str, role: str, cast: Cast, everything_there: Inquiry) -> None:
    with everything(role, cast), pytest.raises(DatabaseError, match=r"Cannot update|permission denied"):
        run(f"update inquiries_{table} set {REWRITTEN[table]}")


@pytest.mark.parametrize("role", ROLES)
def test_a_round_has_one_answer(role: str, answered: Inquiry, cast: Cast) -> None:
    second = copied(Answer.objects.get(inquiry=answered), text="another")
    with everything(role, cast), refused_by("answer_once_a_round"):
        second.save()


@pytest.mark.parametrize("role", ROLES)
def test_a_chase_number_is_given_once(role: str, chased: Inquiry, cast: Cast) -> None:
    again = copied(Chase.objects.get(inquiry=chased), step=None)
    with everything(role, cast), refused_by("chase_number_once"):
        again.save()


@pytest.mark.parametrize("role", ROLES)
def test_a_step_is_taken_once(role: str, chased: Inquiry, cast: Cast) -> None:
    again = copied(Chase.objects.get(inquiry=chased), number=2)
    with everything(role, cast), refused_by("chase_step_once"):
        again.save()


@pytest.mark.parametrize("role", ROLES)
def test_chase_numbers_never_fall(role: str, chased: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiry_numbers_rise"):
        run("update inquiries_inquiry set chase_number = chase_number - 1 where id = %s", chased.pk)


@pytest.mark.parametrize("role", ROLES)
def test_an_event_stands_once_in_its_chain(role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("event_once"):
        run(
            "insert into inquiries_event (id, district_id, inquiry_id, seq, code, at, codes, hash) "
            "select gen_random_uuid(), district_id, inquiry_id, seq, code, at, codes, hash "
            "from inquiries_event where inquiry_id = %s",
            inquiry.pk,
        )


@pytest.fixture
def duty(ask: Ask, cast: Cast) -> Duty:
    """The clerk's to dispatch."""
    return Duty.objects.get(inquiry=ask(by=cast.wu_fang))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("value", ["null", "'infinity'", "'-infinity'"])
def test_an_open_duty_cannot_lose_its_chase(value: str, role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_done_or_chased"):
        run(f"update inquiries_duty set next_chase_at = {value} where id = %s", duty.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_duty_is_not_born_without_a_chase(role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_done_or_chased"):
        Duty.objects.bulk_create([copied(duty, kind="coordinate", next_chase_at=None)])


@pytest.mark.parametrize("role", ROLES)
def test_a_done_duty_is_not_chased(role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_done_or_chased"):
        run("update inquiries_duty set done_at = now() where id = %s", duty.pk)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("change", ["done_at = null, next_chase_at = now()", "reply = 'another'"])
def test_what_is_done_stays_done(change: str, role: str, duty: Duty, cast: Cast) -> None:
    run("update inquiries_duty set done_at = now(), next_chase_at = null where id = %s", duty.pk)
    with everything(role, cast), refused_by("duty_done_stays_done"):
        run(f"update inquiries_duty set {change} where id = %s", duty.pk)


@pytest.mark.parametrize("role", ROLES)
def test_the_same_duty_is_open_once(role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_open_once"):
        copied(duty).save()


def test_history_keeps_what_was_said(everything_there: Inquiry) -> None:
    assert Contact.objects.filter(inquiry=everything_there).count() == 1
    assert Event.objects.filter(inquiry=everything_there).count() == everything_there.event_count + 2


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("number", [0, 3, 99])
def test_no_chase_number_is_skipped(number: int, role: str, chased: Inquiry, cast: Cast) -> None:
    constraint = "chase_counts_from_one" if number == 0 else "chase_follows_the_last"
    skipping = copied(Chase.objects.get(inquiry=chased), number=number, step=None)
    with everything(role, cast), refused_by(constraint):
        Chase.objects.bulk_create([skipping])


@pytest.mark.parametrize("role", ROLES)
def test_a_duty_counts_only_the_chases_that_stand(role: str, duty: Duty, cast: Cast) -> None:
    with everything(role, cast), refused_by("duty_done_stays_done"):
        run("update inquiries_duty set chase_number = chase_number + 1 where id = %s", duty.pk)


OF_AN_OPEN_DUTY = {
    "another kind": ("kind = 'assist'", "duty_keeps_its_origin"),
    "another beginning": ("opened_at = opened_at + interval '1 day'", "duty_keeps_its_origin"),
    "a due at infinity": ("due_at = 'infinity'", "duty_instants_are_finite"),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("breach", OF_AN_OPEN_DUTY)
def test_raw_sql_cannot_give_an_open_duty(breach: str, role: str, duty: Duty, cast: Cast) -> None:
    change, constraint = OF_AN_OPEN_DUTY[breach]
    with everything(role, cast), refused_by(constraint):
        run(f"update inquiries_duty set {change} where id = %s", duty.pk)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "change",
    [
        "from_at = from_at - interval '1 hour'",
        "part = 'citizen'",
        "place_id = place_id + 1",
        "until_at = null",
    ],
)
def test_whose_pen_it_was_is_not_rewritten(change: str, role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiries_pen_never_rewritten"):
        run(f"update inquiries_pen set {change} where inquiry_id = %s", inquiry.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_pen_laid_down_is_not_taken_up_again(role: str, answered: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiries_pen_never_rewritten"):
        run("update inquiries_pen set until_at = null where inquiry_id = %s", answered.pk)


@pytest.fixture
def drafted(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    with web_as(cast.li_min):
        withdrawn = AnswerGiven("withdrawn", "本人撤回。", "telephone")
        answer_inquiry(inquiry.pk, withdrawn, by=cast.li_min, now=now)
    return inquiry


@pytest.mark.parametrize("role", ROLES)
def test_what_an_approver_decides_is_what_was_drafted(role: str, drafted: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("inquiries_draft_never_rewritten"):
        run("update inquiries_draft set text = 'another' where inquiry_id = %s", drafted.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_decided_draft_stays_decided(
    role: str, drafted: Inquiry, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        decide_draft(drafted.pk, approve=False, reason="再核实", by=cast.wu_fang, now=now)
    with everything(role, cast), refused_by("inquiries_draft_never_rewritten"):
        run("update inquiries_draft set approved = true where inquiry_id = %s", drafted.pk)


SEEN_BY = (
    "insert into inquiries_sight (id, district_id, inquiry_id, place_id, reason, since, open, rank, due_at) "
    "select gen_random_uuid(), district_id, id, %s, 'holds', now(), true, 2, due_at "
    "from inquiries_inquiry where id = %s"
)


@pytest.mark.parametrize("role", ROLES)
def test_no_place_of_another_district_is_let_see(role: str, inquiry: Inquiry, cast: Cast) -> None:
    with everything(role, cast), refused_by("sight_fits_its_inquiry"):
        run(SEEN_BY, cast.elsewhere.pk, inquiry.pk)


def as_director(role: str, cast: Cast) -> AbstractContextManager[None]:
    """The widest scope, which for the web is that of a named reader."""
    if role != "bida_web":
        return everything(role, cast)
    return scope(role=role, places=[cast.district.pk], district=cast.district.pk, officer=cast.zhou_ning.pk)


@pytest.mark.parametrize("role", ROLES)
def test_behind_a_seal_are_named_readers_only(role: str, ask: Ask, cast: Cast) -> None:
    sealed = ask(by=cast.zhou_ning, kind="tip_off")
    with as_director(role, cast), refused_by("sight_fits_its_inquiry"):
        run(SEEN_BY, cast.civil.pk, sealed.pk)
    with as_director(role, cast), refused_by("sight_fits_its_inquiry"):
        run("update inquiries_sight set officer_id = null where inquiry_id = %s", sealed.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_seal_is_never_broken(role: str, ask: Ask, cast: Cast) -> None:
    sealed = ask(by=cast.zhou_ning, kind="complaint", about_place=cast.civil)
    with as_director(role, cast), refused_by("inquiry_seal_stays"):
        run("update inquiries_inquiry set sealed = false, about_place_id = null where id = %s", sealed.pk)


@pytest.mark.parametrize("role", ["bida_owner", "bida_worker"])
def test_nobody_is_told_twice_of_one_chase(role: str, chased: Inquiry, cast: Cast) -> None:
    told = Notice.objects.filter(cause_kind="chase").latest("pk")
    with everything(role, cast), refused_by("notice_once_a_cause"):
        columns = [str(f.column) for f in Notice._meta.concrete_fields if f.column != "id"]
        listed = ", ".join(columns)
        run(
            f"insert into bureaus_notice (id, {listed}) select gen_random_uuid(), {listed} "
            "from bureaus_notice where id = %s",
            told.pk,
        )


@pytest.mark.parametrize("role", ROLES)
def test_no_session_can_switch_a_guard_off(inquiry: Inquiry, cast: Cast, role: str) -> None:
    with everything(role, cast), connection.cursor() as cursor:
        cursor.execute(
            "select string_agg(distinct tgname, ',') from pg_trigger where tgrelid = 'inquiries_inquiry'::regclass"
        )
        cursor.execute("select set_config('pgtrigger.ignore', %s, true)", ["{" + cursor.fetchone()[0] + "}"])
        with refused_by("inquiry_moves"):
            cursor.execute(
                "update inquiries_inquiry set state = 'awaiting_citizen' where id = %s", [inquiry.pk]
            )
