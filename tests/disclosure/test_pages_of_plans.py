"""The plan of an open day on its pages, and as a paper of GB/T 9704."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import docx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx.oxml.ns import qn

from bureaus.services.places import open_place, publish_hotline
from bureaus.workdays import local_date
from disclosure.documents.plan import chinese, line_of_business
from disclosure.models import Booth, DayPlan, OpenDay, PlanTask, Supply
from disclosure.services.open_days import open_booth, plan_open_day
from disclosure.services.plans import PlanGiven, hand_in_plan, write_plan
from disclosure.services.summaries import approve_summary, draft_summary
from inquiries.models import Duty
from tests.conftest import Cast
from tests.inquiries.conftest import Enter, page

pytestmark = pytest.mark.django_db

OF_DISTRICT = {
    "theme": "政务公开零距离",
    "aim": "便民",
    "venues": "和顺广场\n政务大厅",
    "requirements": "专人负责\n如实登记",
    "documents": "《政府信息公开条例》",
    "leading_group": "组长 周宁",
    "meetings": "5月8日 领导小组会议：研究方案",
}
OF_BUREAU = {
    "venue": "和顺广场1号台",
    "people": "吴小燕\n陈志强",
    "answering": "低保：社会救助科\n婚姻登记: 婚姻登记处",
    "leaders": "孙伟，9:00—10:30",
    "activities": "现场咨询",
    "published": "低保标准",
}


@pytest.fixture
def day(cast: Cast) -> OpenDay:
    now = timezone.now()
    day = plan_open_day(
        district=cast.district, on=local_date(now) + timedelta(days=30), theme="公开", by=None, now=now
    )
    day.refresh_from_db()
    return day


def path_of(day: OpenDay, place: object) -> str:
    return f"/open-days/{day.pk}/plans/{getattr(place, 'pk', place)}/"


def planned(day: OpenDay, cast: Cast) -> None:
    """The district has issued its plan, and the civil affairs bureau handed in its own."""
    now = timezone.now()
    for place, by, parts in (
        (cast.district, cast.wu_fang, OF_DISTRICT),
        (cast.civil, cast.sun_wei, OF_BUREAU),
    ):
        given = PlanGiven(parts, theme=day.theme)
        plan = write_plan(day=day, place=place, given=given, seen=0, by=by, now=now)
        hand_in_plan(plan.pk, seen=plan.version, by=by, now=now)


def posted(client: Client, path: str, given: dict[str, Any], status: int = 302) -> str:
    answered = client.post(path, given)
    assert answered.status_code == status
    return answered.content.decode()


def test_the_district_plans_issues_and_asks_and_the_bureau_hands_in_on_their_pages(
    cast: Cast, enter: Enter, day: OpenDay
) -> None:
    office, bureau = enter(cast.wu_fang), enter(cast.feng_bo)
    of_district, of_bureau = path_of(day, cast.district), path_of(day, cast.civil)
    assert "Nobody has written this plan yet" in page(office, of_district)
    posted(office, of_district, OF_DISTRICT | {"seen": 0})
    assert "Issue the plan first" in page(office, of_district)
    posted(office, f"{of_district}hand-in/", {"seen": 1})
    due_on = local_date(timezone.now()) + timedelta(days=7)
    notice = {"places": [cast.civil.pk, cast.culture.pk], "due_on": due_on, "request": "按方案报送"}
    posted(office, f"{of_district}ask/", notice)
    assert Duty.objects.filter(kind="day_plan", done_at=None).count() == 2
    told = page(bureau, of_bureau)
    assert "Owed by" in told
    assert "按方案报送" in told

    posted(bureau, of_bureau, OF_BUREAU | {"seen": 0})
    posted(
        bureau,
        f"{of_bureau}print/",
        {"name": "宣传单", "kind": "leaflet", "printed": 500, "measure": "sheet"},
    )
    post = cast.post(cast.li_min)
    posted(bureau, f"{of_bureau}assign/", {"what": "印宣传单", "post": post.pk, "due_on": due_on})
    seen = DayPlan.objects.get(place=cast.civil).version
    posted(bureau, f"{of_bureau}hand-in/", {"seen": seen})
    assert Booth.objects.get().venue == "和顺广场1号台"
    assert Supply.objects.get().value == 500
    assert not Duty.objects.filter(kind="day_plan", place=cast.civil, done_at=None).exists()

    rolled = page(office, of_district)
    for words in ("（一）民政局", "低保", "社会救助科", "500张", "到场领导：孙伟，9:00—10:30。", "handed in"):
        assert words in rolled
    posted(
        office,
        f"{of_district}excuse/",
        {"seen": DayPlan.objects.get(place=cast.culture).pk},
    )
    assert "excused" in page(office, of_district)
    assert "handed in" in page(bureau, f"/open-days/{day.pk}/")


def test_a_task_is_done_on_the_page_of_its_duty_and_taken_back_on_the_plan(
    cast: Cast, enter: Enter, day: OpenDay
) -> None:
    planned(day, cast)
    of_bureau, bureau = path_of(day, cast.civil), enter(cast.feng_bo)
    given = {"post": cast.post(cast.li_min).pk, "due_on": day.on}
    for what in ("印宣传单", "布置展台"):
        posted(bureau, f"{of_bureau}assign/", given | {"what": what})
    first, second = PlanTask.objects.order_by("pk")
    assert "印宣传单" in page(enter(cast.li_min), f"/duties/{first.duty_id}/")
    posted(enter(cast.li_min), f"/duties/{first.duty_id}/", {"reply": "印好了"})
    posted(bureau, f"{of_bureau}drop-task/", {"seen": second.pk})
    told = page(bureau, of_bureau)
    assert re.search(r"印宣传单.*?done.*?布置展台.*?taken back", told, re.DOTALL)
    assert "This was already done." in posted(bureau, f"{of_bureau}drop-task/", {"seen": second.pk}, 422)


@pytest.mark.parametrize(
    ("act", "given", "says"),
    [
        ("hand-in", {"seen": 99}, "This plan has changed since you opened it"),
        ("print", {"name": "宣传单", "kind": "leaflet", "printed": 0, "measure": "sheet"}, "宣传单"),
        ("assign", {"what": "布置展台", "post": "", "due_on": ""}, "布置展台"),
        ("assign", {"what": "布置展台", "post": "own", "due_on": "2001-01-01"}, "from today to the open day"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_what_was_typed_is_kept(
    cast: Cast, enter: Enter, day: OpenDay, act: str, given: dict[str, Any], says: str
) -> None:
    planned(day, cast)
    if given.get("post") == "own":
        given = given | {"post": cast.post(cast.li_min).pk}
    assert says in posted(enter(cast.feng_bo), f"{path_of(day, cast.civil)}{act}/", given, 422)


def test_a_changed_plan_keeps_what_was_typed(cast: Cast, enter: Enter, day: OpenDay) -> None:
    planned(day, cast)
    told = posted(
        enter(cast.feng_bo), path_of(day, cast.civil), OF_BUREAU | {"seen": 1, "venue": "七号台"}, 422
    )
    assert "七号台" in told
    assert "This plan has changed" in told
    told = posted(
        enter(cast.wu_fang), path_of(day, cast.district), {"seen": 2, "theme": "", "aim": "惠民"}, 422
    )
    assert "惠民" in told


def test_units_and_hotlines_of_the_bureau_are_ticked(cast: Cast, enter: Enter, day: OpenDay) -> None:
    now = timezone.now()
    unit = open_place(kind="unit", name="婚姻登记处", parent=cast.civil, by=None, now=now)
    line = publish_hotline(place=cast.civil, purpose="routine", number="024-55500110", by=None, now=now)
    other = publish_hotline(place=cast.culture, purpose="routine", number="024-55500120", by=None, now=now)
    client, path = enter(cast.feng_bo), path_of(day, cast.civil)
    assert "024-55500120" not in page(client, path)
    given = OF_BUREAU | {"seen": 0, "units": [unit.pk], "hotlines": [line.pk]}
    posted(client, path, given)
    told = page(client, path)
    assert "参加单位：婚姻登记处。" in told
    assert "当日开通热线：民政局（常规事务）024-55500110。" in told
    posted(client, path, given | {"seen": 1, "hotlines": [other.pk]}, 422)


def test_a_draft_is_of_its_authors_and_what_is_handed_in_of_the_district(
    cast: Cast, enter: Enter, day: OpenDay
) -> None:
    path = path_of(day, cast.civil)
    for nobody in (cast.tang_rui, cast.li_min, cast.bai_lu, cast.xu_kai):
        assert enter(nobody).get(path).status_code == 404
    posted(enter(cast.feng_bo), path, OF_BUREAU | {"seen": 0})
    for nobody in (cast.tang_rui, cast.li_min, cast.xu_kai):
        for address in (path, f"{path}plan.docx"):
            assert enter(nobody).get(address).status_code == 404
        assert enter(nobody).post(f"{path}hand-in/", {"seen": 1}).status_code == 404
    posted(enter(cast.feng_bo), f"{path}hand-in/", {"seen": 1})
    for reader in (cast.tang_rui, cast.li_min, cast.bai_lu):
        told = page(enter(reader), path)
        assert "和顺广场1号台" in told
        assert "Assign the task" not in told
        assert enter(reader).post(path, OF_BUREAU | {"seen": 2}).status_code == 422
        assert enter(reader).get(f"{path}plan.docx").status_code == 200
    assert enter(cast.xu_kai).get(path).status_code == 404
    assert enter(cast.feng_bo).get(path_of(day, cast.relief)).status_code == 404
    assert enter(cast.feng_bo).get(path_of(day, cast.elsewhere)).status_code == 404
    assert enter(cast.feng_bo).post(f"{path}explode/", {"seen": 1}).status_code == 404


def test_a_plan_of_a_day_that_is_over_is_read_and_not_written(cast: Cast, enter: Enter, day: OpenDay) -> None:
    planned(day, cast)
    OpenDay.objects.filter(pk=day.pk).update(on=local_date(timezone.now()) - timedelta(days=1))
    client, path = enter(cast.feng_bo), path_of(day, cast.civil)
    assert "Assign the task" not in page(client, path)
    assert "The open day is over" in posted(client, path, OF_BUREAU | {"seen": 2}, 422)


def test_what_earlier_editions_taught_is_shown_while_planning(cast: Cast, enter: Enter, day: OpenDay) -> None:
    now = timezone.now()
    before = plan_open_day(
        district=cast.district, on=local_date(now) - timedelta(days=330), theme="公开", by=None, now=now
    )
    open_booth(open_day=before, place=cast.civil, by=None, now=now)
    summary = draft_summary(day=before, place=cast.civil, by=cast.sun_wei, now=now)
    summary.parts |= {"insights": "分区排队好", "next": "材料带少了"}
    summary.save(update_fields=["parts"])
    approve_summary(summary.pk, seen=summary.version, although="已核对。", by=cast.sun_wei, now=now)
    told = page(enter(cast.feng_bo), path_of(day, cast.civil))
    assert re.search(r"Went well.*分区排队好.*Went badly.*材料带少了", told, re.DOTALL)
    planned(day, cast)
    assert "分区排队好" not in page(enter(cast.tang_rui), path_of(day, cast.civil))


def test_a_page_asks_as_much_of_many_bureaus(cast: Cast, enter: Enter, day: OpenDay) -> None:
    planned(day, cast)
    client = enter(cast.wu_fang)

    def count(path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    paths = (path_of(day, cast.district), f"/open-days/{day.pk}/")
    few = [count(path) for path in paths]
    now = timezone.now()
    # One is left to be asked, as before.
    open_place(kind="bureau", name="教育局", parent=cast.district, by=None, now=now)
    for place in (cast.culture, cast.streets):
        plan = write_plan(day=day, place=place, given=PlanGiven(OF_BUREAU), seen=0, by=cast.wu_fang, now=now)
        hand_in_plan(plan.pk, seen=plan.version, by=cast.wu_fang, now=now)
    assert [count(path) for path in paths] == few
    assert max(few) <= 32


# --- The paper ----------------------------------------------------------------------------------------------------
def test_the_paper_has_the_levels_and_tables_of_the_standard(cast: Cast, enter: Enter, day: OpenDay) -> None:
    planned(day, cast)
    answered = enter(cast.wu_fang).get(f"{path_of(day, cast.district)}plan.docx")
    assert answered["Content-Type"].endswith("wordprocessingml.document")
    made: Any = docx.Document(io.BytesIO(answered.content))
    faces: dict[str, str] = {}
    for paragraph in made.paragraphs:
        if paragraph.runs:
            fonts = paragraph.runs[0]._element.rPr.find(qn("w:rFonts"))
            faces.setdefault(paragraph.text, fonts.get(qn("w:eastAsia")))
    assert faces["春和区"] == faces[f"{day.on.year}年政务公开日活动方案"] == "方正小标宋简体"
    assert [text for text in faces if re.match("[一二三四五六]、", text)] == [
        "一、活动主题和宗旨",
        "二、活动时间和地点",
        "三、组织领导",
        "四、活动要求",
        "五、各单位安排",
    ]
    assert faces["五、各单位安排"] == "黑体"
    assert faces["（一）民政局"] == "楷体"
    assert faces["1. 专人负责。"] == faces["现场人员：吴小燕；陈志强。"] == "仿宋"
    assert f"为做好第{day.ordinal}个政务公开日活动，根据《政府信息公开条例》，" in "".join(faces)
    [answering] = made.tables
    assert [[cell.text for cell in row.cells] for row in answering.rows] == [
        ["业务", "单位", "答复人"],
        ["低保", "民政局", "社会救助科"],
        ["婚姻登记", "民政局", "婚姻登记处"],
    ]
    assert round(made.sections[0].top_margin.mm) == 37


def test_the_paper_of_a_bureau_says_what_it_brings_and_who_does_what(
    cast: Cast, enter: Enter, day: OpenDay
) -> None:
    planned(day, cast)
    client, path = enter(cast.feng_bo), path_of(day, cast.civil)
    posted(
        client,
        f"{path}print/",
        {"name": "办事指南", "kind": "handbook", "printed": 200, "measure": "volume"},
    )
    for what in ("印办事指南", "说错了"):
        given = {"what": what, "post": cast.post(cast.li_min).pk, "due_on": day.on}
        posted(client, f"{path}assign/", given)
    posted(client, f"{path}drop-task/", {"seen": PlanTask.objects.get(what="说错了").pk})
    made: Any = docx.Document(io.BytesIO(client.get(f"{path}plan.docx").content))
    told = [[[cell.text for cell in row.cells] for row in table.rows[1:]] for table in made.tables]
    assert told[1:] == [
        [["办事指南", "民政局", "200册"]],
        [["印办事指南", "社会救助科 handler", f"{day.on.year}年{day.on.month}月{day.on.day}日"]],
    ]
    posted(client, f"{path}drop-material/", {"seen": Supply.objects.get().material_id})
    made = docx.Document(io.BytesIO(client.get(f"{path}plan.docx").content))
    assert len(made.tables) == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("低保：救助科", ("低保", "救助科")),
        ("低保: 救助科", ("低保", "救助科")),
        ("低保", ("低保", "")),
        ("低保：救助科：吴小燕", ("低保", "救助科：吴小燕")),
    ],
)
def test_a_line_of_business_names_who_answers(line: str, told: tuple[str, str]) -> None:
    assert line_of_business(line) == told


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (32, "三十二"), (99, "九十九")],
)
def test_headings_are_counted_in_chinese(n: int, said: str) -> None:
    assert chinese(n) == said
