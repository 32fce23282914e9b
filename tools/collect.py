"""Static files as production serves them: under hashed names, compressed. Made when an image is built."""

import os
import subprocess
import sys

from tools.check import PRODUCTION


def main() -> int:
    """Runs collectstatic under settings that no server keeps."""
    environment = {**os.environ, **PRODUCTION, "FIELD_KEYS": "A" * 43 + "="}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
