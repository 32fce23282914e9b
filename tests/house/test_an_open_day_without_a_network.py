"""A booth on a square with bad reception: what is entered there comes in, each once, under its author's name."""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect

from bureaus.workdays import SHANGHAI
from tests.house.reading import PHONE, Reader, reading
from tests.house.running import PAGE_SECONDS, children_of
from tests.house.tablet import (
    STORED,
    answered,
    arrives,
    becomes_true,
    card,
    keeps_shell,
    nothing_of_it,
    people,
    question,
    signs_out,
    tap,
    waiting,
)
from tests.house.town import Town
from tools import chromium

pytestmark = pytest.mark.processes
expect.set_options(timeout=PAGE_SECONDS * 1000)

KEPT = "async () => (await caches.keys()).filter((name) => name.startsWith('bida-desk-'))"


def replies(page: Page, *, yes: bool) -> list[str]:
    """The next question of the page is answered as soon as it is asked, and stands in the list from then on.

    A click does not return before, where the question is quicker than the click.
    """
    asked: list[str] = []

    def reply(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if yes:
            dialog.accept()
        else:
            dialog.dismiss()

    page.once("dialog", reply)
    return asked


def test_the_network_is_cut_and_comes_back_and_each_entry_is_there_once(
    tablet: Reader, town: Town, booth: int
) -> None:
    page, words = tablet.page, "没有网络的时候问的：低保怎么申请？"
    [(material,)] = town.bida.ask("select min(material_id) from disclosure_supply where booth_id = %s", booth)
    given = "select coalesce(sum(value), 0) from disclosure_handout where booth_id = %s and material_id = %s"
    [(handed,)] = town.bida.ask(given, booth, material)
    rows, total = people(town, booth)

    page.context.set_offline(True)
    before = datetime.now(SHANGHAI)
    for n in (1, 2, 5):
        tap(page, n)
    tap(page, 2, f"material,{material}")
    question(page, words)
    card(page, "wl-100")
    page.locator("#issue_words").fill("网络不好也要记的热点")
    page.locator("form[data-entry=issue] button").click()
    expect(waiting(page)).to_have_count(7)
    expect(page.locator("[data-line=network]")).to_be_visible()
    expect(page.locator('form[data-of="measure,person"] [data-more]')).to_have_text("+8")
    expect(page.locator("#question_question")).to_have_value("")

    # Loaded anew without a network, the shell stands in and shows what waits.
    page.reload()
    expect(page.get_by_text("Without a connection the numbers are not known here.")).to_be_visible()
    expect(waiting(page)).to_have_count(7)
    tap(page, 1)
    expect(waiting(page)).to_have_count(8)
    assert people(town, booth) == (rows, total)
    since = datetime.now(SHANGHAI)
    page.context.set_offline(False)
    expect(page.locator("#queue")).to_be_hidden()
    expect(page.locator("#numbers")).to_contain_text("received, as people")

    assert people(town, booth) == (rows + 4, total + 9)
    assert town.bida.ask(given, booth, material) == [(handed + 2,)]
    [(who, asked_at, recorded_at)] = answered(town, words)
    assert who == "wuxiaoyan"
    # By the device it was asked then; by the server it came in now.
    assert before - timedelta(seconds=1) <= asked_at <= since <= recorded_at  # type: ignore[operator]
    assert town.bida.ask("select count(*) from disclosure_contactcard where serial = 'WL-100'") == [(1,)]
    assert town.bida.ask(
        "select count(*), count(distinct i.id) from disclosure_hotissue i join disclosure_raised r "
        "on r.issue_id = i.id where i.words = '网络不好也要记的热点'"
    ) == [(1, 1)]


def test_a_network_that_breaks_in_the_midst_of_the_queue_doubles_and_loses_nothing(
    tablet: Reader, town: Town, booth: int
) -> None:
    page, (rows, total) = tablet.page, people(town, booth)
    came: list[str] = []

    def breaks(route: Route) -> None:
        """Of the third the server took note, and nobody heard of it; then there is nothing more."""
        came.append(route.request.post_data or "")
        if len(came) < 3:
            return route.continue_()
        route.fetch()
        page.context.set_offline(True)
        return route.abort()

    page.context.set_offline(True)
    for n in (1, 2, 5, 1, 2, 5):
        tap(page, n)
    expect(waiting(page)).to_have_count(6)
    page.route("**/booths/*/receive/", breaks)
    page.context.set_offline(False)
    expect(waiting(page)).to_have_count(4)
    expect(page.locator("[data-line=network]")).to_be_visible()
    assert people(town, booth) == (rows + 3, total + 8)
    page.unroute("**/booths/*/receive/")
    page.context.set_offline(False)
    expect(page.locator("#queue")).to_be_hidden()
    assert people(town, booth) == (rows + 6, total + 16)


def test_two_tablets_at_one_booth_count_each_touch_of_both(
    tablet: Reader, browser: Browser, town: Town, booth: int
) -> None:
    rows, total = people(town, booth)
    # The same officer at one of them twice, so that the keys of both are hers.
    with reading(browser, town, "zh-CN", size=PHONE) as hers, reading(browser, town, "zh-CN") as head:
        arrives(hers, town, booth)
        arrives(head, town, booth, "chenzhiqiang")
        pages = [tablet.page, hers.page, head.page]
        for page in pages:
            page.context.set_offline(True)
            for n in (1, 5):
                tap(page, n)
        question(hers.page, "第二块平板上问的。")
        for page in pages:
            page.context.set_offline(False)
        for page in pages:
            expect(page.locator("#queue")).to_be_hidden()
    assert people(town, booth) == (rows + 6, total + 18)
    assert len(answered(town, "第二块平板上问的。")) == 1


def test_a_session_that_ended_meanwhile_holds_the_queue_until_its_officer_is_back(
    tablet: Reader, town: Town, booth: int
) -> None:
    page, words = tablet.page, "会话过期时问的。"
    page.context.set_offline(True)
    question(page, words)
    expect(waiting(page)).to_have_count(1)
    page.context.clear_cookies(name="sessionid")
    page.context.set_offline(False)
    expect(page.locator("[data-line=session]")).to_be_visible()
    expect(waiting(page)).to_have_count(0)
    assert answered(town, words) == []

    page.locator("[data-line=session] a").click()
    page.locator("#id_username").fill("wuxiaoyan")
    page.locator("#id_password").fill(town.passwords["wuxiaoyan"])
    page.locator("main .btn-primary").click()
    page.wait_for_url(f"**/booths/{booth}/")
    becomes_true(page, lambda: answered(town, words))
    expect(page.locator("#queue")).to_be_hidden()
    assert len(answered(town, words)) == 1


def test_a_killed_browser_has_kept_what_was_entered(browser: Browser, town: Town, booth: int) -> None:
    words = "浏览器被强行关闭前问的。"
    with tempfile.TemporaryDirectory(prefix="bida-tablet-", ignore_cleanup_errors=True) as made:

        def starts() -> BrowserContext:
            room = browser.browser_type.launch_persistent_context(
                made,
                executable_path=chromium.found(),
                args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
                locale="en-GB",
            )
            room.set_default_timeout(PAGE_SECONDS * 1000)
            return room

        room = starts()
        reader = Reader(room.pages[0], f"http://localhost:{town.bida.port}")
        arrives(reader, town, booth)
        room.set_offline(True)
        question(reader.page, words)
        expect(waiting(reader.page)).to_have_count(1)
        for number, command in children_of(os.getpid()).items():
            if made in command:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)

        room = starts()
        reader = Reader(room.pages[0], reader.address)
        # A browser that is killed may not have written its cookies: signed in or not, the entry is there.
        reader.opens(f"/booths/{booth}/")
        if "/sign-in/" in reader.page.url:
            arrives(reader, town, booth)
        becomes_true(reader.page, lambda: answered(town, words))
        expect(reader.page.locator("#queue")).to_be_hidden()
        room.close()
    assert len(answered(town, words)) == 1


def test_another_officer_on_the_same_tablet_sees_and_sends_nothing_of_it(
    tablet: Reader, town: Town, booth: int
) -> None:
    page, words = tablet.page, "只有吴小燕能看见的话。"
    address, away = f"/booths/{booth}/", "**/booths/*/question/"
    page.route(away, lambda route: route.abort())
    question(page, words)
    expect(waiting(page)).to_contain_text(words)
    [stored] = page.evaluate(STORED)
    assert words.encode() not in str(stored).encode("latin1", "replace")
    assert sorted(stored) == ["id", "iv", "of", "sealed"]

    # She signs out; the next one goes back, by the browser's own button.
    page.locator("#issue_words").fill("写了一半的话")
    signs_out(page)
    page.go_back()
    assert "/sign-in/" in page.url
    assert words not in page.content()

    # Nobody is signed in, the network is cut, and the desk is opened all the same.
    page.context.set_offline(True)
    tablet.opens(address)
    nothing_of_it(page, words)
    page.context.set_offline(False)

    # The clerk of the district signs in; before she opened the desk once, and after.
    tablet.signs_in(town, "hejing")
    page.context.set_offline(True)
    tablet.opens(address)
    nothing_of_it(page, words)
    page.context.set_offline(False)
    page.unroute(away)
    tablet.opens(address)
    keeps_shell(page, booth)
    nothing_of_it(page, words)
    question(page, "何静自己记的。")
    becomes_true(page, lambda: answered(town, "何静自己记的。"))
    assert answered(town, words) == []
    assert len(page.evaluate(STORED)) == 1
    signs_out(page)

    tablet.signs_in(town, "wuxiaoyan")
    tablet.opens(address)
    becomes_true(page, lambda: answered(town, words))
    assert [who for who, *_ in answered(town, words)] == ["wuxiaoyan"]
    assert [who for who, *_ in answered(town, "何静自己记的。")] == ["hejing"]


def test_who_signs_out_without_a_network_is_gone_from_the_tablet_at_once(
    tablet: Reader, town: Town, booth: int
) -> None:
    page, words = tablet.page, "断网时退出前问的。"
    page.context.set_offline(True)
    question(page, words)
    tablet.opens(f"/booths/{booth}/")
    expect(waiting(page)).to_have_count(1)
    asked = replies(page, yes=True)
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("[data-line=session]")).to_be_visible()
    assert len(asked) == 1
    nothing_of_it(page, words)
    assert [cookie["name"] for cookie in page.context.cookies() if cookie["name"] == "bida_queue"] == []

    # The server hears of it when it is reached.
    page.context.set_offline(False)
    page.wait_for_url("**/sign-in/")
    assert [cookie["name"] for cookie in page.context.cookies() if cookie["name"] == "sessionid"] == []
    assert answered(town, words) == []
    arrives(tablet, town, booth)
    becomes_true(page, lambda: answered(town, words))


def test_the_page_of_one_does_not_send_under_the_session_of_another(
    tablet: Reader, town: Town, booth: int
) -> None:
    """A colleague signs in beside her open page: after it asked whose session it is, before it sends."""
    page, words = tablet.page, "换人时还没送出的问题。"
    changed: list[bool] = []

    def meanwhile(route: Route) -> None:
        """The answer of her session arrives late, with a token of hers."""
        if changed:
            return route.continue_()
        changed.append(False)
        answer = route.fetch()
        assert answer.json()["token"]
        page.context.clear_cookies(name="sessionid")
        beside = Reader(page.context.new_page(), tablet.address)
        beside.signs_in(town, "hejing")
        beside.opens(f"/booths/{booth}/")
        keeps_shell(beside.page, booth)
        route.fulfill(response=answer)
        changed.append(True)
        return None

    page.route("**/session/", meanwhile)
    question(page, words)
    becomes_true(page, lambda: changed[-1:] == [True])
    nothing_of_it(page, words)
    assert answered(town, words) == []
    assert len(page.evaluate(STORED)) == 1
    page.context.clear_cookies(name="sessionid")
    arrives(tablet, town, booth)
    becomes_true(page, lambda: answered(town, words))
    assert [who for who, *_ in answered(town, words)] == ["wuxiaoyan"]


def test_a_refused_entry_is_shown_with_its_reason_and_mended_or_discarded(
    tablet: Reader, town: Town, booth: int
) -> None:
    page, serial = tablet.page, tablet.page.locator("#card_serial")
    card(page, "wl-200")
    expect(page.locator("#said")).to_contain_text("WL-200")
    page.context.set_offline(True)
    for _ in range(2):
        card(page, "wl-200")
        expect(serial).to_have_value("")
    expect(waiting(page)).to_have_count(2)
    page.context.set_offline(False)
    expect(waiting(page).locator("[data-why]")).to_have_count(2)
    for why in waiting(page).locator("[data-why]").all():
        expect(why).to_contain_text("was given out before")

    # The first stands in its form again, with the reason at the field; loaded anew, both are still there.
    expect(serial).to_have_value("wl-200")
    expect(page.locator("form[data-entry=card] .b-error")).to_contain_text("was given out before")
    page.reload()
    expect(waiting(page)).to_have_count(2)
    waiting(page).first.locator("[data-mend]").click()
    expect(serial).to_have_value("wl-200")
    card(page, "wl-201")
    expect(waiting(page)).to_have_count(1)
    asked = replies(page, yes=False)
    waiting(page).locator("[data-discard]").click()
    becomes_true(page, lambda: asked)
    expect(waiting(page)).to_have_count(1)
    replies(page, yes=True)
    waiting(page).locator("[data-discard]").click()
    expect(page.locator("#queue")).to_be_hidden()
    assert town.bida.ask(
        "select serial, count(*) from disclosure_contactcard where serial like 'WL-20%%' group by 1 order by 1"
    ) == [("WL-200", 1), ("WL-201", 1)]


def test_a_new_release_replaces_what_the_old_one_kept_and_no_other_page_is_kept(
    tablet: Reader, booth: int
) -> None:
    page = tablet.page
    [now] = page.evaluate(KEPT)
    kept = page.evaluate(
        "async (name) => (await (await caches.open(name)).keys()).map((asked) => new URL(asked.url).pathname)",
        now,
    )
    assert [path for path in kept if not path.startswith("/static/")] == [f"/booths/{booth}/shell/"]
    # As it is where an earlier release was installed before.
    page.evaluate(
        "async (shell) => {"
        "  for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister();"
        "  for (const name of await caches.keys()) await caches.delete(name);"
        "  await (await caches.open('bida-desk-old')).put(shell, new Response('old'));"
        "}",
        f"/booths/{booth}/shell/",
    )
    tablet.opens("/open-days/")
    page.evaluate("navigator.serviceWorker.register('/booths/worker.js')")
    becomes_true(page, lambda: page.evaluate(KEPT) == [now])
    held = page.evaluate(
        f"async () => (await (await caches.match('/booths/{booth}/shell/', {{ ignoreVary: true }})).text())"
    )
    assert 'data-stands="in"' in held
