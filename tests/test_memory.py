"""Files of a megabyte, whatever they hold, take less than a gigabyte; what is left out of them is told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from picklecheck import session
from picklecheck.__main__ import main
from picklecheck.depth import DEEPEST, STACK, with_room
from picklecheck.source.tokens import MOST_READ, MOST_REWRITTEN, is_too_long_to_read, is_too_long_to_rewrite

pytestmark = pytest.mark.skipif(not hasattr(os, "wait4"), reason="asks the system how much memory a process had")

MOST = 1_000_000  # kilobytes
SENDING = """\
from multiprocessing import Pool

if __name__ == "__main__":
    with Pool() as pool:
        pool.map(lambda x: x, [1])
"""
SHAPES = {
    "names": ("abc, ", "x = [", "]\n"),
    "numbers": ("1,", "x = [", "]\n"),
    "strings": ("'ab', ", "x = [", "]\n"),
    "calls": ("f(a)\n", "", ""),
    "nested lists": ("[[[a]]],", "x = [", "]\n"),
    "lambdas": ("lambda:0,", "x = [", "]\n"),
    "tuples": ("a,\n", "", ""),
    "comments": ("# abc def\n", "", ""),
    "empty lines": ("\n", "", ""),
    "suppressions": ("x=1 # picklecheck: ignore[PKL101]\n", "", ""),
    "findings": ("    pool.map(lambda: 0, [1])\n", "def run(pool: multiprocessing.pool.Pool):\n", ""),
}


def peak(*words: str) -> tuple[int, int]:
    """The exit code of a command line, and the most memory that it had, in kilobytes."""
    command = [sys.executable, "-P", "-m", "picklecheck", "--isolated", "--no-cache", "--jobs", "1", "--quiet", *words]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    return run.returncode, used.ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def filled(shape: str, size: int) -> str:
    unit, before, after = SHAPES[shape]
    return f"import multiprocessing\n{before}{unit * (size // len(unit))}{after}"


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_of_a_megabyte_takes_less_than_a_gigabyte(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(SENDING + filled(shape, 999_000 - len(SENDING)), "utf-8")
    code, most = peak(str(path))
    assert code in (0, 1)
    assert most < MOST


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "size"), [("tuples", MOST_READ - 1_000), ("lambdas", 2 * MOST_REWRITTEN)])
def test_the_longest_that_is_read_takes_less_than_a_gigabyte(shape: str, size: int, tmp_path: Path) -> None:
    text = SENDING + filled(shape, size)
    assert not is_too_long_to_read(text)
    assert is_too_long_to_rewrite(text) == (shape == "tuples")
    path = tmp_path / "a.py"
    path.write_text(text, "utf-8")
    code, most = peak("--fix", str(path))
    assert code in (0, 1)
    assert most < MOST


def test_what_is_too_long_to_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.py").write_text(SENDING + "a,\n" * (MOST_READ // 3), "utf-8")
    assert main(["--isolated", "--no-cache"]) == 0
    out, err = capsys.readouterr()
    assert out == "Nothing found in what could be checked.\n"
    assert err == "picklecheck: warning: not followed to the end: a.py:1 (this file)\n"
    Path("table.py").write_text("x = 1\n" + "a,\n" * (MOST_READ // 3), "utf-8")
    Path("a.py").write_text(f"from table import x\n{SENDING}", "utf-8")
    assert main(["--isolated", "--no-cache", "a.py", "--output-format", "concise"]) == 1
    assert capsys.readouterr().out.startswith("a.py:6:")


def test_what_is_too_long_to_be_rewritten_is_still_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = SENDING + "x = (\n" + "    -1, *(),\n" * (MOST_REWRITTEN // 6) + ")\n"
    assert is_too_long_to_rewrite(text)
    Path("a.py").write_text(text, "utf-8")
    assert main(["--isolated", "--no-cache", "--fix"]) == 1
    out = capsys.readouterr().out
    assert "PKL101" in out
    assert "not fixed: the file is too long to be rewritten" in out
    assert Path("a.py").read_text("utf-8") == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a.b(c)  # d e f\n", 8),
        ("'it is \\' text' \"and 'this'\"", 2),
        ('"""many\nwords here""" + x', 3),
        ('"not closed\nx', 5),
        ('"""not closed either', 5),
    ],
)
def test_tokens_are_counted_about_as_python_does(text: str, count: int) -> None:
    from picklecheck.source.tokens import _TOKEN

    assert len(_TOKEN.findall(text)) == count


@pytest.mark.parametrize(("most", "limit"), [(STACK // 2, DEEPEST // 4), (0, sys.getrecursionlimit())])
def test_where_memory_is_short_the_stack_is_smaller(most: int, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def started(thread: threading.Thread) -> None:
        if threading.stack_size() > most:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", started)
    before = sys.getrecursionlimit(), threading.stack_size()
    assert with_room(sys.getrecursionlimit) == limit
    assert (sys.getrecursionlimit(), threading.stack_size()) == before


def test_a_file_for_which_memory_is_short_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "import pickle\npickle.dumps(lambda: 1)\n"
    Path("a.py").write_text(text, "utf-8")
    Path("b.py").write_text(text, "utf-8")
    engine = session._engine()

    def analyze(path: str, *given: Any) -> Any:
        if path == "a.py":
            raise MemoryError
        return engine(path, *given)

    monkeypatch.setattr(session, "_engine", lambda: analyze)
    assert main(["--isolated", "--no-cache", "--jobs", "1", "--output-format", "concise"]) == 2
    out, told = capsys.readouterr()
    assert "b.py:2:14: PKL101 [error]" in out
    assert told.splitlines() == ["picklecheck: a.py: there is not enough memory to check it"]
