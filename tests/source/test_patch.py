"""Diffs: what they show can be applied."""

import shutil
import subprocess
from pathlib import Path

import pytest

from picklecheck.source.patch import patch
from picklecheck.source.text import source


def test_nothing_changed_is_no_diff() -> None:
    assert patch(source("a.py", "x = 1\n"), source("a.py", "x = 1\n")) == ""


def test_a_change_is_shown_with_its_surroundings() -> None:
    diff = patch(source("s/a.py", "a\nb\nc\n"), source("s/a.py", "a\nB\nc\n"))
    assert diff == "--- s/a.py\n+++ s/a.py\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"


@pytest.mark.skipif(shutil.which("patch") is None, reason="the program `patch` is not installed")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb", "a\nc"),
        ("a\nb", "a\nb\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("", "x\n"),
        ("a\x0cb\n", "a\x0cc\n"),
    ],
)
def test_the_diff_makes_the_new_text_of_the_old(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(old.encode())
    diff = patch(source("a.py", old), source("a.py", new))
    subprocess.run(["patch", "--binary", "-s", str(file)], input=diff.encode(), check=True)
    assert file.read_bytes() == new.encode()
