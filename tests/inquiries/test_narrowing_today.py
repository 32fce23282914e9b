"""The list of today narrowed: chips in the address, and only what fits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from bureaus.models.posts import Absence
from inquiries.models import Inquiry, Topic
from inquiries.services.contacting import ask_citizen
from inquiries.services.moving import ask_assist, reassign_inquiry, sign_for
from tests.conftest import As, Cast
from tests.inquiries.conftest import Enter, page, statements_of

Fresh = Callable[..., Inquiry]


def shown(client: object, address: str) -> set[str]:
    """The references of the rows of the list."""
    html = page(client, address)  # type: ignore[arg-type]
    return set(re.findall(r"\d{4}-\d{7,}-\d", html[html.index('id="owed"') :]))


@pytest.fixture
def three(cast: Cast, fresh: Fresh) -> dict[str, Inquiry]:
    """A late question, a complaint of a topic, an urgent call for help."""
    heat = Topic.objects.create(district=cast.district, name="供热")
    bills = Topic.objects.create(district=cast.district, name="热费", parent=heat)
    return {
        "late": fresh(days=40, question="低保什么时候批？"),
        "complaint": fresh(kind="complaint", topic=bills, question="暖气费多收了"),
        "urgent": fresh(kind="help", urgency="urgent", question="楼道漏水"),
    }


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("", {"late", "complaint", "urgent"}),
        ("kind=complaint", {"complaint"}),
        ("urgency=urgent", {"urgent"}),
        ("group=overdue", {"late"}),
        ("state=assigned", {"late", "complaint", "urgent"}),
        ("state=in_hand", set()),
        ("q=暖气", {"complaint"}),
        ("q=暖气费多收", {"complaint"}),
        ("kind=complaint&group=overdue", set()),
        ("group=citizen", set()),
    ],
)
def test_only_what_fits_every_chip_is_shown(
    cast: Cast, enter: Enter, three: dict[str, Inquiry], asked: str, fits: set[str]
) -> None:
    assert shown(enter(cast.li_min), f"/?{asked}") == {three[name].reference for name in fits}


def test_a_topic_holds_the_topics_below_it(cast: Cast, enter: Enter, three: dict[str, Inquiry]) -> None:
    heat = Topic.objects.get(name="供热")
    assert shown(enter(cast.li_min), f"/?topic={heat.pk}") == {three["complaint"].reference}


def test_a_place_and_a_post_narrow_what_a_bureau_s_head_sees(
    cast: Cast, enter: Enter, fresh: Fresh, web_as: As
) -> None:
    mine, theirs = fresh(), fresh()
    now = timezone.now()
    with web_as(cast.sun_wei, now):
        reassign_inquiry(theirs.pk, to=cast.civil, post=None, by=cast.sun_wei, now=now)
    client = enter(cast.sun_wei)
    assert shown(client, f"/?place={cast.relief.pk}") == {mine.reference}
    assert shown(client, f"/?place={cast.civil.pk}") == {mine.reference, theirs.reference}
    assert shown(client, f"/?post={cast.post(cast.li_min).pk}") == {mine.reference}


def test_the_district_narrows_to_a_bureau_that_holds_nothing_of_its_own(
    cast: Cast, enter: Enter, fresh: Fresh
) -> None:
    inquiry = fresh()
    assert shown(enter(cast.wu_fang), f"/?place={cast.civil.pk}") == {inquiry.reference}
    assert shown(enter(cast.wu_fang), f"/?place={cast.culture.pk}") == set()


def test_what_waits_for_the_citizen_is_a_group_to_choose(
    cast: Cast, enter: Enter, fresh: Fresh, web_as: As
) -> None:
    waits, now = fresh(kind="complaint"), timezone.now()
    fresh()
    with web_as(cast.li_min, now):
        sign_for(waits.pk, by=cast.li_min, now=now)
        ask_citizen(waits.pk, text="请补充门牌号。", by=cast.li_min, now=now)
    client = enter(cast.li_min)
    assert shown(client, "/?group=citizen") == {waits.reference}
    assert waits.reference not in shown(client, "/?group=later")


def test_every_row_stands_in_exactly_one_group(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    everything = {fresh(days=days).reference for days in (*range(12), 30)}
    client = enter(cast.li_min)
    groups = [shown(client, f"/?group={group}") for group in ("overdue", "today", "soon", "later")]
    assert set.union(*groups) == everything
    assert sum(map(len, groups)) == len(everything)
    html = page(client, "/")
    for group, found in zip(("overdue", "today", "soon", "later"), groups, strict=True):
        if found:
            part = html[html.index(f'id="group-{group}"') :]
            assert found == set(re.findall(r"\d{4}-\d{7,}-\d", part[: part.index("</section>")]))


def test_duties_are_narrowed_with_the_rest(cast: Cast, enter: Enter, fresh: Fresh, web_as: As) -> None:
    inquiry, now = fresh(kind="complaint", question="暖气费多收了"), timezone.now()
    with web_as(cast.he_jing, now):
        due_at = now + timedelta(days=20)
        ask_assist(inquiry.pk, of=cast.streets, request="请查看。", due_at=due_at, by=cast.he_jing, now=now)
    client = enter(cast.ma_chao)
    for asked in ("", "kind=complaint", "group=later", "q=暖气"):
        assert shown(client, f"/?{asked}") == {inquiry.reference}
    for asked in ("kind=help", "group=overdue", "state=in_hand", "q=漏水"):
        assert shown(client, f"/?{asked}") == set()


def test_each_chip_is_taken_away_by_its_own_link(cast: Cast, enter: Enter, three: dict[str, Inquiry]) -> None:
    html = page(enter(cast.li_min), "/?kind=complaint&group=later")
    chips = [
        unescape(address)
        for address in re.findall(r'class="b-chip is-on" href="([^"]*)"', html[: html.index('id="owed"')])
    ]
    assert sorted(chips) == ["?group=later", "?kind=complaint"]


def test_the_next_page_keeps_the_chips(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    for _ in range(52):
        fresh(kind="help")
    fresh(kind="complaint")
    client = enter(cast.li_min)
    first = page(client, "/?kind=help")
    found = re.search(r'href="\?(kind=help&amp;after=[^"]+)"', first)
    assert found
    second = shown(client, "/?" + unescape(found[1]))
    assert len(second) == 2
    # A cursor belongs to its list.
    after = unescape(found[1]).partition("after=")[2]
    assert client.get(f"/?after={after}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("kind=nonsense", "nonsense is not one of the available choices"),
        ("group=never", "never is not one of the available choices"),
        ("place=999999", "999999 is not one of the available choices"),
        ("topic=x", "x is not one of the available choices"),
        ("post=1 or 1=1", "is not one of the available choices"),
        ("q=低", "Give two Chinese characters or more"),
    ],
)
def test_what_nobody_knows_is_refused_in_words(cast: Cast, enter: Enter, asked: str, sentence: str) -> None:
    response = enter(cast.sun_wei).get(f"/?{asked}")
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_a_place_one_does_not_see_is_none_of_the_choices(cast: Cast, enter: Enter) -> None:
    assert enter(cast.sun_wei).get(f"/?place={cast.culture.pk}").status_code == 422


def test_chips_cost_no_question_but_the_words_theirs(
    cast: Cast, enter: Enter, three: dict[str, Inquiry]
) -> None:
    client = enter(cast.sun_wei)
    heat = Topic.objects.get(name="供热").pk
    page(client, "/")
    assert (
        len(statements_of(client, f"/?kind=complaint&topic={heat}&group=later&place={cast.civil.pk}")) <= 10
    )
    assert len(statements_of(client, "/?q=暖气")) <= 11


def test_what_i_owe_for_somebody_who_is_away_is_marked(cast: Cast, enter: Enter, fresh: Fresh) -> None:
    inquiry, now = fresh(), timezone.now()
    assert "acting" not in page(enter(cast.li_min), "/").split('id="owed"')[1]
    away = {"from_at": now - timedelta(days=1), "until_at": now + timedelta(days=1)}
    Absence.objects.create(officer=cast.li_min, **away)
    rows = page(enter(cast.han_xue), "/").split('id="owed"')[1]
    assert inquiry.reference in rows
    assert '<b class="b-tag">acting</b>' in rows
