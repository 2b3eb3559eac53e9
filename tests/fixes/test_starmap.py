"""`map` with a lambda that spreads its item becomes `starmap`: exact texts, safety and refusals."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import starmap
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@pytest.mark.parametrize(
    ("before", "after", "safety"),
    [
        ("pool.map(lambda t: pow(*t), xs)\n", "pool.starmap(pow, xs)\n", "safe"),
        ("pool.map(lambda t: pow(t[0], t[1]), xs)\n", "pool.starmap(pow, xs)\n", "unsafe"),
        ("pool.map(lambda t: pow(t[0], t[1]), zip(a, b))\n", "pool.starmap(pow, zip(a, b))\n", "safe"),
        (
            "pool.map(lambda t: pow(t[0], t[1]), zip(a, b, c))\n",
            "pool.starmap(pow, zip(a, b, c))\n",
            "unsafe",
        ),
        ("pool.map(lambda t: pow(t[0], t[1]), [(1, 2)])\n", "pool.starmap(pow, [(1, 2)])\n", "safe"),
        ("pool.map(lambda t: pow(t[0], t[1]), a.items())\n", "pool.starmap(pow, a.items())\n", "unsafe"),
        ("pool.map(lambda t: pow(t[0], t[1]), [(1, *b)])\n", "pool.starmap(pow, [(1, *b)])\n", "unsafe"),
        (
            "zip = make\npool.map(lambda t: pow(t[0], t[1]), zip(a, b))\n",
            "zip = make\npool.starmap(pow, zip(a, b))\n",
            "unsafe",
        ),
        ("pool.map_async(lambda t: pow(*t), xs, 2)\n", "pool.starmap_async(pow, xs, 2)\n", "safe"),
    ],
)
def test_becomes_starmap(before: str, after: str, safety: str) -> None:
    use = before[before.index("lambda") : before.index(")", before.index("pow")) + 1]
    fix = starmap.rewrite(Tree.read(PATH, before), subject(before, use))
    assert applied(before, fix) == after
    assert isinstance(fix, Fix) and fix.applicability == safety


@pytest.mark.parametrize(
    ("before", "boundary", "why"),
    [
        (
            "pool.imap(lambda t: pow(*t), xs)\n",
            "multiprocessing.pool.Pool.imap",
            "the call has no form that spreads its items",
        ),
        (
            "pool.map(lambda t: pow(*t), xs)\n",
            "concurrent.futures.ProcessPoolExecutor.map",
            "an executor has no `starmap`",
        ),
        ("pool.map(lambda t: pow(t[1], t[0]), xs)\n", "", "the lambda does more than spread its item"),
        ("pool.map(lambda t: pow(*t, 3), xs)\n", "", "the lambda does more than spread its item"),
        ("pool.map(lambda t: f(*t), xs)\nf = 3\n", "", "`f` is a variable"),
    ],
)
def test_refused(before: str, boundary: str, why: str) -> None:
    use = before[before.index("lambda") : before.index(", xs")]
    assert reason(starmap.rewrite(Tree.read(PATH, before), subject(before, use, boundary=boundary))) == why
