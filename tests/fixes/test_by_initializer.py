"""Primitives given to the workers as they start, as far as text goes; the fixtures run such programs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from rewriting import applied, reason, run, subject

from picklecheck.fixes import by_initializer
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

PARAMETERS = {"lock": "", "n": "", "scale": "2"}


def rewrite(
    text: str,
    use: str = "partial(work, lock)",
    *,
    slot: str = "func",
    verb: str = "map",
    parameters: Mapping[str, str] = PARAMETERS,
    made: tuple[str, ...] = ("Lock()",),
    pool: str = "Pool(",
    queues: bool = False,
) -> Fix | NoFix:
    about = replace(subject(text, use, slot=slot), boundary=f"multiprocessing.pool.Pool.{verb}")
    tree = Tree.read(about.use.path, text)

    def place(begins: str) -> by_initializer.Place:
        return tree.place(next(node for node in tree.spans if tree.source(node).startswith(begins)))

    made_at = tuple(tree.place(next(node for node in tree.spans if tree.source(node) == one)) for one in made)
    partial = place("partial(") if "partial(" in text else None
    sharing = by_initializer.Sharing(place(pool), 1, partial, parameters, made_at, queues)
    return by_initializer.rewrite(tree, about, sharing)


def program(*body: str, above: str = "") -> str:
    return f"def work(lock, n, scale=2): ...\n{above}\n\ndef main():\n" + "".join(f"    {line}\n" for line in body)


LOCK, POOL = "lock = Lock()", "pool = Pool(2)"
SENT = "pool.map(partial(work, lock), rows)"


def test_the_task_reads_what_the_worker_keeps() -> None:
    text = program(LOCK, POOL, SENT)
    after = applied(text, rewrite(text))
    assert (
        "    pool = Pool(2, initializer=init_worker, initargs=(lock,))\n    pool.map(work_with_lock, rows)\n" in after
    )
    assert "def work_with_lock(n, scale=2):\n    return work(worker_lock, n, scale)\n" in after


def test_what_else_is_bound_stays_bound() -> None:
    text = program(LOCK, POOL, "pool.map(partial(work, lock, scale=3), rows)")
    assert "pool.map(partial(work_with_lock, scale=3), rows)" in applied(
        text, rewrite(text, "partial(work, lock, scale=3)")
    )
    text = program(LOCK, POOL, "pool.map(partial(work, scale=3, lock=lock), rows)")
    fix = rewrite(text, "partial(work, scale=3, lock=lock)")
    assert "pool.map(partial(work_with_lock, scale=3), rows)" in applied(text, fix)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(lock,)", "()"),
        ("(lock, 1)", "(1,)"),
        ("(lock, 1, 2)", "(1, 2)"),
        ("(lock, 1, 2,)", "(1, 2,)"),
        ("((lock), (1))", "((1),)"),
    ],
)
def test_the_arguments_are_left_without_it(before: str, after: str) -> None:
    text = program(LOCK, POOL, f"pool.apply(work, {before})")
    assert f"pool.apply(work_with_lock, {after})" in applied(text, rewrite(text, before, slot="args", verb="apply"))


def test_several_are_kept_together() -> None:
    text = program(LOCK, "two = RLock()", POOL, "pool.apply(work, (1, two, lock, 2))")
    parameters = {"n": "", "two": "", "one": "", "more": ""}
    made = ("Lock()", "RLock()")
    fix = rewrite(text, "(1, two, lock, 2)", slot="args", verb="apply", parameters=parameters, made=made)
    after = applied(text, fix)
    assert "pool.apply(work_with_two_and_one, (1, 2))" in after
    assert "    return work(n, worker_two, worker_lock, more)\n" in after
    assert "    global worker_two, worker_lock\n" in after


def test_different_ones_in_different_tasks_are_refused() -> None:
    given = "[(lock, 1), (two, 2)]"
    text = program(LOCK, "two = RLock()", POOL, f"pool.starmap(work, {given})")
    fix = rewrite(text, given, slot="iterable", verb="starmap", made=("Lock()", "RLock()"))
    assert "it is not written as an argument of every task" in reason(fix)


def test_queues_are_unsafe() -> None:
    text = program(LOCK, POOL, SENT)
    safe, unsafe = rewrite(text), rewrite(text, queues=True)
    assert isinstance(safe, Fix) and safe.applicability == "safe"
    assert isinstance(unsafe, Fix) and unsafe.applicability == "unsafe"


def test_a_function_that_keeps_it_is_taken() -> None:
    above = "def keep(lock):\n    global KEPT\n    KEPT = lock\n"
    text = program(LOCK, POOL, SENT, above=above)
    after = applied(text, rewrite(text))
    assert "initializer=keep, initargs=(lock,)" in after
    assert "return work(KEPT, n, scale)" in after
    assert "init_worker" not in after


def test_a_global_that_others_set_too_is_not_taken() -> None:
    above = "KEPT = None\ndef keep(lock):\n    global KEPT\n    KEPT = lock\n"
    text = program(LOCK, POOL, SENT, above=above)
    assert "initializer=init_worker, initargs=(lock,)" in applied(text, rewrite(text))


MANY = """\
import functools
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Lock, Pool


def plus(lock, n):
    with lock:
        return n + 1


def minus(n, lock=None):
    with lock:
        return n - 1


if __name__ == "__main__":
    lock = Lock()
    with Pool(1) as pool:
        print(pool.map(functools.partial(plus, lock), [1]), pool.map(functools.partial(plus, lock), [2]))
        print(pool.apply(minus, (1,), {"lock": lock}))
    with ProcessPoolExecutor(1) as executor:
        print(executor.submit(plus, lock, 3).result(), executor.submit(minus, 3, lock=lock).result())
"""


def test_all_tasks_and_pools_that_share_it_have_one_function(tmp_path: Path) -> None:
    (tmp_path / "many.py").write_text(MANY)
    command = [sys.executable, "-m", "picklecheck", "--isolated", "--fix", "many.py"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    after = (tmp_path / "many.py").read_text()
    assert re.findall(r"def \w+", after) == ["def plus", "def minus", *DEFINED]
    assert after.count("initializer=init_worker, initargs=(lock,)") == 2
    assert run(tmp_path, after) == "[2] [3]\n0\n4 2\n"


DEFINED = ["def init_worker", "def plus_with_lock", "def minus_with_lock"]
HAS_ONE = "the pool has an initializer already"
ONE_BY_ONE = "the arguments of the task are not written one by one"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (program(LOCK, "pool = Pool(2, prepare)", SENT), HAS_ONE),
        (program(LOCK, "pool = Pool(2, initializer=prepare)", SENT), HAS_ONE),
        (program(LOCK, "pool = Pool(*given)", SENT), HAS_ONE),
        (program(LOCK, "pool = Pool(2)", "pool = other", SENT), "the variable may hold another pool"),
        (
            program(LOCK, "own.pool = Pool(2)", "own.pool.map(partial(work, lock), rows)"),
            "the variable may hold another pool",
        ),
        (program(POOL, LOCK, SENT), "`lock` is created after the pool"),
        (program("if rows:", "    lock = Lock()", POOL, SENT), "`lock` is created after the pool"),
        (program(LOCK, POOL, "lock = None", SENT), "`lock` is bound more than once"),
        (program("own.lock = Lock()", "lock = own.lock", POOL, SENT), "it is not kept in a variable"),
        (program(LOCK, "work = other", POOL, SENT), "`work` is local"),
        (program(LOCK, POOL, SENT, above="work = other"), "`work` is bound more than once"),
        (program(LOCK, POOL, "pool.map(partial(work, *rows), rows)"), "the call spreads its arguments"),
    ],
)
def test_it_is_refused(text: str, why: str) -> None:
    use = "partial(work, *rows)" if "*rows" in text else "partial(work, lock)"
    assert why in reason(rewrite(text, use))


def test_a_task_that_another_call_made_is_refused() -> None:
    text = program(LOCK, POOL, "pool.map(bound(work, lock), rows)")
    assert "not bound to the task where the task is sent" in reason(rewrite(text, "bound(work, lock)"))


def test_a_bound_task_that_is_called_here_too_is_refused() -> None:
    text = program(LOCK, POOL, "task = partial(work, lock)", "task(1)", "pool.map(task, rows)")
    assert "not bound to the task where the task is sent" in reason(rewrite(text, "task"))


@pytest.mark.parametrize(
    ("given", "slot", "verb", "why"),
    [
        ("rows", "args", "apply", ONE_BY_ONE),
        ("(*rows, lock)", "args", "apply", ONE_BY_ONE),
        ("{**rows}", "kwds", "apply", ONE_BY_ONE),
        ("[lock]", "iterable", "map", ONE_BY_ONE),
        ("[row for row in rows]", "iterable", "starmap", ONE_BY_ONE),
        ("[(lock, 1), (1, lock)]", "iterable", "starmap", "it is not written as an argument of every task"),
        ("[(lock, 1), (3, 1)]", "iterable", "starmap", "it is not written as an argument of every task"),
        ("[]", "iterable", "starmap", "it is not written as an argument of every task"),
        ("(1, 2, 3, lock)", "args", "apply", "do not match the parameters"),
        ('{"guard": lock}', "kwds", "apply", "do not match the parameters"),
    ],
)
def test_arguments_that_are_not_seen_are_refused(given: str, slot: str, verb: str, why: str) -> None:
    text = program(LOCK, POOL, f"pool.{verb}(work, {given})")
    assert why in reason(rewrite(text, given, slot=slot, verb=verb))


def test_a_parameter_that_hides_the_task_is_refused() -> None:
    text = program(LOCK, POOL, SENT)
    assert "has a name that the fix needs" in reason(rewrite(text, parameters={"lock": "", "work": ""}))


def test_a_pool_at_module_level_needs_the_task_above_it() -> None:
    text = f"{LOCK}\n{POOL}\n\n\ndef work(lock, n): ...\n\n\ndef main():\n    {SENT}\n"
    assert "`work` is bound below the first pool" in reason(rewrite(text))
