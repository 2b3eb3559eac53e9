"""Code that is too long or too deep to be followed is told with its place, and never said to pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from picklecheck import analysis
from picklecheck.__main__ import main
from picklecheck.semantics import budget

Nested = Callable[[int], str]
Captured = pytest.CaptureFixture[str]
LAMBDA = """
import multiprocessing


def run(pool: multiprocessing.pool.Pool):
    return pool.map(lambda row: -row, [1])
"""
OF = "import os\nvalue = os.getpid()\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "before",
    [
        f"{OF}if value == 0:\n    x = 0\n" + "".join(f"elif value == {n}:\n    x = {n}\n" for n in range(1, 1000)),
        f"{OF}x = " + " + ".join(["value"] * 1000),
        "import shop\nx = shop.first" + ".then()" * 300,
        "import shop\nx = shop.first" + ".then" * 900,
        "x = [" + ", ".join(map(str, range(62_000))) + "]",
        "x = {" + ", ".join(f"{n}: '{n}'" for n in range(10_000)) + "}",
        "x = {" + ", ".join(map(str, range(10_000))) + "}",
        "x = " + "lambda: " * 400 + "0",
        "class A0:\n    pass\n" + "".join(f"class A{n + 1}(A{n}):\n    pass\n" for n in range(500)) + "x = A500()",
    ],
    ids=["elif", "sum", "calls", "attributes", "list", "dict", "set", "lambdas", "classes"],
)
def test_what_comes_after_deep_or_long_code_is_found(before: str, capsys: Captured) -> None:
    Path("a.py").write_text(f"{before}\n{LAMBDA}", "utf-8")
    assert main(["--isolated", "--output-format", "concise"]) == 1
    out, err = capsys.readouterr()
    assert "PKL101" in out
    assert err == ""


def test_a_base_far_above_gives_its_lock(capsys: Captured) -> None:
    above = (
        "import multiprocessing, threading\nclass A0:\n    def __init__(self):\n        self.lock = threading.Lock()\n"
    )
    between = "".join(
        f"class A{n + 1}(A{n}):\n    def __init__(self):\n        super().__init__()\n" for n in range(60)
    )
    use = "if __name__ == '__main__':\n    multiprocessing.Pool().map(print, [A60()])\n"
    Path("a.py").write_text(f"{above}{between}{use}", "utf-8")
    assert main(["--isolated", "--output-format", "concise"]) == 1
    assert "PKL104" in capsys.readouterr().out


LONG = "def long(pool: multiprocessing.pool.Pool):\n{}    pool.map(lambda row: row, [1])\n"


@pytest.mark.parametrize("again", ["", "from the cache"])
def test_what_is_too_long_is_named_and_does_not_pass(again: str, capsys: Captured) -> None:
    Path("a.py").write_text("import multiprocessing\n" + LONG.format("    x = -1 - 1\n" * 40_000), "utf-8")
    if again:
        assert main(["--isolated"]) == 0
        capsys.readouterr()
    assert main(["--isolated"]) == 0
    out, err = capsys.readouterr()
    assert out == "Nothing found in what could be checked.\n"
    assert err == "picklecheck: warning: not followed to the end: a.py:2 (`long`)\n"


def calls_in_calls(depth: int) -> str:
    """Functions that each call the next; only one that is called so, with that argument, sends a lambda."""
    chain = "".join(f"def call{n}(pool, task):\n    call{n + 1}(pool, task)\n\n\n" for n in range(depth))
    last = f"def call{depth}(pool, task):\n    pool.map(task, [1])\n\n\n"
    use = "if __name__ == '__main__':\n    with multiprocessing.Pool() as pool:\n        call0(pool, lambda row: row)\n"
    return f"import multiprocessing\n\n\n{chain}{last}{use}"


def values_in_values(depth: int) -> str:
    deeper = "".join(f"value{n + 1} = (value{n},)\n" for n in range(depth))
    use = f"if __name__ == '__main__':\n    multiprocessing.Pool().map(print, [value{depth}])\n"
    return f"import multiprocessing\n\nvalue0 = lambda: 0\n{deeper}{use}"


@pytest.mark.parametrize(("nested", "depth"), [(calls_in_calls, 45), (values_in_values, 300)])
def test_what_is_nested_too_deep_is_named_and_does_not_pass(nested: Nested, depth: int, capsys: Captured) -> None:
    Path("a.py").write_text(nested(20), "utf-8")
    assert main(["--isolated", "--output-format", "concise"]) == 1
    out, err = capsys.readouterr()
    assert "PKL101" in out
    assert err == ""
    Path("a.py").write_text(nested(depth), "utf-8")
    assert main(["--isolated"]) == 0
    out, err = capsys.readouterr()
    assert out == "Nothing found in what could be checked.\n"
    assert err == ("picklecheck: warning: not followed to the end: a.py:1 (what runs at import)\n")


def test_many_are_counted(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(budget, "MOST_STEPS", 3_000)
    for name in "abcde":
        Path(f"{name}.py").write_text("import multiprocessing\n" + LONG.format("    x = -1 - 1\n" * 2_000), "utf-8")
    assert main(["--isolated", "--jobs", "1"]) == 0
    err = capsys.readouterr().err
    assert err.endswith(": a.py:2 (`long`), b.py:2 (`long`), c.py:2 (`long`) and 2 more; --verbose names all\n")
    assert err.count("\n") == 1
    assert main(["--isolated", "--jobs", "1", "--verbose"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if "`long`" in line] == [
        f"picklecheck: {name}.py:2: `long` is too long to follow to its end (MOST_STEPS)" for name in "abcde"
    ]


def test_what_is_too_deep_costs_one_entry_point(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    run_entry_point = analysis.run_entry_point

    def endless() -> None:
        endless()

    def run(run, module, function, owner, *given):  # type: ignore[no-untyped-def]
        if function.name == "first":
            endless()
        run_entry_point(run, module, function, owner, *given)

    monkeypatch.setattr(analysis, "run_entry_point", run)
    Path("a.py").write_text(LAMBDA + LAMBDA.replace("run(", "first("), "utf-8")
    assert main(["--isolated", "--output-format", "concise"]) == 2
    out, err = capsys.readouterr()
    assert "a.py:6:21: PKL101" in out
    assert err == "picklecheck: warning: not followed to the end: a.py:11 (`first`, too deep)\n"


def test_what_is_too_large_is_left_out_and_told(capsys: Captured) -> None:
    Path("data.py").write_text(LAMBDA + "#" * 1_000_000, "utf-8")
    assert main(["--isolated"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "picklecheck: warning: too large to be checked (max-file-size sets the limit): data.py\n"
    Path("a.py").write_text(LAMBDA, "utf-8")
    assert main(["--isolated"]) == 1
    assert main(["--isolated", "--max-file-size", "100", "."]) == 0
    assert ": a.py, data.py\n" in capsys.readouterr().err
    assert main(["--isolated", "--max-file-size", "2000000", "data.py", "--output-format", "concise"]) == 1
    assert capsys.readouterr().out.startswith("data.py:6:")


def test_how_large_files_may_be_is_a_setting_of_their_project_and_path(capsys: Captured) -> None:
    for name in ("a", "b", "c"):
        Path(name).mkdir()
        Path(name, "data.py").write_text(LAMBDA + "#" * 1_000_000, "utf-8")
    Path("a/picklecheck.toml").write_text("max-file-size = 2_000_000\n", "utf-8")
    rows = '[[overrides]]\npaths = ["data.py"]\nmax-file-size = 2_000_000\n'
    Path("b/picklecheck.toml").write_text(f"max-file-size = 100\n{rows}", "utf-8")
    Path("b/small.py").write_text(LAMBDA, "utf-8")
    assert main(["--show-files"]) == 0
    out, err = capsys.readouterr()
    assert out.split() == ["a/data.py", "b/data.py"]
    assert err.endswith(": b/small.py, c/data.py\n")


def test_a_large_module_that_is_imported_is_not_read(capsys: Captured) -> None:
    """It would take half a minute."""
    Path("table.py").write_text("ROWS = [" + "0, " * 2_000_000 + "]", "utf-8")
    Path("a.py").write_text(f"from table import ROWS\n{LAMBDA}", "utf-8")
    assert main(["--isolated", "a.py", "--output-format", "concise"]) == 1
    assert "a.py:7:" in capsys.readouterr().out


def test_what_a_starred_pattern_takes_has_a_place(capsys: Captured) -> None:
    Path("a.py").write_text(
        "import copy, multiprocessing, sys\n\n"
        "def run(pool: multiprocessing.pool.Pool):\n"
        "    match [1, *sys.argv]:\n"
        "        case [first, *rest]:\n"
        "            pool.map(print, [copy.deepcopy(rest), rest])\n",
        "utf-8",
    )
    assert main(["--isolated"]) == 0
    assert capsys.readouterr().err == ""
