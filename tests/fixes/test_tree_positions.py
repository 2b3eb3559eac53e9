"""The places of the `ast` are found in the LibCST tree, in characters, whatever the text looks like."""

from __future__ import annotations

import ast

import libcst as cst
import pytest

from picklecheck.fixes.tree import Tree, readable
from picklecheck.source.place import Place

TEXT = '''\
"""Doc."""
@deco(
    1)
def f(a, b=(2), *c):
    return (a + (b)), "é", lambda x: (x)


s = sum(q for q in "ö"), foo((lambda: (
    0  # (
)), [f(1)])
class K(f()): x: int = (yield_ := 3)
'''


def places(text: str) -> list[tuple[ast.AST, Place]]:
    """Every expression and definition of the text, its columns turned from bytes into characters."""
    lines = text.splitlines(keepends=True)

    def column(line: int, offset: int) -> int:
        return len(lines[line - 1].encode()[:offset].decode()) + 1

    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.expr | ast.FunctionDef | ast.ClassDef):
            assert node.end_lineno is not None and node.end_col_offset is not None
            start, end = column(node.lineno, node.col_offset), column(node.end_lineno, node.end_col_offset)
            found.append((node, Place("f.py", node.lineno, start, node.end_lineno, end)))
    return found


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_place_of_the_ast_is_found(newline: str) -> None:
    text = TEXT.replace("\n", newline)
    tree = Tree.read("f.py", text)
    kinds = {
        ast.Lambda: cst.Lambda,
        ast.Call: cst.Call,
        ast.GeneratorExp: cst.GeneratorExp,
        ast.Name: cst.Name,
    }
    seen = 0
    for node, place in places(text):
        found = tree.node_at(place, kinds.get(type(node), (cst.BaseExpression, cst.FunctionDef, cst.ClassDef)))
        assert found is not None, ast.dump(node)
        seen += 1
    assert seen > 25


def test_a_definition_is_found_by_its_decorator_and_by_its_def() -> None:
    tree = Tree.read("f.py", TEXT)
    for line in (2, 4):
        node = tree.node_at(Place("f.py", line, 1, 5, 40), cst.FunctionDef)
        assert node is not None and node.name.value == "f"
        assert tree.line(tree.whole(node)[0]) == 2
    assert tree.node_at(Place("f.py", 3, 1, 5, 40), cst.FunctionDef) is None


def test_a_place_beside_a_node_is_not_found() -> None:
    tree = Tree.read("f.py", "foo(bar)\n")
    assert tree.node_at(Place("f.py", 1, 5, 1, 8), cst.Name) is not None
    assert tree.node_at(Place("f.py", 1, 5, 1, 9), cst.BaseExpression) is None
    assert tree.node_at(Place("f.py", 1, 5, 1, 8), cst.Call) is None
    assert tree.node_at(Place("f.py", 9, 5, 9, 8), cst.Name) is None


def test_a_tree_has_the_places_that_it_sees() -> None:
    tree = readable("f.py", TEXT)
    assert tree is not None
    assert all(tree.has(place) for _, place in places(TEXT))
    assert not tree.has(Place("f.py", 1, 2, 1, 3))
    assert readable("f.py", "def (") is None


def test_a_position_is_the_inverse_of_an_offset() -> None:
    tree = Tree.read("f.py", "a\r\nbé\n\nc")
    for offset in range(len(tree.text) + 1):
        position = tree.position(offset)
        assert tree.offset(position.line, position.column) == offset
