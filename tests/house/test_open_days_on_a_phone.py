"""The open day on a phone: what is to be written comes first, and the numbers of a day stand on the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.house.reading import PHONE, reading
from tests.house.town import Town

pytestmark = pytest.mark.processes


def test_a_plan_that_nobody_wrote_yet_begins_with_its_writing(browser: Browser, town: Town) -> None:
    with reading(browser, town, "en-GB") as reader:
        page = reader.page
        page.set_viewport_size(PHONE)
        # Asked for the plan of the coming day, and has not begun it.
        reader.signs_in(town, "shilei")
        reader.opens("/open-days/")
        page.locator("main .b-days a").first.click()
        page.get_by_role("link", name="城市管理局", exact=True).first.click()
        tops = [page.locator(f"#{name}").bounding_box() for name in ("write", "tasks", "materials")]
        assert [box["y"] for box in tops if box] == sorted(box["y"] for box in tops if box)
        assert len([box for box in tops if box]) == 3


def test_few_columns_fit_the_screen(browser: Browser, town: Town) -> None:
    with reading(browser, town, "zh-CN") as reader:
        page = reader.page
        page.set_viewport_size(PHONE)
        reader.opens("/public/")
        page.locator("a[href$='/open-days/']").click()
        page.locator("main a[href*='/open-days/']").last.click()
        box = page.locator(".p-scroll table").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE["width"]
