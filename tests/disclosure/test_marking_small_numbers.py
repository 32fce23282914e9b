"""Whoever reads numbers from outside — the public, a machine with a key — finds every one below five marked as such."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bureaus.api.document import document
from bureaus.workdays import local_date
from disclosure.urls import public_patterns
from inquiries.figures import Period
from inquiries.figures.credibility import SIGNALS
from inquiries.ladder import PUBLIC_LIST
from inquiries.models import CallbackDraw, Duty, Inquiry
from inquiries.models.tally import TIMES
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.bulletins import freeze_bulletin
from inquiries.services.recording import CitizenGiven
from inquiries.services.rules import issue_rules, shipped_rules
from tests.conftest import As, Cast, Key
from tests.inquiries.conftest import ask  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
STATISTICS = "/api/v1/statistics"
# Addresses of figures that tell no number of their own, or lists of inquiries for who may read each of them.
NUMBERLESS = {
    "statistics": "the definitions",
    "statistics/signals": "the definitions",
    "statistics/weights": "what the district set",
    "statistics/countings/{id}": "a figure that was counted: written by the same code",
    "statistics/repeat-callers/inquiries": "a list of inquiries",
    "statistics/repeated-questions/inquiries": "a list of inquiries",
}
# Pages of the public that count no inquiry, and why; open days count who came, in the words that were published.
UNCOUNTED = {
    *("public_booklets", "public_booklet", "public_booklet_docx", "public_answers", "public_answer"),
    *("public_start", "large_text", "public_item", "public_file", "public_district", "public_bureaus"),
    *("public_place", "public_items", "public_ask", "public_follow", "public_open_days", "public_open_day"),
    *("public_summary", "public_feed", "public_sitemap"),
}


@pytest.fixture
def few_and_many(cast: Cast, web_as: As, request: pytest.FixtureRequest) -> str:
    """Of everything fewer than five at one place, and more at another; the days in which it was."""
    record = request.getfixturevalue("ask")
    now = timezone.now()
    caller = CitizenGiven(name="张三", phone="13840005021")
    explained = AnswerGiven(
        "explained", "请您携带本人身份证、户口簿到社区服务中心三号窗口办理。", "telephone"
    )
    with web_as(cast.zhou_ning, now):
        issue_rules(district=cast.district, rules=shipped_rules(), by=cast.zhou_ning, now=now - 60 * DAY)
    for by, times in ((cast.li_min, 6), (cast.tang_rui, 1)):
        for number in range(times):
            for days in (50, 40, 2):
                asked_at = now - days * DAY
                inquiry = record(by=by, now=asked_at, asked_at=asked_at - 4 * DAY, citizen=caller)
                if days == 2 and number % 2:
                    continue
                if days != 50:
                    with web_as(by, asked_at):
                        answer_inquiry(inquiry.pk, explained, by=by, now=asked_at)
    return f"from={local_date(now - 60 * DAY)}&to={local_date(now)}"


def marks_hold(row: dict[str, Any], where: str) -> int:
    """Each number of the row is marked exactly where it is small; gives how many are."""
    marked = 0
    for when in ("", "previous_", "year_earlier_"):
        told = next(
            (found for n in ("of", "n", "answered") if (found := row.get(f"{when}{n}")) not in (None, "")),
            None,
        )
        if told is None and f"{when}small" not in row:
            continue
        # In a table a mark is 1 or 0, and where there is nothing before, nothing.
        mark = str(row[f"{when}small"]) in ("1", "True")
        assert mark is (0 < float(told or 0) < 5), (where, row)
        marked += mark
    return marked


def addresses() -> list[str]:
    told = {path.removeprefix("/api/v1/") for path, of in document()["paths"].items() if "get" in of}
    figures = {path for path in told if path.startswith("statistics") and not path.endswith("/inquiries")}
    filled = []
    for path in sorted(figures - NUMBERLESS.keys() - {"statistics/callback-draws"}):
        for figure in ("recorded", "in_time", "open_now") if "{figure}" in path else ("",):
            for time in TIMES if "{time}" in path else ("",):
                for signal in SIGNALS if "{signal}" in path else ("",):
                    filled.append(path.format(figure=figure, time=time, signal=signal))
    return filled


def test_every_table_of_the_api_marks_what_is_small(few_and_many: str, cast: Cast, key: Key) -> None:
    client = key("statistics:read", officer=cast.zhou_ning)
    small: dict[str, int] = {}
    for path in addresses():
        asked = "" if re.search("ageing|acknowledgements", path) else f"?{few_and_many}"
        asked += "&group_by=bureau" if re.search("recorded$|in_time|open_now|times/", path) else ""
        told = client.get(f"/api/v1/{path}{asked}")
        assert told.status_code == 200, (path, told.content)
        body = told.json()
        if "cells" in body:
            for cell in (body["total"], *body["cells"]):
                for measured in (cell, cell["previous"], cell["year_earlier"]):
                    if measured is not None:
                        small[path] = small.get(path, 0) + marks_hold(measured, path)
        else:
            for row in body["rows"]:
                small[path] = small.get(path, 0) + marks_hold(row["values"], path)
        sheet = client.get(f"/api/v1/{path}{asked}{'&' if asked else '?'}format=csv").content.decode()
        for line in csv.DictReader(io.StringIO(sheet)):
            marks_hold(line, path)
            assert "small" in line, path
    # Without one small number a mark proves nothing.
    assert {path for path, n in small.items() if n} >= {
        *("statistics/recorded", "statistics/in_time", "statistics/open_now", "statistics/ageing"),
        *("statistics/held", "statistics/times/recording", "statistics/times/answer", "statistics/standings"),
        "statistics/signals/recorded_late",
    }


def test_frozen_reports_and_draws_mark_what_is_small(
    few_and_many: str, cast: Cast, key: Key, web_as: As
) -> None:
    now = timezone.now()
    client = key("statistics:read", officer=cast.zhou_ning)
    before = local_date(now).replace(day=1) - DAY
    with web_as(cast.zhou_ning, now):
        period = Period(before.replace(day=1), before)
        frozen = freeze_bulletin(district=cast.district, period=period, by=cast.zhou_ning, now=now)
    told = client.get(f"/api/v1/bulletins/{frozen.pk}").json()
    marked = {name.removeprefix("counts.") for name in told["small"] if name.startswith("counts.")}
    assert marked == {
        name for name, (n, of) in told["figures"]["counts"].items() if 0 < (n if of is None else of) < 5
    }
    assert marked
    CallbackDraw.objects.create(
        district=cast.district, on=before, seed="0" * 32, answers=3, drawn=1, drawn_at=now
    )
    [draw] = client.get(f"{STATISTICS}/callback-draws").json()["items"]
    assert draw["small"] is True


def test_the_public_list_marks_what_is_small(few_and_many: str, cast: Cast) -> None:
    now = timezone.now()
    late = Inquiry.objects.filter(answered_at=None, due_at__lte=now).select_related("holder")
    for inquiry in late:
        Duty.objects.create(
            district=cast.district,
            kind="circular",
            inquiry=inquiry,
            subject=f"{PUBLIC_LIST}.{inquiry.round}",
            place=cast.district,
            opened_at=now - DAY,
            due_at=now,
            ladder=inquiry.ladder,
            done_at=now,
            decision="signed",
        )
    anybody = Client(headers={"accept-language": "en"})
    home = f"/public/{cast.district.pk}/overdue"
    rows = anybody.get(f"{home}.json").json()["rows"]
    assert {row["matters"] for row in rows} == {1, 6}
    for row in rows:
        assert row["small"] == [n for n in ("matters", "answered") if 0 < row[n] < 5]
    sheet = csv.DictReader(io.StringIO(anybody.get(f"{home}.csv").content.decode("utf-8-sig")))
    assert [line["small"].split() for line in sheet] == [row["small"] for row in rows]
    page = anybody.get(f"{home}/").content.decode()
    assert page.count('title="Fewer than five"') == sum(len(row["small"]) for row in rows) == 1


def test_every_page_of_the_public_is_one_that_marks_or_one_that_counts_no_inquiry() -> None:
    """The figures themselves are held by tests/disclosure/test_public_figures.py, the list above."""
    names = {str(each.name) for each in public_patterns}
    assert names == UNCOUNTED | {"public_figures", "public_figures_as", "public_overdue", "public_overdue_as"}


def test_nothing_is_left_out_of_the_walk() -> None:
    told = {path.removeprefix("/api/v1/") for path, of in document()["paths"].items() if "get" in of}
    assert NUMBERLESS.keys() <= told
    assert len(addresses()) > 20
