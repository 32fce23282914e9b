"""A whole day of a district, played on its pages while the worker chases: on a telephone and at a desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from bureaus.workdays import SHANGHAI
from tests.house.reading import DESK, PHONE, Reader, reading
from tests.house.running import PAGE_SECONDS, comes_true
from tests.house.town import Town

pytestmark = pytest.mark.processes
expect.set_options(timeout=PAGE_SECONDS * 1000)


class Day:
    """The officers of one day, each before a browser of the same language and size, and what went wrong on any page."""

    def __init__(
        self, browser: Browser, town: Town, language: str, size: ViewportSize, rooms: ExitStack
    ) -> None:
        self.browser, self.town, self.language, self.size, self.rooms = browser, town, language, size, rooms
        self.readers: dict[str, Reader] = {}
        self.wrong: list[str] = []

    def opens(self, who: str, path: str) -> Reader:
        """The officer looks at the page, signed in."""
        if who not in self.readers:
            room = reading(self.browser, self.town, self.language, size=self.size)
            self.readers[who] = self.rooms.enter_context(room)
            self.readers[who].signs_in(self.town, who)
        reader = self.readers[who]
        reader.opens(path)
        self.wrong += [f"{who}: {wrong}" for wrong in reader.glances(self.language)]
        return reader

    def fills(self, form: Locator, given: dict[str, Any]) -> None:
        """Each field of that name has what was given."""
        for name, value in given.items():
            fields = form.locator(f"[name$={name}]")
            kind = fields.first.evaluate("field => field.type")
            if kind == "radio":
                fields.and_(form.locator(f"[value={value}]")).check()
            elif kind == "checkbox":
                fields.check()
            elif kind.startswith("select"):
                option = (
                    fields.first.locator("option").filter(has_text=value)
                    if value.isascii() is False
                    else None
                )
                fields.first.select_option(option.first.get_attribute("value") if option else value)
            else:
                fields.first.fill(str(value))

    def acts(self, who: str, matter: str, code: str, **given: Any) -> Reader:
        """The officer does one act on the matter's page, and the page says that it is done."""
        reader = self.opens(who, f"{matter}?act={code}#act-{code}")
        form = reader.page.locator(f"#act-{code} form")
        self.fills(form, given)
        form.locator("button[type=submit]").last.click()
        expect(reader.page.locator(".b-said-success").first).to_be_visible()
        self.wrong += [f"{who}: {wrong}" for wrong in reader.glances(self.language)]
        return reader

    def records(self, who: str, **given: Any) -> str:
        """The address of the matter that the officer recorded and opened from its receipt."""
        reader = self.opens(who, "/record/")
        self.fills(reader.page.locator("#record"), given)
        reader.page.locator("#record").evaluate("form => form.requestSubmit()")
        expect(reader.page.locator(".b-reference")).to_be_visible()
        self.wrong += [f"{who}: {wrong}" for wrong in reader.glances(self.language)]
        reader.page.locator("main a[href^='/inquiries/']").first.click()
        reader.page.wait_for_url("**/inquiries/*/")
        return reader.page.url.removeprefix(reader.address)


@pytest.fixture
def rooms() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.mark.parametrize(("language", "size"), [("zh-CN", PHONE), ("en-GB", DESK)], ids=["phone", "desk"])
def test_a_day_from_the_desk_to_the_district(
    browser: Browser, town: Town, rooms: ExitStack, language: str, size: ViewportSize
) -> None:
    day, now = Day(browser, town, language, size, rooms), datetime.now(SHANGHAI)
    [(post,)] = town.bida.ask(
        "select o.id from bureaus_post o join bureaus_place p on p.id = o.place_id "
        "where p.name = '婚姻登记处' and o.role = 'handler'"
    )

    # At the desk two citizens ask: one in need since half a day ago, one about a certificate. Both are dispatched.
    urgent = day.records(
        "hejing",
        question="结婚登记处暖气停了，老人受冻。",
        kind="help",
        urgency="critical",
        asked_at=town.half_a_day_ago.strftime("%Y-%m-%dT%H:%M"),
        name="张三",
        phone="13840005021",
    )
    plain = day.records("hejing", question="结婚证丢了怎么补？", kind="help")
    for matter in (urgent, plain):
        day.acts("hejing", matter, "dispatch", to="婚姻登记处")

    # The worker chases what is urgent.
    head = day.opens("hanmei", urgent)

    def chased() -> bool:
        head.page.reload()
        return head.page.locator("#timeline .is-chase").count() > 0

    assert comes_true(chased)

    # The handler is away: the director names a deputy and notes the absence; the deputy finds it all in her list.
    keeper = day.opens("zhouning", f"/settings/posts/{post}/")
    for form, given in (
        ("hold", {"officer": "邓辉", "part": "deputy", "from_on": now.date().isoformat()}),
        (
            "away",
            {
                "officer": "许晴",
                "from_at": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
                "until_at": (now + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"),
            },
        ),
    ):
        box = keeper.page.locator(f"details:has(input[name=act][value={form}])")
        if box.get_attribute("open") is None:
            box.locator("summary").click()
        day.fills(box.locator("form"), given)
        box.locator("button[type=submit]").click()
        if form == "away":
            keeper.page.locator("#preview button[value=save]").click()
        expect(keeper.page.locator(".b-said-success").first).to_be_visible()
    deputy = day.opens("denghui", "/")
    expect(deputy.page.locator(f"a[href^='{urgent}']").first).to_be_visible()

    # The head of the office signs for both; the deputy asks for more time, which the head of the bureau grants.
    for matter in (urgent, plain):
        day.acts("hanmei", matter, "sign")
    day.acts("denghui", plain, "extend", days=2, reason="需向原登记机关调档。")
    approver = day.opens("sunliguo", "/approvals/")
    expect(approver.page.locator(f"a[href^='{plain}']").first).to_be_visible()
    day.acts("sunliguo", plain, "decide-extension", yes="yes")

    # The deputy answers, the citizen is called back by the district, and the matter is filed.
    day.acts("denghui", urgent, "answer", text="今天下午已恢复供暖。", outcome="solved", told_how="telephone")
    expect(day.opens("hanmei", urgent).page.locator(".b-answer")).to_contain_text("今天下午已恢复供暖。")
    day.acts("hejing", urgent, "rate", reached=True, satisfaction="satisfied")
    filed = day.acts("hejing", urgent, "file")
    expect(filed.page.locator(".b-state.is-filed").first).to_be_visible()

    # The bureau's head and the district look at the day.
    for who, path in (
        ("sunliguo", "/"),
        ("sunliguo", "/overview/"),
        ("zhouning", "/overview/"),
        ("zhouning", "/dispatch/"),
        ("zhouning", "/callbacks/"),
        ("zhouning", "/search/?q=结婚证"),
        ("denghui", "/notices/?all=1"),
        ("gaoyuan", "/credibility/"),
    ):
        day.opens(who, path)
    [(open_still, answered)] = town.bida.ask(
        "select count(*) filter (where answered_at is null), count(*) filter (where state = 'filed') "
        "from inquiries_inquiry where id in (%s, %s)",
        *(int(matter.strip("/").split("/")[1]) for matter in (urgent, plain)),
    )
    assert (open_still, answered) == (1, 1)
    assert not day.wrong, "\n".join(day.wrong)
