"""The rows that each promise is tried on, and the most that each role of the database can do to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from bureaus.models.scope import ALL_DISTRICTS, scope
from inquiries.models import Answer, Chase, Duty, Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.contacting import log_contact
from inquiries.services.merging import merge_inquiries
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

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


def copied(row: Inquiry | Duty | Answer | Chase, **changes: Any) -> Any:
    """An unsaved twin with other values."""
    model = type(row)
    fields = {
        field.attname: getattr(row, field.attname)
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.generated
    }
    return model(**fields | changes)


@pytest.fixture
def everything_there(chased: Inquiry, ask: Ask, cast: Cast, web_as: As, clock: As, now: datetime) -> Inquiry:
    """An answered inquiry with a chase and a contact behind it, and one more at the district with its duty."""
    later = chased.asked_at + timedelta(days=5)
    with web_as(cast.li_min):
        log_contact(chased.pk, what="contacted", by=cast.li_min, now=later)
        answer_inquiry(chased.pk, EXPLAINED, by=cast.li_min, now=later)
    ask(by=cast.wu_fang)
    return chased


@pytest.fixture
def duty(ask: Ask, cast: Cast) -> Duty:
    """The clerk's to dispatch."""
    return Duty.objects.get(inquiry=ask(by=cast.wu_fang))


@pytest.fixture
def drafted(inquiry: Inquiry, cast: Cast, web_as: As, now: datetime) -> Inquiry:
    with web_as(cast.li_min):
        withdrawn = AnswerGiven("withdrawn", "本人撤回。", "telephone")
        answer_inquiry(inquiry.pk, withdrawn, by=cast.li_min, now=now)
    return inquiry
