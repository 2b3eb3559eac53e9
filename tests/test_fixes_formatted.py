"""What is laid out as ruff and black leave it stays so: fixed programs are formatted too."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import programs
import pytest
from programs import FIXTURES

RUFF = (sys.executable, "-m", "ruff")
# A tuple of several lines, of which one item is left.
KNOWN = {"rules/sync-primitive-in-task/fixed_imported_task.py"}
CHECKS = {"format": ("format", "--check"), "imports": ("check", "--select", "I")}
BAD = [path for path in sorted(FIXTURES.glob("*/*/*.py")) if path.name.startswith("bad")]
FIXED = [
    (path, fixed)
    for path in BAD
    for prefix in ("fixed", "fixed_unsafe")
    if (fixed := path.with_name(path.name.replace("bad", prefix, 1))).exists()
]


def refused(check: str, texts: Iterable[tuple[Path, Path]], folder: Path) -> set[Path]:
    """The files of `folder` in which ruff, with its own settings, would change something."""
    for original, copy in texts:
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(programs.without_marks(programs.text_of(original)), "utf-8", "surrogateescape")
    command = [*RUFF, *CHECKS[check], "--isolated", "--no-cache", "--output-format=concise", str(folder)]
    if check == "format":
        command.remove("--output-format=concise")
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode in (0, 1, 2), told.stderr
    return {copy for _, copy in texts if str(copy) in told.stdout or str(copy) in told.stderr}


@pytest.mark.parametrize("check", CHECKS)
def test_fixed_programs_stay_formatted(check: str, tmp_path: Path) -> None:
    before = [(bad, tmp_path / "before" / fixed.relative_to(FIXTURES)) for bad, fixed in FIXED]
    after = [(fixed, tmp_path / "after" / fixed.relative_to(FIXTURES)) for _, fixed in FIXED]
    other_before = {path.relative_to(tmp_path / "before") for path in refused(check, before, tmp_path / "before")}
    other_after = {path.relative_to(tmp_path / "after") for path in refused(check, after, tmp_path / "after")}
    assert len(other_before) < len(FIXED) // 2
    assert {path.as_posix() for path in other_after - other_before} == (KNOWN if check == "format" else set())
