"""What nothing else carries is sent by cloudpickle: text, reuse, and a program that runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from rewriting import PATH, applied, reason, run, subject

from picklecheck.fixes import cloudpickle_wrapper
from picklecheck.fixes.subject import Capture
from picklecheck.fixes.tree import Tree
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load
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
    assert "`k` cannot be pickled" in reason(cloudpickle_wrapper.rewrite(Tree.read(PATH, PROGRAM), given))


WITH_A_PIPE = PROGRAM.replace("import get_context", "import Pipe, get_context").replace(
    "    with get", "    receiver, sender = Pipe()\n    seen = [k]\n    k = seen[0]\n    with get"
)


@pytest.mark.parametrize(("text", "carried"), [("n * k", True), ("sender.send(n * k)", False)])
def test_of_a_connection_only_the_number_would_go_over(text: str, carried: bool, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(WITH_A_PIPE.replace("n * k", text))
    (finding,) = inspect([str(path)], load(Options(isolated=True), "."), 1).findings
    assert (cloudpickle_wrapper.TITLE in [fix.title for fix in finding.fixes]) is carried


SENT = """\
from multiprocessing import Pipe, Pool


def make():
    class Local:
        seen = []

    return Local()


def work(given):
    return len(given)


if __name__ == "__main__":
    receiver, sender = Pipe()
    with Pool(1) as pool:
        print(pool.map(work, [{item}]))
"""


@pytest.mark.parametrize(("item", "carried"), [("[make()]", True), ("[make(), sender]", False)])
def test_beside_a_connection_nothing_is_carried(item: str, carried: bool, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(SENT.format(item=item))
    (finding,) = inspect([str(path)], load(Options(isolated=True), "."), 1).findings
    assert (cloudpickle_wrapper.TITLE in [fix.title for fix in finding.fixes]) is carried


RETURNED = """\
import threading
from multiprocessing import Pool


class Account:
    def __init__(self, held):
        self.held = held


def opened():
    return Account({held})


if __name__ == "__main__":
    with Pool(1) as pool:
        print(pool.apply(opened).held)
"""


@pytest.mark.parametrize(("held", "carried"), [("lambda: 1", True), ("threading.Lock()", False)])
def test_a_result_is_judged_with_what_it_holds_when_it_comes_back(held: str, carried: bool, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(RETURNED.format(held=held))
    (finding,) = inspect([str(path)], load(Options(isolated=True), "."), 1).findings
    assert (cloudpickle_wrapper.TITLE in [fix.title for fix in finding.fixes]) is carried
