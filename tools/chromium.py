"""Chromium for the tests in a browser: installed by apt where that is possible, said to be missing where not."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """The path of a Chromium."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def main() -> None:
    """There is a Chromium, or a sentence says that the tests in a browser will be skipped."""
    if found():
        return
    if sys.platform == "linux" and os.getuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium and a Chinese font for the tests in a browser …", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["update", "-qq"],
            ["install", "-qq", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
        ):
            subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL, check=False)
    if not found():
        print("No Chromium here: the tests in a browser will be skipped. Install `chromium` to run them.")


if __name__ == "__main__":
    main()
