"""Twice the input takes twice the work, counted in calls of functions: as seconds depend on what else runs."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from picklecheck import session, workspace
from picklecheck.__main__ import main
from picklecheck.depth import with_room

Result = TypeVar("Result")
MOST_GROWTH = 2.3
GIVEN = "from multiprocessing.pool import Pool\n\n"
POOL = "from multiprocessing import Pool\n\n"
BLOCK = "if __name__ == '__main__':\n    with Pool() as pool:\n"


def findings_in_functions(size: int) -> None:
    functions = "".join(f"def f{n}(pool: Pool):\n    pool.map(lambda x: x + {n}, [1])\n" for n in range(size))
    Path("a.py").write_text(GIVEN + functions, "utf-8")


def findings_in_a_block(size: int) -> None:
    calls = "".join(f"        pool.map(lambda x: x + {n}, [1])\n" for n in range(size))
    Path("a.py").write_text(POOL + BLOCK + calls, "utf-8")


def variables_that_are_missed(size: int) -> None:
    tasks = "".join(f"def task{n}(row):\n    return row + base{n}\n\n\n" for n in range(size))
    calls = "".join(f"        base{n} = {n}\n        pool.map(task{n}, [1])\n" for n in range(size))
    Path("a.py").write_text(POOL + tasks + BLOCK + calls, "utf-8")


def modules_without_a_guard(size: int) -> None:
    for n in range(size):
        Path(f"m{n}.py").write_text(f"{POOL}pool = Pool()\n" if n % 5 == 0 else f"import os\n{POOL}", "utf-8")


def modules_with_pools_in_a_ring(size: int) -> None:
    for n in range(size):
        call = f"{BLOCK}        pool.map(lambda x: x, [1])\n"
        Path(f"m{n}.py").write_text(f"import m{(n + 1) % size}\n{POOL}{call}", "utf-8")


def classes_above_one_another(size: int) -> None:
    text = "import threading\nclass C0:\n    def __init__(self):\n        self.lock = threading.Lock()\n"
    for n in range(size):
        text += f"class C{n + 1}(C{n}):\n    def __init__(self):\n        super().__init__()\n"
    Path("a.py").write_text(f"{POOL}{text}{BLOCK}        pool.map(print, [C{size}()])\n", "utf-8")


def objects_that_share_parts(size: int) -> None:
    text = "class Node:\n    def __init__(self, below):\n        self.left = self.right = below\nnode = None\n"
    nodes = "node = Node(node)\n" * size
    Path("a.py").write_text(f"{POOL}{text}{nodes}{BLOCK}        pool.map(print, [node])\n", "utf-8")


def lists_that_share_parts(size: int) -> None:
    loops = "".join(f"for i{n} in range(9):\n    a = [a, a, i{n}]\n" for n in range(size))
    Path("a.py").write_text(f"{POOL}a = []\n{loops}{BLOCK}        pool.map(print, [a])\n", "utf-8")


def suppressions_on_a_line(size: int) -> None:
    Path("a.py").write_text(f"x = 1  # picklecheck: ignore[{','.join(['PKL101'] * size)}]\n", "utf-8")


def functions_that_call_the_next(size: int) -> None:
    chain = "".join(f"def f{n}(pool, x):\n    return f{n + 1}(pool, x)\n" for n in range(size))
    Path("a.py").write_text(f"{GIVEN}{chain}def f{size}(pool: Pool, x):\n    pool.map(lambda y: x, [1])\n", "utf-8")


def entry_points_of_a_relay(size: int) -> None:
    entries = "".join(f"def e{n}(pool: Pool):\n    relay(pool, lambda x: x + {n})\n" for n in range(size))
    Path("a.py").write_text(f"{GIVEN}def relay(pool: Pool, f):\n    pool.map(f, [1])\n{entries}", "utf-8")


CASES: list[tuple[Callable[[int], None], int]] = [
    (findings_in_functions, 50),
    (findings_in_a_block, 50),
    (variables_that_are_missed, 40),
    (modules_without_a_guard, 50),
    (modules_with_pools_in_a_ring, 40),
    (classes_above_one_another, 60),
    (objects_that_share_parts, 20),
    (lists_that_share_parts, 25),
    (suppressions_on_a_line, 200),
    (functions_that_call_the_next, 100),
    (entry_points_of_a_relay, 15),
]


def fixes_in_a_block(size: int) -> None:
    calls = "".join(f"        pool.map(lambda x: x + {n}, [1])\n" for n in range(size))
    Path("a.py").write_text(POOL + BLOCK + calls, "utf-8")


def fixes_in_functions(size: int) -> None:
    functions = "".join(f"def f{n}(pool: Pool):\n    pool.map(lambda x: x + {n}, [1])\n" for n in range(size))
    Path("a.py").write_text(GIVEN + functions, "utf-8")


def overrides(size: int) -> None:
    rules = "".join(f'[[overrides]]\npaths = ["app{n}/*.py"]\nignore = ["PKL101"]\n' for n in range(20))
    Path("picklecheck.toml").write_text(rules, "utf-8")
    for n in range(size):
        folder = Path(f"app{n}")
        folder.mkdir(exist_ok=True)
        (folder / "a.py").write_text(POOL + BLOCK + "        pool.map(lambda x: x, [1])\n", "utf-8")


def straight(action: Callable[[], Result]) -> Result:
    return action()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(session, "with_room", straight)  # a profile sees one thread


def calls(*options: str) -> int:
    workspace.forget()
    profile = cProfile.Profile()
    with_room(lambda: profile.runcall(main, ["--no-cache", "--jobs", "1", "--quiet", *(options or ("--isolated",))]))
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("write", "size"), CASES, ids=[write.__name__ for write, _ in CASES])
def test_work_doubles_with_the_input(write: Callable[[int], None], size: int) -> None:
    write(1)
    calls()  # imports what is needed
    least = calls()
    counted = []
    for times in (1, 2, 4):
        write(size * times)
        counted.append(calls() - least)
    assert counted[1] <= MOST_GROWTH * counted[0], counted
    assert counted[2] <= MOST_GROWTH * counted[1], counted


# The input, its size, and what is asked of it.
FURTHER: list[tuple[Callable[[int], None], int, tuple[str, ...]]] = [
    (fixes_in_a_block, 10, ("--isolated", "--diff")),
    (fixes_in_functions, 10, ("--isolated", "--diff")),
    (findings_in_functions, 40, ("--isolated", "--baseline", "accepted.json", "--update-baseline")),
    (findings_in_functions, 40, ("--isolated", "--baseline", "accepted.json")),
    (overrides, 15, ("--exit-zero",)),
]


@pytest.mark.parametrize(("write", "size", "options"), FURTHER, ids=[" ".join(one[2]) for one in FURTHER])
def test_work_doubles_with_the_input_of_other_commands(
    write: Callable[[int], None], size: int, options: tuple[str, ...]
) -> None:
    Path("accepted.json").write_text('{"version": 1, "findings": []}', "utf-8")
    write(1)
    calls(*options)
    least = calls(*options)
    counted = []
    for times in (1, 2, 4):
        write(size * times)
        if "accepted.json" in options:
            calls("--isolated", "--baseline", "accepted.json", "--update-baseline")
        counted.append(calls(*options) - least)
    assert counted[1] <= MOST_GROWTH * counted[0], counted
    assert counted[2] <= MOST_GROWTH * counted[1], counted


@pytest.mark.parametrize(
    "form", ["full", "concise", "grouped", "json", "jsonl", "sarif", "github", "gitlab", "junit", "rdjson"]
)
def test_a_long_line_is_not_printed_for_each_finding(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    calls = "pool.map(lambda: 0, [1]); " * 10
    text = "a" * 500_000
    Path("a.py").write_text(
        f'import multiprocessing\ndef f(pool: multiprocessing.pool.Pool):\n    {calls}x = "{text}"\n', "utf-8"
    )
    assert main(["--isolated", "--no-cache", "--output-format", form, "a.py"]) == 1
    assert len(capsys.readouterr().out) < 500_000
