"""The project on itself: picklecheck finds nothing in its code, tests and benchmarks, and tells what is too long."""

from __future__ import annotations

import os
import re
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
    assert (done.returncode, done.stdout) == (0, "Nothing found in what could be checked.\n"), done.stdout
    assert re.fullmatch(r"picklecheck: warning: not followed to the end: .+\n", done.stderr), done.stderr
