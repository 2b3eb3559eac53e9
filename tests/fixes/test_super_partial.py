"""`super().work` by the name of its base: exact text, refusals, and a program that runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from rewriting import PATH, applied, reason, run, subject

from picklecheck.fixes import super_partial
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

PROGRAM = """\
from multiprocessing import get_context


class Base:
    def work(self, n):
        return "base"


class Job(Base):
    def work(self, n):
        return "override"

    def go(self, pool):
        return pool.map(super().work, [1])


if __name__ == "__main__":
    with get_context("spawn").Pool(1) as pool:
        print(Job().go(pool))
"""


def fix_of(before: str) -> Fix | NoFix:
    return super_partial.rewrite(Tree.read(PATH, before), subject(before, "super().work"))


def test_the_mended_program_runs_what_was_meant(tmp_path: Path) -> None:
    assert run(tmp_path, PROGRAM) == "['override']\n"
    after = applied(PROGRAM, fix_of(PROGRAM))
    wanted = PROGRAM.replace("super().work", "functools.partial(Base.work, self)")
    assert after == "import functools\n" + wanted
    assert run(tmp_path, after) == "['base']\n"


def test_unsafe_where_the_base_comes_from_elsewhere() -> None:
    fix = fix_of(PROGRAM)
    assert isinstance(fix, Fix) and fix.applicability == "safe"
    fix = fix_of(PROGRAM.replace("class Base:", "class Other:"))
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"
    fix = fix_of(
        PROGRAM.replace("class Base:", "class Root:").replace("class Job", "class Base(Root): pass\n\n\nclass Job")
    )
    assert isinstance(fix, Fix) and fix.applicability == "safe"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (PROGRAM.replace("Job(Base)", "Job(Base, Mixed)"), "`Job` has not exactly one base"),
        (PROGRAM.replace("Job(Base)", "Job(make())"), "`Job` has not exactly one base"),
        (PROGRAM + "\nclass Both(Job, Other): pass\n", "`Both` inherits from several classes"),
        (PROGRAM + "\nclass Both(Other, Base): pass\n", "`Both` inherits from several classes"),
        (PROGRAM + "\nclass More(Job): pass\n\n\nclass Both(More, X): pass\n", "`Both` inherits from several classes"),
        (PROGRAM.replace("    def work", "    @classmethod\n    def work", 1), "`Base.work` takes no instance"),
        (PROGRAM.replace("    def go", "    @cached\n    def go"), "it is not in a plain method"),
        (PROGRAM.replace("return pool", "self = 1; return pool"), "the method has no instance"),
    ],
)
def test_refused(before: str, why: str) -> None:
    assert reason(fix_of(before)) == why
