"""Syntax that is newer than the running Python is read with every value where it is."""

import ast
import sys

import pytest

from picklecheck.source.newer import in_older_words

CASES = [
    ((3, 12), "type Key = str | int\n", "Key      = str | int\n"),
    ((3, 12), "class Box[K, V](dict): pass\n", "class Box      (dict): pass\n"),
    ((3, 12), "def at[\n    T,\n](k: T): pass\n", "def at\\\n     \\\n (k: T): pass\n"),
    ((3, 12), 'x = f"{y["a"]!r:>{n}} b"\n', 'x = (  y["a"],         )\n'),
    ((3, 12), "x = f'{\n    y\n} {z=}'\n", "x = (  \n    y,   z, )\n"),
    ((3, 13), "def at[T = int](k: T): pass\n", "def at         (k: T): pass\n"),
    ((3, 14), "x = t'{y}'\n", "x = (  y,)\n"),
    ((3, 14), "x = t'y'\n", 'x = ""  \n'),
    ((3, 14), "try:\n    f()\nexcept A, b.C:\n    pass\n", "try:\n    f()\nexcept(A,b.C):\n    pass\n"),
    ((3, 15), "lazy from json import loads\n", "if 1:from json import loads\n"),
]


@pytest.mark.parametrize(("since", "text", "older"), CASES)
def test_older_words(since: tuple[int, int], text: str, older: str) -> None:
    if sys.version_info >= since:
        pytest.skip("the running Python reads this itself")
    assert in_older_words(text) == older
    ast.parse(older)


@pytest.mark.parametrize("text", ["def f(:\n", "x = [*row for row in rows]\n"])
def test_what_has_no_older_words(text: str) -> None:
    assert in_older_words(text) is None
