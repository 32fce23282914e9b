"""Where the suite's clock is moved, that of what a test starts is moved as far, under pytest-xdist too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime

from bureaus.workdays import SHANGHAI


def test_a_process_has_the_clock_of_the_suite() -> None:
    before = time.time()
    told = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"], capture_output=True, text=True, check=True
    )
    assert before - 1 <= float(told.stdout) <= time.time() + 1
    if wanted := os.environ.get("BIDA_TEST_CLOCK"):
        begins = datetime.fromisoformat(wanted).replace(tzinfo=SHANGHAI).timestamp()
        assert begins <= before < begins + 24 * 3600
