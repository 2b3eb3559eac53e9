"""A private method is renamed in its class: exact texts, safety and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from rewriting import PATH, applied, reason, run, subject

from picklecheck.fixes import unmangle
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

CLASS = """\
class Job{bases}:
    def go(self, pool):
        return pool.map(self.__work, [1])

    def __work(self, n):
        return n and self.__work(n - 1)
"""


def fix_of(before: str) -> Fix | NoFix:
    return unmangle.rewrite(Tree.read(PATH, before), subject(before, "self.__work", definition="__work"))


def test_all_uses_are_renamed() -> None:
    before = CLASS.format(bases="") + "\n\nJob()._Job__work(1)\nother.__work\n"
    after = CLASS.format(bases="").replace("__work", "_work") + "\n\nJob()._work(1)\nother.__work\n"
    fix = fix_of(before)
    assert applied(before, fix) == after
    assert isinstance(fix, Fix) and fix.applicability == "safe"


def test_a_base_may_have_the_name() -> None:
    fix = fix_of(CLASS.format(bases="(Base)"))
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


def test_another_class_may_have_the_name() -> None:
    fix = fix_of(CLASS.format(bases="") + "\n\nclass Other:\n    def _work(self): self._work()\n")
    assert isinstance(fix, Fix) and fix.applicability == "safe"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("\n    def _work(self): pass\n", "`_work` exists already"),
        ("\n\nJob()._work = print\n", "`_work` exists already"),
        ("\nprint('_Job__' + 'work')\n", "the string `'_Job__'` may be the beginning of `_Job__work`"),
        ("\n\nclass Other(Job): pass\n", "`Job` has a subclass"),
        ("\nprint('_Job__work')\n", "`__work` is in a string"),
        ("\n    class In:\n        def f(self): self.__work\n", "a class inside `Job` uses `__work` too"),
    ],
)
def test_refused(more: str, why: str) -> None:
    assert reason(fix_of(CLASS.format(bases="") + more)) == why


def test_only_private_names() -> None:
    before = CLASS.format(bases="").replace("__work", "work_")
    given = subject(before, "self.work_", definition="work_")
    assert reason(unmangle.rewrite(Tree.read(PATH, before), given)) == "`work_` is not private"


def test_the_mended_program_runs_under_spawn(tmp_path: Path) -> None:
    start = """\
if __name__ == "__main__":
    with get_context("spawn").Pool(1) as pool:
        print(Job().go(pool))
"""
    before = "from multiprocessing import get_context\n\n\n" + CLASS.format(bases="") + "\n\n" + start
    assert run(tmp_path, applied(before, fix_of(before))) == "[0]\n"


@pytest.mark.parametrize(("asks", "refused"), [("self._work", False), ("job._work", True)])
def test_another_class_may_have_the_new_name(asks: str, refused: bool) -> None:
    text = CLASS.format(bases="")
    other = Tree.read("other.py", f"class Other:\n    def go(self, job):\n        return {asks}\n")
    tree = Tree.read(PATH, text, lambda word: [other] if word in other.text else [])
    fix = unmangle.rewrite(tree, subject(text, "self.__work", definition="__work"))
    assert isinstance(fix, NoFix) is refused
