"""A summary is frozen for ever: what is typed and not saved is not left out of it by the button beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.house.reading import reading
from tests.house.running import PAGE_SECONDS
from tests.house.town import Town

pytestmark = pytest.mark.processes
expect.set_options(timeout=PAGE_SECONDS * 1000)

WORDS = "把低保和婚姻登记分成两个窗口，排队时间明显缩短。"


def test_nothing_typed_is_left_out_of_what_is_approved(browser: Browser, town: Town) -> None:
    with reading(browser, town, "en-GB") as reader:
        reader.signs_in(town, "sunliguo")
        reader.opens("/open-days/")
        page = reader.page
        page.locator("main li", has_text="today").get_by_role("link").click()
        begin = page.locator("main li", has_text="民政局").get_by_role(
            "button", name="Draft from the records"
        )
        # Another test of the same town may have begun it.
        begin.or_(page.locator("main a[href*='/summaries/']", has_text="民政局")).first.click()
        written, approve = page.locator("#id_insights"), page.get_by_role("button", name="Approve and freeze")
        written.fill(WORDS)
        page.locator("#id_although").fill("已核对。")
        approve.click()
        expect(page.get_by_text("This is not saved yet.")).to_be_visible()
        expect(written).to_have_value(WORDS)

        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("article, .b-paper").get_by_text(WORDS)).to_be_visible()
        if page.locator("#id_although").count():
            page.locator("#id_although").fill("已核对。")
        approve.click()
        expect(page.get_by_text("Approved. Its numbers are frozen.")).to_be_visible()
        expect(page.locator("article, .b-paper").get_by_text(WORDS)).to_be_visible()
