"""Who may do what, and where: every act, in every situation an inquiry can stand in, by every part of the play."""

from __future__ import annotations

import copy
import importlib
import inspect
import os
import pkgutil
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from bureaus.access import MAY, Act
from bureaus.models import Officer
from bureaus.services.refusals import Refusal
from bureaus.workdays import SHANGHAI
from inquiries import services
from inquiries.access import acts_now
from inquiries.models import Inquiry
from inquiries.services.recording import record_inquiry
from inquiries.services.refusals import ChangedMeanwhile, NotSealedReader, NotYours
from inquiries.services.verifying import verify_promises
from inquiries.services.wording import act_name
from tests import conftest
from tests.conftest import Cast
from tests.inquiries.conftest import Ask
from tests.inquiries.deeds import DEEDS, Deed
from tests.inquiries.stage import BUREAU, OFFICE, ROLES, SITUATIONS, Stage, set_the_stage

# Whom nothing on the stage concerns; they try only what somebody may.
SEE_NOTHING = {"resting_deputy", "third_handler", "stranger", "nobody"}
EVERY_CELL = bool(os.environ.get("BIDA_EVERY_CELL"))
SEED = os.environ.get("BIDA_SEED") or str(int.from_bytes(os.urandom(3)))
# Whatever an act could have written.
WRITTEN = [
    *(
        "inquiry",
        "event",
        "duty",
        "contact",
        "draft",
        "answer",
        "rating",
        "pen",
        "sight",
        "chase",
        "attachment",
        "challenge",
    ),
    "clearreading",
]


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """Set once; every try is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = copy.deepcopy(conftest._founded[0])
        ROLES["nobody"] = "nobody"
        cast.nobody = Officer.objects.create_user(  # type: ignore[attr-defined]
            "nobody", None, name="无岗", district=cast.district, language="en"
        )
        set_up = set_the_stage(cast, datetime(2026, 5, 20, 10, tzinfo=SHANGHAI))
        _standing[id(set_up)] = rows()
        yield set_up
        transaction.set_rollback(True)
        del ROLES["nobody"]


def is_tried(name: str, situation: str, role: str) -> bool:
    """Where somebody may, everybody tries whom the stage concerns; of all other cells an eighth is drawn anew each run.

    BIDA_EVERY_CELL=1 tries every one; BIDA_SEED draws the same again.
    """
    if EVERY_CELL or (situation in DEEDS[name].where and role not in SEE_NOTHING):
        return True
    return random.Random(f"{SEED} {name} {situation} {role}").random() < 1 / 8


def rows() -> tuple[Any, ...]:
    """What stands in every table, as far as it can change."""
    counted = ", ".join(f"(select count(*) from inquiries_{table})" for table in WRITTEN)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {counted}, (select count(*) from bureaus_notice), "
            "(select sum(version + event_count) from inquiries_inquiry), "
            "(select count(*) from inquiries_duty where done_at is null)"
        )
        return tuple(cursor.fetchone() or ())


# What stood when the stage was set.
_standing: dict[int, tuple[Any, ...]] = {}


def tried(stage: Stage, deed: Deed, situation: str, role: str, **given: Any) -> tuple[Exception | None, bool]:
    """The refusal, or None where it is done, and whether a refused act wrote anything; taken back either way."""
    refused: Exception | None = None
    inquiry = copy.copy(stage.at[situation])
    by = {"by": stage.officer(role), "now": stage.now + deed.later} | given
    mark = transaction.savepoint()
    with stage.as_web(role, later=deed.later):
        try:
            deed.tried(stage, inquiry, by)
        except (Refusal, ObjectDoesNotExist) as refusal:
            refused = refusal
    # What is not seen is not written: the services meet it first of all.
    changed = isinstance(refused, Refusal) and rows() != _standing[id(stage)]
    transaction.savepoint_rollback(mark)
    return refused, changed


@pytest.mark.parametrize("name", DEEDS)
def test_an_act_is_done_where_it_may_be_by_those_who_may_and_otherwise_changes_nothing(
    name: str, stage: Stage
) -> None:
    deed = DEEDS[name]
    done, changed = set(), set()
    for situation in SITUATIONS:
        for role in ROLES:
            if not is_tried(name, situation, role):
                continue
            refused, wrote = tried(stage, deed, situation, role)
            if refused is None:
                done.add((situation, role))
            elif wrote:
                changed.add((situation, role, type(refused).__name__))
    may = {(situation, role) for situation in SITUATIONS for role in deed.allowed(situation)}
    assert (done, changed) == (may, set()), f"BIDA_SEED={SEED}"


@pytest.mark.parametrize("name", [name for name, deed in DEEDS.items() if deed.seen])
def test_who_saw_an_older_version_is_told_who_did_what_and_changes_nothing(name: str, stage: Stage) -> None:
    deed = DEEDS[name]
    for situation in sorted(deed.where):
        role = min(deed.allowed(situation), default="")
        if not role:
            continue
        last = stage.at[situation].events.order_by("-seq").first()
        assert last is not None
        seen = stage.at[situation].version - 1
        refused, changed = tried(stage, deed, situation, role, seen=seen)
        assert isinstance(refused, ChangedMeanwhile), (situation, role, refused)
        assert act_name(last.code) in str(refused)
        assert (last.by.name if last.by else "Bida") in str(refused)
        assert not changed


def test_every_service_that_takes_the_version_seen_is_among_the_acts() -> None:
    taking = {
        name
        for module in pkgutil.iter_modules(services.__path__, f"{services.__name__}.")
        for name, found in vars(importlib.import_module(module.name)).items()
        if inspect.isfunction(found) and {"inquiry_id", "seen"} <= set(inspect.signature(found).parameters)
    } - {"begin", "_begin", "begin_application"}
    source = inspect.getsource(inspect.getmodule(Deed))  # type: ignore[arg-type]
    assert {name for name in taking if f".{name}(" not in source} == set()


@pytest.mark.parametrize("name", DEEDS)
def test_past_the_policies_the_services_refuse_strangers_by_themselves(name: str, stage: Stage) -> None:
    deed = DEEDS[name]
    drawn = random.Random(f"{SEED} {name}").choice(sorted(deed.where))
    for situation in sorted(deed.where) if EVERY_CELL else [drawn]:
        for role in ("resting_deputy", "third_handler", "stranger", "nobody", "auditor"):
            mark = transaction.savepoint()
            with pytest.raises((NotYours, NotSealedReader)):
                deed.tried(
                    stage,
                    copy.copy(stage.at[situation]),
                    {"by": stage.officer(role), "now": stage.now + deed.later},
                )
            transaction.savepoint_rollback(mark)


def test_the_stage_keeps_every_promise(stage: Stage) -> None:
    assert {f.promise: f.references for f in verify_promises(now=stage.now) if f.broken} == {}


@pytest.mark.parametrize("place", ["district", "civil", "relief", "culture", "elsewhere"])
def test_a_question_is_recorded_where_a_post_stands_and_below(place: str, stage: Stage) -> None:
    at = getattr(stage.cast, place)
    allowed = {
        "district": OFFICE,
        "civil": OFFICE | BUREAU - {"section_head", "handler"},
        "relief": OFFICE | BUREAU,
        "culture": OFFICE | {"other_head", "other_handler"},
        "elsewhere": {"stranger"},
    }[place]
    done = set()
    for role in ROLES:
        mark = transaction.savepoint()
        with stage.as_web(role):
            try:
                record_inquiry(
                    by=stage.officer(role),
                    now=stage.now,
                    place=at,
                    kind="consultation",
                    channel="desk",
                    question="问",
                )
                done.add(role)
            except NotYours:
                pass
        transaction.savepoint_rollback(mark)
    assert done == allowed


@pytest.mark.django_db
def test_a_page_offers_exactly_the_acts_that_the_services_allow(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    listed = {deed.act: deed.bureau for deed in DEEDS.values() if deed.act is not None}
    for role in sorted(BUREAU | OFFICE | {"auditor"}):
        offered = acts_now(getattr(cast, ROLES[role]), inquiry, now=now)
        assert {act for act in listed if act in offered} == {
            act for act, roles in listed.items() if role in roles
        }


@pytest.mark.django_db
def test_a_deputy_acts_while_the_holder_is_away(ask: Ask, cast: Cast, now: datetime) -> None:
    from bureaus.services.posts import note_absence
    from inquiries.services.moving import sign_for

    inquiry = ask()
    note_absence(officer=cast.li_min, from_at=now, until_at=now + timedelta(days=3), by=None, now=now)
    sign_for(inquiry.pk, by=cast.han_xue, now=now)
    inquiry.refresh_from_db()
    assert inquiry.state == "in_hand"


@pytest.mark.django_db
def test_nobody_may_an_act_of_a_sealed_matter_who_is_not_named(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry: Inquiry = ask(by=cast.zhou_ning, kind="tip_off")
    may = {role for role, officer in cast.everybody.items() if acts_now(officer, inquiry, now=now)}
    assert may == {"director"}


def test_the_auditor_changes_nothing() -> None:
    assert MAY["auditor"] == {Act.READ_AUDIT}
