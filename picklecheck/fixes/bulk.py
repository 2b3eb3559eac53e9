"""What LibCST need not read: an item of a long table costs it kilobytes, a deep chain the square of its length."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from picklecheck.source.text import line_starts

# Of tables those of so many characters are left out, of chains of operators and calls those of so many links.
_TABLE = 2_000
_CHAIN = 100
DEEPEST_EXPRESSION = 1_000
_LITERALS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_PLAIN = (*_LITERALS, ast.UnaryOp, ast.unaryop, ast.expr_context)
_LINKS = (ast.Attribute, ast.Name, ast.Constant, ast.expr_context)
_NOT_A_BREAK = re.compile(r"[^\r\n]")


def without_bulk(text: str) -> str:
    """The text with blanks for the rest of long literals that hold constants alone, and of long chains of names.

    Nothing else is moved.
    """
    return _thinned(text)[0]


def nests_too_deep(text: str) -> bool:
    """Whether what is left without bulk has an expression that would take LibCST hundreds of megabytes."""
    return _thinned(text)[1] > DEEPEST_EXPRESSION


@lru_cache(maxsize=4)
def _thinned(text: str) -> tuple[str, int]:
    """The text without bulk, and how deep its expressions are nested at most."""
    if len(text) < min(_TABLE, _CHAIN):
        return text, 0
    try:
        todo: list[tuple[ast.AST, int]] = [(ast.parse(text), 0)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text, 0
    starts = line_starts(text)
    parts, at, deepest = list[str](), 0, 0
    hopeless = set[ast.expr]()

    def end_of(node: ast.expr) -> int:
        return _offset(text, starts, node.end_lineno or 1, node.end_col_offset or 0)

    while todo:
        node, deep = todo.pop()
        deepest = max(deepest, deep)
        if isinstance(node, _LITERALS):
            low, high = _offset(text, starts, node.lineno, node.col_offset), end_of(node) - 1
            bracketed = text[low] in "([{" and text[high] in ")]}"
            kept = _second(node) if bracketed and high - low > _TABLE and all(map(_is_plain, ast.walk(node))) else None
        else:
            kept, high = _root(node, hopeless), end_of(node) if isinstance(node, ast.expr) else 0
        if kept is None:
            deeper = 0 if isinstance(node, ast.stmt) else deep + 1
            todo.extend((child, deeper) for child in reversed(list(ast.iter_child_nodes(node))))
        elif at <= (begin := end_of(kept)) < high:
            parts += [text[at:begin], _NOT_A_BREAK.sub(" ", text[begin:high])]
            at = high
    thinned = "".join([*parts, text[at:]])
    return thinned if _is_python(thinned) else text, deepest  # a parenthesis around an item is not part of it


def _second(node: ast.expr) -> ast.expr | None:
    """The second of several items: two tell what kind of literal it is."""
    items = node.values if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    return items[1] if len(items) > 2 else None


def _root(node: ast.AST, hopeless: set[ast.expr]) -> ast.expr | None:
    """The first link of a long chain, such as `a + b` or `a.b`, where nothing in the chain could be sent.

    Of a chain where something could, the links from there on become hopeless: each link would go through all of them.
    """
    links = list[ast.expr]()
    inner: ast.AST | None = node if node not in hopeless else None
    while isinstance(inner, ast.BinOp | ast.Attribute | ast.Call):
        links.append(inner)
        inner = inner.left if isinstance(inner, ast.BinOp) else getattr(inner, "func", getattr(inner, "value", None))
    if len(links) < _CHAIN:
        return None
    if not isinstance(inner, ast.Name | ast.Constant):
        hopeless.update(links)
        return None
    for at, link in reversed(list(enumerate(links))):
        if not all(isinstance(part, _LINKS) for side in _beside(link) for part in ast.walk(side)):
            hopeless.update(links[: at + 1])
            return None
    return links[-1]


def _beside(link: ast.expr) -> list[ast.AST]:
    """What a link of a chain has, without the one before it."""
    match link:
        case ast.BinOp(right=right):
            return [right]
        case ast.Call(args=args, keywords=keywords):
            return [*args, *keywords]
    return []


def _offset(text: str, starts: list[int], line: int, column: int) -> int:
    """An offset in UTF-8 bytes, as `ast` counts, as one into the text."""
    start = starts[line - 1]
    part = text[start : starts[line] if line < len(starts) else len(text)]
    return start + (column if part.isascii() else len(part.encode()[:column].decode(errors="ignore")))


def _is_plain(node: ast.AST) -> bool:
    """Whether a node is part of a literal, and no text that may name something, as those of `__all__` do."""
    if isinstance(node, ast.Constant):
        return not (isinstance(node.value, str) and node.value.isidentifier())
    return isinstance(node, _PLAIN)


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
