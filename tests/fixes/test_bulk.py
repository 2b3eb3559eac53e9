"""Long tables and chains are not read by LibCST, and everything else of the file keeps its place."""

from __future__ import annotations

import ast
import cProfile
import pstats

import libcst as cst
import pytest

from picklecheck.depth import with_room
from picklecheck.fixes.bulk import without_bulk
from picklecheck.fixes.tree import Tree, readable

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


def test_a_chain_that_is_read_is_looked_at_once() -> None:
    text = "x = a" + ".b(lambda: 0)" * 3_000 + "\n"
    profile = cProfile.Profile()
    assert with_room(lambda: profile.runcall(without_bulk, text)) == text
    assert pstats.Stats(profile).total_calls < 600_000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "deep",
    [
        "x = " + "1 if a else " * 3_000 + "2",  # would take 1.6 GB
        "x = " + "not " * 3_000 + "a",
        "match x:\n    case " + "[" * 150 + "a" + "]" * 150 + ":\n        pass",  # would not end
        "match x:\n    case " + "(" * 12 + "a" + ",)" * 12 + ":\n        pass",
        "match x:\n    case {'a': " + "A(b=" * 40 + "1" + ")" * 40 + "}:\n        pass",
        "del " + "(" * 40 + "a" + ",)" * 40,
        "if x: del [\n" + "(" * 40 + "a" + ",)" * 40 + "]",
    ],
)
def test_what_would_take_too_much_is_not_read(deep: str) -> None:
    with_room(lambda: ast.parse(deep))
    assert with_room(lambda: readable("a.py", f"{deep}\n{AFTER}")) is None


@pytest.mark.parametrize(
    "usual",
    [
        "match x:\n    case {'a': [A(b=(1, 2 | 3), c=[*_]), *rest]}:\n        pass",
        "match x:\n" + "".join(f"    case ({n}, [A(b={n}), _]):\n        pass\n" for n in range(300)),
        "case = [" + "((1, f(a)), {2: (3, [4, f(a)])}), " * 300 + "]",
        "del a, (b, c)\nx = " + "[" * 40 + "f(a)" + "]" * 40,
        "x = " + "1 if a else " * 300 + "2",
    ],
)
def test_what_people_write_is_read(usual: str) -> None:
    assert readable("a.py", f"{usual}\n{AFTER}") is not None
