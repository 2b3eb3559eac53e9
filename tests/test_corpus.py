"""The measured corpus, where it lies beside the project: every verdict equals what happened when it ran."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the measured corpus is not beside this checkout")
def test_verdicts_equal_what_happened() -> None:
    command = [
        *(sys.executable, str(CORPUS / "check.py")),
        *("--cmd", f"{sys.executable} -m picklecheck"),
        *("--out-of-reach", str(ROOT / "tests" / "out_of_reach.txt")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
