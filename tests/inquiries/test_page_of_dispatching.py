"""The pool of what was received, each with a suggested bureau, and what else waits for the district's decision."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from bureaus.models import Hotline
from bureaus.services.places import open_place
from inquiries.models import Inquiry, Topic
from inquiries.services.answering import AnswerGiven
from inquiries.services.coordinating import ask_coordination
from inquiries.services.dispatching import dispatch_inquiry, dispute_dispatch, return_inquiry
from inquiries.services.moving import offer_inquiry
from inquiries.services.recording import CitizenGiven
from tests.conftest import As, Cast
from tests.inquiries.conftest import Enter, page, statements_of

Fresh = Callable[..., Inquiry]


def row_of(client: Client, inquiry: Inquiry, path: str = "/dispatch/") -> str:
    """The row of the inquiry in the list; empty where it has none."""
    found = re.search(rf'<li class="b-row[^>]*data-inquiry="{inquiry.pk}">.*?</li>', page(client, path), re.S)
    return found[0] if found else ""


def suggested(row: str) -> str:
    """Bureau and reason of a row."""
    cell = row[row.index("b-row-next") :].split(">", 1)[1].split("</div>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", cell).split())


@pytest.fixture
def received(fresh: Fresh, cast: Cast) -> Fresh:
    """Recorded at the district's office, to be dispatched."""
    return lambda **given: fresh(by=cast.wu_fang, **given)


def test_the_pool_holds_what_is_received_by_urgency_and_due(
    cast: Cast, enter: Enter, received: Fresh, fresh: Fresh
) -> None:
    calm, late, urgent = received(), received(days=30), received(urgency="urgent")
    elsewhere = fresh()
    shown = page(enter(cast.wu_fang), "/dispatch/")
    order = [shown.index(f'data-inquiry="{inquiry.pk}"') for inquiry in (urgent, late, calm)]
    assert order == sorted(order)
    assert elsewhere.reference not in shown


def test_the_citizen_of_a_row_is_masked(cast: Cast, enter: Enter, received: Fresh) -> None:
    row = row_of(enter(cast.wu_fang), received(citizen=CitizenGiven(name="张三", phone="13840005021")))
    assert "张** 138****5021" in row
    assert "张三" not in row


def test_the_topic_s_own_bureau_comes_first(cast: Cast, enter: Enter, received: Fresh) -> None:
    topic = Topic.objects.create(district=cast.district, name="体育场馆", default_bureau=cast.culture)
    row = row_of(enter(cast.wu_fang), received(topic=topic, question="民政局旁边的球场几点开门？"))
    assert suggested(row) == "→ 文化体育局 it usually answers “体育场馆”"
    assert f"?act=dispatch&amp;to={cast.culture.pk}#act-dispatch" in row


def test_a_bureau_named_in_the_question_is_suggested(cast: Cast, enter: Enter, received: Fresh) -> None:
    row = row_of(enter(cast.wu_fang), received(question="社会救助科说让我等，等到什么时候？"))
    assert suggested(row) == "→ 民政局 the question names “社会救助科”"
    assert f"to={cast.civil.pk}#" in row


def test_a_hotline_named_in_the_question_leads_to_its_bureau(
    cast: Cast, enter: Enter, received: Fresh
) -> None:
    Hotline.objects.create(place=cast.streets, purpose="routine", number="0427-2825678")
    row = row_of(enter(cast.wu_fang), received(question="打了0427-2825678没人接。"))
    assert suggested(row) == "→ 城市管理局 the question names “0427-2825678”"


def test_who_answered_the_most_alike_is_suggested(
    cast: Cast, enter: Enter, received: Fresh, fresh: Fresh
) -> None:
    given = AnswerGiven("explained", "周一闭馆。", "telephone")
    nearest, _next = (
        fresh(by=cast.tang_rui, question=question, answer=given)
        for question in ("图书馆周末几点闭馆？", "图书馆几点闭馆？")
    )
    fresh(question="低保申请要带什么材料？", answer=given)
    client = enter(cast.wu_fang)
    row = row_of(client, received(question="请问图书馆周日几点闭馆？"))
    assert suggested(row) == f"→ 文化体育局 it answered 2 of the most alike, as {nearest.reference}"
    assert suggested(row_of(client, received(question="路口的红绿灯坏了。"))) == "no bureau to suggest"


def test_a_sealed_answer_suggests_nothing(cast: Cast, enter: Enter, received: Fresh, fresh: Fresh) -> None:
    fresh(
        by=cast.tang_rui,
        kind="tip_off",
        question="图书馆的管理员私自收费。",
        answer=AnswerGiven("explained", "已查。", "telephone"),
    )
    row = row_of(enter(cast.wu_fang), received(question="图书馆的管理员私自收费。"))
    assert suggested(row) == "no bureau to suggest"


def test_whoever_sent_it_back_is_not_suggested_again(
    cast: Cast, enter: Enter, received: Fresh, web_as: As
) -> None:
    inquiry, now = received(question="民政局管不管球场？"), timezone.now()
    with web_as(cast.wu_fang, now):
        dispatch_inquiry(inquiry.pk, to=cast.civil, by=cast.wu_fang, now=now)
    with web_as(cast.sun_wei, now):
        return_inquiry(inquiry.pk, reason="球场归文体局。", by=cast.sun_wei, now=now)
    client = enter(cast.wu_fang)
    row = row_of(client, inquiry)
    assert "民政局 sent it back: 球场归文体局。" in row
    assert suggested(row) == "no bureau to suggest"
    shown = page(client, "/dispatch/")
    assert shown.index("Came back") < shown.index(f'data-inquiry="{inquiry.pk}"')


def test_the_office_a_complaint_is_about_is_not_suggested(cast: Cast, enter: Enter, received: Fresh) -> None:
    inquiry = received(kind="complaint", question="民政局态度不好。", about_place=cast.civil)
    row = row_of(enter(cast.zhou_ning), inquiry)
    assert suggested(row) == "no bureau to suggest"
    assert not row_of(enter(cast.wu_fang), inquiry)


def test_the_suggestion_stands_in_the_form_and_is_dispatched(
    cast: Cast, enter: Enter, received: Fresh
) -> None:
    inquiry = received(question="民政局几点上班？")
    client = enter(cast.wu_fang)
    for path in ("", "panel/"):
        shown = page(client, f"/inquiries/{inquiry.pk}/{path}?act=dispatch&to={cast.civil.pk}")
        assert f'<option value="{cast.civil.pk}" selected>' in shown
    done = client.post(
        f"/inquiries/{inquiry.pk}/dispatch/",
        {"dispatch-seen": inquiry.version, "dispatch-to": cast.civil.pk},
        headers={"hx-request": "true"},
    )
    assert "data-done" in done.content.decode()
    inquiry.refresh_from_db()
    assert inquiry.holder == cast.civil
    assert not row_of(client, inquiry)


def test_the_district_s_decisions_stand_below_the_pool(
    cast: Cast, enter: Enter, fresh: Fresh, web_as: As
) -> None:
    disputed, coordinated, offered, now = fresh(), fresh(), fresh(), timezone.now()
    with web_as(cast.he_jing, now):
        dispute_dispatch(disputed.pk, reason="不归我们。", by=cast.he_jing, now=now)
        ask_coordination(coordinated.pk, reason="要两家一起办。", by=cast.he_jing, now=now)
        offer_inquiry(offered.pk, to=cast.culture, reason="属于文化事务。", by=cast.he_jing, now=now)
    client = enter(cast.wu_fang)
    assert "?act=decide-dispute#" in row_of(client, disputed)
    assert "不归我们。" in row_of(client, disputed)
    assert "?act=coordinate#" in row_of(client, coordinated)
    # A hand-over is for the bureau that it is offered to.
    assert "?act=" not in row_of(client, offered)
    assert "社会救助科 → 文化体育局" in row_of(client, offered)


def test_the_pool_goes_on_page_after_page(cast: Cast, enter: Enter, received: Fresh) -> None:
    references = [received(days=days % 9).reference for days in range(52)]
    client = enter(cast.wu_fang)
    first = page(client, "/dispatch/")
    found = re.search(r'href="\?after=([^"]+)"', first)
    assert found
    second = page(client, f"/dispatch/?after={found[1]}")
    assert all((reference in first) != (reference in second) for reference in references)
    assert enter(cast.zhou_ning).get(f"/dispatch/?after={found[1]}").status_code == 404


def test_dispatching_asks_the_same_questions_however_much_waits(
    cast: Cast, enter: Enter, received: Fresh, fresh: Fresh, web_as: As
) -> None:
    client, now = enter(cast.wu_fang), timezone.now()

    def add(number: int) -> None:
        for days in range(number):
            received(days=days, citizen=CitizenGiven(name="李四", phone="13840005022"))
            inquiry = fresh()
            with web_as(cast.he_jing, now):
                dispute_dispatch(inquiry.pk, reason="不归我们。", by=cast.he_jing, now=now)

    add(1)
    page(client, "/dispatch/")
    few = statements_of(client, "/dispatch/")
    add(6)
    many = statements_of(client, "/dispatch/")
    assert len(many) == len(few)
    assert len(many) <= 12, "\n".join(many)


def test_offices_of_one_name_are_told_apart_and_stand_below_their_bureaus(
    cast: Cast, enter: Enter, fresh: Fresh
) -> None:
    now = timezone.now()
    for bureau in (cast.civil, cast.culture):
        open_place(kind="section", name="办公室", parent=bureau, by=None, now=now)
    inquiry = fresh(by=cast.wu_fang)
    shown = page(enter(cast.wu_fang), f"/inquiries/{inquiry.pk}/?act=dispatch#act-dispatch")
    offered = re.findall(r"<option[^>]*>([^<]+)</option>", shown[shown.index('name="dispatch-to"') :])
    assert offered[1:7] == [
        *("城市管理局", "民政局", "民政局 · 办公室", "民政局 · 社会救助科"),
        *("文化体育局", "文化体育局 · 办公室"),
    ]
    assert {"民政局", "民政局 · 办公室"} <= set(
        re.findall(r">([^<]+)</option>", page(enter(cast.sun_wei), "/record/"))
    )
