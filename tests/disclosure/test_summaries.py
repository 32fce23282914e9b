"""The summary of an open day: drafted from the records, its numbers bound, checked, frozen; a paper of GB/T 9704."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

import docx
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from docx.oxml.ns import qn

from bureaus.letterhead import docx_of
from bureaus.models import Officer
from bureaus.models.posts import Post
from bureaus.services.posts import begin_tenure, open_post
from bureaus.services.refusals import Refusal
from disclosure.documents.checks import ordinal_said
from disclosure.documents.summary import PARTS, paper_of, read_text
from disclosure.models import Booth, Count, Material, Measure, Summary
from disclosure.services.desk import Stamp, give, receive, record_question
from disclosure.services.history import load_history
from disclosure.services.open_days import open_booth, record_reception
from disclosure.services.summaries import (
    ChecksRemain,
    NoBoothThere,
    NotApproved,
    NotYoursToApprove,
    NotYourSummary,
    SummaryFrozen,
    approve_summary,
    draft_summary,
    edit_summary,
    findings_of,
    publish_summary,
    read_records,
)
from inquiries.services.answering import AnswerGiven
from inquiries.services.refusals import ChangedMeanwhile, NeedsWords
from tests.conftest import As, Cast
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db


def text_of(summary: Summary) -> str:
    """The whole text as it reads now."""
    read = read_records(summary.open_day, summary.place)
    words = {name: each.words for name, each in read.figures.items() if each.known}
    return "\n".join(read_text(summary.parts[code], words) for code in PARTS)


@pytest.fixture
def filled(booth: Booth, leaflet: Material, cast: Cast, now: datetime, web_as: As) -> Booth:
    """A booth that received, answered, recorded and handed out."""
    by = cast.li_min
    receive(booth=booth, n=40, measure=Measure.VISIT, stamp=Stamp("v"), by=by, now=now)
    receive(booth=booth, n=30, measure=Measure.PERSON, stamp=Stamp("p"), by=by, now=now)
    give(booth=booth, material=leaflet, n=120, stamp=Stamp("g"), by=by, now=now)
    answer = AnswerGiven("explained", "请带身份证到社区办理。", "in_person")
    with web_as(by):
        for key, given in (("a", answer), ("b", None)):
            record_question(
                booth=booth,
                question="低保怎么申请？",
                kind="consultation",
                answer=given,
                stamp=Stamp(key),
                by=by,
                now=now,
            )
    return booth


@pytest.fixture
def summary(filled: Booth, cast: Cast, now: datetime) -> Summary:
    return draft_summary(day=filled.open_day, place=cast.civil, by=cast.feng_bo, now=now)


def rewritten(summary: Summary, by: Officer, now: datetime, **parts: str) -> Summary:
    return edit_summary(summary.pk, parts={**summary.parts, **parts}, seen=summary.version, by=by, now=now)


def found(summary: Summary) -> set[tuple[str, str]]:
    read = read_records(summary.open_day, summary.place)
    return {(each.code, each.words) for each in findings_of(summary, read) if each.code != "empty"}


# --- Drafting -----------------------------------------------------------------------------------------------------
def test_a_draft_says_what_was_recorded_in_its_measures(summary: Summary) -> None:
    told = text_of(summary)
    assert "接待群众30人，接待群众40人次，当场解答问题1件，登记待办问题1件，发放政策宣传单120张" in told
    assert "第20个政务公开日（2026年5月20日）" in told
    assert "尚有1件未答复" in told


def test_a_draft_claims_nothing_that_was_not_recorded(booth: Booth, cast: Cast, now: datetime) -> None:
    empty = draft_summary(day=booth.open_day, place=cast.civil, by=cast.feng_bo, now=now)
    assert not re.search(r"接待|解答问题|发放|领导|热点", text_of(empty))
    assert empty.parts["insights"] == ""


def test_numbers_follow_the_records_until_they_are_frozen(
    summary: Summary, filled: Booth, cast: Cast, now: datetime
) -> None:
    receive(booth=filled, n=2, measure=Measure.VISIT, stamp=Stamp("more"), by=cast.li_min, now=now)
    assert "接待群众42人次" in text_of(summary)
    frozen = approve_summary(summary.pk, seen=summary.version, although="已核对。", by=cast.sun_wei, now=now)
    receive(booth=filled, n=5, measure=Measure.VISIT, stamp=Stamp("late"), by=cast.li_min, now=now)
    assert frozen.frozen
    assert frozen.frozen["visits"] == "42人次"


def test_the_district_rolls_up_its_bureaus(
    summary: Summary, filled: Booth, cast: Cast, now: datetime
) -> None:
    other = open_booth(open_day=filled.open_day, place=cast.culture, by=None, now=now)
    unknown = Count(None, Measure.CASE)
    record_reception(
        booth=other,
        people=Count(50, Measure.PERSON, at_least=True),
        questions=Count(5, Measure.CASE),
        issues=unknown,
        by=None,
        now=now,
    )
    told = text_of(draft_summary(day=filled.open_day, place=cast.district, by=cast.wu_fang, now=now))
    assert "组织2个单位" in told
    assert "接待群众80余人，接待群众40人次，当场解答问题6件" in told
    assert "文化体育局接待群众50余人" in told
    assert found(Summary.objects.get(place=cast.district)) == set()


def test_a_summary_stands_once(summary: Summary, cast: Cast, now: datetime) -> None:
    again = draft_summary(day=summary.open_day, place=cast.civil, by=cast.sun_wei, now=now)
    assert again.pk == summary.pk


def test_reading_the_records_asks_as_much_of_many_booths(filled: Booth, cast: Cast, now: datetime) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            read_records(filled.open_day, cast.district)
        return len(seen)

    few = count()
    for place in (cast.culture, cast.streets):
        open_booth(open_day=filled.open_day, place=place, by=None, now=now)
    assert count() == few <= 9


# --- The two summaries of 2016 ------------------------------------------------------------------------------------
def of_2016(name: str, now: datetime) -> Summary:
    load_history(now=now)
    booth = Booth.objects.select_related("open_day", "place").get(place__name=name)
    author = Officer.objects.create_user("writer", name="赵文", district=booth.district)
    post = open_post(place=booth.place, role=Post.Role.LIAISON, title="联络员", by=None, now=now)
    begin_tenure(post=post, officer=author, from_on=now.date(), by=None, now=now)
    return draft_summary(day=booth.open_day, place=booth.place, by=author, now=now)


def test_the_culture_bureau_s_summary_of_2016_has_the_figures_of_its_source(now: datetime) -> None:
    summary = of_2016("皇姑区文体局", now)
    told = text_of(summary)
    assert "第10个政务公开日（2016年5月15日）" in told
    assert "接待群众50余人，当场解答问题5件，发放知识版权维护和知识专利申请宣传单55本" in told
    assert "3部咨询热线" in told
    assert "主要领导亲自部署活动、亲自到场指导、亲自接待群众咨询、亲自为群众办实事。" in told
    assert "民政" not in told
    assert found(summary) == set()


def test_the_civil_affairs_bureau_s_summary_of_2016_leaves_out_the_unreadable_count(now: datetime) -> None:
    summary = of_2016("和平区民政局", now)
    told = text_of(summary)
    assert "收集热点问题13件，发放便民手册100余册，发放宣传资料1000余张" in told
    assert "接待" not in told
    assert "联心卡" not in told
    figures = read_records(summary.open_day, summary.place).figures
    assert {figure.label for figure in figures.values() if not figure.known} == {
        "接待群众（人次）",
        "当场解答问题",
        "发放联心卡",
    }


# --- Checks -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("做好辽宁省第九个政务公开日活动。", "ordinal", "第九个"),
        ("极大地完善了全市教育系统政务公开体系。", "elsewhere", "教育"),
        ("城市管理局现场解答。", "elsewhere", "城市管理局"),
        ("共接待群众五百余人。", "number", "五百余人"),
        ("共接待群众70人次。", "added", "70人次"),
        ("做到了四个亲自。", "leader", "四个亲自"),
        ("受到群众的一致好评。", "praise", "好评"),
        ("发放了{handed.999999}。", "unknown", "{handed.999999}"),
        ("接待群众{peopel}。", "unknown", "{peopel}"),
    ],
)
def test_a_slip_is_found(
    summary: Summary, cast: Cast, now: datetime, text: str, code: str, words: str
) -> None:
    assert found(summary) == set()
    assert (code, words) in found(rewritten(summary, cast.feng_bo, now, insights=text))


@pytest.mark.parametrize("text", ["我们迎来第二十个政务公开日。", "民政政策更加透明。", "共接待群众40人次。"])
def test_what_is_right_is_not_found(summary: Summary, cast: Cast, now: datetime, text: str) -> None:
    assert found(rewritten(summary, cast.feng_bo, now, insights=text)) == set()


def test_text_of_another_bureau_is_found(summary: Summary, filled: Booth, cast: Cast, now: datetime) -> None:
    same = "从工作实际出发，突出为民宗旨，确定活动内容和活动方式，不搞形式主义，灵活安排各种公开形式。"
    rewritten(summary, cast.feng_bo, now, insights=same)
    open_booth(open_day=filled.open_day, place=cast.culture, by=None, now=now)
    other = draft_summary(day=filled.open_day, place=cast.culture, by=cast.cao_lei, now=now)
    assert ("copied", same[:40]) in found(rewritten(other, cast.cao_lei, now, insights=same))


def test_an_empty_part_is_found(summary: Summary) -> None:
    read = read_records(summary.open_day, summary.place)
    assert [each.part for each in findings_of(summary, read) if each.code == "empty"] == [
        "methods",
        "insights",
    ]


@pytest.mark.parametrize(
    ("said", "n"),
    [("九", 9), ("十", 10), ("十六", 16), ("二十", 20), ("二十一", 21), ("18", 18), ("千", None)],
)
def test_an_ordinal_is_read(said: str, n: int | None) -> None:
    assert ordinal_said(said) == n


# --- Approving ----------------------------------------------------------------------------------------------------
def test_what_the_checks_find_stops_the_approval_until_a_reason_stands(
    summary: Summary, cast: Cast, now: datetime
) -> None:
    with pytest.raises(ChecksRemain):
        approve_summary(summary.pk, seen=summary.version, by=cast.sun_wei, now=now)
    approved = approve_summary(
        summary.pk, seen=summary.version, although="无体会。", by=cast.sun_wei, now=now
    )
    assert (approved.approved_by, approved.approved_although) == (cast.sun_wei, "无体会。")


def test_what_is_approved_is_published_and_stays(summary: Summary, cast: Cast, now: datetime) -> None:
    approved = approve_summary(summary.pk, seen=summary.version, although="无。", by=cast.sun_wei, now=now)
    published = publish_summary(approved.pk, seen=approved.version, by=cast.wu_fang, now=now)
    assert published.published_by == cast.wu_fang
    changes: tuple[dict[str, Any], ...] = ({"parts": {}}, {"frozen": {}}, {"published_at": None})
    for change in changes:
        with pytest.raises(IntegrityError, match="approved summary"), transaction.atomic():
            Summary.objects.filter(pk=summary.pk).update(**change)


def test_what_may_not_be_done_to_a_summary_is_refused(summary: Summary, cast: Cast, now: datetime) -> None:
    day, seen = summary.open_day, summary.version
    acts: list[tuple[type[Refusal], object]] = [
        (NotYourSummary, lambda: draft_summary(day=day, place=cast.civil, by=cast.tang_rui, now=now)),
        (NoBoothThere, lambda: draft_summary(day=day, place=cast.streets, by=cast.wu_fang, now=now)),
        (NotYourSummary, lambda: rewritten(summary, cast.li_min, now)),
        (NeedsWords, lambda: edit_summary(summary.pk, parts={}, seen=seen, by=cast.feng_bo, now=now)),
        (ChangedMeanwhile, lambda: edit_summary(summary.pk, parts={}, seen=99, by=cast.feng_bo, now=now)),
        (NotYoursToApprove, lambda: approve_summary(summary.pk, seen=seen, by=cast.feng_bo, now=now)),
        (NotApproved, lambda: publish_summary(summary.pk, seen=seen, by=cast.sun_wei, now=now)),
    ]
    for refusal, act in acts:
        with pytest.raises(refusal):
            act()  # type: ignore[operator]
    approved = approve_summary(summary.pk, seen=seen, although="无。", by=cast.sun_wei, now=now)
    with pytest.raises(SummaryFrozen):
        rewritten(approved, cast.feng_bo, now)
    with pytest.raises(SummaryFrozen):
        approve_summary(summary.pk, seen=approved.version, by=cast.sun_wei, now=now)


# --- The paper ----------------------------------------------------------------------------------------------------
def test_the_paper_has_the_levels_of_the_standard(summary: Summary, cast: Cast, now: datetime) -> None:
    edited = rewritten(
        summary, cast.feng_bo, now, methods="（一）开展现场咨询。围绕低保解答群众提问。", insights="体会。"
    )
    read = read_records(edited.open_day, edited.place)
    words = {name: each.words for name, each in read.figures.items()}
    made: Any = docx.Document(io.BytesIO(docx_of(paper_of(edited, words))))
    faces: dict[str, str] = {}
    for paragraph in made.paragraphs:
        if paragraph.runs:
            # The name stands in the title first, and again in the signature.
            fonts = paragraph.runs[0]._element.rPr.find(qn("w:rFonts"))
            faces.setdefault(paragraph.text, fonts.get(qn("w:eastAsia")))
    assert faces["民政局"] == "方正小标宋简体"
    assert faces["一、基本情况"] == "黑体"
    assert faces["（一）开展现场咨询"] == "楷体"
    assert faces["围绕低保解答群众提问。"] == "仿宋"
    assert [text for text in faces if re.match("[一二三四]、", text)] == [
        "一、基本情况",
        "二、主要做法",
        "三、活动体会",
        "四、存在问题及下一步",
    ]
    section = made.sections[0]
    assert [round(side.mm) for side in (section.top_margin, section.bottom_margin, section.left_margin)] == [
        37,
        35,
        28,
    ]
    assert section._sectPr.find(qn("w:docGrid")).get(qn("w:linePitch")) == "579"
    for head in (each for each in made.paragraphs if each.text.startswith("一、")):
        assert head._p.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"
        assert head.runs[0].font.size.pt == 16


def test_a_part_without_words_has_no_heading(summary: Summary) -> None:
    headings = [each for each in paper_of(summary, {}).paragraphs if not isinstance(each, str)]
    assert [heading.text for heading in headings] == ["一、基本情况", "二、存在问题及下一步"]


# --- The pages ----------------------------------------------------------------------------------------------------
def test_a_summary_is_drafted_written_approved_and_published_on_its_page(
    filled: Booth, cast: Cast, enter: Enter
) -> None:
    day = filled.open_day
    author, head = enter(cast.feng_bo), enter(cast.sun_wei)
    assert "Draft from the records" in page(author, f"/open-days/{day.pk}/")
    told = author.post(f"/open-days/{day.pk}/summaries/{cast.civil.pk}/")
    path = told["Location"]
    assert "接待群众40人次" in page(author, path)
    parts = Summary.objects.get().parts
    sent = {"seen": 1, **parts, "insights": "受到好评。"}
    assert author.post(path, sent).status_code == 302
    assert author.post(path, sent).status_code == 422
    refused = head.post(f"{path}approve/", {"seen": 2})
    assert refused.status_code == 422
    assert "Praise needs ratings" in refused.content.decode()
    assert head.post(f"{path}approve/", {"seen": 2, "although": "已核对。"}).status_code == 302
    assert head.post(f"{path}publish/", {"seen": 3}).status_code == 302
    assert head.post(f"{path}publish/", {"seen": 3}).status_code == 422
    assert "Published" in page(enter(cast.tang_rui), path)


def test_a_draft_is_of_its_authors_alone(summary: Summary, cast: Cast, enter: Enter) -> None:
    path = f"/summaries/{summary.pk}/"
    for stranger in (cast.tang_rui, cast.xu_kai):
        for address in (path, f"{path}summary.docx"):
            assert enter(stranger).get(address).status_code == 404
        assert enter(stranger).post(f"{path}approve/", {"seen": 1}).status_code == 404
    assert (
        enter(cast.tang_rui).post(f"/open-days/{summary.open_day_id}/summaries/{cast.civil.pk}/").status_code
        == 422
    )


def test_the_paper_is_had_as_a_word_file(summary: Summary, cast: Cast, enter: Enter) -> None:
    answered = enter(cast.feng_bo).get(f"/summaries/{summary.pk}/summary.docx")
    assert answered["Content-Type"].endswith("wordprocessingml.document")
    made = docx.Document(io.BytesIO(answered.content))
    assert any("接待群众40人次" in paragraph.text for paragraph in made.paragraphs)
