"""Which node is in which: loops around a call, and names that are never read."""

import ast

import pytest

from picklecheck.crossings.nesting import innermost_loop, parents


def call_of(name: str, tree: ast.Module) -> ast.Call:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == name)
    return next(found)


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("for x in xs:\n    f(x)", ast.For),
        ("for x in f(xs):\n    pass", None),
        ("for x in xs:\n    for y in f(x):\n        pass", ast.For),
        ("while f():\n    pass", ast.While),
        ("[f(x) for x in xs]", ast.ListComp),
        ("[x for x in f(xs)]", None),
        ("[y for x in xs for y in f(x)]", ast.ListComp),
        ("for x in xs:\n    {y for y in f(x)}", ast.For),
        ("for x in xs:\n    g(lambda: f(x))", None),
        ("for x in xs:\n    def g():\n        f(x)", None),
        ("f(1)", None),
    ],
)
def test_the_loop_in_whose_body_a_call_stands(text: str, loop: type[ast.AST] | None) -> None:
    tree = ast.parse(text)
    found = innermost_loop(tree, call_of("f", tree))
    assert found is None if loop is None else isinstance(found, loop)


def test_the_parents_of_several_modules_are_kept() -> None:
    one, other = ast.parse("f(g())"), ast.parse("h()")
    before = parents(one)
    assert parents(other) is not before
    assert parents(one) is before
    assert before[call_of("g", one)] is call_of("f", one)
