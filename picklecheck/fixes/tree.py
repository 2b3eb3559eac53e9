"""A file's LibCST tree: its nodes, where they are in the text, and what encloses them."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from typing import TypeVar, cast

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from picklecheck.fixes.bulk import nests_too_deep, without_bulk
from picklecheck.source.edits import Edit, Position
from picklecheck.source.place import Place
from picklecheck.source.text import line_starts
from picklecheck.source.tokens import has_deep_patterns

Node = TypeVar("Node", bound=cst.CSTNode)
Span = tuple[int, int]
Definition = cst.FunctionDef | cst.ClassDef

_TRIVIA = ("whitespace", "leading_lines", "lines_after", "header", "footer", "trailing_whitespace")


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One parsed file; spans are offsets into `text` in characters, from 0, the end exclusive. Of long tables of
    numbers and the like, and of long chains of names, most nodes are left out.

    Parentheses around an expression are not part of its span; decorators are not part of a `def`.
    `claimed` holds the names that rewrites of this tree have taken, and for which node, `numbered` the
    numbers behind names that they have tried, for the module the largest; `elsewhere` gives the trees of the other
    files that come here by their imports and have a word.
    """

    path: str
    text: str
    module: cst.Module
    lines: tuple[int, ...]
    spans: dict[cst.CSTNode, Span]
    parents: dict[cst.CSTNode, cst.CSTNode]
    nodes: dict[Span, list[cst.CSTNode]]
    kinds: dict[type[cst.CSTNode], list[cst.CSTNode]]
    claimed: dict[str, cst.CSTNode] = field(default_factory=dict)
    numbered: dict[str, dict[cst.CSTNode, int]] = field(default_factory=dict)
    elsewhere: Callable[[str], Iterable[Tree]] = field(default=lambda word: ())

    def everywhere(self, word: str) -> tuple[Tree, ...]:
        """This tree, and those of the other files that have a word."""
        return (self, *self.elsewhere(word))

    @classmethod
    def read(cls, path: str, text: str, elsewhere: Callable[[str], Iterable[Tree]] = lambda word: ()) -> Tree:
        """Parse `text`; raises `libcst.ParserSyntaxError` or `CSTValidationError` where LibCST cannot."""
        module = cst.parse_module(without_bulk(text))
        ranges = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
        lines = tuple(line_starts(text))
        parents: dict[cst.CSTNode, cst.CSTNode] = {}
        spans: dict[cst.CSTNode, Span] = {module: (0, len(text))}
        nodes: dict[Span, list[cst.CSTNode]] = {}
        kinds: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        for parent, node in _edges(module):
            parents[node] = parent
            spans[node] = span = _span(lines, ranges[node])
            nodes.setdefault(span, []).append(node)
            kinds.setdefault(type(node), []).append(node)
        tree = cls(path, text, module, lines, spans, parents, nodes, kinds, elsewhere=elsewhere)
        for node in parents:
            if isinstance(node, cst.BaseExpression) and node.lpar:
                nodes.setdefault(tree.whole(node), []).append(node)
        return tree

    @property
    def newline(self) -> str:
        return self.module.default_newline

    @property
    def indent(self) -> str:
        return self.module.default_indent

    def source(self, node: cst.CSTNode) -> str:
        start, end = self.spans[node]
        return self.text[start:end]

    def whole(self, node: cst.CSTNode) -> Span:
        """The span of a statement with its decorators, of an expression with the parentheses around it."""
        start, end = self.spans[node]
        if isinstance(node, Definition) and node.decorators:
            start = self.spans[node.decorators[0]][0]
        if isinstance(node, cst.BaseExpression) and node.lpar:
            start, end = self.spans[node.lpar[0]][0], self.spans[node.rpar[-1]][1]
        return start, end

    def node_at(self, place: Place, kind: type[Node] | tuple[type[Node], ...]) -> Node | None:
        """The outermost node of this kind at exactly this place; a `def` is also found by its first line.

        None for a place in another file.
        """
        if place.path != self.path:
            return None
        start = self.offset(place.line, place.column)
        end = self.offset(place.end_line, place.end_column)
        # A generator expression that is the only argument borrows the parentheses of the call.
        for span in ((start, end), (start + 1, end - 1)):
            for node in self.nodes.get(span, ()):
                if isinstance(node, kind) and (span[0] == start or isinstance(node, cst.GeneratorExp)):
                    return node
        return next((node for node in _begun(self).get(place.line, ()) if isinstance(node, kind)), None)

    def of_kind(self, kind: type[Node]) -> Sequence[Node]:
        """The nodes of this very kind."""
        return cast("Sequence[Node]", self.kinds.get(kind, ()))

    def has(self, place: Place) -> bool:
        """Whether an expression or a definition is at exactly this place."""
        return self.node_at(place, (cst.BaseExpression, cst.FunctionDef, cst.ClassDef)) is not None

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What encloses the node, from the inside out, the module last."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def nearest(self, node: cst.CSTNode, kind: type[Node] | tuple[type[Node], ...]) -> Node | None:
        return next((above for above in self.ancestors(node) if isinstance(above, kind)), None)

    def statement(self, node: cst.CSTNode) -> cst.BaseStatement:
        """The innermost statement line or compound statement that holds the node, or is it."""
        for candidate in itertools.chain((node,), self.ancestors(node)):
            if isinstance(candidate, cst.BaseStatement):
                return candidate
        raise LookupError("the module itself is no statement")

    def top_statement(self, node: cst.CSTNode) -> cst.BaseStatement:
        """The module-level statement that holds the node."""
        for candidate in itertools.chain((node,), self.ancestors(node)):
            if isinstance(candidate, cst.BaseStatement) and self.parents[candidate] is self.module:
                return candidate
        raise LookupError("the module itself is no statement")

    def under(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The node and all nodes inside it."""
        yield node
        for _, child in _edges(node):
            yield child

    def contains(self, outer: cst.CSTNode, inner: cst.CSTNode) -> bool:
        return outer is inner or any(above is outer for above in self.ancestors(inner))

    def place(self, node: cst.CSTNode) -> Place:
        start, end = self.spans[node]
        first, last = self.position(start), self.position(end)
        return Place(self.path, first.line, first.column, last.line, last.column)

    def line(self, offset: int) -> int:
        """The number of the line, from 1, in which the offset lies."""
        return bisect_right(self.lines, offset) if offset < len(self.text) else self.position(offset).line

    def position(self, offset: int) -> Position:
        line = bisect_right(self.lines, offset)
        return Position(line, offset - self.lines[line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both from 1; past the end, the end."""
        return min(self.lines[line - 1] + column - 1, len(self.text)) if line <= len(self.lines) else -1

    def line_start(self, offset: int) -> int:
        return self.lines[bisect_right(self.lines, offset) - 1]

    def margin(self, offset: int) -> str:
        """What is before an offset in its line."""
        return self.text[self.line_start(offset) : offset]

    def line_end(self, offset: int) -> int:
        """The offset behind the line break of the line in which the offset lies."""
        index = bisect_right(self.lines, offset)
        return self.lines[index] if index < len(self.lines) else len(self.text)

    def edit(self, start: int, end: int, text: str) -> Edit:
        return Edit(self.path, self.position(start), self.position(end), text)


def readable(path: str, text: str, elsewhere: Callable[[str], Iterable[Tree]] = lambda word: ()) -> Tree | None:
    """The tree of `text`; None where LibCST cannot parse it, or would take too long or too much memory for it."""
    if has_deep_patterns(text) or nests_too_deep(text):
        return None
    try:
        return Tree.read(path, text, elsewhere)
    except (cst.ParserSyntaxError, cst.CSTValidationError):
        return None


@lru_cache(maxsize=4)
def _begun(tree: Tree) -> Mapping[int, Sequence[cst.CSTNode]]:
    """The definitions of a file by their lines: of the `def` or `class`, and of the first decorator."""
    found: dict[int, list[cst.CSTNode]] = {}
    for node in tree.spans:
        if isinstance(node, Definition):
            for line in {tree.line(tree.spans[node][0]), tree.line(tree.whole(node)[0])}:
                found.setdefault(line, []).append(node)
    return found


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """What the node is made of, without whitespace and comments; not always in the order of the text."""
    for name in _child_fields(type(node)):
        value = getattr(node, name)
        for child in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(child, cst.CSTNode):
                yield child


def _edges(root: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Parent and child, outer before inner."""
    todo = [root]
    while todo:
        parent = todo.pop()
        for child in children(parent):
            yield parent, child
            todo.append(child)


@cache
def _child_fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if not field.name.startswith(_TRIVIA))


def _span(lines: tuple[int, ...], where: CodeRange) -> Span:
    start, end = where.start, where.end
    return lines[start.line - 1] + start.column, lines[end.line - 1] + end.column
