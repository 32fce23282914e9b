"""Moves the clock of every Python that a test under a moved clock starts. See tests/clock.py."""

import os
import time

if ahead := os.environ.get("BIDA_CLOCK_AHEAD"):
    import time_machine

    time_machine.travel(time.time() + float(ahead), tick=True).start()
