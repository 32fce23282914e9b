"""A tablet at a booth: what an officer does there, what the browser keeps, and what came in of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.house.reading import Reader
from tests.house.running import PAGE_SECONDS, Bida
from tests.house.town import Town

# Everything that lies in the browser's own store, as whoever opens its tools reads it.
STORED = """async () => {
  const base = await new Promise((done) => {
    const asked = indexedDB.open("bida-queue");
    asked.onsuccess = () => done(asked.result);
  });
  const rows = await new Promise((done) => {
    const asked = base.transaction("entries").objectStore("entries").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  return rows.map((row) => ({ ...row, iv: [], sealed: new TextDecoder("latin1").decode(row.sealed) }));
}"""


def booth_of(bida: Bida) -> int:
    """The booth of the civil affairs bureau at the open day that the example holds, not the one it plans."""
    [(found,)] = bida.ask(
        "select b.id from disclosure_booth b join bureaus_place p on p.id = b.place_id "
        "join disclosure_openday d on d.id = b.open_day_id where d.is_example and p.name = '民政局' "
        'and d."on" <= (now() at time zone \'Asia/Shanghai\')::date order by d."on" desc limit 1'
    )
    return int(found)


def arrives(reader: Reader, town: Town, booth: int, username: str = "wuxiaoyan") -> None:
    reader.signs_in(town, username)
    reader.opens(f"/booths/{booth}/")
    keeps_shell(reader.page, booth)


def becomes_true(page: Page, question: Callable[[], object]) -> None:
    """Asked from here: the policy of the page lets nobody evaluate there, and a plain sleep would stop the browser."""
    until = time.monotonic() + PAGE_SECONDS
    while not question():
        assert time.monotonic() < until
        page.wait_for_timeout(100)


def keeps_shell(page: Page, booth: int) -> None:
    """The worker stands before the page, and the desk opens without a network from now on."""
    kept = f"async () => Boolean(await caches.match('/booths/{booth}/shell/', {{ ignoreVary: true }}))"
    becomes_true(page, lambda: page.evaluate(kept))
    becomes_true(page, lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"))


def tap(page: Page, n: int, what: str = "measure,person") -> None:
    page.locator(f'form[data-of="{what}"] button[value="{n}"]').click()


def question(page: Page, words: str) -> None:
    page.locator("#question_question").fill(words)
    page.locator("form[data-entry=question] button[type=submit]").click()


def card(page: Page, serial: str) -> None:
    page.locator("#card_serial").fill(serial)
    page.locator("form[data-entry=card] button").click()


def waiting(page: Page) -> Locator:
    return page.locator("#queue [data-list] > li")


def nothing_of_it(page: Page, words: str) -> None:
    """The page is a desk, has drawn what waits, and shows none of another's."""
    expect(page.locator("#queue")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    expect(waiting(page)).to_have_count(0)
    assert words not in page.content()


def signs_out(page: Page) -> None:
    """By the button of the page, whatever it asks before."""
    page.once("dialog", lambda asked: asked.accept())
    page.evaluate("document.querySelector('form[action=\"/sign-out/\"]').requestSubmit()")
    page.wait_for_url("**/sign-in/")


def answered(town: Town, question: str) -> list[tuple[object, ...]]:
    """Who recorded it, when it was asked and when it came in; a row for each time that it stands."""
    return town.bida.ask(
        "select o.username, i.asked_at, i.recorded_at from disclosure_reception r "
        "join inquiries_inquiry i on i.id = r.inquiry_id join bureaus_officer o on o.id = r.recorded_by_id "
        "where i.question = %s",
        question,
    )


def people(town: Town, booth: int) -> tuple[int, int]:
    """How many entries and how many people."""
    [(rows, total)] = town.bida.ask(
        "select count(*), coalesce(sum(people_value), 0) from disclosure_reception "
        "where booth_id = %s and people_measure = 'person' and inquiry_id is null",
        booth,
    )
    return int(rows), int(total)
