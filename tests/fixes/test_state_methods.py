"""State methods as they are written: with slots, beside own ones, and with what the constructor is passed."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from rewriting import PATH, applied, reason, run, subject

from picklecheck.fixes import getstate
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

SLOTS = """\
import threading


class Job:
    __slots__ = ("lock", "k")

    def __init__(self, k):
        self.lock = threading.Lock()
        self.k = k

    def work(self, n):
        return n * self.k
"""
OWN = """\
import threading


class Job:
    def __init__(self, k):
        self.lock = threading.Lock()
        self.k = k

{methods}
    def work(self, n):
        return n * self.k
"""
GETSTATE = """\
    def __getstate__(self):
        kept = {copied}
        kept["more"] = 1
        return kept
"""
SETSTATE = """\
    def __setstate__(self, state):
        self.__dict__ = state
        self.more = 2
"""
START = """

if __name__ == "__main__":
    from multiprocessing import get_context

    with get_context("spawn").Pool(1) as pool:
        print(pool.map(Job({given}).work, [5]))
"""


def fix_of(before: str, *attributes: str, used_in_worker: bool = False) -> Fix | NoFix:
    before_call = before + "\npool.map(job.work, [])\n"
    tree = Tree.read(PATH, before_call)
    place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
    return getstate.rewrite(tree, subject(before_call, "job.work"), place, attributes, used_in_worker)


def test_slots_are_the_state(tmp_path: Path) -> None:
    after = applied(SLOTS, fix := fix_of(SLOTS, "lock"))
    assert "state = {name: getattr(self, name) for name in self.__slots__}\n" in after
    assert isinstance(fix, Fix) and fix.applicability == "safe"
    assert run(tmp_path, after + START.format(given="3")) == "[15]\n"


def test_a_slot_that_is_not_always_set_may_be_missing(tmp_path: Path) -> None:
    before = SLOTS.replace('"k")', '"k", "last")')
    after = applied(before, fix_of(before, "lock"))
    assert "names = [name for name in self.__slots__ if hasattr(self, name)]\n" in after
    assert run(tmp_path, after + START.format(given="3")) == "[15]\n"


@pytest.mark.parametrize(
    "before",
    [
        SLOTS.replace("class Job", "class Job(Base)"),
        SLOTS + "\n\nclass More(Job):\n    pass\n",
        SLOTS.replace('("lock", "k")', '("lock", "k", "__dict__")'),
        SLOTS.replace('("lock", "k")', '("lock", *NAMES)'),
        SLOTS.replace('("lock", "k")', '("k",)'),
    ],
)
def test_slots_that_are_not_all_are_refused(before: str) -> None:
    assert "has `__slots__`" in reason(fix_of(before, "lock"))


@pytest.mark.parametrize("copied", ["self.__dict__.copy()", "dict(self.__dict__)", "{**self.__dict__}"])
def test_an_own_getstate_leaves_out_more(copied: str, tmp_path: Path) -> None:
    before = OWN.format(methods=GETSTATE.format(copied=copied))
    after = applied(before, fix_of(before, "lock"))
    assert '        kept["more"] = 1\n        del kept["lock"]\n        return kept\n\n    def __setstate__' in after
    assert run(tmp_path, after + START.format(given="3")) == "[15]\n"


def test_an_own_setstate_makes_more_anew(tmp_path: Path) -> None:
    before = OWN.format(methods=SETSTATE)
    after = applied(before, fix_of(before, "lock"))
    assert "        self.more = 2\n        self.lock = threading.Lock()\n" in after
    assert after.count("__setstate__") == 1
    assert run(tmp_path, after + START.format(given="3")) == "[15]\n"


def test_what_an_own_setstate_makes_already_is_not_made_twice() -> None:
    before = OWN.format(methods=SETSTATE.replace("self.more = 2", "self.lock = threading.Lock()"))
    after = applied(before, fix_of(before, "lock"))
    assert after.count("threading.Lock()") == 2


@pytest.mark.parametrize(
    ("methods", "why"),
    [
        (GETSTATE.format(copied="{}"), "does not return a copy of `__dict__`"),
        (GETSTATE.format(copied="self.__dict__"), "does not return a copy of `__dict__`"),
        (
            GETSTATE.format(copied="self.__dict__.copy()").replace("kept[", "if kept: return kept\n        kept["),
            "copy",
        ),
        (SETSTATE.replace("= 2", '= state["lock"]'), "`__setstate__` reads what is excluded"),
        (SETSTATE.replace("= 2", "= 2\n        return"), "`__setstate__` returns early"),
        ("    def __reduce__(self): ...\n", "`Job` has `__reduce__` already"),
    ],
)
def test_own_methods_that_mean_more_are_refused(methods: str, why: str) -> None:
    assert why in reason(fix_of(OWN.format(methods=methods), "lock"))


PASSED = """\
import threading


class Job:
    def __init__(self, lock, k=3):
        self.lock = lock
        self.k = k

    def work(self, n):
        return n * self.k


def main():
    job = Job({given})
"""


def test_what_each_construction_passes_is_made_again(tmp_path: Path) -> None:
    before = PASSED.format(given="threading.Lock()")
    after = applied(before, fix := fix_of(before, "lock"))
    assert "        self.__dict__.update(state)\n        self.lock = threading.Lock()\n" in after
    assert isinstance(fix, Fix) and fix.applicability == "safe"
    assert run(tmp_path, after + START.format(given="threading.Lock()")) == "[15]\n"


@pytest.mark.parametrize(
    "before",
    [
        PASSED.format(given="lock"),
        PASSED.format(given="connect()"),
        PASSED.format(given="*given"),
        PASSED.format(given="threading.Lock()") + "    Job(threading.RLock())\n",
        PASSED.format(given="threading.Lock()") + "    make(Job)\n",
        PASSED.format(given="threading.Lock()") + "\n\nclass More(Job):\n    pass\n",
    ],
)
def test_what_is_passed_otherwise_is_refused(before: str) -> None:
    assert reason(fix_of(before, "lock")) == "`lock` is passed to the constructor"


def test_a_variable_that_only_passes_it_on_is_seen_through() -> None:
    before = PASSED.format(given="lock=one").replace("    job =", "    one = threading.Lock()\n    job =")
    assert "self.lock = threading.Lock()\n" in applied(before, fix_of(before, "lock"))


KEPT = """\
class Job:
    def __init__(self, path, k=3):
        self.k = k
        self.log = open(path)

    def work(self, n):
        return n * self.k
"""


def test_what_it_is_made_of_is_kept(tmp_path: Path) -> None:
    after = applied(KEPT, fix := fix_of(KEPT, "log"))
    assert "        self.path = path\n        self.log = open(path)\n" in after
    assert "        self.log = open(self.path)\n" in after
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"
    assert run(tmp_path, after + START.format(given="__file__")) == "[15]\n"


@pytest.mark.parametrize(
    "before",
    [
        KEPT.replace("def work", "def path(self): ...\n\n    def work"),
        KEPT.replace("    def __init__", "    path = None\n\n    def __init__"),
        KEPT.replace("return n", "return self.path or n"),
        KEPT.replace("self.k = k", "path = str(path)"),
    ],
)
def test_a_name_that_means_something_is_not_taken(before: str) -> None:
    assert reason(fix_of(before, "log")) == "`log` is created from `path`, which the instance does not keep"
