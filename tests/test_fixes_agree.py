"""A rewrite of what several tasks get is as safe as it is for the one that needs most."""

from __future__ import annotations

from pathlib import Path

import pytest

from picklecheck.mending import mend
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load

SCALE = """\
import threading
from multiprocessing import Pool


class Scale:
    def __init__(self, offset):
        self.offset = offset
        self.lock = None

    def open(self):
        self.lock = threading.Lock()

    def weigh(self, n):
        return self.shifted(n)

    def shifted(self, n):
        return self.offset + n

    def state(self, n):
        return n, self.lock is not None


def use(pool):
    scale = Scale(4)
    scale.open()
    {used}
"""
DOES_WITHOUT = "pool.map(scale.weigh, [1])"
NEEDS_IT = "pool.map(scale.state, [1])"
ASKS = """\
from multiprocessing import Pool

from scale import Scale

scale = Scale(4)
scale.open()
pool = Pool(1)
pool.map(scale.state, [1])
"""
GUARD = '\n\nif __name__ == "__main__":\n    with Pool(1) as pool:\n        use(pool)\n'


def how_safe(folder: Path, files: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """How safe the fixes of all findings are, and the texts after `--fix`."""
    for name, text in files.items():
        (folder / name).write_text(text)
    settings, paths = load(Options(isolated=True), str(folder)), [str(folder / name) for name in files]
    findings = inspect(paths, settings, 1).findings
    mended = mend(findings, settings, {}, unsafe=False, files=paths)
    fixes = [fix.applicability for one in findings if one.code == "PKL104" for fix in one.fixes]
    return fixes, {path: text.text for path, text in mended.texts.items()}


def test_a_task_that_does_without(tmp_path: Path) -> None:
    fixes, texts = how_safe(tmp_path, {"scale.py": SCALE.format(used=DOES_WITHOUT) + GUARD})
    assert fixes == ["safe"]
    assert 'state["lock"] = None' in texts[str(tmp_path / "scale.py")]


@pytest.mark.parametrize("tasks", [(DOES_WITHOUT, NEEDS_IT), (NEEDS_IT, DOES_WITHOUT)])
def test_another_task_that_needs_it(tmp_path: Path, tasks: tuple[str, str]) -> None:
    fixes, texts = how_safe(tmp_path, {"scale.py": SCALE.format(used="\n    ".join(tasks)) + GUARD})
    assert fixes == ["unsafe", "unsafe"]
    assert texts == {}


def test_another_task_in_another_file(tmp_path: Path) -> None:
    fixes, texts = how_safe(tmp_path, {"asks.py": ASKS, "scale.py": SCALE.format(used=DOES_WITHOUT) + GUARD})
    assert fixes == ["unsafe", "unsafe"]
    assert not any("__getstate__" in text for text in texts.values())
