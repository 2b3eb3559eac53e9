"""What the documents promise: no other program, no connection, no other file; and each promise names its tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BAD = """\
import multiprocessing


def run(pool: multiprocessing.pool.Pool):
    return pool.map(lambda n: sum(n), [1])
"""

# A run in which Python tells of each program that is started, connection that is made and file that is opened to write.
WATCHED = """
import os, sys
def watch(event, arguments):
    started = event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile")
    written = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if started or event.startswith("socket.connect") or written or event in ("os.remove", "os.rename", "os.mkdir"):
        print("TOLD", event, arguments[0], file=sys.__stderr__)
sys.addaudithook(watch)
from picklecheck.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def told(folder: Path, *words: str) -> list[list[str]]:
    command = [sys.executable, "-P", "-c", WATCHED, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1), done.stderr
    return [line.split(" ", 2)[1:] for line in done.stderr.splitlines() if line.startswith("TOLD ")]


@pytest.mark.parametrize("words", [["."], ["--diff"], ["--output-format", "json"], ["rule", "PKL101"], ["config"]])
def test_a_check_starts_nothing_connects_to_nothing_and_writes_nothing(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BAD, "utf-8")
    assert told(tmp_path, *words) == []


def test_a_fix_writes_beside_what_is_checked_alone(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(BAD, "utf-8")
    (tmp_path / "b.py").write_text("x = 1\n", "utf-8")
    events = told(tmp_path, "--fix")
    assert events
    assert [one for one in events if not one[1].startswith(f"{tmp_path}/.picklecheck-")] == []
    assert "sum, [1]" in (tmp_path / "a.py").read_text("utf-8")


@pytest.mark.parametrize("name", ["SECURITY.md", "docs/reliability.md"])
def test_each_promise_names_tests_that_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    items = re.findall(r"^- \*\*.*?(?=^- |^$)", text, re.MULTILINE | re.DOTALL)
    rows = [line for line in text.splitlines() if line.startswith("| ") and "promise | tested by" not in line]
    promises = [*items, *rows]
    assert len(promises) > 4
    for promise in promises:
        files = re.findall(r"`((?:tests|scripts)/[\w/]+\.py)`", promise)
        assert files, promise
        assert all((ROOT / file).is_file() for file in files), promise
