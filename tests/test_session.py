"""Sessions: findings in order, and files that cannot be read or that break the engine, while others go on."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from picklecheck.findings import Analysis, FailsUnder, Finding, Unfinished
from picklecheck.options import Options
from picklecheck.session import Problem, inspect, load
from picklecheck.settings import Settings
from picklecheck.settings import load as load_settings
from picklecheck.source.place import Place
from picklecheck.source.text import Source, source


def engine(path: str, text: Source, settings: Settings, unsaved: Mapping[str, Source]) -> Analysis:
    """Finds each `bad`, in other files what it `sees` there, and breaks at some words."""
    if "raise" in text.text:
        raise ValueError("no such thing")
    if "deep" in text.text:
        raise RecursionError
    if "kill" in text.text:
        os.kill(os.getpid(), signal.SIGKILL)
    found = []
    for number, line in enumerate(text.lines, 1):
        if line.startswith("sees"):
            _, other, _, level = line.split()
            found.append(finding(other, 1, 1, level))
        elif (at := line.find("bad")) >= 0:
            level = "note" if "note" in line else "warning" if "warn" in line else "error"
            found.append(finding(path, number, at + 1, level))
    return Analysis(found[::-1])


def finding(path: str, line: int, column: int, level: str) -> Finding:
    spot = Place(path, line, column, line, column + 3)
    under = FailsUnder((), "")
    return Finding("PKL101", "lambda-crosses", level, "certain", "bad", spot, spot, "b", "s", "raises", under)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("picklecheck.analysis.analyze", engine)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(**options: object) -> Settings:
    return load_settings(Options(**options), ".")


def test_findings_come_in_order_of_path_and_place() -> None:
    Path("b.py").write_text("bad\n\nx; bad\n")
    Path("a.py").write_text("bad")
    outcome = inspect(["b.py", "a.py"], settings(), 1)
    places = [(one.place.path, one.place.line) for one in outcome.findings]
    assert places == [("a.py", 1), ("b.py", 1), ("b.py", 3)]
    assert outcome.problems == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_breaks_one_file_leaves_the_others(jobs: int) -> None:
    long = "#" * 60_000
    Path("a.py").write_text(f"raise  {long}")
    Path("b.py").write_text("bad")
    Path("c.py").write_bytes(b"'\xff'")
    Path("d.py").write_text("deep")
    outcome = inspect(["a.py", "b.py", "c.py", "d.py", "gone.py"], settings(), jobs)
    assert [(one.place.path, one.code) for one in outcome.findings] == [
        ("b.py", "PKL101"),
        ("c.py", "PKL901"),
        ("gone.py", "PKL901"),
    ]
    (problem,) = outcome.problems
    assert (problem.path, problem.text) == ("a.py", "ValueError: no such thing")
    assert outcome.unfinished == [Unfinished("d.py", 1, "this file", too_deep=True)]
    assert "Traceback" in problem.trace


@pytest.mark.skipif(not hasattr(os, "fork"), reason="without fork a file that kills takes all along")
def test_a_file_that_kills_its_process_leaves_the_others() -> None:
    Path("a.py").write_text("kill" + "#" * 60_000)
    Path("b.py").write_text("bad")
    outcome = inspect(["a.py", "b.py"], settings(), 2)
    assert [one.place.path for one in outcome.findings] == ["b.py"]
    assert outcome.problems == [Problem("a.py", "the process that read it died")]


def test_suppressions_and_selection_apply() -> None:
    text = source("a.py", "bad  # picklecheck: ignore[PKL101]\nbad note\nbad warn\nx  # picklecheck: ignore[PKL102]\n")
    assert _lines(found_in(text, settings())) == [2, 3, 4]
    assert _lines(found_in(text, settings(level="warning"))) == [3, 4]
    assert _lines(found_in(text, settings(ignore=["PKL101"]))) == [4]
    assert _lines(found_in(text, settings(select=["PKL2"]))) == []


def test_an_unreadable_file_is_told_even_where_rules_are_selected() -> None:
    Path("a.py").write_bytes(b"x = 1\n\0")
    (finding,) = inspect(["a.py"], settings(select=["PKL101"]), 1).findings
    assert (finding.code, finding.level, finding.place) == ("PKL901", "error", Place("a.py", 2, 1, 2, 1))
    assert inspect(["a.py"], settings(ignore=["PKL901"]), 1).findings == []


def test_a_folder_in_the_place_of_a_file_is_unreadable() -> None:
    Path("a.py").mkdir()
    finding = load("a.py")
    assert isinstance(finding, Finding)
    assert "Is a directory" in finding.message


def found_in(text: Source, settings: Settings) -> list[Finding]:
    return inspect([text], settings, 1).findings


def _lines(findings: list[Finding]) -> list[int]:
    return sorted(finding.place.line for finding in findings)


def test_what_several_runs_show_is_told_once_as_the_run_shows_it_that_shows_most() -> None:
    Path("a.py").write_text("sees b.py as warning")
    Path("b.py").write_text("bad note")
    Path("c.py").write_text("sees b.py as error\nsees d.py as error")
    (one,) = inspect(["a.py", "b.py", "c.py"], settings(), 1).findings
    assert (one.place.path, one.level, one.seen_from) == ("b.py", "error", ("a.py", "c.py"))
    assert len(inspect(["c.py"], settings(), 1, ["b.py", "c.py", "d.py"]).findings) == 2
    assert inspect(["c.py"], settings(), 1).findings == []


def test_what_another_run_shows_can_be_silenced_where_it_stands() -> None:
    Path("b.py").write_text("x  # picklecheck: ignore[PKL101]")
    Path("c.py").write_text("sees b.py as error")
    assert inspect(["b.py", "c.py"], settings(), 1).findings == []
    (one,) = inspect(["b.py"], settings(), 1).findings
    assert one.code == "PKL902"
