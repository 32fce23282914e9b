"""The web server's door, as granian opens it."""

from __future__ import annotations

import subprocess
import sys

from tests.house.running import ROOT

COUNTED = """
import gc
from config.wsgi import application
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_what_stands_when_the_server_begins_is_not_looked_through_for_garbage() -> None:
    said = subprocess.run(
        [sys.executable, "-c", COUNTED], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    frozen, watched = map(int, said.split())
    assert frozen > 100 * watched
