"""The figures as resources of the REST API."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from openpyxl import load_workbook
from pyjstat import pyjstat

from inquiries.figures import FIGURES
from tests.conftest import Cast, Key
from tests.inquiries.conftest import Ask

STATISTICS = "/api/v1/statistics"
MAY = "from=2026-05-01&to=2026-05-31"


@pytest.fixture
def client(key: Key) -> Client:
    return key("statistics:read")


@pytest.fixture
def asked(cast: Cast, ask: Ask, now: datetime) -> None:
    """In May 2026 three of the civil affairs bureau, one of them for help, and one of the culture bureau."""
    ask()
    ask(kind="help", channel="hotline")
    ask(asked_at=now - timedelta(days=10))
    ask(by=cast.tang_rui)


def read(client: Client, path: str) -> dict[str, Any]:
    response = client.get(f"{STATISTICS}/{path}")
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def test_every_figure_is_listed_with_its_definition_in_both_languages(client: Client, cast: Cast) -> None:
    items = client.get(STATISTICS).json()["items"]
    assert [each["code"] for each in items] == list(FIGURES)
    assert all(each["definition"]["numerator"]["zh"] for each in items)


@pytest.mark.parametrize("code", list(FIGURES))
def test_every_figure_is_served(client: Client, asked: None, code: str) -> None:
    found = read(client, f"{code}?{MAY}")
    assert found["figure"]["code"] == code
    assert found["basis"] == FIGURES[code].bases[0]


def test_a_figure_is_grouped_by_two_dimensions_and_an_interval(
    cast: Cast, client: Client, asked: None
) -> None:
    found = read(client, f"recorded?{MAY}&group_by=bureau&group_by=kind&interval=month")
    assert found["total"]["n"] == 4
    cells = {tuple(each["code"] for each in cell["keys"]): cell["n"] for cell in found["cells"]}
    assert cells == {
        (str(cast.civil.pk), "consultation", "2026-05-01"): 2,
        (str(cast.civil.pk), "help", "2026-05-01"): 1,
        (str(cast.culture.pk), "consultation", "2026-05-01"): 1,
    }
    assert found["cells"][0]["keys"][0]["label"] == {"zh": "民政局", "en": "民政局"}
    assert found["cells"][0]["keys"][1]["label"] == {"zh": "咨询", "en": "consultation"}


def test_small_cells_are_marked(client: Client, asked: None) -> None:
    assert read(client, f"recorded?{MAY}")["total"]["small"] is True
    for path in (f"times/recording?{MAY}", f"times/recording?{MAY}&group_by=bureau"):
        assert {row["values"]["small"] for row in read(client, path)["rows"]} == {1}


def test_imported_and_provisional_ones_are_marked_where_that_is_known(
    client: Client, asked: None, ask: Ask
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update inquiries_inquiry set imported = true where kind = 'help'")
        cursor.execute("update inquiries_inquiry set due_provisional = true where kind <> 'help'")

    def marks(asked: str) -> list[object]:
        total = read(client, f"{asked}&from=2026-05-01&to=2026-05-31")["total"]
        return [total["imported"], total["provisional"]]

    for code in ("recorded?basis=cohort", "in_time?basis=cohort"):
        assert marks(code) == [1, 3]
    # As they were when they were recorded.
    assert marks("recorded?basis=happened") == [0, 0]
    for code in ("answered?basis=happened", "open_now?basis=now"):
        assert marks(code) == [None, None]


def test_a_key_of_a_bureau_counts_that_bureau_alone(cast: Cast, key: Key, asked: None) -> None:
    assert read(key("statistics:read", bureau=cast.civil), f"recorded?{MAY}")["total"]["n"] == 3


def test_a_bureau_and_a_unit_narrow_the_figure(cast: Cast, client: Client, asked: None) -> None:
    assert read(client, f"recorded?{MAY}&bureau={cast.culture.pk}")["total"]["n"] == 1
    assert read(client, f"recorded?{MAY}&unit={cast.relief.pk}")["total"]["n"] == 3


def test_the_code_of_each_key_is_what_its_filter_takes(client: Client, asked: None, ask: Ask) -> None:
    ask(source="gov.cn")
    for name in ("source", "kind", "channel", "bureau"):
        cells = read(client, f"recorded?{MAY}&group_by={name}")["cells"]
        assert len(cells) > 1
        for cell in cells:
            assert read(client, f"recorded?{MAY}&{name}={cell['keys'][0]['code']}")["total"]["n"] == cell["n"]


def test_a_bureau_that_the_reader_does_not_see_is_refused(cast: Cast, key: Key) -> None:
    stranger = key("statistics:read", bureau=cast.civil)
    for place in (cast.culture.pk, cast.elsewhere.pk, 2**40):
        refused = stranger.get(f"{STATISTICS}/recorded?{MAY}&bureau={place}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["field"] == "bureau"


def test_the_same_figure_is_the_same_csv_with_and_without_a_mark_for_excel(
    client: Client, asked: None
) -> None:
    plain = client.get(f"{STATISTICS}/recorded?{MAY}&group_by=kind&format=csv")
    marked = client.get(f"{STATISTICS}/recorded?{MAY}&group_by=kind&format=csv-excel")
    assert plain["Content-Type"] == "text/csv; charset=utf-8"
    assert marked.content == b"\xef\xbb\xbf" + plain.content
    rows = {row["kind"]: row for row in csv.DictReader(io.StringIO(plain.content.decode()))}
    assert rows["help"]["n"] == "1"
    assert rows["help"]["kind_zh"] == "求助"


def test_csv_is_given_to_who_accepts_it(client: Client, asked: None) -> None:
    response = client.get(f"{STATISTICS}/recorded?{MAY}", headers={"accept": "text/csv"})
    assert response.content.decode().startswith("n,of,value")


def test_a_workbook_holds_the_same_numbers(client: Client, asked: None) -> None:
    response = client.get(f"{STATISTICS}/recorded?{MAY}&group_by=kind&format=xlsx")
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    assert lines[0][:4] == ("kind", "kind_zh", "kind_en", "n")
    assert ("help", "求助", "help", 1) in [line[:4] for line in lines]


@pytest.mark.filterwarnings("ignore")
def test_json_stat_is_read_back_by_a_library_of_others(client: Client, asked: None) -> None:
    response = client.get(f"{STATISTICS}/recorded?{MAY}&group_by=kind&interval=month&format=json-stat")
    data_set = pyjstat.Dataset.read(response.content.decode())
    frame = data_set.write("dataframe", naming="id")
    help_ = frame[(frame["kind"] == "help") & (frame["metric"] == "n")]
    assert list(help_["value"]) == [1.0]
    assert data_set["role"]["time"] == ["interval"]


@pytest.mark.parametrize("basis", ["cohort", "happened"])
def test_every_form_names_the_basis_and_the_period(client: Client, asked: None, basis: str) -> None:
    def given(form: str) -> bytes:
        path = f"{STATISTICS}/recorded?{MAY}&basis={basis}&group_by=kind&format={form}"
        return client.get(path).content

    meant = (basis, "2026-05-01", "2026-05-31")
    rows = list(csv.DictReader(io.StringIO(given("csv").decode())))
    assert {(row["basis"], row["from"], row["to"]) for row in rows} == {meant}
    sheet = load_workbook(io.BytesIO(given("xlsx"))).active
    assert sheet is not None
    assert [line[-3:] for line in sheet.iter_rows(values_only=True)][:2] == [("basis", "from", "to"), meant]
    assert json.loads(given("json-stat"))["label"] == f"recorded ({', '.join(meant)})"
    told = json.loads(given("json"))
    assert (told["basis"], told["period"]["from"], told["period"]["to"]) == meant


@pytest.mark.parametrize("form", ["json", "csv", "csv-excel", "xlsx", "json-stat"])
def test_the_etag_is_the_hash_of_the_body_and_spares_the_second_answer(
    client: Client, asked: None, form: str
) -> None:
    path = f"{STATISTICS}/recorded?{MAY}&format={form}"
    first = client.get(path)
    assert first["ETag"] == f'"{hashlib.sha256(first.content).hexdigest()[:40]}"'
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get(path, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize(
    "path", [f"recorded?{MAY}&group_by=kind", "", "signals", "weights", "callback-draws"]
)
def test_the_etag_is_strong_for_whoever_takes_compressed_answers_too(
    client: Client, asked: None, path: str
) -> None:
    path = f"{STATISTICS}/{path}".removesuffix("/")
    first = client.get(path, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in first
    assert first["ETag"] == f'"{hashlib.sha256(first.content).hexdigest()[:40]}"'
    again = client.get(path, headers={"accept-encoding": "gzip", "if-none-match": first["ETag"]})
    assert (again.status_code, again["ETag"], again["Cache-Control"]) == (
        304,
        first["ETag"],
        "private, no-cache",
    )
    assert "RateLimit" in again


def test_the_etag_changes_with_the_figure(client: Client, asked: None, ask: Ask) -> None:
    path = f"{STATISTICS}/recorded?{MAY}"
    first = client.get(path)["ETag"]
    ask()
    assert client.get(path, headers={"if-none-match": first}).status_code == 200


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("recorded", "from"),
        ("recorded?from=2026-05-31&to=2026-05-01", "to"),
        ("recorded?from=2026-05-01&to=0001-01-01", "to"),
        (f"recorded?{MAY}&group_by=kind&group_by=kind", "group_by"),
        (f"recorded?{MAY}&group_by=kind&group_by=channel&group_by=topic", "group_by"),
        (f"recorded?{MAY}&group_by=colour", "group_by.0"),
        (f"recorded?{MAY}&basis=now", "basis"),
        (f"recorded?{MAY}&frmat=csv", "frmat"),
        (f"recorded?{MAY}&format=pdf", "format"),
        ("recorded?from=2000-01-01&to=2100-12-31&interval=day", "interval"),
    ],
)
def test_what_a_figure_cannot_tell_is_refused_by_name(
    client: Client, cast: Cast, path: str, field: str
) -> None:
    refused = client.get(f"{STATISTICS}/{path}")
    assert refused.status_code == 400, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]


@pytest.mark.parametrize(
    ("limit", "most", "asked_for", "field"),
    [
        ("inquiries.figures.figure.MOST_CELLS", 30, "group_by=kind&interval=day", "group_by"),
        ("inquiries.figures.reading.MOST_ROWS", 1, "group_by=kind&interval=day", "group_by"),
        ("inquiries.api.statistics.MOST_VALUES", 10, "group_by=kind&format=json-stat", "format"),
    ],
)
def test_more_numbers_than_one_answer_holds_are_refused(
    client: Client,
    asked: None,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: int,
    asked_for: str,
    field: str,
) -> None:
    path = f"{STATISTICS}/recorded?{MAY}&{asked_for}"
    assert client.get(path).status_code == 200
    monkeypatch.setattr(limit, most)
    refused = client.get(path)
    assert refused.status_code == 400
    assert [(error["field"], bool(error["remedy"])) for error in refused.json()["errors"]] == [(field, True)]


def test_there_is_no_figure_by_another_name(client: Client, cast: Cast) -> None:
    assert client.get(f"{STATISTICS}/happiness?{MAY}").status_code == 404


def test_a_figure_opens_into_the_inquiries_behind_it(cast: Cast, key: Key, asked: None) -> None:
    client = key("statistics:read", "inquiries:read")
    path = f"{STATISTICS}/recorded/inquiries?{MAY}&kind=consultation"
    n = read(client, f"recorded?{MAY}&kind=consultation")["total"]["n"]
    first = client.get(f"{path}&limit=2").json()
    rest = client.get(f"{path}&limit=2&cursor={first['next']}").json()
    assert len(first["items"]) + len(rest["items"]) == n == 3
    assert rest["next"] is None
    assert key("statistics:read").get(path).status_code == 403


def test_times_ageing_held_and_acknowledgements_are_tables(client: Client, asked: None) -> None:
    for path in (f"times/recording?{MAY}&group_by=bureau", "ageing", f"held?{MAY}", "acknowledgements"):
        found = read(client, path)
        assert isinstance(found["rows"], list)
        assert client.get(f"{STATISTICS}/{path}{'&' if '?' in path else '?'}format=csv").status_code == 200
    [row] = read(client, f"times/recording?{MAY}&kind=help")["rows"]
    assert row["values"]["n"] == 1


@pytest.mark.parametrize(
    ("path", "basis"),
    [
        *(("times/answer", "happened"), ("held", "happened"), ("recording-lag", "happened")),
        *(("signals/last_hour", "happened"), ("rule-edits", "cohort"), ("rising-words", "cohort")),
        *(("rising-topics", "cohort"), ("standings", None), ("ageing", "now"), ("acknowledgements", "now")),
    ],
)
def test_a_table_names_its_basis_and_its_period_in_every_form(
    cast: Cast, key: Key, asked: None, path: str, basis: str | None
) -> None:
    auditor = key("statistics:read", officer=cast.bai_lu)
    days = "" if basis == "now" else MAY
    found = auditor.get(f"{STATISTICS}/{path}?{days}").json()
    period = None if basis == "now" else {"from": "2026-05-01", "to": "2026-05-31"}
    assert (found["basis"], found["period"]) == (basis, period)
    head = auditor.get(f"{STATISTICS}/{path}?{days}&format=csv").content.decode().splitlines()[0].split(",")
    named = [*(["basis"] if basis else []), *(["from", "to"] if period else [])]
    assert [name for name in head if name in ("basis", "from", "to")] == named
    label = auditor.get(f"{STATISTICS}/{path}?{days}&format=json-stat").json()["label"]
    assert label.endswith(f"({', '.join([*([basis] if basis else []), *(period or {}).values()])})")


@pytest.mark.parametrize("code", list(FIGURES))
def test_a_number_stands_beside_earlier_ones_or_its_answer_says_why_not(
    client: Client, asked: None, code: str
) -> None:
    for basis in FIGURES[code].bases:
        found = read(client, f"{code}?{MAY}&basis={basis}&group_by=kind")
        reason = found["no_comparison"]
        assert (reason and reason["code"]) == ("only_now" if basis == "now" else None)
        for cell in (found["total"], *found["cells"]):
            assert (cell["previous"] is None, cell["year_earlier"] is None) == (bool(reason), bool(reason))


def test_a_table_stands_beside_earlier_ones_or_says_why_not_in_every_form(
    cast: Cast, key: Key, ask: Ask, now: datetime
) -> None:
    ask(asked_at=now - timedelta(days=40))
    auditor = key("statistics:read", officer=cast.bai_lu)
    for path, why in (
        ("ageing?", "only_now"),
        ("acknowledgements?", "only_now"),
        (f"rule-edits?{MAY}", "edition_before"),
    ):
        reason = read(auditor, path)["no_comparison"]
        assert reason["code"] == why
        assert reason["label"]["zh"]
        assert (
            auditor.get(f"{STATISTICS}/{path}&format=csv").content.splitlines()[0].endswith(b"no_comparison")
        )
        assert auditor.get(f"{STATISTICS}/{path}&format=json-stat").json()["note"] == [reason["label"]["en"]]
    table = auditor.get(f"{STATISTICS}/ageing?format=csv").content.decode().splitlines()
    assert {line.rsplit(",", 1)[1] for line in table[1:]} == {"only_now"}
    for path in (
        "held",
        "recording-lag",
        "rising-words",
        "rising-topics",
        "times/answer",
        "signals/last_hour",
    ):
        assert read(auditor, f"{path}?{MAY}")["no_comparison"] is None
        table = auditor.get(f"{STATISTICS}/{path}?{MAY}&format=csv").content.decode().splitlines()
        assert "previous_" in table[0]
        assert "year_earlier_" in table[0]


def test_no_group_has_a_time_where_nothing_was_done(client: Client, asked: None) -> None:
    assert read(client, f"times/filing?{MAY}&group_by=bureau")["rows"] == []


def test_a_formula_in_a_name_is_not_run_by_who_opens_the_table(cast: Cast, client: Client, ask: Ask) -> None:
    ask(source="=1+1", external_number="7")
    shown = client.get(f"{STATISTICS}/recorded?{MAY}&group_by=source&format=csv").content.decode()
    assert "'=1+1" in shown


def test_an_answer_is_json_for_people_too(client: Client, asked: None) -> None:
    assert json.loads(client.get(f"{STATISTICS}/recorded?{MAY}").content)["total"]["n"] == 4
