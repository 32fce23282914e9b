"""The district in figures: the same numbers on the page and as open data, and nothing of a matter."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inquiries.models import Inquiry
from inquiries.services.answering import AnswerGiven, answer_inquiry
from inquiries.services.recording import record_inquiry
from tests.conftest import As, Cast


def ask(cast: Cast, web_as: As, *, answered: bool) -> Inquiry:
    # Of this year, whatever the day the suite runs on, and before now.
    now = timezone.now() - timedelta(seconds=2)
    with web_as(cast.sun_wei, now):
        inquiry = record_inquiry(
            by=cast.sun_wei,
            now=now,
            place=cast.civil,
            kind="consultation",
            channel="hotline",
            question="低保怎么申请？",
        )
        if answered:
            given = AnswerGiven("explained", "请到街道申请。", "telephone")
            answer_inquiry(inquiry.pk, given, by=cast.sun_wei, now=now)
    return inquiry


def test_page_csv_and_json_say_the_same_and_name_no_matter(cast: Cast, web_as: As) -> None:
    inquiry = ask(cast, web_as, answered=True)
    ask(cast, web_as, answered=False)
    anybody = Client(headers={"accept-language": "en"})
    home = f"/public/{cast.district.pk}/figures"
    data = anybody.get(f"{home}.json").json()
    rows = {row["place"]: row for row in data["rows"]}
    assert (rows["春和区"]["recorded"], rows["春和区"]["answered"]) == (2, 1)
    assert (rows["民政局"]["recorded"], rows["文化体育局"]["recorded"]) == (2, 0)
    assert rows["民政局"]["in_time"] == {"n": 1, "of": 1}
    sheet = anybody.get(f"{home}.csv").content.decode("utf-8-sig")
    lines = {line["Place"]: line for line in csv.DictReader(io.StringIO(sheet))}
    assert (lines["民政局"]["recorded"], lines["民政局"]["in_time_of"]) == ("2", "1")
    page = anybody.get(f"{home}/").content.decode()
    # A share of one question is no rate.
    assert "100.0%" not in page
    assert "Fewer than five" in page
    assert "in_time" in rows["民政局"]["small"]
    assert lines["民政局"]["small"].split() == rows["民政局"]["small"]
    assert rows["文化体育局"]["small"] == []
    for text in (page, sheet):
        assert inquiry.reference not in text
        assert "低保" not in text
    assert anybody.get(f"{home}.xml").status_code == 404
    # The scope that counted is left: the request sees no matter again.
    with web_as(None):
        assert not Inquiry.objects.exists()


def test_a_rate_is_told_from_five_on_and_what_is_small_is_marked(cast: Cast, web_as: As) -> None:
    anybody = Client(headers={"accept-language": "en"})
    home = f"/public/{cast.district.pk}/figures"
    for _more in range(4):
        ask(cast, web_as, answered=True)
    assert "100.0%" not in anybody.get(f"{home}/").content.decode()
    ask(cast, web_as, answered=True)
    assert "100.0%" in anybody.get(f"{home}/").content.decode()
    assert anybody.get(f"{home}.json").json()["rows"][0]["small"] == []


def test_the_page_takes_as_many_statements_however_much_was_asked(cast: Cast, web_as: As) -> None:
    anybody = Client()
    asked = []
    for _more in range(2):
        ask(cast, web_as, answered=True)
        with CaptureQueriesContext(connection) as made:
            assert anybody.get(f"/public/{cast.district.pk}/figures/").status_code == 200
        asked.append(len(made))
    assert asked[0] == asked[1] <= 30
