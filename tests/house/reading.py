"""Somebody before a browser, who hears and sees whatever is wrong with a page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize

from bureaus.workdays import SHANGHAI
from tests.house.running import PAGE_SECONDS, ROOT
from tests.house.town import Town

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE: ViewportSize = {"width": 360, "height": 800}
DESK: ViewportSize = {"width": 1440, "height": 900}

# What the page's policy stopped, and how far things moved under the reader's eyes (1 is the whole screen).
WATCH = """
window.stopped = [];
document.addEventListener("securitypolicyviolation", e => {
  window.stopped.push(e.violatedDirective + " " + e.blockedURI);
});
window.shifted = 0;
new PerformanceObserver(list => {
  for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value;
}).observe({type: "layout-shift", buffered: true});
"""
ARRIVED = """() => !document.querySelector("[hx-trigger=load], .htmx-request")"""
# What the makers of browsers call good.
MOST_SHIFTED = 0.1
ASK_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | "));
}"""
# Words that are Latin in Chinese too: kinds of file, the other language, names in a file or a message.
LATIN = {
    "API",
    "CSV",
    "ICP",
    "Ctrl",
    "Enter",
    "Esc",
    "English",
    "Excel",
    "JSON",
    "JavaScript",
    "PDF",
    "UTF",
    "Word",
    "name",
    "phone",
    "text",
    "working",
    "xlsx",
}


class Reader:
    """A page, and what went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        page.on("console", self.hears)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))

    def hears(self, message: ConsoleMessage) -> None:
        # A refusal is the page itself, and no failure of something on it.
        if message.type == "error" and message.location["url"] != self.page.url:
            self.wrong.append(f"console: {message.text}")

    def opens(self, path: str) -> None:
        self.page.goto(self.address + path)

    def signs_in(self, town: Town, username: str) -> None:
        """The officer has come in."""
        self.opens("/sign-in/")
        self.page.locator("#id_username").fill(username)
        self.page.locator("#id_password").fill(town.passwords[username])
        self.page.locator("main .btn-primary").click()
        self.page.wait_for_url(self.address + "/")

    def glances(self, language: str, *, unmoved: bool = True) -> list[str]:
        """What is wrong with the page that is open as it stands there, at the width it has.

        `unmoved` where nothing but the page itself has moved anything.
        """
        page = self.page
        # What comes by itself has come, and was painted: only then is it known what moved.
        page.wait_for_function(ARRIVED)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        found, self.wrong = self.wrong, []
        if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
            found.append("it scrolls sideways")
        found += page.evaluate("window.stopped")
        if unmoved and (shifted := page.evaluate("window.shifted")) > MOST_SHIFTED:
            found.append(f"it moves under the eye: {shifted}")
        if language == "zh-CN":
            shown = page.locator("body").inner_text()
            for code in sorted(page.locator("code").all_inner_texts(), key=len, reverse=True):
                shown = shown.replace(code, "")
            found += [
                f"not Chinese: {word}" for word in sorted(set(re.findall(r"[A-Za-z]{3,}", shown)) - LATIN)
            ]
        return [f"{page.url.removeprefix(self.address)}: {wrong}" for wrong in found]

    def looks(self, language: str) -> list[str]:
        """What is wrong with the page that is open, at both widths, everything unfolded."""
        page, found = self.page, self.glances(language)
        where = page.url.removeprefix(self.address)
        unfold = "document.querySelectorAll('details:not(.b-menu)').forEach(folded => folded.open = true)"
        page.evaluate(unfold)
        page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            found += [f"{where}: {wrong}" for wrong in page.evaluate(ASK_AXE)]
        return found + self.glances(language, unmoved=False)


@contextmanager
def reading(
    browser: Browser, town: Town, language: str, scheme: str = "light", size: ViewportSize = DESK
) -> Iterator[Reader]:
    """Somebody sits down before a browser of that language, theme and size."""
    room = browser.new_context(
        viewport=size,
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    room.set_default_timeout(PAGE_SECONDS * 1000)
    room.add_init_script(WATCH)
    if "BIDA_CLOCK_AHEAD" in os.environ:
        # A device whose clock is months from the server's is doubted.
        room.clock.install(time=datetime.now(SHANGHAI))
    try:
        yield Reader(room.new_page(), f"http://localhost:{town.bida.port}")
    finally:
        room.close()
