"""A wrong clock, a server that stumbles, a portal that answers for it, two windows, and a browser without scripts."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from bureaus.workdays import SHANGHAI
from tests.house.reading import Reader
from tests.house.running import PAGE_SECONDS
from tests.house.tablet import answered, becomes_true, people, question, tap, waiting
from tests.house.town import Town

pytestmark = pytest.mark.processes
expect.set_options(timeout=PAGE_SECONDS * 1000)
QUESTIONS = "**/booths/*/question/"


def test_a_clock_that_is_wrong_is_flagged_and_the_question_asked_when_it_was(
    tablet: Reader, town: Town, booth: int
) -> None:
    page, words, fast = tablet.page, "平板的钟快了三小时。", timedelta(hours=3)
    page.clock.install(time=datetime.now(SHANGHAI) + fast)
    tablet.opens(f"/booths/{booth}/")
    page.context.set_offline(True)
    before = datetime.now(SHANGHAI)
    question(page, words)
    expect(waiting(page)).to_have_count(1)
    since = datetime.now(SHANGHAI)
    page.context.set_offline(False)
    becomes_true(page, lambda: answered(town, words))
    [(said, doubted)] = town.bida.ask(
        "select r.happened_at, r.clock_doubted from disclosure_reception r "
        "join inquiries_inquiry i on i.id = r.inquiry_id where i.question = %s",
        words,
    )
    [(_who, asked_at, _recorded_at)] = answered(town, words)
    second = timedelta(seconds=5)
    assert doubted
    assert before + fast - second <= said <= since + fast + second
    assert before - second <= asked_at <= since + second  # type: ignore[operator]


def test_an_entry_over_which_the_server_stumbles_stops_no_other_and_is_tried_again(
    tablet: Reader, town: Town, booth: int
) -> None:
    page, words = tablet.page, "服务器出错时的问题。"
    _rows, total = people(town, booth)
    page.context.set_offline(True)
    question(page, words)
    tap(page, 2)
    page.route(QUESTIONS, lambda route: route.fulfill(status=500, body="stumbled"))
    page.context.set_offline(False)
    expect(page.locator("[data-line=server]")).to_be_visible()
    expect(waiting(page)).to_have_count(1)
    assert people(town, booth)[1] == total + 2
    page.unroute(QUESTIONS)
    becomes_true(page, lambda: answered(town, words))
    expect(page.locator("#queue")).to_be_hidden()


@pytest.mark.parametrize(
    ("status", "body"), [(200, "<html>Welcome to the free network</html>"), (502, "away")]
)
def test_an_answer_that_is_not_the_servers_takes_nothing_off_the_list(
    tablet: Reader, town: Town, status: int, body: str
) -> None:
    page, words = tablet.page, f"别人替服务器作答：{status}。"
    page.route(QUESTIONS, lambda route: route.fulfill(status=status, body=body, content_type="text/html"))
    question(page, words)
    expect(page.locator("[data-line=network]")).to_be_visible()
    expect(waiting(page)).to_have_count(1)
    assert answered(town, words) == []
    page.unroute(QUESTIONS)
    becomes_true(page, lambda: answered(town, words))
    expect(page.locator("#queue")).to_be_hidden()


def test_a_network_that_neither_answers_nor_breaks_is_none(tablet: Reader, town: Town, booth: int) -> None:
    page, (rows, total) = tablet.page, people(town, booth)
    web = town.bida.part("granian")
    # The server of a session of its own: all of it stands still, and its port goes on taking calls.
    os.killpg(web, signal.SIGSTOP)
    try:
        tap(page, 5)
        expect(waiting(page)).to_have_count(1)
        page.reload()
        expect(page.get_by_text("Without a connection the numbers are not known here.")).to_be_visible()
        expect(waiting(page)).to_have_count(1)
    finally:
        os.killpg(web, signal.SIGCONT)
    expect(page.locator("#queue")).to_be_hidden()
    assert people(town, booth) == (rows + 1, total + 5)


def test_two_windows_of_one_officer_send_one_queue_once(tablet: Reader, town: Town, booth: int) -> None:
    page, (rows, total) = tablet.page, people(town, booth)
    beside = page.context.new_page()
    beside.goto(page.url)
    page.context.set_offline(True)
    for n in (1, 2, 5):
        tap(page, n)
        tap(beside, n)
    question(beside, "两个窗口同时上传。")
    expect(beside.locator("#queue [data-count]")).to_have_text("7")
    page.context.set_offline(False)
    for each in (page, beside):
        each.evaluate("dispatchEvent(new Event('online'))")
    for each in (page, beside):
        expect(each.locator("#queue")).to_be_hidden()
    assert people(town, booth) == (rows + 6, total + 16)
    assert len(answered(town, "两个窗口同时上传。")) == 1


def test_without_scripts_the_desk_works_as_it_did(browser: Browser, town: Town, booth: int) -> None:
    rows, total = people(town, booth)
    room = browser.new_context(locale="en-GB", java_script_enabled=False)
    try:
        reader = Reader(room.new_page(), f"http://localhost:{town.bida.port}")
        reader.signs_in(town, "wuxiaoyan")
        reader.opens(f"/booths/{booth}/")
        tap(reader.page, 2)
        expect(reader.page.locator(".b-said-success")).to_have_text("Received: 2 people.")
        expect(reader.page.locator("#queue")).to_be_hidden()
        question(reader.page, "没有脚本也能登记。")
        expect(reader.page.locator(".b-said-success")).to_contain_text("Recorded:")
    finally:
        room.close()
    assert people(town, booth) == (rows + 1, total + 2)
    assert len(answered(town, "没有脚本也能登记。")) == 1
