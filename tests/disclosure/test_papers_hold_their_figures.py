"""A summary opened again as a Word file: its numbers are figures of the records, and every figure stands in it."""

from __future__ import annotations

import io
import re
from datetime import datetime

import docx
import pytest

from bureaus.letterhead import docx_of
from disclosure.documents.summary import paper_of
from disclosure.models import Booth, Count, Material, Measure, Summary
from disclosure.services.desk import Stamp, bring, receive
from disclosure.services.open_days import hand_out, open_booth, record_reception
from disclosure.services.summaries import approve_summary, draft_summary, read_records
from tests.conftest import Cast
from tests.disclosure.test_summaries import filled as filled  # a fixture

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r"(?<![第\d])\d+余?(?:人次|人|件|份|本|张|册|部|个)")


def read(summary: Summary) -> str:
    """The paragraphs of its Word file, with the numbers as they were frozen."""
    paper = docx.Document(io.BytesIO(docx_of(paper_of(summary, summary.frozen or {}))))
    return "\n".join(paragraph.text for paragraph in paper.paragraphs)


def figures_of(summary: Summary) -> dict[str, str]:
    """What is known of the records, in words."""
    found = read_records(summary.open_day, summary.place).figures
    return {name: each.words for name, each in found.items() if each.known}


def test_the_word_file_of_a_bureau_holds_its_figures_and_no_other_number(
    filled: Booth, leaflet: Material, cast: Cast, now: datetime
) -> None:
    bring(booth=filled, material=leaflet, n=500, stamp=Stamp("b"), by=cast.li_min, now=now)
    summary = draft_summary(day=filled.open_day, place=cast.civil, by=cast.feng_bo, now=now)
    figures = figures_of(summary)
    done = approve_summary(summary.pk, seen=summary.version, although="已核对。", by=cast.sun_wei, now=now)
    text = read(done)
    for name in ("people", "visits", "answered", "followed", f"handed.{leaflet.pk}"):
        assert figures[name] in text
    # What still is open is told beside them; the number of what was brought is no figure of what was done.
    told = {*figures.values(), "1件", "1号台"}
    assert {number for number in NUMBER.findall(text) if number not in told} == set()
    # What is written down later changes no paper.
    receive(booth=filled, n=5, measure=Measure.VISIT, stamp=Stamp("late"), by=cast.li_min, now=now)
    assert read(done) == text
    assert figures_of(done) != figures


def test_the_word_file_of_the_district_holds_the_sums_and_leaves_the_unknown_out(
    filled: Booth, leaflet: Material, cast: Cast, now: datetime
) -> None:
    other = open_booth(open_day=filled.open_day, place=cast.culture, by=None, now=now)
    record_reception(
        booth=other,
        people=Count(50, Measure.PERSON, at_least=True),
        questions=Count(5, Measure.CASE),
        issues=Count(None, Measure.CASE),
        by=None,
        now=now,
    )
    hand_out(booth=other, material=leaflet, count=Count(80, Measure.SHEET, True), by=None, now=now)
    summary = draft_summary(day=filled.open_day, place=cast.district, by=cast.wu_fang, now=now)
    text = read(
        approve_summary(summary.pk, seen=summary.version, although="已核对。", by=cast.zhou_ning, now=now)
    )
    for told in ("80余人", "40人次", "6件", "200余张", "50余人", "30人", "5件", "120张", "80余张"):
        assert told in text
    assert not re.search(r"热点|不详|120人", text)
