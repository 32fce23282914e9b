"""Standard texts: kept by a place in editions, offered where an answer is written, and no blank left in an answer."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bureaus.models import Hotline
from bureaus.services.refusals import Refusal
from inquiries.models import Inquiry, StandardText, Topic
from inquiries.services import refusals
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.blanks import blanks_in, fill
from inquiries.services.offering import standard_texts
from inquiries.services.texts import (
    MOST_AT_A_PLACE,
    NotYourTexts,
    TitleTaken,
    TooManyTexts,
    change_text,
    in_force,
    withdraw_text,
    write_text,
)
from tests.conftest import As, Cast
from tests.inquiries.conftest import Ask, Enter, page

pytestmark = pytest.mark.django_db

Write = Callable[..., StandardText]
WORDS = "您反映的{reference}号事项由{承办单位}办理，请于{办理期限}前留意来电，咨询电话{咨询热线}。"


@pytest.fixture
def write(cast: Cast, web_as: As, now: datetime) -> Write:
    """The head of the relief section keeps a text there, unless told otherwise."""

    def written(**given: Any) -> StandardText:
        usual: dict[str, Any] = {"by": cast.he_jing, "place": cast.relief, "title": "受理告知", "text": WORDS}
        given = usual | given
        with web_as(given["by"]):
            return write_text(now=now, **given)

    return written


def titles(inquiry: Inquiry, now: datetime) -> list[str]:
    inquiry = Inquiry.objects.select_related("holder", "topic").get(pk=inquiry.pk)
    return [offered.title for offered in standard_texts(inquiry, now=now)]


def test_its_blanks_are_filled_for_the_inquiry_in_the_words_of_the_field(
    ask: Ask, cast: Cast, write: Write, now: datetime
) -> None:
    write()
    Hotline.objects.create(place=cast.district, purpose="routine", number="12345")
    Hotline.objects.create(place=cast.civil, purpose="routine", number="024-86860000", extension="3")
    Hotline.objects.create(place=cast.relief, purpose="supervision", number="024-86861111")
    inquiry = ask()
    [offered] = standard_texts(inquiry, now=now)
    assert offered.blanks == ()
    assert offered.text == (
        f"您反映的{inquiry.reference}号事项由民政局社会救助科办理，"
        "请于2026-05-27 24:00前留意来电，咨询电话024-86860000转3。"
    )


def test_what_nothing_fills_stands_to_be_filled_in_by_hand(ask: Ask, write: Write, now: datetime) -> None:
    write(text="每月{ 金额 }元，工单{number}，详询｛咨询热线｝。")
    [offered] = standard_texts(ask(), now=now)
    assert offered.blanks == ("金额", "number", "咨询热线")
    assert fill("{a} {due}", {"due": "明天", "a": "b"}) == "{a} 明天"
    assert blanks_in("{}、{ }、{一\n二}、{{x}}") == ["x"]


@pytest.mark.parametrize("left", ["请于{办理期限}前来。", "每月｛金额｝元。"])
def test_an_answer_with_a_blank_left_is_refused_in_words(
    ask: Ask, cast: Cast, web_as: As, now: datetime, left: str
) -> None:
    inquiry = ask()
    given = AnswerGiven("explained", left, "telephone")
    with (
        web_as(cast.li_min),
        pytest.raises(refusals.BlankLeft, match=r"Nobody has filled in \{(办理期限|金额)\}"),
    ):
        answer_inquiry(inquiry.pk, given, by=cast.li_min, now=now)
    with pytest.raises(refusals.BlankLeft):
        ask(answer=given)
    inquiry.refresh_from_db()
    assert inquiry.is_open


def test_it_is_offered_at_its_place_and_below_what_fits_the_topic_first(
    ask: Ask, cast: Cast, write: Write, now: datetime
) -> None:
    relief = Topic.objects.create(district=cast.district, name="社会救助")
    allowance = Topic.objects.create(district=cast.district, name="低保", parent=relief)
    other = Topic.objects.create(district=cast.district, name="养老")
    write(title="区里的", place=cast.district, by=cast.wu_fang)
    write(title="局里的", place=cast.civil, by=cast.sun_wei)
    write(title="本科的")
    write(title="低保的", place=cast.district, by=cast.zhou_ning, topic=allowance)
    write(title="救助的", topic=relief)
    write(title="养老的", topic=other)
    write(title="别局的", place=cast.culture, by=cast.cao_lei)
    assert titles(ask(topic=allowance), now) == ["低保的", "救助的", "本科的", "局里的", "区里的"]
    assert titles(ask(), now)[:3] == ["本科的", "局里的", "区里的"]
    assert set(titles(ask(), now)[3:]) == {"低保的", "救助的", "养老的"}
    assert titles(ask(by=cast.tang_rui), now) == ["别局的", "区里的", "低保的"]


def test_each_edit_is_an_edition_and_nothing_is_rewritten(
    cast: Cast, web_as: As, write: Write, now: datetime
) -> None:
    first = write()
    with web_as(cast.sun_wei):
        second = change_text(first.line, title="受理", text="新", by=cast.sun_wei, now=now, seen=1)
        assert list(in_force()) == [second]
        with pytest.raises(refusals.EditionChanged):
            change_text(first.line, title="受理", text="旧", by=cast.sun_wei, now=now, seen=1)
        withdraw_text(first.line, by=cast.sun_wei, now=now, seen=2)
        assert not in_force().exists()
        with pytest.raises(refusals.EditionChanged):
            withdraw_text(first.line, by=cast.sun_wei, now=now, seen=3)
    told = StandardText.objects.order_by("number").values_list("number", "text", "by__name", "withdrawn")
    assert list(told) == [(1, WORDS, "何静", False), (2, "新", "孙伟", False), (3, "新", "孙伟", True)]
    for change in (
        lambda: StandardText.objects.update(text="x"),
        lambda: StandardText.objects.all().delete(),
    ):
        with pytest.raises(Exception, match=r"Cannot|keeps"), transaction.atomic():
            change()


def test_only_the_leads_of_a_place_and_the_district_keep_its_texts(
    cast: Cast, web_as: As, write: Write, now: datetime
) -> None:
    for by in (cast.li_min, cast.cao_lei, cast.bai_lu, cast.xu_kai):
        with pytest.raises(NotYourTexts):
            write(by=by)
    with pytest.raises(NotYourTexts):
        write(place=cast.civil)
    for n, by in enumerate(
        (cast.he_jing, cast.feng_bo, cast.qian_yu, cast.sun_wei, cast.wu_fang, cast.zhou_ning)
    ):
        write(by=by, title=f"第{n}种")
    line = StandardText.objects.get(title="第0种").line
    with web_as(cast.cao_lei), pytest.raises(NotYourTexts):
        change_text(line, title="改", text="改", by=cast.cao_lei, now=now, seen=1)


def test_the_database_keeps_one_place_from_writing_for_another(
    cast: Cast, web_as: As, write: Write, now: datetime
) -> None:
    kept = write()
    forged = {"district": cast.district, "title": "伪", "text": "伪", "made_at": now, "by": cast.cao_lei}
    with web_as(cast.cao_lei):
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            StandardText.objects.create(number=1, place=cast.relief, **forged)
        for wrong in ({"number": 2}, {"number": 3}):
            with (
                pytest.raises(IntegrityError, match=r"follows the one"),
                transaction.atomic(),
            ):
                StandardText.objects.create(line=kept.line, place=cast.culture, **forged, **wrong)
    with web_as(cast.xu_kai):
        assert not StandardText.objects.exists()


@pytest.mark.parametrize(
    ("given", "refusal", "field"),
    [
        ({"title": " "}, refusals.NeedsWords, "title"),
        ({"text": "\n"}, refusals.NeedsWords, "text"),
        ({"title": "受理告知"}, TitleTaken, "title"),
        ({"title": "长" * 61}, Refusal, "title"),
    ],
)
def test_what_is_no_text_is_refused_at_its_field(
    write: Write, given: dict[str, Any], refusal: type[Refusal], field: str
) -> None:
    write()
    with pytest.raises(refusal) as told:
        write(**({"title": "另一种"} | given))
    assert told.value.field == field


def test_a_topic_of_elsewhere_an_abolished_place_and_too_many_are_refused(
    cast: Cast, write: Write, now: datetime
) -> None:
    with pytest.raises(refusals.TopicElsewhere):
        write(topic=Topic.objects.create(district=cast.elsewhere, name="别区"))
    for n in range(MOST_AT_A_PLACE):
        write(title=f"第{n}种")
    with pytest.raises(TooManyTexts):
        write(title="再一种")
    cast.relief.abolished_on = now.date()
    with pytest.raises(refusals.NowhereToGo):
        write(title="再一种")


def box(shown: str) -> str:
    found = re.search(r'<textarea[^>]*id="id_answer-text"[^>]*>\s*(.*?)</textarea>', shown, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_without_script_the_page_comes_again_with_the_text_and_all_that_was_typed(
    ask: Ask, cast: Cast, enter: Enter, write: Write
) -> None:
    kept = write(text="由{承办单位}办理，每月{金额}元。")
    inquiry = ask()
    path, client = f"/inquiries/{inquiry.pk}/", enter(cast.li_min)
    assert "One standard text" in page(client, path)
    typed = {
        "answer-seen": inquiry.version,
        "answer-text": "您好！",
        "answer-basis": "《办法》",
        "answer-outcome": "solved",
    }
    taken = client.post(f"{path}answer/", typed | {"take": str(kept.line)})
    assert taken.status_code == 200
    shown = taken.content.decode()
    assert box(shown) == "您好！\n由民政局社会救助科办理，每月{金额}元。"
    assert 'value="《办法》"' in shown
    assert '<option value="solved" selected>' in shown
    inquiry.refresh_from_db()
    assert inquiry.is_open
    filled = typed | {"answer-text": box(shown), "answer-told_how": "telephone"}
    refused = client.post(f"{path}answer/", filled)
    assert refused.status_code == 422
    assert "Nobody has filled in {金额}" in html.unescape(refused.content.decode())
    filled["answer-text"] = box(shown).replace("{金额}", "600")
    assert client.post(f"{path}answer/", filled).status_code == 302
    inquiry.refresh_from_db()
    assert not inquiry.is_open


def test_it_is_taken_over_in_the_list_too(ask: Ask, cast: Cast, enter: Enter, write: Write) -> None:
    kept = write(text="由{承办单位}办理。")
    inquiry = ask()
    client = enter(cast.li_min)
    assert "One standard text" in page(client, f"/inquiries/{inquiry.pk}/panel/?act=answer")
    again = client.post(
        f"/inquiries/{inquiry.pk}/answer/", {"take": str(kept.line)}, headers={"HX-Request": "true"}
    )
    assert box(again.content.decode()) == "由民政局社会救助科办理。"


def test_what_is_not_offered_is_not_taken_by_its_number(
    ask: Ask, cast: Cast, enter: Enter, write: Write
) -> None:
    foreign = write(place=cast.culture, by=cast.cao_lei)
    inquiry = ask()
    shown = enter(cast.li_min).post(f"/inquiries/{inquiry.pk}/answer/", {"take": str(foreign.line)})
    assert box(shown.content.decode()) == ""


def test_however_many_are_offered_the_page_asks_the_same(
    ask: Ask, cast: Cast, enter: Enter, write: Write
) -> None:
    topic = Topic.objects.create(district=cast.district, name="低保")
    inquiry = ask(topic=topic)
    client = enter(cast.li_min)
    write(topic=topic)

    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client, path)
        return len(seen)

    paths = [f"/inquiries/{inquiry.pk}/", f"/inquiries/{inquiry.pk}/panel/?act=answer"]
    few = [statements(path) for path in paths]
    few = [statements(path) for path in paths]
    for n in range(12):
        write(title=f"第{n}种", topic=topic if n % 2 else None)
    assert [statements(path) for path in paths] == few


def test_a_lead_writes_changes_and_withdraws_on_the_page(cast: Cast, enter: Enter) -> None:
    client = enter(cast.he_jing)
    assert "Standard texts" in page(client, "/settings/")
    given = {"place": cast.relief.pk, "topic": "", "title": "受理告知", "text": "由{承办单位}办理。"}
    refused = client.post("/settings/texts/new/", given | {"title": ""})
    assert refused.status_code == 422
    assert "由{承办单位}办理。" in refused.content.decode()
    assert client.post("/settings/texts/new/", given).status_code == 302
    text = StandardText.objects.get()
    path = f"/settings/texts/{text.line}/"
    assert client.post(path, given | {"seen": 1, "text": "改。"}).status_code == 302
    late = client.post(path, given | {"seen": 1, "text": "我写的。"})
    assert late.status_code == 409
    shown = late.content.decode()
    assert "我写的。" in shown
    assert 'name="seen" value="2"' in shown
    assert client.post(path, given | {"seen": 2, "do": "withdraw"}).status_code == 302
    assert "withdrawn" in page(client, path)
    assert "受理告知" not in page(client, "/settings/texts/")


def test_another_place_s_text_is_not_found(cast: Cast, enter: Enter, write: Write) -> None:
    kept = write()
    assert enter(cast.he_jing).get(f"/settings/texts/{kept.line}/").status_code == 200
    for other in (cast.cao_lei, cast.xu_kai):
        assert enter(other).get(f"/settings/texts/{kept.line}/").status_code == 404
        assert enter(other).get(f"/settings/texts/?place={cast.relief.pk}").status_code == 404
        data = {"place": cast.relief.pk, "title": "受理", "text": "改。"}
        assert enter(other).post("/settings/texts/new/", data).status_code == 422


def test_the_page_of_texts_asks_the_same_however_many_there_are(
    cast: Cast, enter: Enter, write: Write
) -> None:
    client = enter(cast.he_jing)
    write()

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(client, "/settings/texts/")
        return len(seen)

    few = [statements(), statements()][1]
    for n in range(9):
        write(title=f"第{n}种")
    assert statements() == few
