"""A rider is taken out of its merger, and stands alone with all it owes; answered, it reopens alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from bureaus.models import Notice
from inquiries.models import Duty, Inquiry
from inquiries.services import refusals
from inquiries.services.answering import answer_inquiry
from inquiries.services.merging import merge_inquiries, unmerge_inquiry
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

CALLER = CitizenGiven(name="张三", phone="13840005021")
Pair = tuple[Inquiry, Inquiry]


@pytest.fixture
def pair(ask: Ask, cast: Cast, web_as: As, now: datetime) -> Pair:
    """A lead asked today, and its rider asked two days before."""
    lead = ask(citizen=CALLER)
    rider = ask(citizen=CALLER, asked_at=now - timedelta(days=2))
    with web_as(cast.he_jing):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.he_jing, now=now)
    return lead, rider


def test_the_rider_is_chased_on_its_own_and_its_handler_told(
    pair: Pair, cast: Cast, web_as: As, now: datetime
) -> None:
    _lead, rider = pair
    with web_as(cast.he_jing):
        unmerge_inquiry(rider.pk, reason="不是一件事", by=cast.he_jing, now=now)
    rider.refresh_from_db()
    assert rider.next_chase_at is not None
    assert Notice.objects.filter(kind="unmerged", recipient=cast.li_min).exists()


def test_the_leads_due_is_its_own_again(pair: Pair, cast: Cast, web_as: As, now: datetime) -> None:
    lead, rider = pair
    lead.refresh_from_db()
    assert lead.due_at == rider.due_at
    with web_as(cast.he_jing):
        unmerge_inquiry(rider.pk, reason="不是一件事", by=cast.he_jing, now=now)
    lead.refresh_from_db()
    assert lead.due_at == lead.original_due_at


def test_what_waited_to_be_dispatched_waits_again(ask: Ask, cast: Cast, web_as: As, now: datetime) -> None:
    lead, rider = ask(by=cast.wu_fang, citizen=CALLER), ask(by=cast.wu_fang, citizen=CALLER)
    with web_as(cast.wu_fang):
        merge_inquiries(rider.pk, into=lead.pk, by=cast.wu_fang, now=now)
        unmerge_inquiry(rider.pk, reason="不是一件事", by=cast.wu_fang, now=now)
    assert Duty.objects.filter(inquiry=rider, kind="dispatch", done_at=None).count() == 1


def test_only_an_unanswered_rider_is_taken_out_with_a_reason(
    pair: Pair, cast: Cast, web_as: As, now: datetime
) -> None:
    lead, rider = pair
    with web_as(cast.he_jing):
        with pytest.raises(refusals.NeedsReason):
            unmerge_inquiry(rider.pk, reason=" ", by=cast.he_jing, now=now)
        with pytest.raises(refusals.NotInThisState):
            unmerge_inquiry(lead.pk, reason="x", by=cast.he_jing, now=now)
        answer_inquiry(lead.pk, EXPLAINED, by=cast.he_jing, now=now)
        with pytest.raises(refusals.NotInThisState):
            unmerge_inquiry(rider.pk, reason="x", by=cast.he_jing, now=now)


@pytest.mark.parametrize("stranger", ["li_min", "cao_lei", "bai_lu", "xu_kai"])
def test_only_who_may_merge_takes_out(stranger: str, pair: Pair, cast: Cast, now: datetime) -> None:
    with pytest.raises(refusals.NotYours):
        unmerge_inquiry(pair[1].pk, reason="x", by=getattr(cast, stranger), now=now)


def enter(cast: Cast, username: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(getattr(cast, username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_of_a_rider_offers_to_take_it_out_and_nothing_else(pair: Pair, cast: Cast) -> None:
    _lead, rider = pair
    rider.refresh_from_db()
    client = enter(cast, "he_jing")
    page = client.get(f"/inquiries/{rider.pk}/").content.decode()
    assert "act-unmerge" in page
    assert "act-answer" not in page
    given = {"unmerge-seen": rider.version, "unmerge-reason": "不是一件事"}
    assert client.post(f"/inquiries/{rider.pk}/unmerge/", given).status_code == 302
    assert "act-unmerge" not in client.get(f"/inquiries/{rider.pk}/").content.decode()


def test_an_answered_rider_reopens_alone_on_its_page(
    pair: Pair, cast: Cast, web_as: As, now: datetime
) -> None:
    lead, rider = pair
    with web_as(cast.he_jing):
        answer_inquiry(lead.pk, EXPLAINED, by=cast.he_jing, now=now)
    rider.refresh_from_db()
    given = {"reopen-seen": rider.version, "reopen-reason": "没有解决"}
    assert enter(cast, "wu_fang").post(f"/inquiries/{rider.pk}/reopen/", given).status_code == 302
    for inquiry in (lead, rider):
        inquiry.refresh_from_db()
    assert (rider.state, rider.merged_into, lead.state) == ("assigned", None, "answered")
