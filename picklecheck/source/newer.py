"""Syntax that is newer than the running Python, put in older words: every value stays at the line and column it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from picklecheck.source.dialects import needed_version
from picklecheck.source.text import line_starts


def in_older_words(text: str) -> str | None:
    """The program without what it says of types, and with tuples of their parts for its newest texts.

    None where the running Python could not read that either.
    """
    if not needed_version(text):
        return None
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        positions = wrapper.resolve(PositionProvider)
        older = Rewriting(text, positions)  # type: ignore[arg-type]
        older.rewrite(wrapper.module)
        ast.parse(older.text)
    except (SyntaxError, RecursionError, ValueError):
        return None
    return older.text


class Rewriting:
    """One text, as it is rewritten in place."""

    def __init__(self, text: str, positions: dict[cst.CSTNode, CodeRange]) -> None:
        self.positions = positions
        self.characters = list(text)
        self.starts = line_starts(text)

    @property
    def text(self) -> str:
        return "".join(self.characters)

    def range(self, node: cst.CSTNode) -> tuple[int, int]:
        at = self.positions[node]
        return self.starts[at.start.line - 1] + at.start.column, self.starts[at.end.line - 1] + at.end.column

    def rewrite(self, node: cst.CSTNode) -> None:
        match type(node).__name__:
            case "TypeParameters":
                self.blank(*self.range(node), continued=True)
                return
            case "TypeAlias":
                self.assign(node)
            case "FormattedString" | "TemplatedString" if not self.is_read(node):
                self.as_tuple(node)
            case "ExceptHandler":
                self.in_parentheses(node)
            case "LazyImport" | "LazyImportFrom":
                self.put(self.range(node)[0], "if 1:")  # for `lazy `
        for child in node.children:
            self.rewrite(child)

    def blank(self, start: int, end: int, continued: bool = False) -> None:
        for at in range(start, end):
            if self.characters[at] not in "\r\n":
                self.characters[at] = " "
            elif continued and self.characters[at - 1] == " ":
                self.characters[at - 1] = "\\"

    def put(self, at: int, text: str) -> None:
        self.characters[at : at + len(text)] = text

    def assign(self, node: cst.CSTNode) -> None:
        """`type Name = value`: `Name      = value`."""
        assert isinstance(node, cst.TypeAlias)
        start, end = self.range(node)[0], self.range(node.name)[1]
        self.blank(start, end)
        self.put(start, node.name.value)

    def is_read(self, node: cst.CSTNode) -> bool:
        start, end = self.range(node)
        try:
            ast.parse("(" + "".join(self.characters[start:end]) + ")")
        except SyntaxError:
            return False
        return True

    def as_tuple(self, node: cst.CSTNode) -> None:
        """`f"{a}, {b!r}"`: `(  a,    b   ,)`, or an empty text."""
        start, end = self.range(node)
        values = [self.range(value) for value in parts(node)]
        if not values:
            self.blank(start, end)
            self.put(start, '""')
            return
        before = start
        for first, last in values:
            self.blank(before, first)
            self.put(before, "(" if before == start else ",")
            before = last
        self.blank(before, end)
        self.put(before, ",")
        self.put(end - 1, ")")

    def in_parentheses(self, node: cst.CSTNode) -> None:
        """`except A, B:`: `except(A,B):`."""
        assert isinstance(node, cst.ExceptHandler)
        if isinstance(node.type, cst.Tuple) and not node.type.lpar:
            start, end = self.range(node.type)
            names = "".join(self.characters[start:end]).replace(" ", "")
            self.put(start - 1, f"({names})".ljust(end - start + 1))


def parts(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The expressions in a formatted text."""
    for part in getattr(node, "parts", ()):
        if isinstance(getattr(part, "expression", None), cst.CSTNode):
            yield part.expression
