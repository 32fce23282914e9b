"""Hundreds of kills: worker, beat, web, broker and database die at random moments while Bida works.

    make bench-kill            or    python -m bench.kill [KILLS [SEED]]

Prints what was killed and what was found afterwards; exit 1 with the faults, and the seed that plays the run again.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.house.killing import Report

KILLS = 300


def show(report: Report) -> None:
    """The table."""
    rows = [(f"killed: {victim}", times) for victim, times in sorted(report.kills.items())] + [
        ("seconds", round(report.seconds)),
        ("questions acknowledged", report.recorded),
        ("answers acknowledged", report.answered),
        ("requests the clients had to repeat", report.sent_again_by_clients),
        ("chases", report.chases),
        ("steps passed over", report.passed_over),
        ("most chases of one inquiry", report.longest),
        ("chases after the last kill", report.chases_after),
        ("messages", report.messages),
        ("mails received", report.mails),
        ("of these again, with their own id", report.mails_again),
        ("faults", len(report.faults)),
    ]
    width = max(len(words) for words, _number in rows)
    for words, number in rows:
        print(f"{words:<{width}}  {number:>8,}")
    for fault in report.faults[:50]:
        print(fault, flush=True)


def main(arguments: list[str]) -> int:
    """Runs and prints; 1 when anything was lost, doubled or forgotten."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from tests.house.killing import run_kills
    from tests.house.town import running_town

    kills = int(arguments[0]) if arguments else KILLS
    seed = int(arguments[1]) if len(arguments) > 1 else int.from_bytes(os.urandom(3))
    print(f"{kills} kills, seed {seed} (again: python -m bench.kill {kills} {seed})", flush=True)
    with running_town() as town:
        report = run_kills(
            town, kills=kills, seed=seed, tell=lambda words: print(words, file=sys.stderr, flush=True)
        )
        show(report)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
