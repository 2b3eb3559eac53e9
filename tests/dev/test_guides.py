"""The guides in `docs` are true: their programs run, and their commands print what is quoted."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import programs
import pytest

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(python|console|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[list[str], list[str]]]:
    """The commands of a console block, each with the lines that it prints among others, in this order."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *expected = part.splitlines()
        yield shlex.split(command), expected


def missing(expected: list[str], printed: str) -> list[str]:
    lines = iter(printed.splitlines())
    return [one for one in expected if not any(one.strip() in line for line in lines)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="shows what happens under forkserver")
@pytest.mark.parametrize("guide", ["tutorial", "python-3.14"])
def test_a_guide_is_true(guide: str, tmp_path: Path) -> None:
    programs.hook(tmp_path)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PROGRAM_START_METHOD": "forkserver", "NO_COLOR": "1"}
    ran = 0
    for kind, text in _BLOCK.findall((DOCS / f"{guide}.md").read_text("utf-8")):
        if kind == "python":
            (tmp_path / text.splitlines()[0].removeprefix("# ")).write_text(text, "utf-8")
        elif kind == "diff":
            command = [sys.executable, "-m", "picklecheck", "--isolated", "--no-cache", "--diff", "shop.py"]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
            assert [line for line in text.splitlines() if line not in done.stdout.splitlines()] == []
        else:
            for (name, *words), expected in commands(text):
                command = [sys.executable, *(["-m", "picklecheck"] if name == "picklecheck" else []), *words]
                done = subprocess.run(
                    command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
                )
                assert missing(expected, done.stdout + done.stderr) == [], done.stdout + done.stderr
                ran += 1
    assert ran


def test_the_corrected_program_of_the_tutorial_works(tmp_path: Path) -> None:
    first, last = re.findall(
        r"^```python\n(# shop.py\n.*?)^```$", (DOCS / "tutorial.md").read_text("utf-8"), re.M | re.S
    )
    (tmp_path / "shop.py").write_text(first, "utf-8")
    subprocess.run([sys.executable, "-m", "picklecheck", "--isolated", "--fix", "shop.py"], cwd=tmp_path, check=True)
    (tmp_path / "better.py").write_text(last, "utf-8")
    for name in ("shop.py", "better.py"):
        done = subprocess.run(
            [sys.executable, name], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout == "357\n"
