"""The plugin that runs the suite at another moment: BIDA_TEST_CLOCK=2026-10-02T02:30, Shanghai time.

The clock goes on from there, in the processes that tests start too. PostgreSQL keeps the real time: nothing that Bida
promises is measured by it.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine

if _wanted := os.environ.get("BIDA_TEST_CLOCK"):
    # First begun, which takes its time, then set.
    _traveller = time_machine.travel(0, tick=True).start()
    _real = time_machine.escape_hatch.time.time
    # A process of pytest-xdist is as far ahead as the one that started it.
    if "BIDA_CLOCK_AHEAD" not in os.environ:
        _at = datetime.fromisoformat(_wanted).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
        os.environ["BIDA_CLOCK_AHEAD"] = str(_at - _real())
        _folder = str(Path(__file__).parent / "elsewhen")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (_folder, os.environ.get("PYTHONPATH"))))
    _traveller.move_to(_real() + float(os.environ["BIDA_CLOCK_AHEAD"]))
