"""12345 work orders: in by their number, again brings up to date, none twice; what became of each line is told."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bureaus.models import Officer
from bureaus.models.fields import decrypt
from bureaus.services.calendar.files import CsvRefused
from bureaus.workdays import SHANGHAI
from inquiries.models import Contact, Event, Inquiry, LedgerFile, WorkOrder
from inquiries.services import refusals
from inquiries.services.answering import answer_inquiry
from inquiries.services.ledger_lines import moment_of
from inquiries.services.moving import reclassify_inquiry
from inquiries.services.verifying import verify_promises
from inquiries.services.work_orders import (
    Brought,
    bring_work_orders,
    columns_for,
    headings_of,
    read_work_orders,
)
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask, Enter

pytestmark = pytest.mark.django_db

HEAD = "工单号,来电时间,工单类型,工单内容,办结时限,坐席,来电人,来电号码,承办单位"
ONE = "GD1,2026/5/19 9:05,求助,路灯不亮。,2026-05-25 17:00,07,张三,13840005021,"
TWO = "GD2,2026-05-19 10:00,咨询,低保怎么申请？,,08,,,民政局"
DAY = timedelta(days=1)
PAGE = "/settings/ledger/12345/"


def file(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *lines)).encode("gb18030")


def bring(cast: Cast, now: datetime, *lines: str, by: Officer | None = None, **given: Any) -> Brought:
    content = file(*lines, head=given.pop("head", HEAD))
    columns = columns_for(headings_of(content), district=cast.district, source="12345") | given.pop(
        "columns", {}
    )
    rows = read_work_orders(content, columns)
    return bring_work_orders(
        district=cast.district, rows=rows, columns=columns, by=by or cast.wu_fang, now=now, **given
    )


def told(brought: Brought) -> list[tuple[str, str, str]]:
    return [(line.number, line.what, "；".join(line.said)) for line in brought.lines]


def test_new_ones_stand_asked_and_due_as_the_platform_says(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        assert told(bring(cast, now, ONE, TWO)) == [("GD1", "new", ""), ("GD2", "new", "to 民政局")]
    one, two = Inquiry.objects.order_by("external_number")
    assert (one.source, one.channel, one.kind, one.state) == ("12345", "city_12345", "help", "received")
    assert one.asked_at == datetime(2026, 5, 19, 9, 5, tzinfo=SHANGHAI)
    assert one.due_at == one.external_due_at == datetime(2026, 5, 25, 17, tzinfo=SHANGHAI)
    assert str(one.citizen) == "张** 138****5021"
    assert (two.holder, two.state, two.citizen, two.external_due_at) == (cast.civil, "assigned", None, None)
    assert not one.imported
    assert [f.promise for f in verify_promises(now=now) if f.broken] == []


def test_the_same_again_changes_nothing_and_doubles_nothing(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, ONE, TWO, digest="d")
        before = Event.objects.count()
        assert told(bring(cast, now + DAY, ONE, TWO, digest="d")) == [
            ("GD1", "same", ""),
            ("GD2", "same", ""),
        ]
    assert (Inquiry.objects.count(), Event.objects.count()) == (2, before)
    assert [file.lines for file in LedgerFile.objects.filter(digest="d")] == [2, 2]


def test_what_the_source_changed_is_changed_and_told_line_by_line(
    cast: Cast, web_as: As, now: datetime
) -> None:
    changed = "GD1,2026/5/19 9:05,投诉,路灯不亮，已三天。,2026-05-22 17:00,07,张三丰,13840005022,城市管理局"
    with web_as(cast.wu_fang):
        bring(cast, now, ONE, TWO)
        [line, other] = bring(cast, now + DAY, changed, TWO).lines
    inquiry = Inquiry.objects.get(external_number="GD1")
    assert (line.what, line.reference) == ("changed", inquiry.reference)
    assert line.said == (
        "due at the source: 2026-05-25 17:00 → 2026-05-22 17:00",
        "help ordinary → complaint ordinary",
        "its words are noted beside the question",
        "contact data: 姓名、电话",
        "to 城市管理局",
    )
    assert other.what == "same"
    assert inquiry.external_due_at == datetime(2026, 5, 22, 17, tzinfo=SHANGHAI)
    assert (inquiry.kind, inquiry.holder, inquiry.question) == ("complaint", cast.streets, "路灯不亮。")
    citizen = inquiry.citizen
    assert citizen is not None
    assert citizen.key is not None
    assert decrypt(citizen.name, citizen.key) == "张三丰"
    assert str(citizen) == "张** 138****5022"
    assert Contact.objects.filter(inquiry=inquiry, text__endswith="路灯不亮，已三天。").count() == 1
    codes = set(Event.objects.filter(inquiry=inquiry).values_list("code", flat=True))
    assert {"source_due_set", "reclassified", "note", "contact_renewed", "dispatched"} <= codes
    assert inquiry.asked_at == datetime(2026, 5, 19, 9, 5, tzinfo=SHANGHAI)
    with web_as(cast.wu_fang):
        assert told(bring(cast, now + 2 * DAY, changed))[0][1] == "same"


def test_what_an_officer_corrected_stays_until_the_source_itself_changes_it(
    cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, ONE)
        pk = Inquiry.objects.get(external_number="GD1").pk
        reclassify_inquiry(
            pk, kind="complaint", urgency="ordinary", reason="是投诉", by=cast.wu_fang, now=now
        )
        assert told(bring(cast, now + DAY, ONE)) == [("GD1", "same", "")]
        assert Inquiry.objects.get(pk=pk).kind == "complaint"
        urgent = ONE.replace("求助", "建议")
        assert told(bring(cast, now + DAY, urgent)) == [
            ("GD1", "changed", "complaint ordinary → suggestion ordinary")
        ]


def test_a_cell_that_is_empty_takes_nothing_back(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, ONE)
        assert told(bring(cast, now, "GD1,2026/5/19 9:05,求助,路灯不亮。,,,,,")) == [("GD1", "same", "")]
        assert told(bring(cast, now, ONE)) == [("GD1", "same", "")]
    assert Inquiry.objects.get().external_due_at is not None


def test_of_an_answered_one_nothing_changes(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, ONE)
        answer_inquiry(Inquiry.objects.get().pk, EXPLAINED, by=cast.wu_fang, now=now)
        later = ONE.replace("路灯不亮。", "还是不亮。")
        assert told(bring(cast, now, later)) == [
            ("GD1", "same", "Answered already, so nothing of it changes.")
        ]
    assert Inquiry.objects.get().answered_at == now


def test_one_written_in_by_hand_is_found_and_keeps_its_kind_and_place(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    asked = now - DAY
    mine = ask(
        channel="city_12345",
        source="热线",
        external_number="GD1",
        question="路灯不亮。",
        asked_at=asked,
        kind="complaint",
    )
    with web_as(cast.wu_fang):
        assert told(bring(cast, now, ONE)) == [
            ("GD1", "changed", "due at the source: – → 2026-05-25 17:00；contact data: 姓名、电话")
        ]
    mine.refresh_from_db()
    assert (Inquiry.objects.count(), mine.kind, mine.holder) == (1, "complaint", cast.relief)
    assert str(mine.citizen) == "张** 138****5021"


def test_a_wrong_line_is_named_and_stops_no_other(cast: Cast, web_as: As, now: datetime) -> None:
    wrong = (
        ",2026-05-19,求助,没有编号。,,,,,",
        "GD3,昨天,求助,问。,,,,,",
        "GD4,2026-05-19,闲聊,问。,,,,,",
        "GD5,2026-05-19,求助,,,,,,",
        "GD6,2026-05-19,求助,问。,,,,12,",
        "GD7,2026-05-19,求助,问。,,,,,天文局",
        "GD8,2036-05-19,求助,问。,,,,,",
        "GD9,2026-05-19,求助,问。,2026-05-18,,,,",
        "GD1,2026-05-19,求助,又一行。,,,,,",
    )
    with web_as(cast.wu_fang):
        brought = bring(cast, now, ONE, *wrong, TWO)
    assert [line.what for line in brought.lines] == ["new", *["wrong"] * len(wrong), "new"]
    said = [line.said[0] for line in brought.lines[1:-1]]
    assert said[0] == "“工单编号” is empty. Fill it in."
    assert said[1].startswith("昨天 is no day")
    assert said[-1] == "Line 2 has this number already; only that one came in."
    assert Inquiry.objects.count() == 2


def test_tried_only_nothing_stands(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        assert bring(cast, now, ONE, TWO, dry_run=True, digest="d").count("new") == 2
    assert not Inquiry.objects.exists()
    assert not LedgerFile.objects.exists()
    assert not WorkOrder.objects.exists()


@pytest.mark.parametrize("who", ["li_min", "sun_wei", "bai_lu", "xu_kai"])
def test_only_the_district_s_office_brings_them_in(cast: Cast, web_as: As, now: datetime, who: str) -> None:
    officer = getattr(cast, who)
    with web_as(officer), pytest.raises(refusals.NotYours):
        bring(cast, now, ONE, by=officer)


def test_a_sealed_one_is_not_doubled_by_who_does_not_see_it(cast: Cast, web_as: As, now: datetime) -> None:
    tip = ONE.replace("求助", "举报")
    with web_as(cast.zhou_ning):
        bring(cast, now, tip, by=cast.zhou_ning)
    with web_as(cast.wu_fang):
        [line] = bring(cast, now, tip).lines
    assert line.what == "wrong"
    assert "recorded already" in line.said[0]
    assert Inquiry.objects.count() == 1


def test_columns_of_other_names_are_passed_over_or_chosen_once_for_the_source(
    cast: Cast, web_as: As, now: datetime
) -> None:
    head = HEAD.replace("工单号", "流水")
    with web_as(cast.wu_fang):
        with pytest.raises(CsvRefused, match="This column is needed: number"):
            bring(cast, now, ONE, head=head)
        with translation.override("zh-hans"), pytest.raises(CsvRefused, match="工单编号"):
            bring(cast, now, ONE, head=head)
        assert bring(cast, now, ONE, head=head, columns={"流水": "number"}, digest="d").count("new") == 1
        assert bring(cast, now, ONE, head=head).count("same") == 1


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026/5/2 9:30", datetime(2026, 5, 2, 9, 30)),
        ("2026-05-02 09:30:15", datetime(2026, 5, 2, 9, 30, 15)),
        ("2026年5月2日", datetime(2026, 5, 2)),
        ("2026.5.2", datetime(2026, 5, 2)),
    ],
)
def test_a_moment_is_read_as_excel_and_people_write_it(text: str, meant: datetime) -> None:
    assert moment_of(text, "asked_at") == meant.replace(tzinfo=SHANGHAI)


def test_known_numbers_are_looked_up_at_once(cast: Cast, web_as: As, now: datetime) -> None:
    def statements(*lines: str) -> int:
        with web_as(cast.wu_fang), CaptureQueriesContext(connection) as seen:
            assert bring(cast, now, *lines).count("same") == len(lines)
        return len(seen)

    many = [f"GD{n},2026-05-19,求助,第{n}件。,,,,," for n in range(8)]
    with web_as(cast.wu_fang):
        bring(cast, now, *many)
    # A savepoint, its release and what was said: three a line, and no look-up.
    assert statements(*many) - statements(*many[:2]) == 6 * 3


def send(client: Client, sent: bytes | None, **given: object) -> tuple[int, str]:
    files = {"file": SimpleUploadedFile("工单.csv", sent)} if sent else {}
    response = client.post(PAGE, {"source": "12345", **given, **files})
    return response.status_code, response.content.decode()


def hidden(shown: str) -> dict[str, str]:
    return {name: shown.split(f'name="{name}" value="')[1].split('"')[0] for name in ("previewed", "content")}


def test_they_are_tried_on_the_page_and_then_brought_in(cast: Cast, enter: Enter) -> None:
    client = enter(cast.wu_fang)
    wrong = "GD3,昨天,求助,问。,,,,,"
    status, tried = send(client, file(ONE, wrong), do="look")
    assert status == 200
    assert "nothing has come in yet" in tried
    assert "昨天 is no day" in tried
    assert not Inquiry.objects.exists()
    columns = {
        f"column-{n}": name
        for n, name in enumerate(
            ("number", "asked_at", "kind", "question", "due_at", "", "name", "phone", "place")
        )
    }
    status, done = send(client, None, do="save", **hidden(tried), **columns)
    assert status == 200
    assert "Brought in" in done
    inquiry = Inquiry.objects.get()
    assert inquiry.reference in done
    status, again = send(client, file(ONE, wrong), do="look")
    assert "This very file came in before" in again


def test_a_column_is_chosen_on_the_page(cast: Cast, enter: Enter) -> None:
    client = enter(cast.wu_fang)
    status, refused = send(client, file(ONE, head=HEAD.replace("工单号", "流水")), do="look")
    assert status == 422
    assert ">流水</label>" in refused
    kept = {"content": hidden(refused)["content"], "column-0": "number", "do": "look"}
    columns = {
        f"column-{n}": name
        for n, name in enumerate(
            ("asked_at", "kind", "question", "due_at", "", "name", "phone", "place"), start=1
        )
    }
    status, tried = send(client, None, **kept, **columns)
    assert status == 200
    assert "nothing has come in yet" in tried


def test_the_command_tells_what_became_of_each_line(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "工单.csv"
    path.write_bytes(file(ONE, "GD3,昨天,求助,问。,,,,,", head=HEAD.replace("工单号", "流水")))
    given = ["--by", "wu_fang", "--district", "春和区", "--column", "流水=number"]
    call_command("import_work_orders", path, "--dry-run", *given)
    assert "Tried only" in capsys.readouterr().out
    call_command("import_work_orders", path, "--apply", *given)
    said = list(csv.reader(io.StringIO(capsys.readouterr().out), delimiter="\t"))
    assert [line[:3] for line in said[:2]] == [["2", "GD1", "new"], ["3", "GD3", "wrong"]]
    assert said[2] == ["1 new, 0 changed, 0 as before, 1 wrong."]
    call_command("import_work_orders", path, "--apply", *given[:4])
    assert "came in before" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no account"):
        call_command("import_work_orders", path, "--apply", "--by", "niemand", "--district", "春和区")
