"""A fault of picklecheck itself costs one entry point: it is told once, and all other findings are."""

from __future__ import annotations

from pathlib import Path

import pytest

from picklecheck import analysis
from picklecheck.check import check
from picklecheck.options import Options

PROGRAM = """\
from multiprocessing import Pool


def first(rows):
    with Pool() as pool:
        return pool.map(lambda row: row, rows)


def second(rows):
    with Pool() as pool:
        return pool.map(lambda row: -row, rows)
"""


def failing(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Have the analysis of the functions of these names fail."""
    run_entry_point = analysis.run_entry_point

    def run(run, module, function, owner):  # type: ignore[no-untyped-def]
        if function.name in names:
            raise LookupError("out of order")
        run_entry_point(run, module, function, owner)

    monkeypatch.setattr(analysis, "run_entry_point", run)


def test_a_fault_costs_one_entry_point(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, "first")
    (tmp_path / "run.py").write_text(PROGRAM, "utf-8")
    assert check(Options(paths=(str(tmp_path),), isolated=True, output_format="concise", jobs=1)) == 2
    out, err = capsys.readouterr()
    assert "run.py:11:" in out
    assert "PKL101" in out
    assert err.count("LookupError in `first`: out of order") == 1


def test_what_could_not_be_checked_is_not_said_to_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, "first", "second")
    (tmp_path / "run.py").write_text(PROGRAM, "utf-8")
    assert check(Options(paths=(str(tmp_path),), isolated=True, jobs=1)) == 2
    assert "passed" not in capsys.readouterr().out
