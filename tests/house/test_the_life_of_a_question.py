"""The whole life of a question, through the pages of a running server with a real worker, to be read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.house.running import PATIENT_SECONDS, comes_true
from tests.house.town import Town
from tools import chromium

expect.set_options(timeout=PATIENT_SECONDS * 1000)

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    path = chromium.found()
    if path is None:
        pytest.skip("there is no Chromium here")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        )
        yield opened
        opened.close()


@dataclass
class Desk:
    """One officer before the screen."""

    page: Page
    town: Town

    def opens(self, path: str) -> None:
        self.page.goto(f"http://localhost:{self.town.bida.port}{path}")

    def opens_the_matter(self, reference: str) -> None:
        self.opens("/")
        if not self.page.get_by_role("link", name=reference).count():
            self.opens("/?all=1")
        self.page.get_by_role("link", name=reference).first.click()

    def sees(self, words: str) -> None:
        expect(self.page.locator("main").get_by_text(words).first).to_be_visible()

    def field(self, label: str) -> Locator:
        """The box of that name that can be seen."""
        main = self.page.locator("main")
        boxes = main.get_by_label(label, exact=True).and_(main.locator("input, textarea, select"))
        return boxes.locator("visible=true").first

    def fills(self, label: str, words: str) -> None:
        self.field(label).fill(words)

    def chooses(self, label: str, choice: str) -> None:
        self.field(label).select_option(label=choice)

    def ticks(self, label: str) -> None:
        self.field(label).check()

    def does(self, act: str) -> None:
        """One of the acts that the page offers: its box is opened where it is shut, then its button pressed."""
        self.page.locator("main").get_by_role("button", name=act, exact=True).locator(
            "visible=true"
        ).last.click()

    def unfolds(self, act: str) -> None:
        self.page.locator("summary").get_by_text(act, exact=True).click()

    def reads_the_time_line(self) -> list[str]:
        self.page.reload()
        return self.page.locator("#timeline .b-line-what").all_inner_texts()


class House:
    """Opens one desk for each officer, and keeps them open."""

    def __init__(self, browser: Browser, town: Town) -> None:
        self.browser, self.town = browser, town
        self.rooms: list[BrowserContext] = []

    def sign_in_as(self, username: str) -> Desk:
        room = self.browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
        self.rooms.append(room)
        room.set_default_timeout(PATIENT_SECONDS * 1000)
        desk = Desk(room.new_page(), self.town)
        desk.opens("/sign-in/")
        desk.page.get_by_label("Username").or_(desk.page.locator("#id_username")).first.fill(username)
        desk.page.locator("#id_password").fill(self.town.passwords[username])
        desk.does("Sign in")
        expect(desk.page).to_have_url(f"http://localhost:{self.town.bida.port}/")
        return desk

    def close(self) -> None:
        for room in self.rooms:
            room.close()


@pytest.fixture
def house(browser: Browser, town: Town) -> Iterator[House]:
    opened = House(browser, town)
    yield opened
    opened.close()


def in_order(wanted: list[str], line: list[str]) -> bool:
    """Whether all of it stands in the time line, in this order, whatever stands between."""
    left = iter(line)
    return all(words in left for words in wanted)


def test_a_question_is_asked_chased_answered_and_filed(house: House, town: Town) -> None:
    # A citizen asked at the desk half a day ago; the clerk enters the card now, and the clock has been running since.
    clerk = house.sign_in_as("hejing")
    clerk.opens("/record/")
    clerk.fills("Question", "低保户的暖气停了，找谁？")
    clerk.chooses("Kind", "help")
    clerk.chooses("Urgency", "critical")
    clerk.page.locator("#id_asked_at").fill(town.half_a_day_ago.strftime("%Y-%m-%dT%H:%M"))
    clerk.fills("Name", "张三")
    clerk.fills("Telephone", "13840005021")
    clerk.fills("E-mail", "zhangsan@citizen.example")
    clerk.does("Record")
    clerk.sees("It is chased until an answer is logged.")
    reference = clerk.page.locator(".b-reference").inner_text()

    # The citizen has it in writing.
    def written_to_the_citizen() -> int:
        return sum(
            reference in mail["Subject"] + mail.get_content()
            for mail in town.mail.to("zhangsan@citizen.example")
        )

    assert comes_true(lambda: written_to_the_citizen() == 1)

    # The clerk dispatches it to the relief section of the civil affairs bureau.
    clerk.page.get_by_role("link", name="Open it").click()
    clerk.page.wait_for_url("**/inquiries/*/")
    matter = urlsplit(clerk.page.url).path
    clerk.chooses("To the place", "社会救助科")
    clerk.does("Dispatch")

    # The handler there signs for it.
    handler = house.sign_in_as("wuxiaoyan")
    handler.opens_the_matter(reference)
    handler.does("Sign for")
    handler.sees("The citizen")

    # Nobody answers, so the worker chases, and the handler is told.
    assert comes_true(lambda: "urge, chase no. 1" in handler.reads_the_time_line())
    handler.opens("/notices/")
    handler.sees(reference)

    # The handler answers, the chase ends, and the citizen is told.
    handler.opens_the_matter(reference)
    handler.chooses("Outcome", "solved")
    handler.fills("Answer", "今天下午已恢复供热。")
    handler.chooses("How the citizen was told", "by e-mail")
    handler.does("Answer")
    handler.sees("Answered; no longer chased.")
    assert comes_true(lambda: written_to_the_citizen() == 2)
    [(numbered, at_answer)] = town.bida.ask(
        "select chase_number, (select max(chased_at) from inquiries_chase c where c.inquiry_id = i.id) <= answered_at "
        "from inquiries_inquiry i where reference = %s",
        reference,
    )
    assert numbered >= 1
    assert at_answer

    # The district calls back. The citizen is not content: it is cold again, so a new round is owed, and chased.
    clerk.opens(matter)
    clerk.unfolds("Log a callback")
    clerk.ticks("The citizen was reached")
    clerk.chooses("Satisfaction", "dissatisfied")
    clerk.fills("In the citizen's words", "晚上又停了。")
    clerk.does("Log a callback")
    clerk.sees("round 2")

    # The handler answers again; this time the citizen is content, and the clerk files it.
    handler.opens_the_matter(reference)
    handler.does("Sign for")
    handler.chooses("Outcome", "solved")
    handler.fills("Answer", "换了循环泵，已连续供热。")
    handler.chooses("How the citizen was told", "by telephone")
    handler.does("Answer")
    clerk.opens(matter)
    clerk.unfolds("Log a callback")
    clerk.ticks("The citizen was reached")
    clerk.chooses("Satisfaction", "satisfied")
    clerk.does("Log a callback")
    clerk.unfolds("File")
    clerk.does("File")

    # The time line tells all of it.
    line = clerk.reads_the_time_line()[::-1]
    told = [
        "recorded",
        "dispatched",
        "signed for",
        "answered",
        "rated",
        "reopened",
        "signed for",
        "answered",
        "filed",
    ]
    assert in_order(told, line)
    assert "urge, chase no. 1" in line


def test_an_answered_question_is_recorded_by_keyboard_alone(house: House, town: Town) -> None:
    clerk = house.sign_in_as("hejing")
    clerk.opens("/record/")
    keys = clerk.page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(60):
            focused = clerk.page.evaluate("document.activeElement.name || document.activeElement.type")
            if focused == name:
                return
            keys.press("Tab")
        raise AssertionError(f"the keyboard does not reach {name}")

    tab_to("question")
    keys.type("老年证在哪里办？")
    tab_to("at_once")
    keys.press("Space")
    tab_to("text")
    keys.type("请到社区办事处。")
    tab_to("submit")
    keys.press("Enter")
    clerk.sees("Recorded and answered")
