"""No false all-clears: what was not checked is told, and never looks like what was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from picklecheck.__main__ import main

Captured = pytest.CaptureFixture[str]
TASK = "from multiprocessing import Pool\n\n\ndef main(pool: Pool):\n    pool.map(lambda row: row, [1])\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("book.ipynb", '{"cells": [], "metadata": {}}', "it is a notebook"),
        ("data.json", "{}", "its name ends in `.json`"),
        ("notes.txt", "x = 1\n", "its name ends in `.txt`"),
        ("run.sh", "#!/bin/sh\n", "its name ends in `.sh`"),
    ],
)
def test_a_named_file_that_is_not_python_is_refused_and_others_go_on(
    capsys: Captured, name: str, text: str, words: str
) -> None:
    Path(name).write_text(text)
    Path("a.py").write_text(TASK)
    assert main([name, "a.py", "--output-format", "concise"]) == 1
    out = capsys.readouterr().out
    assert f"{name}:1:1: PKL901 [error] this file cannot be read as Python: {words}" in out
    assert "a.py:5:14: PKL101" in out


@pytest.mark.parametrize("name", ["script", "tool.cgi", "a.pyw"])
def test_what_is_python_by_its_name_or_first_line_is_read(capsys: Captured, name: str) -> None:
    Path(name).write_text(f"#!/usr/bin/env python3\n{TASK}")
    assert main([name, "--output-format", "concise"]) == 1
    assert f"{name}:6:14: PKL101" in capsys.readouterr().out


def test_a_folder_that_cannot_be_read_is_warned_of_and_fails_where_it_is_named(folder: Path) -> None:
    Path("ok").mkdir()
    Path("ok/b.py").write_text("x = 1\n")
    Path("locked").mkdir()
    Path("locked").chmod(0o000)
    try:
        runs = [run_without_privileges(folder, *words) for words in ((), ("locked",), ("ok", "locked"))]
    finally:
        Path("locked").chmod(0o755)
    everything, alone, both = runs
    words = "picklecheck: warning: cannot read the folder locked: Permission denied\n"
    assert (everything.returncode, everything.stderr) == (0, words), everything.stdout
    assert (alone.returncode, alone.stderr) == (1, f"{words}picklecheck: warning: no Python files to check\n")
    assert (both.returncode, both.stderr, both.stdout) == (1, words, "Nothing found in what could be checked.\n")


def run_without_privileges(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A run that may not read everything, as root may unless it gives that up."""
    command = [sys.executable, "-m", "picklecheck", *words]
    if not os.geteuid():
        if not shutil.which("setpriv"):
            pytest.skip("root needs setpriv to be refused anything")
        command = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", *command]
    environment = os.environ | {"NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


def test_what_stands_in_files_that_were_not_checked_is_mentioned(capsys: Captured) -> None:
    Path("helper.py").write_text("def double(pool):\n    return pool.map(lambda n: 2 * n, [1])\n")
    Path("main.py").write_text(
        "from multiprocessing import Pool\nimport helper\n\nwith Pool() as pool:\n    helper.double(pool)\n"
    )
    main(["main.py", "--select", "PKL101"])
    printed = capsys.readouterr()
    assert printed.err == "picklecheck: also found in files that were not checked: helper.py:2 (PKL101)\n"
    assert "PKL101" not in printed.out
    main(["main.py", "--select", "PKL101", "--exclude", "helper.py"])
    assert capsys.readouterr().err == ""
    main([".", "--select", "PKL101"])
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "helper.py:2:21" in printed.out


def test_the_number_of_excluded_files_is_told_beside_others(capsys: Captured) -> None:
    Path("a.py").write_text(TASK)
    Path("b.py").write_text(TASK)
    assert main(["a.py", "b.py", "--force-exclude", "--exclude", "b.py"]) == 1
    assert capsys.readouterr().out.endswith("Found 1 error in 1 file (1 file checked, 1 excluded).\n")
