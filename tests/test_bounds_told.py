"""Each bound at which something is not followed is named by `--verbose`, and what it hides is not said to pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from picklecheck.__main__ import main
from picklecheck.semantics.domain.mro import MOST_ABOVE

Captured = pytest.CaptureFixture[str]
PASSED = "All checks passed!\n"
PARTLY = "Nothing found in what could be checked.\n"
POOL = "if __name__ == '__main__':\n    with multiprocessing.Pool() as pool:\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def checked(capsys: Captured, **files: str) -> tuple[str, str]:
    """What is printed of `a` on both streams, with the other files beside it."""
    for name, text in files.items():
        Path(f"{name}.py").write_text(text, "utf-8")
    main(["--isolated", "--no-cache", "--verbose", "--output-format", "concise", "a.py"])
    printed = capsys.readouterr()
    return printed.out, printed.err


def processes(deep: int) -> str:
    """Tasks that each start a process with the next task."""
    tasks = "".join(
        f"def task{n}():\n    multiprocessing.Process(target=task{n + 1}).start()\n\n\n" for n in range(deep)
    )
    last = f"def task{deep}():\n    multiprocessing.Process(target=print, args=(0,)).start()\n\n\n"
    return f"import multiprocessing\n\n\n{tasks}{last}if __name__ == '__main__':\n    task0()\n"


def test_processes_that_start_processes(capsys: Captured) -> None:
    assert checked(capsys, a=processes(2))[0] == PASSED
    out, err = checked(capsys, a=processes(5))
    assert out == PARTLY
    assert "what runs at import is too long to follow to its end (DEEPEST_CHILD)\n" in err


def test_a_process_that_starts_itself_shows_nothing_new(capsys: Captured) -> None:
    task = "def task(n):\n    if n:\n        multiprocessing.Process(target=task, args=(n - 1,)).start()\n\n\n"
    text = f"import multiprocessing\n\n\n{task}if __name__ == '__main__':\n    task(input())\n"
    out, err = checked(capsys, a=text)
    assert out == PASSED
    assert "DEEPEST_CHILD" not in err


def test_relays_far_away(capsys: Captured) -> None:
    files = {f"m{n}": f"import m{n + 1}\ndef send{n}(task):\n    m{n + 1}.send{n + 1}(task)\n" for n in range(5)}
    files["m5"] = "import multiprocessing\ndef send5(task):\n    multiprocessing.Pool().map(task, [1])\n"
    files["a"] = "import m0\nif __name__ == '__main__':\n    m0.send0(lambda row: row)\n"
    _, err = checked(capsys, **files)
    assert "the bound DEEPEST_IMPORT was met in a.py\n" in err


def test_many_modules_that_start_processes(capsys: Captured) -> None:
    files = {f"m{n}": "import multiprocessing\npool = multiprocessing.Pool\n" for n in range(25)}
    files["a"] = (
        "".join(f"import m{n}\n" for n in range(25)) + f"import multiprocessing\n{POOL}        pool.map(abs, [1])\n"
    )
    _, err = checked(capsys, **files)
    assert "the bound MOST_MODULES was met in a.py\n" in err


def cold_calls(deep: int) -> str:
    made = "".join(f"def make{n}():\n    return make{n + 1}()\n\n\n" for n in range(deep))
    last = f"def make{deep}():\n    return lambda row: row\n\n\n"
    return f"import multiprocessing\n\n\n{made}{last}{POOL}        pool.map(make0(), [1])\n"


def test_calls_that_lead_to_no_boundary(capsys: Captured) -> None:
    assert "PKL101" in checked(capsys, a=cold_calls(4))[0]
    out, err = checked(capsys, a=cold_calls(20))
    assert "PKL" not in out
    assert "the bound DEEPEST_COLD_CALL was met in a.py\n" in err
    assert main(["--isolated", "--no-cache", "--statistics", "a.py"]) == 0
    assert "1 undecided" in capsys.readouterr().out


def test_a_main_module_that_is_too_long_to_be_run_again_in_a_child(capsys: Captured) -> None:
    text = f"import multiprocessing\n{POOL}        pool.map(lambda row: row, [1])\n" + "print(1)\n" * 20_000
    out, err = checked(capsys, a=text)
    assert "a.py:4:18: PKL101 [error]" in out
    assert "what runs at import is too long to follow to its end (MOST_STEPS)\n" in err


def classes_above_one_another(deep: int) -> str:
    first = "class A0:\n    def __init__(self):\n        self.lock = multiprocessing.Lock()\n"
    others = "".join(f"class A{n + 1}(A{n}):\n    pass\n" for n in range(deep))
    return f"import multiprocessing\n{first}{others}{POOL}        pool.map(print, [A{deep}()])\n"


def test_classes_far_above(capsys: Captured) -> None:
    """Each class keeps the order in which it looks names up, so that may not be as long as there are classes."""
    out, err = checked(capsys, a=classes_above_one_another(MOST_ABOVE))
    assert "PKL104" in out
    assert "MOST_ABOVE" not in err
    out, err = checked(capsys, a=classes_above_one_another(MOST_ABOVE + 1))
    assert out == PARTLY
    assert "what runs at import is too long to follow to its end (MOST_ABOVE)\n" in err


MANY_RAISE = """\
import multiprocessing
import os


try:
{raising}except KeyError:
    pass

if __name__ == '__main__':
    with multiprocessing.Pool() as pool:
        pool.map(abs, [1])
"""
HEIRS = """\
import multiprocessing
import threading


class Base:
    def work(self, pool):
        pool = multiprocessing.Pool()
        pool.map(self.one, [1])

    def one(self, row):
        return row
{classes}"""


def test_many_ways_to_raise(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("picklecheck.semantics.machine.MOST_RAISED", 3)
    raising = "".join(f"    if os.getpid() == {n}:\n        raise KeyError({n})\n" for n in range(9))
    _, err = checked(capsys, a=MANY_RAISE.format(raising=raising))
    assert "the bound MOST_RAISED was met in a.py\n" in err


def test_many_subclasses(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("picklecheck.inherited.MOST_HEIRS", 2)
    sub = "\n\nclass Sub{}(Base):\n    def __init__(self):\n        self.lock = threading.Lock()\n"
    _, err = checked(capsys, a=HEIRS.format(classes="".join(sub.format(n) for n in range(4))))
    assert "the bound MOST_HEIRS was met in a.py\n" in err
