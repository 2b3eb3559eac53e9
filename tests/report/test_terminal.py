"""A terminal of 80 columns: nothing is wider, marks stay in place, and no character of a file moves the cursor."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import ESCAPE, on_terminal, page_of

from picklecheck.report.columns import cut, shown, width, wrapped

LONG = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
PROGRAM = f"""\
import threading
from multiprocessing import Pool


class Runner:
    def __init__(self):
        self.{LONG}_{LONG}, self.lock = 1, threading.Lock()  # {LONG} {LONG}

    def work(self, row):
        return row


def main(pool: Pool):
    first = [{", ".join(map(str, range(60)))}]; pool.map(lambda {LONG}: {LONG} + 1, first, {", ".join("1" * 60)})
    pool.map(Runner().work, [1])
    pool.map(\tlambda 日本: "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語" + 日本, [1])
    pool.map(lambda n: "\x1b[31m\x07" * n, [1])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wide.py").write_text(PROGRAM, "utf-8")
    return tmp_path


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_nothing_is_wider_than_the_terminal(folder: Path, columns: int) -> None:
    lines = ESCAPE.sub("", on_terminal(folder, "wide.py", columns=columns)).splitlines()
    assert sum(line.startswith(("error[", "warning[")) for line in lines) >= 4
    assert [line for line in lines if width(line) > columns] == []
    assert any("…" in line for line in lines)


def test_a_pipe_cuts_only_very_long_lines(folder: Path) -> None:
    command = [sys.executable, "-m", "picklecheck", "--isolated", "wide.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    assert 200 < max(map(len, done.stdout.splitlines())) <= 500


def test_marks_stand_under_what_they_mark(folder: Path) -> None:
    lines = ESCAPE.sub("", on_terminal(folder, "wide.py")).splitlines()
    marked = [(lines[at - 1], line) for at, line in enumerate(lines) if re.fullmatch(r" +\| +\^+", line)]
    assert len(marked) >= 4
    for line, marks in marked:
        begin, end = marks.index("^"), len(marks)
        under, column = "", 0
        for char in line:
            if begin <= column < end:
                under += char
            column += width(char)
        assert under.startswith(("lambda", "Runner().work")), (line, marks)


def test_no_escape_of_a_file_reaches_the_terminal(folder: Path) -> None:
    said = on_terminal(folder, "wide.py")
    assert "\x07" not in said
    assert "\x1b" not in ESCAPE.sub("", said)
    assert "\\x1b[31m\\x07" in said


def test_links_lead_to_pages_where_the_terminal_shows_them(folder: Path) -> None:
    assert "\033]8;;" not in on_terminal(folder, "wide.py")
    assert "\033]8;;" not in on_terminal(folder, "wide.py", TERM_PROGRAM="vscode", NO_COLOR="1")
    said = on_terminal(folder, "wide.py", TERM_PROGRAM="vscode")
    link = re.search(r"\033\]8;;([^\033]+)\033", said)
    assert link and link[1].endswith(page_of("lambda-crosses"))


def test_concise_is_in_colour_and_fixes_can_be_left_out(folder: Path) -> None:
    assert "\033[1;31mPKL101 [error]\033[0m" in on_terminal(folder, "wide.py", "--output-format", "concise")
    assert "fix available" in on_terminal(folder, "wide.py")
    assert "fix available" not in on_terminal(folder, "wide.py", "--no-show-fixes")


@pytest.mark.parametrize(
    ("text", "columns", "start", "end", "result"),
    [
        ("short", 20, 0, 2, ("short", 0, 2)),
        ("x" * 30, 0, 3, 5, ("x" * 30, 3, 5)),
        ("a" * 10 + "b" * 5 + "c" * 30, 20, 10, 15, ("a" * 10 + "b" * 5 + "c" * 4 + "…", 10, 15)),
        ("a" * 40 + "b" * 4, 20, 40, 44, ("…" + "a" * 15 + "b" * 4, 16, 20)),
    ],
)
def test_a_line_is_cut_around_its_marks(
    text: str, columns: int, start: int, end: int, result: tuple[str, int, int]
) -> None:
    assert cut(text, columns, start, end) == result


def test_a_wide_character_is_not_cut_in_two() -> None:
    for columns in range(20, 40):
        text, _, _ = cut(shown("日本語" * 20), columns, 50, 60)
        assert width(text) <= columns


def test_words_are_kept_whole() -> None:
    lines = wrapped("one two three four five six seven", 30, 6, 8)
    assert lines == ["one two three four five", "six seven"]
    assert wrapped("a " + "x" * 50, 30) == ["a", "x" * 50]
    assert wrapped("one two", 10) == ["one two"]


def test_the_list_of_rules_fits_the_terminal(tmp_path: Path) -> None:
    lines = on_terminal(tmp_path, "rule").splitlines()
    assert lines[0] == "PKL101  lambda-crosses"
    assert lines[1].startswith("        A lambda is sent to another process, but pickle looks functions up by")
    assert max(map(len, lines)) <= 80
