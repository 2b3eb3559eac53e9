"""A fork context at the call: exact texts, never safe."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import fork_context
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@pytest.mark.parametrize(
    ("boundary", "before", "after"),
    [
        (
            "multiprocessing.Process",
            "Process(target=f)",
            'multiprocessing.get_context("fork").Process(target=f)',
        ),
        (
            "multiprocessing.Pool",
            "mp.Pool(initializer=f)",
            'multiprocessing.get_context("fork").Pool(initializer=f)',
        ),
        (
            "concurrent.futures.ProcessPoolExecutor",
            "ProcessPoolExecutor(2, initializer=f)",
            'ProcessPoolExecutor(2, initializer=f, mp_context=multiprocessing.get_context("fork"))',
        ),
    ],
)
def test_uses_a_fork_context(boundary: str, before: str, after: str) -> None:
    before = f"import os\n{before}\n"
    fix = fork_context.rewrite(Tree.read(PATH, before), subject(before, "f", boundary=boundary))
    assert applied(before, fix) == f"import multiprocessing\nimport os\n{after}\n"
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


@pytest.mark.parametrize(
    ("boundary", "before", "python2", "why"),
    [
        ("multiprocessing.Process", "Process(target=f)\n", True, "Python 2 has no start methods"),
        ("multiprocessing.pool.Pool.map", "pool.map(f, xs)\n", False, "the call makes no process"),
        ("multiprocessing.Process", "Worker(target=f)\n", False, "the call makes no process"),
        (
            "concurrent.futures.ProcessPoolExecutor",
            "ProcessPoolExecutor(initializer=f, mp_context=c)\n",
            False,
            "the call has a context already",
        ),
    ],
)
def test_refused(boundary: str, before: str, python2: bool, why: str) -> None:
    given = subject(before, "f", boundary=boundary, python2=python2)
    assert reason(fork_context.rewrite(Tree.read(PATH, before), given)) == why
