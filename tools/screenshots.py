"""`make screenshots`: the pictures of README and docs, taken anew from the fictional example."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools import chromium

ROOT = Path(__file__).resolve().parents[1]
INTO = ROOT / "docs" / "images"
PATIENT_SECONDS = 300
# What comes by itself, charts and what is counted after the page, is there by then.
SETTLED_MS = 2000
WIDE, PHONE = (1440, 900), (390, 844)
# File, who is signed in, the page, and the size of the screen.
PICTURES = (
    ("today", "wuxiaoyan", "/", WIDE),
    ("today-phone", "wuxiaoyan", "/", PHONE),
    ("record", "hejing", "/record/", WIDE),
    ("dispatch", "hejing", "/dispatch/", WIDE),
    ("overview", "zhouning", "/overview/", WIDE),
)


def main() -> int:
    """Starts an example of its own, takes the pictures and stops it; 1 where there is no Chromium."""
    path = chromium.found()
    if path is None:
        print("There is no Chromium here, so no picture was taken.")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="bida-pictures-"))
    folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bida = subprocess.Popen(
        [sys.executable, "-m", "config.supervisor", str(port)],
        cwd=ROOT,
        env=os.environ | {"BIDA_VAR": str(folder)},
        stdout=subprocess.DEVNULL,
    )
    try:
        passwords = wait_for(folder, f"http://localhost:{port}/healthz", bida)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=path,
                args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
            )
            for name, officer, page, size in PICTURES:
                take(browser, f"http://localhost:{port}", (officer, passwords[officer]), page, size, name)
            browser.close()
    finally:
        bida.send_signal(signal.SIGINT)
        bida.wait(timeout=PATIENT_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def wait_for(folder: Path, address: str, bida: subprocess.Popen[bytes]) -> dict[str, str]:
    """The passwords of the example's accounts, once it answers. Raises RuntimeError where it never does."""
    until = time.monotonic() + PATIENT_SECONDS
    while time.monotonic() < until and bida.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310  # our own address
            lines = (folder / "example-accounts.txt").read_text().splitlines()
        except OSError:
            time.sleep(1)
            continue
        cells = [line.split("\t") for line in lines if "\t" in line]
        return {line[0]: line[-1] for line in cells}
    raise RuntimeError("the example did not start")


def take(
    browser: Browser, at: str, account: tuple[str, str], page: str, size: tuple[int, int], name: str
) -> None:
    """One picture in Chinese."""
    room = browser.new_context(locale="zh-CN", viewport={"width": size[0], "height": size[1]})
    screen = room.new_page()
    screen.goto(f"{at}/sign-in/")
    screen.locator("#id_username").fill(account[0])
    screen.locator("#id_password").fill(account[1])
    screen.locator("#id_password").press("Enter")
    screen.wait_for_url(f"{at}/")
    screen.goto(f"{at}{page}", wait_until="load")
    screen.wait_for_timeout(SETTLED_MS)
    screen.screenshot(path=INTO / f"{name}.png")
    room.close()
    print(f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
