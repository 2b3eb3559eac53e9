"""A lambda that only passes its parameters on becomes the function: exact texts and refusals."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import eta
from picklecheck.fixes.tree import Tree


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x):\n    pass\n\n\npool.map(lambda x: f(x), xs)\n", "pool.map(f, xs)"),
        ("import math\npool.map(lambda x: math.sqrt(x), xs)\n", "pool.map(math.sqrt, xs)"),
        ("pool.map(lambda a, b: pow(a, b), xs)\n", "pool.map(pow, xs)"),
        ("pool.map(lambda *a, **k: print(*a, **k), xs)\n", "pool.map(print, xs)"),
    ],
)
def test_becomes_the_function(before: str, after: str) -> None:
    use = before[before.index("lambda") : before.index(", xs)")]
    text = applied(before, eta.rewrite(Tree.read(PATH, before), subject(before, use)))
    assert text.splitlines()[-1] == after


@pytest.mark.parametrize(
    ("before", "use", "why"),
    [
        (
            "pool.map(lambda x: pow(x, 2), xs)\n",
            "lambda x: pow(x, 2)",
            "the lambda does more than pass its parameters on",
        ),
        (
            "pool.map(lambda x, y: pow(y, x), xs)\n",
            "lambda x, y: pow(y, x)",
            "the lambda does more than pass its parameters on",
        ),
        (
            "pool.map(lambda x: print(x=x), xs)\n",
            "lambda x: print(x=x)",
            "the lambda does more than pass its parameters on",
        ),
        ("pool.map(lambda x=1: abs(x), xs)\n", "lambda x=1: abs(x)", "its parameters are not plain"),
        ("def go(f):\n    pool.map(lambda x: f(x), xs)\n", "lambda x: f(x)", "`f` is local"),
        ("f = abs\npool.map(lambda x: f(x), xs)\n", "lambda x: f(x)", "`f` is a variable"),
        (
            "def f(x): pass\ndef f(x): return x\npool.map(lambda x: f(x), xs)\n",
            "lambda x: f(x)",
            "`f` is bound more than once",
        ),
        ("pool.map(lambda x: f(x), xs)\ndef f(x): pass\n", "lambda x: f(x)", "`f` is defined below"),
        ("pool.map(lambda x: g()(x), xs)\n", "lambda x: g()(x)", "what is called is not a plain name"),
        ("pool.submit(lambda x: abs(x), x=1)\n", "lambda x: abs(x)", "its parameters are named by the call"),
        ('pool.apply(lambda x: abs(x), kwds={"x": 1})\n', "lambda x: abs(x)", "its parameters are named by the call"),
        ("pool.submit(lambda x: abs(x), **xs)\n", "lambda x: abs(x)", "its parameters are named by the call"),
        ("f = lambda x: abs(x)\nf(x=1)\npool.map(f, xs)\n", "f", "its parameters are named where it is called"),
        ("f = lambda x: abs(x)\nf.size = 1\npool.map(f, xs)\n", "f", "its attributes are used"),
    ],
)
def test_refused(before: str, use: str, why: str) -> None:
    assert reason(eta.rewrite(Tree.read(PATH, before), subject(before, use))) == why
