"""Texts that the running Python cannot parse: Python 2, read through fissix, and syntax that is newer."""

from __future__ import annotations

import re

# What only Python 2 writes: the print statement, `except X, e`, backquotes, `exec "…"`, `<>`, `raise X, "…"`, 0777.
_PYTHON_2 = re.compile(
    r"^\s*print(?:\s+(?![=(.,)\]])|\s*>>)"
    r"|^\s*except\s+[\w.]+\s*,\s*\w+\s*:"
    r"|^\s*except\s*\([^)]*\)\s*,\s*\w+\s*:"
    r"|^\s*exec\s+[\w\"']"
    r"|^\s*raise\s+[\w.]+\s*,"
    r"|`[^`\n]+`|<>|\b0[0-7]+\b|\b[uU][rR][\"']",
    re.MULTILINE,
)

# The rewrites of fissix that turn Python 2 syntax into Python 3 syntax and leave every line where it is.
_FIXERS = (
    "print",
    "except",
    "exec",
    "raise",
    "repr",
    "ne",
    "numliterals",
    "throw",
    "tuple_params",
    "unicode",
    "long",
)


class NeedsFissix(Exception):
    """The text is Python 2, and the library that reads it is not installed."""


def looks_like_python_2(text: str) -> bool:
    return _PYTHON_2.search(text) is not None


def from_python_2(text: str) -> str | None:
    """The same program in Python 3 syntax, line by line; None where it cannot be read as Python 2 either.

    Raises `NeedsFissix` where the extra `picklecheck[py2]` is not installed.
    """
    try:
        from fissix.pgen2.parse import ParseError
        from fissix.refactor import RefactoringTool
    except ImportError:
        raise NeedsFissix from None
    import logging

    logging.getLogger("RefactoringTool").setLevel(logging.ERROR)
    tool = RefactoringTool([f"fissix.fixes.fix_{name}" for name in _FIXERS])
    whole = text if text.endswith("\n") else text + "\n"
    try:
        read = str(tool.refactor_string(whole, "text"))
    except (ParseError, ValueError, IndexError, AttributeError):
        return None
    except Exception as error:  # fissix raises its tokenizer's errors as they come
        if type(error).__module__.startswith("fissix"):
            return None
        raise
    return read if read.count("\n") == whole.count("\n") else None


def needed_version(text: str) -> str:
    """The Python whose syntax a text uses, where LibCST can read it and the running Python cannot; else empty."""
    import libcst as cst

    if deepest_bracket(text) > DEEPEST_BRACKETS:  # LibCST's parser would overflow the stack
        return ""
    try:
        module = cst.parse_module(text)
    except (cst.ParserSyntaxError, RecursionError):
        return ""
    found = "3.12"
    todo: list[cst.CSTNode] = [module]
    while todo:
        node = todo.pop()
        if type(node).__name__ == "TemplatedString":
            return "3.14"
        if isinstance(node, cst.TypeParam) and node.default is not None:
            found = "3.13"
        if isinstance(node, cst.ExceptHandler) and isinstance(node.type, cst.Tuple) and not node.type.lpar:
            return "3.14"
        todo.extend(node.children)
    return found


# CPython gives up at 200 nested brackets; what is deeper is no newer syntax.
DEEPEST_BRACKETS = 200


def deepest_bracket(text: str) -> int:
    """How deep brackets may be nested at most, strings and comments not told apart."""
    deepest = depth = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth = max(depth - 1, 0)
    return deepest
