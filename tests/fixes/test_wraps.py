"""`functools.wraps` on the wrapper of a decorator: exact texts, refusals, and a program that runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from rewriting import PATH, applied, fails, reason, run, subject

from picklecheck.fixes import wraps
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

PLAIN = """\
def logged(func):
    def wrapper(*args):
        return func(*args)

    return wrapper


@logged
def work(n):
    return n


pool.map(work, [])
"""


def fix_of(before: str, definition: str = "logged") -> Fix | NoFix:
    return wraps.rewrite(Tree.read(PATH, before), subject(before, "work", definition=definition))


@pytest.mark.parametrize("definition", ["logged", "wrapper"])
def test_the_wrapper_takes_the_name(definition: str) -> None:
    after = applied(PLAIN, fix_of(PLAIN, definition))
    assert after == "import functools\n\n\n" + PLAIN.replace(
        "    def wrapper", "    @functools.wraps(func)\n    def wrapper"
    )


def test_a_decorator_with_arguments() -> None:
    before = """\
from functools import wraps


def logged(level):
    def decorate(func):
        def wrapper(*args):
            return func(*args)
        return wrapper
    return decorate


@logged(3)
def work(n):
    return n


pool.map(work, [])
"""
    wanted = before.replace("        def wrapper", "        @wraps(func)\n        def wrapper")
    assert applied(before, fix_of(before)) == wanted


@pytest.mark.parametrize(
    ("more", "safety"),
    [
        ("print(work.__name__)\n", "unsafe"),
        ("inspect.signature(work)\n", "unsafe"),
        ("work.__name_of__\n", "safe"),
    ],
)
def test_unsafe_where_a_name_is_asked_for(more: str, safety: str) -> None:
    fix = fix_of(PLAIN + more)
    assert isinstance(fix, Fix) and fix.applicability == safety


def test_the_decorator_itself_may_ask_for_the_name_of_its_function() -> None:
    fix = fix_of(PLAIN.replace("return func", "print(func.__name__); return func"))
    assert isinstance(fix, Fix) and fix.applicability == "safe"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (
            PLAIN.replace("return wrapper", "return cache(wrapper)"),
            "the decorator does not return a function that is defined in it",
        ),
        (PLAIN.replace("return func(*args)", "return None"), "the wrapper does not call `func`"),
        (
            PLAIN.replace("    def wrapper", "    @wraps(func)\n    def wrapper"),
            "the wrapper has `wraps` already",
        ),
        (
            PLAIN.replace("    def wrapper", "    func = None\n    def wrapper"),
            "`func` is rebound in the decorator",
        ),
        (PLAIN + "other = logged(work)\n", "`logged` also makes functions of other names"),
        (PLAIN + "@logged\nclass A: pass\n", "`logged` decorates a class"),
        (PLAIN.replace("(func)", "()"), "the decorator takes no function"),
    ],
)
def test_refused(before: str, why: str) -> None:
    assert reason(fix_of(before)) == why


def test_the_mended_program_runs_under_spawn(tmp_path: Path) -> None:
    start = """\
if __name__ == "__main__":
    with get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [4]))
"""
    before = "from multiprocessing import get_context\n\n\n" + PLAIN.replace("pool.map(work, [])\n", start)
    assert "local object" in fails(tmp_path, before)
    assert run(tmp_path, applied(before, fix_of(before))) == "[4]\n"
