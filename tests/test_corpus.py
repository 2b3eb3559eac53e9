"""The measured corpora, where they lie beside the project: every verdict equals what happened when it ran."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
SECOND = CORPUS.with_name("corpus-2")
KNOWN_WRONG = ROOT / "tests" / "known_wrong_corpus2.txt"

pytestmark = pytest.mark.slow


def compared(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CORPUS / "check.py"), "--cmd", f"{sys.executable} -m picklecheck", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the measured corpus is not beside this checkout")
def test_verdicts_equal_what_happened() -> None:
    done = compared("--out-of-reach", str(ROOT / "tests" / "out_of_reach.txt"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not SECOND.is_dir(), reason="the second measured corpus is not beside this checkout")
def test_no_more_verdicts_are_wrong_than_are_known_to_be() -> None:
    done = compared("--corpus", str(SECOND))
    assert re.search(r"^all +\d", done.stdout, re.MULTILINE), done.stdout + done.stderr
    cases = json.loads((SECOND / "truth.json").read_text("utf-8"))["cases"]
    broken = set(re.findall(r"^picklecheck: (.*): internal error", done.stderr, re.MULTILINE))
    wrong = set(re.findall(r"^\w+ +(\S+)  \(", done.stdout, re.MULTILINE))
    wrong |= {name for name, case in cases.items() if case["path"] in broken}
    known = {line for line in KNOWN_WRONG.read_text("utf-8").splitlines() if not line.startswith("#")}
    assert wrong <= cases.keys()
    assert not wrong - known, f"wrong, and not in {KNOWN_WRONG.name}:\n{done.stdout}{done.stderr}"
    assert not known - wrong, f"judged rightly now: take these out of {KNOWN_WRONG.name}"
