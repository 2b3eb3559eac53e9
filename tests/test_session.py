"""Sessions: findings in order, and files that cannot be read or that break the engine, while others go on."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from picklecheck.findings import FailsUnder, Finding
from picklecheck.options import Options
from picklecheck.session import Problem, attempt, inspect, load
from picklecheck.settings import Settings
from picklecheck.settings import load as load_settings
from picklecheck.source.place import Place
from picklecheck.source.text import Source, source


def engine(path: str, text: Source, settings: Settings, unsaved: Mapping[str, Source]) -> list[Finding]:
    """Finds each `bad`, and breaks at some words."""
    if "raise" in text.text:
        raise ValueError("no such thing")
    if "deep" in text.text:
        raise RecursionError
    if "kill" in text.text:
        os.kill(os.getpid(), signal.SIGKILL)
    found = []
    for number, line in enumerate(text.lines, 1):
        if (at := line.find("bad")) >= 0:
            level = "note" if "note" in line else "warning" if "warn" in line else "error"
            spot = Place(path, number, at + 1, number, at + 4)
            under = FailsUnder((), "")
            found.append(
                Finding("PKL101", "lambda-crosses", level, "certain", "bad", spot, spot, "b", "s", "raises", under)  # type: ignore[arg-type]
            )
    return found[::-1]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("picklecheck.analysis.examine", engine)
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
        ("d.py", "PKL901"),
        ("gone.py", "PKL901"),
    ]
    (problem,) = outcome.problems
    assert (problem.path, problem.text) == ("a.py", "ValueError: no such thing")
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
    assert _lines(attempt(text, settings())) == [2, 3, 4]
    assert _lines(attempt(text, settings(level="warning"))) == [3, 4]
    assert _lines(attempt(text, settings(ignore=["PKL101"]))) == [4]
    assert _lines(attempt(text, settings(select=["PKL2"]))) == []


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


def _lines(findings: list[Finding] | Problem) -> list[int]:
    assert isinstance(findings, list)
    return sorted(finding.place.line for finding in findings)
