"""A lambda that passes its parameters on, with more arguments, is a `functools.partial` of what it calls."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, subject

from picklecheck.fixes import bound_call
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_ABOVE = "import functools\nfrom tools import made\n\n\ndef scale(row, factor=1, *, by=0):\n    return row\n\n\n"


def _mended(lambda_: str) -> Fix | NoFix:
    before = _before(lambda_)
    return bound_call.rewrite(Tree.read(PATH, before), subject(before, "lambda"))


def _before(lambda_: str) -> str:
    return f"{_ABOVE}def main(k, pool):\n    pool.map({lambda_}, [1])\n"


@pytest.mark.parametrize(
    ("lambda_", "after"),
    [
        ("lambda: scale(k)", "functools.partial(scale, k)"),
        ("lambda row: scale(row, k)", "functools.partial(scale, factor=k)"),
        ("lambda row: scale(row, factor=k, by=2)", "functools.partial(scale, factor=k, by=2)"),
        ("lambda n: made(k, 2, n, by=k)", "functools.partial(made, k, 2, by=k)"),
        ("lambda n: max(k, n)", "functools.partial(max, k)"),
    ],
)
def test_arguments_are_bound(lambda_: str, after: str) -> None:
    assert f"    pool.map({after}, [1])\n" in applied(_before(lambda_), _mended(lambda_))


@pytest.mark.parametrize(
    "lambda_",
    [
        "lambda row: scale(row)",
        "lambda row: made(row, k)",
        "lambda row: scale(k, factor=row)",
        "lambda row: scale(k, row.name)",
        "lambda row: scale(k, made())",
        "lambda row: scale(k, *row)",
        "lambda row: k(1, row)",
        "lambda a, b: made(k, b, a)",
        "lambda a, b: made(k, a)",
        "lambda a=1: made(k, a)",
    ],
)
def test_what_is_more_than_that_is_left(lambda_: str) -> None:
    assert isinstance(_mended(lambda_), NoFix)
