"""The project on itself: picklecheck finds nothing in its own code, tests and benchmarks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_picklecheck_finds_nothing_in_itself() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    done = subprocess.run(
        [sys.executable, "-m", "picklecheck", "picklecheck", "tests", "benchmarks"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stdout
    assert all("too long to be followed" in line for line in done.stderr.splitlines()), done.stderr
