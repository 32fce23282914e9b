"""The open days in public: what is issued and published, no draft, and nobody's name that was not published."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bureaus.services.places import publish_hotline
from disclosure.models import Booth, Count, DayPlan, Measure, OpenDay, Summary
from disclosure.services.desk import Stamp, receive
from disclosure.services.history import load_history
from disclosure.services.open_days import open_booth, plan_open_day, record_reception
from disclosure.services.plans import PlanGiven, hand_in_plan, write_plan
from disclosure.services.showing import coming_and_past, show_day, shown_days
from disclosure.services.summaries import approve_summary, draft_summary, edit_summary, publish_summary
from tests.conftest import As, Cast
from tests.disclosure.planned import OF_BUREAU, Write
from tests.disclosure.planned import day as day  # fixtures
from tests.disclosure.planned import issued as issued
from tests.disclosure.planned import write as write

pytestmark = pytest.mark.django_db


@pytest.fixture
def anybody() -> Client:
    return Client(headers={"accept-language": "en"})


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.fixture
def summary(booth: Booth, cast: Cast, now: datetime) -> Summary:
    """The civil affairs bureau received forty and drafted its summary."""
    receive(booth=booth, n=40, measure=Measure.VISIT, stamp=Stamp("v"), by=cast.li_min, now=now)
    drafted = draft_summary(day=booth.open_day, place=cast.civil, by=cast.feng_bo, now=now)
    parts = drafted.parts | {"insights": "局长孙伟到场接待。", "situation": "接待群众{visits}。"}
    return edit_summary(drafted.pk, parts=parts, seen=drafted.version, by=cast.feng_bo, now=now)


def approve(summary: Summary, cast: Cast, now: datetime) -> Summary:
    return approve_summary(summary.pk, seen=summary.version, although="已核对。", by=cast.sun_wei, now=now)


def publish(summary: Summary, cast: Cast, now: datetime) -> Summary:
    approved = approve(summary, cast, now)
    return publish_summary(approved.pk, seen=approved.version, by=cast.sun_wei, now=now)


def test_a_coming_day_tells_what_is_answered_where_and_on_which_line_and_names_nobody(
    issued: DayPlan, write: Write, cast: Cast, web_as: As, now: datetime, anybody: Client
) -> None:
    line = publish_hotline(place=cast.civil, purpose="routine", number="024-55500112", by=None, now=now)
    other = publish_hotline(place=cast.civil, purpose="approval", number="024-55500199", by=None, now=now)
    parts = OF_BUREAU | {"answering": "低保：社会救助科 李敏\n婚姻登记、陈志强\n社会组织 孙伟\n李敏"}
    plan = write(parts=parts, hotlines=[line])
    page = f"/public/{cast.district.pk}/open-days/{issued.open_day_id}/"
    # What is not handed in yet is a draft.
    assert "和顺广场" in text(anybody, page)
    assert "广场1号台" not in text(anybody, page)
    with web_as(cast.feng_bo):
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
    shown = text(anybody, page)
    for told in (
        "2026-06-20",
        "和顺广场",
        "民政局",
        "广场1号台",
        "低保",
        "婚姻登记",
        "社会组织",
        line.number,
    ):
        assert told in shown
    # Its people, its leaders, whoever answers, its requirements, and the lines that are not open that day.
    for kept in ("吴小燕", "陈志强", "李敏", "孙伟", "社会救助科", "专人负责", other.number):
        assert kept not in shown


def test_a_day_whose_plan_is_a_draft_is_nowhere(
    day: OpenDay, cast: Cast, web_as: As, now: datetime, anybody: Client
) -> None:
    with web_as(cast.wu_fang):
        given = PlanGiven({"venues": "还没定的广场"}, theme="没有发布", aim="")
        write_plan(day=day, place=cast.district, given=given, seen=0, by=cast.wu_fang, now=now)
    home = f"/public/{cast.district.pk}/"
    assert anybody.get(f"{home}open-days/{day.pk}/").status_code == 404
    for path in ("open-days/", "sitemap.xml"):
        assert "没有发布" not in text(anybody, f"{home}{path}")
        assert f"/open-days/{day.pk}/" not in text(anybody, f"{home}{path}")


def test_a_summary_is_read_by_everybody_once_published_and_not_before(
    summary: Summary, cast: Cast, now: datetime, anybody: Client
) -> None:
    home = f"/public/{cast.district.pk}/"
    page, on = f"{home}summaries/{summary.pk}/", f"{home}open-days/{summary.open_day_id}/"
    assert anybody.get(page).status_code == 404
    assert anybody.get(on).status_code == 404
    approved = approve(summary, cast, now)
    assert anybody.get(page).status_code == 404
    publish_summary(approved.pk, seen=approved.version, by=cast.sun_wei, now=now)
    for told in ("接待群众40人次", "局长孙伟到场接待", "民政局"):
        assert told in text(anybody, page)
    # What comes in late changes nothing that is published.
    booth = Booth.objects.get()
    receive(booth=booth, n=5, measure=Measure.VISIT, stamp=Stamp("late"), by=cast.li_min, now=now)
    assert "40人次" in text(anybody, on)
    assert "45人次" not in text(anybody, on)
    assert page in text(anybody, on)
    # A column in which nobody wrote down anything is none.
    assert "Visits received" in text(anybody, on)
    assert "People received" not in text(anybody, on)
    atom = ElementTree.fromstring(text(anybody, f"{home}feed.atom"))  # noqa: S314
    assert "民政局2026年政务公开日活动总结" in [
        each.text for each in atom.iter("{http://www.w3.org/2005/Atom}title")
    ]
    for path in (page, on, f"{home}open-days/"):
        assert path in text(anybody, f"{home}sitemap.xml")
    assert f"{home}open-days/" in text(anybody, home)


def test_another_district_shows_none_of_it(
    summary: Summary, issued: DayPlan, cast: Cast, now: datetime, anybody: Client
) -> None:
    publish(summary, cast, now)
    home = f"/public/{cast.elsewhere.pk}/"
    assert "Nothing here yet." in text(anybody, f"{home}open-days/")
    for path in (f"summaries/{summary.pk}/", f"open-days/{issued.open_day_id}/"):
        assert anybody.get(f"{home}{path}").status_code == 404
    for path in ("feed.atom", "sitemap.xml"):
        assert "/open-days/1" not in text(anybody, f"{home}{path}")
        assert "活动总结" not in text(anybody, f"{home}{path}")


def test_the_coming_stand_before_the_past_and_a_day_is_past_the_day_after(
    issued: DayPlan, summary: Summary, cast: Cast, now: datetime
) -> None:
    publish(summary, cast, now)
    days = shown_days(cast.district)
    on = [[day.on for day in each] for each in coming_and_past(days, now=now)]
    assert on == [[date(2026, 5, 20), date(2026, 6, 20)], []]
    on = [[day.on for day in each] for each in coming_and_past(days, now=now + timedelta(days=1))]
    assert on == [[date(2026, 6, 20)], [date(2026, 5, 20)]]
    on = [[day.on for day in each] for each in coming_and_past(days, now=now + timedelta(days=40))]
    assert on == [[], [date(2026, 6, 20), date(2026, 5, 20)]]


def test_history_stands_as_history_and_a_district_of_nothing_else_has_no_pages(
    cast: Cast, now: datetime, anybody: Client
) -> None:
    day = plan_open_day(district=cast.district, on=date(2016, 5, 15), theme="旧日", by=None, now=now)
    OpenDay.objects.filter(pk=day.pk).update(is_history=True)
    booth = open_booth(open_day=day, place=cast.civil, venue="", by=None, now=now)
    record_reception(
        booth=booth,
        people=Count(50, Measure.PERSON, at_least=True),
        questions=Count(None, Measure.CASE),
        issues=Count(0, Measure.CASE),
        by=None,
        now=now,
    )
    page = text(anybody, f"/public/{cast.district.pk}/open-days/{day.pk}/")
    assert "from reports of the past" in page
    assert "50" in page
    # Nothing of it is coming, owed or missing.
    assert "No summary is published yet." not in page
    load_history(now=now)
    real = OpenDay.objects.exclude(district=cast.district).first()
    assert real is not None
    assert anybody.get(f"/public/{real.district_id}/open-days/").status_code == 404
    assert anybody.get(f"/public/{real.district_id}/open-days/{real.pk}/").status_code == 404


def test_a_day_takes_as_many_statements_however_many_bureaus(
    issued: DayPlan, write: Write, summary: Summary, cast: Cast, web_as: As, now: datetime, anybody: Client
) -> None:
    publish(summary, cast, now)
    pages = (
        f"/public/{cast.district.pk}/open-days/",
        f"/public/{cast.district.pk}/open-days/{issued.open_day_id}/",
        f"/public/{cast.district.pk}/open-days/{summary.open_day_id}/",
    )

    def asked() -> list[int]:
        counts = []
        for path in pages:
            with CaptureQueriesContext(connection) as made:
                assert anybody.get(path).status_code == 200
            counts.append(len(made))
        return counts

    plan = write(units=[])
    with web_as(cast.feng_bo):
        hand_in_plan(plan.pk, seen=plan.version, by=cast.feng_bo, now=now)
    before = asked()
    with web_as(cast.zhou_ning):
        given = PlanGiven(OF_BUREAU)
        more = write_plan(
            day=issued.open_day, place=cast.culture, given=given, seen=0, by=cast.zhou_ning, now=now
        )
        hand_in_plan(more.pk, seen=more.version, by=cast.zhou_ning, now=now)
    open_booth(open_day=summary.open_day, place=cast.culture, venue="", by=None, now=now)
    drafted = draft_summary(day=summary.open_day, place=cast.culture, by=cast.zhou_ning, now=now)
    approved = approve_summary(
        drafted.pk, seen=drafted.version, although="已核对。", by=cast.zhou_ning, now=now
    )
    publish_summary(approved.pk, seen=approved.version, by=cast.zhou_ning, now=now)
    assert len(show_day(issued.open_day).present) == 2
    assert asked() == before
    assert max(before) <= 25
