"""What nothing else carries goes over by cloudpickle: text, reuse, and a program that runs."""

from __future__ import annotations

from pathlib import Path

from rewriting import PATH, applied, reason, run, subject

from picklecheck.fixes import cloudpickle_wrapper
from picklecheck.fixes.subject import Capture
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

PROGRAM = """\
import sys
from multiprocessing import get_context


def main(k):
    with get_context("spawn").Pool(1) as pool:
        print(pool.map(lambda n: n * k, [1, 2]))


if __name__ == "__main__":
    main(3)
"""


def test_the_mended_program_runs_under_spawn(tmp_path: Path) -> None:
    fix = cloudpickle_wrapper.rewrite(Tree.read(PATH, PROGRAM), subject(PROGRAM, "lambda"))
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"
    after = applied(PROGRAM, fix)
    assert "from multiprocessing import get_context\n\nimport cloudpickle\n\n\nclass Carried:\n" in after
    assert "pool.map(Carried(lambda n: n * k), [1, 2])" in after
    assert run(tmp_path, after) == "[3, 6]\n"


def test_the_class_is_used_again() -> None:
    before = PROGRAM.replace("main(3)", "main(3)\n    pool.map(lambda: 1, [])")
    once = applied(before, cloudpickle_wrapper.rewrite(Tree.read(PATH, before), subject(before, "lambda: 1")))
    again = cloudpickle_wrapper.rewrite(Tree.read(PATH, once), subject(once, "lambda n: n * k"))
    twice = applied(once, again)
    assert twice.count("class Carried") == 1 and twice.count("import cloudpickle") == 1
    assert twice.count("Carried(lambda") == 2


def test_a_capture_that_cannot_cross_is_named() -> None:
    given = subject(PROGRAM, "lambda", captures=(Capture("k", "it is a lock"),))
    assert "`k` cannot cross" in reason(cloudpickle_wrapper.rewrite(Tree.read(PATH, PROGRAM), given))
