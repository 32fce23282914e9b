"""What `make bench` runs starts on a machine with nothing but Python: no server is named, and none is in its way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder that the server's account can enter, as it cannot those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="bida-bench-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.processes
def test_figures_are_measured_on_a_server_of_the_bench(var: Path) -> None:
    named = {"DATABASE_URL", "MIGRATE_DATABASE_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in named}
    told = subprocess.run(
        [sys.executable, "-m", "bench.figures", "200"],
        cwd=ROOT,
        env=environment | {"BIDA_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "200 inquiries" in told.stdout
    assert len(re.findall(r"^ +[\d.]+  ", told.stdout, re.M)) > 10
    assert (var / "bench" / "postgres").exists()
    assert not (var / "postgres").exists()
