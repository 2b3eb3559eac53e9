"""What is left out costs no finding: with each shortcut turned off, the fixtures show the same.

A sample of the folders of fixtures is compared, and some files of each that holds many; the environment variable
PICKLECHECK_FULL takes all of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path

import pytest

from picklecheck import workspace
from picklecheck.check import check
from picklecheck.options import Options
from picklecheck.rules.catalogue import UNREADABLE
from picklecheck.settings import load
from picklecheck.source import shortcuts
from picklecheck.source.shortcuts import SHORTCUTS
from picklecheck.source.sieve import sift

FIXTURES = Path(__file__).parent.parent / "fixtures"
ALL = sorted({path.parent for path in FIXTURES.rglob("*.py")})
FULL = bool(os.environ.get("PICKLECHECK_FULL"))
FOLDERS = ALL if FULL else ALL[11::20]
SAMPLE = 16  # files of a folder

each_shortcut = pytest.mark.parametrize("shortcut", SHORTCUTS)


def turn_off(shortcut: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcuts, "_refused", frozenset([shortcut]))


def findings(paths: Sequence[Path]) -> set[str]:
    """What is found in some files and folders; with the sieve off, more files are read that cannot be parsed."""
    options = Options(paths=[*map(str, paths)], isolated=True, jobs=1, target_version=[">=3.8"], output_format="json")
    with redirect_stdout(StringIO()) as stdout, redirect_stderr(StringIO()) as stderr:
        assert check(options) in (0, 1), stderr.getvalue()
    return {json.dumps(one) for one in json.loads(stdout.getvalue())["findings"] if one["code"] != UNREADABLE}


def however_certain(found: set[str]) -> set[str]:
    """The same findings: what is run although it leads to no boundary may make them certain, or use up the steps."""
    return {json.dumps({**json.loads(one), "level": "", "certainty": ""}) for one in found}


def some_of(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.py"))
    return files[:: 1 if FULL else -(-len(files) // SAMPLE)]


@cache
def usual(folder: Path) -> set[str]:
    return findings(some_of(folder))


@each_shortcut
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(FIXTURES).as_posix())
def test_findings_are_the_same(shortcut: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = usual(folder)
    turn_off(shortcut, monkeypatch)
    found = findings(some_of(folder))
    if shortcut == "slicing":
        found, expected = however_certain(found), however_certain(expected)
    assert found == expected


def test_some_of_the_folders_show_something() -> None:
    assert sum(map(len, map(usual, FOLDERS))) > 5


# --- each of them is really turned off ------------------------------------------------------------


@pytest.mark.parametrize(("shortcut", "text"), [("sieve", "x = 1\n"), ("nomination", "import pickle\npickle.dumps(1)")])
def test_without_it_the_file_is_run(shortcut: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_text(text)
    assert sift({str(path): False}, 1) == []
    turn_off(shortcut, monkeypatch)
    assert sift({str(path): False}, 1) == [str(path)]


def test_without_sharing_modules_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(Options(isolated=True), str(tmp_path))
    assert workspace.program_with({}, settings) is workspace.program_with({}, settings)
    turn_off("sharing", monkeypatch)
    assert workspace.program_with({}, settings) is not workspace.program_with({}, settings)


LONG = """\
import multiprocessing

def choose():
{statements}    return lambda row: row

if __name__ == "__main__":
    with multiprocessing.Pool() as pool:
        pool.map(choose(), [1])
"""


def test_without_slicing_long_calls_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text(LONG.format(statements="    row = len([])\n" * 400))
    assert findings([tmp_path]) == set()
    turn_off("slicing", monkeypatch)
    assert len(findings([tmp_path])) == 1
