"""The line that says how far a long run is, on a real terminal, and what `--verbose` says of the work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from terminal import ESCAPE, on_terminal

from picklecheck.progress import PATIENCE, Progress

LINE = re.compile(r"(\d) of (\d) files done: (\S+\.py)")
# More steps than a run may do: this takes about a second.
SLOW = """\
from multiprocessing import Pool


def work(pool, rows):
    total = 0
{sums}
    pool.map(len, rows)


def run(rows):
    with Pool() as pool:
{calls}


def quick(rows):
    with Pool() as pool:
        pool.map(lambda row: row, rows)
""".format(sums="    total = total + len(rows)\n" * 400, calls="        work(pool, rows)\n" * 60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in "abc":
        (tmp_path / f"{name}.py").write_text(SLOW, "utf-8")
    return tmp_path


def screen(text: str) -> list[str]:
    """What is on a terminal at the end, where a return goes back to the first column."""
    lines = []
    for line in ESCAPE.sub("", text).split("\n"):
        columns: list[str] = []
        for part in line.split("\r"):
            columns[: len(part)] = part
        lines.append("".join(columns).rstrip())
    return lines


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_long_run_says_how_far_it_is_and_takes_it_back(folder: Path, jobs: str) -> None:
    said = on_terminal(folder, "--no-cache", "--jobs", jobs, "--output-format", "concise", ".")
    lines = LINE.findall(said)
    assert lines and {total for _, total, _ in lines} == {"3"}
    assert [done for done, *_ in lines] == sorted(done for done, *_ in lines)
    assert {path for *_, path in lines} <= {"a.py", "b.py", "c.py"}
    assert not any("files done" in line for line in screen(said))
    assert sum("PKL101" in line for line in screen(said)) == 3


def test_the_line_is_not_wider_than_the_terminal(folder: Path) -> None:
    (folder / "a.py").rename(folder / f"{'a' * 90}.py")
    said = on_terminal(folder, "--no-cache", "--jobs", "1", ".", columns=40)
    told = [part.rstrip() for part in said.split("\r") if "files done" in part]
    assert told and max(map(len, told)) < 40


@pytest.mark.parametrize("words", [["--no-progress"], ["--quiet"]])
def test_nothing_is_shown_where_it_is_not_wanted(folder: Path, words: list[str]) -> None:
    assert "files done" not in on_terminal(folder, "--no-cache", "--jobs", "1", *words, ".")


def test_nothing_is_shown_on_a_terminal_that_takes_nothing_back(folder: Path) -> None:
    assert "files done" not in on_terminal(folder, "--no-cache", "--jobs", "1", ".", TERM="dumb")


def test_nothing_is_written_before_it_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(["a.py"], sys.stderr) as progress:
        progress.begin(0)
        progress.tell()
        assert capsys.readouterr().err == ""
        progress._begun -= PATIENCE
        progress.tell()
        assert capsys.readouterr().err == "0 of 1 files done: a.py"
    assert screen(capsys.readouterr().err) == [""]


def test_verbose_names_the_slowest_files_and_what_met_a_bound(folder: Path) -> None:
    for number in range(4):
        (folder / f"quick_{number}.py").write_text("import pickle\n\npickle.dumps(lambda: 0)\n", "utf-8")
    command = [sys.executable, "-m", "picklecheck", "--isolated", "--no-cache", "--verbose", "--quiet", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    slowest = re.findall(r"picklecheck: (\d+\.\d\d) s for (\S+)", done.stderr)
    assert len(slowest) == 5 and {"a.py", "b.py", "c.py"} <= {path for _, path in slowest}
    assert slowest == sorted(slowest, key=lambda one: -float(one[0]))
    for path in ("a.py", "b.py", "c.py"):
        assert len(re.findall(rf"{path}:\d+: `run` is too long to follow", done.stderr)) == 1
    assert re.search(r"(\d+) entry points run, 3 of them up to the bound of steps$", done.stderr, re.MULTILINE)
    assert "files done" not in done.stderr
