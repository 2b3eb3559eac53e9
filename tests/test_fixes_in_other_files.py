"""Fixes whose edits lie in another file than the finding: made there, where that file is checked too, and run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MAIN = """\
from multiprocessing import Pool

from {module} import {name}

if __name__ == "__main__":
    with Pool(1) as pool:
        print({call})
"""

BARE_DECORATOR = """\
def twice(function):
    def inner(n):
        return 2 * function(n)

    return inner


@twice
def work(n):
    return n + 1
"""

LAMBDA = "work = lambda n: 2 * (n + 1)\n"

CLOSURE = """\
def make(factor):
    def work(n):
        return factor * (n + 1)

    return work
"""

LOCKED = """\
import threading


class Worker:
    def __init__(self, factor):
        self.factor = factor
        self.lock = threading.Lock()

    def work(self, n):
        return self.factor * (n + 1)
"""

MISNAMED = """\
from collections import namedtuple

Pair = namedtuple("Couple", "left right")


def work(n):
    return Pair(n, str(Pair(n, 2)))
"""

# The module `tasks`, what the program does with it, whether the fix is safe, and a line that it puts there.
CASES = {
    "decorator": (BARE_DECORATOR, "work", "pool.map(work, [1])", True, "@functools.wraps(function)"),
    "lambda": (LAMBDA, "work", "pool.map(work, [1])", True, "def work(n):"),
    "closure": (CLOSURE, "make", "pool.map(make(2), [1])", False, "def work(factor, n):"),
    "attribute": (LOCKED, "Worker", "pool.map(Worker(2).work, [1])", True, "def __getstate__(self):"),
    "misnamed": (MISNAMED, "work", "[len(pool.apply(work, (1,))[1]) // 5]", True, "Couple = Pair"),
}


def fix(folder: Path, *paths: str, options: tuple[str, ...] = ()) -> str:
    command = [sys.executable, "-m", "picklecheck", "--fix", "--isolated", *options, *paths]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stderr


@pytest.mark.parametrize("name", CASES)
def test_what_stands_in_another_file_is_mended_there(name: str, tmp_path: Path) -> None:
    text, imported, call, safe, line = CASES[name]
    (tmp_path / "tasks.py").write_text(text)
    main = MAIN.format(module="tasks", name=imported, call=call)
    (tmp_path / "main.py").write_text(main)
    if not safe:
        fix(tmp_path, ".")
        assert (tmp_path / "tasks.py").read_text() == text
    fix(tmp_path, ".", options=() if safe else ("--unsafe-fixes",))
    assert (tmp_path / "main.py").read_text() == main
    assert line in [one.strip() for one in (tmp_path / "tasks.py").read_text().splitlines()]
    done = subprocess.run([sys.executable, "main.py"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("[4]\n", "")


def test_a_file_that_is_not_checked_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(LAMBDA)
    (tmp_path / "main.py").write_text(MAIN.format(module="tasks", name="work", call="pool.map(work, [1])"))
    said = fix(tmp_path, "main.py")
    assert (tmp_path / "tasks.py").read_text() == LAMBDA
    assert "not fixed (turn the lambda into a function): `tasks.py` is not among the files that are checked" in said


def test_two_programs_that_share_what_must_change(tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text(BARE_DECORATOR + "\n\nhalf = lambda n: n // 2\n")
    (tmp_path / "one.py").write_text(MAIN.format(module="tasks", name="work", call="pool.map(work, [1])"))
    (tmp_path / "other.py").write_text(
        MAIN.format(module="tasks", name="half, work", call="pool.map(work, [1]) + pool.map(half, [8])")
    )
    fix(tmp_path, ".")
    for program, printed in (("one.py", "[4]\n"), ("other.py", "[4, 4]\n")):
        done = subprocess.run([sys.executable, program], cwd=tmp_path, capture_output=True, text=True, timeout=30)
        assert (done.stdout, done.stderr) == (printed, "")


def test_a_guard_takes_nothing_from_the_files_that_import_it(tmp_path: Path) -> None:
    text = "from multiprocessing import Pool\n\npool = Pool(1)\nTOTAL = sum(pool.map(abs, [1, -1]))\n"
    (tmp_path / "tasks.py").write_text(text)
    (tmp_path / "main.py").write_text("import tasks\n\nprint(tasks.TOTAL)\n")
    fix(tmp_path, ".")
    assert (tmp_path / "tasks.py").read_text() == text
    (tmp_path / "main.py").unlink()
    fix(tmp_path, ".")
    assert 'if __name__ == "__main__":\n' in (tmp_path / "tasks.py").read_text()


def test_a_suppression_that_a_fix_makes_idle_goes_with_it(tmp_path: Path) -> None:
    text = """\
from multiprocessing import Pool


def main():
    work = lambda n: n + 1
    with Pool(1) as pool:
        print(pool.map(work, [1]))  # picklecheck: ignore[PKL101]
        print(pool.map(work, [2]))  # tested


main()
"""
    (tmp_path / "main.py").write_text(text)
    assert "not fixed" not in fix(tmp_path, ".", options=("--start-method", "fork"))
    fixed = (tmp_path / "main.py").read_text().splitlines()
    assert "        print(pool.map(work, [1]))" in fixed
    assert "        print(pool.map(work, [2]))  # tested" in fixed
    assert "    work = lambda n: n + 1" not in fixed
