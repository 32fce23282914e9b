"""Moves the clock of every Python that a test under a moved clock starts. See tests/clock.py."""

import os

if ahead := os.environ.get("BIDA_CLOCK_AHEAD"):
    import time_machine

    # First begun, which takes its time, then set.
    traveller = time_machine.travel(0, tick=True).start()
    traveller.move_to(time_machine.escape_hatch.time.time() + float(ahead))
