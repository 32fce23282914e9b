"""Whom the district calls back: a work list with the answer, and in the drawer what is read to the citizen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.utils import timezone

from inquiries.models import Duty, Inquiry, Rating
from inquiries.models.duty import DutyKind
from inquiries.services.calling_back import open_callback
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Enter, page, statements_of

Call = Callable[[], Inquiry]


@pytest.fixture
def owed(cast: Cast, fresh: Callable[..., Inquiry], web_as: As) -> Call:
    """An answered inquiry that a callback is owed of."""

    def answered() -> Inquiry:
        inquiry = fresh(citizen=CitizenGiven(name="张三", phone="13840005021"), answer=EXPLAINED)
        if not Duty.objects.open().filter(inquiry=inquiry, kind=DutyKind.CALLBACK).exists():
            now = timezone.now()
            with web_as(cast.wu_fang, now):
                open_callback(inquiry.pk, by=cast.wu_fang, now=now)
        inquiry.refresh_from_db()
        return inquiry

    return answered


def test_a_callback_stands_with_the_answer_and_a_masked_citizen(cast: Cast, enter: Enter, owed: Call) -> None:
    inquiry = owed()
    shown = page(enter(cast.wu_fang), "/callbacks/")
    row = shown[shown.index(f'data-inquiry="{inquiry.pk}"') :].split("</li>")[0]
    assert EXPLAINED.text in row
    assert "张** 138****5021" in row
    assert "张三" not in row
    assert f"/inquiries/{inquiry.pk}/?act=rate#" in row


def test_what_is_read_aloud_is_chinese_whoever_reads_it(cast: Cast, enter: Enter, owed: Call) -> None:
    inquiry = owed()
    client = enter(cast.wu_fang)
    for path in ("", "panel/"):
        shown = page(client, f"/inquiries/{inquiry.pk}/{path}?act=rate")
        said = re.search(r'<blockquote class="b-says" lang="zh-hans">.*?</blockquote>', shown, re.S)
        assert said
        assert "春和区" in said[0]
        assert inquiry.question in said[0]
        assert EXPLAINED.text in said[0]
        assert "张三" not in said[0]
        assert shown.index("rate-contacted_in_time") < shown.index("rate-solved")
        assert shown.index("rate-solved") < shown.index("rate-satisfaction")


@pytest.mark.parametrize(("satisfaction", "again"), [("satisfied", False), ("dissatisfied", True)])
def test_what_the_citizen_says_ends_the_callback_and_dissatisfied_reopens(
    cast: Cast, enter: Enter, owed: Call, satisfaction: str, again: bool
) -> None:
    inquiry = owed()
    client = enter(cast.wu_fang)
    given = {"seen": inquiry.version, "reached": "on", "solved": "no", "satisfaction": satisfaction}
    done = client.post(
        f"/inquiries/{inquiry.pk}/rate/",
        {f"rate-{name}": value for name, value in given.items()},
        headers={"hx-request": "true"},
    )
    assert "data-done" in done.content.decode()
    assert Rating.objects.get(inquiry=inquiry).satisfaction == satisfaction
    inquiry.refresh_from_db()
    assert (inquiry.answered_at is None) is again
    assert f'data-inquiry="{inquiry.pk}"' not in page(client, "/callbacks/")


def test_whom_nobody_reached_stays_with_the_attempts(cast: Cast, enter: Enter, owed: Call) -> None:
    inquiry = owed()
    client = enter(cast.wu_fang)
    client.post(f"/inquiries/{inquiry.pk}/rate/", {"rate-seen": inquiry.version, "rate-words": "无人接听"})
    assert "1 attempt in vain so far" in page(client, "/callbacks/")


def test_calling_back_asks_the_same_questions_however_many_wait(cast: Cast, enter: Enter, owed: Call) -> None:
    client = enter(cast.wu_fang)
    owed()
    page(client, "/callbacks/")
    few = statements_of(client, "/callbacks/")
    for _ in range(5):
        owed()
    many = statements_of(client, "/callbacks/")
    assert len(many) == len(few)
    assert len(many) <= 11, "\n".join(many)
