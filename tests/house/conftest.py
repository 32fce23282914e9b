"""What the tests of the house share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house.town import Town, running_town


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """One running Bida for all that only use it, each on matters of its own; starting one takes most of a minute."""
    with running_town() as running:
        yield running
