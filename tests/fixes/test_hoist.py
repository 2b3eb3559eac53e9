"""A lambda, local function or class at module level: exact texts, refusals, and programs that run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from rewriting import PATH, applied, fails, reason, run, subject

from picklecheck.fixes import hoist
from picklecheck.fixes.subject import Capture
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def mended(text: str, use: str, **given: object) -> str:
    return applied(text, hoist.rewrite(Tree.read(PATH, text), subject(text, use, **given)))  # type: ignore[arg-type]


def refused(text: str, use: str, **given: object) -> str:
    return reason(hoist.rewrite(Tree.read(PATH, text), subject(text, use, **given)))  # type: ignore[arg-type]


def safety(text: str, use: str, **given: object) -> str:
    fix = hoist.rewrite(Tree.read(PATH, text), subject(text, use, **given))  # type: ignore[arg-type]
    assert isinstance(fix, Fix), fix
    return fix.applicability


def test_a_lambda_without_captures_becomes_a_function_above_the_one_it_is_used_in() -> None:
    before = """\
from multiprocessing import Pool


# the program
def main(xs):
    with Pool() as pool:
        return pool.map(lambda n, k=2: n * k, xs)  # all
"""
    assert (
        mended(before, "lambda n, k=2: n * k")
        == """\
from multiprocessing import Pool


def multiply(n, k=2):
    return n * k


# the program
def main(xs):
    with Pool() as pool:
        return pool.map(multiply, xs)  # all
"""
    )


def test_a_local_function_keeps_its_comments_strings_and_decorators() -> None:
    before = '''\
import functools
from multiprocessing import Pool


def main(xs):
    """Run."""

    # works hard
    @functools.cache
    def work(n: int) -> str:  # one
        """Say.

          deeper
        """
        return """
    kept""" + str(
            n
        )  # done

    return Pool().map(work, xs)
'''
    assert (
        mended(before, "work")
        == '''\
import functools
from multiprocessing import Pool


# works hard
@functools.cache
def work(n: int) -> str:  # one
    """Say.

      deeper
    """
    return """
    kept""" + str(
        n
    )  # done


def main(xs):
    """Run."""

    return Pool().map(work, xs)
'''
    )


def test_captures_are_bound_first() -> None:
    before = """\
import os
from multiprocessing import Pool


def main(factor, shift, xs):
    def work(n, *, twice=False):
        return n * factor + shift

    return Pool().map(work, xs)
"""
    assert (
        mended(before, "work")
        == """\
import functools
import os
from multiprocessing import Pool


def work(factor, shift, n, *, twice=False):
    return n * factor + shift


def main(factor, shift, xs):
    return Pool().map(functools.partial(work, factor, shift), xs)
"""
    )


def test_the_partial_is_named_as_the_file_names_it() -> None:
    before = """\
from functools import partial as bind


def main(k, xs):
    return pool.map(lambda n: n * k, xs)
"""
    assert "pool.map(bind(multiply, k), xs)" in mended(before, "lambda n: n * k")
    assert "import functools" not in mended(before, "lambda n: n * k")


def test_python_2_gets_no_positional_only_mark() -> None:
    before = "def main(k, xs):\n    return pool.map(lambda n: n * k, xs)\n"
    assert "def multiply(k, n):\n" in mended(before, "lambda n: n * k", python2=True)


def test_recursion_and_companions_move_along() -> None:
    before = """\
def main(step, xs):
    def down(n):
        return halve(n - step) if n > 0 else 0

    def halve(n):
        return down(n // 2)

    return pool.map(down, xs), down(9), halve
"""
    assert (
        mended(before, "down")
        == """\
import functools


def down(step, n):
    return halve(step, n - step) if n > 0 else 0


def halve(step, n):
    return down(step, n // 2)


def main(step, xs):
    return pool.map(functools.partial(down, step), xs), down(step, 9), functools.partial(halve, step)
"""
    )
    assert safety(before, "down") == "unsafe"
    assert safety(before.replace(", halve\n", "\n"), "down") == "safe"


def test_a_lambda_bound_at_module_level_becomes_a_def_in_place() -> None:
    before = "import os\ndouble = lambda x: x * 2  # twice\npool.map(double, [])\n"
    assert mended(before, "double") == (
        "import os\n\n\ndef double(x):\n    return x * 2  # twice\n\n\npool.map(double, [])\n"
    )


def test_a_lambda_bound_below_a_module_level_pool_goes_above_it() -> None:
    before = "pool = Pool()\ndouble = lambda x: x * 2\npool.map(double, [])\n"
    assert mended(before, "double").startswith("def double(x):\n    return x * 2\n\n\npool = Pool()\npool.map")


def test_a_lambda_of_a_class_becomes_a_method() -> None:
    before = "class A:\n    key = lambda x: x\n    size = 3\n\npool.map(A.key, [])\n"
    after = mended(before, "A.key", definition="lambda x: x")
    assert after == "class A:\n    def key(x):\n        return x\n\n    size = 3\n\npool.map(A.key, [])\n"


def test_a_function_under_the_main_guard_goes_above_it_and_gets_what_only_the_guard_has() -> None:
    before = """\
from multiprocessing import Pool

if __name__ == "__main__":
    import json as js

    factor = 3

    def work(n):
        return js.dumps(n * factor)

    with Pool() as pool:
        pool.map(work, [1])
"""
    assert (
        mended(before, "work")
        == """\
import functools
from multiprocessing import Pool


def work(factor, n):
    import json as js
    return js.dumps(n * factor)


if __name__ == "__main__":
    import json as js

    factor = 3

    with Pool() as pool:
        pool.map(functools.partial(work, factor), [1])
"""
    )


def test_an_import_and_a_function_at_one_place_are_two_lines_apart() -> None:
    before = "# licence\ndef main(k, xs):\n    return pool.map(lambda n: n * k, xs)\n"
    assert mended(before, "lambda n: n * k") == (
        "# licence\nimport functools\n\n\ndef multiply(k, n):\n    return n * k\n\n\n"
        "def main(k, xs):\n    return pool.map(functools.partial(multiply, k), xs)\n"
    )


def test_comments_in_the_parentheses_around_a_lambda_stay() -> None:
    before = "def main(xs):\n    pool.map((  # one\n        lambda n: n  # two\n    ), xs)\n"
    assert "    pool.map((  # one\n        identity  # two\n    ), xs)\n" in mended(before, "lambda n: n")


def test_windows_line_ends_and_tabs_stay() -> None:
    before = "def main(xs):\r\n\tdef work(n):\r\n\t\treturn n\r\n\treturn pool.map(work, xs)\r\n"
    assert mended(before, "work") == (
        "def work(n):\r\n\treturn n\r\n\r\n\r\ndef main(xs):\r\n\treturn pool.map(work, xs)\r\n"
    )


def test_a_lambda_over_several_lines_is_put_in_parentheses_only_where_needed() -> None:
    before = "def main(xs):\n    return pool.map(\n        lambda n: n\n        + 1,\n        xs,\n    )\n"
    use = "lambda n: n\n        + 1"
    assert "def add(n):\n    return n + 1\n" in mended(before, use)
    before, use = (text.replace("+ 1", "# one\n        + 1") for text in (before, use))
    assert "    return (\n        n\n        # one\n        + 1\n    )\n" in mended(before, use)
    before = "def main(xs):\n    pool.map(\n        lambda n: [\n            n,\n        ],\n        xs,\n    )\n"
    use = "lambda n: [\n            n,\n        ]"
    assert "    return [\n        n,\n    ]\n" in mended(before, use)


def test_attributes_of_self_are_bound_one_by_one() -> None:
    before = """\
class Runner:
    def go(self, xs):
        return pool.map(lambda n: n * self.k + self.shift[n], xs)
"""
    assert (
        mended(before, "lambda n: n * self.k + self.shift[n]")
        == """\
import functools


def add(k, shift, n):
    return n * k + shift[n]


class Runner:
    def go(self, xs):
        return pool.map(functools.partial(add, self.k, self.shift), xs)
"""
    )
    assert safety(before, "lambda n: n * self.k + self.shift[n]") == "safe"
    assert safety(before, "lambda n: n * self.k + self.shift[n]", runs_today=True) == "unsafe"


def test_a_whole_self_is_only_offered() -> None:
    before = "class A:\n    def go(self, xs):\n        return pool.map(lambda n: self.work(n), xs)\n"
    assert "functools.partial(work, self)" in mended(before, "lambda n: self.work(n)")
    assert safety(before, "lambda n: self.work(n)") == "unsafe"


def test_the_captured_attribute_may_go_where_the_whole_self_may_not() -> None:
    before = "class A:\n    def go(self, xs):\n        return pool.map(lambda n: n + self.k, xs)\n"
    given = (Capture("self", "it holds a lock"),)
    assert "partial(add, self.k)" in mended(before, "lambda n: n + self.k", captures=given)
    given = (Capture("self.k", "it is a lock"),)
    assert "`self.k` cannot be pickled either (it is a lock)" in refused(before, "lambda n: n + self.k", captures=given)


def test_a_factory_returns_a_partial() -> None:
    before = "def make(k):\n    def work(n):\n        return n * k\n    return work\n\n\npool.map(make(3), [])\n"
    after = mended(before, "make(3)", definition="work")
    assert after.startswith("import functools\n\n\ndef work(k, n):\n    return n * k\n\n\ndef make(k):\n")
    assert "    return functools.partial(work, k)\n" in after
    assert safety(before, "make(3)", definition="work") == "unsafe"


def test_a_local_class_moves_with_its_base() -> None:
    before = """\
def main(xs):
    class Base:
        pass

    class Item(Base):
        size: int = 1

        def twice(self):
            return super().twice(), self.__size

    return pool.map(Item, xs)
"""
    assert (
        mended(before, "Item")
        == """\
class Base:
    pass


class Item(Base):
    size: int = 1

    def twice(self):
        return super().twice(), self.__size


def main(xs):
    return pool.map(Item, xs)
"""
    )


def test_two_functions_of_one_name_get_two_names() -> None:
    one = "    def work(n):\n        return n\n\n    return pool.map(work, xs)\n"
    before = f"def first(xs):\n{one}\n\ndef second(xs):\n{one.replace('return n', 'return -n')}"
    tree = Tree.read(PATH, before)
    first = hoist.rewrite(tree, subject(before, "work"))
    other = subject(before, "work", occurrence=2)
    place = tree.place(tree.module.body[1].body.body[0])  # type: ignore[union-attr, index]
    second = hoist.rewrite(tree, dataclasses.replace(other, definition=place))
    assert isinstance(first, Fix) and isinstance(second, Fix)
    both = applied(before, Fix("safe", "both", first.edits + second.edits))
    assert "def work(n):\n    return n\n\n\ndef first" in both
    assert "def second_work(n):\n    return -n\n\n\ndef second" in both
    assert "pool.map(second_work, xs)" in both


def test_a_taken_name_gives_way() -> None:
    before = "work = 1\n\n\ndef main(xs):\n    def work(n):\n        return n\n    return pool.map(work, xs)\n"
    after = mended(before, "work")
    assert "def main_work(n):" in after and "pool.map(main_work, xs)" in after


@pytest.mark.parametrize(
    ("before", "use", "why"),
    [
        (
            "def main(xs):\n    k = 1\n    def work(n):\n        nonlocal k; k = n\n    map(work, xs)\n",
            "work",
            "`work` writes `k` of the function around it",
        ),
        (
            "def main(xs):\n    def work(n):\n        global k\n        k = n\n    pool.map(work, xs)\n",
            "work",
            "`work` writes the global `k`",
        ),
        (
            "class A(B):\n    def go(self, xs):\n        def work(n):\n            return super().go(n)\n"
            "        pool.map(work, xs)\n",
            "work",
            "`work` uses `super()`, which works only inside its class",
        ),
        (
            "class A(B):\n    def go(self, xs):\n        pool.map(lambda n: __class__, xs)\n",
            "lambda n: __class__",
            "the lambda uses `__class__`, which exists only inside its class",
        ),
        (
            "class A:\n    def go(self, xs):\n        pool.map(lambda n: n.__size, xs)\n",
            "lambda n: n.__size",
            "the lambda uses `__size`, which means another name outside its class",
        ),
        (
            "def main(xs):\n    def work(n):\n        yield n\n    pool.map(work, xs)\n",
            "work",
            "a generator cannot be sent back from a worker",
        ),
        (
            "def main(xs):\n    async def work(n):\n        return n\n    pool.map(work, xs)\n",
            "work",
            "a coroutine cannot be sent back from a worker",
        ),
        (
            "def main(xs, k):\n    pool.map(lambda n, k=[]: n, xs)\n",
            "lambda n, k=[]: n",
            "the default of `k` is not a constant or a module name",
        ),
        (
            "def main(xs, k):\n    pool.map(lambda n, k=k: n, xs)\n",
            "lambda n, k=k: n",
            "the lambda needs the local name `k` when it is defined",
        ),
        (
            "def main(xs, mark):\n    @mark\n    def work(n):\n        return n\n    pool.map(work, xs)\n",
            "work",
            "`work` needs the local name `mark` when it is defined",
        ),
        (
            "def main(xs, k):\n    @cache\n    def work(n):\n        return n * k\n    pool.map(work, xs)\n",
            "work",
            "the decorator of `work` would see other parameters",
        ),
        (
            "def main(xs):\n    seen = []\n    pool.map(lambda n: seen.append(n), xs)\n",
            "lambda n: seen.append(n)",
            "the lambda changes `seen`, and a worker would change its own copy",
        ),
        (
            "def main(xs):\n    seen = {}\n    def work(n):\n        seen[n] = 1\n    pool.map(work, xs)\n",
            "work",
            "`work` changes `seen`, and a worker would change its own copy",
        ),
        (
            "def main(xs, k):\n    pool.map(lambda n: eval('n * k'), xs)\n",
            "lambda n: eval('n * k')",
            "the lambda reads names through `eval()`",
        ),
        (
            "def main(xs):\n    def work(n):\n        return n\n    print(locals())\n    map(work, xs)\n",
            "work",
            "the function around `work` reads its names through `locals()`",
        ),
        (
            "def main(xs):\n    if xs:\n        def work(n):\n            return n\n    else:\n"
            "        def work(n):\n            return -n\n    pool.map(work, xs)\n",
            "work",
            "`work` is bound more than once",
        ),
        (
            "def main(xs):\n    def work(n):\n        return n\n    work.size = 3\n    pool.map(work, xs)\n",
            "work",
            "the attribute `size` of `work` is used",
        ),
        (
            "def main(xs):\n    return pool.map(work, [lambda: i for i in xs])\n",
            "[lambda: i for i in xs]",
            "the loop variable `i` changes before the call",
        ),
        (
            "def main(xs, k):\n    class Item:\n        size = lambda self: k\n    map(Item, xs)\n",
            "Item",
            "the class `Item` uses `k` of the function around it",
        ),
        (
            "def main(xs):\n    class Item:\n        seen = []\n    pool.map(Item, xs)\n",
            "Item",
            "a class-level value of `Item` would be shared by all calls",
        ),
        (
            "def main(xs):\n    pool.map(lambda n, k=K: n, xs)\n\n\nK = 3\nK = 4\n",
            "lambda n, k=K: n",
            "the lambda would be defined above `K`, which it needs",
        ),
        (
            "pool = Pool()\nk = 3\npool.map(lambda n: n * k, [])\n",
            "lambda n: n * k",
            "the lambda would be defined above `k`, which it needs",
        ),
        (
            "def work(n):\n    return n\n\n\npool.map(work, [])\n",
            "work",
            "`work` is at module level already",
        ),
        (
            "def main(xs, k):\n    functools = partial = k\n    pool.map(lambda n: n * k, xs)\n",
            "lambda n: n * k",
            "the names `functools` and `partial` are taken",
        ),
        (
            "def main(xs):\n    k = 1\n    fs = lambda n: n * k\n    use(fs)\n    k = 2\n    map(fs, xs)\n",
            "fs",
            "`k` is rebound after it is captured",
        ),
    ],
)  # fmt: skip
def test_refused(before: str, use: str, why: str) -> None:
    occurrence = 2 if "use(fs)" in before else 1
    definition = "lambda: i" if "lambda: i" in use else ""
    assert refused(before, use, occurrence=occurrence, definition=definition) == why


def test_a_capture_that_cannot_cross_is_named() -> None:
    before = "def main(xs, lock):\n    pool.map(lambda n: lock.do(n), xs)\n"
    why = refused(before, "lambda n: lock.do(n)", captures=(Capture("lock", "it is a lock"),))
    assert why == "`lock` cannot be pickled either (it is a lock)"


TARGET = """\
def main(xs):
    for k in xs:
        p = Process(target=lambda: run(k))
        {then}
"""


@pytest.mark.parametrize(
    ("then", "why"),
    [
        ("p.start()", ""),
        ("ps.append(p)", "`k` is rebound by the loop around the capture"),
        ("k += 1\n        p.start()", "`k` is rebound after it is captured"),
    ],
)
def test_a_program_that_runs_keeps_the_moment_of_reading(then: str, why: str) -> None:
    before = TARGET.format(then=then)
    given = {"boundary": "multiprocessing.Process", "slot": "target", "runs_today": True}
    if why:
        assert refused(before, "lambda: run(k)", **given) == why
    else:
        assert "Process(target=call_run, args=(k,))" in mended(before, "lambda: run(k)", **given)
    assert "partial(call_run, k)" in mended(before, "lambda: run(k)", slot="target")


def test_a_program_that_runs_is_not_given_an_unbound_name_to_read() -> None:
    before = "def main(xs):\n    if xs:\n        k = 1\n    Process(target=lambda: xs and run(k)).start()\n"
    why = refused(before, "lambda: xs and run(k)", slot="target", runs_today=True)
    assert why == "`k` may be unbound where it would be read"


PROGRAM = """\
from multiprocessing import get_context


class Runner:
    def __init__(self, k):
        self.k = k

    def go(self, pool, xs):
        return pool.map(lambda n: n * self.k, xs)


def main():
    import math as m
    factor = 3

    def down(n):
        return n and m.floor(factor) + down(n - 1)

    with get_context("spawn").Pool(1) as pool:
        print(pool.map(down, range(3)))
        print(Runner(2).go(pool, range(3)))


if __name__ == "__main__":
    main()
"""


def test_the_mended_program_runs_under_spawn(tmp_path: Path) -> None:
    assert "local object" in fails(tmp_path, PROGRAM)
    once = mended(PROGRAM, "down")
    assert "functools.partial(down, factor)" in once
    twice = mended(once, "lambda n: n * self.k")
    assert run(tmp_path, twice) == "[0, 3, 6]\n[0, 2, 4]\n"


def test_a_captured_value_that_is_not_known_is_only_offered() -> None:
    before = "def main(k, xs):\n    return pool.map(lambda n: n * k, xs)\n"
    assert safety(before, "lambda n: n * k", captures=(Capture("k"),)) == "safe"
    assert safety(before, "lambda n: n * k", captures=(Capture("k", known=False),)) == "unsafe"


def test_it_is_unsafe_where_a_new_name_would_be_shown() -> None:
    text = "def main():\n    def test_add(n): return n\n    pool.map(test_add, [])\n"
    assert [safety(text + more, "test_add") for more in ("", "    print(test_add.__name__)\n")] == ["safe", "unsafe"]
