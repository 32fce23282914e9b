"""Everything is killed while Bida works, and nothing is lost, doubled or forgotten."""

from __future__ import annotations

import os

import pytest

from tests.house.killing import run_kills
from tests.house.town import Town

pytestmark = pytest.mark.processes
KILLS = 20


def test_twenty_kills_lose_nothing_and_double_nothing(town: Town) -> None:
    # BIDA_SEED plays a run again.
    seed = int(os.environ.get("BIDA_SEED") or int.from_bytes(os.urandom(3)))
    report = run_kills(town, kills=KILLS, seed=seed)
    assert report.faults == [], f"BIDA_SEED={seed}"
    assert report.kills.total() == KILLS
    assert report.recorded > 0
    assert report.chases_after > 0
    assert report.mails > 0
