"""Copies the embedded database.

python -m config.embedded dump FILE       writes the whole database into FILE
python -m config.embedded restore FILE    fills a new, empty database from FILE
"""

from __future__ import annotations

import subprocess
import sys

from config.embedded import DATABASE, SUPERUSER, CannotStart, home, running
from config.embedded.wheel import program


def main(arguments: list[str]) -> int:
    """Dumps or restores the embedded database; the exit code of the program that did it."""
    if len(arguments) != 2 or arguments[0] not in ("dump", "restore"):
        print((__doc__ or "").split("\n\n")[-1], file=sys.stderr)
        return 2
    act, file = arguments
    try:
        with running(home()) as place:
            target = place.conninfo(SUPERUSER, DATABASE)
            if act == "dump":
                command = [str(program("pg_dump")), "-Fc", "-d", target, "-f", file]
            else:
                command = [
                    str(program("pg_restore")),
                    "--exit-on-error",
                    "--single-transaction",
                    "-d",
                    target,
                    file,
                ]
            return subprocess.run(command, check=False).returncode
    except CannotStart as refused:
        print(refused, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
