"""Long tables and chains are not read by LibCST, and everything else of the file keeps its place."""

from __future__ import annotations

import ast

import libcst as cst
import pytest

from picklecheck.fixes.bulk import without_bulk
from picklecheck.fixes.tree import Tree

AFTER = "\n\ndef after(rows):\n    return [len(rows), 'é', rows]\n"
NUMBERS = ", ".join(map(str, range(20_000)))


def table(kind: str) -> str:
    pairs = ", ".join(f"'key {n}': (-{n}, 1.5)" for n in range(5_000))
    rows = "\n    ".join(f"('größe {n}', {n}, None),  # row, {n})" for n in range(3_000))
    forms = {"list": f"[{NUMBERS}]", "set": f"{{{NUMBERS}}}", "tuple": f"({NUMBERS})", "dict": f"{{{pairs}}}"}
    return forms.get(kind, f"[\n    {rows}\n]")


@pytest.mark.parametrize("chain", [" + a" * 900, ".a" * 600, ".a()" * 600, ".a().b" * 300, " + \\\n  a" * 900])
def test_the_rest_of_a_long_chain_is_left_out(chain: str) -> None:
    text = f"x = a{chain}{AFTER}"
    tree = Tree.read("a.py", text)
    assert len(tree.spans) < 60
    assert [tree.source(statement) for statement in tree.module.body[-1:]] == [AFTER.strip()]


@pytest.mark.parametrize("kind", ["list", "set", "tuple", "dict", "rows"])
def test_what_is_left_out_moves_nothing(kind: str) -> None:
    text = f"x = 'é'; ROWS = {table(kind)}{AFTER}"
    thinned = without_bulk(text)
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
        f"(lambda: 0){' + a' * 150}",
    ],
    ids=["a name", "lambdas", "parentheses", "names", "no brackets", "a lambda in a sum"],
)
def test_what_may_matter_stays(literal: str) -> None:
    text = f"__all__ = {literal}{AFTER}"
    assert without_bulk(text) == text


@pytest.mark.parametrize("chain", [f"pool{'.a()' * 150}.map(lambda: 0)", f"a{' + a' * 150} + f(lambda: 0)"])
def test_what_stands_at_the_end_of_a_chain_is_found(chain: str) -> None:
    tree = Tree.read("a.py", f"x = {chain}\n")
    (made,) = [node for node in tree.spans if isinstance(node, cst.Lambda)]
    assert tree.source(made) == "lambda: 0"
    assert len(tree.spans) < 60
    sums = [node for node in tree.spans if isinstance(node, cst.Call | cst.BinaryOperation)]
    assert chain in [tree.source(node) for node in sums]
