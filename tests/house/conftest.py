"""What the tests of the house share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.house.reading import Reader, reading
from tests.house.tablet import arrives, booth_of
from tests.house.town import Town, running_town
from tools import chromium


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """One running Bida for all that only use it, each on matters of its own; starting one takes most of a minute."""
    with running_town() as running:
        yield running


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


@pytest.fixture(scope="module")
def booth(town: Town) -> int:
    return booth_of(town.bida)


@pytest.fixture
def tablet(browser: Browser, town: Town, booth: int) -> Iterator[Reader]:
    """Wu Xiaoyan stands at the booth, and the tablet has kept its shell."""
    with reading(browser, town, "en-GB", size={"width": 768, "height": 1024}) as reader:
        arrives(reader, town, booth)
        yield reader
