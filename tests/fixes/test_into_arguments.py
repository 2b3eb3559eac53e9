"""What a hoisted function captures is given by the boundary call itself, where it has a place for it."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, subject

from picklecheck.fixes import hoist
from picklecheck.fixes.tree import Tree


@pytest.mark.parametrize(
    ("call", "boundary", "slot", "after"),
    [
        ("Process(target=work)", "multiprocessing.Process", "target", "Process(target=work, args=(k,))"),
        ("Process(target=work, args=(1,))", "multiprocessing.Process", "target", "Process(target=work, args=(k, 1))"),
        ("Process(target=work, args=())", "multiprocessing.Process", "target", "Process(target=work, args=(k,))"),
        (
            "Pool(1, initializer=work)",
            "multiprocessing.Pool",
            "initializer",
            "Pool(1, initializer=work, initargs=(k,))",
        ),
        ("pool.apply(work, (1, 2))", "multiprocessing.pool.Pool.apply", "func", "pool.apply(work, (k, 1, 2))"),
        ("pool.apply_async(work)", "multiprocessing.pool.Pool.apply_async", "func", "pool.apply_async(work, (k,))"),
        ("ex.submit(work, 1)", "concurrent.futures.ProcessPoolExecutor.submit", "fn", "ex.submit(work, k, 1)"),
        (
            "Process(target=work, args=more)",
            "multiprocessing.Process",
            "target",
            "Process(target=work, args=(k, *more))",
        ),
    ],
)
def test_captures_are_arguments_where_the_call_has_a_place_for_them(
    call: str, boundary: str, slot: str, after: str
) -> None:
    before = f"def main(k, more):\n    def work(*n):\n        return k, n\n\n    {call}\n"
    fix = hoist.rewrite(Tree.read(PATH, before), subject(before, "work", boundary=boundary, slot=slot))
    assert after in applied(before, fix)


def test_python_2_has_no_stars_in_a_tuple() -> None:
    before = "def main(k, more):\n    def work(*n):\n        return k, n\n\n    Process(target=work, args=more)\n"
    found = subject(before, "work", boundary="multiprocessing.Process", slot="target", python2=True)
    after = applied(before, hoist.rewrite(Tree.read(PATH, before), found))
    assert "Process(target=functools.partial(work, k), args=more)" in after


@pytest.mark.parametrize("more", ["1, 2", "n=1", "*more"])
def test_a_partial_around_the_function_takes_captures_too(more: str) -> None:
    before = (
        "import functools\n\n\ndef main(k, more):\n    def work(*n):\n        return k, n\n\n"
        f"    pool.map(functools.partial(work, {more}), [1])\n"
    )
    fix = hoist.rewrite(Tree.read(PATH, before), subject(before, "work"))
    assert f"pool.map(functools.partial(work, k, {more}), [1])" in applied(before, fix)


@pytest.mark.parametrize(
    ("methods", "given"),
    [
        ("pass", "work, args=(k, *more)"),
        ("def __init__(self, target, args): super().__init__(target=target, args=args)", "work, args=(k, *more)"),
        ("def __init__(self, target, args): Process.__init__(self, args=args, target=target)", "work, args=(k, *more)"),
        ("def __init__(self, target, args): super().__init__(target=target)", ""),
        ("def __init__(self, target, args): print(args); super().__init__(target=target, args=args)", ""),
        ("def __init__(self, target, args): args = (); super().__init__(target=target, args=args)", ""),
        ("def __init__(self, target, args): run(target=target, args=args)", ""),
    ],
)
def test_a_class_of_processes_that_hands_its_arguments_on_takes_captures(methods: str, given: str) -> None:
    before = (
        f"from multiprocessing import Process\n\n\nclass Job(Process):\n    {methods}\n\n\n"
        "def main(k, more):\n    def work(*n):\n        return k, n\n\n    Job(target=work, args=more)\n"
    )
    found = subject(before, "work", boundary="multiprocessing.Process.start", slot="self")
    after = applied(before, hoist.rewrite(Tree.read(PATH, before), found))
    assert f"Job(target={given or 'functools.partial(work, k), args=more'})" in after
