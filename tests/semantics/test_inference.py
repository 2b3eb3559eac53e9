"""What the engine knows at the marked expressions of `fixtures/inference` is what their marks say, and true."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import programs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from observing import fits, split

from picklecheck.dev import __main__ as tools
from picklecheck.dev.reveal import MARK, differences, marks, reveal, standing_alone
from picklecheck.knowledge.versions import parse

FOLDER = programs.FIXTURES / "inference"
PROGRAMS = sorted(FOLDER.rglob("*.py"))
OBSERVING = Path(__file__).parent / "observing.py"
RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"
FEWEST_MARKS = 150


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("path", PROGRAMS, ids=name_of)
def test_marks_say_what_is_known(path: Path) -> None:
    text = path.read_text("utf-8")
    wrong = differences(text, reveal(path, text, parse(programs.read_program(path).target)))
    assert not wrong, "\n".join([path.name, *wrong])


@pytest.mark.parametrize("path", PROGRAMS, ids=name_of)
def test_what_only_reads_is_marked(path: Path) -> None:
    text = path.read_text("utf-8")
    acting = ast.Call | ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr
    unmarked = {line: node for line, node in standing_alone(ast.parse(text)).items() if line not in marks(text)}
    reading = [
        line
        for line, node in unmarked.items()
        if ast.unparse(node) != "..." and not any(isinstance(part, acting) for part in ast.walk(node))
    ]
    assert not reading, f"{path.name}: expressions on these lines do nothing and show nothing"


@pytest.mark.parametrize("path", PROGRAMS, ids=name_of)
def test_marks_are_true_when_the_program_runs(path: Path) -> None:
    if not programs.read_program(path).runs_on(RUNNING):
        pytest.skip(f"a program for other versions than {RUNNING}")
    command = [sys.executable, "-W", "ignore", str(OBSERVING), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_enough_marks() -> None:
    assert sum(len(marks(path.read_text("utf-8"))) for path in PROGRAMS) >= FEWEST_MARKS


# --- the tool itself -----------------------------------------------------------------------------


def revealed(path: Path, text: str, everything: bool = False) -> list[str]:
    return [one.text for one in reveal(path, text, parse(">=3.8"), everything)]


def test_nothing_is_executed(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(f"open({str(tmp_path / 'trace')!r}, 'w').close()\nimport os  \nos.sep  {MARK}module os\n")
    assert tools.main(["reveal", str(path)]) == 1
    assert not (tmp_path / "trace").exists()


def test_a_wrong_mark_is_told_with_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "program.py"
    path.write_text(f"size = 3\nsize  {MARK}4\n")
    assert tools.main(["reveal", str(path)]) == 1
    printed = capsys.readouterr().out
    assert f"{path}:2: size" in printed and "marked:   4" in printed and "revealed: 3" in printed


def test_right_marks_end_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "program.py"
    path.write_text(f"size = 3\nsize  {MARK}3\n'text'\nlen('ab')\n")
    assert tools.main(["reveal", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}:2: size  {MARK}3\n"
    assert tools.main(["reveal", "--all", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}:2: size  {MARK}3\n{path}:4: len('ab')  {MARK}2\n"


@pytest.mark.parametrize("text", [f"size = 3  {MARK}3\n", "def (", f"'''\n{MARK}3\n'''\n{MARK}3\n"])
def test_what_cannot_be_shown_is_refused(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "program.py"
    path.write_text(text)
    assert tools.main(["reveal", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_a_line_that_is_reached_several_times_shows_all_that_came_there(tmp_path: Path) -> None:
    text = f"for one in (1, None, 'b'):\n    one  {MARK}\n"
    assert revealed(tmp_path / "program.py", text) == ['None | "b" | 1']


def test_what_never_ends_and_what_is_never_reached(tmp_path: Path) -> None:
    text = f"import sys\nsys.exit()  {MARK}\nsys  {MARK}\n"
    assert revealed(tmp_path / "program.py", text) == ["never", "unreachable"]


# --- the judge of marks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said", "right"),
    [
        (1, "1", True),
        (True, "1", False),
        ([1, 2], "list[1, 2]", True),
        ([1], "list[1, 2]", False),
        ([2, 1], "list[1, 2?, ...]", True),
        ([2], "list[1, 2?, ...]", False),
        ([3, 1], "list[1, 2?, ...]", False),
        ({"a": [1]}, 'dict{"a": list[(1 | 2)?, ...]}', True),
        ({"a": 1}, 'dict{"b": 1}', False),
        (len, "len", True),
        (len, "max", False),
        (sys, "module sys", True),
        ("a | b", '"a | b"', True),
    ],
)
def test_a_value_fits_the_marks_it_fits(value: object, said: str, right: bool) -> None:
    assert fits(value, said) is right


@given(st.lists(st.sampled_from(["1", '"a, [b"', "list[1, 2]", "dict{1: 2, 3: 4}", "(1 | 2)?"])))
def test_parts_are_split_outside_of_brackets_and_quotes(parts: list[str]) -> None:
    assert list(split(", ".join(parts), ", ")) == parts
