"""The open day on a phone: what is to be written comes first, and the numbers of a day stand on the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.house.reading import PHONE, reading
from tests.house.running import PAGE_SECONDS
from tests.house.tablet import booth_of
from tests.house.town import Town

pytestmark = pytest.mark.processes
expect.set_options(timeout=PAGE_SECONDS * 1000)


def test_a_plan_that_nobody_wrote_yet_begins_with_its_writing(browser: Browser, town: Town) -> None:
    with reading(browser, town, "en-GB", size=PHONE) as reader:
        page = reader.page
        # Asked for the plan of the coming day, and has not begun it.
        reader.signs_in(town, "shilei")
        reader.opens("/open-days/")
        page.locator("main .b-days a").first.click()
        page.get_by_role("link", name="城市管理局", exact=True).first.click()
        tops = [page.locator(f"#{name}").bounding_box() for name in ("write", "tasks", "materials")]
        assert [box["y"] for box in tops if box] == sorted(box["y"] for box in tops if box)
        assert len([box for box in tops if box]) == 3


def test_an_answer_that_is_not_ticked_stays_in_its_box(browser: Browser, town: Town) -> None:
    with reading(browser, town, "en-GB", size=PHONE) as reader:
        page = reader.page
        reader.signs_in(town, "wuxiaoyan")
        reader.opens(f"/booths/{booth_of(town.bida)}/")
        page.locator("#question_question").fill("低保怎么申请？")
        page.locator("#question_text").fill("到街道申请。")
        send = page.get_by_role("button", name="Record the question")
        send.click()
        why = page.locator("#question_text").evaluate("box => box.validationMessage")
        assert why.startswith("Tick “answered at once”")
        page.locator("#question_at_once").check()
        send.click()
        expect(page.get_by_text("Recorded and answered")).to_be_visible()


def test_few_columns_fit_the_screen(browser: Browser, town: Town) -> None:
    with reading(browser, town, "zh-CN", size=PHONE) as reader:
        page = reader.page
        reader.opens("/public/")
        page.locator("a[href$='/open-days/']").click()
        page.locator("main a[href*='/open-days/']").last.click()
        box = page.locator(".p-scroll table").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE["width"]
