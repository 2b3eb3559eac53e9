"""Attributes left out and made again: exact text, safety, refusals, and a program that runs."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from rewriting import PATH, applied, fails, reason, run, subject

from picklecheck.fixes import getstate
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

CLASS = """\
import threading


class Job:
    def __init__(self, path, k):
        self.path = path
        self.k = k
        {set_lock}
        self.log = open(path)  # log

    def work(self, n):
        return n
"""
LOCK = CLASS.format(set_lock="self.lock = threading.Lock()")


def fix_of(before: str, *attributes: str, used_in_worker: bool = False, **given: object) -> Fix | NoFix:
    before_call = before + "\npool.map(job.work, [])\n"
    tree = Tree.read(PATH, before_call)
    place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
    about = subject(before_call, "job.work", **given)  # type: ignore[arg-type]
    return getstate.rewrite(tree, about, place, attributes, used_in_worker)


def test_what_cannot_cross_is_made_anew() -> None:
    added = """
    def __getstate__(self):
        state = self.__dict__.copy()
        del state["lock"]
        del state["log"]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.lock = threading.Lock()
        self.log = open(self.path)
"""
    wanted = LOCK.replace("# log\n", "# log\n" + added)
    assert applied(LOCK, fix_of(LOCK, "lock", "log")) == wanted


def test_a_private_attribute_is_left_out_by_its_real_name() -> None:
    before = CLASS.format(set_lock="self.__lock = threading.Lock()")
    after = applied(before, fix_of(before, "__lock"))
    assert 'del state["_Job__lock"]' in after and "        self.__lock = threading.Lock()\n" in after


@pytest.mark.parametrize(
    ("before", "used", "runs_today", "safety"),
    [
        (LOCK, False, False, "safe"),
        (LOCK, True, False, "safe"),
        (LOCK, False, True, "safe"),
        (LOCK.replace("return n", "return n, self.lock"), True, False, "unsafe"),
        (LOCK.replace("return n", "return n, self.lock"), False, True, "safe"),
        (LOCK + "\ncopy.copy(job)\n", False, False, "unsafe"),
        (LOCK + "\ncopy.deepcopy(job)\n", False, False, "safe"),
        (LOCK + "\nfrom copy import copy as twin\n", False, False, "unsafe"),
        (LOCK.replace("class Job", "class Job(Base)"), False, False, "unsafe"),
        (LOCK + "\nclass More(Job):\n    def __init__(self): pass\n", False, False, "unsafe"),
        (LOCK + "\njob.lock = None\n", False, False, "unsafe"),
        (LOCK + "\nclass More(Job):\n    pass\n", False, False, "safe"),
    ],
)
def test_safety(before: str, used: bool, runs_today: bool, safety: str) -> None:
    fix = fix_of(before, "lock", used_in_worker=used, runs_today=runs_today)
    assert isinstance(fix, Fix) and fix.applicability == safety


@pytest.mark.parametrize(
    ("expression", "safety"),
    [
        ("threading.Condition(threading.RLock())", "safe"),
        ("lambda n: n", "safe"),
        ("(n for n in range(3))", "safe"),
        ("open(path)", "safe"),
        ("open(path, 'rb')", "safe"),
        ("open(path, mode='a')", "unsafe"),
        ("open(path, mode)", "unsafe"),
        ("Quiet(path)", "safe"),
        ("Loud()", "unsafe"),
        ("make()", "unsafe"),
        ("threading.Thread(target=print)", "unsafe"),
        ("subprocess.Popen('ls')", "unsafe"),
    ],
)
def test_safe_only_where_making_it_anew_has_no_effect(expression: str, safety: str) -> None:
    classes = """
class Quiet:
    def __init__(self, path):
        \"\"\"Keep it.\"\"\"
        self.path = path
        self.lock = threading.Lock()


class Loud:
    def __init__(self):
        print("here")
"""
    before = CLASS.format(set_lock=f"self.lock = {expression}") + classes
    fix = fix_of(before, "lock")
    assert isinstance(fix, Fix) and fix.applicability == safety


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (CLASS.format(set_lock="self.lock = make(k + path + size)"), ""),
        (
            CLASS.format(set_lock="path = 1; self.lock = make(path)"),
            "`lock` is created from `path`, which the instance does not keep",
        ),
        (
            CLASS.format(set_lock="self.lock = k").replace("        self.k = k\n", ""),
            "`lock` is passed to the constructor",
        ),
        (CLASS.format(set_lock="self.lock = make(self)"), "`lock` is created from attributes that are not restored"),
        (CLASS.format(set_lock="self.lock = self.log.lock"), ""),
        (CLASS.format(set_lock="if k: self.lock = make()"), "`lock` is not set in exactly one place in `__init__`"),
        (
            CLASS.format(set_lock="self.lock = self.lock = make()"),
            "`lock` is not set in exactly one place in `__init__`",
        ),
        (LOCK.replace("return n", "self.lock = None"), "`lock` is also set in `work`"),
        (LOCK.replace("return n", "del self.lock"), "`lock` is also set in `work`"),
        (LOCK + "\ndel job.lock\n", "`lock` is deleted elsewhere"),
        (LOCK + "\nclass More(Job):\n    def go(self): self.lock = 1\n", "`lock` is also set in `go`"),
        (LOCK + "\nclass Other:\n    def go(self): self.lock = 1\n", ""),
        (
            CLASS.format(set_lock="self.lock = make(path)").replace("return n", "self.path = n"),
            "`path` is also set in `work`",
        ),
        (
            CLASS.format(set_lock="self.lock = make(path)") + "\njob.path = 1\n",
            "`path`, from which it is created, is also set elsewhere",
        ),
        (
            CLASS.format(set_lock="self.lock = open(path, 'w')"),
            "`open(path, 'w')` would empty the file",
        ),
        (
            LOCK.replace("    def work", "    def __reduce__(self): ...\n\n    def work"),
            "`Job` has `__reduce__` already",
        ),
        (LOCK.replace("class Job:\n", "class Job:\n    __slots__ = ()\n"), "`Job` has `__slots__`"),
        (LOCK.replace("__init__", "start"), "`Job` has no `__init__`"),
    ],
)
def test_refused(before: str, why: str) -> None:
    fix = fix_of(before, "lock")
    if why:
        assert reason(fix) == why
    else:
        assert isinstance(fix, Fix)


def test_they_are_made_in_the_order_in_which_they_are_set() -> None:
    before = CLASS.format(set_lock="self.lock = threading.Lock()\n        self.ready = threading.Condition(self.lock)")
    after = applied(before, fix_of(before, "ready", "lock"))
    made = "        self.lock = threading.Lock()\n        self.ready = threading.Condition(self.lock)\n"
    assert after.count(made) == 2
    assert after == applied(before, fix_of(before, "lock", "ready"))


def test_an_attribute_made_of_one_that_comes_later_is_refused() -> None:
    before = CLASS.format(set_lock="self.lock = threading.Lock(); self.ready = make(self.late); self.late = 1")
    assert isinstance(fix_of(before, "ready"), Fix)
    assert reason(fix_of(before, "ready", "late")) == "`ready` is created from attributes that are not restored"


def test_the_mended_program_runs_under_spawn(tmp_path: Path) -> None:
    start = """

if __name__ == "__main__":
    from multiprocessing import get_context

    with get_context("spawn").Pool(1) as pool:
        print(pool.map(Job(__file__, 2).work, [5]))
"""
    assert "cannot pickle" in fails(tmp_path, LOCK + start)
    assert run(tmp_path, applied(LOCK, fix_of(LOCK, "lock", "log")) + start) == "[5]\n"


DATACLASS = """\
import functools
import threading
import dataclasses
from dataclasses import dataclass, field


@dataclass{options}
class Job:
    path: str
    lock: object = field(repr=False, default_factory=threading.Lock)

    def __post_init__(self):
        self.door = threading.Event()

    def work(self, n):
        return n
"""


def test_a_factory_of_a_dataclass_is_called_anew() -> None:
    before = DATACLASS.format(options="(order=True)")
    fix = fix_of(before, "door", "lock")
    after = applied(before, fix)
    assert "        self.lock = threading.Lock()\n        self.door = threading.Event()\n" in after
    assert isinstance(fix, Fix) and fix.applicability == "safe"


@pytest.mark.parametrize("options", ["(frozen=True)", "(slots=True)", "(**options)", "\n@other"])
def test_other_dataclasses_are_refused(options: str) -> None:
    assert "has no `__init__`" in reason(fix_of(DATACLASS.format(options=options), "lock"))


@pytest.mark.parametrize(
    ("factory", "safety"),
    [("threading.Lock", "safe"), ("Own", "safe"), ("connect", "unsafe"), ("functools.lru_cache", "unsafe")],
)
def test_a_factory_that_may_be_noticed_is_unsafe(factory: str, safety: str) -> None:
    own = "\n\nclass Own:\n    pass\n\n\ndef connect(): ...\n"
    fix = fix_of(DATACLASS.format(options="").replace("threading.Lock", factory) + own, "lock")
    assert isinstance(fix, Fix) and fix.applicability == safety


def test_a_lambda_as_factory_is_refused() -> None:
    before = DATACLASS.format(options="").replace("=threading.Lock", "=lambda: threading.Lock()")
    assert "`lock` is not set in exactly one place in `__post_init__`" in reason(fix_of(before, "lock"))


CACHED = """\
from functools import cached_property


class Job:
    @cached_property
    def rows(self):
        return (n for n in self.path)

    def work(self, n):
        return n
"""


def test_a_cached_property_is_computed_again() -> None:
    after = applied(CACHED, fix := fix_of(CACHED, "rows"))
    assert '        state.pop("rows", None)\n        return state\n' in after and "__setstate__" not in after
    assert isinstance(fix, Fix) and fix.applicability == "safe"


def test_a_private_cached_property_has_the_name_that_the_class_gives_it() -> None:
    before = CACHED.replace("rows", "__rows")
    assert 'state.pop("_Job__rows", None)' in applied(before, fix_of(before, "_Job__rows"))


def test_a_cached_property_that_is_set_is_unsafe() -> None:
    fix = fix_of(CACHED + "\njob.rows = None\n", "rows")
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


def test_a_class_in_one_line_is_refused() -> None:
    assert "is written in one line" in reason(fix_of("class Job: lock = None\n", "lock"))


LATER = """\
class Job:
    door = None

    def __init__(self):
        self.lock = None

    def open(self):
        self.lock = self.door = make()
"""


def initial_of(before: str, *attributes: str, used_in_worker: bool = False) -> Fix | NoFix:
    before_call = before + "\npool.map(job.work, [])\n"
    tree = Tree.read(PATH, before_call)
    place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
    return getstate.rewrite_initial(tree, subject(before_call, "job.work"), place, attributes, used_in_worker)


def test_what_is_none_at_first_goes_over_as_that() -> None:
    after = applied(LATER, fix := initial_of(LATER, "lock", "door"))
    assert '        state["lock"] = None\n        state.pop("door", None)\n        return state\n' in after
    assert "__setstate__" not in after
    assert isinstance(fix, Fix) and fix.applicability == "safe"
    used = initial_of(LATER, "lock", used_in_worker=True)
    assert isinstance(used, Fix) and used.applicability == "unsafe"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (LATER.replace("self.lock = None", "self.lock = make()"), "`lock` is not None at first"),
        (LATER.replace("self.lock = None", "if job: self.lock = None"), "`lock` is not None at first"),
        (LATER + "\ndef close(job):\n    del job.lock\n", "`lock` is deleted elsewhere"),
        (LATER.replace("def open", "__slots__ = ()\n    def open"), "has `__slots__`"),
    ],
)
def test_what_is_not_none_at_first_is_refused(before: str, why: str) -> None:
    assert why in reason(initial_of(before, "lock"))


MANAGER = """\
import multiprocessing


class Job:
    def __init__(self):
        self.manager = multiprocessing.Manager()
        self.queue = self.manager.Queue()

    def work(self, n):
        self.queue.put(n)
"""


def test_no_worker_gets_a_manager_of_its_own() -> None:
    fix = fix_of(MANAGER, "manager")
    assert isinstance(fix, Fix)
    assert fix.title == "exclude `manager` from the pickle"
    after = applied(MANAGER + "\npool.map(job.work, [])\n", fix)
    assert '        state["manager"] = None\n' in after
    assert "__setstate__" not in after


def test_a_manager_that_the_worker_uses_is_not_excluded() -> None:
    why = "a manager runs a server of its own: send the proxies that it creates instead of it"
    assert reason(fix_of(MANAGER, "manager", used_in_worker=True)) == why
