"""What LibCST need not read: each number of a long table costs it some kilobytes."""

from __future__ import annotations

import ast
import re

from picklecheck.source.text import line_starts

# Shorter texts are read whole; of a longer one, literals of so many characters are looked at.
_LONG = 50_000
_TABLE = 2_000
_PLAIN = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.unaryop, ast.expr_context)
_NOT_A_BREAK = re.compile(r"[^\r\n]")


def without_tables(text: str) -> str:
    """The text with blanks for the rest of long literals that hold constants alone; nothing else is moved."""
    if len(text) < _LONG:
        return text
    try:
        todo: list[ast.AST] = [ast.parse(text)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    starts = line_starts(text)
    parts, at = list[str](), 0

    def offset(line: int, column: int) -> int:
        """An offset in UTF-8 bytes, as `ast` counts, as one into the text."""
        start = starts[line - 1]
        end = starts[line] if line < len(starts) else len(text)
        part = text[start:end]
        return start + (column if part.isascii() else len(part.encode()[:column].decode(errors="ignore")))

    while todo:
        node = todo.pop()
        if isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
            low = offset(node.lineno, node.col_offset)
            high = offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
            bracketed = text[low] in "([{" and text[high - 1] in ")]}"
            if bracketed and high - low > _TABLE and all(map(_is_plain, ast.walk(node))):
                first = _end_of_second(node)
                begin = offset(*first) if first else high
                if at <= begin < high - 1:
                    parts += [text[at:begin], _NOT_A_BREAK.sub(" ", text[begin : high - 1])]
                    at = high - 1
                continue
        todo.extend(reversed(list(ast.iter_child_nodes(node))))
    thinned = "".join([*parts, text[at:]])
    return thinned if _is_python(thinned) else text  # a parenthesis around an item is not part of it


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


def _end_of_second(node: ast.List | ast.Tuple | ast.Set | ast.Dict) -> tuple[int, int] | None:
    """Where the second item ends: two tell what kind of literal it is."""
    items = node.values if isinstance(node, ast.Dict) else node.elts
    if len(items) < 3:
        return None
    return items[1].end_lineno or 1, items[1].end_col_offset or 0
