"""Attributes that a worker would find emptier than they were are not recreated, but caches are."""

from __future__ import annotations

import libcst as cst
import pytest
from rewriting import PATH, reason, subject

from picklecheck.fixes import getstate
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

PROGRAM = """\
import multiprocessing
import threading

import library
import remote

context = multiprocessing.get_context("spawn")


class Job:
    def __init__(self):
        self.held = {made}

    def {filling}

    def work(self, n):
        {work}
        return self.held


class Signal:
    def __init__(self):
        self.lock = threading.Lock()
        self.receivers = []

    def bind(self, receiver):
        with self.lock:
            self.receivers.append(receiver)

    def send(self, value):
        self.sent = len(value)
"""
CALL = "\npool.map(job.work, [])\n"


def fix_of(made: str, filling: str, work: str = "pass", *, used: bool = True, more: str = "") -> Fix | NoFix:
    text = PROGRAM.format(made=made, filling=filling, work=work) + more + CALL
    tree = Tree.read(PATH, text)
    place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
    return getstate.rewrite(tree, subject(text, "job.work"), place, ["held"], used)


@pytest.mark.parametrize(
    ("made", "filling", "instead"),
    [
        ("{}", "on(self, kind, hook): self.held[kind] = hook", "functions at module level"),
        ("{}", "on(self, kind, hook): self.held[kind].append(hook)", "functions at module level"),
        ("{}", "on(self, kind, hook): self.held.setdefault(kind, []).append(hook)", "functions at module level"),
        ("[]", "on(self, hook):\n        self.held.append(hook)\n        return hook", "functions at module level"),
        ("Signal()", "on(self, hook): self.held.bind(hook)", "leave out of `Signal` what cannot be pickled"),
        ("remote.Signal()", "on(self, hook): self.held.bind(hook)", "leave out of `Signal` what cannot be pickled"),
        ("library.Bus()", "on(self, hook): self.held.connect(hook)", "fill it in the worker"),
    ],
)
def test_what_is_filled_later_is_not_made_anew(made: str, filling: str, instead: str) -> None:
    fix = fix_of(made, filling)
    assert reason(fix) == "a new `held` would lack what `on` puts into it"
    assert isinstance(fix, NoFix) and instead in fix.instead
    assert isinstance(fix_of(made, filling, used=False), Fix)


def test_what_others_put_into_it_counts() -> None:
    assert reason(fix_of("[]", "on(self): pass", more="\njob.held.append(print)\n")) == (
        "a new `held` would lack what is put into it later"
    )


@pytest.mark.parametrize(
    ("made", "filling", "work"),
    [
        ("{}", "on(self, key):\n        if key not in self.held:\n            self.held[key] = key + 1", "pass"),
        ("[]", "on(self): return len(self.held)", "self.held.append(n)"),
        ("{}", "on(self, kind): del self.held[kind]", "pass"),
        ("Signal()", "on(self, hook): self.held.send(hook)", "pass"),
        ("library.Bus()", "on(self): self.held.connect()", "pass"),
        ("library.Bus()", "on(self): return self.held.rows.append", "pass"),
    ],
)
def test_caches_and_what_the_task_fills_are_made_anew(made: str, filling: str, work: str) -> None:
    assert isinstance(fix_of(made, filling, work), Fix)


@pytest.mark.parametrize("made", ["multiprocessing.Semaphore(2)", "context.Lock()", "multiprocessing.Queue()"])
def test_what_processes_share_is_not_made_in_each(made: str) -> None:
    assert reason(fix_of(made, "on(self): pass")) == "each worker would get a `held` of its own, which no other shares"
    assert isinstance(fix_of(made, "on(self): pass", used=False), Fix)


def test_a_callback_that_somebody_sets_is_not_sent_as_none() -> None:
    def initial(setting: str) -> Fix | NoFix:
        text = PROGRAM.format(made="None", filling=f"on(self, hook): self.held = {setting}", work="pass") + CALL
        tree = Tree.read(PATH, text)
        place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
        return getstate.rewrite_initial(tree, subject(text, "job.work"), place, ["held"], True)

    assert reason(initial("hook")) == "the worker would do without the `held` that `on` sets"
    assert isinstance(initial("make(hook)"), Fix)


def test_a_lambda_beside_a_lock_is_left_to_become_a_function() -> None:
    text = PROGRAM.format(made="threading.Lock(); self.turn = lambda n: n", filling="on(self): pass", work="pass")
    text += CALL
    tree = Tree.read(PATH, text)
    place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
    both, alone = (
        getstate.rewrite(tree, subject(text, "job.work"), place, names, True) for names in (["held", "turn"], ["turn"])
    )
    assert isinstance(both, Fix) and both.attributes == ("held",)
    assert isinstance(alone, Fix) and alone.attributes == ("turn",)
