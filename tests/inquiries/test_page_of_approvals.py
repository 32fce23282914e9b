"""What waits for a pen, with the words that are decided on, and decided without leaving the list."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.duties import open_duty
from inquiries.services.extending import ask_extension
from tests.conftest import As, Cast
from tests.inquiries.conftest import Enter, page, statements_of

Fresh = Callable[..., Inquiry]
OUTSIDE = AnswerGiven("not_accepted", "不属于受理范围。", "telephone")


def row_of(client: Client, inquiry: Inquiry, path: str = "/approvals/") -> str:
    """The row of the inquiry in the list; empty where it has none."""
    found = re.search(rf'<li class="b-row[^>]*data-inquiry="{inquiry.pk}".*?</li>', page(client, path), re.S)
    return found[0] if found else ""


@pytest.fixture
def drafted(cast: Cast, fresh: Fresh, web_as: As) -> Callable[[], Inquiry]:
    """An answer that somebody outside the bureau has to approve."""

    def draft() -> Inquiry:
        inquiry, now = fresh(), timezone.now()
        with web_as(cast.li_min, now):
            answer_inquiry(inquiry.pk, OUTSIDE, by=cast.li_min, now=now)
        inquiry.refresh_from_db()
        return inquiry

    return draft


@pytest.fixture
def longer(cast: Cast, fresh: Fresh, web_as: As) -> Inquiry:
    """Li Min asks for five more days."""
    inquiry, now = fresh(), timezone.now()
    with web_as(cast.li_min, now):
        ask_extension(inquiry.pk, days=5, reason="等外地回函。", by=cast.li_min, now=now)
    return inquiry


def test_a_draft_stands_with_its_words_at_whoever_decides_it(
    cast: Cast, enter: Enter, drafted: Callable[[], Inquiry]
) -> None:
    inquiry = drafted()
    client = enter(cast.wu_fang)
    row = row_of(client, inquiry)
    assert "不属于受理范围。" in row
    assert "not accepted" in row
    assert f"/inquiries/{inquiry.pk}/?act=decide-draft#" in row
    shown = page(client, "/approvals/")
    assert shown.index("Outcomes that need an outsider") < shown.index(f'data-inquiry="{inquiry.pk}"')
    # The bureau that drafted it does not approve it.
    assert not row_of(enter(cast.sun_wei), inquiry)


def test_the_drawer_shows_the_draft_and_decides_it(
    cast: Cast, enter: Enter, drafted: Callable[[], Inquiry]
) -> None:
    inquiry = drafted()
    client = enter(cast.wu_fang)
    assert "不属于受理范围。" in page(client, f"/inquiries/{inquiry.pk}/panel/?act=decide-draft")
    done = client.post(
        f"/inquiries/{inquiry.pk}/decide-draft/",
        {"decide-draft-seen": inquiry.version, "decide-draft-yes": "yes", "decide-draft-reason": ""},
        headers={"hx-request": "true"},
    )
    assert "data-done" in done.content.decode()
    inquiry.refresh_from_db()
    assert inquiry.answered_at is not None
    assert not row_of(client, inquiry)


def test_an_extension_is_the_head_s_and_says_from_when_to_when(
    cast: Cast, enter: Enter, longer: Inquiry
) -> None:
    row = row_of(enter(cast.sun_wei), longer)
    assert "等外地回函。" in row
    assert re.search(r"from .+ 24:00 to .+ 24:00", row)
    assert "?act=decide-extension#" in row
    # A vice head approves answers and no extensions; another bureau sees nothing of it.
    assert "?act=" not in row_of(enter(cast.qian_yu), longer)
    assert not row_of(enter(cast.cao_lei), longer)
    assert "等外地回函。" in page(enter(cast.sun_wei), f"/inquiries/{longer.pk}/panel/?act=decide-extension")


def test_a_circular_is_refused_in_the_drawer_with_a_reason(
    cast: Cast, enter: Enter, fresh: Fresh, clock: As
) -> None:
    inquiry, now = fresh(), timezone.now()
    with clock():
        duty = open_duty(
            kind="circular", place=cast.district, due_at=inquiry.due_at, now=now, by=None, inquiry=inquiry
        )
        inquiry.save(update_fields=["event_count", "event_hash"])
    client, within = enter(cast.zhou_ning), {"hx-request": "true"}
    assert f'data-duty="{duty.pk}"' in row_of(client, inquiry)
    assert f"/duties/{duty.pk}/" in row_of(client, inquiry)
    drawer = client.get(f"/duties/{duty.pk}/", headers=within).content.decode()
    assert "<html" not in drawer
    assert 'name="decision"' in drawer
    wanting = client.post(f"/duties/{duty.pk}/", {"decision": "refused", "reply": ""}, headers=within)
    assert wanting.status_code == 422
    assert "<html" not in wanting.content.decode()
    done = client.post(f"/duties/{duty.pk}/", {"decision": "refused", "reply": "已在办。"}, headers=within)
    assert "data-done" in done.content.decode()
    assert not row_of(client, inquiry)
    # The clerk sees that it waits, and for whom.
    assert "data-duty" not in row_of(enter(cast.wu_fang), inquiry)


def test_approving_asks_the_same_questions_however_much_waits(
    cast: Cast, enter: Enter, drafted: Callable[[], Inquiry]
) -> None:
    client = enter(cast.wu_fang)
    drafted()
    page(client, "/approvals/")
    few = statements_of(client, "/approvals/")
    for _ in range(5):
        drafted()
    many = statements_of(client, "/approvals/")
    assert len(many) == len(few)
    assert len(many) <= 10, "\n".join(many)
