"""Long tables are not read by LibCST, and everything else of the file keeps its place."""

from __future__ import annotations

import ast

import pytest

from picklecheck.fixes.tables import without_tables
from picklecheck.fixes.tree import Tree

AFTER = "\n\ndef after(rows):\n    return [len(rows), 'é', rows]\n"
NUMBERS = ", ".join(map(str, range(20_000)))


def table(kind: str) -> str:
    pairs = ", ".join(f"'key {n}': (-{n}, 1.5)" for n in range(5_000))
    rows = "\n    ".join(f"('größe {n}', {n}, None),  # row, {n})" for n in range(3_000))
    forms = {"list": f"[{NUMBERS}]", "set": f"{{{NUMBERS}}}", "tuple": f"({NUMBERS})", "dict": f"{{{pairs}}}"}
    return forms.get(kind, f"[\n    {rows}\n]")


@pytest.mark.parametrize("kind", ["list", "set", "tuple", "dict", "rows"])
def test_what_is_left_out_moves_nothing(kind: str) -> None:
    text = f"x = 'é'; ROWS = {table(kind)}{AFTER}"
    thinned = without_tables(text)
    assert len(thinned) == len(text)
    assert thinned.count("\n") == text.count("\n")
    assert thinned.endswith(AFTER)
    assert type(ast.parse(thinned).body[1].value) is type(ast.parse(text).body[1].value)  # type: ignore[attr-defined]
    tree = Tree.read("a.py", text)
    assert len(tree.spans) < 200
    assert [tree.source(statement) for statement in tree.module.body[-1:]] == [AFTER.strip()]


@pytest.mark.parametrize(
    "literal",
    [
        f"[{NUMBERS}, name]",
        f"[{', '.join(f'lambda: {n}' for n in range(9_000))}]",
        f"[{', '.join(f'(({n}))' for n in range(9_000))}]",
        f"[{', '.join(repr(f'name{n}') for n in range(9_000))}]",
        f"{NUMBERS}",
    ],
    ids=["a name", "lambdas", "parentheses", "names", "no brackets"],
)
def test_what_may_matter_stays(literal: str) -> None:
    text = f"__all__ = {literal}{AFTER}"
    assert without_tables(text) == text
