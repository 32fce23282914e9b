"""The calendar is edited on its page: previewed, saved as a version, refused in words."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bureaus.models import CalendarVersion, Officer
from bureaus.services.calendar import calendar_for
from inquiries.models import Inquiry
from tests.conftest import Cast
from tests.inquiries.conftest import Ask

pytestmark = pytest.mark.django_db

PAGE = "/settings/calendar/2026/"


def entered(officer: Officer) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def stamp(page: str) -> str:
    found = re.search(r'name="previewed" value="(\w+)"', page)
    assert found
    return found[1]


def closed(on: date, **words: Any) -> dict[str, Any]:
    return {
        "edit": "days",
        "from_on": on.isoformat(),
        "what": "free",
        "name": "停电",
        "note": "区政府通知",
        "do": "look",
    } | words


def save(client: Client, given: dict[str, Any], **other: str) -> Any:
    page = client.post(PAGE, given)
    assert page.status_code == 200, page.content.decode()
    return client.post(PAGE, given | other | kept(page.content.decode()) | {"do": "save"})


def kept(page: str) -> dict[str, str]:
    """What a preview carries for saving it."""
    edition = re.search(r'name="edition" value="(\d+)"', page)
    return {"previewed": stamp(page)} | ({"edition": edition[1]} if edition else {})


def test_a_year_is_shown_with_its_holidays_and_make_up_days(cast: Cast) -> None:
    shown = entered(cast.wu_fang).get(PAGE).content.decode()
    assert "holiday: National Day" in shown
    assert "working day in exchange: National Day" in shown
    assert "announced" in shown
    assert "provisional again" in shown
    assert (
        "Nobody has announced this year"
        in entered(cast.wu_fang).get("/settings/calendar/2031/").content.decode()
    )


def test_a_closed_day_is_previewed_with_the_dues_it_moves(ask: Ask, cast: Cast, now: datetime) -> None:
    inquiry = ask()
    versions = CalendarVersion.objects.count()
    client = entered(cast.wu_fang)
    page = client.post(PAGE, closed(inquiry.due_on))
    preview = page.context["preview"]
    assert (preview.looked, preview.later) == (1, 1)
    assert inquiry.reference in page.content.decode()
    # The preview's own edit is undone.
    assert CalendarVersion.objects.count() == versions
    assert calendar_for(cast.district.pk).is_working(inquiry.due_on)


def test_a_closed_day_is_previewed_with_the_duties_whose_due_it_moves(
    ask: Ask, cast: Cast, now: datetime
) -> None:
    waiting = ask(by=cast.wu_fang)
    page = entered(cast.wu_fang).post(PAGE, closed(now.date()))
    preview = page.context["preview"].duties
    assert (preview.looked, preview.later) == (1, 1)
    [change] = preview.shown
    assert (change.target.inquiry, change.moves_due) == (waiting, True)
    assert ">Duties</h3>" in page.content.decode()


def test_what_was_previewed_is_saved_as_a_version_of_the_district(ask: Ask, cast: Cast) -> None:
    inquiry = ask()
    assert save(entered(cast.wu_fang), closed(inquiry.due_on)).status_code == 302
    assert not calendar_for(cast.district.pk).is_working(inquiry.due_on)
    assert calendar_for(cast.elsewhere.pk).is_working(inquiry.due_on)
    version = CalendarVersion.objects.latest("pk")
    assert (version.by, version.note) == (cast.wu_fang, "区政府通知")
    assert Inquiry.objects.filter(calendar_version__lt=version).exists()


def test_a_file_is_loaded_as_it_was_previewed_and_announces_its_years(cast: Cast) -> None:
    client = entered(cast.zhou_ning)
    given: dict[str, Any] = {"edit": "file", "note": "国务院办公厅通知", "announces": "on", "do": "look"}
    text = "on,working,name\n2027-01-01,0,元旦\n2027-01-02,0,元旦\n"
    page = client.post(PAGE, given | {"file": SimpleUploadedFile("2027.csv", text.encode("gb18030"))})
    assert page.status_code == 200
    kept = re.search(r'name="content" value="([^"]+)"', page.content.decode())
    assert kept
    typed = given | {"content": kept[1], "do": "save", "previewed": stamp(page.content.decode())}
    assert client.post(PAGE, typed).status_code == 302
    assert 2027 in calendar_for(cast.district.pk).announced
    assert not calendar_for(cast.district.pk).is_working(date(2027, 1, 1))


def test_a_wrong_file_loads_nothing_and_every_wrong_line_is_named(cast: Cast) -> None:
    text = "on,working,name\n2027-13-01,0,元旦\n2027-01-02,maybe,元旦\n"
    given = {"edit": "file", "note": "x", "do": "look", "file": SimpleUploadedFile("a.csv", text.encode())}
    page = entered(cast.zhou_ning).post(PAGE, given)
    assert page.status_code == 422
    assert "Line 2: 2027-13-01 is no date" in page.content.decode()
    assert "Line 3: working is 1 or 0" in page.content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"edit": "days", "from_on": "2026-08-03", "until_on": "2026-08-01", "what": "free", "note": "x"}, "until_on"),
        ({"edit": "days", "from_on": "2026-08-03", "what": "free"}, "note"),
        ({"edit": "file", "note": "x"}, "file"),
        ({"edit": "file", "note": "x", "content": "?"}, "file"),
        ({"edit": "hours", "from_on": "2026-08-03", "opens": "09:00", "closes": "08:00", "note": "x"}, "closes"),
        (
            {
                "edit": "hours", "from_on": "2026-08-03", "opens": "09:00", "closes": "12:00", "note": "x",
                "opens_again": "11:00", "closes_again": "17:00",
            },
            "opens_again",
        ),
        (
            {
                "edit": "hours", "from_on": "2026-08-03", "opens": "09:00", "closes": "12:00",
                "opens_again": "13:00", "note": "x",
            },
            "closes_again",
        ),
    ],
)  # fmt: skip
def test_a_wrong_edit_is_refused_at_its_field_and_what_was_typed_is_kept(
    cast: Cast, given: dict[str, Any], field: str
) -> None:
    page = entered(cast.wu_fang).post(PAGE, given | {"do": "look"})
    assert page.status_code == 422
    assert field in page.context["forms"][given["edit"]].errors
    # The form was sent to that place of the page, below a year of months.
    assert '<details class="b-card b-edit" id="preview" open>' in page.content.decode()
    if "from_on" in given:
        assert 'value="2026-08-03"' in page.content.decode()


def test_a_year_that_is_not_published_is_refused_with_what_to_do(cast: Cast) -> None:
    page = entered(cast.wu_fang).post(
        "/settings/calendar/2031/", {"edit": "year", "what": "published", "note": "x", "do": "look"}
    )
    assert page.status_code == 422
    assert "does not cover 2031. Load the notice from a file." in page.content.decode()


def test_a_year_is_announced_and_made_provisional_again(cast: Cast) -> None:
    client = entered(cast.zhou_ning)
    save(client, {"edit": "year", "what": "withdraw", "note": "有误", "do": "look"})
    assert 2026 not in calendar_for(cast.district.pk).announced
    save(client, {"edit": "year", "what": "announce", "note": "更正", "do": "look"})
    assert 2026 in calendar_for(cast.district.pk).announced


def test_office_hours_are_dated_rows(cast: Cast) -> None:
    given = {
        "edit": "hours",
        "from_on": "2026-07-01",
        "weekday": "4",
        "opens": "08:00",
        "closes": "11:30",
        "opens_again": "13:30",
        "closes_again": "16:00",
        "note": "夏季作息",
        "do": "look",
    }
    save(entered(cast.wu_fang), given)
    friday = date(2026, 7, 3)
    assert calendar_for(cast.district.pk).closes_at(friday).hour == 16
    assert calendar_for(cast.district.pk).closes_at(friday - timedelta(days=1)).hour == 17


def test_the_administrator_edits_the_national_calendar_and_sees_no_inquiry(ask: Ask, cast: Cast) -> None:
    inquiry = ask()
    root = Officer.objects.create_superuser("root", None, name="管理员")
    client = entered(root)
    page = client.post(PAGE, closed(inquiry.due_on))
    assert inquiry.reference not in page.content.decode()
    assert "2 districts" in page.content.decode()
    assert calendar_for(cast.elsewhere.pk).is_working(inquiry.due_on)
    save(client, closed(inquiry.due_on))
    assert not calendar_for(cast.elsewhere.pk).is_working(inquiry.due_on)


def test_the_page_costs_the_same_however_much_is_open(
    ask: Ask, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        ask(question=f"第{number}问")
    client = entered(cast.wu_fang)
    client.get(PAGE)
    with django_assert_max_num_queries(20):
        client.get(PAGE)
    with django_assert_max_num_queries(60):
        client.post(PAGE, closed(date(2026, 8, 3)))


def turned(*days: str, **words: str) -> dict[str, Any]:
    return {"edit": "toggle", "days": list(days), "what": "turn", "note": "区政府通知", "do": "look"} | words


def test_ticked_days_are_turned_over_once_it_was_shown(cast: Cast) -> None:
    client = entered(cast.wu_fang)
    # A Wednesday that is worked, and a Saturday that is not.
    given = turned("2026-11-18", "2026-11-21", name="政府开放周")
    looked = client.post(PAGE, given).content.decode()
    assert "What this would do" in looked
    assert 'value="2026-11-18" form="edit" checked' in looked
    assert not CalendarVersion.objects.filter(district=cast.district).exists()
    assert save(client, given).status_code == 302
    in_force = calendar_for(cast.district.pk)
    assert not in_force.is_working(date(2026, 11, 18))
    assert in_force.is_working(date(2026, 11, 21))
    assert in_force.reason(date(2026, 11, 18)).name == "政府开放周"
    # Ticked once more, both are what they were.
    assert save(client, turned("2026-11-18", "2026-11-21")).status_code == 302
    assert calendar_for(cast.district.pk).is_working(date(2026, 11, 18))


def test_a_day_that_was_turned_over_is_taken_back(cast: Cast) -> None:
    client = entered(cast.wu_fang)
    save(client, turned("2026-10-01"))
    assert calendar_for(cast.district.pk).is_working(date(2026, 10, 1))
    save(client, turned("2026-10-01", what="back"))
    reason = calendar_for(cast.district.pk).reason(date(2026, 10, 1))
    assert (reason.kind, reason.name) == ("holiday", "National Day")


def test_no_day_ticked_and_one_of_another_year_are_refused(cast: Cast) -> None:
    client = entered(cast.wu_fang)
    for given, words in (
        (turned(), "Tick the days above, at least one."),
        (turned("2027-01-04"), "2027-01-04 is not one of the available choices"),
        (turned("x"), "x is not one of the available choices"),
    ):
        refused = client.post(PAGE, given)
        assert (refused.status_code, words in refused.content.decode()) == (422, True)


def test_a_day_that_a_colleague_turned_over_meanwhile_is_previewed_again(cast: Cast) -> None:
    client, colleague = entered(cast.wu_fang), entered(cast.zhou_ning)
    given = turned("2026-11-18")
    looked = kept(client.post(PAGE, given).content.decode())
    assert save(colleague, given).status_code == 302
    again = client.post(PAGE, given | looked | {"do": "save"})
    assert (again.status_code, "This is what it would do now" in again.content.decode()) == (200, True)
    assert not calendar_for(cast.district.pk).is_working(date(2026, 11, 18))
