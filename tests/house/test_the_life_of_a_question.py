"""The whole life of a question, through the pages of a running server with a real worker, to be read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.house.running import PAGE_SECONDS, comes_true
from tests.house.town import Town

expect.set_options(timeout=PAGE_SECONDS * 1000)

pytestmark = pytest.mark.processes


@dataclass
class Desk:
    """One officer before the screen."""

    page: Page
    town: Town

    def opens(self, path: str) -> None:
        self.page.goto(f"http://localhost:{self.town.bida.port}{path}")

    def opens_the_matter(self, reference: str) -> None:
        """From the list of what is owed, page after page: other tests live in this town too, and owe much."""
        self.opens("/")
        matter = self.page.get_by_role("link", name=reference)
        while not matter.count():
            with self.page.expect_navigation():
                self.page.get_by_role("link", name="The next ones").click()
        matter.first.click()

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
        room.set_default_timeout(PAGE_SECONDS * 1000)
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
    clerk.chooses("To the place", "民政局 · 社会救助科")
    clerk.does("Dispatch")

    # The handler there signs for it.
    handler = house.sign_in_as("wuxiaoyan")
    handler.opens_the_matter(reference)
    handler.does("Sign for")
    handler.sees("Done: Sign for")

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
    handler.sees("Done: Sign for")
    handler.chooses("Outcome", "solved")
    handler.fills("Answer", "换了循环泵，已连续供热。")
    handler.chooses("How the citizen was told", "by telephone")
    handler.does("Answer")
    handler.sees("Answered; no longer chased.")
    clerk.opens(matter)
    clerk.unfolds("Log a callback")
    clerk.ticks("The citizen was reached")
    clerk.chooses("Satisfaction", "satisfied")
    clerk.does("Log a callback")
    clerk.sees("Done: Log a callback")
    clerk.unfolds("File")
    clerk.does("File")
    clerk.sees("Done: File")

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


def test_an_answered_question_is_recorded_by_keyboard_alone_in_at_most_twelve_strokes(
    house: House, town: Town
) -> None:
    clerk = house.sign_in_as("hejing")
    clerk.opens("/record/")
    keys, strokes = clerk.page.keyboard, 0

    def press(*named: str) -> None:
        nonlocal strokes
        for name in named:
            # Each key of a chord is a stroke of its own.
            strokes += len(name.split("+"))
            keys.press(name)

    keys.type("投诉低保一直不批，怎么办？")
    # What the words point to is shown, and taken by a key.
    clerk.page.wait_for_selector('button[name=take][value="kind=complaint"]')
    press("F2")
    expect(clerk.page.locator("#id_kind")).to_have_value("complaint")
    press("Tab", "Space", "Tab")
    keys.type("材料齐全后五个工作日内审批。")
    press("Control+Enter")
    clerk.sees("Recorded and answered")
    assert strokes <= 12, strokes
    [(kind, answered)] = town.bida.ask(
        "select kind, answered_at is not null from inquiries_inquiry where reference = %s",
        clerk.page.locator(".b-reference").inner_text(),
    )
    assert (kind, answered) == ("complaint", True)

    # The same without JavaScript's help: from the answer box on by tabs alone, and Enter on the button.
    clerk.opens("/record/")
    keys.type("老年证在哪里办？")
    press("Tab", "Space", "Tab")
    keys.type("请到社区办事处。")
    for _ in range(60):
        # What the words point to has buttons too, each named; the form's own has no name.
        if clerk.page.evaluate("document.activeElement.type == 'submit' && !document.activeElement.name"):
            break
        keys.press("Tab")
    keys.press("Enter")
    clerk.sees("Recorded and answered")


def test_the_list_is_worked_by_keyboard_without_leaving_it(house: House, town: Town) -> None:
    clerk = house.sign_in_as("hejing")
    references: list[str] = []
    for number in (1, 2):
        clerk.opens("/record/")
        clerk.fills("Question", f"临时救助第{number}次怎么申请？")
        clerk.chooses("Kind", "help")
        clerk.chooses("Urgency", "critical")
        clerk.does("Record")
        references.append(clerk.page.locator(".b-reference").inner_text())
        clerk.page.get_by_role("link", name="Open it").click()
        clerk.chooses("To the place", "民政局 · 社会救助科")
        clerk.does("Dispatch")
        clerk.sees("Done: Dispatch")
    handler = house.sign_in_as("wuxiaoyan")
    complaints: list[str] = []
    handler.page.on(
        "console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None
    )
    keys, panel, row = (
        handler.page.keyboard,
        handler.page.locator(".b-drawer"),
        handler.page.locator(".b-row.is-current"),
    )

    def go_to(reference: str) -> None:
        """Down the list by key: other tests live in this town too."""
        for _ in range(60):
            keys.press("j")
            if reference in row.inner_text():
                return
        raise AssertionError(f"{reference} is not in the list")

    go_to(references[0])
    keys.press("s")
    panel.get_by_role("button", name="Sign for").click()
    expect(handler.page.locator(".b-row.is-over")).to_contain_text("Done: Sign for")
    # What was signed for is answered, and the next row is reached by itself.
    handler.opens("/")
    go_to(references[0])
    keys.press("a")
    panel.get_by_label("Answer", exact=True).fill("请到街道窗口申请。")
    # Without a network the words stay; nor does a list that renews itself take them away.
    handler.page.context.set_offline(True)
    panel.get_by_role("button", name="Answer").click()
    expect(panel.get_by_text("There is no connection.")).to_be_visible()
    handler.page.context.set_offline(False)
    panel.get_by_label("Outcome").select_option(label="solved")
    panel.get_by_role("button", name="Answer").click()
    expect(handler.page.locator(".b-row.is-over")).to_contain_text("Done: Answer")
    expect(row).to_have_count(1)
    expect(row).not_to_contain_text(references[0])
    assert not complaints


def test_the_wall_turns_and_says_since_when_it_is_stale(house: House, town: Town) -> None:
    screen = house.sign_in_as("hejing").page
    # The clock of the page is moved by hand; the server's runs on.
    screen.clock.install()
    wall = f"http://localhost:{town.bida.port}/wall/"
    screen.goto(wall)
    stands, stuck = (
        screen.get_by_role("heading", name=name) for name in ("How does it stand?", "Where is it stuck?")
    )
    stale = screen.get_by_role("alert")
    as_of = screen.locator(".b-wall-head p")
    expect(stands).to_be_visible()
    expect(stuck).to_be_hidden()
    screen.clock.run_for(15_500)
    expect(stuck).to_be_visible()
    expect(stands).to_be_hidden()

    # It stands still when told, and is refreshed all the same, at the view that is shown.
    screen.keyboard.press("Space")
    first = as_of.inner_text()
    screen.clock.run_for(20_000)
    expect(as_of).not_to_have_text(first)
    expect(stuck).to_be_visible()
    expect(stale).to_be_hidden()

    # Cut off, it keeps the last numbers and says since when; then it finds back by itself.
    last = as_of.inner_text().removeprefix("As of ")
    screen.context.set_offline(True)
    screen.clock.run_for(31_000)
    expect(stale).to_have_text(f"Stale: these numbers have not been refreshed since {last}")
    screen.context.set_offline(False)
    screen.clock.run_for(31_000)
    expect(stale).to_be_hidden()

    # The sign-in page of an ended session is no wall.
    screen.context.clear_cookies()
    screen.clock.run_for(31_000)
    expect(stale).to_be_visible()
    expect(stuck).to_be_visible()


def test_a_screen_in_the_square_needs_no_sign_in_and_says_when_it_is_stale(house: House, town: Town) -> None:
    clerk = house.sign_in_as("linxiao")
    # The open day of the example that is still to come.
    [(coming,)] = town.bida.ask(
        'select id from disclosure_openday where is_example order by "on" desc limit 1'
    )
    clerk.opens(f"/open-days/{coming}/")
    makes = clerk.page.get_by_role("button", name="Make an address for a public screen")
    # The town may have one already.
    if makes.count():
        makes.click()
    address = clerk.page.get_by_role("link", name="/screens/").inner_text()
    board = clerk.page.context.browser
    assert board is not None
    screen = board.new_context(locale="zh-CN", viewport={"width": 1920, "height": 1080}).new_page()
    screen.clock.install()
    screen.goto(address)
    stale = screen.get_by_role("alert")
    as_of = screen.locator(".b-wall-head p")
    expect(screen.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(stale).to_be_hidden()
    # Read from across a square.
    size = "parseFloat(getComputedStyle(document.querySelector('.b-wall-view:not([hidden]) h2')).fontSize)"
    assert screen.evaluate(size) >= 40
    first = as_of.inner_text()
    screen.clock.run_for(20_000)
    expect(as_of).not_to_have_text(first)
    # In the other language by its own button, and nothing else leads anywhere.
    screen.get_by_role("button", name="English").click()
    expect(screen.locator("html")).to_have_attribute("lang", "en")
    assert screen.locator("main a").count() == 0
    screen.context.set_offline(True)
    screen.clock.run_for(31_000)
    expect(stale).to_contain_text("Stale: these numbers have not been refreshed since")
    screen.context.set_offline(False)
    screen.clock.run_for(31_000)
    expect(stale).to_be_hidden()
    screen.context.close()


def test_the_pool_is_dispatched_by_one_key_a_row(house: House, town: Town) -> None:
    clerk = house.sign_in_as("linxiao")
    references: list[str] = []
    for number in (1, 2):
        clerk.opens("/record/")
        clerk.fills("Question", f"民政局第{number}次让我等，什么时候有人管？")
        clerk.chooses("Kind", "help")
        clerk.chooses("Urgency", "critical")
        clerk.does("Record")
        references.append(clerk.page.locator(".b-reference").inner_text())
    clerk.opens("/dispatch/")
    keys, row, over = (
        clerk.page.keyboard,
        clerk.page.locator(".b-row.is-current"),
        clerk.page.locator(".b-row.is-over"),
    )
    for _ in range(60):
        keys.press("j")
        if references[0] in row.inner_text():
            break
    expect(row.locator(".b-row-next")).to_contain_text("民政局")
    keys.press("Enter")
    # Both name the bureau that is suggested: each is read, and sent by a key.
    for reference in references:
        expect(row).to_contain_text(reference)
        expect(clerk.page.locator(".b-drawer button[type=submit]")).to_be_focused()
        keys.press("Enter")
        expect(over.filter(has_text=reference)).to_contain_text("Done: Dispatch")
