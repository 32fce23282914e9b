"""A ledger of before comes in whole: its answers stand, nobody is told, and what is open is cleared by plan."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bureaus.models import DistrictSettings, Message, Notice
from bureaus.models.scope import ALL_DISTRICTS, WORKER, scope
from bureaus.services.calendar.files import CsvRefused
from bureaus.workdays import SHANGHAI, local_date
from inquiries.models import Answer, Chase, Duty, Event, Inquiry, Sight
from inquiries.services import refusals
from inquiries.services.answering import answer_inquiry
from inquiries.services.chasing import chase_batch
from inquiries.services.importing import Imported, import_history, read_matters
from inquiries.services.moving import answer_duty
from inquiries.services.remeasuring import settled_answers
from inquiries.services.tallying import verify_tallies
from inquiries.services.verifying import verify_promises
from tests.conftest import As, Cast
from tests.inquiries.conftest import EXPLAINED, Ask

pytestmark = pytest.mark.django_db

HEAD = "编号,提出时间,类别,承办单位,内容,姓名,电话,渠道,答复时间,办理结果,答复内容,告知方式"
ANSWERED = (
    "L-1,2016-05-20 09:30,咨询,社会救助科,低保怎么申请？,张三,13840005021,热线,"
    "2016/05/24 15:00,解释说明,请到社区办理。,电话"
)
OPEN = "L-{},2016-05-{:02},投诉,民政局,路灯不亮第{}次,,,来信,,,,"
DAY = timedelta(days=1)


def ledger(*lines: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *lines)).encode("gb18030")


def bring(cast: Cast, now: datetime, *lines: str, clear_over: int = 20) -> Imported:
    rows = read_matters(ledger(*lines))
    return import_history(
        district=cast.district, source="旧台账", rows=rows, by=cast.wu_fang, now=now, clear_over=clear_over
    )


def test_what_was_answered_before_keeps_its_dates_and_its_answer(
    cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        assert bring(cast, now, ANSWERED) == Imported(1, 0, None, None)
    inquiry = Inquiry.objects.get(external_number="L-1")
    answer = Answer.objects.get(inquiry=inquiry)
    assert inquiry.asked_at == datetime(2016, 5, 20, 9, 30, tzinfo=SHANGHAI)
    assert answer.answered_at == inquiry.answered_at == datetime(2016, 5, 24, 15, tzinfo=SHANGHAI)
    assert (inquiry.due_on, inquiry.recorded_at) == (date(2016, 5, 27), now)
    assert (inquiry.imported, inquiry.state, inquiry.channel) == (True, "filed", "hotline")
    assert (answer.outcome, answer.told_how, answer.text) == ("explained", "telephone", "请到社区办理。")
    assert (answer.answered_by, answer.logged_at, answer.at_once) == (None, now, False)


def test_nobody_is_told_and_nothing_is_owed_for_it(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, ANSWERED.replace("热线", "12345转办"), OPEN.format(2, 3, 1))
        assert not Duty.objects.exists()
    assert not Notice.objects.exists()
    assert not Message.objects.exists()


def test_a_promise_of_before_is_owed_while_its_day_is_ahead(cast: Cast, web_as: As, now: datetime) -> None:
    head = HEAD + ",承诺日期"
    past = ANSWERED.replace("解释说明", "列入计划") + ",2017-01-01"
    ahead = past.replace("L-1", "L-2").replace("2017", "2027")
    with web_as(cast.wu_fang):
        rows = read_matters(ledger(past, ahead, head=head))
        import_history(district=cast.district, source="旧台账", rows=rows, by=cast.wu_fang, now=now)
        assert [duty.inquiry.external_number for duty in Duty.objects.filter(kind="promise")] == ["L-2"]  # type: ignore[union-attr]
    assert not Notice.objects.exists()


def test_what_is_open_keeps_its_age_and_is_cleared_by_plan_the_oldest_first(
    cast: Cast, web_as: As, now: datetime
) -> None:
    lines = [OPEN.format(n, 30 - n, n) for n in range(1, 11)]
    with web_as(cast.wu_fang):
        came = bring(cast, now, *lines, clear_over=5)
    # A Wednesday: the first enters on Thursday, the last five working days later.
    assert came == Imported(0, 10, date(2026, 5, 21), date(2026, 5, 27))
    found = list(Inquiry.objects.order_by("asked_at"))
    enter = [local_date(inquiry.ladder_from_at) for inquiry in found if inquiry.ladder_from_at]
    assert enter == sorted(enter)
    assert len(set(enter)) == 5
    for inquiry in found:
        assert inquiry.due_on.year == 2016
        assert inquiry.next_chase_at is not None
        assert now < inquiry.next_chase_at < now + 31 * DAY
        assert (inquiry.state, inquiry.chase_level) == ("assigned", "")


def test_the_first_chase_of_it_is_the_first_step_and_not_a_circular(
    cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, *(OPEN.format(n, n, n) for n in range(1, 9)))
    with scope(role=WORKER, district=ALL_DISTRICTS):
        assert not chase_batch(Inquiry, now=now + DAY).chased
        for inquiry in Inquiry.objects.order_by("next_chase_at"):
            assert inquiry.next_chase_at is not None
            chase_batch(Inquiry, now=inquiry.next_chase_at)
    assert {chase.step_key for chase in Chase.objects.filter(number=1)} == {"half_time"}
    assert {chase.level for chase in Chase.objects.filter(number=1)} == {"reminder"}
    assert [f.promise for f in verify_promises(now=now + 60 * DAY) if f.broken and "chase" in f.promise] == []


def test_only_an_answer_ends_what_was_imported_open(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, OPEN.format(2, 3, 1))
    inquiry = Inquiry.objects.get()
    assert Sight.objects.get(inquiry=inquiry, place=cast.civil).reason == "holds"
    with web_as(cast.sun_wei):
        answer_inquiry(inquiry.pk, EXPLAINED, by=cast.sun_wei, now=now)
    inquiry.refresh_from_db()
    assert (inquiry.answered_at, inquiry.next_chase_at) == (now, None)


def test_one_wrong_line_and_nothing_comes_in(cast: Cast, web_as: As, now: datetime) -> None:
    wrong = [
        OPEN.format(2, 3, 1).replace("民政局", "没有的局"),
        OPEN.format(3, 3, 1).replace("2016-05-03", "去年"),
        OPEN.format(4, 3, 1).replace("投诉", "牢骚"),
        ANSWERED.replace("L-1", "L-5").replace("2016/05/24", "2016/05/01"),
        ANSWERED.replace("L-1", "L-6").replace("13840005021", "138"),
        ANSWERED.replace("L-1", "L-7").replace("2016/05/24 15:00", ""),
        ANSWERED,
        ANSWERED.replace("L-1", ""),
    ]
    with web_as(cast.wu_fang), pytest.raises(CsvRefused) as refused:
        bring(cast, now, ANSWERED, *wrong)
    assert [error.line for error in refused.value.errors] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert refused.value.errors[6].sentence == str(refusals.SourceNumberTaken.sentence)
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        ledger(head="a,b"),
        ledger(),
        ledger("L-1,2016-05-20"),
        ledger(ANSWERED, head=HEAD + ",编号"),
        b"\xff\xfe\xfa",
    ],
)
def test_what_is_no_ledger_is_refused(content: bytes) -> None:
    with pytest.raises(CsvRefused):
        read_matters(content)


def test_the_same_ledger_does_not_come_in_twice(cast: Cast, web_as: As, now: datetime) -> None:
    for _ in range(2):
        with web_as(cast.wu_fang):
            if Inquiry.objects.exists():
                with pytest.raises(CsvRefused):
                    bring(cast, now, ANSWERED)
            else:
                bring(cast, now, ANSWERED)
    assert Inquiry.objects.count() == 1


@pytest.mark.parametrize("who", ["sun_wei", "li_min", "bai_lu", "xu_kai"])
def test_only_the_districts_office_imports(who: str, cast: Cast, web_as: As, now: datetime) -> None:
    by = getattr(cast, who)
    with web_as(by), pytest.raises(refusals.NotYours):
        import_history(
            district=cast.district, source="旧台账", rows=read_matters(ledger(ANSWERED)), by=by, now=now
        )


def test_a_tip_off_of_before_is_sealed_too(cast: Cast, web_as: As, now: datetime) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, OPEN.format(2, 3, 1).replace("投诉", "举报"))
    inquiry = Inquiry.objects.get()
    assert inquiry.sealed
    assert not Sight.objects.filter(inquiry=inquiry, officer=None).exists()
    with web_as(cast.li_min):
        assert not Inquiry.objects.exists()


def test_what_the_district_holds_of_it_waits_to_be_dispatched_without_a_burst(
    cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, OPEN.format(2, 3, 1).replace("民政局", "春和区"))
    duty = Duty.objects.get(kind="dispatch")
    assert duty.inquiry is not None
    assert duty.due_at == duty.inquiry.ladder_due_at
    assert duty.next_chase_at is not None
    assert duty.next_chase_at > now + DAY


def test_the_totals_and_the_chains_hold_and_today_counts_no_old_answer(
    cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, ANSWERED, OPEN.format(2, 3, 1))
    with scope(role=WORKER, district=ALL_DISTRICTS):
        assert [str(difference) for difference in verify_tallies()] == []
        assert settled_answers(district=cast.district, now=now) == []
    assert [f.promise for f in verify_promises(now=now) if f.broken] == []
    events = {
        event.code: event for event in Event.objects.filter(inquiry__external_number="L-1").order_by("seq")
    }
    assert list(events) == ["imported", "answer_imported", "filing_imported"]
    assert (events["imported"].counted, events["imported"].timed) == ("recorded recorded_imported", None)
    assert {events[code].counted for code in ("answer_imported", "filing_imported")} == {None}


def circular(inquiry: Inquiry, cast: Cast, now: datetime) -> Duty:
    """The public circular as the chase proposes it."""
    with scope(role=WORKER, district=ALL_DISTRICTS):
        for days in range(1, 80):
            chase_batch(Inquiry, now=now + days * DAY)
            found = Duty.objects.filter(inquiry=inquiry, subject__startswith="circular_public").first()
            if found is not None:
                return found
    raise AssertionError("no public circular was proposed")


@pytest.mark.parametrize(
    ("from_on", "may"), [(None, False), (date(2027, 1, 1), False), (date(2026, 6, 1), True)]
)
def test_it_reaches_the_public_list_only_from_the_day_the_district_sets(
    from_on: date | None, may: bool, cast: Cast, web_as: As, now: datetime
) -> None:
    with web_as(cast.wu_fang):
        bring(cast, now, OPEN.format(2, 3, 1))
    duty = circular(Inquiry.objects.get(), cast, now)
    later = now + 80 * DAY
    DistrictSettings.objects.filter(district=cast.district).update(public_list_from_on=from_on)
    with web_as(cast.zhou_ning, later):
        if may:
            answer_duty(duty.pk, reply="同意", decision="signed", by=cast.zhou_ning, now=later)
        else:
            with pytest.raises(refusals.NotPublicYet):
                answer_duty(duty.pk, reply="同意", decision="signed", by=cast.zhou_ning, now=later)
            answer_duty(duty.pk, reply="陈年旧件", decision="refused", by=cast.zhou_ning, now=later)


def test_a_matter_of_today_reaches_it_whatever_that_day_is(
    ask: Ask, cast: Cast, web_as: As, now: datetime
) -> None:
    duty = circular(ask(), cast, now)
    with web_as(cast.zhou_ning, now + 80 * DAY):
        answer_duty(duty.pk, reply="同意", decision="signed", by=cast.zhou_ning, now=now + 80 * DAY)


def test_an_operator_brings_a_ledger_in_by_a_command(
    cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.csv"
    file.write_bytes(ledger(ANSWERED, OPEN.format(2, 3, 1)))
    given: dict[str, Any] = {"source": "旧台账", "district": "春和区"}
    call_command("import_ledger", str(file), by="wu_fang", dry_run=True, **given)
    assert "nothing was kept" in capsys.readouterr().out
    assert not Inquiry.objects.exists()
    given |= {"apply": True}
    call_command("import_ledger", str(file), by="wu_fang", **given)
    assert "1 answered, 1 open." in capsys.readouterr().out
    with pytest.raises(CommandError, match="Line 2: The source's number is recorded already"):
        call_command("import_ledger", str(file), by="wu_fang", **given)
    with pytest.raises(CommandError, match="no account nobody"):
        call_command("import_ledger", str(file), by="nobody", **given)
    with pytest.raises(CommandError):
        call_command("import_ledger", str(tmp_path / "none.csv"), by="wu_fang", **given)
