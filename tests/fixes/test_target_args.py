"""The arguments of a called function are sent by themselves: exact texts, moments and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from rewriting import PATH, applied, fails, reason, run, subject

from picklecheck.fixes import target_args
from picklecheck.fixes.subject import Capture
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def mended(before: str, use: str, **given: object) -> str:
    return applied(before, target_args.rewrite(Tree.read(PATH, before), subject(before, use, **given)))  # type: ignore[arg-type]


def refused(before: str, use: str, **given: object) -> str:
    return reason(target_args.rewrite(Tree.read(PATH, before), subject(before, use, **given)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Process(target=lambda: print(a, 2))", "Process(target=print, args=(a, 2))"),
        ("Process(target=lambda: print(a), daemon=True)", "Process(target=print, args=(a,), daemon=True)"),
        ("Process(target=lambda: print())", "Process(target=print)"),
        (
            "Process(target=lambda: print(a, sep='-'))",
            "Process(target=print, args=(a,), kwargs={\"sep\": '-'})",
        ),
        ("Process(target=lambda a=a: print(a))", "Process(target=print, args=(a,))"),
        ("Pool(2, initializer=lambda: print(a))", "Pool(2, initializer=print, initargs=(a,))"),
        ("pool.apply_async(lambda: print(a))", "pool.apply_async(print, args=(a,))"),
        ("pool.submit(lambda: print(a, end=''))", "pool.submit(print, a, end='')"),
    ],
)
def test_hands_over_the_arguments(before: str, after: str) -> None:
    before = f"def main(a):\n    p = {before}\n    p.start()\n"
    assert mended(before, "lambda", runs_today=True) == f"def main(a):\n    p = {after}\n    p.start()\n"


def test_a_loop_that_starts_each_process_at_once_is_kept() -> None:
    before = "def main(xs):\n    for x in xs:\n        Process(target=lambda: print(x)).start()\n"
    assert "Process(target=print, args=(x,)).start()" in mended(before, "lambda: print(x)", runs_today=True)


def test_a_method_of_a_captured_object_is_only_offered() -> None:
    before = "def main(job):\n    p = Process(target=lambda: job.run(1))\n    p.start()\n"
    fix = target_args.rewrite(Tree.read(PATH, before), subject(before, "lambda: job.run(1)"))
    assert "Process(target=job.run, args=(1,))" in applied(before, fix)
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("Process(target=lambda: print(a + 1))", "`a + 1` is evaluated in the child"),
        ("Process(target=lambda: print(len(a)))", "`len(a)` is evaluated in the child"),
        ("Process(target=lambda: print(*a))", "the lambda spreads its arguments"),
        ("Process(target=lambda: f(a))", "`f` is local"),
        ("Process(target=lambda: a)", "the lambda does not just call a function"),
        ("Process(target=lambda b: print(b))", "the lambda takes arguments"),
        ("Process(target=lambda: print(a), args=())", "the call has arguments for the callable already"),
        ("Process(None, lambda: print(a))", "the call takes no arguments for the callable"),
        ("Pool(initializer=lambda: print(end=a))", "an initializer takes no keyword arguments"),
        ("Process(target=lambda: print(k))", "`k` is rebound after it is captured"),
    ],
)
def test_refused(call: str, why: str) -> None:
    before = f"def main(a, f, k):\n    p = {call}\n    k = 2\n    p.start()\n"
    assert refused(before, "lambda", runs_today=True) == why


def test_a_capture_that_cannot_cross_is_named() -> None:
    before = "def main(lock):\n    Process(target=lambda: print(lock)).start()\n"
    why = refused(before, "lambda: print(lock)", captures=(Capture("lock", "it is a lock"),))
    assert why == "`lock` cannot be pickled either (it is a lock)"


def test_the_mended_program_runs_under_spawn(tmp_path: Path) -> None:
    before = """\
from multiprocessing import get_context


def main():
    word = "hello"
    process = get_context("spawn").Process(target=lambda: print(word, flush=True))
    process.start()
    process.join()


if __name__ == "__main__":
    main()
"""
    assert "local object" in fails(tmp_path, before)
    assert run(tmp_path, mended(before, "lambda: print(word, flush=True)")) == "hello\n"
