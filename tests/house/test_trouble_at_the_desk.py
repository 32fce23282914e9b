"""No network, no session, a colleague's act in between, a button pressed twice, back: typed words are never lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.house.reading import Reader, reading
from tests.house.running import PAGE_SECONDS
from tests.house.town import Town

pytestmark = pytest.mark.processes
expect.set_options(timeout=PAGE_SECONDS * 1000)

WORDS = "写了很久的一段话，一个字也不能丢。"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
# The most that a first visit may cost over a slow line, charts left out.
MOST_BYTES = 150_000


@pytest.fixture
def handler(browser: Browser, town: Town) -> Iterator[Reader]:
    """Wu Xiaoyan of the relief section is signed in."""
    with reading(browser, town, "en-GB") as reader:
        reader.signs_in(town, "wuxiaoyan")
        yield reader


def records(reader: Reader, question: str) -> str:
    """The address of a matter of her own section that she signed for."""
    reader.opens("/record/")
    reader.page.locator("#id_question").fill(question)
    reader.page.locator("#id_kind").select_option("help")
    reader.page.locator(".b-record-send button").click()
    reader.page.get_by_role("link", name="Open it").click()
    reader.page.locator("#act-sign button[type=submit]").click()
    expect(reader.page.locator("#act-answer")).to_be_visible()
    return reader.page.url.removeprefix(reader.address).split("#")[0].split("?")[0]


def signs_in_beside(reader: Reader, town: Town) -> None:
    """In another window, as the line of the page says."""
    beside = Reader(reader.page.context.new_page(), reader.address)
    beside.signs_in(town, "wuxiaoyan")
    beside.page.close()


def sent_by(page: Page, path: str) -> list[str]:
    """The forms that go out from now on to an address that ends so."""
    sent: list[str] = []
    page.on(
        "request",
        lambda asked: (
            sent.append(asked.url)
            if asked.method == "POST" and asked.url.split("#")[0].endswith(path)
            else None
        ),
    )
    return sent


def test_a_question_survives_the_network_the_session_a_double_click_and_back(
    handler: Reader, town: Town
) -> None:
    page, question = handler.page, WORDS + "（登记）"
    sent = sent_by(page, "/record/")
    handler.opens("/record/")
    page.locator("#id_question").fill(question)
    page.locator("#id_kind").select_option("help")
    button = page.locator(".b-record-send button")

    page.context.set_offline(True)
    button.click()
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    expect(page.locator("#id_question")).to_have_value(question)
    page.context.set_offline(False)

    page.context.clear_cookies(name="sessionid")
    button.click()
    expect(page.get_by_text("You are no longer signed in.")).to_be_visible()
    expect(page.locator("#id_question")).to_have_value(question)
    assert not sent
    signs_in_beside(handler, town)

    button.dblclick()
    expect(page.locator(".b-reference")).to_be_visible()
    reference = page.locator(".b-reference").inner_text()
    assert len(sent) == 1

    # Back, and sent again: it is the same matter. Other words are another one, and only when sent once more.
    page.go_back()
    expect(page.locator("#id_question")).to_have_value(question)
    button.click()
    expect(page.locator(".b-reference")).to_have_text(reference)
    page.go_back()
    page.locator("#id_question").fill(question + "又一件")
    button.click()
    expect(page.get_by_text("This form was recorded already.")).to_be_visible()
    expect(page.locator("#id_question")).to_have_value(question + "又一件")
    button.click()
    expect(page.locator(".b-reference")).not_to_have_text(reference)
    [(many,)] = town.bida.ask(
        "select count(*) from inquiries_inquiry where question like %s", WORDS + "（登记）%"
    )
    assert many == 2


def test_an_answer_survives_the_network_the_session_a_colleague_a_double_click_and_back(
    handler: Reader, browser: Browser, town: Town
) -> None:
    matter, page, box = records(handler, "暖气不热。"), handler.page, handler.page.locator("#act-answer")
    words = box.locator("textarea[name$=text]")
    sent = sent_by(page, f"{matter}answer/")
    words.fill(WORDS)
    box.locator("select[name$=outcome]").select_option("solved")
    box.locator("select[name$=told_how]").select_option("telephone")
    button = box.locator("button.btn-primary")

    page.context.set_offline(True)
    button.click()
    expect(box.get_by_text("There is no connection.")).to_be_visible()
    page.context.set_offline(False)
    page.context.clear_cookies(name="sessionid")
    button.click()
    expect(box.get_by_text("You are no longer signed in.")).to_be_visible()
    expect(words).to_have_value(WORDS)
    assert not sent
    signs_in_beside(handler, town)

    # The head of the section was quicker with an act of his own.
    with reading(browser, town, "en-GB") as head:
        head.signs_in(town, "chenzhiqiang")
        head.opens(f"{matter}?act=contact#act-contact")
        contact = head.page.locator("#act-contact")
        contact.locator("[name$=what]").select_option("contacted")
        contact.locator("textarea").fill("已与来人通过电话。")
        contact.locator("button[type=submit]").click()
        expect(head.page.locator(".b-said-success")).to_be_visible()
    button.click()
    expect(page.get_by_text("陈志强").first).to_be_visible()
    expect(words).to_have_value(WORDS)

    button.dblclick()
    expect(page.get_by_text("Answered; no longer chased.").first).to_be_visible()
    assert len(sent) == 2  # refused, and taken
    page.go_back()
    page.go_forward()
    [(answers,)] = town.bida.ask(
        "select count(*) from inquiries_answer where inquiry_id = %s", int(matter.strip("/").split("/")[1])
    )
    assert answers == 1


def test_a_duty_survives_the_network_and_the_session(handler: Reader, browser: Browser, town: Town) -> None:
    [(duty,)] = town.bida.ask(
        "select min(id) from inquiries_duty where done_at is null and kind = 'circular'"
    )
    with reading(browser, town, "zh-CN") as director:
        director.signs_in(town, "zhouning")
        director.opens(f"/duties/{duty}/")
        page, form = director.page, director.page.locator("#ends")
        form.locator("textarea").fill(WORDS)
        page.context.set_offline(True)
        form.locator("button[type=submit]").last.click()
        expect(form.locator("[data-trouble=network]")).to_be_visible()
        page.context.set_offline(False)
        page.context.clear_cookies(name="sessionid")
        form.locator("button[type=submit]").last.click()
        expect(form.locator("[data-trouble=session]")).to_be_visible()
        expect(form.locator("textarea")).to_have_value(WORDS)


def test_a_file_is_opened_for_a_reason_as_often_as_it_is_wanted(handler: Reader, town: Town) -> None:
    matter, page = records(handler, "楼道照明不亮，附清单。"), handler.page
    page.locator("details", has=page.locator("#file")).locator("summary").click()
    page.locator("#file").set_input_files({"name": "清单.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.locator("form", has=page.locator("#file")).locator("button").click()
    files = page.locator(".b-files")
    files.locator("summary").click()
    for _again in range(2):
        files.locator("input[name=reason]").fill("核对清单")
        with page.expect_download() as fetched:
            files.locator("button").click()
        assert fetched.value.suggested_filename == "清单.pdf"
        assert fetched.value.path().read_bytes() == PDF
    readings = "select count(*) from inquiries_clearreading where inquiry_id = %s and reason = '核对清单'"
    assert town.bida.ask(readings, int(matter.strip("/").split("/")[1])) == [(2,)]


def test_a_first_visit_is_light_and_the_next_one_lighter(browser: Browser, town: Town) -> None:
    with reading(browser, town, "zh-CN") as reader:
        watch = reader.page.context.new_cdp_session(reader.page)
        watch.send("Network.enable")
        came: list[float] = []
        watch.on("Network.loadingFinished", lambda done: came.append(done["encodedDataLength"]))
        reader.signs_in(town, "wuxiaoyan")
        reader.page.wait_for_load_state("networkidle")
        first = sum(came)
        assert 10_000 < first < MOST_BYTES, first
        came.clear()
        for path in ("/record/", "/search/", "/"):
            reader.opens(path)
            reader.page.wait_for_load_state("networkidle")
        assert sum(came) < first / 2, came
